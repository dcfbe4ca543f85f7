/* SPDX-License-Identifier: MIT */
/*
 * A section (a head or the trailers) nearly always comes whole. So it is parsed where it
 * lies, in one pass and without looking for its end first; then it is copied, and the
 * spans are moved over to the copy. When it was not whole, or not right, its end is
 * looked for line feed by line feed, going on where the last call stopped, and only then
 * it is parsed again. So no byte is looked at more than three times, and the outcome
 * does not depend on how the section is cut.
 *
 * Parsing goes up to the last line feed at hand. That line feed stops every scan: names
 * end at the first byte that is no token character, values at the first control byte,
 * which is searched for in steps of sixteen.
 *
 * What is let through: bare LF as a line end, obsolete folding, a status line without
 * reason and without the space before it. All else that RFC 9112 calls invalid is
 * refused: CR without LF, NUL and other control bytes, whitespace before a colon, lines
 * without a colon, an empty name, whitespace where the first field should begin, and an
 * empty line before the status line.
 *
 * A request head is measured first and written into one piece of room. Fields that are
 * the same for many requests are one text already, which goes there whole.
 */
#include "http/h1_head.h"

#include <endian.h>

#include "base/mem.h"
#include "base/word.h"

/* Fields that are gathered without memory of their own. */
#define FIRST_FIELDS 16u

/* "HTTP/1.1 200" LF */
#define SHORTEST_STATUS_LINE 13u

/* "Transfer-Encoding: chunked" CR LF, or "Content-Length: ", 20 digits, CR LF. */
#define FRAMING_BYTES 38u

/* "https://", "Authorization: " CR LF, "Proxy-Authorization: " CR LF. */
#define ACCESS_BYTES 48u

/* ": " and CR LF: what a field has besides its name and value. */
#define COLON_BYTES    2u
#define LINE_END_BYTES 2u
#define FIELD_BYTES    (COLON_BYTES + LINE_END_BYTES)

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

/* A section that is being parsed, where it lies. */
struct section {
	const char *begin;	   /* its first byte */
	const char *at;		   /* the next line */
	const char *end;	   /* behind the last line feed */
	const char *readable;	   /* behind the last byte; not before end */
	bool is_folded;		   /* some value has line ends inside */
	struct response_head head; /* what it says; of trailers only fields */
	struct headers_field few[FIRST_FIELDS]; /* where the first of them lie */
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

/* The length of the section that in begins with, up to what may still come; ERR_AGAIN. */
static enum err find_end(struct h1_head *head, struct span in, size_t *out_bytes)
{
	while (head->scanned < in.len) {
		const char *lf =
			memchr(in.at + head->scanned, '\n', in.len - head->scanned);

		if (!lf)
			break;
		head->scanned = (size_t)(lf - in.at) + 1;
		if (is_empty_line(in.at, head->scanned - 1)) {
			*out_bytes = head->scanned;
			return ERR_NONE;
		}
	}
	head->scanned = in.len;
	return in.len < head->bytes_left
		       ? ERR_AGAIN
		       : refuse(head, ERR_LIMIT, "the head is too long");
}

/* Which byte of a word is the first, in memory, that is not zero. */
static size_t first_byte(uint64_t word)
{
	return (size_t)__builtin_ctzll(le64toh(word)) >> 3;
}

/* The first control byte at p or behind it, tabs included; there is one. */
static inline const char *find_control(const char *p, const char *readable)
{
	while (readable - p >= (ptrdiff_t)WORD_LANES) {
		word_pair marks = (word_pair)word_lanes_mark_control(word_lanes_at(p));

		if (marks[0])
			return p + first_byte(marks[0]);
		if (marks[1])
			return p + WORD_BYTES + first_byte(marks[1]);
		p += WORD_LANES;
	}
	while ((unsigned char)*p >= 0x20 && *p != 0x7f)
		p++;
	return p;
}

/* The first byte that may not stand inside a value. */
static inline const char *find_text_end(const char *p, const char *readable)
{
	p = find_control(p, readable);
	while (*p == '\t')
		p = find_control(p + 1, readable);
	return p;
}

/* Where the next line begins, if p is at the end of one; otherwise NULL. */
static inline const char *next_line(const char *p)
{
	if (*p == '\r')
		p++;
	return *p == '\n' ? p + 1 : NULL;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The bytes between without whitespace at both ends, which a folding may have left. */
static inline struct span trim(const char *begin, const char *end)
{
	while (begin < end && (unsigned char)*begin <= ' ')
		begin++;
	while (begin < end && (unsigned char)end[-1] <= ' ')
		end--;
	return span_between(begin, end);
}

/* Reads the rest of a line as the end of a value that begins at begin. */
static inline enum err read_value(struct h1_head *head, struct section *section,
				  const char *begin, struct span *out_value)
{
	const char *stop = find_text_end(section->at, section->readable);
	const char *next = next_line(stop);

	if (!next)
		return refuse(head, ERR_PROTOCOL,
			      *stop == '\r' ? "a field has CR without LF"
					    : "a field value has a control character");
	*out_value = trim(begin, stop);
	section->at = next;
	return ERR_NONE;
}

/* The first byte at p or behind it that is no token character. */
static inline const char *find_token_end(const char *p)
{
	for (;; p += 4) {
		if (!token_bytes[(unsigned char)p[0]])
			return p;
		if (!token_bytes[(unsigned char)p[1]])
			return p + 1;
		if (!token_bytes[(unsigned char)p[2]])
			return p + 2;
		if (!token_bytes[(unsigned char)p[3]])
			return p + 3;
	}
}

/* Reads a field line whose name ends at colon. */
static inline enum err read_field(struct h1_head *head, struct section *section,
				  const char *colon)
{
	struct headers *fields = &section->head.headers;
	struct span name = span_between(section->at, colon);
	struct span value;
	enum err err;

	if (*colon != ':')
		return refuse(head, ERR_PROTOCOL, "a field name is malformed");
	if (fields->count == head->fields_left)
		return refuse(head, ERR_LIMIT, "the head has too many fields");
	section->at = colon + 1;
	err = read_value(head, section, colon + 1, &value);
	if (err)
		return err;
	err = headers_put(fields, name, value);
	return err ? refuse(head, err, "memory is out") : ERR_NONE;
}

/* Reads a line that begins with no name: only a folded one may. */
static enum err read_fold(struct h1_head *head, struct section *section)
{
	struct span *value;

	if (section->head.headers.count == 0 || !is_blank(*section->at))
		return refuse(head, ERR_PROTOCOL, "a field name is malformed");
	section->is_folded = true;
	value = &section->head.headers.at[section->head.headers.count - 1].value;
	return read_value(head, section, value->at, value);
}

/* Reads field lines and the empty line behind them; ERR_AGAIN when that is missing. */
static enum err read_fields(struct h1_head *head, struct section *section)
{
	while (section->at < section->end) {
		const char *name_end = find_token_end(section->at);
		const char *next;
		enum err err;

		if (name_end != section->at) {
			err = read_field(head, section, name_end);
		} else {
			next = next_line(section->at);
			if (next) {
				section->at = next;
				return ERR_NONE;
			}
			err = read_fold(head, section);
		}
		if (err)
			return err;
	}
	return ERR_AGAIN;
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

static enum err read_status_line(struct h1_head *head, struct section *section)
{
	const char *text = section->at;
	const char *stop;

	if (!has_status(text, (size_t)(section->end - text)))
		return refuse(head, ERR_PROTOCOL, "the status line is not HTTP/1");
	section->at = text + 12;
	if (*section->at != ' ' && !next_line(section->at))
		return refuse(head, ERR_PROTOCOL, "the status is not three digits");
	if (*section->at == ' ')
		section->at++;
	stop = find_text_end(section->at, section->readable);
	if (!next_line(stop))
		return refuse(head, ERR_PROTOCOL, "the reason has a control character");
	section->head.version = text[7] == '0' ? 10 : 11;
	section->head.status = (unsigned)((text[9] - '0') * 100 + (text[10] - '0') * 10 +
					  (text[11] - '0'));
	section->head.reason = span_between(section->at, stop);
	section->at = next_line(stop);
	return ERR_NONE;
}

/* Parses the section that in begins with; ERR_AGAIN when in ends before it does. */
static enum err parse(struct h1_head *head, struct span in, bool has_status_line,
		      struct section *section)
{
	const char *last = memrchr(in.at, '\n', in.len);
	enum err err = ERR_NONE;

	if (!last)
		return ERR_AGAIN;
	section->begin = in.at;
	section->at = in.at;
	section->end = last + 1;
	section->readable = in.at + in.len;
	section->is_folded = false;
	section->head.reason = span_of(in.at, 0);
	section->head.headers =
		(struct headers){head->arena, section->few, 0, FIRST_FIELDS};
	if (has_status_line)
		err = read_status_line(head, section);
	return err ? err : read_fields(head, section);
}

/* Overwrites line ends inside values. */
static void unfold(struct headers_field *fields, uint32_t count, char *text)
{
	const char *from = text;

	for (uint32_t i = 0; i < count; i++) {
		char *at = text + (fields[i].value.at - from);

		for (size_t k = 0; k < fields[i].value.len; k++) {
			if (at[k] == '\r' || at[k] == '\n')
				at[k] = ' ';
		}
	}
}

/* The same bytes of a copy. */
static inline struct span moved(struct span span, const char *from, const char *to)
{
	return span_of(to + (span.at - from), span.len);
}

/* What is kept of a response head, and its text behind that, in one piece. */
struct kept_head {
	struct response_head head;     /* what others see */
	struct headers_field fields[]; /* those of it */
};

/* Copies the head that was parsed into the arena. */
static enum err keep(struct h1_head *head, const struct section *section,
		     struct response_head **out)
{
	const struct headers_field *fields = section->head.headers.at;
	const char *from = section->begin;
	uint32_t count = section->head.headers.count;
	size_t bytes = (size_t)(section->at - from);
	struct kept_head *kept = arena_alloc(
		head->arena, sizeof(*kept) + count * sizeof(*kept->fields) + bytes);
	char *text;

	if (!kept)
		return refuse(head, ERR_NO_MEMORY, "memory is out");
	text = (char *)(kept->fields + count);
	memcpy(text, from, bytes);
	for (uint32_t i = 0; i < count; i++) {
		kept->fields[i].name = moved(fields[i].name, from, text);
		kept->fields[i].value = moved(fields[i].value, from, text);
	}
	if (section->is_folded)
		unfold(kept->fields, count, text);
	kept->head = section->head;
	kept->head.reason = moved(section->head.reason, from, text);
	kept->head.headers = (struct headers){head->arena, kept->fields, count, count};
	*out = &kept->head;
	return ERR_NONE;
}

/* Takes the section that was parsed off *in. */
static void take(struct h1_head *head, const struct section *section, struct span *in)
{
	size_t bytes = (size_t)(section->at - section->begin);

	*in = span_skip(*in, bytes);
	head->bytes_left -= (uint32_t)bytes;
	head->fields_left -= section->head.headers.count;
	head->scanned = 0;
}

/* Parses the section that in begins with, as far as that is allowed to go. */
static enum err read_section(struct h1_head *head, struct span in, bool has_status_line,
			     struct section *section)
{
	struct span seen = in;
	enum err err = ERR_AGAIN;

	if (seen.len == 0)
		return ERR_AGAIN;
	if (seen.len > head->bytes_left)
		seen.len = head->bytes_left;
	if (head->scanned == 0)
		err = parse(head, seen, has_status_line, section);
	if (err && err != ERR_NO_MEMORY) {
		err = find_end(head, seen, &seen.len);
		if (!err)
			err = parse(head, seen, has_status_line, section);
	}
	return err;
}

enum err h1_head_read(struct h1_head *head, struct span *in, struct response_head **out)
{
	struct section section;
	enum err err = read_section(head, *in, true, &section);

	if (!err)
		err = keep(head, &section, out);
	if (!err)
		take(head, &section, in);
	return err;
}

enum err h1_head_skip_trailers(struct h1_head *head, struct span *in)
{
	struct section section;
	enum err err = read_section(head, *in, false, &section);

	if (!err)
		take(head, &section, in);
	return err;
}

static inline char *write_span(char *to, struct span s)
{
	if (s.len > 0)
		memcpy(to, s.at, s.len);
	return to + s.len;
}

static inline char *write_field(char *to, struct span name, struct span value)
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

/* The text of a list that h1_head_lay_out has written and a request borrows whole; else
 * an empty span. */
static inline struct span lent_text(const struct headers *headers)
{
	const struct headers_field *last;

	if (headers->cap || !headers->count)
		return span_of(NULL, 0);
	last = &headers->at[headers->count - 1];
	return span_between(headers->at->name.at,
			    last->value.at + last->value.len + LINE_END_BYTES);
}

static size_t measure_fields(const struct headers_field *fields, uint32_t count)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += fields[i].name.len + fields[i].value.len + FIELD_BYTES;
	return bytes;
}

/* Room for the whole head but its fields, and perhaps a little more. */
static size_t measure_rest(const struct request_head *request)
{
	const struct request_access *access = request->access;
	size_t bytes = request->method.len + url_target(request->url).len +
		       url_authority(request->url).len + FRAMING_BYTES +
		       sizeof("  HTTP/1.1\r\nHost: \r\n\r\n");

	if (access)
		bytes += ACCESS_BYTES + url_authority(request->url).len +
			 access->authorization.len + access->proxy_authorization.len;
	return bytes;
}

/* The target as a proxy gets it (RFC 9112 3.2.2), up to its path. */
static char *write_origin(char *to, const struct url *url)
{
	to = write_span(to, url->is_https ? SPAN("https://") : SPAN("http://"));
	return write_span(to, url_authority(url));
}

static char *write_host(char *to, const struct url *url)
{
	return write_field(to, SPAN("Host"), url_authority(url));
}

/* Host, unless it is among the fields, and these; an Authorization of ours stands for
 * the program's. */
static char *write_fields(char *to, const struct request_head *request)
{
	const struct headers *headers = &request->headers;
	bool is_ours = request->access && request->access->authorization.len > 0;

	if (!headers_find(headers, SPAN("Host"), 0))
		to = write_host(to, request->url);
	for (uint32_t i = 0; i < headers->count; i++) {
		struct span name = headers->at[i].name;

		if (!is_ours || !headers_is_name(name, SPAN("Authorization")))
			to = write_field(to, name, headers->at[i].value);
	}
	return to;
}

static char *write_access(char *to, const struct request_access *access)
{
	if (access->authorization.len > 0)
		to = write_field(to, SPAN("Authorization"), access->authorization);
	if (access->proxy_authorization.len > 0)
		to = write_field(to, SPAN("Proxy-Authorization"),
				 access->proxy_authorization);
	return to;
}

enum err h1_head_put(struct buf *out, const struct request_head *request)
{
	const struct headers *headers = &request->headers;
	struct span lent = lent_text(headers);
	size_t field_bytes =
		lent.len ? lent.len : measure_fields(headers->at, headers->count);
	enum err err = buf_reserve(out, measure_rest(request) + field_bytes);
	char *to;

	if (err)
		return err;
	to = write_span(out->at + out->len, request->method);
	*to++ = ' ';
	if (request->access && request->access->is_for_proxy)
		to = write_origin(to, request->url);
	to = write_span(to, url_target(request->url));
	to = write_span(to, SPAN(" HTTP/1.1\r\n"));
	if (lent.len)
		to = write_span(write_host(to, request->url), lent);
	else
		to = write_fields(to, request);
	if (request->access)
		to = write_access(to, request->access);
	to = write_framing(to, request);
	to = write_span(to, SPAN("\r\n"));
	out->len = (size_t)(to - out->at);
	return ERR_NONE;
}

enum err h1_head_lay_out(struct headers_field *fields, uint32_t count, char **out_text)
{
	char *text = mem_alloc(measure_fields(fields, count) + 1);
	char *to = text;

	if (!text)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		struct headers_field from = fields[i];

		fields[i].name = span_of(to, from.name.len);
		fields[i].value =
			span_of(to + from.name.len + COLON_BYTES, from.value.len);
		to = write_field(to, from.name, from.value);
	}
	*out_text = text;
	return ERR_NONE;
}
