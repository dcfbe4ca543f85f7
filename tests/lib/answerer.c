/* SPDX-License-Identifier: MIT */
/*
 * Each connection has what it received and what is to be sent: a head of its own and
 * the borrowed body of the reply. While a reply is on its way (or delayed, or held)
 * the connection's input waits; so replies keep their order. Connections lie in a list;
 * delayed ones are looked for in it, which is good enough here.
 */
#include "lib/answerer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/flag.h"

#define INPUT_BYTES 65536

struct link {
	struct link *next;	     /* in the answerer's list */
	struct link *prev;	     /* in the answerer's list */
	int fd;			     /* the socket */
	unsigned number;	     /* counted from 1 */
	char *in;		     /* received, owned */
	size_t in_len, in_cap;	     /* of in */
	bool is_answering;	     /* reply is on its way */
	int64_t due_ms;		     /* when it may be sent, or 0 */
	struct answerer_reply reply; /* what is sent */
	char head[1024];	     /* of the reply */
	size_t head_len, sent;	     /* of head; of head and body */
};

struct answerer {
	answerer_fn *answer;		/* the test's, or NULL */
	void *owner;			/* given to answer */
	int listener, epoll;		/* descriptors */
	unsigned port;			/* of the listener */
	struct flag is_stop;		/* up: end */
	struct flag is_released;	/* up: nothing is held */
	struct link links;		/* head of the ring */
	atomic_uint requests, accepted; /* counters */
	atomic_uint most_open;		/* counter */
	unsigned open;			/* connections now */
	pthread_t thread;		/* does it all */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- connections ---- */

static void link_close(struct answerer *answerer, struct link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	/* A process that is between fork and exec may hold the socket open. */
	epoll_ctl(answerer->epoll, EPOLL_CTL_DEL, link->fd, NULL);
	close(link->fd);
	free(link->in);
	free(link);
	answerer->open--;
}

static void accept_all(struct answerer *answerer)
{
	for (;;) {
		int on = 1;
		int fd = accept4(answerer->listener, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct link *link;
		struct epoll_event event = {.events = EPOLLIN};

		if (fd < 0)
			return;
		link = calloc(1, sizeof(*link));
		if (!link)
			abort();
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		link->fd = fd;
		link->number = atomic_fetch_add(&answerer->accepted, 1) + 1;
		link->next = answerer->links.next;
		link->prev = &answerer->links;
		link->next->prev = link;
		link->prev->next = link;
		if (++answerer->open > atomic_load(&answerer->most_open))
			atomic_store(&answerer->most_open, answerer->open);
		event.data.ptr = link;
		epoll_ctl(answerer->epoll, EPOLL_CTL_ADD, fd, &event);
	}
}

static void link_wants(struct answerer *answerer, struct link *link, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = link};

	epoll_ctl(answerer->epoll, EPOLL_CTL_MOD, link->fd, &event);
}

/* ---- requests ---- */

/* The value of a field as a text that ends somewhere behind it, or NULL. */
static const char *find_field(const char *head, const char *name)
{
	size_t len = strlen(name);
	const char *line = head;

	while ((line = strchr(line, '\n')) != NULL) {
		line++;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " ");
	}
	return NULL;
}

/* Decodes chunks in place; how many bytes they took, or 0: not all are there. */
static size_t unchunk(char *at, size_t len, size_t *out_content)
{
	size_t used = 0, content = 0;

	for (;;) {
		char *end = memmem(at + used, len - used, "\r\n", 2);
		size_t size, begin;

		if (!end)
			return 0;
		size = strtoul(at + used, NULL, 16);
		begin = (size_t)(end - at) + 2;
		if (len < begin + size + 2)
			return 0;
		/* Not before all of it is there, hence the copy's second pass. */
		if (out_content)
			memmove(at + content, at + begin, size);
		content += size;
		used = begin + size + 2;
		if (size == 0) {
			if (out_content)
				*out_content = content;
			return used;
		}
	}
}

/* Whether a body is there whole; how many bytes it took. */
static bool find_body(char *at, size_t len, const char *head, size_t *out_used,
		      struct span *out_body)
{
	const char *length = find_field(head, "Content-Length");
	size_t content = 0;

	*out_used = length ? strtoul(length, NULL, 10) : 0;
	*out_body = span_of(at, *out_used);
	if (!find_field(head, "Transfer-Encoding"))
		return len >= *out_used;
	*out_used = unchunk(at, len, NULL);
	if (*out_used == 0)
		return false;
	unchunk(at, len, &content);
	*out_body = span_of(at, content);
	return true;
}

static void put_head(struct link *link)
{
	const struct answerer_reply *reply = &link->reply;
	int n = snprintf(link->head, sizeof(link->head),
			 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s%s\r\n", reply->status,
			 reply->body.len, reply->fields,
			 reply->closes ? "Connection: close\r\n" : "");

	link->head_len = (size_t)n;
	link->sent = 0;
}

/* The default: the path as the body. It lies behind the head. */
static void answer_path(struct link *link, const struct answerer_request *request)
{
	size_t len = strlen(request->path);

	memcpy(link->head + sizeof(link->head) - len, request->path, len);
	link->reply.body = span_of(link->head + sizeof(link->head) - len, len);
}

static void answer(struct answerer *answerer, struct link *link, char *head,
		   struct span body)
{
	struct answerer_request request = {.head = head, .body = body};

	request.number = atomic_fetch_add(&answerer->requests, 1) + 1;
	request.connection = link->number;
	sscanf(head, "%23s %127s", request.method, request.path);
	link->reply = (struct answerer_reply){.status = "200 OK", .fields = ""};
	if (answerer->answer)
		answerer->answer(answerer->owner, &request, &link->reply);
	else
		answer_path(link, &request);
	if (flag_is_up(&answerer->is_released))
		link->reply.is_held = false;
	put_head(link);
	if (strcmp(request.method, "HEAD") == 0)
		link->reply.body.len = 0;
	link->is_answering = true;
	link->due_ms = link->reply.delay_ms ? now_ms() + link->reply.delay_ms : 0;
}

/* Takes one whole request off the input; false when there is none. */
static bool take_request(struct answerer *answerer, struct link *link)
{
	char *end = link->in_len ? memmem(link->in, link->in_len, "\r\n\r\n", 4) : NULL;
	size_t head_len, used;
	struct span body;
	char *head;

	if (!end)
		return false;
	head_len = (size_t)(end - link->in) + 4;
	head = strndup(link->in, head_len);
	if (!find_body(link->in + head_len, link->in_len - head_len, head, &used,
		       &body)) {
		free(head);
		return false;
	}
	answer(answerer, link, head, body);
	free(head);
	link->in_len -= head_len + used;
	memmove(link->in, link->in + head_len + used, link->in_len);
	return true;
}

/* ---- turns ---- */

enum flushed { FLUSHED, FLUSH_WAITS, FLUSH_CLOSED };

static enum flushed flush(struct link *link)
{
	size_t all = link->head_len + link->reply.body.len;

	while (link->sent < all) {
		bool is_head = link->sent < link->head_len;
		size_t at = is_head ? link->sent : link->sent - link->head_len;
		const char *from = is_head ? link->head : link->reply.body.at;
		size_t len = is_head ? link->head_len : link->reply.body.len;
		int flags =
			MSG_NOSIGNAL | (is_head && link->reply.body.len ? MSG_MORE : 0);
		ssize_t n = send(link->fd, from + at, len - at, flags);

		if (n < 0)
			return errno == EAGAIN ? FLUSH_WAITS : FLUSH_CLOSED;
		link->sent += (size_t)n;
	}
	link->is_answering = false;
	return link->reply.closes ? FLUSH_CLOSED : FLUSHED;
}

/* Answers what can be answered now; the link may be gone after it. */
static void work(struct answerer *answerer, struct link *link)
{
	for (;;) {
		enum flushed flushed;

		if (!link->is_answering && !take_request(answerer, link))
			return;
		if (link->reply.drops) {
			link_close(answerer, link);
			return;
		}
		if (link->reply.is_held || link->due_ms > now_ms())
			return;
		flushed = flush(link);
		if (flushed == FLUSH_CLOSED) {
			link_close(answerer, link);
			return;
		}
		link_wants(answerer, link,
			   flushed == FLUSHED ? EPOLLIN : EPOLLIN | EPOLLOUT);
		if (flushed == FLUSH_WAITS)
			return;
	}
}

static void read_link(struct answerer *answerer, struct link *link)
{
	ssize_t n;

	if (link->in_cap - link->in_len < INPUT_BYTES / 2) {
		link->in_cap = link->in_cap * 2 + INPUT_BYTES;
		link->in = realloc(link->in, link->in_cap);
		if (!link->in)
			abort();
	}
	n = recv(link->fd, link->in + link->in_len, link->in_cap - link->in_len, 0);
	if (n > 0)
		link->in_len += (size_t)n;
	if (n == 0 || (n < 0 && errno != EAGAIN))
		link_close(answerer, link);
	else
		work(answerer, link);
}

/* Works on delayed links; answers how long to wait for the next one, -1: none. */
static int work_on_delayed(struct answerer *answerer)
{
	int64_t now = now_ms(), next = INT64_MAX;
	struct link *link = answerer->links.next;

	while (link != &answerer->links) {
		struct link *following = link->next;

		if (link->is_answering && link->due_ms && link->due_ms <= now) {
			link->due_ms = 0;
			work(answerer, link);
		} else if (link->is_answering && link->due_ms && link->due_ms < next) {
			next = link->due_ms;
		}
		link = following;
	}
	return next == INT64_MAX ? -1 : (int)(next - now);
}

static void release_held(struct answerer *answerer)
{
	struct link *link = answerer->links.next;
	struct epoll_event none = {.events = 0};

	epoll_ctl(answerer->epoll, EPOLL_CTL_MOD, answerer->is_released.fd, &none);
	while (link != &answerer->links) {
		struct link *following = link->next;

		if (link->is_answering && link->reply.is_held) {
			link->reply.is_held = false;
			work(answerer, link);
		}
		link = following;
	}
}

static void *run(void *at)
{
	struct answerer *answerer = at;

	for (;;) {
		struct epoll_event event;
		int wait_ms = work_on_delayed(answerer);

		if (epoll_wait(answerer->epoll, &event, 1, wait_ms) != 1)
			continue;
		if (event.data.ptr == &answerer->is_stop)
			return NULL;
		if (event.data.ptr == &answerer->is_released)
			release_held(answerer);
		else if (event.data.ptr == answerer)
			accept_all(answerer);
		else if (event.events & (uint32_t)~EPOLLOUT)
			read_link(answerer, event.data.ptr);
		else
			work(answerer, event.data.ptr);
	}
}

/* ---- life ---- */

static void watch(struct answerer *answerer, int fd, void *ptr)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = ptr};

	if (epoll_ctl(answerer->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		abort();
}

static void listen_anywhere(struct answerer *answerer)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	answerer->listener =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(answerer->listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(answerer->listener, 4096) != 0 ||
	    getsockname(answerer->listener, (struct sockaddr *)&at, &len) != 0)
		abort();
	answerer->port = ntohs(at.sin_port);
}

struct answerer *answerer_start(answerer_fn *fn, void *owner)
{
	struct answerer *answerer = calloc(1, sizeof(*answerer));

	if (!answerer)
		abort();
	answerer->answer = fn;
	answerer->owner = owner;
	answerer->links.next = answerer->links.prev = &answerer->links;
	listen_anywhere(answerer);
	answerer->epoll = epoll_create1(EPOLL_CLOEXEC);
	flag_init(&answerer->is_stop);
	flag_init(&answerer->is_released);
	watch(answerer, answerer->listener, answerer);
	watch(answerer, answerer->is_stop.fd, &answerer->is_stop);
	watch(answerer, answerer->is_released.fd, &answerer->is_released);
	if (pthread_create(&answerer->thread, NULL, run, answerer) != 0)
		abort();
	return answerer;
}

const char *answerer_url(const struct answerer *answerer, const char *path,
			 char out[ANSWERER_URL_BYTES])
{
	snprintf(out, ANSWERER_URL_BYTES, "http://127.0.0.1:%u%s", answerer->port, path);
	return out;
}

unsigned answerer_port(const struct answerer *answerer)
{
	return answerer->port;
}

void answerer_release(struct answerer *answerer)
{
	flag_raise(&answerer->is_released);
}

unsigned answerer_requests(const struct answerer *answerer)
{
	return atomic_load(&answerer->requests);
}

unsigned answerer_connections(const struct answerer *answerer)
{
	return atomic_load(&answerer->accepted);
}

unsigned answerer_most_open(const struct answerer *answerer)
{
	return atomic_load(&answerer->most_open);
}

bool answerer_await_requests(const struct answerer *answerer, unsigned count, int ms)
{
	int64_t deadline_ms = now_ms() + ms;

	while (answerer_requests(answerer) < count) {
		if (now_ms() > deadline_ms)
			return false;
		usleep(1000);
	}
	return true;
}

void answerer_end(struct answerer *answerer)
{
	if (!answerer)
		return;
	flag_raise(&answerer->is_stop);
	pthread_join(answerer->thread, NULL);
	while (answerer->links.next != &answerer->links)
		link_close(answerer, answerer->links.next);
	close(answerer->listener);
	close(answerer->epoll);
	flag_done(&answerer->is_stop);
	flag_done(&answerer->is_released);
	free(answerer);
}
