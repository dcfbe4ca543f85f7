/* SPDX-License-Identifier: MIT */
/*
 * Text of Windows programs, one character at a time: UTF-8 (units of 1 byte), UTF-16 (2)
 * and UTF-32 (4), in any direction. What is no text becomes U+FFFD; nothing is refused
 * here. Units need not be aligned. The surrogate pairs that a program holds in 4-byte
 * units count as the characters that they mean.
 */
#ifndef IXHR2_WIN_TRANSCODE_H
#define IXHR2_WIN_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for text that is none. */
#define TRANSCODE_BAD 0xFFFD

/* Text that is read. It is lent. */
struct transcode_text {
	const void *at;	     /* the units */
	size_t count;	     /* how many they are */
	size_t next;	     /* the first not yet taken */
	unsigned unit_bytes; /* 1, 2 or 4 */
};

/* Where text is written. What does not fit is counted, and nothing is written behind the
 * first character that did not fit. */
struct transcode_room {
	void *at;	     /* the units; NULL where room is 0 */
	size_t room;	     /* how many may be written */
	size_t len;	     /* how many there are or would be */
	unsigned unit_bytes; /* 1, 2 or 4 */
};

/* Whether a program's unit may have this size. */
bool transcode_has_unit(unsigned unit_bytes);

/* The unit of that index. */
uint32_t transcode_unit(const void *text, unsigned unit_bytes, size_t index);

/* How many units stand before the terminating zero, or limit when it does not come before
 * that; nothing behind is read. */
size_t transcode_length(const void *text, unsigned unit_bytes, size_t limit);

/*
 * Takes the next character; there is one. false: it was none, and *out_code is
 * TRANSCODE_BAD. A broken UTF-8 sequence ends before the first byte that cannot belong to
 * it (Unicode, section 3.9, "U+FFFD Substitution of Maximal Subparts").
 */
bool transcode_take(struct transcode_text *text, uint32_t *out_code);

/* Writes one unit as it is. */
void transcode_put_unit(struct transcode_room *out, uint32_t unit);

/* Writes a character that transcode_take gave. */
void transcode_put(struct transcode_room *out, uint32_t code);

/* Writes all that is left of text; answers how many times it was not text. */
size_t transcode_all(struct transcode_room *out, struct transcode_text *text);

#endif
