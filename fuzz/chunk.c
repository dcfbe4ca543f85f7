/* SPDX-License-Identifier: MIT */
/*
 * A chunked body: given whole and in pieces it must be the same, and what chunk_begin
 * writes must be read back. The first byte chooses the length of a piece.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "http/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Reads input; *out_left is what follows the last chunk. */
static enum err read_body(struct span input, size_t piece_bytes, struct buf *body,
			  size_t *out_left)
{
	struct chunk chunk;
	enum err err = ERR_AGAIN;

	chunk_init(&chunk);
	while (err == ERR_AGAIN && input.len > 0) {
		size_t len = piece_bytes < input.len ? piece_bytes : input.len;
		struct span piece = span_of(input.at, len);
		struct span bytes;

		while (!(err = chunk_next(&chunk, &piece, &bytes)))
			must(bytes.len > 0 && !buf_put(body, bytes));
		must(err != ERR_AGAIN || piece.len == 0);
		input = span_skip(input, len - piece.len);
	}
	*out_left = err == ERR_EOF ? input.len : 0;
	return err;
}

static void write_and_read_back(struct span bytes)
{
	char line[CHUNK_BEGIN_BYTES];
	struct buf coded;
	struct buf body;
	size_t left;

	if (bytes.len == 0)
		return;
	buf_init(&coded);
	buf_init(&body);
	must(!buf_put(&coded, span_of(line, chunk_begin(line, bytes.len))));
	must(!buf_put(&coded, bytes) && !buf_put(&coded, CHUNK_END));
	must(!buf_put(&coded, CHUNK_LAST));
	must(read_body(buf_span(&coded), coded.len, &body, &left) == ERR_EOF);
	must(left == 2 && span_eq(buf_span(&body), bytes));
	buf_done(&coded);
	buf_done(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf pieces;
	struct span input;
	size_t whole_left;
	size_t pieces_left;
	enum err err;

	if (size == 0)
		return 0;
	input = span_of((const char *)data + 1, size - 1);
	buf_init(&whole);
	buf_init(&pieces);
	err = read_body(input, size, &whole, &whole_left);
	must(err == read_body(input, (size_t)data[0] % 64 + 1, &pieces, &pieces_left));
	must(whole_left == pieces_left && span_eq(buf_span(&whole), buf_span(&pieces)));
	write_and_read_back(input);
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
