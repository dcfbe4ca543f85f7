/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "base/buf.h"
#include "http/challenge.h"
#include "lib/guard.h"

/* A field value, and how it is shown: "scheme", " token68", "{name=value name="value"}"
 * for each challenge, and "!" where the grammar is broken. */
struct row {
	const char *value;
	const char *shown;
};

static void put(struct buf *out, const char *before, struct span text)
{
	assert_int_equal(buf_put_str(out, before), 0);
	assert_int_equal(buf_put(out, text), 0);
}

/* Appends parameters in braces, or nothing when there are none. */
static void put_parameters(struct buf *out, struct span rest)
{
	struct field_parameter parameter;
	const char *before = "";
	size_t len_before = out->len;
	enum err err;

	put(out, "{", SPAN(""));
	while (!(err = challenge_next_parameter(&rest, &parameter))) {
		put(out, before, parameter.name);
		put(out, parameter.is_quoted ? "=\"" : "=", parameter.value);
		put(out, parameter.is_quoted ? "\"" : "", SPAN(""));
		before = " ";
	}
	assert_true(err == ERR_PROTOCOL || (err == ERR_MISSING && rest.len == 0));
	put(out, err == ERR_PROTOCOL ? "!}" : "}", SPAN(""));
	if (out->len == len_before + 2)
		out->len = len_before;
}

static void put_challenges(struct buf *out, struct span rest)
{
	struct challenge challenge;
	const char *before = "";
	enum err err;

	while (!(err = challenge_next(&rest, &challenge))) {
		put(out, before, challenge.scheme);
		if (challenge.token68.len > 0)
			put(out, " ", challenge.token68);
		assert_true(challenge.token68.len == 0 || challenge.parameters.len == 0);
		put_parameters(out, challenge.parameters);
		before = "; ";
	}
	assert_int_equal(rest.len, 0);
	if (err != ERR_MISSING) {
		assert_int_equal(err, ERR_PROTOCOL);
		put(out, "!", SPAN(""));
	}
}

static void assert_rows(const struct row *rows, size_t count)
{
	struct guard guard = {0};
	struct buf shown;

	buf_init(&shown);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&shown);
		put_challenges(&shown, guard_copy(&guard, span_str(rows[i].value)));
		assert_span(buf_span(&shown), span_str(rows[i].shown));
	}
	buf_done(&shown);
	guard_done(&guard);
}

static void a_challenge_is_a_scheme_with_what_belongs_to_it(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{" ,\t,, ", ""},
		{"Negotiate", "Negotiate"},
		{" NTLM ", "NTLM"},
		{"Negotiate abc", "Negotiate abc"},
		{"Negotiate  oRQwEqADCgEAoQsGCSqGSIb3EgECAg== ",
		 "Negotiate oRQwEqADCgEAoQsGCSqGSIb3EgECAg=="},
		{"x -._~+/09azAZ=", "x -._~+/09azAZ="},
		{"Basic realm", "Basic realm"},
		{"Basic realm=", "Basic realm="},
		{"Basic realm=x", "Basic{realm=x}"},
		{"basic realm=\"\"", "basic{realm=\"\"}"},
		{"Basic realm=\"a, b=c; \\\"d\\\" \\\\\"",
		 "Basic{realm=\"a, b=c; \\\"d\\\" \\\\\"}"},
		{"Basic\trealm=\"\t\xC3\xA4\xFF\"", "Basic{realm=\"\t\xC3\xA4\xFF\"}"},
		{"Basic realm \t=\t \"x\" , charset = UTF-8",
		 "Basic{realm=\"x\" charset=UTF-8}"},
		{"Digest realm=\"a\",nonce=\"b==\",qop=\"auth,auth-int\",stale=FALSE",
		 "Digest{realm=\"a\" nonce=\"b==\" qop=\"auth,auth-int\" stale=FALSE}"},
		{"Basic a=b,a=c", "Basic{a=b a=c}"},
	};

	(void)state;
	assert_rows(rows, TEST_COUNT(rows));
}

static void challenges_and_parameters_share_the_comma(void **state)
{
	static const struct row rows[] = {
		{"Negotiate, NTLM", "Negotiate; NTLM"},
		{"Negotiate,NTLM,Basic realm=\"x\"",
		 "Negotiate; NTLM; Basic{realm=\"x\"}"},
		{"Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", "
		 "Basic realm=\"simple\"",
		 "Newauth{realm=\"apps\" type=1 title=\"Login to \\\"apps\\\"\"}; "
		 "Basic{realm=\"simple\"}"},
		{"Digest realm=\"Basic x=y, z\", nonce=n, Basic realm=r",
		 "Digest{realm=\"Basic x=y, z\" nonce=n}; Basic{realm=r}"},
		{"Negotiate YWI=, Basic realm=x, NTLM TlRM",
		 "Negotiate YWI=; Basic{realm=x}; NTLM TlRM"},
		{"a b=, c d==", "a b=; c d=="},
		{"Basic , realm=x,, ,a=b,, NTLM,,", "Basic{realm=x a=b}; NTLM"},
		{"Negotiate,realm=x", "Negotiate{realm=x}"},
		{",Basic a=b,Basic", "Basic{a=b}; Basic"},
	};

	(void)state;
	assert_rows(rows, TEST_COUNT(rows));
}

static void broken_grammar_gives_up_what_follows(void **state)
{
	static const struct row rows[] = {
		{"\"x\"", "!"},
		{"=x", "!"},
		{"a=b", "!"},
		{"Basic@", "!"},
		{"Basic/abc", "!"},
		{"Basic\"x\"", "!"},
		{"Basic:x", "!"},
		{"Basic @", "!"},
		{"Basic a b", "!"},
		{"Basic abc== d", "!"},
		{"Basic ab=cd=", "!"},
		{"Basic ==", "!"},
		{"Basic \"x\"", "!"},
		{"Basic realm=a b", "!"},
		{"Basic realm=\"a\" b=c", "!"},
		{"Basic realm=\"a\"b", "!"},
		{"Basic realm=\"a", "!"},
		{"Basic realm=\"a\\\"", "!"},
		{"Basic realm=\"a\\", "!"},
		{"Basic realm=\"\x01\"", "!"},
		{"Basic realm=\"\\\x7F\"", "!"},
		{"Basic realm=\"\r\n\"", "!"},
		{"Basic realm=@", "!"},
		{"Basic realm= ,x=y", "Basic realm=!"},
		{"Basic realm= x=y", "!"},
		{"Basic a=b, c=", "!"},
		{"Basic a=b, =c", "Basic{a=b}!"},
		{"Basic a=b, \x80", "Basic{a=b}!"},
		{"Negotiate abc, d=e", "Negotiate abc!"},
		{"NTLM, Basic realm=\"a, Digest realm=b", "NTLM!"},
	};

	(void)state;
	assert_rows(rows, TEST_COUNT(rows));
}

static void a_nul_is_no_part_of_a_token68_or_a_value(void **state)
{
	static const char values[][12] = {"NTLM a\0", "NTLM a=\"\0\"", "NTLM a=b\0"};
	static const size_t lens[] = {7, 10, 9};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(values); i++) {
		struct span rest = span_of(values[i], lens[i]);
		struct challenge challenge;

		assert_int_equal(challenge_next(&rest, &challenge), ERR_PROTOCOL);
		assert_int_equal(rest.len, 0);
	}
}

static void the_parameters_of_a_value_without_scheme_are_read_alike(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{", ,", ""},
		{"nextnonce=\"a\"", "{nextnonce=\"a\"}"},
		{",qop=auth , rspauth = \"6629\",", "{qop=auth rspauth=\"6629\"}"},
		{"qop=auth cnonce=x", "{!}"},
		{"qop=auth, cnonce", "{qop=auth!}"},
		{"qop=auth, cnonce=", "{qop=auth!}"},
		{"qop=auth; nc=1", "{!}"},
	};
	struct guard guard = {0};
	struct buf shown;

	(void)state;
	buf_init(&shown);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		buf_clear(&shown);
		put_parameters(&shown, guard_copy(&guard, span_str(rows[i].value)));
		assert_span(buf_span(&shown), span_str(rows[i].shown));
	}
	buf_done(&shown);
	guard_done(&guard);
}

/* Every beginning of the value is read to its end, whatever it is. */
static void a_value_may_be_cut_anywhere(void **state)
{
	const struct span value = SPAN("Negotiate YWJj, Digest realm=\"a\\\"b\", qop = "
				       "auth,, Basic realm=x");
	struct guard guard = {0};
	struct buf shown;

	(void)state;
	buf_init(&shown);
	for (size_t len = 0; len <= value.len; len++) {
		buf_clear(&shown);
		put_challenges(&shown, guard_copy(&guard, span_of(value.at, len)));
	}
	assert_span(buf_span(&shown),
		    SPAN("Negotiate YWJj; Digest{realm=\"a\\\"b\" qop=auth}; "
			 "Basic{realm=x}"));
	buf_done(&shown);
	guard_done(&guard);
}

static void a_failure_leaves_what_was_given_out(void **state)
{
	struct challenge challenge = {.scheme = SPAN("before")};
	struct field_parameter parameter = {.name = SPAN("before")};
	struct span rest = SPAN("Basic a=b c");

	(void)state;
	assert_int_equal(challenge_next(&rest, &challenge), ERR_PROTOCOL);
	assert_span(challenge.scheme, SPAN("before"));
	assert_int_equal(challenge_next(&rest, &challenge), ERR_MISSING);
	assert_span(challenge.scheme, SPAN("before"));
	rest = SPAN("a=b c");
	assert_int_equal(challenge_next_parameter(&rest, &parameter), ERR_PROTOCOL);
	assert_span(parameter.name, SPAN("before"));
	assert_span(rest, SPAN("a=b c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_challenge_is_a_scheme_with_what_belongs_to_it),
		cmocka_unit_test(challenges_and_parameters_share_the_comma),
		cmocka_unit_test(broken_grammar_gives_up_what_follows),
		cmocka_unit_test(a_nul_is_no_part_of_a_token68_or_a_value),
		cmocka_unit_test(the_parameters_of_a_value_without_scheme_are_read_alike),
		cmocka_unit_test(a_value_may_be_cut_anywhere),
		cmocka_unit_test(a_failure_leaves_what_was_given_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
