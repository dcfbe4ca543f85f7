/* SPDX-License-Identifier: MIT */
/*
 * What the main thread waits for: signals, what others have put into the outbox, room on
 * standard output, and, in a batch, jobs on standard input. It writes the outbox while it
 * waits.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdbool.h>

#include "outbox.h"

/* What watch_wait answers, as bits. */
enum watch_event {
	WATCH_SIGNAL = 1, /* one of cli/signals.h has come */
	WATCH_INPUT = 2,  /* standard input can be read */
	WATCH_CLOSED = 4  /* standard output takes nothing any more */
};

struct watch {
	struct outbox *outbox;		   /* written to standard output */
	int signals;			   /* of signals_open */
	size_t piece_bytes;		   /* what may be written after one poll */
	int error;			   /* why standard output takes no more: errno */
	void (*before_write)(void *owner); /* called before standard output is written; or
					      NULL */
	void *owner;			   /* its argument */
};

/* Prepares; false, with errno, without descriptors. Blocks the signals. */
bool watch_init(struct watch *watch);

/* Waits for one of the events, the bell of the outbox, or timeout_ms; -1: no limit.
 * Answers the events; WATCH_CLOSED once. */
unsigned watch_wait(struct watch *watch, bool wants_input, int timeout_ms);

#endif
