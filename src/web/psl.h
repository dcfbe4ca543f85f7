/* SPDX-License-Identifier: MIT */
/* The public suffix list (publicsuffix.org); the door to libpsl. Any thread. */
#ifndef IXHR2_WEB_PSL_H
#define IXHR2_WEB_PSL_H

#include <stdbool.h>

#include "base/span.h"

/*
 * Whether name, in lower case and A-labels, without a dot at its end, is a suffix under
 * which registries give out names: "com", "co.uk", and every single label that the list
 * does not know. The list's private part ("github.io") does not count: its owners may
 * have certificates for all that is below. A name of more than 253 bytes counts as one.
 */
bool psl_is_registry(struct span name);

#endif
