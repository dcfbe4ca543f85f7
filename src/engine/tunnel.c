/* SPDX-License-Identifier: MIT */
/*
 * One round: the request goes out, the head of the answer comes in, and behind a 407 that
 * can be answered the rest of its body, so that the next round can use the same wire.
 * What is read lies in one buffer; nothing may be left in it when the tunnel stands,
 * because what a proxy says behind its 200 can only be made up: the target speaks TLS,
 * where the client begins.
 *
 * A proxy may hang up behind a 407 without having said so. Then the answer to it, of
 * which nobody can have heard, is said over a fresh wire.
 *
 * tunnel_run tells nothing by itself: its first step is a task.
 */
#include "engine/tunnel.h"

#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/answer.h"
#include "http/h1.h"
#include "http/h1_head.h"

/* Bytes that are read at a time. */
#define READ_BYTES 4096

/* Bytes of ":65535" and a NUL. */
#define PORT_BYTES 7

enum tunnel_step { SEND, AWAIT, DRAIN, ANSWER };

struct tunnel {
	struct loop *loop;	/* runs the task */
	tunnel_done_fn *done;	/* the end of a run */
	void *owner;		/* given to done */
	struct wire *wire;	/* while it runs, borrowed; else NULL */
	struct loop_task begin; /* takes the first step */
	enum tunnel_step step;	/* where it stands */
	struct answer *answer;	/* to the proxy's challenges; owned */
	bool no_auth;		/* a 407 is a refusal */
	bool is_deniable;	/* the last 407 can be answered by another login */
	bool may_repeat;	/* the wire carried a round before, and nothing has come
				   in this one: the proxy may have hung up in between */
	struct buf out;		/* the request, until it is answered; wiped */
	size_t out_at;		/* bytes of it that are written */
	struct buf in;		/* bytes read */
	struct span rest;	/* of them not used */
	size_t drained;		/* bytes of the refusal's body */
	struct arena arena;	/* heads of this round */
	struct h1 h1;		/* the answer of this round */
	struct url url;		/* what the head is written from: the authority twice */
	struct span user_agent; /* behind the authority in texts */
	unsigned status;	/* of the last answer, or 0 */
	char texts[];		/* the authority twice, user agent */
};

/* ---- the end of a run ---- */

static void finish(struct tunnel *tunnel, enum tunnel_end end, const struct fault *fault)
{
	struct tunnel_result result = {
		.end = end,
		.status = tunnel->status,
		.auth = &tunnel->answer->auth,
	};

	if (fault)
		result.fault = *fault;
	result.wants_login = result.fault.err == ERR_PROXY_AUTH && tunnel->is_deniable;
	if (log_on())
		log_line("CONNECT %.*s: %u", (int)url_authority(&tunnel->url).len,
			 url_authority(&tunnel->url).at, tunnel->status);
	wire_own(tunnel->wire, NULL, NULL);
	tunnel->wire = NULL;
	tunnel->done(tunnel->owner, &result);
}

static void fail(struct tunnel *tunnel, enum err err, const char *what)
{
	struct fault fault = {err, 0, what};

	if (!what)
		fault = tunnel->wire->fault;
	fault_set(&fault, err, 0, "CONNECT");
	finish(tunnel, TUNNEL_FAILED, &fault);
}

/* ---- out ---- */

static void wipe_out(struct tunnel *tunnel)
{
	mem_wipe(tunnel->out.at, tunnel->out.len);
	buf_clear(&tunnel->out);
	tunnel->out_at = 0;
}

/* Writes the request of a round; it has the answer, if one was made. */
static enum err put_request(struct tunnel *tunnel)
{
	const struct request_access access = {.proxy_authorization =
						      buf_span(&tunnel->answer->value)};
	struct request_head head = {
		.method = SPAN("CONNECT"),
		.url = &tunnel->url,
		.body_length = MESSAGE_NO_BODY,
		.access = &access,
	};
	enum err err = ERR_NONE;

	wipe_out(tunnel);
	arena_done(&tunnel->arena);
	headers_init(&head.headers, &tunnel->arena);
	if (tunnel->user_agent.len)
		err = headers_put(&head.headers, SPAN("User-Agent"), tunnel->user_agent);
	if (!err)
		err = buf_reserve(&tunnel->out, access.proxy_authorization.len + 1024);
	if (!err)
		err = h1_head_put(&tunnel->out, &head);
	answer_clear(tunnel->answer);
	h1_init(&tunnel->h1, &tunnel->arena, head.method);
	buf_clear(&tunnel->in);
	tunnel->rest = span_of(NULL, 0);
	tunnel->drained = 0;
	return err;
}

/* Has the request of this round said over a fresh wire instead. */
static void repeat_request(struct tunnel *tunnel)
{
	tunnel->out_at = 0;
	h1_init(&tunnel->h1, &tunnel->arena, SPAN("CONNECT"));
	finish(tunnel, TUNNEL_AGAIN, NULL);
}

static enum err send_request(struct tunnel *tunnel)
{
	while (tunnel->out_at < tunnel->out.len) {
		const struct iovec piece = {tunnel->out.at + tunnel->out_at,
					    tunnel->out.len - tunnel->out_at};
		size_t put;
		enum err err = wire_write(tunnel->wire, &piece, 1, false, &put);

		if (err)
			return err;
		tunnel->out_at += put;
	}
	return ERR_NONE;
}

/* ---- in ---- */

static enum err read_more(struct tunnel *tunnel)
{
	size_t len;
	enum err err;

	buf_drop(&tunnel->in, tunnel->in.len - tunnel->rest.len);
	tunnel->rest = buf_span(&tunnel->in);
	err = buf_reserve(&tunnel->in, READ_BYTES);
	if (err)
		return err;
	err = wire_read(tunnel->wire, tunnel->in.at + tunnel->in.len, READ_BYTES, &len);
	if (!err) {
		tunnel->in.len += len;
		tunnel->may_repeat = false;
	}
	tunnel->rest = buf_span(&tunnel->in);
	return err;
}

/* The next event of the answer, as h1_next gives it; ERR_CLOSED at an end that it does
 * not allow. */
static enum err pull(struct tunnel *tunnel, struct response_event *event)
{
	enum err err;

	for (;;) {
		err = h1_next(&tunnel->h1, &tunnel->rest, event);
		if (err != ERR_AGAIN)
			return err;
		err = read_more(tunnel);
		if (err == ERR_EOF)
			return h1_close(&tunnel->h1, tunnel->rest, event);
		if (err)
			return err;
	}
}

static void fail_to_pull(struct tunnel *tunnel, enum err err)
{
	const struct fault *fault = &tunnel->h1.fault;

	fail(tunnel, err, fault->err ? fault->what : NULL);
}

/* ---- steps: each answers whether the next one can be taken now ---- */

static bool take_step(struct tunnel *tunnel);

static void run(struct tunnel *tunnel)
{
	while (take_step(tunnel))
		;
}

static void on_answered(void *owner, enum err err)
{
	struct tunnel *tunnel = owner;

	if (err == ERR_NO_MEMORY) {
		fail(tunnel, err, "CONNECT");
		return;
	}
	if (err) {
		fail(tunnel, ERR_PROXY_AUTH, "CONNECT");
		return;
	}
	tunnel->step = DRAIN;
	run(tunnel);
}

/* The proxy wants to know who asks. */
static bool answer_challenge(struct tunnel *tunnel)
{
	const struct digest_message message = {.method = SPAN("CONNECT"),
					       .uri = url_authority(&tunnel->url),
					       .is_body_known = true};
	struct answer *answer = tunnel->answer;
	enum err err = ERR_MISSING;

	if (!tunnel->no_auth)
		err = answer_take(answer, &tunnel->h1.head->headers);
	tunnel->is_deniable = !tunnel->no_auth && auth_wants_login(&answer->auth);
	if (!err) {
		/* Nobody listens to the wire while the answer is at work. */
		wire_wants(tunnel->wire, 0);
		tunnel->step = ANSWER;
		err = answer_make(answer, &message, on_answered, tunnel);
		if (err == ERR_AGAIN)
			return false;
	}
	if (!err) {
		tunnel->step = DRAIN;
		return true;
	}
	fail(tunnel, err == ERR_NO_MEMORY ? err : ERR_PROXY_AUTH, "CONNECT");
	return false;
}

static bool judge(struct tunnel *tunnel, const struct response_head *head)
{
	tunnel->status = head->status;
	wipe_out(tunnel);
	if (head->status == 407)
		return answer_challenge(tunnel);
	if (head->status / 100 != 2)
		fail(tunnel, ERR_PROXY, "CONNECT");
	else if (tunnel->rest.len)
		fail(tunnel, ERR_PROTOCOL, "the proxy has spoken before the server");
	else
		finish(tunnel, TUNNEL_OPEN, NULL);
	return false;
}

static bool wait_for(struct tunnel *tunnel, unsigned ready)
{
	wire_wants(tunnel->wire, ready);
	return false;
}

static bool is_hung_up(const struct tunnel *tunnel, enum err err)
{
	return tunnel->may_repeat && (err == ERR_CLOSED || err == ERR_RESET);
}

static bool send_step(struct tunnel *tunnel)
{
	enum err err = send_request(tunnel);

	if (err == ERR_AGAIN)
		return wait_for(tunnel, WIRE_WRITABLE);
	if (err) {
		if (is_hung_up(tunnel, err))
			repeat_request(tunnel);
		else
			fail(tunnel, err, NULL);
		return false;
	}
	tunnel->step = AWAIT;
	return true;
}

static bool await_step(struct tunnel *tunnel)
{
	struct response_event event;
	enum err err = pull(tunnel, &event);

	if (err == ERR_AGAIN)
		return wait_for(tunnel, WIRE_READABLE);
	if (err) {
		if (is_hung_up(tunnel, err))
			repeat_request(tunnel);
		else
			fail_to_pull(tunnel, err);
		return false;
	}
	return event.kind == RESPONSE_INTERIM || judge(tunnel, event.head);
}

/* The wire is used once more when the refusal ends in time and in good order. */
static bool drain_step(struct tunnel *tunnel)
{
	struct response_event event;
	enum err err = ERR_NONE;

	while (tunnel->h1.is_persistent && tunnel->drained <= TUNNEL_DRAIN_BYTES) {
		err = pull(tunnel, &event);
		if (err == ERR_AGAIN)
			return wait_for(tunnel, WIRE_READABLE);
		if (err || event.kind == RESPONSE_END)
			break;
		tunnel->drained += spans_bytes(event.data);
	}
	if (err || !tunnel->h1.is_persistent || tunnel->h1.place != H1_AT_END ||
	    tunnel->rest.len) {
		finish(tunnel, TUNNEL_AGAIN, NULL);
		return false;
	}
	err = put_request(tunnel);
	if (err) {
		fail(tunnel, err, "CONNECT");
		return false;
	}
	tunnel->may_repeat = true;
	tunnel->step = SEND;
	return true;
}

static bool take_step(struct tunnel *tunnel)
{
	switch (tunnel->step) {
	case SEND:
		return send_step(tunnel);
	case AWAIT:
		return await_step(tunnel);
	case DRAIN:
		return drain_step(tunnel);
	case ANSWER:
		break;
	}
	return false;
}

static void on_ready(void *owner, unsigned ready)
{
	(void)ready;
	run(owner);
}

static void run_begin(struct loop_task *task)
{
	struct tunnel *tunnel = LIST_ENTRY(task, struct tunnel, begin);

	/* What was not answered is said again as it is. */
	if (tunnel->out.len == 0 && put_request(tunnel))
		fail(tunnel, ERR_NO_MEMORY, "CONNECT");
	else
		run(tunnel);
}

/* ---- life ---- */

/* A copy at *at, which moves on. */
static struct span put_text(char **at, struct span text)
{
	struct span copy = span_of(*at, text.len);

	if (text.len)
		memcpy(*at, text.at, text.len);
	*at += text.len;
	return copy;
}

static void put_texts(struct tunnel *tunnel, const struct tunnel_target *target)
{
	char room[PORT_BYTES];
	int port_len = snprintf(room, sizeof(room), ":%u", target->port);
	struct span port = span_of(room, (size_t)port_len);
	size_t authority_bytes = target->host.len + port.len;
	char *at = tunnel->texts;

	for (int i = 0; i < 2; i++) {
		put_text(&at, target->host);
		put_text(&at, port);
	}
	tunnel->url = url_of_request(span_of(tunnel->texts, 2 * authority_bytes),
				     authority_bytes, false);
	tunnel->user_agent = put_text(&at, target->user_agent);
}

enum err tunnel_new(struct loop *loop, const struct tunnel_target *target,
		    tunnel_done_fn *done, void *owner, struct tunnel **out_tunnel)
{
	size_t bytes = 2 * (target->host.len + PORT_BYTES) + target->user_agent.len;
	struct tunnel *tunnel = mem_zalloc(sizeof(*tunnel) + bytes);

	if (!tunnel)
		return ERR_NO_MEMORY;
	tunnel->answer = answer_new(loop, true, target->proxy_host);
	if (!tunnel->answer) {
		mem_free(tunnel);
		return ERR_NO_MEMORY;
	}
	answer_set_means(tunnel->answer, target->login, target->may_use_ticket);
	tunnel->loop = loop;
	tunnel->done = done;
	tunnel->owner = owner;
	tunnel->no_auth = target->no_auth;
	loop_task_init(&tunnel->begin, run_begin);
	put_texts(tunnel, target);
	*out_tunnel = tunnel;
	return ERR_NONE;
}

void tunnel_run(struct tunnel *tunnel, struct wire *wire)
{
	tunnel->wire = wire;
	tunnel->may_repeat = false;
	tunnel->step = SEND;
	wire_own(wire, on_ready, tunnel);
	loop_task_queue(tunnel->loop, &tunnel->begin);
}

unsigned tunnel_status(const struct tunnel *tunnel)
{
	return tunnel ? tunnel->status : 0;
}

void tunnel_free(struct tunnel *tunnel)
{
	if (!tunnel)
		return;
	loop_task_cancel(&tunnel->begin);
	answer_free(tunnel->answer);
	wipe_out(tunnel);
	buf_done(&tunnel->out);
	buf_done(&tunnel->in);
	arena_done(&tunnel->arena);
	mem_free(tunnel);
}
