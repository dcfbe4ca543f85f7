/* SPDX-License-Identifier: MIT */
/*
 * A byte pipe to a peer. Wires stack (TLS on a tunnel on TCP); only the lowest touches
 * the loop. Readiness is told to the owner of the top wire, who pulls. A test's wire
 * reads from an array.
 */
#ifndef IXHR2_NET_WIRE_H
#define IXHR2_NET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/err.h"
#include "base/span.h"

/* For verb wants, and told to the owner. */
enum wire_ready { WIRE_READABLE = 1, WIRE_WRITABLE = 2 };

struct wire;

struct wire_ops {
	/* Reads at least one byte, at most cap; fewer than cap only when there are no
	 * more now: readiness is told again when there are. ERR_AGAIN; ERR_EOF at an end
	 * in good order; ERR_RESET, ERR_CLOSED, ERR_TIMEOUT and others: fault is set. */
	enum err (*read)(struct wire *wire, void *to, size_t cap, size_t *out_len);

	/* Writes at least one byte of count >= 1 pieces. Who is told of fewer than he
	 * has offered writes the rest at once, so what was written may wait for it.
	 * may_wait: all may, for a write that is to follow soon; otherwise all leave with
	 * the last byte. ERR_AGAIN: the next write must offer the same bytes again, and
	 * may offer more behind them; failures as read. */
	enum err (*write)(struct wire *wire, const struct iovec *pieces, int count,
			  bool may_wait, size_t *out_len);

	/* Which of enum wire_ready the owner is told of from now on, while they last. */
	void (*wants)(struct wire *wire, unsigned ready);

	/* Closes what lies below and frees; the owner is told no more. */
	void (*free)(struct wire *wire);
};

struct wire {
	const struct wire_ops *ops;		    /* the verbs */
	void (*ready)(void *owner, unsigned ready); /* the owner's ear, or NULL */
	void *owner;				    /* given to ready; never freed */
	struct span peer;     /* "93.184.216.34:80", "[::1]:80"; lives as the wire does */
	uint32_t read_bytes;  /* what a read had best take; 0: all there is room for */
	uint16_t write_bytes; /* what the next write had best offer; 0: all there is */
	struct fault fault;   /* why the last verb failed */
};

static inline enum err wire_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	return wire->ops->read(wire, to, cap, out_len);
}

static inline enum err wire_write(struct wire *wire, const struct iovec *pieces,
				  int count, bool may_wait, size_t *out_len)
{
	return wire->ops->write(wire, pieces, count, may_wait, out_len);
}

static inline void wire_wants(struct wire *wire, unsigned ready)
{
	wire->ops->wants(wire, ready);
}

/* NULL is fine. */
static inline void wire_free(struct wire *wire)
{
	if (wire)
		wire->ops->free(wire);
}

/* The owner that is told of readiness from now on. */
static inline void wire_own(struct wire *wire, void (*ready)(void *owner, unsigned ready),
			    void *owner)
{
	wire->ready = ready;
	wire->owner = owner;
}

#endif
