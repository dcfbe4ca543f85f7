/* SPDX-License-Identifier: MIT */
/*
 * The body of a request on its way from the program's stream to an exchange: one piece
 * at a time, and the whole of a small one kept, so that it can be sent again.
 */
#ifndef IXHR2_ENGINE_UPLOAD_H
#define IXHR2_ENGINE_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "http/message.h"
#include "net/loop.h"

/* Most that is asked of the stream at once (contract R6). */
#define UPLOAD_PIECE_BYTES (128u * 1024)

/* A body of up to this is remembered (contract R10). */
#define UPLOAD_KEEP_BYTES (64u * 1024)

struct upload {
	struct loop *loop;   /* lends the room */
	uint64_t length;     /* declared, or MESSAGE_NO_BODY or MESSAGE_LENGTH_UNKNOWN */
	uint64_t taken;	     /* bytes that the stream has given since the last rewind */
	char *room;	     /* where pieces lie, or NULL */
	uint32_t cap;	     /* bytes of room */
	uint32_t filled;     /* bytes of room that are in use */
	bool is_lent_room;   /* room is a buffer of the loop */
	bool is_kept;	     /* room begins with the first byte of the body */
	bool may_seek;	     /* the stream did a Seek to 0 */
	bool has_ended;	     /* the stream is not asked any more */
	struct span pending; /* what the exchange has not taken, in room */
};

/* A body of length bytes; allocates nothing. */
void upload_init(struct upload *upload, struct loop *loop, uint64_t length);

/* Frees the room. */
void upload_done(struct upload *upload);

/* Whether there is a body at all. */
bool upload_has_body(const struct upload *upload);

/* Whether the stream must be asked before more can be sent. */
bool upload_wants_piece(const struct upload *upload);

/* Makes sure that there is room for a piece. ERR_NO_MEMORY. */
MUST_USE enum err upload_make_room(struct upload *upload);

/* Where the next piece goes, after upload_make_room; answers how many bytes of it fit,
 * above 0 and never more than the declared length leaves. */
uint32_t upload_room(struct upload *upload, char **out_at);

/* The stream gave len of cap bytes there; 0 is its end. ERR_BODY_SHORT when that is
 * before the declared length, or len is above cap. */
MUST_USE enum err upload_put(struct upload *upload, uint32_t len, uint32_t cap);

/* Whether pending is the last of the body. */
bool upload_is_last(const struct upload *upload);

/* Whether all of the body is in memory: it is *out_body then, until the next call. A body
 * that does not exist is empty. */
bool upload_is_known(const struct upload *upload, struct span *out_body);

/* Begins the body anew after a Seek to 0. */
void upload_restart(struct upload *upload);

/* Whether what is kept is all there was so far, so that the body could begin anew from
 * it. */
bool upload_may_replay(const struct upload *upload);

/* Begins the body anew from what is kept; false when that is not all there was. */
bool upload_replay(struct upload *upload);

#endif
