/* SPDX-License-Identifier: MIT */
/*
 * The formats of Windows' printf family, for output in units of any size. They differ
 * from C's: %s and %c are of the kind of the function, wide in a wide one; %S and %C of
 * the other kind; %hs %hc narrow, %ls %ws %lc %wc wide, everywhere. Narrow is UTF-8. l
 * means 32 bits, as LONG and ULONG have here, and ll and I64 64; I and z are as wide as
 * size_t. Microsoft: "Format specification syntax: printf and wprintf functions".
 */
#ifndef IXHR2_WIN_FORMAT_H
#define IXHR2_WIN_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>

#include "win/transcode.h"

/*
 * Writes format with its arguments to out; format has units of out->unit_bytes and ends
 * with a zero, wide strings among the arguments have units of wchar_bytes. No terminating
 * zero is written. out->len counts on where the room ends.
 *
 * Knows the flags - + # 0 and space, width and precision as numbers or *, the sizes hh h
 * l ll w I I32 I64 j z t L, and the conversions d i u o x X p c C s S e E f F g G a A and
 * %. A string that is NULL is "(null)". A precision of a string bounds both the units
 * that are read and those that are written, and cuts between characters where the kinds
 * differ; no terminating zero is looked for behind it.
 *
 * false: another conversion, also n, or a number out of range, or more than INT_MAX
 * units, or memory is out; what is in out is then of no use.
 */
bool format_put(struct transcode_room *out, unsigned wchar_bytes, const void *format,
		va_list list);

#endif
