/* SPDX-License-Identifier: MIT */
/* One who dials on a real loop. */
#ifndef IXHR2_TESTS_ENGINE_CALLER_H
#define IXHR2_TESTS_ENGINE_CALLER_H

#include "engine/listener.h"

#include <stdlib.h>

#include "base/mem.h"
#include "engine/dial.h"
#include "engine/errand.h"
#include "lib/flag.h"
#include "net/tcp.h"

struct caller {
	struct loop *loop;	   /* where it dials */
	struct dns *dns;	   /* there */
	struct dial_target target; /* whom */
	struct dial *dial;	   /* while it is at it */
	enum err err;		   /* of dial_new */
	bool came_at_once;	   /* done, inside dial_new */
	struct dial_result result; /* the end; what it lent is gone */
	char peer[TCP_PEER_BYTES]; /* of it, or "" */
	char realm[32];		   /* of its proxy_auth, or "" */
	bool has_tls;		   /* it had facts of TLS */
	struct flag ended;	   /* raised then */
	unsigned long fail_at;	   /* the allocation that fails */
	bool has_failed;	   /* it did */
	long blocks;		   /* allocated before */
};

static inline void on_dialed(void *owner, const struct dial_result *result)
{
	struct caller *caller = owner;

	caller->result = *result;
	caller->dial = NULL;
	caller->has_tls = result->tls;
	snprintf(caller->peer, sizeof(caller->peer), "%s",
		 result->peer ? result->peer : "");
	if (result->proxy_auth && result->proxy_auth->realm.len)
		snprintf(caller->realm, sizeof(caller->realm), "%.*s",
			 (int)result->proxy_auth->realm.len,
			 result->proxy_auth->realm.at);
	if (caller->fail_at)
		caller->has_failed = mem_has_failed();
	mem_fail_at(0);
	flag_raise(&caller->ended);
}

static inline void make_dns(void *data)
{
	struct caller *caller = data;

	caller->err = dns_new(caller->loop, &caller->dns);
}

static inline void caller_init(struct caller *caller, const char *host, uint16_t port)
{
	*caller = (struct caller){.blocks = mem_live_blocks()};
	flag_init(&caller->ended);
	caller->target = (struct dial_target){
		.host = span_str(host), .port = port, .timeout_ms = 60000};
	assert_int_equal(loop_new(&caller->loop), ERR_NONE);
	errand_run(caller->loop, make_dns, caller);
	assert_int_equal(caller->err, ERR_NONE);
}

static inline void free_here(void *data)
{
	struct caller *caller = data;

	dial_free(caller->dial);
	wire_free(caller->result.wire);
	dns_free(caller->dns);
}

static inline void caller_end(struct caller *caller)
{
	errand_run(caller->loop, free_here, caller);
	loop_free(caller->loop);
	flag_done(&caller->ended);
}

static inline void caller_done(struct caller *caller)
{
	caller_end(caller);
	assert_int_equal(mem_live_blocks(), caller->blocks);
}

static inline void dial_here(void *data)
{
	struct caller *caller = data;

	mem_fail_at(caller->fail_at);
	caller->err = dial_new(caller->loop, caller->dns, &caller->target, on_dialed,
			       &caller->dial);
	if (!caller->err)
		dial_own(caller->dial, caller);
	caller->came_at_once = flag_is_up(&caller->ended);
	if (caller->err) {
		caller->has_failed = mem_has_failed();
		mem_fail_at(0);
	}
}

/* Dials and waits for the end. */
static inline void dial(struct caller *caller)
{
	errand_run(caller->loop, dial_here, caller);
	assert_false(caller->came_at_once);
	if (!caller->err)
		assert_true(flag_wait(&caller->ended, LISTENER_STEP_MS));
}

#endif
