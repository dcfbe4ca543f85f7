/* SPDX-License-Identifier: MIT */
/*
 * decode CODING WAY TIMES: undoes a content coding, TIMES times for the same body, which
 * it makes and codes first. Ways: "ours", as a response is decoded (http/coding.h), and
 * "bare", by the coding's library alone. Both are given PIECE_BYTES at a time and have
 * the same room for what comes out. It prints a tally.
 */
#include <brotli/decode.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "http/coding.h"
#include "lib/coder.h"
#include "tally.h"

#define BODY_BYTES  (8u * 1024 * 1024)
#define PIECE_BYTES (64u * 1024)  /* of coded bytes */
#define ROOM_BYTES  (128u * 1024) /* for decoded ones */
#define LINE_BYTES  256

static char room[ROOM_BYTES];
static struct tally tally;

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "decode: %s\n", what);
	exit(1);
}

/* Takes the next piece off *rest. */
static struct span cut_piece(struct span *rest)
{
	size_t len = rest->len < PIECE_BYTES ? rest->len : PIECE_BYTES;
	struct span piece = span_of(rest->at, len);

	*rest = span_of(rest->at + len, rest->len - len);
	return piece;
}

static void take(size_t len)
{
	tally_take(&tally, room, len);
}

/* ---- ours ---- */

static void decode_ours(const char *name, struct span coded)
{
	struct headers headers;
	struct arena arena;
	struct coding *coding;
	struct span piece = {0};
	enum err err;
	size_t len;

	arena_init(&arena);
	headers_init(&headers, &arena);
	must(!headers_put(&headers, SPAN("Content-Encoding"),
			  span_of(name, strlen(name))) &&
		     !coding_new(&headers, &coding) && coding,
	     "no decoder");
	for (;;) {
		err = coding_read(coding, &piece, room, ROOM_BYTES, &len);
		if (!err)
			take(len);
		else if (err == ERR_AGAIN && coded.len > 0)
			piece = cut_piece(&coded);
		else
			break;
	}
	must(err == ERR_AGAIN && !coding_end(coding), "the data is damaged");
	coding_free(coding);
	arena_done(&arena);
}

/* ---- the libraries alone ---- */

static void bare_zlib(struct span coded, int window_bits)
{
	z_stream zlib = {0};
	int result = Z_OK;

	must(inflateInit2(&zlib, window_bits) == Z_OK, "no decoder");
	while (result == Z_OK) {
		if (zlib.avail_in == 0) {
			struct span piece = cut_piece(&coded);

			zlib.next_in = (Bytef *)(uintptr_t)piece.at;
			zlib.avail_in = (uInt)piece.len;
		}
		zlib.next_out = (Bytef *)room;
		zlib.avail_out = ROOM_BYTES;
		result = inflate(&zlib, Z_NO_FLUSH);
		take(ROOM_BYTES - zlib.avail_out);
	}
	must(result == Z_STREAM_END, "the data is damaged");
	inflateEnd(&zlib);
}

static void bare_brotli(struct span coded)
{
	BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
	const uint8_t *in = NULL;
	size_t in_left = 0, room_left;
	uint8_t *to;

	must(state, "no decoder");
	while (result != BROTLI_DECODER_RESULT_SUCCESS) {
		if (in_left == 0) {
			struct span piece = cut_piece(&coded);

			in = (const uint8_t *)piece.at;
			in_left = piece.len;
		}
		to = (uint8_t *)room;
		room_left = ROOM_BYTES;
		result = BrotliDecoderDecompressStream(state, &in_left, &in, &room_left,
						       &to, NULL);
		must(result != BROTLI_DECODER_RESULT_ERROR, "the data is damaged");
		take(ROOM_BYTES - room_left);
	}
	BrotliDecoderDestroyInstance(state);
}

static void bare_zstd(struct span coded)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = {0};
	size_t left = 1;

	must(stream, "no decoder");
	while (left != 0) {
		ZSTD_outBuffer out = {room, ROOM_BYTES, 0};

		if (in.pos == in.size) {
			struct span piece = cut_piece(&coded);

			in = (ZSTD_inBuffer){piece.at, piece.len, 0};
		}
		left = ZSTD_decompressStream(stream, &out, &in);
		must(!ZSTD_isError(left), "the data is damaged");
		take(out.pos);
	}
	ZSTD_freeDStream(stream);
}

static void decode_bare(enum coder_format format, struct span coded)
{
	if (format == CODER_BR)
		bare_brotli(coded);
	else if (format == CODER_ZSTD)
		bare_zstd(coded);
	else
		bare_zlib(coded, format == CODER_GZIP ? 16 + MAX_WBITS : MAX_WBITS);
}

/* ---- the work ---- */

/* Lines as a service would send them: names that repeat, numbers that do not. */
static struct span make_body(void)
{
	static char body[BODY_BYTES + LINE_BYTES];
	uint64_t random = 1;
	size_t len = 0;

	for (unsigned i = 0; len < BODY_BYTES; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		len += (size_t)snprintf(
			body + len, LINE_BYTES,
			"{\"id\": %u, \"price\": %u.%02u, \"token\": \"%08x\", "
			"\"tags\": [\"%s\", \"%s\"], \"is_open\": %s},\n",
			i, (unsigned)(random >> 50), (unsigned)(random >> 40) % 100,
			(unsigned)(random >> 20), random >> 61 ? "north" : "south",
			random >> 62 ? "retail" : "wholesale",
			random >> 63 ? "true" : "false");
	}
	return span_of(body, BODY_BYTES);
}

static enum coder_format find_format(const char *name)
{
	for (unsigned i = 0; i < CODER_FORMATS; i++) {
		if (!strcmp(coder_names[i], name))
			return (enum coder_format)i;
	}
	must(false, "not a coding");
	return CODER_FORMATS;
}

int main(int argc, char **argv)
{
	enum coder_format format;
	unsigned long times;
	struct buf coded;
	bool is_ours;

	must(argc == 4, "usage: decode CODING ours|bare TIMES");
	format = find_format(argv[1]);
	is_ours = !strcmp(argv[2], "ours");
	times = strtoul(argv[3], NULL, 10);
	coded = coder_make(format, make_body());
	tally_begin(&tally);
	for (unsigned long i = 0; i < times; i++) {
		struct span body = span_of(coded.at, coded.len);

		if (is_ours)
			decode_ours(argv[1], body);
		else
			decode_bare(format, body);
		tally_end(&tally);
	}
	tally_print(&tally);
	buf_done(&coded);
	return 0;
}
