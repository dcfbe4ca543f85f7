/* SPDX-License-Identifier: MIT */
/*
 * Critical sections are recursive mutexes, SRW locks are reader-writer locks, each within
 * the opaque bytes of its structure. SRWLOCK_INIT is all zero bytes, which is what
 * PTHREAD_RWLOCK_INITIALIZER is too (a test compares them); on Linux such a lock holds
 * nothing that would have to be given back.
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

static_assert(sizeof(pthread_mutex_t) <= sizeof(CRITICAL_SECTION), "a mutex fits");
static_assert(sizeof(pthread_rwlock_t) <= sizeof(SRWLOCK), "a reader-writer lock fits");
static_assert(_Alignof(pthread_mutex_t) <= _Alignof(ULONGLONG), "it is aligned");
static_assert(_Alignof(pthread_rwlock_t) <= _Alignof(ULONGLONG), "it is aligned");

static pthread_mutex_t *mutex_of(CRITICAL_SECTION *section)
{
	return (pthread_mutex_t *)(void *)section->opaque;
}

static pthread_rwlock_t *rwlock_of(SRWLOCK *lock)
{
	return (pthread_rwlock_t *)(void *)lock->opaque;
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
	int result = shared ? pthread_rwlock_rdlock(rwlock_of(lock))
			    : pthread_rwlock_wrlock(rwlock_of(lock));

	/* More readers than can be counted: some will go. */
	while (result == EAGAIN) {
		sched_yield();
		result = pthread_rwlock_rdlock(rwlock_of(lock));
	}
	if (result)
		abort();
}

BOOLEAN ixhr2_try_acquire_srw_lock(SRWLOCK *lock, BOOL shared)
{
	return (shared ? pthread_rwlock_tryrdlock(rwlock_of(lock))
		       : pthread_rwlock_trywrlock(rwlock_of(lock))) == 0;
}

void ixhr2_release_srw_lock(SRWLOCK *lock)
{
	pthread_rwlock_unlock(rwlock_of(lock));
}
