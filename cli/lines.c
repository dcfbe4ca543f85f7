/* SPDX-License-Identifier: MIT */
/*
 * Lines lie one after another in one buffer, which moves to its front when more is read.
 * After an unusually long line the buffer is given back.
 */
#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What is read at a time. */
#define PIECE_BYTES 65536

/* A buffer that has grown beyond this is not kept when it is empty. */
#define KEPT_BYTES ((size_t)4 << 20)

static void move_to_front(struct lines *lines)
{
	size_t left = lines->buffer.len - lines->begin;

	if (!left && lines->buffer.cap > KEPT_BYTES)
		bytes_done(&lines->buffer);
	if (left && lines->begin)
		memmove(lines->buffer.at, lines->buffer.at + lines->begin, left);
	lines->buffer.len = left;
	lines->seen -= lines->begin;
	lines->begin = 0;
}

void lines_fill(struct lines *lines)
{
	char *room;
	ssize_t got;

	move_to_front(lines);
	room = bytes_room(&lines->buffer, PIECE_BYTES);
	do {
		got = read(STDIN_FILENO, room, PIECE_BYTES);
	} while (got < 0 && errno == EINTR);
	if (got > 0) {
		lines->buffer.len += (size_t)got;
	} else if (got == 0 || errno != EAGAIN) {
		lines->has_ended = true;
		lines->error = got ? errno : 0;
	}
}

/* The line feed that ends the next line, or NULL. What was looked through is noted. */
static const char *find_end(struct lines *lines)
{
	size_t unseen = lines->buffer.len - lines->seen;
	const char *at = unseen ? lines->buffer.at + lines->seen : NULL;
	const char *end = at ? memchr(at, '\n', unseen) : NULL;

	lines->seen += end ? (size_t)(end - at) : unseen;
	return end;
}

/* Gives what lies before seen, and passes over skip bytes behind. */
static enum lines_answer give(struct lines *lines, size_t skip, const char **out_at,
			      size_t *out_len)
{
	bool was_skipping = lines->is_skipping;

	*out_at = lines->buffer.at + lines->begin;
	*out_len = lines->seen - lines->begin;
	lines->seen += skip;
	lines->begin = lines->seen;
	lines->is_skipping = false;
	return was_skipping || *out_len > LINES_MAX_BYTES ? LINES_TOO_LONG : LINES_ONE;
}

enum lines_answer lines_next(struct lines *lines, const char **out_at, size_t *out_len)
{
	if (find_end(lines))
		return give(lines, 1, out_at, out_len);
	if (lines->seen - lines->begin > LINES_MAX_BYTES) {
		lines->is_skipping = true;
		lines->begin = lines->seen;
	}
	if (!lines->has_ended)
		return LINES_NONE;
	if (lines->seen == lines->begin && !lines->is_skipping)
		return LINES_END;
	return give(lines, 0, out_at, out_len);
}

bool lines_needs_more(struct lines *lines)
{
	return !lines->has_ended && !find_end(lines);
}

void lines_done(struct lines *lines)
{
	bytes_done(&lines->buffer);
}
