/* SPDX-License-Identifier: MIT */
/* Where roots come from, and the key log. */
#include "tls/rig.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ixhr2-trust-XXXXXX";

/* A path in the test's folder. */
static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, struct span bytes)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
	fclose(file);
}

static int set_up(void **state)
{
	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[160];

	(void)state;
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	unsetenv("SSLKEYLOGFILE");
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 && mem_live_blocks() == 0 && ERR_peek_error() == 0
		       ? 0
		       : -1;
}

/* What a server with a good certificate meets. */
static enum err try_trust(const char *ca_file)
{
	const struct trust_options options = {.ca_file = ca_file,
					      .is_public_suffix = rig_no_suffix};
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct fault fault = {0};
	struct rig rig;
	enum err err;

	assert_int_equal(trust_new(&options, &rig_trust, &fault), 0);
	assert_ptr_equal(trust_public_suffix(rig_trust), rig_no_suffix);
	rig_init(&rig, ctx);
	assert_true(rig_connect(&rig));
	rig_run(&rig);
	err = rig.err;
	rig_done(&rig);
	trust_free(rig_trust);
	SSL_CTX_free(ctx);
	return err;
}

static void a_file_of_roots_is_the_only_one(void **state)
{
	(void)state;
	assert_int_equal(try_trust(pki_path("root.pem")), 0);
	assert_int_equal(try_trust(pki_path("other_root.pem")), ERR_CERT_AUTHORITY);
	setenv("SSL_CERT_FILE", pki_path("root.pem"), 1);
	assert_int_equal(try_trust(pki_path("other_root.pem")), ERR_CERT_AUTHORITY);
}

static void any_certificate_may_be_a_root(void **state)
{
	(void)state;
	assert_int_equal(try_trust(pki_path("intermediate.pem")), 0);
}

static void without_one_the_environment_or_the_system_has_them(void **state)
{
	(void)state;
	assert_int_equal(try_trust(NULL), ERR_CERT_AUTHORITY);
	setenv("SSL_CERT_FILE", pki_path("root.pem"), 1);
	assert_int_equal(try_trust(NULL), 0);
}

/* The files of such a folder are named for the digest of the subject. */
static void a_folder_of_roots_is_read_when_it_is_needed(void **state)
{
	char name[32];
	X509 *root = NULL;
	BIO *bio = BIO_new_file(pki_path("root.pem"), "r");

	(void)state;
	assert_non_null(PEM_read_bio_X509(bio, &root, NULL, NULL));
	BIO_free(bio);
	snprintf(name, sizeof(name), "%08lx.0", X509_subject_name_hash(root));
	X509_free(root);
	setenv("SSL_CERT_FILE", "/nowhere", 1);
	setenv("SSL_CERT_DIR", folder, 1);
	assert_int_equal(try_trust(NULL), ERR_CERT_AUTHORITY);
	write_file(name, pki_bytes("root.pem"));
	assert_int_equal(try_trust(NULL), 0);
}

static void a_bad_file_of_roots_is_a_failure(void **state)
{
	const struct {
		const char *name;
		struct span bytes;
		enum err err;
	} rows[] = {
		{"empty", SPAN(""), ERR_INVALID},
		{"text", SPAN("hello\n"), ERR_INVALID},
		{"broken",
		 SPAN("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		 ERR_INVALID},
		{"cut", {pki_bytes("root.pem").at, 300}, ERR_INVALID},
		{"key", pki_bytes("good.key"), ERR_INVALID},
		{"missing", {0}, ERR_FILE_MISSING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct trust_options options = {.ca_file = path_of(rows[i].name)};
		struct fault fault = {0};
		struct trust *trust = NULL;

		if (rows[i].bytes.at)
			write_file(rows[i].name, rows[i].bytes);
		assert_int_equal(trust_new(&options, &trust, &fault), rows[i].err);
		assert_int_equal(fault.err, rows[i].err);
		assert_non_null(fault.what);
		assert_null(trust);
	}
}

static void a_folder_is_no_file_of_roots(void **state)
{
	const struct trust_options options = {.ca_file = folder};
	struct fault fault = {0};
	struct trust *trust;

	(void)state;
	assert_int_equal(trust_new(&options, &trust, &fault), ERR_INVALID);
}

static void one_that_may_not_be_read_is_a_failure(void **state)
{
	const struct trust_options options = {.ca_file = path_of("secret")};
	struct fault fault = {0};
	struct trust *trust;

	(void)state;
	if (geteuid() == 0)
		skip();
	write_file("secret", pki_bytes("root.pem"));
	assert_int_equal(chmod(path_of("secret"), 0), 0);
	assert_int_equal(trust_new(&options, &trust, &fault), ERR_FILE_DENIED);
}

/* How many lines of the file begin with word. */
static unsigned count_lines(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	unsigned count = 0;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		count += strncmp(line, word, strlen(word)) == 0;
		assert_int_equal(line[strlen(line) - 1], '\n');
	}
	fclose(file);
	return count;
}

static void secrets_are_logged_for_who_asks_for_it(void **state)
{
	struct stat info;

	(void)state;
	setenv("SSLKEYLOGFILE", path_of("keys"), 1);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(try_trust(pki_path("root.pem")), 0);
		assert_int_equal(count_lines(path_of("keys"), "CLIENT_TRAFFIC_SECRET_0 "),
				 i);
		assert_int_equal(count_lines(path_of("keys"), "SERVER_TRAFFIC_SECRET_0 "),
				 i);
	}
	assert_int_equal(stat(path_of("keys"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
}

static void a_key_log_that_cannot_be_written_is_no_failure(void **state)
{
	(void)state;
	setenv("SSLKEYLOGFILE", "/nowhere/keys", 1);
	assert_int_equal(try_trust(pki_path("root.pem")), 0);
	setenv("SSLKEYLOGFILE", "/dev/full", 1);
	assert_int_equal(try_trust(pki_path("root.pem")), 0);
	setenv("SSLKEYLOGFILE", "", 1);
	assert_int_equal(try_trust(pki_path("root.pem")), 0);
}

static void the_rules_are_strict(void **state)
{
	const struct trust_options options = {0};
	struct fault fault = {0};
	struct trust *trust;
	const SSL_CTX *ctx;

	(void)state;
	assert_int_equal(trust_new(&options, &trust, &fault), 0);
	ctx = trust_ssl_ctx(trust);
	assert_true(SSL_CTX_get_security_level(ctx) >= TRUST_SECURITY_LEVEL);
	assert_true(SSL_CTX_get_min_proto_version(trust_ssl_ctx(trust)) >=
		    TLS1_2_VERSION);
	assert_int_equal(SSL_CTX_get_verify_mode(ctx), SSL_VERIFY_PEER);
	assert_int_equal(SSL_CTX_get_options(ctx) &
				 (SSL_OP_NO_COMPRESSION |
				  SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
				  SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET),
			 SSL_OP_NO_COMPRESSION);
	assert_non_null(trust_resumption(trust));
	trust_free(trust);
	trust_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_of_roots_is_the_only_one),
		TEST(any_certificate_may_be_a_root),
		TEST(without_one_the_environment_or_the_system_has_them),
		TEST(a_folder_of_roots_is_read_when_it_is_needed),
		TEST(a_bad_file_of_roots_is_a_failure),
		TEST(a_folder_is_no_file_of_roots),
		TEST(one_that_may_not_be_read_is_a_failure),
		TEST(secrets_are_logged_for_who_asks_for_it),
		TEST(a_key_log_that_cannot_be_written_is_no_failure),
		TEST(the_rules_are_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
