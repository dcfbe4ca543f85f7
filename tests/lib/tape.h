/* SPDX-License-Identifier: MIT */
/*
 * A stream of the program, as a body to be read or a response stream to be written, that
 * answers as a test orders and records what it is asked. It asserts what contract
 * R5 to R7 and P9 promise about each call.
 */
#ifndef IXHR2_TESTS_LIB_TAPE_H
#define IXHR2_TESTS_LIB_TAPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/client.h"

/* What one Read or Write does: at most that many bytes, and this result. */
struct tape_answer {
	ULONG most;	/* bytes given or taken */
	HRESULT result; /* what the call answers */
};

#define TAPE_ALL ((ULONG)-1)

struct tape {
	IStream IStream_iface; /* what is passed; its first five are ISequentialStream's
				*/

	/* Set by the test. */
	struct client *client;		   /* whose hooks run, or NULL */
	bool is_sequential;		   /* E_NOINTERFACE for IStream */
	HRESULT seek_result;		   /* of Seek */
	const char *content;		   /* to be read; NULL: the pattern */
	uint64_t len;			   /* of the content */
	const struct tape_answer *answers; /* for the first calls; then all, S_OK */
	unsigned answer_count;		   /* of answers */
	ULONG most;			   /* of every other Read; 0: no limit */
	bool is_pattern;		   /* what is written is compared, not kept */
	bool forgets;			   /* what is written is not kept at all */

	/* The record. */
	uint64_t at;		       /* position of Read */
	unsigned reads, writes, seeks; /* calls */
	unsigned answered;	       /* of answers, used up */
	ULONG most_asked;	       /* largest cb of Read */
	uint64_t asked_most;	       /* largest at + cb of Read */
	char *got;		       /* written; owned; a NUL behind */
	size_t got_len;		       /* of got */
	uint64_t written_bytes;	       /* kept or not */
	uint64_t pattern_len;	       /* with is_pattern */
	unsigned ends;		       /* Writes of 0 bytes */
	atomic_int refs;	       /* one is the test's */
};

/* A tape with a text to be read; content NULL: len bytes of the pattern. */
struct tape *tape_new(const char *content, uint64_t len);

/* Makes tape the body of client, with its length; or its response stream. */
void tape_be_body(struct tape *tape, struct client *client);
void tape_be_sink(struct tape *tape, struct client *client);

/* As ISequentialStream. */
ISequentialStream *tape_sequential(struct tape *tape);

/* Waits until the test's reference is the only one; frees. */
void tape_end(struct tape *tape);

#endif
