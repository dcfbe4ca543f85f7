/* SPDX-License-Identifier: MIT */
/* What is said to a proxy for a tunnel, and what comes of its answers. */
#include "engine/tunnel_play.h"

/* What a request says: nothing, or an answer. */
static const char *const request_texts[] = {
	['-'] = FIRST_LINES "\r\n",    ['B'] = ANSWERED("Basic dTpw"),
	['n'] = ANSWERED(NEGOTIATE_1), ['N'] = ANSWERED(NEGOTIATE_2),
	['t'] = ANSWERED(NTLM_1),      ['T'] = ANSWERED(NTLM_2),
};

/* ---- what comes of it ---- */

static void check_sent(struct play *play)
{
	const char *letters = play->c->sent;

	for (unsigned i = 0; i <= play->wire; i++) {
		struct span output = fake_wire_output(&play->wires[i]);

		for (; *letters && *letters != '/'; letters++) {
			struct span text =
				span_str(request_texts[(unsigned char)*letters]);
			size_t len = text.len < output.len ? text.len : output.len;

			assert_span(span_of(output.at, len), text);
			output = span_skip(output, len);
		}
		assert_int_equal(output.len, 0);
		letters += *letters == '/';
	}
	assert_int_equal(*letters, '\0');
}

static void check_end(struct play *play)
{
	const struct tunnel_case *c = play->c;

	if (c->err == ERR_AGAIN) {
		assert_false(play->is_over);
		return;
	}
	assert_true(play->is_over);
	assert_int_equal(play->told, play->wire + 1);
	assert_int_equal(play->result.end, c->err ? TUNNEL_FAILED : TUNNEL_OPEN);
	assert_int_equal(play->result.fault.err, c->err);
	assert_int_equal(play->result.status, c->status);
	assert_int_equal(play->result.wants_login, c->wants_login);
}

static void check_case(const struct tunnel_case *c, size_t piece_bytes,
		       size_t write_bytes)
{
	long blocks = mem_live_blocks();
	struct play play;

	assert_true(play_init(&play, c));
	for (unsigned i = 0; i < MAX_WIRES; i++) {
		play.wires[i].piece_bytes = piece_bytes;
		play.wires[i].write_bytes = write_bytes;
		play.wires[i].blocks = write_bytes > 0;
	}
	run(&play);
	if (c->err != ERR_AGAIN && play.result.fault.err != c->err)
		print_error("%s, pieces of %zu\n", c->name, piece_bytes);
	check_end(&play);
	check_sent(&play);
	play_done(&play);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void every_dialogue_has_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		check_case(&cases[i], 0, 0);
}

static void pieces_of_any_size_make_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		for (size_t bytes = 1; bytes <= 64; bytes++) {
			check_case(&cases[i], 0, bytes);
			if (!cases[i].is_whole)
				check_case(&cases[i], bytes, 65 - bytes);
		}
}

/* The first len bytes that the first wire has to say come, then the end. */
static void check_cut(const struct tunnel_case *c, size_t len, enum err end)
{
	long blocks = mem_live_blocks();
	struct play play;

	assert_true(play_init(&play, c));
	play.cut_bytes = len;
	play.cut_with = end;
	run(&play);
	assert_true(play.is_over);
	if (play.result.end == TUNNEL_OPEN)
		assert_true(play.wire > 0);
	else
		assert_true(play.result.fault.err == ERR_CLOSED ||
			    play.result.fault.err == ERR_RESET ||
			    play.result.fault.err == c->err);
	play_done(&play);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void an_answer_cut_off_anywhere_opens_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		size_t bytes = 0;

		for (int k = 0; k < MAX_ANSWERS && cases[i].wires[0].answers[k]; k++)
			bytes += strlen(cases[i].wires[0].answers[k]);
		if (cases[i].is_whole)
			bytes = 1;
		for (size_t len = 0; len < bytes; len++) {
			check_cut(&cases[i], len, ERR_EOF);
			check_cut(&cases[i], len, ERR_RESET);
		}
	}
}

/* ---- writing ---- */

static void a_write_that_fails_is_the_end(void **state)
{
	static const struct tunnel_case once = {"",	   LOGIN, {{{OK}, 0}}, "-",
						ERR_RESET, 0,	  false,       false};

	(void)state;
	for (size_t at = 0; at < strlen(request_texts['-']); at++) {
		struct play play;

		assert_true(play_init(&play, &once));
		play.wires[0].break_at = at;
		play.wires[0].break_with = ERR_RESET;
		run(&play);
		check_end(&play);
		assert_string_equal(play.result.fault.what, "send");
		play_done(&play);
	}
}

/* The proxy has hung up behind its 407, and the answer finds that out when it is
 * written. */
static void an_answer_that_cannot_be_written_goes_over_another_wire(void **state)
{
	static const struct tunnel_case twice = {
		"", LOGIN, {{{BASIC}, 0}, {{OK}, 0}}, "-/B", 0, 200, false, false};

	(void)state;
	for (size_t more = 0; more < strlen(request_texts['B']); more++) {
		size_t first = strlen(request_texts['-']);
		struct span text = span_str(request_texts['B']);
		struct play play;

		assert_true(play_init(&play, &twice));
		play.wires[0].break_at = first + more;
		play.wires[0].break_with = ERR_RESET;
		run(&play);
		check_end(&play);
		assert_int_equal(play.wires[0].written, first + more);
		assert_span(fake_wire_output(&play.wires[1]), text);
		play_done(&play);
	}
}

/* ---- refusals ---- */

/* Runs a dialogue whose first answer is made here. */
static void run_with(struct play *play, const char *first, const char *sent)
{
	struct tunnel_case c = {.name = "", .means = LOGIN, .sent = sent, .status = 200};
	unsigned wire = strchr(sent, '/') ? 1 : 0;

	c.wires[0].answers[0] = first;
	c.wires[wire].answers[1 - wire] = OK;
	assert_true(play_init(play, &c));
	run(play);
	check_end(play);
	check_sent(play);
	play_done(play);
}

static void a_refusal_s_body_is_read_up_to_a_limit(void **state)
{
	static const struct {
		size_t bytes;
		const char *sent;
	} bodies[] = {
		{0, "-B"},
		{TUNNEL_DRAIN_BYTES, "-B"},
		{TUNNEL_DRAIN_BYTES + 4096, "-/B"},
		{TUNNEL_DRAIN_BYTES * 2, "-/B"},
	};
	char *answer = malloc(TUNNEL_DRAIN_BYTES * 2 + 200);

	(void)state;
	assert_non_null(answer);
	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		int len = sprintf(answer, WANTS "Basic\r\nContent-Length: %zu\r\n\r\n",
				  bodies[i].bytes);
		struct play play;

		memset(answer + len, 'x', bodies[i].bytes);
		answer[(size_t)len + bodies[i].bytes] = '\0';
		run_with(&play, answer, bodies[i].sent);
		/* Not much more is read than the limit. */
		assert_true(play.wires[0].taken <= TUNNEL_DRAIN_BYTES + 2 * 4096);
	}
	free(answer);
}

static void digest_answers_for_the_target_of_connect(void **state)
{
	static const char *const parts[] = {"Proxy-Authorization: Digest username=\"u\"",
					    "uri=\"h.test:443\"", "realm=\"a b\"",
					    "nonce=\"n\""};
	static const struct tunnel_case c = {
		.means = LOGIN,
		.wires = {{{WANTS "Digest realm=\"a b\", qop=\"auth\", nonce=\"n\"\r\n"
				  "Content-Length: 0\r\n\r\n",
			    OK},
			   0}}};
	struct play play;

	(void)state;
	assert_true(play_init(&play, &c));
	run(&play);
	assert_int_equal(play.result.end, TUNNEL_OPEN);
	for (size_t i = 0; i < TEST_COUNT(parts); i++)
		assert_non_null(memmem(play.wires[0].output, play.wires[0].written,
				       parts[i], strlen(parts[i])));
	assert_string_equal(play.realm, "a b");
	play_done(&play);
}

static void rounds_have_an_end(void **state)
{
	static const struct tunnel_case c = {
		.means = LOGIN,
		.wires = {{{NTLM, NTLM_A, NTLM_A, NTLM_A, NTLM_A, NTLM_A, NTLM_A, NTLM_A,
			    NTLM_A, OK},
			   0}}};
	struct play play;

	(void)state;
	assert_true(play_init(&play, &c));
	run(&play);
	assert_int_equal(play.result.end, TUNNEL_FAILED);
	assert_int_equal(play.result.fault.err, ERR_PROXY_AUTH);
	assert_false(play.result.wants_login);
	assert_int_equal(count_heads(fake_wire_output(&play.wires[0])),
			 AUTH_MAX_ROUNDS + 1);
	play_done(&play);
}

static void the_ticket_is_for_the_proxy_s_host(void **state)
{
	static const struct tunnel_case c = {
		.means = TICKET,
		.wires = {{{WANTS "Negotiate\r\nContent-Length: 0\r\n\r\n", OK}, 0}}};
	struct play play;

	(void)state;
	assert_true(play_init(&play, &c));
	run(&play);
	assert_int_equal(play.result.end, TUNNEL_OPEN);
	assert_string_equal(negotiator.host, "proxy.test");
	assert_false(negotiator.had_login);
	play_done(&play);
}

static void without_a_user_agent_none_is_said(void **state)
{
	static const struct tunnel_case c = {.means = NO_LOGIN, .wires = {{{OK}, 0}}};
	const struct tunnel_target target = {
		.host = SPAN("[::1]"), .port = 8443, .proxy_host = SPAN("p")};
	struct play play;

	(void)state;
	assert_true(play_init(&play, &c));
	tunnel_free(play.tunnel);
	assert_int_equal(tunnel_new(&play.loop, &target, on_done, &play, &play.tunnel),
			 ERR_NONE);
	assert_int_equal(tunnel_status(play.tunnel), 0);
	run_tunnel(&play);
	run(&play);
	assert_span(fake_wire_output(&play.wires[0]),
		    SPAN("CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"));
	play_done(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialogue_has_its_end),
		cmocka_unit_test(pieces_of_any_size_make_no_difference),
		cmocka_unit_test(an_answer_cut_off_anywhere_opens_nothing),
		cmocka_unit_test(a_write_that_fails_is_the_end),
		cmocka_unit_test(an_answer_that_cannot_be_written_goes_over_another_wire),
		cmocka_unit_test(a_refusal_s_body_is_read_up_to_a_limit),
		cmocka_unit_test(digest_answers_for_the_target_of_connect),
		cmocka_unit_test(rounds_have_an_end),
		cmocka_unit_test(the_ticket_is_for_the_proxy_s_host),
		cmocka_unit_test(without_a_user_agent_none_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
