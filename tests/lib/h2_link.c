/* SPDX-License-Identifier: MIT */
/*
 * What comes is read until there is no more, and each piece is taken apart at once; then
 * what is to be sent goes out, as far as the socket takes it.
 */
#include "lib/h2_link.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/h2_incoming.h"
#include "lib/h2_outgoing.h"

#define IN_BYTES (64u * 1024)

/* What is so until settings say otherwise (RFC 9113 6.5.2). */
#define FIRST_WINDOW	65535
#define FIRST_FRAME_MAX 16384

/* ---- the socket ---- */

void h2_link_close(struct h2_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->visit.is_over = true;
	link->visit.open = 0;
	link->sending_count = 0;
}

static void note_handshake(struct h2_link *link)
{
	const char *host = SSL_get_servername(link->ssl, TLSEXT_NAMETYPE_host_name);

	link->is_secured = true;
	snprintf(link->visit.host, sizeof(link->visit.host), "%s", host ? host : "");
}

static void shake_hands(struct h2_link *link)
{
	int result = SSL_accept(link->ssl);
	int error = SSL_get_error(link->ssl, result);

	ERR_clear_error();
	if (result == 1)
		note_handshake(link);
	else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		h2_link_close(link);
	link->wants_out = error == SSL_ERROR_WANT_WRITE;
}

/* As recv; 0 at the end, below 0 when there is nothing more now. */
static ssize_t receive(const struct h2_link *link, char *to, size_t cap)
{
	ssize_t n;
	int error;

	if (!link->ssl) {
		n = recv(link->fd, to, cap, 0);
		return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
	}
	n = SSL_read(link->ssl, to, (int)cap);
	if (n > 0)
		return n;
	error = SSL_get_error(link->ssl, (int)n);
	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static ssize_t transmit(const struct h2_link *link, const char *at, size_t len)
{
	ssize_t n;
	int error;

	if (!link->ssl) {
		n = send(link->fd, at, len, MSG_NOSIGNAL);
		return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
	}
	n = SSL_write(link->ssl, at, (int)len);
	if (n > 0)
		return n;
	error = SSL_get_error(link->ssl, (int)n);
	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static void read_all(struct h2_link *link)
{
	while (link->fd >= 0) {
		ssize_t n = receive(link, h2_bytes_room(&link->in, IN_BYTES), IN_BYTES);

		if (n < 0)
			return;
		if (n == 0) {
			h2_link_close(link);
			return;
		}
		link->visit.records++;
		link->visit.bytes += (uint64_t)n;
		if (link->is_shut)
			continue;
		link->in.len += (size_t)n;
		h2_incoming_take(link);
	}
}

static void write_all(struct h2_link *link)
{
	size_t sent = 0;

	link->wants_out = false;
	h2_outgoing_send(link);
	while (sent < link->out.len) {
		ssize_t n = transmit(link, link->out.at + sent, link->out.len - sent);

		if (n == 0) {
			h2_link_close(link);
			return;
		}
		if (n < 0)
			link->wants_out = true;
		if (n < 0)
			break;
		sent += (size_t)n;
		if (sent == link->out.len) {
			link->out.len = sent = 0;
			h2_outgoing_send(link);
		}
	}
	h2_bytes_drop(&link->out, sent);
	if (!link->is_closing || link->is_shut || link->wants_out)
		return;
	if (link->ssl)
		SSL_shutdown(link->ssl);
	shutdown(link->fd, SHUT_WR);
	link->is_shut = true;
}

void h2_link_work(struct h2_link *link)
{
	if (link->fd >= 0 && link->ssl && !link->is_secured)
		shake_hands(link);
	if (link->fd < 0 || (link->ssl && !link->is_secured))
		return;
	read_all(link);
	if (link->fd >= 0)
		write_all(link);
}

/* ---- life ---- */

struct h2_link *h2_link_new(struct h2_link_house *house, int fd, SSL_CTX *ctx)
{
	struct h2_link *link = calloc(1, sizeof(*link));

	if (!link || nghttp2_hd_inflate_new(&link->inflater) != 0)
		abort();
	link->house = house;
	link->fd = fd;
	link->in_window = link->out_window = link->stream_window = FIRST_WINDOW;
	link->frame_max = FIRST_FRAME_MAX;
	link->ours[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE] = FIRST_WINDOW;
	link->ours[NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS] = UINT32_MAX;
	link->visit.settings[NGHTTP2_SETTINGS_ENABLE_PUSH] = 1;
	if (!ctx)
		return link;
	link->ssl = SSL_new(ctx);
	if (!link->ssl || SSL_set_fd(link->ssl, fd) != 1)
		abort();
	SSL_set_mode(link->ssl,
		     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_app_data(link->ssl, &link->visit);
	return link;
}

void h2_link_free(struct h2_link *link)
{
	h2_link_close(link);
	for (size_t i = 0; i < link->stream_count; i++) {
		if (!link->streams[i])
			continue;
		free((char *)(uintptr_t)link->streams[i]->request.head);
		free((char *)(uintptr_t)link->streams[i]->request.trailers);
		free(link->streams[i]);
	}
	free(link->streams);
	free(link->sending);
	nghttp2_hd_inflate_del(link->inflater);
	SSL_free(link->ssl);
	h2_bytes_done(&link->in);
	h2_bytes_done(&link->out);
	h2_bytes_done(&link->block);
	free(link);
}
