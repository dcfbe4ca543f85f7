/* SPDX-License-Identifier: MIT */
/*
 * Undoes one content coding: what http/coding makes its chains of. Each kind wraps its
 * library, whose memory comes from base/mem; how the stages follow each other is no
 * concern of theirs.
 */
#ifndef IXHR2_HTTP_CODING_STAGE_H
#define IXHR2_HTTP_CODING_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

struct coding_stage;

struct coding_stage_ops {
	/*
	 * Decodes what *in holds into at most cap > 0 bytes and takes what it has used
	 * off *in. 0: *out_len bytes are there, maybe none. With input it takes some,
	 * gives some, or has ended. Without, it gives what it had no room for; it is not
	 * called so while is_complete. Never called once has_ended. ERR_CODING,
	 * ERR_NO_MEMORY.
	 */
	enum err (*read)(struct coding_stage *stage, struct span *in, void *to,
			 size_t cap, size_t *out_len);

	/* Frees the stage. */
	void (*free)(struct coding_stage *stage);
};

struct coding_stage {
	const struct coding_stage_ops *ops; /* the verbs */
	bool is_complete; /* the data may end here, and all of it has been given */
	bool has_ended;	  /* and nothing that follows belongs to it */
};

/* Each makes a stage for one coding, or answers ERR_NO_MEMORY. */
MUST_USE enum err coding_stage_gzip(struct coding_stage **out_stage);
MUST_USE enum err coding_stage_deflate(struct coding_stage **out_stage);
MUST_USE enum err coding_stage_br(struct coding_stage **out_stage);
MUST_USE enum err coding_stage_zstd(struct coding_stage **out_stage);

#endif
