/* SPDX-License-Identifier: MIT */
/*
 * GUIDs as text in units of 2 or 4 bytes, and new ones (guidtext.h).
 *
 * The text is made and read as 38 characters of ASCII; units are widened and narrowed on
 * the way. shape says what stands at each place: a digit, or the character itself. The
 * first three fields of a GUID are numbers in the byte order of the machine and are
 * written with their highest digit first; so reading and writing go through 16 bytes in
 * the order of the text.
 */
#include "ixhr2/guidtext.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "ixhr2/objbase.h"
#include "win/transcode.h"

/* Units of the text, without and with its zero. */
#define TEXT_UNITS  38
#define WHOLE_UNITS (TEXT_UNITS + 1)
#define GUID_BYTES  16

/* A digit stands where this has an x. */
static const char shape[WHOLE_UNITS] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";

static bool is_unit_size(unsigned wchar_bytes)
{
	return wchar_bytes == sizeof(uint16_t) || wchar_bytes == sizeof(uint32_t);
}

/* The bytes of a GUID in the order of its text. */
static void to_bytes(const GUID *guid, unsigned char out[GUID_BYTES])
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(guid->Data1 >> (24 - 8 * i));
	for (int i = 0; i < 2; i++) {
		out[4 + i] = (unsigned char)(guid->Data2 >> (8 - 8 * i));
		out[6 + i] = (unsigned char)(guid->Data3 >> (8 - 8 * i));
	}
	memcpy(out + 8, guid->Data4, sizeof(guid->Data4));
}

static GUID from_bytes(const unsigned char bytes[GUID_BYTES])
{
	GUID guid;

	guid.Data1 = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		     (uint32_t)bytes[2] << 8 | bytes[3];
	guid.Data2 = (uint16_t)(bytes[4] << 8 | bytes[5]);
	guid.Data3 = (uint16_t)(bytes[6] << 8 | bytes[7]);
	memcpy(guid.Data4, bytes + 8, sizeof(guid.Data4));
	return guid;
}

/* The value of a hexadecimal digit, or -1. */
static int digit_value(uint32_t unit)
{
	if (unit >= '0' && unit <= '9')
		return (int)(unit - '0');
	if (unit >= 'a' && unit <= 'f')
		return (int)(unit - 'a' + 10);
	if (unit >= 'A' && unit <= 'F')
		return (int)(unit - 'A' + 10);
	return -1;
}

int ixhr2_string_from_guid2(unsigned wchar_bytes, REFGUID guid, void *out, int units)
{
	static const char digits[] = "0123456789ABCDEF";
	struct transcode_room room = {
		.at = out, .room = WHOLE_UNITS, .unit_bytes = wchar_bytes};
	unsigned char bytes[GUID_BYTES];
	size_t nibble = 0;

	if (!is_unit_size(wchar_bytes) || !guid || !out || units < WHOLE_UNITS)
		return 0;
	to_bytes(guid, bytes);
	for (size_t i = 0; i < WHOLE_UNITS; i++) {
		char c = i < TEXT_UNITS ? shape[i] : '\0';

		if (c == 'x') {
			c = digits[bytes[nibble / 2] >> (nibble % 2 ? 0 : 4) & 0xF];
			nibble++;
		}
		transcode_put_unit(&room, (unsigned char)c);
	}
	return WHOLE_UNITS;
}

HRESULT ixhr2_string_from_clsid(unsigned wchar_bytes, REFCLSID guid, void **out)
{
	void *text;

	if (!out)
		return E_INVALIDARG;
	*out = NULL;
	if (!is_unit_size(wchar_bytes) || !guid)
		return E_INVALIDARG;
	text = ixhr2_task_alloc((size_t)WHOLE_UNITS * wchar_bytes);
	if (!text)
		return E_OUTOFMEMORY;
	ixhr2_string_from_guid2(wchar_bytes, guid, text, WHOLE_UNITS);
	*out = text;
	return S_OK;
}

/* Reads 38 units and the zero behind them; no unit behind the first that does not fit. */
static bool read_guid(unsigned wchar_bytes, const void *text, GUID *out)
{
	unsigned char bytes[GUID_BYTES] = {0};
	size_t nibble = 0;

	for (size_t i = 0; i < WHOLE_UNITS; i++) {
		const uint32_t unit = transcode_unit(text, wchar_bytes, i);
		const char wanted = i < TEXT_UNITS ? shape[i] : '\0';
		const int value = digit_value(unit);

		if (wanted != 'x' ? unit != (uint32_t)wanted : value < 0)
			return false;
		if (wanted != 'x')
			continue;
		bytes[nibble / 2] = (unsigned char)(bytes[nibble / 2] << 4 | value);
		nibble++;
	}
	*out = from_bytes(bytes);
	return true;
}

HRESULT ixhr2_clsid_from_string(unsigned wchar_bytes, const void *text, CLSID *out)
{
	if (!out)
		return E_INVALIDARG;
	*out = CLSID_NULL;
	if (!is_unit_size(wchar_bytes))
		return E_INVALIDARG;
	return !text || read_guid(wchar_bytes, text, out) ? S_OK : CO_E_CLASSSTRING;
}

HRESULT ixhr2_iid_from_string(unsigned wchar_bytes, const void *text, IID *out)
{
	const HRESULT result = ixhr2_clsid_from_string(wchar_bytes, text, out);

	if (result != CO_E_CLASSSTRING)
		return result;
	return transcode_length(text, wchar_bytes, WHOLE_UNITS) == TEXT_UNITS
		       ? CO_E_IIDSTRING
		       : E_INVALIDARG;
}

HRESULT ixhr2_co_create_guid(GUID *out)
{
	unsigned char bytes[GUID_BYTES];

	if (!out)
		return E_INVALIDARG;
	if (hash_random(bytes, sizeof(bytes)))
		return E_FAIL;
	bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40); /* version 4 */
	bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80); /* variant 10 */
	*out = from_bytes(bytes);
	return S_OK;
}
