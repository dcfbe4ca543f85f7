/* SPDX-License-Identifier: MIT */
/*
 * Strings of ASN.1 as UTF-8. What a type means is decided here, and not by OpenSSL's
 * ASN1_STRING_to_UTF8, because Windows takes a T61String for UTF-8 if it is some, and
 * shows what is no string at all in digits. OpenSSL has checked the strings of a name
 * when it decoded it; those of alternative names it has not.
 *
 * All text goes through one place, where a NUL is replaced: a name may not end before its
 * end in the eyes of a program that takes it for a C string.
 */
#include <openssl/asn1.h>

#include "base/text.h"
#include "win/certificate_text.h"
#include "win/transcode.h"

static enum err put_code(struct buf *out, uint32_t code)
{
	char bytes[4];
	struct transcode_room room = {
		.at = bytes, .room = sizeof(bytes), .unit_bytes = 1};

	transcode_put(&room, code ? code : TRANSCODE_BAD);
	return buf_put(out, span_of(bytes, room.len));
}

static enum err put_utf8(struct buf *out, struct span bytes)
{
	struct transcode_text text = {
		.at = bytes.at, .count = bytes.len, .unit_bytes = 1};
	uint32_t code;
	enum err err = ERR_NONE;

	while (!err && text.next < text.count) {
		transcode_take(&text, &code);
		err = put_code(out, code);
	}
	return err;
}

static enum err put_latin1(struct buf *out, struct span bytes)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; !err && i < bytes.len; i++)
		err = put_code(out, (unsigned char)bytes.at[i]);
	return err;
}

static bool is_utf8(struct span bytes)
{
	struct transcode_text text = {
		.at = bytes.at, .count = bytes.len, .unit_bytes = 1};
	struct transcode_room nowhere = {.unit_bytes = 1};

	return transcode_all(&nowhere, &text) == 0;
}

/* One big-endian unit. */
static uint32_t unit_at(struct span bytes, size_t index, size_t unit_bytes)
{
	uint32_t unit = 0;

	for (size_t i = 0; i < unit_bytes; i++)
		unit = unit << 8 | (unsigned char)bytes.at[index * unit_bytes + i];
	return unit;
}

/* UCS-2 and UCS-4 as they stand in DER. */
static enum err put_wide(struct buf *out, struct span bytes, size_t unit_bytes)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; !err && i < bytes.len / unit_bytes; i++) {
		uint32_t unit = unit_at(bytes, i, unit_bytes);
		struct transcode_text text = {.at = &unit, .count = 1, .unit_bytes = 4};
		uint32_t code;

		transcode_take(&text, &code);
		err = put_code(out, code);
	}
	return err;
}

static enum err put_hex(struct buf *out, struct span bytes)
{
	size_t before = out->len;
	enum err err = buf_put_byte(out, '#');

	if (!err)
		err = text_put_hex(out, bytes);
	for (size_t i = before; i < out->len; i++)
		out->at[i] = text_upper(out->at[i]);
	return err;
}

/* The whole in DER, in digits. */
static enum err put_encoded(struct buf *out, const ASN1_STRING *string)
{
	ASN1_TYPE *type = ASN1_TYPE_new();
	unsigned char *der = NULL;
	enum err err = ERR_NO_MEMORY;
	int len;

	if (!type || !ASN1_TYPE_set1(type, ASN1_STRING_type(string), string))
		goto free_type;
	len = i2d_ASN1_TYPE(type, &der);
	if (len > 0)
		err = put_hex(out, span_of((const char *)der, (size_t)len));
	OPENSSL_free(der);
free_type:
	ASN1_TYPE_free(type);
	return err;
}

static struct span bytes_of(const ASN1_STRING *string)
{
	return span_of((const char *)ASN1_STRING_get0_data(string),
		       (size_t)ASN1_STRING_length(string));
}

enum err certificate_text_put(struct buf *out, const struct asn1_string_st *string,
			      bool skips_utf8, bool *out_is_hex)
{
	struct span bytes = bytes_of(string);

	*out_is_hex = false;
	switch (ASN1_STRING_type(string)) {
	case V_ASN1_UTF8STRING:
		return put_utf8(out, bytes);
	case V_ASN1_BMPSTRING:
		return put_wide(out, bytes, 2);
	case V_ASN1_UNIVERSALSTRING:
		return put_wide(out, bytes, 4);
	case V_ASN1_T61STRING:
		return is_utf8(bytes) && !skips_utf8 ? put_utf8(out, bytes)
						     : put_latin1(out, bytes);
	case V_ASN1_PRINTABLESTRING:
	case V_ASN1_IA5STRING:
	case V_ASN1_NUMERICSTRING:
	case V_ASN1_VISIBLESTRING:
	case V_ASN1_GENERALSTRING:
	case V_ASN1_GRAPHICSTRING:
	case V_ASN1_VIDEOTEXSTRING:
		return put_latin1(out, bytes);
	default:
		*out_is_hex = true;
		return put_encoded(out, string);
	}
}

enum err certificate_text_put_ia5(struct buf *out, const struct asn1_string_st *string)
{
	struct span bytes = bytes_of(string);

	return is_utf8(bytes) ? put_utf8(out, bytes) : put_latin1(out, bytes);
}

/* ---- handing over ---- */

DWORD certificate_deliver(unsigned wchar_bytes, struct span text, void *out, DWORD room)
{
	struct transcode_text from = {.at = text.at, .count = text.len, .unit_bytes = 1};
	struct transcode_room to = {
		.at = out, .room = out && room ? room - 1 : 0, .unit_bytes = wchar_bytes};
	size_t end;

	transcode_all(&to, &from);
	if (!out || room == 0)
		return (DWORD)to.len + 1;
	end = to.len < to.room ? to.len : to.room;
	if (wchar_bytes == 1 && to.len > to.room)
		end = 0;
	memset((char *)out + end * wchar_bytes, 0, wchar_bytes);
	return (DWORD)end + 1;
}
