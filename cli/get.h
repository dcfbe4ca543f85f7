/* SPDX-License-Identifier: MIT */
/* One transfer: "ixhr2 URL". */
#ifndef CLI_GET_H
#define CLI_GET_H

#include "exit_status.h"
#include "har.h"
#include "options.h"
#include "watch.h"

/* Runs the task of the options, which is taken out of them, to its end. har: NULL or
 * where it is recorded. How the command ends. */
enum exit_status get_run(struct options *options, struct watch *watch, struct har *har);

#endif
