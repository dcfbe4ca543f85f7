/* SPDX-License-Identifier: MIT */
/*
 * zstd, by libzstd: a row of frames, some of them to be skipped (RFC 8878 3.1).
 *
 * The magic number of each frame is compared here before the library sees it, for two
 * reasons. Behind a whole frame other bytes are the end of the data and no damage. And
 * the library may know formats older than the RFC, whose decoders keep no limit on
 * windows and allocate on their own.
 *
 * The library is given that number alone, and what may be the rest of the frame's head in
 * pieces as short. Were it to find a whole frame in its input, and room for all that this
 * holds, it would decode it without a window, and so mind neither the limit nor whether
 * the frame keeps to its own: then the outcome would hang on how the data is cut into
 * pieces. It looks for that frame at the beginning of the piece that ends the head, which
 * need not be where the frame begins; pieces that are shorter than any frame prevent
 * both.
 */
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_createDStream_advanced */
#include "http/coding_stage.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "base/list.h"
#include "base/mem.h"
#include "http/coding.h"

/* Length of a frame's magic number, and of its longest head. */
#define MAGIC_BYTES 4
#define HEAD_BYTES  18

struct zstd {
	struct coding_stage stage; /* what the chain sees */
	ZSTD_DStream *stream;	   /* the library's; owned */
	size_t head_len;	   /* bytes of this frame so far, those of the head */
	bool is_skippable;	   /* this frame is, by the first of them */
	bool has_frame;		   /* a frame has been read to its end */
};

static struct zstd *zstd_of(struct coding_stage *stage)
{
	return LIST_ENTRY(stage, struct zstd, stage);
}

static void *zstd_alloc(void *opaque, size_t bytes)
{
	(void)opaque;
	return mem_alloc(bytes);
}

static void zstd_free(void *opaque, void *at)
{
	(void)opaque;
	mem_free(at);
}

/* Whether in, which reaches no further, goes on with the magic number of a frame. */
static bool has_magic(struct zstd *zstd, struct span in)
{
	static const unsigned char frame[MAGIC_BYTES] = {0x28, 0xb5, 0x2f, 0xfd};
	static const unsigned char skippable[MAGIC_BYTES] = {0x50, 0x2a, 0x4d, 0x18};

	for (size_t i = 0; i < in.len; i++) {
		size_t place = zstd->head_len + i;
		unsigned char byte = (unsigned char)in.at[i];

		if (place == 0) {
			zstd->is_skippable = (byte & 0xf0) == skippable[0];
			if (zstd->is_skippable)
				continue;
		}
		if (byte != (zstd->is_skippable ? skippable : frame)[place])
			return false;
	}
	return true;
}

/* Runs the library once. */
static enum err decompress(struct zstd *zstd, struct span *in, void *to, size_t cap,
			   size_t *out_len)
{
	ZSTD_inBuffer input = {in->at, in->len, 0};
	ZSTD_outBuffer output = {to, cap, 0};
	size_t result = ZSTD_decompressStream(zstd->stream, &output, &input);

	if (ZSTD_isError(result))
		return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation
			       ? ERR_NO_MEMORY
			       : ERR_CODING;
	zstd->stage.is_complete = result == 0;
	if (result == 0) {
		zstd->has_frame = true;
		zstd->head_len = 0;
	} else if (zstd->head_len < HEAD_BYTES) {
		zstd->head_len += input.pos;
	}
	*in = span_skip(*in, input.pos);
	*out_len = output.pos;
	return ERR_NONE;
}

/* Reads a piece of what may be a frame's head, or finds the end. */
static enum err read_head(struct zstd *zstd, struct span *in, void *to, size_t cap,
			  size_t *out_len)
{
	bool is_magic = zstd->head_len < MAGIC_BYTES;
	size_t max = is_magic ? MAGIC_BYTES - zstd->head_len : MAGIC_BYTES;
	size_t len = in->len < max ? in->len : max;
	struct span piece = span_of(in->at, len);
	enum err err;

	if (is_magic && !has_magic(zstd, piece)) {
		zstd->stage.is_complete = zstd->stage.has_ended = zstd->has_frame;
		return zstd->has_frame ? ERR_NONE : ERR_CODING;
	}
	err = decompress(zstd, &piece, to, cap, out_len);
	*in = span_skip(*in, len - piece.len);
	return err;
}

static enum err zstd_read(struct coding_stage *stage, struct span *in, void *to,
			  size_t cap, size_t *out_len)
{
	struct zstd *zstd = zstd_of(stage);

	*out_len = 0;
	if (zstd->head_len < HEAD_BYTES)
		return read_head(zstd, in, to, cap, out_len);
	return decompress(zstd, in, to, cap, out_len);
}

static void zstd_stage_free(struct coding_stage *stage)
{
	struct zstd *zstd = zstd_of(stage);

	(void)ZSTD_freeDStream(zstd->stream);
	mem_free(zstd);
}

enum err coding_stage_zstd(struct coding_stage **out_stage)
{
	static const struct coding_stage_ops ops = {zstd_read, zstd_stage_free};
	static const ZSTD_customMem memory = {zstd_alloc, zstd_free, NULL};
	struct zstd *zstd = mem_zalloc(sizeof(*zstd));

	if (!zstd)
		return ERR_NO_MEMORY;
	zstd->stage.ops = &ops;
	zstd->stream = ZSTD_createDStream_advanced(memory);
	if (!zstd->stream)
		goto free_zstd;
	if (ZSTD_isError(ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax,
						CODING_ZSTD_WINDOW_BITS)))
		goto free_stream;
	*out_stage = &zstd->stage;
	return ERR_NONE;

free_stream:
	(void)ZSTD_freeDStream(zstd->stream);
free_zstd:
	mem_free(zstd);
	return ERR_NO_MEMORY;
}
