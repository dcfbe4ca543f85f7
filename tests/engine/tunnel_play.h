/* SPDX-License-Identifier: MIT */
/*
 * CONNECT to a proxy that is played by fake wires. A wire gives its n-th answer when the
 * n-th request has been written to it, so a row of the table is a dialogue. For one file
 * of a test program.
 */
#ifndef IXHR2_TESTS_ENGINE_TUNNEL_PLAY_H
#define IXHR2_TESTS_ENGINE_TUNNEL_PLAY_H

#include "lib/test.h"

#include <stdlib.h>

#include "engine/tunnel.h"

#include "engine/negotiator.h"
#include "engine/still_loop.h"
#include "lib/wire.h"

#define MAX_WIRES   4
#define MAX_ANSWERS 10

#define FIRST_LINES                                                                      \
	"CONNECT h.test:443 HTTP/1.1\r\nHost: h.test:443\r\nUser-Agent: me/1\r\n"
#define ANSWERED(value) FIRST_LINES "Proxy-Authorization: " value "\r\n\r\n"

#define OK     "HTTP/1.1 200 Connection established\r\n\r\n"
#define WANTS  "HTTP/1.1 407 Who\r\nProxy-Authenticate: "
#define BASIC  WANTS "Basic realm=\"r\"\r\nContent-Length: 3\r\n\r\nwho"
#define CLOSES WANTS "Basic realm=\"r\"\r\nConnection: close\r\n\r\nwho"
#define NTLM   WANTS "NTLM\r\nContent-Length: 0\r\n\r\n"
#define NTLM_A WANTS "NTLM YQ==\r\nContent-Length: 0\r\n\r\n"

/* One wire: what the proxy answers, one for each request, and what comes then. */
struct script {
	const char *answers[MAX_ANSWERS];
	enum err end; /* 0: silence */
};

enum means { LOGIN, NO_LOGIN, TICKET, NO_AUTH };

struct tunnel_case {
	const char *name;
	enum means means;
	struct script wires[MAX_WIRES];
	const char *sent; /* letters of request_texts; a '/' before each further wire */
	enum err err;	  /* 0: the tunnel is open */
	unsigned status;
	bool wants_login;
	bool is_whole; /* the answers must not be cut into pieces */
};

static const struct tunnel_case cases[] = {
	{"at once", LOGIN, {{{OK}, 0}}, "-", 0, 200, false, false},
	{"without a login", NO_LOGIN, {{{OK}, 0}}, "-", 0, 200, false, false},
	{"another 2xx",
	 LOGIN,
	 {{{"HTTP/1.1 299 X\r\n\r\n"}, 0}},
	 "-",
	 0,
	 299,
	 false,
	 false},
	{"HTTP/1.0",
	 LOGIN,
	 {{{"HTTP/1.0 200 OK\r\n\r\n"}, 0}},
	 "-",
	 0,
	 200,
	 false,
	 false},
	{"200 with a length",
	 LOGIN,
	 {{{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, 0}},
	 "-",
	 0,
	 200,
	 false,
	 false},
	{"200 with chunks",
	 LOGIN,
	 {{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, 0}},
	 "-",
	 0,
	 200,
	 false,
	 false},
	{"200 with framing that is wrong",
	 LOGIN,
	 {{{"HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: y\r\n\r\n"}, 0}},
	 "-",
	 0,
	 200,
	 false,
	 false},
	{"200 that would close",
	 LOGIN,
	 {{{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"}, 0}},
	 "-",
	 0,
	 200,
	 false,
	 false},
	{"interim responses",
	 LOGIN,
	 {{{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: y\r\n\r\n" OK}, 0}},
	 "-",
	 0,
	 200,
	 false,
	 false},
	{"a byte behind 200",
	 LOGIN,
	 {{{OK "x"}, 0}},
	 "-",
	 ERR_PROTOCOL,
	 200,
	 false,
	 true},
	{"the body that 200 announces",
	 LOGIN,
	 {{{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}, 0}},
	 "-",
	 ERR_PROTOCOL,
	 200,
	 false,
	 true},

	{"Basic over the same wire",
	 LOGIN,
	 {{{BASIC, OK}, 0}},
	 "-B",
	 0,
	 200,
	 false,
	 false},
	{"Basic over another wire",
	 LOGIN,
	 {{{CLOSES}, ERR_EOF}, {{OK}, 0}},
	 "-/B",
	 0,
	 200,
	 false,
	 false},
	{"a body in chunks",
	 LOGIN,
	 {{{WANTS "Basic\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwho\r\n0\r\n\r\n", OK},
	   0}},
	 "-B",
	 0,
	 200,
	 false,
	 false},
	{"a body until the close",
	 LOGIN,
	 {{{WANTS "Basic\r\n\r\nwho"}, ERR_EOF}, {{OK}, 0}},
	 "-/B",
	 0,
	 200,
	 false,
	 false},
	{"a body that is cut off",
	 LOGIN,
	 {{{WANTS "Basic\r\nContent-Length: 9\r\n\r\nwho"}, ERR_EOF}, {{OK}, 0}},
	 "-/B",
	 0,
	 200,
	 false,
	 false},
	{"a body that is reset",
	 LOGIN,
	 {{{WANTS "Basic\r\nContent-Length: 9\r\n\r\nwho"}, ERR_RESET}, {{OK}, 0}},
	 "-/B",
	 0,
	 200,
	 false,
	 false},
	{"a body that is no body",
	 LOGIN,
	 {{{WANTS "Basic\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n"}, 0}, {{OK}, 0}},
	 "-/B",
	 0,
	 200,
	 false,
	 false},
	{"bytes behind 407",
	 LOGIN,
	 {{{BASIC "x"}, 0}, {{OK}, 0}},
	 "-/B",
	 0,
	 200,
	 false,
	 true},
	{"a proxy that hangs up behind 407",
	 LOGIN,
	 {{{BASIC}, ERR_EOF}, {{OK}, 0}},
	 "-B/B",
	 0,
	 200,
	 false,
	 false},
	{"one that resets behind 407",
	 LOGIN,
	 {{{BASIC}, ERR_RESET}, {{OK}, 0}},
	 "-B/B",
	 0,
	 200,
	 false,
	 false},
	{"one that hangs up twice",
	 LOGIN,
	 {{{BASIC}, ERR_EOF}, {{""}, ERR_EOF}},
	 "-B/B",
	 ERR_CLOSED,
	 407,
	 false,
	 false},
	{"one that hangs up within its second answer",
	 LOGIN,
	 {{{BASIC, "HTTP/1.1 2"}, ERR_EOF}},
	 "-B",
	 ERR_CLOSED,
	 407,
	 false,
	 false},

	{"NTLM over one wire",
	 LOGIN,
	 {{{NTLM, NTLM_A, OK}, 0}},
	 "-tT",
	 0,
	 200,
	 false,
	 false},
	{"Negotiate by ticket",
	 TICKET,
	 {{{WANTS "Negotiate, Basic\r\nContent-Length: 0\r\n\r\n", OK}, 0}},
	 "-n",
	 0,
	 200,
	 false,
	 false},
	{"the next scheme when one fails",
	 LOGIN,
	 {{{WANTS "Basic, Negotiate\r\nContent-Length: 0\r\n\r\n",
	    WANTS "Basic, Negotiate\r\nContent-Length: 0\r\n\r\n", OK},
	   0}},
	 "-nB",
	 0,
	 200,
	 false,
	 false},

	{"a wrong login",
	 LOGIN,
	 {{{BASIC, BASIC}, 0}},
	 "-B",
	 ERR_PROXY_AUTH,
	 407,
	 true,
	 false},
	{"no login", NO_LOGIN, {{{BASIC}, 0}}, "-", ERR_PROXY_AUTH, 407, true, false},
	{"a ticket that is not wanted",
	 TICKET,
	 {{{BASIC}, 0}},
	 "-",
	 ERR_PROXY_AUTH,
	 407,
	 true,
	 false},
	{"no answers wanted",
	 NO_AUTH,
	 {{{BASIC}, 0}},
	 "-",
	 ERR_PROXY_AUTH,
	 407,
	 false,
	 false},
	{"407 without a challenge",
	 LOGIN,
	 {{{"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"}, 0}},
	 "-",
	 ERR_PROXY_AUTH,
	 407,
	 false,
	 false},
	{"the server's challenge instead",
	 LOGIN,
	 {{{"HTTP/1.1 407 Who\r\nWWW-Authenticate: Basic\r\n\r\n"}, 0}},
	 "-",
	 ERR_PROXY_AUTH,
	 407,
	 false,
	 false},
	{"a scheme that is not known",
	 LOGIN,
	 {{{WANTS "Bearer\r\nContent-Length: 0\r\n\r\n"}, 0}},
	 "-",
	 ERR_PROXY_AUTH,
	 407,
	 false,
	 false},

	{"forbidden",
	 LOGIN,
	 {{{"HTTP/1.1 403 No\r\n\r\nwhy"}, 0}},
	 "-",
	 ERR_PROXY,
	 403,
	 false,
	 false},
	{"a gateway that fails",
	 NO_AUTH,
	 {{{"HTTP/1.1 502 X\r\n\r\n"}, 0}},
	 "-",
	 ERR_PROXY,
	 502,
	 false,
	 false},
	{"a redirect",
	 LOGIN,
	 {{{"HTTP/1.1 302 X\r\nLocation: http://evil.test/\r\n\r\n"}, 0}},
	 "-",
	 ERR_PROXY,
	 302,
	 false,
	 false},
	{"401",
	 LOGIN,
	 {{{"HTTP/1.1 401 X\r\nWWW-Authenticate: Basic\r\n\r\n"}, 0}},
	 "-",
	 ERR_PROXY,
	 401,
	 false,
	 false},
	{"forbidden to who has said who he is",
	 LOGIN,
	 {{{BASIC, "HTTP/1.1 403 No\r\n\r\n"}, 0}},
	 "-B",
	 ERR_PROXY,
	 403,
	 false,
	 false},
	{"closed to who has said who he is",
	 LOGIN,
	 {{{CLOSES}, ERR_EOF}, {{""}, ERR_EOF}},
	 "-/B",
	 ERR_CLOSED,
	 407,
	 false,
	 false},

	{"closed", LOGIN, {{{""}, ERR_EOF}}, "-", ERR_CLOSED, 0, false, false},
	{"reset", LOGIN, {{{""}, ERR_RESET}}, "-", ERR_RESET, 0, false, false},
	{"no HTTP", LOGIN, {{{"SSH-2.0-x\r\n"}, 0}}, "-", ERR_PROTOCOL, 0, false, false},
	{"silence", LOGIN, {{{""}, 0}}, "-", ERR_AGAIN, 0, false, false},
};

/* ---- the play ---- */

struct play {
	const struct tunnel_case *c;
	struct loop loop;		   /* still */
	const struct login *login;	   /* or NULL */
	struct fake_wire wires[MAX_WIRES]; /* one without a script is closed */
	char *inputs[MAX_WIRES];	   /* all answers of each; owned */
	unsigned wire;			   /* the one that is used */
	struct tunnel *tunnel;		   /* or NULL */
	size_t cut_bytes;		   /* of the first wire's answers; then */
	enum err cut_with;		   /* this comes, unless it is 0 */
	bool frees;			   /* in done */
	bool is_inside;			   /* of tunnel_run */
	unsigned told;			   /* calls of done */
	bool is_over;			   /* open or failed */
	struct tunnel_result result;	   /* the last */
	char realm[16];			   /* of it */
};

static inline size_t count_heads(struct span output)
{
	size_t count = 0;

	for (size_t i = 0; i + 4 <= output.len; i++)
		count += !memcmp(output.at + i, "\r\n\r\n", 4);
	return count;
}

/* Lets the wire have the answers to what was written. */
static inline void unlock_answers(struct play *play)
{
	static const struct script closed = {{""}, ERR_EOF};
	struct fake_wire *fake = &play->wires[play->wire];
	const struct script *script = &play->c->wires[play->wire];
	size_t heads = count_heads(fake_wire_output(fake));
	size_t len = 0, i;

	if (!script->answers[0])
		script = &closed;
	for (i = 0; i < heads && i < MAX_ANSWERS && script->answers[i]; i++)
		len += strlen(script->answers[i]);
	fake->end = ERR_AGAIN;
	if (script->end && (i == MAX_ANSWERS || !script->answers[i]))
		fake->end = script->end;
	if (!play->wire && play->cut_with && len >= play->cut_bytes) {
		len = play->cut_bytes;
		fake->end = play->cut_with;
	}
	fake->input = span_of(play->inputs[play->wire], len);
}

static inline void init_wire(struct play *play, unsigned n)
{
	size_t bytes = 1;
	char *input;

	for (int i = 0; i < MAX_ANSWERS; i++)
		if (play->c->wires[n].answers[i])
			bytes += strlen(play->c->wires[n].answers[i]);
	play->inputs[n] = input = calloc(1, bytes);
	assert_non_null(input);
	for (int i = 0; i < MAX_ANSWERS; i++)
		if (play->c->wires[n].answers[i])
			input = stpcpy(input, play->c->wires[n].answers[i]);
	fake_wire_init(&play->wires[n]);
}

static inline void on_done(void *owner, const struct tunnel_result *result)
{
	struct play *play = owner;

	assert_false(play->is_inside);
	assert_false(play->is_over);
	assert_null(play->wires[play->wire].wire.ready);
	play->told++;
	play->result = *result;
	assert_int_equal(result->status, tunnel_status(play->tunnel));
	snprintf(play->realm, sizeof(play->realm), "%.*s", (int)result->auth->realm.len,
		 result->auth->realm.at ? result->auth->realm.at : "");
	play->is_over = result->end != TUNNEL_AGAIN;
	if (!play->is_over)
		play->wire++;
	if (play->frees) {
		tunnel_free(play->tunnel);
		play->tunnel = NULL;
		play->is_over = true;
	}
}

static inline void run_tunnel(struct play *play)
{
	play->is_inside = true;
	assert_true(play->wire < MAX_WIRES);
	tunnel_run(play->tunnel, &play->wires[play->wire].wire);
	play->is_inside = false;
}

/* false: no memory. */
static inline bool play_init(struct play *play, const struct tunnel_case *c)
{
	struct tunnel_target target = {
		.host = SPAN("h.test"),
		.port = 443,
		.user_agent = SPAN("me/1"),
		.proxy_host = SPAN("proxy.test"),
		.may_use_ticket = c->means == TICKET,
		.no_auth = c->means == NO_AUTH,
	};

	*play = (struct play){.c = c};
	negotiator_forget();
	still_loop_init(&play->loop);
	for (unsigned i = 0; i < MAX_WIRES; i++)
		init_wire(play, i);
	if (c->means == LOGIN || c->means == NO_AUTH) {
		if (login_new(SPAN("u"), SPAN("p"), &play->login))
			return false;
		target.login = play->login;
	}
	if (tunnel_new(&play->loop, &target, on_done, play, &play->tunnel))
		return false;
	run_tunnel(play);
	return true;
}

static inline void run_call(struct loop_call *call)
{
	call->call(call);
	call->done(call);
}

static inline void play_done(struct play *play)
{
	struct loop_call *call;
	unsigned told = play->told;

	tunnel_free(play->tunnel);
	while ((call = still_loop_take_call(&play->loop)))
		run_call(call);
	assert_false(still_loop_turn(&play->loop));
	assert_int_equal(play->told, told);
	login_unref(play->login);
	for (unsigned i = 0; i < MAX_WIRES; i++) {
		assert_false(play->wires[i].is_freed);
		fake_wire_done(&play->wires[i]);
		free(play->inputs[i]);
	}
	still_loop_done(&play->loop);
}

/* One step; whether anything has moved. */
static inline bool step(struct play *play)
{
	struct fake_wire *fake = &play->wires[play->wire];
	unsigned told = play->told;
	size_t arrived = fake->arrived;
	struct loop_call *call;

	if (still_loop_turn(&play->loop))
		goto moved;
	call = still_loop_take_call(&play->loop);
	if (call) {
		assert_int_equal(fake->wanted, 0);
		run_call(call);
		goto moved;
	}
	unlock_answers(play);
	fake_wire_arrive(fake);
	if (!fake_wire_tell(fake) && fake->arrived == arrived)
		return false;
moved:
	if (play->told > told && !play->is_over)
		run_tunnel(play);
	return true;
}

static inline void run(struct play *play)
{
	while (!play->is_over && step(play))
		;
}

#endif
