/* SPDX-License-Identifier: MIT */
/* One line on standard error that tells how far things are. Main thread. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer.h"

struct progress {
	bool is_on;	      /* it may be drawn at all */
	bool stays;	      /* the last state is left on the screen */
	bool is_shown;	      /* it stands on the screen */
	unsigned shown_width; /* how much of the line it covers */
	uint64_t begin_ns;    /* when the work began */
	uint64_t next_ns;     /* when it is drawn next */
};

/* How far a batch is. */
struct progress_batch {
	uint64_t done;	  /* jobs that got a response */
	uint64_t failed;  /* jobs that did not, and lines that were no job */
	uint64_t running; /* jobs under way */
};

/*
 * Begins. is_asked: drawn from now on, whatever standard error is. Otherwise, if
 * is_wanted, after a second and only on a terminal.
 */
void progress_begin(struct progress *progress, bool is_asked, bool is_wanted);

/* Milliseconds until it should be drawn, or -1: never. */
int progress_due_ms(const struct progress *progress);

/* Draw it if it is time for that. */
void progress_of_transfer(struct progress *progress, const struct transfer *transfer);
void progress_of_batch(struct progress *progress, const struct progress_batch *batch);

/* Takes it off the screen, so that something else may be written. */
void progress_hide(struct progress *progress);

/* Draw the last state where it is to stay, and end. */
void progress_end_transfer(struct progress *progress, const struct transfer *transfer);
void progress_end_batch(struct progress *progress, const struct progress_batch *batch);

#endif
