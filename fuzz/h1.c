/* SPDX-License-Identifier: MIT */
/*
 * The answer to one request: given whole, in pieces, and in pieces of which plain bytes
 * are taken elsewhere, it must tell the same events, and end the same way. The first byte
 * chooses the method and the length of a piece.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/h1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void tell(struct buf *told, struct span bytes)
{
	must(!buf_put(told, bytes) && !buf_put_byte(told, '|'));
}

static void tell_head(struct buf *told, const struct response_head *head)
{
	must(!buf_put_uint(told, head->status) && !buf_put_uint(told, head->version));
	tell(told, head->reason);
	must(head->status >= 100 && head->status <= 999);
	must(!memchr(head->reason.at, '\n', head->reason.len));
	for (uint32_t i = 0; i < head->headers.count; i++) {
		struct headers_field field = head->headers.at[i];

		must(field.name.len > 0);
		must(field.value.len == 0 || (field.value.at[0] > ' ') ||
		     (field.value.at[0] < 0));
		must(!memchr(field.value.at, '\r', field.value.len));
		must(!memchr(field.value.at, '\n', field.value.len));
		must(!memchr(field.value.at, '\0', field.value.len));
		tell(told, field.name);
		tell(told, field.value);
	}
}

static void tell_event(struct buf *told, const struct h1 *h1,
		       const struct response_event *event)
{
	switch (event->kind) {
	case RESPONSE_INTERIM:
	case RESPONSE_HEAD:
		tell_head(told, event->head);
		break;
	case RESPONSE_DATA:
		must(event->data.count == 1 && event->data.at->len > 0 &&
		     !buf_put(told, *event->data.at));
		break;
	case RESPONSE_END:
		tell(told, h1->is_persistent ? SPAN("+") : SPAN("-"));
		must(!buf_put_uint(told, h1->heads.fields_left));
		break;
	}
}

/* Gives *pending to h1 in a block of exactly its size and drops what was taken. */
static enum err pull(struct h1 *h1, struct span *pending, struct buf *told)
{
	char *block = mem_alloc(pending->len + 1);
	char *at = block ? block + 1 : NULL;
	struct span in = {at, pending->len};
	struct response_event event;
	enum err err;

	must(block);
	memcpy(at, pending->at, pending->len);
	while (!(err = h1_next(h1, &in, &event)))
		tell_event(told, h1, &event);
	*pending = span_skip(*pending, pending->len - in.len);
	mem_free(block);
	return err;
}

/* Takes bytes of a piece past h1, which has none left, if they are plain. */
static void skip(struct h1 *h1, struct span *pending, struct buf *told)
{
	uint64_t plain = h1_plain(h1);
	size_t len = pending->len < plain ? pending->len : (size_t)plain;

	must(!buf_put(told, span_of(pending->at, len)));
	*pending = span_skip(*pending, len);
	h1_skip(h1, len);
}

static void run(struct span method, struct span input, size_t piece_bytes, bool skips,
		struct buf *told)
{
	struct arena arena;
	struct h1 h1;
	struct response_event event;
	struct span pending = {input.at, 0};
	const char *end = input.at + input.len;
	enum err err = ERR_AGAIN;

	arena_init(&arena);
	h1_init(&h1, &arena, method);
	while (err == ERR_AGAIN && pending.at + pending.len < end) {
		size_t rest = (size_t)(end - pending.at) - pending.len;
		bool may_skip = skips && !pending.len && h1_plain(&h1);

		pending.len += rest < piece_bytes ? rest : piece_bytes;
		if (may_skip)
			skip(&h1, &pending, told);
		err = pull(&h1, &pending, told);
	}
	if (err == ERR_AGAIN) {
		err = h1_close(&h1, pending, &event);
		if (!err)
			tell_event(told, &h1, &event);
	}
	must(err != ERR_AGAIN && (err >= 0 || h1.fault.what));
	must(!buf_put_uint(told, (uint64_t)(100 + err)));
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf pieces;
	struct buf rests;
	size_t piece_bytes;
	struct span method;
	struct span input;

	if (size == 0)
		return 0;
	method = data[0] & 1 ? SPAN("HEAD") : SPAN("GET");
	input = span_of((const char *)data + 1, size - 1);
	buf_init(&whole);
	buf_init(&pieces);
	buf_init(&rests);
	piece_bytes = (size_t)(data[0] >> 1) % 64 + 1;
	run(method, input, input.len + 1, false, &whole);
	run(method, input, piece_bytes, false, &pieces);
	run(method, input, piece_bytes, true, &rests);
	must(span_eq(buf_span(&whole), buf_span(&pieces)));
	must(span_eq(buf_span(&whole), buf_span(&rests)));
	buf_done(&whole);
	buf_done(&rests);
	buf_done(&pieces);
	return 0;
}
