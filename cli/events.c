/* SPDX-License-Identifier: MIT */
/* Written by hand, as a body of any size goes through here: it is never held as a tree.
 */
#include "events.h"

#include <stdlib.h>

#include "base64.h"
#include "quote.h"
#include "unicode.h"

static void begin(struct bytes *to, const char *id, const char *event)
{
	bytes_put_text(to, "{");
	if (id)
		bytes_format(to, "\"id\":%s,", id);
	bytes_format(to, "\"event\":\"%s\"", event);
}

static void finish(struct bytes *to)
{
	bytes_put_text(to, "}\n");
}

static void put_text(struct bytes *to, const char *key, const char *text)
{
	bytes_format(to, ",\"%s\":", key);
	quote_text(to, text);
}

static void put_base64(struct bytes *to, const void *at, size_t len)
{
	bytes_put_text(to, "\"");
	base64_put(to, at, len);
	bytes_put_text(to, "\"");
}

void events_redirect(struct bytes *to, const char *id, const char *url)
{
	begin(to, id, "redirect");
	put_text(to, "url", url);
	finish(to);
}

void events_server_certificate(struct bytes *to, const char *id, DWORD errors,
			       DWORD count, const XHR_CERT *chain)
{
	DWORD i;

	begin(to, id, "server_certificate");
	bytes_format(to, ",\"errors\":%u,\"chain\":[", errors);
	for (i = 0; i < count; i++) {
		if (i)
			bytes_put_text(to, ",");
		put_base64(to, chain[i].pbCert, chain[i].cbCert);
	}
	bytes_put_text(to, "]");
	finish(to);
}

void events_client_certificate(struct bytes *to, const char *id, DWORD count,
			       const WCHAR *const *issuers)
{
	DWORD i;

	begin(to, id, "client_certificate_requested");
	bytes_put_text(to, ",\"issuers\":[");
	for (i = 0; i < count; i++) {
		char *issuer = unicode_narrow(issuers[i]);

		if (i)
			bytes_put_text(to, ",");
		quote_text(to, issuer);
		free(issuer);
	}
	bytes_put_text(to, "]");
	finish(to);
}

void events_headers(struct bytes *to, const char *id, const struct head *head)
{
	const char *at = head->fields;
	struct head_field field;
	const char *comma = "";

	begin(to, id, "headers");
	bytes_format(to, ",\"status\":%u", head->status);
	put_text(to, "reason", head->reason);
	put_text(to, "http", head->version);
	bytes_put_text(to, ",\"headers\":[");
	while (head_next(&at, &field)) {
		bytes_format(to, "%s[", comma);
		quote_bytes(to, field.name, field.name_len);
		bytes_put_text(to, ",");
		quote_bytes(to, field.value, field.value_len);
		bytes_put_text(to, "]");
		comma = ",";
	}
	bytes_put_text(to, "]");
	finish(to);
}

void events_data(struct bytes *to, const char *id, uint64_t bytes)
{
	begin(to, id, "data");
	bytes_format(to, ",\"bytes\":%llu", (unsigned long long)bytes);
	finish(to);
}

void events_received(struct bytes *to, const char *id, const struct events_end *end)
{
	begin(to, id, "received");
	bytes_format(to, ",\"bytes\":%llu", (unsigned long long)end->bytes);
	put_text(to, "sha256", end->sha256);
	if (end->body) {
		bytes_put_text(to, ",\"body\":");
		put_base64(to, end->body->at, end->body->len);
	}
	put_text(to, "url", end->url);
	bytes_format(to, ",\"time_ms\":%.3f", end->time_ms);
	finish(to);
}

void events_error(struct bytes *to, const char *id, const struct fault *fault,
		  const struct events_end *end)
{
	begin(to, id, "error");
	bytes_format(to, ",\"hresult\":\"0x%08x\",\"extended\":\"0x%08x\"",
		     (unsigned)fault->hresult, (unsigned)fault->extended);
	put_text(to, "name", fault->name);
	put_text(to, "text", fault->text);
	bytes_format(to, ",\"bytes\":%llu,\"time_ms\":%.3f",
		     (unsigned long long)end->bytes, end->time_ms);
	finish(to);
}

void events_bad_job(struct bytes *to, const char *id, const char *text)
{
	begin(to, id, "bad_job");
	put_text(to, "text", text);
	finish(to);
}
