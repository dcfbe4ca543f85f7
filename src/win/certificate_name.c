/* SPDX-License-Identifier: MIT */
/*
 * CertNameToStr. OpenSSL decodes the name into a flat list of attributes, each with the
 * number of the set (RDN) that it belongs to; sets are walked from either end, attributes
 * within a set always forwards. Every value is first written alone, then quoted into the
 * result where it needs that.
 *
 * The keys are those that Windows has for the form X.500; they differ from OpenSSL's and
 * from RFC 4514's in S, E, G, T, SN and others.
 */
#include "win/certificate_name.h"

#include <openssl/x509.h>

#include "win/certificate.h"
#include "win/certificate_text.h"
#include "win/last_error.h"
#include "win/transcode.h"

/* Bits of a type that are not flags. */
#define FORM_MASK 0xFFFF

/* Digits and dots of an identifier that Windows might name, and more. */
#define OID_ROOM 128

static const struct key {
	const char *oid;  /* identifier */
	const char *name; /* what stands in front of = */
} keys[] = {
	{"2.5.4.3", "CN"},
	{"2.5.4.4", "SN"},
	{"2.5.4.5", "SERIALNUMBER"},
	{"2.5.4.6", "C"},
	{"2.5.4.7", "L"},
	{"2.5.4.8", "S"},
	{"2.5.4.9", "STREET"},
	{"2.5.4.10", "O"},
	{"2.5.4.11", "OU"},
	{"2.5.4.12", "T"},
	{"2.5.4.13", "Description"},
	{"2.5.4.17", "PostalCode"},
	{"2.5.4.18", "POBox"},
	{"2.5.4.20", "Phone"},
	{"2.5.4.24", "X21Address"},
	{"2.5.4.42", "G"},
	{"2.5.4.43", "I"},
	{"2.5.4.46", "dnQualifier"},
	{"1.2.840.113549.1.9.1", "E"},
	{"0.9.2342.19200300.100.1.25", "DC"},
};

static const char *key_of(const char *oid)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].oid, oid) == 0)
			return keys[i].name;
	}
	return NULL;
}

static enum err put_key(struct buf *out, const X509_NAME_ENTRY *entry, DWORD form)
{
	const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
	char oid[OID_ROOM];
	const char *key;
	enum err err = ERR_NONE;

	/* One that does not fit is cut, as nothing knows it anyway. */
	if (OBJ_obj2txt(oid, sizeof(oid), object, 1) <= 0)
		return certificate_failure();
	key = form == CERT_X500_NAME_STR ? key_of(oid) : oid;
	if (!key)
		err = buf_put_str(out, "OID.");
	if (!err)
		err = buf_put_str(out, key ? key : oid);
	return err ? err : buf_put_byte(out, '=');
}

static bool is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_to_quote(struct span value)
{
	if (value.len == 0 || is_white(value.at[0]) || is_white(value.at[value.len - 1]))
		return true;
	for (size_t i = 0; i < value.len; i++) {
		if (strchr(",+=\"\n<>#;", value.at[i]))
			return true;
	}
	return false;
}

static enum err put_quoted(struct buf *out, struct span value)
{
	enum err err = buf_put_byte(out, '"');

	for (size_t i = 0; !err && i < value.len; i++) {
		if (value.at[i] == '"')
			err = buf_put_byte(out, '"');
		if (!err)
			err = buf_put_byte(out, value.at[i]);
	}
	return err ? err : buf_put_byte(out, '"');
}

static enum err put_value(struct buf *out, const X509_NAME_ENTRY *entry, DWORD type)
{
	struct buf value = {0};
	bool is_hex;
	enum err err =
		certificate_text_put(&value, X509_NAME_ENTRY_get_data(entry),
				     type & CERT_NAME_STR_DISABLE_IE4_UTF8_FLAG, &is_hex);

	if (!err) {
		struct span text = buf_span(&value);
		bool is_plain = is_hex || type & CERT_NAME_STR_NO_QUOTING_FLAG ||
				!is_to_quote(text);

		err = is_plain ? buf_put(out, text) : put_quoted(out, text);
	}
	buf_done(&value);
	return err;
}

static enum err put_entry(struct buf *out, const X509_NAME_ENTRY *entry, DWORD type)
{
	DWORD form = type & FORM_MASK;
	enum err err = ERR_NONE;

	if (form == CERT_OID_NAME_STR || form == CERT_X500_NAME_STR)
		err = put_key(out, entry, form);
	return err ? err : put_value(out, entry, type);
}

static int set_of(const X509_NAME *name, int index)
{
	return X509_NAME_ENTRY_set(X509_NAME_get_entry(name, index));
}

/* The attributes from *begin up to *end. */
static enum err put_set(struct buf *out, const X509_NAME *name, int begin, int end,
			DWORD type)
{
	const char *between = type & CERT_NAME_STR_NO_PLUS_FLAG ? " " : " + ";
	enum err err = ERR_NONE;

	for (int i = begin; !err && i < end; i++) {
		if (i > begin)
			err = buf_put_str(out, between);
		if (!err)
			err = put_entry(out, X509_NAME_get_entry(name, i), type);
	}
	return err;
}

static const char *separator(DWORD type)
{
	if (type & CERT_NAME_STR_SEMICOLON_FLAG)
		return "; ";
	return type & CERT_NAME_STR_CRLF_FLAG ? "\r\n" : ", ";
}

static enum err put_forwards(struct buf *out, const X509_NAME *name, DWORD type)
{
	int count = X509_NAME_entry_count(name);
	enum err err = ERR_NONE;
	int end;

	for (int begin = 0; !err && begin < count; begin = end) {
		for (end = begin + 1; end < count; end++) {
			if (set_of(name, end) != set_of(name, begin))
				break;
		}
		if (begin > 0)
			err = buf_put_str(out, separator(type));
		if (!err)
			err = put_set(out, name, begin, end, type);
	}
	return err;
}

static enum err put_backwards(struct buf *out, const X509_NAME *name, DWORD type)
{
	int count = X509_NAME_entry_count(name);
	enum err err = ERR_NONE;
	int begin;

	for (int end = count; !err && end > 0; end = begin) {
		for (begin = end - 1; begin > 0; begin--) {
			if (set_of(name, begin - 1) != set_of(name, end - 1))
				break;
		}
		if (end < count)
			err = buf_put_str(out, separator(type));
		if (!err)
			err = put_set(out, name, begin, end, type);
	}
	return err;
}

/* The caller frees it. */
static enum err decode(const CERT_NAME_BLOB *name, X509_NAME **out)
{
	const unsigned char *at = name->pbData;

	if (!at || name->cbData > INT32_MAX)
		return ERR_INVALID;
	*out = d2i_X509_NAME(NULL, &at, (long)name->cbData);
	return *out ? ERR_NONE : certificate_failure();
}

bool certificate_name_has_form(DWORD type)
{
	return (type & FORM_MASK) <= CERT_X500_NAME_STR;
}

enum err certificate_name_put(struct buf *out, const CERT_NAME_BLOB *name, DWORD type)
{
	X509_NAME *decoded;
	enum err err = decode(name, &decoded);

	if (err)
		return err;
	err = type & CERT_NAME_STR_REVERSE_FLAG ? put_backwards(out, decoded, type)
						: put_forwards(out, decoded, type);
	X509_NAME_free(decoded);
	return err;
}

/* Its index, or -1. */
static int find(const X509_NAME *name, const char *oid)
{
	ASN1_OBJECT *object;
	int index;

	if (!oid)
		return X509_NAME_entry_count(name) ? 0 : -1;
	object = OBJ_txt2obj(oid, 1);
	if (!object)
		return -1;
	index = X509_NAME_get_index_by_OBJ(name, object, -1);
	ASN1_OBJECT_free(object);
	return index < 0 ? -1 : index;
}

enum err certificate_name_put_attribute(struct buf *out, const CERT_NAME_BLOB *name,
					const char *oid, DWORD flags)
{
	X509_NAME *decoded;
	enum err err = decode(name, &decoded);
	int index;
	bool is_hex;

	if (err)
		return err;
	index = find(decoded, oid);
	err = ERR_MISSING;
	if (index >= 0)
		err = certificate_text_put(
			out,
			X509_NAME_ENTRY_get_data(X509_NAME_get_entry(decoded, index)),
			flags & CERT_NAME_DISABLE_IE4_UTF8_FLAG, &is_hex);
	X509_NAME_free(decoded);
	return err;
}

/* ---- CertNameToStr ---- */

/* Answers what GetLastError is to say; nothing stays in out then. */
static DWORD name_to_text(DWORD encoding, const CERT_NAME_BLOB *name, DWORD type,
			  struct buf *out)
{
	enum err err;

	if ((encoding & FORM_MASK) != X509_ASN_ENCODING)
		return ERROR_FILE_NOT_FOUND;
	if (!name || !certificate_name_has_form(type))
		return ERROR_INVALID_PARAMETER;
	err = certificate_enter();
	if (!err) {
		err = certificate_name_put(out, name, type);
		certificate_leave();
	}
	if (err)
		buf_clear(out);
	return err ? certificate_error(err) : ERROR_SUCCESS;
}

DWORD ixhr2_cert_name_to_str(unsigned wchar_bytes, DWORD encoding,
			     const CERT_NAME_BLOB *name, DWORD type, void *out,
			     DWORD room)
{
	struct buf text = {0};
	DWORD error;
	DWORD units;

	if (!transcode_has_unit(wchar_bytes)) {
		ixhr2_set_last_error(ERROR_INVALID_PARAMETER);
		return 1;
	}
	error = name_to_text(encoding, name, type, &text);
	if (error)
		ixhr2_set_last_error(error);
	units = certificate_deliver(wchar_bytes, buf_span(&text), out, room);
	buf_done(&text);
	return units;
}
