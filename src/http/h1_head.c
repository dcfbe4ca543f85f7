/* SPDX-License-Identifier: MIT */
/*
 * The end of a section is looked for first, line feed by line feed; so parsing always
 * has the whole of it, and its last byte, a line feed, stops every scan: names end at
 * the first byte that is no token character, values at the first control byte.
 *
 * Values are scanned eight bytes at a time. For a word x, (x - 0x2020...) & ~x has the
 * top bit set in bytes below 0x20, and the same trick on x ^ 0x7f7f... finds DEL. A
 * borrow may mark a byte wrongly, but only above one that is marked rightly, and the
 * lowest mark alone is used.
 *
 * What is let through: bare LF as a line end, obsolete folding, a status line without
 * reason and without the space before it. All else that RFC 9112 calls invalid is
 * refused: CR without LF, NUL and other control bytes, whitespace before a colon, lines
 * without a colon, an empty name, whitespace where the first field should begin, and an
 * empty line before the status line.
 *
 * A request head is measured first and written into one piece of room.
 */
#include "http/h1_head.h"

#include <endian.h>

/* Fields that a response head has room for at first. */
#define FIRST_FIELDS 16u

/* "HTTP/1.1 200" LF */
#define SHORTEST_STATUS_LINE 13u

/* "Transfer-Encoding: chunked" CR LF, or "Content-Length: ", 20 digits, CR LF. */
#define FRAMING_BYTES 38u

/* Digits of the largest uint64_t. */
#define MAX_DIGITS 20u

/* 1 for the bytes of a token (RFC 9110 5.6.2). */
static const unsigned char token_bytes[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* control */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* control */
	0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, /* !"#$%&'()*+,-./ */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, /* 0-9:;<=>? */
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* @A-O */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, /* P-Z[\]^_ */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* `a-o */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, /* p-z{|}~ */
};

void h1_head_init(struct h1_head *head, struct arena *arena)
{
	*head = (struct h1_head){.arena = arena,
				 .bytes_left = H1_HEAD_MAX_BYTES,
				 .fields_left = H1_HEAD_MAX_FIELDS};
}

static enum err refuse(struct h1_head *head, enum err err, const char *what)
{
	head->what = what;
	return err;
}

/* Whether the line whose line feed is text[at] is empty. */
static bool is_empty_line(const char *text, size_t at)
{
	if (at > 0 && text[at - 1] == '\r')
		at--;
	return at == 0 || text[at - 1] == '\n';
}

enum err h1_head_end(struct h1_head *head, struct span in, size_t *out_bytes)
{
	size_t len = in.len < head->bytes_left ? in.len : head->bytes_left;

	while (head->scanned < len) {
		const char *lf = memchr(in.at + head->scanned, '\n', len - head->scanned);

		if (!lf)
			break;
		head->scanned = (size_t)(lf - in.at) + 1;
		if (is_empty_line(in.at, head->scanned - 1)) {
			*out_bytes = head->scanned;
			head->scanned = 0;
			return ERR_NONE;
		}
	}
	head->scanned = len;
	if (in.len > 0 && in.len >= head->bytes_left)
		return refuse(head, ERR_LIMIT, "the head is too long");
	return ERR_AGAIN;
}

/* The first control byte at p or behind it, tabs included. */
static char *find_control(char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101u;

	while (end - p >= 8) {
		uint64_t x;
		uint64_t del;
		uint64_t marks;

		memcpy(&x, p, sizeof(x));
		x = le64toh(x);
		del = x ^ (ones * 0x7f);
		marks = ((x - ones * 0x20) & ~x) | ((del - ones) & ~del);
		marks &= ones * 0x80;
		if (marks)
			return p + (__builtin_ctzll(marks) >> 3);
		p += 8;
	}
	while ((unsigned char)*p >= 0x20 && *p != 0x7f)
		p++;
	return p;
}

/* The first byte that may not stand inside a value. */
static char *find_text_end(char *p, const char *end)
{
	p = find_control(p, end);
	while (*p == '\t')
		p = find_control(p + 1, end);
	return p;
}

/* Where the next line begins, if p is at the end of one; otherwise NULL. */
static char *next_line(char *p)
{
	if (*p == '\r')
		p++;
	return *p == '\n' ? p + 1 : NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Reads what stands behind a colon at *at, folded lines included, and moves *at to the
 * next line. end is the end of the section.
 */
static enum err read_value(struct h1_head *head, char **at, const char *end,
			   struct span *out_value)
{
	char *begin = *at;
	char *stop;
	char *next;

	while (is_blank(*begin))
		begin++;
	stop = find_text_end(begin, end);
	next = next_line(stop);
	while (next && next < end && is_blank(*next)) {
		memset(stop, ' ', (size_t)(next - stop));
		stop = find_text_end(next, end);
		next = next_line(stop);
	}
	if (!next)
		return refuse(head, ERR_PROTOCOL,
			      *stop == '\r' ? "a field has CR without LF"
					    : "a field value has a control character");
	while (stop > begin && is_blank(stop[-1]))
		stop--;
	while (begin < stop && is_blank(*begin))
		begin++;
	*out_value = span_between(begin, stop);
	*at = next;
	return ERR_NONE;
}

/* Reads the field line at *at and moves *at behind it. */
static enum err read_field(struct h1_head *head, char **at, const char *end,
			   struct headers *headers)
{
	char *colon = *at;
	struct span name;
	struct span value;
	enum err err;

	while (token_bytes[(unsigned char)*colon])
		colon++;
	if (*colon != ':' || colon == *at)
		return refuse(head, ERR_PROTOCOL, "a field name is malformed");
	if (head->fields_left == 0)
		return refuse(head, ERR_LIMIT, "the head has too many fields");
	name = span_between(*at, colon);
	*at = colon + 1;
	err = read_value(head, at, end, &value);
	if (err)
		return err;
	head->fields_left--;
	err = headers_put(headers, name, value);
	return err ? refuse(head, err, "memory is out") : ERR_NONE;
}

/* Reads field lines and the empty line that must be all that is left behind them. */
static enum err read_fields(struct h1_head *head, char *at, const char *end,
			    struct headers *headers)
{
	while (at < end) {
		enum err err;

		if (next_line(at) == end)
			return ERR_NONE;
		err = read_field(head, &at, end, headers);
		if (err)
			return err;
	}
	return refuse(head, ERR_PROTOCOL, "the head does not end with an empty line");
}

/* Takes the section off the budget; its last byte must be a line feed. */
static enum err begin_section(struct h1_head *head, const char *text, size_t bytes)
{
	if (bytes > head->bytes_left)
		return refuse(head, ERR_LIMIT, "the head is too long");
	if (bytes == 0 || text[bytes - 1] != '\n')
		return refuse(head, ERR_PROTOCOL,
			      "the head does not end with an empty line");
	head->bytes_left -= (uint32_t)bytes;
	return ERR_NONE;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1." digit SP digit digit digit (RFC 9112 4); the status is not below 100. */
static bool has_status(const char *text, size_t bytes)
{
	return bytes >= SHORTEST_STATUS_LINE && memcmp(text, "HTTP/1.", 7) == 0 &&
	       is_digit(text[7]) && text[8] == ' ' && is_digit(text[9]) &&
	       text[9] != '0' && is_digit(text[10]) && is_digit(text[11]);
}

/* Reads the status line at *at and moves *at behind it. */
static enum err read_status_line(struct h1_head *head, char **at, const char *end,
				 struct response_head *out)
{
	char *text = *at;
	char *reason = text + 12;
	char *stop;
	char *next;

	if (!has_status(text, (size_t)(end - text)))
		return refuse(head, ERR_PROTOCOL, "the status line is not HTTP/1");
	if (*reason != ' ' && !next_line(reason))
		return refuse(head, ERR_PROTOCOL, "the status is not three digits");
	if (*reason == ' ')
		reason++;
	stop = find_text_end(reason, end);
	next = next_line(stop);
	if (!next)
		return refuse(head, ERR_PROTOCOL, "the reason has a control character");
	out->version = text[7] == '0' ? 10 : 11;
	out->status = (unsigned)((text[9] - '0') * 100 + (text[10] - '0') * 10 +
				 (text[11] - '0'));
	out->reason = span_between(reason, stop);
	*at = next;
	return ERR_NONE;
}

enum err h1_head_parse(struct h1_head *head, char *text, size_t bytes,
		       struct response_head *out)
{
	const char *end = text + bytes;
	struct response_head response;
	enum err err = begin_section(head, text, bytes);

	if (err)
		return err;
	err = read_status_line(head, &text, end, &response);
	if (err)
		return err;
	headers_init(&response.headers, head->arena);
	err = headers_reserve(&response.headers, FIRST_FIELDS);
	if (err)
		return refuse(head, err, "memory is out");
	err = read_fields(head, text, end, &response.headers);
	if (err)
		return err;
	*out = response;
	return ERR_NONE;
}

enum err h1_head_parse_trailers(struct h1_head *head, char *text, size_t bytes,
				struct headers *trailers)
{
	struct headers before = *trailers;
	enum err err = begin_section(head, text, bytes);

	if (err)
		return err;
	err = read_fields(head, text, text + bytes, trailers);
	if (err)
		*trailers = before;
	return err;
}

static char *write_span(char *to, struct span s)
{
	if (s.len > 0)
		memcpy(to, s.at, s.len);
	return to + s.len;
}

static char *write_field(char *to, struct span name, struct span value)
{
	to = write_span(to, name);
	*to++ = ':';
	*to++ = ' ';
	to = write_span(to, value);
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

static char *write_length(char *to, uint64_t length)
{
	char digits[MAX_DIGITS];
	char *first = digits + MAX_DIGITS;

	do {
		*--first = (char)('0' + length % 10);
		length /= 10;
	} while (length > 0);
	return write_field(to, SPAN("Content-Length"),
			   span_between(first, digits + MAX_DIGITS));
}

static char *write_framing(char *to, const struct request_head *request)
{
	if (request->body_length == MESSAGE_LENGTH_UNKNOWN)
		return write_field(to, SPAN("Transfer-Encoding"), SPAN("chunked"));
	if (request->body_length != MESSAGE_NO_BODY)
		return write_length(to, request->body_length);
	return message_expects_body(request->method) ? write_length(to, 0) : to;
}

/* Room for the whole head, and perhaps a little more. */
static size_t measure(const struct request_head *request)
{
	const struct headers *headers = &request->headers;
	size_t bytes = request->method.len + request->url->target.len +
		       request->url->authority.len + FRAMING_BYTES +
		       sizeof("  HTTP/1.1\r\nHost: \r\n\r\n");

	for (uint32_t i = 0; i < headers->count; i++)
		bytes += headers->at[i].name.len + headers->at[i].value.len + 4;
	return bytes;
}

enum err h1_head_put(struct buf *out, const struct request_head *request)
{
	const struct headers *headers = &request->headers;
	enum err err = buf_reserve(out, measure(request));
	char *to;

	if (err)
		return err;
	to = write_span(out->at + out->len, request->method);
	*to++ = ' ';
	to = write_span(to, request->url->target);
	to = write_span(to, SPAN(" HTTP/1.1\r\n"));
	if (!headers_find(headers, SPAN("Host"), 0))
		to = write_field(to, SPAN("Host"), request->url->authority);
	for (uint32_t i = 0; i < headers->count; i++)
		to = write_field(to, headers->at[i].name, headers->at[i].value);
	to = write_framing(to, request);
	to = write_span(to, SPAN("\r\n"));
	out->len = (size_t)(to - out->at);
	return ERR_NONE;
}
