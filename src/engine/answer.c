/* SPDX-License-Identifier: MIT */
/*
 * While the call is at work another thread may own the loop. The work touches auth,
 * means, value and message alone, and nobody else does until done; an answer that is
 * freed meanwhile is left to the end of the call.
 */
#include "engine/answer.h"

#include "base/mem.h"

/* The longest value that is usual; a longer one leaves a copy where it grew. */
#define VALUE_BYTES 1024

static void release(struct answer *answer)
{
	auth_done(&answer->auth);
	login_unref(answer->means.login);
	buf_wipe(&answer->value);
	buf_done(&answer->host);
	buf_wipe(&answer->message);
	mem_free(answer);
}

static void make(struct answer *answer, const struct digest_message *message)
{
	answer->err = buf_reserve(&answer->value, VALUE_BYTES);
	if (!answer->err)
		answer->err =
			auth_put(&answer->auth, &answer->means, message, &answer->value);
}

static void run_call(struct loop_call *call)
{
	struct answer *answer = LIST_ENTRY(call, struct answer, call);

	make(answer, &answer->at);
}

static void on_called(struct loop_call *call)
{
	struct answer *answer = LIST_ENTRY(call, struct answer, call);

	answer->is_at_work = false;
	if (answer->is_left) {
		release(answer);
		return;
	}
	buf_wipe(&answer->message);
	answer->done(answer->owner, answer->err);
}

struct answer *answer_new(struct loop *loop, bool is_proxy, struct span host)
{
	struct answer *answer = mem_zalloc(sizeof(*answer));

	if (!answer)
		return NULL;
	answer->loop = loop;
	answer->is_proxy = is_proxy;
	loop_call_init(&answer->call, run_call, on_called);
	if (buf_put(&answer->host, host)) {
		mem_free(answer);
		return NULL;
	}
	answer->means.host = buf_span(&answer->host);
	return answer;
}

void answer_set_means(struct answer *answer, const struct login *login,
		      bool may_use_ticket)
{
	login_ref(login);
	login_unref(answer->means.login);
	answer->means.login = login;
	answer->means.may_use_ticket = may_use_ticket;
}

enum err answer_take(struct answer *answer, const struct headers *headers)
{
	struct span field =
		answer->is_proxy ? SPAN("Proxy-Authenticate") : SPAN("WWW-Authenticate");

	return auth_take(&answer->auth, headers, field, &answer->means);
}

enum err answer_accept(struct answer *answer, const struct headers *headers)
{
	struct span field = answer->is_proxy ? SPAN("Proxy-Authentication-Info")
					     : SPAN("Authentication-Info");

	return auth_accept(&answer->auth, headers, field);
}

/* Copies what the work will need. */
static enum err keep(struct answer *answer, const struct digest_message *from)
{
	const struct span parts[] = {from->method, from->uri, from->body};
	struct span *const kept[] = {&answer->at.method, &answer->at.uri,
				     &answer->at.body};
	const char *at;
	enum err err;

	err = buf_reserve(&answer->message, parts[0].len + parts[1].len + parts[2].len);
	for (int i = 0; i < 3 && !err; i++)
		err = buf_put(&answer->message, parts[i]);
	if (err)
		return err;
	at = answer->message.at;
	for (int i = 0; i < 3; i++) {
		*kept[i] = span_of(at, parts[i].len);
		at += parts[i].len;
	}
	answer->at.is_body_known = from->is_body_known;
	return ERR_NONE;
}

enum err answer_make(struct answer *answer, const struct digest_message *message,
		     answer_done_fn *done, void *owner)
{
	answer_clear(answer);
	if (!auth_may_block(&answer->auth)) {
		make(answer, message);
		return answer->err;
	}
	if (keep(answer, message)) {
		buf_wipe(&answer->message);
		return ERR_NO_MEMORY;
	}
	answer->done = done;
	answer->owner = owner;
	answer->is_at_work = true;
	loop_call_queue(answer->loop, &answer->call);
	return ERR_AGAIN;
}

void answer_clear(struct answer *answer)
{
	mem_wipe(answer->value.at, answer->value.len);
	buf_clear(&answer->value);
}

void answer_free(struct answer *answer)
{
	if (!answer)
		return;
	if (answer->is_at_work)
		answer->is_left = true;
	else
		release(answer);
}
