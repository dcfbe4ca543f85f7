/* SPDX-License-Identifier: MIT */
/*
 * One thread polls the listener and all links. Everything is under one lock, which the
 * thread holds but while it waits; it is recursive, as the test's function runs under it
 * and may send. What another thread wants sent is put into the link, and an eventfd tells
 * the server's thread.
 */
#include "lib/h2_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/flag.h"
#include "lib/h2_judge.h"
#include "lib/h2_link.h"
#include "lib/h2_outgoing.h"
#include "lib/pki.h"
#include "lib/test.h"
#include "lib/tls_front.h"

#define PROTOCOLS "h2,http/1.1"

struct h2_server {
	struct h2_server_options options; /* a copy */
	struct h2_link_house house;	  /* what links share */
	pthread_mutex_t lock;		  /* for all but the flags */
	SSL_CTX *ctx;			  /* owned; NULL: cleartext */
	struct h2_link *links;		  /* all there ever were, newest first */
	unsigned count;			  /* of links */
	bool is_frozen;			  /* links are left alone */
	int listener;			  /* listening socket */
	unsigned port;			  /* of it */
	struct flag is_stop;		  /* up: end */
	struct flag has_work;		  /* up: something is to be sent */
	pthread_t thread;		  /* serves */
};

/* ---- TLS ---- */

/* Whether a list of protocols in the form of ALPN has one; *out_at is where it stands. */
static bool has_protocol(const unsigned char *in, unsigned in_len, struct span protocol,
			 const unsigned char **out_at)
{
	for (unsigned at = 0; at < in_len; at += in[at] + 1u)
		if (span_eq(span_of((const char *)in + at + 1, in[at]), protocol)) {
			*out_at = in + at + 1;
			return true;
		}
	return false;
}

static void note_offered(struct h2_server_visit *visit, const unsigned char *in,
			 unsigned in_len)
{
	visit->offered[0] = '\0';
	for (unsigned at = 0; at < in_len; at += in[at] + 1u) {
		size_t n = strlen(visit->offered);

		snprintf(visit->offered + n, sizeof(visit->offered) - n, "%s%.*s",
			 at ? "," : "", (int)in[at], in + at + 1);
	}
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned in_len, void *owner)
{
	const struct h2_server *server = owner;
	const char *wanted = server->options.alpn ? server->options.alpn : PROTOCOLS;

	note_offered(SSL_get_app_data(ssl), in, in_len);
	if (!*wanted)
		return SSL_TLSEXT_ERR_NOACK;
	while (*wanted) {
		size_t len = strcspn(wanted, ",");

		if (has_protocol(in, in_len, span_of(wanted, len), out)) {
			*out_len = (unsigned char)len;
			return SSL_TLSEXT_ERR_OK;
		}
		wanted += len + (wanted[len] == ',');
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void make_ctx(struct h2_server *server)
{
	const struct h2_server_options *options = &server->options;
	char file[128];

	if (!options->certificate)
		return;
	server->ctx = tls_front_ctx(options->certificate);
	SSL_CTX_set_alpn_select_cb(server->ctx, choose_alpn, server);
	if (!options->client_root)
		return;
	snprintf(file, sizeof(file), "%s.pem", options->client_root);
	if (SSL_CTX_load_verify_file(server->ctx, pki_path(file)) != 1)
		abort();
	SSL_CTX_set_session_id_context(server->ctx, (const unsigned char *)"h2", 2);
	SSL_CTX_set_client_CA_list(server->ctx, SSL_load_client_CA_file(pki_path(file)));
	SSL_CTX_set_verify(server->ctx, SSL_VERIFY_PEER, NULL);
}

/* ---- the thread ---- */

static void accept_all(struct h2_server *server)
{
	for (;;) {
		int on = 1;
		int fd = accept4(server->listener, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct h2_link *link;

		if (fd < 0)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		link = h2_link_new(&server->house, fd, server->ctx);
		link->number = server->count++;
		link->next = server->links;
		server->links = link;
	}
}

/* What is to be polled, from malloc: the flags, the listener, the links in order. */
static struct pollfd *list_all(struct h2_server *server, nfds_t *out_count)
{
	struct pollfd *all = calloc(server->count + 3, sizeof(struct pollfd));
	nfds_t n = 0;

	if (!all)
		abort();
	all[n++] = (struct pollfd){.fd = server->is_stop.fd, .events = POLLIN};
	all[n++] = (struct pollfd){.fd = server->has_work.fd, .events = POLLIN};
	all[n++] = (struct pollfd){.fd = server->listener, .events = POLLIN};
	for (struct h2_link *link = server->links; link; link = link->next)
		if (link->fd >= 0 && !server->is_frozen)
			all[n++] = (struct pollfd){
				.fd = link->fd,
				.events = link->wants_out ? POLLIN | POLLOUT : POLLIN};
	*out_count = n;
	return all;
}

static void work_on_all(struct h2_server *server, const struct pollfd *all, nfds_t count)
{
	bool is_told = flag_is_up(&server->has_work);
	struct h2_link *link = server->links;

	if (is_told)
		flag_lower(&server->has_work);
	for (; link && !server->is_frozen; link = link->next) {
		bool is_ready = is_told;

		for (nfds_t i = 3; i < count && !is_ready; i++)
			is_ready = all[i].fd == link->fd && all[i].revents;
		if (is_ready && link->fd >= 0)
			h2_link_work(link);
	}
	accept_all(server);
}

static void *run(void *at)
{
	struct h2_server *server = at;

	pthread_mutex_lock(&server->lock);
	while (!flag_is_up(&server->is_stop)) {
		nfds_t count;
		struct pollfd *all = list_all(server, &count);

		pthread_mutex_unlock(&server->lock);
		poll(all, count, -1);
		pthread_mutex_lock(&server->lock);
		work_on_all(server, all, count);
		free(all);
	}
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

/* ---- life ---- */

static void listen_anywhere(struct h2_server *server)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(server->listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(server->listener, 4096) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&at, &len) != 0)
		abort();
	server->port = ntohs(at.sin_port);
}

struct h2_server *h2_server_start(const struct h2_server_options *options)
{
	struct h2_server *server = calloc(1, sizeof(*server));
	pthread_mutexattr_t recursive;

	if (!server)
		abort();
	server->options = *options;
	server->house.options = &server->options;
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&server->lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	make_ctx(server);
	flag_init(&server->is_stop);
	flag_init(&server->has_work);
	listen_anywhere(server);
	if (pthread_create(&server->thread, NULL, run, server) != 0)
		abort();
	return server;
}

void h2_server_lead(const struct h2_server *server)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "::127.0.0.1:%u", server->port);
	session_reset();
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
	if (!server->ctx)
		assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROTOCOL, "http2"), S_OK);
}

unsigned h2_server_port(const struct h2_server *server)
{
	return server->port;
}

const char *h2_server_url(const struct h2_server *server, const char *path,
			  char out[H2_SERVER_URL_BYTES])
{
	if (server->ctx)
		snprintf(out, H2_SERVER_URL_BYTES, "https://good.test%s", path);
	else
		snprintf(out, H2_SERVER_URL_BYTES, "http://127.0.0.1:%u%s", server->port,
			 path);
	return out;
}

void h2_server_end(struct h2_server *server)
{
	char complaint[sizeof(server->house.complaint)];

	flag_raise(&server->is_stop);
	pthread_join(server->thread, NULL);
	while (server->links) {
		struct h2_link *link = server->links;

		server->links = link->next;
		h2_link_free(link);
	}
	snprintf(complaint, sizeof(complaint), "%s",
		 server->options.is_lenient ? "" : server->house.complaint);
	close(server->listener);
	SSL_CTX_free(server->ctx);
	flag_done(&server->is_stop);
	flag_done(&server->has_work);
	pthread_mutex_destroy(&server->lock);
	free(server);
	if (complaint[0])
		fail_msg("the client sends %s", complaint);
}

/* ---- what is sent ---- */

/* The link, with the lock held and its thread told, or NULL without. */
static struct h2_link *begin(struct h2_server *server, unsigned connection)
{
	struct h2_link *link;

	pthread_mutex_lock(&server->lock);
	for (link = server->links; link && link->number != connection; link = link->next)
		continue;
	if (link && link->fd >= 0)
		return link;
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

static void end(struct h2_server *server)
{
	pthread_mutex_unlock(&server->lock);
	flag_raise(&server->has_work);
}

void h2_server_say(struct h2_server *server, unsigned connection, struct span bytes)
{
	struct h2_link *link = begin(server, connection);

	if (!link)
		return;
	h2_bytes_put(&link->out, bytes.at, bytes.len);
	end(server);
}

void h2_server_say_frame(struct h2_server *server, unsigned connection,
			 const struct h2_server_frame *frame)
{
	struct h2_link *link = begin(server, connection);

	if (!link)
		return;
	h2_outgoing_put(link, frame);
	end(server);
}

void h2_server_say_head(struct h2_server *server, unsigned connection, uint32_t stream,
			uint8_t flags, const char *fields)
{
	struct h2_bytes block = {NULL, 0, 0};

	h2_bytes_put_fields(&block, fields);
	h2_server_say_frame(
		server, connection,
		&(struct h2_server_frame){.type = NGHTTP2_HEADERS,
					  .flags = flags | NGHTTP2_FLAG_END_HEADERS,
					  .stream = stream,
					  .payload = h2_bytes_span(&block)});
	h2_bytes_done(&block);
}

void h2_server_say_number(struct h2_server *server, unsigned connection, uint8_t type,
			  uint32_t stream, uint32_t number)
{
	struct h2_bytes payload = {NULL, 0, 0};

	h2_bytes_put_number(&payload, number, 4);
	h2_server_say_frame(
		server, connection,
		&(struct h2_server_frame){.type = type,
					  .stream = stream,
					  .payload = h2_bytes_span(&payload)});
	h2_bytes_done(&payload);
}

void h2_server_say_goaway(struct h2_server *server, unsigned connection, uint32_t last,
			  uint32_t code)
{
	struct h2_bytes payload = {NULL, 0, 0};

	h2_bytes_put_number(&payload, last, 4);
	h2_bytes_put_number(&payload, code, 4);
	h2_server_say_frame(
		server, connection,
		&(struct h2_server_frame){.type = NGHTTP2_GOAWAY,
					  .payload = h2_bytes_span(&payload)});
	h2_bytes_done(&payload);
}

void h2_server_say_setting(struct h2_server *server, unsigned connection, int32_t id,
			   uint32_t value)
{
	struct h2_bytes payload = {NULL, 0, 0};

	h2_bytes_put_number(&payload, (uint32_t)id, 2);
	h2_bytes_put_number(&payload, value, 4);
	h2_server_say_frame(
		server, connection,
		&(struct h2_server_frame){.type = NGHTTP2_SETTINGS,
					  .payload = h2_bytes_span(&payload)});
	h2_bytes_done(&payload);
}

void h2_server_reply(struct h2_server *server, unsigned connection, uint32_t stream,
		     const struct h2_server_reply *reply)
{
	struct h2_link *link = begin(server, connection);
	struct h2_link_stream *at = link ? h2_outgoing_find(link, stream) : NULL;

	if (!link)
		return;
	if (at)
		h2_outgoing_reply(link, at, reply);
	end(server);
}

void h2_server_release(struct h2_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->house.is_released = true;
	end(server);
}

void h2_server_close(struct h2_server *server, unsigned connection)
{
	struct h2_link *link = begin(server, connection);

	if (!link)
		return;
	link->is_closing = true;
	end(server);
}

void h2_server_reset(struct h2_server *server, unsigned connection)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	struct h2_link *link = begin(server, connection);

	if (!link)
		return;
	setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	h2_link_close(link);
	end(server);
}

void h2_server_freeze(struct h2_server *server, bool is_frozen)
{
	pthread_mutex_lock(&server->lock);
	server->is_frozen = is_frozen;
	end(server);
}

/* ---- the record ---- */

struct h2_server_counts h2_server_count(struct h2_server *server)
{
	struct h2_server_counts counts = {0};

	pthread_mutex_lock(&server->lock);
	counts.connections = server->count;
	for (const struct h2_link *link = server->links; link; link = link->next) {
		counts.requests += link->visit.requests;
		counts.whole += link->visit.whole;
		counts.resets += link->visit.resets;
	}
	pthread_mutex_unlock(&server->lock);
	return counts;
}

/* The link, with the lock held; fails the test if there is none. */
static struct h2_link *find_link(struct h2_server *server, unsigned connection)
{
	struct h2_link *link;

	pthread_mutex_lock(&server->lock);
	for (link = server->links; link && link->number != connection; link = link->next)
		continue;
	if (link)
		return link;
	pthread_mutex_unlock(&server->lock);
	fail_msg("there is no connection %u", connection);
	return NULL;
}

void h2_server_visit(struct h2_server *server, unsigned connection,
		     struct h2_server_visit *out)
{
	*out = find_link(server, connection)->visit;
	pthread_mutex_unlock(&server->lock);
}

void h2_server_request(struct h2_server *server, unsigned connection, uint32_t stream,
		       struct h2_server_request *out)
{
	const struct h2_link *link = find_link(server, connection);
	const struct h2_link_stream *found = h2_outgoing_find(link, stream);

	if (found)
		*out = found->request;
	pthread_mutex_unlock(&server->lock);
	if (!found)
		fail_msg("there is no stream %u", stream);
}

const char *h2_server_complaint(struct h2_server *server)
{
	const char *complaint;

	pthread_mutex_lock(&server->lock);
	complaint = server->house.complaint;
	pthread_mutex_unlock(&server->lock);
	return complaint;
}

const char *h2_server_field(const char *head, const char *name)
{
	static _Thread_local char out[4096];
	const char *value = h2_judge_field(head, name);

	if (value)
		snprintf(out, sizeof(out), "%.*s", (int)strcspn(value, "\n"), value);
	return value ? out : NULL;
}

static uint64_t body_bytes_of(const struct h2_link *link)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < link->stream_count; i++)
		if (link->streams[i])
			sum += link->streams[i]->request.body_bytes;
	return sum;
}

static uint64_t count_of(const struct h2_link *link, enum h2_server_wait what)
{
	const struct h2_server_visit *visit = &link->visit;

	switch (what) {
	case H2_SERVER_CONNECTIONS:
		return 1;
	case H2_SERVER_REQUESTS:
		return visit->requests;
	case H2_SERVER_WHOLE:
		return visit->whole;
	case H2_SERVER_RESETS:
		return visit->resets;
	case H2_SERVER_GOAWAYS:
		return visit->has_goaway;
	case H2_SERVER_OVER:
		return visit->is_over;
	case H2_SERVER_SETTINGS_ACKS:
		return visit->settings_acks;
	case H2_SERVER_PING_ACKS:
		return visit->ping_acks;
	case H2_SERVER_PINGS:
		return visit->frames[NGHTTP2_PING] - visit->ping_acks;
	default:
		return body_bytes_of(link);
	}
}

static uint64_t sum_of(struct h2_server *server, enum h2_server_wait what)
{
	uint64_t sum = 0;

	pthread_mutex_lock(&server->lock);
	for (const struct h2_link *link = server->links; link; link = link->next)
		sum += count_of(link, what);
	pthread_mutex_unlock(&server->lock);
	return sum;
}

void h2_server_await(struct h2_server *server, enum h2_server_wait what, uint64_t count)
{
	static const char *const names[H2_SERVER_WAITS] = {
		"connections", "requests",   "whole requests",	    "resets",
		"GOAWAYs",     "ended ones", "answers to SETTINGS", "answers to PING",
		"PINGs",       "bytes"};

	for (int ms = 0; sum_of(server, what) < count; ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("only %llu %s instead of %llu",
				 (unsigned long long)sum_of(server, what), names[what],
				 (unsigned long long)count);
		usleep(1000);
	}
}
