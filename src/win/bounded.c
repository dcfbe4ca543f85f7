/* SPDX-License-Identifier: MIT */
/*
 * The string is measured no further than there is room, so that one without an end is not
 * read beyond that, and moved as bytes. Formatting goes through win/format, which counts
 * on behind the end of the room.
 */
#include "win/bounded.h"

#include <string.h>

#include "win/format.h"

static char *unit_at(const struct bounded *to, size_t index)
{
	return (char *)to->at + index * to->unit_bytes;
}

void bounded_end(const struct bounded *to, size_t index)
{
	memset(unit_at(to, index), 0, to->unit_bytes);
}

bool bounded_copy(const struct bounded *to, size_t len, const void *from, size_t limit)
{
	size_t left = to->room - len;
	size_t most = limit < left ? limit : left;
	size_t count = transcode_length(from, to->unit_bytes, most);
	bool is_cut = count == left;

	if (is_cut)
		count--;
	memmove(unit_at(to, len), from, count * to->unit_bytes);
	bounded_end(to, len + count);
	return !is_cut;
}

int bounded_print(const struct bounded *to, unsigned wchar_bytes, const void *format,
		  va_list list)
{
	struct transcode_room out = {
		.at = to->at, .room = to->room - 1, .unit_bytes = to->unit_bytes};

	if (!format_put(&out, wchar_bytes, format, list)) {
		bounded_end(to, 0);
		return -1;
	}
	bounded_end(to, out.len < out.room ? out.len : out.room);
	return (int)out.len;
}
