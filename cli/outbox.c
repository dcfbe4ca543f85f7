/* SPDX-License-Identifier: MIT */
/*
 * Two buffers: one is filled under the lock while the main thread writes the other
 * without it; they change places when that one is empty. The bell is an eventfd that is
 * rung once until it is heard.
 */
#include "outbox.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bytes.h"
#include "memory.h"

/* From here on there is too much. */
#define FULL_BYTES ((size_t)256 << 10)

/* A buffer that grew beyond this is given back when it is empty. */
#define KEPT_BYTES ((size_t)1 << 20)

struct outbox {
	pthread_mutex_t lock; /* guards filled and is_closed */
	pthread_cond_t room;  /* there is room again, or a stop was set */
	struct bytes filled;  /* what was put since the buffers changed places */
	bool is_closed;	      /* nothing is kept any more */
	struct bytes drained; /* what is being written; the main thread's */
	size_t written_bytes; /* how much of drained is done */
	int bell;	      /* an eventfd */
	atomic_bool is_rung;  /* it was rung and not heard */
};

struct outbox *outbox_new(void)
{
	int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct outbox *outbox;

	if (bell < 0)
		return NULL;
	outbox = memory_take(sizeof(*outbox));
	outbox->bell = bell;
	pthread_mutex_init(&outbox->lock, NULL);
	pthread_cond_init(&outbox->room, NULL);
	return outbox;
}

static bool may_wait(const struct outbox *outbox, const atomic_bool *stop)
{
	return stop && !atomic_load(stop) && !outbox->is_closed;
}

bool outbox_put(struct outbox *outbox, const void *at, size_t len,
		const atomic_bool *stop)
{
	bool is_open;

	pthread_mutex_lock(&outbox->lock);
	while (outbox->filled.len >= FULL_BYTES && may_wait(outbox, stop))
		pthread_cond_wait(&outbox->room, &outbox->lock);
	is_open = !outbox->is_closed;
	if (is_open)
		bytes_put(&outbox->filled, at, len);
	pthread_mutex_unlock(&outbox->lock);
	outbox_ring(outbox);
	return is_open;
}

void outbox_wake(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	pthread_cond_broadcast(&outbox->room);
	pthread_mutex_unlock(&outbox->lock);
}

void outbox_ring(struct outbox *outbox)
{
	const uint64_t one = 1;

	/* The counter cannot overflow: it is rung once until it is heard. */
	if (!atomic_exchange(&outbox->is_rung, true) &&
	    write(outbox->bell, &one, sizeof(one)) < 0)
		atomic_store(&outbox->is_rung, false);
}

int outbox_bell(const struct outbox *outbox)
{
	return outbox->bell;
}

void outbox_hear(struct outbox *outbox)
{
	uint64_t count;

	if (read(outbox->bell, &count, sizeof(count)) > 0)
		atomic_store(&outbox->is_rung, false);
}

/* Empties a buffer and keeps its memory, unless that is much. */
static void empty(struct bytes *bytes)
{
	if (bytes->cap > KEPT_BYTES)
		bytes_done(bytes);
	bytes->len = 0;
}

const char *outbox_next(struct outbox *outbox, size_t *out_len)
{
	if (outbox->written_bytes == outbox->drained.len) {
		struct bytes drained = outbox->drained;

		empty(&drained);
		outbox->written_bytes = 0;
		pthread_mutex_lock(&outbox->lock);
		outbox->drained = outbox->filled;
		outbox->filled = drained;
		pthread_cond_broadcast(&outbox->room);
		pthread_mutex_unlock(&outbox->lock);
	}
	*out_len = outbox->drained.len - outbox->written_bytes;
	return *out_len ? outbox->drained.at + outbox->written_bytes : NULL;
}

void outbox_wrote(struct outbox *outbox, size_t len)
{
	outbox->written_bytes += len;
}

static size_t filled_bytes(struct outbox *outbox)
{
	size_t len;

	pthread_mutex_lock(&outbox->lock);
	len = outbox->filled.len;
	pthread_mutex_unlock(&outbox->lock);
	return len;
}

bool outbox_is_full(struct outbox *outbox)
{
	return filled_bytes(outbox) >= FULL_BYTES;
}

bool outbox_is_empty(struct outbox *outbox)
{
	return outbox->written_bytes == outbox->drained.len && filled_bytes(outbox) == 0;
}

void outbox_close(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->is_closed = true;
	bytes_done(&outbox->filled);
	pthread_cond_broadcast(&outbox->room);
	pthread_mutex_unlock(&outbox->lock);
	bytes_done(&outbox->drained);
	outbox->written_bytes = 0;
}
