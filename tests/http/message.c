/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "http/message.h"

static void known_methods_are_put_in_capitals(void **state)
{
	static const char *const rows[][2] = {
		{"get", "GET"},		{"GET", "GET"},		  {"Post", "POST"},
		{"hEAD", "HEAD"},	{"put", "PUT"},		  {"delete", "DELETE"},
		{"options", "OPTIONS"}, {"patch", "patch"},	  {"PATCH", "PATCH"},
		{"gets", "gets"},	{"PROPFIND", "PROPFIND"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_span(message_method(span_str(rows[i][0])), span_str(rows[i][1]));
}

static void methods_have_the_properties_of_rfc_9110_9(void **state)
{
	static const struct {
		const char *method;
		bool is_forbidden;
		bool is_idempotent;
		bool has_no_body;
		bool expects_body;
	} rows[] = {
		{"GET", false, true, true, false},
		{"HEAD", false, true, true, false},
		{"POST", false, false, false, true},
		{"PUT", false, true, false, true},
		{"PATCH", false, false, false, true},
		{"DELETE", false, true, false, false},
		{"OPTIONS", false, true, false, false},
		{"TRACE", true, true, false, false},
		{"trace", true, false, false, false},
		{"connect", true, false, false, false},
		{"Track", true, false, false, false},
		{"patch", false, false, false, false},
		{"LOCK", false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span method = span_str(rows[i].method);

		assert_int_equal(message_is_forbidden_method(method),
				 rows[i].is_forbidden);
		assert_int_equal(message_is_idempotent(method), rows[i].is_idempotent);
		assert_int_equal(message_has_no_body(method), rows[i].has_no_body);
		assert_int_equal(message_expects_body(method), rows[i].expects_body);
	}
}

/* A response by its version, status and up to three fields. */
struct response {
	unsigned version;
	unsigned status;
	const char *fields[6]; /* name, value, name, value, ... up to NULL */
};

static void make(const struct response *from, struct arena *arena,
		 struct response_head *head)
{
	*head = (struct response_head){.status = from->status, .version = from->version};
	arena_init(arena);
	headers_init(&head->headers, arena);
	for (size_t i = 0; i < TEST_COUNT(from->fields) && from->fields[i]; i += 2)
		assert_int_equal(headers_put(&head->headers, span_str(from->fields[i]),
					     span_str(from->fields[i + 1])),
				 0);
}

#define CL "Content-Length"
#define TE "Transfer-Encoding"

/* What stands for a refusal in the table. */
#define REFUSED ((enum message_framing)99)

/* Responses, and how their bodies end. */
static const struct {
	struct response response;
	const char *method;
	enum message_framing framing;
	uint64_t length;
} framings[] = {
	{{11, 200, {NULL}}, "GET", MESSAGE_UNTIL_CLOSE, 0},
	{{10, 200, {NULL}}, "GET", MESSAGE_UNTIL_CLOSE, 0},
	{{11, 200, {CL, "5"}}, "GET", MESSAGE_LENGTH, 5},
	{{10, 200, {CL, "5"}}, "POST", MESSAGE_LENGTH, 5},
	{{20, 200, {CL, "5"}}, "GET", MESSAGE_LENGTH, 5},
	{{11, 200, {CL, "0"}}, "GET", MESSAGE_LENGTH, 0},
	{{11, 200, {TE, "chunked"}}, "GET", MESSAGE_CHUNKED, 0},
	{{11, 200, {TE, "Chunked"}}, "GET", MESSAGE_CHUNKED, 0},
	{{11, 404, {"transfer-ENCODING", "chunked"}}, "GET", MESSAGE_CHUNKED, 0},
	/* No body, whatever the fields say. */
	{{11, 200, {CL, "5"}}, "HEAD", MESSAGE_EMPTY, 0},
	{{11, 200, {TE, "chunked"}}, "HEAD", MESSAGE_EMPTY, 0},
	{{11, 200, {CL, "5"}}, "head", MESSAGE_LENGTH, 5},
	{{11, 204, {CL, "5"}}, "GET", MESSAGE_EMPTY, 0},
	{{11, 304, {CL, "5", TE, "chunked"}}, "GET", MESSAGE_EMPTY, 0},
	{{11, 100, {CL, "x"}}, "GET", MESSAGE_EMPTY, 0},
	{{11, 205, {NULL}}, "GET", MESSAGE_UNTIL_CLOSE, 0},
	{{11, 200, {NULL}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{10, 200, {NULL}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{11, 200, {CL, "5"}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{11, 200, {CL, "x"}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{11, 200, {CL, "5", CL, "6"}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{11, 200, {TE, "chunked"}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{11, 200, {CL, "5", TE, "gzip"}}, "CONNECT", MESSAGE_EMPTY, 0},
	{{11, 299, {TE, "chunked"}}, "CONNECT", MESSAGE_EMPTY, 0},
	/* But of a refusal, and of another method. */
	{{11, 407, {CL, "5"}}, "CONNECT", MESSAGE_LENGTH, 5},
	{{11, 407, {TE, "chunked"}}, "CONNECT", MESSAGE_CHUNKED, 0},
	{{11, 302, {CL, "5"}}, "CONNECT", MESSAGE_LENGTH, 5},
	{{11, 502, {NULL}}, "CONNECT", MESSAGE_UNTIL_CLOSE, 0},
	{{11, 407, {CL, "x"}}, "CONNECT", REFUSED, 0},
	{{11, 200, {CL, "5"}}, "Connect", MESSAGE_LENGTH, 5},
	/* Content-Length. */
	{{11, 200, {CL, "5", CL, "5"}}, "GET", MESSAGE_LENGTH, 5},
	{{11, 200, {CL, "5, 5"}}, "GET", MESSAGE_LENGTH, 5},
	{{11, 200, {CL, "5,5\t,5", CL, "05"}}, "GET", MESSAGE_LENGTH, 5},
	{{11, 200, {CL, "9223372036854775807"}}, "GET", MESSAGE_LENGTH, INT64_MAX},
	{{11, 200, {CL, "9223372036854775808"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "18446744073709551621"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5", CL, "6"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5, 6"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5", "A", "b", CL, "4"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, ""}}, "GET", REFUSED, 0},
	{{11, 200, {CL, ","}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5,"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, ",5"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "+5"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "-5"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5 5"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "0x5"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5a"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5.0"}}, "GET", REFUSED, 0},
	{{11, 200, {CL, "5;a"}}, "GET", REFUSED, 0},
	/* Transfer-Encoding. */
	{{11, 200, {CL, "5", TE, "chunked"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "chunked", CL, "5"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "gzip"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "gzip, chunked"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "chunked, gzip"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "chunked, chunked"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "chunked", TE, "chunked"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "chunked", TE, "identity"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "identity"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "chunked;a=b"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "\"chunked\""}}, "GET", REFUSED, 0},
	{{11, 200, {TE, "xchunked"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, ", chunked"}}, "GET", REFUSED, 0},
	{{11, 200, {TE, ""}}, "GET", REFUSED, 0},
	{{10, 200, {TE, "chunked"}}, "GET", REFUSED, 0},
	{{20, 200, {TE, "chunked"}}, "GET", REFUSED, 0},
};

static void the_body_ends_as_rfc_9112_6_3_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(framings); i++) {
		struct arena arena;
		struct response_head head;
		enum message_framing framing = REFUSED;
		uint64_t length = 77;
		enum err err;

		make(&framings[i].response, &arena, &head);
		err = message_framing(&head, span_str(framings[i].method), &framing,
				      &length);
		if (framing != framings[i].framing)
			print_error("row %zu\n", i);
		assert_int_equal(err, framings[i].framing == REFUSED ? ERR_PROTOCOL : 0);
		assert_int_equal(framing, framings[i].framing);
		assert_int_equal(length, framing == REFUSED ? 77 : framings[i].length);
		arena_done(&arena);
	}
}

#undef CL
#undef TE

static void the_connection_persists_as_rfc_9112_9_3_says(void **state)
{
	static const struct {
		struct response response;
		bool is_persistent;
	} rows[] = {
		{{11, 200, {NULL}}, true},
		{{11, 200, {"Connection", "close"}}, false},
		{{11, 200, {"Connection", "CLOSE"}}, false},
		{{11, 200, {"Connection", "keep-alive"}}, true},
		{{11, 200, {"Connection", "x, close ,y"}}, false},
		{{11, 200, {"Connection", "x", "connection", "close"}}, false},
		{{11, 200, {"Connection", "closed"}}, true},
		{{11, 200, {"Proxy-Connection", "close"}}, true},
		{{10, 200, {NULL}}, false},
		{{10, 200, {"Connection", "Keep-Alive"}}, true},
		{{10, 200, {"Connection", "x", "Connection", "keep-alive"}}, true},
		{{10, 200, {"Connection", "keep-alive, close"}}, false},
		{{10, 200, {"Connection", "close", "Connection", "keep-alive"}}, false},
		{{20, 200, {NULL}}, true},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct response_head head;

		make(&rows[i].response, &arena, &head);
		assert_int_equal(message_is_persistent(&head), rows[i].is_persistent);
		arena_done(&arena);
	}
}

static void a_status_has_its_standard_phrase(void **state)
{
	(void)state;
	assert_span(message_phrase(200), SPAN("OK"));
	assert_span(message_phrase(404), SPAN("Not Found"));
	assert_span(message_phrase(511), SPAN("Network Authentication Required"));
	assert_span(message_phrase(299), SPAN(""));
	assert_span(message_phrase(0), SPAN(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_methods_are_put_in_capitals),
		cmocka_unit_test(methods_have_the_properties_of_rfc_9110_9),
		cmocka_unit_test(the_body_ends_as_rfc_9112_6_3_says),
		cmocka_unit_test(the_connection_persists_as_rfc_9112_9_3_says),
		cmocka_unit_test(a_status_has_its_standard_phrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
