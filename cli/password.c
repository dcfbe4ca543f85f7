/* SPDX-License-Identifier: MIT */
/*
 * The terminal itself is asked, as standard input may be the body. The signals are
 * blocked and watched meanwhile, so that echo is on again when one ends the program.
 */
#include "password.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "bytes.h"
#include "signals.h"

/* Reads up to the end of the line; false: a signal came. */
static bool read_line(int tty, int signals, struct bytes *line)
{
	struct pollfd fds[] = {
		{.fd = tty, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
	};

	for (;;) {
		char c = '\n';

		if (poll(fds, 2, -1) > 0 && fds[1].revents && signals_take(signals))
			return false;
		if (!fds[0].revents)
			continue;
		if (read(tty, &c, 1) <= 0 || c == '\n')
			return true;
		bytes_put(line, &c, 1);
	}
}

/* The same with echo off. */
static bool read_hidden(int tty, int signals, struct bytes *line)
{
	struct termios before, hidden;
	bool is_done;

	if (tcgetattr(tty, &before))
		return read_line(tty, signals, line);
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	tcsetattr(tty, TCSAFLUSH, &hidden);
	is_done = read_line(tty, signals, line);
	tcsetattr(tty, TCSAFLUSH, &before);
	return is_done;
}

enum exit_status password_ask(int signals, const char *what, char **out_password)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct bytes line = {0};
	bool is_done;

	if (tty < 0) {
		fprintf(stderr, "ixhr2: no terminal to ask for the %s\n", what);
		return EXIT_STATUS_USAGE;
	}
	dprintf(tty, "%c%s: ", toupper((unsigned char)what[0]), what + 1);
	is_done = read_hidden(tty, signals, &line);
	close(tty);
	if (!is_done) {
		bytes_done(&line);
		return EXIT_STATUS_INTERRUPTED;
	}
	*out_password = bytes_take_text(&line);
	return EXIT_STATUS_OK;
}
