/* SPDX-License-Identifier: MIT */
/* Pins of client certificates. */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include <stdbool.h>

#include "thumbprint.h"

/* Whether the library would need a pin to show this certificate. One that is none, or
 * that it does not have, needs no pin. After the library is configured. */
bool pin_is_needed(const struct thumbprint *thumbprint);

#endif
