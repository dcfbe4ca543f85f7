/* SPDX-License-Identifier: MIT */
/*
 * The text is converted straight into the buffer that keeps it. Room for the longest
 * UTF-8 that it can become is made first: a buffer that grew would leave a copy behind
 * that nobody wipes. What is wiped is all of that room, because what does not turn out
 * to be UTF-8 is written twice.
 */
#include "com/secret.h"

#include "base/mem.h"

/* The most bytes of UTF-8 that a unit of either width becomes. */
#define UNIT_MAX_BYTES 4

/* Fills an empty one with a text that is not empty. */
static enum err fill(struct buf *utf8, const WCHAR *text, size_t units,
		     enum wide_unit unit)
{
	enum err err;

	if (units > (SIZE_MAX - 1) / UNIT_MAX_BYTES)
		return ERR_NO_MEMORY;
	err = buf_reserve(utf8, units * UNIT_MAX_BYTES + 1);
	if (!err)
		err = wide_to_utf8(text, units, unit, utf8);
	if (!err)
		utf8->at[utf8->len] = '\0';
	return err;
}

enum err secret_init(struct secret *secret, const WCHAR *text, enum wide_unit unit)
{
	size_t units = text ? wide_len(text, unit) : 0;
	struct secret made = {0};
	enum err err = ERR_NONE;

	if (units)
		err = fill(&made.utf8, text, units, unit);
	if (err)
		secret_done(&made);
	else
		*secret = made;
	return err;
}

void secret_done(struct secret *secret)
{
	buf_wipe(&secret->utf8);
}

struct span secret_span(const struct secret *secret)
{
	return buf_span(&secret->utf8);
}
