/* SPDX-License-Identifier: MIT */
/*
 * A program's own random access stream, whose operations end before they are handed
 * over, when they are given a handler, or later on a thread, and which can go wrong in
 * every way that the interfaces leave open. foreign_await_none waits until all of them
 * are gone.
 */
#ifndef IXHR2_TESTS_WIN_FOREIGN_STREAM_H
#define IXHR2_TESTS_WIN_FOREIGN_STREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "win/abi.h"

#define FOREIGN_MAX_BYTES (4u * 1024 * 1024)
#define FOREIGN_WAIT_MS	  60000

/* When an operation ends. */
enum foreign_end {
	FOREIGN_BEFORE, /* before it is handed over */
	FOREIGN_AT_PUT, /* in put_Completed, which calls the handler */
	FOREIGN_LATER,	/* on a thread, some time after put_Completed */
	FOREIGN_RACING, /* on a thread, at any time */
	FOREIGN_ENDS
};

/* What goes wrong. */
enum foreign_trick {
	FOREIGN_HONEST,
	FOREIGN_OTHER_BUFFER,	 /* the result is not the buffer that was given */
	FOREIGN_NO_BYTES,	 /* it has no IBufferByteAccess */
	FOREIGN_NULL_BYTES,	 /* which says NULL */
	FOREIGN_TOO_LONG,	 /* more than asked for */
	FOREIGN_NULL_OPERATION,	 /* S_OK without one */
	FOREIGN_NULL_RESULT,	 /* GetResults gives S_OK without one */
	FOREIGN_TWICE,		 /* the handler is called twice */
	FOREIGN_STILL_STARTED,	 /* get_Status says Started for ever */
	FOREIGN_TOLD_STARTED,	 /* the handler is told so */
	FOREIGN_NEVER_ENDS,	 /* both */
	FOREIGN_NO_INFO,	 /* there is no IAsyncInfo */
	FOREIGN_FAILED,		 /* Error, with STG_E_LOCKVIOLATION */
	FOREIGN_FAILED_UNKNOWN,	 /* Error, and get_ErrorCode fails */
	FOREIGN_CANCELED,	 /* Canceled */
	FOREIGN_STRANGE,	 /* a status that there is not */
	FOREIGN_DROPPED,	 /* the handler is taken, and released uncalled */
	FOREIGN_REFUSED,	 /* put_Completed fails */
	FOREIGN_REFUSED_AT_ONCE, /* ReadAsync and the others fail */
	FOREIGN_STANDS_STILL,	 /* they leave the position where it is */
	FOREIGN_NO_OTHERS,	 /* there is neither IInputStream nor IOutputStream */
	FOREIGN_MUTE,		 /* nothing but reading and writing is implemented */
	FOREIGN_TRICKS
};

struct foreign {
	IRandomAccessStream random; /* the interfaces */
	IInputStream input;	    /* the same */
	IOutputStream output;	    /* the same */
	atomic_uint refs;	    /* references */
	enum foreign_end end;	    /* set by the test */
	enum foreign_trick trick;   /* the same */
	UINT32 most;		    /* of one ReadAsync or WriteAsync; 0: no limit */
	bool no_read, no_write;	    /* get_CanRead, get_CanWrite say no */
	struct foreign *behind;	    /* whose bytes these are; a reference, or NULL */
	atomic_uint flushes;	    /* FlushAsync came */
	bool flush_fails;	    /* its result is FALSE */
	UINT64 position, size;	    /* where it stands, and how much there is */
	char *bytes;		    /* FOREIGN_MAX_BYTES of them, owned */
};

/* One operation of any kind, seen as one that reads or, flag, flushes. */
struct foreign_operation {
	union {
		IBufferOperation typed; /* its interface */
		IFlagOperation flag;	/* the same */
	};
	IAsyncInfo info;	  /* the other one */
	atomic_uint refs;	  /* references */
	enum foreign_end end;	  /* of its stream */
	enum foreign_trick trick; /* of its stream */
	pthread_mutex_t lock;	  /* guards what follows */
	bool has_ended;		  /* it has */
	IFlagHandler *handler;	  /* a reference, or NULL */
	IBuffer *buffer;	  /* the result, or NULL */
	UINT32 count;		  /* the result of the others */
};

/* Another buffer: some bytes, which it may refuse to show. */
struct foreign_buffer {
	IBuffer buffer;		  /* the interfaces */
	IBufferByteAccess access; /* the same */
	atomic_uint refs;	  /* references */
	enum foreign_trick trick; /* of its stream */
	UINT32 length;		  /* bytes */
	byte *bytes;		  /* owned */
};

/* How many objects and threads there are. */
static atomic_int foreign_live;

#define FOREIGN_OF(type, member, at) ((type *)((char *)(at)-offsetof(type, member)))

/* Whether everything is gone in time. */
static inline bool foreign_await_none(void)
{
	for (int ms = 0; ms < FOREIGN_WAIT_MS && atomic_load(&foreign_live); ms++)
		usleep(1000);
	return atomic_load(&foreign_live) == 0;
}

static inline void *foreign_alloc(size_t bytes)
{
	void *at = calloc(1, bytes);

	if (!at)
		abort();
	atomic_fetch_add(&foreign_live, 1);
	return at;
}

static inline void foreign_free(void *at)
{
	free(at);
	atomic_fetch_sub(&foreign_live, 1);
}

/* What this stream has no use for. */
static inline HRESULT foreign_no_iids(void *face, ULONG *count, IID **iids)
{
	(void)face;
	(void)count;
	(void)iids;
	return E_NOTIMPL;
}

#define FOREIGN_INSPECTABLE(type, of, free_it, query_it)                                 \
	static HRESULT type##_foreign_query(type *face, REFIID iid, void **out)          \
	{                                                                                \
		return query_it(of(face), iid, out);                                     \
	}                                                                                \
	static ULONG type##_foreign_ref(type *face)                                      \
	{                                                                                \
		return atomic_fetch_add(&of(face)->refs, 1) + 1;                         \
	}                                                                                \
	static ULONG type##_foreign_unref(type *face)                                    \
	{                                                                                \
		ULONG refs = atomic_fetch_sub(&of(face)->refs, 1) - 1;                   \
                                                                                         \
		if (refs == 0)                                                           \
			free_it(of(face));                                               \
		return refs;                                                             \
	}

#define FOREIGN_METHODS(type, of, free_it, query_it)                                     \
	FOREIGN_INSPECTABLE(type, of, free_it, query_it)                                 \
	static HRESULT type##_foreign_iids(type *face, ULONG *count, IID **iids)         \
	{                                                                                \
		return foreign_no_iids(face, count, iids);                               \
	}                                                                                \
	static HRESULT type##_foreign_name(type *face, HSTRING *out)                     \
	{                                                                                \
		(void)face;                                                              \
		(void)out;                                                               \
		return E_NOTIMPL;                                                        \
	}                                                                                \
	static HRESULT type##_foreign_trust(type *face, TrustLevel *out)                 \
	{                                                                                \
		(void)face;                                                              \
		(void)out;                                                               \
		return E_NOTIMPL;                                                        \
	}

#define FOREIGN_UNKNOWN_VTBL(type)                                                       \
	type##_foreign_query, type##_foreign_ref, type##_foreign_unref
#define FOREIGN_VTBL(type)                                                               \
	FOREIGN_UNKNOWN_VTBL(type), type##_foreign_iids, type##_foreign_name,            \
		type##_foreign_trust

static inline HRESULT foreign_give(void *face, void **out)
{
	IUnknown *unknown = face;

	*out = face;
	unknown->lpVtbl->AddRef(unknown);
	return S_OK;
}

/* The other buffer. */

static inline struct foreign_buffer *foreign_buffer_of(IBuffer *face)
{
	return FOREIGN_OF(struct foreign_buffer, buffer, face);
}

static inline struct foreign_buffer *foreign_access_of(IBufferByteAccess *face)
{
	return FOREIGN_OF(struct foreign_buffer, access, face);
}

static inline void foreign_buffer_free(struct foreign_buffer *buffer)
{
	free(buffer->bytes);
	foreign_free(buffer);
}

static inline HRESULT foreign_buffer_query(struct foreign_buffer *buffer, REFIID iid,
					   void **out)
{
	*out = NULL;
	if (IsEqualIID(iid, &IID_IBuffer) || IsEqualIID(iid, &IID_IUnknown))
		return foreign_give(&buffer->buffer, out);
	if (IsEqualIID(iid, &IID_IBufferByteAccess) && buffer->trick != FOREIGN_NO_BYTES)
		return foreign_give(&buffer->access, out);
	return E_NOINTERFACE;
}

FOREIGN_METHODS(IBuffer, foreign_buffer_of, foreign_buffer_free, foreign_buffer_query)
FOREIGN_INSPECTABLE(IBufferByteAccess, foreign_access_of, foreign_buffer_free,
		    foreign_buffer_query)

static HRESULT foreign_buffer_length(IBuffer *face, UINT32 *value)
{
	*value = foreign_buffer_of(face)->length;
	return S_OK;
}

static HRESULT foreign_buffer_put_length(IBuffer *face, UINT32 value)
{
	(void)face;
	(void)value;
	return E_NOTIMPL;
}

static HRESULT foreign_buffer_bytes(IBufferByteAccess *face, byte **value)
{
	struct foreign_buffer *buffer = foreign_access_of(face);

	*value = buffer->trick == FOREIGN_NULL_BYTES ? NULL : buffer->bytes;
	return S_OK;
}

static const IBufferVtbl foreign_buffer_vtbl = {
	FOREIGN_VTBL(IBuffer),
	foreign_buffer_length,
	foreign_buffer_length,
	foreign_buffer_put_length,
};

static const IBufferByteAccessVtbl foreign_access_vtbl = {
	FOREIGN_UNKNOWN_VTBL(IBufferByteAccess),
	foreign_buffer_bytes,
};

static inline IBuffer *foreign_buffer_new(enum foreign_trick trick, const void *bytes,
					  UINT32 length)
{
	struct foreign_buffer *buffer = foreign_alloc(sizeof(*buffer));

	buffer->buffer.lpVtbl = &foreign_buffer_vtbl;
	buffer->access.lpVtbl = &foreign_access_vtbl;
	atomic_init(&buffer->refs, 1);
	buffer->trick = trick;
	buffer->length = length;
	buffer->bytes = malloc(length + 1);
	memcpy(buffer->bytes, bytes, length);
	return &buffer->buffer;
}

/* Operations. */

static inline struct foreign_operation *foreign_typed_of(IBufferOperation *face)
{
	return FOREIGN_OF(struct foreign_operation, typed, face);
}

static inline struct foreign_operation *foreign_flag_of(IFlagOperation *face)
{
	return FOREIGN_OF(struct foreign_operation, flag, face);
}

static inline struct foreign_operation *foreign_info_of(IAsyncInfo *face)
{
	return FOREIGN_OF(struct foreign_operation, info, face);
}

static inline void foreign_operation_free(struct foreign_operation *operation)
{
	if (operation->handler)
		operation->handler->lpVtbl->Release(operation->handler);
	if (operation->buffer)
		operation->buffer->lpVtbl->Release(operation->buffer);
	pthread_mutex_destroy(&operation->lock);
	foreign_free(operation);
}

static inline HRESULT foreign_operation_query(struct foreign_operation *operation,
					      REFIID iid, void **out)
{
	*out = NULL;
	if (IsEqualIID(iid, &IID_IAsyncInfo) && operation->trick != FOREIGN_NO_INFO)
		return foreign_give(&operation->info, out);
	if (IsEqualIID(iid, &IID_IUnknown))
		return foreign_give(&operation->typed, out);
	return E_NOINTERFACE;
}

FOREIGN_METHODS(IBufferOperation, foreign_typed_of, foreign_operation_free,
		foreign_operation_query)
FOREIGN_METHODS(IFlagOperation, foreign_flag_of, foreign_operation_free,
		foreign_operation_query)
FOREIGN_METHODS(IAsyncInfo, foreign_info_of, foreign_operation_free,
		foreign_operation_query)

static inline AsyncStatus foreign_status(const struct foreign_operation *operation)
{
	switch (operation->trick) {
	case FOREIGN_FAILED:
	case FOREIGN_FAILED_UNKNOWN:
		return Error;
	case FOREIGN_CANCELED:
		return Canceled;
	case FOREIGN_STRANGE:
		return (AsyncStatus)77;
	default:
		return Completed;
	}
}

static HRESULT foreign_get_id(IAsyncInfo *face, UINT32 *id)
{
	(void)face;
	*id = 1;
	return S_OK;
}

static HRESULT foreign_get_status(IAsyncInfo *face, AsyncStatus *status)
{
	struct foreign_operation *operation = foreign_info_of(face);

	pthread_mutex_lock(&operation->lock);
	*status = operation->has_ended ? foreign_status(operation) : Started;
	pthread_mutex_unlock(&operation->lock);
	if (operation->trick == FOREIGN_STILL_STARTED ||
	    operation->trick == FOREIGN_NEVER_ENDS || operation->trick == FOREIGN_DROPPED)
		*status = Started;
	return S_OK;
}

static HRESULT foreign_get_error(IAsyncInfo *face, HRESULT *error)
{
	*error = STG_E_LOCKVIOLATION;
	return foreign_info_of(face)->trick == FOREIGN_FAILED ? S_OK : E_NOTIMPL;
}

static HRESULT foreign_info_nothing(IAsyncInfo *face)
{
	(void)face;
	return E_NOTIMPL;
}

static const IAsyncInfoVtbl foreign_info_vtbl = {
	FOREIGN_VTBL(IAsyncInfo), foreign_get_id,	foreign_get_status,
	foreign_get_error,	  foreign_info_nothing, foreign_info_nothing,
};

/* The operation ends now, and says so to whoever wants to know. */
static inline void foreign_finish(struct foreign_operation *operation)
{
	bool is_denied = operation->trick == FOREIGN_TOLD_STARTED ||
			 operation->trick == FOREIGN_NEVER_ENDS;
	AsyncStatus told = is_denied ? Started : foreign_status(operation);
	IFlagHandler *handler;

	pthread_mutex_lock(&operation->lock);
	operation->has_ended = true;
	handler = operation->handler;
	operation->handler = NULL;
	pthread_mutex_unlock(&operation->lock);
	if (!handler)
		return;
	if (operation->trick != FOREIGN_DROPPED)
		handler->lpVtbl->Invoke(handler, &operation->flag, told);
	if (operation->trick == FOREIGN_TWICE)
		handler->lpVtbl->Invoke(handler, &operation->flag, Error);
	handler->lpVtbl->Release(handler);
}

static inline void *foreign_finish_on_thread(void *owner)
{
	struct foreign_operation *operation = owner;

	if (operation->end == FOREIGN_LATER)
		usleep(500);
	foreign_finish(operation);
	operation->flag.lpVtbl->Release(&operation->flag);
	atomic_fetch_sub(&foreign_live, 1);
	return NULL;
}

static inline void foreign_start_thread(struct foreign_operation *operation)
{
	pthread_t thread;

	operation->flag.lpVtbl->AddRef(&operation->flag);
	atomic_fetch_add(&foreign_live, 1);
	if (pthread_create(&thread, NULL, foreign_finish_on_thread, operation) != 0)
		abort();
	pthread_detach(thread);
}

static inline HRESULT foreign_put(struct foreign_operation *operation,
				  IFlagHandler *handler)
{
	bool has_ended;

	if (operation->trick == FOREIGN_REFUSED)
		return E_ILLEGAL_DELEGATE_ASSIGNMENT;
	handler->lpVtbl->AddRef(handler);
	pthread_mutex_lock(&operation->lock);
	operation->handler = handler;
	has_ended = operation->has_ended;
	pthread_mutex_unlock(&operation->lock);
	if (has_ended || operation->end == FOREIGN_AT_PUT)
		foreign_finish(operation);
	else if (operation->end == FOREIGN_LATER)
		foreign_start_thread(operation);
	return S_OK;
}

static HRESULT foreign_put_progress(IBufferOperation *face, IBufferProgress *handler)
{
	(void)face;
	(void)handler;
	return E_NOTIMPL;
}

static HRESULT foreign_get_progress(IBufferOperation *face, IBufferProgress **handler)
{
	(void)face;
	(void)handler;
	return E_NOTIMPL;
}

static HRESULT foreign_typed_put(IBufferOperation *face, IBufferHandler *handler)
{
	return foreign_put(foreign_typed_of(face), (IFlagHandler *)handler);
}

static HRESULT foreign_typed_get(IBufferOperation *face, IBufferHandler **handler)
{
	(void)face;
	(void)handler;
	return E_NOTIMPL;
}

static HRESULT foreign_typed_results(IBufferOperation *face, IBuffer **results)
{
	struct foreign_operation *operation = foreign_typed_of(face);

	if (operation->trick == FOREIGN_NULL_RESULT)
		return S_OK;
	if (!operation->buffer) {
		memcpy((void *)results, &operation->count, sizeof(operation->count));
		return S_OK;
	}
	operation->buffer->lpVtbl->AddRef(operation->buffer);
	*results = operation->buffer;
	return S_OK;
}

static HRESULT foreign_flag_put(IFlagOperation *face, IFlagHandler *handler)
{
	return foreign_put(foreign_flag_of(face), handler);
}

static HRESULT foreign_flag_get(IFlagOperation *face, IFlagHandler **handler)
{
	(void)face;
	(void)handler;
	return E_NOTIMPL;
}

static HRESULT foreign_flag_results(IFlagOperation *face, boolean *results)
{
	*results = foreign_flag_of(face)->count != 0;
	return S_OK;
}

static const IBufferOperationVtbl foreign_typed_vtbl = {
	FOREIGN_VTBL(IBufferOperation),
	foreign_put_progress,
	foreign_get_progress,
	foreign_typed_put,
	foreign_typed_get,
	foreign_typed_results,
};

static const IFlagOperationVtbl foreign_flag_vtbl = {
	FOREIGN_VTBL(IFlagOperation),
	foreign_flag_put,
	foreign_flag_get,
	foreign_flag_results,
};

/* An operation with these results; takes the reference to buffer. */
static inline struct foreign_operation *
foreign_operation_new(const struct foreign *stream, IBuffer *buffer, UINT32 count)
{
	struct foreign_operation *operation = foreign_alloc(sizeof(*operation));

	operation->typed.lpVtbl = &foreign_typed_vtbl;
	operation->info.lpVtbl = &foreign_info_vtbl;
	atomic_init(&operation->refs, 1);
	operation->end = stream->end;
	operation->trick = stream->trick;
	pthread_mutex_init(&operation->lock, NULL);
	operation->buffer = buffer;
	operation->count = count;
	return operation;
}

/* The operation is handed over. */
static inline void foreign_launch(struct foreign_operation *operation)
{
	if (operation->end == FOREIGN_BEFORE)
		operation->has_ended = true;
	else if (operation->end == FOREIGN_RACING)
		foreign_start_thread(operation);
}

/* The stream. */

static inline struct foreign *foreign_random_of(IRandomAccessStream *face)
{
	return FOREIGN_OF(struct foreign, random, face);
}

static inline struct foreign *foreign_input_of(IInputStream *face)
{
	return FOREIGN_OF(struct foreign, input, face);
}

static inline struct foreign *foreign_output_of(IOutputStream *face)
{
	return FOREIGN_OF(struct foreign, output, face);
}

static inline void foreign_stream_free(struct foreign *stream)
{
	if (stream->behind)
		stream->behind->random.lpVtbl->Release(&stream->behind->random);
	else
		free(stream->bytes);
	foreign_free(stream);
}

static inline HRESULT foreign_stream_query(struct foreign *stream, REFIID iid, void **out)
{
	bool has_others = stream->trick != FOREIGN_NO_OTHERS;

	*out = NULL;
	if (IsEqualIID(iid, &IID_IRandomAccessStream) || IsEqualIID(iid, &IID_IUnknown))
		return foreign_give(&stream->random, out);
	if (IsEqualIID(iid, &IID_IInputStream) && has_others)
		return foreign_give(&stream->input, out);
	if (IsEqualIID(iid, &IID_IOutputStream) && has_others)
		return foreign_give(&stream->output, out);
	return E_NOINTERFACE;
}

FOREIGN_METHODS(IRandomAccessStream, foreign_random_of, foreign_stream_free,
		foreign_stream_query)
FOREIGN_METHODS(IInputStream, foreign_input_of, foreign_stream_free, foreign_stream_query)
FOREIGN_METHODS(IOutputStream, foreign_output_of, foreign_stream_free,
		foreign_stream_query)

static inline struct foreign *foreign_behind(struct foreign *stream)
{
	return stream->behind ? stream->behind : stream;
}

/* The buffer that a read gives as its result, with a reference. */
static inline IBuffer *foreign_result(struct foreign *stream, IBuffer *buffer, UINT32 len)
{
	const char *from = stream->bytes + stream->position;
	IBufferByteAccess *access = NULL;
	byte *bytes = NULL;

	if (stream->trick == FOREIGN_OTHER_BUFFER || stream->trick == FOREIGN_NO_BYTES ||
	    stream->trick == FOREIGN_NULL_BYTES || stream->trick == FOREIGN_TOO_LONG)
		return foreign_buffer_new(stream->trick, from, len);
	buffer->lpVtbl->QueryInterface(buffer, &IID_IBufferByteAccess, (void **)&access);
	access->lpVtbl->Buffer(access, &bytes);
	access->lpVtbl->Release(access);
	memcpy(bytes, from, len);
	buffer->lpVtbl->put_Length(buffer, len);
	buffer->lpVtbl->AddRef(buffer);
	return buffer;
}

static HRESULT foreign_read(IInputStream *face, IBuffer *buffer, UINT32 count,
			    InputStreamOptions options, IBufferOperation **out)
{
	struct foreign *stream = foreign_input_of(face);
	UINT64 size = foreign_behind(stream)->size;
	UINT64 left = size > stream->position ? size - stream->position : 0;
	UINT32 len = count < left ? count : (UINT32)left;
	struct foreign_operation *operation;

	(void)options;
	if (stream->most && len > stream->most)
		len = stream->most;
	if (stream->trick == FOREIGN_TOO_LONG)
		len = count + 1;
	*out = NULL;
	if (stream->trick == FOREIGN_REFUSED_AT_ONCE)
		return E_ACCESSDENIED;
	if (stream->trick == FOREIGN_NULL_OPERATION)
		return S_OK;
	operation =
		foreign_operation_new(stream, foreign_result(stream, buffer, len), len);
	if (stream->trick != FOREIGN_STANDS_STILL)
		stream->position += len;
	*out = &operation->typed;
	foreign_launch(operation);
	return S_OK;
}

static HRESULT foreign_write(IOutputStream *face, IBuffer *buffer, ICountOperation **out)
{
	struct foreign *stream = foreign_output_of(face);
	struct foreign *behind = foreign_behind(stream);
	IBufferByteAccess *access = NULL;
	struct foreign_operation *operation;
	byte *bytes = NULL;
	UINT32 len = 0;

	*out = NULL;
	if (stream->trick == FOREIGN_REFUSED_AT_ONCE)
		return E_ACCESSDENIED;
	if (stream->trick == FOREIGN_NULL_OPERATION)
		return S_OK;
	buffer->lpVtbl->get_Length(buffer, &len);
	if (stream->most && len > stream->most)
		len = stream->most;
	buffer->lpVtbl->QueryInterface(buffer, &IID_IBufferByteAccess, (void **)&access);
	access->lpVtbl->Buffer(access, &bytes);
	access->lpVtbl->Release(access);
	memcpy(stream->bytes + stream->position, bytes, len);
	if (stream->position + len > behind->size)
		behind->size = stream->position + len;
	operation = foreign_operation_new(
		stream, NULL, stream->trick == FOREIGN_TOO_LONG ? len + 1 : len);
	if (stream->trick != FOREIGN_STANDS_STILL)
		stream->position += len;
	*out = (ICountOperation *)&operation->typed;
	foreign_launch(operation);
	return S_OK;
}

static HRESULT foreign_flush(IOutputStream *face, IFlagOperation **out)
{
	struct foreign *stream = foreign_output_of(face);
	struct foreign_operation *operation;

	*out = NULL;
	atomic_fetch_add(&foreign_behind(stream)->flushes, 1);
	if (stream->trick == FOREIGN_REFUSED_AT_ONCE)
		return E_ACCESSDENIED;
	if (stream->trick == FOREIGN_NULL_OPERATION)
		return S_OK;
	operation = foreign_operation_new(stream, NULL, stream->flush_fails ? 0 : 1);
	operation->flag.lpVtbl = &foreign_flag_vtbl;
	*out = &operation->flag;
	foreign_launch(operation);
	return S_OK;
}

static inline HRESULT foreign_heard(const struct foreign *stream)
{
	return stream->trick == FOREIGN_MUTE ? E_NOTIMPL : S_OK;
}

static HRESULT foreign_get_size(IRandomAccessStream *face, UINT64 *value)
{
	*value = foreign_random_of(face)->size;
	return foreign_heard(foreign_random_of(face));
}

static HRESULT foreign_put_size(IRandomAccessStream *face, UINT64 value)
{
	if (value > FOREIGN_MAX_BYTES)
		return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
	foreign_random_of(face)->size = value;
	return foreign_heard(foreign_random_of(face));
}

static inline struct foreign *foreign_over(struct foreign *behind, UINT64 position);

static HRESULT foreign_input_at(IRandomAccessStream *face, UINT64 position,
				IInputStream **out)
{
	*out = &foreign_over(foreign_random_of(face), position)->input;
	return S_OK;
}

static HRESULT foreign_output_at(IRandomAccessStream *face, UINT64 position,
				 IOutputStream **out)
{
	*out = &foreign_over(foreign_random_of(face), position)->output;
	return S_OK;
}

static HRESULT foreign_get_position(IRandomAccessStream *face, UINT64 *value)
{
	*value = foreign_random_of(face)->position;
	return foreign_heard(foreign_random_of(face));
}

static HRESULT foreign_seek(IRandomAccessStream *face, UINT64 position)
{
	HRESULT hr = foreign_heard(foreign_random_of(face));

	if (SUCCEEDED(hr))
		foreign_random_of(face)->position = position;
	return hr;
}

static HRESULT foreign_clone(IRandomAccessStream *face, IRandomAccessStream **out)
{
	HRESULT hr = foreign_heard(foreign_random_of(face));

	*out = SUCCEEDED(hr) ? &foreign_over(foreign_random_of(face), 0)->random : NULL;
	return hr;
}

static HRESULT foreign_can_read(IRandomAccessStream *face, boolean *value)
{
	*value = !foreign_random_of(face)->no_read;
	return foreign_heard(foreign_random_of(face));
}

static HRESULT foreign_can_write(IRandomAccessStream *face, boolean *value)
{
	*value = !foreign_random_of(face)->no_write;
	return foreign_heard(foreign_random_of(face));
}

static const IRandomAccessStreamVtbl foreign_random_vtbl = {
	FOREIGN_VTBL(IRandomAccessStream),
	foreign_get_size,
	foreign_put_size,
	foreign_input_at,
	foreign_output_at,
	foreign_get_position,
	foreign_seek,
	foreign_clone,
	foreign_can_read,
	foreign_can_write,
};

static const IInputStreamVtbl foreign_input_vtbl = {
	FOREIGN_VTBL(IInputStream),
	foreign_read,
};

static const IOutputStreamVtbl foreign_output_vtbl = {
	FOREIGN_VTBL(IOutputStream),
	foreign_write,
	foreign_flush,
};

/* A stream without bytes of its own. */
static inline struct foreign *foreign_bare(void)
{
	struct foreign *stream = foreign_alloc(sizeof(*stream));

	stream->random.lpVtbl = &foreign_random_vtbl;
	stream->input.lpVtbl = &foreign_input_vtbl;
	stream->output.lpVtbl = &foreign_output_vtbl;
	atomic_init(&stream->refs, 1);
	atomic_init(&stream->flushes, 0);
	return stream;
}

/* Another stream on the same bytes. */
static inline struct foreign *foreign_over(struct foreign *behind, UINT64 position)
{
	struct foreign *stream = foreign_bare();

	stream->end = behind->end;
	stream->trick = behind->trick;
	stream->most = behind->most;
	stream->position = position;
	stream->size = behind->size;
	stream->bytes = behind->bytes;
	behind->random.lpVtbl->AddRef(&behind->random);
	stream->behind = behind;
	return stream;
}

/* A stream with these bytes, one reference. */
static inline struct foreign *foreign_new(const void *bytes, size_t len)
{
	struct foreign *stream = foreign_bare();

	stream->bytes = calloc(1, FOREIGN_MAX_BYTES);
	if (!stream->bytes || len > FOREIGN_MAX_BYTES)
		abort();
	memcpy(stream->bytes, bytes, len);
	stream->size = len;
	return stream;
}

static inline IUnknown *foreign_unknown(struct foreign *stream)
{
	return (IUnknown *)&stream->random;
}

#endif
