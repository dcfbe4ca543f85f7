/* SPDX-License-Identifier: MIT */
#include "lib/fake_request.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static _Atomic(struct request *) latest;
static atomic_uint count;
static enum err new_err;
static enum err header_err;
static enum err send_err;

void fake_reset(void)
{
	latest = NULL;
	new_err = ERR_NONE;
	header_err = ERR_NONE;
	send_err = ERR_NONE;
}

struct request *fake_latest(void)
{
	return latest;
}

unsigned fake_count(void)
{
	return count;
}

void fake_fail_new(enum err err)
{
	new_err = err;
}

void fake_fail_header(enum err err)
{
	header_err = err;
}

void fake_fail_send(enum err err)
{
	send_err = err;
}

static size_t take_spans(const char *const *texts, struct span *out)
{
	size_t n = 0;

	for (; texts[n] && n < FAKE_MAX_CERTIFICATES; n++)
		out[n] = span_str(texts[n]);
	return n;
}

int32_t fake_server_certificate(struct request *request, unsigned errors,
				const char *const *chain)
{
	struct span spans[FAKE_MAX_CERTIFICATES];
	size_t n = take_spans(chain, spans);

	return request->client->server_certificate(request->owner, errors, spans, n);
}

int32_t fake_certificate_requested(struct request *request, const char *const *issuers)
{
	struct span spans[FAKE_MAX_CERTIFICATES];
	size_t n = take_spans(issuers, spans);

	return request->client->certificate_requested(request->owner, spans, n);
}

int32_t fake_headers(struct request *request, unsigned status, const char *reason,
		     const char *const *fields)
{
	struct headers_field *at = request->fields[request->heads];
	struct response_head *head = &request->head[request->heads++];
	uint32_t n = 0;

	*head = (struct response_head){.status = status, .version = 11};
	for (; fields && fields[2 * n]; n++) {
		at[n].name = span_str(fields[2 * n]);
		at[n].value = span_str(fields[2 * n + 1]);
	}
	head->reason = span_str(reason);
	head->headers.at = at;
	head->headers.count = n;
	return request->client->headers(request->owner, head);
}

int32_t fake_prompt(struct request *request, struct buf *user, struct buf *password)
{
	const struct request_prompt prompt = {
		.host = SPAN("a.example:80"),
		.scheme = SPAN("Digest"),
		.realm = SPAN("place"),
		.user = user,
		.password = password,
	};

	return request->client->prompt(request->owner, &prompt);
}

int32_t fake_data(struct request *request, const char *bytes)
{
	const struct span piece = span_str(bytes);

	return request->client->data(request->owner, (struct spans){&piece, 1});
}

void fake_received(struct request *request)
{
	request->client->received(request->owner);
	request_unref(request);
}

void fake_failed(struct request *request, enum err err, int32_t code)
{
	const struct fault fault = {.err = err, .what = "faking"};

	request->client->failed(request->owner, &fault, code);
	request_unref(request);
}

/* ---- engine/request.h ---- */

static void copy(char *to, size_t cap, struct span from)
{
	snprintf(to, cap, "%.*s", (int)from.len, from.at ? from.at : "");
}

enum err request_new(struct span method, struct span url,
		     const struct request_client *client, struct request **out_request)
{
	struct request *request;

	if (new_err)
		return new_err;
	request = mem_zalloc(sizeof(*request));
	if (!request)
		return ERR_NO_MEMORY;
	copy(request->method, sizeof(request->method), method);
	copy(request->url, sizeof(request->url), url);
	request->info.url = span_str(request->url);
	request->client = client;
	request->owner = request->own;
	atomic_init(&request->refs, 1);
	count++;
	latest = request;
	*out_request = request;
	return ERR_NONE;
}

void *request_own(struct request *request)
{
	return request->own;
}

void request_ref(struct request *request)
{
	request->refs++;
}

void request_unref(struct request *request)
{
	struct request *is_latest = request;

	if (!request || --request->refs)
		return;
	request->client->gone(request->own);
	atomic_compare_exchange_strong(&latest, &is_latest, NULL);
	count--;
	mem_free(request);
}

enum err request_set_header(struct request *request, struct span name, struct span value)
{
	size_t used = strlen(request->headers);
	char text[256];

	if (header_err)
		return header_err;
	snprintf(text, sizeof(text), "%.*s: %.*s|", (int)name.len, name.at,
		 (int)value.len, value.at ? value.at : "");
	copy(request->headers + used, sizeof(request->headers) - used, span_str(text));
	return ERR_NONE;
}

/* Keeps what an option borrows. */
static void keep(char *to, size_t cap, struct span *text)
{
	copy(to, cap, *text);
	*text = span_str(to);
}

static void keep_logins(struct request *request)
{
	static const size_t cap = sizeof(request->logins[0]);
	struct request_options *options = &request->options;

	keep(request->logins[0], cap, &options->login.user);
	keep(request->logins[1], cap, &options->login.password);
	keep(request->logins[2], cap, &options->proxy_login.user);
	keep(request->logins[3], cap, &options->proxy_login.password);
}

enum err request_send(struct request *request, uint64_t body_length,
		      const struct request_options *options)
{
	if (send_err)
		return send_err;
	request_ref(request);
	request->is_sent = true;
	request->body_length = body_length;
	request->options = *options;
	request->wishes = *options->wishes;
	request->options.wishes = &request->wishes;
	memcpy(request->thumbprint, options->thumbprint.at, options->thumbprint.len);
	request->options.thumbprint.at = request->thumbprint;
	copy(request->pin, sizeof(request->pin), span_str(options->pin));
	if (options->pin)
		request->options.pin = request->pin;
	keep_logins(request);
	return ERR_NONE;
}

void request_abort(struct request *request)
{
	request->aborts++;
}

void request_set_timeout(struct request *request, uint32_t timeout_ms)
{
	request->timeouts++;
	request->timeout_ms = timeout_ms;
}

size_t request_read_more(struct request *request, void *to, size_t cap)
{
	size_t len = request->more ? strlen(request->more) : 0;

	if (len > cap)
		len = cap;
	if (len)
		memcpy(to, request->more, len);
	if (request->more)
		request->more += len;
	return len;
}

void request_get_info(const struct request *request, struct request_info *out)
{
	*out = request->info;
}

enum err request_put_head(const struct request *request, struct buf *out)
{
	enum err err = buf_put_str(out, request->method);

	return err ? err : buf_put_str(out, " / HTTP/1.1\r\n\r\n");
}

enum err request_put_error_text(const struct request *request, struct buf *out)
{
	if (!request->error_text)
		return ERR_MISSING;
	return buf_put_str(out, request->error_text);
}
