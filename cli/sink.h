/* SPDX-License-Identifier: MIT */
/*
 * Where the body of a response goes: a file, standard output, memory, or nowhere; it is
 * counted and, where wanted, hashed on the way. It is a stream for
 * SetCustomResponseStream too.
 */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ixhr2/objidl.h>

#include "bytes.h"
#include "outbox.h"
#include "output.h"
#include "sha256.h"

struct sink;

/* How a sink is made. */
struct sink_setup {
	struct output *output;	 /* a file, the sink's from now on; or NULL */
	struct outbox *outbox;	 /* without a file: standard output, or NULL */
	const atomic_bool *stop; /* set: nothing is taken any more */
	bool keeps;		 /* in memory too */
	bool hashes;		 /* SHA-256 */
};

/* Makes one. The reference is the caller's. */
struct sink *sink_new(const struct sink_setup *setup);

/* The stream; lent. */
ISequentialStream *sink_stream(struct sink *sink);

/* Takes all that a response stream has to give now. The failure of the stream or of the
 * output. */
HRESULT sink_drain(struct sink *sink, ISequentialStream *stream);

/* Writes text that is not of the body where the body goes. */
HRESULT sink_put_text(struct sink *sink, const char *text);

/* From now on the body is counted and dropped. */
void sink_mute(struct sink *sink);

/* How much of the body has come. Any thread. */
uint64_t sink_bytes(const struct sink *sink);

/* The hash; only once, after the last byte. "" when none was wanted. */
void sink_hash(struct sink *sink, char to[SHA256_TEXT_BYTES]);

/* What was kept; lent. NULL when nothing was to be. */
const struct bytes *sink_kept(const struct sink *sink);

/* Why the output failed: an errno, or 0. */
int sink_error(const struct sink *sink);

/* Gives the file its name. 0, or an errno, which sink_error keeps. */
int sink_commit(struct sink *sink);

/* Removes the file. */
void sink_discard(struct sink *sink);

/* Removes the file while another thread may still write it. NULL is fine. */
void sink_unlink(struct sink *sink);

/* Gives the reference back; a file that was not given its name is removed with the last.
 * NULL is fine. */
void sink_unref(struct sink *sink);

#endif
