/* SPDX-License-Identifier: MIT */
/*
 * A body of known, small length gets room of just its length. Any other one gets a
 * buffer of the loop; while all of it so far fits UPLOAD_KEEP_BYTES the pieces are laid
 * one behind the other, and from then on each at the beginning of the room.
 */
#include "engine/upload.h"

#include "base/mem.h"

_Static_assert(UPLOAD_PIECE_BYTES <= LOOP_BUFFER_BYTES, "a piece fits");

void upload_init(struct upload *upload, struct loop *loop, uint64_t length)
{
	*upload = (struct upload){0};
	upload->loop = loop;
	upload->length = length;
	upload->is_kept = true;
	upload->has_ended = !upload_has_body(upload);
}

void upload_done(struct upload *upload)
{
	if (upload->is_lent_room)
		loop_buffer_give(upload->loop, upload->room);
	else
		mem_free(upload->room);
	upload->room = NULL;
}

bool upload_has_body(const struct upload *upload)
{
	return upload->length != MESSAGE_NO_BODY && upload->length != 0;
}

bool upload_wants_piece(const struct upload *upload)
{
	return !upload->has_ended && !upload->pending.len;
}

enum err upload_make_room(struct upload *upload)
{
	if (upload->room)
		return ERR_NONE;
	upload->is_lent_room = upload->length > UPLOAD_KEEP_BYTES;
	upload->cap =
		upload->is_lent_room ? UPLOAD_PIECE_BYTES : (uint32_t)upload->length;
	upload->room = upload->is_lent_room ? loop_buffer_take(upload->loop)
					    : mem_alloc(upload->cap);
	return upload->room ? ERR_NONE : ERR_NO_MEMORY;
}

uint32_t upload_room(struct upload *upload, char **out_at)
{
	uint64_t left = UINT64_MAX;
	uint32_t cap;

	if (upload->filled > UPLOAD_KEEP_BYTES)
		upload->is_kept = false;
	if (!upload->is_kept)
		upload->filled = 0;
	if (upload->length != MESSAGE_LENGTH_UNKNOWN)
		left = upload->length - upload->taken;
	*out_at = upload->room + upload->filled;
	cap = upload->cap - upload->filled;
	return cap > left ? (uint32_t)left : cap;
}

enum err upload_put(struct upload *upload, uint32_t len, uint32_t cap)
{
	if (len > cap)
		return ERR_BODY_SHORT;
	if (!len && upload->length != MESSAGE_LENGTH_UNKNOWN)
		return ERR_BODY_SHORT;
	upload->pending = span_of(upload->room + upload->filled, len);
	upload->filled += len;
	upload->taken += len;
	upload->has_ended = !len || upload->taken == upload->length;
	return ERR_NONE;
}

bool upload_is_last(const struct upload *upload)
{
	return upload->has_ended;
}

bool upload_is_known(const struct upload *upload, struct span *out_body)
{
	bool is_known = upload->has_ended && upload_may_replay(upload);

	if (is_known)
		*out_body = span_of(upload->room, upload->filled);
	return is_known;
}

void upload_restart(struct upload *upload)
{
	upload->taken = 0;
	upload->filled = 0;
	upload->is_kept = true;
	upload->pending = span_of(NULL, 0);
	upload->has_ended = !upload_has_body(upload);
}

bool upload_may_replay(const struct upload *upload)
{
	return upload->is_kept && upload->filled <= UPLOAD_KEEP_BYTES;
}

bool upload_replay(struct upload *upload)
{
	if (!upload_may_replay(upload))
		return false;
	upload->pending = span_of(upload->room, upload->filled);
	return true;
}
