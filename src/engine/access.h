/* SPDX-License-Identifier: MIT */
/*
 * Who a request is to the origin and to a proxy, and its answers when they ask. A request
 * has one only when it needs it: it was given a login, or goes through a proxy, or was
 * challenged. Owner of the loop only, but access_new.
 */
#ifndef IXHR2_ENGINE_ACCESS_H
#define IXHR2_ENGINE_ACCESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/answer.h"
#include "engine/pool.h"
#include "engine/request.h"
#include "http/message.h"
#include "web/proxy.h"

/* How often one side's login is asked for in one request. */
#define ACCESS_MAX_PROMPTS 3

/* Where an exchange goes. */
struct access_way {
	const struct url *url;	   /* to what; lent for the call */
	const struct proxy *proxy; /* through which, or NULL */
	bool is_open;	     /* that reads the head, and is not asked for a tunnel */
	bool may_use_ticket; /* the origin may get the user's Kerberos ticket */
	bool may_use_proxy_ticket; /* the proxy may */
};

struct access {
	struct request_access head;  /* for the head that is sent; lends the answers */
	struct request_access shown; /* the same without what is secret */
	struct pool_access pool;     /* for the pool; its logins are references */
	struct answer *origin; /* to the origin's challenges; NULL before the first */
	struct answer *proxy;  /* to those of the proxy */
	struct buf uri;	       /* what an open proxy reads in the request line */
	bool is_proxy;	       /* whose challenge is on, while there is one */
	bool is_new;	       /* another login than the connection was made for */
	bool is_proxy_asked;   /* the proxy's login was the prompt's */
	enum err made; /* what the last answer has come to; ERR_AGAIN: it is at work */
	unsigned prompts[2];	      /* made so far: origin, proxy */
	struct request_prompt prompt; /* the one that is made */
	struct buf host;	      /* in that: whose login */
	struct buf realm;	      /* in that */
	struct span scheme;	      /* in that: a constant */
	struct buf user;	      /* and what was given; wiped */
	struct buf password;	      /* the same */
};

/* One without logins. NULL: no memory. */
MUST_USE struct access *access_new(void);

/* Takes the logins of Open: login, or else that of the URL, unless no_auth says that none
 * is to be used; proxy_login likewise. ERR_NO_MEMORY, ERR_SYSTEM, ERR_INVALID. */
MUST_USE enum err access_take_logins(struct access *access, const struct url *url,
				     const struct request_options *options);

/* The next exchange goes that way. Answers for another proxy are forgotten, and so is a
 * login that was prompted for it. ERR_NO_MEMORY. */
MUST_USE enum err access_go(struct access *access, const struct access_way *way);

/* The message as the side is_proxy sees it: what the origin gets is message. */
struct digest_message access_message(const struct access *access, bool is_proxy,
				     const struct digest_message *message);

/* The answers for the head of a message: those that were just made for it, or new ones
 * where a side needs no new challenge, or none. ERR_NO_MEMORY. */
MUST_USE enum err access_put_answers(struct access *access,
				     const struct digest_message *message);

/* Whether the head has an answer that another one must follow for certain: the body need
 * not be sent with it. */
bool access_is_opening(const struct access *access);

/* Who has replied has its answer; a side that did so and did not challenge is content.
 * ERR_NO_MEMORY. */
MUST_USE enum err access_hear(struct access *access, const struct response_head *head);

/* The answer to the side that has challenged (is_proxy), made anew if there is none yet;
 * none is at work. loop: of the request; host: of the origin. NULL: no memory. */
MUST_USE struct answer *access_need_answer(struct access *access, struct loop *loop,
					   struct span host);

/* Keeps how the side is_proxy has asked, for the prompt; auth: NULL where nothing was
 * said. ERR_NO_MEMORY. */
MUST_USE enum err access_note_asked(struct access *access, const struct auth *auth);

/* Prepares prompt for the side is_proxy. ERR_NO_MEMORY. */
MUST_USE enum err access_begin_prompt(struct access *access, const struct url *url);

/* Takes what the prompt was given as the login of that side, and wipes it. ERR_MISSING:
 * nothing; ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err access_end_prompt(struct access *access);

/* A redirect leads to another origin: what was the last one's is gone. */
void access_leave_origin(struct access *access);

/* It is over: secrets go; what is shown stays. */
void access_end(struct access *access);

/* NULL is fine. */
void access_free(struct access *access);

#endif
