/* SPDX-License-Identifier: MIT */
/*
 * single_server CHAIN KEY TICKETS: the server of single_*.c, with TLS 1.3 on one free
 * port of 127.0.0.1 and without TLS on another; it prints both in a line, TLS first.
 * CHAIN and KEY are PEM files; each full handshake is followed by TICKETS session
 * tickets. It ends when its standard input ends.
 *
 * GET /N is answered with N bytes; GET / with a line whose first word is "resumed" or
 * "new", as the handshake was; PUT with the number of bytes that have come. Each
 * connection serves one request. The threads take connections in turn, so that a client
 * never waits for the last connection's end.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS	     8 /* of each port */
#define HEAD_BYTES   8192
#define PIECE_BYTES  (1024 * 1024)
#define LENGTH_FIELD "\r\nContent-Length: "

/* A port. */
struct door {
	SSL_CTX *tls; /* certificate, key, tickets; NULL: no TLS */
	int listener; /* all threads accept from it */
};

/* A connection. */
struct link {
	SSL *ssl; /* NULL: no TLS */
	int fd;
};

struct request {
	bool is_put;
	uint64_t bytes; /* of the body that is asked for, or that comes */
	size_t here;	/* of them, those that came with the head */
};

static char piece[PIECE_BYTES];

static void die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

/* ---- start ---- */

static SSL_CTX *make_tls(const char *chain, const char *key, size_t tickets)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	/* One cipher, so that nobody's preferences decide what is measured. */
	if (!tls || !SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) ||
	    !SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") ||
	    !SSL_CTX_use_certificate_chain_file(tls, chain) ||
	    !SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) ||
	    !SSL_CTX_set_num_tickets(tls, tickets))
		die("single_server: certificate");
	SSL_CTX_set_session_id_context(tls, (const unsigned char *)"bench", 5);
	return tls;
}

static int make_listener(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 128) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		die("single_server: socket");
	printf("%u ", ntohs(address.sin_port));
	return fd;
}

/* ---- connections ---- */

/* Some bytes; 0 or less: there are none any more. */
static ssize_t take(const struct link *link, char *to, size_t cap)
{
	return link->ssl ? SSL_read(link->ssl, to, (int)cap) : read(link->fd, to, cap);
}

static bool put(const struct link *link, const char *from, size_t len)
{
	if (link->ssl)
		return SSL_write(link->ssl, from, (int)len) > 0;
	for (ssize_t n; len > 0; from += n, len -= (size_t)n) {
		n = write(link->fd, from, len);
		if (n <= 0)
			return false;
	}
	return true;
}

static bool read_request(const struct link *link, struct request *out)
{
	char head[HEAD_BYTES];
	const char *end = NULL, *length;
	size_t len = 0;
	ssize_t n;

	while (!end) {
		n = take(link, head + len, sizeof(head) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		head[len] = '\0';
		end = strstr(head, "\r\n\r\n");
	}
	length = strcasestr(head, LENGTH_FIELD);
	out->is_put = strncmp(head, "PUT ", 4) == 0;
	out->here = (size_t)(head + len - (end + 4));
	if (out->is_put)
		out->bytes =
			length ? strtoull(length + strlen(LENGTH_FIELD), NULL, 10) : 0;
	else
		out->bytes = strncmp(head, "GET /", 5) ? 0 : strtoull(head + 5, NULL, 10);
	return true;
}

/* Reads the body of a PUT; how many bytes have come. */
static uint64_t read_body(const struct link *link, const struct request *request)
{
	/* Each thread has its own. */
	static _Thread_local char bytes[PIECE_BYTES];
	uint64_t had = request->here;
	ssize_t n;

	while (had < request->bytes) {
		n = take(link, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		had += (uint64_t)n;
	}
	return had;
}

/* What GET / and PUT are answered with. */
static int write_line(const struct link *link, const struct request *request,
		      char line[256])
{
	if (request->is_put)
		return snprintf(line, 256, "%ju\n", (uintmax_t)read_body(link, request));
	if (!link->ssl)
		return snprintf(line, 256, "new without TLS: a small response\n");
	return snprintf(line, 256, "%s %s %s: a small response\n",
			SSL_session_reused(link->ssl) ? "resumed" : "new",
			SSL_get_version(link->ssl), SSL_get_cipher_name(link->ssl));
}

static bool answer(const struct link *link, const struct request *request)
{
	uint64_t bytes = request->is_put ? 0 : request->bytes;
	char line[256], head[512];
	int len = bytes ? 0 : write_line(link, request, line);
	size_t n;

	n = (size_t)snprintf(head, sizeof(head),
			     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			     "Content-Length: %ju\r\nConnection: close\r\n\r\n%.*s",
			     (uintmax_t)bytes + (uintmax_t)len, len, line);
	if (!put(link, head, n))
		return false;
	for (; bytes > 0; bytes -= n) {
		n = bytes < sizeof(piece) ? (size_t)bytes : sizeof(piece);
		if (!put(link, piece, n))
			return false;
	}
	return true;
}

/* One connection; waits for the client's end, so that nothing of the answer is lost. */
static void serve(SSL_CTX *tls, int fd)
{
	struct link link = {tls ? SSL_new(tls) : NULL, fd};
	struct request request;
	char rest[256];

	if (tls && (!link.ssl || !SSL_set_fd(link.ssl, fd)))
		die("single_server: connection");
	if ((!tls || SSL_accept(link.ssl) == 1) && read_request(&link, &request) &&
	    answer(&link, &request)) {
		if (tls)
			SSL_shutdown(link.ssl);
		shutdown(fd, SHUT_WR);
		while (read(fd, rest, sizeof(rest)) > 0)
			;
	}
	ERR_clear_error();
	SSL_free(link.ssl);
	close(fd);
}

static void *accept_all(void *argument)
{
	const struct door *door = argument;
	int fd, on = 1;

	while ((fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		serve(door->tls, fd);
	}
	die("single_server: accept");
	return NULL;
}

int main(int argc, char **argv)
{
	struct door doors[2];
	pthread_t thread;
	char end;

	if (argc != 4) {
		fputs("usage: single_server CHAIN KEY TICKETS\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	doors[0].tls = make_tls(argv[1], argv[2], strtoul(argv[3], NULL, 10));
	doors[1].tls = NULL;
	for (int i = 0; i < 2; i++)
		doors[i].listener = make_listener();
	puts("");
	fflush(stdout);
	for (int i = 0; i < 2 * THREADS; i++) {
		if (pthread_create(&thread, NULL, accept_all, &doors[i % 2]))
			die("single_server: thread");
	}
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
	exit(0); /* the threads use what main has on its stack */
}
