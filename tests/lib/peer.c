/* SPDX-License-Identifier: MIT */
/*
 * What the client has sent stays in one growing record; "taken" says how much of it has
 * been used, so that a head or body is a part of the record. Bodies of the pattern are
 * cut out again, because they may be large. Sockets do not block; every wait polls the
 * socket together with the flag that stops the script.
 */
#include "lib/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/pattern.h"

#define PIECE_BYTES 65536

bool complain(struct complaint *complaint, const char *format, ...)
{
	int used;
	va_list args;

	if (complaint->text[0])
		return false;
	used = snprintf(complaint->text, sizeof(complaint->text),
			"%s: ", complaint->place);
	va_start(args, format);
	vsnprintf(complaint->text + used, sizeof(complaint->text) - (size_t)used, format,
		  args);
	va_end(args);
	return false;
}

/* ---- waiting ---- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int peer_poll(struct complaint *complaint, int fd, short events, int64_t ms)
{
	int64_t deadline_ms = now_ms() + ms;

	for (;;) {
		struct pollfd both[2] = {{.fd = fd, .events = events},
					 {.fd = complaint->is_stop.fd, .events = POLLIN}};
		int64_t left = deadline_ms - now_ms();
		int n = poll(both, 2, left < 0 ? 0 : (int)left);

		if (both[1].revents)
			return -1;
		if (n > 0)
			return 1;
		if (left <= 0)
			return 0;
	}
}

bool peer_await(struct complaint *complaint, int fd, short events, const char *what)
{
	int ready = peer_poll(complaint, fd, events, PEER_STEP_MS);

	if (ready > 0)
		return true;
	return complain(complaint, "%s, %s", ready == 0 ? "timed out" : "stopped", what);
}

/* ---- life ---- */

bool peer_accept(struct peer *peer, struct complaint *complaint, int listener)
{
	int on = 1, fd;

	if (!peer_await(complaint, listener, POLLIN, "no client connects"))
		return false;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return complain(complaint, "accept: %s", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*peer = (struct peer){.complaint = complaint, .fd = fd};
	return true;
}

static void close_fd(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

void peer_done(struct peer *peer)
{
	close_fd(peer);
	free(peer->at);
	peer->at = NULL;
}

/* ---- receiving ---- */

/* Receives what is there; false when the client has closed. */
static bool receive(struct peer *peer)
{
	ssize_t n;

	if (peer->cap - peer->len < PIECE_BYTES) {
		peer->cap = peer->cap * 2 + PIECE_BYTES * 2;
		peer->at = realloc(peer->at, peer->cap);
		if (!peer->at)
			abort();
	}
	n = recv(peer->fd, peer->at + peer->len, peer->cap - peer->len, 0);
	if (n > 0)
		peer->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		peer->is_over = true;
	return !peer->is_over;
}

bool peer_await_bytes(struct peer *peer, size_t len)
{
	while (peer->len - peer->taken < len) {
		if (!peer_await(peer->complaint, peer->fd, POLLIN,
				"the client sends nothing"))
			return false;
		if (!receive(peer))
			return complain(
				peer->complaint, "the client closed; %zu bytes: \"%.*s\"",
				peer->len - peer->taken, (int)(peer->len - peer->taken),
				peer->at + peer->taken);
	}
	return true;
}

bool peer_await_line(struct peer *peer, size_t from, size_t *out_len)
{
	for (;;) {
		size_t begin = peer->taken + from;
		char *end = NULL;

		if (peer->len > begin)
			end = memchr(peer->at + begin, '\n', peer->len - begin);
		if (end) {
			*out_len = (size_t)(end - peer->at) + 1 - begin;
			return true;
		}
		if (!peer_await_bytes(peer, peer->len - peer->taken + 1))
			return false;
	}
}

bool peer_take_text(struct peer *peer, const char *text, size_t len)
{
	if (!peer_await_bytes(peer, len))
		return false;
	if (memcmp(peer->at + peer->taken, text, len) != 0)
		return complain(peer->complaint, "\"%.*s\" instead of \"%.*s\"", (int)len,
				peer->at + peer->taken, (int)len, text);
	peer->taken += len;
	return true;
}

bool peer_take_pattern(struct peer *peer, uint64_t offset, uint64_t len)
{
	while (len) {
		char *begin;
		size_t n;

		if (!peer_await_bytes(peer, 1))
			return false;
		begin = peer->at + peer->taken;
		n = peer->len - peer->taken;
		if (n > len)
			n = (size_t)len;
		if (!pattern_matches(begin, offset, n))
			return complain(peer->complaint,
					"wrong bytes in the body at %llu",
					(unsigned long long)offset);
		memmove(begin, begin + n, peer->len - peer->taken - n);
		peer->len -= n;
		offset += n;
		len -= n;
	}
	return true;
}

/* Takes a size line. */
static bool take_size(struct peer *peer, uint64_t most, uint64_t *out_size)
{
	size_t line;

	if (!peer_await_line(peer, 0, &line))
		return false;
	*out_size = strtoull(peer->at + peer->taken, NULL, 16);
	peer->taken += line;
	return *out_size <= most ||
	       complain(peer->complaint, "a chunk of %llu bytes, %llu are expected",
			(unsigned long long)*out_size, (unsigned long long)most);
}

bool peer_take_chunked(struct peer *peer, const char *text, uint64_t len)
{
	uint64_t want = text ? strlen(text) : len;
	uint64_t done = 0, size;

	do {
		if (!take_size(peer, want - done, &size))
			return false;
		if (text && !peer_take_text(peer, text + done, size))
			return false;
		if (!text && !peer_take_pattern(peer, done, size))
			return false;
		if (!peer_take_text(peer, "\r\n", 2))
			return false;
		done += size;
	} while (size);
	return done == want ||
	       complain(peer->complaint, "the body ended at %llu of %llu",
			(unsigned long long)done, (unsigned long long)want);
}

/* ---- sending ---- */

enum sent { SENT, SEND_FAILED, SEND_CLOSED };

static enum sent send_all(struct peer *peer, const char *at, size_t len)
{
	while (len) {
		ssize_t n = send(peer->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			if (!peer_await(peer->complaint, peer->fd, POLLOUT,
					"the client does not read"))
				return SEND_FAILED;
			continue;
		}
		if (n < 0)
			return SEND_CLOSED;
		at += n;
		len -= (size_t)n;
	}
	return SENT;
}

bool peer_send(struct peer *peer, const char *at, size_t len)
{
	enum sent sent = send_all(peer, at, len);

	if (sent == SEND_CLOSED)
		return complain(peer->complaint, "the client has closed: %s",
				strerror(errno));
	return sent == SENT;
}

bool peer_send_slowly(struct peer *peer, const char *text, uint64_t pause_ms)
{
	for (; *text; text++) {
		if (!peer_send(peer, text, 1))
			return false;
		if (flag_wait(&peer->complaint->is_stop, (int)pause_ms))
			return complain(peer->complaint, "stopped");
	}
	return true;
}

bool peer_send_pattern(struct peer *peer, uint64_t len)
{
	char *piece = malloc(PIECE_BYTES);
	bool is_fine = piece;

	for (uint64_t offset = 0; is_fine && offset < len;) {
		uint64_t left = len - offset;
		size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;

		pattern_fill(piece, offset, n);
		is_fine = peer_send(peer, piece, n);
		offset += n;
	}
	free(piece);
	return is_fine;
}

bool peer_send_forever(struct peer *peer, const char *text)
{
	size_t len = strlen(text);

	for (size_t sum = 0; sum < PEER_FOREVER_BYTES; sum += len) {
		enum sent sent = send_all(peer, text, len);

		if (sent != SENT)
			return sent == SEND_CLOSED;
	}
	return complain(peer->complaint, "the client has taken all that");
}

/* ---- ends ---- */

void peer_close(struct peer *peer, bool is_reset)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (is_reset) {
		setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	} else {
		/* What lies unread would turn the close into a reset. */
		while (peer_poll(peer->complaint, peer->fd, POLLIN, 0) == 1 &&
		       receive(peer))
			;
	}
	close_fd(peer);
}

bool peer_await_close(struct peer *peer, bool may_send)
{
	size_t before = peer->taken;

	while (!peer->is_over) {
		if (!peer_await(peer->complaint, peer->fd, POLLIN,
				"the client does not close"))
			return false;
		receive(peer);
		if (may_send && peer->len > PEER_FOREVER_BYTES)
			peer->len = before;
	}
	peer->taken = peer->len;
	close_fd(peer);
	return may_send || peer->len == before ||
	       complain(peer->complaint, "the client sent before it closed: \"%.*s\"",
			(int)(peer->len - before), peer->at + before);
}
