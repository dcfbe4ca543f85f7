/* SPDX-License-Identifier: MIT */
/*
 * A flag that one thread raises and others wait for. It stays up until it is lowered.
 * It is an eventfd, so that it can be polled together with sockets.
 */
#ifndef IXHR2_TESTS_LIB_FLAG_H
#define IXHR2_TESTS_LIB_FLAG_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct flag {
	int fd;		/* readable while the flag is up */
	atomic_int ups; /* orders memory between who raises and who waits */
};

static inline void flag_init(struct flag *flag)
{
	atomic_init(&flag->ups, 0);
	flag->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (flag->fd < 0)
		abort();
}

static inline void flag_done(struct flag *flag)
{
	close(flag->fd);
}

static inline void flag_raise(struct flag *flag)
{
	uint64_t one = 1;

	atomic_fetch_add(&flag->ups, 1);
	if (write(flag->fd, &one, sizeof(one)) < 0)
		abort();
}

static inline void flag_lower(struct flag *flag)
{
	uint64_t count;
	ssize_t n = read(flag->fd, &count, sizeof(count));

	(void)n; /* it was down already */
}

/* Whether the flag is up within ms. */
static inline bool flag_wait(const struct flag *flag, int ms)
{
	struct pollfd one = {.fd = flag->fd, .events = POLLIN};

	return poll(&one, 1, ms) == 1 && atomic_load(&flag->ups) > 0;
}

static inline bool flag_is_up(const struct flag *flag)
{
	return flag_wait(flag, 0);
}

#endif
