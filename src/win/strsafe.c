/* SPDX-License-Identifier: MIT */
/*
 * strsafe.h checks its arguments and leaves the work to win/bounded. Where a destination
 * has room and something else is wrong, it becomes an empty string, as on Windows.
 */
#include "ixhr2/strsafe.h"

#include "win/bounded.h"
#include "win/transcode.h"

static bool is_room(unsigned unit_bytes, const void *to, size_t room)
{
	return transcode_has_unit(unit_bytes) && to && room && room <= STRSAFE_MAX_CCH;
}

/* SIZE_MAX: all of the string. */
static bool is_limit(size_t limit)
{
	return limit == SIZE_MAX || limit <= STRSAFE_MAX_CCH;
}

HRESULT ixhr2_string_copy(unsigned unit_bytes, void *to, size_t room, const void *from,
			  size_t limit)
{
	if (!is_room(unit_bytes, to, room))
		return STRSAFE_E_INVALID_PARAMETER;
	if (!from || !is_limit(limit)) {
		bounded_end(to, unit_bytes, 0);
		return STRSAFE_E_INVALID_PARAMETER;
	}
	return bounded_copy(to, unit_bytes, room, 0, from, limit)
		       ? S_OK
		       : STRSAFE_E_INSUFFICIENT_BUFFER;
}

HRESULT ixhr2_string_append(unsigned unit_bytes, void *to, size_t room, const void *from,
			    size_t limit)
{
	size_t len;

	if (!is_room(unit_bytes, to, room) || !from || !is_limit(limit))
		return STRSAFE_E_INVALID_PARAMETER;
	len = transcode_length(to, unit_bytes, room);
	if (len == room)
		return STRSAFE_E_INVALID_PARAMETER;
	return bounded_copy(to, unit_bytes, room, len, from, limit)
		       ? S_OK
		       : STRSAFE_E_INSUFFICIENT_BUFFER;
}

HRESULT ixhr2_string_length(unsigned unit_bytes, const void *text, size_t room,
			    size_t *out_units)
{
	size_t len;

	if (out_units)
		*out_units = 0;
	if (!is_room(unit_bytes, text, room))
		return STRSAFE_E_INVALID_PARAMETER;
	len = transcode_length(text, unit_bytes, room);
	if (len == room)
		return STRSAFE_E_INVALID_PARAMETER;
	if (out_units)
		*out_units = len;
	return S_OK;
}

HRESULT ixhr2_string_vprintf(unsigned unit_bytes, unsigned wchar_bytes, void *to,
			     size_t room, const void *format, va_list list)
{
	int len;

	if (!is_room(unit_bytes, to, room) || !transcode_has_unit(wchar_bytes))
		return STRSAFE_E_INVALID_PARAMETER;
	if (!format) {
		bounded_end(to, unit_bytes, 0);
		return STRSAFE_E_INVALID_PARAMETER;
	}
	len = bounded_print(to, unit_bytes, room, wchar_bytes, format, list);
	if (len < 0)
		return STRSAFE_E_INVALID_PARAMETER;
	return (size_t)len < room ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}
