/* SPDX-License-Identifier: MIT */
/* The program's own certificates: "ixhr2 cert". */
#ifndef CLI_CERT_H
#define CLI_CERT_H

#include "exit_status.h"
#include "options.h"

/* Lists, adds or removes, as options->words say; how the command ends. signals: of
 * signals_open. After the library is configured. */
enum exit_status cert_run(const struct options *options, int signals);

#endif
