/* SPDX-License-Identifier: MIT */
/*
 * The temporary name lies in the folder of the final one, so that renaming never copies.
 * It does not contain the final name, which may be as long as names can be. Where nothing
 * may be replaced the kernel is asked to see to it, so that a file that appeared
 * meanwhile is safe too; file systems that cannot do that get a link, those without links
 * a look before the rename.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

/* How often a name is tried that nobody has. */
#define NAME_TRIES 16

struct output {
	char *path;	  /* the final name */
	char *temporary;  /* where it is written; NULL: at the final name */
	int fd;		  /* open for writing */
	bool may_replace; /* an existing file is replaced */
};

static char *name_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder_len = slash ? (int)(slash - path) + 1 : 0;
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), 0) < 0)
		number = (uint64_t)getpid();
	return memory_format("%.*s.ixhr2-%016llx.part", folder_len, path,
			     (unsigned long long)number);
}

static int open_beside(struct output *output)
{
	int tries;

	for (tries = 0; tries < NAME_TRIES; tries++) {
		output->temporary = name_beside(output->path);
		output->fd = open(output->temporary,
				  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (output->fd >= 0)
			return 0;
		free(output->temporary);
		output->temporary = NULL;
		if (errno != EEXIST)
			return errno;
	}
	return EEXIST;
}

static int open_special(struct output *output)
{
	output->fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return output->fd < 0 ? errno : 0;
}

static int open_any(struct output *output)
{
	struct stat found;

	if (stat(output->path, &found) == 0) {
		if (S_ISDIR(found.st_mode))
			return EISDIR;
		if (!S_ISREG(found.st_mode))
			return open_special(output);
	}
	if (!output->may_replace && lstat(output->path, &found) == 0)
		return EEXIST;
	return open_beside(output);
}

static void output_free(struct output *output)
{
	free(output->temporary);
	free(output->path);
	free(output);
}

int output_open(const char *path, bool may_replace, struct output **out_output)
{
	struct output *output = memory_take(sizeof(*output));
	int error;

	output->path = memory_text(path);
	output->may_replace = may_replace;
	error = open_any(output);
	if (error) {
		output_free(output);
		return error;
	}
	*out_output = output;
	return 0;
}

int output_write(struct output *output, const void *at, size_t len)
{
	const char *from = at;

	while (len) {
		ssize_t put = write(output->fd, from, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		from += put;
		len -= (size_t)put;
	}
	return 0;
}

/* Renames by a link, for file systems that do not know RENAME_NOREPLACE. */
static int link_and_unlink(const struct output *output)
{
	struct stat found;

	if (link(output->temporary, output->path) == 0) {
		unlink(output->temporary);
		return 0;
	}
	if (errno == EEXIST)
		return EEXIST;
	if (lstat(output->path, &found) == 0)
		return EEXIST;
	return rename(output->temporary, output->path) ? errno : 0;
}

static int give_name(const struct output *output)
{
	if (output->may_replace)
		return rename(output->temporary, output->path) ? errno : 0;
	if (renameat2(AT_FDCWD, output->temporary, AT_FDCWD, output->path,
		      RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	return link_and_unlink(output);
}

int output_commit(struct output *output)
{
	int error = close(output->fd) ? errno : 0;

	if (!error && output->temporary)
		error = give_name(output);
	if (error)
		output_unlink(output);
	output_free(output);
	return error;
}

void output_discard(struct output *output)
{
	if (!output)
		return;
	close(output->fd);
	output_unlink(output);
	output_free(output);
}

void output_unlink(const struct output *output)
{
	if (output && output->temporary)
		unlink(output->temporary);
}
