/* SPDX-License-Identifier: MIT */
/*
 * HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec). Times are differences of the
 * moments that ixhr2_get_info knows; what did not happen, as name resolution on a kept
 * connection, is -1. Bodies of responses are not kept, those of requests when they are
 * short text. Credentials are left out.
 */
#include "har.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "memory.h"
#include "output.h"
#include "quote.h"
#include "secret.h"
#include "unicode.h"

/* A request's body that is longer is left out. */
#define MAX_POST_BYTES 65536

struct har {
	pthread_mutex_t lock;  /* guards all of it */
	struct output *output; /* the file; NULL when it is closed */
	bool has_entry;	       /* a comma goes before the next */
	int error;	       /* the first failure, an errno */
};

/* ---- pieces of an entry ---- */

static void put_member(struct bytes *to, const char *key, const char *text)
{
	bytes_format(to, ",\"%s\":", key);
	quote_text(to, text);
}

static void put_time(struct bytes *to, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	bytes_format(to, "{\"startedDateTime\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"",
		     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
		     utc.tm_min, utc.tm_sec, (int)(wall_ms % 1000));
}

static void put_field(struct bytes *to, const struct head_field *field)
{
	size_t line_len = (size_t)(field->value + field->value_len - field->name);
	size_t shown = secret_shown_bytes(field->name, line_len);
	size_t before = (size_t)(field->value - field->name);

	bytes_put_text(to, "{\"name\":");
	quote_bytes(to, field->name, field->name_len);
	bytes_put_text(to, ",\"value\":");
	quote_bytes(to, field->value, shown > before ? shown - before : 0);
	bytes_put_text(to, "}");
}

static void put_fields(struct bytes *to, const char *fields)
{
	struct head_field field;
	const char *comma = "";

	bytes_put_text(to, ",\"headers\":[");
	while (fields && head_next(&fields, &field)) {
		bytes_put_text(to, comma);
		put_field(to, &field);
		comma = ",";
	}
	bytes_put_text(to, "]");
}

/* One pair of a query or a cookie: text up to a "=", and what follows. */
static void put_pair(struct bytes *to, const char *at, size_t len)
{
	const char *equals = memchr(at, '=', len);
	size_t name_len = equals ? (size_t)(equals - at) : len;
	size_t skip = equals ? name_len + 1 : name_len;

	bytes_put_text(to, "{\"name\":");
	quote_bytes(to, at, name_len);
	bytes_put_text(to, ",\"value\":");
	quote_bytes(to, at + skip, len - skip);
	bytes_put_text(to, "}");
}

/* Pairs that are separated by one of the bytes in separators. */
static void put_pairs(struct bytes *to, const char *at, size_t len,
		      const char *separators)
{
	const char *comma = "";
	size_t i, begin = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && !strchr(separators, at[i]))
			continue;
		if (i > begin) {
			bytes_put_text(to, comma);
			put_pair(to, at + begin, i - begin);
			comma = ",";
		}
		begin = i + 1;
	}
}

static void put_query(struct bytes *to, const char *url)
{
	const char *query = strchr(url, '?');

	bytes_put_text(to, ",\"queryString\":[");
	if (query)
		put_pairs(to, query + 1, strcspn(query + 1, "#"), "&");
	bytes_put_text(to, "]");
}

static void put_sent_cookies(struct bytes *to, const char *fields)
{
	struct head_field cookie;

	bytes_put_text(to, ",\"cookies\":[");
	if (fields && head_find(fields, "Cookie", &cookie))
		put_pairs(to, cookie.value, cookie.value_len, "; ");
	bytes_put_text(to, "]");
}

static void put_set_cookies(struct bytes *to, const char *fields)
{
	static const char name[] = "Set-Cookie";
	struct head_field field;
	const char *comma = "";

	bytes_put_text(to, ",\"cookies\":[");
	while (fields && head_next(&fields, &field)) {
		const char *end = memchr(field.value, ';', field.value_len);

		if (field.name_len != sizeof(name) - 1 ||
		    strncasecmp(field.name, name, sizeof(name) - 1) != 0)
			continue;
		bytes_put_text(to, comma);
		put_pair(to, field.value,
			 end ? (size_t)(end - field.value) : field.value_len);
		comma = ",";
	}
	bytes_put_text(to, "]");
}

/* The bytes of a line up to a space, from *at on, which moves behind it. */
static char *take_word(const char **at, const char *end)
{
	struct bytes word = {0};
	size_t len = strcspn(*at, " \r\n");

	if (*at + len > end)
		len = (size_t)(end - *at);
	bytes_put(&word, *at, len);
	*at += len;
	if (*at < end)
		++*at;
	return bytes_take_text(&word);
}

static bool is_text(const struct bytes *bytes)
{
	size_t i = 0;
	uint32_t code;

	while (i < bytes->len) {
		size_t count = unicode_decode(bytes->at + i, bytes->len - i, &code);

		if (!count)
			return false;
		i += count;
	}
	return true;
}

static void put_post(struct bytes *to, const struct har_entry *entry, const char *fields)
{
	const struct task_body *body = &entry->task->body;
	struct head_field type;

	if (body->kind != TASK_BODY_MEMORY || body->bytes.len > MAX_POST_BYTES ||
	    !entry->info->sent_bytes || !is_text(&body->bytes))
		return;
	bytes_put_text(to, ",\"postData\":{\"mimeType\":");
	if (fields && head_find(fields, "Content-Type", &type))
		quote_bytes(to, type.value, type.value_len);
	else
		bytes_put_text(to, "\"\"");
	bytes_put_text(to, ",\"params\":[],\"text\":");
	quote_bytes(to, body->bytes.at, body->bytes.len);
	bytes_put_text(to, "}");
}

static void put_request(struct bytes *to, const struct har_entry *entry)
{
	const char *head = entry->info->request_head;
	const char *end = head ? strstr(head, "\r\n") : NULL;
	const char *fields = end ? end + 2 : NULL;
	const char *url = entry->info->url ? entry->info->url : "";
	const char *at = head;
	char *method, *version;

	if (end) {
		method = take_word(&at, end);
		free(take_word(&at, end));
		version = take_word(&at, end);
	} else {
		method = memory_text(task_method(entry->task));
		version = memory_text("");
	}
	bytes_put_text(to, ",\"request\":{\"method\":");
	quote_text(to, method);
	put_member(to, "url", url);
	put_member(to, "httpVersion", version);
	put_sent_cookies(to, fields);
	put_fields(to, fields);
	put_query(to, url);
	put_post(to, entry, fields);
	bytes_format(to, ",\"headersSize\":%lld,\"bodySize\":%llu}",
		     head ? (long long)strlen(head) : -1LL, entry->info->sent_bytes);
	free(method);
	free(version);
}

/* What a coding has saved; less than 0 where the body has grown by it. In a body that is
 * not whole, bytes that wait to be decoded would be taken for that. */
static void put_compression(struct bytes *to, const struct har_entry *entry)
{
	long long saved =
		(long long)entry->body_bytes - (long long)entry->info->received_bytes;

	if (saved && !entry->error)
		bytes_format(to, ",\"compression\":%lld", saved);
}

static void put_content(struct bytes *to, const struct har_entry *entry)
{
	const char *fields = entry->head->fields;
	struct head_field type;

	bytes_format(to, ",\"content\":{\"size\":%llu",
		     (unsigned long long)entry->body_bytes);
	put_compression(to, entry);
	bytes_put_text(to, ",\"mimeType\":");
	if (fields && head_find(fields, "Content-Type", &type))
		quote_bytes(to, type.value, type.value_len);
	else
		bytes_put_text(to, "\"\"");
	bytes_put_text(to, "}");
}

static void put_response(struct bytes *to, const struct har_entry *entry)
{
	const struct head *head = entry->head;
	struct head_field location;

	bytes_format(to, ",\"response\":{\"status\":%u", head->status);
	put_member(to, "statusText", head->reason ? head->reason : "");
	bytes_format(to, ",\"httpVersion\":\"%s%s\"", head->version ? "HTTP/" : "",
		     head->version ? head->version : "");
	put_set_cookies(to, head->fields);
	put_fields(to, head->fields);
	put_content(to, entry);
	bytes_put_text(to, ",\"redirectURL\":");
	if (head->fields && head_find(head->fields, "Location", &location))
		quote_bytes(to, location.value, location.value_len);
	else
		bytes_put_text(to, "\"\"");
	bytes_format(to, ",\"headersSize\":-1,\"bodySize\":%lld",
		     head->status ? (long long)entry->info->received_bytes : -1LL);
	if (entry->error)
		put_member(to, "_error", entry->error);
	bytes_put_text(to, "},\"cache\":{}");
}

/* ---- times ---- */

/* The moments of an exchange, which follow one another. */
struct moments {
	int64_t at_us;	 /* the last one that happened */
	double total_ms; /* the sum of the spans so far */
};

/* The milliseconds up to a moment, which becomes the last one; absent when it did not
 * come. */
static double span_ms(struct moments *moments, int64_t until_us, double absent)
{
	double ms = (double)(until_us - moments->at_us) / 1000;

	if (until_us == IXHR2_NO_TIME || until_us < moments->at_us)
		return absent;
	moments->at_us = until_us;
	moments->total_ms += ms;
	return ms;
}

/* The format wants ssl to be part of connect too. What is of a connection that was there
 * before counts as not having happened. */
static void put_timings(struct bytes *to, const struct har_entry *entry)
{
	const struct ixhr2_info *info = entry->info;
	struct moments moments = {.at_us = entry->begin_us};
	double dns = -1, connect = -1, ssl = -1;
	double send, wait, receive;

	if (!info->is_reused) {
		dns = span_ms(&moments, info->resolved_us, -1);
		connect = span_ms(&moments, info->connected_us, -1);
		ssl = span_ms(&moments, info->secured_us, -1);
		connect += ssl > 0 ? ssl : 0;
	}
	send = span_ms(&moments, info->sent_us, 0);
	wait = span_ms(&moments, info->first_byte_us, 0);
	receive = span_ms(&moments, entry->end_us, 0);
	bytes_format(to, ",\"time\":%.3f,\"timings\":{\"blocked\":-1", moments.total_ms);
	bytes_format(to, ",\"dns\":%.3f,\"connect\":%.3f,\"ssl\":%.3f", dns, connect,
		     ssl);
	bytes_format(to, ",\"send\":%.3f,\"wait\":%.3f,\"receive\":%.3f}", send, wait,
		     receive);
}

/* No member of the format: its name begins with an underscore. */
static void put_tls(struct bytes *to, const struct ixhr2_info *info)
{
	if (!info->tls_version)
		return;
	bytes_format(to, ",\"_tls\":{\"version\":\"%s\"", info->tls_version);
	put_member(to, "cipher", info->tls_cipher);
	bytes_format(to, ",\"resumed\":%s}", info->is_resumed ? "true" : "false");
}

/* The same. */
static void put_proxy(struct bytes *to, const struct ixhr2_info *info)
{
	if (!info->proxy)
		return;
	bytes_put_text(to, ",\"_proxy\":{\"url\":");
	quote_text(to, info->proxy);
	bytes_format(to, ",\"status\":%u}", info->proxy_status);
}

static void put_entry(struct bytes *to, const struct har_entry *entry)
{
	const struct ixhr2_info *info = entry->info;
	const char *peer = info->peer;
	const char *colon = peer ? strrchr(peer, ':') : NULL;
	bool has_brackets = colon && *peer == '[';

	put_time(to, entry->sent_wall_ms + entry->begin_us / 1000);
	put_timings(to, entry);
	put_request(to, entry);
	put_response(to, entry);
	if (colon) {
		bytes_put_text(to, ",\"serverIPAddress\":");
		quote_bytes(to, peer + has_brackets,
			    (size_t)(colon - peer) - 2 * (size_t)has_brackets);
	}
	put_tls(to, info);
	put_proxy(to, info);
	bytes_put_text(to, "}");
}

/* ---- the file ---- */

static void put(struct har *har, const void *at, size_t len)
{
	if (!har->error)
		har->error = output_write(har->output, at, len);
}

int har_open(const char *path, bool may_replace, struct har **out_har)
{
	struct har *har = memory_take(sizeof(*har));
	struct bytes begin = {0};
	int error = output_open(path, may_replace, &har->output);

	if (error) {
		free(har);
		return error;
	}
	pthread_mutex_init(&har->lock, NULL);
	bytes_put_text(&begin, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":"
			       "\"ixhr2\"");
	put_member(&begin, "version", ixhr2_version());
	bytes_put_text(&begin, "},\"entries\":[");
	put(har, begin.at, begin.len);
	bytes_done(&begin);
	*out_har = har;
	return 0;
}

void har_add(struct har *har, const struct har_entry *entry)
{
	struct bytes text = {0};

	if (!har)
		return;
	put_entry(&text, entry);
	pthread_mutex_lock(&har->lock);
	if (har->output) {
		put(har, ",\n", har->has_entry ? 2 : 0);
		put(har, text.at, text.len);
	}
	har->has_entry = true;
	pthread_mutex_unlock(&har->lock);
	bytes_done(&text);
}

int har_close(struct har *har)
{
	static const char end[] = "]}}\n";
	int error;

	if (!har)
		return 0;
	pthread_mutex_lock(&har->lock);
	put(har, end, sizeof(end) - 1);
	error = har->error;
	if (error)
		output_discard(har->output);
	else
		error = output_commit(har->output);
	har->output = NULL;
	pthread_mutex_unlock(&har->lock);
	return error;
}
