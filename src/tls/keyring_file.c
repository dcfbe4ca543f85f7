/* SPDX-License-Identifier: MIT */
/*
 * Symbolic links are followed, as people keep keys elsewhere; what counts is the file at
 * their end. It is opened once, and owner, mode and content are those of the descriptor,
 * so that nobody can change one for the other between two looks. A pipe in the folder is
 * not waited for: it is opened without blocking, and refused as no regular file.
 *
 * Writing goes to a name that begins with a dot and that the folder's readers pass over,
 * through to the disk, and then to the final name.
 */
#include "tls/keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tls/keyring.h"

/* What nobody else may do with a private key. */
#define OTHERS_MODE (S_IRWXG | S_IRWXO)

static const char reading[] = "reading a certificate file";
static const char writing[] = "writing a certificate file";

/* errno as one of the answers that the header names. */
static enum err last_failure(struct fault *fault, const char *what)
{
	int sys = errno;
	enum err err = err_from_errno(sys);

	return fault_set(fault, err > 0 ? ERR_SYSTEM : err, sys, what);
}

/* ---- reading ---- */

/* Fills the room that there is, up to the end of the file. */
static enum err read_all(struct keyring_file *file, int fd, struct fault *fault)
{
	while (file->len < file->cap) {
		ssize_t got = read(fd, file->at + file->len, file->cap - file->len);

		if (got == 0)
			return ERR_NONE;
		if (got > 0)
			file->len += (size_t)got;
		else if (errno != EINTR)
			return last_failure(fault, reading);
	}
	return ERR_NONE;
}

/* One byte more than is wanted shows that a file is longer. */
static enum err read_open(struct keyring_file *file, int fd,
			  enum keyring_file_origin origin, struct fault *fault)
{
	size_t cap = KEYRING_MAX_FILE_BYTES + 1;
	struct stat info;
	enum err err;

	if (fstat(fd, &info))
		return last_failure(fault, reading);
	if (S_ISREG(info.st_mode) && info.st_size < KEYRING_MAX_FILE_BYTES)
		cap = (size_t)info.st_size + 1;
	else if (origin == KEYRING_FILE_OURS &&
		 (!S_ISREG(info.st_mode) || info.st_size > KEYRING_MAX_FILE_BYTES))
		return fault_set(fault, ERR_INVALID, 0, reading);
	file->is_exposed = (info.st_mode & OTHERS_MODE) ||
			   (info.st_uid != 0 && info.st_uid != geteuid());
	file->at = mem_alloc(cap);
	if (!file->at)
		return fault_set(fault, ERR_NO_MEMORY, 0, reading);
	file->cap = cap;
	err = read_all(file, fd, fault);
	if (!err && file->len > KEYRING_MAX_FILE_BYTES)
		err = fault_set(fault, ERR_INVALID, 0, "the file is too long");
	return err;
}

enum err keyring_file_read(struct keyring_file *file, const char *path,
			   enum keyring_file_origin origin, struct fault *fault)
{
	int nonblock = origin == KEYRING_FILE_OURS ? O_NONBLOCK : 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | nonblock);
	enum err err;

	if (fd < 0)
		return last_failure(fault, reading);
	err = read_open(file, fd, origin, fault);
	if (err)
		keyring_file_done(file);
	close(fd);
	return err;
}

struct span keyring_file_span(const struct keyring_file *file)
{
	return span_of(file->at, file->len);
}

void keyring_file_done(struct keyring_file *file)
{
	mem_wipe(file->at, file->cap);
	mem_free(file->at);
	*file = (struct keyring_file){0};
}

/* ---- writing ---- */

/* What was renamed is on the disk when the folder is; where that cannot be asked for,
 * nothing is lost but certainty. */
static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/* Fills the file open as fd, named part, and gives it its name. */
static enum err write_part(int fd, const char *part, const char *path, struct span bytes,
			   struct fault *fault)
{
	enum err err = file_write_at(fd, 0, bytes);

	if (err)
		return fault_set(fault, err, 0, writing);
	if (fsync(fd) || rename(part, path))
		return last_failure(fault, writing);
	return ERR_NONE;
}

enum err keyring_file_write(const char *folder, const char *name, struct span bytes,
			    struct fault *fault)
{
	char *part = keyring_file_path(folder, SPAN(".ixhr2-"), "XXXXXX");
	char *path = keyring_file_path(folder, span_str(name), "");
	enum err err = part && path ? file_make_folder(folder) : ERR_NO_MEMORY;
	int fd;

	if (err) {
		fault_set(fault, err, 0, writing);
		goto free_paths;
	}
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0) {
		err = last_failure(fault, writing);
		goto free_paths;
	}
	err = write_part(fd, part, path, bytes, fault);
	if (err)
		unlink(part);
	else
		sync_folder(folder);
	close(fd);

free_paths:
	mem_free(path);
	mem_free(part);
	return err;
}

enum err keyring_file_remove(const char *path)
{
	struct fault fault = {0};

	if (unlink(path) == 0 || errno == ENOENT)
		return ERR_NONE;
	return last_failure(&fault, writing);
}

char *keyring_file_path(const char *folder, struct span name, const char *suffix)
{
	size_t folder_len = strlen(folder), suffix_len = strlen(suffix);
	char *path = mem_alloc(folder_len + 1 + name.len + suffix_len + 1);
	char *at = path;

	if (!path)
		return NULL;
	at = mempcpy(at, folder, folder_len);
	*at++ = '/';
	at = mempcpy(at, name.at, name.len);
	memcpy(at, suffix, suffix_len + 1);
	return path;
}
