/* SPDX-License-Identifier: MIT */
/*
 * The string is measured no further than there is room, so that one without an end is not
 * read beyond that, and moved as bytes. Formatting goes through win/format, which counts
 * on behind the end of the room.
 */
#include "win/bounded.h"

#include <string.h>

#include "win/format.h"

void bounded_end(void *to, unsigned unit_bytes, size_t index)
{
	memset((char *)to + index * unit_bytes, 0, unit_bytes);
}

bool bounded_copy(void *to, unsigned unit_bytes, size_t room, size_t len,
		  const void *from, size_t limit)
{
	size_t left = room - len;
	size_t count = transcode_length(from, unit_bytes, limit < left ? limit : left);
	bool is_cut = count == left;

	if (is_cut)
		count--;
	memmove((char *)to + len * unit_bytes, from, count * unit_bytes);
	bounded_end(to, unit_bytes, len + count);
	return !is_cut;
}

int bounded_print(void *to, unsigned unit_bytes, size_t room, unsigned wchar_bytes,
		  const void *format, va_list list)
{
	struct transcode_room out = {
		.at = to, .room = room - 1, .unit_bytes = unit_bytes};

	if (!format_put(&out, wchar_bytes, format, list)) {
		bounded_end(to, unit_bytes, 0);
		return -1;
	}
	bounded_end(to, unit_bytes, out.len < out.room ? out.len : out.room);
	return (int)out.len;
}
