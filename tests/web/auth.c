/* SPDX-License-Identifier: MIT */
/*
 * One row for each sentence of contract X8 and of RFC 9110 11 that says something to a
 * client: a row is a dialogue.
 */
#include "lib/test.h"

#include "base/mem.h"
#include "web/auth.h"
#include "web/dialogue.h"

static const struct dialogue dialogues[] = {
	/* X8: in this order. */
	{"all in one field", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Basic realm=\"r\", " DIGEST("n") ", NTLM, Negotiate")}},
	{"all in several fields", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Basic realm=\"r\"", DIGEST("n"), "NTLM", "Negotiate")}},
	{"NTLM before Digest and Basic", WITH_LOGIN,
	 .steps = {CHALLENGE(T1, "Basic realm=\"r\"", DIGEST("n"), "NTLM")}},
	{"Digest before Basic", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", "Basic realm=\"r\"", DIGEST("n"))}},
	{"Basic", WITH_LOGIN, .steps = {CHALLENGE(BASIC, "Basic realm=\"r\"")}},
	{"a refused scheme is followed by the next", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate, NTLM", DIGEST("n"), "Basic realm=r"),
		   CHALLENGE(T1, "Negotiate, NTLM", DIGEST("o"), "Basic realm=r"),
		   CHALLENGE("Digest |nonce=\"p\"", "Negotiate, NTLM", DIGEST("p"),
			     "Basic realm=r"),
		   CHALLENGE(BASIC, "Negotiate, NTLM", DIGEST("q"), "Basic realm=r"),
		   CHALLENGE(NULL, "Negotiate, NTLM", DIGEST("q"), "Basic realm=r")}},
	{"a refused one is not tried again though it is the only one", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, "Basic realm=r")}},
	{"nor under another realm", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, "Basic realm=s")}},
	{"Digest neither", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n")),
		   CHALLENGE(NULL, "Digest realm=s, nonce=o, qop=auth")}},
	{"one that is offered later is tried then", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE("Digest ", DIGEST("n")),
		   CHALLENGE(T1, "NTLM, Basic realm=r")}},
	{"one that is offered no more is refused", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n"), "Basic realm=r"),
		   CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, DIGEST("o"))}},
	{"a 401 without a challenge refuses", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, NULL),
		   CHALLENGE(NULL, "Basic realm=r")}},
	{"a 401 without a challenge", WITH_LOGIN, .steps = {CHALLENGE(NULL, NULL)}},

	/* X8: Digest (SHA-512-256, SHA-256, MD5, -sess). */
	{"the strongest of several", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |algorithm=SHA-512-256|nonce=\"b\"",
			     "Digest realm=r, nonce=a, qop=auth, algorithm=SHA-256",
			     "Digest realm=r, nonce=b, qop=auth, algorithm=SHA-512-256, "
			     "Digest realm=r, nonce=c, qop=auth, algorithm=MD5")}},
	{"the first of two equals", WITH_LOGIN,
	 .steps = {CHALLENGE(
		 "Digest |algorithm=SHA-256|nonce=\"a\"",
		 "Digest realm=r, nonce=a, qop=auth, algorithm=SHA-256",
		 "Digest realm=r, nonce=b, qop=auth, algorithm=SHA-256-sess")}},
	{"one without an algorithm is MD5", WITH_LOGIN,
	 .steps = {CHALLENGE(
		 "Digest |nonce=\"b\"", "Digest realm=r, nonce=a, qop=auth",
		 "Digest realm=r, nonce=b, qop=auth, algorithm=SHA-256-sess")}},
	{"an unknown algorithm is no offer", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC,
			     "Digest realm=r, nonce=a, algorithm=SHA3, Basic realm=r")}},
	{"nor is one without a nonce", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Digest realm=r, qop=auth, Basic realm=r")}},

	/* RFC 7616 3.3: stale is no refusal. */
	{"a stale nonce", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |nonce=\"n\"", DIGEST("n"), "Basic realm=r"),
		   CHALLENGE("Digest |nonce=\"o\"|nc=00000001", STALE("o"),
			     "Basic realm=r"),
		   CHALLENGE("Digest |nonce=\"p\"", STALE("p"), "Basic realm=r"),
		   CHALLENGE(BASIC, DIGEST("q"), "Basic realm=r")}},
	{"it says nothing of a later challenge", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n")), CHALLENGE("Digest ", STALE("o")),
		   CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, DIGEST("p"))}},
	{"it counts as a round", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n")), CHALLENGE("Digest ", STALE("o")),
		   CHALLENGE("Digest ", STALE("p")), CHALLENGE("Digest ", STALE("q")),
		   CHALLENGE("Digest ", STALE("r")), CHALLENGE("Digest ", STALE("s")),
		   CHALLENGE("Digest ", STALE("t")), CHALLENGE("Digest ", STALE("u")),
		   CHALLENGE(NULL, STALE("v")), CHALLENGE(NULL, "Basic realm=r")}},

	/* RFC 4559 5, and NTLM: rounds of tokens. */
	{"tokens go to and fro", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(N2, "Negotiate " SERVER_A),
		   CHALLENGE(N3, "Negotiate " SERVER_BC), CONTENT(NULL)},
	 .heard = ",,a,bc"},
	{"those of NTLM too", WITH_LOGIN,
	 .steps = {CHALLENGE(T1, "NTLM"), CHALLENGE(T2, "NTLM " SERVER_A), CONTENT(NULL)},
	 .heard = ",,a"},
	{"no token behind one of ours is a refusal", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(N2, "Negotiate " SERVER_A),
		   CHALLENGE(T1, "Negotiate, NTLM"), CHALLENGE(NULL, "Negotiate, NTLM")}},
	{"a token before ours says nothing", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate " SERVER_A)}, .heard = ","},
	{"one that is no base64 is a refusal", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"),
		   CHALLENGE(BASIC, "Negotiate a~b=, Basic realm=r"),
		   CHALLENGE(NULL, "Negotiate " SERVER_A)}},
	{"one that cannot be answered too", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"),
		   CHALLENGE(BASIC, "Negotiate " SERVER_A, "Basic realm=r"),
		   CHALLENGE(NULL, "Negotiate, Basic realm=r")},
	 .most_spnego = 1, .heard = ",,a"},
	{"and there is nothing else", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE("", "Negotiate " SERVER_A)},
	 .most_spnego = 1},
	{"a token for another scheme is a refusal", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(T1, "NTLM " SERVER_A)},
	 .heard = ",,"},
	{"of several tokens the first counts", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"),
		   CHALLENGE(N2, "Negotiate",
			     "Negotiate " SERVER_A ", Negotiate " SERVER_BC)},
	 .heard = ",,a"},
	{"an exchange goes on though a stronger scheme comes up", WITH_LOGIN,
	 .steps = {CHALLENGE(T1, "NTLM"), CHALLENGE(T2, "Negotiate, NTLM " SERVER_A),
		   CHALLENGE(N1, "Negotiate, NTLM")}},
	{"after its end another one may begin", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CONTENT(NULL),
		   CHALLENGE(N1, "Negotiate")}},
	{"8 rounds of tokens and no more", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(N2, "Negotiate " SERVER_A),
		   CHALLENGE(N3, "Negotiate " SERVER_A),
		   CHALLENGE("Negotiate TjQ=", "Negotiate " SERVER_A),
		   CHALLENGE("Negotiate TjU=", "Negotiate " SERVER_A),
		   CHALLENGE("Negotiate TjY=", "Negotiate " SERVER_A),
		   CHALLENGE("Negotiate Tjc=", "Negotiate " SERVER_A),
		   CHALLENGE("Negotiate Tjg=", "Negotiate " SERVER_A),
		   CHALLENGE(NULL, "Negotiate " SERVER_A, "Basic realm=r")}},
	{"rounds of all schemes count together", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(N2, "Negotiate " SERVER_A),
		   CHALLENGE(T1, "Negotiate, NTLM"), CHALLENGE(T2, "NTLM " SERVER_A),
		   CHALLENGE("Digest ", DIGEST("n"), "NTLM"),
		   CHALLENGE("Digest ", STALE("o")), CHALLENGE("Digest ", STALE("p")),
		   CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, STALE("q")),
		   RENEW("")}},

	/* RFC 9110 11.1: schemes in any case; 11.6.1: any scheme, in any number of
	 * fields. */
	{"in whatever case", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "NEGOTIATE"), CHALLENGE(T1, "ntlm"),
		   CHALLENGE("Digest ", "digest REALM=r, Nonce=n, QOP=auth"),
		   CHALLENGE(BASIC, "bASIC realm=r")}},
	{"unknown schemes are left out", WITH_LOGIN,
	 .steps = {CHALLENGE(
		 BASIC,
		 "Bearer realm=\"a\", scope=\"Digest\", Basic realm=r, "
		 "SCRAM-SHA-256 data=abc==",
		 "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"")}},
	{"unknown schemes alone", WITH_LOGIN,
	 .steps = {CHALLENGE(NULL, "Bearer realm=\"a\"")}},
	{"a scheme in quotes is none", WITH_LOGIN,
	 .steps = {CHALLENGE(NULL, "Bearer title=\"a, Basic realm=b, Negotiate\"")}},
	{"bad grammar costs the rest of its field alone", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "NTLM realm=\"never closed, Negotiate",
			     "Basic realm=r", "\"\", NTLM")}},
	{"what stands before it counts", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r, =, NTLM")}},
	{"a field that is empty", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "", "Basic realm=r")}},
	{"Basic without a realm", WITH_LOGIN, .steps = {CHALLENGE(BASIC, "Basic")}},

	/* X8: without user name Negotiate with the ticket, to configured hosts. */
	{"a ticket is for Negotiate", WITH_TICKET,
	 .steps = {CHALLENGE(N1, "Negotiate, NTLM", DIGEST("n"), "Basic realm=r")}},
	{"and for nothing else", WITH_TICKET,
	 .steps = {CHALLENGE(NULL, "NTLM", DIGEST("n"), "Basic realm=r")}},
	{"once refused it is over", WITH_TICKET,
	 .steps = {CHALLENGE(N1, "Negotiate, NTLM"),
		   CHALLENGE(NULL, "Negotiate, NTLM, Basic realm=r")}},
	{"its tokens go to and fro too", WITH_TICKET,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(N2, "Negotiate " SERVER_A)}},
	{"there may be no ticket", WITH_TICKET,
	 .steps = {CHALLENGE("", "Negotiate, Basic realm=r"),
		   CHALLENGE(NULL, "Negotiate, Basic realm=r")},
	 .lacks_spnego = true},
	{"without either nothing is answered", WITH_NOTHING,
	 .steps = {CHALLENGE(NULL, "Negotiate, NTLM", DIGEST("n"), "Basic realm=r")}},

	/* What cannot make an answer is passed over. */
	{"without SPNEGO", WITH_LOGIN,
	 .steps = {CHALLENGE(T1, "Negotiate, NTLM", DIGEST("n"))}, .lacks_spnego = true},
	{"without GSSAPI", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", "Negotiate, NTLM", DIGEST("n"))},
	 .lacks_spnego = true, .lacks_ntlm = true},
	{"without GSSAPI and anything else", WITH_LOGIN,
	 .steps = {CHALLENGE("", "Negotiate, NTLM"), CHALLENGE(NULL, "Negotiate, NTLM")},
	 .lacks_spnego = true, .lacks_ntlm = true},
	{"auth-int without the body", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Digest realm=r, nonce=n, qop=auth-int",
			     "Basic realm=r")},
	 .is_body_unknown = true},
	{"auth-int with the body", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |qop=auth-int",
			     "Digest realm=r, nonce=n, qop=auth-int")}},
	{"a colon in the user name is not for Basic", WITH_COLON,
	 .steps = {CHALLENGE(NULL, "Basic realm=r")}},
	{"but for Digest", WITH_COLON,
	 .steps = {CHALLENGE("Digest |username=\"a:b\"", "Basic realm=r", DIGEST("n"))}},

	/* A further message to the same side. */
	{"Basic is repeated", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CONTENT(NULL), REPEAT(BASIC),
		   CONTENT(NULL), REPEAT(BASIC)}},
	{"Digest is repeated with the next count", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |nonce=\"n\"|nc=00000001", DIGEST("n")),
		   CONTENT(NULL), REPEAT("Digest |nonce=\"n\"|nc=00000002"),
		   CONTENT(NULL), REPEAT("Digest |nonce=\"n\"|nc=00000003")}},
	{"or with the nonce that the server wants next", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |nonce=\"n\"", DIGEST("n")),
		   CONTENT("nextnonce=\"o\""), REPEAT("Digest |nonce=\"o\"|nc=00000001"),
		   CONTENT("qop=auth", "nextnonce=\"p\""),
		   REPEAT("Digest |nonce=\"p\"|nc=00000001"), CONTENT("nextnonce="),
		   REPEAT("Digest |nonce=\"p\"|nc=00000002")}},
	{"a nonce that comes unasked is left out", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |nonce=\"n\"", DIGEST("n")), CONTENT(NULL),
		   CONTENT("nextnonce=\"o\""), REPEAT("Digest |nonce=\"n\"")}},
	{"what is repeated is no round", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), REPEAT(BASIC), REPEAT(BASIC),
		   REPEAT(BASIC), REPEAT(BASIC), REPEAT(BASIC), REPEAT(BASIC),
		   REPEAT(BASIC), REPEAT(BASIC), REPEAT(BASIC)}},
	{"tokens are not repeated", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), REPEAT(""), CONTENT(NULL), REPEAT("")}},
	{"before a challenge nothing is answered", WITH_LOGIN, .steps = {REPEAT("")}},
	{"nor when no challenge came", WITH_LOGIN, .steps = {CONTENT(NULL), REPEAT("")}},
	{"a repeated answer whose nonce is stale", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n")), CONTENT(NULL), REPEAT("Digest "),
		   CHALLENGE("Digest |nonce=\"o\"|nc=00000001", STALE("o"))}},
	{"a repeated answer is none to the challenge behind it", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n"), "Basic realm=r"), CONTENT(NULL),
		   REPEAT("Digest |nc=00000002"),
		   CHALLENGE("Digest |nonce=\"o\"|nc=00000001", DIGEST("o"),
			     "Basic realm=r"),
		   CHALLENGE(BASIC, DIGEST("p"), "Basic realm=r")}},
	{"nor under another realm", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |realm=\"r\"", DIGEST("n")), CONTENT(NULL),
		   REPEAT("Digest "),
		   CHALLENGE("Digest |realm=\"s\"",
			     "Digest realm=\"s\", nonce=\"o\", qop=auth"),
		   CHALLENGE(NULL, "Digest realm=\"t\", nonce=\"p\", qop=auth")}},
	{"an answer to a challenge is not repeated by being made twice", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest |nc=00000001", DIGEST("n")),
		   REPEAT("Digest |nc=00000002"),
		   CHALLENGE(NULL, "Digest realm=\"s\", nonce=\"o\", qop=auth")}},
	{"a repeated Basic is", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CONTENT(NULL), REPEAT(BASIC),
		   CHALLENGE(NULL, "Basic realm=s")}},
	{"a scheme that was accepted may be asked for again", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CONTENT(NULL),
		   CHALLENGE(BASIC, "Basic realm=s")}},

	/* X8: a program may be asked for a login. */
	{"a login that comes later", WITH_NOTHING,
	 .steps = {CHALLENGE(NULL, "Basic realm=r", DIGEST("n")),
		   RENEW("Digest |nonce=\"n\""),
		   CHALLENGE(BASIC, "Basic realm=r", DIGEST("o"))}},
	{"one instead of the ticket", WITH_TICKET,
	 .steps = {CHALLENGE(N1, "Negotiate"), CHALLENGE(NULL, "Negotiate"), RENEW(N1),
		   CHALLENGE(N2, "Negotiate " SERVER_A)},
	 .heard = ",,,a"},
	{"it ends what is under way", WITH_LOGIN,
	 .steps = {CHALLENGE(N1, "Negotiate"), RENEW(NULL), CHALLENGE(N1, "Negotiate")}},
	{"one instead of a wrong one", WITH_LOGIN,
	 .steps = {CHALLENGE("Digest ", DIGEST("n"), "Basic realm=r"),
		   CHALLENGE(BASIC, DIGEST("o"), "Basic realm=r"),
		   CHALLENGE(NULL, DIGEST("p"), "Basic realm=r"),
		   RENEW("Digest |nonce=\"p\""),
		   CHALLENGE(BASIC, DIGEST("q"), "Basic realm=r")}},
	{"the challenge may be taken once more", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), CHALLENGE(NULL, "Basic realm=r"),
		   RENEW(BASIC), CHALLENGE(NULL, "Basic realm=r")}},
	{"a new login does not bring new rounds", WITH_LOGIN,
	 .steps = {CHALLENGE(BASIC, "Basic realm=r"), RENEW(NULL),
		   CHALLENGE(BASIC, "Basic realm=r"), RENEW(NULL),
		   CHALLENGE(BASIC, "Basic realm=r"), RENEW(NULL),
		   CHALLENGE("Digest ", DIGEST("n")), CHALLENGE("Digest ", STALE("n")),
		   CHALLENGE("Digest ", STALE("n")), CHALLENGE("Digest ", STALE("n"))}},
};

static void every_dialogue_goes_as_the_standards_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(dialogues); i++) {
		long before = mem_live_blocks();
		struct talk talk;

		print_message("  %s\n", dialogues[i].name);
		begin_talk(&talk, &dialogues[i]);
		assert_int_equal(hold_dialogue(&talk), ERR_NONE);
		assert_true(talk.auth.rounds <= AUTH_MAX_ROUNDS);
		if (dialogues[i].heard)
			assert_string_equal(fake.heard, dialogues[i].heard);
		end_talk(&talk);
		assert_int_equal(mem_live_blocks(), before);
	}
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(dialogues); i++) {
		bool has_failed = true;

		for (unsigned long n = 1; has_failed; n++) {
			long before = mem_live_blocks();
			struct talk talk;
			enum err err;

			begin_talk(&talk, &dialogues[i]);
			mem_fail_at(n);
			err = hold_dialogue(&talk);
			has_failed = mem_has_failed();
			mem_fail_at(0);
			assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
			end_talk(&talk);
			assert_int_equal(mem_live_blocks(), before);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialogue_goes_as_the_standards_say),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
