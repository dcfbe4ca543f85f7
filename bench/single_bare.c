/* SPDX-License-Identifier: MIT */
/*
 * single_bare (see single.h): what a request costs when nobody but the kernel, and
 * OpenSSL, has a part in it: connect, handshake with the roots that OpenSSL finds by
 * default and the name checked, one write, reads up to the length that the response
 * announces and up to the server's close_notify, close_notify. The newest session is
 * offered to the next handshake.
 *
 * BYTES, with TLS: what OpenSSL reads from the socket at a time; 0: record by record,
 * which is its default. Without TLS, and of a body that goes up: what is read or written
 * at a time; 0: PIECE_BYTES. PIECE: what is made at a time of a body that goes up; 0: the
 * same.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "single.h"

#define PIECE_BYTES  16384 /* one record */
#define MOST_BYTES   (1024 * 1024)
#define LENGTH_FIELD "\r\nContent-Length: "

/* A connection. */
struct link {
	SSL *ssl; /* NULL: no TLS */
	int fd;
	size_t cap;   /* bytes that are read and written at a time */
	size_t begun; /* of the next write, those that wait in the socket */
};

static SSL_SESSION *kept; /* the newest session, or NULL */
static char bytes[MOST_BYTES + 1];

static void die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

/* ---- connections ---- */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(kept);
	kept = session;
	return 1;
}

static SSL_CTX *make_tls(size_t ahead_bytes)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (!tls || !SSL_CTX_set_default_verify_paths(tls))
		die("single_bare: roots");
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT |
						    SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_sess_set_new_cb(tls, keep_session);
	if (ahead_bytes > 0) {
		SSL_CTX_set_read_ahead(tls, 1);
		SSL_CTX_set_default_read_buffer_len(tls, ahead_bytes);
	}
	return tls;
}

static void secure(struct link *link, SSL_CTX *tls)
{
	SSL *ssl = SSL_new(tls);

	if (!ssl || !SSL_set_fd(ssl, link->fd) ||
	    !SSL_set_tlsext_host_name(ssl, SINGLE_HOST) ||
	    !SSL_set1_host(ssl, SINGLE_HOST) || (kept && !SSL_set_session(ssl, kept)))
		die("single_bare: connection");
	if (SSL_connect(ssl) != 1)
		die("single_bare: handshake");
	link->ssl = ssl;
}

static struct link open_link(SSL_CTX *tls, const struct single *single)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(single->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct link link = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
			    .cap = PIECE_BYTES};
	int on = 1;

	if (link.fd < 0 || connect(link.fd, (struct sockaddr *)&address, sizeof(address)))
		die("single_bare: connect");
	setsockopt(link.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (tls)
		secure(&link, tls);
	if (single->bytes && (!tls || single->up_bytes))
		link.cap = single->bytes;
	return link;
}

/* Some bytes; 0 or less: there are none any more. */
static int take(const struct link *link, char *to, size_t cap)
{
	return link->ssl ? SSL_read(link->ssl, to, (int)cap)
			 : (int)read(link->fd, to, cap);
}

static void put(const struct link *link, const char *from, size_t len, bool has_more)
{
	int n;

	for (; len > 0; from += n, len -= (size_t)n) {
		n = link->ssl ? SSL_write(link->ssl, from, (int)len)
			      : (int)send(link->fd, from, len, has_more ? MSG_MORE : 0);
		if (n <= 0)
			die("single_bare: write");
	}
}

/* A piece of a body, in writes of cap bytes; what is less may wait for the next one. */
static void put_piece(struct link *link, const char *from, size_t len, bool is_last)
{
	bool may_wait = !is_last && len > link->cap - link->begun, waits;
	size_t n, room;

	for (; len > 0; from += n, len -= n) {
		room = link->cap - link->begun;
		n = len < room ? len : room;
		waits = may_wait && n < room;
		put(link, from, n, waits);
		link->begun = waits ? link->begun + n : 0;
	}
}

static void close_link(const struct link *link)
{
	/* A socket that is closed with bytes unread is reset, which is less work than an
	 * end of both sides. */
	if (take(link, bytes, PIECE_BYTES) > 0)
		die("single_bare: end");
	if (link->ssl)
		SSL_shutdown(link->ssl);
	close(link->fd);
	SSL_free(link->ssl);
}

/* ---- a request ---- */

static void write_request(struct link *link, struct single *single, const char *path)
{
	int len = snprintf(bytes, sizeof(bytes),
			   "%s %s HTTP/1.1\r\nHost: " SINGLE_HOST ":%u\r\n"
			   "Accept: */*\r\nConnection: close\r\n",
			   single->up_bytes ? "PUT" : "GET", path, single->port);
	size_t n, cap = single->piece_bytes ? single->piece_bytes : link->cap;

	if (single->up_bytes)
		len += snprintf(bytes + len, sizeof(bytes) - (size_t)len,
				"Content-Length: %ju\r\n", (uintmax_t)single->up_bytes);
	len += snprintf(bytes + len, sizeof(bytes) - (size_t)len, "\r\n");
	put(link, bytes, (size_t)len, false);
	while ((n = single_fill(single, bytes, cap)) > 0)
		put_piece(link, bytes, n, single->up_left == 0);
}

/* Reads a head with its Content-Length; answers where in bytes the body begins. */
static size_t read_head(const struct link *link, size_t *out_len, uint64_t *out_left)
{
	const char *end = NULL, *length;
	int n;

	for (*out_len = 0; !end; *out_len += (size_t)n) {
		n = take(link, bytes + *out_len, PIECE_BYTES - *out_len);
		if (n <= 0)
			die("single_bare: head");
		bytes[*out_len + (size_t)n] = '\0';
		end = strstr(bytes, "\r\n\r\n");
	}
	length = strstr(bytes, LENGTH_FIELD);
	if (strncmp(bytes, "HTTP/1.1 200 ", 13) || !length)
		die("single_bare: response");
	*out_left = strtoull(length + strlen(LENGTH_FIELD), NULL, 10);
	return (size_t)(end + 4 - bytes);
}

static void read_response(const struct link *link, struct single *single)
{
	uint64_t left;
	size_t len, from = read_head(link, &len, &left);
	int n;

	single_take(single, bytes + from, len - from);
	for (left -= len - from; left > 0; left -= (uint64_t)n) {
		n = take(link, bytes, link->cap);
		if (n <= 0)
			die("single_bare: body");
		single_take(single, bytes, (size_t)n);
	}
}

int main(int argc, char **argv)
{
	struct single single;
	SSL_CTX *tls = NULL;

	if (!single_init(&single, argc, argv))
		return 2;
	if (single.bytes > MOST_BYTES)
		single.bytes = MOST_BYTES;
	if (single.piece_bytes > MOST_BYTES)
		single.piece_bytes = MOST_BYTES;
	if (single_is_tls(&single))
		tls = make_tls(single.bytes);
	while (single_has_more(&single)) {
		const char *path = single_begin(&single);
		struct link link = open_link(tls, &single);

		write_request(&link, &single, path);
		read_response(&link, &single);
		close_link(&link);
		if (!single_end(&single))
			return 1;
	}
	tally_print(&single.tally);
	SSL_SESSION_free(kept);
	SSL_CTX_free(tls);
	return 0;
}
