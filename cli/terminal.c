/* SPDX-License-Identifier: MIT */
/*
 * The terminal itself is asked, as standard input may be the body. The signals are
 * blocked and watched meanwhile, so that echo is on again when one ends the program; the
 * keys for those that are not watched are characters while echo is off. Room for the line
 * is taken at once, so that no part of a secret is left behind where it grew.
 */
#include "terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "memory.h"
#include "secret.h"
#include "signals.h"
#include "tick.h"

bool terminal_open(struct terminal *terminal, int signals, uint64_t deadline_ns)
{
	terminal->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	terminal->signals = signals;
	terminal->deadline_ns = deadline_ns;
	return terminal->fd >= 0;
}

void terminal_close(struct terminal *terminal)
{
	close(terminal->fd);
}

/* Waits until there is something to read. */
static enum exit_status wait_for_input(const struct terminal *terminal)
{
	struct pollfd fds[] = {
		{.fd = terminal->fd, .events = POLLIN},
		{.fd = terminal->signals, .events = POLLIN},
	};

	for (;;) {
		if (tick_ns() >= terminal->deadline_ns)
			return EXIT_STATUS_TIME;
		if (poll(fds, 2, tick_until_ms(terminal->deadline_ns)) <= 0)
			continue;
		if (fds[1].revents && signals_take(terminal->signals))
			return EXIT_STATUS_INTERRUPTED;
		if (fds[0].revents)
			return EXIT_STATUS_OK;
	}
}

/* Reads up to the end of the line; line has room for TERMINAL_LINE_BYTES and a NUL. */
static enum exit_status read_line(const struct terminal *terminal, char *line)
{
	size_t len = 0;

	for (;;) {
		enum exit_status status = wait_for_input(terminal);
		char c = '\n';

		if (status)
			return status;
		if (read(terminal->fd, &c, 1) <= 0 || c == '\n')
			return EXIT_STATUS_OK;
		if (len < TERMINAL_LINE_BYTES)
			line[len++] = c;
	}
}

/* The same with echo off. */
static enum exit_status read_hidden(const struct terminal *terminal, char *line)
{
	struct termios before, hidden;
	enum exit_status status;

	if (tcgetattr(terminal->fd, &before))
		return read_line(terminal, line);
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	hidden.c_cc[VQUIT] = _POSIX_VDISABLE;
	hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(terminal->fd, TCSAFLUSH, &hidden);
	status = read_line(terminal, line);
	tcsetattr(terminal->fd, TCSAFLUSH, &before);
	return status;
}

enum exit_status terminal_ask(const struct terminal *terminal, const char *question,
			      bool is_hidden, char **out_line)
{
	char *line = memory_take(TERMINAL_LINE_BYTES + 1);
	enum exit_status status;

	dprintf(terminal->fd, "%s", question);
	status = is_hidden ? read_hidden(terminal, line) : read_line(terminal, line);
	if (status) {
		dprintf(terminal->fd, "\n");
		secret_free(line);
		return status;
	}
	*out_line = line;
	return EXIT_STATUS_OK;
}
