/* SPDX-License-Identifier: MIT */
/*
 * The strings are written one behind the other into one buffer; as it moves while it
 * grows, the spans are pointed into it at the end. OpenSSL turns any of ASN.1's string
 * types into UTF-8; what it cannot turn is written as CertNameToStr writes octets.
 */
#include "tls/issuers.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tls/shortage.h"

struct shared {
	struct issuers issuers; /* what others see; first, so that it leads back here */
	atomic_uint refs;	/* who has it */
	struct buf text;	/* all the strings */
	struct span name[];	/* issuers.name */
};

static struct shared *shared_of(const struct issuers *issuers)
{
	return (struct shared *)issuers;
}

/* Whether a value needs quotes; value is not empty. */
static bool is_special(struct span value)
{
	if (value.at[0] == ' ' || value.at[value.len - 1] == ' ')
		return true;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] && strchr(",+=\"\r\n<>#;", value.at[i]))
			return true;
	}
	return false;
}

/* Appends without NUL bytes, and each quote twice. */
static enum err put_doubled(struct buf *out, struct span value)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < value.len && !err; i++) {
		if (value.at[i] == '"')
			err = buf_put(out, SPAN("\"\""));
		else if (value.at[i])
			err = buf_put_byte(out, value.at[i]);
	}
	return err;
}

static enum err put_text(struct buf *out, struct span value)
{
	bool is_quoted = value.len == 0 || is_special(value);
	enum err err = is_quoted ? buf_put_byte(out, '"') : ERR_NONE;

	if (!err)
		err = put_doubled(out, value);
	if (!err && is_quoted)
		err = buf_put_byte(out, '"');
	return err;
}

static enum err put_octets(struct buf *out, const ASN1_STRING *value)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *at = ASN1_STRING_get0_data(value);
	enum err err = buf_put_byte(out, '#');

	for (int i = 0; i < ASN1_STRING_length(value) && !err; i++) {
		const char hex[2] = {digits[at[i] >> 4], digits[at[i] & 15]};

		err = buf_put(out, span_of(hex, 2));
	}
	return err;
}

static enum err put_value(struct buf *out, const ASN1_STRING *value)
{
	unsigned char *utf8;
	enum err err;
	int len;

	ERR_clear_error();
	len = ASN1_STRING_to_UTF8(&utf8, value);
	if (len >= 0) {
		err = put_text(out, span_of((const char *)utf8, (size_t)len));
		OPENSSL_free(utf8);
		return err;
	}
	err = shortage_is_told() ? ERR_NO_MEMORY : ERR_NONE;
	ERR_clear_error();
	return err ? err : put_octets(out, value);
}

static enum err put_name(struct buf *out, const X509_NAME *name)
{
	enum err err = ERR_NONE;
	int rdn = -1;

	for (int i = 0; i < X509_NAME_entry_count(name) && !err; i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		bool is_same_rdn = X509_NAME_ENTRY_set(entry) == rdn;

		rdn = X509_NAME_ENTRY_set(entry);
		if (i > 0)
			err = buf_put(out, is_same_rdn ? SPAN(" + ") : SPAN("\r\n"));
		if (!err)
			err = put_value(out, X509_NAME_ENTRY_get_data(entry));
	}
	return err;
}

static enum err put_all(struct shared *shared, const STACK_OF(X509_NAME) * names,
			int count)
{
	size_t from = 0;

	for (int i = 0; i < count; i++) {
		enum err err = put_name(&shared->text, sk_X509_NAME_value(names, i));

		if (err)
			return err;
		if (shared->text.len > ISSUERS_MAX_BYTES)
			break;
		shared->name[i].len = shared->text.len - from;
		shared->issuers.count++;
		from = shared->text.len;
	}
	return ERR_NONE;
}

static void point_to_text(struct shared *shared)
{
	const char *at = shared->text.at;

	for (size_t i = 0; i < shared->issuers.count; i++) {
		shared->name[i].at = at;
		at += shared->name[i].len;
	}
	shared->issuers.name = shared->name;
}

enum err issuers_new(const STACK_OF(X509_NAME) * names,
		     const struct issuers **out_issuers)
{
	int count = names ? sk_X509_NAME_num(names) : 0;
	struct shared *shared;
	enum err err;

	if (count > ISSUERS_MAX_NAMES)
		count = ISSUERS_MAX_NAMES;
	shared = mem_zalloc(sizeof(*shared) + (size_t)count * sizeof(struct span));
	if (!shared)
		return ERR_NO_MEMORY;
	atomic_init(&shared->refs, 1);
	err = put_all(shared, names, count);
	if (err) {
		issuers_unref(&shared->issuers);
		return err;
	}
	point_to_text(shared);
	*out_issuers = &shared->issuers;
	return ERR_NONE;
}

const struct issuers *issuers_ref(const struct issuers *issuers)
{
	if (issuers)
		atomic_fetch_add_explicit(&shared_of(issuers)->refs, 1,
					  memory_order_relaxed);
	return issuers;
}

void issuers_unref(const struct issuers *issuers)
{
	struct shared *shared = shared_of(issuers);

	if (!issuers ||
	    atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) != 1)
		return;
	buf_done(&shared->text);
	mem_free(shared);
}
