/* SPDX-License-Identifier: MIT */
/* Jobs from standard input, events to standard output: "ixhr2 batch". */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "exit_status.h"
#include "har.h"
#include "options.h"
#include "watch.h"

/* Runs all jobs; how the command ends. har: NULL, or where they are recorded. */
enum exit_status batch_run(const struct options *options, struct watch *watch,
			   struct har *har);

#endif
