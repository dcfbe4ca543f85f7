/* SPDX-License-Identifier: MIT */
/*
 * A queue in three parts, read in this order: a small room inside the object, a list of
 * chunks, and a file. A short body costs no allocation beyond the object. New bytes go to
 * the last part that is in use, or to a later one where it is full; so order is kept, and
 * once a part is drained, the parts before it are filled again.
 *
 * A chunk is as large as the bytes at hand need and at least twice the one before, up to
 * CHUNK_MAX_BYTES. The largest chunk to be drained is kept for the next bytes while more
 * may come. In the file, what was read is given back to the file system in steps of
 * PUNCH_BYTES.
 *
 * Where no descriptor is to be had for the file, memory goes on taking the bytes: a
 * response does not fail because the program has many files open.
 */
#include "com/backlog.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

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

struct backlog {
	struct piece small;	       /* first part, over small_bytes */
	struct chunk *first;	       /* second part, or NULL */
	struct chunk *last;	       /* its end, or NULL */
	struct chunk *spare;	       /* drained, for the next bytes, or NULL */
	uint64_t memory_bytes;	       /* unread in the first two parts */
	uint64_t file_begin;	       /* third part: first unread byte */
	uint64_t file_end;	       /* behind the last one */
	uint64_t file_punched;	       /* up to where blocks were given back */
	int fd;			       /* the file, or -1 */
	bool is_ended;		       /* no more bytes will come */
	char small_bytes[SMALL_BYTES]; /* the room of small */
};

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
static enum err add_chunk(struct backlog *backlog, size_t bytes)
{
	struct chunk *chunk = backlog->spare;
	size_t cap = backlog->last ? backlog->last->piece.cap * 2 : CHUNK_MIN_BYTES;

	if (cap < bytes)
		cap = bytes;
	if (cap > CHUNK_MAX_BYTES)
		cap = CHUNK_MAX_BYTES;
	backlog->spare = NULL;
	if (!chunk) {
		chunk = mem_alloc(sizeof(*chunk) + cap);
		if (!chunk)
			return ERR_NO_MEMORY;
		chunk->piece = (struct piece){chunk->bytes, 0, 0, cap};
	}
	chunk->next = NULL;
	if (backlog->last)
		backlog->last->next = chunk;
	else
		backlog->first = chunk;
	backlog->last = chunk;
	return ERR_NONE;
}

static void free_spare(struct backlog *backlog)
{
	mem_free(backlog->spare);
	backlog->spare = NULL;
}

/* Takes the first chunk, which is drained, out. The largest one is kept. */
static void drop_chunk(struct backlog *backlog)
{
	struct chunk *chunk = backlog->first;
	struct chunk *spare = backlog->spare;

	backlog->first = chunk->next;
	if (!backlog->first)
		backlog->last = NULL;
	if (backlog->is_ended || (spare && spare->piece.cap >= chunk->piece.cap)) {
		mem_free(chunk);
		return;
	}
	free_spare(backlog);
	backlog->spare = chunk;
}

/* Puts all bytes into memory, which is the last part in use. */
static enum err put_memory(struct backlog *backlog, struct span bytes)
{
	enum err err = ERR_NONE;
	size_t n = 0;

	if (!backlog->first)
		n = piece_put(&backlog->small, &bytes);
	if (backlog->last)
		n = piece_put(&backlog->last->piece, &bytes);
	while (bytes.len && !err) {
		err = add_chunk(backlog, bytes.len);
		if (!err)
			n += piece_put(&backlog->last->piece, &bytes);
	}
	backlog->memory_bytes += n;
	return err;
}

/* Puts bytes into the file. */
static enum err put_file(struct backlog *backlog, struct span bytes)
{
	enum err err = ERR_NONE;

	if (backlog->fd < 0)
		err = file_open_unlinked(&backlog->fd);
	if (!err)
		err = file_write_at(backlog->fd, backlog->file_end, bytes);
	if (err)
		return err;
	backlog->file_end += bytes.len;
	return ERR_NONE;
}

static bool is_file_empty(const struct backlog *backlog)
{
	return backlog->file_begin == backlog->file_end;
}

enum err backlog_put(struct backlog *backlog, struct span bytes)
{
	size_t room = 0;
	enum err err = ERR_NONE;

	if (is_file_empty(backlog) && backlog->memory_bytes < BACKLOG_MEMORY_BYTES)
		room = BACKLOG_MEMORY_BYTES - (size_t)backlog->memory_bytes;
	if (room > bytes.len)
		room = bytes.len;
	if (room)
		err = put_memory(backlog, span_of(bytes.at, room));
	if (err || room == bytes.len)
		return err;
	bytes = span_skip(bytes, room);
	err = put_file(backlog, bytes);
	if (err == ERR_NO_DESCRIPTOR)
		err = put_memory(backlog, bytes);
	return err;
}

/* Takes up to cap bytes out of memory; answers how many. */
static size_t take_memory(struct backlog *backlog, char *to, size_t cap)
{
	size_t len = 0;

	if (!piece_is_empty(&backlog->small))
		len = piece_take(&backlog->small, to, cap);
	while (len < cap && backlog->first) {
		struct piece *piece = &backlog->first->piece;

		len += piece_take(piece, to + len, cap - len);
		if (piece_is_empty(piece))
			drop_chunk(backlog);
	}
	backlog->memory_bytes -= len;
	return len;
}

static void close_file(struct backlog *backlog)
{
	if (backlog->fd >= 0)
		(void)close(backlog->fd);
	backlog->fd = -1;
}

/* Gives what was read from the file back; a drained file begins anew. */
static void punch(struct backlog *backlog)
{
	bool is_empty = is_file_empty(backlog);

	if (!is_empty && backlog->file_begin - backlog->file_punched < PUNCH_BYTES)
		return;
	file_punch(backlog->fd, backlog->file_punched, backlog->file_begin);
	backlog->file_punched = backlog->file_begin;
	if (!is_empty)
		return;
	backlog->file_begin = 0;
	backlog->file_end = 0;
	backlog->file_punched = 0;
	if (backlog->is_ended)
		close_file(backlog);
}

/* Takes up to cap bytes out of the file. */
static enum err take_file(struct backlog *backlog, char *to, size_t cap, size_t *out_len)
{
	uint64_t left = backlog->file_end - backlog->file_begin;
	enum err err;

	if (cap > left)
		cap = (size_t)left;
	err = file_read_at(backlog->fd, backlog->file_begin, to, cap, out_len);
	if (err)
		return err;
	if (*out_len < cap)
		return ERR_SYSTEM;
	backlog->file_begin += cap;
	punch(backlog);
	return ERR_NONE;
}

enum err backlog_take(struct backlog *backlog, char *to, size_t cap, size_t *out_len)
{
	size_t len = take_memory(backlog, to, cap);
	size_t from_file = 0;
	enum err err = ERR_NONE;

	if (len < cap && !is_file_empty(backlog))
		err = take_file(backlog, to + len, cap - len, &from_file);
	*out_len = err ? len : len + from_file;
	return err;
}

uint64_t backlog_bytes(const struct backlog *backlog)
{
	return backlog->memory_bytes + backlog->file_end - backlog->file_begin;
}

void backlog_end(struct backlog *backlog)
{
	backlog->is_ended = true;
	free_spare(backlog);
}

struct backlog *backlog_new(void)
{
	struct backlog *backlog = mem_alloc(sizeof(*backlog));

	if (!backlog)
		return NULL;
	memset(backlog, 0, offsetof(struct backlog, small_bytes));
	backlog->small.at = backlog->small_bytes;
	backlog->small.cap = SMALL_BYTES;
	backlog->fd = -1;
	return backlog;
}

void backlog_free(struct backlog *backlog)
{
	if (!backlog)
		return;
	while (backlog->first) {
		struct chunk *chunk = backlog->first;

		backlog->first = chunk->next;
		mem_free(chunk);
	}
	free_spare(backlog);
	close_file(backlog);
	mem_free(backlog);
}
