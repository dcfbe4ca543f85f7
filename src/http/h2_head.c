/* SPDX-License-Identifier: MIT */
/*
 * A request's fields become an array for nghttp2, which packs them at once: so only names
 * are copied, because they must be lower case, and values stay where they are. Those of a
 * list that is borrowed have been copied when it was laid out.
 *
 * Names are made lower case eight bytes at a time. The last eight overlap those before
 * them; a name that is shorter is written with bytes behind it, which the next one
 * covers.
 */
#include "http/h2_inside.h"

#include "base/mem.h"
#include "base/word.h"

/* :method, :scheme, :authority, :path, two of access, content-length. */
#define OWN_FIELDS 7u

/* Digits of the largest uint64_t. */
#define LENGTH_BYTES 20u

/* What is not copied, and what is never kept in anybody's table of fields (RFC 7541
 * 7.1.3). */
#define PLAIN  (NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE)
#define SECRET (PLAIN | NGHTTP2_NV_FLAG_NO_INDEX)

/* The writing of one head. */
struct writing {
	nghttp2_nv *field;     /* the next */
	nghttp2_nv *authority; /* :authority */
	char *name;	       /* room for the next name */
	bool is_secret;	       /* there are credentials */
};

/* Writes eight bytes, their capital letters as small ones. */
static inline void write_lower(char *at, uint64_t word)
{
	word |= word_mark_range(word, 'A', 'Z') >> 2;
	memcpy(at, &word, sizeof(word));
}

/* A lower-case copy. */
static inline struct span write_name(struct writing *to, struct span name)
{
	char *begin = to->name;

	to->name += name.len;
	if (name.len < WORD_BYTES) {
		write_lower(begin, word_of_few(name.at, name.len, 0));
		return span_of(begin, name.len);
	}
	for (size_t at = 0; at < name.len - WORD_BYTES; at += WORD_BYTES)
		write_lower(begin + at, word_at(name.at + at));
	write_lower(to->name - WORD_BYTES, word_at(name.at + name.len - WORD_BYTES));
	return span_of(begin, name.len);
}

static void write_field(struct writing *to, struct span name, struct span value,
			uint8_t flags)
{
	*to->field++ = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name.at,
		.namelen = name.len,
		.value = (uint8_t *)(uintptr_t)value.at,
		.valuelen = value.len,
		.flags = flags,
	};
	if (flags == SECRET)
		to->is_secret = true;
}

/* What becomes of a field that is given. */
enum fate { SEND, SEND_IN_SECRET, SEND_AUTHORIZATION, LEAVE_OUT, BE_AUTHORITY };

static inline enum fate decide(bool is_it, enum fate fate)
{
	return is_it ? fate : SEND;
}

/* By its lower-case name: what is about the connection, or in body_length, is left out.
 */
static inline enum fate fate_of(struct span name)
{
	switch (name.len) {
	case 2:
		return decide(span_eq(name, SPAN("te")), LEAVE_OUT);
	case 4:
		return decide(span_eq(name, SPAN("host")), BE_AUTHORITY);
	case 6:
		return decide(span_eq(name, SPAN("cookie")), SEND_IN_SECRET);
	case 13:
		return decide(span_eq(name, SPAN("authorization")), SEND_AUTHORIZATION);
	case 14:
		return decide(span_eq(name, SPAN("content-length")) ||
				      span_eq(name, SPAN("http2-settings")),
			      LEAVE_OUT);
	default:
		return decide(message_is_of_connection(name), LEAVE_OUT);
	}
}

static void write_one(struct writing *to, struct headers_field field, bool has_ours)
{
	struct span name = write_name(to, field.name);

	switch (fate_of(name)) {
	case SEND:
		write_field(to, name, field.value, PLAIN);
		break;
	case SEND_AUTHORIZATION:
		if (has_ours)
			break;
		/* fall through */
	case SEND_IN_SECRET:
		write_field(to, name, field.value, SECRET);
		break;
	case BE_AUTHORITY:
		to->authority->value = (uint8_t *)(uintptr_t)field.value.at;
		to->authority->valuelen = field.value.len;
		break;
	case LEAVE_OUT:
		break;
	}
}

static bool is_laid_out(const struct headers *headers)
{
	return headers->count > 0 && !headers->cap;
}

static void write_given(struct writing *to, const struct request_head *head)
{
	const struct headers *headers = &head->headers;
	bool has_ours = head->access && head->access->authorization.len;

	if (is_laid_out(headers)) {
		const struct headers_field *lower = headers->at + headers->count;

		for (uint32_t i = 0; i < headers->count; i++)
			write_field(to, lower[i].name, lower[i].value, PLAIN);
		return;
	}
	for (uint32_t i = 0; i < headers->count; i++)
		write_one(to, headers->at[i], has_ours);
}

static void write_access(struct writing *to, const struct request_access *access)
{
	if (!access)
		return;
	if (access->authorization.len)
		write_field(to, SPAN("authorization"), access->authorization, SECRET);
	if (access->proxy_authorization.len)
		write_field(to, SPAN("proxy-authorization"), access->proxy_authorization,
			    SECRET);
}

static void write_length(struct writing *to, const struct request_head *head)
{
	uint64_t length = head->body_length;
	char *end = to->name + LENGTH_BYTES;
	char *at = end;

	if (length == MESSAGE_LENGTH_UNKNOWN)
		return;
	if (length == MESSAGE_NO_BODY) {
		if (!message_expects_body(head->method))
			return;
		length = 0;
	}
	do {
		*--at = (char)('0' + length % 10);
		length /= 10;
	} while (length > 0);
	write_field(to, SPAN("content-length"), span_between(at, end), PLAIN);
}

/* Room in which write_name finds space for all names. */
static size_t measure_names(const struct headers_field *fields, uint32_t count)
{
	size_t bytes = WORD_BYTES;

	for (uint32_t i = 0; i < count; i++)
		bytes += fields[i].name.len;
	return bytes;
}

/* Room for all fields, and for all names and a length. */
static enum err make_room(struct h2 *h2, const struct request_head *head)
{
	const struct headers *headers = &head->headers;
	size_t count = headers->count + OWN_FIELDS;
	size_t bytes = LENGTH_BYTES;

	if (!is_laid_out(headers))
		bytes += measure_names(headers->at, headers->count);
	if (count > h2->field_cap) {
		nghttp2_nv *fields = mem_resize(h2->fields, count, sizeof(*fields));

		if (!fields)
			return ERR_NO_MEMORY;
		h2->fields = fields;
		h2->field_cap = count;
	}
	buf_clear(&h2->names);
	return buf_reserve(&h2->names, bytes);
}

enum err h2_head_write(struct h2 *h2, const struct request_head *head, size_t *out_count,
		       bool *out_is_secret)
{
	const struct url *url = head->url;
	enum err err = make_room(h2, head);
	struct writing to = {.field = h2->fields, .name = h2->names.at};

	if (err)
		return err;
	write_field(&to, SPAN(":method"), head->method, PLAIN);
	write_field(&to, SPAN(":scheme"), url->is_https ? SPAN("https") : SPAN("http"),
		    PLAIN);
	to.authority = to.field;
	write_field(&to, SPAN(":authority"), url_authority(url), PLAIN);
	write_field(&to, SPAN(":path"), url_target(url), PLAIN);
	write_given(&to, head);
	write_access(&to, head->access);
	write_length(&to, head);
	*out_count = (size_t)(to.field - h2->fields);
	*out_is_secret = to.is_secret;
	return ERR_NONE;
}

enum err h2_lay_out(struct headers_field *fields, uint32_t count, char **out_names)
{
	struct writing to = {.name = mem_alloc(measure_names(fields, count))};

	if (!to.name)
		return ERR_NO_MEMORY;
	*out_names = to.name;
	for (uint32_t i = 0; i < count; i++)
		fields[count + i] = (struct headers_field){
			write_name(&to, fields[i].name), fields[i].value};
	return ERR_NONE;
}
