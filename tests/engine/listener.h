/* SPDX-License-Identifier: MIT */
/*
 * A listening socket on 127.0.0.1, and what a test does with the connections that it
 * accepts. Every wait is bounded and fails the test. Main thread only.
 */
#ifndef IXHR2_TESTS_ENGINE_LISTENER_H
#define IXHR2_TESTS_ENGINE_LISTENER_H

#include "lib/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the other side may take for one thing. */
#define LISTENER_STEP_MS 60000

struct listener {
	int fd;	       /* listens */
	uint16_t port; /* there */
	char url[40];  /* "http://127.0.0.1:port/" */
};

static inline void listener_open(struct listener *listener)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener->fd >= 0);
	assert_int_equal(bind(listener->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener->fd, 1000), 0);
	assert_int_equal(getsockname(listener->fd, (struct sockaddr *)&at, &len), 0);
	listener->port = ntohs(at.sin_port);
	snprintf(listener->url, sizeof(listener->url), "http://127.0.0.1:%u/",
		 listener->port);
}

static inline void listener_close(struct listener *listener)
{
	close(listener->fd);
}

/* Whether something is to be read or accepted within ms. */
static inline int listener_has(int fd, int ms)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	return poll(&one, 1, ms) == 1;
}

static inline int listener_accept(const struct listener *listener)
{
	int fd;

	assert_true(listener_has(listener->fd, LISTENER_STEP_MS));
	fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Reads up to an empty line; the head is forgotten. */
static inline void listener_take_head(int fd)
{
	char last[4] = "";

	while (memcmp(last, "\r\n\r\n", 4) != 0) {
		memmove(last, last + 1, 3);
		assert_true(listener_has(fd, LISTENER_STEP_MS));
		assert_int_equal(recv(fd, last + 3, 1, 0), 1);
	}
}

static inline void listener_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The other side closes without saying more. */
static inline void listener_expect_close(int fd)
{
	char byte;

	assert_true(listener_has(fd, LISTENER_STEP_MS));
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	close(fd);
}

#endif
