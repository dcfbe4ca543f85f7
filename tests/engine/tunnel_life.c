/* SPDX-License-Identifier: MIT */
/* A tunnel that is freed at any time, and that finds no memory. */
#include "engine/tunnel_play.h"

/* ---- life ---- */

/* Takes so many steps and frees; false when it was over before. */
static bool free_after(const struct tunnel_case *c, unsigned steps, size_t piece_bytes)
{
	long blocks = mem_live_blocks();
	struct play play;
	unsigned told, i;

	assert_true(play_init(&play, c));
	for (i = 0; i < MAX_WIRES; i++)
		play.wires[i].piece_bytes = piece_bytes;
	for (i = 0; i < steps && !play.is_over && step(&play); i++)
		;
	told = play.told;
	play_done(&play);
	assert_int_equal(play.told, told);
	assert_int_equal(mem_live_blocks(), blocks);
	return i == steps;
}

static void it_may_be_freed_at_any_time(void **state)
{
	(void)state;
	tunnel_free(NULL);
	assert_int_equal(tunnel_status(NULL), 0);
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		for (size_t bytes = 0; bytes <= 8; bytes += 8)
			for (unsigned n = 0; free_after(&cases[i], n, bytes); n++)
				;
}

static void it_may_be_freed_when_it_tells(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		long blocks = mem_live_blocks();
		struct play play;

		assert_true(play_init(&play, &cases[i]));
		play.frees = true;
		run(&play);
		assert_int_equal(play.told, cases[i].err != ERR_AGAIN);
		play_done(&play);
		assert_int_equal(mem_live_blocks(), blocks);
	}
}

/* Freed while its answer is at work: between a call and its done. */
static void it_may_be_freed_while_an_answer_is_at_work(void **state)
{
	static const struct tunnel_case c = {.means = LOGIN,
					     .wires = {{{NTLM, NTLM_A, OK}, 0}}};
	long blocks = mem_live_blocks();
	struct loop_call *call = NULL;
	struct play play;

	(void)state;
	assert_true(play_init(&play, &c));
	do {
		unlock_answers(&play);
		fake_wire_arrive(&play.wires[0]);
		while (fake_wire_tell(&play.wires[0]) || still_loop_turn(&play.loop))
			;
		call = still_loop_take_call(&play.loop);
	} while (!call);
	call->call(call);
	tunnel_free(play.tunnel);
	play.tunnel = NULL;
	call->done(call);
	play_done(&play);
	assert_int_equal(play.told, 0);
	assert_int_equal(mem_live_blocks(), blocks);
}

/* ---- memory ---- */

/* false when no allocation has failed. */
static bool check_short_of_memory(const struct tunnel_case *c, unsigned long n)
{
	long blocks = mem_live_blocks();
	bool has_failed, is_begun;
	struct play play;

	mem_fail_at(n);
	is_begun = play_init(&play, c);
	if (is_begun)
		run(&play);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	/* A refusal that could not be read to its end costs its wire. */
	if (is_begun && (!has_failed || play.result.fault.err != ERR_NO_MEMORY))
		assert_true(has_failed ? play.wire > 0 : play.is_over || c->err > 0);
	play_done(&play);
	assert_int_equal(mem_live_blocks(), blocks);
	return has_failed;
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		for (unsigned long n = 1; check_short_of_memory(&cases[i], n); n++)
			assert_true(n < 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_may_be_freed_at_any_time),
		cmocka_unit_test(it_may_be_freed_when_it_tells),
		cmocka_unit_test(it_may_be_freed_while_an_answer_is_at_work),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
