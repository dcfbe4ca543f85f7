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
 */
#include "base/crypto.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The longest that the end of the process waits for those inside. */
#define CLOSE_WAIT_MS 1000

static pthread_rwlock_t gate = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static enum err loaded;		     /* what came of that; set once */
static atomic_bool is_closing;	     /* the process ends */
static _Thread_local unsigned depth; /* of this thread, inside */

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

static void close_gate(void)
{
	const struct timespec a_millisecond = {.tv_nsec = 1000 * 1000};

	depth++;
	atomic_store(&is_closing, true);
	for (int ms = 0; pthread_rwlock_trywrlock(&gate) && ms < CLOSE_WAIT_MS; ms++)
		nanosleep(&a_millisecond, NULL);
}

/* Handlers of an exit run in the opposite order: the gate closes before the cleanup. */
static void load_once(void)
{
	/* It registers its cleanup only if it is asked for something. */
	if (pthread_atfork(before_fork, after_fork, after_fork_in_child) ||
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
