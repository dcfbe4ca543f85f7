/* SPDX-License-Identifier: MIT */
/*
 * One call of each library for the whole body. What it would need at most is reserved
 * before, so a failure can only be a lack of memory.
 */
#include "lib/coder.h"

#include <brotli/encode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

const char *const coder_names[CODER_FORMATS] = {"gzip", "deflate", "deflate", "br",
						"zstd"};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static size_t deflate_to(char *to, size_t cap, struct span body, int window_bits)
{
	z_stream zlib = {0};
	size_t len;

	must(deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8,
			  Z_DEFAULT_STRATEGY) == Z_OK);
	zlib.next_in = (Bytef *)(uintptr_t)body.at;
	zlib.avail_in = (uInt)body.len;
	zlib.next_out = (Bytef *)to;
	zlib.avail_out = (uInt)cap;
	must(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
	len = cap - zlib.avail_out;
	must(deflateEnd(&zlib) == Z_OK);
	return len;
}

static size_t brotli_to(char *to, size_t cap, struct span body, int window_bits)
{
	BrotliEncoderState *state = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	const uint8_t *in = (const uint8_t *)body.at;
	uint8_t *out = (uint8_t *)to;
	size_t in_left = body.len;
	size_t room = cap;

	must(state != NULL);
	must(BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, 5));
	if (window_bits > BROTLI_MAX_WINDOW_BITS)
		must(BrotliEncoderSetParameter(state, BROTLI_PARAM_LARGE_WINDOW, 1));
	if (window_bits)
		must(BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN,
					       (uint32_t)window_bits));
	must(BrotliEncoderCompressStream(state, BROTLI_OPERATION_FINISH, &in_left, &in,
					 &room, &out, NULL));
	must(BrotliEncoderIsFinished(state));
	BrotliEncoderDestroyInstance(state);
	return cap - room;
}

/* As a stream of unknown length, so that the window is told. */
static size_t zstd_to(char *to, size_t cap, struct span body, int window_bits)
{
	ZSTD_CStream *stream = ZSTD_createCStream();
	ZSTD_inBuffer in = {body.at, body.len, 0};
	ZSTD_outBuffer out = {to, cap, 0};

	must(stream != NULL);
	must(!ZSTD_isError(ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)));
	must(!ZSTD_isError(
		ZSTD_CCtx_setParameter(stream, ZSTD_c_windowLog, window_bits)));
	must(!ZSTD_isError(ZSTD_compressStream2(stream, &out, &in, ZSTD_e_continue)));
	must(ZSTD_compressStream2(stream, &out, &in, ZSTD_e_end) == 0);
	ZSTD_freeCStream(stream);
	return out.pos;
}

void coder_put(struct buf *out, enum coder_format format, struct span body,
	       int window_bits)
{
	/* Enough for each of them: see their bounds. */
	size_t cap = body.len + body.len / 64 + 1024;
	int bits = window_bits ? window_bits : 15;
	char *to;

	must(buf_reserve(out, cap) == ERR_NONE);
	to = out->at + out->len;
	switch (format) {
	case CODER_GZIP:
		out->len += deflate_to(to, cap, body, 16 + bits);
		break;
	case CODER_ZLIB:
		out->len += deflate_to(to, cap, body, bits);
		break;
	case CODER_BARE:
		out->len += deflate_to(to, cap, body, -bits);
		break;
	case CODER_BR:
		out->len += brotli_to(to, cap, body, window_bits);
		break;
	default:
		out->len += zstd_to(to, cap, body, window_bits);
	}
}

struct buf coder_make(enum coder_format format, struct span body)
{
	struct buf out;

	buf_init(&out);
	coder_put(&out, format, body, 0);
	return out;
}
