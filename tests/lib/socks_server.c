/* SPDX-License-Identifier: MIT */
/*
 * One thread accepts; each connection has a thread that lib/socks_link keeps busy. Visits
 * are read under the lock, bytes when the threads have ended.
 */
#include "lib/socks_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/pki.h"
#include "lib/socks_link.h"
#include "lib/test.h"

struct socks_server {
	struct socks_server_options options; /* a copy */
	pthread_mutex_t lock;		     /* for links and their visits */
	struct socks_link *links;	     /* all there ever were, newest first */
	unsigned count;			     /* of links */
	int listener;			     /* listening socket */
	unsigned port;			     /* of it */
	bool is_stopped;		     /* the threads have ended */
	struct flag is_stop;		     /* up: everything ends */
	pthread_t thread;		     /* accepts */
	char url[1024];			     /* the last one */
};

/* ---- threads ---- */

static void *serve(void *link)
{
	socks_link_serve(link);
	return NULL;
}

static void add_link(struct socks_server *server, int fd)
{
	struct socks_link *link = calloc(1, sizeof(*link));
	int on = 1;

	if (!link)
		abort();
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link->options = &server->options;
	link->lock = &server->lock;
	link->complaint.is_stop.fd = server->is_stop.fd;
	link->client = (struct peer){.complaint = &link->complaint, .fd = fd};
	link->target = (struct peer){.complaint = &link->complaint, .fd = -1};
	pthread_mutex_lock(&server->lock);
	link->number = server->count++;
	link->next = server->links;
	server->links = link;
	if (pthread_create(&link->thread, NULL, serve, link) != 0)
		abort();
	pthread_mutex_unlock(&server->lock);
}

static void *accept_all(void *at)
{
	struct socks_server *server = at;

	for (;;) {
		struct pollfd both[2] = {{.fd = server->listener, .events = POLLIN},
					 {.fd = server->is_stop.fd, .events = POLLIN}};
		int fd;

		poll(both, 2, -1);
		if (both[1].revents)
			return NULL;
		fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_link(server, fd);
	}
}

/* ---- life ---- */

static void listen_anywhere(struct socks_server *server)
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

struct socks_server *socks_server_start(const struct socks_server_options *options)
{
	struct socks_server *server = calloc(1, sizeof(*server));

	if (!server)
		abort();
	server->options = *options;
	pthread_mutex_init(&server->lock, NULL);
	flag_init(&server->is_stop);
	listen_anywhere(server);
	if (pthread_create(&server->thread, NULL, accept_all, server) != 0)
		abort();
	return server;
}

void socks_server_stop(struct socks_server *server)
{
	if (server->is_stopped)
		return;
	server->is_stopped = true;
	flag_raise(&server->is_stop);
	pthread_join(server->thread, NULL);
	for (struct socks_link *link = server->links; link; link = link->next)
		pthread_join(link->thread, NULL);
}

void socks_server_end(struct socks_server *server)
{
	if (!server)
		return;
	socks_server_stop(server);
	while (server->links) {
		struct socks_link *link = server->links;

		server->links = link->next;
		peer_done(&link->client);
		free(link->carried);
		free(link);
	}
	close(server->listener);
	flag_done(&server->is_stop);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

/* ---- the client's way ---- */

const char *socks_server_url(struct socks_server *server, const char *scheme,
			     const char *login)
{
	snprintf(server->url, sizeof(server->url), "%s://%s%s127.0.0.1:%u", scheme,
		 login ? login : "", login ? "@" : "", server->port);
	return server->url;
}

void socks_server_lead(struct socks_server *server, const char *scheme, const char *login)
{
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY,
					 socks_server_url(server, scheme, login)),
			 S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
}

/* ---- the record ---- */

unsigned socks_server_count(struct socks_server *server)
{
	unsigned count;

	pthread_mutex_lock(&server->lock);
	count = server->count;
	pthread_mutex_unlock(&server->lock);
	return count;
}

void socks_server_visit(struct socks_server *server, unsigned n,
			struct socks_server_visit *out)
{
	struct socks_link *link;

	pthread_mutex_lock(&server->lock);
	for (link = server->links; link && link->number != n; link = link->next)
		continue;
	if (link)
		*out = link->visit;
	pthread_mutex_unlock(&server->lock);
	if (!link)
		fail_msg("there is no connection %u to the SOCKS server", n);
}

void socks_server_await_connections(struct socks_server *server, unsigned count)
{
	for (int ms = 0; socks_server_count(server) < count; ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("%u connections have not come", count);
		usleep(1000);
	}
}

static bool is_over(struct socks_server *server)
{
	bool result = true;

	pthread_mutex_lock(&server->lock);
	for (struct socks_link *link = server->links; link; link = link->next)
		result = result && link->visit.is_over;
	pthread_mutex_unlock(&server->lock);
	return result;
}

void socks_server_await_over(struct socks_server *server)
{
	for (int ms = 0; !is_over(server); ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("connections to the SOCKS server stay open");
		usleep(1000);
	}
}

static bool has_text(const char *at, size_t len, const char *text)
{
	return len && memmem(at, len, text, strlen(text));
}

bool socks_server_was_told(const struct socks_server *server, const char *text)
{
	for (const struct socks_link *link = server->links; link; link = link->next)
		if (has_text(link->client.at, link->client.len, text))
			return true;
	return false;
}

bool socks_server_has_carried(const struct socks_server *server, const char *text)
{
	for (const struct socks_link *link = server->links; link; link = link->next)
		if (has_text(link->carried, link->carried_len, text))
			return true;
	return false;
}
