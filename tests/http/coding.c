/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/coding.h"
#include "lib/coder.h"
#include "lib/decoded.h"
#include "lib/pattern.h"
#include "lib/pieces.h"

/* The body coded by the formats one after the other. */
static struct buf coded_in_turn(struct span body, const enum coder_format *formats,
				size_t count)
{
	struct buf last = {0};

	assert_int_equal(buf_put(&last, body), 0);
	for (size_t i = 0; i < count; i++) {
		struct buf next = coder_make(formats[i], buf_span(&last));

		buf_done(&last);
		last = next;
	}
	return last;
}

/* ---- each coding ---- */

static void every_coding_decodes_whole_and_in_pieces(void **state)
{
	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coder_make(format, decoded_body());

		decoded_check(coder_names[format], buf_span(&input), ERR_NONE,
			      decoded_body());
		buf_done(&input);
	}
}

static void every_length_of_output_room_will_do(void **state)
{
	static struct decoded decoded;

	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coder_make(format, decoded_body());

		for (size_t cap = 1; cap <= PIECES_MAX_BYTES; cap++) {
			decoded_run(coder_names[format], buf_span(&input), cap, cap,
				    &decoded);
			assert_int_equal(decoded.err, ERR_NONE);
			assert_span(decoded_span(&decoded), decoded_body());
		}
		buf_done(&input);
	}
}

static void an_empty_body_that_is_coded_decodes_to_nothing(void **state)
{
	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coder_make(format, span_of("", 0));

		decoded_check(coder_names[format], buf_span(&input), ERR_NONE, SPAN(""));
		buf_done(&input);
	}
}

static void no_input_at_all_is_complete(void **state)
{
	static const char *const rows[] = {"gzip", "deflate", "br", "zstd", "gzip, br"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		decoded_check(rows[i], SPAN(""), ERR_NONE, SPAN(""));
}

static void check_cuts(const char *codings, struct span input)
{
	static struct decoded decoded;

	for (size_t len = 1; len < input.len; len++) {
		size_t piece_bytes = len % 3 == 0 ? SIZE_MAX : len % 3;

		decoded_run(codings, span_of(input.at, len), piece_bytes, SIZE_MAX,
			    &decoded);
		assert_int_equal(decoded.err, ERR_CODING);
		assert_span(decoded_span(&decoded),
			    span_of(decoded_body().at, decoded.len));
	}
}

static void a_body_cut_anywhere_is_damaged(void **state)
{
	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coder_make(format, decoded_body());
		struct buf twice = coder_make(CODER_GZIP, buf_span(&input));
		char codings[32];

		snprintf(codings, sizeof(codings), "%s, gzip", coder_names[format]);
		check_cuts(coder_names[format], buf_span(&input));
		check_cuts(codings, buf_span(&twice));
		buf_done(&input);
		buf_done(&twice);
	}
}

/* Those without a checksum may decode to something else, but not to anything but an end
 * or a failure, and the same however it is cut. */
static void a_damaged_body_is_never_taken_for_another(void **state)
{
	static struct decoded whole;
	static struct decoded pieces;

	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		bool has_sum = format != CODER_BR && format != CODER_BARE;
		struct buf input = coder_make(format, decoded_body());

		for (size_t i = 0; i < input.len * 8; i++) {
			char *byte = &input.at[i / 8];
			char was = *byte;

			*byte = (char)(was ^ 1 << i % 8);
			decoded_run(coder_names[format], buf_span(&input), SIZE_MAX, 512,
				    &whole);
			decoded_run(coder_names[format], buf_span(&input), 5, 7, &pieces);
			*byte = was;
			assert_int_equal(whole.err, pieces.err);
			if (whole.err)
				continue;
			assert_int_equal(whole.len, pieces.len);
			assert_memory_equal(whole.bytes, pieces.bytes,
					    whole.len < sizeof(whole.bytes)
						    ? whole.len
						    : sizeof(whole.bytes));
			if (has_sum)
				assert_span(decoded_span(&whole), decoded_body());
		}
		buf_done(&input);
	}
}

/* ---- limits ---- */

/* Bytes of memory that the process has now. */
static size_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
	assert_int_equal(fclose(file), 0);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void a_bomb_needs_no_memory(void **state)
{
	static const struct {
		const char *codings;
		enum coder_format formats[3];
		size_t count;
	} rows[] = {
		{"gzip", {CODER_GZIP}, 1},
		{"deflate", {CODER_ZLIB}, 1},
		{"br", {CODER_BR}, 1},
		{"zstd", {CODER_ZSTD}, 1},
		{"gzip, gzip", {CODER_GZIP, CODER_GZIP}, 2},
		{"zstd, br, gzip", {CODER_ZSTD, CODER_BR, CODER_GZIP}, 3},
	};
	const size_t len = (size_t)128 << 20;
	const size_t limit = (size_t)48 << 20;
	static char room[1 << 16];
	char *zeros = calloc(1, len);

	(void)state;
	assert_non_null(zeros);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = coded_in_turn(span_of(zeros, len), rows[i].formats,
						 rows[i].count);
		struct span in = buf_span(&input);
		size_t before = resident_bytes();
		struct coding *coding = NULL;
		size_t done = 0, got;

		assert_int_equal(decoded_new(rows[i].codings, &coding), ERR_NONE);
		while (coding_read(coding, &in, room, sizeof(room), &got) == ERR_NONE) {
			done += got;
			if (done % (16u << 20) < got)
				assert_true(resident_bytes() < before + limit);
		}
		assert_int_equal(done, len);
		assert_int_equal(coding_end(coding), ERR_NONE);
		coding_free(coding);
		buf_done(&input);
	}
	free(zeros);
}

/* A chain whose inner body ends before many bytes that nobody wants. */
static void what_brings_nothing_out_is_limited(void **state)
{
	static const struct {
		size_t len; /* of what is dropped */
		enum err err;
	} rows[] = {
		{(size_t)1 << 20, ERR_NONE},
		{CODING_MAX_BARREN_BYTES, ERR_NONE},
		{CODING_MAX_BARREN_BYTES + (64u << 10), ERR_LIMIT},
		{(size_t)64 << 20, ERR_LIMIT},
	};
	static struct decoded decoded;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf inner = coder_make(CODER_BR, SPAN("Hello"));
		struct buf outer;
		size_t len = inner.len;

		assert_int_equal(buf_reserve(&inner, rows[i].len), 0);
		memset(inner.at + len, 0, rows[i].len);
		inner.len += rows[i].len;
		outer = coder_make(CODER_ZSTD, buf_span(&inner));
		decoded_run("br, zstd", buf_span(&outer), SIZE_MAX, SIZE_MAX, &decoded);
		assert_int_equal(decoded.err, rows[i].err);
		assert_span(decoded_span(&decoded), SPAN("Hello"));
		buf_done(&inner);
		buf_done(&outer);
	}
}

/* ---- pulling ---- */

static void what_has_no_room_stays_in_the_input(void **state)
{
	static const char *const chains[] = {"gzip", "gzip, gzip"};
	static const enum coder_format formats[] = {CODER_GZIP, CODER_GZIP};
	static char room[256];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(chains); i++) {
		size_t done = 0, got, was;
		struct buf noise;
		struct buf input;
		struct coding *coding = NULL;
		struct span in;

		buf_init(&noise);
		assert_int_equal(buf_reserve(&noise, 1 << 20), 0);
		pattern_fill(noise.at, 0, noise.len = 1 << 20);
		input = coder_make(formats[0], buf_span(&noise));
		if (i > 0) {
			struct buf twice = coder_make(formats[1], buf_span(&input));

			buf_done(&input);
			input = twice;
		}
		in = buf_span(&input);
		was = in.len;
		assert_int_equal(decoded_new(chains[i], &coding), ERR_NONE);
		while (coding_read(coding, &in, room, sizeof(room), &got) == ERR_NONE) {
			assert_true(pattern_matches(room, done, got));
			if (done == 0)
				assert_true(was - in.len < 64u << 10);
			done += got;
		}
		assert_int_equal(done, noise.len);
		assert_int_equal(coding_end(coding), ERR_NONE);
		coding_free(coding);
		buf_done(&input);
		buf_done(&noise);
	}
}

static void asking_without_input_changes_nothing(void **state)
{
	static struct decoded decoded;

	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coder_make(format, decoded_body());
		struct coding *coding = NULL;

		decoded.len = 0;
		assert_int_equal(decoded_new(coder_names[format], &coding), ERR_NONE);
		for (size_t i = 0; i <= input.len; i++) {
			struct span piece = span_of(input.at + i, i < input.len);

			for (int again = 0; again < 40; again++)
				assert_int_equal(
					decoded_read(coding, &piece, 64, &decoded),
					ERR_AGAIN);
		}
		assert_int_equal(coding_end(coding), ERR_NONE);
		assert_span(decoded_span(&decoded), decoded_body());
		coding_free(coding);
		buf_done(&input);
	}
}

/* ---- which codings ---- */

static void chains_are_undone_from_their_end(void **state)
{
	static const struct {
		const char *codings;
		enum coder_format formats[CODING_MAX_CHAIN];
		size_t count;
	} rows[] = {
		{"gzip, br", {CODER_GZIP, CODER_BR}, 2},
		{"br,gzip", {CODER_BR, CODER_GZIP}, 2},
		{"deflate, deflate", {CODER_BARE, CODER_ZLIB}, 2},
		{"zstd, zstd, zstd", {CODER_ZSTD, CODER_ZSTD, CODER_ZSTD}, 3},
		{"gzip, deflate, br, zstd",
		 {CODER_GZIP, CODER_ZLIB, CODER_BR, CODER_ZSTD},
		 4},
		{"zstd, br, deflate, gzip, gzip",
		 {CODER_ZSTD, CODER_BR, CODER_BARE, CODER_GZIP, CODER_GZIP},
		 5},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input =
			coded_in_turn(decoded_body(), rows[i].formats, rows[i].count);

		decoded_check(rows[i].codings, buf_span(&input), ERR_NONE,
			      decoded_body());
		buf_done(&input);
	}
}

/* Of a chain whose inner coding has no byte, only the outer one is complete. */
static void nothing_inside_a_coding_is_cut_off(void **state)
{
	struct buf input = coder_make(CODER_GZIP, SPAN(""));

	(void)state;
	decoded_check("br, gzip", buf_span(&input), ERR_CODING, SPAN(""));
	buf_done(&input);
}

/* coding_new for up to three fields. */
static enum err new_for_fields(const char *const values[3], struct coding **out_coding)
{
	struct arena arena;
	struct headers headers;
	enum err err;

	arena_init(&arena);
	headers_init(&headers, &arena);
	assert_int_equal(headers_put(&headers, SPAN("A"), SPAN("gzip")), 0);
	for (size_t n = 0; n < 3 && values[n]; n++)
		assert_int_equal(headers_put(&headers, SPAN("Content-Encoding"),
					     span_str(values[n])),
				 0);
	err = coding_new(&headers, out_coding);
	arena_done(&arena);
	return err;
}

/* Fails the test unless coding is what undoes so many times gzip. */
static void check_gzips(struct coding *coding, size_t count)
{
	static struct decoded decoded;
	enum coder_format gzips[CODING_MAX_CHAIN] = {CODER_GZIP};
	struct buf input = coded_in_turn(decoded_body(), gzips, count);
	struct span in = buf_span(&input);

	decoded.len = 0;
	assert_int_equal(decoded_read(coding, &in, SIZE_MAX, &decoded), ERR_AGAIN);
	assert_int_equal(coding_end(coding), ERR_NONE);
	assert_span(decoded_span(&decoded), decoded_body());
	buf_done(&input);
}

static void the_fields_tell_what_is_decoded(void **state)
{
	static const struct {
		const char *values[3]; /* of the fields, up to NULL */
		enum err err;
		size_t gzips; /* to be undone */
	} rows[] = {
		{{NULL}, ERR_NONE, 0},
		{{""}, ERR_NONE, 0},
		{{" , "}, ERR_NONE, 0},
		{{"identity"}, ERR_NONE, 0},
		{{"Identity, IDENTITY"}, ERR_NONE, 0},
		{{"gzip"}, ERR_NONE, 1},
		{{"GZip"}, ERR_NONE, 1},
		{{"x-gzip"}, ERR_NONE, 1},
		{{"X-GZIP"}, ERR_NONE, 1},
		{{", gzip ,"}, ERR_NONE, 1},
		{{"gzip, identity"}, ERR_NONE, 1},
		{{"gzip,x-gzip"}, ERR_NONE, 2},
		{{"gzip", "gzip"}, ERR_NONE, 2},
		{{"gzip", "", "gzip,\tgzip"}, ERR_NONE, 3},
		{{"gzip,gzip,gzip,gzip,gzip"}, ERR_NONE, 5},
		{{"gzip,gzip,gzip", "identity", "gzip,gzip"}, ERR_NONE, 5},
		{{"gzip,gzip,gzip,gzip,gzip,gzip"}, ERR_LIMIT, 0},
		{{"gzip,gzip,gzip", "gzip,gzip", "gzip"}, ERR_LIMIT, 0},
		/* Not known. */
		{{"compress"}, ERR_NONE, 0},
		{{"x-compress"}, ERR_NONE, 0},
		{{"gzi"}, ERR_NONE, 0},
		{{"gzipp"}, ERR_NONE, 0},
		{{"gzip gzip"}, ERR_NONE, 0},
		{{"gzip;q=1"}, ERR_NONE, 0},
		{{"\"gzip\""}, ERR_NONE, 0},
		{{"gzip, aes128gcm"}, ERR_NONE, 0},
		{{"aes128gcm", "gzip"}, ERR_NONE, 0},
		{{"gzip", "gzip", "dcz"}, ERR_NONE, 0},
		{{"gzip,gzip,gzip,gzip,gzip,gzip", "dcz"}, ERR_NONE, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct coding *untouched = (void *)(uintptr_t)rows;
		struct coding *coding = untouched;

		assert_int_equal(new_for_fields(rows[i].values, &coding), rows[i].err);
		if (rows[i].err) {
			assert_ptr_equal(coding, untouched);
			continue;
		}
		assert_true((coding != NULL) == (rows[i].gzips > 0));
		if (coding)
			check_gzips(coding, rows[i].gzips);
		coding_free(coding);
	}
}

static void what_is_accepted_is_decoded(void **state)
{
	struct span rest = span_str(CODING_ACCEPTED);

	(void)state;
	while (rest.len > 0) {
		struct span name = span_trim(span_cut(&rest, ','));
		struct coding *coding = NULL;
		char value[16] = "";

		memcpy(value, name.at, name.len);
		assert_int_equal(decoded_new(value, &coding), ERR_NONE);
		assert_non_null(coding);
		coding_free(coding);
	}
}

/* ---- memory ---- */

/* Decodes with the n-th allocation failing; false when there were not that many. */
static bool fails_at(unsigned long n, const struct headers *headers, struct span input,
		     size_t piece_bytes)
{
	static struct decoded decoded;
	struct coding *coding = NULL;
	long blocks = mem_live_blocks();
	bool has_failed;
	enum err err;

	decoded.len = 0;
	mem_fail_at(n);
	err = coding_new(headers, &coding);
	if (err)
		assert_null(coding);
	while (!err && input.len > 0) {
		size_t len = piece_bytes < input.len ? piece_bytes : input.len;
		struct span piece = span_of(input.at, len);

		err = decoded_read(coding, &piece, 400, &decoded);
		if (err == ERR_AGAIN)
			err = ERR_NONE;
		input = span_skip(input, len);
	}
	has_failed = mem_has_failed();
	mem_fail_at(0);
	assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
	assert_span(decoded_span(&decoded), span_of(decoded_body().at, decoded.len));
	if (!err)
		assert_int_equal(coding_end(coding), ERR_NONE);
	coding_free(coding);
	assert_int_equal(mem_live_blocks(), blocks);
	return err != ERR_NONE;
}

static void every_allocation_may_fail(void **state)
{
	static const enum coder_format formats[] = {CODER_BARE, CODER_GZIP, CODER_BR,
						    CODER_ZSTD, CODER_ZLIB};
	static const size_t piece_bytes[] = {1, 100, SIZE_MAX};
	struct buf input = {0};
	char codings[64] = "";

	(void)state;
	assert_int_equal(buf_put(&input, decoded_body()), 0);
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		struct buf alone = coder_make(formats[i], decoded_body());
		struct buf next = coder_make(formats[i], buf_span(&input));

		buf_done(&input);
		input = next;
		strcat(codings, i ? ", " : "");
		strcat(codings, coder_names[formats[i]]);
		for (size_t n = 0; n < 2 * TEST_COUNT(piece_bytes); n++) {
			bool is_chain = n % 2;
			struct span name =
				span_str(is_chain ? codings : coder_names[formats[i]]);
			struct arena arena;
			struct headers headers;
			unsigned long failures = 0;

			arena_init(&arena);
			headers_init(&headers, &arena);
			assert_int_equal(
				headers_put(&headers, SPAN("Content-Encoding"), name), 0);
			while (fails_at(failures + 1, &headers,
					buf_span(is_chain ? &input : &alone),
					piece_bytes[n / 2]))
				failures++;
			assert_true(failures >= 3);
			arena_done(&arena);
		}
		buf_done(&alone);
	}
	buf_done(&input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_coding_decodes_whole_and_in_pieces),
		cmocka_unit_test(every_length_of_output_room_will_do),
		cmocka_unit_test(an_empty_body_that_is_coded_decodes_to_nothing),
		cmocka_unit_test(no_input_at_all_is_complete),
		cmocka_unit_test(a_body_cut_anywhere_is_damaged),
		cmocka_unit_test(a_damaged_body_is_never_taken_for_another),
		cmocka_unit_test(a_bomb_needs_no_memory),
		cmocka_unit_test(what_brings_nothing_out_is_limited),
		cmocka_unit_test(what_has_no_room_stays_in_the_input),
		cmocka_unit_test(asking_without_input_changes_nothing),
		cmocka_unit_test(chains_are_undone_from_their_end),
		cmocka_unit_test(nothing_inside_a_coding_is_cut_off),
		cmocka_unit_test(the_fields_tell_what_is_decoded),
		cmocka_unit_test(what_is_accepted_is_decoded),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
