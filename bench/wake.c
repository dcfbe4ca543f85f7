/* SPDX-License-Identifier: MIT */
/*
 * wake SAMPLES PAUSE_US WAY: how long it takes from Send on the program's thread, while
 * the library's threads sleep, until the other side of a kept connection has the first
 * byte; and beside it how long that takes where a thread is woken for it: an eventfd is
 * written, a thread comes out of epoll_wait, reads it and sends the same bytes.
 *
 * The thread that begins is also the other side of both connections: right behind Send,
 * or the write, it takes bytes from its end of the connection. So both figures contain
 * the same receive and no third thread. Ours and bare take turns, each SAMPLES times
 * after a few that do not count, with PAUSE_US of sleep before each.
 *
 * WAY "apart": this thread has one processor, ours and the bare one share another, and it
 * asks for bytes again and again; where a thread is woken the time contains what it takes
 * to get the other processor out of its rest. "together": all have one processor, and it
 * sleeps until there are bytes; the time is that of programs and switches alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "callback.h"

#define MAX_URL	   64
#define HEAD_BYTES 4096
#define WARM_UP	   50
#define RESPONSE                                                                         \
	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nawake"

/* One of the two that are compared. */
struct side {
	void (*say)(struct side *side); /* what is timed */
	int peer;			/* our end of its connection */
	sem_t done;			/* posted when it has the response */
	uint64_t *first_ns;		/* of each sample: until the first byte is here */
	uint64_t *said_ns;		/* of each sample: until say has returned */
};

struct ours {
	struct side side;
	IXMLHTTPRequest2Callback callback; /* what Open takes */
	IXMLHTTPRequest2 *xhr;		   /* open for the next sample */
	WCHAR url[MAX_URL];		   /* where to */
};

struct bare {
	struct side side;
	int wake_fd;	       /* the eventfd */
	int fd;		       /* its end of the connection */
	char head[HEAD_BYTES]; /* what it sends: what ours has sent */
	size_t head_bytes;     /* how much */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void init_side(struct side *side, void (*say)(struct side *), size_t samples)
{
	side->say = say;
	sem_init(&side->done, 0, 0);
	side->first_ns = calloc(samples, sizeof(uint64_t));
	side->said_ns = calloc(samples, sizeof(uint64_t));
	if (!side->first_ns || !side->said_ns)
		die("wake: memory");
}

static void await(sem_t *done)
{
	while (sem_wait(done))
		;
}

/* ---- this library ---- */

static struct ours *ours_of(IXMLHTTPRequest2Callback *callback)
{
	return (struct ours *)((char *)callback - offsetof(struct ours, callback));
}

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	(void)self, (void)xhr, (void)body;
	return S_OK;
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	(void)xhr, (void)body;
	sem_post(&ours_of(self)->side.done);
	return S_OK;
}

static HRESULT on_error(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			HRESULT error)
{
	(void)self, (void)xhr;
	fprintf(stderr, "wake: error 0x%08x\n", (unsigned)error);
	_exit(1);
}

static const IXMLHTTPRequest2CallbackVtbl callback_functions = {
	callback_query,	  callback_count, callback_count, callback_redirect,
	callback_headers, on_data,	  on_received,	  on_error,
};

static void send_request(struct side *side)
{
	struct ours *ours = (struct ours *)side;

	if (FAILED(IXMLHTTPRequest2_Send(ours->xhr, NULL, 0)))
		die("wake: Send");
}

static void open_request(struct ours *ours)
{
	if (ours->xhr)
		IXMLHTTPRequest2_Release(ours->xhr);
	if (FAILED(callback_open(&ours->callback, ours->url, &ours->xhr)))
		die("wake: Open");
}

/* ---- the bare one ---- */

static void write_wake(struct side *side)
{
	if (eventfd_write(((struct bare *)side)->wake_fd, 1))
		die("wake: eventfd");
}

static void on_event(struct bare *bare, int fd)
{
	char bytes[HEAD_BYTES];
	eventfd_t count;

	if (fd == bare->wake_fd) {
		if (eventfd_read(fd, &count) ||
		    send(bare->fd, bare->head, bare->head_bytes, MSG_NOSIGNAL) < 0)
			die("wake: bare send");
	} else {
		if (recv(fd, bytes, sizeof(bytes), 0) != sizeof(RESPONSE) - 1)
			die("wake: bare response");
		sem_post(&bare->side.done);
	}
}

static void add(int poll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event))
		die("wake: epoll");
}

static void *run_bare(void *argument)
{
	struct bare *bare = argument;
	struct epoll_event event;
	int poll_fd = epoll_create1(EPOLL_CLOEXEC);

	add(poll_fd, bare->wake_fd);
	add(poll_fd, bare->fd);
	for (;;) {
		if (epoll_wait(poll_fd, &event, 1, -1) == 1)
			on_event(bare, event.data.fd);
		else if (errno != EINTR)
			die("wake: epoll");
	}
	return NULL;
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("wake: connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* ---- the other side ---- */

static int make_listener(struct sockaddr_in *out_address)
{
	socklen_t len = sizeof(*out_address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*out_address = (struct sockaddr_in){.sin_family = AF_INET,
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)out_address, len) || listen(fd, 2) ||
	    getsockname(fd, (struct sockaddr *)out_address, &len))
		die("wake: listener");
	return fd;
}

static int accept_peer(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int on = 1;

	if (fd < 0)
		die("wake: accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Some bytes as soon as they are there. flags: MSG_DONTWAIT to ask again and again, 0 to
 * sleep. */
static size_t receive(int fd, char *to, size_t cap, int flags)
{
	ssize_t n;

	do
		n = recv(fd, to, cap, flags);
	while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n <= 0)
		die("wake: receive");
	return (size_t)n;
}

/* The rest of a head of which len bytes are there. */
static size_t receive_head(int fd, char head[HEAD_BYTES], size_t len)
{
	while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0)
		len += receive(fd, head + len, HEAD_BYTES - len, 0);
	return len;
}

static void respond(struct side *side)
{
	if (send(side->peer, RESPONSE, sizeof(RESPONSE) - 1, MSG_NOSIGNAL) < 0)
		die("wake: respond");
	await(&side->done);
}

/* The first request of ours makes the connection, and tells the bare one what to say. */
static void begin_ours(struct ours *ours, struct bare *bare, int listener)
{
	open_request(ours);
	send_request(&ours->side);
	ours->side.peer = accept_peer(listener);
	bare->head_bytes = receive_head(ours->side.peer, bare->head, 0);
	respond(&ours->side);
}

static void begin_bare(struct bare *bare, const struct sockaddr_in *address, int listener)
{
	pthread_t thread;

	bare->fd = connect_to(address);
	bare->side.peer = accept_peer(listener);
	bare->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bare->wake_fd < 0 || pthread_create(&thread, NULL, run_bare, bare))
		die("wake: thread");
}

/* Puts this thread, and those that it starts from now on, onto one of the processors. */
static void pin(const cpu_set_t *allowed, int index)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, allowed) && index-- == 0)
			CPU_SET(i, &one);
	}
	if (CPU_COUNT(&one) == 1)
		sched_setaffinity(0, sizeof(one), &one);
}

/* ---- samples ---- */

/* How samples are taken. */
struct plan {
	size_t samples;
	long pause_us;	   /* before each */
	int receive_flags; /* see receive */
};

static void sample(struct side *side, const struct plan *plan, size_t index)
{
	long pause_us = plan->pause_us;
	struct timespec pause = {pause_us / 1000000, pause_us % 1000000 * 1000};
	char head[HEAD_BYTES];
	uint64_t begin, said, first;
	size_t len;

	nanosleep(&pause, NULL);
	begin = now_ns();
	side->say(side);
	said = now_ns();
	len = receive(side->peer, head, sizeof(head), plan->receive_flags);
	first = now_ns();
	receive_head(side->peer, head, len);
	respond(side);
	side->said_ns[index] = said - begin;
	side->first_ns[index] = first - begin;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* One figure after the other: least, median, 99th percentile, greatest. */
static void print_ns(const char *name, uint64_t *ns, size_t count)
{
	qsort(ns, count, sizeof(*ns), compare);
	printf("\"%s\": {\"least\": %ju, \"median\": %ju, \"p99\": %ju, \"greatest\": "
	       "%ju}",
	       name, (uintmax_t)ns[0], (uintmax_t)ns[count / 2],
	       (uintmax_t)ns[count * 99 / 100], (uintmax_t)ns[count - 1]);
}

static void print_side(const char *name, const struct side *side, size_t count)
{
	printf(", \"%s\": {", name);
	print_ns("first_ns", side->first_ns, count);
	fputs(", ", stdout);
	print_ns("said_ns", side->said_ns, count);
	fputs("}", stdout);
}

static void measure(struct ours *ours, struct bare *bare, const struct plan *plan)
{
	for (size_t i = 0; i < WARM_UP + plan->samples; i++) {
		size_t index = i < WARM_UP ? 0 : i - WARM_UP;

		open_request(ours);
		sample(&ours->side, plan, index);
		sample(&bare->side, plan, index);
	}
}

static void print_all(const struct plan *plan, const struct ours *ours,
		      const struct bare *bare)
{
	printf("{\"samples\": %zu, \"pause_us\": %ld", plan->samples, plan->pause_us);
	print_side("ours", &ours->side, plan->samples);
	print_side("bare", &bare->side, plan->samples);
	puts("}");
}

int main(int argc, char **argv)
{
	static struct ours ours = {.callback = {&callback_functions}};
	static struct bare bare;
	struct sockaddr_in address;
	struct plan plan;
	cpu_set_t allowed;
	int listener;

	if (argc != 4 || strtoul(argv[1], NULL, 10) == 0) {
		fputs("usage: wake SAMPLES PAUSE_US apart|together\n", stderr);
		return 2;
	}
	plan.samples = strtoul(argv[1], NULL, 10);
	plan.pause_us = strtol(argv[2], NULL, 10);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	if (CPU_COUNT(&allowed) < 2 && strcmp(argv[3], "apart") == 0) {
		fputs("wake: apart needs two processors\n", stderr);
		return 2;
	}
	plan.receive_flags = strcmp(argv[3], "apart") == 0 ? MSG_DONTWAIT : 0;
	init_side(&ours.side, send_request, plan.samples);
	init_side(&bare.side, write_wake, plan.samples);
	listener = make_listener(&address);
	swprintf(ours.url, MAX_URL, L"http://127.0.0.1:%u/", ntohs(address.sin_port));

	pin(&allowed, plan.receive_flags ? 1 : 0);
	begin_ours(&ours, &bare, listener);
	begin_bare(&bare, &address, listener);
	pin(&allowed, 0);
	measure(&ours, &bare, &plan);
	print_all(&plan, &ours, &bare);
	return 0;
}
