/* SPDX-License-Identifier: MIT */
/*
 * The size line is read byte by byte, because it is short and may be cut anywhere; the
 * data is handed out in pieces as large as the input.
 *
 * A size is hexadecimal digits alone; what may follow is blanks and an extension that
 * begins with ";" (blanks before anything else are refused), then CR LF. Extensions are
 * read to the end of their line and forgotten; control bytes in them are refused, and
 * so is a bare LF, which other parsers have taken for part of the extension. Sizes from
 * 2^63 on are refused before they can overflow.
 */
#include "http/chunk.h"

#include "base/text.h"

/* A size that may take one digit more. */
#define MAX_SIZE_BEFORE_DIGIT ((uint64_t)INT64_MAX >> 4)

void chunk_init(struct chunk *chunk)
{
	*chunk = (struct chunk){.place = CHUNK_SIZE_START};
}

static enum err read_digit(struct chunk *chunk, int digit)
{
	if (chunk->left > MAX_SIZE_BEFORE_DIGIT)
		return ERR_PROTOCOL;
	chunk->left = chunk->left << 4 | (unsigned)digit;
	chunk->place = CHUNK_SIZE;
	return ERR_NONE;
}

/* A byte of a line with a size, behind its first digit, that is no digit of it. */
static enum err read_extension(struct chunk *chunk, char c)
{
	unsigned char byte = (unsigned char)c;
	bool is_blank = c == ' ' || c == '\t';

	if (c == '\r' && chunk->place != CHUNK_SIZE_BLANK)
		chunk->place = CHUNK_SIZE_LF;
	else if (c == ';')
		chunk->place = CHUNK_EXTENSION;
	else if (chunk->place != CHUNK_EXTENSION && is_blank)
		chunk->place = CHUNK_SIZE_BLANK;
	else if (chunk->place != CHUNK_EXTENSION || byte == 0x7f ||
		 (byte < 0x20 && !is_blank))
		return ERR_PROTOCOL;
	return ERR_NONE;
}

/* A byte of a line with a size, up to its CR. */
static enum err read_line_byte(struct chunk *chunk, char c)
{
	int digit = chunk->place <= CHUNK_SIZE ? text_hex_value(c) : -1;

	if (c != '\r' && ++chunk->line_bytes > CHUNK_MAX_LINE)
		return ERR_LIMIT;
	if (digit >= 0)
		return read_digit(chunk, digit);
	if (chunk->place == CHUNK_SIZE_START)
		return ERR_PROTOCOL;
	return read_extension(chunk, c);
}

/* A byte outside data and trailers. */
static enum err read_byte(struct chunk *chunk, char c)
{
	switch (chunk->place) {
	case CHUNK_SIZE_LF:
		chunk->place = chunk->left > 0 ? CHUNK_DATA : CHUNK_TRAILERS;
		return c == '\n' ? ERR_NONE : ERR_PROTOCOL;
	case CHUNK_DATA_CR:
		chunk->place = CHUNK_DATA_LF;
		return c == '\r' ? ERR_NONE : ERR_PROTOCOL;
	case CHUNK_DATA_LF:
		chunk_init(chunk);
		return c == '\n' ? ERR_NONE : ERR_PROTOCOL;
	default:
		return read_line_byte(chunk, c);
	}
}

void chunk_skip(struct chunk *chunk, uint64_t len)
{
	chunk->left -= len;
	if (chunk->left == 0)
		chunk->place = CHUNK_DATA_CR;
}

static void take_data(struct chunk *chunk, struct span *in, struct span *out_data)
{
	size_t len = in->len < chunk->left ? in->len : (size_t)chunk->left;

	*out_data = span_of(in->at, len);
	*in = span_skip(*in, len);
	chunk_skip(chunk, len);
}

enum err chunk_next(struct chunk *chunk, struct span *in, struct span *out_data)
{
	while (chunk->place != CHUNK_TRAILERS && in->len > 0) {
		enum err err;

		if (chunk->place == CHUNK_DATA) {
			take_data(chunk, in, out_data);
			return ERR_NONE;
		}
		err = read_byte(chunk, in->at[0]);
		if (err)
			return err;
		*in = span_skip(*in, 1);
	}
	return chunk->place == CHUNK_TRAILERS ? ERR_EOF : ERR_AGAIN;
}

size_t chunk_begin(char out[CHUNK_BEGIN_BYTES], uint64_t bytes)
{
	char digits[16];
	char *first = digits + sizeof(digits);
	size_t len;

	do {
		*--first = "0123456789abcdef"[bytes & 15];
		bytes >>= 4;
	} while (bytes > 0);
	len = (size_t)(digits + sizeof(digits) - first);
	memcpy(out, first, len);
	out[len] = '\r';
	out[len + 1] = '\n';
	return len + 2;
}
