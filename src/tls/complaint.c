/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL prints the subject, with everything escaped that is not printable ASCII; it is
 * cut then. As it prints all of a name before that, one with a large encoding is only
 * told to be large. Names are printed here, with \xHH for bytes that are no part of
 * names.
 */
#include "tls/complaint.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/text.h"
#include "tls/date.h"
#include "tls/shortage.h"

/* "2020-01-01T00:00:00Z" with its NUL. Years have four digits in certificates. */
#define DATE_BYTES 21

static enum err put_cut(struct buf *out, struct span text, size_t max_bytes)
{
	enum err err;

	if (text.len <= max_bytes)
		return buf_put(out, text);
	err = buf_put(out, span_of(text.at, max_bytes));
	return err ? err : buf_put(out, SPAN("..."));
}

static enum err put_printed(struct buf *out, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum err err = ERR_NO_MEMORY;
	char *at;
	long len;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(bio, &at);
		err = put_cut(out, span_of(at, (size_t)len), COMPLAINT_MAX_SUBJECT_BYTES);
	}
	BIO_free(bio);
	ERR_clear_error();
	return err;
}

static enum err put_subject(struct buf *out, const X509 *certificate)
{
	const X509_NAME *name = X509_get_subject_name(certificate);
	size_t len;

	if (!name || !X509_NAME_get0_der(name, NULL, &len))
		return ERR_NO_MEMORY;
	if (X509_NAME_entry_count(name) == 0)
		return buf_put(out, SPAN("a certificate without subject"));
	if (len > COMPLAINT_MAX_SUBJECT_DER)
		return buf_put(out, SPAN("a certificate with an enormous subject"));
	return put_printed(out, name);
}

static enum err put_date(struct buf *out, const ASN1_TIME *date)
{
	char text[DATE_BYTES];
	struct tm parts;
	int64_t unix_s;
	time_t time_s;

	if (date_read(date, &unix_s))
		return buf_put(out, SPAN("a malformed date"));
	time_s = (time_t)unix_s;
	gmtime_r(&time_s, &parts);
	return buf_put(out, span_of(text, strftime(text, sizeof(text),
						   "%Y-%m-%dT%H:%M:%SZ", &parts)));
}

enum err complaint_put(struct buf *out, const char *what, const X509 *certificate)
{
	enum err err = buf_put_str(out, what);

	if (!err)
		err = buf_put(out, SPAN(": "));
	if (!err)
		err = put_subject(out, certificate);
	if (!err)
		err = buf_put(out, SPAN(", valid "));
	if (!err)
		err = put_date(out, X509_get0_notBefore(certificate));
	if (!err)
		err = buf_put(out, SPAN(" to "));
	if (!err)
		err = put_date(out, X509_get0_notAfter(certificate));
	return err;
}

static enum err put_escaped(struct buf *out, struct span name)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < name.len && !err; i++) {
		if (name.at[i] > ' ' && name.at[i] < 0x7F && name.at[i] != '\\') {
			err = buf_put_byte(out, name.at[i]);
			continue;
		}
		err = buf_put(out, SPAN("\\x"));
		if (!err)
			err = text_put_hex(out, span_of(name.at + i, 1));
	}
	return err;
}

static struct span bytes_of(const ASN1_STRING *string)
{
	return span_of((const char *)ASN1_STRING_get0_data(string),
		       (size_t)ASN1_STRING_length(string));
}

/* A name or an address. */
static enum err put_name(struct buf *out, const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN];
	struct span bytes;
	enum err err;

	if (name->type == GEN_IPADD) {
		bytes = bytes_of(name->d.iPAddress);
		if (bytes.len != 4 && bytes.len != 16)
			return buf_put(out, SPAN("a malformed address"));
		inet_ntop(bytes.len == 4 ? AF_INET : AF_INET6, bytes.at, address,
			  sizeof(address));
		return buf_put_str(out, address);
	}
	bytes = bytes_of(name->d.dNSName);
	if (bytes.len == 0)
		return buf_put(out, SPAN("an empty name"));
	if (bytes.len <= COMPLAINT_MAX_NAME_BYTES)
		return put_escaped(out, bytes);
	err = put_escaped(out, span_of(bytes.at, COMPLAINT_MAX_NAME_BYTES));
	return err ? err : buf_put(out, SPAN("..."));
}

/* Appends " and N more". */
static enum err put_more(struct buf *out, size_t count)
{
	enum err err = buf_put(out, SPAN(" and "));

	if (!err)
		err = buf_put_uint(out, count);
	return err ? err : buf_put(out, SPAN(" more"));
}

static enum err put_names(struct buf *out, const GENERAL_NAMES *names)
{
	enum err err = ERR_NONE;
	size_t count = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !err; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (count++ >= COMPLAINT_MAX_NAMES)
			continue;
		err = count > 1 ? buf_put(out, SPAN(", ")) : ERR_NONE;
		if (!err)
			err = put_name(out, name);
	}
	if (!err && count == 0)
		err = buf_put(out, SPAN("no server"));
	if (!err && count > COMPLAINT_MAX_NAMES)
		err = put_more(out, count - COMPLAINT_MAX_NAMES);
	return err;
}

enum err complaint_put_names(struct buf *out, const char *what, const X509 *certificate,
			     struct span host)
{
	GENERAL_NAMES *names;
	enum err err = complaint_put(out, what, certificate);

	if (!err)
		err = buf_put(out, SPAN(", is not for "));
	if (host.len > COMPLAINT_MAX_NAME_BYTES)
		host.len = COMPLAINT_MAX_NAME_BYTES;
	if (!err)
		err = put_escaped(out, host);
	if (!err)
		err = buf_put(out, SPAN(" but for "));
	if (err)
		return err;
	ERR_clear_error();
	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	err = !names && shortage_is_told() ? ERR_NO_MEMORY : put_names(out, names);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return err;
}
