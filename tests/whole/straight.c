/* SPDX-License-Identifier: MIT */
/* Bodies of which OnDataAvailable reads much at a time: what the library has not got yet
 * comes straight from the connection (P4, P6, P8, T5, T8). */
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/pattern.h"
#include "lib/tape.h"

#define BODY_BYTES  (8u << 20)
#define LENGTH_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n"
#define CHUNK_HEAD  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n"
#define CLOSE_HEAD  "HTTP/1.1 200 OK\r\n\r\n"
#define SOME_BYTES  (3u << 20)
#define MOST_BYTES  (1u << 20)

static struct origin *start(const char *head, const char *tail)
{
	return ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(head),
		      ORIGIN_SEND_PATTERN(BODY_BYTES), ORIGIN_SEND(tail), ORIGIN_CLOSE());
}

/* A client that gets the pattern; read_bytes 0: as it comes. */
static struct client *make(uint32_t read_bytes)
{
	struct client *client = client_new();

	client->expects_pattern = true;
	if (read_bytes)
		client->read_bytes = read_bytes;
	return client;
}

static void begin(struct client *client, struct origin *origin)
{
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
}

static void expect_whole(struct client *client, struct origin *origin)
{
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, BODY_BYTES);
	client_end(client);
	origin_end(origin);
}

static void every_byte_comes_whatever_is_read_at_a_time(void **state)
{
	static const uint32_t sizes[] = {1000,	16384, 24576,  32768,
					 40000, 65536, 131072, CLIENT_MOST_BYTES};
	static const char *const heads[] = {LENGTH_HEAD, CHUNK_HEAD, CLOSE_HEAD};
	static const char *const tails[] = {"", "\r\n0\r\n\r\n", ""};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(heads); i++)
		for (size_t j = 0; j < TEST_COUNT(sizes); j++) {
			struct origin *origin = start(heads[i], tails[i]);
			struct client *client = make(sizes[j]);

			begin(client, origin);
			expect_whole(client, origin);
		}
}

/* Reads cap bytes at the most, which must be the next of the pattern; what Read says. */
static HRESULT read_some(struct client *client, ULONG cap)
{
	char *at = malloc(cap);
	ULONG n = 0;
	HRESULT hr = ISequentialStream_Read(client->stream, at, cap, &n);

	if (n > cap || !pattern_matches(at, client->pattern_len, n))
		client_complain(client, "the next %u bytes are others", n);
	client->pattern_len += n;
	free(at);
	return hr;
}

static HRESULT read_mixed(struct client *client)
{
	static const ULONG sizes[] = {100000, 7, 1 << 18, 30000, 8192, 65536, 1};
	HRESULT hr = S_OK;

	for (size_t i = client->counts[CLIENT_DATA]; hr == S_OK; i++)
		hr = read_some(client, sizes[i % TEST_COUNT(sizes)]);
	return S_OK;
}

static void small_and_large_reads_may_be_mixed(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(0);

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = read_mixed;
	begin(client, origin);
	expect_whole(client, origin);
}

/* One Read for each callback: the rest is told again. */
static HRESULT read_once(struct client *client)
{
	(void)read_some(client, 100000);
	return S_OK;
}

static void a_callback_need_not_read_all(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(0);

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = read_once;
	begin(client, origin);
	expect_whole(client, origin);
}

static void a_threshold_holds(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(1 << 18);

	(void)state;
	client_property(client, XHR_PROP_ONDATA_THRESHOLD, 300000);
	begin(client, origin);
	client_wait(client);
	assert_true(client->counts[CLIENT_DATA] <= BODY_BYTES / 300000);
	expect_whole(client, origin);
}

/* ---- several threads ---- */

/* One of those who read a stream together. */
struct reader {
	struct client *client; /* whose stream */
	pthread_t thread;
	uint64_t sum; /* bytes read */
};

static void *read_on(void *at)
{
	struct reader *reader = at;
	char *bytes = malloc(1 << 16);
	HRESULT hr = S_OK;

	while (hr == S_OK) {
		ULONG n = 0;

		hr = ISequentialStream_Read(reader->client->stream, bytes, 1 << 16, &n);
		reader->sum += n;
	}
	free(bytes);
	return NULL;
}

static HRESULT read_together(struct client *client)
{
	struct reader readers[3] = {{0}};

	for (int i = 0; i < 3; i++)
		readers[i].client = client;
	for (int i = 1; i < 3; i++)
		pthread_create(&readers[i].thread, NULL, read_on, &readers[i]);
	read_on(&readers[0]);
	for (int i = 1; i < 3; i++)
		pthread_join(readers[i].thread, NULL);
	for (int i = 0; i < 3; i++)
		client->pattern_len += readers[i].sum;
	return S_OK;
}

static void several_threads_may_read_in_a_callback(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(0);

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = read_together;
	begin(client, origin);
	expect_whole(client, origin);
}

static HRESULT read_elsewhere(struct client *client)
{
	struct reader reader = {.client = client};

	pthread_create(&reader.thread, NULL, read_on, &reader);
	pthread_join(reader.thread, NULL);
	client->pattern_len += reader.sum;
	return S_OK;
}

static void another_thread_may_read_in_a_callback(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(0);

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = read_elsewhere;
	begin(client, origin);
	expect_whole(client, origin);
}

/* ---- a callback that was overtaken ---- */

/* Another client reads the stream of the one that it owns, which is blocked. */
static HRESULT read_owned(struct client *client)
{
	struct client *blocked = client->owner;

	while (read_some(blocked, 100000) == S_OK)
		;
	return S_OK;
}

static HRESULT block_and_read(struct client *client)
{
	HRESULT hr = client_do_block(client);

	while (read_some(client, 100000) == S_OK)
		;
	return hr;
}

/* A request that ends meanwhile proves that another thread has the loop. */
static void check_overtaken(client_hook_fn *meanwhile)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(0);
	struct origin *other_origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	struct client *other = client_new();

	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = block_and_read;
	begin(client, origin);
	client_await_block(client);
	other->owner = client;
	other->on[CLIENT_DATA] = meanwhile;
	begin(other, other_origin);
	client_finish(other, 200, "x");
	origin_end(other_origin);
	client_go(client);
	expect_whole(client, origin);
}

static void a_callback_that_was_overtaken_reads_what_it_was_given(void **state)
{
	(void)state;
	check_overtaken(NULL);
}

static void a_stream_may_be_read_in_another_requests_callback(void **state)
{
	(void)state;
	check_overtaken(read_owned);
}

/* ---- a callback that forks ---- */

/* In the child: how many bytes there are to read; UINT64_MAX: others than there should
 * be. */
static uint64_t count_left(const struct client *client)
{
	static char bytes[CLIENT_MANY_BYTES];
	uint64_t sum = 0;
	ULONG n;

	do {
		n = 0;
		(void)ISequentialStream_Read(client->stream, bytes, sizeof(bytes), &n);
		if (!pattern_matches(bytes, client->pattern_len + sum, n))
			return UINT64_MAX;
		sum += n;
	} while (n);
	return sum;
}

static HRESULT fork_and_read(struct client *client)
{
	HRESULT hr = read_some(client, 300000);
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(count_left(client) > MOST_BYTES);
	if (waitpid(child, &status, 0) != child || status != 0)
		client_complain(client, "the child has read the parent's bytes");
	while (hr == S_OK)
		hr = read_some(client, 100000);
	return S_OK;
}

static void the_child_of_a_callback_takes_no_byte_of_its_parent(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(0);

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = fork_and_read;
	begin(client, origin);
	expect_whole(client, origin);
}

/* ---- ends ---- */

static HRESULT read_and_abort(struct client *client)
{
	(void)read_some(client, 100000);
	client_do_abort(client);
	(void)read_some(client, MOST_BYTES);
	(void)read_some(client, MOST_BYTES);
	return S_OK;
}

static void a_callback_may_abort_between_two_reads(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(LENGTH_HEAD),
				       ORIGIN_SEND_PATTERN(SOME_BYTES), ORIGIN_DRAIN());
	struct client *client = make(0);

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = read_and_abort;
	begin(client, origin);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	assert_int_equal(client->counts[CLIENT_DATA], 1);
	assert_true(client->pattern_len <= SOME_BYTES);
	client_end(client);
	origin_stop(origin);
}

static HRESULT refuse(struct client *client)
{
	return client->pattern_len > MOST_BYTES ? E_ACCESSDENIED : S_OK;
}

static void a_callback_that_has_read_much_may_fail(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(1 << 18);

	(void)state;
	client->on[CLIENT_DATA] = refuse;
	begin(client, origin);
	client_wait(client);
	client_expect_error(client, E_ACCESSDENIED);
	client_end(client);
	origin_stop(origin);
}

static void a_body_that_is_cut_off_gives_what_came(void **state)
{
	static const char *const heads[] = {LENGTH_HEAD, CHUNK_HEAD};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(heads); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(heads[i]),
			       ORIGIN_SEND_PATTERN(SOME_BYTES), ORIGIN_CLOSE());
		struct client *client = make(1 << 16);

		begin(client, origin);
		client_wait(client);
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
		assert_int_equal(client->pattern_len, SOME_BYTES);
		client_end(client);
		origin_end(origin);
	}
}

/* The server answers and does not read what is being sent. */
static void an_answer_that_comes_early_is_read_whole(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(LENGTH_HEAD),
				       ORIGIN_SEND_PATTERN(BODY_BYTES), ORIGIN_DRAIN());
	struct tape *tape = tape_new(NULL, (uint64_t)8 * BODY_BYTES);
	struct client *client = make(1 << 17);

	(void)state;
	tape_be_body(tape, client);
	client_open(client, "PUT", origin_url(origin, "/"));
	client_send(client);
	expect_whole(client, origin);
	tape_end(tape);
}

static void the_connection_is_used_again(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(LENGTH_HEAD),
		       ORIGIN_SEND_PATTERN(BODY_BYTES), ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND(CHUNK_HEAD), ORIGIN_SEND_PATTERN(BODY_BYTES),
		       ORIGIN_SEND("\r\n0\r\n\r\n"), ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct client *client = make(1 << 18);

		begin(client, origin);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_int_equal(client->pattern_len, BODY_BYTES);
		client_end(client);
	}
	client_finish(client_get(origin_url(origin, "/")), 200, "x");
	origin_end(origin);
}

/* What can be known in a callback counts what it has read. */
static HRESULT check_info(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	HRESULT hr = ixhr2_get_info((IUnknown *)client->xhr, &info);

	if (hr != S_OK || info.received_bytes != client->pattern_len)
		client_complain(client, "0x%08x, %llu bytes received", (unsigned)hr,
				(unsigned long long)info.received_bytes);
	ixhr2_info_free(&info);
	return S_OK;
}

static void bytes_are_counted(void **state)
{
	struct origin *origin = start(LENGTH_HEAD, "");
	struct client *client = make(1 << 17);

	(void)state;
	client->on[CLIENT_DATA] = check_info;
	client->on[CLIENT_RECEIVED] = check_info;
	begin(client, origin);
	expect_whole(client, origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(every_byte_comes_whatever_is_read_at_a_time),
		CLIENT_TEST(small_and_large_reads_may_be_mixed),
		CLIENT_TEST(a_callback_need_not_read_all),
		CLIENT_TEST(a_threshold_holds),
		CLIENT_TEST(several_threads_may_read_in_a_callback),
		CLIENT_TEST(another_thread_may_read_in_a_callback),
		CLIENT_TEST(a_callback_that_was_overtaken_reads_what_it_was_given),
		CLIENT_TEST(a_stream_may_be_read_in_another_requests_callback),
		CLIENT_TEST(the_child_of_a_callback_takes_no_byte_of_its_parent),
		CLIENT_TEST(a_callback_may_abort_between_two_reads),
		CLIENT_TEST(a_callback_that_has_read_much_may_fail),
		CLIENT_TEST(a_body_that_is_cut_off_gives_what_came),
		CLIENT_TEST(an_answer_that_comes_early_is_read_whole),
		CLIENT_TEST(the_connection_is_used_again),
		CLIENT_TEST(bytes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
