/* SPDX-License-Identifier: MIT */
/* What more than one of the request's files does: parts of its steps. */
#include "base/mem.h"
#include "engine/request_inside.h"

void request_ref(struct request *request)
{
	atomic_fetch_add_explicit(&request->shared.refs, 1, memory_order_relaxed);
}

/* Whether that was the last one. */
static bool drop_reference(struct request *request)
{
	return request_is_alone(request) ||
	       atomic_fetch_sub_explicit(&request->shared.refs, 1,
					 memory_order_acq_rel) == 1;
}

void request_unref(struct request *request)
{
	if (!request || !drop_reference(request))
		return;
	if (request->client->gone)
		request->client->gone(request->own);
	identity_unref(request->want.identity);
	verdict_unref(request->verdict);
	issuers_unref(request->issuers);
	access_free(request->access);
	if (url_has_login(&request->url))
		url_drop_login(&request->url);
	arena_done(&request->arena);
	mem_free(request);
}

void request_post(struct request *request)
{
	struct lane *lane;

	if (atomic_exchange(&request->shared.is_posted, true))
		return;
	request_ref(request);
	lane = atomic_load(&request->shared.lane);
	loop_post(lane->loop, &request->shared.post);
}

/* A post that is under way may bring it there as well as the one that is made here, and
 * the reference of the running request with it; so the one it had goes. */
void request_depart(struct request *r)
{
	struct lane *from = r->lane;
	struct lane *to = &from->session->lanes[r->next_lane];

	loop_timer_stop(from->loop, &r->timer);
	loop_task_cancel(&r->task);
	lane_busy(from, -1);
	if (r->body)
		r->body->upload.loop = to->loop;
	r->has_begun = false;
	r->lane = to;
	atomic_store(&r->shared.lane, to);
	request_post(r);
	request_unref(r);
}

/* Several tell these: the thread that has sent the request, the loops that it runs on, as
 * of when they last looked or their turn began, and a dial that may be older than it. */
uint64_t request_note_time(struct request *r, uint64_t ns)
{
	if (r->latest_ns < ns)
		r->latest_ns = ns;
	return r->latest_ns;
}

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

	if (!url_has_login(url)) {
		request->info.url = url_href(url);
		return ERR_NONE;
	}
	err = url_without_secrets(&request->arena, url, &shown);
	if (!err)
		request->info.url = url_href(&shown);
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
	return r->offers_codings && r->response->status != 204 &&
	       r->response->status != 304 && !span_eq(r->head.method, SPAN("HEAD"));
}

enum request_step request_deliver(struct request *r)
{
	enum err err = ERR_NONE;

	if (may_be_coded(r))
		err = download_new(r->lane->loop, &r->response->headers, &r->download);
	if (err)
		return request_fail(r, err, "the content codings");
	r->is_untold = true;
	return REQUEST_RECEIVE;
}
