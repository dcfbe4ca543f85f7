/* SPDX-License-Identifier: MIT */
/*
 * Each part of a handshake waits for the bytes that it is certain of, notes what they
 * say, and answers. What goes wrong, or is meant to, is the end of the connection.
 */
#include "lib/socks_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384

/* Room for a reply and what is said behind it. */
#define REPLY_BYTES 8192

/* Reply codes, of both versions. */
#define GRANTED_4     90
#define REJECTED_4    91
#define OTHER_USER_4  93
#define UNREACHABLE_5 4

/* What is known of the client now; whether it was early is known already. */
static void note(struct socks_link *link, const struct socks_server_visit *told)
{
	bool is_early;

	pthread_mutex_lock(link->lock);
	is_early = link->visit.is_early;
	link->visit = *told;
	link->visit.is_early = is_early;
	pthread_mutex_unlock(link->lock);
}

/* ---- what is said ---- */

/* Notes whether the client has said more than it should. */
static void note_early(struct socks_link *link)
{
	int waiting = 0;

	ioctl(link->client.fd, FIONREAD, &waiting);
	if (!waiting && link->client.len == link->client.taken)
		return;
	pthread_mutex_lock(link->lock);
	link->visit.is_early = true;
	pthread_mutex_unlock(link->lock);
}

static bool send_bytes(struct socks_link *link, const unsigned char *at, size_t len)
{
	unsigned drip_ms = link->options->drip_ms;

	if (!drip_ms)
		return len == 0 || peer_send(&link->client, (const char *)at, len);
	for (size_t i = 0; i < len; i++)
		if (!peer_send(&link->client, (const char *)at + i, 1) ||
		    flag_wait(&link->complaint.is_stop, (int)drip_ms))
			return false;
	return true;
}

/* Bends and cuts; false where the handshake ends. */
static bool say(struct socks_link *link, unsigned char *at, size_t len)
{
	const struct socks_server_options *options = link->options;
	size_t from = link->said, left = len;

	note_early(link);
	if (options->is_bent && options->bent_at >= from && options->bent_at < from + len)
		at[options->bent_at - from] = options->bent_to;
	if (options->is_cut && options->cut_bytes < from + len)
		left = options->cut_bytes - from;
	link->said += left;
	return send_bytes(link, at, left) && left == len;
}

/* ---- what is told ---- */

/* The next len bytes, taken; NULL at the end. */
static const unsigned char *take(struct socks_link *link, size_t len)
{
	struct peer *client = &link->client;

	if (!peer_await_bytes(client, len))
		return NULL;
	client->taken += len;
	return (const unsigned char *)client->at + client->taken - len;
}

/* Takes a text behind its length. */
static bool take_text(struct socks_link *link, char out[256])
{
	const unsigned char *at = take(link, 1);
	size_t len = at ? at[0] : 0;

	if (!at || !(at = take(link, len)))
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

/* Takes a text up to its NUL. */
static bool take_string(struct socks_link *link, char out[256])
{
	for (size_t len = 0; len < 256; len++) {
		const unsigned char *at = take(link, 1);

		if (!at)
			return false;
		out[len] = (char)at[0];
		if (!at[0])
			return true;
	}
	return false;
}

static bool take_port(struct socks_link *link, unsigned *out)
{
	const unsigned char *at = take(link, 2);

	if (at)
		*out = at[0] * 256u + at[1];
	return at != NULL;
}

static bool take_address(struct socks_link *link, int family, char out[256])
{
	const unsigned char *at = take(link, family == AF_INET ? 4 : 16);

	return at && inet_ntop(family, at, out, 256);
}

/* ---- targets ---- */

static unsigned find_port(const struct socks_link *link,
			  const struct socks_server_visit *told)
{
	const struct socks_server_target *target = link->options->targets;

	for (unsigned i = 0; i < SOCKS_SERVER_MAX_TARGETS && target[i].host; i++)
		if (strcmp(target[i].host, told->host) == 0)
			return target[i].port;
	return strcmp(told->host, "127.0.0.1") == 0 ? told->port : 0;
}

static bool connect_target(struct socks_link *link, const struct socks_server_visit *told)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)find_port(link, told))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	link->target = (struct peer){.complaint = &link->complaint, .fd = fd};
	return fd >= 0 && to.sin_port &&
	       connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

/* Notes what was told, waits for the hold, connects; the reply's code, 0 if all is well.
 */
static unsigned decide(struct socks_link *link, const struct socks_server_visit *told,
		       unsigned unreachable)
{
	const struct socks_server_options *options = link->options;

	note(link, told);
	if (options->hold &&
	    !peer_await(&link->complaint, options->hold->fd, POLLIN, "held"))
		return unreachable;
	if (options->refuses_with)
		return options->refuses_with;
	return connect_target(link, told) ? 0 : unreachable;
}

/* Says a reply, and behind one that grants what is said with it. */
static bool reply(struct socks_link *link, unsigned char bytes[REPLY_BYTES], size_t len,
		  bool is_granted)
{
	struct span extra = link->options->extra;

	if (is_granted && extra.len) {
		memcpy(bytes + len, extra.at, extra.len);
		len += extra.len;
	}
	return say(link, bytes, len) && is_granted;
}

/* ---- version 5 ---- */

static bool choose(struct socks_link *link, struct socks_server_visit *told,
		   unsigned *out_method)
{
	const unsigned char *at = take(link, 2);
	unsigned char answer[2] = {5};
	size_t count = at ? at[1] : 0;

	if (!at || !(at = take(link, count)))
		return false;
	told->has_offered = count && memchr(at, 2, count);
	if (!link->options->user)
		*out_method = count && memchr(at, 0, count) ? 0 : 0xFF;
	else
		*out_method = told->has_offered ? 2 : 0xFF;
	answer[1] = (unsigned char)*out_method;
	return say(link, answer, 2) && *out_method != 0xFF;
}

static bool log_in(struct socks_link *link, struct socks_server_visit *told)
{
	const struct socks_server_options *options = link->options;
	const unsigned char *at = take(link, 1);
	unsigned char answer[2] = {1};

	if (!at || at[0] != 1 || !take_text(link, told->user) ||
	    !take_text(link, told->password))
		return false;
	answer[1] = strcmp(told->user, options->user) != 0 ||
		    strcmp(told->password, options->password) != 0;
	return say(link, answer, 2) && !answer[1];
}

static bool take_request_5(struct socks_link *link, struct socks_server_visit *told)
{
	const unsigned char *at = take(link, 4);
	bool is_fine = at && at[0] == 5 && at[1] == 1 && at[2] == 0;

	if (!is_fine)
		return false;
	told->is_name = at[3] == 3;
	if (told->is_name)
		is_fine = take_text(link, told->host);
	else
		is_fine = take_address(link, at[3] == 1 ? AF_INET : AF_INET6, told->host);
	return is_fine && take_port(link, &told->port);
}

static bool reply_5(struct socks_link *link, unsigned code)
{
	unsigned type = link->options->bound_type ? link->options->bound_type : 1;
	unsigned char bytes[REPLY_BYTES] = {5, (unsigned char)code, 0,
					    (unsigned char)type};
	size_t len = 4 + 4 + 2;

	if (type == 3)
		bytes[4] = 4, len++;
	if (type == 4)
		len = 4 + 16 + 2;
	return reply(link, bytes, len, code == 0);
}

static bool speak_5(struct socks_link *link, struct socks_server_visit *told)
{
	unsigned method;

	return choose(link, told, &method) && (method != 2 || log_in(link, told)) &&
	       take_request_5(link, told) &&
	       reply_5(link, decide(link, told, UNREACHABLE_5));
}

/* ---- version 4A ---- */

static bool take_request_4(struct socks_link *link, struct socks_server_visit *told)
{
	static const unsigned char named[] = {0, 0, 0, 1};
	const unsigned char *at = take(link, 2);

	if (!at || at[1] != 1 || !take_port(link, &told->port) || !(at = take(link, 4)))
		return false;
	told->is_name = memcmp(at, named, 4) == 0;
	if (!told->is_name)
		inet_ntop(AF_INET, at, told->host, sizeof(told->host));
	return take_string(link, told->user) &&
	       (!told->is_name || take_string(link, told->host));
}

static bool speak_4(struct socks_link *link, struct socks_server_visit *told)
{
	const char *user = link->options->user;
	unsigned char bytes[REPLY_BYTES] = {0};
	unsigned code;

	if (!take_request_4(link, told))
		return false;
	if (user && strcmp(user, told->user) != 0)
		code = OTHER_USER_4;
	else
		code = decide(link, told, REJECTED_4);
	bytes[1] = (unsigned char)(code ? code : GRANTED_4);
	return reply(link, bytes, 8, code == 0);
}

/* ---- the way through ---- */

static bool send_on(struct socks_link *link, struct peer *to, const char *at, size_t len)
{
	if (to == &link->target) {
		link->carried = realloc(link->carried, link->carried_len + len);
		if (!link->carried)
			abort();
		memcpy(link->carried + link->carried_len, at, len);
		link->carried_len += len;
	}
	return peer_send(to, at, len);
}

/* Carries what is there; false at the end of it, which goes on. */
static bool carry_some(struct socks_link *link, const struct peer *from, struct peer *to)
{
	char piece[PIECE_BYTES];
	ssize_t n = recv(from->fd, piece, sizeof(piece), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0 && send_on(link, to, piece, (size_t)n))
		return true;
	shutdown(to->fd, SHUT_WR);
	return false;
}

static void carry(struct socks_link *link)
{
	struct peer *client = &link->client, *target = &link->target;
	bool has_client = true, has_target = true;

	if (client->len > client->taken)
		has_client = send_on(link, target, client->at + client->taken,
				     client->len - client->taken);
	while (has_client || has_target) {
		struct pollfd all[3] = {
			{.fd = has_client ? client->fd : -1, .events = POLLIN},
			{.fd = has_target ? target->fd : -1, .events = POLLIN},
			{.fd = link->complaint.is_stop.fd, .events = POLLIN}};

		if (poll(all, 3, -1) < 0 || all[2].revents)
			return;
		if (all[0].revents)
			has_client = carry_some(link, client, target);
		if (all[1].revents)
			has_target = carry_some(link, target, client);
	}
}

/* ---- the whole ---- */

/* Whether the client is led through. */
static bool speak(struct socks_link *link)
{
	struct span raw = link->options->raw;
	struct socks_server_visit told = {0};

	if (!peer_await_bytes(&link->client, 1))
		return false;
	if (raw.len) {
		peer_send(&link->client, raw.at, raw.len);
		return false;
	}
	told.version = (unsigned char)link->client.at[0];
	told.is_led = told.version == 5 ? speak_5(link, &told)
					: told.version == 4 && speak_4(link, &told);
	note(link, &told);
	return told.is_led;
}

static void end(struct socks_link *link)
{
	if (link->options->end == SOCKS_SERVER_STALL)
		peer_await_close(&link->client, true);
	if (link->client.fd >= 0)
		peer_close(&link->client, link->options->end == SOCKS_SERVER_RESET);
}

void socks_link_serve(struct socks_link *link)
{
	if (speak(link)) {
		carry(link);
		peer_close(&link->client, false);
	} else {
		end(link);
	}
	peer_done(&link->target);
	link->target.fd = -1;
	pthread_mutex_lock(link->lock);
	link->visit.is_over = true;
	pthread_mutex_unlock(link->lock);
}
