/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/coding.h"
#include "lib/coder.h"
#include "lib/pattern.h"
#include "lib/pieces.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

/* Bytes of the body that most tests code, and room for what they decode. */
#define BODY_BYTES    1500
#define DECODED_BYTES 16384

/* Room that is larger than any output here. */
#define ALL SIZE_MAX

/* The name that a format has in Content-Encoding. */
static const char *const names[CODER_FORMATS] = {"gzip", "deflate", "deflate", "br",
						 "zstd"};

/* What came of a coded body. */
struct decoded {
	char bytes[DECODED_BYTES]; /* all output together, as much of it as fits */
	size_t len;		   /* of all */
	enum err err;		   /* coding_end's, or the failure before */
};

/* Words and noise, so that there are matches, literals and codes of all lengths. */
static struct span body(void)
{
	static const char words[] = "the quick brown fox jumps over the lazy dog; ";
	static char bytes[BODY_BYTES];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i / 100 % 3 == 2 ? pattern_at(i)
					    : words[(i + i / 300) % (sizeof(words) - 1)];
	return span_of(bytes, sizeof(bytes));
}

static struct buf coded(enum coder_format format, struct span bytes)
{
	struct buf out;

	buf_init(&out);
	coder_put(&out, format, bytes, 0);
	return out;
}

/* A decoder for one Content-Encoding field; NULL is an answer, too. */
static enum err new_for(const char *value, struct coding **out_coding)
{
	struct arena arena;
	struct headers headers;
	enum err err;

	arena_init(&arena);
	headers_init(&headers, &arena);
	err = headers_put(&headers, SPAN("content-encoding"), span_str(value));
	if (!err)
		err = coding_new(&headers, out_coding);
	arena_done(&arena);
	return err;
}

/* All output, that is not more than there is room for. */
static struct span output(const struct decoded *decoded)
{
	assert_true(decoded->len <= sizeof(decoded->bytes));
	return span_of(decoded->bytes, decoded->len);
}

static void append(struct decoded *out, const char *at, size_t len)
{
	for (size_t i = 0; i < len && out->len + i < sizeof(out->bytes); i++)
		out->bytes[out->len + i] = at[i];
	out->len += len;
}

/* Decodes a piece; every room for output lies against a guard page. */
static enum err read_piece(struct coding *coding, struct span *piece, size_t cap,
			   struct decoded *out)
{
	static struct guard guard;
	enum err err;
	size_t len;

	if (cap > sizeof(out->bytes))
		cap = sizeof(out->bytes);
	for (;;) {
		char *to = guard_room(&guard, cap);

		err = coding_read(coding, piece, to, cap, &len);
		if (err)
			return err;
		assert_in_range(len, 1, cap);
		append(out, to, len);
	}
}

/* Decodes input in pieces, with room for cap bytes. */
static void decode(const char *codings, struct span input, size_t piece_bytes, size_t cap,
		   struct decoded *out)
{
	struct pieces pieces = {.rest = input, .bytes = piece_bytes};
	struct coding *coding = NULL;
	struct span piece;

	out->len = 0;
	out->err = new_for(codings, &coding);
	if (out->err)
		return;
	assert_non_null(coding);
	out->err = ERR_AGAIN;
	while (out->err == ERR_AGAIN && pieces_next(&pieces, &piece)) {
		out->err = read_piece(coding, &piece, cap, out);
		assert_true(out->err < 0 || piece.len == 0);
	}
	pieces_done(&pieces);
	if (out->err == ERR_AGAIN)
		out->err = coding_end(coding);
	assert_true(out->err == ERR_NONE || out->err == ERR_CODING ||
		    out->err == ERR_LIMIT);
	coding_free(coding);
}

static void assert_decodes_to(const char *codings, struct span input, enum err err,
			      struct span bytes)
{
	static const size_t caps[] = {1, 3, 64, ALL};
	static struct decoded decoded;

	for (size_t n = 1; n <= PIECES_MAX_BYTES + 1; n++) {
		for (size_t i = 0; i < TEST_COUNT(caps); i++) {
			size_t piece_bytes = n <= PIECES_MAX_BYTES ? n : ALL;

			decode(codings, input, piece_bytes, caps[i], &decoded);
			if (decoded.err != err || (!err && decoded.len != bytes.len))
				print_error("%s, pieces of %zu, room for %zu\n", codings,
					    piece_bytes, caps[i]);
			assert_int_equal(decoded.err, err);
			if (!err)
				assert_span(output(&decoded), bytes);
		}
	}
}

/* ---- each coding ---- */

static void every_coding_decodes_whole_and_in_pieces(void **state)
{
	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coded(format, body());

		assert_decodes_to(names[format], buf_span(&input), ERR_NONE, body());
		buf_done(&input);
	}
}

static void every_length_of_output_room_will_do(void **state)
{
	static struct decoded decoded;

	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coded(format, body());

		for (size_t cap = 1; cap <= PIECES_MAX_BYTES; cap++) {
			decode(names[format], buf_span(&input), cap, cap, &decoded);
			assert_int_equal(decoded.err, ERR_NONE);
			assert_span(output(&decoded), body());
		}
		buf_done(&input);
	}
}

static void an_empty_body_that_is_coded_decodes_to_nothing(void **state)
{
	(void)state;
	for (enum coder_format format = 0; format < CODER_FORMATS; format++) {
		struct buf input = coded(format, span_of("", 0));

		assert_decodes_to(names[format], buf_span(&input), ERR_NONE, SPAN(""));
		buf_done(&input);
	}
}

static void no_input_at_all_is_complete(void **state)
{
	static const char *const rows[] = {"gzip", "deflate", "br", "zstd", "gzip, br"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_decodes_to(rows[i], SPAN(""), ERR_NONE, SPAN(""));
}

static void a_body_cut_anywhere_is_damaged(void **state)
{
	static const char *const chains[] = {"gzip, br", "zstd, gzip"};
	static const enum coder_format inner[] = {CODER_GZIP, CODER_ZSTD};
	static const enum coder_format outer[] = {CODER_BR, CODER_GZIP};
	static struct decoded decoded;

	(void)state;
	for (size_t i = 0; i < CODER_FORMATS + TEST_COUNT(chains); i++) {
		bool is_chain = i >= CODER_FORMATS;
		size_t chain = is_chain ? i - CODER_FORMATS : 0;
		struct buf first = coded(is_chain ? inner[chain] : i, body());
		struct buf second = coded(outer[chain], buf_span(&first));
		struct span all = buf_span(is_chain ? &second : &first);
		const char *name = is_chain ? chains[chain] : names[i];

		for (size_t len = 1; len < all.len; len++) {
			size_t piece_bytes = len % 3 == 0 ? ALL : len % 3;

			decode(name, span_of(all.at, len), piece_bytes, ALL, &decoded);
			assert_int_equal(decoded.err, ERR_CODING);
			assert_span(output(&decoded), span_of(body().at, decoded.len));
		}
		buf_done(&first);
		buf_done(&second);
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
		struct buf input = coded(format, body());

		for (size_t i = 0; i < input.len * 8; i++) {
			char *byte = &input.at[i / 8];
			char was = *byte;

			*byte = (char)(was ^ 1 << i % 8);
			decode(names[format], buf_span(&input), ALL, 512, &whole);
			decode(names[format], buf_span(&input), 5, 7, &pieces);
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
				assert_span(output(&whole), body());
		}
		buf_done(&input);
	}
}

/* ---- what follows ---- */

static void gzip_goes_on_with_further_members(void **state)
{
	static const struct {
		struct span rest; /* behind two members */
		enum err err;
	} rows[] = {
		{TEXT(""), ERR_NONE},
		/* Not the beginning of a member. */
		{TEXT("\0"), ERR_NONE},
		{TEXT("\0\0\0\0\0\0\0\0\0\0\0\0"), ERR_NONE},
		{TEXT("\r\n"), ERR_NONE},
		{TEXT("\x1f\x1f\x8b"), ERR_NONE},
		{TEXT("\x1f\0garbage"), ERR_NONE},
		{TEXT("\x8b\x1f"), ERR_NONE},
		/* One that is cut off. */
		{TEXT("\x1f"), ERR_CODING},
		{TEXT("\x1f\x8b"), ERR_CODING},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0"), ERR_CODING},
		/* One that is damaged. */
		{TEXT("\x1f\x8b\x07\0\0\0\0\0\0\3"), ERR_CODING},
		{TEXT("\x1f\x8b\x08\xe0\0\0\0\0\0\3"), ERR_CODING},
		/* An empty one, and something behind it. */
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), ERR_NONE},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0!"), ERR_NONE},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\1"), ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = coded(CODER_GZIP, SPAN("Hello, "));

		coder_put(&input, CODER_GZIP, SPAN("members"), 0);
		assert_int_equal(buf_put(&input, rows[i].rest), 0);
		assert_decodes_to("gzip", buf_span(&input), rows[i].err,
				  SPAN("Hello, members"));
		buf_done(&input);
	}
}

/* All that may stand in a member's head, RFC 1952 2.3.1. */
static void a_gzip_head_may_have_every_part(void **state)
{
	static const struct span rows[] = {
		TEXT("\x1f\x8b\x08\x01\1\2\3\4\0\3"),	       /* text */
		TEXT("\x1f\x8b\x08\x04\0\0\0\0\2\xff\3\0abc"), /* extra */
		TEXT("\x1f\x8b\x08\x08\0\0\0\0\0\3name\0"),    /* name */
		TEXT("\x1f\x8b\x08\x10\0\0\0\0\0\3comment\0"), /* comment */
		TEXT("\x1f\x8b\x08\x02\0\0\0\0\0\3\xa7"
		     "\x77"),					 /* sum of the head */
		TEXT("\x1f\x8b\x08\x1c\0\0\0\0\0\3\1\0an\0c\0"), /* several */
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf plain = coded(CODER_GZIP, body());
		struct buf input;

		buf_init(&input);
		assert_int_equal(buf_put(&input, rows[i]), 0);
		assert_int_equal(buf_put(&input, span_skip(buf_span(&plain), 10)), 0);
		assert_decodes_to("gzip", buf_span(&input), ERR_NONE, body());
		buf_done(&input);
		buf_done(&plain);
	}
}

static void zstd_goes_on_with_further_frames(void **state)
{
	static const struct {
		struct span rest; /* behind two frames and one to be skipped */
		enum err err;
	} rows[] = {
		{TEXT(""), ERR_NONE},
		/* Not the beginning of a frame. */
		{TEXT("\0"), ERR_NONE},
		{TEXT("\x28\xb5\x2f\0"), ERR_NONE},
		{TEXT("\x28\x28\xb5\x2f\xfd"), ERR_NONE},
		{TEXT("\x60\x2a\x4d\x18"), ERR_NONE},
		{TEXT("\x50\x2a\x4d\x19"), ERR_NONE},
		/* A format before the RFC's. */
		{TEXT("\x27\xb5\x2f\xfd\0\0\0\0\0\0\0\0"), ERR_NONE},
		/* Frames cut off. */
		{TEXT("\x28"), ERR_CODING},
		{TEXT("\x28\xb5\x2f"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd\0"), ERR_CODING},
		{TEXT("\x50"), ERR_CODING},
		{TEXT("\x5f\x2a\x4d\x18\2\0\0\0!"), ERR_CODING},
		/* With a bit that is reserved, and with a dictionary that there is not.
		 */
		{TEXT("\x28\xb5\x2f\xfd\x08\x58\1\0\0"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd\x21\x07\0\1\0\0"), ERR_CODING},
		/* To be skipped. */
		{TEXT("\x50\x2a\x4d\x18\0\0\0\0"), ERR_NONE},
		{TEXT("\x5f\x2a\x4d\x18\2\0\0\0!!"), ERR_NONE},
		{TEXT("\x5f\x2a\x4d\x18\2\0\0\0!!!"), ERR_NONE},
		/* An empty one. */
		{TEXT("\x28\xb5\x2f\xfd\x20\0\1\0\0"), ERR_NONE},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = coded(CODER_ZSTD, SPAN("Hello, "));

		assert_int_equal(buf_put(&input, SPAN("\x53\x2a\x4d\x18\3\0\0\0pad")), 0);
		coder_put(&input, CODER_ZSTD, SPAN("frames"), 0);
		assert_int_equal(buf_put(&input, rows[i].rest), 0);
		assert_decodes_to("zstd", buf_span(&input), rows[i].err,
				  SPAN("Hello, frames"));
		buf_done(&input);
	}
}

static void zstd_begins_with_a_frame(void **state)
{
	static const struct {
		struct span input;
		enum err err;
	} rows[] = {
		{TEXT("\x50\x2a\x4d\x18\0\0\0\0"), ERR_NONE},
		{TEXT("\x50\x2a\x4d\x18\0\0\0\0trailing"), ERR_NONE},
		{TEXT("\x28\xb5\x2f\xfd\x20\0\1\0\0"), ERR_NONE},
		{TEXT("\x60\x2a\x4d\x18\0\0\0\0"), ERR_CODING},
		{TEXT("\x27\xb5\x2f\xfd\x20\0\1\0\0"), ERR_CODING},
		{TEXT("\x26\xb5\x2f\xfd\x20\0\1\0\0"), ERR_CODING},
		{TEXT("\x25\xb5\x2f\xfd\x20\0\1\0\0"), ERR_CODING},
		{TEXT("plain text"), ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_decodes_to("zstd", rows[i].input, rows[i].err, SPAN(""));
}

static void deflate_and_br_end_once(void **state)
{
	static const enum coder_format formats[] = {CODER_ZLIB, CODER_BARE, CODER_BR};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		struct buf input = coded(formats[i], body());

		coder_put(&input, formats[i], SPAN("not read"), 0);
		assert_decodes_to(names[formats[i]], buf_span(&input), ERR_NONE, body());
		buf_done(&input);
	}
}

static void deflate_is_told_from_its_bare_form_by_two_bytes(void **state)
{
	static const struct {
		struct span input;
		const char *body;
		enum err err;
	} rows[] = {
		/* Bare: fixed codes, stored, and what can be neither. */
		{TEXT("\3\0"), "", ERR_NONE},
		{TEXT("\x4b\4\0"), "a", ERR_NONE},
		{TEXT("\1\1\0\xfe\xff"
		      "a"),
		 "a", ERR_NONE},
		{TEXT("\0\1\0\xfe\xff"
		      "a\3\0"),
		 "a", ERR_NONE},
		{TEXT("\7\0"), "", ERR_CODING},
		{TEXT("\1\1\0\xff\xff"
		      "a"),
		 "", ERR_CODING},
		/* A stored block with padding: no window is as large as the first says,
		 * and in the second row the bytes are no multiple of 31. */
		{TEXT("\x88\1\0\xfe\xff"
		      "a\3\0"),
		 "a", ERR_NONE},
		{TEXT("\x78\1\0\xfe\xff"
		      "a\3\0"),
		 "", ERR_CODING},
		{TEXT("\x78\2\0\xfd\xff"
		      "ab\3\0"),
		 "ab", ERR_NONE},
		/* zlib's, with every level that the head can tell, and a small window. */
		{TEXT("\x78\x01\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x78\x5e\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x78\x9c\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x78\xda\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x08\x1d\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		/* A wrong sum; a dictionary; no more than the first byte. */
		{TEXT("\x78\x9c\x4b\x04\0\0\x62\0\x63"), "", ERR_CODING},
		{TEXT("\x78\xbb\0\0\0\1\x4b\x04\0\0\x62\0\x62"), "", ERR_CODING},
		{TEXT("\x78"), "", ERR_CODING},
		{TEXT("\3"), "", ERR_CODING},
		/* gzip is neither. */
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), "", ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_decodes_to("deflate", rows[i].input, rows[i].err,
				  span_str(rows[i].body));
}

static void gzip_is_not_taken_for_what_it_is_not(void **state)
{
	static const enum coder_format formats[] = {CODER_ZLIB, CODER_BARE, CODER_BR,
						    CODER_ZSTD};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		struct buf input = coded(formats[i], body());

		assert_decodes_to("gzip", buf_span(&input), ERR_CODING, SPAN(""));
		buf_done(&input);
	}
}

/* ---- limits ---- */

static void windows_are_limited(void **state)
{
	static const struct {
		enum coder_format format;
		int window_bits;
		enum err err;
	} rows[] = {
		{CODER_ZSTD, 10, ERR_NONE},
		{CODER_ZSTD, CODING_ZSTD_WINDOW_BITS, ERR_NONE},
		{CODER_ZSTD, CODING_ZSTD_WINDOW_BITS + 1, ERR_CODING},
		{CODER_ZSTD, 27, ERR_CODING},
		{CODER_BR, 10, ERR_NONE},
		{CODER_BR, CODING_BR_WINDOW_BITS, ERR_NONE},
		{CODER_BR, CODING_BR_WINDOW_BITS + 1, ERR_CODING},
		{CODER_BR, 30, ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input;

		buf_init(&input);
		coder_put(&input, rows[i].format, body(), rows[i].window_bits);
		assert_decodes_to(names[rows[i].format], buf_span(&input), rows[i].err,
				  body());
		buf_done(&input);
	}
	/* 8 MiB and an eighth. */
	assert_decodes_to("zstd", SPAN("\x28\xb5\x2f\xfd\0\x69\1\0\0"), ERR_CODING,
			  SPAN(""));
	assert_decodes_to("zstd", SPAN("\x28\xb5\x2f\xfd\0\x68\1\0\0"), ERR_NONE,
			  SPAN(""));
}

/* A body of len zero bytes, coded by the formats one after the other. */
static struct buf bomb(const enum coder_format *formats, size_t count, size_t len)
{
	char *zeros = calloc(1, len);
	struct span bytes = span_of(zeros, len);
	struct buf last = {0};

	assert_non_null(zeros);
	for (size_t i = 0; i < count; i++) {
		struct buf next = coded(formats[i], bytes);

		buf_done(&last);
		last = next;
		bytes = buf_span(&last);
	}
	free(zeros);
	return last;
}

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
	const size_t len = (size_t)192 << 20;
	const size_t limit = (size_t)64 << 20;
	static char room[1 << 16];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = bomb(rows[i].formats, rows[i].count, len);
		struct span in = buf_span(&input);
		size_t before = resident_bytes();
		struct coding *coding = NULL;
		size_t done = 0, got;

		assert_int_equal(new_for(rows[i].codings, &coding), ERR_NONE);
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
		struct buf inner = coded(CODER_BR, SPAN("Hello"));
		struct buf outer;
		size_t len = inner.len;

		assert_int_equal(buf_reserve(&inner, rows[i].len), 0);
		memset(inner.at + len, 0, rows[i].len);
		inner.len += rows[i].len;
		outer = coded(CODER_ZSTD, buf_span(&inner));
		decode("br, zstd", buf_span(&outer), ALL, ALL, &decoded);
		assert_int_equal(decoded.err, rows[i].err);
		assert_span(output(&decoded), SPAN("Hello"));
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
		input = coded(formats[0], buf_span(&noise));
		if (i > 0) {
			struct buf twice = coded(formats[1], buf_span(&input));

			buf_done(&input);
			input = twice;
		}
		in = buf_span(&input);
		was = in.len;
		assert_int_equal(new_for(chains[i], &coding), ERR_NONE);
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
		struct buf input = coded(format, body());
		struct coding *coding = NULL;

		decoded.len = 0;
		assert_int_equal(new_for(names[format], &coding), ERR_NONE);
		for (size_t i = 0; i <= input.len; i++) {
			struct span piece = span_of(input.at + i, i < input.len);

			for (int again = 0; again < 40; again++)
				assert_int_equal(read_piece(coding, &piece, 64, &decoded),
						 ERR_AGAIN);
		}
		assert_int_equal(coding_end(coding), ERR_NONE);
		assert_span(output(&decoded), body());
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
		struct buf input = {0};

		assert_int_equal(buf_put(&input, body()), 0);
		for (size_t n = 0; n < rows[i].count; n++) {
			struct buf next = coded(rows[i].formats[n], buf_span(&input));

			buf_done(&input);
			input = next;
		}
		assert_decodes_to(rows[i].codings, buf_span(&input), ERR_NONE, body());
		buf_done(&input);
	}
}

/* Of a chain whose inner coding has no byte, only the outer one is complete. */
static void nothing_inside_a_coding_is_cut_off(void **state)
{
	struct buf input = coded(CODER_GZIP, SPAN(""));

	(void)state;
	assert_decodes_to("br, gzip", buf_span(&input), ERR_CODING, SPAN(""));
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
	static struct decoded decoded;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct coding *coding = (void *)&decoded;
		struct buf input = {0};
		struct arena arena;
		struct headers headers;
		struct span in;

		arena_init(&arena);
		headers_init(&headers, &arena);
		assert_int_equal(headers_put(&headers, SPAN("A"), SPAN("gzip")), 0);
		for (size_t n = 0; n < 3 && rows[i].values[n]; n++)
			assert_int_equal(headers_put(&headers, SPAN("Content-Encoding"),
						     span_str(rows[i].values[n])),
					 0);
		assert_int_equal(coding_new(&headers, &coding), rows[i].err);
		arena_done(&arena);
		if (rows[i].err) {
			assert_ptr_equal(coding, &decoded);
			continue;
		}
		assert_true((coding != NULL) == (rows[i].gzips > 0));
		if (!coding)
			continue;
		assert_int_equal(buf_put(&input, body()), 0);
		for (size_t n = 0; n < rows[i].gzips; n++) {
			struct buf next = coded(CODER_GZIP, buf_span(&input));

			buf_done(&input);
			input = next;
		}
		decoded.len = 0;
		in = buf_span(&input);
		assert_int_equal(read_piece(coding, &in, ALL, &decoded), ERR_AGAIN);
		assert_int_equal(coding_end(coding), ERR_NONE);
		assert_span(output(&decoded), body());
		coding_free(coding);
		buf_done(&input);
	}
	coding_free(NULL);
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
		assert_int_equal(new_for(value, &coding), ERR_NONE);
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

		err = read_piece(coding, &piece, 400, &decoded);
		if (err == ERR_AGAIN)
			err = ERR_NONE;
		input = span_skip(input, len);
	}
	has_failed = mem_has_failed();
	mem_fail_at(0);
	assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
	assert_span(output(&decoded), span_of(body().at, decoded.len));
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
	static const size_t piece_bytes[] = {1, 100, ALL};
	struct buf input = {0};
	char codings[64] = "";

	(void)state;
	assert_int_equal(buf_put(&input, body()), 0);
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		struct buf alone = coded(formats[i], body());
		struct buf next = coded(formats[i], buf_span(&input));

		buf_done(&input);
		input = next;
		strcat(codings, i ? ", " : "");
		strcat(codings, names[formats[i]]);
		for (size_t n = 0; n < 2 * TEST_COUNT(piece_bytes); n++) {
			bool is_chain = n % 2;
			struct span name =
				span_str(is_chain ? codings : names[formats[i]]);
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
		cmocka_unit_test(gzip_goes_on_with_further_members),
		cmocka_unit_test(a_gzip_head_may_have_every_part),
		cmocka_unit_test(zstd_goes_on_with_further_frames),
		cmocka_unit_test(zstd_begins_with_a_frame),
		cmocka_unit_test(deflate_and_br_end_once),
		cmocka_unit_test(deflate_is_told_from_its_bare_form_by_two_bytes),
		cmocka_unit_test(gzip_is_not_taken_for_what_it_is_not),
		cmocka_unit_test(windows_are_limited),
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
