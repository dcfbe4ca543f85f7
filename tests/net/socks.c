/* SPDX-License-Identifier: MIT */
/* The handshakes of SOCKS 5 and 4A: what is said, when, and what every answer means. */
#include "lib/test.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "lib/guard.h"
#include "lib/wire.h"
#include "net/socks.h"

/* A constant span over a literal. */
#define BYTES(literal)                                                                   \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

#define PORT_80 "\0\x50"

/* Bytes of the target behind the handshake, which are not ours. */
#define TAIL "HTTP/1.1 200 OK\r\n"

/* The longest handshake of the table below, one way. */
#define HANDSHAKE_BYTES 128

#define EXCHANGES 3

static const struct handshake {
	const char *name;
	struct socks_target target;
	struct span says[EXCHANGES];  /* messages */
	struct span hears[EXCHANGES]; /* and their answers */
} handshakes[] = {
	{"a name",
	 {.version = SOCKS_5, .host = BYTES("a.test"), .port = 80},
	 {BYTES("\5\1\0"), BYTES("\5\1\0\3\6a.test" PORT_80)},
	 {BYTES("\5\0"), BYTES("\5\0\0\1\1\2\3\4\5\6")}},
	{"an address of version 4, the highest port",
	 {.version = SOCKS_5, .host = BYTES("127.0.0.1"), .port = 65535},
	 {BYTES("\5\1\0"), BYTES("\5\1\0\1\177\0\0\1\xFF\xFF")},
	 {BYTES("\5\0"), BYTES("\5\0\0\1\0\0\0\0\0\0")}},
	{"an address of version 6",
	 {.version = SOCKS_5, .host = BYTES("[2001:db8::1]"), .port = 80},
	 {BYTES("\5\1\0"),
	  BYTES("\5\1\0\4\x20\1\xD\xB8\0\0\0\0\0\0\0\0\0\0\0\1" PORT_80)},
	 {BYTES("\5\0"), BYTES("\5\0\0\4\1\2\3\4\5\6\7\x8\1\2\3\4\5\6\7\x8\1\2")}},
	{"a name that is here alone an address",
	 {.version = SOCKS_5, .host = BYTES("localhost"), .port = 80},
	 {BYTES("\5\1\0"), BYTES("\5\1\0\3\x9localhost" PORT_80)},
	 {BYTES("\5\0"), BYTES("\5\0\0\3\3abc\1\2")}},
	{"a login that is not asked for",
	 {.version = SOCKS_5,
	  .host = BYTES("a"),
	  .port = 80,
	  .user = BYTES("user"),
	  .password = BYTES("secret")},
	 {BYTES("\5\2\0\2"), BYTES("\5\1\0\3\1a" PORT_80)},
	 {BYTES("\5\0"), BYTES("\5\0\0\3\0\1\2")}},
	{"a login that is asked for",
	 {.version = SOCKS_5,
	  .host = BYTES("a"),
	  .port = 80,
	  .user = BYTES("user"),
	  .password = BYTES("secret")},
	 {BYTES("\5\2\0\2"), BYTES("\1\4user\6secret"), BYTES("\5\1\0\3\1a" PORT_80)},
	 {BYTES("\5\2"), BYTES("\1\0"), BYTES("\5\0\0\1\1\2\3\4\5\6")}},
	{"no password",
	 {.version = SOCKS_5, .host = BYTES("a"), .port = 80, .user = BYTES("u")},
	 {BYTES("\5\2\0\2"), BYTES("\1\1u\0"), BYTES("\5\1\0\3\1a" PORT_80)},
	 {BYTES("\5\2"), BYTES("\1\0"), BYTES("\5\0\0\1\1\2\3\4\5\6")}},
	{"a password without a user",
	 {.version = SOCKS_5,
	  .host = BYTES("a"),
	  .port = 80,
	  .password = BYTES("secret")},
	 {BYTES("\5\1\0"), BYTES("\5\1\0\3\1a" PORT_80)},
	 {BYTES("\5\0"), BYTES("\5\0\0\1\1\2\3\4\5\6")}},
	{"a reserved byte that is used",
	 {.version = SOCKS_5, .host = BYTES("a"), .port = 80},
	 {BYTES("\5\1\0"), BYTES("\5\1\0\3\1a" PORT_80)},
	 {BYTES("\5\0"), BYTES("\5\0\7\1\1\2\3\4\5\6")}},
	{"a name, in 4A",
	 {.version = SOCKS_4A, .host = BYTES("a.test"), .port = 80},
	 {BYTES("\4\1" PORT_80 "\0\0\0\1\0a.test\0")},
	 {BYTES("\0\x5A\0\0\0\0\0\0")}},
	{"a name and a user, in 4A",
	 {.version = SOCKS_4A,
	  .host = BYTES("a.test"),
	  .port = 80,
	  .user = BYTES("user"),
	  .password = BYTES("secret")},
	 {BYTES("\4\1" PORT_80 "\0\0\0\1user\0a.test\0")},
	 {BYTES("\0\x5A\1\2\3\4\5\6")}},
	{"an address, in 4A",
	 {.version = SOCKS_4A,
	  .host = BYTES("127.0.0.1"),
	  .port = 80,
	  .user = BYTES("user")},
	 {BYTES("\4\1" PORT_80 "\177\0\0\1user\0")},
	 {BYTES("\0\x5A\1\2\3\4\5\6")}},
};

#define EACH_HANDSHAKE(each)                                                             \
	for (const struct handshake *each = handshakes;                                  \
	     each < handshakes + TEST_COUNT(handshakes); each++)

/* One handshake and its wire. */
struct talk {
	struct fake_wire fake;
	struct socks socks;
	struct guard guard; /* what is read lies before it */
	enum err err;	    /* of the last call */
};

static void talk_init(struct talk *talk, const struct socks_target *target,
		      struct span input)
{
	*talk = (struct talk){.err = ERR_AGAIN};
	fake_wire_init(&talk->fake);
	talk->fake.input = guard_copy(&talk->guard, input);
	assert_int_equal(socks_init(&talk->socks, target), 0);
}

static void talk_done(struct talk *talk)
{
	fake_wire_done(&talk->fake);
	guard_done(&talk->guard);
}

static void talk_on(void *owner, unsigned ready)
{
	struct talk *talk = owner;

	assert_true(ready & talk->socks.waits);
	talk->err = socks_run(&talk->socks, &talk->fake.wire);
	assert_null(memmem(&talk->socks, sizeof(talk->socks), "secret", 6));
}

/* One turn; whether anything could be told. */
static bool talk_turn(struct talk *talk)
{
	fake_wire_arrive(&talk->fake);
	talk->fake.wanted = talk->socks.waits;
	return fake_wire_tell(&talk->fake);
}

/* Until it is over, or nothing comes any more. */
static void talk_run(struct talk *talk)
{
	unsigned idle = 0;

	wire_own(&talk->fake.wire, talk_on, talk);
	talk->err = socks_run(&talk->socks, &talk->fake.wire);
	for (; talk->err == ERR_AGAIN && idle < 2; idle++) {
		if (talk_turn(talk) || talk->fake.arrived < talk->fake.input.len)
			idle = 0;
	}
}

/* One handshake, to its end. */
static void talk_whole(struct talk *talk, const struct socks_target *target,
		       struct span input)
{
	talk_init(talk, target, input);
	talk_run(talk);
}

/* Appends to text, which has room for HANDSHAKE_BYTES. */
static void append(struct span *text, struct span more)
{
	assert_true(text->len + more.len <= HANDSHAKE_BYTES);
	memcpy((char *)(uintptr_t)text->at + text->len, more.at, more.len);
	text->len += more.len;
}

/* All that is answered, and TAIL. */
static struct span all_heard(const struct handshake *handshake, char *room)
{
	struct span all = {room, 0};

	for (unsigned i = 0; i < EXCHANGES && handshake->hears[i].len; i++)
		append(&all, handshake->hears[i]);
	append(&all, SPAN(TAIL));
	return all;
}

/* All that is said by one who has heard that many bytes. */
static struct span all_said(const struct handshake *handshake, size_t heard, char *room)
{
	struct span all = {room, 0};
	size_t before = 0;

	for (unsigned i = 0; i < EXCHANGES && handshake->says[i].len; i++) {
		if (heard >= before)
			append(&all, handshake->says[i]);
		before += handshake->hears[i].len;
	}
	return all;
}

/* ---- handshakes that succeed ---- */

static void assert_done(const struct talk *talk, const struct handshake *handshake,
			struct span heard)
{
	char room[HANDSHAKE_BYTES];

	if (talk->err)
		print_error("%s\n", handshake->name);
	assert_int_equal(talk->err, 0);
	assert_int_equal(talk->socks.step, SOCKS_DONE);
	assert_int_equal(talk->socks.fault.err, 0);
	assert_span(fake_wire_output(&talk->fake), all_said(handshake, heard.len, room));
	assert_int_equal(talk->fake.taken, heard.len - strlen(TAIL));
}

static void a_handshake_says_this_and_takes_its_answers_alone(void **state)
{
	char room[HANDSHAKE_BYTES];

	(void)state;
	EACH_HANDSHAKE(each)
	{
		struct span heard = all_heard(each, room);
		struct talk talk;

		talk_whole(&talk, &each->target, heard);
		assert_done(&talk, each, heard);
		assert_int_equal(socks_run(&talk.socks, &talk.fake.wire), 0);
		assert_int_equal(talk.fake.taken, heard.len - strlen(TAIL));
		talk_done(&talk);
	}
}

static void the_same_in_pieces_of_every_size_both_ways(void **state)
{
	char room[HANDSHAKE_BYTES];

	(void)state;
	EACH_HANDSHAKE(each)
	{
		struct span heard = all_heard(each, room);

		for (size_t in = 1; in <= heard.len; in++) {
			for (size_t out = 1; out < 40; out++) {
				struct talk talk;

				talk_init(&talk, &each->target, heard);
				talk.fake.piece_bytes = in;
				talk.fake.write_bytes = out;
				talk.fake.blocks = in & 1;
				talk_run(&talk);
				assert_done(&talk, each, heard);
				talk_done(&talk);
			}
		}
	}
}

/* The login above all. */
static void nothing_is_said_before_it_is_its_turn(void **state)
{
	char room[HANDSHAKE_BYTES], said_room[HANDSHAKE_BYTES];

	(void)state;
	EACH_HANDSHAKE(each)
	{
		struct span heard = all_heard(each, room);

		heard.len -= strlen(TAIL);
		for (size_t len = 0; len < heard.len; len++) {
			struct talk talk;

			talk_whole(&talk, &each->target, span_of(heard.at, len));
			assert_int_equal(talk.err, ERR_AGAIN);
			assert_int_equal(talk.socks.waits, WIRE_READABLE);
			assert_span(fake_wire_output(&talk.fake),
				    all_said(each, len, said_room));
			talk_done(&talk);
		}
	}
}

static void an_end_before_the_end_is_said_to_be_one(void **state)
{
	char room[HANDSHAKE_BYTES];

	(void)state;
	EACH_HANDSHAKE(each)
	{
		struct span heard = all_heard(each, room);

		heard.len -= strlen(TAIL);
		for (size_t len = 0; len < heard.len; len++) {
			struct talk talk;

			talk_init(&talk, &each->target, span_of(heard.at, len));
			talk.fake.end = ERR_EOF;
			talk_run(&talk);
			assert_int_equal(talk.err, ERR_CLOSED);
			assert_int_equal(talk.socks.fault.err, ERR_CLOSED);
			assert_string_equal(
				talk.socks.fault.what,
				"the connection ended during the SOCKS handshake");
			talk_done(&talk);
		}
	}
}

static void failures_of_the_wire_keep_their_words(void **state)
{
	char room[HANDSHAKE_BYTES], said_room[HANDSHAKE_BYTES];

	(void)state;
	EACH_HANDSHAKE(each)
	{
		struct span heard = all_heard(each, room);
		size_t said_len = all_said(each, heard.len, said_room).len;

		heard.len -= strlen(TAIL);
		for (size_t len = 0; len < heard.len + said_len; len++) {
			bool is_read = len < heard.len;
			struct talk talk;

			talk_init(&talk, &each->target,
				  span_of(heard.at, is_read ? len : heard.len));
			talk.fake.end = ERR_RESET;
			if (!is_read) {
				talk.fake.break_at = len - heard.len;
				talk.fake.break_with = ERR_TIMEOUT;
			}
			talk_run(&talk);
			assert_int_equal(talk.err, is_read ? ERR_RESET : ERR_TIMEOUT);
			assert_int_equal(talk.socks.fault.err, talk.err);
			assert_string_equal(talk.socks.fault.what,
					    is_read ? "recv" : "send");
			talk_done(&talk);
		}
	}
}

static void what_is_waited_for_is_what_has_not_come(void **state)
{
	const struct handshake *first = handshakes;
	struct talk talk;

	(void)state;
	talk_init(&talk, &first->target, span_of(NULL, 0));
	talk.fake.is_blocked = true;
	assert_int_equal(socks_run(&talk.socks, &talk.fake.wire), ERR_AGAIN);
	assert_int_equal(talk.socks.waits, WIRE_WRITABLE);
	talk.fake.is_blocked = false;
	talk.fake.write_bytes = 1;
	talk.fake.blocks = true;
	assert_int_equal(socks_run(&talk.socks, &talk.fake.wire), ERR_AGAIN);
	assert_int_equal(talk.socks.waits, WIRE_WRITABLE);
	talk.fake.is_blocked = talk.fake.blocks = false;
	assert_int_equal(socks_run(&talk.socks, &talk.fake.wire), ERR_AGAIN);
	assert_int_equal(talk.socks.waits, WIRE_READABLE);
	assert_span(fake_wire_output(&talk.fake), first->says[0]);
	talk_done(&talk);
}

/* Each question that nothing can answer yet would cost a system call. */
static void the_server_is_not_asked_before_it_has_spoken(void **state)
{
	const struct handshake *first = handshakes;
	struct talk talk;

	(void)state;
	talk_init(&talk, &first->target, span_of(NULL, 0));
	assert_int_equal(socks_run(&talk.socks, &talk.fake.wire), ERR_AGAIN);
	assert_int_equal(talk.fake.writes, 1);
	assert_int_equal(talk.fake.reads, 0);
	talk.fake.input = first->hears[0];
	talk.fake.piece_bytes = 1;
	for (unsigned i = 1; i <= first->hears[0].len; i++) {
		fake_wire_arrive(&talk.fake);
		assert_int_equal(socks_run(&talk.socks, &talk.fake.wire), ERR_AGAIN);
		assert_int_equal(talk.fake.reads, i);
	}
	assert_int_equal(talk.fake.writes, 2);
	talk_done(&talk);
}

static void an_address_that_is_given_goes_before_the_host(void **state)
{
	union dns_address v4 = {.v4 = {.sin_family = AF_INET}};
	union dns_address v6 = {.v6 = {.sin6_family = AF_INET6}};
	struct socks_target target = {
		.version = SOCKS_5, .host = SPAN("name.test"), .port = 80};
	struct talk talk;

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "10.1.2.3", &v4.v4.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET6, "::ffff", &v6.v6.sin6_addr), 1);
	target.address = &v4;
	talk_init(&talk, &target, SPAN("\5\0\5\0\0\1\1\2\3\4\5\6"));
	v4 = (union dns_address){0};
	talk_run(&talk);
	assert_int_equal(talk.err, 0);
	assert_span(fake_wire_output(&talk.fake),
		    SPAN("\5\1\0\5\1\0\1\12\1\2\3" PORT_80));
	talk_done(&talk);

	target.address = &v6;
	talk_whole(&talk, &target, SPAN("\5\0\5\0\0\1\1\2\3\4\5\6"));
	assert_int_equal(talk.err, 0);
	assert_span(fake_wire_output(&talk.fake),
		    SPAN("\5\1\0\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF" PORT_80));
	talk_done(&talk);
}

/* ---- refusals ---- */

/* Asserts how it ends, given input whole, in single bytes, and with an end behind it. */
static void ends_as(const struct socks_target *target, struct span input, enum err err,
		    const char *what)
{
	for (unsigned way = 0; way < 4; way++) {
		struct talk talk;

		talk_init(&talk, target, input);
		talk.fake.piece_bytes = way & 1;
		talk.fake.end = way & 2 ? ERR_EOF : ERR_AGAIN;
		talk_run(&talk);
		assert_int_equal(talk.err, err);
		assert_int_equal(talk.socks.fault.err, err);
		assert_string_equal(talk.socks.fault.what, what);
		talk_done(&talk);
	}
}

static const struct socks_target plain = {
	.version = SOCKS_5, .host = BYTES("a"), .port = 80};
static const struct socks_target known = {.version = SOCKS_5,
					  .host = BYTES("a"),
					  .port = 80,
					  .user = BYTES("user"),
					  .password = BYTES("secret")};
static const struct socks_target old = {
	.version = SOCKS_4A, .host = BYTES("a"), .port = 80};

static void every_other_version_is_not_socks(void **state)
{
	static const struct {
		const struct socks_target *target;
		struct span input;
		size_t at; /* of the version */
	} rows[] = {
		{&plain, BYTES("\5\0"), 0},
		{&known, BYTES("\5\2\1\0"), 2},
		{&plain, BYTES("\5\0\5\0\0\1\1\2\3\4\5\6"), 2},
		{&plain, BYTES("\5\0\5\1\0\1\1\2\3\4\5\6"), 2},
		{&old, BYTES("\0\x5A\1\2\3\4\5\6"), 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (unsigned version = 0; version < 256; version++) {
			char input[16];

			memcpy(input, rows[i].input.at, rows[i].input.len);
			if (version == (unsigned char)input[rows[i].at])
				continue;
			input[rows[i].at] = (char)version;
			ends_as(rows[i].target, span_of(input, rows[i].input.len),
				ERR_PROTOCOL, "the proxy does not speak SOCKS");
			ends_as(rows[i].target, span_of(input, rows[i].at + 1),
				ERR_PROTOCOL, "the proxy does not speak SOCKS");
		}
	}
	ends_as(&plain, SPAN("HTTP/1.1 400 Bad Request\r\n\r\n"), ERR_PROTOCOL,
		"the proxy does not speak SOCKS");
}

static void a_login_can_be_chosen_only_among_those_offered(void **state)
{
	static const char other[] =
		"the SOCKS server has chosen a login that was not offered";

	(void)state;
	for (unsigned method = 1; method < 255; method++) {
		const char input[] = {5, (char)method};

		ends_as(&plain, span_of(input, 2), ERR_PROTOCOL, other);
		if (method != 2)
			ends_as(&known, span_of(input, 2), ERR_PROTOCOL, other);
	}
	ends_as(&plain, SPAN("\5\xFF"), ERR_PROXY_AUTH, "the SOCKS server wants a login");
	ends_as(&known, SPAN("\5\xFF"), ERR_PROXY,
		"the SOCKS server takes no user name and password");
}

static void every_status_of_a_login_but_0_is_a_refusal(void **state)
{
	(void)state;
	for (unsigned status = 1; status < 256; status++) {
		const char input[] = {5, 2, 1, (char)status};

		ends_as(&known, span_of(input, 4), ERR_PROXY_AUTH,
			"the SOCKS server refuses the login");
	}
}

static const char *words_of(unsigned reply)
{
	switch (reply) {
	case 1:
		return "the SOCKS server: general failure";
	case 2:
		return "the SOCKS server: not allowed by its rules";
	case 3:
		return "the SOCKS server: network unreachable";
	case 4:
		return "the SOCKS server: host unreachable";
	case 5:
		return "the SOCKS server: connection refused";
	case 6:
		return "the SOCKS server: time to live expired";
	case 7:
		return "the SOCKS server: command not supported";
	case 8:
		return "the SOCKS server: address type not supported";
	default:
		return "the SOCKS server: unknown reason";
	}
}

/* Also when it says no more than that. */
static void every_reply_but_0_is_a_refusal(void **state)
{
	(void)state;
	for (unsigned reply = 1; reply < 256; reply++) {
		const char input[] = {5, 0, 5, (char)reply, 0, 1, 0, 0, 0, 0, 0, 0};

		for (size_t len = 4; len <= sizeof(input); len++)
			ends_as(&plain, span_of(input, len), ERR_PROXY, words_of(reply));
		ends_as(&plain, SPAN("\5\0\5\3\0\0\0\0\0\0\0\0"), ERR_PROXY, words_of(3));
	}
}

static void every_reply_of_version_4_but_90_is_a_refusal(void **state)
{
	(void)state;
	for (unsigned reply = 0; reply < 256; reply++) {
		const char input[] = {0, (char)reply, 0, 0, 0, 0, 0, 0};
		const char *what = reply == 91 ? "the SOCKS server: request rejected or "
						 "failed"
				   : reply == 92 ? "the SOCKS server: it cannot ask who "
						   "the user is"
				   : reply == 93 ? "the SOCKS server: the user is another"
						 : words_of(0);

		for (size_t len = 2; reply != 90 && len <= sizeof(input); len++)
			ends_as(&old, span_of(input, len),
				reply == 93 ? ERR_PROXY_AUTH : ERR_PROXY, what);
	}
}

static void there_are_three_types_of_address(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		const char input[] = {5, 0, 5, 0, 0, (char)type};

		if (type != 1 && type != 3 && type != 4)
			ends_as(&plain, span_of(input, 6), ERR_PROTOCOL,
				"the proxy does not speak SOCKS");
	}
}

/* A name of every length, where the length is read like all else. */
static void an_answer_is_as_long_as_it_says(void **state)
{
	char input[2 + SOCKS_ANSWER_BYTES + 1] = "\5\0\5\0\0\3";

	(void)state;
	for (unsigned len = 0; len < 256; len++) {
		struct talk talk;

		input[2 + 4] = (char)len;
		talk_whole(&talk, &plain, span_of(input, sizeof(input)));
		assert_int_equal(talk.err, 0);
		assert_int_equal(talk.fake.taken, 2 + 4 + 1 + len + 2);
		talk_done(&talk);
	}
}

/* ---- what cannot be said ---- */

static void the_longest_texts_fit_and_longer_ones_do_not(void **state)
{
	struct guard guards[3] = {0};
	char *host = guard_room(&guards[0], 255), *user = guard_room(&guards[1], 255);
	char *password = guard_room(&guards[2], 255);
	struct socks_target target = {.port = 80,
				      .host = {host, 255},
				      .user = {user, 255},
				      .password = {password, 255}};
	struct talk talk;

	(void)state;
	target.version = SOCKS_5;
	talk_whole(&talk, &target, SPAN("\5\2\1\0\5\0\0\1\1\2\3\4\5\6"));
	assert_int_equal(talk.err, 0);
	assert_int_equal(talk.fake.written, 4 + 513 + 4 + 256 + 2);
	talk_done(&talk);

	target.version = SOCKS_4A;
	talk_whole(&talk, &target, SPAN("\0\x5A\1\2\3\4\5\6"));
	assert_int_equal(talk.err, 0);
	assert_int_equal(talk.fake.written, SOCKS_MESSAGE_BYTES);
	talk_done(&talk);
	for (unsigned i = 0; i < 3; i++)
		guard_done(&guards[i]);
}

static void these_cannot_be_said(void **state)
{
	static char longest[256];
	const struct span too_long = {longest, 256}, nul = SPAN("a\0b"), a = SPAN("a");
	const struct {
		struct socks_target target;
		enum err err;
		const char *what;
	} rows[] = {
		{{SOCKS_5, too_long, NULL, 80, a, a},
		 ERR_LIMIT,
		 "the host name is too long for SOCKS"},
		{{SOCKS_4A, too_long, NULL, 80, a, a},
		 ERR_LIMIT,
		 "the host name is too long for SOCKS"},
		{{SOCKS_5, a, NULL, 80, too_long, a},
		 ERR_LIMIT,
		 "the login is too long for SOCKS"},
		{{SOCKS_4A, a, NULL, 80, too_long, a},
		 ERR_LIMIT,
		 "the login is too long for SOCKS"},
		{{SOCKS_5, a, NULL, 80, a, too_long},
		 ERR_LIMIT,
		 "the login is too long for SOCKS"},
		{{SOCKS_4A, a, NULL, 80, a, too_long}, ERR_NONE, NULL},
		{{SOCKS_5, nul, NULL, 80, a, a},
		 ERR_INVALID,
		 "a NUL cannot be told to a SOCKS server"},
		{{SOCKS_5, a, NULL, 80, nul, a},
		 ERR_INVALID,
		 "a NUL cannot be told to a SOCKS server"},
		{{SOCKS_5, a, NULL, 80, a, nul},
		 ERR_INVALID,
		 "a NUL cannot be told to a SOCKS server"},
		{{SOCKS_4A, a, NULL, 80, nul, a},
		 ERR_INVALID,
		 "a NUL cannot be told to a SOCKS server"},
		{{SOCKS_4A, SPAN("[::1]"), NULL, 80, a, a},
		 ERR_INVALID,
		 "SOCKS 4A knows no IPv6 address"},
		{{SOCKS_5, SPAN(""), NULL, 80, a, a}, ERR_INVALID, "there is no host"},
	};

	(void)state;
	memset(longest, 'x', sizeof(longest));
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct socks socks;

		assert_int_equal(socks_init(&socks, &rows[i].target), rows[i].err);
		assert_int_equal(socks.fault.err, rows[i].err ? ERR_PROXY : 0);
		if (rows[i].what)
			assert_string_equal(socks.fault.what, rows[i].what);
	}
}

/* Every allocation fails: it needs none. */
static int set_up(void **state)
{
	(void)state;
	mem_fail_from(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mem_fail_at(0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_says_this_and_takes_its_answers_alone),
		cmocka_unit_test(the_same_in_pieces_of_every_size_both_ways),
		cmocka_unit_test(nothing_is_said_before_it_is_its_turn),
		cmocka_unit_test(an_end_before_the_end_is_said_to_be_one),
		cmocka_unit_test(failures_of_the_wire_keep_their_words),
		cmocka_unit_test(what_is_waited_for_is_what_has_not_come),
		cmocka_unit_test(the_server_is_not_asked_before_it_has_spoken),
		cmocka_unit_test(an_address_that_is_given_goes_before_the_host),
		cmocka_unit_test(every_other_version_is_not_socks),
		cmocka_unit_test(a_login_can_be_chosen_only_among_those_offered),
		cmocka_unit_test(every_status_of_a_login_but_0_is_a_refusal),
		cmocka_unit_test(every_reply_but_0_is_a_refusal),
		cmocka_unit_test(every_reply_of_version_4_but_90_is_a_refusal),
		cmocka_unit_test(there_are_three_types_of_address),
		cmocka_unit_test(an_answer_is_as_long_as_it_says),
		cmocka_unit_test(the_longest_texts_fit_and_longer_ones_do_not),
		cmocka_unit_test(these_cannot_be_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
