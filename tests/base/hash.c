/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "lib/openssl_memory.h"
#include "lib/pieces.h"

/* Of FIPS 180-4, RFC 1321 and NIST's examples. */
static const struct {
	enum hash_kind kind;
	const char *text;
	const char *digest;
} rows[] = {
	{HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
	{HASH_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
	{HASH_MD5,
	 "1234567890123456789012345678901234567890123456789012345678901234567890123456789"
	 "0",
	 "57edf4a22be3c955ac49da2e2107b67a"},
	{HASH_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{HASH_SHA256, "",
	 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{HASH_SHA256, "abc",
	 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{HASH_SHA512_256, "abc",
	 "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
};

static void assert_digest(enum hash_kind kind, const unsigned char *digest,
			  const char *expected)
{
	struct span bytes = span_of((const char *)digest, hash_bytes(kind));
	struct buf hex = {0};

	assert_int_equal(text_put_hex(&hex, bytes), ERR_NONE);
	assert_span(buf_span(&hex), span_str(expected));
	buf_done(&hex);
}

static void digests_have_their_lengths(void **state)
{
	(void)state;
	assert_int_equal(hash_bytes(HASH_MD5), 16);
	assert_int_equal(hash_bytes(HASH_SHA1), 20);
	assert_int_equal(hash_bytes(HASH_SHA256), 32);
	assert_int_equal(hash_bytes(HASH_SHA512_256), 32);
}

static void a_span_has_its_digest(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span text = guard_copy(&guard, span_str(rows[i].text));
		unsigned char digest[HASH_MAX_BYTES];

		assert_int_equal(hash_of(rows[i].kind, text, digest), ERR_NONE);
		assert_digest(rows[i].kind, digest, rows[i].digest);
	}
	guard_done(&guard);
}

static void pieces_have_the_digest_of_the_whole(void **state)
{
	(void)state;
	for (size_t n = 1; n <= PIECES_MAX_BYTES; n++) {
		for (size_t i = 0; i < TEST_COUNT(rows); i++) {
			struct pieces pieces = {.rest = span_str(rows[i].text),
						.bytes = n};
			unsigned char digest[HASH_MAX_BYTES];
			struct hash *hash;
			struct span piece;

			assert_int_equal(hash_new(rows[i].kind, &hash), ERR_NONE);
			while (pieces_next(&pieces, &piece))
				assert_int_equal(hash_put(hash, piece), ERR_NONE);
			assert_int_equal(hash_end(hash, digest), ERR_NONE);
			assert_digest(rows[i].kind, digest, rows[i].digest);
			hash_free(hash);
			pieces_done(&pieces);
		}
	}
}

static void an_unfinished_digest_can_be_freed(void **state)
{
	struct hash *hash;

	(void)state;
	assert_int_equal(hash_new(HASH_SHA256, &hash), ERR_NONE);
	assert_int_equal(hash_put(hash, SPAN("abc")), ERR_NONE);
	hash_free(hash);
	hash_free(NULL);
}

static void a_failing_allocation_makes_no_digest(void **state)
{
	bool has_failed = true;

	(void)state;
	for (unsigned long n = 1; has_failed; n++) {
		struct hash *hash = NULL;
		enum err err;

		mem_fail_at(n);
		err = hash_new(HASH_MD5, &hash);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		/* OpenSSL may do without. */
		assert_true(!err || (has_failed && err == ERR_NO_MEMORY));
		assert_int_equal(hash != NULL, !err);
		hash_free(hash);
	}
}

/* libcrypto's; its headers have an ERR_ vocabulary of their own. */
int EVP_set_default_properties(void *library, const char *properties);
unsigned long ERR_peek_error(void);

static void a_kind_that_libcrypto_refuses_is_an_error(void **state)
{
	unsigned char digest[HASH_MAX_BYTES];
	struct hash *hash = NULL;

	(void)state;
	assert_int_equal(EVP_set_default_properties(NULL, "no=such"), 1);
	assert_int_equal(hash_of(HASH_MD5, SPAN("abc"), digest), ERR_SYSTEM);
	assert_int_equal(hash_new(HASH_MD5, &hash), ERR_SYSTEM);
	assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
	assert_null(hash);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(hash_of(HASH_MD5, SPAN("abc"), digest), ERR_NONE);
}

static void random_bytes_fill_what_was_asked_for(void **state)
{
	/* More than the 256 bytes that the kernel promises without a break. */
	static char big[1000];
	struct guard guard = {0};
	char *first = guard_room(&guard, 32);
	char second[32];

	(void)state;
	assert_int_equal(hash_random(first, 32), ERR_NONE);
	assert_int_equal(hash_random(second, sizeof(second)), ERR_NONE);
	assert_memory_not_equal(first, second, sizeof(second));
	assert_int_equal(hash_random(big, sizeof(big)), ERR_NONE);
	assert_memory_not_equal(big + sizeof(big) - 32, big + sizeof(big) - 64, 32);
	assert_int_equal(hash_random(NULL, 0), ERR_NONE);
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_have_their_lengths),
		cmocka_unit_test(a_span_has_its_digest),
		cmocka_unit_test(pieces_have_the_digest_of_the_whole),
		cmocka_unit_test(an_unfinished_digest_can_be_freed),
		cmocka_unit_test(a_failing_allocation_makes_no_digest),
		cmocka_unit_test(a_kind_that_libcrypto_refuses_is_an_error),
		cmocka_unit_test(random_bytes_fill_what_was_asked_for),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
