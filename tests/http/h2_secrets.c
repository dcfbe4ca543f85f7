/* SPDX-License-Identifier: MIT */
/*
 * What credentials leave in the memory of an HTTP/2 connection, nghttp2's included, once
 * they were put. They are made of bytes that Huffman's code makes longer, so that they go
 * as they are and can be found.
 */
#include "lib/test.h"

#include "base/mem.h"
#include "http/h2.h"
#include "lib/remains.h"

#define SECRET	     "{\\^}<\\^>{\\^}<\\^>{\\^}<\\^>origin"
#define PROXY_SECRET "{\\^}<\\^>{\\^}<\\^>{\\^}<\\^>proxy"
#define COOKIE	     "{\\^}<\\^>{\\^}<\\^>{\\^}<\\^>cookie"

#define STREAMS 40u

static struct h2_stream streams[STREAMS];
static struct arena arenas[STREAMS];

static void start(struct h2 *h2, unsigned i)
{
	const struct url url = url_of_request(SPAN("a.example/"), 9, true);
	static const struct request_access access = {
		.authorization = {SECRET, sizeof(SECRET) - 1},
		.proxy_authorization = {PROXY_SECRET, sizeof(PROXY_SECRET) - 1}};
	static struct headers_field fields[] = {
		{{"Cookie", 6}, {COOKIE, sizeof(COOKIE) - 1}}};
	const struct request_head head = {
		.method = SPAN("GET"),
		.url = &url,
		.headers = {.at = fields, .count = 1, .cap = 1},
		.body_length = MESSAGE_NO_BODY,
		.access = &access,
	};

	assert_int_equal(h2_stream_start(h2, &streams[i], &arenas[i], &head), 0);
}

static void expect_nothing(void)
{
	assert_int_equal(remains_of(SPAN(SECRET)), 0);
	assert_int_equal(remains_of(SPAN(PROXY_SECRET)), 0);
	assert_int_equal(remains_of(SPAN(COOKIE)), 0);
}

/* Puts what there is, as one that wipes. */
static void put(struct h2 *h2, bool has_secrets)
{
	struct buf out = {0};

	assert_int_equal(buf_reserve(&out, 1u << 18), 0);
	assert_int_equal(h2_put(h2, &out, 1u << 18), 0);
	assert_true(out.len > 0);
	if (has_secrets)
		assert_int_equal(remains_of(SPAN(SECRET)), STREAMS);
	mem_wipe(out.at, out.len);
	buf_done(&out);
}

static void credentials_are_wiped_when_they_were_put(void **state)
{
	struct h2 *h2;

	(void)state;
	assert_int_equal(h2_new(&h2), 0);
	put(h2, false);
	for (unsigned i = 0; i < STREAMS; i++)
		start(h2, i);
	put(h2, true);
	expect_nothing();
	for (unsigned i = 0; i < STREAMS; i++)
		h2_stream_end(&streams[i]);
	h2_free(h2);
	expect_nothing();
}

static void credentials_are_wiped_when_the_wire_is_lost(void **state)
{
	const struct fault fault = {.err = ERR_CLOSED, .what = "the wire"};
	struct h2 *h2;

	(void)state;
	assert_int_equal(h2_new(&h2), 0);
	start(h2, 0);
	h2_lose(h2, &fault);
	expect_nothing();
	h2_stream_end(&streams[0]);
	h2_free(h2);
}

static void credentials_are_wiped_when_they_were_never_put(void **state)
{
	struct h2 *h2;

	(void)state;
	assert_int_equal(h2_new(&h2), 0);
	start(h2, 0);
	h2_stream_end(&streams[0]);
	h2_free(h2);
	expect_nothing();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_wiped_when_they_were_put),
		cmocka_unit_test(credentials_are_wiped_when_the_wire_is_lost),
		cmocka_unit_test(credentials_are_wiped_when_they_were_never_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
