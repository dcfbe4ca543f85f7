/* SPDX-License-Identifier: MIT */
/*
 * One block holds all of a verdict: the struct, the spans of the chain, their bytes, and
 * the text. References are counted atomically; the last one to go frees the block.
 */
#include "tls/verdict.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

struct shared {
	struct verdict verdict; /* what others see; first, so that it leads back here */
	atomic_uint refs;	/* who has it */
	struct span chain[];	/* verdict.chain; behind it all bytes */
};

static struct shared *shared_of(const struct verdict *verdict)
{
	return (struct shared *)verdict;
}

static size_t bytes_of(const struct verdict *from)
{
	size_t bytes = sizeof(struct shared) + from->count * sizeof(struct span);

	for (size_t i = 0; i < from->count; i++)
		bytes += from->chain[i].len;
	return bytes + strlen(from->text) + 1;
}

enum err verdict_new(const struct verdict *from, const struct verdict **out_verdict)
{
	struct shared *shared = mem_alloc(bytes_of(from));
	char *at;

	if (!shared)
		return ERR_NO_MEMORY;
	shared->verdict = *from;
	atomic_init(&shared->refs, 1);
	at = (char *)(shared->chain + from->count);
	for (size_t i = 0; i < from->count; i++) {
		shared->chain[i] = span_of(at, from->chain[i].len);
		memcpy(at, from->chain[i].at, from->chain[i].len);
		at += from->chain[i].len;
	}
	memcpy(at, from->text, strlen(from->text) + 1);
	shared->verdict.chain = shared->chain;
	shared->verdict.text = at;
	*out_verdict = &shared->verdict;
	return ERR_NONE;
}

const struct verdict *verdict_ref(const struct verdict *verdict)
{
	if (verdict)
		atomic_fetch_add_explicit(&shared_of(verdict)->refs, 1,
					  memory_order_relaxed);
	return verdict;
}

void verdict_unref(const struct verdict *verdict)
{
	if (verdict && atomic_fetch_sub_explicit(&shared_of(verdict)->refs, 1,
						 memory_order_acq_rel) == 1)
		mem_free(shared_of(verdict));
}
