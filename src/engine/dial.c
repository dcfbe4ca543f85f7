/* SPDX-License-Identifier: MIT */
/*
 * One thing is under way at a time, first the question for addresses, then the race.
 * The timer bounds both together.
 */
#include "engine/dial.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/race.h"

struct dial {
	struct loop *loop;	   /* runs it */
	void *owner;		   /* given to done */
	dial_done_fn *done;	   /* the end */
	struct dns_query query;	   /* the question for addresses */
	struct race *race;	   /* while it runs, else NULL */
	struct loop_timer timer;   /* bounds all of it */
	struct dial_result result; /* filled as things happen */
	uint16_t port;		   /* to connect to */
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

static void on_raced(void *owner, const struct race_result *result)
{
	struct dial *dial = owner;

	dial->race = NULL;
	dial->result.wire = result->wire;
	dial->result.fault = result->fault;
	dial->result.peer = result->peer;
	if (result->wire)
		dial->result.connected_ns = clock_mono_ns();
	finish(dial);
}

static void on_resolved(struct dns_query *query, const struct dns_answer *answer,
			const struct fault *fault)
{
	struct dial *dial = LIST_ENTRY(query, struct dial, query);
	enum err err;

	if (!answer) {
		dial->result.fault = *fault;
		finish(dial);
		return;
	}
	dial->result.resolved_ns = clock_mono_ns();
	err = race_new(dial->loop, answer, dial->port, on_raced, dial, &dial->race);
	if (err) {
		dial->result.fault = (struct fault){err, 0, "connecting"};
		finish(dial);
	}
}

static void on_time(struct loop_timer *timer)
{
	struct dial *dial = LIST_ENTRY(timer, struct dial, timer);

	dial->result.fault = (struct fault){
		ERR_TIMEOUT, 0, dial->race ? "connecting" : "resolving the name"};
	finish(dial);
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
