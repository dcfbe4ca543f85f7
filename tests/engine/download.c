/* SPDX-License-Identifier: MIT */
/*
 * Coded bodies of any length without a library: "deflate" may be a bare stream of RFC
 * 1951, and that may be made of stored blocks.
 */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/download.h"
#include "engine/still_loop.h"
#include "lib/pattern.h"

/* The largest stored block, and what stands before each. */
#define BLOCK_BYTES 65535
#define BLOCK_HEAD  5

/* More than two pieces. */
#define LARGE_BYTES ((size_t)2 * DOWNLOAD_PIECE_BYTES + 4321)

struct play {
	struct loop loop;	   /* still */
	struct arena arena;	   /* of headers */
	struct headers headers;	   /* of the response */
	struct download *download; /* what is tested, or NULL */
	struct span pieces[3];	   /* of the coded bytes that are taken */
	uint64_t got;		   /* decoded bytes of the pattern, all right */
};

static void play_init(struct play *play)
{
	*play = (struct play){0};
	still_loop_init(&play->loop);
	arena_init(&play->arena);
	headers_init(&play->headers, &play->arena);
}

static void put(struct play *play, const char *name, const char *value)
{
	assert_int_equal(headers_put(&play->headers, span_str(name), span_str(value)), 0);
}

static enum err begin(struct play *play)
{
	return download_new(&play->loop, &play->headers, &play->download);
}

/* A play with a body that is coded so. */
static void play_begin(struct play *play, const char *coding)
{
	play_init(play);
	put(play, "Content-Encoding", coding);
	assert_int_equal(begin(play), ERR_NONE);
	assert_non_null(play->download);
}

static void play_done(struct play *play)
{
	download_free(play->download);
	assert_true(play->loop.spare_buffer_count <= 1);
	arena_done(&play->arena);
	still_loop_done(&play->loop);
}

/* content as stored blocks; the caller's, from malloc. */
static struct span store(struct span content)
{
	size_t blocks = content.len / BLOCK_BYTES + 1;
	char *at = malloc(content.len + blocks * BLOCK_HEAD);
	size_t len = 0;

	assert_non_null(at);
	for (size_t i = 0; i < blocks; i++) {
		size_t n = content.len < BLOCK_BYTES ? content.len : BLOCK_BYTES;
		const char head[BLOCK_HEAD] = {(char)(i + 1 == blocks), (char)n,
					       (char)(n >> 8), (char)~n, (char)(~n >> 8)};

		memcpy(at + len, head, BLOCK_HEAD);
		memcpy(at + len + BLOCK_HEAD, content.at, n);
		len += BLOCK_HEAD + n;
		content = span_skip(content, n);
	}
	return span_of(at, len);
}

/* So many bytes of the pattern, stored; the caller's, from malloc. */
static struct span store_pattern(size_t len)
{
	char *content = malloc(len + 1);
	struct span stored;

	assert_non_null(content);
	pattern_fill(content, 0, len);
	stored = store(span_of(content, len));
	free(content);
	return stored;
}

/* Has it take coded bytes, in three pieces. */
static void take(struct play *play, struct span coded)
{
	size_t third = coded.len / 3;

	play->pieces[0] = span_of(coded.at, third);
	play->pieces[1] = span_of(coded.at + third, third);
	play->pieces[2] = span_skip(coded, 2 * third);
	download_take(play->download, (struct spans){play->pieces, 3});
}

/* Takes coded bytes, and compares all that comes of them. Answers what ended it. */
static enum err feed(struct play *play, struct span coded)
{
	struct spans decoded;
	enum err err;

	take(play, coded);
	while ((err = download_next(play->download, &decoded)) == ERR_NONE) {
		assert_in_range(decoded.at->len, 1, DOWNLOAD_PIECE_BYTES);
		assert_true(pattern_matches(decoded.at->at, play->got, decoded.at->len));
		assert_non_null(play->download->buffer);
		play->got += decoded.at->len;
	}
	assert_null(play->download->buffer);
	return err;
}

static const size_t lengths[] = {0,
				 1,
				 1000,
				 DOWNLOAD_PIECE_BYTES - 1,
				 DOWNLOAD_PIECE_BYTES,
				 DOWNLOAD_PIECE_BYTES + 1,
				 LARGE_BYTES};

static void a_body_of_any_length_comes_in_pieces_of_a_buffer_at_most(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lengths); i++) {
		struct span coded = store_pattern(lengths[i]);
		struct play play;

		play_begin(&play, "deflate");
		assert_int_equal(feed(&play, coded), ERR_AGAIN);
		assert_int_equal(play.got, lengths[i]);
		assert_int_equal(download_end(play.download), ERR_NONE);
		play_done(&play);
		free((void *)(uintptr_t)coded.at);
	}
}

static void it_may_be_taken_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = {1, 2, 7, 1000, BLOCK_BYTES, DOWNLOAD_PIECE_BYTES};
	struct span coded = store_pattern(LARGE_BYTES);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		struct span rest = coded;
		struct play play;

		play_begin(&play, "deflate");
		while (rest.len) {
			size_t n = pieces[i] < rest.len ? pieces[i] : rest.len;

			if (rest.len > 1)
				assert_int_equal(download_end(play.download),
						 rest.len == coded.len ? ERR_NONE
								       : ERR_CODING);
			assert_int_equal(feed(&play, span_of(rest.at, n)), ERR_AGAIN);
			rest = span_skip(rest, n);
		}
		assert_int_equal(play.got, LARGE_BYTES);
		assert_int_equal(download_end(play.download), ERR_NONE);
		play_done(&play);
	}
	free((void *)(uintptr_t)coded.at);
}

static void chains_are_undone(void **state)
{
	struct span inner = store_pattern(LARGE_BYTES);
	struct span middle = store(inner);
	struct span outer = store(middle);
	struct play play;

	(void)state;
	play_init(&play);
	put(&play, "Content-Encoding", "deflate, identity");
	put(&play, "content-encoding", "Deflate,,deflate");
	assert_int_equal(begin(&play), ERR_NONE);
	assert_int_equal(feed(&play, outer), ERR_AGAIN);
	assert_int_equal(play.got, LARGE_BYTES);
	assert_int_equal(download_end(play.download), ERR_NONE);
	play_done(&play);
	free((void *)(uintptr_t)inner.at);
	free((void *)(uintptr_t)middle.at);
	free((void *)(uintptr_t)outer.at);
}

static void a_buffer_is_held_only_while_decoded_bytes_are_lent(void **state)
{
	struct span coded = store_pattern(LARGE_BYTES);
	struct spans decoded;
	struct play play;

	(void)state;
	play_begin(&play, "deflate");
	assert_int_equal(play.loop.spare_buffer_count, 0);
	take(&play, coded);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(download_next(play.download, &decoded), ERR_NONE);
		assert_ptr_equal(decoded.at->at, play.download->buffer);
		assert_int_equal(play.loop.spare_buffer_count, 0);
	}
	assert_int_equal(download_next(play.download, &decoded), ERR_AGAIN);
	assert_null(play.download->buffer);
	assert_int_equal(play.loop.spare_buffer_count, 1);
	play_done(&play);
	free((void *)(uintptr_t)coded.at);
}

static void it_may_be_freed_wherever_it_is(void **state)
{
	struct span coded = store_pattern(LARGE_BYTES);
	struct spans decoded;
	struct play play;

	(void)state;
	download_free(NULL);
	play_begin(&play, "gzip, br, zstd, deflate");
	play_done(&play);
	play_begin(&play, "deflate");
	take(&play, coded);
	play_done(&play);
	play_begin(&play, "deflate");
	take(&play, coded);
	assert_int_equal(download_next(play.download, &decoded), ERR_NONE);
	play_done(&play);
	free((void *)(uintptr_t)coded.at);
}

static void what_follows_the_end_is_dropped(void **state)
{
	struct span coded = store_pattern(10);
	struct play play;

	(void)state;
	play_begin(&play, "deflate");
	assert_int_equal(feed(&play, coded), ERR_AGAIN);
	assert_int_equal(feed(&play, SPAN("and more")), ERR_AGAIN);
	assert_int_equal(feed(&play, coded), ERR_AGAIN);
	assert_int_equal(play.got, 10);
	assert_int_equal(download_end(play.download), ERR_NONE);
	play_done(&play);
	free((void *)(uintptr_t)coded.at);
}

static void a_body_that_is_cut_off_is_not_complete(void **state)
{
	struct span coded = store_pattern(100);

	(void)state;
	for (size_t n = 0; n <= coded.len; n++) {
		struct play play;

		play_begin(&play, "deflate");
		assert_int_equal(feed(&play, span_of(coded.at, n)), ERR_AGAIN);
		assert_int_equal(download_end(play.download),
				 n == 0 || n == coded.len ? ERR_NONE : ERR_CODING);
		play_done(&play);
	}
	free((void *)(uintptr_t)coded.at);
}

static void damage_is_told_once_it_is_met(void **state)
{
	struct span coded = store_pattern(LARGE_BYTES);
	struct spans decoded;
	struct play play;

	(void)state;
	/* The complement of the fifth block's length. */
	((char *)(uintptr_t)coded.at)[4 * (BLOCK_HEAD + BLOCK_BYTES) + 3] ^= 1;
	play_begin(&play, "deflate");
	assert_int_equal(feed(&play, coded), ERR_CODING);
	assert_in_range(play.got, 1, 4 * BLOCK_BYTES);
	assert_int_equal(play.loop.spare_buffer_count, 1);
	play_done(&play);

	play_begin(&play, "gzip");
	take(&play, SPAN("no gzip at all"));
	assert_int_equal(download_next(play.download, &decoded), ERR_CODING);
	assert_null(play.download->buffer);
	play_done(&play);
	free((void *)(uintptr_t)coded.at);
}

/* ---- the fields ---- */

struct field_case {
	const char *name;	/* of the case */
	const char *codings[3]; /* values of Content-Encoding; NULL ends them */
	enum err err;		/* of download_new */
	bool is_decoded;	/* the body is */
};

static const struct field_case fields[] = {
	{"none", {NULL}, ERR_NONE, false},
	{"empty", {""}, ERR_NONE, false},
	{"identity", {"identity"}, ERR_NONE, false},
	{"unknown", {"compress"}, ERR_NONE, false},
	{"one of several unknown", {"gzip, sdch"}, ERR_NONE, false},
	{"one of several fields unknown", {"gzip", "sdch", "br"}, ERR_NONE, false},
	{"gzip", {"gzip"}, ERR_NONE, true},
	{"x-gzip", {"x-gzip"}, ERR_NONE, true},
	{"large letters", {"GZip"}, ERR_NONE, true},
	{"all", {"gzip, deflate", "br", "zstd"}, ERR_NONE, true},
	{"five", {"gzip, gzip, gzip", "gzip", "gzip"}, ERR_NONE, true},
	{"identities do not count",
	 {"gzip, identity, gzip, gzip", "gzip, identity", "gzip"},
	 ERR_NONE,
	 true},
	{"six", {"gzip, gzip, gzip, gzip, gzip, gzip"}, ERR_LIMIT, false},
	{"six in three fields", {"gzip, gzip", "gzip, gzip", "gzip, gzip"}, ERR_LIMIT, 0},
};

static void fields_of_the_coded_body_go_where_it_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		const struct field_case *c = &fields[i];
		uint32_t count = 0;
		struct play play;

		print_message("  %s\n", c->name);
		play_init(&play);
		put(&play, "A", "1");
		put(&play, "Content-Length", "10");
		for (; count < 3 && c->codings[count]; count++)
			put(&play, "content-Encoding", c->codings[count]);
		put(&play, "CONTENT-LENGTH", "10");
		put(&play, "B", "2");
		assert_int_equal(begin(&play), c->err);
		assert_int_equal(play.download != NULL, c->is_decoded);
		assert_int_equal(play.headers.count, c->is_decoded ? 2 : 4 + count);
		assert_span(play.headers.at[0].name, SPAN("A"));
		assert_span(play.headers.at[play.headers.count - 1].name, SPAN("B"));
		play_done(&play);
	}
}

static void a_failure_leaves_everything_as_it_was(void **state)
{
	struct download *untouched = (struct download *)(uintptr_t)1;
	struct play play;

	(void)state;
	play_init(&play);
	put(&play, "Content-Encoding", "br,br,br,br,br,br");
	assert_int_equal(download_new(&play.loop, &play.headers, &untouched), ERR_LIMIT);
	assert_int_equal((uintptr_t)untouched, 1);
	assert_int_equal(play.headers.count, 1);
	play_done(&play);
}

/* ---- memory ---- */

static void any_allocation_of_a_beginning_may_fail(void **state)
{
	long blocks = mem_live_blocks();
	unsigned long n = 0;
	bool has_failed = true;

	(void)state;
	while (has_failed) {
		struct download *download = NULL;
		struct play play;
		enum err err;

		play_init(&play);
		put(&play, "Content-Encoding", "gzip, br, zstd, deflate");
		mem_fail_at(++n);
		err = download_new(&play.loop, &play.headers, &download);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		assert_int_equal(download != NULL, !has_failed);
		assert_int_equal(play.headers.count, has_failed ? 1 : 0);
		download_free(download);
		play_done(&play);
		assert_int_equal(mem_live_blocks(), blocks);
	}
	assert_true(n > 8);
}

static void any_allocation_of_a_body_may_fail(void **state)
{
	struct span coded = store_pattern(LARGE_BYTES);
	long blocks = mem_live_blocks();
	unsigned long n = 0;
	bool has_failed = true;

	(void)state;
	while (has_failed) {
		struct play play;
		enum err err;

		play_begin(&play, "deflate");
		mem_fail_at(++n);
		err = feed(&play, coded);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_AGAIN);
		play_done(&play);
		assert_int_equal(mem_live_blocks(), blocks);
	}
	assert_true(n > 1);
	free((void *)(uintptr_t)coded.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_body_of_any_length_comes_in_pieces_of_a_buffer_at_most),
		cmocka_unit_test(it_may_be_taken_in_pieces_of_any_size),
		cmocka_unit_test(chains_are_undone),
		cmocka_unit_test(a_buffer_is_held_only_while_decoded_bytes_are_lent),
		cmocka_unit_test(it_may_be_freed_wherever_it_is),
		cmocka_unit_test(what_follows_the_end_is_dropped),
		cmocka_unit_test(a_body_that_is_cut_off_is_not_complete),
		cmocka_unit_test(damage_is_told_once_it_is_met),
		cmocka_unit_test(fields_of_the_coded_body_go_where_it_is_decoded),
		cmocka_unit_test(a_failure_leaves_everything_as_it_was),
		cmocka_unit_test(any_allocation_of_a_beginning_may_fail),
		cmocka_unit_test(any_allocation_of_a_body_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
