/* SPDX-License-Identifier: MIT */
/*
 * The strings of winstring.h. One block holds the head, the text in units of 4 bytes and
 * that in units of 2, each with a zero unit behind. What was given is copied as it is;
 * the other form is made of it: a surrogate pair becomes one unit of 4 bytes and back,
 * half a pair stays what it is, and what is above U+10FFFF becomes U+FFFD.
 */
#include "ixhr2/winstring.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/wide.h"
#include "com/unknown.h"

#define HIGH_SURROGATE	0xD800u
#define LOW_SURROGATE	0xDC00u
#define SURROGATES	0x400u
#define FIRST_PAIR	0x10000u
#define LAST_CHARACTER	0x10FFFFu
#define WRONG_CHARACTER 0xFFFDu
#define SURROGATE_BITS	10

struct HSTRING__ {
	atomic_uint refs;   /* references */
	UINT32 length_32;   /* units of text_32, without the zero */
	UINT32 length_16;   /* the same of text_16 */
	uint16_t *text_16;  /* in this block, behind text_32 */
	uint32_t text_32[]; /* the text */
};

static bool is_half(uint32_t unit, uint32_t half)
{
	return unit >= half && unit - half < SURROGATES;
}

/* Whether a pair begins at units[at]. */
static bool is_pair(const uint16_t *units, size_t at, size_t length)
{
	return is_half(units[at], HIGH_SURROGATE) && at + 1 < length &&
	       is_half(units[at + 1], LOW_SURROGATE);
}

/* Writes the units of 4 bytes to out, or counts them if it is NULL. */
static size_t to_32(const uint16_t *from, size_t length, uint32_t *out)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++, count++) {
		uint32_t unit = from[i];

		if (is_pair(from, i, length))
			unit = FIRST_PAIR + ((unit - HIGH_SURROGATE) << SURROGATE_BITS) +
			       (from[++i] - LOW_SURROGATE);
		if (out)
			out[count] = unit;
	}
	return count;
}

/* Writes the units of 2 bytes to out, or counts them if it is NULL. */
static size_t to_16(const uint32_t *from, size_t length, uint16_t *out)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++, count++) {
		uint32_t unit = from[i] > LAST_CHARACTER ? WRONG_CHARACTER : from[i];
		uint32_t over = unit - FIRST_PAIR;

		if (unit >= FIRST_PAIR && out)
			out[count] =
				(uint16_t)(HIGH_SURROGATE + (over >> SURROGATE_BITS));
		if (unit >= FIRST_PAIR) {
			count++;
			unit = LOW_SURROGATE + over % SURROGATES;
		}
		if (out)
			out[count] = (uint16_t)unit;
	}
	return count;
}

/* A string with room for so many units; NULL when memory is out. */
static HSTRING string_new(size_t length_32, size_t length_16)
{
	HSTRING string;

	if (length_16 > UINT32_MAX)
		return NULL;
	string = mem_alloc(sizeof(*string) + (length_32 + 1) * sizeof(uint32_t) +
			   (length_16 + 1) * sizeof(uint16_t));
	if (!string)
		return NULL;
	atomic_init(&string->refs, 1);
	string->length_32 = (UINT32)length_32;
	string->length_16 = (UINT32)length_16;
	string->text_16 = (uint16_t *)(string->text_32 + length_32 + 1);
	string->text_32[length_32] = 0;
	string->text_16[length_16] = 0;
	return string;
}

static HSTRING string_from_16(const uint16_t *text, size_t length)
{
	HSTRING string = string_new(to_32(text, length, NULL), length);

	if (!string)
		return NULL;
	memcpy(string->text_16, text, length * sizeof(*text));
	to_32(text, length, string->text_32);
	return string;
}

static HSTRING string_from_32(const uint32_t *text, size_t length)
{
	HSTRING string = string_new(length, to_16(text, length, NULL));

	if (!string)
		return NULL;
	memcpy(string->text_32, text, length * sizeof(*text));
	to_16(text, length, string->text_16);
	return string;
}

HRESULT ixhr2_windows_create_string(unsigned wchar_bytes, const void *text, UINT32 length,
				    HSTRING *out)
{
	if (!out)
		return E_INVALIDARG;
	*out = NULL;
	if (wchar_bytes != WIDE_16 && wchar_bytes != WIDE_32)
		return E_INVALIDARG;
	if (length == 0)
		return S_OK;
	if (!text)
		return E_POINTER;
	*out = wchar_bytes == WIDE_16 ? string_from_16(text, length)
				      : string_from_32(text, length);
	return *out ? S_OK : E_OUTOFMEMORY;
}

HRESULT ixhr2_windows_duplicate_string(HSTRING string, HSTRING *out)
{
	if (!out)
		return E_INVALIDARG;
	if (string)
		unknown_ref(&string->refs);
	*out = string;
	return S_OK;
}

void ixhr2_windows_delete_string(HSTRING string)
{
	if (string && unknown_unref(&string->refs) == 0)
		mem_free(string);
}

const void *ixhr2_windows_get_string_raw_buffer(unsigned wchar_bytes, HSTRING string,
						UINT32 *out_length)
{
	static const uint32_t empty = 0;
	bool is_16 = wchar_bytes == WIDE_16;

	if (out_length)
		*out_length = 0;
	if (!string)
		return &empty;
	if (out_length)
		*out_length = is_16 ? string->length_16 : string->length_32;
	return is_16 ? (const void *)string->text_16 : string->text_32;
}
