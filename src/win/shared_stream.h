/* SPDX-License-Identifier: MIT */
/*
 * An IStream that several users with positions of their own take turns with. Any
 * thread.
 *
 * The IStream is called by one thread at a time; it may call back on that thread. What
 * fails there is answered as it is.
 */
#ifndef IXHR2_WIN_SHARED_STREAM_H
#define IXHR2_WIN_SHARED_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ixhr2/objidl.h"

struct shared_stream;

/* Where one user reads or writes next. */
typedef atomic_uint_fast64_t shared_position;

/* *out gets one reference, and takes one to stream. E_OUTOFMEMORY. */
HRESULT shared_stream_new(IStream *stream, struct shared_stream **out);

/* One reference more; one less, NULL is fine. */
struct shared_stream *shared_stream_ref(struct shared_stream *shared);
void shared_stream_unref(struct shared_stream *shared);

/* Whether the stream's mode lets it be read, and written; both if it tells no mode. */
bool shared_stream_may_read(const struct shared_stream *shared);
bool shared_stream_may_write(const struct shared_stream *shared);

/* How many bytes are wanted: any, as one Read gives them, or all up to the end. */
enum shared_amount { SHARED_ANY, SHARED_ALL };

/* Reads up to *len bytes; *len becomes how many, and position moves by it, on failure
 * too. E_BOUNDS: the stream says that it gave more. */
HRESULT shared_stream_read(struct shared_stream *shared, shared_position *position,
			   void *to, UINT32 *len, enum shared_amount amount);

/* Writes *len bytes; as shared_stream_read. STG_E_MEDIUMFULL: the stream took fewer. */
HRESULT shared_stream_write(struct shared_stream *shared, shared_position *position,
			    const void *from, UINT32 *len);

/* The size that Stat tells, or else where Seek finds the end. */
HRESULT shared_stream_size(struct shared_stream *shared, UINT64 *out_bytes);

/* SetSize. */
HRESULT shared_stream_set_size(struct shared_stream *shared, UINT64 bytes);

/* Commit. */
HRESULT shared_stream_flush(struct shared_stream *shared);

#endif
