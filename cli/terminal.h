/* SPDX-License-Identifier: MIT */
/* Asking the person at the controlling terminal. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "exit_status.h"

/* Bytes of an answer that are read; a longer one is cut. */
#define TERMINAL_LINE_BYTES 4096

struct terminal {
	int fd;		      /* of /dev/tty */
	int signals;	      /* of signals_open; not owned */
	uint64_t deadline_ns; /* of tick_ns: nobody waits any longer; TICK_NEVER: none */
};

/* Opens it; false: there is none. */
bool terminal_open(struct terminal *terminal, int signals, uint64_t deadline_ns);

/* Closes what was opened. */
void terminal_close(struct terminal *terminal);

/*
 * Writes question and reads a line, with echo off if it is_hidden: to be freed with
 * secret_free. An end of input is an empty line. EXIT_STATUS_INTERRUPTED: a signal came;
 * EXIT_STATUS_TIME: the deadline; there is no line then.
 */
enum exit_status terminal_ask(const struct terminal *terminal, const char *question,
			      bool is_hidden, char **out_line);

#endif
