/* SPDX-License-Identifier: MIT */
/*
 * Streams on files: ixhr2_sh_create_stream_on_file.
 *
 * The position is kept by the stream and given with each pread and pwrite; nothing is
 * buffered, since what reads bodies reads large pieces. What cannot be positioned (a
 * pipe, a terminal) is read and written in order instead.
 *
 * A file that is to be deleted is remembered by its absolute path, device and inode, so
 * that neither a new working folder nor another file in its place is hurt.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "com/istream.h"
#include "com/taskmem.h"
#include "ixhr2/shlwapi.h"

#define ACCESS_MODE   3u
#define SHARE_MODE    0x70u
#define ALLOWED_FLAGS (ACCESS_MODE | SHARE_MODE | STGM_CREATE | STGM_DELETEONRELEASE)
#define REFUSED_FLAGS (STGM_TRANSACTED | STGM_CONVERT)

#define NEW_FILE_MODE  0666
#define NEW_FIXED_MODE 0444

/* From 1601 to 1970, and the steps of a FILETIME. */
#define FILETIME_EPOCH_S 11644473600
#define FILETIME_PER_S	 10000000
#define FILETIME_NS	 100

struct filestream {
	struct istream istream; /* the interface and the position */
	int fd;			/* the file */
	char *path;		/* as it was given, in UTF-8 */
	char *doomed;		/* its absolute path if it is to be deleted, or NULL */
	dev_t device;		/* which file it is */
	ino_t inode;		/* the same */
};

static struct filestream *impl_from_istream(struct istream *stream)
{
	return (struct filestream *)stream;
}

static HRESULT result_of_write(int sys)
{
	if (sys == ENOSPC || sys == EDQUOT || sys == EFBIG)
		return STG_E_MEDIUMFULL;
	return STG_E_WRITEFAULT;
}

static HRESULT filestream_read_at(struct istream *stream, uint64_t at, void *to,
				  ULONG cap, ULONG *out_len)
{
	int fd = impl_from_istream(stream)->fd;

	while (*out_len < cap) {
		ssize_t got = pread(fd, (char *)to + *out_len, cap - *out_len,
				    (off_t)(at + *out_len));

		if (got == 0)
			break;
		if (got > 0)
			*out_len += (ULONG)got;
		else if (errno != EINTR)
			return STG_E_READFAULT;
	}
	return S_OK;
}

static HRESULT filestream_write_at(struct istream *stream, uint64_t at, const void *from,
				   ULONG len, ULONG *out_len)
{
	int fd = impl_from_istream(stream)->fd;

	while (*out_len < len) {
		ssize_t put = pwrite(fd, (const char *)from + *out_len, len - *out_len,
				     (off_t)(at + *out_len));

		if (put >= 0)
			*out_len += (ULONG)put;
		else if (errno != EINTR)
			return result_of_write(errno);
	}
	return S_OK;
}

/* One read: a pipe gives what there is. */
static HRESULT pipe_read(struct istream *stream, uint64_t at, void *to, ULONG cap,
			 ULONG *out_len)
{
	ssize_t got;

	(void)at;
	do
		got = read(impl_from_istream(stream)->fd, to, cap);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return STG_E_READFAULT;
	*out_len = (ULONG)got;
	return S_OK;
}

static HRESULT pipe_write(struct istream *stream, uint64_t at, const void *from,
			  ULONG len, ULONG *out_len)
{
	int fd = impl_from_istream(stream)->fd;

	(void)at;
	while (*out_len < len) {
		ssize_t put = write(fd, (const char *)from + *out_len, len - *out_len);

		if (put >= 0)
			*out_len += (ULONG)put;
		else if (errno != EINTR)
			return result_of_write(errno);
	}
	return S_OK;
}

static HRESULT filestream_size(struct istream *stream, uint64_t *out_bytes)
{
	off_t size = lseek(impl_from_istream(stream)->fd, 0, SEEK_END);

	if (size < 0)
		return STG_E_SEEKERROR;
	*out_bytes = (uint64_t)size;
	return S_OK;
}

static HRESULT filestream_set_size(struct istream *stream, uint64_t bytes)
{
	int result;

	do
		result = ftruncate(impl_from_istream(stream)->fd, (off_t)bytes);
	while (result < 0 && errno == EINTR);
	return result < 0 ? result_of_write(errno) : S_OK;
}

static FILETIME filetime_of(struct statx_timestamp time)
{
	int64_t steps = (time.tv_sec + FILETIME_EPOCH_S) * FILETIME_PER_S +
			time.tv_nsec / FILETIME_NS;

	return (FILETIME){(DWORD)steps, (DWORD)(steps >> 32)};
}

static HRESULT filestream_stat(struct istream *stream, STATSTG *out, bool is_named)
{
	struct filestream *file = impl_from_istream(stream);
	struct statx info;
	void *name = NULL;

	if (statx(file->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &info) !=
	    0)
		return STG_E_READFAULT;
	if (is_named && taskmem_wide(span_str(file->path), stream->unit, &name))
		return E_OUTOFMEMORY;
	out->pwcsName = name;
	out->cbSize.QuadPart = info.stx_size;
	out->mtime = filetime_of(info.stx_mtime);
	out->atime = filetime_of(info.stx_atime);
	out->ctime = filetime_of(info.stx_mask & STATX_BTIME ? info.stx_btime
							     : info.stx_mtime);
	return S_OK;
}

static void delete_if_same(const struct filestream *file)
{
	struct stat info;

	if (lstat(file->doomed, &info) == 0 && info.st_dev == file->device &&
	    info.st_ino == file->inode)
		(void)unlink(file->doomed);
}

static void filestream_free(struct istream *stream)
{
	struct filestream *file = impl_from_istream(stream);

	if (file->doomed)
		delete_if_same(file);
	if (file->fd >= 0)
		(void)close(file->fd);
	mem_free(file->doomed);
	mem_free(file->path);
	istream_done(stream);
	mem_free(file);
}

static const struct istream_kind file_kind = {
	.short_read = S_FALSE,
	.is_seekable = true,
	.read_at = filestream_read_at,
	.write_at = filestream_write_at,
	.size = filestream_size,
	.set_size = filestream_set_size,
	.stat = filestream_stat,
	.free = filestream_free,
};

static const struct istream_kind pipe_kind = {
	.short_read = S_FALSE,
	.is_seekable = false,
	.read_at = pipe_read,
	.write_at = pipe_write,
	.stat = filestream_stat,
	.free = filestream_free,
};

static HRESULT result_of_open(int sys)
{
	switch (sys) {
	case ENOENT:
	case ENOTDIR:
		return STG_E_FILENOTFOUND;
	case EACCES:
	case EPERM:
	case EISDIR:
	case ETXTBSY:
		return STG_E_ACCESSDENIED;
	case EEXIST:
		return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
	case EMFILE:
	case ENFILE:
		return STG_E_TOOMANYOPENFILES;
	case ENAMETOOLONG:
	case ELOOP:
		return STG_E_INVALIDNAME;
	case ENOSPC:
	case EDQUOT:
		return STG_E_MEDIUMFULL;
	case EROFS:
		return STG_E_DISKISWRITEPROTECTED;
	case ENOMEM:
		return E_OUTOFMEMORY;
	default:
		return E_FAIL;
	}
}

static int open_flags(DWORD stgm, BOOL create)
{
	static const int access[] = {O_RDONLY, O_WRONLY, O_RDWR};
	int flags = access[stgm & ACCESS_MODE] | O_CLOEXEC | O_NOCTTY;

	if (stgm & STGM_CREATE)
		return flags | O_CREAT | O_TRUNC;
	return create ? flags | O_CREAT | O_EXCL : flags;
}

/* Opens file->path; sets fd, device and inode, and the kind. */
static HRESULT filestream_open(struct filestream *file, int flags, mode_t mode)
{
	struct stat info;

	do
		file->fd = open(file->path, flags, mode);
	while (file->fd < 0 && errno == EINTR);
	if (file->fd < 0 || fstat(file->fd, &info) != 0)
		return result_of_open(errno);
	if (S_ISDIR(info.st_mode))
		return STG_E_ACCESSDENIED;
	if (lseek(file->fd, 0, SEEK_CUR) < 0)
		file->istream.kind = &pipe_kind;
	file->device = info.st_dev;
	file->inode = info.st_ino;
	return S_OK;
}

/* The path as zero-terminated UTF-8, owned by the caller. */
static HRESULT path_utf8(unsigned wchar_bytes, const void *path, char **out_path)
{
	struct buf utf8;
	enum err err;

	buf_init(&utf8);
	if (wchar_bytes == 1)
		err = buf_put_str(&utf8, path);
	else
		err = wide_to_utf8(path, wide_len(path, (enum wide_unit)wchar_bytes),
				   (enum wide_unit)wchar_bytes, &utf8);
	if (!err && utf8.len == 0)
		err = ERR_INVALID;
	if (!err)
		err = buf_put_byte(&utf8, '\0');
	if (err)
		goto free_utf8;
	*out_path = utf8.at;
	return S_OK;

free_utf8:
	buf_done(&utf8);
	return err == ERR_NO_MEMORY ? E_OUTOFMEMORY : E_INVALIDARG;
}

static HRESULT check(unsigned wchar_bytes, const void *path, DWORD stgm,
		     const IStream *other)
{
	if (!path || other)
		return E_INVALIDARG;
	if (wchar_bytes != 1 && wchar_bytes != WIDE_16 && wchar_bytes != WIDE_32)
		return E_INVALIDARG;
	if (stgm & REFUSED_FLAGS)
		return STG_E_INVALIDFUNCTION;
	if ((stgm & ~ALLOWED_FLAGS) || (stgm & ACCESS_MODE) == ACCESS_MODE)
		return STG_E_INVALIDFLAG;
	return S_OK;
}

/* Remembers where the file is, for deleting it. */
static HRESULT filestream_doom(struct filestream *file)
{
	char path[PATH_MAX];
	size_t len;

	if (!realpath(file->path, path))
		return result_of_open(errno);
	len = strlen(path) + 1;
	file->doomed = mem_alloc(len);
	if (!file->doomed)
		return E_OUTOFMEMORY;
	memcpy(file->doomed, path, len);
	return S_OK;
}

/* A stream on no file yet, which takes the path over; NULL when memory is out. */
static struct filestream *filestream_new(unsigned wchar_bytes, DWORD stgm, char *path)
{
	struct filestream *file = mem_zalloc(sizeof(*file));
	unsigned unit = wchar_bytes == 1 ? sizeof(wchar_t) : wchar_bytes;

	if (!file)
		return NULL;
	istream_init(&file->istream, &file_kind, (enum wide_unit)unit, stgm);
	file->fd = -1;
	file->path = path;
	return file;
}

HRESULT ixhr2_sh_create_stream_on_file(unsigned wchar_bytes, const void *path, DWORD stgm,
				       DWORD attributes, BOOL create,
				       IStream *file_template, IStream **out)
{
	mode_t mode =
		attributes & FILE_ATTRIBUTE_READONLY ? NEW_FIXED_MODE : NEW_FILE_MODE;
	struct filestream *file;
	char *utf8 = NULL;
	HRESULT hr;

	if (!out)
		return E_INVALIDARG;
	*out = NULL;
	hr = check(wchar_bytes, path, stgm, file_template);
	if (SUCCEEDED(hr))
		hr = path_utf8(wchar_bytes, path, &utf8);
	if (FAILED(hr))
		return hr;
	file = filestream_new(wchar_bytes, stgm, utf8);
	if (!file) {
		mem_free(utf8);
		return E_OUTOFMEMORY;
	}
	hr = filestream_open(file, open_flags(stgm, create), mode);
	if (SUCCEEDED(hr) && (stgm & STGM_DELETEONRELEASE))
		hr = filestream_doom(file);
	if (FAILED(hr))
		filestream_free(&file->istream);
	else
		*out = &file->istream.IStream_iface;
	return hr;
}
