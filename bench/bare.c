/* SPDX-License-Identifier: MIT */
/*
 * bare PORT PATH REQUESTS CONCURRENCY [put]: the limit: an epoll loop that does nothing
 * but write a request that was made beforehand, read, find the end and write the next.
 * With put, bodies of as many bytes as PATH names go up.
 *
 * It knows the server: of a head it checks the status and the length, and nothing else.
 * A head that came in pieces is put together; all else is read into one buffer, over and
 * over.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tally.h"
#include "task.h"

#define HEAD_BYTES   2048
#define READ_BYTES   (256 * 1024) /* much, for those that compare long bodies with it */
#define EVENTS	     256
#define LENGTH_FIELD "Content-Length: "

/* One connection, on which one request runs at a time. */
struct connection {
	int fd;		       /* of the socket */
	bool is_in_body;       /* the head is behind us */
	uint64_t left;	       /* of the body that comes */
	uint64_t unsent;       /* of the body that goes */
	size_t len;	       /* of the begin of a head */
	char head[HEAD_BYTES]; /* that begin */
};

static struct task task;
static struct tally tally;
static bool is_put;
static int poller;
static uint64_t begun; /* requests */
static char request[512];
static size_t request_len;
static char bytes[READ_BYTES];

static void watch(struct connection *connection, int operation, uint32_t events)
{
	struct epoll_event event = {.events = events, .data = {.ptr = connection}};

	if (epoll_ctl(poller, operation, connection->fd, &event))
		task_fail(&task, "epoll_ctl");
}

/* Writes what the socket takes of a body that goes up. */
static void send_body(struct connection *connection, bool is_watched)
{
	ssize_t n;

	while (connection->unsent > 0) {
		n = send(connection->fd, bytes,
			 connection->unsent < READ_BYTES ? (size_t)connection->unsent
							 : READ_BYTES,
			 MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			task_fail(&task, "send");
		connection->unsent -= (uint64_t)n;
		tally.bytes += (uint64_t)n;
	}
	if ((connection->unsent > 0) != is_watched)
		watch(connection, EPOLL_CTL_MOD, is_watched ? EPOLLIN : EPOLLOUT);
}

static void begin(struct connection *connection)
{
	begun++;
	connection->is_in_body = false;
	connection->len = 0;
	if (send(connection->fd, request, request_len, MSG_NOSIGNAL) !=
	    (ssize_t)request_len)
		task_fail(&task, "send");
	if (is_put) {
		connection->unsent = task.body_bytes;
		send_body(connection, false);
	}
}

/* Reads the head at the begin of bytes; where the body begins, or 0: it has not all come.
 */
static size_t take_head(struct connection *connection, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4), *length;

	if (!end && len < HEAD_BYTES) {
		memcpy(connection->head, bytes, len);
		connection->len = len;
		return 0;
	}
	length = end ? memmem(bytes, (size_t)(end - bytes), LENGTH_FIELD,
			      strlen(LENGTH_FIELD))
		     : NULL;
	if (!length || memcmp(bytes, "HTTP/1.1 200 ", 13) != 0)
		task_fail(&task, "not the head that was expected");
	else
		connection->left = strtoull(length + strlen(LENGTH_FIELD), NULL, 10);
	if (connection->left != (is_put ? TASK_SMALL_BYTES : task.body_bytes))
		task_fail(&task, "not the length that was expected");
	connection->is_in_body = true;
	return (size_t)(end + 4 - bytes);
}

static void take_body(struct connection *connection, size_t len)
{
	if (len > connection->left)
		task_fail(&task, "more than the body came");
	if (!is_put)
		tally.bytes += len;
	connection->left -= len;
	if (connection->left > 0)
		return;
	tally_end(&tally);
	if (begun < task.requests)
		begin(connection);
}

static void receive(struct connection *connection)
{
	size_t kept = connection->is_in_body ? 0 : connection->len, from = 0;
	ssize_t n;

	memcpy(bytes, connection->head, kept);
	n = recv(connection->fd, bytes + kept, sizeof(bytes) - kept, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		task_fail(&task, "the connection broke");
	if (!connection->is_in_body) {
		from = take_head(connection, kept + (size_t)n);
		if (from == 0)
			return;
	}
	take_body(connection, kept + (size_t)n - from);
}

static void open_connection(struct connection *connection)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(task.port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	connection->fd = fd;
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    fcntl(fd, F_SETFL, O_NONBLOCK))
		task_fail(&task, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct connection *connections;

	task_read(&task, argc, argv);
	is_put = task_has(&task, "put");
	request_len = (size_t)snprintf(request, sizeof(request),
				       "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n"
				       "Accept: */*\r\n",
				       is_put ? "PUT" : "GET", task.path, task.port);
	request_len += (size_t)snprintf(
		request + request_len, sizeof(request) - request_len,
		is_put ? LENGTH_FIELD "%ju\r\n\r\n" : "\r\n", (uintmax_t)task.body_bytes);
	poller = epoll_create1(EPOLL_CLOEXEC);
	connections = calloc(task.at_once, sizeof(*connections));
	if (poller < 0 || !connections)
		task_fail(&task, "memory");
	tally_begin(&tally);
	for (unsigned i = 0; i < task.at_once; i++) {
		open_connection(&connections[i]);
		begin(&connections[i]);
	}
	while (tally.requests < task.requests) {
		int n = epoll_wait(poller, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct connection *connection = events[i].data.ptr;

			if (events[i].events & EPOLLOUT)
				send_body(connection, true);
			else
				receive(connection);
		}
	}
	tally_print(&tally);
	free(connections);
	return 0;
}
