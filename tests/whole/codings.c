/* SPDX-License-Identifier: MIT */
/* Contract P11 and R13: content codings, where all goes well. */
#include "coded.h"
#include "lib/test.h"

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"
#include "lib/wide_text.h"

/* More than the loop's buffer, and than a socket takes at once. */
#define LARGE_BYTES (700u * 1000)

#define OK_CODED(names) "200 OK\r\nA: b\r\nContent-Encoding: " names "\r\n"

/* An origin that answers one request with these bytes, and closes behind a body that ends
 * so. */
static struct origin *answer_with(struct span response, enum coded_framing framing)
{
	struct origin_step close =
		framing == CODED_BY_CLOSE ? (struct origin_step)ORIGIN_CLOSE()
					  : (struct origin_step){.verb = ORIGIN_VERB_END};

	return ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		      ORIGIN_SEND_BYTES(response.at, response.len), close);
}

/* An exchange whose response is this head and this body. Every byte that the client gets
 * is of the pattern, or it is kept. */
static struct client *exchange(const char *head, struct span body,
			       enum coded_framing framing, size_t piece, bool is_pattern)
{
	struct span response = coded_response(head, body, framing, piece);
	struct origin *origin = answer_with(response, framing);
	struct client *client = client_new();

	client->expects_pattern = is_pattern;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	origin_end(origin);
	coded_free(response);
	return client;
}

static const char *const chains[] = {"g",  "d",	 "r",  "b",   "z",   "gg",
				     "gb", "bz", "zd", "gbz", "rrr", "gdbzg"};

static const size_t lengths[] = {0, 1, 5, 8192, LARGE_BYTES};

static void check_chain(const char *letters, size_t len, enum coded_framing framing,
			size_t piece)
{
	struct span content = coded_pattern(len);
	struct span body = coded(content, letters);
	struct client *client;
	char head[128];

	snprintf(head, sizeof(head), OK_CODED("%s"), coded_names(letters));
	client = exchange(head, body, framing, piece, true);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, len);
	assert_string_equal(client->order, len ? "hdR" : "hR");
	client_end(client);
	coded_free(body);
	coded_free(content);
}

static void every_chain_is_undone_in_every_framing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(chains); i++)
		for (size_t j = 0; j < TEST_COUNT(lengths); j++)
			for (int framing = 0; framing < CODED_FRAMINGS; framing++)
				check_chain(chains[i], lengths[j],
					    (enum coded_framing)framing, 5000);
}

static void tiny_chunks_change_nothing(void **state)
{
	static const size_t pieces[] = {1, 2, 3, 7, 64};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(chains); i++)
		for (size_t j = 0; j < TEST_COUNT(pieces); j++)
			check_chain(chains[i], 20000, CODED_BY_CHUNKS, pieces[j]);
}

static void bytes_that_come_one_by_one_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(chains); i++) {
		struct origin_step steps[ORIGIN_MAX_STEPS] = {ORIGIN_EXPECT_ANY_HEAD()};
		struct span body = coded(SPAN("hello"), chains[i]);
		struct span response;
		struct origin *origin;
		size_t bytes, first;
		char head[128];

		snprintf(head, sizeof(head), OK_CODED("%s"), coded_names(chains[i]));
		response = coded_response(head, body, CODED_BY_LENGTH, 0);
		bytes = body.len < ORIGIN_MAX_STEPS - 3 ? body.len : ORIGIN_MAX_STEPS - 3;
		first = response.len - bytes;
		steps[1] = (struct origin_step)ORIGIN_SEND_BYTES(response.at, first);
		for (size_t n = 0; n < bytes; n++)
			steps[2 + n] = (struct origin_step)ORIGIN_SEND_BYTES(
				response.at + first + n, 1);
		origin = origin_start(steps);
		client_finish(client_start("GET", origin_url(origin, "/")), 200, "hello");
		origin_end(origin);
		coded_free(response);
		coded_free(body);
	}
}

/* ---- what the fields say ---- */

struct field_case {
	const char *name;    /* of the case */
	const char *head;    /* of the response */
	const char *letters; /* how "hello" is coded */
	bool is_decoded;     /* and whether that is undone */
};

static const struct field_case fields[] = {
	{"x-gzip", OK_CODED("x-gzip"), "g", true},
	{"large letters", OK_CODED("GZIP"), "g", true},
	{"an empty list", OK_CODED(""), "", false},
	{"identity", OK_CODED("identity"), "", false},
	{"identity among others", OK_CODED("gzip, identity, br"), "gb", true},
	{"empty elements", OK_CODED(", gzip,\t, br ,"), "gb", true},
	{"two fields",
	 "200 OK\r\nContent-Encoding: gzip\r\nA: b\r\ncontent-encoding: br, zstd\r\n",
	 "gbz", true},
	{"no field", "200 OK\r\nA: b\r\n", "g", false},
	{"an unknown coding", OK_CODED("compress"), "g", false},
	{"an unknown coding behind another", OK_CODED("gzip, sdch"), "g", false},
	{"an unknown coding before another", OK_CODED("sdch, gzip"), "g", false},
	{"no token", OK_CODED("gzip;q=1"), "g", false},
	{"another status", "404 Not Found\r\nA: b\r\nContent-Encoding: gzip\r\n", "g",
	 true},
	{"a partial one", "206 Partial Content\r\nA: b\r\nContent-Encoding: gzip\r\n",
	 "g", true},
};

/* Asserts that a response has no such field; a failure is no failure of memory. */
static void expect_no_field(struct client *client, const char *name)
{
	WCHAR *wide = wide_text_new(name);
	WCHAR *value = (WCHAR *)1;

	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(client->xhr, wide, &value),
			 HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
	assert_null(value);
	free(wide);
}

static void check_fields(struct client *client, const struct field_case *c,
			 struct span body)
{
	char whole[512];

	if (c->is_decoded) {
		assert_string_equal(client->headers, "A: b\r\n\r\n");
		expect_no_field(client, "Content-Encoding");
		expect_no_field(client, "content-length");
		return;
	}
	snprintf(whole, sizeof(whole), "%sContent-Length: %zu\r\n\r\n",
		 strstr(c->head, "\r\n") + 2, body.len);
	assert_string_equal(client->headers, whole);
	snprintf(whole, sizeof(whole), "%zu", body.len);
	assert_string_equal(client_response_header(client, "content-length"), whole);
}

static void fields_say_what_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		const struct field_case *c = &fields[i];
		struct span body = coded(SPAN("hello"), c->letters);
		struct client *client =
			exchange(c->head, body, CODED_BY_LENGTH, 0, false);

		print_message("  %s\n", c->name);
		assert_int_equal(client->error, S_OK);
		assert_int_equal(client->status, atoi(c->head));
		check_fields(client, c, body);
		assert_span(span_of(client->bytes, client->len),
			    c->is_decoded ? SPAN("hello") : body);
		client_end(client);
		coded_free(body);
	}
}

static void chunks_stay_in_the_list_of_fields(void **state)
{
	struct span body = coded(SPAN("hello"), "g");
	struct client *client =
		exchange(OK_CODED("gzip"), body, CODED_BY_CHUNKS, 3, false);

	(void)state;
	client_expect(client, 200, "hello");
	assert_string_equal(client->headers,
			    "A: b\r\nTransfer-Encoding: chunked\r\n\r\n");
	client_end(client);
	coded_free(body);
}

static void a_body_without_a_byte_is_complete(void **state)
{
	(void)state;
	for (int framing = 0; framing < CODED_FRAMINGS; framing++) {
		struct client *client = exchange(OK_CODED("gzip, br"), SPAN(""),
						 (enum coded_framing)framing, 1, false);

		client_expect(client, 200, "");
		assert_string_equal(client->order, "hR");
		expect_no_field(client, "Content-Encoding");
		client_end(client);
	}
}

static void responses_without_a_body_keep_their_fields(void **state)
{
	static const struct {
		const char *method; /* of the request */
		const char *head;   /* of the response, up to where its fields begin */
	} cases[] = {
		{"HEAD", "200 OK"},
		{"GET", "204 No Content"},
		{"GET", "304 Not Modified"},
	};
	static const char told[] = "Content-Encoding: gzip\r\nETag: \"x\"\r\n\r\n";

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char head[256];
		struct origin *origin;
		struct client *client;

		snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s", cases[i].head, told);
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(head),
				ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
		client = client_start(cases[i].method, origin_url(origin, "/"));
		client_wait(client);
		client_expect(client, (DWORD)atoi(cases[i].head), "");
		assert_string_equal(client->headers, told);
		assert_string_equal(client->order, "hR");
		client_end(client);
		client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
		origin_end(origin);
	}
}

static void the_length_of_head_stays(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Encoding: br, foo, gzip\r\n"
			    "Content-Length: 1234\r\n\r\n"));
	struct client *client = client_start("HEAD", origin_url(origin, "/"));

	(void)state;
	client_wait(client);
	client_expect(client, 200, "");
	assert_string_equal(client_response_header(client, "Content-Length"), "1234");
	assert_string_equal(client_response_header(client, "Content-Encoding"),
			    "br, foo, gzip");
	client_end(client);
	origin_end(origin);
}

/* ---- what is asked for ---- */

struct offer_case {
	const char *name;	/* of the case */
	const char *headers[4]; /* set by the program: names and values */
	bool has_no_defaults;	/* NO_DEFAULT_HEADERS */
	const char *expected;	/* as ORIGIN_EXPECT_HEAD has it */
	bool is_decoded;	/* a gzip body is */
};

static const struct offer_case offers[] = {
	{"by default", {0}, false, "Accept-Encoding: gzip, deflate, br, zstd", true},
	{"with other fields",
	 {"Accept", "a/b"},
	 false,
	 "Accept-Encoding: gzip, deflate, br, zstd",
	 true},
	{"a range", {"Range", "bytes=0-9"}, false, "Accept-Encoding: identity", false},
	{"a field of the program's",
	 {"Accept-Encoding", "gzip"},
	 false,
	 "Accept-Encoding: gzip",
	 false},
	{"the same as ours",
	 {"accept-encoding", "gzip, deflate, br, zstd"},
	 false,
	 "Accept-Encoding: gzip, deflate, br, zstd",
	 false},
	{"with a range",
	 {"Range", "bytes=0-9", "Accept-Encoding", "br"},
	 false,
	 "Accept-Encoding: br",
	 false},
	{"an empty range",
	 {"Range", ""},
	 false,
	 "Accept-Encoding: gzip, deflate, br, zstd",
	 true},
	{"an empty one", {"Accept-Encoding", ""}, false, "!Accept-Encoding", false},
	{"no defaults", {0}, true, "!Accept-Encoding", false},
	{"no defaults, and one of the program's",
	 {"Accept-Encoding", "gzip"},
	 true,
	 "Accept-Encoding: gzip",
	 false},
};

static void check_offer(const struct offer_case *c, struct span body,
			struct span response)
{
	struct origin_step head = ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", c->expected);
	struct origin *origin =
		ORIGIN(head, ORIGIN_SEND_BYTES(response.at, response.len));
	struct client *client = client_new();

	print_message("  %s\n", c->name);
	client_open(client, "GET", origin_url(origin, "/"));
	if (c->has_no_defaults)
		client_property(client, XHR_PROP_NO_DEFAULT_HEADERS, TRUE);
	for (unsigned i = 0; i < 4 && c->headers[i]; i += 2)
		client_header(client, c->headers[i], c->headers[i + 1]);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_span(span_of(client->bytes, client->len),
		    c->is_decoded ? SPAN("hello") : body);
	assert_string_equal(client_response_header(client, "Content-Encoding"),
			    c->is_decoded ? "" : "gzip");
	client_end(client);
	origin_end(origin);
}

static void only_what_we_have_offered_is_decoded(void **state)
{
	struct span body = coded(SPAN("hello"), "g");
	struct span response = coded_response("200 OK\r\nContent-Encoding: gzip\r\n",
					      body, CODED_BY_LENGTH, 0);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(offers); i++)
		check_offer(&offers[i], body, response);
	coded_free(response);
	coded_free(body);
}

static void an_object_offers_anew_each_time_it_is_opened(void **state)
{
	struct span body = coded(SPAN("hello"), "z");
	struct span response = coded_response("200 OK\r\nContent-Encoding: zstd\r\n",
					      body, CODED_BY_LENGTH, 0);
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Accept-Encoding: zstd"),
		       ORIGIN_SEND_BYTES(response.at, response.len),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1",
					  "Accept-Encoding: gzip, deflate, br, zstd"),
		       ORIGIN_SEND_BYTES(response.at, response.len));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_header(client, "Accept-Encoding", "zstd");
	client_send(client);
	client_wait(client);
	assert_span(span_of(client->bytes, client->len), body);
	client->len = 0;
	client_open(client, "GET", origin_url(origin, "/b"));
	client_send(client);
	client_finish(client, 200, "hello");
	origin_end(origin);
	coded_free(response);
	coded_free(body);
}

/* ---- ends ---- */

static void further_members_and_frames_belong_to_the_content(void **state)
{
	static const struct {
		const char *letters; /* of each part */
		const char *head;    /* of the response */
	} cases[] = {{"g", OK_CODED("gzip")}, {"z", OK_CODED("zstd")}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct span one = coded(SPAN("one "), cases[i].letters);
		struct span none = coded(SPAN(""), cases[i].letters);
		struct span two = coded(SPAN("two"), cases[i].letters);
		struct span begin = coded_join(one, none), all = coded_join(begin, two);
		struct client *client =
			exchange(cases[i].head, all, CODED_BY_CHUNKS, 1, false);

		client_expect(client, 200, "one two");
		client_end(client);
		coded_free(one);
		coded_free(none);
		coded_free(two);
		coded_free(begin);
		coded_free(all);
	}
}

/* A wrong coding would take the next response for the end of this one. */
static void after_all_that_the_connection_serves_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(chains); i++)
		for (int framing = CODED_BY_LENGTH; framing < CODED_BY_CLOSE; framing++) {
			struct span good = coded(SPAN("hello"), chains[i]);
			struct span body = coded_join(good, SPAN("\0\0rubbish"));
			struct span response;
			struct origin *origin;
			char head[128];

			snprintf(head, sizeof(head), OK_CODED("%s"),
				 coded_names(chains[i]));
			response = coded_response(head, body, (enum coded_framing)framing,
						  4);
			origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					ORIGIN_SEND_BYTES(response.at, response.len),
					ORIGIN_REPEAT(2, 2), ORIGIN_EXPECT_ANY_HEAD(),
					ORIGIN_ANSWER("200 OK", "plain"));
			for (int n = 0; n < 3; n++)
				client_finish(
					client_start("GET", origin_url(origin, "/")), 200,
					"hello");
			client_finish(client_start("GET", origin_url(origin, "/")), 200,
				      "plain");
			origin_join(origin);
			assert_int_equal(origin_connections(origin), 1);
			origin_stop(origin);
			coded_free(response);
			coded_free(body);
			coded_free(good);
		}
}

/* ---- streams ---- */

static void decoded_bytes_go_to_a_stream_of_the_program(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(chains); i++) {
		struct span content = coded_pattern(LARGE_BYTES);
		struct span body = coded(content, chains[i]);
		struct tape *sink = tape_new("", 0);
		struct client *client = client_new();
		struct span response;
		struct origin *origin;
		char head[128];

		snprintf(head, sizeof(head), OK_CODED("%s"), coded_names(chains[i]));
		response = coded_response(head, body, CODED_BY_LENGTH, 0);
		origin = answer_with(response, CODED_BY_LENGTH);
		sink->is_pattern = true;
		tape_be_sink(sink, client);
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_finish(client, 200, NULL);
		assert_int_equal(sink->pattern_len, LARGE_BYTES);
		assert_int_equal(sink->ends, 1);
		tape_end(sink);
		origin_end(origin);
		coded_free(response);
		coded_free(body);
		coded_free(content);
	}
}

static HRESULT note_bytes(struct client *client)
{
	uint64_t *most = client->owner;
	uint64_t now = client->pattern_len - most[1];

	most[0] = now < most[0] ? now : most[0];
	most[1] = client->pattern_len;
	return S_OK;
}

static void thresholds_count_decoded_bytes(void **state)
{
	static const uint64_t thresholds[] = {1, 10000, 300000};
	struct span content = coded_pattern(LARGE_BYTES);
	struct span body = coded(content, "gz");
	struct span response =
		coded_response(OK_CODED("gzip, zstd"), body, CODED_BY_CHUNKS, 999);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(thresholds); i++) {
		uint64_t least[2] = {LARGE_BYTES, 0};
		struct origin *origin = answer_with(response, CODED_BY_CHUNKS);
		struct client *client = client_new();

		client->expects_pattern = true;
		client->on[CLIENT_DATA] = note_bytes;
		client->owner = least;
		client_open(client, "GET", origin_url(origin, "/"));
		client_property(client, XHR_PROP_ONDATA_THRESHOLD, thresholds[i]);
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_int_equal(client->pattern_len, LARGE_BYTES);
		assert_true(least[0] >= thresholds[i]);
		assert_true(least[1] + thresholds[i] > LARGE_BYTES);
		client_end(client);
		origin_end(origin);
	}
	coded_free(response);
	coded_free(body);
	coded_free(content);
}

static void never_means_that_no_decoded_byte_is_told(void **state)
{
	struct span content = coded_pattern(LARGE_BYTES);
	struct span body = coded(content, "b");
	struct span response = coded_response(OK_CODED("br"), body, CODED_BY_LENGTH, 0);
	struct origin *origin = answer_with(response, CODED_BY_LENGTH);
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_NEVER);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_string_equal(client->order, "hR");
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
	origin_end(origin);
	coded_free(response);
	coded_free(body);
	coded_free(content);
}

static void unread_bytes_stay_and_can_be_read_later(void **state)
{
	struct span content = coded_pattern(LARGE_BYTES * 3);
	struct span body = coded(content, "d");
	struct span response =
		coded_response(OK_CODED("deflate"), body, CODED_BY_LENGTH, 0);
	struct origin *origin = answer_with(response, CODED_BY_LENGTH);
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	client->leaves_all = true;
	client->keeps_stream = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	client_release(client);
	assert_int_equal(client_read(client, client->stream), LARGE_BYTES * 3);
	client_end(client);
	origin_end(origin);
	coded_free(response);
	coded_free(body);
	coded_free(content);
}

static void received_bytes_are_counted_as_they_came(void **state)
{
	struct span content = coded_pattern(LARGE_BYTES);
	struct span body = coded(content, "z");

	(void)state;
	for (int framing = 0; framing < CODED_FRAMINGS; framing++) {
		struct client *client = exchange(OK_CODED("zstd"), body,
						 (enum coded_framing)framing, 100, true);
		struct ixhr2_info info = {.cb = sizeof(info)};

		client_expect(client, 200, NULL);
		assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
		assert_int_equal(info.received_bytes, body.len);
		assert_int_equal(client->pattern_len, LARGE_BYTES);
		ixhr2_info_free(&info);
		client_end(client);
	}
	coded_free(body);
	coded_free(content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(every_chain_is_undone_in_every_framing),
		CLIENT_TEST(tiny_chunks_change_nothing),
		CLIENT_TEST(bytes_that_come_one_by_one_change_nothing),
		CLIENT_TEST(fields_say_what_is_decoded),
		CLIENT_TEST(chunks_stay_in_the_list_of_fields),
		CLIENT_TEST(a_body_without_a_byte_is_complete),
		CLIENT_TEST(responses_without_a_body_keep_their_fields),
		CLIENT_TEST(the_length_of_head_stays),
		CLIENT_TEST(only_what_we_have_offered_is_decoded),
		CLIENT_TEST(an_object_offers_anew_each_time_it_is_opened),
		CLIENT_TEST(further_members_and_frames_belong_to_the_content),
		CLIENT_TEST(after_all_that_the_connection_serves_again),
		CLIENT_TEST(decoded_bytes_go_to_a_stream_of_the_program),
		CLIENT_TEST(thresholds_count_decoded_bytes),
		CLIENT_TEST(never_means_that_no_decoded_byte_is_told),
		CLIENT_TEST(unread_bytes_stay_and_can_be_read_later),
		CLIENT_TEST(received_bytes_are_counted_as_they_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
