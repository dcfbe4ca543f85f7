/* SPDX-License-Identifier: MIT */
/*
 * libcrypto's life in this process: when it is loaded, what its threads leave, and a
 * fork. Any thread.
 */
#ifndef IXHR2_BASE_CRYPTO_H
#define IXHR2_BASE_CRYPTO_H

#include "base/err.h"

/*
 * Loads libcrypto, so that its cleanup at exit comes after whatever is registered with
 * atexit from then on. Has a fork wait for those between crypto_enter and crypto_leave,
 * behind whatever is registered with pthread_atfork from then on. ERR_NO_MEMORY.
 */
MUST_USE enum err crypto_load(void);

/*
 * Between these two a thread may call libcrypto and libssl, and no other thread forks: a
 * child would find locks of theirs taken for ever. Nor does libcrypto clean up at exit;
 * who comes later than that rests until the process is gone. May be nested. Nothing of
 * the program's is called in between, nor waited for. What libcrypto keeps for a thread
 * that was inside is freed at its end as if it were inside then.
 */
void crypto_enter(void);
void crypto_leave(void);

/* Frees what libcrypto keeps for the calling thread, which is about to end. */
void crypto_end_thread(void);

#endif
