/* SPDX-License-Identifier: MIT */
/*
 * One thread takes the steps; lib/peer does the work on a connection. The first thing
 * that goes wrong is written down together with the step, ends the script and closes
 * every connection, so that the client under test fails as well instead of waiting. The
 * test's thread reports it in origin_join, because cmocka's assertions belong to the
 * test's thread.
 */
#include "lib/origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/peer.h"
#include "lib/test.h"

#define TEXT_BYTES 65536
#define MAX_URLS   64

struct origin {
	struct origin *next;				/* in the list of live ones */
	struct origin_step steps[ORIGIN_MAX_STEPS + 1]; /* a copy; ends with END */
	struct peer peers[ORIGIN_MAX_CONNECTIONS];	/* count of them */
	char *heads[ORIGIN_MAX_HEADS];			/* owned texts, head_count */
	char *urls[MAX_URLS];				/* owned; the last ones */
	char authority[32];				/* 127.0.0.1:port */
	char other[32];					/* of the linked origin */
	struct complaint complaint;			/* what went wrong */
	unsigned url_count;				/* urls ever made */
	unsigned count;					/* connections so far */
	unsigned head_count;				/* heads so far */
	unsigned at;					/* step that is on */
	int current;	      /* connection of the steps, or -1 */
	int listener;	      /* listening socket */
	bool has_thread;      /* it has begun and is not joined */
	struct flag is_ended; /* up: the thread is at its end */
	pthread_t thread;     /* takes the steps */
};

static struct origin *live_origins; /* of the test's thread */

static const char *const verb_names[] = {
	[ORIGIN_VERB_END] = "end",
	[ORIGIN_VERB_HEAD] = "expect head",
	[ORIGIN_VERB_BODY] = "expect body",
	[ORIGIN_VERB_BODY_PATTERN] = "expect body pattern",
	[ORIGIN_VERB_CHUNKED] = "expect chunked body",
	[ORIGIN_VERB_SEND] = "send",
	[ORIGIN_VERB_SEND_BYTES] = "send bytes",
	[ORIGIN_VERB_SEND_SLOWLY] = "send slowly",
	[ORIGIN_VERB_SEND_PATTERN] = "send pattern",
	[ORIGIN_VERB_SEND_FOREVER] = "send forever",
	[ORIGIN_VERB_ANSWER] = "answer",
	[ORIGIN_VERB_REPEAT] = "repeat",
	[ORIGIN_VERB_SLEEP] = "sleep",
	[ORIGIN_VERB_WAIT] = "wait",
	[ORIGIN_VERB_RAISE] = "raise",
	[ORIGIN_VERB_QUIET] = "expect quiet",
	[ORIGIN_VERB_CLOSE] = "close",
	[ORIGIN_VERB_HALF_CLOSE] = "half close",
	[ORIGIN_VERB_RESET] = "reset",
	[ORIGIN_VERB_EXPECT_CLOSE] = "expect close",
	[ORIGIN_VERB_DRAIN] = "drain",
	[ORIGIN_VERB_NEXT] = "next connection",
	[ORIGIN_VERB_ON] = "on connection",
};

static struct peer *current(struct origin *origin)
{
	return &origin->peers[origin->current];
}

static bool accept_next(struct origin *origin)
{
	if (origin->count == ORIGIN_MAX_CONNECTIONS)
		return complain(&origin->complaint, "too many connections");
	if (!peer_accept(&origin->peers[origin->count], &origin->complaint,
			 origin->listener))
		return false;
	origin->current = (int)origin->count++;
	return true;
}

static bool has_connection(struct origin *origin)
{
	if (origin->current < 0 && !accept_next(origin))
		return false;
	return current(origin)->fd >= 0 ||
	       complain(&origin->complaint, "the script has closed this connection");
}

/* ---- heads ---- */

/* Replaces "{self}" and "{other}". */
static void expand(const struct origin *origin, const char *text, char out[TEXT_BYTES])
{
	size_t n = 0;

	while (*text && n < TEXT_BYTES - 64) {
		const char *put = NULL;

		if (strncmp(text, "{self}", 6) == 0)
			put = origin->authority;
		else if (strncmp(text, "{other}", 7) == 0)
			put = origin->other;
		if (put) {
			n += (size_t)snprintf(out + n, 64, "%s", put);
			text = strchr(text, '}') + 1;
		} else {
			out[n++] = *text++;
		}
	}
	out[n] = '\0';
}

/* The value of field number nth called name, as bytes of head; NULL at is none. */
static struct span field_of(const char *head, struct span name, unsigned nth)
{
	const char *line = strchr(head, '\n');

	while (line && line[1] && line[1] != '\r') {
		const char *end = strchr(++line, '\r');

		if (strncasecmp(line, name.at, name.len) == 0 && line[name.len] == ':' &&
		    nth-- == 0)
			return span_trim(span_between(line + name.len + 1, end));
		line = strchr(line, '\n');
	}
	return span_of(NULL, 0);
}

static bool check_field(struct origin *origin, const char *head, const char *want)
{
	bool is_absent = want[0] == '!';
	struct span value, rest = span_str(want + is_absent);
	struct span name = span_cut(&rest, ':');
	struct span got = field_of(head, name, 0);

	if (is_absent)
		return !got.at || complain(&origin->complaint,
					   "unexpected field, %s, in:\n%s", want, head);
	if (!got.at)
		return complain(&origin->complaint, "no field \"%s\" in:\n%s", want,
				head);
	value = span_trim(rest);
	if (value.len == 0)
		return true;
	if (!span_eq(got, value))
		return complain(&origin->complaint, "no \"%s\" in:\n%s", want, head);
	return !field_of(head, name, 1).at ||
	       complain(&origin->complaint, "\"%s\" twice in:\n%s", want, head);
}

static bool check_head(struct origin *origin, const char *head,
		       const struct origin_step *step)
{
	static _Thread_local char want[TEXT_BYTES];

	for (unsigned i = 0; i < ORIGIN_MAX_LINES && step->lines[i]; i++) {
		expand(origin, step->lines[i], want);
		if (i == 0 && want[0] &&
		    (strncmp(head, want, strlen(want)) != 0 ||
		     head[strlen(want)] != '\r'))
			return complain(&origin->complaint, "no \"%s\" in:\n%s", want,
					head);
		if (i > 0 && !check_field(origin, head, want))
			return false;
	}
	return true;
}

static bool take_head(struct origin *origin, const struct origin_step *step)
{
	struct peer *peer = current(origin);
	size_t len = 0, line;
	char *head;

	do {
		if (!peer_await_line(peer, len, &line))
			return false;
		len += line;
	} while (line > 2);
	if (origin->head_count == ORIGIN_MAX_HEADS)
		return complain(&origin->complaint, "too many heads");
	head = strndup(peer->at + peer->taken, len);
	origin->heads[origin->head_count++] = head;
	peer->taken += len;
	return check_head(origin, head, step);
}

/* ---- steps ---- */

static bool send_text(struct origin *origin, const char *text)
{
	static _Thread_local char out[TEXT_BYTES];

	if (strlen(text) >= TEXT_BYTES / 2)
		return peer_send(current(origin), text, strlen(text));
	expand(origin, text, out);
	return peer_send(current(origin), out, strlen(out));
}

static bool send_slowly(struct origin *origin, const struct origin_step *step)
{
	static _Thread_local char out[TEXT_BYTES];

	expand(origin, step->text, out);
	return peer_send_slowly(current(origin), out, step->more);
}

static bool send_answer(struct origin *origin, const struct origin_step *step)
{
	static _Thread_local char out[TEXT_BYTES];

	snprintf(out, sizeof(out), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
		 step->status, strlen(step->text), step->text);
	return send_text(origin, out);
}

static bool await_quiet(struct origin *origin, uint64_t ms)
{
	bool has_any = origin->current >= 0 && current(origin)->fd >= 0;
	struct pollfd all[3] = {
		{.fd = origin->complaint.is_stop.fd, .events = POLLIN},
		{.fd = origin->listener, .events = POLLIN},
		{.fd = has_any ? current(origin)->fd : -1, .events = POLLIN | POLLRDHUP}};

	if (has_any && current(origin)->len > current(origin)->taken)
		return complain(&origin->complaint, "the client has sent too much");
	if (poll(all, 3, (int)ms) == 0)
		return true;
	if (all[0].revents)
		return complain(&origin->complaint, "stopped");
	return complain(&origin->complaint, all[1].revents ? "a further connection"
							   : "the client sent or closed");
}

static bool switch_to(struct origin *origin, uint64_t connection)
{
	if (connection >= origin->count)
		return complain(&origin->complaint, "there is no such connection");
	origin->current = (int)connection;
	return true;
}

static bool take_body(struct origin *origin, const struct origin_step *step)
{
	struct peer *peer = current(origin);

	switch (step->verb) {
	case ORIGIN_VERB_BODY:
		return peer_take_text(peer, step->text, strlen(step->text));
	case ORIGIN_VERB_BODY_PATTERN:
		return peer_take_pattern(peer, 0, step->count);
	default:
		return peer_take_chunked(peer, step->text, step->count);
	}
}

static bool take_step(struct origin *origin, const struct origin_step *step)
{
	struct peer *peer = current(origin);

	switch (step->verb) {
	case ORIGIN_VERB_HEAD:
		return take_head(origin, step);
	case ORIGIN_VERB_SEND:
		return send_text(origin, step->text);
	case ORIGIN_VERB_SEND_BYTES:
		return peer_send(peer, step->text, (size_t)step->count);
	case ORIGIN_VERB_SEND_SLOWLY:
		return send_slowly(origin, step);
	case ORIGIN_VERB_SEND_PATTERN:
		return peer_send_pattern(peer, step->count);
	case ORIGIN_VERB_SEND_FOREVER:
		return peer_send_forever(peer, step->text);
	case ORIGIN_VERB_ANSWER:
		return send_answer(origin, step);
	case ORIGIN_VERB_CLOSE:
	case ORIGIN_VERB_RESET:
		peer_close(peer, step->verb == ORIGIN_VERB_RESET);
		return true;
	case ORIGIN_VERB_HALF_CLOSE:
		return shutdown(peer->fd, SHUT_WR) == 0;
	case ORIGIN_VERB_EXPECT_CLOSE:
	case ORIGIN_VERB_DRAIN:
		return peer_await_close(peer, step->verb == ORIGIN_VERB_DRAIN);
	default:
		return take_body(origin, step);
	}
}

static bool take_free_step(struct origin *origin, const struct origin_step *step)
{
	switch (step->verb) {
	case ORIGIN_VERB_SLEEP:
		return !flag_wait(&origin->complaint.is_stop, (int)step->count);
	case ORIGIN_VERB_WAIT:
		return peer_await(&origin->complaint, step->flag->fd, POLLIN,
				  "the flag is not raised");
	case ORIGIN_VERB_RAISE:
		flag_raise(step->flag);
		return true;
	case ORIGIN_VERB_QUIET:
		return await_quiet(origin, step->count);
	case ORIGIN_VERB_NEXT:
		return accept_next(origin);
	case ORIGIN_VERB_ON:
		return switch_to(origin, step->count);
	default:
		return has_connection(origin) && take_step(origin, step);
	}
}

static void set_place(struct origin *origin)
{
	snprintf(origin->complaint.place, sizeof(origin->complaint.place),
		 "step %u (%s), connection %d", origin->at,
		 verb_names[origin->steps[origin->at].verb], origin->current);
}

static bool repeat(struct origin *origin, const struct origin_step *step)
{
	unsigned here = origin->at;

	for (uint64_t i = 0; i < step->more; i++) {
		for (uint64_t n = step->count; n > 0; n--) {
			origin->at = here - (unsigned)n;
			set_place(origin);
			if (!take_free_step(origin, &origin->steps[origin->at]))
				return false;
		}
	}
	origin->at = here;
	return true;
}

static bool take_any_step(struct origin *origin)
{
	const struct origin_step *step = &origin->steps[origin->at];

	set_place(origin);
	return step->verb == ORIGIN_VERB_REPEAT ? repeat(origin, step)
						: take_free_step(origin, step);
}

static void *run(void *at)
{
	struct origin *origin = at;
	bool is_fine = true;

	while (is_fine && origin->steps[origin->at].verb) {
		is_fine = take_any_step(origin);
		if (is_fine)
			origin->at++;
	}
	set_place(origin);
	if (is_fine && peer_poll(&origin->complaint, origin->listener, POLLIN, 0) == 1)
		complain(&origin->complaint, "a connection that no step expects");
	if (!is_fine) {
		complain(&origin->complaint, "failed");
		for (unsigned i = 0; i < origin->count; i++)
			peer_close(&origin->peers[i], true);
		shutdown(origin->listener, SHUT_RDWR);
	}
	flag_raise(&origin->is_ended);
	return NULL;
}

/* ---- life ---- */

static int bind_any_port(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		abort();
	return fd;
}

static unsigned port_of(int fd)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		abort();
	return ntohs(at.sin_port);
}

struct origin *origin_new(void)
{
	struct origin *origin = calloc(1, sizeof(*origin));

	if (!origin)
		abort();
	origin->current = -1;
	origin->listener = bind_any_port();
	if (listen(origin->listener, 128) != 0)
		abort();
	snprintf(origin->authority, sizeof(origin->authority), "127.0.0.1:%u",
		 port_of(origin->listener));
	flag_init(&origin->complaint.is_stop);
	flag_init(&origin->is_ended);
	origin->next = live_origins;
	live_origins = origin;
	return origin;
}

void origin_begin(struct origin *origin, const struct origin_step *steps)
{
	unsigned n = 0;

	for (; steps[n].verb; n++) {
		if (n == ORIGIN_MAX_STEPS)
			abort();
		origin->steps[n] = steps[n];
	}
	origin->has_thread = true;
	if (pthread_create(&origin->thread, NULL, run, origin) != 0)
		abort();
}

struct origin *origin_start(const struct origin_step *steps)
{
	struct origin *origin = origin_new();

	origin_begin(origin, steps);
	return origin;
}

void origin_link(struct origin *origin, const struct origin *other)
{
	memcpy(origin->other, other->authority, sizeof(origin->other));
}

const char *origin_authority(const struct origin *origin)
{
	return origin->authority;
}

const char *origin_url(struct origin *origin, const char *path)
{
	char **slot = &origin->urls[origin->url_count++ % MAX_URLS];

	free(*slot);
	if (asprintf(slot, "http://%s%s", origin->authority, path) < 0)
		abort();
	return *slot;
}

void origin_join(struct origin *origin)
{
	bool is_in_time = true;

	if (origin->has_thread) {
		is_in_time = flag_wait(&origin->is_ended, PEER_STEP_MS + 5000);
		if (!is_in_time)
			flag_raise(&origin->complaint.is_stop);
		pthread_join(origin->thread, NULL);
		origin->has_thread = false;
	}
	if (!is_in_time || origin->complaint.text[0])
		fail_msg("origin %s: %s%s", origin->authority, origin->complaint.text,
			 is_in_time ? "" : " (never ended)");
}

static void unlink_origin(struct origin *origin)
{
	struct origin **at = &live_origins;

	while (*at != origin)
		at = &(*at)->next;
	*at = origin->next;
}

void origin_stop(struct origin *origin)
{
	if (!origin)
		return;
	flag_raise(&origin->complaint.is_stop);
	if (origin->has_thread)
		pthread_join(origin->thread, NULL);
	unlink_origin(origin);
	close(origin->listener);
	flag_done(&origin->complaint.is_stop);
	flag_done(&origin->is_ended);
	for (unsigned i = 0; i < origin->count; i++)
		peer_done(&origin->peers[i]);
	for (unsigned i = 0; i < origin->head_count; i++)
		free(origin->heads[i]);
	for (unsigned i = 0; i < MAX_URLS; i++)
		free(origin->urls[i]);
	free(origin);
}

void origin_end(struct origin *origin)
{
	origin_join(origin);
	origin_stop(origin);
}

void origin_sweep(void)
{
	while (live_origins) {
		if (flag_is_up(&live_origins->is_ended) &&
		    live_origins->complaint.text[0])
			print_error("origin: %s\n", live_origins->complaint.text);
		origin_stop(live_origins);
	}
}

unsigned origin_connections(const struct origin *origin)
{
	return origin->count;
}

unsigned origin_heads(const struct origin *origin)
{
	return origin->head_count;
}

const char *origin_head(const struct origin *origin, unsigned n)
{
	return n < origin->head_count ? origin->heads[n] : "";
}

struct span origin_received(const struct origin *origin, unsigned connection)
{
	const struct peer *peer = &origin->peers[connection];

	return span_of(peer->at, peer->len);
}

unsigned origin_refusing_port(void)
{
	return port_of(bind_any_port());
}

unsigned origin_deaf_port(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = bind_any_port();

	/* A full queue drops further SYNs. */
	if (listen(fd, 0) != 0)
		abort();
	to.sin_port = htons((uint16_t)port_of(fd));
	for (int i = 0; i < 3; i++) {
		int filler =
			socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		struct pollfd one = {.fd = filler, .events = POLLOUT};

		if (connect(filler, (const struct sockaddr *)&to, sizeof(to)) != 0 &&
		    errno != EINPROGRESS)
			abort();
		/* The first of them fills it. */
		if (i == 0 && poll(&one, 1, PEER_STEP_MS) != 1)
			abort();
	}
	usleep(20000);
	return port_of(fd);
}
