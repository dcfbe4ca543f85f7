/* SPDX-License-Identifier: MIT */
/*
 * server [K [hold]]: the server of `./run bench`: HTTP/1.1 on a free port of 127.0.0.1,
 * which it prints. It does as little as possible, so that the client decides how fast
 * things go. It ends when its standard input ends.
 *
 *	/       any head is answered with 100 bytes
 *	/N      with N bytes
 *	/wait   with 100 bytes, as soon as K requests wait, for all of them at once; with
 *		hold, "waiting" is printed then, and they are answered when a line comes
 *		on standard input
 *
 * What follows a head with Content-Length is read and forgotten before the answer, which
 * has 100 bytes then; GET and HEAD are taken to have nothing behind them. One thread
 * polls. A connection has a buffer for heads, in which as many as came at once are
 * answered; what a long answer still lacks is a number. While an answer cannot be
 * written, its connection is not read, so that no client can make it keep anything.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "task.h"

#define HEAD_BYTES   4096
#define PIECE_BYTES  (1024 * 1024) /* of a long answer, written at a time */
#define READ_BYTES   (256 * 1024)  /* of a body that comes, at a time */
#define EVENTS	     256
#define LENGTH_FIELD "Content-Length:"

/* One client's. */
struct connection {
	int fd;			 /* of the socket */
	bool is_writing;	 /* epoll tells when to go on writing; nothing is read */
	size_t len;		 /* of what lies in in */
	uint64_t skipped_bytes;	 /* of a body, still to come; the answer follows */
	uint64_t unsent;	 /* bytes of the answer */
	char head[128];		 /* of the answer, while it is long and unsent */
	size_t head_len;	 /* of it */
	struct connection *next; /* of those that wait */
	char in[HEAD_BYTES];	 /* heads */
};

static int poller;
static int listener;
static char piece[PIECE_BYTES];	   /* what long answers are made of */
static char sink[READ_BYTES];	   /* where bodies go */
static char small[256];		   /* the whole answer of 100 bytes */
static size_t small_len;	   /* of it */
static struct connection *waiting; /* the newest request to /wait */
static unsigned waiting_count;	   /* how many there are */
static unsigned waiting_limit = 1; /* K */
static bool is_held;		   /* standard input lets them go */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static size_t write_head(char *to, size_t cap, uint64_t bytes)
{
	return (size_t)snprintf(to, cap,
				"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
				"Content-Length: %ju\r\n\r\n",
				(uintmax_t)bytes);
}

static void watch(int fd, int operation, uint32_t events, void *with)
{
	struct epoll_event event = {.events = events, .data = {.ptr = with}};

	if (epoll_ctl(poller, operation, fd, &event))
		die("server: epoll_ctl");
}

static void end_connection(struct connection *connection)
{
	for (struct connection **at = &waiting; *at; at = &(*at)->next) {
		if (*at == connection) {
			*at = connection->next;
			waiting_count--;
			break;
		}
	}
	close(connection->fd);
	free(connection);
}

/* Writes what it can of a long answer; whether the connection lives. */
static bool send_rest(struct connection *connection)
{
	while (connection->unsent > 0) {
		size_t n = connection->unsent < PIECE_BYTES ? (size_t)connection->unsent
							    : PIECE_BYTES;
		struct iovec parts[] = {{connection->head, connection->head_len},
					{piece, n - connection->head_len}};
		ssize_t sent = writev(connection->fd, parts, 2);

		if (sent < 0)
			return errno == EAGAIN;
		connection->unsent -= (uint64_t)sent;
		/* The head is much shorter than what a socket takes at once. */
		connection->head_len = 0;
	}
	return true;
}

/* Answers with so many bytes. Whether the connection lives. */
static bool answer(struct connection *connection, uint64_t bytes)
{
	if (bytes == TASK_SMALL_BYTES)
		return send(connection->fd, small, small_len, MSG_NOSIGNAL) ==
		       (ssize_t)small_len;
	connection->head_len =
		write_head(connection->head, sizeof(connection->head), bytes);
	connection->unsent = connection->head_len + bytes;
	return send_rest(connection);
}

static void release_waiting(void)
{
	struct connection *at = waiting, *next;

	waiting = NULL;
	waiting_count = 0;
	for (; at; at = next) {
		next = at->next;
		at->next = NULL;
		if (!answer(at, TASK_SMALL_BYTES))
			shutdown(at->fd, SHUT_RDWR);
	}
}

static bool let_wait(struct connection *connection)
{
	connection->next = waiting;
	waiting = connection;
	if (++waiting_count < waiting_limit)
		return true;
	if (is_held) {
		puts("waiting");
		fflush(stdout);
	} else {
		release_waiting();
	}
	return true;
}

/* A head, ended by a NUL for its last CR LF. */
static bool take_head(struct connection *connection, const char *head)
{
	const char *length;

	if (!strncmp(head, "GET /wait", 9))
		return let_wait(connection);
	if (!strncmp(head, "GET /", 5))
		return answer(connection, task_body_bytes(head + 4));
	length = strncmp(head, "HEAD ", 5) ? strcasestr(head, LENGTH_FIELD) : NULL;
	if (length)
		connection->skipped_bytes =
			strtoull(length + strlen(LENGTH_FIELD), NULL, 10);
	return connection->skipped_bytes > 0 || answer(connection, TASK_SMALL_BYTES);
}

/* Forgets what belongs to a body. Whether the connection lives. */
static bool skip(struct connection *connection, size_t bytes)
{
	connection->skipped_bytes -= bytes;
	return connection->skipped_bytes > 0 || answer(connection, TASK_SMALL_BYTES);
}

/* Answers what lies in the buffer, and keeps the begin of a head. */
static bool take(struct connection *connection)
{
	char *at = connection->in, *end = at + connection->len, *behind;

	while (at < end && connection->unsent == 0) {
		if (connection->skipped_bytes > 0) {
			size_t n = (size_t)(end - at);

			if (n > connection->skipped_bytes)
				n = (size_t)connection->skipped_bytes;
			at += n;
			if (!skip(connection, n))
				return false;
			continue;
		}
		behind = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
		if (!behind)
			break;
		behind[2] = '\0';
		if (!take_head(connection, at))
			return false;
		at = behind + 4;
	}
	connection->len = (size_t)(end - at);
	memmove(connection->in, at, connection->len);
	return connection->len < HEAD_BYTES || connection->unsent > 0;
}

/* Reads once and answers. Whether the connection lives. */
static bool receive(struct connection *connection)
{
	bool is_body = connection->skipped_bytes >= READ_BYTES && connection->len == 0;
	ssize_t n = is_body ? recv(connection->fd, sink, READ_BYTES, 0)
			    : recv(connection->fd, connection->in + connection->len,
				   HEAD_BYTES - connection->len, 0);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	if (is_body)
		return skip(connection, (size_t)n);
	connection->len += (size_t)n;
	return take(connection);
}

/* epoll has something to say of it. */
static void turn(struct connection *connection)
{
	bool lives;

	if (connection->is_writing) {
		lives = send_rest(connection);
		if (lives && connection->unsent == 0)
			lives = take(connection);
	} else {
		lives = receive(connection);
	}
	if (!lives) {
		end_connection(connection);
	} else if ((connection->unsent > 0) != connection->is_writing) {
		connection->is_writing = !connection->is_writing;
		watch(connection->fd, EPOLL_CTL_MOD,
		      connection->is_writing ? EPOLLOUT : EPOLLIN, connection);
	}
}

static void welcome(void)
{
	struct connection *connection;
	int fd, on = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		connection = calloc(1, sizeof(*connection));
		if (!connection)
			die("server: memory");
		connection->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		watch(fd, EPOLL_CTL_ADD, EPOLLIN, connection);
	}
}

static void take_input(void)
{
	char line[64];

	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		exit(0);
	release_waiting();
}

static void listen_somewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) ||
	    listen(listener, SOMAXCONN) ||
	    getsockname(listener, (struct sockaddr *)&address, &len))
		die("server: socket");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
}

/* As many connections as the system lets a process have. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("server: getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];

	if (argc > 1)
		waiting_limit = (unsigned)strtoul(argv[1], NULL, 10);
	is_held = argc > 2;
	signal(SIGPIPE, SIG_IGN);
	memset(piece, '.', sizeof(piece));
	small_len = write_head(small, sizeof(small), TASK_SMALL_BYTES);
	memset(small + small_len, '.', TASK_SMALL_BYTES);
	small_len += TASK_SMALL_BYTES;
	allow_files();
	poller = epoll_create1(EPOLL_CLOEXEC);
	listen_somewhere();
	watch(listener, EPOLL_CTL_ADD, EPOLLIN, &listener);
	watch(STDIN_FILENO, EPOLL_CTL_ADD, EPOLLIN, &poller);
	for (;;) {
		int n = epoll_wait(poller, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &listener)
				welcome();
			else if (events[i].data.ptr == &poller)
				take_input();
			else
				turn(events[i].data.ptr);
		}
	}
}
