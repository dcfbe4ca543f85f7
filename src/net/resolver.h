/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo on threads of the library's own, which come and go with the questions. One
 * that takes long holds up neither the others nor the end of the process. Owner of the
 * loop only.
 */
#ifndef IXHR2_NET_RESOLVER_H
#define IXHR2_NET_RESOLVER_H

#include <netdb.h>
#include <stdbool.h>

#include "base/err.h"
#include "net/loop.h"

/* Questions that are at work at the same time; further ones wait. */
#define RESOLVER_MAX_THREADS 16

struct resolver;
struct resolver_question;

/* The end: once, never inside resolver_ask; the question is gone. status: 0 or EAI_...;
 * sys: errno for EAI_SYSTEM, else 0. found is lent for the call, NULL without one. */
typedef void resolver_done_fn(void *owner, int status, int sys,
			      const struct addrinfo *found);

/* Makes a resolver without a thread. ERR_NO_MEMORY. */
MUST_USE enum err resolver_new(struct loop *loop, struct resolver **out_resolver);

/* Frees, without waiting for threads: no done comes any more. NULL is fine. */
void resolver_free(struct resolver *resolver);

/* Asks for a host (copied), of any family. ERR_NO_MEMORY; ERR_SYSTEM: there is no thread
 * and none could be started. */
MUST_USE enum err resolver_ask(struct resolver *resolver, const char *host,
			       resolver_done_fn *done, void *owner,
			       struct resolver_question **out_question);

/* Gives a question up that no thread has begun: true, and done does not come. False: it
 * goes on as if nothing had been said. */
bool resolver_give_up(struct resolver_question *question);

#endif
