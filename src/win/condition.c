/* SPDX-License-Identifier: MIT */
/*
 * Condition variables and one-time initialisation, each on one number that threads sleep
 * at.
 *
 * A condition variable counts the wake-ups. Who sleeps reads the count while it holds the
 * program's lock, lets the lock go, and sleeps only if the count is still the same: a
 * wake-up that came between is not lost. One that came for another sleeper may be seen
 * too, which is a wake-up without cause.
 *
 * INIT_ONCE goes from NEW to RUNNING to DONE; a function that fails takes it back to NEW.
 */
#include <assert.h>
#include <stdint.h>

#include "base/futex.h"
#include "ixhr2/synchapi.h"
#include "win/last_error.h"

enum once_state { ONCE_NEW, ONCE_RUNNING, ONCE_DONE };

static_assert(sizeof(atomic_uint) <= sizeof(CONDITION_VARIABLE) &&
		      sizeof(atomic_uint) <= sizeof(((INIT_ONCE *)0)->opaque),
	      "the number fits");

static atomic_uint *word_of(ULONGLONG *opaque)
{
	return (atomic_uint *)(void *)opaque;
}

/* What a sleep answers that was woken, or is late. */
static BOOL answer(bool is_late)
{
	return is_late ? last_error_fail(ERROR_TIMEOUT) : TRUE;
}

BOOL ixhr2_sleep_condition_variable_cs(CONDITION_VARIABLE *condition,
				       CRITICAL_SECTION *section, DWORD timeout_ms)
{
	atomic_uint *word = word_of(&condition->opaque);
	unsigned count = atomic_load(word);
	bool is_late;

	ixhr2_leave_critical_section(section);
	is_late = futex_sleep(word, count, timeout_ms);
	ixhr2_enter_critical_section(section);
	return answer(is_late);
}

BOOL ixhr2_sleep_condition_variable_srw(CONDITION_VARIABLE *condition, SRWLOCK *lock,
					DWORD timeout_ms, ULONG flags)
{
	atomic_uint *word = word_of(&condition->opaque);
	unsigned count = atomic_load(word);
	bool is_late;

	if (flags & ~CONDITION_VARIABLE_LOCKMODE_SHARED)
		return last_error_fail(ERROR_INVALID_PARAMETER);
	ixhr2_release_srw_lock(lock);
	is_late = futex_sleep(word, count, timeout_ms);
	ixhr2_acquire_srw_lock(lock, (flags & CONDITION_VARIABLE_LOCKMODE_SHARED) != 0);
	return answer(is_late);
}

void ixhr2_wake_condition_variable(CONDITION_VARIABLE *condition, BOOL all)
{
	atomic_uint *word = word_of(&condition->opaque);

	atomic_fetch_add(word, 1);
	futex_wake(word, all);
}

/* Whether the caller is the one who is to do it; if not, it is done. */
static bool once_begin(atomic_uint *word)
{
	for (;;) {
		unsigned state = ONCE_NEW;

		if (atomic_compare_exchange_strong(word, &state, ONCE_RUNNING))
			return true;
		if (state == ONCE_DONE)
			return false;
		(void)futex_sleep(word, ONCE_RUNNING, INFINITE);
	}
}

BOOL ixhr2_init_once_execute_once(INIT_ONCE *once, PINIT_ONCE_FN function,
				  PVOID parameter, LPVOID *context)
{
	atomic_uint *word = word_of(&once->opaque);

	if (atomic_load(word) != ONCE_DONE && once_begin(word)) {
		BOOL is_done = function(once, parameter, &once->context);

		atomic_store(word, is_done ? ONCE_DONE : ONCE_NEW);
		futex_wake(word, true);
		if (!is_done)
			return FALSE;
	}
	if (context)
		*context = once->context;
	return TRUE;
}
