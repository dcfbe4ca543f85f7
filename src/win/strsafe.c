/* SPDX-License-Identifier: MIT */
/*
 * strsafe.h checks its arguments and leaves the work to win/bounded. Where a destination
 * has room and something else is wrong, it becomes an empty string, as on Windows.
 */
#include "ixhr2/strsafe.h"

#include "win/bounded.h"
#include "win/transcode.h"

static bool is_room(const struct bounded *to)
{
	return transcode_has_unit(to->unit_bytes) && to->at && to->room &&
	       to->room <= STRSAFE_MAX_CCH;
}

HRESULT ixhr2_string_copy(unsigned unit_bytes, void *to, size_t room, const void *from,
			  size_t limit)
{
	const struct bounded out = {.at = to, .unit_bytes = unit_bytes, .room = room};

	if (!is_room(&out))
		return STRSAFE_E_INVALID_PARAMETER;
	if (!from || limit > STRSAFE_MAX_CCH) {
		bounded_end(&out, 0);
		return STRSAFE_E_INVALID_PARAMETER;
	}
	return bounded_copy(&out, 0, from, limit) ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}

HRESULT ixhr2_string_append(unsigned unit_bytes, void *to, size_t room, const void *from,
			    size_t limit)
{
	const struct bounded out = {.at = to, .unit_bytes = unit_bytes, .room = room};
	size_t len;

	if (!is_room(&out) || !from || limit > STRSAFE_MAX_CCH)
		return STRSAFE_E_INVALID_PARAMETER;
	len = transcode_length(to, unit_bytes, room);
	if (len == room)
		return STRSAFE_E_INVALID_PARAMETER;
	return bounded_copy(&out, len, from, limit) ? S_OK
						    : STRSAFE_E_INSUFFICIENT_BUFFER;
}

HRESULT ixhr2_string_length(unsigned unit_bytes, const void *text, size_t room,
			    size_t *out_units)
{
	size_t len;

	if (out_units)
		*out_units = 0;
	if (!text || room > STRSAFE_MAX_CCH || !transcode_has_unit(unit_bytes))
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
	const struct bounded out = {.at = to, .unit_bytes = unit_bytes, .room = room};
	int len;

	if (!is_room(&out) || !transcode_has_unit(wchar_bytes))
		return STRSAFE_E_INVALID_PARAMETER;
	if (!format) {
		bounded_end(&out, 0);
		return STRSAFE_E_INVALID_PARAMETER;
	}
	len = bounded_print(&out, wchar_bytes, format, list);
	if (len < 0)
		return STRSAFE_E_INVALID_PARAMETER;
	return (size_t)len < room ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}
