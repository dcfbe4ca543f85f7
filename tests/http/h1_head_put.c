/* SPDX-License-Identifier: MIT */
/* Heads of requests, as they are written. */
#include "lib/test.h"

#include "base/mem.h"
#include "http/h1_head.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

/* A request by its method, body and fields. */
struct request {
	const char *method;
	uint64_t body_length;
	const char *fields[6]; /* name, value, ... up to NULL */
	const char *head;      /* that is expected */
};

/* How a list comes by its fields. */
enum fields_way { PUT_ONE_BY_ONE, LAID_OUT };

/* Fills an empty list with name, value, ... up to NULL; *out_text is to be freed with
 * mem_free, and NULL for a list that was not laid out. */
static void fill(struct headers *headers, const char *const from[6], enum fields_way way,
		 char **out_text)
{
	static struct headers_field fields[3];
	uint32_t count = 0;

	*out_text = NULL;
	for (size_t i = 0; i < 6 && from[i]; i += 2)
		fields[count++] =
			(struct headers_field){span_str(from[i]), span_str(from[i + 1])};
	if (way == LAID_OUT) {
		assert_int_equal(h1_head_lay_out(fields, count, out_text), 0);
		headers_borrow(headers, fields, count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(headers_put(headers, fields[i].name, fields[i].value),
				 0);
}

/* Whether a list with such a field may be laid out. */
static bool may_be_laid_out(const char *const fields[6])
{
	for (size_t i = 0; i < 6 && fields[i]; i += 2) {
		struct span name = span_str(fields[i]);

		if (headers_is_name(name, SPAN("Host")) ||
		    headers_is_name(name, SPAN("Authorization")))
			return false;
	}
	return true;
}

static void put_request(const struct request *from, enum fields_way way, struct buf *out,
			enum err expected)
{
	const struct url url = url_of_request(SPAN("example.com:8080/a?b=c"), 16, false);
	struct request_head request = {.method = span_str(from->method),
				       .url = &url,
				       .body_length = from->body_length};
	struct arena arena;
	char *text;

	arena_init(&arena);
	headers_init(&request.headers, &arena);
	fill(&request.headers, from->fields, way, &text);
	mem_fail_at(expected ? 1 : 0);
	assert_int_equal(h1_head_put(out, &request), expected);
	mem_fail_at(0);
	mem_free(text);
	arena_done(&arena);
}

#define HOST "Host: example.com:8080\r\n"

static const struct request requests[] = {
	{"GET", MESSAGE_NO_BODY, {NULL}, "GET /a?b=c HTTP/1.1\r\n" HOST "\r\n"},
	{"GET",
	 MESSAGE_NO_BODY,
	 {"Accept", "*/*", "X", ""},
	 "GET /a?b=c HTTP/1.1\r\n" HOST "Accept: */*\r\nX: \r\n\r\n"},
	{"GET",
	 MESSAGE_NO_BODY,
	 {"A", "b", "hOST", "other", "C", "d"},
	 "GET /a?b=c HTTP/1.1\r\nA: b\r\nhOST: other\r\nC: d\r\n\r\n"},
	{"POST",
	 5,
	 {"A", "b"},
	 "POST /a?b=c HTTP/1.1\r\n" HOST "A: b\r\nContent-Length: 5\r\n\r\n"},
	{"POST",
	 UINT64_MAX - 2,
	 {NULL},
	 "POST /a?b=c HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551613\r\n\r\n"},
	{"POST",
	 MESSAGE_NO_BODY,
	 {NULL},
	 "POST /a?b=c HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
	{"PUT",
	 MESSAGE_NO_BODY,
	 {NULL},
	 "PUT /a?b=c HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
	{"DELETE", MESSAGE_NO_BODY, {NULL}, "DELETE /a?b=c HTTP/1.1\r\n" HOST "\r\n"},
	{"DELETE",
	 0,
	 {NULL},
	 "DELETE /a?b=c HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
	{"PATCH",
	 MESSAGE_LENGTH_UNKNOWN,
	 {NULL},
	 "PATCH /a?b=c HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
};

#undef HOST

static void a_request_head_is_written_as_its_parts_say(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(requests); i++) {
		buf_init(&out);
		put_request(&requests[i], PUT_ONE_BY_ONE, &out, ERR_NONE);
		assert_span(buf_span(&out), span_str(requests[i].head));
		buf_done(&out);
	}
}

/* A request to an origin with userinfo and fragment, and with which right. */
struct access_row {
	struct request_access access;
	bool is_https;
	const char *fields[6]; /* name, value, ... up to NULL */
	const char *head;      /* that is expected */
};

#define HOST "Host: example.com:8080\r\n"
#define LINE "GET /a?b=c HTTP/1.1\r\n"
#define FULL "GET http://example.com:8080/a?b=c HTTP/1.1\r\n"

static const struct access_row access_rows[] = {
	{{.is_for_proxy = false}, false, {"A", "b"}, LINE HOST "A: b\r\n\r\n"},
	{{.is_for_proxy = true}, false, {"A", "b"}, FULL HOST "A: b\r\n\r\n"},
	{{.is_for_proxy = true},
	 true,
	 {NULL},
	 "GET https://example.com:8080/a?b=c HTTP/1.1\r\n" HOST "\r\n"},
	{{.is_for_proxy = true},
	 false,
	 {"A", "b", "Host", "other"},
	 FULL "A: b\r\nHost: other\r\n\r\n"},
	{{.is_for_proxy = false},
	 false,
	 {"authorization", "theirs"},
	 LINE HOST "authorization: theirs\r\n\r\n"},
	{{.authorization = TEXT("Basic YTpi")},
	 false,
	 {"A", "b"},
	 LINE HOST "A: b\r\nAuthorization: Basic YTpi\r\n\r\n"},
	{{.authorization = TEXT("ours")},
	 false,
	 {"authorization", "theirs", "A", "b", "AUTHORIZATION", "more"},
	 LINE HOST "A: b\r\nAuthorization: ours\r\n\r\n"},
	{{.proxy_authorization = TEXT("ours")},
	 false,
	 {"Authorization", "theirs"},
	 LINE HOST "Authorization: theirs\r\nProxy-Authorization: ours\r\n\r\n"},
	{{.authorization = TEXT("x"),
	  .proxy_authorization = TEXT("y"),
	  .is_for_proxy = true},
	 true,
	 {NULL},
	 "GET https://example.com:8080/a?b=c HTTP/1.1\r\n" HOST "Authorization: x\r\n"
	 "Proxy-Authorization: y\r\n\r\n"},
};

#undef FULL
#undef LINE
#undef HOST

static void put_access_row(const struct access_row *row, enum fields_way way,
			   uint64_t body_length, struct buf *out)
{
	struct span text = row->is_https
				   ? SPAN("https://user:secret@example.com:8080/a?b=c#d")
				   : SPAN("http://user:secret@example.com:8080/a?b=c#d");
	struct url url;
	struct request_head request = {.method = SPAN("GET"),
				       .url = &url,
				       .body_length = body_length,
				       .access = &row->access};
	struct arena arena;
	char *lent;

	arena_init(&arena);
	assert_int_equal(url_parse(&arena, text, NULL, &url), 0);
	headers_init(&request.headers, &arena);
	fill(&request.headers, row->fields, way, &lent);
	assert_int_equal(h1_head_put(out, &request), 0);
	mem_free(lent);
	arena_done(&arena);
}

static void a_request_head_is_written_as_its_access_says(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(access_rows); i++) {
		buf_init(&out);
		put_access_row(&access_rows[i], PUT_ONE_BY_ONE, MESSAGE_NO_BODY, &out);
		assert_span(buf_span(&out), span_str(access_rows[i].head));
		buf_done(&out);
	}
}

static void fields_that_were_laid_out_are_written_the_same(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	for (size_t i = 0; i < TEST_COUNT(requests); i++) {
		if (!may_be_laid_out(requests[i].fields))
			continue;
		buf_clear(&out);
		put_request(&requests[i], LAID_OUT, &out, ERR_NONE);
		assert_span(buf_span(&out), span_str(requests[i].head));
	}
	for (size_t i = 0; i < TEST_COUNT(access_rows); i++) {
		if (!may_be_laid_out(access_rows[i].fields))
			continue;
		buf_clear(&out);
		put_access_row(&access_rows[i], LAID_OUT, MESSAGE_NO_BODY, &out);
		assert_span(buf_span(&out), span_str(access_rows[i].head));
	}
	buf_done(&out);
}

/* What is put behind them is sent too, and what they were laid out of may go. */
static void fields_that_were_laid_out_may_be_followed_by_others(void **state)
{
	const struct url url = url_of_request(SPAN("h/"), 1, false);
	struct headers_field field = {SPAN("A"), SPAN("b")};
	struct request_head request = {
		.method = SPAN("GET"), .url = &url, .body_length = MESSAGE_NO_BODY};
	struct buf out = {0};
	struct arena arena;
	char *text;

	(void)state;
	arena_init(&arena);
	headers_init(&request.headers, &arena);
	assert_int_equal(h1_head_lay_out(&field, 1, &text), 0);
	headers_borrow(&request.headers, &field, 1);
	assert_int_equal(headers_put(&request.headers, SPAN("C"), SPAN("d")), 0);
	assert_int_equal(h1_head_put(&out, &request), 0);
	assert_span(buf_span(&out),
		    SPAN("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nC: d\r\n\r\n"));
	buf_done(&out);
	mem_free(text);
	arena_done(&arena);
}

static void fields_are_not_laid_out_without_memory(void **state)
{
	struct headers_field field = {SPAN("A"), SPAN("b")};
	char *text = NULL;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(h1_head_lay_out(&field, 1, &text), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_null(text);
	assert_span(field.name, SPAN("A"));
}

/* Every length of a value, so that the room that was made is filled to its end; a
 * sanitizer sees a byte behind it. */
static void the_room_for_a_request_head_suffices(void **state)
{
	static const char filling[256] = {0};

	(void)state;
	for (size_t len = 1; len < sizeof(filling); len++) {
		struct access_row row = {.access = {.authorization = {filling, len},
						    .proxy_authorization = {filling, len},
						    .is_for_proxy = true},
					 .is_https = true};
		struct buf out = {0};

		put_access_row(&row, PUT_ONE_BY_ONE, UINT64_MAX - 2, &out);
		assert_true(out.len <= out.cap);
		buf_done(&out);
	}
}

static void a_request_head_is_appended_or_nothing_is(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	assert_int_equal(buf_put_str(&out, "before"), 0);
	put_request(&requests[1], PUT_ONE_BY_ONE, &out, ERR_NO_MEMORY);
	assert_span(buf_span(&out), SPAN("before"));
	put_request(&requests[0], PUT_ONE_BY_ONE, &out, ERR_NONE);
	assert_true(span_has_prefix(buf_span(&out), SPAN("beforeGET ")));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_head_is_written_as_its_parts_say),
		cmocka_unit_test(a_request_head_is_written_as_its_access_says),
		cmocka_unit_test(fields_that_were_laid_out_are_written_the_same),
		cmocka_unit_test(fields_that_were_laid_out_may_be_followed_by_others),
		cmocka_unit_test(fields_are_not_laid_out_without_memory),
		cmocka_unit_test(the_room_for_a_request_head_suffices),
		cmocka_unit_test(a_request_head_is_appended_or_nothing_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
