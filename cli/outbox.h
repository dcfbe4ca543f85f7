/* SPDX-License-Identifier: MIT */
/*
 * What is to go to standard output: threads of the library put, the main thread writes.
 * Bounded: who puts waits while there is too much, and so the peer waits too.
 */
#ifndef CLI_OUTBOX_H
#define CLI_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct outbox;

/* Makes one; it stays until the process ends. NULL, with errno, without descriptors. */
struct outbox *outbox_new(void);

/*
 * Appends len bytes as a whole, so that lines never mix. Waits for room first, unless
 * *stop is set or becomes set (outbox_wake tells). stop NULL: never waits. false: the
 * output is closed and nothing was appended. Any thread; with NULL also the main thread.
 */
bool outbox_put(struct outbox *outbox, const void *at, size_t len,
		const atomic_bool *stop);

/* Lets those who wait for room look at their stop again. Any thread. */
void outbox_wake(struct outbox *outbox);

/* Makes the bell readable. Any thread. */
void outbox_ring(struct outbox *outbox);

/* What the main thread polls for; it is readable after outbox_put and outbox_ring. */
int outbox_bell(const struct outbox *outbox);

/* Makes the bell silent again. Main thread. */
void outbox_hear(struct outbox *outbox);

/* Lends what is to be written next; *out_len 0 when there is nothing. Main thread. */
const char *outbox_next(struct outbox *outbox, size_t *out_len);

/* Takes away len bytes of what outbox_next lent. Main thread. */
void outbox_wrote(struct outbox *outbox, size_t len);

/* Whether there is so much that more should wait. Any thread. */
bool outbox_is_full(struct outbox *outbox);

/* Whether all was written. Main thread. */
bool outbox_is_empty(struct outbox *outbox);

/* Throws everything away, now and from now on. Main thread. */
void outbox_close(struct outbox *outbox);

#endif
