/* SPDX-License-Identifier: MIT */
/*
 * The functions of secure_crt.h. Each checks what it was given in the order in which
 * Microsoft's C library does, because that decides between EINVAL and ERANGE; then it
 * hands over to win/bounded. Failures end in refuse, which does what they all do.
 */
#include "ixhr2/secure_crt.h"

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"
#include "win/bounded.h"
#include "win/format.h"
#include "win/transcode.h"

/* Units of a format that need no memory of their own. */
#define PRINT_ROOM 256

/* Sets errno, and empties the destination where it has room. */
static errno_t refuse(errno_t error, const struct bounded *to)
{
	if (to->at && to->room && transcode_has_unit(to->unit_bytes))
		bounded_end(to, 0);
	errno = error;
	return error;
}

/* Behind the first len units. */
static errno_t copy_behind(const struct bounded *to, size_t len, const void *from,
			   size_t count)
{
	if (bounded_copy(to, len, from, count))
		return 0;
	return count == _TRUNCATE ? STRUNCATE : refuse(ERANGE, to);
}

errno_t ixhr2_strncpy_s(unsigned unit_bytes, void *to, size_t room, const void *from,
			size_t count)
{
	const struct bounded out = {.at = to, .unit_bytes = unit_bytes, .room = room};

	if (count == 0 && !to && room == 0)
		return 0;
	if (!to || !transcode_has_unit(unit_bytes) || (!from && count))
		return refuse(EINVAL, &out);
	if (room == 0)
		return refuse(ERANGE, &out);
	if (count)
		return copy_behind(&out, 0, from, count);
	bounded_end(&out, 0);
	return 0;
}

errno_t ixhr2_strncat_s(unsigned unit_bytes, void *to, size_t room, const void *from,
			size_t count)
{
	const struct bounded out = {.at = to, .unit_bytes = unit_bytes, .room = room};
	size_t len;

	if (count == 0 && !to && room == 0)
		return 0;
	if (!to || room == 0 || !transcode_has_unit(unit_bytes) || (!from && count))
		return refuse(EINVAL, &out);
	len = transcode_length(to, unit_bytes, room);
	if (len == room)
		return refuse(EINVAL, &out);
	return count ? copy_behind(&out, len, from, count) : 0;
}

int ixhr2_vsnprintf_s(unsigned unit_bytes, unsigned wchar_bytes, void *to, size_t room,
		      size_t count, const void *format, va_list list)
{
	bool has_count = count != _TRUNCATE && count < room;
	const struct bounded out = {
		.at = to, .unit_bytes = unit_bytes, .room = has_count ? count + 1 : room};
	int len;

	if (count == 0 && !to && room == 0)
		return 0;
	if (!to || room == 0 || !format || !transcode_has_unit(unit_bytes) ||
	    !transcode_has_unit(wchar_bytes)) {
		refuse(EINVAL, &out);
		return -1;
	}
	len = bounded_print(&out, wchar_bytes, format, list);
	if (len < 0)
		errno = EINVAL;
	else if ((size_t)len < out.room)
		return len;
	else if (!has_count && count != _TRUNCATE)
		refuse(ERANGE, &out);
	return -1;
}

int ixhr2_vsnprintf(unsigned unit_bytes, unsigned wchar_bytes, void *to, size_t count,
		    const void *format, va_list list)
{
	struct transcode_room out = {.at = to, .room = count, .unit_bytes = unit_bytes};

	if ((!to && count) || !format || !transcode_has_unit(unit_bytes) ||
	    !transcode_has_unit(wchar_bytes) ||
	    !format_put(&out, wchar_bytes, format, list)) {
		errno = EINVAL;
		return -1;
	}
	if (!to)
		return (int)out.len;
	if (out.len < count)
		memset((char *)to + out.len * unit_bytes, 0, unit_bytes);
	return out.len <= count ? (int)out.len : -1;
}

/* Writes the UTF-8 of units to the file, which the caller has locked. */
static bool write_locked(FILE *file, const struct transcode_room *units)
{
	struct transcode_text text = {
		.at = units->at, .count = units->len, .unit_bytes = units->unit_bytes};
	uint32_t code;

	if (units->unit_bytes == 1)
		return fwrite_unlocked(units->at, 1, units->len, file) == units->len;
	while (text.next < text.count) {
		char bytes[4] = {0};
		struct transcode_room one = {
			.at = bytes, .room = sizeof(bytes), .unit_bytes = 1};

		transcode_take(&text, &code);
		transcode_put(&one, code);
		if (fwrite_unlocked(bytes, 1, one.len, file) != one.len)
			return false;
	}
	return true;
}

/* The same in one piece: what other threads write comes before or behind it. */
static bool write_out(FILE *file, const struct transcode_room *units)
{
	bool is_written;

	flockfile(file);
	is_written = write_locked(file, units);
	funlockfile(file);
	return is_written;
}

int ixhr2_vfprintf(unsigned unit_bytes, unsigned wchar_bytes, FILE *file,
		   const void *format, va_list list)
{
	uint32_t small[PRINT_ROOM];
	struct transcode_room out = {
		.at = small, .room = PRINT_ROOM, .unit_bytes = unit_bytes};
	void *big = NULL;
	bool is_good;

	if (!file || !format || !transcode_has_unit(unit_bytes) ||
	    !transcode_has_unit(wchar_bytes)) {
		errno = EINVAL;
		return -1;
	}
	is_good = format_put(&out, wchar_bytes, format, list);
	if (is_good && out.len > PRINT_ROOM) {
		big = mem_array(out.len, unit_bytes);
		out = (struct transcode_room){
			.at = big, .room = out.len, .unit_bytes = unit_bytes};
		is_good = big && format_put(&out, wchar_bytes, format, list);
	}
	is_good = is_good && write_out(file, &out);
	mem_free(big);
	return is_good ? (int)out.len : -1;
}

errno_t ixhr2_memcpy_s(void *to, size_t room, const void *from, size_t count,
		       BOOL may_overlap)
{
	if (count == 0)
		return 0;
	if (to && from && count <= room) {
		memmove(to, from, count);
		return 0;
	}
	if (to && !may_overlap)
		memset(to, 0, room);
	errno = to && from ? ERANGE : EINVAL;
	return errno;
}

static uint32_t fold(uint32_t unit)
{
	return unit >= 'A' && unit <= 'Z' ? unit + ('a' - 'A') : unit;
}

int ixhr2_strncmp(unsigned unit_bytes, const void *a, const void *b, size_t count,
		  BOOL is_nocase)
{
	if (count == 0)
		return 0;
	if (!a || !b || !transcode_has_unit(unit_bytes)) {
		errno = EINVAL;
		return INT_MAX;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t left = transcode_unit(a, unit_bytes, i);
		uint32_t right = transcode_unit(b, unit_bytes, i);

		if (is_nocase) {
			left = fold(left);
			right = fold(right);
		}
		if (left != right)
			return left < right ? -1 : 1;
		if (left == 0)
			break;
	}
	return 0;
}

/* ---- files ---- */

/* Appends text as UTF-8 with a NUL. */
static errno_t put_narrow(struct buf *out, unsigned unit_bytes, const void *text)
{
	struct transcode_text from = {
		.at = text,
		.count = transcode_length(text, unit_bytes, SIZE_MAX) + 1,
		.unit_bytes = unit_bytes};
	struct transcode_room room = {.unit_bytes = 1};

	if (unit_bytes == 1) /* any bytes may name a file */
		return buf_put(out, span_of(text, from.count)) ? ENOMEM : 0;
	if (transcode_all(&room, &from))
		return EINVAL;
	if (buf_reserve(out, room.len))
		return ENOMEM;
	from.next = 0;
	room = (struct transcode_room){.at = out->at, .room = room.len, .unit_bytes = 1};
	transcode_all(&room, &from);
	out->len = room.len;
	return 0;
}

/* What fopen understands of a mode: what stands before a comma. */
static void cut_mode(char *mode)
{
	mode[strcspn(mode, ",")] = '\0';
}

static errno_t open_file(FILE **out_file, const char *path, const char *mode)
{
	*out_file = fopen(path, mode);
	return *out_file ? 0 : errno;
}

errno_t ixhr2_fopen_s(unsigned unit_bytes, FILE **out_file, const void *path,
		      const void *mode)
{
	struct buf narrow_path = {0};
	struct buf narrow_mode = {0};
	errno_t error;

	if (out_file)
		*out_file = NULL;
	if (!out_file || !path || !mode || !transcode_has_unit(unit_bytes)) {
		errno = EINVAL;
		return EINVAL;
	}
	error = put_narrow(&narrow_path, unit_bytes, path);
	if (!error)
		error = put_narrow(&narrow_mode, unit_bytes, mode);
	if (!error) {
		cut_mode(narrow_mode.at);
		error = open_file(out_file, narrow_path.at, narrow_mode.at);
	}
	buf_done(&narrow_path);
	buf_done(&narrow_mode);
	if (error)
		errno = error;
	return error;
}
