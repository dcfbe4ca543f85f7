/* SPDX-License-Identifier: MIT */
/*
 * One object with the vtable of IStream, whose first five methods are those of
 * ISequentialStream; who asks for an IStream gets one only where Seek works. A pipe may
 * have nothing to give for long: Read waits for it and for an eventfd, by which
 * source_stop ends it.
 */
#define COBJMACROS
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ixhr2/ixhr2.h>

#include "memory.h"

struct source {
	IStream IStream_iface;	    /* what the library sees */
	atomic_uint refs;	    /* references */
	const struct bytes *bytes;  /* in memory; NULL: in fd */
	int fd;			    /* a file, a pipe, or -1 */
	int stop;		    /* an eventfd for a pipe, or -1 */
	bool may_seek;		    /* from the start again */
	uint64_t length;	    /* what source_length says */
	uint64_t base;		    /* where in fd it begins */
	_Atomic(uint64_t) position; /* how far it was read */
	int error;		    /* why Read failed */
};

static struct source *impl_from_IStream(IStream *iface)
{
	return (struct source *)(void *)iface;
}

_Static_assert(offsetof(struct source, IStream_iface) == 0, "the interface comes first");

static HRESULT STDMETHODCALLTYPE source_QueryInterface(IStream *iface, REFIID iid,
						       void **out)
{
	struct source *source = impl_from_IStream(iface);

	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISequentialStream) &&
	    !(source->may_seek && IsEqualIID(iid, &IID_IStream)))
		return E_NOINTERFACE;
	IStream_AddRef(iface);
	*out = iface;
	return S_OK;
}

static ULONG STDMETHODCALLTYPE source_AddRef(IStream *iface)
{
	return atomic_fetch_add(&impl_from_IStream(iface)->refs, 1) + 1;
}

static ULONG STDMETHODCALLTYPE source_Release(IStream *iface)
{
	struct source *source = impl_from_IStream(iface);
	ULONG refs = atomic_fetch_sub(&source->refs, 1) - 1;

	if (refs)
		return refs;
	if (source->fd > STDIN_FILENO)
		close(source->fd);
	if (source->stop >= 0)
		close(source->stop);
	free(source);
	return 0;
}

static ssize_t read_memory(struct source *source, void *to, size_t cap)
{
	uint64_t position = atomic_load(&source->position);
	uint64_t left = source->bytes->len - position;
	size_t len = left < cap ? (size_t)left : cap;

	if (len)
		memcpy(to, source->bytes->at + position, len);
	return (ssize_t)len;
}

/* Waits until the pipe can be read; false: source_stop was called. */
static bool wait_for_pipe(const struct source *source)
{
	struct pollfd fds[] = {
		{.fd = source->fd, .events = POLLIN},
		{.fd = source->stop, .events = POLLIN},
	};

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return fds[1].revents == 0;
}

static ssize_t read_fd(struct source *source, void *to, size_t cap)
{
	uint64_t position = source->base + atomic_load(&source->position);
	ssize_t got;

	do {
		if (source->may_seek)
			got = pread(source->fd, to, cap, (off_t)position);
		else
			got = read(source->fd, to, cap);
	} while (got < 0 && errno == EINTR);
	return got;
}

static HRESULT STDMETHODCALLTYPE source_Read(IStream *iface, void *to, ULONG cap,
					     ULONG *out_len)
{
	struct source *source = impl_from_IStream(iface);
	ssize_t got;

	if (source->stop >= 0 && !wait_for_pipe(source))
		return E_ABORT;
	got = source->bytes ? read_memory(source, to, cap) : read_fd(source, to, cap);
	if (got < 0) {
		source->error = errno;
		return STG_E_READFAULT;
	}
	atomic_fetch_add(&source->position, (uint64_t)got);
	if (out_len)
		*out_len = (ULONG)got;
	return (ULONG)got < cap ? S_FALSE : S_OK;
}

static HRESULT STDMETHODCALLTYPE source_Write(IStream *iface, const void *at, ULONG len,
					      ULONG *out_len)
{
	(void)iface;
	(void)at;
	(void)len;
	if (out_len)
		*out_len = 0;
	return STG_E_ACCESSDENIED;
}

/* To the start, which is all that a body needs. */
static HRESULT STDMETHODCALLTYPE source_Seek(IStream *iface, LARGE_INTEGER move,
					     DWORD origin, ULARGE_INTEGER *out_position)
{
	struct source *source = impl_from_IStream(iface);

	if (!source->may_seek || origin != STREAM_SEEK_SET || move.QuadPart != 0)
		return STG_E_INVALIDFUNCTION;
	atomic_store(&source->position, 0);
	if (out_position)
		out_position->QuadPart = 0;
	return S_OK;
}

static HRESULT STDMETHODCALLTYPE source_SetSize(IStream *iface, ULARGE_INTEGER size)
{
	(void)iface;
	(void)size;
	return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE source_CopyTo(IStream *iface, IStream *to,
					       ULARGE_INTEGER len,
					       ULARGE_INTEGER *out_read,
					       ULARGE_INTEGER *out_written)
{
	(void)iface;
	(void)to;
	(void)len;
	(void)out_read;
	(void)out_written;
	return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE source_Commit(IStream *iface, DWORD flags)
{
	(void)iface;
	(void)flags;
	return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE source_Revert(IStream *iface)
{
	(void)iface;
	return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE source_LockRegion(IStream *iface, ULARGE_INTEGER offset,
						   ULARGE_INTEGER len, DWORD type)
{
	(void)iface;
	(void)offset;
	(void)len;
	(void)type;
	return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE source_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
	(void)iface;
	(void)stat;
	(void)flags;
	return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE source_Clone(IStream *iface, IStream **out)
{
	(void)iface;
	if (out)
		*out = NULL;
	return E_NOTIMPL;
}

static const IStreamVtbl source_vtbl = {
	.QueryInterface = source_QueryInterface,
	.AddRef = source_AddRef,
	.Release = source_Release,
	.Read = source_Read,
	.Write = source_Write,
	.Seek = source_Seek,
	.SetSize = source_SetSize,
	.CopyTo = source_CopyTo,
	.Commit = source_Commit,
	.Revert = source_Revert,
	.LockRegion = source_LockRegion,
	.UnlockRegion = source_LockRegion,
	.Stat = source_Stat,
	.Clone = source_Clone,
};

/* Looks at what fd is: how long, and whether it can be read again. */
static int measure(struct source *source)
{
	struct stat found;
	off_t at;

	if (fstat(source->fd, &found))
		return errno;
	if (S_ISDIR(found.st_mode))
		return EISDIR;
	if (!S_ISREG(found.st_mode)) {
		source->stop = eventfd(0, EFD_CLOEXEC);
		return source->stop < 0 ? errno : 0;
	}
	/* Standard input may be a file of which somebody has read the beginning. */
	at = lseek(source->fd, 0, SEEK_CUR);
	source->base = at > 0 ? (uint64_t)at : 0;
	source->may_seek = true;
	source->length = (uint64_t)found.st_size > source->base
				 ? (uint64_t)found.st_size - source->base
				 : 0;
	return 0;
}

static int open_body(struct source *source, const struct task_body *body)
{
	if (body->kind == TASK_BODY_MEMORY) {
		source->bytes = &body->bytes;
		source->may_seek = true;
		source->length = body->bytes.len;
		return 0;
	}
	source->fd = STDIN_FILENO;
	if (body->kind == TASK_BODY_FILE)
		source->fd = open(body->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return source->fd < 0 ? errno : measure(source);
}

int source_new(const struct task_body *body, struct source **out_source)
{
	struct source *source;
	int error;

	*out_source = NULL;
	if (body->kind == TASK_BODY_NONE)
		return 0;
	source = memory_take(sizeof(*source));
	source->IStream_iface.lpVtbl = &source_vtbl;
	atomic_init(&source->refs, 1);
	source->fd = -1;
	source->stop = -1;
	source->length = IXHR2_LENGTH_UNKNOWN;
	error = open_body(source, body);
	if (error) {
		source_unref(source);
		return error;
	}
	if (body->has_length)
		source->length = body->length;
	else if (body->kind == TASK_BODY_INPUT)
		source->length = IXHR2_LENGTH_UNKNOWN;
	*out_source = source;
	return 0;
}

ISequentialStream *source_stream(struct source *source)
{
	return (ISequentialStream *)(void *)&source->IStream_iface;
}

uint64_t source_length(const struct source *source)
{
	return source->length;
}

uint64_t source_position(const struct source *source)
{
	return atomic_load(&source->position);
}

int source_error(const struct source *source)
{
	return source->error;
}

void source_stop(struct source *source)
{
	const uint64_t one = 1;

	/* It cannot fail but by being full, and then it was stopped already. */
	if (source && source->stop >= 0 && write(source->stop, &one, sizeof(one)) < 0)
		return;
}

void source_unref(struct source *source)
{
	if (source)
		IStream_Release(&source->IStream_iface);
}
