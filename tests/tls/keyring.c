/* SPDX-License-Identifier: MIT */
/*
 * The folder of certificates: what is found in it and what is not, what is refused, and
 * what adding and removing leave behind. Each test has a folder of its own.
 */
#include "lib/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "lib/openssl_memory.h"
#include "lib/pki.h"
#include "tls/keyring.h"

static char folder[64];	    /* of the test, removed behind it */
static char path_text[300]; /* what path_of answers */

/* ---- the folder ---- */

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ixhr2-keyring-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	chmod(folder, 0700);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static const char *path_of(const char *name)
{
	snprintf(path_text, sizeof(path_text), "%s/%s", folder, name);
	return path_text;
}

static void write_file(const char *name, struct span bytes, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
	close(fd);
}

/* Puts a file of the pki there. */
static void put(const char *name, const char *file, mode_t mode)
{
	write_file(name, pki_bytes(file), mode);
}

static unsigned count_files(void)
{
	DIR *dir = opendir(folder);
	unsigned count = 0;
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") != 0 &&
			 strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

/* The thumbprint of a certificate, "client.der", valid until the next call. */
static struct span thumbprint_of(const char *der_file, enum hash_kind kind)
{
	static unsigned char digest[HASH_MAX_BYTES];

	assert_int_equal(hash_of(kind, pki_bytes(der_file), digest), 0);
	return span_of((char *)digest, hash_bytes(kind));
}

static struct span sha256_of(const char *der_file)
{
	return thumbprint_of(der_file, HASH_SHA256);
}

/* The name that a certificate's file gets. */
static const char *hash_name(const char *der_file, const char *suffix)
{
	static char name[80];
	struct buf digits = {0};

	assert_int_equal(text_put_hex(&digits, sha256_of(der_file)), 0);
	snprintf(name, sizeof(name), "%.*s%s", (int)digits.len, digits.at, suffix);
	buf_done(&digits);
	return name;
}

/* ---- looking ---- */

/* Asserts what comes of it; what: the fault's sentence, or NULL. */
static void check_get(struct span thumbprint, const char *pin, enum err expected,
		      const char *what)
{
	const struct identity *identity = NULL;
	struct fault fault = {0};
	enum err err = keyring_get(folder, thumbprint, pin, &identity, &fault);

	assert_int_equal(err, expected);
	assert_int_equal(fault.err, expected);
	if (what)
		assert_string_equal(fault.what, what);
	if (err) {
		assert_null(identity);
		return;
	}
	assert_true(identity_has(identity, thumbprint));
	identity_unref(identity);
}

static const char none[] = "there is no such certificate";
static const char exposed[] = "others can read the private key";

/* One line for each certificate of the list. */
static struct buf listed;

static void note_entry(void *owner, const struct keyring_entry *entry)
{
	const char *name = strrchr(entry->path, '/') + 1;

	assert_ptr_equal(owner, &listed);
	assert_int_equal(strncmp(entry->path, folder, strlen(folder)), 0);
	assert_int_equal(buf_put_str(&listed, name), 0);
	assert_int_equal(buf_put_str(&listed, " "), 0);
	assert_int_equal(buf_put_str(&listed, entry->subject ? entry->subject : "-"), 0);
	if (entry->is_locked)
		assert_int_equal(buf_put_str(&listed, " locked"), 0);
	if (entry->is_encrypted)
		assert_int_equal(buf_put_str(&listed, " encrypted"), 0);
	if (entry->is_exposed)
		assert_int_equal(buf_put_str(&listed, " exposed"), 0);
	assert_int_equal(buf_put_str(&listed, "\n"), 0);
}

static void check_list(const char *pin, const char *expected)
{
	buf_clear(&listed);
	assert_int_equal(keyring_list(folder, pin, note_entry, &listed), 0);
	assert_span(buf_span(&listed), span_str(expected));
	buf_done(&listed);
}

/* ---- tests ---- */

static void every_form_is_found_by_either_thumbprint(void **state)
{
	static const struct {
		const char *name, *file, *der;
	} rows[] = {
		{"a.pem", "client_both.pem", "client.der"},
		{"b.PEM", "client_rsa_both.pem", "client_rsa.der"},
		{"c.p12", "client_chain.p12", "client_chain.der"},
		{"d.pfx", "client_other.p12", "client_other.der"},
		{"e.crt", "client_expired_both.pem", "client_expired.der"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		put(rows[i].name, rows[i].file, 0600);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		check_get(thumbprint_of(rows[i].der, HASH_SHA1), NULL, 0, NULL);
		check_get(thumbprint_of(rows[i].der, HASH_SHA256), NULL, 0, NULL);
	}
	check_get(sha256_of("good.der"), NULL, ERR_CLIENT_CERT, none);
	check_get(thumbprint_of("good.der", HASH_SHA1), NULL, ERR_CLIENT_CERT, none);
}

static void a_key_may_lie_beside_its_certificate(void **state)
{
	(void)state;
	put("ann.pem", "client.pem", 0644);
	put("ann.key", "client.key", 0600);
	put("ron.crt", "client_rsa.pem", 0644);
	put("ron.key", "client_rsa_locked.key", 0400);
	check_get(sha256_of("client.der"), NULL, 0, NULL);
	check_get(sha256_of("client_rsa.der"), "secret", 0, NULL);
	check_get(sha256_of("client_rsa.der"), NULL, ERR_PIN, "opening the private key");
	check_list(NULL, "ann.pem CN=Ann,O=Ixhr2 Tests\n"
			 "ron.crt CN=Ron,O=Ixhr2 Tests encrypted\n");
}

static void the_chain_does_not_make_it_another(void **state)
{
	(void)state;
	put("a.pem", "client_chain_both.pem", 0600);
	check_get(sha256_of("client_chain.der"), NULL, 0, NULL);
	check_get(sha256_of("client_intermediate.der"), NULL, ERR_CLIENT_CERT, none);
}

static void keys_that_others_can_get_at_are_refused(void **state)
{
	static const mode_t modes[] = {0604, 0640, 0602, 0620, 0601, 0610, 0660, 0777};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(modes); i++) {
		put("a.pem", "client_both.pem", modes[i]);
		put("b.p12", "client_rsa.p12", modes[i]);
		put("c.pem", "client_other.pem", 0644);
		put("c.key", "client_other.key", modes[i]);
		check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, exposed);
		check_get(sha256_of("client_rsa.der"), NULL, ERR_CLIENT_CERT, exposed);
		check_get(sha256_of("client_other.der"), NULL, ERR_CLIENT_CERT, exposed);
	}
	check_list(NULL, "a.pem CN=Ann,O=Ixhr2 Tests exposed\n"
			 "b.p12 CN=Ron,O=Ixhr2 Tests exposed\n"
			 "c.pem CN=client_other exposed\n");
	put("d.pem", "client_both.pem", 0600);
	check_get(sha256_of("client.der"), NULL, 0, NULL);
}

static void keys_of_others_are_refused(void **state)
{
	(void)state;
	put("a.pem", "client_both.pem", 0600);
	if (chown(path_of("a.pem"), 12345, (gid_t)-1))
		skip();
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, exposed);
}

static void a_link_is_as_good_as_its_end(void **state)
{
	char end[300];

	(void)state;
	put("key.txt", "client_both.pem", 0600);
	strcpy(end, path_of("key.txt"));
	assert_int_equal(symlink(end, path_of("a.pem")), 0);
	check_get(sha256_of("client.der"), NULL, 0, NULL);
	assert_int_equal(chmod(end, 0644), 0);
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, exposed);
	assert_int_equal(unlink(end), 0);
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, NULL);
	check_list(NULL, "");
}

static void pkcs12_is_known_by_its_pin_or_its_name(void **state)
{
	(void)state;
	put("a.p12", "client_locked.p12", 0600);
	check_get(sha256_of("client.der"), "secret", 0, NULL);
	check_get(thumbprint_of("client.der", HASH_SHA1), "secret", 0, NULL);
	check_get(sha256_of("client.der"), NULL, ERR_PIN,
		  "no certificate that this pin opens");
	check_get(sha256_of("client.der"), "wrong", ERR_PIN, NULL);
	check_get(sha256_of("good.der"), "wrong", ERR_PIN, NULL);
	check_get(sha256_of("good.der"), "secret", ERR_CLIENT_CERT, none);
	check_list(NULL, "a.p12 - locked encrypted\n");
	check_list("wrong", "a.p12 - locked encrypted\n");
	check_list("secret", "a.p12 CN=Ann,O=Ixhr2 Tests encrypted\n");

	assert_int_equal(unlink(path_of("a.p12")), 0);
	put(hash_name("client.der", ".p12"), "client_locked.p12", 0600);
	check_get(sha256_of("client.der"), "secret", 0, NULL);
	check_get(sha256_of("client.der"), "wrong", ERR_PIN, "opening the private key");
	/* It need not be opened to know that it is another one. */
	check_get(sha256_of("good.der"), "wrong", ERR_CLIENT_CERT, none);
	check_get(thumbprint_of("good.der", HASH_SHA1), "wrong", ERR_PIN, NULL);
}

static void a_name_alone_makes_no_certificate(void **state)
{
	(void)state;
	put(hash_name("client.der", ".p12"), "client_rsa.p12", 0600);
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, none);
	put(hash_name("client_rsa.der", ".pem"), "client_both.pem", 0600);
	check_get(sha256_of("client.der"), NULL, 0, NULL);
}

static void trouble_with_the_certificate_itself_is_told(void **state)
{
	(void)state;
	put("0.p12", "client_locked.p12", 0600);
	put("a.pem", "client_rsa.pem", 0600);
	check_get(sha256_of("client_rsa.der"), NULL, ERR_CLIENT_CERT,
		  "the private key is missing");
	put("a.key", "client.key", 0600);
	check_get(sha256_of("client_rsa.der"), NULL, ERR_CLIENT_CERT,
		  "the private key cannot be used, or is another's");
	write_file("a.key", SPAN("-----BEGIN PRIVATE KEY-----\nAAAA\n"), 0600);
	check_get(sha256_of("client_rsa.der"), NULL, ERR_CLIENT_CERT,
		  "the private key is missing");
	put("b.pem", "client_rsa_both.pem", 0600);
	check_get(sha256_of("client_rsa.der"), NULL, 0, NULL);
}

static void what_is_no_certificate_is_passed_over(void **state)
{
	static const char *const names[] = {"a.pem", "b.p12", "c.crt", "d.pfx"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(names); i++)
		write_file(names[i], SPAN("no certificate"), 0600);
	write_file("empty.pem", SPAN(""), 0600);
	put("key.pem", "client.key", 0600);
	put("alone.pem", "client_other.pem", 0600);
	put("client.key", "client_both.pem", 0600);
	put("client.txt", "client_both.pem", 0600);
	put(".hidden.pem", "client_both.pem", 0600);
	put("pem", "client_both.pem", 0600);
	assert_int_equal(mkdir(path_of("folder.pem"), 0700), 0);
	assert_int_equal(mkfifo(path_of("pipe.pem"), 0600), 0);
	assert_int_equal(symlink("/dev/zero", path_of("zero.pem")), 0);
	assert_int_equal(symlink("/dev/tty", path_of("tty.pem")), 0);
	check_list(NULL, "");
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, NULL);
	put("z.pem", "client_both.pem", 0600);
	check_list(NULL, "z.pem CN=Ann,O=Ixhr2 Tests\n");
	check_get(sha256_of("client.der"), NULL, 0, NULL);
}

static void a_file_may_have_one_mebibyte(void **state)
{
	struct span pem = pki_bytes("client_both.pem");
	char *bytes = malloc(KEYRING_MAX_FILE_BYTES + 1);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, '\n', KEYRING_MAX_FILE_BYTES + 1);
	memcpy(bytes + KEYRING_MAX_FILE_BYTES - pem.len, pem.at, pem.len);
	write_file("a.pem", span_of(bytes, KEYRING_MAX_FILE_BYTES), 0600);
	check_get(sha256_of("client.der"), NULL, 0, NULL);
	write_file("a.pem", span_of(bytes, KEYRING_MAX_FILE_BYTES + 1), 0600);
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, NULL);
	check_list(NULL, "");
	free(bytes);
}

static void no_folder_is_an_empty_one(void **state)
{
	(void)state;
	assert_int_equal(rmdir(folder), 0);
	check_list(NULL, "");
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT, none);
	assert_int_equal(keyring_remove(folder, sha256_of("client.der")), ERR_MISSING);
	assert_int_equal(mkdir(folder, 0700), 0);
	write_file("file", SPAN(""), 0600);
	assert_int_equal(keyring_list(path_of("file"), NULL, note_entry, &listed), 0);
	assert_int_equal(keyring_list(path_of("file/my"), NULL, note_entry, &listed), 0);
}

/* Root may read everything, so it is somebody else meanwhile. */
static void what_may_not_be_read_is_said(void **state)
{
	bool is_root = geteuid() == 0;

	(void)state;
	put("a.pem", "client_both.pem", 0);
	if (is_root) {
		assert_int_equal(chown(folder, 65534, (gid_t)-1), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	check_get(sha256_of("client.der"), NULL, ERR_CLIENT_CERT,
		  "reading a certificate file");
	check_list(NULL, "");
	assert_int_equal(chmod(folder, 0), 0);
	assert_int_equal(keyring_list(folder, NULL, note_entry, &listed),
			 ERR_FILE_DENIED);
	check_get(sha256_of("client.der"), NULL, ERR_FILE_DENIED,
		  "reading the folder of certificates");
	assert_int_equal(keyring_remove(folder, sha256_of("client.der")),
			 ERR_FILE_DENIED);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
}

static void check_entry(void *owner, const struct keyring_entry *entry)
{
	unsigned *calls = owner;
	unsigned char digest[HASH_MAX_BYTES];

	++*calls;
	assert_string_equal(entry->subject, "CN=Ann,O=Ixhr2 Tests");
	assert_string_equal(entry->issuer, "CN=Client Root,O=Ixhr2 B\xC3\xBC"
					   "cher,C=DE");
	assert_true(entry->from_s > 1600000000);
	/* The row says: from 10 days ago, for 410 days. */
	assert_int_equal(entry->to_s - entry->from_s, 410 * 24 * 3600);
	assert_int_equal(hash_of(HASH_SHA1, pki_bytes("client.der"), digest), 0);
	assert_memory_equal(entry->sha1, digest, 20);
	assert_int_equal(hash_of(HASH_SHA256, pki_bytes("client.der"), digest), 0);
	assert_memory_equal(entry->sha256, digest, 32);
}

static void the_list_knows_thumbprints_names_and_dates(void **state)
{
	unsigned calls = 0;

	(void)state;
	put("a.pem", "client_both.pem", 0600);
	put("b.p12", "client.p12", 0600);
	put("c.crt", "client.pem", 0600);
	put("c.key", "client_locked.key", 0600);
	assert_int_equal(keyring_list(folder, NULL, check_entry, &calls), 0);
	assert_int_equal(calls, 3);
}

/* ---- adding and removing ---- */

/* Adds and asserts what comes of it. */
static void check_add(const char *file, const char *key_file, const char *pin,
		      enum err expected)
{
	unsigned char sha256[IDENTITY_SHA256_BYTES] = {0};
	enum err err = keyring_add(folder, pki_path(file),
				   key_file ? pki_path(key_file) : NULL, pin, sha256);

	assert_int_equal(err, expected);
	if (!err)
		check_get(span_of((char *)sha256, sizeof(sha256)), pin, 0, NULL);
}

static void what_is_added_is_found(void **state)
{
	struct stat info;

	(void)state;
	assert_int_equal(rmdir(folder), 0);
	check_add("client_both.pem", NULL, NULL, 0);
	assert_int_equal(stat(folder, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	check_add("client_rsa.pem", "client_rsa.key", NULL, 0);
	check_add("client_chain_locked.p12", NULL, "secret", 0);
	check_add("client_other.pem", "client_other_locked.key", "secret", 0);
	assert_int_equal(count_files(), 4);
	assert_int_equal(stat(path_of(hash_name("client.der", ".pem")), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(stat(path_of(hash_name("client_chain.der", ".p12")), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	check_get(sha256_of("client_chain.der"), NULL, ERR_PIN, NULL);
	check_get(sha256_of("client_other.der"), NULL, ERR_PIN, NULL);
	check_get(sha256_of("client_other.der"), "wrong", ERR_PIN, NULL);
}

static void what_is_added_again_is_there_once(void **state)
{
	(void)state;
	check_add("client_both.pem", NULL, NULL, 0);
	check_add("client_both.pem", NULL, NULL, 0);
	check_add("client.pem", "client_both.pem", NULL, 0);
	check_add("client_both.pem", "client_both.pem", NULL, 0);
	assert_int_equal(count_files(), 1);
	check_add("client_locked.p12", NULL, "secret", 0);
	assert_int_equal(count_files(), 1);
	check_get(sha256_of("client.der"), NULL, ERR_PIN, NULL);
	check_add("client.pem", "client_locked.key", "secret", 0);
	assert_int_equal(count_files(), 1);
	check_get(sha256_of("client.der"), NULL, ERR_PIN, NULL);
}

static void what_cannot_be_used_is_not_added(void **state)
{
	(void)state;
	check_add("client.pem", NULL, NULL, ERR_INVALID);
	check_add("client.key", NULL, NULL, ERR_INVALID);
	check_add("client.pem", "client_rsa.key", NULL, ERR_INVALID);
	check_add("client_both.pem", "client_rsa.key", NULL, ERR_INVALID);
	check_add("client.p12", "client.key", NULL, ERR_INVALID);
	check_add("client.pem", "client.p12", NULL, ERR_INVALID);
	check_add("client.der", "client.key", NULL, ERR_INVALID);
	check_add("client_locked.p12", NULL, NULL, ERR_PIN);
	check_add("client_locked.p12", NULL, "wrong", ERR_PIN);
	check_add("client.pem", "client_locked.key", "wrong", ERR_PIN);
	assert_int_equal(count_files(), 0);
}

static void files_that_cannot_be_read_are_not_added(void **state)
{
	unsigned char sha256[IDENTITY_SHA256_BYTES];
	char *bytes = calloc(1, KEYRING_MAX_FILE_BYTES + 1);

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(keyring_add(folder, path_of("nothing"), NULL, NULL, sha256),
			 ERR_FILE_MISSING);
	assert_int_equal(keyring_add(folder, pki_path("client.pem"), path_of("nothing"),
				     NULL, sha256),
			 ERR_FILE_MISSING);
	assert_int_equal(keyring_add(folder, folder, NULL, NULL, sha256),
			 ERR_FILE_DENIED);
	assert_int_equal(keyring_add(folder, "/dev/zero", NULL, NULL, sha256),
			 ERR_INVALID);
	assert_int_equal(keyring_add(folder, "/dev/null", NULL, NULL, sha256),
			 ERR_INVALID);
	write_file("long", span_of(bytes, KEYRING_MAX_FILE_BYTES + 1), 0600);
	assert_int_equal(keyring_add(folder, path_of("long"), NULL, NULL, sha256),
			 ERR_INVALID);
	assert_int_equal(keyring_add(path_of("long"), pki_path("client_both.pem"), NULL,
				     NULL, sha256),
			 ERR_FILE_EXISTS);
	assert_int_equal(count_files(), 1);
	free(bytes);
}

static void what_may_not_be_written_is_said(void **state)
{
	unsigned char sha256[IDENTITY_SHA256_BYTES];
	bool is_root = geteuid() == 0;
	char from[300];
	enum err add, removal;

	(void)state;
	put("a.pem", "client_both.pem", 0600);
	strcpy(from, path_of("a.pem"));
	if (is_root) {
		assert_int_equal(chown(folder, 65534, (gid_t)-1), 0);
		assert_int_equal(chown(from, 65534, (gid_t)-1), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	assert_int_equal(chmod(folder, 0500), 0);
	add = keyring_add(folder, from, NULL, NULL, sha256);
	removal = keyring_remove(folder, sha256_of("client.der"));
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(add, ERR_FILE_DENIED);
	assert_int_equal(removal, ERR_FILE_DENIED);
	assert_int_equal(count_files(), 1);
}

/* The other end of a pipe. */
static void *write_pipe(void *path)
{
	struct span bytes = pki_bytes("client_both.pem");
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	for (size_t at = 0; at < bytes.len; at += 100) {
		size_t n = bytes.len - at < 100 ? bytes.len - at : 100;

		if (write(fd, bytes.at + at, n) < 0)
			break;
	}
	close(fd);
	return NULL;
}

static void a_pipe_can_be_added(void **state)
{
	unsigned char sha256[IDENTITY_SHA256_BYTES];
	char pipe_path[300];
	pthread_t thread;

	(void)state;
	strcpy(pipe_path, path_of("pipe"));
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_pipe, pipe_path), 0);
	assert_int_equal(keyring_add(folder, pipe_path, NULL, NULL, sha256), 0);
	pthread_join(thread, NULL);
	check_get(sha256_of("client.der"), NULL, 0, NULL);
}

static void what_is_removed_is_gone_and_nothing_else(void **state)
{
	(void)state;
	check_add("client_both.pem", NULL, NULL, 0);
	check_add("client_chain_locked.p12", NULL, "secret", 0);
	put("ron.crt", "client_rsa.pem", 0644);
	put("ron.key", "client_rsa_locked.key", 0644);
	put("other.pfx", "client_other.p12", 0600);
	put("expired.p12", "client_expired_locked.p12", 0600);
	assert_int_equal(count_files(), 6);

	assert_int_equal(keyring_remove(folder, sha256_of("good.der")), ERR_MISSING);
	/* It is but somebody's issuer. */
	assert_int_equal(keyring_remove(folder, sha256_of("client_intermediate.der")),
			 ERR_MISSING);
	/* Locked, and not named for it. */
	assert_int_equal(keyring_remove(folder, sha256_of("client_expired.der")),
			 ERR_MISSING);
	assert_int_equal(count_files(), 6);

	assert_int_equal(keyring_remove(folder, thumbprint_of("client.der", HASH_SHA1)),
			 0);
	assert_int_equal(count_files(), 5);
	assert_int_equal(keyring_remove(folder, sha256_of("client_chain.der")), 0);
	assert_int_equal(count_files(), 4);
	assert_int_equal(keyring_remove(folder, sha256_of("client_rsa.der")), 0);
	assert_int_equal(count_files(), 2);
	assert_int_equal(keyring_remove(folder, sha256_of("client_other.der")), 0);
	assert_int_equal(count_files(), 1);
	check_list("secret", "expired.p12 CN=client_expired encrypted\n");
}

static void all_its_files_are_removed(void **state)
{
	(void)state;
	put("a.pem", "client_both.pem", 0644);
	put("b.p12", "client.p12", 0600);
	put("c.crt", "client.pem", 0600);
	put("c.key", "client.key", 0600);
	assert_int_equal(keyring_remove(folder, sha256_of("client.der")), 0);
	assert_int_equal(count_files(), 0);
}

/* ---- memory ---- */

static void note_nothing(void *owner, const struct keyring_entry *entry)
{
	(void)owner;
	(void)entry;
}

/* Whether it went well. */
static bool run_all(struct span thumbprint)
{
	const struct identity *identity = NULL;
	unsigned char sha256[IDENTITY_SHA256_BYTES];
	struct fault fault = {0};
	enum err get, list, add, removal;

	add = keyring_add(folder, pki_path("client.pem"), pki_path("client.key"), NULL,
			  sha256);
	get = keyring_get(folder, thumbprint, NULL, &identity, &fault);
	assert_true(!get == !!identity);
	assert_int_equal(get, fault.err);
	identity_unref(identity);
	list = keyring_list(folder, NULL, note_nothing, NULL);
	removal = keyring_remove(folder, thumbprint);
	return !add && !get && !list && !removal;
}

static void any_allocation_may_fail(void **state)
{
	struct span thumbprint = sha256_of("client.der");
	bool has_failed = true;
	long before;

	(void)state;
	assert_true(run_all(thumbprint));
	before = mem_live_blocks();
	for (unsigned long n = 1; has_failed; n += 1 + n / 64) {
		bool is_good;

		mem_fail_at(n);
		is_good = run_all(thumbprint);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_true(has_failed || is_good);
		/* No half of a file is left, nor one of another name. */
		assert_true(count_files() <= 1);
		if (count_files() == 1)
			check_get(sha256_of("client.der"), NULL, 0, NULL);
	}
	/* OpenSSL keeps some for the errors of a thread. */
	assert_in_range(mem_live_blocks(), before, before + 48);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_form_is_found_by_either_thumbprint),
		TEST(a_key_may_lie_beside_its_certificate),
		TEST(the_chain_does_not_make_it_another),
		TEST(keys_that_others_can_get_at_are_refused),
		TEST(keys_of_others_are_refused),
		TEST(a_link_is_as_good_as_its_end),
		TEST(pkcs12_is_known_by_its_pin_or_its_name),
		TEST(a_name_alone_makes_no_certificate),
		TEST(trouble_with_the_certificate_itself_is_told),
		TEST(what_is_no_certificate_is_passed_over),
		TEST(a_file_may_have_one_mebibyte),
		TEST(no_folder_is_an_empty_one),
		TEST(what_may_not_be_read_is_said),
		TEST(the_list_knows_thumbprints_names_and_dates),
		TEST(what_is_added_is_found),
		TEST(what_is_added_again_is_there_once),
		TEST(what_cannot_be_used_is_not_added),
		TEST(files_that_cannot_be_read_are_not_added),
		TEST(what_may_not_be_written_is_said),
		TEST(a_pipe_can_be_added),
		TEST(what_is_removed_is_gone_and_nothing_else),
		TEST(all_its_files_are_removed),
		TEST(any_allocation_may_fail),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
