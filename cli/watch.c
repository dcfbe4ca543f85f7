/* SPDX-License-Identifier: MIT */
/*
 * Standard output may be shared with other processes and is therefore not made
 * non-blocking. A pipe that poll calls writable takes PIPE_BUF bytes without blocking,
 * and so no more than that is written at a time; a file takes all at once. A reader that
 * goes away is seen by POLLERR, also while there is nothing to write.
 */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signals.h"

bool watch_init(struct watch *watch)
{
	struct stat found;

	*watch = (struct watch){0};
	watch->signals = signals_open();
	watch->outbox = outbox_new();
	if (watch->signals < 0 || !watch->outbox)
		return false;
	watch->piece_bytes = PIPE_BUF;
	if (fstat(STDOUT_FILENO, &found) == 0 && S_ISREG(found.st_mode))
		watch->piece_bytes = SIZE_MAX;
	return true;
}

static unsigned close_output(struct watch *watch, int error)
{
	if (watch->error)
		return 0;
	watch->error = error;
	outbox_close(watch->outbox);
	return WATCH_CLOSED;
}

/* Writes one piece. */
static unsigned write_piece(struct watch *watch)
{
	size_t len;
	const char *at = outbox_next(watch->outbox, &len);
	ssize_t put;

	if (!len)
		return 0;
	if (watch->before_write)
		watch->before_write(watch->owner);
	put = write(STDOUT_FILENO, at,
		    len < watch->piece_bytes ? len : watch->piece_bytes);
	if (put >= 0)
		outbox_wrote(watch->outbox, (size_t)put);
	else if (errno != EINTR && errno != EAGAIN)
		return close_output(watch, errno);
	return 0;
}

static unsigned look_at_output(struct watch *watch, short revents)
{
	if (revents & POLLOUT)
		return write_piece(watch);
	if (revents & POLLERR)
		return close_output(watch, EPIPE);
	return 0;
}

unsigned watch_wait(struct watch *watch, bool wants_input, int timeout_ms)
{
	bool has_output = !outbox_is_empty(watch->outbox);
	struct pollfd fds[] = {
		{.fd = watch->signals, .events = POLLIN},
		{.fd = outbox_bell(watch->outbox), .events = POLLIN},
		{.fd = watch->error ? -1 : STDOUT_FILENO,
		 .events = has_output ? POLLOUT : 0},
		{.fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN},
	};
	unsigned events = 0;

	if (poll(fds, sizeof(fds) / sizeof(*fds), timeout_ms) <= 0)
		return 0;
	if (fds[0].revents && signals_take(watch->signals))
		events |= WATCH_SIGNAL;
	if (fds[1].revents)
		outbox_hear(watch->outbox);
	events |= look_at_output(watch, fds[2].revents);
	if (fds[3].revents)
		events |= WATCH_INPUT;
	return events;
}
