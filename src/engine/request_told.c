/* SPDX-License-Identifier: MIT */
/*
 * What a request tells of itself to who asks: what is known, its head as it was sent, and
 * a sentence on its failure. Only read here: while the request runs that is for its calls
 * alone.
 *
 * The head is written once more from what it was made of, with the names of schemes in
 * the place of credentials.
 */
#include <stdio.h>
#include <string.h>

#include "engine/request_inside.h"
#include "http/h1_head.h"

/* Longest decimal number in an error text, with its NUL. */
#define NUMBER_BYTES 12

void request_get_info(const struct request *request, struct request_info *out)
{
	*out = request->info;
	if (request->is_refused)
		out->body_received = 0; /* what came with the head was dropped */
}

/* In the request line of the head behind begin. */
static void say_http_2(struct buf *out, size_t begin)
{
	char *end = memmem(out->at + begin, out->len - begin, "1.1\r\n", 5);

	end[0] = '2';
	memmove(end + 1, end + 3, (size_t)(out->at + out->len - (end + 3)));
	out->len -= 2;
}

enum err request_put_head(const struct request *request, struct buf *out)
{
	struct request_head head = request->head;
	size_t begin = out->len;
	enum err err;

	if (!request->has_head)
		return ERR_NONE;
	if (head.access)
		head.access = &request->access->shown;
	err = h1_head_put(out, &head);
	if (!err && request->is_http_2)
		say_http_2(out, begin);
	return err;
}

static enum err put_system_error(struct buf *out, int sys)
{
	char number[NUMBER_BYTES], words[128];
	enum err err;

	snprintf(number, sizeof(number), "%d", sys);
	err = buf_put_str(out, ": ");
	if (!err)
		err = buf_put_str(out, strerror_r(sys, words, sizeof(words)));
	if (!err)
		err = buf_put_str(out, " (errno ");
	if (!err)
		err = buf_put_str(out, number);
	return err ? err : buf_put_str(out, ")");
}

/* "GET http://host/path (127.0.0.1:80)" */
static enum err put_exchange(const struct request *request, struct buf *out)
{
	struct arena arena = {0};
	struct url url;
	enum err err;

	err = url_without_secrets(&arena, &request->url, &url);
	if (!err)
		err = buf_put(out, request->head.method);
	if (!err)
		err = buf_put_byte(out, ' ');
	if (!err)
		err = buf_put(out, url_href(&url));
	arena_done(&arena);
	if (err || !request->info.peer[0])
		return err;
	err = buf_put_str(out, " (");
	if (!err)
		err = buf_put_str(out, request->info.peer);
	return err ? err : buf_put_byte(out, ')');
}

/* Sentences about the server's certificates, if it is for them that it failed. */
static enum err put_verdict(const struct request *request, enum err why, struct buf *out)
{
	const struct verdict *verdict = request->verdict;
	enum err err;

	if (!verdict || verdict->err != why || !verdict->text[0])
		return ERR_NONE;
	err = buf_put_str(out, ": ");
	return err ? err : buf_put_str(out, verdict->text);
}

/* ": the proxy http://host:3128" */
static enum err put_proxy(const struct request *request, struct buf *out)
{
	enum err err;

	if (!request->info.is_proxy_fault || !request->info.proxy)
		return ERR_NONE;
	err = buf_put_str(out, ": the proxy ");
	return err ? err : buf_put_str(out, request->info.proxy);
}

/* " (it answered 403)" */
static enum err put_proxy_status(const struct request *request, struct buf *out)
{
	unsigned status = request->info.proxy_status;
	enum err err;

	if (!request->info.is_proxy_fault || !status || status / 100 == 2)
		return ERR_NONE;
	err = buf_put_str(out, " (it answered ");
	if (!err)
		err = buf_put_uint(out, status);
	return err ? err : buf_put_byte(out, ')');
}

/* "GET http://host/path (127.0.0.1:80): connecting: no connection could be made:
 * Connection refused (errno 111)" */
enum err request_put_error_text(const struct request *request, struct buf *out)
{
	const struct fault aborted = {ERR_ABORTED, 0, NULL};
	bool is_aborted = atomic_load(&request->shared.fate) == REQUEST_IS_ABORTED;
	const struct fault *fault = is_aborted ? &aborted : &request->fault;
	enum err err;

	if (!fault->err)
		return ERR_MISSING;
	err = put_exchange(request, out);
	if (!err)
		err = put_proxy(request, out);
	if (!err && fault->what)
		err = buf_put_str(out, ": ");
	if (!err && fault->what)
		err = buf_put_str(out, fault->what);
	if (!err)
		err = buf_put_str(out, ": ");
	if (!err)
		err = buf_put_str(out, err_text(fault->err));
	if (!err && fault->sys)
		err = put_system_error(out, fault->sys);
	if (!err)
		err = put_proxy_status(request, out);
	return err ? err : put_verdict(request, fault->err, out);
}
