/* SPDX-License-Identifier: MIT */
/*
 * An event that is set is handed over by the thread that sets it: it goes through the
 * queue, and each wait that has now all it needs takes it, leaves every queue and is
 * woken. A woken thread finds its answer ready and looks at no event again. So the one
 * wait that an auto-reset event lets through is decided at once, none is passed over by a
 * thread that came later, and a wait for all events takes them at one moment or not at
 * all.
 *
 * While a wait is queued, none of its events is set that it could take (of a wait for
 * all, one is not set): otherwise it would have been over.
 */
#include "win/event.h"

#include "base/mem.h"
#include "win/last_error.h"
#include "win/transcode.h"

#define EVENT_FLAGS (CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)

static void event_free(struct object *object)
{
	mem_free(object);
}

/* The threads that wait exist in the parent only. */
static void event_fork(struct object *object)
{
	struct event *event = (struct event *)object;

	while (list_take_first(&event->turns))
		object_unref(object);
}

static const struct object_kind event_kind = {
	.free = event_free,
	.fork = event_fork,
};

/* The event of an open handle, or NULL. */
static struct event *event_get(HANDLE handle)
{
	return (struct event *)object_get(handle, &event_kind);
}

static bool has_event(const struct event_wait *wait, const struct event *event)
{
	for (DWORD i = 0; i < wait->count; i++) {
		if (wait->turns[i].event == event)
			return true;
	}
	return false;
}

DWORD event_wait_init(struct event_wait *wait, DWORD count, const HANDLE *handles,
		      bool needs_all)
{
	wait->count = 0;
	wait->needs_all = needs_all;
	wait->is_over = false;
	wait->taken = 0;
	for (DWORD i = 0; i < count; i++) {
		struct event_turn *turn = &wait->turns[i];

		turn->event = event_get(handles[i]);
		if (!turn->event)
			return ERROR_INVALID_HANDLE;
		if (has_event(wait, turn->event))
			return ERROR_INVALID_PARAMETER;
		turn->wait = wait;
		list_init(&turn->link);
		wait->count++;
	}
	return 0;
}

static void event_take(struct event *event)
{
	event->is_set = event->is_manual;
}

static bool take_all(struct event_wait *wait)
{
	for (DWORD i = 0; i < wait->count; i++) {
		if (!wait->turns[i].event->is_set)
			return false;
	}
	for (DWORD i = 0; i < wait->count; i++)
		event_take(wait->turns[i].event);
	return true;
}

static bool take_first(struct event_wait *wait)
{
	for (DWORD i = 0; i < wait->count; i++) {
		if (wait->turns[i].event->is_set) {
			event_take(wait->turns[i].event);
			wait->taken = i;
			return true;
		}
	}
	return false;
}

bool event_wait_try(struct event_wait *wait)
{
	wait->is_over = wait->needs_all ? take_all(wait) : take_first(wait);
	return wait->is_over;
}

void event_wait_queue(struct event_wait *wait)
{
	for (DWORD i = 0; i < wait->count; i++) {
		struct event *event = wait->turns[i].event;

		object_ref(&event->object);
		list_put_last(&event->turns, &wait->turns[i].link);
	}
}

void event_wait_unqueue(struct event_wait *wait)
{
	for (DWORD i = 0; i < wait->count; i++)
		list_remove(&wait->turns[i].link);
}

void event_wait_done(struct event_wait *wait)
{
	for (DWORD i = 0; i < wait->count; i++)
		object_unref(&wait->turns[i].event->object);
}

/* Sets it and lets through who waits for it. */
static void event_set(struct event *event)
{
	struct list *next;

	event->is_set = true;
	for (struct list *at = event->turns.next; at != &event->turns && event->is_set;
	     at = next) {
		struct event_wait *wait = LIST_ENTRY(at, struct event_turn, link)->wait;

		/* A wait has one turn here, so the next one is another's and stays. */
		next = at->next;
		if (event_wait_try(wait)) {
			event_wait_unqueue(wait);
			pthread_cond_signal(&wait->wake);
		}
	}
}

static void event_reset(struct event *event)
{
	event->is_set = false;
}

static void event_pulse(struct event *event)
{
	event_set(event);
	event_reset(event);
}

/* Does to the event of a handle what is to be done. */
static BOOL change(HANDLE handle, void (*how)(struct event *event))
{
	struct event *event;

	object_lock();
	event = event_get(handle);
	if (event)
		how(event);
	object_unlock();
	return event ? TRUE : last_error_fail(ERROR_INVALID_HANDLE);
}

BOOL ixhr2_set_event(HANDLE event)
{
	return change(event, event_set);
}

BOOL ixhr2_reset_event(HANDLE event)
{
	return change(event, event_reset);
}

BOOL ixhr2_pulse_event(HANDLE event)
{
	return change(event, event_pulse);
}

/* A handle of a new event. ERR_NO_MEMORY. */
static enum err event_open(DWORD flags, HANDLE *out_handle)
{
	struct event *event = mem_zalloc(sizeof(*event));
	enum err err;

	if (!event)
		return ERR_NO_MEMORY;
	object_init(&event->object, &event_kind);
	list_init(&event->turns);
	event->is_manual = (flags & CREATE_EVENT_MANUAL_RESET) != 0;
	event->is_set = (flags & CREATE_EVENT_INITIAL_SET) != 0;
	err = object_open(&event->object, out_handle);
	if (err)
		object_unref(&event->object);
	return err;
}

HANDLE ixhr2_create_event_ex(unsigned wchar_bytes, const SECURITY_ATTRIBUTES *attributes,
			     const void *name, DWORD flags, DWORD access)
{
	HANDLE handle = NULL;
	DWORD error = 0;

	(void)access;
	if ((flags & ~EVENT_FLAGS) || !transcode_has_unit(wchar_bytes))
		error = ERROR_INVALID_PARAMETER;
	else if (name || (attributes && attributes->bInheritHandle))
		error = ERROR_NOT_SUPPORTED;
	else if (event_open(flags, &handle))
		error = ERROR_NOT_ENOUGH_MEMORY;
	last_error_set(error);
	return handle;
}
