/* SPDX-License-Identifier: MIT */
/*
 * One thing is under way at a time: the question for addresses, the race, the TLS
 * handshake. The timer bounds all of it.
 */
#include "engine/dial.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/race.h"
#include "tls/identity.h"

struct dial {
	struct loop *loop;	   /* runs it */
	void *owner;		   /* given to done */
	dial_done_fn *done;	   /* the end */
	struct dns_query query;	   /* the question for addresses */
	struct race *race;	   /* while it runs, else NULL */
	struct wire *securing;	   /* in the TLS handshake, else NULL */
	struct tls_options tls;	   /* of that; its trust is NULL where none is wanted, its
				      identity a reference */
	struct loop_timer timer;   /* bounds all of it */
	struct dial_result result; /* filled as things happen */
	uint16_t port;		   /* to connect to */
	char peer[TCP_PEER_BYTES]; /* whom the TLS handshake is with */
	size_t host_len;	   /* bytes of host */
	char host[];		   /* what is asked for, for the trace too */
};

void dial_free(struct dial *dial)
{
	if (!dial)
		return;
	loop_timer_stop(dial->loop, &dial->timer);
	dns_cancel(&dial->query);
	race_free(dial->race);
	wire_free(dial->securing);
	identity_unref(dial->tls.identity);
	mem_free(dial);
}

static void finish(struct dial *dial)
{
	if (log_on())
		log_line("connect %.*s:%u: %s", (int)dial->host_len, dial->host,
			 dial->port,
			 dial->result.wire ? dial->result.wire->peer.at
					   : err_text(dial->result.fault.err));
	loop_timer_stop(dial->loop, &dial->timer);
	dial->done(dial->owner, &dial->result);
	dial_free(dial);
}

static void fail(struct dial *dial, const struct fault *fault)
{
	dial->result.fault = *fault;
	finish(dial);
}

/* Goes on with the handshake; what is known of the peer is told in either case. */
static void secure(struct dial *dial)
{
	struct wire *wire = dial->securing;
	enum err err = tls_handshake(wire);

	if (err == ERR_AGAIN)
		return;
	dial->result.tls = tls_facts(wire);
	dial->result.peer = dial->peer;
	if (err) {
		fail(dial, &wire->fault);
		return;
	}
	dial->securing = NULL;
	wire_own(wire, NULL, NULL);
	dial->result.wire = wire;
	dial->result.secured_ns = clock_mono_ns();
	finish(dial);
}

static void on_secure_ready(void *owner, unsigned ready)
{
	(void)ready;
	secure(owner);
}

/* Keeps whom the handshake is with, as text. */
static void note_peer(struct dial *dial, struct span peer)
{
	size_t len = peer.len < sizeof(dial->peer) ? peer.len : sizeof(dial->peer) - 1;

	memcpy(dial->peer, peer.at, len);
	dial->peer[len] = '\0';
}

static void begin_tls(struct dial *dial, struct wire *below)
{
	const struct fault no_memory = {ERR_NO_MEMORY, 0, "the TLS handshake"};

	note_peer(dial, below->peer);
	if (tls_new(dial->loop, below, &dial->tls, &dial->securing)) {
		fail(dial, &no_memory);
		return;
	}
	wire_own(dial->securing, on_secure_ready, dial);
	secure(dial);
}

static void on_raced(void *owner, const struct race_result *result)
{
	struct dial *dial = owner;

	dial->race = NULL;
	if (!result->wire) {
		dial->result.peer = result->peer;
		fail(dial, &result->fault);
		return;
	}
	dial->result.connected_ns = clock_mono_ns();
	if (dial->tls.trust) {
		begin_tls(dial, result->wire);
		return;
	}
	dial->result.wire = result->wire;
	finish(dial);
}

static void on_resolved(struct dns_query *query, const struct dns_answer *answer,
			const struct fault *fault)
{
	struct dial *dial = LIST_ENTRY(query, struct dial, query);
	enum err err;

	if (!answer) {
		fail(dial, fault);
		return;
	}
	dial->result.resolved_ns = clock_mono_ns();
	err = race_new(dial->loop, answer, dial->port, on_raced, dial, &dial->race);
	if (err)
		fail(dial, &(struct fault){err, 0, "connecting"});
}

static void on_time(struct loop_timer *timer)
{
	struct dial *dial = LIST_ENTRY(timer, struct dial, timer);
	struct fault fault = {ERR_TIMEOUT, 0, "resolving the name"};

	if (dial->race)
		fault.what = "connecting";
	if (dial->securing) {
		fault.what = "the TLS handshake";
		dial->result.peer = dial->peer;
		dial->result.tls = tls_facts(dial->securing);
	}
	fail(dial, &fault);
}

/* What the handshake will need. */
static void want_tls(struct dial *dial, const struct tls_options *tls)
{
	if (!tls)
		return;
	dial->tls = *tls;
	identity_ref(tls->identity);
}

enum err dial_new(struct loop *loop, struct dns *dns, const struct dial_target *target,
		  dial_done_fn *done, struct dial **out_dial)
{
	struct dial *dial = mem_zalloc(sizeof(*dial) + target->host.len);
	enum err err;

	if (!dial)
		return ERR_NO_MEMORY;
	dial->loop = loop;
	dial->done = done;
	dial->port = target->port;
	dial->host_len = target->host.len;
	memcpy(dial->host, target->host.at, target->host.len);
	dial->query.done = on_resolved;
	want_tls(dial, target->tls);
	loop_timer_init(&dial->timer, on_time);
	err = loop_timer_start(loop, &dial->timer, target->timeout_ms);
	if (err)
		goto free_dial;
	err = dns_ask(dns, span_of(dial->host, dial->host_len), &dial->query);
	if (err)
		goto stop_timer;
	*out_dial = dial;
	return ERR_NONE;
stop_timer:
	loop_timer_stop(loop, &dial->timer);
free_dial:
	identity_unref(dial->tls.identity);
	mem_free(dial);
	return err;
}

void dial_own(struct dial *dial, void *owner)
{
	dial->owner = owner;
}

void dial_renew(struct dial *dial, uint32_t timeout_ms)
{
	/* A timer that runs needs no memory; if it did, the old time would stay. */
	if (loop_timer_start(dial->loop, &dial->timer, timeout_ms))
		log_line("no memory for a timer; the time to connect stays");
}
