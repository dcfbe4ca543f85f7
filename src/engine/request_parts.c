/* SPDX-License-Identifier: MIT */
/* What more than one of the request's files does: parts of its steps. */
#include "engine/request_inside.h"

enum request_step request_fail(struct request *r, enum err err, const char *what)
{
	fault_set(&r->fault, err, 0, what);
	return REQUEST_FAIL;
}

enum err request_note_url(struct request *request)
{
	const struct url *url = &request->url;
	struct url shown;
	enum err err;

	if (!url->username.len && !url->password.len) {
		request->info.url = url->href;
		return ERR_NONE;
	}
	err = url_without_secrets(&request->arena, url, &shown);
	if (!err)
		request->info.url = shown.href;
	return err;
}

void request_release_exchange(struct request *r)
{
	if (r->x)
		pool_put(r->x);
	r->x = NULL;
}

/* A head alone tells of a body that does not come. */
static bool may_be_coded(const struct request *r)
{
	return r->offers_codings && r->response.status != 204 &&
	       r->response.status != 304 && !span_eq(r->head.method, SPAN("HEAD"));
}

enum request_step request_deliver(struct request *r)
{
	enum err err = ERR_NONE;

	if (may_be_coded(r))
		err = download_new(r->session->loop, &r->response.headers, &r->download);
	if (err)
		return request_fail(r, err, "the content codings");
	request_call(r, REQUEST_CALL_HEADERS);
	return REQUEST_RECEIVE;
}
