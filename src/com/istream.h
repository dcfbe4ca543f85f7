/* SPDX-License-Identifier: MIT */
/*
 * What the IStreams of the library share: the methods, the arguments' checks, the
 * position and its lock. A kind of stream says where its bytes are. Any thread.
 */
#ifndef IXHR2_COM_ISTREAM_H
#define IXHR2_COM_ISTREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/wide.h"
#include "ixhr2/objidl.h"
#include "ixhr2/winerror.h"

/* The furthest position, and the largest size. */
#define ISTREAM_MAX_POSITION ((uint64_t)INT64_MAX)

struct istream;

/*
 * A kind of stream. Every function but free is called with the stream's lock held. What
 * they answer is handed to the program; lengths are set, to what was done, on failure
 * too.
 */
struct istream_kind {
	/* What Read answers when fewer bytes than asked for came: S_OK or S_FALSE. */
	HRESULT short_read;

	/* Whether it has positions and a size; else those below are not used. */
	bool is_seekable;

	/* Reads up to cap > 0 bytes at a position that may be beyond the end. */
	HRESULT(*read_at)
	(struct istream *stream, uint64_t at, void *to, ULONG cap, ULONG *out_len);

	/* Writes len > 0 bytes; what lies between the end and the position becomes zero.
	 */
	HRESULT(*write_at)
	(struct istream *stream, uint64_t at, const void *from, ULONG len,
	 ULONG *out_len);

	/* The size. */
	HRESULT (*size)(struct istream *stream, uint64_t *out_bytes);

	/* Cuts off or appends zero bytes. */
	HRESULT (*set_size)(struct istream *stream, uint64_t bytes);

	/* Fills what is not zero in *out, with a name if is_named. */
	HRESULT (*stat)(struct istream *stream, STATSTG *out, bool is_named);

	/* Another stream on the same bytes; NULL where that cannot be had. */
	HRESULT (*clone)(struct istream *stream, struct istream **out_clone);

	/* Frees the stream, after the last reference. */
	void (*free)(struct istream *stream);
};

/* Embedded first in every stream. */
struct istream {
	IStream IStream_iface;		 /* the interface */
	atomic_uint refs;		 /* references */
	const struct istream_kind *kind; /* what it is; constant */
	enum wide_unit unit;		 /* of the strings it gives */
	DWORD mode;	      /* STGM_ flags, of which reading and writing matter */
	pthread_mutex_t lock; /* held during a call; guards what follows */
	uint64_t position;    /* where the next byte is read or written */
};

/* Fills *stream, with one reference and position 0. */
void istream_init(struct istream *stream, const struct istream_kind *kind,
		  enum wide_unit unit, DWORD mode);

/* Undoes istream_init; called by the kind's free. */
void istream_done(struct istream *stream);

#endif
