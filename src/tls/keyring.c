/* SPDX-License-Identifier: MIT */
/*
 * Everything is a walk over the folder (keyring_walk.c) with a visitor that looks at what
 * each file holds: to get an identity, to list, to remove.
 *
 * PEM shows its certificates without a pin, so only a file with the right one is opened.
 * PKCS#12 must be opened to be known, unless its name is a thumbprint: that is why
 * keyring_add names files so.
 *
 * What keeps keyring_get from a certificate is remembered while it looks on. A trouble
 * with the certificate itself counts more than files that could not be looked into.
 */
#include "tls/keyring.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/text.h"
#include "tls/identity_parts.h"
#include "tls/keyring_file.h"
#include "tls/keyring_walk.h"

/* Hexadecimal digits of the thumbprint that a file may be named for. */
#define NAME_DIGITS ((size_t)2 * IDENTITY_SHA256_BYTES)

/* ---- what a bundle holds ---- */

/* ERR_MISSING: it has another one. */
static enum err match(X509 *certificate, struct span thumbprint)
{
	const EVP_MD *kind =
		thumbprint.len == IDENTITY_SHA1_BYTES ? EVP_sha1() : EVP_sha256();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!X509_digest(certificate, kind, digest, &len))
		return ERR_NO_MEMORY;
	if (len == thumbprint.len && memcmp(digest, thumbprint.at, len) == 0)
		return ERR_NONE;
	return ERR_MISSING;
}

/* Whether PEM holds this certificate, as its own or in its chain; else ERR_MISSING. */
static enum err match_any(STACK_OF(X509) * certificates, struct span thumbprint)
{
	enum err err = ERR_MISSING;

	for (int i = 0; err == ERR_MISSING && i < sk_X509_num(certificates); i++)
		err = match(sk_X509_value(certificates, i), thumbprint);
	return err;
}

/* The thumbprint that a file is named for. */
static bool read_name(const char *name, unsigned char out[IDENTITY_SHA256_BYTES])
{
	struct span digits = span_of(name, strlen(name) - keyring_walk_suffix(name).len);

	if (digits.len != NAME_DIGITS)
		return false;
	for (size_t i = 0; i < IDENTITY_SHA256_BYTES; i++) {
		int high = text_hex_value(digits.at[2 * i]);
		int low = text_hex_value(digits.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* Whether a file's name is this thumbprint, another one, or no thumbprint of its kind. */
enum naming { NAMED_SO, NAMED_OTHERWISE, NAMED_FREELY };

static enum naming naming_of(const char *name, struct span thumbprint)
{
	unsigned char named[IDENTITY_SHA256_BYTES];

	if (thumbprint.len != sizeof(named) || !read_name(name, named))
		return NAMED_FREELY;
	return memcmp(named, thumbprint.at, sizeof(named)) == 0 ? NAMED_SO
								: NAMED_OTHERWISE;
}

/* Of PEM whose key is locked: the first certificate that signs no others. */
static X509 *guess_own(STACK_OF(X509) * certificates)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (X509_check_ca(sk_X509_value(certificates, i)) == 0)
			return sk_X509_value(certificates, i);
	return sk_X509_value(certificates, 0);
}

/* What can be seen of a bundle. */
struct sight {
	const struct identity *identity; /* owned; NULL where the pin does not open it */
	X509 *certificate;		 /* borrowed; NULL: it is locked */
	bool is_encrypted;		 /* the key needs a pin */
};

/* ERR_INVALID: it holds no certificate with its private key; ERR_NO_MEMORY. */
static enum err sight_take(struct sight *sight, const struct keyring_bundle *bundle,
			   const char *pin)
{
	enum err err = identity_open(&bundle->parts, NULL, &sight->identity);

	sight->is_encrypted = err == ERR_PIN;
	if (err == ERR_PIN && pin)
		err = identity_open(&bundle->parts, pin, &sight->identity);
	if (err && err != ERR_PIN)
		return err;
	if (sight->identity)
		sight->certificate = sight->identity->certificate;
	else if (!bundle->parts.pkcs12)
		sight->certificate = guess_own(bundle->parts.certificates);
	return ERR_NONE;
}

/* ---- getting ---- */

struct search {
	struct span thumbprint;	      /* what is looked for */
	const char *pin;	      /* or NULL */
	const struct identity *found; /* owned; NULL: not yet */
	struct fault trouble;	      /* with the certificate itself */
	struct fault doubt;	      /* with a file that may hold it */
};

static enum err search_open(struct search *search, const struct keyring_bundle *bundle,
			    struct fault *trouble)
{
	const struct identity *identity;
	enum err err;

	if (!identity_parts_has_key(&bundle->parts)) {
		fault_set(trouble, ERR_CLIENT_CERT, 0, "the private key is missing");
		return ERR_NONE;
	}
	err = identity_open(&bundle->parts, search->pin, &identity);
	if (err == ERR_NO_MEMORY)
		return err;
	if (err == ERR_PIN)
		fault_set(trouble, ERR_PIN, 0, "opening the private key");
	else if (err)
		fault_set(trouble, ERR_CLIENT_CERT, 0,
			  "the private key cannot be used, or is another's");
	if (err)
		return ERR_NONE;
	if (identity_has(identity, search->thumbprint) && !bundle->is_exposed) {
		search->found = identity;
		return ERR_EOF;
	}
	if (identity_has(identity, search->thumbprint))
		fault_set(&search->trouble, ERR_CLIENT_CERT, 0,
			  "others can read the private key");
	identity_unref(identity);
	return ERR_NONE;
}

static enum err search_visit(void *visitor, const struct keyring_bundle *bundle)
{
	struct search *search = visitor;
	enum naming naming = naming_of(bundle->name, search->thumbprint);
	enum err err;

	if (!bundle->parts.pkcs12) {
		err = match_any(bundle->parts.certificates, search->thumbprint);
		if (err)
			return err == ERR_MISSING ? ERR_NONE : err;
		return search_open(search, bundle, &search->trouble);
	}
	if (naming == NAMED_SO)
		return search_open(search, bundle, &search->trouble);
	if (naming == NAMED_FREELY)
		return search_open(search, bundle, &search->doubt);
	return ERR_NONE;
}

enum err keyring_get(const char *folder, struct span thumbprint, const char *pin,
		     const struct identity **out_identity, struct fault *out_fault)
{
	struct search search = {.thumbprint = thumbprint, .pin = pin};
	struct keyring_walk walk = {
		.folder = folder, .visit = search_visit, .visitor = &search};
	enum err err = keyring_walk_run(&walk, out_fault);

	ERR_clear_error();
	if (err)
		return err;
	if (search.found) {
		*out_identity = search.found;
		return ERR_NONE;
	}
	if (search.trouble.err)
		return fault_set(out_fault, search.trouble.err, 0, search.trouble.what);
	/* PKCS#12 without a certificate for its key is nobody's. */
	if (search.doubt.err == ERR_PIN)
		return fault_set(out_fault, ERR_PIN, 0,
				 "no certificate that this pin opens");
	return fault_set(out_fault, ERR_CLIENT_CERT, walk.unread.sys,
			 walk.unread.err ? walk.unread.what
					 : "there is no such certificate");
}

/* ---- listing ---- */

struct listing {
	const char *pin;					      /* or NULL */
	void (*each)(void *owner, const struct keyring_entry *entry); /* the caller's */
	void *owner; /* its first argument */
};

/* Seconds since 1970; 0 for what is no time. */
static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm parts;

	return ASN1_TIME_to_tm(time, &parts) ? (int64_t)timegm(&parts) : 0;
}

/* RFC 2253, but letters beyond ASCII as they are. The text lies in the BIO; NULL: no
 * memory. */
static const char *put_name(BIO *to, const X509_NAME *name)
{
	char *text = NULL;

	if (X509_NAME_print_ex(to, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) <
		    0 ||
	    BIO_write(to, "", 1) != 1)
		return NULL;
	BIO_get_mem_data(to, &text);
	return text;
}

static enum err fill_entry(struct keyring_entry *entry, X509 *certificate, BIO *subject,
			   BIO *issuer)
{
	if (!subject || !issuer)
		return ERR_NO_MEMORY;
	entry->subject = put_name(subject, X509_get_subject_name(certificate));
	entry->issuer = put_name(issuer, X509_get_issuer_name(certificate));
	if (!entry->subject || !entry->issuer ||
	    !X509_digest(certificate, EVP_sha1(), entry->sha1, NULL) ||
	    !X509_digest(certificate, EVP_sha256(), entry->sha256, NULL))
		return ERR_NO_MEMORY;
	entry->from_s = seconds_of(X509_get0_notBefore(certificate));
	entry->to_s = seconds_of(X509_get0_notAfter(certificate));
	return ERR_NONE;
}

static enum err list_visit(void *visitor, const struct keyring_bundle *bundle)
{
	struct listing *listing = visitor;
	struct keyring_entry entry = {.path = bundle->path,
				      .is_exposed = bundle->is_exposed};
	BIO *subject = BIO_new(BIO_s_mem()), *issuer = BIO_new(BIO_s_mem());
	struct sight sight = {0};
	enum err err = sight_take(&sight, bundle, listing->pin);

	entry.is_encrypted = sight.is_encrypted;
	entry.is_locked = !sight.certificate;
	if (!err && sight.certificate)
		err = fill_entry(&entry, sight.certificate, subject, issuer);
	/* Whoever listens may do what he likes. */
	crypto_leave();
	if (!err)
		listing->each(listing->owner, &entry);
	crypto_enter();
	identity_unref(sight.identity);
	BIO_free(issuer);
	BIO_free(subject);
	return err == ERR_INVALID ? ERR_NONE : err;
}

enum err keyring_list(const char *folder, const char *pin,
		      void (*each)(void *owner, const struct keyring_entry *entry),
		      void *owner)
{
	struct listing listing = {.pin = pin, .each = each, .owner = owner};
	struct keyring_walk walk = {
		.folder = folder, .visit = list_visit, .visitor = &listing};
	struct fault fault = {0};
	enum err err = keyring_walk_run(&walk, &fault);

	ERR_clear_error();
	return err;
}

/* ---- removing ---- */

struct removal {
	struct span thumbprint; /* whose files go */
	bool is_done;		/* there were some */
};

/* The key goes first: what is left by a failure is no secret. */
static enum err remove_bundle(struct removal *removal,
			      const struct keyring_bundle *bundle)
{
	enum err err = ERR_NONE;

	if (bundle->key_path)
		err = keyring_file_remove(bundle->key_path);
	if (!err)
		err = keyring_file_remove(bundle->path);
	removal->is_done = true;
	return err;
}

static enum err remove_visit(void *visitor, const struct keyring_bundle *bundle)
{
	struct removal *removal = visitor;
	enum naming naming = naming_of(bundle->name, removal->thumbprint);
	struct sight sight = {0};
	enum err err;

	if (bundle->parts.pkcs12 && naming == NAMED_SO)
		return remove_bundle(removal, bundle);
	if (bundle->parts.pkcs12 && naming == NAMED_OTHERWISE)
		return ERR_NONE;
	err = sight_take(&sight, bundle, NULL);
	if (!err && sight.certificate)
		err = match(sight.certificate, removal->thumbprint);
	if (!err && sight.certificate)
		err = remove_bundle(removal, bundle);
	identity_unref(sight.identity);
	return err == ERR_INVALID || err == ERR_MISSING ? ERR_NONE : err;
}

enum err keyring_remove(const char *folder, struct span thumbprint)
{
	struct removal removal = {.thumbprint = thumbprint};
	struct keyring_walk walk = {
		.folder = folder, .visit = remove_visit, .visitor = &removal};
	struct fault fault = {0};
	enum err err = keyring_walk_run(&walk, &fault);

	ERR_clear_error();
	if (err)
		return err;
	return removal.is_done ? ERR_NONE : ERR_MISSING;
}

/* ---- adding ---- */

/* Reads a file from anywhere. */
static enum err read_from(struct keyring_file *file, const char *path)
{
	struct fault fault = {0};

	return keyring_file_read(file, path, KEYRING_FILE_ANY, &fault);
}

/* What is in the files; key_file is NULL where there is none. */
static enum err open_files(struct identity_parts *parts, const struct keyring_file *file,
			   const struct keyring_file *key_file, const char *pin,
			   const struct identity **out_identity)
{
	enum err err = identity_parts_add(parts, keyring_file_span(file));

	if (!err && key_file) {
		identity_parts_drop_key(parts);
		err = identity_parts_add(parts, keyring_file_span(key_file));
	}
	return err ? err : identity_open(parts, pin, out_identity);
}

/* Names the new file, and removes what would name the same certificate twice. */
static enum err put_file(const char *folder, const struct identity *identity,
			 bool is_pkcs12, struct span bytes)
{
	static const char *const suffixes[] = {".pem", ".p12"};
	struct fault fault = {0};
	struct buf name = {0};
	char *other = NULL;
	enum err err;

	err = text_put_hex(
		&name, span_of((const char *)identity->sha256, IDENTITY_SHA256_BYTES));
	if (err)
		goto free_name;
	other = keyring_file_path(folder, buf_span(&name), suffixes[!is_pkcs12]);
	err = other ? buf_put_str(&name, suffixes[is_pkcs12]) : ERR_NO_MEMORY;
	if (!err && !buf_cstr(&name))
		err = ERR_NO_MEMORY;
	if (!err)
		err = keyring_file_write(folder, name.at, bytes, &fault);
	if (!err)
		err = keyring_file_remove(other);
	mem_free(other);
free_name:
	buf_done(&name);
	return err;
}

/* OpenSSL wipes what such a BIO held. */
static enum err put_pem(const char *folder, const struct identity *identity,
			const struct identity_parts *parts)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	enum err err = bio ? identity_parts_write(parts, identity, bio) : ERR_NO_MEMORY;
	char *at = NULL;
	long len;

	if (!err) {
		len = BIO_get_mem_data(bio, &at);
		err = put_file(folder, identity, false, span_of(at, (size_t)len));
	}
	BIO_free(bio);
	return err;
}

enum err keyring_add(const char *folder, const char *path, const char *key_path,
		     const char *pin, unsigned char out_sha256[IDENTITY_SHA256_BYTES])
{
	struct keyring_file file = {0}, key_file = {0};
	const struct identity *identity = NULL;
	struct identity_parts parts = {0};
	enum err err;

	err = read_from(&file, path);
	if (!err && key_path)
		err = read_from(&key_file, key_path);
	crypto_enter();
	if (!err)
		err = open_files(&parts, &file, key_path ? &key_file : NULL, pin,
				 &identity);
	if (!err && parts.pkcs12)
		err = put_file(folder, identity, true, keyring_file_span(&file));
	else if (!err)
		err = put_pem(folder, identity, &parts);
	if (!err)
		memcpy(out_sha256, identity->sha256, IDENTITY_SHA256_BYTES);
	identity_unref(identity);
	identity_parts_done(&parts);
	crypto_leave();
	keyring_file_done(&key_file);
	keyring_file_done(&file);
	return err;
}
