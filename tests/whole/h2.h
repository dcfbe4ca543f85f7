/* SPDX-License-Identifier: MIT */
/* What the tests of HTTP/2 ask of a client and a server. */
#ifndef IXHR2_TESTS_WHOLE_H2_H
#define IXHR2_TESTS_WHOLE_H2_H

#include "lib/test.h"

#include <string.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/h2_server.h"

/* A server that the process is led to; the arguments are its options. */
#define H2_START(...) h2_start(&(struct h2_server_options){__VA_ARGS__})

static inline struct h2_server *h2_start(const struct h2_server_options *options)
{
	struct h2_server *server = h2_server_start(options);

	h2_server_lead(server);
	return server;
}

/* A client that is to be sent. */
static inline struct client *h2_open(struct h2_server *server, const char *method,
				     const char *path)
{
	struct client *client = client_new();
	char url[H2_SERVER_URL_BYTES];

	client_open(client, method, h2_server_url(server, path, url));
	return client;
}

/* One that is sent. */
static inline struct client *h2_send(struct h2_server *server, const char *method,
				     const char *path)
{
	struct client *client = h2_open(server, method, path);

	client_send(client);
	return client;
}

/* Gets a path, which is the body, from beginning to end. */
static inline void h2_get(struct h2_server *server, const char *path)
{
	client_finish(h2_send(server, "GET", path), 200, path);
}

/* The HTTP version that a client was answered in. */
static inline unsigned h2_version(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	unsigned version;

	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	version = info.http_version;
	ixhr2_info_free(&info);
	return version;
}

/* How many connections there were. */
static inline unsigned h2_connections(struct h2_server *server)
{
	return h2_server_count(server).connections;
}

/* An answer for h2_server_options: every request stays without one. */
static inline void h2_answer_nothing(void *owner, const struct h2_server_request *request,
				     struct h2_server_reply *reply)
{
	(void)owner;
	(void)request;
	reply->status = 0;
}

/* Every request is held until h2_server_release. */
static inline void h2_answer_held(void *owner, const struct h2_server_request *request,
				  struct h2_server_reply *reply)
{
	(void)owner;
	(void)request;
	reply->is_held = true;
}

/* What owner, a struct h2_server_reply, says. */
static inline void h2_answer_so(void *owner, const struct h2_server_request *request,
				struct h2_server_reply *reply)
{
	(void)request;
	*reply = *(const struct h2_server_reply *)owner;
}

#endif
