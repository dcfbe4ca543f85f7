/* SPDX-License-Identifier: MIT */
/*
 * Positioned reads and writes that go on after signals and short counts. A file
 * without a name gets one that nobody guesses and loses it at once; O_TMPFILE would
 * save a call, but not every file system has it.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* Only this user may look into what we make. */
#define FOLDER_MODE 0700

/* errno as one of the answers that the header names. */
static enum err last_failure(void)
{
	enum err err = err_from_errno(errno);

	return err == ERR_AGAIN ? ERR_SYSTEM : err;
}

enum err file_open_unlinked(int *out_fd)
{
	const char *folder = secure_getenv("TMPDIR");
	struct buf path = {0};
	enum err err;
	int fd;

	err = buf_put_str(&path, folder && *folder ? folder : "/tmp");
	if (!err)
		err = buf_put(&path, SPAN("/ixhr2-XXXXXX\0"));
	if (err)
		goto free_path;
	fd = mkostemp(path.at, O_CLOEXEC);
	if (fd < 0) {
		err = last_failure();
		goto free_path;
	}
	unlink(path.at);
	*out_fd = fd;

free_path:
	buf_done(&path);
	return err;
}

enum err file_read_at(int fd, uint64_t offset, void *to, size_t cap, size_t *out_len)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t got =
			pread(fd, (char *)to + len, cap - len, (off_t)(offset + len));

		if (got == 0)
			break;
		if (got > 0)
			len += (size_t)got;
		else if (errno != EINTR)
			return last_failure();
	}
	*out_len = len;
	return ERR_NONE;
}

enum err file_write_at(int fd, uint64_t offset, struct span bytes)
{
	while (bytes.len) {
		ssize_t put = pwrite(fd, bytes.at, bytes.len, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return last_failure();
		offset += (uint64_t)put;
		bytes = span_skip(bytes, (size_t)put);
	}
	return ERR_NONE;
}

void file_punch(int fd, uint64_t from, uint64_t to)
{
	if (from < to)
		(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)from, (off_t)(to - from));
}

static enum err make_one_folder(const char *path)
{
	struct stat info;
	enum err err;

	if (mkdir(path, FOLDER_MODE) == 0)
		return ERR_NONE;
	/* A parent that is there may be refused as read-only before it is found. */
	err = last_failure();
	if (stat(path, &info) == 0)
		err = S_ISDIR(info.st_mode) ? ERR_NONE : ERR_FILE_EXISTS;
	return err;
}

enum err file_make_folder(const char *path)
{
	size_t len = strlen(path);
	char *part = mem_alloc(len + 1);
	enum err err = ERR_NONE;

	if (!part)
		return ERR_NO_MEMORY;
	memcpy(part, path, len + 1);
	for (size_t i = 1; !err && i < len; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		err = make_one_folder(part);
		part[i] = '/';
	}
	if (!err)
		err = make_one_folder(part);
	mem_free(part);
	return err;
}
