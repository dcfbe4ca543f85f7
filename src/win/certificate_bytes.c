/* SPDX-License-Identifier: MIT */
/*
 * What wincrypt.h makes of bytes: digests, which base/hash computes, and text. Both end
 * the same way, in a result that is handed over or whose size is told.
 */
#include "base/hash.h"
#include "base/text.h"
#include "win/certificate.h"
#include "win/certificate_text.h"
#include "win/last_error.h"
#include "win/transcode.h"

/* Bytes that a line of 64 characters of base64 stands for. */
#define LINE_BYTES 48

/* Bytes that become text at the most: a DWORD can count its units in any form. */
#define MAX_BYTES (1u << 30)

static BOOL deliver_bytes(struct span bytes, void *out, DWORD *room)
{
	DWORD had = *room;

	*room = (DWORD)bytes.len;
	if (!out)
		return TRUE;
	if (had < bytes.len)
		return last_error_fail(ERROR_MORE_DATA);
	memcpy(out, bytes.at, bytes.len);
	return TRUE;
}

static BOOL deliver_digest(enum hash_kind kind, struct span bytes, void *out, DWORD *room)
{
	unsigned char digest[HASH_MAX_BYTES] = {0};

	if (hash_of(kind, bytes, digest))
		return last_error_fail((DWORD)E_OUTOFMEMORY);
	return deliver_bytes(span_of((const char *)digest, hash_bytes(kind)), out, room);
}

BOOL ixhr2_cert_get_property(PCCERT_CONTEXT certificate, DWORD id, void *out, DWORD *room)
{
	struct span bytes;

	if (!certificate || !room)
		return last_error_fail(ERROR_INVALID_PARAMETER);
	bytes = span_of((const char *)certificate->pbCertEncoded,
			certificate->cbCertEncoded);
	switch (id) {
	case CERT_SHA1_HASH_PROP_ID:
		return deliver_digest(HASH_SHA1, bytes, out, room);
	case CERT_MD5_HASH_PROP_ID:
		return deliver_digest(HASH_MD5, bytes, out, room);
	case CERT_SHA256_HASH_PROP_ID:
		return deliver_digest(HASH_SHA256, bytes, out, room);
	default:
		return last_error_fail((DWORD)CRYPT_E_NOT_FOUND);
	}
}

BOOL ixhr2_crypt_hash_certificate(ALG_ID algorithm, const BYTE *bytes, DWORD len,
				  BYTE *out, DWORD *room)
{
	struct span from = span_of((const char *)bytes, len);

	if (!room || (!bytes && len))
		return last_error_fail(ERROR_INVALID_PARAMETER);
	switch (algorithm) {
	case 0:
	case CALG_SHA1:
		return deliver_digest(HASH_SHA1, from, out, room);
	case CALG_MD5:
		return deliver_digest(HASH_MD5, from, out, room);
	case CALG_SHA_256:
		return deliver_digest(HASH_SHA256, from, out, room);
	default:
		return last_error_fail((DWORD)NTE_BAD_ALGID);
	}
}

/* ---- text ---- */

static const char *line_end(DWORD flags)
{
	if (flags & CRYPT_STRING_NOCRLF)
		return "";
	return flags & CRYPT_STRING_NOCR ? "\n" : "\r\n";
}

static enum err put_lines(struct buf *out, struct span bytes, DWORD flags)
{
	enum err err = ERR_NONE;

	while (!err && bytes.len) {
		size_t len = bytes.len < LINE_BYTES ? bytes.len : LINE_BYTES;

		err = text_put_base64(out, span_of(bytes.at, len));
		if (!err)
			err = buf_put_str(out, line_end(flags));
		bytes = span_skip(bytes, len);
	}
	return err;
}

static enum err put_label(struct buf *out, const char *label, DWORD flags)
{
	enum err err = buf_put_str(out, label);

	return err ? err : buf_put_str(out, line_end(flags));
}

/* ERR_MISSING: not in this form. */
static enum err put_form(struct buf *out, struct span bytes, DWORD flags)
{
	enum err err;

	switch (flags & ~(DWORD)(CRYPT_STRING_NOCRLF | CRYPT_STRING_NOCR)) {
	case CRYPT_STRING_BASE64:
		return put_lines(out, bytes, flags);
	case CRYPT_STRING_BASE64HEADER:
		err = put_label(out, "-----BEGIN CERTIFICATE-----", flags);
		if (!err)
			err = put_lines(out, bytes, flags);
		return err ? err : put_label(out, "-----END CERTIFICATE-----", flags);
	case CRYPT_STRING_HEXRAW:
		err = text_put_hex(out, bytes);
		return err ? err : buf_put_str(out, line_end(flags));
	default:
		return ERR_MISSING;
	}
}

static BOOL deliver_text(unsigned wchar_bytes, struct span text, void *out, DWORD *room)
{
	DWORD had = *room;

	*room = (DWORD)text.len + (out ? 0 : 1);
	if (!out)
		return TRUE;
	if (had <= text.len) {
		*room = (DWORD)text.len + 1;
		return last_error_fail(ERROR_MORE_DATA);
	}
	certificate_deliver(wchar_bytes, text, out, had);
	return TRUE;
}

BOOL ixhr2_crypt_binary_to_string(unsigned wchar_bytes, const BYTE *bytes, DWORD len,
				  DWORD flags, void *out, DWORD *room)
{
	struct buf text = {0};
	enum err err;
	BOOL is_done;

	if (!bytes || len == 0 || len > MAX_BYTES || !room ||
	    !transcode_has_unit(wchar_bytes))
		return last_error_fail(ERROR_INVALID_PARAMETER);
	err = put_form(&text, span_of((const char *)bytes, len), flags);
	if (err)
		is_done = last_error_fail(err == ERR_MISSING ? ERROR_NOT_SUPPORTED
							     : (DWORD)E_OUTOFMEMORY);
	else
		is_done = deliver_text(wchar_bytes, buf_span(&text), out, room);
	buf_done(&text);
	return is_done;
}
