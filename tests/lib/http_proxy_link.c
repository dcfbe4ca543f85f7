/* SPDX-License-Identifier: MIT */
/*
 * A request is read whole, with its body, before it is answered. One in absolute form
 * goes to its target over a connection of its own, with the path alone in its first line
 * and without what is for the proxy; the response comes back as it is, and its framing
 * says when it is over.
 *
 * lib/peer does the work on both connections; what it complains of is the end of the
 * connection and nothing else.
 */
#include "lib/http_proxy_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384

/* Room for the fields of a challenge. */
#define CHALLENGE_BYTES 2048

/* ---- messages ---- */

/* Takes a head; NULL at the end. From malloc. */
static char *take_head(struct peer *peer)
{
	size_t len = 0, line;
	char *head;

	do {
		if (!peer_await_line(peer, len, &line))
			return NULL;
		len += line;
	} while (line > 2);
	head = strndup(peer->at + peer->taken, len);
	if (!head)
		abort();
	peer->taken += len;
	return head;
}

/* The line behind "name:" in head, or NULL. */
static const char *find_field(const char *head, const char *name)
{
	size_t len = strlen(name);

	while ((head = strchr(head, '\n')) != NULL) {
		head++;
		if (strncasecmp(head, name, len) == 0 && head[len] == ':')
			return head + len + 1;
	}
	return NULL;
}

static bool is_chunked(const char *head)
{
	const char *coding = find_field(head, "Transfer-Encoding");

	return coding && strncasecmp(coding, " chunked", 8) == 0;
}

/* Takes len bytes, and sends them unless to is NULL. */
static bool carry_bytes(struct peer *from, struct peer *to, uint64_t len)
{
	while (len) {
		size_t n;

		if (!peer_await_bytes(from, 1))
			return false;
		n = from->len - from->taken;
		if (n > len)
			n = (size_t)len;
		if (to && !peer_send(to, from->at + from->taken, n))
			return false;
		from->taken += n;
		len -= n;
	}
	return true;
}

static bool carry_chunks(struct peer *from, struct peer *to)
{
	uint64_t size;

	do {
		size_t line;

		if (!peer_await_line(from, 0, &line))
			return false;
		size = strtoull(from->at + from->taken, NULL, 16);
		if (!carry_bytes(from, to, line + size + 2))
			return false;
	} while (size);
	return true;
}

/* Carries the body that head announces. */
static bool carry_body(const char *head, struct peer *from, struct peer *to)
{
	const char *length = find_field(head, "Content-Length");

	if (is_chunked(head))
		return carry_chunks(from, to);
	return !length || carry_bytes(from, to, strtoull(length, NULL, 10));
}

/* ---- targets ---- */

/* The port of 127.0.0.1 for "name:port", or 0. */
static unsigned find_port(const struct http_proxy_link *link, const char *authority)
{
	const struct http_proxy_target *target = link->options->targets;

	for (unsigned i = 0; i < HTTP_PROXY_MAX_TARGETS && target[i].authority; i++)
		if (strcmp(target[i].authority, authority) == 0)
			return target[i].port;
	return strncmp(authority, "127.0.0.1:", 10) == 0
		       ? (unsigned)strtoul(authority + 10, NULL, 10)
		       : 0;
}

/* The authority of a request's target, the port always there. */
static void read_authority(const struct http_proxy_request *request, char out[512])
{
	const char *at = request->target;
	size_t len;

	if (!request->is_connect && strncmp(at, "http://", 7) == 0)
		at += 7;
	len = strcspn(at, "/?#");
	snprintf(out, 512, "%.*s%s", (int)len, at,
		 memchr(at, ':', len) || request->is_connect ? "" : ":80");
}

static bool connect_target(struct http_proxy_link *link,
			   const struct http_proxy_request *request)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char authority[512];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	read_authority(request, authority);
	to.sin_port = htons((uint16_t)find_port(link, authority));
	peer_done(&link->target);
	link->target = (struct peer){.complaint = &link->complaint, .fd = fd};
	return fd >= 0 && to.sin_port &&
	       connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

/* ---- requests in absolute form ---- */

static bool send_text(struct peer *peer, const char *text)
{
	return peer_send(peer, text, strlen(text));
}

/* Sends head with its path alone, but for the fields that are the proxy's. */
static bool send_head(struct http_proxy_link *link, const char *head)
{
	const char *line = strstr(head, "\r\n");
	const char *url = strchr(head, ' ');
	const char *path;

	if (!line || !url || strncmp(url, " http://", 8) != 0)
		return false;
	path = url + 8 + strcspn(url + 8, "/ ");
	if (!peer_send(&link->target, head, (size_t)(url + 1 - head)) ||
	    !peer_send(&link->target, path, (size_t)(line + 2 - path)))
		return false;
	while (*(line += 2) != '\r') {
		const char *end = strstr(line, "\r\n");

		if (strncasecmp(line, "Proxy-", 6) != 0 &&
		    !peer_send(&link->target, line, (size_t)(end + 2 - line)))
			return false;
		line = end;
	}
	return send_text(&link->target, "\r\n");
}

/* Carries one response; *out_end: how it must end. */
static bool carry_response(struct http_proxy_link *link, bool has_body,
			   enum http_proxy_end *out_end)
{
	unsigned status = 0;
	bool is_fine;
	char *head;

	do {
		head = take_head(&link->target);
		if (!head)
			return false;
		sscanf(head, "HTTP/1.%*u %u", &status);
		is_fine = send_text(&link->client, head);
		if (is_fine && status < 200)
			free(head);
	} while (is_fine && status < 200);
	if (!has_body || status == 204 || status == 304) {
		free(head);
		return is_fine;
	}
	if (is_fine && !find_field(head, "Content-Length") && !is_chunked(head)) {
		while (carry_bytes(&link->target, &link->client, 1))
			continue;
		*out_end = HTTP_PROXY_CLOSE;
	} else {
		is_fine = is_fine && carry_body(head, &link->target, &link->client);
	}
	free(head);
	return is_fine;
}

/* Carries the request, whose body lies at body in what the client said, and the response.
 */
static enum http_proxy_end forward(struct http_proxy_link *link,
				   const struct http_proxy_request *request, size_t body)
{
	enum http_proxy_end end = HTTP_PROXY_KEEP;
	struct peer *client = &link->client;

	if (!connect_target(link, request) || !send_head(link, request->head) ||
	    !peer_send(&link->target, client->at + body, client->taken - body) ||
	    !carry_response(link, strncmp(request->head, "HEAD ", 5) != 0, &end))
		end = HTTP_PROXY_CLOSE;
	peer_done(&link->target);
	link->target.fd = -1;
	return end;
}

/* ---- tunnels ---- */

static void note_carried(struct http_proxy_link *link, const char *at, size_t len)
{
	link->carried = realloc(link->carried, link->carried_len + len);
	if (!link->carried)
		abort();
	memcpy(link->carried + link->carried_len, at, len);
	link->carried_len += len;
}

/* Carries what is there; false at the end of it, which goes on. */
static bool carry_some(struct http_proxy_link *link, const struct peer *from,
		       struct peer *to)
{
	char piece[PIECE_BYTES];
	ssize_t n = recv(from->fd, piece, sizeof(piece), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0 && from == &link->client)
		note_carried(link, piece, (size_t)n);
	if (n > 0 && peer_send(to, piece, (size_t)n))
		return true;
	shutdown(to->fd, SHUT_WR);
	return false;
}

static void carry_tunnel(struct http_proxy_link *link)
{
	bool has_client = true, has_target = true;

	atomic_fetch_add(&link->record->tunnels, 1);
	while (has_client || has_target) {
		struct pollfd all[3] = {
			{.fd = has_client ? link->client.fd : -1, .events = POLLIN},
			{.fd = has_target ? link->target.fd : -1, .events = POLLIN},
			{.fd = link->complaint.is_stop.fd, .events = POLLIN}};

		if (poll(all, 3, -1) < 0 || all[2].revents)
			return;
		if (all[0].revents)
			has_client = carry_some(link, &link->client, &link->target);
		if (all[1].revents)
			has_target = carry_some(link, &link->target, &link->client);
	}
}

/* ---- answers ---- */

/* A 407, from malloc. */
static char *new_refusal(struct http_proxy_link *link,
			 const struct http_proxy_request *request)
{
	const struct http_proxy_options *options = link->options;
	const char *body = options->refusal ? options->refusal : "who are you?";
	char challenge[CHALLENGE_BYTES];
	char *text;

	warden_put_challenge(options->warden, "Proxy-Authenticate", challenge,
			     sizeof(challenge));
	if (asprintf(&text,
		     "HTTP/1.1 407 Proxy Authentication Required\r\n%s%s"
		     "Content-Length: %zu\r\n\r\n%s",
		     challenge, options->closes ? "Connection: close\r\n" : "",
		     strlen(body),
		     strncmp(request->head, "HEAD ", 5) == 0 ? "" : body) < 0)
		abort();
	return text;
}

/* What a good proxy does, and what the test makes of it. Answers a text that *out
 * borrows, from malloc. */
static char *decide(struct http_proxy_link *link, struct http_proxy_request *request,
		    struct http_proxy_reply *out)
{
	const struct http_proxy_options *options = link->options;
	char authority[512];
	char *text;

	*out = (struct http_proxy_reply){0};
	read_authority(request, authority);
	request->is_admitted =
		!options->warden ||
		warden_admits(options->warden, request->head, "Proxy-Authorization");
	if (!request->is_admitted) {
		text = new_refusal(link, request);
		out->drip_ms = options->refusal_drip_ms;
		if (options->closes || options->hangs_up)
			out->end = HTTP_PROXY_CLOSE;
	} else if (!find_port(link, authority)) {
		text = strdup("HTTP/1.1 502 Bad Gateway\r\n"
			      "Content-Length: 4\r\n\r\nnone");
	} else {
		out->is_open = true;
		text = strdup(request->is_connect
				      ? "HTTP/1.1 200 Connection established\r\n\r\n"
				      : "");
	}
	if (!text)
		abort();
	out->raw = span_str(text);
	if (options->answer)
		options->answer(options->owner, request, out);
	return text;
}

static bool say(struct http_proxy_link *link, const struct http_proxy_reply *reply)
{
	size_t len = reply->is_cut ? reply->cut_bytes : reply->raw.len;

	if (reply->hold && !peer_await(&link->complaint, reply->hold->fd, POLLIN, "held"))
		return false;
	if (!reply->drip_ms)
		return len == 0 || peer_send(&link->client, reply->raw.at, len);
	for (size_t i = 0; i < len; i++)
		if (!peer_send(&link->client, reply->raw.at + i, 1) ||
		    flag_wait(&link->complaint.is_stop, (int)reply->drip_ms))
			return false;
	return true;
}

static void end(struct http_proxy_link *link, enum http_proxy_end how)
{
	if (how == HTTP_PROXY_STALL)
		peer_await_close(&link->client, true);
	if (link->client.fd >= 0)
		peer_close(&link->client, how == HTTP_PROXY_RESET);
}

/* ---- the whole ---- */

/* Keeps a copy of head; its number. */
static unsigned note_head(struct http_proxy_link *link, const char *head)
{
	struct http_proxy_record *record = link->record;
	unsigned n = record->head_count;

	if (n == HTTP_PROXY_MAX_HEADS)
		abort();
	record->heads[n] = strdup(head);
	record->head_count++;
	return n;
}

/* Does what was decided; body is where the request's body lies. */
static enum http_proxy_end answer(struct http_proxy_link *link,
				  const struct http_proxy_request *request, size_t body,
				  const struct http_proxy_reply *reply)
{
	bool tunnels = reply->is_open && request->is_connect;

	if (tunnels && !connect_target(link, request))
		return HTTP_PROXY_CLOSE;
	if (!say(link, reply))
		return HTTP_PROXY_CLOSE;
	if (reply->is_cut || !reply->is_open)
		return reply->end;
	if (!tunnels)
		return forward(link, request, body);
	carry_tunnel(link);
	return HTTP_PROXY_CLOSE;
}

static enum http_proxy_end decide_and_answer(struct http_proxy_link *link,
					     struct http_proxy_request *request,
					     size_t body)
{
	struct http_proxy_reply reply;
	enum http_proxy_end how;
	char *text;

	pthread_mutex_lock(&link->record->lock);
	request->number = note_head(link, request->head);
	text = decide(link, request, &reply);
	pthread_mutex_unlock(&link->record->lock);
	how = answer(link, request, body, &reply);
	free(text);
	return how;
}

/* Serves one request; how the connection goes on. */
static enum http_proxy_end serve_one(struct http_proxy_link *link)
{
	char *head = take_head(&link->client);
	struct http_proxy_request request = {.head = head, .connection = link->number};
	enum http_proxy_end how = HTTP_PROXY_CLOSE;
	size_t body = link->client.taken;

	if (!head)
		return how;
	request.is_connect = strncmp(head, "CONNECT ", 8) == 0;
	sscanf(head, "%*s %1023s", request.target);
	if (carry_body(head, &link->client, NULL))
		how = decide_and_answer(link, &request, body);
	free(head);
	return how;
}

void http_proxy_link_serve(struct http_proxy_link *link)
{
	enum http_proxy_end how;

	do {
		how = serve_one(link);
	} while (how == HTTP_PROXY_KEEP);
	end(link, how);
	peer_done(&link->target);
	link->target.fd = -1;
	atomic_fetch_sub(&link->record->open, 1);
}
