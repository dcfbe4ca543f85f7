/* SPDX-License-Identifier: MIT */
/*
 * libcrypto has locks of its own and does not look after them when the process forks. So
 * all who call it are readers of one lock, and a fork is its writer, for whom readers
 * that come later wait; who is inside goes deeper without it. The child makes the lock
 * anew, because its thread does not count as the one that took it.
 *
 * The end of the process is a writer that never leaves: libcrypto cleans up behind it,
 * and threads of the program may still want something. They wait until they are gone, and
 * readers that come one after the other do not keep the writer waiting. The thread that
 * ends the process counts as one that is inside.
 *
 * When a thread ends libcrypto frees what it has kept for it, which must meet neither of
 * these two. So threads that were inside have this done under the lock, by the destructor
 * of a key that is older than libcrypto's: of such the older one runs first, where that
 * is defined (glibc). Threads may be waited for while the process ends, so they rest
 * until the cleanup is over, and not for ever.
 */
#include "base/crypto.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The longest that the end of the process waits for those inside, and that the end of a
 * thread waits for the lock. */
#define CLOSE_WAIT_MS 1000

static pthread_rwlock_t gate = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static enum err loaded;		     /* what came of that; set once */
static pthread_key_t end_key;	     /* has end_thread called; there once loaded */
static atomic_bool has_end_key;	     /* it is there */
static atomic_bool is_closing;	     /* the process ends */
static atomic_bool is_cleaned;	     /* and libcrypto has cleaned up */
static _Thread_local unsigned depth; /* of this thread, inside */
static _Thread_local bool is_noted;  /* this thread has a value of end_key */

static void before_fork(void)
{
	pthread_rwlock_wrlock(&gate);
}

static void after_fork(void)
{
	pthread_rwlock_unlock(&gate);
}

static void after_fork_in_child(void)
{
	gate = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
}

static void nap(void)
{
	const struct timespec a_millisecond = {.tv_nsec = 1000 * 1000};

	nanosleep(&a_millisecond, NULL);
}

/* A thread ends that was inside. */
static void end_thread(void *noted)
{
	*(bool *)noted = false;
	for (int ms = 0; !atomic_load(&is_cleaned) && ms < CLOSE_WAIT_MS; ms++) {
		if (!pthread_rwlock_tryrdlock(&gate)) {
			OPENSSL_thread_stop();
			pthread_rwlock_unlock(&gate);
			return;
		}
		nap();
	}
}

/* Without memory libcrypto does by itself what end_thread would. */
static void note_thread(void)
{
	is_noted =
		atomic_load(&has_end_key) && pthread_setspecific(end_key, &is_noted) == 0;
}

static void close_gate(void)
{
	depth++;
	atomic_store(&is_closing, true);
	for (int ms = 0; pthread_rwlock_trywrlock(&gate) && ms < CLOSE_WAIT_MS; ms++)
		nap();
}

static void note_cleanup(void)
{
	atomic_store(&is_cleaned, true);
}

/* Handlers of an exit run in the opposite order: the gate closes before the cleanup. */
static void load_once(void)
{
	if (pthread_key_create(&end_key, end_thread)) {
		loaded = ERR_NO_MEMORY;
		return;
	}
	atomic_store(&has_end_key, true);
	/* It registers its cleanup only if it is asked for something. */
	if (pthread_atfork(before_fork, after_fork, after_fork_in_child) ||
	    atexit(note_cleanup) ||
	    !OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) ||
	    atexit(close_gate))
		loaded = ERR_NO_MEMORY;
}

enum err crypto_load(void)
{
	pthread_once(&once, load_once);
	return loaded;
}

void crypto_enter(void)
{
	if (depth++)
		return;
	while (atomic_load_explicit(&is_closing, memory_order_relaxed))
		pause();
	if (!is_noted)
		note_thread();
	pthread_rwlock_rdlock(&gate);
}

void crypto_leave(void)
{
	if (!--depth)
		pthread_rwlock_unlock(&gate);
}

void crypto_end_thread(void)
{
	crypto_enter();
	OPENSSL_thread_stop();
	crypto_leave();
}
