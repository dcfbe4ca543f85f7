/* SPDX-License-Identifier: MIT */
/*
 * Files for reading. A handle stands for a descriptor of its own, which has the position;
 * the kernel moves it with each read, so that threads that read one file at once get
 * different bytes. The descriptor is closed when no handle and no call uses it any more.
 *
 * A path becomes UTF-8 on the stack, since the kernel takes no longer one.
 */
#include "ixhr2/fileapi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "win/last_error.h"
#include "win/object.h"
#include "win/transcode.h"

#define READ_ACCESS	(GENERIC_READ | FILE_READ_DATA)
#define ALLOWED_ACCESS	(GENERIC_READ | FILE_GENERIC_READ)
#define ALL_SHARES	(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define FILE_ATTRIBUTES 0x0007FFFFu
#define ALLOWED_FLAGS                                                                    \
	(FILE_ATTRIBUTES | FILE_FLAG_OPEN_NO_RECALL | FILE_FLAG_SEQUENTIAL_SCAN |        \
	 FILE_FLAG_RANDOM_ACCESS)

/* The most that one read asks for: the kernel gives no more. */
#define READ_BYTES 0x40000000u

struct file {
	struct object object; /* what its handles name */
	int fd;		      /* owned */
};

static void file_free(struct object *object)
{
	(void)close(((struct file *)object)->fd);
	mem_free(object);
}

static const struct object_kind file_kind = {.free = file_free};

static DWORD error_of_open(int sys)
{
	switch (sys) {
	case ENOENT:
		return ERROR_FILE_NOT_FOUND;
	case ENOTDIR:
		return ERROR_PATH_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EISDIR:
		return ERROR_ACCESS_DENIED;
	case EMFILE:
	case ENFILE:
		return ERROR_TOO_MANY_OPEN_FILES;
	case ENAMETOOLONG:
		return ERROR_FILENAME_EXCED_RANGE;
	case ELOOP:
		return ERROR_INVALID_NAME;
	case ENOMEM:
		return ERROR_NOT_ENOUGH_MEMORY;
	default:
		return ERROR_GEN_FAILURE;
	}
}

static DWORD check(const SECURITY_ATTRIBUTES *attributes, DWORD access, DWORD share,
		   DWORD disposition, DWORD flags)
{
	if ((share & ~ALL_SHARES) || disposition < CREATE_NEW ||
	    disposition > TRUNCATE_EXISTING)
		return ERROR_INVALID_PARAMETER;
	if ((access & ~ALLOWED_ACCESS) || !(access & READ_ACCESS) ||
	    disposition != OPEN_EXISTING || (flags & ~ALLOWED_FLAGS) ||
	    (attributes && attributes->bInheritHandle))
		return ERROR_NOT_SUPPORTED;
	return 0;
}

/* Opens a path; the error, or 0. */
static DWORD open_path(const char *path, int *out_fd)
{
	struct stat info;
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return error_of_open(errno);
	if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
		(void)close(fd);
		return ERROR_ACCESS_DENIED;
	}
	*out_fd = fd;
	return 0;
}

/* The same for a path in the program's units. */
static DWORD open_text(unsigned wchar_bytes, const void *path, int *out_fd)
{
	char utf8[PATH_MAX];
	struct transcode_text text = {.at = path, .unit_bytes = wchar_bytes};
	struct transcode_room room = {
		.at = utf8, .room = sizeof(utf8) - 1, .unit_bytes = 1};

	if (wchar_bytes == 1)
		return open_path(path, out_fd);
	text.count = transcode_length(path, wchar_bytes, sizeof(utf8));
	if (transcode_all(&room, &text))
		return ERROR_INVALID_NAME;
	if (room.len > room.room)
		return ERROR_FILENAME_EXCED_RANGE;
	utf8[room.len] = '\0';
	return open_path(utf8, out_fd);
}

/* A handle of a descriptor, which it takes over; the error, or 0. */
static DWORD file_open(int fd, HANDLE *out_handle)
{
	struct file *file = mem_alloc(sizeof(*file));

	if (!file) {
		(void)close(fd);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	object_init(&file->object, &file_kind);
	file->fd = fd;
	if (object_open(&file->object, out_handle)) {
		object_unref(&file->object);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	return 0;
}

HANDLE ixhr2_create_file(unsigned wchar_bytes, const void *path, DWORD access,
			 DWORD share, const SECURITY_ATTRIBUTES *attributes,
			 DWORD disposition, DWORD flags, HANDLE file_template)
{
	HANDLE handle = INVALID_HANDLE_VALUE;
	DWORD error;
	int fd = -1;

	(void)file_template;
	if (!transcode_has_unit(wchar_bytes))
		error = ERROR_INVALID_PARAMETER;
	else
		error = check(attributes, access, share, disposition, flags);
	if (!error && (!path || transcode_unit(path, wchar_bytes, 0) == 0))
		error = ERROR_PATH_NOT_FOUND;
	if (!error)
		error = open_text(wchar_bytes, path, &fd);
	if (!error)
		error = file_open(fd, &handle);
	if (error)
		last_error_set(error);
	return handle;
}

/* The file of a handle with a reference, the caller's; NULL, and the last error, where it
 * is none. */
static struct file *file_use(HANDLE handle)
{
	struct object *object;

	object_lock();
	object = object_get(handle, &file_kind);
	if (object)
		object_ref(object);
	object_unlock();
	if (!object)
		last_error_set(ERROR_INVALID_HANDLE);
	return (struct file *)object;
}

/* Whether a file ends, so that a short read is not the last one. */
static bool has_end(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISBLK(info.st_mode));
}

/* One read; the error, or 0. */
static DWORD read_once(int fd, void *to, size_t cap, size_t *out_len)
{
	ssize_t got;

	do
		got = read(fd, to, cap < READ_BYTES ? cap : READ_BYTES);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EFAULT ? ERROR_NOACCESS : ERROR_READ_FAULT;
	*out_len = (size_t)got;
	return 0;
}

/* Reads up to bytes; what came before a failure counts, and the failure comes again. */
static DWORD file_read(int fd, char *to, DWORD bytes, DWORD *out_read)
{
	DWORD done = 0;
	size_t len = 0;

	do {
		DWORD error = read_once(fd, to + done, bytes - done, &len);

		if (error && done == 0)
			return error;
		if (error)
			break;
		done += (DWORD)len;
	} while (len > 0 && done < bytes && has_end(fd));
	*out_read = done;
	return 0;
}

BOOL ixhr2_read_file(HANDLE handle, void *to, DWORD bytes, DWORD *out_read,
		     OVERLAPPED *overlapped)
{
	struct file *file;
	DWORD error = 0;

	if (!out_read)
		return last_error_fail(ERROR_INVALID_PARAMETER);
	*out_read = 0;
	if (overlapped)
		return last_error_fail(ERROR_NOT_SUPPORTED);
	if (!to && bytes)
		return last_error_fail(ERROR_INVALID_PARAMETER);
	file = file_use(handle);
	if (!file)
		return FALSE;
	if (bytes)
		error = file_read(file->fd, to, bytes, out_read);
	object_unref(&file->object);
	return error ? last_error_fail(error) : TRUE;
}

BOOL ixhr2_get_file_size(HANDLE handle, LARGE_INTEGER *out)
{
	struct file *file;
	struct stat info;
	bool has_size;

	if (!out)
		return last_error_fail(ERROR_INVALID_PARAMETER);
	file = file_use(handle);
	if (!file)
		return FALSE;
	has_size = fstat(file->fd, &info) == 0 && S_ISREG(info.st_mode);
	object_unref(&file->object);
	if (!has_size)
		return last_error_fail(ERROR_INVALID_FUNCTION);
	out->QuadPart = info.st_size;
	return TRUE;
}

BOOL ixhr2_set_file_pointer(HANDLE handle, LARGE_INTEGER distance, LARGE_INTEGER *out,
			    DWORD from)
{
	static const int whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
	struct file *file;
	off_t at;
	int sys;

	if (from > FILE_END)
		return last_error_fail(ERROR_INVALID_PARAMETER);
	file = file_use(handle);
	if (!file)
		return FALSE;
	at = lseek(file->fd, (off_t)distance.QuadPart, whence[from]);
	sys = errno;
	object_unref(&file->object);
	if (at < 0)
		return last_error_fail(sys == ESPIPE ? ERROR_INVALID_FUNCTION
						     : ERROR_NEGATIVE_SEEK);
	if (out)
		out->QuadPart = at;
	return TRUE;
}
