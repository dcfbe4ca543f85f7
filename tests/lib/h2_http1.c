/* SPDX-License-Identifier: MIT */
/*
 * A head becomes fields as HTTP/2 would have sent them, with names in small letters. A
 * request is taken when all of it is there, its body too.
 */
#include "lib/h2_http1.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/h2_judge.h"
#include "lib/pattern.h"

/* The fields behind the request line; room has twice the bytes of head. */
static void put_fields(const char *head, const char *end, char *room)
{
	const char *line = strstr(head, "\r\n") + 2;

	room += sprintf(room, ":method: %.*s\n", (int)strcspn(head, " "), head);
	while (line < end) {
		size_t len = strcspn(line, "\r");
		size_t name = strcspn(line, ":");

		for (size_t i = 0; i < len; i++)
			*room++ = (char)(i < name ? tolower((unsigned char)line[i])
						  : line[i]);
		*room++ = '\n';
		line += len + 2;
	}
	*room = '\0';
}

/* How many bytes a chunked body takes, or 0: not all of it is there. */
static size_t take_chunks(struct span in, struct h2_server_request *out)
{
	size_t at = 0;

	for (;;) {
		const char *end = memmem(in.at + at, in.len - at, "\r\n", 2);
		size_t size, begin;

		if (!end)
			return 0;
		size = strtoul(in.at + at, NULL, 16);
		begin = (size_t)(end - in.at) + 2;
		if (in.len < begin + size + 2)
			return 0;
		h2_judge_body(out, in.at + begin, size);
		at = begin + size + 2;
		if (size == 0)
			return at;
	}
}

/* How many bytes a body takes; false: not all of it is there. */
static bool take_body(struct span in, const char *head, struct h2_server_request *out,
		      size_t *out_len)
{
	const char *length = h2_judge_field(head, "content-length");

	if (h2_judge_field(head, "transfer-encoding")) {
		*out_len = take_chunks(in, out);
		return *out_len > 0;
	}
	*out_len = length ? strtoul(length, NULL, 10) : 0;
	if (*out_len > in.len)
		return false;
	h2_judge_body(out, in.at, *out_len);
	return true;
}

size_t h2_http1_take(struct span in, struct h2_server_request *out, char **out_head)
{
	const char *end = in.len ? memmem(in.at, in.len, "\r\n\r\n", 4) : NULL;
	struct h2_server_request request = {.is_pattern = true, .is_whole = true};
	size_t head_len, body_len;
	char *copy, *head;

	if (!end)
		return 0;
	head_len = (size_t)(end - in.at) + 4;
	copy = strndup(in.at, head_len);
	head = malloc(head_len * 2 + 64);
	if (!copy || !head)
		abort();
	put_fields(copy, copy + head_len - 2, head);
	sscanf(copy, "%23s %127s", request.method, request.path);
	free(copy);
	if (!take_body(span_of(in.at + head_len, in.len - head_len), head, &request,
		       &body_len)) {
		free(head);
		return 0;
	}
	*out = request;
	*out_head = head;
	return head_len + body_len;
}

void h2_http1_put(struct h2_bytes *out, const struct h2_server_request *request,
		  const struct h2_server_reply *reply)
{
	bool has_body = strcmp(request->method, "HEAD") != 0 && reply->status != 204 &&
			reply->status != 304;
	uint64_t bytes = reply->body.len ? reply->body.len : reply->pattern_bytes;
	char line[128];

	snprintf(line, sizeof(line), "HTTP/1.1 %u X\r\nContent-Length: %llu\r\n",
		 reply->status, (unsigned long long)bytes);
	h2_bytes_put_text(out, line);
	for (const char *at = reply->fields; *at; at++)
		h2_bytes_put(out, *at == '\n' ? "\r\n" : at, *at == '\n' ? 2 : 1);
	h2_bytes_put_text(out, "\r\n");
	if (!has_body)
		return;
	h2_bytes_put(out, reply->body.at, reply->body.len);
	if (!reply->body.len && bytes) {
		pattern_fill(h2_bytes_room(out, (size_t)bytes), 0, (size_t)bytes);
		out->len += (size_t)bytes;
	}
}
