/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's reader cuts PEM into blocks; what a block is, its name says. It is told that
 * the bytes are secret, so it wipes what it worked on. Keys are decoded by the name of
 * their block alone, never by guessing, and no function is called that might ask a person
 * for a pin: the old encryption of PEM gets a callback of ours, the others get the pin.
 *
 * The certificate of a key is the one with its public key. Its chain is put in order,
 * each certificate followed by its issuer, as TLS 1.2 demands (RFC 5246 7.4.2); what
 * does not belong to it, and the root, are left out.
 *
 * That a pin is wrong shows in the reasons in OpenSSL's list of errors, which is emptied.
 * Where the padding fits by chance, what comes out cannot be decoded: this too is a
 * wrong pin.
 */
#include "tls/identity_parts.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/mem.h"

/* First byte of DER's SEQUENCE, as which PKCS#12 begins. */
#define DER_SEQUENCE 0x30

/* A block as OpenSSL's reader gives it. */
#define SECRET_BLOCK (PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE)

static bool is_about_pin(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	return ERR_GET_LIB(code) == ERR_LIB_PKCS12 &&
	       (reason == PKCS12_R_MAC_VERIFY_FAILURE ||
		reason == PKCS12_R_PKCS12_CIPHERFINAL_ERROR ||
		reason == PKCS12_R_DECODE_ERROR);
}

/* Why OpenSSL has failed, by its list of errors, which is empty then. */
static enum err take_failure(void)
{
	enum err err = ERR_INVALID;
	unsigned long code;

	while ((code = ERR_get_error())) {
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			err = ERR_NO_MEMORY;
		else if (is_about_pin(code) && err == ERR_INVALID)
			err = ERR_PIN;
	}
	return err;
}

/* ---- reading ---- */

static void block_done(struct identity_key_block *block)
{
	OPENSSL_secure_free(block->name);
	OPENSSL_secure_free(block->header);
	OPENSSL_secure_clear_free(block->data, (size_t)block->bytes);
	*block = (struct identity_key_block){0};
}

static bool is_certificate(const char *name)
{
	return strcmp(name, PEM_STRING_X509) == 0 ||
	       strcmp(name, PEM_STRING_X509_OLD) == 0 ||
	       strcmp(name, PEM_STRING_X509_TRUSTED) == 0;
}

static bool is_key(const char *name)
{
	static const char suffix[] = PEM_STRING_PKCS8INF;
	size_t len = strlen(name), suffix_len = sizeof(suffix) - 1;

	return len >= suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static enum err add_certificate(struct identity_parts *parts,
				const struct identity_key_block *block)
{
	const unsigned char *at = block->data;
	X509 *certificate = d2i_X509(NULL, &at, block->bytes);

	if (!certificate)
		return take_failure();
	if (!parts->certificates)
		parts->certificates = sk_X509_new_null();
	if (parts->certificates && sk_X509_push(parts->certificates, certificate))
		return ERR_NONE;
	X509_free(certificate);
	ERR_clear_error();
	return ERR_NO_MEMORY;
}

/* Takes over the block, whatever comes of it. */
static enum err add_block(struct identity_parts *parts, struct identity_key_block *block)
{
	enum err err = ERR_NONE;

	if (is_certificate(block->name)) {
		err = add_certificate(parts, block);
	} else if (is_key(block->name)) {
		if (!parts->key.name) {
			parts->key = *block;
			return ERR_NONE;
		}
		err = ERR_INVALID;
	}
	block_done(block);
	return err;
}

/* ERR_MISSING: there is no block left. */
static enum err read_block(BIO *from, struct identity_key_block *block)
{
	unsigned long code;

	if (PEM_read_bio_ex(from, &block->name, &block->header, &block->data,
			    &block->bytes, SECRET_BLOCK))
		return ERR_NONE;
	code = ERR_peek_last_error();
	if (ERR_GET_LIB(code) == ERR_LIB_PEM &&
	    ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
		ERR_clear_error();
		return ERR_MISSING;
	}
	return take_failure();
}

static enum err add_pem(struct identity_parts *parts, struct span bytes)
{
	BIO *from = BIO_new_mem_buf(bytes.at, (int)bytes.len);
	size_t blocks = 0;
	enum err err;

	if (!from) {
		ERR_clear_error();
		return ERR_NO_MEMORY;
	}
	for (;;) {
		struct identity_key_block block = {0};

		err = read_block(from, &block);
		if (err)
			break;
		blocks++;
		err = add_block(parts, &block);
		if (err)
			break;
	}
	BIO_free(from);
	if (err != ERR_MISSING)
		return err;
	return blocks ? ERR_NONE : ERR_INVALID;
}

/* ERR_INVALID: it is something else. */
static enum err add_pkcs12(struct identity_parts *parts, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	PKCS12 *pkcs12;

	if (*at != DER_SEQUENCE)
		return ERR_INVALID;
	pkcs12 = d2i_PKCS12(NULL, &at, (long)bytes.len);
	if (!pkcs12)
		return take_failure();
	if (parts->pkcs12 || parts->certificates || parts->key.name) {
		PKCS12_free(pkcs12);
		return ERR_INVALID;
	}
	parts->pkcs12 = pkcs12;
	return ERR_NONE;
}

enum err identity_parts_add(struct identity_parts *parts, struct span bytes)
{
	enum err err;

	if (bytes.len == 0 || bytes.len > INT_MAX)
		return ERR_INVALID;
	ERR_clear_error();
	err = add_pkcs12(parts, bytes);
	if (err != ERR_INVALID)
		return err;
	if (parts->pkcs12)
		return ERR_INVALID;
	/* Editors put it in front, and the reader would not see the first block. */
	if (span_has_prefix(bytes, SPAN("\xEF\xBB\xBF")))
		bytes = span_skip(bytes, 3);
	return add_pem(parts, bytes);
}

bool identity_parts_has_key(const struct identity_parts *parts)
{
	return parts->pkcs12 || parts->key.name;
}

bool identity_parts_is_encrypted(const struct identity_parts *parts)
{
	const struct identity_key_block *key = &parts->key;

	return key->name && (strcmp(key->name, PEM_STRING_PKCS8) == 0 ||
			     strstr(key->header, "ENCRYPTED"));
}

void identity_parts_drop_key(struct identity_parts *parts)
{
	block_done(&parts->key);
}

/* ---- opening ---- */

/* Takes over info. */
static enum err key_from_info(PKCS8_PRIV_KEY_INFO *info, EVP_PKEY **out_key)
{
	EVP_PKEY *key = EVP_PKCS82PKEY(info);

	PKCS8_PRIV_KEY_INFO_free(info);
	if (!key)
		return take_failure();
	*out_key = key;
	return ERR_NONE;
}

/* PKCS#8 (RFC 5958). */
static enum err decode_info(const unsigned char *at, long bytes, EVP_PKEY **out_key)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, bytes);

	return info ? key_from_info(info, out_key) : take_failure();
}

/* Encrypted PKCS#8. */
static enum err decrypt_info(const struct identity_key_block *block, const char *pin,
			     EVP_PKEY **out_key)
{
	const unsigned char *at = block->data;
	X509_SIG *sealed = d2i_X509_SIG(NULL, &at, block->bytes);
	PKCS8_PRIV_KEY_INFO *info;
	size_t pin_len = pin ? strlen(pin) : 0;
	enum err err = ERR_PIN;

	if (!sealed)
		return take_failure();
	if (!pin || pin_len > INT_MAX)
		goto free_sealed;
	info = PKCS8_decrypt(sealed, pin, (int)pin_len);
	err = info ? key_from_info(info, out_key) : take_failure();
free_sealed:
	X509_SIG_free(sealed);
	return err;
}

static enum err decode_key(const char *name, const unsigned char *at, long bytes,
			   EVP_PKEY **out_key)
{
	EVP_PKEY *key = NULL;

	if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
		return decode_info(at, bytes, out_key);
	if (strcmp(name, PEM_STRING_RSA) == 0)
		key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, bytes);
	else if (strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0)
		key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, bytes);
	if (!key)
		return take_failure();
	*out_key = key;
	return ERR_NONE;
}

static int give_pin(char *to, int size, int is_writing, void *pin)
{
	struct span bytes = span_str(pin);

	(void)is_writing;
	if (bytes.len > (size_t)size)
		return -1;
	memcpy(to, bytes.at, bytes.len);
	return (int)bytes.len;
}

/* The encryption of RFC 1421. It is undone in place, so in a copy. */
static enum err decrypt_key(const struct identity_key_block *block, char *pin,
			    EVP_PKEY **out_key)
{
	long bytes = block->bytes;
	EVP_CIPHER_INFO cipher;
	unsigned char *copy;
	enum err err;

	if (!PEM_get_EVP_CIPHER_INFO(block->header, &cipher))
		return take_failure();
	if (!pin)
		return ERR_PIN;
	if (bytes <= 0)
		return ERR_INVALID;
	copy = mem_alloc((size_t)bytes);
	if (!copy)
		return ERR_NO_MEMORY;
	memcpy(copy, block->data, (size_t)bytes);
	if (PEM_do_header(&cipher, copy, &bytes, give_pin, pin))
		err = decode_key(block->name, copy, bytes, out_key);
	else
		err = take_failure();
	mem_wipe(copy, (size_t)block->bytes);
	mem_free(copy);
	return err == ERR_INVALID ? ERR_PIN : err;
}

static enum err open_key(const struct identity_parts *parts, const char *pin,
			 EVP_PKEY **out_key)
{
	const struct identity_key_block *block = &parts->key;

	if (!block->name)
		return ERR_INVALID;
	if (strcmp(block->name, PEM_STRING_PKCS8) == 0)
		return decrypt_info(block, pin, out_key);
	if (identity_parts_is_encrypted(parts))
		return decrypt_key(block, (char *)(uintptr_t)pin, out_key);
	return decode_key(block->name, block->data, block->bytes, out_key);
}

/* The certificate of the key, one more reference; NULL: it is not there. */
static X509 *find_certificate(const struct identity_parts *parts, EVP_PKEY *key)
{
	for (int i = 0; i < sk_X509_num(parts->certificates); i++) {
		X509 *certificate = sk_X509_value(parts->certificates, i);

		if (X509_check_private_key(certificate, key) == 1 &&
		    X509_up_ref(certificate))
			return certificate;
	}
	return NULL;
}

/* The one among others that has issued certificate, or NULL; not itself, and no root. */
static X509 *find_issuer(STACK_OF(X509) * others, X509 *certificate)
{
	if (X509_self_signed(certificate, 0) == 1)
		return NULL;
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *other = sk_X509_value(others, i);

		if (X509_check_issued(other, certificate) == X509_V_OK)
			return X509_self_signed(other, 0) == 1 ? NULL : other;
	}
	return NULL;
}

/* Two may have issued each other, so a chain is no longer than what there is. */
static enum err build_chain(STACK_OF(X509) * others, X509 *last,
			    STACK_OF(X509) * *out_chain)
{
	STACK_OF(X509) *chain = NULL;
	int left = sk_X509_num(others);

	while (left-- > 0 && (last = find_issuer(others, last))) {
		if (!chain)
			chain = sk_X509_new_null();
		if (!chain ||
		    !X509_add_cert(chain, last,
				   X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP)) {
			sk_X509_pop_free(chain, X509_free);
			ERR_clear_error();
			return ERR_NO_MEMORY;
		}
	}
	*out_chain = chain;
	return ERR_NONE;
}

static enum err open_pem(const struct identity_parts *parts, const char *pin,
			 struct identity *opened)
{
	enum err err = open_key(parts, pin, &opened->key);

	if (err)
		return err;
	opened->certificate = find_certificate(parts, opened->key);
	if (!opened->certificate)
		return ERR_INVALID;
	return build_chain(parts->certificates, opened->certificate, &opened->chain);
}

static enum err open_pkcs12(PKCS12 *pkcs12, const char *pin, struct identity *opened)
{
	STACK_OF(X509) *others = NULL;
	enum err err = ERR_INVALID;

	if (!PKCS12_parse(pkcs12, pin, &opened->key, &opened->certificate, &others))
		err = take_failure();
	else if (opened->key && opened->certificate &&
		 X509_check_private_key(opened->certificate, opened->key) == 1)
		err = build_chain(others, opened->certificate, &opened->chain);
	/* It may be there after a failure too. */
	sk_X509_pop_free(others, X509_free);
	return err;
}

enum err identity_parts_open(const struct identity_parts *parts, const char *pin,
			     struct identity *out_identity)
{
	struct identity opened = {0};
	enum err err;

	ERR_clear_error();
	if (parts->pkcs12)
		err = open_pkcs12(parts->pkcs12, pin, &opened);
	else
		err = open_pem(parts, pin, &opened);
	ERR_clear_error();
	if (err) {
		X509_free(opened.certificate);
		EVP_PKEY_free(opened.key);
		return err;
	}
	out_identity->certificate = opened.certificate;
	out_identity->key = opened.key;
	out_identity->chain = opened.chain;
	return ERR_NONE;
}

/* ---- the rest ---- */

enum err identity_parts_write(const struct identity_parts *parts,
			      const struct identity *identity, BIO *to)
{
	const struct identity_key_block *key = &parts->key;
	bool is_done = PEM_write_bio_X509(to, identity->certificate);

	for (int i = 0; is_done && i < sk_X509_num(identity->chain); i++)
		is_done = PEM_write_bio_X509(to, sk_X509_value(identity->chain, i));
	if (is_done)
		is_done = PEM_write_bio(to, key->name, key->header, key->data,
					key->bytes) > 0;
	ERR_clear_error();
	return is_done ? ERR_NONE : ERR_NO_MEMORY;
}

void identity_parts_done(struct identity_parts *parts)
{
	PKCS12_free(parts->pkcs12);
	sk_X509_pop_free(parts->certificates, X509_free);
	block_done(&parts->key);
	*parts = (struct identity_parts){0};
}
