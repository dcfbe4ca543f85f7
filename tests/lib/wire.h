/* SPDX-License-Identifier: MIT */
/*
 * A fake wire: its input is an array that arrives in pieces, its output is recorded,
 * and time passes when the test says so. Between two turns only what has arrived can
 * be read and only so much can be written; then the verbs say ERR_AGAIN. Readiness is
 * told level-triggered, as a socket's. One thread.
 */
#ifndef IXHR2_TESTS_LIB_WIRE_H
#define IXHR2_TESTS_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "net/wire.h"

#define FAKE_WIRE_PUTS 16

/* A write as it was offered. */
struct fake_put {
	size_t bytes;  /* of all pieces */
	bool may_wait; /* as the owner said */
};

struct fake_wire {
	struct wire wire; /* what is tested talks to this */

	/* Set by the test, also later. */
	struct span input;  /* what the peer sends; borrowed */
	size_t piece_bytes; /* of it that arrive each turn; 0: all at once */
	enum err end; /* behind the input: ERR_AGAIN (silence), ERR_EOF, a failure */
	size_t write_bytes;  /* taken by one write; 0: all */
	uint16_t part_bytes; /* as wire.write_bytes of a TCP socket; 0: it has none */
	bool blocks;	     /* the next write of the same turn is ERR_AGAIN */
	size_t break_at;     /* bytes of output after which writing fails, */
	enum err break_with; /* and how; 0: it does not */

	/* The record. */
	size_t arrived;		      /* of input */
	size_t taken;		      /* of input */
	bool has_arrived;	      /* the end too */
	char *output;		      /* what was written; owned */
	size_t written;		      /* bytes of output */
	bool is_blocked;	      /* writing is ERR_AGAIN until the next turn */
	unsigned wanted;	      /* what is told */
	unsigned reads, writes, told; /* calls of verbs, and of ready */
	struct fake_put puts[FAKE_WIRE_PUTS]; /* the first writes */
	struct fake_put last_put;	      /* and the last */
	bool is_freed;			      /* the verb free was called */
};

/* Nothing arrives, everything is taken. */
void fake_wire_init(struct fake_wire *fake);

/* Frees the record. */
void fake_wire_done(struct fake_wire *fake);

/* Lets a further piece arrive. */
void fake_wire_arrive(struct fake_wire *fake);

/* Tells the owner what it wants to know; whether there was anything to tell. */
bool fake_wire_tell(struct fake_wire *fake);

/* What was written. */
struct span fake_wire_output(const struct fake_wire *fake);

#endif
