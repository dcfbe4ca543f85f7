/* SPDX-License-Identifier: MIT */
/*
 * A response is believed only if all of it is right: what one program takes for a field
 * another might take for the end of a head, so nothing is passed over or mended. A name
 * is a token in small letters, a value has neither control bytes nor whitespace at its
 * ends, the status comes first and once, no field is about the connection, there is one
 * Content-Length, and the body is as long as it says.
 *
 * A field is copied and judged in one go, sixteen bytes at a time, to where its section
 * is gathered; only what looks odd is looked at byte by byte. A head that is whole moves
 * to the arena in one piece.
 */
#include "http/h2_response.h"

#include "base/mem.h"
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

/* The first room of a section: for all of most heads. */
#define FIRST_FIELDS 16u
#define FIRST_BYTES  512u

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

/* ---- sections ---- */

/* Makes room for one field more, of so many bytes. ERR_NO_MEMORY. */
static enum err make_room(struct h2_section *section, size_t bytes)
{
	uint32_t cap = section->cap ? section->cap * 2 : FIRST_FIELDS;
	struct h2_field_bytes *fields;

	if (section->count == section->cap) {
		fields = mem_resize(section->fields, cap, sizeof(*fields));
		if (!fields)
			return ERR_NO_MEMORY;
		section->fields = fields;
		section->cap = cap;
	}
	return buf_reserve(&section->text, bytes < FIRST_BYTES ? FIRST_BYTES : bytes);
}

void h2_section_done(struct h2_section *section)
{
	buf_done(&section->text);
	mem_free(section->fields);
	*section = (struct h2_section){0};
}

/* Empties it, and gives much memory back. */
static void clear(struct h2_section *section)
{
	section->count = 0;
	buf_clear(&section->text);
	if (section->text.cap > H2_SECTION_KEEP_BYTES ||
	    section->cap > H2_SECTION_KEEP_BYTES / sizeof(*section->fields))
		h2_section_done(section);
}

/* Copies the section into one piece of the arena, the list of fields in front of the
 * text. */
static enum err keep(struct h2_response *response)
{
	const struct h2_section *section = response->section;
	struct headers_field *list;
	uint32_t count = section->count;
	char *text;

	if (!count)
		return ERR_NONE;
	list = arena_alloc(response->arena, count * sizeof(*list) + section->text.len);
	if (!list)
		return ERR_NO_MEMORY;
	text = (char *)(list + count);
	memcpy(text, section->text.at, section->text.len);
	for (uint32_t i = 0; i < count; i++) {
		const struct h2_field_bytes *bytes = &section->fields[i];

		list[i].name = span_of(text, bytes->name);
		list[i].value = span_of(text + bytes->name, bytes->value);
		text += bytes->name + bytes->value;
	}
	response->head.headers = (struct headers){response->arena, list, count, count};
	return ERR_NONE;
}

void h2_response_begin(struct h2_response *response, struct h2_section *section)
{
	clear(section);
	response->section = section;
	if (response->has_head)
		return;
	response->head = (struct response_head){.version = VERSION};
	headers_init(&response->head.headers, response->arena);
	response->body_left = ANY_LENGTH;
}

/* ---- texts ---- */

/* Marks what may not stand in a usual name: all but small letters and dashes. */
static inline word_lanes mark_in_name(word_lanes bytes)
{
	return (word_lanes) ~((bytes - 'a' < 26) | (bytes == '-'));
}

typedef word_lanes mark_fn(word_lanes bytes);

/* Copies text, shorter than lanes, and answers whether mark finds something in it. */
static inline bool copy_short(char *to, struct span text, mark_fn *mark)
{
	uint64_t first, last;

	if (text.len < WORD_BYTES) {
		first = last = word_of_few(text.at, text.len, 'a');
		word_put(to, first);
	} else {
		first = word_at(text.at);
		last = word_at(text.at + text.len - WORD_BYTES);
		word_put(to, first);
		word_put(to + text.len - WORD_BYTES, last);
	}
	return word_lanes_any(mark(word_lanes_of(first, last)));
}

/* The same of any text. Behind the copy a word may be overwritten. */
static inline bool copy(char *to, struct span text, mark_fn *mark)
{
	word_lanes odd = {0}, bytes;
	size_t last = text.len - WORD_LANES;

	if (text.len < WORD_LANES)
		return copy_short(to, text, mark);
	for (size_t i = 0; i < last; i += WORD_LANES) {
		bytes = word_lanes_at(text.at + i);
		word_lanes_put(to + i, bytes);
		odd |= mark(bytes);
	}
	bytes = word_lanes_at(text.at + last);
	word_lanes_put(to + last, bytes);
	return word_lanes_any(odd | mark(bytes));
}

/* A token without capitals (RFC 9113 8.2.1). */
static bool is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (text_lower(name.at[i]) != name.at[i])
			return false;
	return text_is_token(name);
}

/* Neither whitespace, which a value has not at its ends, nor a control byte but for
 * 0x7F. */
static inline bool is_visible(char c)
{
	return (unsigned char)c > ' ';
}

/* RFC 9113 8.3.2: the one field whose name begins with a colon. */
static enum err put_status(struct h2_response *response, struct span name,
			   struct span value)
{
	unsigned status = 0;

	if (!span_eq(name, SPAN(":status")) || response->has_head ||
	    response->section->count || response->head.status)
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

static inline bool copy_name(char *to, struct span name)
{
	return name.len && (!copy(to, name, mark_in_name) || is_name(name));
}

static inline bool copy_value(char *to, struct span value)
{
	if (value.len &&
	    !(is_visible(value.at[0]) && is_visible(value.at[value.len - 1])))
		return false;
	return !copy(to, value, word_lanes_mark_control) || !field_has_control(value);
}

static bool has_room(const struct h2_section *section, size_t bytes)
{
	return section->count < section->cap &&
	       bytes <= section->text.cap - section->text.len;
}

static enum err put_field(struct h2_response *response, struct span name,
			  struct span value)
{
	struct h2_section *section = response->section;
	size_t bytes = name.len + value.len;
	char *to;

	if (!has_room(section, bytes + WORD_BYTES) &&
	    make_room(section, bytes + WORD_BYTES))
		return ERR_NO_MEMORY;
	to = section->text.at + section->text.len;
	if (!copy_name(to, name))
		return refuse(response, ERR_PROTOCOL, "a field name is malformed");
	if (!copy_value(to + name.len, value))
		return refuse(response, ERR_PROTOCOL, "a field value is malformed");
	if (message_is_of_connection(name) ||
	    (span_eq(name, SPAN("te")) && !span_eq_nocase(value, SPAN("trailers"))))
		return refuse(response, ERR_PROTOCOL, "a field is not allowed in HTTP/2");
	section->text.len += bytes;
	section->fields[section->count++] =
		(struct h2_field_bytes){(uint32_t)name.len, (uint32_t)value.len};
	if (span_eq(name, SPAN("content-length")) && !response->has_head)
		return take_length(response, value);
	return ERR_NONE;
}

enum err h2_response_put(struct h2_response *response, struct span name,
			 struct span value)
{
	size_t bytes = name.len + value.len + FIELD_EXTRA_BYTES;

	if (bytes > response->bytes_left || response->fields_left == 0)
		return refuse(response, ERR_LIMIT, "the head is too long");
	response->bytes_left -= (uint32_t)bytes;
	response->fields_left--;
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

/* A head is whole: an interim one or the final one. */
static enum err end_head(struct h2_response *response, bool is_last)
{
	struct response_head *head = &response->head;

	if (!head->status)
		return refuse(response, ERR_PROTOCOL, "the head has no status");
	if (keep(response))
		return ERR_NO_MEMORY;
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

enum err h2_response_end_section(struct h2_response *response, bool is_last)
{
	enum err err = ERR_NONE;

	if (!response->has_head)
		err = end_head(response, is_last);
	else if (!is_last)
		err = refuse(response, ERR_PROTOCOL,
			     "a second head, or trailers without an end");
	clear(response->section);
	return err;
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
