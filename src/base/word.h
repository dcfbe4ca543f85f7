/* SPDX-License-Identifier: MIT */
/*
 * Text eight or sixteen bytes at a time, for what is looked at on every request. A word
 * holds bytes as they lie in memory; a mark is a word in which the top bit of each byte
 * says something about that byte, the other bits being 0. Lanes are sixteen bytes that
 * are compared each for itself (a vector of GCC's): what is true of one has all its bits.
 */
#ifndef IXHR2_BASE_WORD_H
#define IXHR2_BASE_WORD_H

#include <stdint.h>
#include <string.h>

#define WORD_BYTES sizeof(uint64_t)

/* A word of eight bytes, each the same. */
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

typedef unsigned char word_lanes __attribute__((vector_size(16)));
typedef uint64_t word_pair __attribute__((vector_size(16)));

#define WORD_LANES sizeof(word_lanes)

/* The eight bytes at at. */
static inline uint64_t word_at(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Puts eight bytes to to. */
static inline void word_put(char *to, uint64_t word)
{
	memcpy(to, &word, sizeof(word));
}

/* Copies less than eight bytes without a call. */
static inline void word_copy_few(char *to, const char *from, size_t len)
{
	if (len >= 4) {
		memcpy(to, from, 4);
		memcpy(to + len - 4, from + len - 4, 4);
		return;
	}
	if (len >= 2) {
		memcpy(to, from, 2);
		memcpy(to + len - 2, from + len - 2, 2);
	} else if (len) {
		*to = *from;
	}
}

/* The len bytes at at, less than eight, and filler behind them. */
static inline uint64_t word_of_few(const char *at, size_t len, char filler)
{
	uint64_t word = WORD_EACH((unsigned char)filler);

	word_copy_few((char *)&word, at, len);
	return word;
}

/* Marks the bytes from first to last, both ASCII. */
static inline uint64_t word_mark_range(uint64_t word, char first, char last)
{
	uint64_t low = word & WORD_EACH(0x7F);
	uint64_t from_first = low + WORD_EACH(0x80u - (unsigned char)first);
	uint64_t above_last = low + WORD_EACH(0x7Fu - (unsigned char)last);

	return from_first & ~above_last & ~word & WORD_EACH(0x80);
}

/* Marks the bytes that are c, an ASCII character. */
static inline uint64_t word_mark(uint64_t word, char c)
{
	uint64_t other = word ^ WORD_EACH((unsigned char)c);

	return ~(((other & WORD_EACH(0x7F)) + WORD_EACH(0x7F)) | other) & WORD_EACH(0x80);
}

/* The sixteen bytes at at. */
static inline word_lanes word_lanes_at(const char *at)
{
	word_lanes lanes;

	memcpy(&lanes, at, sizeof(lanes));
	return lanes;
}

/* Puts sixteen bytes to to. */
static inline void word_lanes_put(char *to, word_lanes lanes)
{
	memcpy(to, &lanes, sizeof(lanes));
}

/* Two words as lanes. */
static inline word_lanes word_lanes_of(uint64_t first, uint64_t second)
{
	return (word_lanes)(word_pair){first, second};
}

/* Marks control bytes, tabs included. */
static inline word_lanes word_lanes_mark_control(word_lanes bytes)
{
	return (word_lanes)((bytes < 0x20) | (bytes == 0x7F));
}

/* Whether something is true of any lane. */
static inline int word_lanes_any(word_lanes lanes)
{
	word_pair pair = (word_pair)lanes;

	return (pair[0] | pair[1]) != 0;
}

#endif
