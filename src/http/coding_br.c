/* SPDX-License-Identifier: MIT */
/*
 * br, by brotli's decoder (RFC 7932).
 *
 * The decoder keeps a ring as large as the window, 16 MiB at most: windows beyond those
 * of RFC 7932 are an option of the library's that stays off, so that a stream with one is
 * damaged to it. A stream has one end; what follows is not looked at.
 */
#include "http/coding_stage.h"

#include <brotli/decode.h>

#include "base/list.h"
#include "base/mem.h"

struct brotli {
	struct coding_stage stage; /* what the chain sees */
	BrotliDecoderState *state; /* the library's; owned */
};

static struct brotli *brotli_of(struct coding_stage *stage)
{
	return LIST_ENTRY(stage, struct brotli, stage);
}

static void *brotli_alloc(void *opaque, size_t bytes)
{
	(void)opaque;
	return mem_alloc(bytes);
}

static void brotli_free(void *opaque, void *at)
{
	(void)opaque;
	mem_free(at);
}

/* What the decoder's last error is to us: its codes for memory stand in a row. */
static enum err failure(const struct brotli *brotli)
{
	BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(brotli->state);

	return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
			       code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
		       ? ERR_NO_MEMORY
		       : ERR_CODING;
}

static enum err brotli_read(struct coding_stage *stage, struct span *in, void *to,
			    size_t cap, size_t *out_len)
{
	struct brotli *brotli = brotli_of(stage);
	const uint8_t *next_in = (const uint8_t *)in->at;
	size_t in_left = in->len;
	uint8_t *next_out = to;
	size_t room = cap;

	switch (BrotliDecoderDecompressStream(brotli->state, &in_left, &next_in, &room,
					      &next_out, NULL)) {
	case BROTLI_DECODER_RESULT_ERROR:
		return failure(brotli);
	case BROTLI_DECODER_RESULT_SUCCESS:
		stage->is_complete = stage->has_ended = true;
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		break;
	}
	*in = span_skip(*in, in->len - in_left);
	*out_len = cap - room;
	return ERR_NONE;
}

static void brotli_stage_free(struct coding_stage *stage)
{
	struct brotli *brotli = brotli_of(stage);

	BrotliDecoderDestroyInstance(brotli->state);
	mem_free(brotli);
}

enum err coding_stage_br(struct coding_stage **out_stage)
{
	static const struct coding_stage_ops ops = {brotli_read, brotli_stage_free};
	struct brotli *brotli = mem_zalloc(sizeof(*brotli));

	if (!brotli)
		return ERR_NO_MEMORY;
	brotli->stage.ops = &ops;
	brotli->state = BrotliDecoderCreateInstance(brotli_alloc, brotli_free, NULL);
	if (!brotli->state) {
		mem_free(brotli);
		return ERR_NO_MEMORY;
	}
	*out_stage = &brotli->stage;
	return ERR_NONE;
}
