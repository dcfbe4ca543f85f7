/* SPDX-License-Identifier: MIT */
/*
 * Coded bodies that are damaged or cut off, over a limit, in the way of redirects and
 * challenges, and aborted: nothing that is not whole is ever told as received.
 */
#include "coded.h"
#include "lib/test.h"

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"
#include "lib/wide_text.h"

#define DECODING_FAILED ((HRESULT)0x80072F8F)
#define CLOSED_EARLY	((HRESULT)0x80072EFE)
#define NOT_HTTP	((HRESULT)0x80072F78)

/* Enough that data is told before the end is seen. */
#define LARGE_BYTES (500u * 1000)

static const char *const codings[] = {"g", "d", "r", "b", "z", "gb", "zg"};

/* A head with these codings, in a buffer of the thread. */
static const char *head_of(const char *letters)
{
	static _Thread_local char head[128];

	snprintf(head, sizeof(head), "200 OK\r\nContent-Encoding: %s\r\n",
		 coded_names(letters));
	return head;
}

/* An exchange whose response is this, told as far as it comes. */
static struct client *exchange(struct span response, bool closes, bool is_extended)
{
	struct origin_step close = closes ? (struct origin_step)ORIGIN_CLOSE()
					  : (struct origin_step){.verb = ORIGIN_VERB_END};
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND_BYTES(response.at, response.len), close);
	struct client *client = client_new();

	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_send(client);
	client_wait(client);
	/* A client that has found the fault may close before all was sent. */
	origin_stop(origin);
	return client;
}

/* ---- cut off ---- */

static void check_cut(const char *letters, struct span body, enum coded_framing framing)
{
	struct span response = coded_response(head_of(letters), body, framing, 7);
	struct client *client = exchange(response, framing == CODED_BY_CLOSE, true);

	client_expect_error(client, DECODING_FAILED);
	assert_int_equal(client->status, 200);
	assert_int_equal(client->counts[CLIENT_RECEIVED], 0);
	client_end(client);
	coded_free(response);
}

static void data_that_is_cut_off_anywhere_is_never_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codings); i++) {
		struct span body = coded(SPAN("hello, hello, hello"), codings[i]);

		for (size_t n = 1; n < body.len; n++)
			for (int framing = 0; framing < CODED_FRAMINGS; framing++)
				check_cut(codings[i], span_of(body.at, n),
					  (enum coded_framing)framing);
		coded_free(body);
	}
}

static void a_connection_that_breaks_is_told_as_that(void **state)
{
	struct span body = coded(SPAN("hello, hello, hello"), "g");

	(void)state;
	for (int framing = 0; framing < CODED_BY_CLOSE; framing++) {
		struct span whole = coded_response(head_of("g"), body,
						   (enum coded_framing)framing, 5);
		struct client *client =
			exchange(span_of(whole.at, whole.len - 4), true, true);

		client_expect_error(client, CLOSED_EARLY);
		client_end(client);
		coded_free(whole);
	}
	coded_free(body);
}

static void a_member_that_is_cut_off_behind_another_is_not_complete(void **state)
{
	static const char *const both[] = {"g", "z"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(both); i++) {
		struct span one = coded(SPAN("hello"), both[i]);
		struct span two = coded_join(one, one);

		check_cut(both[i], span_of(two.at, two.len - 1), CODED_BY_LENGTH);
		check_cut(both[i], span_of(two.at, two.len - 1), CODED_BY_CLOSE);
		coded_free(one);
		coded_free(two);
	}
}

static void the_default_code_is_that_of_a_failed_download(void **state)
{
	struct span body = coded(SPAN("hello"), "b");
	struct span response = coded_response(
		head_of("b"), span_of(body.at, body.len - 1), CODED_BY_LENGTH, 0);
	struct client *client = exchange(response, false, false);
	struct ixhr2_info info = {.cb = sizeof(info)};
	char *text = NULL;

	(void)state;
	client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	assert_int_equal(info.error_extended, DECODING_FAILED);
	assert_string_equal(info.error_name, "INET_E_DOWNLOAD_FAILURE");
	assert_int_equal(info.received_bytes, body.len - 1);
	ixhr2_info_free(&info);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	print_message("  %s\n", text);
	assert_non_null(strstr(text, "127.0.0.1"));
	assert_non_null(strstr(text, "coding"));
	CoTaskMemFree(text);
	client_end(client);
	coded_free(response);
	coded_free(body);
}

/* ---- damaged ---- */

/* A body that an answerer damages; the path is "/" and the number of the wrong bit. */
struct damaged {
	const char *letters; /* its codings */
	struct span body;    /* whole */
	char fields[128];    /* of the response */
	char bytes[256];     /* the answerer's: what it sends */
};

static void reply_damaged(void *owner, const struct answerer_request *request,
			  struct answerer_reply *reply)
{
	struct damaged *damaged = owner;
	size_t bit = (size_t)atoi(request->path + 1);

	memcpy(damaged->bytes, damaged->body.at, damaged->body.len);
	damaged->bytes[bit / 8] = (char)(damaged->bytes[bit / 8] ^ 1 << bit % 8);
	reply->fields = damaged->fields;
	reply->body = span_of(damaged->bytes, damaged->body.len);
}

/* br has no checksum, nor has bare deflate: other bytes may come out of damaged data. */
static bool has_checksum(const char *letters)
{
	return *letters != 'b' && *letters != 'r';
}

/* Whether the response came. */
static bool check_damaged(const struct damaged *damaged, const struct answerer *answerer,
			  size_t bit)
{
	char url[ANSWERER_URL_BYTES], path[32];
	struct client *client;
	bool is_received;

	snprintf(path, sizeof(path), "/%zu", bit);
	client = client_get(answerer_url(answerer, path, url));
	is_received = client->error == S_OK;
	if (!is_received)
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	else if (has_checksum(damaged->letters))
		client_expect(client, 200, "hello, hello, hello");
	client_end(client);
	return is_received;
}

static void any_bit_may_be_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codings); i++) {
		struct damaged damaged = {
			.letters = codings[i],
			.body = coded(SPAN("hello, hello, hello"), codings[i])};
		size_t bits = damaged.body.len * 8, received = 0;
		struct answerer *answerer;

		assert_true(damaged.body.len <= sizeof(damaged.bytes));
		snprintf(damaged.fields, sizeof(damaged.fields),
			 "Content-Encoding: %s\r\n", coded_names(codings[i]));
		answerer = answerer_start(reply_damaged, &damaged);
		for (size_t bit = 0; bit < bits; bit++)
			received += check_damaged(&damaged, answerer, bit);
		print_message("  %s: %zu of %zu do no harm\n", codings[i], received,
			      bits);
		assert_true(received < (has_checksum(codings[i]) ? bits / 2 : bits));
		answerer_end(answerer);
		coded_free(damaged.body);
	}
}

struct damage {
	const char *name;    /* of the case */
	const char *letters; /* the coding */
	long place;	     /* of the damaged byte; below 0: from the end */
};

static const struct damage damages[] = {
	{"gzip: the first magic byte", "g", 0},
	{"gzip: the second magic byte", "g", 1},
	{"gzip: the method", "g", 2},
	{"gzip: reserved flags", "g", 3},
	{"gzip: the checksum", "g", -8},
	{"gzip: the length", "g", -1},
	{"deflate: the checksum", "d", -1},
	{"zstd: the magic number", "z", 1},
	{"zstd: the checksum", "z", -1},
	{"gzip within br: the checksum", "gb", 0},
	{"zstd within gzip: the checksum", "zg", -8},
};

static void these_places_are_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(damages); i++) {
		const struct damage *c = &damages[i];
		struct span content = coded_pattern(LARGE_BYTES);
		struct span body = coded(content, c->letters);
		size_t place =
			c->place < 0 ? body.len - (size_t)-c->place : (size_t)c->place;
		struct client *client;
		struct span response;

		print_message("  %s\n", c->name);
		((char *)(uintptr_t)body.at)[place] ^= (char)0xE1;
		response =
			coded_response(head_of(c->letters), body, CODED_BY_CHUNKS, 1000);
		client = exchange(response, false, true);
		client_expect_error(client, DECODING_FAILED);
		assert_true(client->len <= LARGE_BYTES);
		assert_true(client->len == 0 ||
			    memcmp(client->bytes, content.at, client->len) == 0);
		client_end(client);
		coded_free(response);
		coded_free(body);
		coded_free(content);
	}
}

static void what_is_no_coded_data_at_all_is_refused(void **state)
{
	static const char *const names[] = {"g", "d", "b", "z", "gb", "bg"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		struct span response = coded_response(
			head_of(names[i]), SPAN("<html>hello, this is not coded at all"),
			CODED_BY_LENGTH, 0);
		struct client *client = exchange(response, false, true);

		client_expect_error(client, DECODING_FAILED);
		assert_string_equal(client->order, "hE");
		client_end(client);
		coded_free(response);
	}
}

static void a_failed_response_gives_its_error_behind_what_came(void **state)
{
	struct span body = coded(SPAN("hello"), "g");
	struct span head = coded_response(head_of("g"), body, CODED_BY_LENGTH, 0);
	struct span response = coded_copy(head);
	struct origin *origin;
	struct client *client = client_new();
	char bytes[10];
	ULONG n = 77;

	(void)state;
	((char *)(uintptr_t)response.at)[response.len - 1] ^= 1;
	/* What could be decoded is told before the end comes. */
	origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND_BYTES(response.at, response.len - 8), ORIGIN_SLEEP(20),
		       ORIGIN_SEND_BYTES(response.at + response.len - 8, 8));
	client->leaves_all = true;
	client->keeps_stream = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	if (client->stream) {
		assert_int_equal(ISequentialStream_Read(client->stream, bytes, 10, &n),
				 S_FALSE);
		assert_int_equal(n, 5);
		assert_memory_equal(bytes, "hello", 5);
		assert_int_equal(ISequentialStream_Read(client->stream, bytes, 10, &n),
				 INET_E_DOWNLOAD_FAILURE);
	}
	client_end(client);
	origin_stop(origin);
	coded_free(response);
	coded_free(head);
	coded_free(body);
}

static void a_stream_of_the_program_is_not_told_the_end_of_damaged_data(void **state)
{
	struct span body = coded(SPAN("hello"), "z");
	struct span response = coded_response(
		head_of("z"), span_of(body.at, body.len - 1), CODED_BY_LENGTH, 0);
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND_BYTES(response.at, response.len));
	struct tape *sink = tape_new("", 0);
	struct client *client = client_new();

	(void)state;
	tape_be_sink(sink, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_fail(client, INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(sink->ends, 0);
	tape_end(sink);
	origin_end(origin);
	coded_free(response);
	coded_free(body);
}

static void after_damage_others_are_served(void **state)
{
	struct span bad = coded_response(head_of("g"), SPAN("no"), CODED_BY_LENGTH, 0);
	struct span body = coded(SPAN("hello"), "g");
	struct span good = coded_response(head_of("g"), body, CODED_BY_LENGTH, 0);
	struct client *client = client_new();

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND_BYTES(bad.at, bad.len),
			ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND_BYTES(good.at, good.len));

		client->len = 0;
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_wait(client);
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_wait(client);
		client_expect(client, 200, "hello");
		origin_end(origin);
	}
	client_end(client);
	coded_free(bad);
	coded_free(good);
	coded_free(body);
}

/* ---- limits ---- */

static void more_than_five_codings_are_too_many(void **state)
{
	static const char *const heads[] = {
		"200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\n",
		"200 OK\r\nContent-Encoding: gzip, br\r\nContent-Encoding: gzip, br\r\n"
		"Content-Encoding: gzip, br\r\n",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(heads); i++) {
		struct span response =
			coded_response(heads[i], SPAN("x"), CODED_BY_LENGTH, 0);
		struct client *client = exchange(response, false, true);

		client_expect_error(client, NOT_HTTP);
		assert_string_equal(client->order, "E");
		client_end(client);
		coded_free(response);
	}
}

/* ---- redirects and challenges ---- */

static void the_body_of_a_redirect_is_not_decoded(void **state)
{
	struct span body = coded(SPAN("hello"), "z");
	struct span response = coded_response(head_of("z"), body, CODED_BY_LENGTH, 0);
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b\r\nContent-Encoding: gzip",
			      "not coded at all"),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1",
				   "Accept-Encoding: gzip, deflate, br, zstd"),
		ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /c\r\n"
			      "Content-Encoding: br,br,br,br,br,br",
			      "nor this"),
		ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1"),
		ORIGIN_SEND_BYTES(response.at, response.len));

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/a")), 200, "hello");
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
	coded_free(response);
	coded_free(body);
}

static HRESULT check_reported(struct client *client)
{
	const char *told = client_response_header(client, "Content-Encoding");

	if (strcmp(told, client->status == 302 ? "gzip" : "") != 0)
		client_complain(client, "%u has the coding \"%s\"",
				(unsigned)client->status, told);
	return S_OK;
}

static void a_redirect_that_is_reported_has_its_fields(void **state)
{
	struct span body = coded(SPAN("hello"), "b");
	struct span response = coded_response(head_of("b"), body, CODED_BY_CHUNKS, 2);
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b\r\nContent-Encoding: gzip", "x"),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"),
		ORIGIN_SEND_BYTES(response.at, response.len));
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_HEADERS] = check_reported;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_property(client, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "hello");
	assert_string_equal(client->order, "hrhdR");
	client_end(client);
	origin_end(origin);
	coded_free(response);
	coded_free(body);
}

static void a_redirect_that_is_the_response_is_decoded(void **state)
{
	struct span body = coded(SPAN("over there"), "d");
	struct span response = coded_response(
		"302 Found\r\nLocation: /b\r\nContent-Encoding: deflate\r\n", body,
		CODED_BY_LENGTH, 0);
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND_BYTES(response.at, response.len));
	struct client *client = client_new();

	(void)state;
	ixhr2_follow_redirects((IUnknown *)client->xhr, FALSE);
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_finish(client, 302, "over there");
	origin_end(origin);
	coded_free(response);
	coded_free(body);
}

#define CHALLENGE                                                                        \
	"401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\n"                    \
	"Content-Encoding: gzip\r\n"

static void open_as(struct client *client, const char *url, const char *user)
{
	WCHAR *wide_url = wide_text_new(url);
	WCHAR *wide_user = wide_text_new(user);

	assert_int_equal(IXMLHTTPRequest3_Open(client->xhr, L"GET", wide_url,
					       (IXMLHTTPRequest2Callback *)&client
						       ->IXMLHTTPRequest3Callback_iface,
					       wide_user, wide_user, NULL, NULL),
			 S_OK);
	free(wide_url);
	free(wide_user);
}

static void a_challenge_that_nobody_answers_is_decoded(void **state)
{
	struct span body = coded(SPAN("who are you?"), "g");
	struct span response = coded_response(CHALLENGE, body, CODED_BY_LENGTH, 0);
	struct origin_step send = ORIGIN_SEND_BYTES(response.at, response.len);
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), send, ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_HEAD("", "!Authorization"), send,
		       ORIGIN_EXPECT_HEAD("", "Authorization:"), send);
	struct client *client;

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/")), 401, "who are you?");
	client = client_new();
	open_as(client, origin_url(origin, "/"), "ann");
	client_send(client);
	client_finish(client, 401, "who are you?");
	origin_end(origin);
	coded_free(response);
	coded_free(body);
}

static void a_challenge_that_is_answered_is_not_decoded(void **state)
{
	struct span bad =
		coded_response(CHALLENGE, SPAN("not coded at all"), CODED_BY_CHUNKS, 3);
	struct span body = coded(SPAN("hello"), "zb");
	struct span good = coded_response(head_of("zb"), body, CODED_BY_LENGTH, 0);
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("", "!Authorization"),
				       ORIGIN_SEND_BYTES(bad.at, bad.len),
				       ORIGIN_EXPECT_HEAD("", "Authorization:"),
				       ORIGIN_SEND_BYTES(good.at, good.len));
	struct client *client = client_new();

	(void)state;
	open_as(client, origin_url(origin, "/"), "ann");
	client_send(client);
	client_finish(client, 200, "hello");
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
	coded_free(bad);
	coded_free(good);
	coded_free(body);
}

/* ---- aborts ---- */

/* Aborts when so many events have come. */
static HRESULT abort_later(struct client *client)
{
	unsigned *left = client->owner;

	return --*left == 0 ? client_do_abort(client) : S_OK;
}

static void check_abort(const char *letters, enum client_event event, unsigned when)
{
	struct span content = coded_pattern(LARGE_BYTES * 6);
	struct span body = coded(content, letters);
	struct span response = coded_response(head_of(letters), body, CODED_BY_LENGTH, 0);
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND_BYTES(response.at, response.len));
	struct tape *sink = tape_new("", 0);
	struct client *client = client_new();

	sink->is_pattern = true;
	client->expects_pattern = true;
	client->on[event] = abort_later;
	client->owner = &when;
	if (event == CLIENT_WRITE)
		tape_be_sink(sink, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	assert_int_equal(when, 0);
	assert_int_equal(sink->ends, 0);
	client_end(client);
	tape_end(sink);
	origin_stop(origin);
	coded_free(response);
	coded_free(body);
	coded_free(content);
}

static void an_abort_may_come_in_the_middle(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codings); i++) {
		check_abort(codings[i], CLIENT_HEADERS, 1);
		check_abort(codings[i], CLIENT_DATA, 1);
		check_abort(codings[i], CLIENT_DATA, 10);
		check_abort(codings[i], CLIENT_WRITE, 1);
		check_abort(codings[i], CLIENT_WRITE, 10);
	}
}

static void an_abort_may_come_while_more_is_awaited(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codings); i++) {
		struct span body = coded(SPAN("hello"), codings[i]);
		struct span response =
			coded_response(head_of(codings[i]), body, CODED_BY_LENGTH, 0);
		struct flag is_sent;
		struct origin *origin;
		struct client *client;

		flag_init(&is_sent);
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				ORIGIN_SEND_BYTES(response.at, response.len - 1),
				ORIGIN_RAISE(&is_sent), ORIGIN_EXPECT_CLOSE());
		client = client_start("GET", origin_url(origin, "/"));
		assert_true(flag_wait(&is_sent, CLIENT_WAIT_MS));
		client_do_abort(client);
		client_fail(client, E_ABORT);
		origin_end(origin);
		flag_done(&is_sent);
		coded_free(response);
		coded_free(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(data_that_is_cut_off_anywhere_is_never_complete),
		CLIENT_TEST(a_connection_that_breaks_is_told_as_that),
		CLIENT_TEST(a_member_that_is_cut_off_behind_another_is_not_complete),
		CLIENT_TEST(the_default_code_is_that_of_a_failed_download),
		CLIENT_TEST(any_bit_may_be_wrong),
		CLIENT_TEST(these_places_are_looked_at),
		CLIENT_TEST(what_is_no_coded_data_at_all_is_refused),
		CLIENT_TEST(a_failed_response_gives_its_error_behind_what_came),
		CLIENT_TEST(a_stream_of_the_program_is_not_told_the_end_of_damaged_data),
		CLIENT_TEST(after_damage_others_are_served),
		CLIENT_TEST(more_than_five_codings_are_too_many),
		CLIENT_TEST(the_body_of_a_redirect_is_not_decoded),
		CLIENT_TEST(a_redirect_that_is_reported_has_its_fields),
		CLIENT_TEST(a_redirect_that_is_the_response_is_decoded),
		CLIENT_TEST(a_challenge_that_nobody_answers_is_decoded),
		CLIENT_TEST(a_challenge_that_is_answered_is_not_decoded),
		CLIENT_TEST(an_abort_may_come_in_the_middle),
		CLIENT_TEST(an_abort_may_come_while_more_is_awaited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
