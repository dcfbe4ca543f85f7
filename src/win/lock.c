/* SPDX-License-Identifier: MIT */
/*
 * Critical sections are recursive mutexes, each within the opaque bytes of its structure.
 *
 * An SRW lock is a reader-writer lock behind a gate, which is a mutex. The system's lock
 * alone lets readers in while a writer waits, who may wait for ever then. So whoever
 * wants the lock holds the gate until he has it, and behind a writer that waits the
 * readers wait too. SRWLOCK_INIT is all zero bytes, which is what the two initializers of
 * the system are as well (a test compares them); on Linux neither holds anything that
 * would have to be given back.
 *
 * A lock that cannot be taken for another reason than that it is held is used wrongly.
 * The program would go on without it, so the process ends.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "ixhr2/synchapi.h"
#include "win/last_error.h"

/* What is in an SRWLOCK. */
struct srw {
	pthread_rwlock_t lock; /* what readers and writers hold */
	pthread_mutex_t gate;  /* held by the one who is next */
};

static_assert(sizeof(pthread_mutex_t) <= sizeof(CRITICAL_SECTION), "a mutex fits");
static_assert(sizeof(struct srw) <= sizeof(SRWLOCK), "a reader-writer lock fits");
static_assert(_Alignof(pthread_mutex_t) <= _Alignof(ULONGLONG), "it is aligned");
static_assert(_Alignof(struct srw) <= _Alignof(ULONGLONG), "it is aligned");

static pthread_mutex_t *mutex_of(CRITICAL_SECTION *section)
{
	return (pthread_mutex_t *)(void *)section->opaque;
}

static struct srw *srw_of(SRWLOCK *lock)
{
	return (struct srw *)(void *)lock->opaque;
}

BOOL ixhr2_initialize_critical_section(CRITICAL_SECTION *section, DWORD spin_count,
				       DWORD flags)
{
	pthread_mutexattr_t attributes;
	int result;

	(void)spin_count;
	(void)flags;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	result = pthread_mutex_init(mutex_of(section), &attributes);
	pthread_mutexattr_destroy(&attributes);
	return result ? last_error_fail(ERROR_NOT_ENOUGH_MEMORY) : TRUE;
}

void ixhr2_enter_critical_section(CRITICAL_SECTION *section)
{
	if (pthread_mutex_lock(mutex_of(section)) != 0)
		abort();
}

BOOL ixhr2_try_enter_critical_section(CRITICAL_SECTION *section)
{
	return pthread_mutex_trylock(mutex_of(section)) == 0;
}

void ixhr2_leave_critical_section(CRITICAL_SECTION *section)
{
	pthread_mutex_unlock(mutex_of(section));
}

void ixhr2_delete_critical_section(CRITICAL_SECTION *section)
{
	pthread_mutex_destroy(mutex_of(section));
}

void ixhr2_acquire_srw_lock(SRWLOCK *lock, BOOL shared)
{
	struct srw *srw = srw_of(lock);
	int result;

	pthread_mutex_lock(&srw->gate);
	result = shared ? pthread_rwlock_rdlock(&srw->lock)
			: pthread_rwlock_wrlock(&srw->lock);
	/* More readers than can be counted: some will go. */
	while (result == EAGAIN) {
		sched_yield();
		result = pthread_rwlock_rdlock(&srw->lock);
	}
	pthread_mutex_unlock(&srw->gate);
	if (result)
		abort();
}

BOOLEAN ixhr2_try_acquire_srw_lock(SRWLOCK *lock, BOOL shared)
{
	struct srw *srw = srw_of(lock);

	/* Past the gate: who does not wait may not fail because others pass through it.
	 */
	return (shared ? pthread_rwlock_tryrdlock(&srw->lock)
		       : pthread_rwlock_trywrlock(&srw->lock)) == 0;
}

void ixhr2_release_srw_lock(SRWLOCK *lock)
{
	pthread_rwlock_unlock(&srw_of(lock)->lock);
}
