/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/2 connection on a fake wire and a loop that stands still. The peer's frames are
 * written by hand; what http/h2 makes of them is for tests/http/h2.c.
 */
#include "engine/conn_h2.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/exchange.h"
#include "engine/still_loop.h"
#include "http/url.h"
#include "lib/test.h"
#include "lib/wire.h"

/* Frames of the peer: a length in 3 bytes, type, flags, a stream in 4. */
#define SETTINGS	"\0\0\0\4\0\0\0\0\0"
#define SETTINGS_ONE	"\0\0\6\4\0\0\0\0\0\0\3\0\0\0\1" /* MAX_CONCURRENT_STREAMS 1 */
#define SETTINGS_TWO	"\0\0\6\4\0\0\0\0\0\0\3\0\0\0\2"
#define HEADERS_200(id) "\0\0\1\1\4\0\0\0" id "\x88"
#define ENDED_200(id)	"\0\0\1\1\5\0\0\0" id "\x88"
#define DATA_5(id)	"\0\0\5\0\1\0\0\0" id "hello"
#define REFUSED(id)	"\0\0\4\3\0\0\0\0" id "\0\0\0\7"
#define GOAWAY		"\0\0\10\7\0\0\0\0\0\0\0\0\1\0\0\0\0" /* after stream 1 */

#define STREAMS 4u

/* One request. */
struct ask {
	struct exchange *x; /* its exchange, or NULL */
	struct arena arena; /* of its heads */
	unsigned told;	    /* how often it may get on */
	bool leaves;	    /* it closes its exchange when it is told */
};

struct rig {
	struct loop loop;	       /* still */
	struct fake_wire fake;	       /* the peer */
	struct connection *connection; /* what is tested, or NULL */
	struct ask asks[STREAMS];      /* by their order */
	struct url url;		       /* where they go */
	struct arena arena;	       /* of it */
	bool has_wire;		       /* the connection got it */
	unsigned changes;	       /* told to the pool */
	bool frees; /* the pool frees it then, or when nobody uses it */
};

static struct rig rig;

static void on_changed(struct connection *connection)
{
	assert_ptr_equal(connection, rig.connection);
	rig.changes++;
}

static bool rig_init(void)
{
	rig = (struct rig){0};
	still_loop_init(&rig.loop);
	fake_wire_init(&rig.fake);
	rig.fake.end = ERR_AGAIN;
	if (url_parse(&rig.arena, SPAN("https://h.test/p"), NULL, &rig.url))
		return false;
	rig.has_wire = true;
	if (conn_h2_new(&rig.loop, &rig.fake.wire, 0, &rig.connection))
		return false;
	rig.connection->changed = on_changed;
	return true;
}

static void leave(struct ask *ask)
{
	if (ask->x)
		ask->x->connection->ops->close(ask->x->connection, ask->x);
	ask->x = NULL;
}

static void rig_done(void)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		leave(&rig.asks[i]);
		arena_done(&rig.asks[i].arena);
	}
	if (rig.connection)
		rig.connection->ops->free(rig.connection);
	assert_int_equal(rig.fake.is_freed, rig.has_wire);
	arena_done(&rig.arena);
	still_loop_done(&rig.loop);
	fake_wire_done(&rig.fake);
}

static void on_ready(void *owner)
{
	struct ask *ask = owner;

	ask->told++;
	if (!ask->leaves)
		return;
	leave(ask);
	if (!rig.frees)
		return;
	rig.connection->ops->free(rig.connection);
	rig.connection = NULL;
}

/* Begins the i-th request. */
static enum err begin(unsigned i)
{
	struct ask *ask = &rig.asks[i];
	struct request_head head = {
		.method = SPAN("GET"), .url = &rig.url, .body_length = MESSAGE_NO_BODY};
	struct span nothing = {NULL, 0};
	enum err err = rig.connection->ops->open(rig.connection, &ask->x);

	if (err)
		return err;
	ask->x->ready = on_ready;
	ask->x->owner = ask;
	headers_init(&head.headers, &ask->arena);
	err = ask->x->ops->start(ask->x, &ask->arena, &head);
	return err ? err : ask->x->ops->write(ask->x, &nothing, true);
}

static void run_tasks(void)
{
	while (still_loop_turn(&rig.loop))
		continue;
}

/* The peer says this; sizeof counts the NUL. */
#define SAY(frames) say(frames, sizeof(frames) - 1)

static void say(const char *at, size_t len)
{
	rig.fake.input = span_of(at, len);
	rig.fake.arrived = rig.fake.taken = 0;
	fake_wire_arrive(&rig.fake);
	while (fake_wire_tell(&rig.fake))
		run_tasks();
	run_tasks();
}

/* What the i-th request is told next, as a letter: Head, Data, End; or its failure. */
static char pull(unsigned i)
{
	static const char letters[] = "IHDE";
	struct exchange *x = rig.asks[i].x;
	struct response_event event;
	enum err err = x->ops->next(x, &event);

	if (!err)
		return letters[event.kind];
	if (err == ERR_AGAIN)
		return '-';
	return err == ERR_REFUSED ? 'R' : err == ERR_CLOSED ? 'C' : '?';
}

static void what_a_turn_says_leaves_in_one_write(void **state)
{
	(void)state;
	assert_true(rig_init());
	for (unsigned i = 0; i < STREAMS; i++)
		assert_int_equal(begin(i), ERR_NONE);
	assert_int_equal(rig.fake.writes, 0);
	run_tasks();
	assert_int_equal(rig.fake.writes, 1);
	assert_memory_equal(rig.fake.output, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	rig_done();
}

static void each_is_told_of_its_own(void **state)
{
	(void)state;
	assert_true(rig_init());
	assert_int_equal(begin(0), ERR_NONE);
	assert_int_equal(begin(1), ERR_NONE);
	run_tasks();
	assert_false(rig.asks[0].x->is_reused);
	SAY(SETTINGS HEADERS_200("\3") DATA_5("\3") HEADERS_200("\1"));
	assert_int_equal(rig.asks[0].told, 1);
	assert_int_equal(rig.asks[1].told, 1);
	assert_true(rig.asks[1].x->ops->is_persistent(rig.asks[1].x));
	assert_int_equal(pull(1), 'H');
	assert_int_equal(pull(1), 'D');
	assert_int_equal(pull(1), 'E');
	assert_true(rig.asks[1].x->has_bytes);
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), '-');
	SAY(DATA_5("\1"));
	assert_int_equal(rig.asks[0].told, 2);
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), 'E');
	leave(&rig.asks[1]);
	assert_int_equal(begin(1), ERR_NONE);
	assert_true(rig.asks[1].x->is_reused);
	assert_false(rig.asks[1].x->has_bytes);
	rig_done();
}

static void what_the_wire_does_not_take_goes_first_later(void **state)
{
	(void)state;
	assert_true(rig_init());
	rig.fake.write_bytes = 10;
	rig.fake.blocks = true;
	assert_int_equal(begin(0), ERR_NONE);
	run_tasks();
	assert_int_equal(rig.fake.written, 10);
	assert_true(rig.fake.wanted & WIRE_WRITABLE);
	rig.fake.blocks = false;
	rig.fake.write_bytes = 0;
	SAY(SETTINGS);
	assert_false(rig.fake.wanted & WIRE_WRITABLE);
	assert_false(rig.fake.last_put.may_wait);
	assert_memory_equal(rig.fake.output, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	SAY(ENDED_200("\1"));
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'E');
	rig_done();
}

static void the_end_of_the_wire_is_that_of_all(void **state)
{
	(void)state;
	assert_true(rig_init());
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(begin(i), ERR_NONE);
	run_tasks();
	rig.fake.end = ERR_EOF;
	SAY(SETTINGS ENDED_200("\1") HEADERS_200("\3"));
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'E');
	assert_int_equal(pull(1), 'H');
	assert_int_equal(pull(1), 'C');
	assert_int_equal(pull(2), 'C');
	assert_true(rig.connection->has_ended);
	assert_false(rig.connection->has_room);
	assert_int_equal(rig.changes, 1);
	assert_false(rig.connection->ops->is_alive(rig.connection));
	assert_false(rig.asks[0].x->ops->is_reusable(rig.asks[0].x));
	rig_done();
}

static void a_write_that_fails_ends_it(void **state)
{
	(void)state;
	assert_true(rig_init());
	rig.fake.break_at = 30;
	rig.fake.break_with = ERR_RESET;
	assert_int_equal(begin(0), ERR_NONE);
	run_tasks();
	assert_int_equal(rig.asks[0].told, 1);
	assert_true(rig.connection->has_ended);
	assert_int_equal(rig.changes, 1);
	assert_int_equal(pull(0), '?');
	assert_int_equal(rig.asks[0].x->fault.err, ERR_RESET);
	rig_done();
}

static void what_the_peer_said_before_a_write_failed_counts(void **state)
{
	static const char last[] = SETTINGS GOAWAY ENDED_200("\1");

	(void)state;
	assert_true(rig_init());
	run_tasks();
	rig.fake.break_at = rig.fake.written;
	rig.fake.break_with = ERR_RESET;
	assert_int_equal(begin(0), ERR_NONE);
	assert_int_equal(begin(1), ERR_NONE);
	rig.fake.input = span_of(last, sizeof(last) - 1);
	fake_wire_arrive(&rig.fake);
	run_tasks();
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'E');
	assert_int_equal(pull(1), 'R');
	assert_true(rig.connection->has_ended);
	assert_int_equal(rig.changes, 1);
	rig_done();
}

/* However little a read had best take. */
static void all_of_what_it_said_counts(void **state)
{
	static const char last[] = SETTINGS HEADERS_200("\1");
	static const char data[] = DATA_5("\1");
	static char input[sizeof(last) + 1000 * sizeof(data)];
	size_t len = sizeof(last) - 1;

	(void)state;
	assert_true(rig_init());
	run_tasks();
	rig.fake.break_at = rig.fake.written;
	rig.fake.break_with = ERR_RESET;
	rig.fake.wire.read_bytes = 16;
	assert_int_equal(begin(0), ERR_NONE);
	memcpy(input, last, len);
	for (unsigned i = 0; i < 1000; i++, len += sizeof(data) - 1) {
		memcpy(input + len, data, sizeof(data) - 1);
		input[len + 4] = i == 999; /* END_STREAM */
	}
	rig.fake.input = span_of(input, len);
	fake_wire_arrive(&rig.fake);
	run_tasks();
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), 'E');
	rig_done();
}

/* Begins the first request, of whose response only the first bytes are read. */
static void begin_long(unsigned exchanges, enum err end)
{
	static const char input[] =
		SETTINGS HEADERS_200("\1") "\0\0\5\0\0\0\0\0\1hello" DATA_5("\1");

	assert_true(rig_init());
	assert_int_equal(begin(0), ERR_NONE);
	run_tasks();
	rig.connection->exchanges = exchanges;
	rig.fake.wire.read_bytes = 20;
	rig.fake.end = end;
	rig.fake.input = span_of(input, sizeof(input) - 1 - (end != ERR_AGAIN));
	fake_wire_arrive(&rig.fake);
	assert_true(fake_wire_tell(&rig.fake));
	assert_int_equal(pull(0), 'H');
}

static void one_that_is_alone_reads_on(void **state)
{
	(void)state;
	begin_long(1, ERR_AGAIN);
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), 'E');
	assert_int_equal(rig.fake.taken, rig.fake.input.len);
	run_tasks();
	rig_done();
	/* Another one might have to be told. */
	begin_long(2, ERR_AGAIN);
	assert_int_equal(pull(0), '-');
	run_tasks();
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), 'E');
	rig_done();
}

static void the_pool_hears_of_an_end_that_was_found_reading_on(void **state)
{
	(void)state;
	begin_long(1, ERR_EOF);
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), 'D');
	assert_int_equal(pull(0), '-');
	while (fake_wire_tell(&rig.fake))
		run_tasks();
	run_tasks();
	assert_int_equal(pull(0), 'C');
	assert_true(rig.connection->has_ended);
	assert_int_equal(rig.changes, 1);
	rig_done();
}

static void the_pool_hears_of_room_that_comes_and_goes(void **state)
{
	(void)state;
	assert_true(rig_init());
	assert_true(rig.connection->has_room);
	assert_int_equal(begin(0), ERR_NONE);
	run_tasks();
	SAY(SETTINGS_ONE);
	assert_false(rig.connection->has_room);
	assert_int_equal(rig.changes, 0);
	SAY(SETTINGS_TWO);
	assert_true(rig.connection->has_room);
	assert_int_equal(rig.changes, 1);
	assert_int_equal(begin(1), ERR_NONE);
	assert_false(rig.connection->has_room);
	SAY(ENDED_200("\1"));
	leave(&rig.asks[0]);
	assert_true(rig.connection->has_room);
	rig_done();
}

static void an_exchange_has_its_room_before_it_starts(void **state)
{
	struct exchange *first;
	const struct connection_ops *ops;

	(void)state;
	assert_true(rig_init());
	run_tasks();
	SAY(SETTINGS_TWO);
	ops = rig.connection->ops;
	assert_int_equal(ops->open(rig.connection, &first), ERR_NONE);
	assert_true(rig.connection->has_room);
	assert_int_equal(begin(0), ERR_NONE);
	assert_false(rig.connection->has_room);
	run_tasks();
	assert_false(rig.connection->has_room);
	ops->close(rig.connection, first);
	assert_true(rig.connection->has_room);
	assert_int_equal(begin(1), ERR_NONE);
	assert_false(rig.connection->has_room);
	rig_done();
}

static void goaway_lets_those_go_on_that_it_names(void **state)
{
	(void)state;
	assert_true(rig_init());
	assert_int_equal(begin(0), ERR_NONE);
	assert_int_equal(begin(1), ERR_NONE);
	run_tasks();
	SAY(SETTINGS GOAWAY);
	assert_int_equal(rig.changes, 1);
	assert_true(rig.connection->has_ended);
	assert_int_equal(pull(1), 'R');
	assert_int_equal(pull(0), '-');
	SAY(ENDED_200("\1"));
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'E');
	rig_done();
}

static void an_exchange_may_be_started_again(void **state)
{
	struct request_head head = {
		.method = SPAN("GET"), .url = &rig.url, .body_length = MESSAGE_NO_BODY};
	struct exchange *x;

	(void)state;
	assert_true(rig_init());
	assert_int_equal(begin(0), ERR_NONE);
	run_tasks();
	SAY(SETTINGS ENDED_200("\1"));
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'E');
	x = rig.asks[0].x;
	assert_true(x->ops->is_reusable(x));
	headers_init(&head.headers, &rig.asks[0].arena);
	assert_int_equal(x->ops->start(x, &rig.asks[0].arena, &head), ERR_NONE);
	run_tasks();
	SAY(ENDED_200("\3"));
	assert_int_equal(pull(0), 'H');
	assert_int_equal(pull(0), 'E');
	rig_done();
}

static void a_request_that_is_told_may_leave_and_the_last_may_free_it(void **state)
{
	long blocks = mem_live_blocks();

	(void)state;
	for (int frees = 0; frees < 2; frees++) {
		assert_true(rig_init());
		assert_int_equal(begin(0), ERR_NONE);
		rig.asks[0].leaves = true;
		rig.frees = frees;
		run_tasks();
		SAY(SETTINGS HEADERS_200("\1"));
		assert_int_equal(rig.asks[0].told, 1);
		assert_null(rig.asks[0].x);
		assert_true(rig.fake.is_freed == (frees == 1));
		rig_done();
		assert_int_equal(mem_live_blocks(), blocks);
	}
}

static void any_allocation_may_fail(void **state)
{
	long blocks = mem_live_blocks();
	bool has_failed = true;

	(void)state;
	for (unsigned long n = 1; has_failed; n++) {
		mem_fail_at(n);
		if (rig_init() && !begin(0)) {
			run_tasks();
			SAY(SETTINGS HEADERS_200("\1") DATA_5("\1"));
			while (strchr("HD", pull(0)))
				continue;
		}
		has_failed = mem_has_failed();
		mem_fail_at(0);
		rig_done();
		assert_int_equal(mem_live_blocks(), blocks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_turn_says_leaves_in_one_write),
		cmocka_unit_test(each_is_told_of_its_own),
		cmocka_unit_test(what_the_wire_does_not_take_goes_first_later),
		cmocka_unit_test(the_end_of_the_wire_is_that_of_all),
		cmocka_unit_test(a_write_that_fails_ends_it),
		cmocka_unit_test(what_the_peer_said_before_a_write_failed_counts),
		cmocka_unit_test(all_of_what_it_said_counts),
		cmocka_unit_test(one_that_is_alone_reads_on),
		cmocka_unit_test(the_pool_hears_of_an_end_that_was_found_reading_on),
		cmocka_unit_test(the_pool_hears_of_room_that_comes_and_goes),
		cmocka_unit_test(an_exchange_has_its_room_before_it_starts),
		cmocka_unit_test(goaway_lets_those_go_on_that_it_names),
		cmocka_unit_test(an_exchange_may_be_started_again),
		cmocka_unit_test(
			a_request_that_is_told_may_leave_and_the_last_may_free_it),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
