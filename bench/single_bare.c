/* SPDX-License-Identifier: MIT */
/*
 * single_bare PORT PATH COUNT AHEAD: what a request over TLS costs when nobody but OpenSSL
 * has a part in it, to be compared with single_ours.c. GET / from good.test:PORT, then COUNT
 * times GET PATH, each on a connection of its own: connect, handshake with the roots that
 * OpenSSL finds by default and the name checked, one write, reads up to the length that
 * the response announces and up to the server's close_notify, close_notify. The newest
 * session is offered to the next handshake. AHEAD: bytes that OpenSSL reads from the
 * socket at a time; 0: record by record, which is its default.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tally.h"

#define HOST	     "good.test"
#define PIECE_BYTES  16384 /* one record */
#define LENGTH_FIELD "\r\nContent-Length: "

static SSL_SESSION *kept; /* the newest session, or NULL */

static void die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

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

static SSL *open_connection(SSL_CTX *tls, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL *ssl = SSL_new(tls);
	int on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("single_bare: connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!ssl || !SSL_set_fd(ssl, fd) || !SSL_set_tlsext_host_name(ssl, HOST) ||
	    !SSL_set1_host(ssl, HOST) || (kept && !SSL_set_session(ssl, kept)))
		die("single_bare: connection");
	if (SSL_connect(ssl) != 1)
		die("single_bare: handshake");
	return ssl;
}

/* Reads a head with its Content-Length; answers where in bytes the body begins. */
static int read_head(SSL *ssl, char bytes[PIECE_BYTES], int *out_len, uint64_t *out_left)
{
	const char *end = NULL, *length;
	int n;

	for (*out_len = 0; !end; *out_len += n) {
		n = SSL_read(ssl, bytes + *out_len, PIECE_BYTES - 1 - *out_len);
		if (n <= 0)
			die("single_bare: head");
		bytes[*out_len + n] = '\0';
		end = strstr(bytes, "\r\n\r\n");
	}
	length = strstr(bytes, LENGTH_FIELD);
	if (strncmp(bytes, "HTTP/1.1 200 ", 13) || !length)
		die("single_bare: response");
	*out_left = strtoull(length + strlen(LENGTH_FIELD), NULL, 10);
	return (int)(end + 4 - bytes);
}

static void get(SSL_CTX *tls, uint16_t port, const char *path, struct tally *tally)
{
	SSL *ssl = open_connection(tls, port);
	char bytes[PIECE_BYTES];
	uint64_t left;
	int from, len;

	len = snprintf(bytes, sizeof(bytes),
		       "GET %s HTTP/1.1\r\nHost: " HOST ":%u\r\nAccept: */*\r\n"
		       "Connection: close\r\n\r\n",
		       path, port);
	if (SSL_write(ssl, bytes, len) <= 0)
		die("single_bare: write");
	from = read_head(ssl, bytes, &len, &left);
	tally_take(tally, bytes + from, (size_t)(len - from));
	for (left -= (uint64_t)(len - from); left > 0; left -= (uint64_t)len) {
		len = SSL_read(ssl, bytes, sizeof(bytes));
		if (len <= 0)
			die("single_bare: body");
		tally_take(tally, bytes, (size_t)len);
	}
	/* A socket that is closed with bytes unread is reset, which is less work than an
	 * end of both sides. */
	if (SSL_read(ssl, bytes, sizeof(bytes)) > 0)
		die("single_bare: end");
	SSL_shutdown(ssl);
	close(SSL_get_fd(ssl));
	SSL_free(ssl);
	tally_end(tally);
}

int main(int argc, char **argv)
{
	struct tally tally = {0};
	unsigned long count;
	uint16_t port;
	SSL_CTX *tls;

	if (argc != 5) {
		fputs("usage: single_bare PORT PATH COUNT AHEAD\n", stderr);
		return 2;
	}
	port = (uint16_t)strtoul(argv[1], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	tls = make_tls(strtoul(argv[4], NULL, 10));
	get(tls, port, "/", &tally);
	for (; count > 0; count--)
		get(tls, port, argv[2], &tally);
	tally_print(&tally);
	SSL_SESSION_free(kept);
	SSL_CTX_free(tls);
	return 0;
}
