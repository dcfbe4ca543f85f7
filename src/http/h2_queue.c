/* SPDX-License-Identifier: MIT */
/*
 * Three parts, told in this order: pieces of one buffer, old copies, young copies. Where
 * a piece may lie depends on what came before it: as long as there are no copies, and
 * there is no piece of another buffer, it stays where it is. Young copies become the old
 * ones when these are told, so that what somebody is looking at never moves.
 */
#include "http/h2_queue.h"

void h2_input_drop(struct h2_input *input)
{
	if (--input->holds == 0)
		input->free(input);
}

static void let_input_go(struct h2_queue *queue)
{
	struct h2_input *input = queue->input;

	queue->piece_count = 0;
	queue->is_told = false;
	queue->input = NULL;
	if (input)
		h2_input_drop(input);
}

/* Empties a buffer and gives much memory back. */
static void clear(struct buf *buf)
{
	if (buf->cap > H2_QUEUE_KEEP_BYTES)
		buf_done(buf);
	else
		buf_clear(buf);
}

static bool may_stay(const struct h2_queue *queue, const struct h2_input *input,
		     size_t len)
{
	bool is_short = len < H2_QUEUE_PIECE_BYTES && queue->bytes < H2_QUEUE_LONG_BYTES;

	if (is_short || queue->old.len || queue->young.len)
		return false;
	return !queue->input || (queue->input == input && !queue->is_told &&
				 queue->piece_count < H2_QUEUE_PIECES);
}

enum err h2_queue_put(struct h2_queue *queue, struct h2_input *input, struct span bytes)
{
	bool stays = may_stay(queue, input, bytes.len);

	queue->bytes += bytes.len;
	if (!stays)
		return buf_put(&queue->young, bytes);
	if (!queue->input) {
		queue->input = input;
		input->holds++;
	}
	queue->pieces[queue->piece_count++] = bytes;
	return ERR_NONE;
}

size_t h2_queue_drop_told(struct h2_queue *queue)
{
	size_t told_bytes = queue->told_bytes;

	if (!told_bytes)
		return 0;
	queue->told_bytes = 0;
	if (queue->input) {
		let_input_go(queue);
	} else if (queue->old_at == queue->old.len) {
		clear(&queue->old);
		queue->old_at = 0;
	}
	return told_bytes;
}

enum err h2_queue_next(struct h2_queue *queue, struct spans *out)
{
	size_t len;

	if (queue->input) {
		*out = (struct spans){queue->pieces, queue->piece_count};
		queue->is_told = true;
		queue->told_bytes = spans_bytes(*out);
		return ERR_NONE;
	}
	if (!queue->old.len && queue->young.len) {
		struct buf empty = queue->old;

		queue->old = queue->young;
		queue->young = empty;
	}
	len = queue->old.len - queue->old_at;
	if (!len)
		return ERR_AGAIN;
	if (len > H2_QUEUE_TELL_BYTES)
		len = H2_QUEUE_TELL_BYTES;
	queue->told = span_of(queue->old.at + queue->old_at, len);
	*out = (struct spans){&queue->told, 1};
	queue->old_at += len;
	queue->told_bytes = len;
	return ERR_NONE;
}

bool h2_queue_is_empty(const struct h2_queue *queue)
{
	return (!queue->input || queue->is_told) && queue->old_at == queue->old.len &&
	       !queue->young.len;
}

void h2_queue_clear(struct h2_queue *queue)
{
	let_input_go(queue);
	clear(&queue->old);
	clear(&queue->young);
	queue->old_at = 0;
	queue->told_bytes = 0;
	queue->bytes = 0;
}

void h2_queue_done(struct h2_queue *queue)
{
	let_input_go(queue);
	buf_done(&queue->old);
	buf_done(&queue->young);
	queue->old_at = 0;
	queue->told_bytes = 0;
	queue->bytes = 0;
}
