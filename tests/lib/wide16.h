/* SPDX-License-Identifier: MIT */
/*
 * A request by a source that defines IXHR2_WCHAR16, for programs whose other sources do
 * not. Texts are UTF-16 here, whatever WCHAR is for the includer.
 */
#ifndef IXHR2_TESTS_LIB_WIDE16_H
#define IXHR2_TESTS_LIB_WIDE16_H

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

struct wide16_result {
	bool is_over;		/* a final callback came in time */
	unsigned status;	/* of OnHeadersAvailable */
	int error;		/* of OnError, or 0 */
	char16_t reason[64];	/* of OnHeadersAvailable */
	char16_t redirect[512]; /* of OnRedirect */
	char16_t field[128];	/* the response's field X-Wide */
	char body[256];		/* what was read, a text */
};

/* GETs url with the field X-Wide: value; answers Open's, SetRequestHeader's or Send's
 * result, and when that is 0 fills *out. */
int wide16_get(const char16_t *url, const char16_t *value, struct wide16_result *out);

/* sizeof(WCHAR) there. */
size_t wide16_unit(void);

#endif
