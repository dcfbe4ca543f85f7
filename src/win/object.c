/* SPDX-License-Identifier: MIT */
/*
 * A handle is made of the number of a slot and of the slot's generation, which is another
 * one each time the slot is used again:
 *
 *	| generation | slot | 0 0 |
 *
 * The two lowest bits of a handle are 0, as on Windows, so none is INVALID_HANDLE_VALUE;
 * generations begin with 1, so none is NULL. An address that a program takes for a handle
 * names a slot that there is not, or a generation far from now.
 *
 * The table grows and is never freed: it has the size of the most handles there were.
 */
#include "win/object.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "ixhr2/processthreadsapi.h"
#include "win/last_error.h"

#define ZERO_BITS 2
#define SLOT_BITS (sizeof(void *) == 8 ? 24 : 16)

/* The most slots, and the highest generation. */
#define MAX_SLOTS      ((size_t)1 << SLOT_BITS)
#define MAX_GENERATION (UINTPTR_MAX >> (SLOT_BITS + ZERO_BITS))

/* Slots of the first table. */
#define FIRST_SLOTS 16

struct slot {
	struct object *object; /* NULL while no handle names it */
	uintptr_t generation;  /* of its handle, or of its next one */
	size_t next_free;      /* the free one behind it, or NO_SLOT */
};

#define NO_SLOT SIZE_MAX

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Everything below is guarded by the lock. */
static struct slot *slots;	   /* slot_cap of them */
static size_t slot_cap;		   /* how many there is room for */
static size_t slot_count;	   /* how many have been used */
static size_t free_slot = NO_SLOT; /* the one that was freed last */

void object_init(struct object *object, const struct object_kind *kind)
{
	object->kind = kind;
	atomic_init(&object->refs, 1);
}

void object_ref(struct object *object)
{
	atomic_fetch_add(&object->refs, 1);
}

void object_unref(struct object *object)
{
	if (atomic_fetch_sub(&object->refs, 1) == 1)
		object->kind->free(object);
}

void object_lock(void)
{
	pthread_mutex_lock(&lock);
}

void object_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

bool object_sleep(pthread_cond_t *cond, const struct timespec *until)
{
	if (until)
		return pthread_cond_timedwait(cond, &lock, until) == ETIMEDOUT;
	pthread_cond_wait(cond, &lock);
	return false;
}

/* The child has the one thread that forked; no other is in a call any more. */
static void begin_child(void)
{
	for (size_t i = 0; i < slot_count; i++) {
		struct object *object = slots[i].object;

		if (object && object->kind->fork)
			object->kind->fork(object);
	}
	object_unlock();
}

/* Before the program does the same for itself: what is registered first comes last before
 * a fork, and first behind it. */
__attribute__((constructor)) static void watch_forks(void)
{
	/* Without memory for it a fork is as safe as it mostly is anyhow. */
	(void)pthread_atfork(object_lock, object_unlock, begin_child);
}

static enum err grow(void)
{
	size_t cap = slot_cap ? 2 * slot_cap : FIRST_SLOTS;
	struct slot *larger;

	if (cap > MAX_SLOTS)
		return ERR_NO_MEMORY;
	larger = mem_resize(slots, cap, sizeof(*slots));
	if (!larger)
		return ERR_NO_MEMORY;
	slots = larger;
	slot_cap = cap;
	return ERR_NONE;
}

/* A slot for an object. ERR_NO_MEMORY. */
static enum err take_slot(size_t *out_index)
{
	enum err err;

	if (free_slot != NO_SLOT) {
		*out_index = free_slot;
		free_slot = slots[free_slot].next_free;
		return ERR_NONE;
	}
	if (slot_count == slot_cap) {
		err = grow();
		if (err)
			return err;
	}
	slots[slot_count] = (struct slot){.generation = 1, .next_free = NO_SLOT};
	*out_index = slot_count++;
	return ERR_NONE;
}

/* As object_open, under the lock. */
static enum err open_locked(struct object *object, HANDLE *out_handle)
{
	size_t index;
	enum err err = take_slot(&index);

	if (err)
		return err;
	slots[index].object = object;
	*out_handle =
		(HANDLE)((slots[index].generation << SLOT_BITS | index) << ZERO_BITS);
	return ERR_NONE;
}

enum err object_open(struct object *object, HANDLE *out_handle)
{
	enum err err;

	object_lock();
	err = open_locked(object, out_handle);
	object_unlock();
	return err;
}

/* The slot of an open handle, or NULL. */
static struct slot *slot_of(HANDLE handle)
{
	uintptr_t bits = (uintptr_t)handle;
	size_t index = bits >> ZERO_BITS & (MAX_SLOTS - 1);

	if ((bits & ((1u << ZERO_BITS) - 1)) || index >= slot_count)
		return NULL;
	if (!slots[index].object ||
	    slots[index].generation != bits >> (SLOT_BITS + ZERO_BITS))
		return NULL;
	return &slots[index];
}

struct object *object_get(HANDLE handle, const struct object_kind *kind)
{
	struct slot *slot = slot_of(handle);

	return slot && slot->object->kind == kind ? slot->object : NULL;
}

/* Ends a handle; answers its object, whose reference is the caller's now, or NULL. */
static struct object *close_locked(HANDLE handle)
{
	struct slot *slot = slot_of(handle);
	struct object *object;

	if (!slot)
		return NULL;
	object = slot->object;
	slot->object = NULL;
	slot->generation = slot->generation % MAX_GENERATION + 1;
	slot->next_free = free_slot;
	free_slot = (size_t)(slot - slots);
	return object;
}

BOOL ixhr2_close_handle(HANDLE handle)
{
	struct object *object;

	object_lock();
	object = close_locked(handle);
	object_unlock();
	if (!object)
		return last_error_fail(ERROR_INVALID_HANDLE);
	object_unref(object);
	return TRUE;
}

/* Under the lock: a second handle, where out is not NULL, and the end of the first one
 * with DUPLICATE_CLOSE_SOURCE: *out_closed as close_locked answers it. The error, or 0.
 */
static DWORD duplicate(HANDLE handle, DWORD options, HANDLE *out,
		       struct object **out_closed)
{
	struct slot *slot = slot_of(handle);
	struct object *object;
	DWORD error = 0;

	if (!slot)
		return ERROR_INVALID_HANDLE;
	object = slot->object;
	/* The table may move now. */
	if (out && open_locked(object, out))
		error = ERROR_NOT_ENOUGH_MEMORY;
	else if (out)
		object_ref(object);
	if (options & DUPLICATE_CLOSE_SOURCE)
		*out_closed = close_locked(handle);
	return error;
}

BOOL ixhr2_duplicate_handle(HANDLE from_process, HANDLE handle, HANDLE to_process,
			    HANDLE *out, DWORD access, BOOL inherit, DWORD options)
{
	const DWORD known = DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS;
	struct object *closed = NULL;
	DWORD error;

	(void)access;
	if (out)
		*out = NULL;
	if (from_process != GetCurrentProcess() || to_process != GetCurrentProcess())
		return last_error_fail(ERROR_INVALID_HANDLE);
	if ((options & ~known) || (!out && !(options & DUPLICATE_CLOSE_SOURCE)))
		return last_error_fail(ERROR_INVALID_PARAMETER);
	if (inherit)
		return last_error_fail(ERROR_NOT_SUPPORTED);
	object_lock();
	error = duplicate(handle, options, out, &closed);
	object_unlock();
	if (closed)
		object_unref(closed);
	return error ? last_error_fail(error) : TRUE;
}
