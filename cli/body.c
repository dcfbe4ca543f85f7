/* SPDX-License-Identifier: MIT */
/* The room doubles as it fills, so that a pipe of unknown length needs few reads. */
#include "body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* What is read at a time, at least. */
#define PIECE_BYTES 65536

int body_read(struct bytes *to, const char *path)
{
	bool is_input = strcmp(path, "-") == 0;
	int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error = 0;
	ssize_t got;

	if (fd < 0)
		return errno;
	do {
		char *room = bytes_room(to, PIECE_BYTES);

		got = read(fd, room, to->cap - to->len);
		if (got > 0)
			to->len += (size_t)got;
		else if (got < 0 && errno != EINTR)
			error = errno;
	} while (got && !error);
	if (!is_input)
		close(fd);
	return error;
}
