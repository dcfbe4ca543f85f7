/* SPDX-License-Identifier: MIT */
/* What strsafe and the secure functions of the C library share: strings of any unit that
 * are copied and formatted into a room. */
#ifndef IXHR2_WIN_BOUNDED_H
#define IXHR2_WIN_BOUNDED_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a string goes. */
struct bounded {
	void *at;	     /* the units */
	unsigned unit_bytes; /* 1, 2 or 4 */
	size_t room;	     /* how many units may be written; more than 0 */
};

/* Writes a zero at that index. */
void bounded_end(const struct bounded *to, size_t index);

/*
 * Copies the string from, at most limit units of it, behind the first len units, which
 * are fewer than there is room for, and ends it with a zero. false: it was cut where the
 * room ended.
 */
bool bounded_copy(const struct bounded *to, size_t len, const void *from, size_t limit);

/*
 * Formats (win/format.h) and ends with a zero, cutting where the room ends. Answers how
 * many units the whole has without its zero, or -1: the format is bad, and the string is
 * empty.
 */
int bounded_print(const struct bounded *to, unsigned wchar_bytes, const void *format,
		  va_list list);

#endif
