/* SPDX-License-Identifier: MIT */
/*
 * How a request gets an exchange, and what it notes of the connection behind it.
 *
 *	CONNECT → DIALING → SHOW → ASKED → START
 *
 * A kept connection is there at once; one that is made tells what came of it, also where
 * there is none. What is wrong then waits until all is told that TLS has found: the
 * program may have to know whom it was to talk to, and what it was asked for.
 */
#include "engine/request_inside.h"

#include "engine/connection.h"
#include "engine/settings.h"
#include "net/wire.h"

_Static_assert((int)REQUEST_CERTIFICATE_REVOCATION == (int)VERDICT_REVOCATION &&
		       (int)REQUEST_CERTIFICATE_AUTHORITY == (int)VERDICT_AUTHORITY &&
		       (int)REQUEST_CERTIFICATE_NAME == (int)VERDICT_NAME &&
		       (int)REQUEST_CERTIFICATE_DATE == (int)VERDICT_DATE,
	       "the bits go through");

/* ---- what is known of it ---- */

/* Without memory for it, the next step is the failure. */
static void note_peer(struct request *r, struct span peer)
{
	struct span copy;

	if (arena_copy(&r->arena, peer, &copy))
		fault_set(&r->fault, ERR_NO_MEMORY, 0, "connecting");
	else
		r->info.peer = copy.at;
}

static void note_verdict(struct request *r, const struct verdict *verdict)
{
	verdict_unref(r->verdict);
	r->verdict = verdict_ref(verdict);
}

/* The peer has asked for a certificate of ours and got none. */
static void note_issuers(struct request *r, const struct issuers *issuers)
{
	issuers_unref(r->issuers);
	r->issuers = issuers_ref(issuers);
	r->is_asked = issuers && r->hears_certificates;
}

static void note_exchange(struct request *r)
{
	const struct tls_facts *tls = r->x->connection->tls;

	note_peer(r, r->x->connection->wire->peer);
	r->info.is_reused = r->x->is_reused;
	if (!tls)
		return;
	note_verdict(r, tls->verdict);
	r->info.tls_version = tls->version;
	r->info.tls_cipher = tls->cipher;
	r->info.is_resumed = tls->is_resumed;
}

bool request_tell_issuers(struct request *r)
{
	const struct tls_facts *tls = r->x ? r->x->connection->tls : NULL;

	if (tls && tls->questions != r->x->told) {
		r->x->told = tls->questions;
		note_issuers(r, tls->issuers);
	}
	if (!r->is_asked)
		return false;
	r->is_asked = false;
	request_call(r, REQUEST_CALL_CERTIFICATE_REQUESTED);
	return true;
}

/* Why there is no exchange. */
static void note_failure(struct request *r, const struct dial_result *result)
{
	r->late_fault = result->fault;
	if (result->peer)
		note_peer(r, span_str(result->peer));
	if (result->tls) {
		note_verdict(r, result->tls->verdict);
		note_issuers(r, result->tls->issuers);
	}
}

/* ns of a dial, which may have begun for another request and before this one; 0: that
 * did not happen. */
static uint64_t note_dial_time(struct request *r, uint64_t ns)
{
	return ns ? request_note_time(r, ns) : 0;
}

static void note_dial(struct request *r, const struct dial_result *result)
{
	r->info.resolved_ns = note_dial_time(r, result->resolved_ns);
	r->info.connected_ns = note_dial_time(r, result->connected_ns);
	r->info.secured_ns = note_dial_time(r, result->secured_ns);
}

static void on_wanted(struct pool_want *want, struct exchange *x,
		      const struct dial_result *result)
{
	struct request *r = LIST_ENTRY(want, struct request, want);

	r->x = x;
	if (x)
		note_exchange(r);
	if (result) {
		note_dial(r, result);
		request_note_proxy(r, result);
	}
	if (result && !x)
		note_failure(r, result);
	loop_task_queue(r->lane->loop, &r->task);
}

/* ---- steps ---- */

/* A further exchange begins: what is known of the last one does not belong to it. */
static void forget_exchange(struct request *r)
{
	r->has_head = false;
	r->info.peer = "";
	r->info.resolved_ns = 0;
	r->info.connected_ns = 0;
	r->info.secured_ns = 0;
	r->info.is_reused = false;
	r->info.tls_version = NULL;
	r->info.tls_cipher = NULL;
	r->info.is_resumed = false;
	r->info.sent_ns = 0;
	r->info.first_byte_ns = 0;
	r->info.body_sent = 0;
	note_verdict(r, NULL);
	note_issuers(r, NULL);
}

enum request_step request_connect(struct request *r)
{
	const struct settings *settings = r->lane->settings;
	enum err err;

	if (r->has_tried)
		forget_exchange(r);
	r->has_tried = true;
	if (request_choose_way(r))
		return REQUEST_FAIL;
	r->want.access = r->access ? &r->access->pool : NULL;
	r->want.protocol = r->needs_http_1_1 ? CONNECTION_HTTP_1_1 : settings->protocol;
	r->want.done = on_wanted;
	r->want.connect_timeout_ms = request_connect_timeout_ms(r);
	r->late_fault.err = ERR_NONE;
	err = pool_get(r->lane->pool, &r->url, &r->want, &r->x, &r->fault);
	if (err == ERR_AGAIN)
		return REQUEST_DIALING;
	if (err)
		return REQUEST_FAIL;
	note_exchange(r);
	if (r->fault.err)
		return REQUEST_FAIL;
	return r->x->connection->tls ? REQUEST_SHOW : REQUEST_START;
}

enum request_step request_dialing(struct request *r)
{
	if (!r->x && !r->late_fault.err)
		return REQUEST_WAIT;
	if (!r->x)
		return REQUEST_SHOW;
	return r->x->connection->tls ? REQUEST_SHOW : REQUEST_START;
}

/* Also when the handshake has failed: then this is why. */
enum request_step request_show(struct request *r)
{
	if (r->verdict && r->hears_certificates)
		request_call(r, REQUEST_CALL_SERVER_CERTIFICATE);
	return REQUEST_ASKED;
}

enum request_step request_asked(struct request *r)
{
	request_tell_issuers(r);
	if (r->x)
		return REQUEST_START;
	if (request_prompts_for_proxy(r))
		return REQUEST_PROMPTED;
	if (!r->fault.err)
		r->fault = r->late_fault;
	return REQUEST_FAIL;
}
