/* SPDX-License-Identifier: MIT */
/*
 * A queue in three parts, read in this order: a small room inside the object, a list of
 * chunks, and a file. A short body costs no allocation beyond the object. New bytes go to
 * the last part that is in use, or to a later one where it is full; so order is kept, and
 * once a part is drained, the parts before it are filled again.
 *
 * A chunk is as large as the bytes at hand need and at least twice the one before, up to
 * CHUNK_MAX_BYTES. The largest chunk to be drained is kept for the next bytes while the
 * response goes on. In the file, what was read is given back to the file system in steps
 * of PUNCH_BYTES.
 *
 * Bytes that are lent come behind all that, and are read where they lie. Most programs
 * read them all while they are told of them; then nothing is ever put anywhere.
 *
 * Where no descriptor is to be had for the file, memory goes on taking the bytes: a
 * response does not fail because the program has many files open.
 */
#include "com/sequential.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "com/unknown.h"
#include "ixhr2/winerror.h"

/* Room inside the object; the whole is below what malloc recycles fastest. */
#define SMALL_BYTES 384

#define CHUNK_MIN_BYTES ((size_t)1024)
#define CHUNK_MAX_BYTES ((size_t)64 * 1024)

/* How much is read from the file before its blocks are given back. */
#define PUNCH_BYTES ((uint64_t)1024 * 1024)

/* Bytes that lie one behind the other, read from the front and put at the back. */
struct piece {
	char *at;     /* the room */
	size_t begin; /* first unread byte */
	size_t end;   /* behind the last one */
	size_t cap;   /* size of the room */
};

struct chunk {
	struct chunk *next; /* the one behind */
	struct piece piece; /* over the bytes that follow */
	char bytes[];	    /* the room */
};

struct sequential {
	ISequentialStream ISequentialStream_iface; /* the interface */
	atomic_uint refs;			   /* the program's and ours */
	_Atomic uint64_t unread;		   /* bytes; changed with the lock held */
	pthread_mutex_t lock;			   /* guards what follows */
	struct piece small;			   /* first part, over small_bytes */
	struct chunk *first;			   /* second part, or NULL */
	struct chunk *last;			   /* its end, or NULL */
	struct chunk *spare;	       /* drained, for the next bytes, or NULL */
	uint64_t memory_bytes;	       /* unread in the first two parts */
	uint64_t file_begin;	       /* third part: first unread byte */
	uint64_t file_end;	       /* behind the last one */
	uint64_t file_punched;	       /* up to where blocks were given back */
	int fd;			       /* the file, or -1 */
	struct span lent;	       /* behind the parts: unread, the lender's */
	bool is_ended;		       /* no more bytes will come */
	HRESULT after_drained;	       /* S_OK, or what Read answers then */
	char small_bytes[SMALL_BYTES]; /* the room of small */
};

static struct sequential *impl_from_ISequentialStream(ISequentialStream *iface)
{
	return (struct sequential *)iface;
}

/* Moves bytes from *from into the room of a piece; answers how many. */
static size_t piece_put(struct piece *piece, struct span *from)
{
	size_t room = piece->cap - piece->end;
	size_t n = from->len < room ? from->len : room;

	if (n)
		memcpy(piece->at + piece->end, from->at, n);
	piece->end += n;
	*from = span_skip(*from, n);
	return n;
}

/* Moves up to cap bytes out of a piece; answers how many. */
static size_t piece_take(struct piece *piece, char *to, size_t cap)
{
	size_t n = piece->end - piece->begin;

	if (n > cap)
		n = cap;
	memcpy(to, piece->at + piece->begin, n);
	piece->begin += n;
	if (piece->begin == piece->end) {
		piece->begin = 0;
		piece->end = 0;
	}
	return n;
}

static bool piece_is_empty(const struct piece *piece)
{
	return piece->begin == piece->end;
}

/* Appends an empty chunk for bytes that are at hand. */
static enum err add_chunk(struct sequential *sequential, size_t bytes)
{
	struct chunk *chunk = sequential->spare;
	size_t cap = sequential->last ? sequential->last->piece.cap * 2 : CHUNK_MIN_BYTES;

	if (cap < bytes)
		cap = bytes;
	if (cap > CHUNK_MAX_BYTES)
		cap = CHUNK_MAX_BYTES;
	sequential->spare = NULL;
	if (!chunk) {
		chunk = mem_alloc(sizeof(*chunk) + cap);
		if (!chunk)
			return ERR_NO_MEMORY;
		chunk->piece = (struct piece){chunk->bytes, 0, 0, cap};
	}
	chunk->next = NULL;
	if (sequential->last)
		sequential->last->next = chunk;
	else
		sequential->first = chunk;
	sequential->last = chunk;
	return ERR_NONE;
}

static void free_spare(struct sequential *sequential)
{
	mem_free(sequential->spare);
	sequential->spare = NULL;
}

/* Takes the first chunk, which is drained, out. The largest one is kept. */
static void drop_chunk(struct sequential *sequential)
{
	struct chunk *chunk = sequential->first;
	struct chunk *spare = sequential->spare;

	sequential->first = chunk->next;
	if (!sequential->first)
		sequential->last = NULL;
	if (sequential->is_ended || (spare && spare->piece.cap >= chunk->piece.cap)) {
		mem_free(chunk);
		return;
	}
	free_spare(sequential);
	sequential->spare = chunk;
}

/* Counts bytes that came (or, below 0, were read); the lock is held. */
static void count_unread(struct sequential *sequential, int64_t bytes)
{
	uint64_t unread = atomic_load_explicit(&sequential->unread, memory_order_relaxed);

	/* Who sees that nothing is unread knows that nobody reads what was lent. */
	atomic_store_explicit(&sequential->unread, unread + (uint64_t)bytes,
			      memory_order_release);
}

/* Puts all bytes into memory, which is the last part in use. */
static enum err put_memory(struct sequential *sequential, struct span bytes)
{
	enum err err = ERR_NONE;
	size_t n = 0;

	if (!sequential->first)
		n = piece_put(&sequential->small, &bytes);
	if (sequential->last)
		n = piece_put(&sequential->last->piece, &bytes);
	while (bytes.len && !err) {
		err = add_chunk(sequential, bytes.len);
		if (!err)
			n += piece_put(&sequential->last->piece, &bytes);
	}
	sequential->memory_bytes += n;
	count_unread(sequential, (int64_t)n);
	return err;
}

/* Puts bytes into the file. */
static enum err put_file(struct sequential *sequential, struct span bytes)
{
	enum err err = ERR_NONE;

	if (sequential->fd < 0)
		err = file_open_unlinked(&sequential->fd);
	if (!err)
		err = file_write_at(sequential->fd, sequential->file_end, bytes);
	if (err)
		return err;
	sequential->file_end += bytes.len;
	count_unread(sequential, (int64_t)bytes.len);
	return ERR_NONE;
}

static bool is_file_empty(const struct sequential *sequential)
{
	return sequential->file_begin == sequential->file_end;
}

static enum err put_locked(struct sequential *sequential, struct span bytes)
{
	size_t room = 0;
	enum err err = ERR_NONE;

	if (is_file_empty(sequential) &&
	    sequential->memory_bytes < SEQUENTIAL_MEMORY_BYTES)
		room = SEQUENTIAL_MEMORY_BYTES - (size_t)sequential->memory_bytes;
	if (room > bytes.len)
		room = bytes.len;
	if (room)
		err = put_memory(sequential, span_of(bytes.at, room));
	if (err || room == bytes.len)
		return err;
	bytes = span_skip(bytes, room);
	err = put_file(sequential, bytes);
	if (err == ERR_NO_DESCRIPTOR)
		err = put_memory(sequential, bytes);
	return err;
}

enum err sequential_put(struct sequential *sequential, struct span bytes)
{
	enum err err;

	if (bytes.len == 0)
		return ERR_NONE;
	pthread_mutex_lock(&sequential->lock);
	err = put_locked(sequential, bytes);
	pthread_mutex_unlock(&sequential->lock);
	return err;
}

void sequential_lend(struct sequential *sequential, struct span bytes)
{
	pthread_mutex_lock(&sequential->lock);
	sequential->lent = bytes;
	count_unread(sequential, (int64_t)bytes.len);
	pthread_mutex_unlock(&sequential->lock);
}

enum err sequential_keep(struct sequential *sequential)
{
	struct span bytes;
	enum err err = ERR_NONE;

	if (atomic_load_explicit(&sequential->unread, memory_order_acquire) == 0)
		return ERR_NONE;
	pthread_mutex_lock(&sequential->lock);
	bytes = sequential->lent;
	sequential->lent = span_of(NULL, 0);
	count_unread(sequential, -(int64_t)bytes.len);
	if (bytes.len)
		err = put_locked(sequential, bytes);
	pthread_mutex_unlock(&sequential->lock);
	return err;
}

/* Takes up to cap of the lent bytes; answers how many. */
static size_t take_lent(struct sequential *sequential, char *to, size_t cap)
{
	size_t n = sequential->lent.len < cap ? sequential->lent.len : cap;

	if (n)
		memcpy(to, sequential->lent.at, n);
	sequential->lent = span_skip(sequential->lent, n);
	return n;
}

/* Takes up to cap bytes out of memory; answers how many. */
static size_t take_memory(struct sequential *sequential, char *to, size_t cap)
{
	size_t len = 0;

	if (!piece_is_empty(&sequential->small))
		len = piece_take(&sequential->small, to, cap);
	while (len < cap && sequential->first) {
		struct piece *piece = &sequential->first->piece;

		len += piece_take(piece, to + len, cap - len);
		if (piece_is_empty(piece))
			drop_chunk(sequential);
	}
	sequential->memory_bytes -= len;
	return len;
}

static void close_file(struct sequential *sequential)
{
	if (sequential->fd >= 0)
		(void)close(sequential->fd);
	sequential->fd = -1;
}

/* Gives what was read from the file back; a drained file begins anew. */
static void punch(struct sequential *sequential)
{
	bool is_empty = is_file_empty(sequential);

	if (!is_empty && sequential->file_begin - sequential->file_punched < PUNCH_BYTES)
		return;
	file_punch(sequential->fd, sequential->file_punched, sequential->file_begin);
	sequential->file_punched = sequential->file_begin;
	if (!is_empty)
		return;
	sequential->file_begin = 0;
	sequential->file_end = 0;
	sequential->file_punched = 0;
	if (sequential->is_ended)
		close_file(sequential);
}

/* Takes up to cap bytes out of the file. */
static enum err take_file(struct sequential *sequential, char *to, size_t cap,
			  size_t *out_len)
{
	uint64_t left = sequential->file_end - sequential->file_begin;
	enum err err;

	if (cap > left)
		cap = (size_t)left;
	err = file_read_at(sequential->fd, sequential->file_begin, to, cap, out_len);
	if (err)
		return err;
	if (*out_len < cap)
		return ERR_SYSTEM;
	sequential->file_begin += cap;
	punch(sequential);
	return ERR_NONE;
}

/* Read, with the lock held: *out_len bytes are there, also after a failure. */
static HRESULT read_locked(struct sequential *sequential, char *to, size_t cap,
			   size_t *out_len)
{
	size_t len = take_memory(sequential, to, cap);
	size_t from_file = 0;
	enum err err = ERR_NONE;

	if (len < cap && !is_file_empty(sequential))
		err = take_file(sequential, to + len, cap - len, &from_file);
	if (!err)
		len += from_file;
	if (!err)
		len += take_lent(sequential, to + len, cap - len);
	count_unread(sequential, -(int64_t)len);
	*out_len = len;
	if (len == cap)
		return S_OK;
	if (len)
		return S_FALSE;
	if (err)
		return STG_E_READFAULT;
	return FAILED(sequential->after_drained) ? sequential->after_drained : S_FALSE;
}

static HRESULT sequential_Read(ISequentialStream *iface, void *pv, ULONG cb,
			       ULONG *pcbRead)
{
	struct sequential *sequential = impl_from_ISequentialStream(iface);
	size_t len = 0;
	HRESULT hr = S_OK;

	if (pcbRead)
		*pcbRead = 0;
	if (!pv)
		return STG_E_INVALIDPOINTER;
	if (cb == 0)
		return S_OK;
	pthread_mutex_lock(&sequential->lock);
	hr = read_locked(sequential, pv, cb, &len);
	pthread_mutex_unlock(&sequential->lock);
	if (pcbRead)
		*pcbRead = (ULONG)len;
	return hr;
}

static HRESULT sequential_Write(ISequentialStream *iface, const void *pv, ULONG cb,
				ULONG *pcbWritten)
{
	(void)iface;
	(void)pv;
	(void)cb;
	if (pcbWritten)
		*pcbWritten = 0;
	return STG_E_ACCESSDENIED;
}

static const struct unknown_row rows[] = {
	{&IID_IUnknown, offsetof(struct sequential, ISequentialStream_iface)},
	{&IID_ISequentialStream, offsetof(struct sequential, ISequentialStream_iface)},
	{&IID_IAgileObject, offsetof(struct sequential, ISequentialStream_iface)},
};

static HRESULT sequential_QueryInterface(ISequentialStream *iface, REFIID riid,
					 void **out)
{
	return unknown_query(impl_from_ISequentialStream(iface), rows,
			     sizeof(rows) / sizeof(rows[0]), riid, out);
}

static ULONG sequential_AddRef(ISequentialStream *iface)
{
	return unknown_ref(&impl_from_ISequentialStream(iface)->refs);
}

static void sequential_free(struct sequential *sequential)
{
	while (sequential->first) {
		struct chunk *chunk = sequential->first;

		sequential->first = chunk->next;
		mem_free(chunk);
	}
	free_spare(sequential);
	close_file(sequential);
	pthread_mutex_destroy(&sequential->lock);
	mem_free(sequential);
}

static ULONG sequential_Release(ISequentialStream *iface)
{
	struct sequential *sequential = impl_from_ISequentialStream(iface);
	ULONG refs = unknown_unref(&sequential->refs);

	if (refs == 0)
		sequential_free(sequential);
	return refs;
}

static const ISequentialStreamVtbl vtbl = {
	sequential_QueryInterface, sequential_AddRef, sequential_Release,
	sequential_Read,	   sequential_Write,
};

enum err sequential_new(struct sequential **out_sequential)
{
	struct sequential *sequential = mem_alloc(sizeof(*sequential));

	if (!sequential)
		return ERR_NO_MEMORY;
	memset(sequential, 0, offsetof(struct sequential, small_bytes));
	sequential->ISequentialStream_iface.lpVtbl = &vtbl;
	atomic_init(&sequential->refs, 1);
	sequential->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	sequential->small.at = sequential->small_bytes;
	sequential->small.cap = SMALL_BYTES;
	sequential->fd = -1;
	*out_sequential = sequential;
	return ERR_NONE;
}

void sequential_unref(struct sequential *sequential)
{
	if (sequential)
		sequential_Release(&sequential->ISequentialStream_iface);
}

ISequentialStream *sequential_stream(struct sequential *sequential)
{
	return &sequential->ISequentialStream_iface;
}

void sequential_end(struct sequential *sequential, HRESULT after_drained)
{
	pthread_mutex_lock(&sequential->lock);
	sequential->is_ended = true;
	sequential->after_drained = after_drained;
	free_spare(sequential);
	pthread_mutex_unlock(&sequential->lock);
}

uint64_t sequential_unread(const struct sequential *sequential)
{
	return atomic_load_explicit(&sequential->unread, memory_order_relaxed);
}
