/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL works on the socket itself, which does not block. What one side has sent is
 * carried to the other whole before more is read. Both sides are polled for reading
 * alone, as writing waits where it stands.
 */
#include "lib/tls_front.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/pki.h"

/* How long either side may take. */
#define FRONT_STEP_MS 60000

#define PIECE_BYTES 16384

struct tls_front {
	SSL *ssl;		    /* owned */
	int fd;			    /* to the client; owned */
	int plain;		    /* this end of the plain socket; owned */
	const struct flag *is_stop; /* up: end */
	pthread_t thread;	    /* carries */
};

SSL_CTX *tls_front_ctx(const char *certificate)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char file[128];

	snprintf(file, sizeof(file), "%s.pem", certificate);
	if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, pki_path(file)) != 1)
		abort();
	snprintf(file, sizeof(file), "%s.key", certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, pki_path(file), SSL_FILETYPE_PEM) != 1)
		abort();
	return ctx;
}

static bool await(const struct tls_front *front, int fd, short events)
{
	struct pollfd both[2] = {{.fd = fd, .events = events},
				 {.fd = front->is_stop->fd, .events = POLLIN}};

	return poll(both, 2, FRONT_STEP_MS) > 0 && !both[1].revents;
}

/* After a call of OpenSSL that has not done its work: whether to make it again. */
static bool go_on(const struct tls_front *front, int result)
{
	int error = SSL_get_error(front->ssl, result);

	ERR_clear_error();
	if (error == SSL_ERROR_WANT_READ)
		return await(front, front->fd, POLLIN);
	return error == SSL_ERROR_WANT_WRITE && await(front, front->fd, POLLOUT);
}

static bool say_plain(const struct tls_front *front, const char *at, int len)
{
	while (len) {
		ssize_t n = send(front->plain, at, (size_t)len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN && await(front, front->plain, POLLOUT))
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (int)n;
	}
	return true;
}

/* Client to server; false at the end. */
static bool carry_in(const struct tls_front *front)
{
	char piece[PIECE_BYTES];

	do {
		int n = SSL_read(front->ssl, piece, sizeof(piece));

		if (n <= 0)
			return SSL_get_error(front->ssl, n) == SSL_ERROR_WANT_READ;
		if (!say_plain(front, piece, n))
			return false;
	} while (SSL_pending(front->ssl));
	return true;
}

/* Server to client; false at the end. */
static bool carry_out(const struct tls_front *front)
{
	char piece[PIECE_BYTES];
	ssize_t n = recv(front->plain, piece, sizeof(piece), 0);
	int result;

	if (n < 0)
		return errno == EAGAIN;
	if (n == 0)
		return false;
	while ((result = SSL_write(front->ssl, piece, (int)n)) <= 0)
		if (!go_on(front, result))
			return false;
	return true;
}

static void carry(const struct tls_front *front)
{
	bool has_in = true, has_out = true;

	while (has_in || has_out) {
		struct pollfd all[3] = {
			{.fd = has_in ? front->fd : -1, .events = POLLIN},
			{.fd = has_out ? front->plain : -1, .events = POLLIN},
			{.fd = front->is_stop->fd, .events = POLLIN}};

		if (poll(all, 3, -1) < 0 || all[2].revents)
			return;
		if (all[0].revents && !carry_in(front)) {
			has_in = false;
			shutdown(front->plain, SHUT_WR);
		}
		if (all[1].revents && !carry_out(front)) {
			has_out = false;
			SSL_shutdown(front->ssl);
			shutdown(front->fd, SHUT_WR);
		}
		ERR_clear_error();
	}
}

static void *serve(void *at)
{
	struct tls_front *front = at;
	bool is_fine = true;
	int result;

	while (is_fine && (result = SSL_accept(front->ssl)) != 1)
		is_fine = go_on(front, result);
	if (is_fine)
		carry(front);
	close(front->fd);
	close(front->plain);
	return NULL;
}

struct tls_front *tls_front_start(SSL_CTX *ctx, int fd, const struct flag *is_stop,
				  int *out_plain)
{
	struct tls_front *front = calloc(1, sizeof(*front));
	int both[2];

	if (!front ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, both) != 0)
		abort();
	*front = (struct tls_front){
		.ssl = SSL_new(ctx), .fd = fd, .plain = both[0], .is_stop = is_stop};
	if (!front->ssl || SSL_set_fd(front->ssl, fd) != 1 ||
	    pthread_create(&front->thread, NULL, serve, front) != 0)
		abort();
	*out_plain = both[1];
	return front;
}

void tls_front_end(struct tls_front *front)
{
	if (!front)
		return;
	pthread_join(front->thread, NULL);
	SSL_free(front->ssl);
	free(front);
}
