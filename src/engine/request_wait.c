/* SPDX-License-Identifier: MIT */
/*
 * How long a request waits. A timer runs only where a timeout was asked for, and is not
 * moved while bytes come: when it fires it looks when the wait that is on began, and
 * starts again for what is left.
 */
#include "engine/request_inside.h"
#include "engine/settings.h"

/* How long the body waits for a 100 (contract section 4). */
#define CONTINUE_WAIT_MS 1000u

/* The timeout: its own, or else the configuration's; 0: none. */
static uint32_t timeout_ms_of(const struct request *r)
{
	uint32_t timeout_ms = atomic_load(&r->shared.timeout_ms);

	return timeout_ms ? timeout_ms : r->lane->settings->timeout_ms;
}

/* How long the wait that is on may last, or 0. */
static uint64_t limit_ms_of(const struct request *r)
{
	uint64_t limit_ms = timeout_ms_of(r);

	if (r->step == REQUEST_CONTINUE && (!limit_ms || limit_ms > CONTINUE_WAIT_MS))
		return CONTINUE_WAIT_MS;
	return limit_ms;
}

uint32_t request_connect_timeout_ms(const struct request *r)
{
	uint32_t timeout_ms = timeout_ms_of(r);

	return timeout_ms ? timeout_ms : r->lane->settings->connect_timeout_ms;
}

static void start_timer(struct request *r, uint64_t delay_ms)
{
	if (!loop_timer_start(r->lane->loop, &r->timer, delay_ms))
		return;
	fault_set(&r->fault, ERR_NO_MEMORY, 0, "a timer");
	loop_task_queue(r->lane->loop, &r->task);
}

void request_begin_wait(struct request *r)
{
	uint64_t limit_ms = limit_ms_of(r);

	r->calls_in_a_row = 0;
	/* What a server says without a 100 does not make the body wait longer. */
	if (r->step == REQUEST_CONTINUE && r->waits_for_100)
		return;
	r->waits_for_100 = r->step == REQUEST_CONTINUE;
	r->wait_since_ms = loop_now_ms(r->lane->loop);
	/* A timer that runs already will see that the wait is a new one. */
	if (limit_ms &&
	    (r->step == REQUEST_CONTINUE || !loop_timer_is_running(&r->timer)))
		start_timer(r, limit_ms);
}

/* Since when time counts: not while others' connections are waited for. */
static uint64_t counted_since_ms(const struct request *r, uint64_t now_ms)
{
	uint64_t since_ms;

	if (r->step != REQUEST_DIALING)
		return r->wait_since_ms;
	return pool_is_dialing(&r->want, &since_ms) ? since_ms : now_ms;
}

void request_on_timer(struct loop_timer *timer)
{
	struct request *r = LIST_ENTRY(timer, struct request, timer);
	uint64_t now_ms = loop_now_ms(r->lane->loop);
	uint64_t limit_ms = limit_ms_of(r);
	uint64_t waited_ms = now_ms - counted_since_ms(r, now_ms);

	/* Behind a call the next wait begins anew, and its timer with it. */
	if (!limit_ms || r->is_in_call)
		return;
	if (waited_ms < limit_ms) {
		start_timer(r, limit_ms - waited_ms);
		return;
	}
	if (r->step == REQUEST_CONTINUE)
		r->is_continued = true;
	else
		fault_set(&r->fault, ERR_TIMEOUT, 0,
			  r->step == REQUEST_DIALING ? "connecting"
						     : "waiting for the server");
	loop_task_queue(r->lane->loop, &r->task);
}

void request_renew_timeout(struct request *r)
{
	loop_timer_stop(r->lane->loop, &r->timer);
	if (r->step == REQUEST_ENDED)
		return;
	if (r->step == REQUEST_DIALING)
		pool_renew(r->lane->pool, &r->want, request_connect_timeout_ms(r));
	request_on_timer(&r->timer);
}
