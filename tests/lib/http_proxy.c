/* SPDX-License-Identifier: MIT */
/*
 * One thread accepts; each connection has a thread that lib/http_proxy_link keeps busy,
 * and one more where TLS stands in front of it (lib/tls_front). Records are read when the
 * threads have ended, but for heads and counts, which are read under the lock.
 */
#include "lib/http_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/http_proxy_link.h"
#include "lib/pki.h"
#include "lib/test.h"

struct http_proxy {
	struct http_proxy_options options; /* a copy */
	struct http_proxy_record record;   /* what has happened */
	SSL_CTX *ctx;			   /* with TLS, or NULL */
	struct http_proxy_link *links;	   /* all there ever were, newest first */
	atomic_uint count;		   /* of links */
	int listener;			   /* listening socket */
	unsigned port;			   /* of it */
	bool is_stopped;		   /* the threads have ended */
	struct flag is_stop;		   /* up: everything ends */
	pthread_t thread;		   /* accepts */
	char url[256];			   /* the last one */
};

/* ---- threads ---- */

static void *serve(void *link)
{
	http_proxy_link_serve(link);
	return NULL;
}

static void add_link(struct http_proxy *proxy, int fd)
{
	struct http_proxy_link *link = calloc(1, sizeof(*link));
	int on = 1;

	if (!link)
		abort();
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link->options = &proxy->options;
	link->record = &proxy->record;
	link->complaint.is_stop.fd = proxy->is_stop.fd;
	if (proxy->ctx)
		link->front = tls_front_start(proxy->ctx, fd, &proxy->is_stop, &fd);
	link->client = (struct peer){.complaint = &link->complaint, .fd = fd};
	link->target = (struct peer){.complaint = &link->complaint, .fd = -1};
	link->number = atomic_fetch_add(&proxy->count, 1);
	link->next = proxy->links;
	proxy->links = link;
	atomic_fetch_add(&proxy->record.open, 1);
	if (pthread_create(&link->thread, NULL, serve, link) != 0)
		abort();
}

static void *accept_all(void *at)
{
	struct http_proxy *proxy = at;

	for (;;) {
		struct pollfd both[2] = {{.fd = proxy->listener, .events = POLLIN},
					 {.fd = proxy->is_stop.fd, .events = POLLIN}};
		int fd;

		poll(both, 2, -1);
		if (both[1].revents)
			return NULL;
		fd = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_link(proxy, fd);
	}
}

/* ---- life ---- */

static void listen_anywhere(struct http_proxy *proxy)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(proxy->listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(proxy->listener, 4096) != 0 ||
	    getsockname(proxy->listener, (struct sockaddr *)&at, &len) != 0)
		abort();
	proxy->port = ntohs(at.sin_port);
}

struct http_proxy *http_proxy_start(const struct http_proxy_options *options)
{
	struct http_proxy *proxy = calloc(1, sizeof(*proxy));

	if (!proxy)
		abort();
	proxy->options = *options;
	if (options->certificate)
		proxy->ctx = tls_front_ctx(options->certificate);
	pthread_mutex_init(&proxy->record.lock, NULL);
	flag_init(&proxy->is_stop);
	listen_anywhere(proxy);
	if (pthread_create(&proxy->thread, NULL, accept_all, proxy) != 0)
		abort();
	return proxy;
}

void http_proxy_stop(struct http_proxy *proxy)
{
	if (proxy->is_stopped)
		return;
	proxy->is_stopped = true;
	flag_raise(&proxy->is_stop);
	pthread_join(proxy->thread, NULL);
	for (struct http_proxy_link *link = proxy->links; link; link = link->next) {
		pthread_join(link->thread, NULL);
		tls_front_end(link->front);
	}
}

void http_proxy_end(struct http_proxy *proxy)
{
	if (!proxy)
		return;
	http_proxy_stop(proxy);
	while (proxy->links) {
		struct http_proxy_link *link = proxy->links;

		proxy->links = link->next;
		peer_done(&link->client);
		peer_done(&link->target);
		free(link->carried);
		free(link);
	}
	for (unsigned i = 0; i < proxy->record.head_count; i++)
		free(proxy->record.heads[i]);
	close(proxy->listener);
	flag_done(&proxy->is_stop);
	pthread_mutex_destroy(&proxy->record.lock);
	SSL_CTX_free(proxy->ctx);
	free(proxy);
}

/* ---- the client's way ---- */

const char *http_proxy_url(struct http_proxy *proxy, const char *login)
{
	snprintf(proxy->url, sizeof(proxy->url), "http%s://%s%s127.0.0.1:%u",
		 proxy->ctx ? "s" : "", login ? login : "", login ? "@" : "",
		 proxy->port);
	return proxy->url;
}

void http_proxy_lead_as(struct http_proxy *proxy, const char *login)
{
	assert_int_equal(
		ixhr2_configure(IXHR2_OPTION_PROXY, http_proxy_url(proxy, login)), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
}

void http_proxy_lead(struct http_proxy *proxy)
{
	http_proxy_lead_as(proxy, NULL);
}

/* ---- the record ---- */

struct http_proxy_counts http_proxy_count(struct http_proxy *proxy)
{
	return (struct http_proxy_counts){.connections = atomic_load(&proxy->count),
					  .open = atomic_load(&proxy->record.open),
					  .requests =
						  atomic_load(&proxy->record.head_count),
					  .tunnels = atomic_load(&proxy->record.tunnels)};
}

const char *http_proxy_head(struct http_proxy *proxy, unsigned n)
{
	const char *head = "";

	pthread_mutex_lock(&proxy->record.lock);
	if (n < proxy->record.head_count)
		head = proxy->record.heads[n];
	pthread_mutex_unlock(&proxy->record.lock);
	return head;
}

void http_proxy_await_heads(struct http_proxy *proxy, unsigned count)
{
	for (int ms = 0; http_proxy_count(proxy).requests < count; ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("%u heads have not come to the proxy", count);
		usleep(1000);
	}
}

void http_proxy_await_over(struct http_proxy *proxy)
{
	for (int ms = 0; http_proxy_count(proxy).open; ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("%u connections to the proxy stay open",
				 http_proxy_count(proxy).open);
		usleep(1000);
	}
}

static bool has_text(const char *at, size_t len, const char *text)
{
	return len && memmem(at, len, text, strlen(text));
}

bool http_proxy_was_told(const struct http_proxy *proxy, const char *text)
{
	for (const struct http_proxy_link *link = proxy->links; link; link = link->next)
		if (has_text(link->client.at, link->client.len, text))
			return true;
	return false;
}

bool http_proxy_has_carried(const struct http_proxy *proxy, const char *text)
{
	for (const struct http_proxy_link *link = proxy->links; link; link = link->next)
		if (has_text(link->carried, link->carried_len, text))
			return true;
	return false;
}
