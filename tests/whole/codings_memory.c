/* SPDX-License-Identifier: MIT */
/*
 * What decoding costs in memory: bodies that become very large, programs that read
 * slowly or not at all, many at once, and memory that runs out.
 */
#include "coded.h"
#include "lib/test.h"

#include <unistd.h>

#include "base/mem.h"
#include "engine/session.h"
#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

/* Most that a request may take: the largest window is 16 MiB. */
#define MOST_BYTES (32L * 1024 * 1024)

/* Bytes of memory that this process uses. */
static long used_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long all = 0, resident = 0;

	if (!file || fscanf(file, "%ld %ld", &all, &resident) != 2)
		abort();
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static struct span zeros(size_t len)
{
	char *at = coded_room(len);

	memset(at, 0, len);
	return span_of(at, len);
}

static struct span response_of(const char *letters, struct span body)
{
	char head[128];

	snprintf(head, sizeof(head), "200 OK\r\nContent-Encoding: %s\r\n",
		 coded_names(letters));
	return coded_response(head, body, CODED_BY_LENGTH, 0);
}

/* ---- large ones ---- */

/* 1 GiB, as so many members or frames, which are quickly made. */
#define BOMB_PARTS	64
#define BOMB_PART_BYTES (16u * 1024 * 1024)
#define BOMB_BYTES	((uint64_t)BOMB_PARTS * BOMB_PART_BYTES)

/* 1 GiB of zeros: parts are coded by the first letter, their row by the others. */
static struct span make_bomb(const char *letters)
{
	const char first[] = {*letters, '\0'};
	struct span content = zeros(BOMB_PART_BYTES);
	struct span part = coded(content, first);
	struct span row = {coded_room(part.len * BOMB_PARTS), part.len * BOMB_PARTS};
	struct span bomb;

	for (size_t i = 0; i < BOMB_PARTS; i++)
		memcpy((char *)(uintptr_t)row.at + i * part.len, part.at, part.len);
	bomb = coded(row, letters + 1);
	coded_free(row);
	coded_free(part);
	coded_free(content);
	return bomb;
}

static HRESULT note_most_used(struct client *client)
{
	long *most = client->owner;
	long now = client->counts[CLIENT_WRITE] % 64 ? 0 : used_bytes();

	*most = now > *most ? now : *most;
	return S_OK;
}

static void a_gibibyte_of_nothing_takes_no_memory(void **state)
{
	static const char *const letters[] = {"g", "z", "gg", "zb", "gz"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(letters); i++) {
		struct span bomb = make_bomb(letters[i]);
		struct span response = response_of(letters[i], bomb);
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
			       ORIGIN_SEND_BYTES(response.at, response.len));
		struct tape *sink = tape_new("", 0);
		struct client *client = client_new();
		long before = used_bytes(), most = before;

		sink->forgets = true;
		tape_be_sink(sink, client);
		client->on[CLIENT_WRITE] = note_most_used;
		client->owner = &most;
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_finish(client, 200, NULL);
		print_message("  %s: %zu bytes of body take %ld KiB\n",
			      coded_names(letters[i]), bomb.len, (most - before) / 1024);
		assert_true(sink->written_bytes == BOMB_BYTES);
		assert_true(most - before < MOST_BYTES);
		tape_end(sink);
		origin_end(origin);
		coded_free(response);
		coded_free(bomb);
	}
}

#define LARGE_BYTES (48u * 1024 * 1024)

/* Reads all there is; answers how much it was. */
static uint64_t drain(ISequentialStream *stream)
{
	char piece[65536];
	uint64_t sum = 0;
	ULONG n;

	do {
		n = 0;
		if (FAILED(ISequentialStream_Read(stream, piece, sizeof(piece), &n)))
			return 0;
		sum += n;
	} while (n == sizeof(piece));
	return sum;
}

/* Takes what has come, but not before it may. */
static HRESULT take_late(struct client *client)
{
	uint64_t *sum = client->owner;

	client_do_block(client);
	*sum += drain(client->stream);
	return S_OK;
}

/* Everything has been sent; yet only what the program has taken is decoded. */
static void what_is_not_taken_is_not_decoded(void **state)
{
	static const char *const letters[] = {"g", "b", "z", "gb"};
	struct span content = zeros(LARGE_BYTES);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(letters); i++) {
		struct span body = coded(content, letters[i]);
		struct span response = response_of(letters[i], body);
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
			       ORIGIN_SEND_BYTES(response.at, response.len));
		struct client *client = client_new();
		long before = used_bytes(), grown;
		uint64_t sum = 0;

		client->leaves_all = true;
		client->keeps_stream = true;
		client->on[CLIENT_DATA] = take_late;
		client->owner = &sum;
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_await_block(client);
		usleep(100 * 1000);
		grown = used_bytes() - before;
		print_message("  %s: %ld KiB\n", letters[i], grown / 1024);
		assert_true(grown < MOST_BYTES);
		assert_int_equal(client->counts[CLIENT_DATA], 1);
		client_go(client);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_int_equal(sum, LARGE_BYTES);
		assert_true(client->counts[CLIENT_DATA] > 8);
		client_end(client);
		origin_end(origin);
		coded_free(response);
		coded_free(body);
	}
	coded_free(content);
}

static void what_nobody_reads_does_not_stay_in_memory(void **state)
{
	struct span content = zeros(LARGE_BYTES);
	struct span body = coded(content, "z");
	struct span response = response_of("z", body);
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND_BYTES(response.at, response.len));
	struct client *client = client_new();
	long before = used_bytes(), grown;

	(void)state;
	client->leaves_all = true;
	client->keeps_stream = true;
	client->on[CLIENT_RECEIVED] = client_do_block;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_await_block(client);
	grown = used_bytes() - before;
	print_message("  48 MiB unread take %ld KiB\n", grown / 1024);
	assert_true(grown < MOST_BYTES);
	client_go(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(drain(client->stream), LARGE_BYTES);
	client_end(client);
	origin_end(origin);
	coded_free(response);
	coded_free(body);
	coded_free(content);
}

/* ---- back-pressure ---- */

static void check_back_pressure(enum client_event event, struct span response)
{
	struct flag is_out;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *sink = tape_new("", 0);

	flag_init(&is_out);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
			ORIGIN_SEND_BYTES(response.at, response.len),
			ORIGIN_RAISE(&is_out));
	client->on[event] = client_do_block;
	client->expects_pattern = true;
	sink->is_pattern = true;
	if (event == CLIENT_WRITE)
		tape_be_sink(sink, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_await_block(client);
	assert_false(flag_wait(&is_out, 300));
	client_go(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len + sink->pattern_len, LARGE_BYTES);
	client_end(client);
	tape_end(sink);
	origin_end(origin);
	flag_done(&is_out);
}

/* The pattern stays about as large as it is, and more than fits into sockets. */
static void the_server_is_held_back_while_client_code_runs(void **state)
{
	struct span content = coded_pattern(LARGE_BYTES);
	struct span body = coded(content, "z");
	struct span response = response_of("z", body);

	(void)state;
	assert_true(body.len > LARGE_BYTES / 2);
	coded_free(content);
	coded_free(body);
	check_back_pressure(CLIENT_HEADERS, response);
	check_back_pressure(CLIENT_DATA, response);
	check_back_pressure(CLIENT_WRITE, response);
	coded_free(response);
}

/* ---- many at once ---- */

#define MANY	   200
#define MANY_BYTES (100u * 1000)

static const char *const kinds[] = {"g", "d", "r", "b", "z", "gb", "zbg"};

/* The body of each kind, coded, and its field. */
struct shelf {
	struct span bodies[TEST_COUNT(kinds)]; /* owned */
	char fields[TEST_COUNT(kinds)][96];    /* with CR LF */
};

static void fill(struct shelf *shelf, struct span content)
{
	for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
		shelf->bodies[i] = coded(content, kinds[i]);
		snprintf(shelf->fields[i], sizeof(shelf->fields[i]),
			 "Content-Encoding: %s\r\n", coded_names(kinds[i]));
	}
}

static void clear(struct shelf *shelf)
{
	for (size_t i = 0; i < TEST_COUNT(kinds); i++)
		coded_free(shelf->bodies[i]);
}

/* The path is "/" and the number of a kind. */
static void reply_from_shelf(void *owner, const struct answerer_request *request,
			     struct answerer_reply *reply)
{
	const struct shelf *shelf = owner;
	size_t kind = (size_t)atoi(request->path + 1);

	reply->body = shelf->bodies[kind];
	reply->fields = shelf->fields[kind];
}

static struct client *start_many(const struct answerer *answerer, unsigned n)
{
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES], path[32];

	snprintf(path, sizeof(path), "/%u", n % (unsigned)TEST_COUNT(kinds));
	client->expects_pattern = true;
	client_open(client, "GET", answerer_url(answerer, path, url));
	client_send(client);
	return client;
}

static void many_are_decoded_at_once(void **state)
{
	struct span content = coded_pattern(MANY_BYTES);
	struct client *clients[MANY];
	struct answerer *answerer;
	struct shelf shelf;

	(void)state;
	fill(&shelf, content);
	answerer = answerer_start(reply_from_shelf, &shelf);
	for (unsigned i = 0; i < MANY; i++)
		clients[i] = start_many(answerer, i);
	for (unsigned i = 0; i < MANY; i++) {
		client_wait(clients[i]);
		client_expect(clients[i], 200, NULL);
		assert_int_equal(clients[i]->pattern_len, MANY_BYTES);
		client_end(clients[i]);
	}
	answerer_end(answerer);
	clear(&shelf);
	coded_free(content);
}

/* Whatever each of them is at. */
static void many_may_be_aborted_while_they_are_decoded(void **state)
{
	struct span content = coded_pattern(MANY_BYTES);
	struct client *clients[MANY];
	struct answerer *answerer;
	struct shelf shelf;

	(void)state;
	fill(&shelf, content);
	answerer = answerer_start(reply_from_shelf, &shelf);
	for (unsigned i = 0; i < MANY; i++) {
		clients[i] = start_many(answerer, i);
		if (i % 3 == 2)
			client_do_abort(clients[i - i % 9 / 3]);
	}
	for (unsigned i = 0; i < MANY; i++) {
		client_wait(clients[i]);
		if (clients[i]->error == S_OK)
			assert_int_equal(clients[i]->pattern_len, MANY_BYTES);
		else
			client_expect_error(clients[i], E_ABORT);
		client_end(clients[i]);
	}
	answerer_end(answerer);
	clear(&shelf);
	coded_free(content);
}

/* ---- memory that runs out ---- */

/* More allocations than this in one exchange are a mistake. */
#define MAX_ALLOCATIONS 2000

/* How a program takes its response. */
enum taking { IN_CALLBACKS, INTO_A_STREAM, NOT_AT_ALL, TAKINGS };

static bool is_out(HRESULT hr)
{
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr != S_OK;
}

/* Everything up to Send; false when memory was out. */
static bool prepare(struct client *client, struct tape *sink, const char *url)
{
	void *xhr = NULL;

	if (is_out(CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL,
				    CLSCTX_INPROC_SERVER, &IID_IXMLHTTPRequest3, &xhr)))
		return false;
	client->xhr = xhr;
	client->identity = xhr;
	if (client->sink && is_out(IXMLHTTPRequest3_SetCustomResponseStream(
				    client->xhr, tape_sequential(sink))))
		return false;
	return !is_out(client_try_open(client, "GET", url)) &&
	       !is_out(client_try_send(client));
}

static void check_end(struct client *client, const struct tape *sink)
{
	client_wait(client);
	if (client->error != S_OK) {
		client_expect_error(client, E_OUTOFMEMORY);
		return;
	}
	client_expect(client, 200, NULL);
	if (client->sink)
		assert_int_equal(sink->pattern_len, MANY_BYTES);
	else if (!client->leaves_all)
		assert_int_equal(client->pattern_len, MANY_BYTES);
}

/* One exchange whose n-th allocation fails; false when there was none. */
static bool run_once(const char *url, enum taking taking, unsigned long n,
		     long blocks_before)
{
	struct client *client = client_new();
	struct tape *sink = tape_new("", 0);
	bool has_failed;

	client_release(client);
	client->expects_pattern = true;
	client->leaves_all = taking == NOT_AT_ALL;
	sink->client = client;
	sink->is_pattern = true;
	if (taking == INTO_A_STREAM)
		client->sink = sink;
	mem_fail_at(n);
	if (prepare(client, sink, url))
		check_end(client, sink);
	client_end(client);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	tape_end(sink);
	session_reset();
	if (mem_live_blocks() != blocks_before)
		fail_msg("%ld blocks are left when allocation %lu fails",
			 mem_live_blocks(), n);
	return has_failed;
}

static void any_allocation_of_an_exchange_may_fail(void **state)
{
	struct span content = coded_pattern(MANY_BYTES);
	long blocks = mem_live_blocks();
	struct answerer *answerer;
	struct shelf shelf;

	(void)state;
	fill(&shelf, content);
	answerer = answerer_start(reply_from_shelf, &shelf);
	for (size_t i = 0; i < TEST_COUNT(kinds); i++)
		for (int taking = 0; taking < TAKINGS; taking++) {
			char url[ANSWERER_URL_BYTES], path[32];
			unsigned long n = 1;

			snprintf(path, sizeof(path), "/%zu", i);
			answerer_url(answerer, path, url);
			while (run_once(url, (enum taking)taking, n, blocks))
				assert_true(++n < MAX_ALLOCATIONS);
			print_message("  %s: %lu allocations\n", kinds[i], n - 1);
		}
	answerer_end(answerer);
	clear(&shelf);
	coded_free(content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_gibibyte_of_nothing_takes_no_memory),
		CLIENT_TEST(what_is_not_taken_is_not_decoded),
		CLIENT_TEST(what_nobody_reads_does_not_stay_in_memory),
		CLIENT_TEST(the_server_is_held_back_while_client_code_runs),
		CLIENT_TEST(many_are_decoded_at_once),
		CLIENT_TEST(many_may_be_aborted_while_they_are_decoded),
		CLIENT_TEST(any_allocation_of_an_exchange_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
