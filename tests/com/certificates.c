/* SPDX-License-Identifier: MIT */
/* The program's own certificates by the functions of ixhr2.h, and their HRESULTs. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "engine/session.h"
#include "ixhr2/ixhr2.h"
#include "lib/pki.h"

/* What a pin that is wrong or missing gives. */
#define PIN_NEEDED ((HRESULT)0x80072F0C)

static char data_dir[64]; /* of the test, removed behind it */

static int begin(void **state)
{
	(void)state;
	strcpy(data_dir, "/tmp/ixhr2-certs-XXXXXX");
	if (!mkdtemp(data_dir))
		return -1;
	return ixhr2_configure(IXHR2_OPTION_DATA_DIR, data_dir) == S_OK ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	session_reset();
	snprintf(command, sizeof(command), "rm -rf '%s'", data_dir);
	return system(command);
}

/* What the list has shown. */
struct shown {
	unsigned count;			/* how many */
	struct ixhr2_certificate first; /* the first; its texts are copies */
	char path[200];			/* of these */
	char subject[100];
	char issuer[100];
};

static void note(void *owner, const struct ixhr2_certificate *certificate)
{
	struct shown *shown = owner;

	if (shown->count++)
		return;
	shown->first = *certificate;
	snprintf(shown->path, sizeof(shown->path), "%s", certificate->path);
	if (certificate->subject)
		snprintf(shown->subject, sizeof(shown->subject), "%s",
			 certificate->subject);
	if (certificate->issuer)
		snprintf(shown->issuer, sizeof(shown->issuer), "%s", certificate->issuer);
}

static struct shown list(const char *pin)
{
	struct shown shown = {0};

	assert_int_equal(ixhr2_list_certificates(pin, note, &shown), S_OK);
	return shown;
}

/* ---- tests ---- */

static void what_was_added_is_listed_and_removed(void **state)
{
	unsigned char sha1[HASH_MAX_BYTES], sha256[HASH_MAX_BYTES];
	BYTE added[32] = {0};
	struct shown shown;

	(void)state;
	assert_int_equal(hash_of(HASH_SHA1, pki_bytes("client.der"), sha1), 0);
	assert_int_equal(hash_of(HASH_SHA256, pki_bytes("client.der"), sha256), 0);
	assert_int_equal(list(NULL).count, 0);
	assert_int_equal(ixhr2_add_certificate(pki_path("client.pem"),
					       pki_path("client.key"), NULL, added),
			 S_OK);
	assert_memory_equal(added, sha256, 32);

	shown = list(NULL);
	assert_int_equal(shown.count, 1);
	assert_memory_equal(shown.first.sha1, sha1, 20);
	assert_memory_equal(shown.first.sha256, sha256, 32);
	assert_string_equal(shown.subject, "CN=Ann,O=Ixhr2 Tests");
	assert_string_equal(shown.issuer, "CN=Client Root,O=Ixhr2 B\xC3\xBC"
					  "cher,C=DE");
	assert_int_equal(shown.first.to - shown.first.from, 410 * 24 * 3600);
	assert_int_equal(strncmp(shown.path, data_dir, strlen(data_dir)), 0);
	assert_false(shown.first.is_locked);
	assert_false(shown.first.is_encrypted);
	assert_false(shown.first.is_exposed);

	assert_int_equal(chmod(shown.path, 0644), 0);
	assert_true(list(NULL).first.is_exposed);
	assert_int_equal(ixhr2_remove_certificate(20, sha1), S_OK);
	assert_int_equal(list(NULL).count, 0);
	assert_int_equal(ixhr2_remove_certificate(20, sha1), S_FALSE);
	assert_int_equal(ixhr2_remove_certificate(32, sha256), S_FALSE);
}

static void a_locked_one_shows_nothing_but_its_file(void **state)
{
	static const BYTE zeroes[32] = {0};
	BYTE added[32];
	struct shown shown;

	(void)state;
	assert_int_equal(ixhr2_add_certificate(pki_path("client_locked.p12"), NULL,
					       "secret", added),
			 S_OK);
	shown = list(NULL);
	assert_int_equal(shown.count, 1);
	assert_true(shown.first.is_locked);
	assert_null(shown.first.subject);
	assert_null(shown.first.issuer);
	assert_int_equal(shown.first.from, 0);
	assert_int_equal(shown.first.to, 0);
	assert_memory_equal(shown.first.sha1, zeroes, 20);
	assert_memory_equal(shown.first.sha256, zeroes, 32);
	shown = list("secret");
	assert_false(shown.first.is_locked);
	assert_true(shown.first.is_encrypted);
	assert_memory_equal(shown.first.sha256, added, 32);
	assert_int_equal(ixhr2_remove_certificate(32, added), S_OK);
}

static void each_failure_has_its_hresult(void **state)
{
	static const struct {
		const char *file, *key_file, *pin;
		HRESULT hr;
	} rows[] = {
		{"client.pem", NULL, NULL, E_INVALIDARG},
		{"client.pem", "client_rsa.key", NULL, E_INVALIDARG},
		{"client_locked.p12", NULL, NULL, PIN_NEEDED},
		{"client_locked.p12", NULL, "wrong", PIN_NEEDED},
		{"client.pem", "client_locked.key", NULL, PIN_NEEDED},
		{"nothing.pem", NULL, NULL, STG_E_FILENOTFOUND},
		{"client.pem", "nothing.key", NULL, STG_E_FILENOTFOUND},
		{".", NULL, NULL, STG_E_ACCESSDENIED},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_int_equal(
			ixhr2_add_certificate(
				pki_path(rows[i].file),
				rows[i].key_file ? pki_path(rows[i].key_file) : NULL,
				rows[i].pin, NULL),
			rows[i].hr);
	assert_int_equal(list(NULL).count, 0);
	assert_int_equal(ixhr2_add_certificate("/dev/null", NULL, NULL, NULL),
			 E_INVALIDARG);
}

static void arguments_are_looked_at(void **state)
{
	static const BYTE hash[32] = {0};

	(void)state;
	assert_int_equal(ixhr2_list_certificates(NULL, NULL, NULL), E_POINTER);
	assert_int_equal(ixhr2_add_certificate(NULL, NULL, NULL, NULL), E_POINTER);
	assert_int_equal(ixhr2_remove_certificate(20, NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_remove_certificate(0, hash), E_INVALIDARG);
	assert_int_equal(ixhr2_remove_certificate(19, hash), E_INVALIDARG);
	assert_int_equal(ixhr2_remove_certificate(21, hash), E_INVALIDARG);
	assert_int_equal(ixhr2_remove_certificate(33, hash), E_INVALIDARG);
	assert_int_equal(ixhr2_remove_certificate(20, hash), S_FALSE);
	assert_int_equal(
		ixhr2_add_certificate(pki_path("client_both.pem"), NULL, NULL, NULL),
		S_OK);
}

static void the_folder_may_be_refused(void **state)
{
	static const BYTE hash[32] = {0};
	bool is_root = geteuid() == 0;
	struct shown shown = {0};
	char my[100];
	HRESULT listed, removed;

	(void)state;
	snprintf(my, sizeof(my), "%s/my", data_dir);
	assert_int_equal(mkdir(my, 0), 0);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	listed = ixhr2_list_certificates(NULL, note, &shown);
	removed = ixhr2_remove_certificate(32, hash);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(listed, STG_E_ACCESSDENIED);
	assert_int_equal(removed, STG_E_ACCESSDENIED);

	/* A file has its name. */
	assert_int_equal(rmdir(my), 0);
	fclose(fopen(my, "w"));
	assert_int_equal(list(NULL).count, 0);
	assert_int_equal(ixhr2_remove_certificate(32, hash), S_FALSE);
	assert_int_equal(
		ixhr2_add_certificate(pki_path("client_both.pem"), NULL, NULL, NULL),
		E_FAIL);
}

static void there_may_be_no_folder(void **state)
{
	static const BYTE hash[32] = {0};
	const char *home = getenv("HOME"), *data_home = getenv("XDG_DATA_HOME");
	struct shown shown = {0};

	(void)state;
	session_reset();
	unsetenv("IXHR2_DATA_DIR");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HOME");
	assert_int_equal(ixhr2_list_certificates(NULL, note, &shown), STG_E_FILENOTFOUND);
	assert_int_equal(ixhr2_remove_certificate(20, hash), STG_E_FILENOTFOUND);
	assert_int_equal(
		ixhr2_add_certificate(pki_path("client_both.pem"), NULL, NULL, NULL),
		STG_E_FILENOTFOUND);
	if (home)
		setenv("HOME", home, 1);
	if (data_home)
		setenv("XDG_DATA_HOME", data_home, 1);
}

static void any_allocation_may_fail(void **state)
{
	const char *path = pki_path("client_both.pem");
	bool has_failed = true;

	(void)state;
	assert_int_equal(ixhr2_add_certificate(path, NULL, NULL, NULL), S_OK);
	for (unsigned long n = 1; has_failed; n++) {
		long before = mem_live_blocks();
		struct shown shown = {0};
		HRESULT listed, added;

		mem_fail_at(n);
		listed = ixhr2_list_certificates(NULL, note, &shown);
		added = ixhr2_add_certificate(path, NULL, NULL, NULL);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(listed == E_OUTOFMEMORY || added == E_OUTOFMEMORY,
				 has_failed);
		assert_int_equal(listed == S_OK && added == S_OK, !has_failed);
		assert_int_equal(mem_live_blocks(), before);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_added_is_listed_and_removed),
		TEST(a_locked_one_shows_nothing_but_its_file),
		TEST(each_failure_has_its_hresult),
		TEST(arguments_are_looked_at),
		TEST(the_folder_may_be_refused),
		TEST(there_may_be_no_folder),
		TEST(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
