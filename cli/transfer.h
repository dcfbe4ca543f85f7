/* SPDX-License-Identifier: MIT */
/*
 * One transfer: an object of the library, its callbacks and streams, and what is told of
 * it. Made, started, stopped and freed by the main thread.
 */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "har.h"
#include "outbox.h"
#include "task.h"

struct transfer;

/* What transfers share. It stays until the process ends. */
struct transfer_place {
	struct outbox *outbox;	    /* for events, and for the body without a file */
	struct har *har;	    /* or NULL */
	void (*ended)(void *owner); /* the transfer has ended and told its last event.
				       Once, on any thread, also inside transfer_start */
};

/* Why a transfer is stopped from outside. */
enum transfer_stop { TRANSFER_GOES_ON, TRANSFER_TIME_IS_UP, TRANSFER_INTERRUPTED };

/* How far it is. */
struct transfer_progress {
	uint64_t received_bytes; /* of body */
	uint64_t expected_bytes; /* 0: not known */
	uint64_t sent_bytes;	 /* of body */
	uint64_t to_send_bytes;	 /* 0: nothing, or not known */
};

/* Prepares one; task becomes its own, place stays the caller's. Freed by
 * transfer_free. */
struct transfer *transfer_new(struct task *task, const struct transfer_place *place,
			      void *owner);

/* Starts it. Whatever goes wrong is told as an event and by ended. */
void transfer_start(struct transfer *transfer);

/* Stops it: the last event and ended come soon. Never waits. */
void transfer_stop(struct transfer *transfer, enum transfer_stop why);

/* How far it is; any time. */
void transfer_get_progress(const struct transfer *transfer,
			   struct transfer_progress *out_progress);

/* What has gone wrong; status EXIT_STATUS_OK: nothing. After ended; lent. */
const struct fault *transfer_fault(const struct transfer *transfer);

/* Removes an unfinished file, when ended has not come and the process ends. The transfer
 * stays as it is: its threads may be anywhere. */
void transfer_give_up(struct transfer *transfer);

/* Whether one was given up: then the process is to end by _exit. */
bool transfer_any_given_up(void);

/* After ended. NULL is fine. */
void transfer_free(struct transfer *transfer);

#endif
