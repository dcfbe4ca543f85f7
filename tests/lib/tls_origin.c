/* SPDX-License-Identifier: MIT */
/*
 * One thread accepts; each connection has a thread that lib/tls_link keeps busy. Hosts
 * are SSL_CTXs of their own, which the callback for the server name switches to. All of
 * them have security level 0, so that weak certificates can be shown.
 */
#include "lib/tls_origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/pki.h"
#include "lib/test.h"
#include "lib/tls_link.h"

struct tls_origin {
	struct tls_origin_options options;    /* a copy */
	SSL_CTX *ctx;			      /* for every connection */
	SSL_CTX *hosts[TLS_ORIGIN_MAX_HOSTS]; /* of options.hosts */
	pthread_mutex_t lock;		      /* for links and their visits */
	struct tls_link *links;		      /* all there ever were, newest first */
	unsigned count;			      /* of links */
	int listener;			      /* listening socket */
	unsigned port;			      /* of it */
	struct flag is_stop;		      /* up: everything ends */
	pthread_t thread;		      /* accepts */
};

/* A link and where its thread begins. */
struct start {
	struct tls_link *link; /* to be served */
	SSL_CTX *ctx;	       /* by this */
};

/* ---- contexts ---- */

static void show_errors(const char *what)
{
	print_error("tls_origin: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static int put_staple(SSL *ssl, void *file)
{
	struct span der = pki_bytes(file);
	unsigned char *copy = OPENSSL_memdup(der.at, der.len);

	if (!copy)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)der.len);
	return SSL_TLSEXT_ERR_OK;
}

static void use_host(SSL_CTX *ctx, const struct tls_origin_host *host)
{
	char file[128];

	snprintf(file, sizeof(file), "%s.pem", host->certificate);
	if (SSL_CTX_use_certificate_chain_file(ctx, pki_path(file)) != 1)
		show_errors(file);
	snprintf(file, sizeof(file), "%s.key", host->certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, pki_path(file), SSL_FILETYPE_PEM) != 1)
		show_errors(file);
	if (!host->staple)
		return;
	pki_bytes(host->staple);
	SSL_CTX_set_tlsext_status_cb(ctx, put_staple);
	SSL_CTX_set_tlsext_status_arg(ctx, (void *)(uintptr_t)host->staple);
}

static void ask_for_clients(SSL_CTX *ctx, const struct tls_origin_options *options)
{
	char file[128];

	if (!options->client_root)
		return;
	snprintf(file, sizeof(file), "%s.pem", options->client_root);
	if (SSL_CTX_load_verify_file(ctx, pki_path(file)) != 1)
		show_errors(file);
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(pki_path(file)));
	if (options->asks_late)
		return;
	SSL_CTX_set_verify(ctx,
			   options->needs_client
				   ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
				   : SSL_VERIFY_PEER,
			   NULL);
}

static void keep_sessions(SSL_CTX *ctx, const struct tls_origin_options *options)
{
	static const unsigned char id[] = "ixhr2";
	bool has_tickets = !options->has_no_sessions && !options->is_stateful;

	SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1);
	SSL_CTX_set_session_cache_mode(ctx, options->has_no_sessions
						    ? SSL_SESS_CACHE_OFF
						    : SSL_SESS_CACHE_SERVER);
	if (!has_tickets)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	if (options->has_no_sessions)
		SSL_CTX_set_num_tickets(ctx, 0);
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned in_len, void *protocol)
{
	size_t len = strlen(protocol);

	(void)ssl;
	for (unsigned at = 0; at < in_len; at += in[at] + 1u) {
		if (in[at] != len || memcmp(in + at + 1, protocol, len) != 0)
			continue;
		*out = in + at + 1;
		*out_len = in[at];
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *new_ctx(const struct tls_origin_options *options,
			const struct tls_origin_host *host)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		show_errors("SSL_CTX_new");
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
	SSL_CTX_set_min_proto_version(ctx, options->version ? options->version
							    : TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(ctx, options->version);
	if (options->ciphers && SSL_CTX_set_cipher_list(ctx, options->ciphers) != 1)
		show_errors(options->ciphers);
	if (options->groups && SSL_CTX_set1_groups_list(ctx, options->groups) != 1)
		show_errors(options->groups);
	if (options->alpn)
		SSL_CTX_set_alpn_select_cb(ctx, choose_alpn,
					   (void *)(uintptr_t)options->alpn);
	use_host(ctx, host);
	ask_for_clients(ctx, options);
	keep_sessions(ctx, options);
	return ctx;
}

static int switch_host(SSL *ssl, int *alert, void *owner)
{
	const struct tls_origin *origin = owner;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	for (unsigned i = 0; name && i < TLS_ORIGIN_MAX_HOSTS; i++)
		if (origin->hosts[i] && strcmp(origin->options.hosts[i].host, name) == 0)
			SSL_set_SSL_CTX(ssl, origin->hosts[i]);
	return origin->options.warns ? SSL_TLSEXT_ERR_ALERT_WARNING : SSL_TLSEXT_ERR_OK;
}

static void make_contexts(struct tls_origin *origin)
{
	const struct tls_origin_options *options = &origin->options;
	struct tls_origin_host own = {
		.certificate = options->certificate ? options->certificate : "good",
		.staple = options->staple};

	origin->ctx = new_ctx(options, &own);
	for (unsigned i = 0; i < TLS_ORIGIN_MAX_HOSTS; i++)
		if (options->hosts[i].host)
			origin->hosts[i] = new_ctx(options, &options->hosts[i]);
	SSL_CTX_set_tlsext_servername_callback(origin->ctx, switch_host);
	SSL_CTX_set_tlsext_servername_arg(origin->ctx, origin);
}

/* ---- threads ---- */

static void *serve(void *at)
{
	struct start *start = at;

	tls_link_serve(start->link, start->ctx);
	free(start);
	return NULL;
}

static void add_link(struct tls_origin *origin, int fd)
{
	struct tls_link *link = calloc(1, sizeof(*link));
	struct start *start = calloc(1, sizeof(*start));
	int on = 1;

	if (!link || !start)
		abort();
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link->options = &origin->options;
	link->lock = &origin->lock;
	link->is_stop = &origin->is_stop;
	link->fd = fd;
	*start = (struct start){.link = link, .ctx = origin->ctx};
	pthread_mutex_lock(&origin->lock);
	link->number = origin->count++;
	link->next = origin->links;
	origin->links = link;
	if (pthread_create(&link->thread, NULL, serve, start) != 0)
		abort();
	pthread_mutex_unlock(&origin->lock);
}

static void *accept_all(void *at)
{
	struct tls_origin *origin = at;

	for (;;) {
		struct pollfd both[2] = {{.fd = origin->listener, .events = POLLIN},
					 {.fd = origin->is_stop.fd, .events = POLLIN}};
		int fd;

		poll(both, 2, -1);
		if (both[1].revents)
			return NULL;
		fd = accept4(origin->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_link(origin, fd);
	}
}

/* ---- life ---- */

static void listen_anywhere(struct tls_origin *origin)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	origin->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(origin->listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(origin->listener, 4096) != 0 ||
	    getsockname(origin->listener, (struct sockaddr *)&at, &len) != 0)
		abort();
	origin->port = ntohs(at.sin_port);
}

static void begin(struct tls_origin *origin, const struct tls_origin_options *options)
{
	origin->options = *options;
	make_contexts(origin);
	flag_init(&origin->is_stop);
	if (pthread_create(&origin->thread, NULL, accept_all, origin) != 0)
		abort();
}

/* Ends every thread and forgets what they did. */
static void stop(struct tls_origin *origin)
{
	flag_raise(&origin->is_stop);
	pthread_join(origin->thread, NULL);
	while (origin->links) {
		struct tls_link *link = origin->links;

		origin->links = link->next;
		pthread_join(link->thread, NULL);
		free(link);
	}
	origin->count = 0;
	flag_done(&origin->is_stop);
	for (unsigned i = 0; i < TLS_ORIGIN_MAX_HOSTS; i++) {
		SSL_CTX_free(origin->hosts[i]);
		origin->hosts[i] = NULL;
	}
	SSL_CTX_free(origin->ctx);
}

struct tls_origin *tls_origin_start(const struct tls_origin_options *options)
{
	struct tls_origin *origin = calloc(1, sizeof(*origin));

	if (!origin)
		abort();
	pthread_mutex_init(&origin->lock, NULL);
	listen_anywhere(origin);
	begin(origin, options);
	return origin;
}

void tls_origin_restart(struct tls_origin *origin,
			const struct tls_origin_options *options)
{
	stop(origin);
	begin(origin, options);
}

void tls_origin_lead(const struct tls_origin *origin)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "::127.0.0.1:%u", origin->port);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
}

unsigned tls_origin_port(const struct tls_origin *origin)
{
	return origin->port;
}

void tls_origin_end(struct tls_origin *origin)
{
	stop(origin);
	close(origin->listener);
	pthread_mutex_destroy(&origin->lock);
	free(origin);
}

/* ---- the record ---- */

struct tls_origin_counts tls_origin_count(struct tls_origin *origin)
{
	struct tls_origin_counts counts = {0};

	pthread_mutex_lock(&origin->lock);
	counts.connections = origin->count;
	for (struct tls_link *link = origin->links; link; link = link->next) {
		counts.secured += link->visit.is_secured;
		counts.resumed += link->visit.is_resumed;
		counts.requests += link->visit.requests;
		counts.bytes += link->visit.bytes;
	}
	pthread_mutex_unlock(&origin->lock);
	return counts;
}

void tls_origin_visit(struct tls_origin *origin, unsigned n, struct tls_origin_visit *out)
{
	struct tls_link *link;

	pthread_mutex_lock(&origin->lock);
	for (link = origin->links; link && link->number != n; link = link->next)
		continue;
	if (link)
		*out = link->visit;
	pthread_mutex_unlock(&origin->lock);
	if (!link)
		fail_msg("there is no connection %u", n);
}

/* How many connections are not closed. */
static unsigned open_of(struct tls_origin *origin)
{
	unsigned open = 0;

	pthread_mutex_lock(&origin->lock);
	for (struct tls_link *link = origin->links; link; link = link->next)
		open += !link->visit.is_over;
	pthread_mutex_unlock(&origin->lock);
	return open;
}

void tls_origin_await_over(struct tls_origin *origin)
{
	for (int ms = 0; open_of(origin); ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("%u connections stay open", open_of(origin));
		usleep(1000);
	}
}

void tls_origin_await_connections(struct tls_origin *origin, unsigned count)
{
	for (int ms = 0; tls_origin_count(origin).connections < count; ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("%u connections have not come", count);
		usleep(1000);
	}
}

static bool has_cut(struct tls_origin *origin)
{
	bool result = false;

	pthread_mutex_lock(&origin->lock);
	for (struct tls_link *link = origin->links; link; link = link->next)
		result = result || link->visit.is_cut;
	pthread_mutex_unlock(&origin->lock);
	return result;
}

void tls_origin_await_cut(struct tls_origin *origin)
{
	for (int ms = 0; !has_cut(origin); ms++) {
		if (ms > CLIENT_WAIT_MS)
			fail_msg("no handshake has been cut");
		usleep(1000);
	}
}
