/* SPDX-License-Identifier: MIT */
/*
 * Waiting. A wait takes what is set already, or queues itself at each of its events and
 * sleeps until one who sets an event says that the wait is over, or time is up. When both
 * come together the events have been taken, and that counts.
 *
 * The wait lies on the stack of its thread, so the thread must not be cancelled while it
 * is queued.
 */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "win/event.h"
#include "win/last_error.h"

#define SECOND_MS 1000
#define SECOND_NS 1000000000
#define MS_NS	  1000000

/* The moment in so many milliseconds, on CLOCK_MONOTONIC. */
static struct timespec moment_in(DWORD ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / SECOND_MS;
	at.tv_nsec += (long)(ms % SECOND_MS) * MS_NS;
	if (at.tv_nsec >= SECOND_NS) {
		at.tv_sec++;
		at.tv_nsec -= SECOND_NS;
	}
	return at;
}

/* A condition whose times are those of CLOCK_MONOTONIC. */
static void condition_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* Under the lock, and again at the end: waits in the queues until the wait is over, or
 * time is up. */
static void wait_in_queues(struct event_wait *wait, DWORD timeout_ms)
{
	struct timespec until;
	int cancel_state;
	bool is_late = false;

	if (timeout_ms != INFINITE)
		until = moment_in(timeout_ms);
	condition_init(&wait->wake);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	event_wait_queue(wait);
	while (!wait->is_over && !is_late)
		is_late =
			object_sleep(&wait->wake, timeout_ms == INFINITE ? NULL : &until);
	event_wait_unqueue(wait);
	pthread_setcancelstate(cancel_state, &cancel_state);
	pthread_cond_destroy(&wait->wake);
}

DWORD ixhr2_wait_for_multiple_objects(DWORD count, const HANDLE *handles, BOOL all,
				      DWORD timeout_ms, BOOL alertable)
{
	struct event_wait wait;
	bool is_queued = false;
	DWORD error;

	(void)alertable;
	if (!handles || count == 0 || count > MAXIMUM_WAIT_OBJECTS) {
		last_error_set(ERROR_INVALID_PARAMETER);
		return WAIT_FAILED;
	}
	object_lock();
	error = event_wait_init(&wait, count, handles, all);
	if (!error && !event_wait_try(&wait) && timeout_ms) {
		is_queued = true;
		wait_in_queues(&wait, timeout_ms);
	}
	object_unlock();
	if (is_queued)
		event_wait_done(&wait);
	if (error) {
		last_error_set(error);
		return WAIT_FAILED;
	}
	return wait.is_over ? WAIT_OBJECT_0 + wait.taken : WAIT_TIMEOUT;
}

DWORD ixhr2_sleep(DWORD ms, BOOL alertable)
{
	struct timespec until;

	(void)alertable;
	if (ms == 0) {
		sched_yield();
		return 0;
	}
	if (ms == INFINITE) {
		for (;;)
			pause();
	}
	until = moment_in(ms);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return 0;
}

BOOL ixhr2_switch_to_thread(void)
{
	sched_yield();
	return TRUE;
}
