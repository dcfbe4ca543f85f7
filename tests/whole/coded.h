/* SPDX-License-Identifier: MIT */
/*
 * Coded responses for scripts: content is coded by lib/coder, and framed. Codings are
 * letters in the order in which they are applied: g gzip, d deflate in zlib's format, r
 * deflate without any format, b br, z zstd. What these functions make is freed by
 * coded_free.
 */
#ifndef IXHR2_TESTS_WHOLE_CODED_H
#define IXHR2_TESTS_WHOLE_CODED_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/span.h"
#include "lib/coder.h"
#include "lib/pattern.h"

/* How a response tells where its body ends. */
enum coded_framing { CODED_BY_LENGTH, CODED_BY_CHUNKS, CODED_BY_CLOSE, CODED_FRAMINGS };

static inline void coded_free(struct span made)
{
	free((void *)(uintptr_t)made.at);
}

static inline void *coded_room(size_t bytes)
{
	void *room = malloc(bytes);

	if (!room)
		abort();
	return room;
}

static inline struct span coded_copy(struct span bytes)
{
	char *at = coded_room(bytes.len + 1);

	if (bytes.len)
		memcpy(at, bytes.at, bytes.len);
	return span_of(at, bytes.len);
}

/* Two things, one behind the other. */
static inline struct span coded_join(struct span first, struct span second)
{
	char *at = coded_room(first.len + second.len + 1);

	memcpy(at, first.at, first.len);
	memcpy(at + first.len, second.at, second.len);
	return span_of(at, first.len + second.len);
}

static inline struct span coded_once(struct span content, char letter)
{
	static const char letters[] = "gdrbz"; /* in the order of the formats */
	const char *found = strchr(letters, letter);
	struct buf buf = {0};
	struct span made;

	if (!letter || !found)
		abort();
	coder_put(&buf, (enum coder_format)(found - letters), content, 0);
	made = coded_copy(buf_span(&buf));
	buf_done(&buf);
	return made;
}

/* content, coded by letters. */
static inline struct span coded(struct span content, const char *letters)
{
	struct span made = coded_copy(content);

	for (; *letters; letters++) {
		struct span next = coded_once(made, *letters);

		coded_free(made);
		made = next;
	}
	return made;
}

/* len bytes of the pattern. */
static inline struct span coded_pattern(size_t len)
{
	char *at = coded_room(len + 1);

	pattern_fill(at, 0, len);
	return span_of(at, len);
}

/* What Content-Encoding says of letters, in a buffer of the thread. */
static inline const char *coded_names(const char *letters)
{
	static _Thread_local char names[64];

	names[0] = '\0';
	for (; *letters; letters++) {
		if (names[0])
			strcat(names, ", ");
		strcat(names, *letters == 'g'	? "gzip"
			      : *letters == 'b' ? "br"
			      : *letters == 'z' ? "zstd"
						: "deflate");
	}
	return names;
}

/* body in chunks of piece bytes. */
static inline struct span coded_chunks(struct span body, size_t piece)
{
	char *at = coded_room(body.len + (body.len / piece + 1) * 24 + 16);
	int len = 0;

	while (body.len) {
		size_t n = piece < body.len ? piece : body.len;

		len += sprintf(at + len, "%zx\r\n", n);
		memcpy(at + len, body.at, n);
		len += (int)n;
		len += sprintf(at + len, "\r\n");
		body = span_skip(body, n);
	}
	len += sprintf(at + len, "0\r\n\r\n");
	return span_of(at, (size_t)len);
}

/* A whole response: head is the status line and fields, each with its CR LF; chunks, if
 * any, are of piece bytes. */
static inline struct span coded_response(const char *head, struct span body,
					 enum coded_framing framing, size_t piece)
{
	char begin[1024];
	struct span made, framed = body;

	snprintf(begin, sizeof(begin), "HTTP/1.1 %s\r\n", head);
	if (framing == CODED_BY_LENGTH)
		snprintf(begin, sizeof(begin), "HTTP/1.1 %sContent-Length: %zu\r\n\r\n",
			 head, body.len);
	if (framing == CODED_BY_CHUNKS) {
		snprintf(begin, sizeof(begin),
			 "HTTP/1.1 %sTransfer-Encoding: chunked\r\n\r\n", head);
		framed = coded_chunks(body, piece);
	}
	made = coded_join(span_str(begin), framed);
	if (framing == CODED_BY_CHUNKS)
		coded_free(framed);
	return made;
}

#endif
