/* SPDX-License-Identifier: MIT */
/*
 * A coded body: given whole and in pieces, with much room and with little, it must come
 * to the same end and the same bytes. The first byte chooses the codings and the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "http/coding.h"

/* More output than this is of no interest. */
#define MAX_BYTES ((size_t)1 << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct coding *coding_of(uint8_t choice)
{
	static const struct span values[] = {
		{"gzip", 4},	      {"deflate", 7},	  {"br", 2},
		{"zstd", 4},	      {"br,gzip", 7},	  {"gzip,zstd", 9},
		{"zstd,deflate", 12}, {"deflate,br", 10},
	};
	struct coding *coding = NULL;
	struct headers headers;
	struct arena arena;

	arena_init(&arena);
	headers_init(&headers, &arena);
	must(!headers_put(&headers, SPAN("Content-Encoding"), values[choice & 7]));
	must(!coding_new(&headers, &coding) && coding != NULL);
	arena_done(&arena);
	return coding;
}

/* What came of a body. */
struct outcome {
	char bytes[MAX_BYTES]; /* decoded */
	size_t len;	       /* of them */
	enum err err;	       /* ERR_EOF when there were more */
};

static enum err read_piece(struct coding *coding, struct span *piece, size_t cap,
			   struct outcome *out)
{
	size_t len;
	enum err err;

	do {
		size_t room = MAX_BYTES - out->len;
		char *to;

		if (room == 0)
			return ERR_EOF;
		if (cap < room)
			room = cap;
		/* Exactly as large as it is said to be, for the sanitizer. */
		to = malloc(room);
		must(to != NULL);
		err = coding_read(coding, piece, to, room, &len);
		if (!err) {
			must(len > 0 && len <= room);
			memcpy(out->bytes + out->len, to, len);
			out->len += len;
		}
		free(to);
	} while (!err);
	must(err < 0 || (err == ERR_AGAIN && piece->len == 0));
	return err;
}

static void run(uint8_t choice, struct span input, size_t piece_bytes, size_t cap,
		struct outcome *out)
{
	struct coding *coding = coding_of(choice);

	out->len = 0;
	out->err = ERR_AGAIN;
	while (out->err == ERR_AGAIN && input.len > 0) {
		size_t len = piece_bytes < input.len ? piece_bytes : input.len;
		struct span piece = span_of(input.at, len);

		out->err = read_piece(coding, &piece, cap, out);
		input = span_skip(input, len);
	}
	if (out->err == ERR_AGAIN)
		out->err = coding_end(coding);
	must(out->err == ERR_NONE || out->err == ERR_CODING || out->err == ERR_LIMIT ||
	     out->err == ERR_EOF);
	coding_free(coding);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole;
	static struct outcome pieces;
	struct span input;
	size_t len;

	if (size == 0)
		return 0;
	input = span_of((const char *)data + 1, size - 1);
	run(data[0], input, size, MAX_BYTES, &whole);
	run(data[0], input, (size_t)(data[0] >> 3) + 1, 1000, &pieces);
	len = whole.len < pieces.len ? whole.len : pieces.len;
	must(memcmp(whole.bytes, pieces.bytes, len) == 0);
	/* A failure may come before what is only in the way out. */
	if (whole.err == ERR_NONE || pieces.err == ERR_NONE)
		must(whole.err == pieces.err && whole.len == pieces.len);
	return 0;
}
