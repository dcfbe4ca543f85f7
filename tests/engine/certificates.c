/* SPDX-License-Identifier: MIT */
/*
 * What stays in memory of the folder of certificates, for whom, and for how long. What
 * was kept is told from what was read again by its address. Each test has a data folder
 * of its own.
 */
#include "lib/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "engine/certificates.h"
#include "engine/session.h"
#include "lib/pki.h"

static char data_dir[64]; /* of the test, removed behind it */
static char folder[80];	  /* "my" in it */

static int begin(void **state)
{
	(void)state;
	strcpy(data_dir, "/tmp/ixhr2-certs-XXXXXX");
	if (!mkdtemp(data_dir))
		return -1;
	snprintf(folder, sizeof(folder), "%s/my", data_dir);
	setenv("IXHR2_DATA_DIR", data_dir, 1);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	certificates_reset();
	session_reset();
	unsetenv("IXHR2_DATA_DIR");
	snprintf(command, sizeof(command), "rm -rf '%s'*", data_dir);
	return system(command);
}

/* Has the folder changed last so many seconds ago. */
static void age_folder(time_t ago_s)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - ago_s},
				    {.tv_sec = time(NULL) - ago_s}};

	assert_int_equal(utimensat(AT_FDCWD, folder, times, 0), 0);
}

static void add(const char *file, const char *pin)
{
	unsigned char sha256[IDENTITY_SHA256_BYTES];

	assert_int_equal(certificates_add(pki_path(file), NULL, pin, sha256), 0);
	age_folder(100);
}

static struct span thumbprint_of(const char *der_file, enum hash_kind kind)
{
	static __thread unsigned char digest[HASH_MAX_BYTES];

	assert_int_equal(hash_of(kind, pki_bytes(der_file), digest), 0);
	return span_of((char *)digest, hash_bytes(kind));
}

static struct span client(void)
{
	return thumbprint_of("client.der", HASH_SHA256);
}

static enum err try_get(struct span thumbprint, const char *pin)
{
	const struct identity *identity = NULL;
	struct fault fault = {0};
	enum err err = certificates_get(thumbprint, pin, &identity, &fault);

	assert_true(!err == !!identity);
	assert_int_equal(fault.err, err);
	identity_unref(identity);
	return err;
}

/* A reference to what is answered. */
static const struct identity *get(struct span thumbprint, const char *pin)
{
	const struct identity *identity = NULL;
	struct fault fault = {0};

	assert_int_equal(certificates_get(thumbprint, pin, &identity, &fault), 0);
	assert_true(identity_has(identity, thumbprint));
	return identity;
}

/* Whether the same is answered again. first is a reference, which is given back. */
static bool is_kept(const struct identity *first, struct span thumbprint, const char *pin)
{
	const struct identity *again = get(thumbprint, pin);
	bool is_same = again == first;

	identity_unref(first);
	identity_unref(again);
	return is_same;
}

/* ---- tests ---- */

static void what_was_opened_is_kept(void **state)
{
	(void)state;
	add("client_locked.p12", "secret");
	assert_true(is_kept(get(client(), "secret"), client(), "secret"));
	assert_true(is_kept(get(thumbprint_of("client.der", HASH_SHA1), "secret"),
			    thumbprint_of("client.der", HASH_SHA1), "secret"));
}

static void a_wrong_pin_gets_nothing_that_is_kept(void **state)
{
	(void)state;
	add("client_locked.p12", "secret");
	assert_int_equal(try_get(client(), "wrong"), ERR_PIN);
	identity_unref(get(client(), "secret"));
	assert_int_equal(try_get(client(), "wrong"), ERR_PIN);
	assert_int_equal(try_get(client(), "secre"), ERR_PIN);
	assert_int_equal(try_get(client(), ""), ERR_PIN);
	assert_int_equal(try_get(client(), NULL), ERR_PIN);
	assert_true(is_kept(get(client(), "secret"), client(), "secret"));
}

static void another_thumbprint_gets_another(void **state)
{
	struct span ron;

	(void)state;
	add("client_both.pem", NULL);
	add("client_rsa_both.pem", NULL);
	identity_unref(get(client(), NULL));
	ron = thumbprint_of("client_rsa.der", HASH_SHA256);
	identity_unref(get(ron, NULL));
	assert_int_equal(try_get(thumbprint_of("good.der", HASH_SHA256), NULL),
			 ERR_CLIENT_CERT);
}

static void a_length_of_no_thumbprint_is_refused(void **state)
{
	(void)state;
	add("client_both.pem", NULL);
	for (size_t len = 0; len < 32; len++)
		if (len != 20)
			assert_int_equal(try_get(span_of(client().at, len), NULL),
					 ERR_INVALID);
}

static void a_change_of_the_folder_forgets(void **state)
{
	const struct identity *before;
	char command[500];

	(void)state;
	add("client_both.pem", NULL);
	before = get(client(), NULL);
	age_folder(50);
	assert_false(is_kept(before, client(), NULL));

	before = get(client(), NULL);
	add("client_rsa_both.pem", NULL);
	assert_false(is_kept(before, client(), NULL));

	/* Another folder of the same name and time. */
	before = get(client(), NULL);
	snprintf(command, sizeof(command),
		 "cp -a '%s' '%s/new' && mv '%s' '%s/old' && "
		 "mv '%s/new' '%s'",
		 folder, data_dir, folder, data_dir, data_dir, folder);
	assert_int_equal(system(command), 0);
	assert_false(is_kept(before, client(), NULL));
}

static void what_is_removed_is_not_kept(void **state)
{
	char away[100];

	(void)state;
	add("client_both.pem", NULL);
	identity_unref(get(client(), NULL));
	assert_int_equal(certificates_remove(client()), 0);
	assert_int_equal(try_get(client(), NULL), ERR_CLIENT_CERT);
	assert_int_equal(certificates_remove(client()), ERR_MISSING);

	add("client_both.pem", NULL);
	identity_unref(get(client(), NULL));
	snprintf(away, sizeof(away), "%s.away", folder);
	assert_int_equal(rename(folder, away), 0);
	assert_int_equal(try_get(client(), NULL), ERR_CLIENT_CERT);
}

static void nothing_is_kept_of_a_folder_that_has_just_changed(void **state)
{
	(void)state;
	add("client_both.pem", NULL);
	age_folder(0);
	assert_false(is_kept(get(client(), NULL), client(), NULL));
	age_folder(-1000);
	assert_false(is_kept(get(client(), NULL), client(), NULL));
}

static void the_one_used_longest_ago_goes_first(void **state)
{
	const struct identity *kept[CERTIFICATES_MAX_KEPT];
	char pin[16];

	(void)state;
	add("client_both.pem", NULL);
	for (int i = 0; i < CERTIFICATES_MAX_KEPT; i++) {
		snprintf(pin, sizeof(pin), "%d", i);
		kept[i] = get(client(), pin);
	}
	assert_true(is_kept(kept[0], client(), "0"));
	identity_unref(get(client(), "one more"));
	assert_false(is_kept(kept[1], client(), "1"));
	for (int i = 3; i < CERTIFICATES_MAX_KEPT; i++) {
		snprintf(pin, sizeof(pin), "%d", i);
		assert_true(is_kept(kept[i], client(), pin));
	}
	identity_unref(kept[2]);
	assert_true(is_kept(get(client(), "0"), client(), "0"));
}

static void the_data_folder_is_that_of_the_configuration(void **state)
{
	struct session *session;
	char *path;

	(void)state;
	add("client_both.pem", NULL);
	setenv("IXHR2_DATA_DIR", "/nonexistent", 1);
	assert_int_equal(try_get(client(), NULL), ERR_CLIENT_CERT);
	assert_int_equal(session_configure(SESSION_DATA_DIR, data_dir), 0);
	assert_int_equal(try_get(client(), NULL), 0);
	assert_int_equal(session_get(&session), 0);
	assert_int_equal(try_get(client(), NULL), 0);
	assert_int_equal(session_data_dir(&path), 0);
	assert_int_equal(strncmp(path, data_dir, strlen(data_dir)), 0);
	mem_free(path);
}

static void the_environment_is_frozen_by_the_first_use_only(void **state)
{
	struct session *session;

	(void)state;
	add("client_both.pem", NULL);
	setenv("IXHR2_DATA_DIR", "/nonexistent", 1);
	assert_int_equal(try_get(client(), NULL), ERR_CLIENT_CERT);
	setenv("IXHR2_DATA_DIR", data_dir, 1);
	assert_int_equal(session_get(&session), 0);
	setenv("IXHR2_DATA_DIR", "/nonexistent", 1);
	assert_int_equal(try_get(client(), NULL), 0);
}

static void without_a_home_there_is_nothing(void **state)
{
	unsigned char sha256[IDENTITY_SHA256_BYTES];
	const char *home = getenv("HOME"), *data_home = getenv("XDG_DATA_HOME");

	(void)state;
	unsetenv("IXHR2_DATA_DIR");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HOME");
	assert_int_equal(try_get(client(), NULL), ERR_CLIENT_CERT);
	assert_int_equal(certificates_list(NULL, NULL, NULL), ERR_FILE_MISSING);
	assert_int_equal(certificates_remove(client()), ERR_FILE_MISSING);
	assert_int_equal(
		certificates_add(pki_path("client_both.pem"), NULL, NULL, sha256),
		ERR_FILE_MISSING);
	if (home)
		setenv("HOME", home, 1);
	if (data_home)
		setenv("XDG_DATA_HOME", data_home, 1);
}

static void note_path(void *owner, const struct keyring_entry *entry)
{
	snprintf(owner, 200, "%s", entry->path);
}

static void the_list_has_clean_paths(void **state)
{
	char path[200] = "", slashes[100];

	(void)state;
	add("client_both.pem", NULL);
	snprintf(slashes, sizeof(slashes), "%s///", data_dir);
	setenv("IXHR2_DATA_DIR", slashes, 1);
	assert_int_equal(certificates_list(NULL, note_path, path), 0);
	assert_int_equal(strncmp(path, folder, strlen(folder)), 0);
	assert_int_equal(path[strlen(folder)], '/');
	assert_int_not_equal(path[strlen(folder) + 1], '/');
}

/* ---- threads, forks, memory ---- */

/* How often each thread asks. */
#define ROUNDS 200

static void *get_often(void *pin)
{
	for (int i = 0; i < ROUNDS; i++) {
		const struct identity *identity = NULL;
		struct fault fault = {0};
		enum err err = certificates_get(client(), pin, &identity, &fault);

		if (pin && strcmp(pin, "wrong") == 0 ? err != ERR_PIN : err != 0)
			return pin;
		identity_unref(identity);
	}
	return NULL;
}

static void many_threads_may_ask_at_once(void **state)
{
	static char secret[] = "secret", wrong[] = "wrong";
	pthread_t threads[6];
	void *failed;

	(void)state;
	add("client_locked.p12", "secret");
	for (size_t i = 0; i < TEST_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, get_often,
						i % 3 == 2 ? wrong : secret),
				 0);
	for (int i = 0; i < 20; i++) {
		age_folder(50 + i);
		if (i % 5 == 0)
			certificates_reset();
	}
	for (size_t i = 0; i < TEST_COUNT(threads); i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
}

/* What a thread does that the child, which does not have it, need not join. Only what is
 * in memory is asked for: OpenSSL has locks of its own, which fork does not know. */
struct asking {
	struct span thumbprint; /* asked for */
	atomic_bool is_told;	/* to end */
	sem_t ended;		/* posted when it does */
};

static void *ask_until_told(void *arg)
{
	struct asking *asking = arg;

	while (!atomic_load(&asking->is_told))
		if (try_get(asking->thumbprint, NULL))
			break;
	sem_post(&asking->ended);
	return NULL;
}

static void a_child_has_what_its_parent_had(void **state)
{
	struct asking asking = {.thumbprint = client()};
	pthread_t thread;

	(void)state;
	assert_int_equal(sem_init(&asking.ended, 0, 0), 0);
	add("client_both.pem", NULL);
	identity_unref(get(asking.thumbprint, NULL));
	assert_int_equal(pthread_create(&thread, NULL, ask_until_told, &asking), 0);
	pthread_detach(thread);
	for (int i = 0; i < 50; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(try_get(asking.thumbprint, NULL) != 0);
		assert_true(child > 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	/* It has not ended by itself. */
	assert_int_not_equal(sem_trywait(&asking.ended), 0);
	atomic_store(&asking.is_told, true);
	while (sem_wait(&asking.ended))
		;
	sem_destroy(&asking.ended);
}

static void any_allocation_may_fail(void **state)
{
	struct span thumbprint = client();
	bool has_failed = true;

	(void)state;
	add("client_both.pem", NULL);
	identity_unref(get(thumbprint, NULL));
	certificates_reset();
	for (unsigned long n = 1; has_failed; n++) {
		long before = mem_live_blocks();
		enum err err;

		mem_fail_at(n);
		err = try_get(thumbprint, NULL);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : 0);
		certificates_reset();
		assert_int_equal(mem_live_blocks(), before);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_opened_is_kept),
		TEST(a_wrong_pin_gets_nothing_that_is_kept),
		TEST(another_thumbprint_gets_another),
		TEST(a_length_of_no_thumbprint_is_refused),
		TEST(a_change_of_the_folder_forgets),
		TEST(what_is_removed_is_not_kept),
		TEST(nothing_is_kept_of_a_folder_that_has_just_changed),
		TEST(the_one_used_longest_ago_goes_first),
		TEST(the_data_folder_is_that_of_the_configuration),
		TEST(the_environment_is_frozen_by_the_first_use_only),
		TEST(without_a_home_there_is_nothing),
		TEST(the_list_has_clean_paths),
		TEST(many_threads_may_ask_at_once),
		TEST(a_child_has_what_its_parent_had),
		TEST(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
