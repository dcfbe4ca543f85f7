/* SPDX-License-Identifier: MIT */
/*
 * message_framing follows RFC 9112 6.3 rule by rule, but where the RFC leaves a choice
 * between repair and refusal it refuses: a response that two parsers could cut at
 * different places must not be delivered.
 *
 * Transfer-Encoding is exactly one field with the one word "chunked". We never send TE,
 * so a server may apply no other coding; lists with empty elements, parameters and a
 * second field are the stuff of request smuggling. Content-Length may be repeated, in a
 * list or in several fields, as long as every number is the same.
 *
 * Methods are compared by case once message_method has seen them: "get" given by a
 * program has become "GET" by then, and "Get" in any other method's place is a method
 * of its own.
 */
#include "http/message.h"

#include "base/text.h"
#include "http/field.h"

/* Longest body that a Content-Length may announce. */
#define MAX_LENGTH INT64_MAX

/* A length that has not been read yet. */
#define NO_LENGTH UINT64_MAX

struct phrase {
	unsigned status;    /* RFC 9110 15 and the registry that it founds */
	const char *phrase; /* its usual words */
};

static const struct phrase phrases[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{102, "Processing"},
	{103, "Early Hints"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{203, "Non-Authoritative Information"},
	{204, "No Content"},
	{205, "Reset Content"},
	{206, "Partial Content"},
	{207, "Multi-Status"},
	{208, "Already Reported"},
	{226, "IM Used"},
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{305, "Use Proxy"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{423, "Locked"},
	{424, "Failed Dependency"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{506, "Variant Also Negotiates"},
	{507, "Insufficient Storage"},
	{508, "Loop Detected"},
	{511, "Network Authentication Required"},
};

struct span message_method(struct span method)
{
	static const struct span methods[] = {{"GET", 3}, {"POST", 4},	 {"HEAD", 4},
					      {"PUT", 3}, {"DELETE", 6}, {"OPTIONS", 7}};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (span_eq(method, methods[i]) || span_eq_nocase(method, methods[i]))
			return methods[i];
	}
	return method;
}

bool message_is_forbidden_method(struct span method)
{
	return span_eq_nocase(method, SPAN("CONNECT")) ||
	       span_eq_nocase(method, SPAN("TRACE")) ||
	       span_eq_nocase(method, SPAN("TRACK"));
}

bool message_is_idempotent(struct span method)
{
	return span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD")) ||
	       span_eq(method, SPAN("PUT")) || span_eq(method, SPAN("DELETE")) ||
	       span_eq(method, SPAN("OPTIONS")) || span_eq(method, SPAN("TRACE"));
}

bool message_has_credentials(const struct request_head *head)
{
	return head->access &&
	       (head->access->authorization.len || head->access->proxy_authorization.len);
}

bool message_has_no_body(struct span method)
{
	return span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"));
}

bool message_expects_body(struct span method)
{
	return span_eq(method, SPAN("POST")) || span_eq(method, SPAN("PUT")) ||
	       span_eq(method, SPAN("PATCH"));
}

/* Reads one length, which must be that of *length, once it is set. */
static enum err agree_on_number(struct span number, uint64_t *length)
{
	uint64_t value;

	if (text_parse_uint(number, &value) || value > MAX_LENGTH)
		return ERR_PROTOCOL;
	if (*length != NO_LENGTH && *length != value)
		return ERR_PROTOCOL;
	*length = value;
	return ERR_NONE;
}

/* Reads a list of lengths, which must all be the same. */
static enum err agree_on_list(struct span list, uint64_t *length)
{
	for (;;) {
		const char *comma = list.len ? memchr(list.at, ',', list.len) : NULL;
		struct span number = comma ? span_between(list.at, comma) : list;
		enum err err = agree_on_number(span_trim(number), length);

		if (err || !comma)
			return err;
		list = span_skip(list, number.len + 1);
	}
}

/* Reads a Content-Length, which is nearly always one number. */
static enum err agree_on_length(struct span value, uint64_t *length)
{
	return agree_on_number(value, length) ? agree_on_list(value, length) : ERR_NONE;
}

/* What the fields that frame a body say. */
struct framing_fields {
	uint64_t length;		    /* Content-Length, or NO_LENGTH */
	unsigned coding_count;		    /* Transfer-Encoding fields */
	const struct headers_field *coding; /* the last of them */
};

static enum err read_framing_fields(const struct headers *headers,
				    struct framing_fields *fields)
{
	const struct headers_field *field = headers->at;

	for (uint32_t left = headers->count; left > 0; left--, field++) {
		if (headers_is_name(field->name, SPAN("Content-Length"))) {
			if (agree_on_length(field->value, &fields->length))
				return ERR_PROTOCOL;
		} else if (headers_is_name(field->name, SPAN("Transfer-Encoding"))) {
			fields->coding_count++;
			fields->coding = field;
		}
	}
	return ERR_NONE;
}

/* Whether Transfer-Encoding, which is there, is right in a message of this kind. */
static bool is_chunked(const struct response_head *head,
		       const struct framing_fields *fields)
{
	return head->version == 11 && fields->length == NO_LENGTH &&
	       fields->coding_count == 1 &&
	       span_eq_nocase(fields->coding->value, SPAN("chunked"));
}

static bool is_bodyless(unsigned status, struct span method)
{
	return status < 200 || status == 204 || status == 304 ||
	       span_eq(method, SPAN("HEAD")) ||
	       (status / 100 == 2 && span_eq(method, SPAN("CONNECT")));
}

enum err message_framing(const struct response_head *head, struct span method,
			 enum message_framing *out_framing, uint64_t *out_length)
{
	struct framing_fields fields = {.length = NO_LENGTH};
	enum message_framing framing = MESSAGE_EMPTY;

	if (!is_bodyless(head->status, method)) {
		enum err err = read_framing_fields(&head->headers, &fields);

		if (err)
			return err;
		if (fields.coding && !is_chunked(head, &fields))
			return ERR_PROTOCOL;
		framing = fields.coding		       ? MESSAGE_CHUNKED
			  : fields.length == NO_LENGTH ? MESSAGE_UNTIL_CLOSE
						       : MESSAGE_LENGTH;
	}
	*out_framing = framing;
	*out_length = framing == MESSAGE_LENGTH ? fields.length : 0;
	return ERR_NONE;
}

bool message_is_persistent(const struct response_head *head)
{
	const struct headers_field *field = head->headers.at;
	bool is_persistent = head->version >= 11;

	for (uint32_t left = head->headers.count; left > 0; left--, field++) {
		if (!headers_is_name(field->name, SPAN("Connection")))
			continue;
		if (field_has_token(field->value, SPAN("close")))
			return false;
		if (!is_persistent)
			is_persistent = field_has_token(field->value, SPAN("keep-alive"));
	}
	return is_persistent;
}

struct span message_phrase(unsigned status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
		if (phrases[i].status == status)
			return span_str(phrases[i].phrase);
	}
	return SPAN("");
}
