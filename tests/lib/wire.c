/* SPDX-License-Identifier: MIT */
/*
 * The record grows by plain realloc: base/mem is made to fail by the tests that use
 * this. The room that a read is given is filled to its end, so that a reader who
 * believes more than what he is told sees garbage.
 */
#include "lib/wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

/* Behind what was read. */
#define GARBAGE 0xA5

static struct fake_wire *fake_of(struct wire *wire)
{
	return LIST_ENTRY(wire, struct fake_wire, wire);
}

/* Why the last verb failed, whatever failed before. */
static enum err fail(struct wire *wire, enum err err, const char *what)
{
	wire->fault = (struct fault){.err = err, .what = what};
	return err;
}

static bool is_at_end(const struct fake_wire *fake)
{
	return fake->taken == fake->input.len && fake->end != ERR_AGAIN;
}

static enum err fake_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	struct fake_wire *fake = fake_of(wire);
	size_t n = fake->arrived - fake->taken;

	fake->reads++;
	if (n > cap)
		n = cap;
	if (n) {
		memset(to, GARBAGE, cap);
		memcpy(to, fake->input.at + fake->taken, n);
		fake->taken += n;
		*out_len = n;
		return ERR_NONE;
	}
	if (!is_at_end(fake) || !fake->has_arrived)
		return ERR_AGAIN;
	return fake->end < 0 ? fail(wire, fake->end, "recv") : fake->end;
}

static void record(struct fake_wire *fake, const void *at, size_t len)
{
	fake->output = realloc(fake->output, fake->written + len + 1);
	if (!fake->output)
		abort();
	memcpy(fake->output + fake->written, at, len);
	fake->written += len;
}

static void note_put(struct fake_wire *fake, const struct iovec *pieces, int count,
		     bool may_wait)
{
	struct fake_put put = {.may_wait = may_wait};

	for (int i = 0; i < count; i++)
		put.bytes += pieces[i].iov_len;
	if (fake->writes < FAKE_WIRE_PUTS)
		fake->puts[fake->writes] = put;
	fake->last_put = put;
	fake->writes++;
}

/* How much one write may take now. */
static size_t room(const struct fake_wire *fake)
{
	size_t most = fake->write_bytes ? fake->write_bytes : SIZE_MAX;

	if (fake->break_with && fake->break_at - fake->written < most)
		most = fake->break_at - fake->written;
	return most;
}

static enum err fake_write(struct wire *wire, const struct iovec *pieces, int count,
			   bool may_wait, size_t *out_len)
{
	struct fake_wire *fake = fake_of(wire);
	size_t before = fake->written, left = room(fake);

	note_put(fake, pieces, count, may_wait);
	if (fake->is_blocked)
		return ERR_AGAIN;
	if (!left)
		return fail(wire, fake->break_with, "send");
	for (int i = 0; i < count && left; i++) {
		size_t n = pieces[i].iov_len < left ? pieces[i].iov_len : left;

		record(fake, pieces[i].iov_base, n);
		left -= n;
	}
	fake->is_blocked = fake->blocks;
	*out_len = fake->written - before;
	wire->write_bytes = may_wait && *out_len < wire->write_bytes
				    ? (uint16_t)(wire->write_bytes - *out_len)
				    : fake->part_bytes;
	return *out_len ? ERR_NONE : ERR_INVALID;
}

static void fake_wants(struct wire *wire, unsigned ready)
{
	fake_of(wire)->wanted = ready;
}

static void fake_free(struct wire *wire)
{
	struct fake_wire *fake = fake_of(wire);

	if (fake->is_freed)
		abort();
	fake->is_freed = true;
	fake->wanted = 0;
}

static const struct wire_ops fake_ops = {
	.read = fake_read,
	.write = fake_write,
	.wants = fake_wants,
	.free = fake_free,
};

void fake_wire_init(struct fake_wire *fake)
{
	*fake = (struct fake_wire){.end = ERR_AGAIN};
	fake->wire.ops = &fake_ops;
	fake->wire.peer = SPAN("127.0.0.1:80");
}

void fake_wire_done(struct fake_wire *fake)
{
	free(fake->output);
	fake->output = NULL;
}

void fake_wire_arrive(struct fake_wire *fake)
{
	size_t left = fake->input.len - fake->arrived;
	size_t n =
		fake->piece_bytes && fake->piece_bytes < left ? fake->piece_bytes : left;

	fake->has_arrived = fake->arrived == fake->input.len || !fake->piece_bytes;
	fake->arrived += n;
}

bool fake_wire_tell(struct fake_wire *fake)
{
	bool is_ended = is_at_end(fake) && fake->has_arrived;
	unsigned ready = WIRE_WRITABLE;

	fake->is_blocked = false;
	if (fake->arrived > fake->taken || is_ended)
		ready |= WIRE_READABLE;
	ready &= fake->wanted;
	if (!ready || !fake->wire.ready)
		return false;
	fake->told++;
	fake->wire.ready(fake->wire.owner, ready);
	return true;
}

struct span fake_wire_output(const struct fake_wire *fake)
{
	return span_of(fake->output, fake->written);
}
