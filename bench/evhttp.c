/* SPDX-License-Identifier: MIT */
/*
 * evhttp PORT PATH REQUESTS CONCURRENCY: libevent's HTTP client. A connection each, which
 * is kept; the next request is made in the callback of the one before it. The base polls
 * with epoll, without locks, and makes changes of interest when it is about to wait
 * (EPOLL_USE_CHANGELIST); the clock is the coarse one.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "tally.h"
#include "task.h"

static struct task task;
static struct tally tally;
static struct event_base *base;
static uint64_t begun; /* requests */

static void begin(struct evhttp_connection *connection);

static void on_done(struct evhttp_request *request, void *with)
{
	struct evbuffer *body = request ? evhttp_request_get_input_buffer(request) : NULL;

	if (!body || evhttp_request_get_response_code(request) != HTTP_OK ||
	    evbuffer_get_length(body) != task.body_bytes)
		task_fail(&task, "not the response that was expected");
	tally.bytes += task.body_bytes;
	evbuffer_drain(body, task.body_bytes);
	tally_end(&tally);
	if (tally.requests == task.requests)
		event_base_loopbreak(base);
	if (begun < task.requests)
		begin(with);
}

static void begin(struct evhttp_connection *connection)
{
	struct evhttp_request *request = evhttp_request_new(on_done, connection);

	begun++;
	if (!request ||
	    evhttp_add_header(evhttp_request_get_output_headers(request), "Host",
			      "127.0.0.1") ||
	    evhttp_make_request(connection, request, EVHTTP_REQ_GET, task.path))
		task_fail(&task, "request");
}

int main(int argc, char **argv)
{
	struct event_config *config = event_config_new();
	uint16_t port;

	task_read(&task, argc, argv);
	port = (uint16_t)strtoul(task.port, NULL, 10);
	if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST))
		task_fail(&task, "configuration");
	base = event_base_new_with_config(config);
	if (!base)
		task_fail(&task, "base");
	tally_begin(&tally);
	for (unsigned i = 0; i < task.at_once; i++) {
		struct evhttp_connection *connection =
			evhttp_connection_base_new(base, NULL, "127.0.0.1", port);

		if (!connection)
			task_fail(&task, "connection");
		begin(connection);
	}
	event_base_dispatch(base);
	tally_print(&tally);
	/* What is owned lies there to the end: nothing of it is measured. */
	return tally.requests == task.requests ? 0 : 1;
}
