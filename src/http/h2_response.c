/* SPDX-License-Identifier: MIT */
/*
 * A response is believed only if all of it is right: what one program takes for a field
 * another might take for the end of a head, so nothing is passed over or mended. A name
 * is a token in small letters, a value has neither control bytes nor whitespace at its
 * ends, the status comes first and once, no field is about the connection, there is one
 * Content-Length, and the body is as long as it says.
 */
#include "http/h2_response.h"

#include "base/text.h"
#include "base/word.h"
#include "http/field.h"
#include "http/h2.h"

/* What a field adds to the length of a head: ": ", CR LF, as in HTTP/1.1. */
#define FIELD_EXTRA_BYTES 4u

/* "HTTP/2" as response_head has it. */
#define VERSION 20u

/* body_left while no length is known. */
#define ANY_LENGTH UINT64_MAX

/* The largest Content-Length; a file cannot be longer either. */
#define MAX_LENGTH ((uint64_t)INT64_MAX)

static enum err refuse(struct h2_response *response, enum err err, const char *what)
{
	response->what = what;
	return err;
}

void h2_response_init(struct h2_response *response, struct arena *arena,
		      struct span method)
{
	*response = (struct h2_response){
		.arena = arena,
		.body_left = ANY_LENGTH,
		.bytes_left = H2_HEAD_MAX_BYTES,
		.fields_left = H2_HEAD_MAX_FIELDS,
		.interims_left = H2_MAX_INTERIM,
		.is_to_head = span_eq(method, SPAN("HEAD")),
	};
}

void h2_response_begin(struct h2_response *response)
{
	response->has_fields = false;
	if (response->has_head)
		return;
	response->head = (struct response_head){.version = VERSION};
	headers_init(&response->head.headers, response->arena);
	response->body_left = ANY_LENGTH;
}

/* Whether a word has small letters and dashes alone, as nearly all names do. */
static bool is_usual(uint64_t word)
{
	return (word_mark_range(word, 'a', 'z') | word_mark(word, '-')) ==
	       WORD_EACH(0x80);
}

static bool is_usual_name(struct span name)
{
	for (; name.len >= WORD_BYTES; name = span_skip(name, WORD_BYTES))
		if (!is_usual(word_at(name.at)))
			return false;
	return is_usual(word_of_few(name.at, name.len, 'a'));
}

/* A token without capitals (RFC 9113 8.2.1). */
static bool is_name(struct span name)
{
	if (name.len && is_usual_name(name))
		return true;
	for (size_t i = 0; i < name.len; i++)
		if (text_lower(name.at[i]) != name.at[i])
			return false;
	return text_is_token(name);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_value(struct span value)
{
	if (value.len && (is_blank(value.at[0]) || is_blank(value.at[value.len - 1])))
		return false;
	return !field_has_control(value);
}

/* RFC 9113 8.3.2: the one field whose name begins with a colon. */
static enum err put_status(struct h2_response *response, struct span name,
			   struct span value)
{
	unsigned status = 0;

	if (!span_eq(name, SPAN(":status")) || response->has_head ||
	    response->has_fields || response->head.status)
		return refuse(response, ERR_PROTOCOL, "a pseudo-field out of place");
	for (size_t i = 0; i < value.len && text_is_digit(value.at[i]) && i < 3; i++)
		status = status * 10 + (unsigned)(value.at[i] - '0');
	/* RFC 9113 8.6: there is no 101. */
	if (value.len != 3 || status < 100 || status == 101)
		return refuse(response, ERR_PROTOCOL, "the status is no status");
	response->head.status = status;
	return ERR_NONE;
}

/* One length for all, and none where there can be no body but an empty one (RFC 9110
 * 8.6). */
static enum err take_length(struct h2_response *response, struct span value)
{
	unsigned status = response->head.status;
	uint64_t length;

	if (text_parse_uint(value, &length) || length > MAX_LENGTH ||
	    response->body_left != ANY_LENGTH || status < 200 ||
	    (status == 204 && length > 0))
		return refuse(response, ERR_PROTOCOL, "a wrong Content-Length");
	response->body_left = length;
	return ERR_NONE;
}

/* Copies name and value in one piece. */
static enum err keep(struct h2_response *response, struct span name, struct span value)
{
	char *at = arena_alloc(response->arena, name.len + value.len);

	if (!at)
		return ERR_NO_MEMORY;
	memcpy(at, name.at, name.len);
	if (value.len)
		memcpy(at + name.len, value.at, value.len);
	return headers_put(&response->head.headers, span_of(at, name.len),
			   span_of(at + name.len, value.len));
}

static enum err put_field(struct h2_response *response, struct span name,
			  struct span value)
{
	enum err err = ERR_NONE;

	if (!is_name(name))
		return refuse(response, ERR_PROTOCOL, "a field name is malformed");
	if (message_is_of_connection(name) ||
	    (span_eq(name, SPAN("te")) && !span_eq_nocase(value, SPAN("trailers"))))
		return refuse(response, ERR_PROTOCOL, "a field is not allowed in HTTP/2");
	response->has_fields = true;
	if (response->has_head)
		return ERR_NONE;
	if (name.len == 14 && span_eq(name, SPAN("content-length")))
		err = take_length(response, value);
	return err ? err : keep(response, name, value);
}

enum err h2_response_put(struct h2_response *response, struct span name,
			 struct span value)
{
	size_t bytes = name.len + value.len + FIELD_EXTRA_BYTES;

	if (bytes > response->bytes_left || response->fields_left == 0)
		return refuse(response, ERR_LIMIT, "the head is too long");
	response->bytes_left -= (uint32_t)bytes;
	response->fields_left--;
	if (!is_value(value))
		return refuse(response, ERR_PROTOCOL, "a field value is malformed");
	if (name.len && name.at[0] == ':')
		return put_status(response, name, value);
	return put_field(response, name, value);
}

/* How much body belongs to the final head. */
static void frame_body(struct h2_response *response)
{
	unsigned status = response->head.status;

	if (response->is_to_head || status == 204 || status == 304)
		response->body_left = 0;
}

enum err h2_response_end_section(struct h2_response *response, bool is_last)
{
	struct response_head *head = &response->head;

	if (response->has_head)
		return is_last ? ERR_NONE
			       : refuse(response, ERR_PROTOCOL,
					"a second head, or trailers without an end");
	if (!head->status)
		return refuse(response, ERR_PROTOCOL, "the head has no status");
	head->reason = message_phrase(head->status);
	if (head->status >= 200) {
		response->has_head = true;
		frame_body(response);
		return ERR_NONE;
	}
	if (is_last)
		return refuse(response, ERR_PROTOCOL, "an interim response is the last");
	if (response->interims_left == 0)
		return refuse(response, ERR_LIMIT, "too many interim responses");
	response->interims_left--;
	return ERR_NONE;
}

enum err h2_response_data(struct h2_response *response, size_t bytes)
{
	if (!response->has_head)
		return refuse(response, ERR_PROTOCOL, "a body without a head");
	if (response->body_left == ANY_LENGTH)
		return ERR_NONE;
	if (bytes > response->body_left)
		return refuse(response, ERR_PROTOCOL,
			      "the body is longer than the head says");
	response->body_left -= bytes;
	return ERR_NONE;
}

enum err h2_response_end(struct h2_response *response)
{
	if (!response->has_head)
		return refuse(response, ERR_PROTOCOL, "the end without a head");
	if (response->body_left != ANY_LENGTH && response->body_left > 0)
		return refuse(response, ERR_PROTOCOL,
			      "the body is shorter than the head says");
	return ERR_NONE;
}
