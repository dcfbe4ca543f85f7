/* SPDX-License-Identifier: MIT */
/*
 * libcrypto has locks of its own and does not look after them when the process forks. So
 * all who call it are readers of one lock, and a fork is its writer; readers do not wait
 * for one another, nor for a writer that waits, so they may be nested. The child makes
 * the lock anew, because its thread does not count as the one that took it.
 */
#include "base/crypto.h"

#include <openssl/crypto.h>
#include <pthread.h>

static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static enum err registered; /* what came of that; set once */

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
	pthread_rwlock_init(&gate, NULL);
}

static void register_once(void)
{
	if (pthread_atfork(before_fork, after_fork, after_fork_in_child))
		registered = ERR_NO_MEMORY;
}

enum err crypto_load(void)
{
	pthread_once(&once, register_once);
	/* It registers its cleanup only if it is asked for something. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_DIGESTS, NULL))
		return ERR_NO_MEMORY;
	return registered;
}

void crypto_enter(void)
{
	pthread_rwlock_rdlock(&gate);
}

void crypto_leave(void)
{
	pthread_rwlock_unlock(&gate);
}

void crypto_end_thread(void)
{
	crypto_enter();
	OPENSSL_thread_stop();
	crypto_leave();
}
