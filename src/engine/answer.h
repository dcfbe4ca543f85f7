/* SPDX-License-Identifier: MIT */
/*
 * The answers to one side's challenges, made so that the loop does not wait: a scheme
 * that may block (Negotiate, NTLM) is at work in a call, as the program's code is, and
 * may be left alone there. Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_ANSWER_H
#define IXHR2_ENGINE_ANSWER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/headers.h"
#include "net/loop.h"
#include "web/auth.h"

/* What was made: ERR_NONE, ERR_MISSING (nothing can be answered), ERR_NO_MEMORY. */
typedef void answer_done_fn(void *owner, enum err err);

struct answer {
	struct auth auth;	  /* which scheme, which round; not while is_at_work */
	struct auth_means means;  /* its login is a reference, its host a copy in host */
	struct buf value;	  /* of the field, to be sent; empty: none. Wiped. */
	struct buf host;	  /* see means */
	struct buf message;	  /* what the answer at work is for, copied */
	struct digest_message at; /* the same, in message */
	struct loop *loop;	  /* runs the call */
	struct loop_call call;	  /* the work */
	answer_done_fn *done;	  /* told of its end */
	void *owner;		  /* given to done */
	enum err err;		  /* what came of it */
	bool is_proxy;		  /* the side: a proxy, and not the origin */
	bool is_at_work;	  /* the call is queued or runs */
	bool is_fresh;		  /* the owner's: value has not reached that side yet */
	bool is_left;		  /* nobody waits for it: it frees itself */
};

/* One for a side, the host of which is copied; means without login and ticket. NULL: no
 * memory. */
MUST_USE struct answer *answer_new(struct loop *loop, bool is_proxy, struct span host);

/* With what is answered from now on: login is kept by a reference. Not while it is at
 * work. */
void answer_set_means(struct answer *answer, const struct login *login,
		      bool may_use_ticket);

/* Takes the challenges in the head of a 401 or 407, as auth_take does. */
MUST_USE enum err answer_take(struct answer *answer, const struct headers *headers);

/* The other side is content, as auth_accept has it. ERR_NO_MEMORY. */
MUST_USE enum err answer_accept(struct answer *answer, const struct headers *headers);

/*
 * Makes value for a message, whose spans are borrowed for the call. ERR_AGAIN: done will
 * come, once. Otherwise what was made, as answer_done_fn has it.
 */
MUST_USE enum err answer_make(struct answer *answer, const struct digest_message *message,
			      answer_done_fn *done, void *owner);

/* Nothing is sent any more. */
void answer_clear(struct answer *answer);

/* Frees, also while it is at work: done does not come then. NULL is fine. */
void answer_free(struct answer *answer);

#endif
