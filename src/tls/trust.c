/* SPDX-License-Identifier: MIT */
/*
 * The system's roots are looked for as OpenSSL looks for them: a file that is parsed
 * now, and a folder whose files are named for the subject's digest and parsed when they
 * are asked for first. Both then stay in the SSL_CTX's store. Where the system has both
 * they hold the same, and parsing the file would cost tens of milliseconds and some
 * megabytes: then the folder alone is used. Some distributions have neither where their
 * OpenSSL (or one that came from elsewhere) looks, but a bundle at another usual place.
 *
 * OpenSSL's own X509_STORE_set_default_paths adds a third way, which reads the whole
 * folder's list of names for each subject that is not a root's, in every handshake; it
 * finds nothing more.
 */
#include "tls/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "tls/handshake.h"
#include "tls/reason.h"
#include "tls/resumption.h"

/* Secrets are for the user alone. */
#define KEY_LOG_MODE 0600

/* Bits of a Diffie-Hellman group that a server of TLS 1.2 may choose. OpenSSL takes
 * 10000, which hold up everybody else for most of a second. */
#define DH_MAX_BITS 4096

/* What OpenSSL asks whether something is secure enough. */
typedef int security_fn(const SSL *ssl, const SSL_CTX *ctx, int operation, int bits,
			int nid, void *other, void *trust);

struct trust {
	SSL_CTX *ctx;				 /* owned */
	struct resumption *resumption;		 /* owned */
	security_fn *security;			 /* OpenSSL's own */
	server_name_suffix_fn *is_public_suffix; /* for wildcards */
	int key_log;				 /* a descriptor, owned; or -1 */
};

/* ---- roots ---- */

static const char *const usual_bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
	"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem",	      /* SUSE */
	"/etc/ssl/cert.pem",		      /* Alpine */
};

static struct fault openssl_fault(const char *what)
{
	struct fault fault = reason_take().fault;

	if (!fault.what)
		fault.what = what;
	return fault;
}

static enum err fail(struct fault *out_fault, const char *what)
{
	struct fault fault = openssl_fault(what);

	return fault_set(out_fault, fault.err, fault.sys, fault.what);
}

/* Whether a file can be opened; errno says why not. */
static enum err check_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_from_errno(errno);
	close(fd);
	return ERR_NONE;
}

static bool has_certificate(const X509_STORE *store)
{
	const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++)
		if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) ==
		    X509_LU_X509)
			return true;
	return false;
}

static enum err load_file(X509_STORE *store, const char *path, struct fault *out_fault)
{
	enum err err = check_file(path);

	if (err) {
		int sys = errno;

		if (err == ERR_AGAIN || err == ERR_NO_DESCRIPTOR)
			err = ERR_SYSTEM;
		return fault_set(out_fault, err, sys, "the file of root certificates");
	}
	if (!X509_STORE_load_file(store, path)) {
		struct fault fault = openssl_fault("the file of root certificates");

		err = fault.err == ERR_TLS ? ERR_INVALID : fault.err;
		return fault_set(out_fault, err, 0, fault.what);
	}
	if (!has_certificate(store))
		return fault_set(out_fault, ERR_INVALID, 0,
				 "no certificate in the file of root certificates");
	return ERR_NONE;
}

/* Whether OpenSSL has been told where to look, or finds something there. */
static bool has_default_roots(void)
{
	return secure_getenv(X509_get_default_cert_file_env()) ||
	       secure_getenv(X509_get_default_cert_dir_env()) ||
	       access(X509_get_default_cert_file(), R_OK) == 0 ||
	       access(X509_get_default_cert_dir(), R_OK) == 0;
}

/* Whether a name is one of a folder that can be searched: "5ed36f99.0". */
static bool is_hash(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");

	return digits == 8 && name[digits] == '.' && text_is_digit(name[digits + 1]);
}

/* Whether the system's folder can be searched, and stands for the system's file. */
static bool has_folder_alone(void)
{
	const struct dirent *entry = NULL;
	DIR *folder;

	if (secure_getenv(X509_get_default_cert_file_env()) ||
	    secure_getenv(X509_get_default_cert_dir_env()))
		return false;
	folder = opendir(X509_get_default_cert_dir());
	if (!folder)
		return false;
	do
		/* Nobody else has this folder. */
		/* cppcheck-suppress readdirCalled */
		entry = readdir(folder);
	while (entry && !is_hash(entry->d_name));
	closedir(folder);
	return entry != NULL;
}

/* Files that are missing or broken give no roots; verification will tell. */
static enum err load_default_roots(X509_STORE *store, struct fault *out_fault)
{
	X509_LOOKUP *file = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	X509_LOOKUP *folder = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());

	if (!file || !folder)
		return fail(out_fault, "the root certificates");
	if (!has_folder_alone())
		X509_LOOKUP_load_file(file, NULL, X509_FILETYPE_DEFAULT);
	X509_LOOKUP_add_dir(folder, NULL, X509_FILETYPE_DEFAULT);
	if (!ERR_peek_error())
		return ERR_NONE;
	if (reason_take().fault.err == ERR_NO_MEMORY)
		return fault_set(out_fault, ERR_NO_MEMORY, 0, "the root certificates");
	return ERR_NONE;
}

static enum err load_roots(X509_STORE *store, const char *ca_file,
			   struct fault *out_fault)
{
	if (ca_file)
		return load_file(store, ca_file, out_fault);
	if (has_default_roots())
		return load_default_roots(store, out_fault);
	for (size_t i = 0; i < sizeof(usual_bundles) / sizeof(usual_bundles[0]); i++)
		if (!check_file(usual_bundles[i]))
			return load_file(store, usual_bundles[i], out_fault);
	return ERR_NONE;
}

/* ---- the key log ---- */

/* One write a line, so that lines of several processes do not mix. */
static void log_key(const SSL *ssl, const char *line)
{
	const struct trust *trust = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct iovec pieces[] = {{(char *)(uintptr_t)line, strlen(line)}, {"\n", 1}};

	if (writev(trust->key_log, pieces, 2) < 0)
		log_line("SSLKEYLOGFILE: %s", strerror(errno));
}

static void open_key_log(struct trust *trust)
{
	const char *path = secure_getenv("SSLKEYLOGFILE");

	if (!path || !*path)
		return;
	trust->key_log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
			      KEY_LOG_MODE);
	if (trust->key_log < 0)
		log_line("SSLKEYLOGFILE: %s", strerror(errno));
	else
		SSL_CTX_set_keylog_callback(trust->ctx, log_key);
}

/* ---- protocol ---- */

static int is_secure(const SSL *ssl, const SSL_CTX *ctx, int operation, int bits, int nid,
		     void *other, void *owner)
{
	const struct trust *trust = owner;

	if (operation == SSL_SECOP_TMP_DH && other &&
	    EVP_PKEY_get_bits(other) > DH_MAX_BITS)
		return 0;
	return trust->security(ssl, ctx, operation, bits, nid, other, NULL);
}

/* What the machine's configuration makes stricter stays so. */
static bool set_protocol(struct trust *trust)
{
	SSL_CTX *ctx = trust->ctx;

	trust->security = SSL_CTX_get_security_callback(ctx);
	SSL_CTX_set0_security_ex_data(ctx, trust);
	SSL_CTX_set_security_callback(ctx, is_secure);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION);
	SSL_CTX_clear_options(ctx, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
					   SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (SSL_CTX_get_security_level(ctx) < TRUST_SECURITY_LEVEL)
		SSL_CTX_set_security_level(ctx, TRUST_SECURITY_LEVEL);
	return SSL_CTX_get_min_proto_version(ctx) >= TLS1_2_VERSION ||
	       SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
}

/* ---- life ---- */

static enum err new_ctx(struct trust *trust, struct fault *out_fault)
{
	ERR_clear_error();
	trust->ctx = SSL_CTX_new(TLS_client_method());
	if (!trust->ctx || !SSL_CTX_set_app_data(trust->ctx, trust) ||
	    !set_protocol(trust))
		return fail(out_fault, "TLS");
	handshake_install(trust->ctx);
	return ERR_NONE;
}

static enum err prepare(struct trust *trust, const char *ca_file, struct fault *out_fault)
{
	enum err err = new_ctx(trust, out_fault);

	if (!err)
		err = load_roots(SSL_CTX_get_cert_store(trust->ctx), ca_file, out_fault);
	if (err)
		return err;
	err = resumption_new(&trust->resumption);
	return err ? fault_set(out_fault, err, 0, "TLS") : ERR_NONE;
}

enum err trust_new(const struct trust_options *options, struct trust **out_trust,
		   struct fault *out_fault)
{
	struct trust *trust = mem_zalloc(sizeof(*trust));
	enum err err;

	if (!trust)
		return fault_set(out_fault, ERR_NO_MEMORY, 0, "TLS");
	trust->is_public_suffix = options->is_public_suffix;
	trust->key_log = -1;
	crypto_enter();
	err = prepare(trust, options->ca_file, out_fault);
	crypto_leave();
	if (err) {
		trust_free(trust);
		return err;
	}
	open_key_log(trust);
	*out_trust = trust;
	return ERR_NONE;
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	crypto_enter();
	resumption_free(trust->resumption);
	SSL_CTX_free(trust->ctx);
	crypto_leave();
	if (trust->key_log >= 0)
		close(trust->key_log);
	mem_free(trust);
}

SSL_CTX *trust_ssl_ctx(struct trust *trust)
{
	return trust->ctx;
}

struct resumption *trust_resumption(struct trust *trust)
{
	return trust->resumption;
}

server_name_suffix_fn *trust_public_suffix(const struct trust *trust)
{
	return trust->is_public_suffix;
}
