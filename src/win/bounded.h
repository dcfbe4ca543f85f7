/* SPDX-License-Identifier: MIT */
/* What strsafe and the secure functions of the C library share: strings of any unit that
 * are copied and formatted into a room. */
#ifndef IXHR2_WIN_BOUNDED_H
#define IXHR2_WIN_BOUNDED_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Writes a zero at that index. */
void bounded_end(void *to, unsigned unit_bytes, size_t index);

/*
 * Copies the string from, at most limit units of it, behind the first len units of to,
 * which has room for room > len units, and ends it with a zero. false: it was cut where
 * the room ended.
 */
bool bounded_copy(void *to, unsigned unit_bytes, size_t room, size_t len,
		  const void *from, size_t limit);

/*
 * Formats (win/format.h) into room > 0 units and ends with a zero, cutting where the room
 * ends. Answers how many units the whole has without its zero, or -1: the format is bad,
 * and to is an empty string.
 */
int bounded_print(void *to, unsigned unit_bytes, size_t room, unsigned wchar_bytes,
		  const void *format, va_list list);

#endif
