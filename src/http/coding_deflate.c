/* SPDX-License-Identifier: MIT */
/*
 * gzip and deflate, by zlib.
 *
 * A gzip file is a row of members (RFC 1952 2.2). Behind one the decoder is set back, and
 * the next bytes are looked at: those that do not begin a further member, padding for
 * instance, are not part of the data. The first of the two magic bytes is compared here;
 * that the second is wrong zlib finds, after exactly two bytes. A lone first byte at the
 * end of the input is a member that is cut off.
 *
 * "deflate" means the zlib format (RFC 9110 8.4.1.2), but there have always been servers
 * that send the bare format of RFC 1951. The first two bytes tell which it is: a bare
 * stream would begin with a stored block whose padding is not zero in order to look like
 * zlib's header. If they come apart, the first is kept; neither data ends after one byte.
 * Given to zlib alone, it is too short to bring out anything.
 */
#include "http/coding_stage.h"

#include <limits.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/list.h"
#include "base/mem.h"

/* Logarithm of the largest window, as zlib wants it: more means gzip, less than 0 bare.
 */
#define WINDOW_BITS 15
#define GZIP_BITS   (16 + WINDOW_BITS)
#define BARE_BITS   (-WINDOW_BITS)

/* The magic number of a gzip member. */
#define GZIP_MAGIC_FIRST 0x1f
#define GZIP_MAGIC_BYTES 2

struct inflater {
	struct coding_stage stage; /* what the chain sees */
	z_stream zlib;		   /* the library's; it must not move */
	bool has_member;	   /* gzip: one has been read to its end */
	bool is_format_known;	   /* deflate: zlib's or bare */
	bool has_first;		   /* deflate: the first byte came alone */
	char first;		   /* that byte */
};

static struct inflater *inflater_of(struct coding_stage *stage)
{
	return LIST_ENTRY(stage, struct inflater, stage);
}

static void *zlib_alloc(void *opaque, uInt count, uInt bytes)
{
	(void)opaque;
	return mem_alloc((size_t)count * bytes);
}

static void zlib_free(void *opaque, void *at)
{
	(void)opaque;
	mem_free(at);
}

static uInt clamp(size_t len)
{
	return len < UINT_MAX ? (uInt)len : UINT_MAX;
}

/* Runs zlib once; answers what it says. */
static int inflate_once(z_stream *zlib, struct span *in, void *to, size_t cap,
			size_t *out_len)
{
	uInt in_len = clamp(in->len);
	uInt room = clamp(cap);
	int result;

	zlib->next_in = (const Bytef *)in->at;
	zlib->avail_in = in_len;
	zlib->next_out = to;
	zlib->avail_out = room;
	result = inflate(zlib, Z_NO_FLUSH);
	*in = span_skip(*in, in_len - zlib->avail_in);
	*out_len = room - zlib->avail_out;
	return result;
}

/* What a result of zlib's that is no end comes to. Z_BUF_ERROR says that neither input
 * nor kept bytes were there, which is how one finds out. */
static enum err err_of(int result)
{
	if (result == Z_OK || result == Z_BUF_ERROR)
		return ERR_NONE;
	return result == Z_MEM_ERROR ? ERR_NO_MEMORY : ERR_CODING;
}

/* ---- gzip ---- */

/* There is input behind a member: whether it may be a further one. */
static bool begins_member(struct inflater *inflater, struct span in)
{
	if ((unsigned char)in.at[0] != GZIP_MAGIC_FIRST)
		return false;
	(void)inflateReset(&inflater->zlib);
	inflater->stage.is_complete = false;
	return true;
}

static enum err gzip_read(struct coding_stage *stage, struct span *in, void *to,
			  size_t cap, size_t *out_len)
{
	struct inflater *inflater = inflater_of(stage);
	int result;

	*out_len = 0;
	if (stage->is_complete && !begins_member(inflater, *in)) {
		stage->has_ended = true;
		return ERR_NONE;
	}
	result = inflate_once(&inflater->zlib, in, to, cap, out_len);
	if (result == Z_STREAM_END) {
		stage->is_complete = inflater->has_member = true;
		return ERR_NONE;
	}
	if (result == Z_DATA_ERROR && inflater->has_member &&
	    inflater->zlib.total_in == GZIP_MAGIC_BYTES) {
		stage->is_complete = stage->has_ended = true;
		return ERR_NONE;
	}
	return err_of(result);
}

/* ---- deflate ---- */

/* Whether two bytes are the header of RFC 1950: method 8, a window that there is, and a
 * multiple of 31. */
static bool is_zlib_header(char first, char second)
{
	unsigned cmf = (unsigned char)first;
	unsigned flg = (unsigned char)second;

	return (cmf & 0x8f) == 8 && (cmf << 8 | flg) % 31 == 0;
}

/* Finds out which format it is, as soon as there are two bytes; *in is not empty. */
static enum err learn_format(struct inflater *inflater, struct span *in)
{
	struct span first = span_of(&inflater->first, 1);
	char nowhere;
	size_t len;

	if (!inflater->has_first && in->len == 1) {
		inflater->has_first = true;
		inflater->first = in->at[0];
		*in = span_skip(*in, 1);
		return ERR_NONE;
	}
	inflater->is_format_known = true;
	if (!(inflater->has_first ? is_zlib_header(inflater->first, in->at[0])
				  : is_zlib_header(in->at[0], in->at[1])))
		(void)inflateReset2(&inflater->zlib, BARE_BITS);
	if (!inflater->has_first)
		return ERR_NONE;
	return err_of(inflate_once(&inflater->zlib, &first, &nowhere, 1, &len));
}

static enum err deflate_read(struct coding_stage *stage, struct span *in, void *to,
			     size_t cap, size_t *out_len)
{
	struct inflater *inflater = inflater_of(stage);
	int result;

	*out_len = 0;
	if (!inflater->is_format_known) {
		enum err err = learn_format(inflater, in);

		if (err || !inflater->is_format_known)
			return err;
	}
	result = inflate_once(&inflater->zlib, in, to, cap, out_len);
	if (result == Z_STREAM_END) {
		stage->is_complete = stage->has_ended = true;
		return ERR_NONE;
	}
	return err_of(result);
}

/* ---- both ---- */

static void inflater_free(struct coding_stage *stage)
{
	struct inflater *inflater = inflater_of(stage);

	(void)inflateEnd(&inflater->zlib);
	mem_free(inflater);
}

static enum err inflater_new(const struct coding_stage_ops *ops, int window_bits,
			     struct coding_stage **out_stage)
{
	struct inflater *inflater = mem_zalloc(sizeof(*inflater));

	if (!inflater)
		return ERR_NO_MEMORY;
	inflater->stage.ops = ops;
	inflater->zlib.zalloc = zlib_alloc;
	inflater->zlib.zfree = zlib_free;
	if (inflateInit2(&inflater->zlib, window_bits) != Z_OK) {
		mem_free(inflater);
		return ERR_NO_MEMORY;
	}
	*out_stage = &inflater->stage;
	return ERR_NONE;
}

enum err coding_stage_gzip(struct coding_stage **out_stage)
{
	static const struct coding_stage_ops ops = {gzip_read, inflater_free};

	return inflater_new(&ops, GZIP_BITS, out_stage);
}

enum err coding_stage_deflate(struct coding_stage **out_stage)
{
	static const struct coding_stage_ops ops = {deflate_read, inflater_free};

	return inflater_new(&ops, WINDOW_BITS, out_stage);
}
