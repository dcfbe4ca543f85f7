/* SPDX-License-Identifier: MIT */
/* The insides of a request, for its files alone: its life (request.c), its steps
 * (request_steps.c), those on the way to an exchange (request_connect.c), its steps when
 * somebody asks who it is (request_auth.c), its waits (request_wait.c), its calls of the
 * client (request_call.c), what it tells of itself (request_told.c) and what several of
 * these do (request_parts.c). */
#ifndef IXHR2_ENGINE_REQUEST_INSIDE_H
#define IXHR2_ENGINE_REQUEST_INSIDE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "engine/access.h"
#include "engine/download.h"
#include "engine/exchange.h"
#include "engine/lane.h"
#include "engine/pool.h"
#include "engine/request.h"
#include "engine/session.h"
#include "engine/upload.h"
#include "http/message.h"
#include "http/url.h"
#include "net/loop.h"
#include "tls/identity.h"
#include "tls/issuers.h"
#include "tls/tls.h"
#include "tls/verdict.h"
#include "web/redirect.h"

/* Where a request stands. docs/request.md draws the table in request_steps.c. */
enum request_step {
	REQUEST_BEGIN,	    /* sent by the program; nothing is done yet */
	REQUEST_REWIND,	    /* the body must be at its first byte */
	REQUEST_REWOUND,    /* the program has done, or refused, a Seek to 0 */
	REQUEST_CONNECT,    /* needs an exchange */
	REQUEST_DIALING,    /* waits for one */
	REQUEST_SHOW,	    /* the program is to be told whom TLS has found there */
	REQUEST_ASKED,	    /* and whether it was asked for a certificate */
	REQUEST_START,	    /* has one; the head can go */
	REQUEST_CONTINUE,   /* the head is out; the body waits for a 100 */
	REQUEST_SEND,	    /* head and body go out */
	REQUEST_AWAIT,	    /* all is sent, or cannot be; waits for the head */
	REQUEST_JUDGE,	    /* the final head is here: redirect or response? */
	REQUEST_CHALLENGED, /* the origin or a proxy asks who this is */
	REQUEST_ANSWER,	    /* an answer is being made */
	REQUEST_REPLAY,	    /* there is one; the body must be at its first byte */
	REQUEST_REPLAYED,   /* the program has done, or refused, a Seek to 0 */
	REQUEST_DRAIN,	    /* the rest of the challenge is read, for the connection */
	REQUEST_PROMPTED,   /* the program was asked for a login */
	REQUEST_FOLLOW,	    /* the program is to be told where it goes */
	REQUEST_LEAVE,	    /* goes there */
	REQUEST_RECEIVE,    /* the response is told as it comes, the head first */
	REQUEST_RETRY, /* nothing came of it (a dead connection, a refusal); once more */
	REQUEST_FAIL,  /* something stopped it */
	REQUEST_ENDED, /* the final call is made; behind it, nothing is */
	REQUEST_STEP_COUNT,
	REQUEST_WAIT = REQUEST_STEP_COUNT, /* answered by a step: stay until a fact */
	REQUEST_DEPART /* the same: begin anew on the lane next_lane */
};

/* How a request ends; decided once, by whoever comes first. */
enum request_fate { REQUEST_LIVES, REQUEST_IS_ABORTED, REQUEST_IS_TOLD };

/* The functions of struct request_client that are called. */
enum request_call_kind {
	REQUEST_CALL_REWIND,
	REQUEST_CALL_READ,
	REQUEST_CALL_SERVER_CERTIFICATE,
	REQUEST_CALL_CERTIFICATE_REQUESTED,
	REQUEST_CALL_PROMPT,
	REQUEST_CALL_REDIRECT,
	REQUEST_CALL_HEADERS,
	REQUEST_CALL_DATA,
	REQUEST_CALL_RESPONSE, /* headers, and data behind it */
	REQUEST_CALL_RECEIVED,
	REQUEST_CALL_FAILED
};

/* What a request takes, its client's part and its first words included: for a plain one
 * that is all until an answer comes. Not above the largest block that malloc recycles at
 * once (glibc, 1032); a larger one costs some hundred instructions more. */
#define REQUEST_BYTES 888

/* How often a request is sent again that the peer says not to have processed. */
#define REQUEST_MAX_REFUSALS 5

/* How much of a body that nobody wants (of a redirect, of a challenge) is read to keep a
 * connection that another can replace. */
#define REQUEST_DRAIN_BYTES (64u * 1024)

/* The body of a request that has one. */
struct request_body {
	struct upload upload; /* its way out */
	char *piece_at;	      /* REQUEST_CALL_READ: where to, */
	uint32_t piece_cap;   /* how many bytes at most (0: no piece is on its way), */
	uint32_t piece_len;   /* and how many the client gave */
};

struct request {
	struct arena arena;		     /* the request's words and heads */
	const struct request_client *client; /* the client's table */
	struct lane *lane;		     /* where it runs, from request_send on */

	struct {				/* what other threads touch */
		atomic_uint refs;		/* references */
		_Atomic enum request_fate fate; /* how it ends */
		atomic_uint timeout_ms;		/* of each wait; 0: none */
		atomic_bool is_posted;		/* post is on its way */
		struct lane *_Atomic lane;	/* the same as the owner's lane; NULL
						   until request_send hands it over */
		struct loop_post post; /* brings it to the loop, and later tells that
					  fate or timeout_ms have changed */
	} shared;

	struct loop_task task;	 /* runs the steps soon */
	struct loop_timer timer; /* bounds the wait that is on */
	uint64_t wait_since_ms;	 /* when that wait began */
	struct loop_call call;	 /* the client's code */
	enum request_step step;	 /* where it stands; request_run alone writes it */
	unsigned calls_in_a_row; /* since others had their turn */
	int32_t code;		 /* the client's answer to the last call */

	struct url url;		    /* where it goes now */
	struct request_head head;   /* what is sent */
	struct access *access;	    /* who this is to whom; owned, or NULL */
	struct headers *suppressed; /* names of defaults that are not sent; in the
				       arena, or NULL */
	struct request_body *body;  /* in the arena; NULL: there is none */
	struct pool_want want;	 /* what exchange is to be had, and while that is waited
				    for; its identity is a reference */
	struct exchange *x;	 /* its exchange, or NULL */
	struct fault late_fault; /* fails it when all before is told: why there is no
				    exchange, or what is behind the head */
	const struct verdict *verdict; /* on its last peer; a reference, or NULL */
	const struct issuers *issuers; /* that peer has asked for; a reference, or NULL */
	struct response_head *response; /* the last final head, in the arena */
	struct redirect *redirect;	/* where that leads, in the arena */
	union {
		struct spans data; /* REQUEST_CALL_DATA, REQUEST_CALL_RESPONSE */
		size_t drained;	   /* bytes read of a challenge's body */
	};
	struct download *download; /* decodes the body; owned, or NULL */

	struct fault fault; /* why it failed */
	int32_t fault_code; /* ERR_CLIENT: the program's code */

	struct request_wishes wishes; /* as Send had them */
	bool hears_certificates;      /* the certificate calls are made */

	bool has_begun;		   /* the lane's loop has it */
	bool has_tried;		   /* to get an exchange */
	bool offers_codings;	   /* Accept-Encoding is ours: what comes is decoded */
	bool has_connection_close; /* the program wants no reuse */
	bool expects_continue;	   /* it sent Expect: 100-continue */
	bool waits_for_100;	   /* in REQUEST_CONTINUE, that wait has begun */
	bool is_continued;	   /* the body need not wait any more */
	bool sends_body;	   /* with this exchange */
	bool has_head;		   /* an exchange has the head */
	bool is_http_2;		   /* that of HTTP/2 */
	bool is_asked;		   /* issuers are to be told */
	bool is_retried;	   /* it had its second try */
	bool needs_http_1_1;	   /* this origin wants this request so */
	uint8_t refusals;	   /* tries that the peer has not processed */
	bool has_send_failed;	   /* nothing more can be sent; a response may come */
	bool wants_proxy_login;	   /* late_fault: another one might do */
	bool is_untold;		   /* the response's head is to be told */
	bool is_whole;		   /* and so is its end, behind it */
	bool is_in_call;	   /* from request_call until it is done */
	bool is_overtaken;	   /* an abort came before the final call began */
	bool is_refused;	   /* the client wants nothing behind the head */
	uint8_t next_lane;	   /* REQUEST_DEPART: the number of that lane */

	uint64_t latest_ns;	  /* of info's times, which do not go back */
	struct request_info info; /* for a curious program */
	alignas(max_align_t) char own[REQUEST_CLIENT_BYTES]; /* the client's */
	char words[];					     /* where the arena begins */
};

/* Has the client called soon, unless an abort makes it pointless; the machine rests until
 * the call is done. */
void request_call(struct request *request, enum request_call_kind kind);

/* Takes steps until one waits or a call is due. Owner of the loop, at top level; the
 * request may be gone afterwards. */
void request_run(struct request *request);

/* ---- request_wait.c ---- */

/* How long connecting may take: the timeout, or else the configuration's. */
uint32_t request_connect_timeout_ms(const struct request *request);

/* A step waits: time counts from now on. */
void request_begin_wait(struct request *request);

/* The timer's end: a wait that is over its limit has failed, but a body that waited for a
 * 100 goes on. */
void request_on_timer(struct loop_timer *timer);

/* The wait that is on has a new timeout. Owner of the loop. */
void request_renew_timeout(struct request *request);

/* ---- request_parts.c ---- */

/* Whether there is no reference but the caller's: then nobody can make another. */
static inline bool request_is_alone(const struct request *request)
{
	return atomic_load_explicit(&request->shared.refs, memory_order_acquire) == 1;
}

/* Has the loop of the request's lane look at what has changed. Any thread. */
void request_post(struct request *request);

/* The request goes to the lane next_lane, and is run there from REQUEST_BEGIN on. Between
 * two exchanges; afterwards it is not this thread's any more. */
void request_depart(struct request *r);

/* ns as a time of info: not before one that is told already. */
uint64_t request_note_time(struct request *r, uint64_t ns);

/* The failure of a step: it answers the next one. */
enum request_step request_fail(struct request *r, enum err err, const char *what);

/* The response that is here is told to the program, and its body is begun. */
enum request_step request_deliver(struct request *r);

/* Gives the exchange back, if there is one. */
void request_release_exchange(struct request *r);

/* Tells info of url, without a user and a password in it. ERR_NO_MEMORY. */
MUST_USE enum err request_note_url(struct request *request);

/* ---- request_connect.c ---- */

/* Whether the program must be told that it was asked for a certificate; asks for the
 * call. A server may ask at any time (renegotiation). */
bool request_tell_issuers(struct request *r);

/* The steps. */
enum request_step request_connect(struct request *r);
enum request_step request_dialing(struct request *r);
enum request_step request_show(struct request *r);
enum request_step request_asked(struct request *r);

/* ---- request_auth.c ---- */

/* The next exchange is with r->url: what leads there, and who this is to be.
 * ERR_NO_MEMORY, ERR_PROXY: r->fault is set. */
MUST_USE enum err request_choose_way(struct request *r);

/* The head gets what answers there are. ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err request_put_answers(struct request *r);

/* Whether the response is a challenge that may be answered. */
bool request_is_challenged(const struct request *r);

/* What the proxy said to whoever has dialled, lent for the call. */
void request_note_proxy(struct request *r, const struct dial_result *result);

/* No exchange could be had because a proxy wants another login: asks for one, and answers
 * whether it does. */
bool request_prompts_for_proxy(struct request *r);

/* The body goes out with this exchange, and not with the next one. */
bool request_sends_body(const struct request *r);

/* The steps. */
enum request_step request_challenged(struct request *r);
enum request_step request_answer(struct request *r);
enum request_step request_replay(struct request *r);
enum request_step request_replayed(struct request *r);
enum request_step request_drain(struct request *r);
enum request_step request_prompted(struct request *r);

#endif
