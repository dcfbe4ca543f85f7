/* SPDX-License-Identifier: MIT */
/*
 * Whatever a SOCKS server answers: given whole and in pieces, with writes that take a few
 * bytes, a handshake must end the same, say the same, and take the same bytes. The first
 * byte chooses the version, whether there is a login, what the target is, and the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "net/socks.h"

/* More than all that one can say: a greeting, a login and a request. */
#define SAID_BYTES (3 * SOCKS_MESSAGE_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* One talk with a server. */
struct talk {
	struct wire wire;   /* what the handshake is given */
	struct span input;  /* what has not been read */
	size_t piece_bytes; /* of it that one read gets, and one write takes */
	bool is_turn;	    /* the next verb says ERR_AGAIN instead, every other time */
	char said[SAID_BYTES]; /* what was written */
	size_t said_len;       /* of said */
	struct socks socks;    /* under test */
	enum err err;	       /* how it has ended */
};

static struct talk *talk_of(struct wire *wire)
{
	return LIST_ENTRY(wire, struct talk, wire);
}

/* Whether it is one's turn to wait, when bytes go in pieces. */
static bool waits(struct talk *talk)
{
	talk->is_turn = talk->piece_bytes && !talk->is_turn;
	return talk->is_turn;
}

static enum err talk_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	struct talk *talk = talk_of(wire);
	size_t n = talk->input.len < cap ? talk->input.len : cap;

	if (waits(talk))
		return ERR_AGAIN;
	if (talk->piece_bytes && talk->piece_bytes < n)
		n = talk->piece_bytes;
	if (!n)
		return ERR_EOF;
	memcpy(to, talk->input.at, n);
	talk->input = span_skip(talk->input, n);
	*out_len = n;
	return ERR_NONE;
}

static enum err talk_write(struct wire *wire, const struct iovec *pieces, int count,
			   bool may_wait, size_t *out_len)
{
	struct talk *talk = talk_of(wire);
	size_t n = pieces[0].iov_len;

	if (waits(talk))
		return ERR_AGAIN;
	must(!may_wait);
	must(count == 1 && n > 0);
	if (talk->piece_bytes && talk->piece_bytes < n)
		n = talk->piece_bytes;
	must(n <= SAID_BYTES - talk->said_len);
	memcpy(talk->said + talk->said_len, pieces[0].iov_base, n);
	talk->said_len += n;
	*out_len = n;
	return ERR_NONE;
}

static const struct wire_ops talk_ops = {.read = talk_read, .write = talk_write};

static struct socks_target target_of(uint8_t choice)
{
	static const struct span hosts[] = {
		{"a.test", 6}, {"127.0.0.1", 9}, {"[::1]", 5}, {"localhost", 9}};
	bool is_old = choice & 1;
	struct socks_target target = {.version = is_old ? SOCKS_4A : SOCKS_5,
				      .host = hosts[choice >> 2 & 3],
				      .port = 80};

	if (is_old && (choice >> 2 & 3) == 2)
		target.host = hosts[0];
	if (choice & 2) {
		target.user = SPAN("user");
		target.password = SPAN("password");
	}
	return target;
}

static void run(struct talk *talk, uint8_t choice, struct span input, size_t piece_bytes)
{
	struct socks_target target = target_of(choice);

	*talk = (struct talk){.wire.ops = &talk_ops,
			      .input = input,
			      .piece_bytes = piece_bytes,
			      .err = ERR_AGAIN};
	must(socks_init(&talk->socks, &target) == ERR_NONE);
	while (talk->err == ERR_AGAIN) {
		talk->err = socks_run(&talk->socks, &talk->wire);
		must(talk->err != ERR_AGAIN || talk->socks.waits == WIRE_READABLE ||
		     talk->socks.waits == WIRE_WRITABLE);
	}
	must(talk->err <= 0);
	must(talk->socks.fault.err == talk->err);
	must((talk->err == ERR_NONE) == (talk->socks.step == SOCKS_DONE));
	must(!talk->err || talk->socks.fault.what != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct talk whole;
	static struct talk pieces;
	struct span input;

	if (size == 0)
		return 0;
	input = span_of((const char *)data + 1, size - 1);
	run(&whole, data[0], input, 0);
	run(&pieces, data[0], input, (size_t)(data[0] >> 4) + 1);
	must(whole.err == pieces.err);
	must(whole.socks.fault.what == pieces.socks.fault.what);
	must(span_eq(span_of(whole.said, whole.said_len),
		     span_of(pieces.said, pieces.said_len)));
	must(whole.err || whole.input.len == pieces.input.len);
	return 0;
}
