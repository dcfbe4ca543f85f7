/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "com/backlog.h"
#include "com/sequential.h"
#include "ixhr2/winerror.h"

#define CALL(stream, method, ...) ((stream)->lpVtbl->method((stream), __VA_ARGS__))

#define KIB ((size_t)1024)
#define MIB (KIB * KIB)

#define PIECE_BYTES  (200 * KIB)
#define RANDOM_BYTES (24 * MIB)
#define THREAD_BYTES (16 * MIB)

static struct sequential one;
static struct sequential *const sequential = &one;
static ISequentialStream *const stream = &one.ISequentialStream_iface;
static atomic_uint gone; /* how often that was told */

/* What is put and read by the tests: byte n of all is byte_at(n). */
static char byte_at(uint64_t n)
{
	return (char)(n * 31 + (n >> 8) * 17 + (n >> 16));
}

static void fill(char *to, uint64_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = byte_at(from + i);
}

static void on_gone(struct sequential *which)
{
	assert_ptr_equal(which, sequential);
	gone++;
}

static int make(void **state)
{
	(void)state;
	gone = 0;
	sequential_init(sequential, on_gone);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	sequential_done(sequential);
	return mem_live_blocks() == 0 ? 0 : -1;
}

/* Lends bytes in so many pieces of one length, and what is left behind them. */
static uint64_t lend(struct span bytes, size_t count)
{
	static struct sequential_loan loan;
	static struct span pieces[5];
	size_t len = bytes.len / count;

	for (size_t i = 0; i < count; i++)
		pieces[i] = span_of(bytes.at + i * len, len);
	pieces[count] = span_skip(bytes, count * len);
	loan = (struct sequential_loan){.rest = {pieces, count + 1}};
	return sequential_lend(sequential, &loan);
}

/* How many bytes nobody has read, where nothing is lent. */
static uint64_t unread(void)
{
	struct sequential_loan nothing = {.more = NULL};
	uint64_t bytes = sequential_lend(sequential, &nothing);

	assert_int_equal(sequential_keep(sequential), ERR_NONE);
	return bytes;
}

/* Has it keep bytes that nobody has read. */
static enum err keep(struct span bytes, size_t count)
{
	lend(bytes, count);
	return sequential_keep(sequential);
}

static void put(const char *text)
{
	assert_int_equal(keep(span_str(text), 1), ERR_NONE);
}

/* Fails unless Read of cap bytes answers so and gives this text. */
static void assert_read(ULONG cap, HRESULT answer, const char *text)
{
	char got[100];
	ULONG len = 77;

	assert_int_equal(CALL(stream, Read, got, cap, &len), answer);
	assert_span(span_of(got, len), span_str(text));
}

/* Appends bytes [from, from + len), in one piece and in several in turn. */
static enum err put_range(uint64_t from, size_t len)
{
	static size_t count;
	char *bytes = malloc(len ? len : 1);
	enum err err;

	fill(bytes, from, len);
	count = count % 4 + 1;
	err = keep(span_of(bytes, len), count);
	free(bytes);
	return err;
}

/* Reads up to cap bytes, which must be those from a place on; answers how many. */
static size_t read_range(uint64_t from, size_t cap)
{
	static char got[PIECE_BYTES];
	ULONG len = 77;
	HRESULT hr = CALL(stream, Read, got, (ULONG)cap, &len);

	assert_int_equal(hr, len == cap ? S_OK : S_FALSE);
	for (size_t i = 0; i < len; i++)
		if (got[i] != byte_at(from + i))
			fail_msg("byte %zu is another one", (size_t)from + i);
	return len;
}

static void it_has_three_interfaces_and_one_identity(void **state)
{
	static const IID *const iids[] = {&IID_IUnknown, &IID_ISequentialStream,
					  &IID_IAgileObject};
	void *out;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(iids); i++) {
		assert_int_equal(CALL(stream, QueryInterface, iids[i], &out), S_OK);
		assert_ptr_equal(out, stream);
		assert_int_equal(stream->lpVtbl->Release(stream), 1);
	}
	assert_int_equal(CALL(stream, QueryInterface, &IID_IStream, &out), E_NOINTERFACE);
	assert_null(out);
	assert_int_equal(CALL(stream, QueryInterface, &IID_IUnknown, NULL), E_POINTER);
}

static void nothing_yet_is_s_false(void **state)
{
	(void)state;
	assert_read(10, S_FALSE, "");
	assert_read(10, S_FALSE, "");
}

static void a_filled_buffer_is_s_ok_and_less_is_s_false(void **state)
{
	(void)state;
	put("abcdef");
	assert_read(2, S_OK, "ab");
	assert_read(4, S_OK, "cdef");
	assert_read(1, S_FALSE, "");
	put("gh");
	assert_read(3, S_FALSE, "gh");
}

static void reading_nothing_is_s_ok(void **state)
{
	(void)state;
	assert_read(0, S_OK, "");
	put("a");
	assert_read(0, S_OK, "");
	sequential_end(sequential, E_ABORT);
	assert_read(0, S_OK, "");
}

static void null_pointers(void **state)
{
	char got[4];
	ULONG count = 77;

	(void)state;
	put("abcd");
	assert_int_equal(CALL(stream, Read, NULL, 4, &count), STG_E_INVALIDPOINTER);
	assert_int_equal(count, 0);
	assert_int_equal(CALL(stream, Read, NULL, 0, NULL), STG_E_INVALIDPOINTER);
	assert_int_equal(CALL(stream, Read, got, 4, NULL), S_OK);
	assert_memory_equal(got, "abcd", 4);
}

static void it_cannot_be_written(void **state)
{
	ULONG count = 77;

	(void)state;
	assert_int_equal(CALL(stream, Write, "abc", 3, &count), STG_E_ACCESSDENIED);
	assert_int_equal(count, 0);
	assert_int_equal(CALL(stream, Write, NULL, 0, NULL), STG_E_ACCESSDENIED);
	assert_read(3, S_FALSE, "");
}

static void an_end_in_good_order_is_s_false(void **state)
{
	(void)state;
	put("abc");
	sequential_end(sequential, S_OK);
	assert_read(2, S_OK, "ab");
	assert_read(2, S_FALSE, "c");
	assert_read(2, S_FALSE, "");
}

static void a_failure_comes_once_all_is_read(void **state)
{
	(void)state;
	put("abc");
	sequential_end(sequential, INET_E_DOWNLOAD_FAILURE);
	assert_read(2, S_OK, "ab");
	assert_read(2, S_FALSE, "c");
	assert_read(2, INET_E_DOWNLOAD_FAILURE, "");
	assert_read(2, INET_E_DOWNLOAD_FAILURE, "");
}

static void unread_bytes_are_counted(void **state)
{
	(void)state;
	assert_int_equal(unread(), 0);
	assert_int_equal(put_range(0, 3 * MIB), ERR_NONE);
	assert_int_equal(unread(), 3 * MIB);
	assert_int_equal(read_range(0, 1000), 1000);
	assert_int_equal(unread(), 3 * MIB - 1000);
	put("");
	assert_int_equal(unread(), 3 * MIB - 1000);
}

static void it_outlives_the_request(void **state)
{
	(void)state;
	assert_false(sequential_is_held(sequential));
	assert_int_equal(stream->lpVtbl->AddRef(stream), 2);
	assert_true(sequential_is_held(sequential));
	put("late");
	sequential_end(sequential, S_OK);
	sequential_leave(sequential);
	assert_read(10, S_FALSE, "late");
	assert_int_equal(gone, 0);
	assert_int_equal(stream->lpVtbl->Release(stream), 0);
	assert_int_equal(gone, 1);
	assert_int_equal(mem_live_blocks(), 0);
}

static void its_owner_ends_what_nobody_has(void **state)
{
	(void)state;
	stream->lpVtbl->AddRef(stream);
	put("unread");
	assert_int_equal(stream->lpVtbl->Release(stream), 1);
	assert_false(sequential_is_held(sequential));
	sequential_done(sequential);
	assert_int_equal(gone, 0);
	assert_int_equal(mem_live_blocks(), 0);
}

static void a_short_body_takes_one_allocation(void **state)
{
	long before = mem_live_blocks() + 1;
	char bytes[3300];

	(void)state;
	fill(bytes, 0, sizeof(bytes));
	assert_int_equal(keep(span_of(bytes, 300), 1), ERR_NONE);
	assert_int_equal(mem_live_blocks(), before);
	assert_int_equal(keep(span_of(bytes + 300, 3000), 1), ERR_NONE);
	assert_true(mem_live_blocks() <= before + 1);
	assert_int_equal(read_range(0, 4000), 3300);
}

static void a_long_read_gathers_all_parts(void **state)
{
	static char got[4 * MIB];
	ULONG len = 77;

	(void)state;
	for (size_t at = 0; at < 3 * MIB; at += 100 * KIB)
		assert_int_equal(put_range(at, 100 * KIB), ERR_NONE);
	assert_int_equal(CALL(stream, Read, got, sizeof(got), &len), S_FALSE);
	assert_true(len >= 3 * MIB);
	for (size_t i = 0; i < len; i++)
		if (got[i] != byte_at(i))
			fail_msg("byte %zu is another one", i);
	assert_int_equal(unread(), 0);
}

static void what_is_lent_is_read_behind_the_rest(void **state)
{
	/* Bytes that are there before: none, in the object, in chunks, in the file. */
	static const size_t before[] = {0, 100, 100 * KIB, 2 * MIB};
	char lent[3 * KIB];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(before); i++) {
		for (size_t at = 0; at < before[i]; at += 50 * KIB)
			assert_int_equal(put_range(at, before[i] - at < 50 * KIB
							       ? before[i] - at
							       : 50 * KIB),
					 ERR_NONE);
		fill(lent, before[i], sizeof(lent));
		assert_int_equal(lend(span_of(lent, sizeof(lent)), 3),
				 before[i] + sizeof(lent));
		for (size_t at = 0; at < before[i]; at += 50 * KIB)
			read_range(at,
				   before[i] - at < 50 * KIB ? before[i] - at : 50 * KIB);
		assert_int_equal(read_range(before[i], KIB), KIB);
		assert_int_equal(sequential_keep(sequential), ERR_NONE);
		memset(lent, 0, sizeof(lent));
		assert_int_equal(read_range(before[i] + KIB, 9 * KIB), 2 * KIB);
		assert_int_equal(unread(), 0);
	}
}

/* A lender who has more than what he lends. */
struct source {
	uint64_t at;  /* the next byte */
	size_t left;  /* of them */
	size_t asked; /* the last cap */
	int calls;    /* of give_more */
};

static size_t give_more(void *owner, void *to, size_t cap)
{
	struct source *source = owner;
	size_t len = cap < source->left ? cap : source->left;

	fill(to, source->at, len);
	source->at += len;
	source->left -= len;
	source->asked = cap;
	source->calls++;
	return len;
}

static void what_the_lender_has_besides_comes_last_and_at_once(void **state)
{
	struct source source = {.at = 150 * KIB, .left = 10 * KIB};
	char lent[50 * KIB];
	const struct span piece = {lent, sizeof(lent)};
	struct sequential_loan loan = {
		.rest = {&piece, 1}, .more = give_more, .owner = &source};

	(void)state;
	assert_int_equal(put_range(0, 100 * KIB), ERR_NONE);
	fill(lent, 100 * KIB, sizeof(lent));
	assert_int_equal(sequential_lend(sequential, &loan), 150 * KIB);
	read_range(0, 20 * KIB);
	read_range(20 * KIB, 100 * KIB);
	read_range(120 * KIB, 30 * KIB);
	assert_int_equal(source.calls, 0);
	assert_int_equal(read_range(150 * KIB, 4 * KIB), 4 * KIB);
	assert_int_equal(source.calls, 1);
	assert_int_equal(source.asked, 4 * KIB);
	assert_int_equal(read_range(154 * KIB, 100 * KIB), 6 * KIB);
	assert_int_equal(read_range(160 * KIB, 100 * KIB), 0);
	source.left = 5;
	assert_int_equal(sequential_keep(sequential), ERR_NONE);
	assert_int_equal(read_range(160 * KIB, 100 * KIB), 0);
	assert_int_equal(source.calls, 3);
}

static void one_read_takes_of_all_in_their_order(void **state)
{
	struct source source = {.at = 110, .left = 1000};
	char lent[10];
	const struct span piece = {lent, sizeof(lent)};
	struct sequential_loan loan = {
		.rest = {&piece, 1}, .more = give_more, .owner = &source};

	(void)state;
	assert_int_equal(put_range(0, 100), ERR_NONE);
	fill(lent, 100, sizeof(lent));
	sequential_lend(sequential, &loan);
	assert_int_equal(read_range(0, 500), 500);
	assert_int_equal(source.asked, 390);
	assert_int_equal(sequential_keep(sequential), ERR_NONE);
	assert_int_equal(unread(), 0);
}

static void what_is_lent_and_read_takes_no_allocation(void **state)
{
	char lent[3 * KIB];

	(void)state;
	fill(lent, 0, sizeof(lent));
	mem_fail_at(1);
	lend(span_of(lent, sizeof(lent)), 3);
	assert_int_equal(read_range(0, sizeof(lent)), sizeof(lent));
	assert_int_equal(sequential_keep(sequential), ERR_NONE);
	lend(span_of(lent, sizeof(lent)), 3);
	assert_int_equal(sequential_keep(sequential), ERR_NO_MEMORY);
	mem_fail_at(0);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* A length that is small as often as it is large. */
static size_t random_len(uint32_t *seed)
{
	static const size_t most[] = {8, 300, 2 * KIB, 70 * KIB, PIECE_BYTES};

	return random_next(seed) % most[random_next(seed) % TEST_COUNT(most)];
}

/* Reads up to len bytes of those from out up to in; answers how many. */
static size_t read_some(uint64_t out, uint64_t in, size_t len)
{
	size_t got = read_range(out, len);

	assert_int_equal(got, len < in - out ? len : in - out);
	return got;
}

/* Puts and reads in random order; bias of 100 puts, the others read. */
static void run_random(uint32_t seed, uint32_t bias)
{
	uint64_t in = 0;
	uint64_t out = 0;

	while (in < RANDOM_BYTES || out < in) {
		size_t len = random_len(&seed);

		if (in < RANDOM_BYTES && random_next(&seed) % 100 < bias) {
			assert_int_equal(put_range(in, len), ERR_NONE);
			in += len;
		} else {
			out += read_some(out, in, len);
		}
		assert_int_equal(unread(), in - out);
	}
}

static void random_sizes_come_out_in_order(void **state)
{
	(void)state;
	run_random(1, 40);
	run_random(2, 50);
	run_random(3, 60);
	run_random(4, 90);
}

static void random_parts_of_what_is_lent_are_read_and_the_rest_is_kept(void **state)
{
	static char lent[PIECE_BYTES];
	uint32_t seed = 5;
	uint64_t in = 0;
	uint64_t out = 0;

	(void)state;
	while (in < RANDOM_BYTES) {
		size_t len = random_len(&seed);

		fill(lent, in, len);
		in += len;
		assert_int_equal(lend(span_of(lent, len), random_next(&seed) % 4 + 1),
				 in - out);
		for (uint32_t reads = random_next(&seed) % 4; reads; reads--)
			out += read_some(out, in, random_len(&seed));
		assert_int_equal(sequential_keep(sequential), ERR_NONE);
		memset(lent, 0, len);
		out += read_some(out, in, random_len(&seed));
		assert_int_equal(unread(), in - out);
	}
}

/* How many files without a name this process has open, and their blocks in bytes. */
static int unnamed_files(uint64_t *out_bytes)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	*out_bytes = 0;
	while ((entry = readdir(folder))) {
		struct stat info;
		int fd = atoi(entry->d_name);

		if (fd <= STDERR_FILENO || fd == dirfd(folder) || fstat(fd, &info) != 0)
			continue;
		if (!S_ISREG(info.st_mode) || info.st_nlink != 0)
			continue;
		*out_bytes += (uint64_t)info.st_blocks * 512;
		count++;
	}
	closedir(folder);
	return count;
}

static void memory_is_bounded_and_the_rest_is_a_file(void **state)
{
	uint64_t bytes;

	(void)state;
	assert_int_equal(put_range(0, BACKLOG_MEMORY_BYTES), ERR_NONE);
	assert_int_equal(unnamed_files(&bytes), 0);
	for (size_t at = BACKLOG_MEMORY_BYTES; at < 8 * MIB; at += 128 * KIB)
		assert_int_equal(put_range(at, 128 * KIB), ERR_NONE);
	assert_true(mem_live_blocks() < 40);
	assert_int_equal(unnamed_files(&bytes), 1);
	assert_true(bytes >= 7 * MIB);
}

static void what_was_read_goes_back_to_the_file_system(void **state)
{
	uint64_t before;
	uint64_t after;

	(void)state;
	for (size_t at = 0; at < 8 * MIB; at += 128 * KIB)
		assert_int_equal(put_range(at, 128 * KIB), ERR_NONE);
	assert_int_equal(unnamed_files(&before), 1);
	for (size_t at = 0; at < 6 * MIB; at += 128 * KIB)
		assert_int_equal(read_range(at, 128 * KIB), 128 * KIB);
	assert_int_equal(unnamed_files(&after), 1);
	if (after == before) {
		print_message("this file system cannot give blocks back\n");
		skip();
	}
	assert_true(after <= 4 * MIB);
}

static void the_file_goes_when_all_is_read(void **state)
{
	uint64_t bytes;

	(void)state;
	for (size_t at = 0; at < 2 * MIB; at += 128 * KIB)
		assert_int_equal(put_range(at, 128 * KIB), ERR_NONE);
	sequential_end(sequential, S_OK);
	assert_int_equal(unnamed_files(&bytes), 1);
	for (size_t at = 0; at < 2 * MIB; at += 128 * KIB)
		assert_int_equal(read_range(at, 128 * KIB), 128 * KIB);
	assert_int_equal(unnamed_files(&bytes), 0);
	assert_read(1, S_FALSE, "");
}

/* Everything that was put before is read, then the failure. */
static void assert_drains(uint64_t bytes)
{
	uint64_t at = 0;

	assert_int_equal(unread(), bytes);
	sequential_end(sequential, STG_E_MEDIUMFULL);
	while (at < bytes) {
		size_t got = read_range(at, 100 * KIB);

		assert_true(got > 0);
		at += got;
	}
	assert_int_equal(at, bytes);
	assert_read(1, STG_E_MEDIUMFULL, "");
}

static void a_full_disk_loses_nothing_before_it(void **state)
{
	struct rlimit before;
	struct rlimit limit;
	uint64_t in = 0;
	enum err err = ERR_NONE;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 4 * MIB;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	while (!err && in < 16 * MIB) {
		err = put_range(in, 100 * KIB);
		in = unread();
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, ERR_FILE_FULL);
	assert_true(in > 4 * MIB);
	assert_drains(in);
}

static void a_missing_folder_for_files_loses_nothing(void **state)
{
	enum err err = ERR_NONE;

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent/ixhr2", 1), 0);
	assert_int_equal(put_range(0, MIB - 10), ERR_NONE);
	err = put_range(MIB - 10, 100);
	unsetenv("TMPDIR");
	assert_int_equal(err, ERR_FILE_MISSING);
	assert_drains(MIB);
}

static void without_descriptors_memory_takes_the_bytes(void **state)
{
	struct rlimit before;
	struct rlimit none;
	enum err err;

	(void)state;
	assert_int_equal(put_range(0, MIB), ERR_NONE);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = put_range(MIB, MIB);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(err, ERR_NONE);
	assert_int_equal(put_range(2 * MIB, MIB), ERR_NONE);
	assert_drains(3 * MIB);
}

static void every_failing_allocation_loses_nothing_before_it(void **state)
{
	(void)state;
	for (unsigned long n = 1; n < 40; n++) {
		uint64_t in = 0;
		enum err err = ERR_NONE;

		mem_fail_at(n);
		sequential_init(sequential, on_gone);
		while (!err && in < 3 * MIB) {
			err = put_range(in, 50 * KIB);
			in = unread();
		}
		mem_fail_at(0);
		assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
		assert_drains(in);
		sequential_done(sequential);
		assert_int_equal(mem_live_blocks(), 0);
	}
}

static void *write_all(void *seed)
{
	uint32_t random = *(uint32_t *)seed;
	uint64_t in = 0;

	while (in < THREAD_BYTES) {
		size_t len = random_len(&random);

		if (put_range(in, len))
			break;
		in += len;
	}
	sequential_end(sequential, E_ABORT);
	return NULL;
}

static void a_reader_and_a_writer_go_together(void **state)
{
	static char got[PIECE_BYTES];
	uint32_t writers_seed = 6;
	uint32_t seed = 7;
	uint64_t out = 0;
	pthread_t writer;
	HRESULT hr = S_OK;

	(void)state;
	stream->lpVtbl->AddRef(stream);
	assert_int_equal(pthread_create(&writer, NULL, write_all, &writers_seed), 0);
	while (SUCCEEDED(hr)) {
		ULONG cap = (ULONG)random_len(&seed) + 1;
		ULONG len = 77;

		hr = CALL(stream, Read, got, cap, &len);
		for (size_t i = 0; i < len; i++)
			if (got[i] != byte_at(out + i))
				fail_msg("byte %zu is another one", (size_t)out + i);
		out += len;
		assert_true(len <= cap && (len == 0 || SUCCEEDED(hr)));
	}
	pthread_join(writer, NULL);
	assert_int_equal(stream->lpVtbl->Release(stream), 1);
	assert_int_equal(hr, E_ABORT);
	assert_true(out >= THREAD_BYTES);
	assert_int_equal(unread(), 0);
}

static void *read_until_end(void *out_bytes)
{
	char got[777];
	HRESULT hr = S_OK;

	while (SUCCEEDED(hr)) {
		ULONG len = 0;

		hr = CALL(stream, Read, got, sizeof(got), &len);
		*(uint64_t *)out_bytes += len;
	}
	stream->lpVtbl->Release(stream);
	return NULL;
}

static void several_readers_share_the_bytes(void **state)
{
	uint64_t counts[3] = {0};
	pthread_t readers[3];
	uint32_t seed = 9;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		stream->lpVtbl->AddRef(stream);
		assert_int_equal(
			pthread_create(&readers[i], NULL, read_until_end, &counts[i]), 0);
	}
	write_all(&seed);
	for (size_t i = 0; i < 3; i++)
		pthread_join(readers[i], NULL);
	assert_true(counts[0] + counts[1] + counts[2] >= THREAD_BYTES);
	assert_int_equal(unread(), 0);
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ONE(it_has_three_interfaces_and_one_identity),
		WITH_ONE(nothing_yet_is_s_false),
		WITH_ONE(a_filled_buffer_is_s_ok_and_less_is_s_false),
		WITH_ONE(reading_nothing_is_s_ok),
		WITH_ONE(null_pointers),
		WITH_ONE(it_cannot_be_written),
		WITH_ONE(an_end_in_good_order_is_s_false),
		WITH_ONE(a_failure_comes_once_all_is_read),
		WITH_ONE(unread_bytes_are_counted),
		WITH_ONE(it_outlives_the_request),
		WITH_ONE(its_owner_ends_what_nobody_has),
		WITH_ONE(a_short_body_takes_one_allocation),
		WITH_ONE(a_long_read_gathers_all_parts),
		WITH_ONE(what_is_lent_is_read_behind_the_rest),
		WITH_ONE(what_the_lender_has_besides_comes_last_and_at_once),
		WITH_ONE(one_read_takes_of_all_in_their_order),
		WITH_ONE(what_is_lent_and_read_takes_no_allocation),
		WITH_ONE(random_sizes_come_out_in_order),
		WITH_ONE(random_parts_of_what_is_lent_are_read_and_the_rest_is_kept),
		WITH_ONE(memory_is_bounded_and_the_rest_is_a_file),
		WITH_ONE(what_was_read_goes_back_to_the_file_system),
		WITH_ONE(the_file_goes_when_all_is_read),
		WITH_ONE(a_full_disk_loses_nothing_before_it),
		WITH_ONE(a_missing_folder_for_files_loses_nothing),
		WITH_ONE(without_descriptors_memory_takes_the_bytes),
		cmocka_unit_test(every_failing_allocation_loses_nothing_before_it),
		WITH_ONE(a_reader_and_a_writer_go_together),
		WITH_ONE(several_readers_share_the_bytes),
	};

	/* Files without a name are counted below; the caller's are not ours. */
	closefrom(STDERR_FILENO + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
