/* SPDX-License-Identifier: MIT */
/*
 * A step for each place: head, body, trailers. Heads and trailers are waited for until
 * they are whole, and heads copied once into the arena; body bytes are lent to the caller
 * where they lie in the input. RESPONSE_END is told as soon as the framing proves the
 * end, without waiting for another byte.
 *
 * An answer whose first bytes are not those of HTTP/1 is refused at once, so that a
 * server that speaks something else and then waits is found out before the timeout.
 *
 * 101 is refused: we never ask for an upgrade, and what follows it is not HTTP.
 */
#include "http/h1.h"

void h1_init(struct h1 *h1, struct arena *arena, struct span method)
{
	*h1 = (struct h1){.method = method, .place = H1_AT_HEAD};
	h1_head_init(&h1->heads, arena);
}

static enum err fail(struct h1 *h1, enum err err, const char *what)
{
	h1->place = H1_FAILED;
	return fault_set(&h1->fault, err, 0, what);
}

static enum err tell_end(struct h1 *h1, struct response_event *out)
{
	h1->place = H1_AT_END;
	*out = (struct response_event){.kind = RESPONSE_END};
	return ERR_NONE;
}

static enum err tell_data(struct h1 *h1, struct response_event *out, struct span data)
{
	h1->data = data;
	*out = (struct response_event){.kind = RESPONSE_DATA, .data = {&h1->data, 1}};
	return ERR_NONE;
}

static void count_data(struct h1 *h1, uint64_t len)
{
	if (h1->framing == MESSAGE_LENGTH)
		h1->left -= len;
}

/* Takes all of *in, but not more than what is left of the body. */
static enum err take_data(struct h1 *h1, struct span *in, struct response_event *out)
{
	size_t len = in->len < h1->left ? in->len : (size_t)h1->left;
	struct span data = span_of(in->at, len);

	if (len == 0)
		return ERR_AGAIN;
	*in = span_skip(*in, len);
	count_data(h1, len);
	return tell_data(h1, out, data);
}

static enum err next_trailers(struct h1 *h1, struct span *in, struct response_event *out)
{
	enum err err = h1_head_skip_trailers(&h1->heads, in);

	if (err == ERR_AGAIN)
		return err;
	if (err)
		return fail(h1, err, h1->heads.what);
	return tell_end(h1, out);
}

static enum err next_chunked(struct h1 *h1, struct span *in, struct response_event *out)
{
	struct span data;
	enum err err = chunk_next(&h1->chunk, in, &data);

	if (!err)
		return tell_data(h1, out, data);
	if (err == ERR_AGAIN)
		return err;
	if (err == ERR_LIMIT)
		return fail(h1, err, "the line of a chunk is too long");
	if (err != ERR_EOF)
		return fail(h1, err, "the chunked coding is malformed");
	h1->place = H1_AT_TRAILERS;
	return next_trailers(h1, in, out);
}

static enum err next_body(struct h1 *h1, struct span *in, struct response_event *out)
{
	if (h1->framing == MESSAGE_CHUNKED)
		return next_chunked(h1, in, out);
	if (h1->left == 0)
		return tell_end(h1, out);
	return take_data(h1, in, out);
}

static enum err begin_body(struct h1 *h1, struct response_event *out)
{
	struct response_head *head = h1->head;
	enum err err = message_framing(head, h1->method, &h1->framing, &h1->left);

	if (err)
		return fail(h1, err, "Content-Length or Transfer-Encoding is wrong");
	if (h1->framing == MESSAGE_UNTIL_CLOSE)
		h1->left = UINT64_MAX;
	else
		h1->is_persistent = message_is_persistent(head);
	chunk_init(&h1->chunk);
	h1->place = H1_AT_BODY;
	*out = (struct response_event){.kind = RESPONSE_HEAD, .head = head};
	return ERR_NONE;
}

static enum err tell_interim(struct h1 *h1, struct response_event *out)
{
	if (h1->head->status == 101)
		return fail(h1, ERR_PROTOCOL, "an upgrade that was not asked for");
	if (h1->interim_count == H1_MAX_INTERIM)
		return fail(h1, ERR_LIMIT, "too many interim responses");
	h1->interim_count++;
	*out = (struct response_event){.kind = RESPONSE_INTERIM, .head = h1->head};
	return ERR_NONE;
}

/* Whether in, not empty, begins as HTTP/1 does, as far as it goes. */
static bool may_be_head(struct span in)
{
	const struct span start = SPAN("HTTP/1.");

	return memcmp(in.at, start.at, in.len < start.len ? in.len : start.len) == 0;
}

static enum err next_head(struct h1 *h1, struct span *in, struct response_event *out)
{
	enum err err;

	if (in->len == 0)
		return ERR_AGAIN;
	h1->has_bytes = true;
	err = h1_head_read(&h1->heads, in, &h1->head);
	if (err && !may_be_head(*in))
		return fail(h1, ERR_PROTOCOL, "the answer does not begin with HTTP/1");
	if (err == ERR_AGAIN)
		return err;
	if (err)
		return fail(h1, err, h1->heads.what);
	return h1->head->status < 200 ? tell_interim(h1, out) : begin_body(h1, out);
}

static enum err next_nothing(struct h1 *h1, struct span *in, struct response_event *out)
{
	(void)in;
	(void)out;
	return h1->place == H1_AT_END ? ERR_EOF : h1->fault.err;
}

enum err h1_next(struct h1 *h1, struct span *in, struct response_event *out)
{
	static enum err (*const next[])(struct h1 *, struct span *,
					struct response_event *) = {
		[H1_AT_HEAD] = next_head,	  [H1_AT_BODY] = next_body,
		[H1_AT_TRAILERS] = next_trailers, [H1_AT_END] = next_nothing,
		[H1_FAILED] = next_nothing,
	};

	return next[h1->place](h1, in, out);
}

uint64_t h1_plain(const struct h1 *h1)
{
	if (h1->place != H1_AT_BODY)
		return 0;
	return h1->framing == MESSAGE_CHUNKED ? chunk_plain(&h1->chunk) : h1->left;
}

void h1_skip(struct h1 *h1, uint64_t len)
{
	if (h1->framing == MESSAGE_CHUNKED)
		chunk_skip(&h1->chunk, len);
	else
		count_data(h1, len);
}

enum err h1_close(struct h1 *h1, struct span left, struct response_event *out)
{
	switch (h1->place) {
	case H1_AT_HEAD:
		if (!h1->has_bytes && left.len == 0)
			return fail(h1, ERR_CLOSED, "closed before the answer");
		h1->has_bytes = true;
		return fail(h1, ERR_CLOSED, "closed within the head");
	case H1_AT_BODY:
		if (h1->framing == MESSAGE_UNTIL_CLOSE ||
		    (h1->framing != MESSAGE_CHUNKED && h1->left == 0))
			return tell_end(h1, out);
		return fail(h1, ERR_CLOSED, "closed within the body");
	case H1_AT_TRAILERS:
		return fail(h1, ERR_CLOSED, "closed within the trailers");
	case H1_AT_END:
		return ERR_EOF;
	case H1_FAILED:
		break;
	}
	return h1->fault.err;
}
