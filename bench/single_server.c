/* SPDX-License-Identifier: MIT */
/*
 * single_server CHAIN KEY TICKETS: the server of `./run bench tls`, TLS 1.3 on a free port
 * of 127.0.0.1, which it prints. CHAIN and KEY are PEM files; each full handshake is
 * followed by TICKETS session tickets. It ends when its standard input ends.
 *
 * GET /N is answered with N bytes; GET / with a line whose first word is "resumed" or
 * "new", as the handshake was. Each connection serves one request. The threads take
 * connections in turn, so that a client never waits for the last connection's end.
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

#define THREADS	    8
#define HEAD_BYTES  8192
#define PIECE_BYTES (1024 * 1024)

struct server {
	SSL_CTX *tls; /* certificate, key, tickets */
	int listener; /* all threads accept from it */
};

static char piece[PIECE_BYTES];

static void die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

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
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

/* Reads a request's head; answers the N of its path, 0 without one. */
static bool read_request(SSL *ssl, uint64_t *out_bytes)
{
	char head[HEAD_BYTES];
	size_t len = 0;
	int n;

	do {
		n = SSL_read(ssl, head + len, (int)(sizeof(head) - 1 - len));
		if (n <= 0)
			return false;
		len += (size_t)n;
		head[len] = '\0';
	} while (!strstr(head, "\r\n\r\n"));
	*out_bytes = strncmp(head, "GET /", 5) ? 0 : strtoull(head + 5, NULL, 10);
	return true;
}

static bool answer(SSL *ssl, uint64_t bytes)
{
	char text[256], head[512];
	int len = 0;
	size_t n;

	if (bytes == 0)
		len = snprintf(text, sizeof(text), "%s %s %s: a small response\n",
			       SSL_session_reused(ssl) ? "resumed" : "new",
			       SSL_get_version(ssl), SSL_get_cipher_name(ssl));
	n = (size_t)snprintf(head, sizeof(head),
			     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			     "Content-Length: %ju\r\nConnection: close\r\n\r\n%.*s",
			     (uintmax_t)bytes + (uintmax_t)len, len, text);
	if (SSL_write(ssl, head, (int)n) <= 0)
		return false;
	for (; bytes > 0; bytes -= n) {
		n = bytes < sizeof(piece) ? (size_t)bytes : sizeof(piece);
		if (SSL_write(ssl, piece, (int)n) <= 0)
			return false;
	}
	return true;
}

/* One connection; waits for the client's end, so that nothing of the answer is lost. */
static void serve(SSL_CTX *tls, int fd)
{
	SSL *ssl = SSL_new(tls);
	uint64_t bytes;
	char rest[256];

	if (!ssl || !SSL_set_fd(ssl, fd))
		die("single_server: connection");
	if (SSL_accept(ssl) == 1 && read_request(ssl, &bytes) && answer(ssl, bytes)) {
		SSL_shutdown(ssl);
		shutdown(fd, SHUT_WR);
		while (read(fd, rest, sizeof(rest)) > 0)
			;
	}
	ERR_clear_error();
	SSL_free(ssl);
	close(fd);
}

static void *accept_all(void *argument)
{
	const struct server *server = argument;
	int fd, on = 1;

	while ((fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		serve(server->tls, fd);
	}
	die("single_server: accept");
	return NULL;
}

int main(int argc, char **argv)
{
	struct server server;
	pthread_t thread;
	char end;

	if (argc != 4) {
		fputs("usage: single_server CHAIN KEY TICKETS\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	server.tls = make_tls(argv[1], argv[2], strtoul(argv[3], NULL, 10));
	server.listener = make_listener();
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&thread, NULL, accept_all, &server))
			die("single_server: thread");
	}
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
	exit(0); /* the threads use what main has on its stack */
}
