/* SPDX-License-Identifier: MIT */
/*
 * MultiByteToWideChar and WideCharToMultiByte. Both first check what they were given in
 * the order in which Windows does, then convert in one pass. Without a buffer the pass
 * counts; with one that is too small it goes on counting, so that bad text is found even
 * behind the end of the buffer.
 *
 * Programs that name the ANSI code page were written for pages that are not UTF-8, so
 * flags and parameters that only make sense there are let through with it; with CP_UTF8
 * they are errors, as on Windows.
 */
#include "ixhr2/stringapiset.h"

#include <limits.h>

#include "win/last_error.h"
#include "win/transcode.h"

/* One call. */
struct conversion {
	UINT code_page;	     /* which the program names */
	DWORD flags;	     /* those of the call */
	DWORD strict_flag;   /* the one that refuses bad text */
	DWORD lenient_flags; /* what a page that is not called UTF-8 may have besides */
	const void *text;    /* what is converted */
	int text_len;	     /* its units, or -1 */
	unsigned from_bytes; /* size of a unit of text */
	void *out;	     /* where it goes */
	int out_room;	     /* units there, or 0 */
	unsigned to_bytes;   /* size of a unit there */
};

static bool is_utf8_alias(UINT code_page)
{
	return code_page == CP_ACP || code_page == CP_OEMCP || code_page == CP_THREAD_ACP;
}

static DWORD check(const struct conversion *call)
{
	DWORD allowed = call->strict_flag;

	if (is_utf8_alias(call->code_page))
		allowed |= call->lenient_flags;
	if (!call->text || call->text_len == 0 || call->out_room < 0 ||
	    (call->out_room && !call->out) || call->text == call->out)
		return ERROR_INVALID_PARAMETER;
	if (call->code_page != CP_UTF8 && !is_utf8_alias(call->code_page))
		return ERROR_INVALID_PARAMETER;
	return call->flags & ~allowed ? ERROR_INVALID_FLAGS : ERROR_SUCCESS;
}

static size_t count_units(const struct conversion *call)
{
	if (call->text_len > 0)
		return (size_t)call->text_len;
	return transcode_length(call->text, call->from_bytes, SIZE_MAX) + 1;
}

/* Answers how many units, and whether something was replaced; 0 with last error. */
static int convert(const struct conversion *call, bool *out_has_bad)
{
	struct transcode_text text = {.at = call->text, .unit_bytes = call->from_bytes};
	struct transcode_room room = {.at = call->out,
				      .room = (size_t)call->out_room,
				      .unit_bytes = call->to_bytes};
	DWORD error = check(call);

	if (error) {
		ixhr2_set_last_error(error);
		return 0;
	}
	text.count = count_units(call);
	*out_has_bad = transcode_all(&room, &text) != 0;
	if (*out_has_bad && call->flags & call->strict_flag)
		error = ERROR_NO_UNICODE_TRANSLATION;
	else if (room.len > INT_MAX)
		error = ERROR_INVALID_PARAMETER;
	else if (call->out_room && room.len > (size_t)call->out_room)
		error = ERROR_INSUFFICIENT_BUFFER;
	if (error)
		ixhr2_set_last_error(error);
	return error ? 0 : (int)room.len;
}

static bool is_wide(unsigned wchar_bytes)
{
	if (wchar_bytes == 2 || wchar_bytes == 4)
		return true;
	ixhr2_set_last_error(ERROR_INVALID_PARAMETER);
	return false;
}

int ixhr2_multi_byte_to_wide_char(unsigned wchar_bytes, UINT code_page, DWORD flags,
				  LPCSTR text, int text_len, void *out, int out_room)
{
	const struct conversion call = {.code_page = code_page,
					.flags = flags,
					.strict_flag = MB_ERR_INVALID_CHARS,
					.lenient_flags = MB_PRECOMPOSED,
					.text = text,
					.text_len = text_len,
					.from_bytes = 1,
					.out = out,
					.out_room = out_room,
					.to_bytes = wchar_bytes};
	bool has_bad;

	return is_wide(wchar_bytes) ? convert(&call, &has_bad) : 0;
}

int ixhr2_wide_char_to_multi_byte(unsigned wchar_bytes, UINT code_page, DWORD flags,
				  const void *text, int text_len, LPSTR out, int out_room,
				  LPCSTR default_char, BOOL *used_default)
{
	const struct conversion call = {.code_page = code_page,
					.flags = flags,
					.strict_flag = WC_ERR_INVALID_CHARS,
					.lenient_flags = WC_NO_BEST_FIT_CHARS,
					.text = text,
					.text_len = text_len,
					.from_bytes = wchar_bytes,
					.out = out,
					.out_room = out_room,
					.to_bytes = 1};
	bool has_bad = false;
	int bytes;

	if (!is_wide(wchar_bytes))
		return 0;
	if (code_page == CP_UTF8 && (default_char || used_default)) {
		ixhr2_set_last_error(ERROR_INVALID_PARAMETER);
		return 0;
	}
	bytes = convert(&call, &has_bad);
	if (used_default)
		*used_default = has_bad;
	return bytes;
}
