/* SPDX-License-Identifier: MIT */
/* One row for each sentence of RFC 9113 8.1 to 8.3 that a server can break. */
#include "lib/test.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/h2.h"
#include "http/h2_response.h"
#include "lib/guard.h"

/* Of a request other than HEAD. */
#define GET SPAN("GET")

struct setting {
	struct arena arena;
	struct h2_section section;
	struct h2_response response;
};

static void begin(struct setting *setting, struct span method)
{
	*setting = (struct setting){0};
	h2_response_init(&setting->response, &setting->arena, method);
}

static void end(struct setting *setting)
{
	arena_done(&setting->arena);
	h2_section_done(&setting->section);
}

/* A section in lines of name, vertical bar, value; is_last: the response ends with it. */
static enum err put_section(struct setting *setting, const char *lines, bool is_last)
{
	struct span rest = span_str(lines);
	enum err err = ERR_NONE;

	h2_response_begin(&setting->response, &setting->section);
	while (!err && rest.len) {
		struct span value = span_cut(&rest, '\n');
		struct span name = span_cut(&value, '|');

		err = h2_response_put(&setting->response, name, value);
	}
	if (!err)
		err = h2_response_end_section(&setting->response, is_last);
	if (!err && is_last)
		err = h2_response_end(&setting->response);
	return err;
}

/* ---- sections ---- */

struct row {
	const char *method;	 /* NULL: GET */
	const char *sections[3]; /* as put_section has them */
	enum err err;		 /* of the last of them */
	bool is_last;		 /* that is the end of the response */
};

#define OK ":status|200\n"

static const struct row rows[] = {
	{NULL, {OK}, ERR_NONE, true},
	{NULL, {OK "a|b\nx-9!#$%&'*+.^_`|~|c\n"}, ERR_NONE, true},
	{NULL, {OK "a|\nb|\xC3\xA4\xFF\nc|x\ty, 'z'\n"}, ERR_NONE, true},
	{NULL, {":status|999\n"}, ERR_NONE, true},
	{NULL, {OK "te|trailers\n"}, ERR_NONE, true},
	{NULL, {OK "content-length|0\n"}, ERR_NONE, true},
	{NULL, {":status|204\ncontent-length|0\n"}, ERR_NONE, true},
	{NULL, {":status|304\ncontent-length|5\n"}, ERR_NONE, true},
	{"HEAD", {OK "content-length|5\n"}, ERR_NONE, true},
	{NULL, {":status|103\na|b\n", ":status|100\n", OK}, ERR_NONE, true},
	{NULL, {OK, "a|b\n"}, ERR_NONE, true},
	{NULL, {OK, "content-length|5\n"}, ERR_NONE, true}, /* says nothing there */
	{NULL, {OK "content-length|0\n", "content-length|5\n"}, ERR_NONE, true},
	/* 8.1: one final head, and the end behind it. */
	{NULL, {":status|103\n"}, ERR_PROTOCOL, true},
	{NULL, {OK, "a|b\n"}, ERR_PROTOCOL, false},
	{NULL, {OK, OK}, ERR_PROTOCOL, true},
	{NULL, {OK "content-length|5\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "content-length|5\n", "a|b\n"}, ERR_PROTOCOL, true},
	/* 8.2.1: names and values. */
	{NULL, {OK "A|b\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "content-Type|b\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "content-typeZ|b\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a b|c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a(b|c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a\x7F|c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "\xE4-is-not-ascii|c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a:|c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "|c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a| b\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a|\tb\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a|b \n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a|b\t\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a|b\rc\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a|a long value with a control \x01\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "a|\x7F and a long value behind it\n"}, ERR_PROTOCOL, true},
	{NULL, {OK, "A|b\n"}, ERR_PROTOCOL, true},
	/* 8.2.2: fields of a connection. */
	{NULL, {OK "connection|close\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "keep-alive|x\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "proxy-connection|x\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "transfer-encoding|chunked\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "upgrade|h2c\n"}, ERR_PROTOCOL, true},
	{NULL, {OK "te|gzip\n"}, ERR_PROTOCOL, true},
	{NULL, {OK, "connection|close\n"}, ERR_PROTOCOL, true},
	/* 8.3: pseudo-fields. */
	{NULL, {""}, ERR_PROTOCOL, true},
	{NULL, {"a|b\n"}, ERR_PROTOCOL, true},
	{NULL, {"a|b\n" OK}, ERR_PROTOCOL, true},
	{NULL, {OK OK}, ERR_PROTOCOL, true},
	{NULL, {OK ":path|/\n"}, ERR_PROTOCOL, true},
	{NULL, {OK ":|x\n"}, ERR_PROTOCOL, true},
	{NULL, {OK, ":status|200\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|20\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|2000\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|20x\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|099\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|101\n"}, ERR_PROTOCOL, false},
	/* RFC 9110 8.6: one length, and none where there is no body. */
	{NULL, {OK "content-length|\n"}, ERR_PROTOCOL, false},
	{NULL, {OK "content-length|x\n"}, ERR_PROTOCOL, false},
	{NULL, {OK "content-length|-1\n"}, ERR_PROTOCOL, false},
	{NULL, {OK "content-length|1, 1\n"}, ERR_PROTOCOL, false},
	{NULL, {OK "content-length|9223372036854775807\n"}, ERR_NONE, false},
	{NULL, {OK "content-length|9223372036854775808\n"}, ERR_PROTOCOL, false},
	{NULL, {OK "content-length|99999999999999999999\n"}, ERR_PROTOCOL, false},
	{NULL, {OK "content-length|1\ncontent-length|1\n"}, ERR_PROTOCOL, false},
	{NULL, {":status|204\ncontent-length|1\n"}, ERR_PROTOCOL, true},
	{NULL, {":status|100\ncontent-length|0\n"}, ERR_PROTOCOL, false},
};

static enum err put_row(struct setting *setting, const struct row *row)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; !err && i < 3 && row->sections[i]; i++) {
		bool is_last = row->is_last && (i == 2 || !row->sections[i + 1]);

		err = put_section(setting, row->sections[i], is_last);
	}
	return err;
}

static void a_response_is_right_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct setting setting;
		enum err err;

		begin(&setting, rows[i].method ? span_str(rows[i].method) : GET);
		err = put_row(&setting, &rows[i]);
		if (err != rows[i].err)
			fail_msg("row %zu: %d", i, err);
		assert_int_equal(!err, !setting.response.what);
		end(&setting);
	}
}

static void a_head_has_what_came(void **state)
{
	struct setting setting;
	const struct response_head *head = &setting.response.head;

	(void)state;
	begin(&setting, GET);
	assert_int_equal(put_section(&setting, ":status|103\nlink|x\n", false), 0);
	assert_false(setting.response.has_head);
	assert_int_equal(head->status, 103);
	assert_int_equal(put_section(&setting, OK "server|s\na|\n", false), 0);
	assert_true(setting.response.has_head);
	assert_int_equal(head->status, 200);
	assert_int_equal(head->version, 20);
	assert_span(head->reason, SPAN("OK"));
	assert_int_equal(head->headers.count, 2);
	assert_span(headers_get(&head->headers, SPAN("server")), SPAN("s"));
	assert_int_equal(put_section(&setting, "trailer|t\n", true), 0);
	assert_int_equal(head->headers.count, 2);
	end(&setting);
}

/* Some bytes of the alphabet. */
static struct span text_of(size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuv"
				      "wxyz-abcdefghijklmnopqrstuvwxyz";

	return span_of(letters, len);
}

static void fields_of_any_length_are_kept_in_order(void **state)
{
	const struct headers *headers;
	struct setting setting;
	struct guard guard = {0};

	(void)state;
	begin(&setting, GET);
	h2_response_begin(&setting.response, &setting.section);
	assert_int_equal(h2_response_put(&setting.response, SPAN(":status"), SPAN("200")),
			 0);
	for (size_t len = 1; len <= 70; len++)
		assert_int_equal(h2_response_put(&setting.response,
						 guard_copy(&guard, text_of(len)),
						 text_of(70 - len)),
				 0);
	assert_int_equal(h2_response_end_section(&setting.response, true), 0);
	headers = &setting.response.head.headers;
	assert_int_equal(headers->count, 70);
	for (size_t i = 0; i < 70; i++) {
		assert_span(headers->at[i].name, text_of(i + 1));
		assert_span(headers->at[i].value, text_of(69 - i));
	}
	guard_done(&guard);
	end(&setting);
}

static void a_section_gives_much_memory_back(void **state)
{
	struct setting setting;

	(void)state;
	begin(&setting, GET);
	h2_response_begin(&setting.response, &setting.section);
	for (size_t i = 0; i < H2_HEAD_MAX_FIELDS; i++)
		assert_int_equal(
			h2_response_put(&setting.response, SPAN("a"), text_of(70)), 0);
	assert_true(setting.section.text.cap > H2_SECTION_KEEP_BYTES);
	h2_response_begin(&setting.response, &setting.section);
	assert_int_equal(setting.section.text.cap, 0);
	assert_int_equal(setting.section.cap, 0);
	end(&setting);
}

/* ---- bodies ---- */

static void a_body_is_as_long_as_the_head_says(void **state)
{
	static const struct {
		const char *method, *head; /* of the request, of the response */
		size_t bytes;		   /* of body */
		enum err data, end;	   /* what is said of them */
	} cases[] = {
		{"GET", OK, 0, ERR_NONE, ERR_NONE},
		{"GET", OK, 1000, ERR_NONE, ERR_NONE},
		{"GET", OK "content-length|3\n", 2, ERR_NONE, ERR_PROTOCOL},
		{"GET", OK "content-length|3\n", 3, ERR_NONE, ERR_NONE},
		{"GET", OK "content-length|3\n", 4, ERR_PROTOCOL, ERR_NONE},
		{"HEAD", OK "content-length|3\n", 1, ERR_PROTOCOL, ERR_NONE},
		{"GET", ":status|204\n", 1, ERR_PROTOCOL, ERR_NONE},
		{"GET", ":status|304\ncontent-length|3\n", 1, ERR_PROTOCOL, ERR_NONE},
		{"GET", ":status|103\n", 1, ERR_PROTOCOL, ERR_PROTOCOL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct setting setting;

		begin(&setting, span_str(cases[i].method));
		assert_int_equal(put_section(&setting, cases[i].head, false), 0);
		assert_int_equal(h2_response_data(&setting.response, cases[i].bytes),
				 cases[i].data);
		if (!cases[i].data)
			assert_int_equal(h2_response_end(&setting.response),
					 cases[i].end);
		end(&setting);
	}
}

static void nothing_comes_before_a_head(void **state)
{
	struct setting setting;

	(void)state;
	begin(&setting, GET);
	assert_int_equal(h2_response_data(&setting.response, 1), ERR_PROTOCOL);
	assert_int_equal(h2_response_end(&setting.response), ERR_PROTOCOL);
	end(&setting);
}

/* ---- limits ---- */

static void sections_have_limits_in_all(void **state)
{
	struct setting setting;
	enum err err = ERR_NONE;
	unsigned count = 0;

	(void)state;
	begin(&setting, GET);
	h2_response_begin(&setting.response, &setting.section);
	while (!(err = h2_response_put(&setting.response, SPAN("a"), SPAN("b"))))
		count++;
	assert_int_equal(err, ERR_LIMIT);
	assert_int_equal(count, H2_HEAD_MAX_FIELDS);
	end(&setting);

	begin(&setting, GET);
	setting.response.bytes_left = 6;
	h2_response_begin(&setting.response, &setting.section);
	assert_int_equal(h2_response_put(&setting.response, SPAN("a"), SPAN("b")), 0);
	assert_int_equal(h2_response_put(&setting.response, SPAN("a"), SPAN("")),
			 ERR_LIMIT);
	end(&setting);
}

static void interim_heads_are_counted(void **state)
{
	struct setting setting;

	(void)state;
	begin(&setting, GET);
	for (unsigned i = 0; i < H2_MAX_INTERIM; i++)
		assert_int_equal(put_section(&setting, ":status|103\n", false), 0);
	assert_int_equal(put_section(&setting, ":status|103\n", false), ERR_LIMIT);
	end(&setting);
}

/* ---- every byte ---- */

static bool is_name_byte(int c)
{
	return c > 0 && c < 0x80 &&
	       (islower(c) || isdigit(c) || strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_value_byte(int c)
{
	return (c >= 0x20 && c != 0x7F) || c == '\t';
}

/* Each byte at each place of a text of len bytes, which lies before a guard page. */
static void judge_bytes(struct setting *setting, size_t len)
{
	struct guard guard = {0};

	for (size_t i = 0; i < len * 256; i++) {
		int c = (int)(i / len);
		char text[40];
		struct span odd;

		memset(text, 'x', len);
		text[i % len] = (char)c;
		odd = guard_copy(&guard, span_of(text, len));
		h2_response_init(&setting->response, &setting->arena, GET);
		h2_response_begin(&setting->response, &setting->section);
		if (c != ':' || i % len)
			assert_int_equal(
				h2_response_put(&setting->response, odd, SPAN("v")),
				is_name_byte(c) ? ERR_NONE : ERR_PROTOCOL);
		if ((c != ' ' && c != '\t') || (i % len && i % len != len - 1))
			assert_int_equal(
				h2_response_put(&setting->response, SPAN("n"), odd),
				is_value_byte(c) ? ERR_NONE : ERR_PROTOCOL);
		arena_done(&setting->arena);
		arena_init(&setting->arena);
	}
	guard_done(&guard);
}

static void each_byte_is_judged_wherever_it_stands(void **state)
{
	static const size_t lengths[] = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33};
	struct setting setting;

	(void)state;
	begin(&setting, GET);
	for (size_t i = 0; i < TEST_COUNT(lengths); i++)
		judge_bytes(&setting, lengths[i]);
	end(&setting);
}

/* ---- memory ---- */

static void memory_may_run_out(void **state)
{
	unsigned long n = 1;
	enum err err;

	(void)state;
	do {
		struct setting setting;

		begin(&setting, GET);
		mem_fail_at(n++);
		err = put_section(&setting, OK "a|b\nserver|s\n", true);
		mem_fail_at(0);
		assert_true(!err || err == ERR_NO_MEMORY);
		end(&setting);
	} while (err);
	assert_true(n > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_is_right_or_refused),
		cmocka_unit_test(a_head_has_what_came),
		cmocka_unit_test(fields_of_any_length_are_kept_in_order),
		cmocka_unit_test(a_section_gives_much_memory_back),
		cmocka_unit_test(a_body_is_as_long_as_the_head_says),
		cmocka_unit_test(nothing_comes_before_a_head),
		cmocka_unit_test(sections_have_limits_in_all),
		cmocka_unit_test(interim_heads_are_counted),
		cmocka_unit_test(each_byte_is_judged_wherever_it_stands),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
