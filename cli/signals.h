/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and, unless it is ignored, SIGHUP, as something to poll. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/*
 * Blocks them in this thread and all that it starts from now on, and
 * ignores SIGPIPE. Answers a descriptor that is readable when one of them has come; -1,
 * with errno.
 */
int signals_open(void);

/* Takes one signal away; false when none has come. */
bool signals_take(int fd);

#endif
