/* SPDX-License-Identifier: MIT */
/*
 * Objects that programs name by handles (ixhr2/handleapi.h), the table of the handles,
 * and the one lock that guards the table and the events. Nothing of the program's runs
 * under the lock, and no call of the system that may wait.
 *
 * fork() waits for the lock, behind whatever is registered with pthread_atfork since this
 * library was loaded. In the child each object is told that the other threads are gone.
 */
#ifndef IXHR2_WIN_OBJECT_H
#define IXHR2_WIN_OBJECT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "ixhr2/handleapi.h"

struct object;

/* What one kind of objects does. */
struct object_kind {
	void (*free)(struct object *object); /* when nobody refers to it any more */
	void (*fork)(struct object *object); /* in a child, under the lock; or NULL */
};

/* Embedded as the first field in what it is. */
struct object {
	const struct object_kind *kind; /* which */
	atomic_uint refs;		/* handles, and the calls that use it */
};

/* One reference, the caller's. */
void object_init(struct object *object, const struct object_kind *kind);

/* One more. Without the lock or with it. */
void object_ref(struct object *object);

/* One less; the last one frees. Without the lock or with it. */
void object_unref(struct object *object);

/* Takes the lock, which no thread takes twice. */
void object_lock(void);

/* Gives the lock back. */
void object_unlock(void);

/* Under the lock: sleeps on cond without it, until time is up (of CLOCK_MONOTONIC; NULL:
 * never). Whether it is up. May wake without cause. */
bool object_sleep(pthread_cond_t *cond, const struct timespec *until);

/* Without the lock: a handle that takes the caller's reference over. ERR_NO_MEMORY. */
MUST_USE enum err object_open(struct object *object, HANDLE *out_handle);

/* Under the lock: the object of a handle if it is of this kind, or NULL. It lives until
 * the lock is given back; who goes on using it takes a reference. */
struct object *object_get(HANDLE handle, const struct object_kind *kind);

#endif
