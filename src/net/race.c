/* SPDX-License-Identifier: MIT */
/*
 * The addresses are put in the order of the race: the family of the first one begins,
 * then they alternate as long as both last. One timer runs; when it fires, or when the
 * attempt that was started last fails, the next address is tried. The first socket that
 * connects wins and the others are closed.
 *
 * A race is started by a task, so that an address that fails at once is not told inside
 * race_new; from then on every step is taken at the loop's top level.
 */
#include "net/race.h"

#include <assert.h>
#include <errno.h>

#include "base/mem.h"
#include "net/tcp.h"

struct attempt {
	struct race *race;    /* whose it is */
	struct wire *wire;    /* while it is open, or NULL */
	union dns_address to; /* where to */
};

struct race {
	struct loop *loop;	   /* where it is run */
	race_done_fn *done;	   /* who is told the end, */
	void *owner;		   /* and its argument */
	uint16_t port;		   /* the same for all */
	uint8_t count;		   /* of attempts */
	uint8_t next;		   /* of attempts: the first that has not been made */
	uint8_t open;		   /* attempts that are under way */
	uint8_t worst;		   /* of attempts: the failure that says most so far, */
	struct fault fault;	   /* and that failure */
	struct loop_task start;	   /* the first step */
	struct loop_timer timer;   /* time for the next address */
	struct attempt attempts[]; /* in the order of the race */
};

_Static_assert(DNS_MAX_ADDRESSES <= UINT8_MAX, "attempts are counted in a byte");

/* ---- order ---- */

static unsigned find_family(const struct dns_answer *answer, unsigned from, bool is_first)
{
	sa_family_t first = answer->at[0].any.sa_family;

	while (from < answer->count &&
	       (answer->at[from].any.sa_family == first) != is_first)
		from++;
	return from;
}

/* Copies the addresses so that families alternate (RFC 8305 section 4). */
static void interleave(const struct dns_answer *answer, struct race *race)
{
	unsigned first = 0;
	unsigned other = find_family(answer, 0, false);

	while (first < answer->count || other < answer->count) {
		if (first < answer->count) {
			race->attempts[race->count++].to = answer->at[first];
			first = find_family(answer, first + 1, true);
		}
		if (other < answer->count) {
			race->attempts[race->count++].to = answer->at[other];
			other = find_family(answer, other + 1, false);
		}
	}
}

/* ---- ends ---- */

/* How much a failure says: least that this machine has no way there at all, most that
 * the race can be run again when there is more to run it with. */
static int weight(const struct fault *fault)
{
	if (fault->err == ERR_NONE)
		return 0;
	if (fault->err != ERR_CONNECT)
		return 3;
	switch (fault->sys) {
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return 1;
	default:
		return 2;
	}
}

static void note_failure(const struct attempt *attempt, const struct fault *fault)
{
	struct race *race = attempt->race;

	if (weight(fault) <= weight(&race->fault))
		return;
	race->fault = *fault;
	race->worst = (uint8_t)(attempt - race->attempts);
}

void race_free(struct race *race)
{
	if (!race)
		return;
	loop_task_cancel(&race->start);
	loop_timer_stop(race->loop, &race->timer);
	for (unsigned i = 0; i < race->next; i++)
		wire_free(race->attempts[i].wire);
	mem_free(race);
}

/* Tells the end, with the wire that has won or NULL. */
static void finish(struct race *race, struct wire *wire)
{
	race_done_fn *done = race->done;
	void *owner = race->owner;
	struct race_result result = {.wire = wire};

	if (!wire) {
		result.fault = race->fault;
		tcp_put_peer(&race->attempts[race->worst].to, race->port, result.peer);
	}
	race_free(race);
	done(owner, &result);
}

/* ---- steps ---- */

static void on_ready(void *owner, unsigned ready);

/* Starts an attempt at the next address. */
static enum err try_next(struct race *race)
{
	struct attempt *attempt = &race->attempts[race->next++];
	struct fault fault = {0};
	enum err err;

	attempt->race = race;
	err = tcp_open(race->loop, &attempt->to, race->port, &attempt->wire, &fault);
	if (err) {
		note_failure(attempt, &fault);
		return err;
	}
	race->open++;
	wire_own(attempt->wire, on_ready, attempt);
	wire_wants(attempt->wire, WIRE_WRITABLE);
	return ERR_NONE;
}

static void start_timer(struct race *race)
{
	enum err err = loop_timer_start(race->loop, &race->timer, RACE_NEXT_MS);

	/* Without memory for a timer the next address waits for a failure. */
	(void)err;
}

/* Tries addresses until one is under way. Ends the race if none is. */
static void advance(struct race *race)
{
	enum err err = ERR_CONNECT;

	loop_timer_stop(race->loop, &race->timer);
	while (err == ERR_CONNECT && race->next < race->count)
		err = try_next(race);
	/* What is wrong with this machine is wrong for the other addresses too. */
	if (err && err != ERR_CONNECT)
		race->count = race->next;
	if (race->open == 0)
		finish(race, NULL);
	else if (race->next < race->count)
		start_timer(race);
}

static void on_ready(void *owner, unsigned ready)
{
	struct attempt *attempt = owner;
	struct race *race = attempt->race;
	struct wire *wire = attempt->wire;
	enum err err = tcp_connected(wire);

	(void)ready;
	if (err == ERR_AGAIN)
		return;
	attempt->wire = NULL;
	race->open--;
	if (err) {
		note_failure(attempt, &wire->fault);
		wire_free(wire);
		advance(race);
		return;
	}
	wire_wants(wire, 0);
	wire_own(wire, NULL, NULL);
	finish(race, wire);
}

static void on_time(struct loop_timer *timer)
{
	advance(LIST_ENTRY(timer, struct race, timer));
}

static void on_start(struct loop_task *task)
{
	advance(LIST_ENTRY(task, struct race, start));
}

enum err race_new(struct loop *loop, const struct dns_answer *answer, uint16_t port,
		  race_done_fn *done, void *owner, struct race **out_race)
{
	struct race *race =
		mem_zalloc(sizeof(*race) + answer->count * sizeof(race->attempts[0]));

	assert(answer->count > 0);
	if (!race)
		return ERR_NO_MEMORY;
	race->loop = loop;
	race->done = done;
	race->owner = owner;
	race->port = port;
	interleave(answer, race);
	loop_timer_init(&race->timer, on_time);
	loop_task_init(&race->start, on_start);
	loop_task_queue(loop, &race->start);
	*out_race = race;
	return ERR_NONE;
}
