/* SPDX-License-Identifier: MIT */
/* The strings are those of CertNameToStr, as Microsoft documents them. */
#include "lib/test.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lib/openssl_memory.h"
#include "lib/pki.h"
#include "tls/issuers.h"

#define MAX_VALUES 4

/* One attribute of a name. */
struct value {
	int type;	   /* of ASN.1; 0: the end */
	struct span bytes; /* as that type has them */
	int set; /* as X509_NAME_add_entry_by_NID has it: 0 a new RDN, -1 the same */
};

struct issuer_case {
	struct value values[MAX_VALUES + 1];
	struct span string;
};

#define TEXT(text)                                                                       \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}
#define UTF8(text)                                                                       \
	{                                                                                \
		{                                                                        \
			V_ASN1_UTF8STRING, TEXT(text), 0                                 \
		}                                                                        \
	}

static const struct issuer_case cases[] = {
	{UTF8("CA"), TEXT("CA")},
	{{{V_ASN1_PRINTABLESTRING, TEXT("DE"), 0},
	  {V_ASN1_UTF8STRING, TEXT("An Organisation"), 0},
	  {V_ASN1_UTF8STRING, TEXT("CA"), 0}},
	 TEXT("DE\r\nAn Organisation\r\nCA")},
	{{{V_ASN1_UTF8STRING, TEXT("a"), 0},
	  {V_ASN1_UTF8STRING, TEXT("b"), -1},
	  {V_ASN1_UTF8STRING, TEXT("c"), 0}},
	 TEXT("a + b\r\nc")},
	{{{0}}, TEXT("")},

	/* All kinds of strings. */
	{{{V_ASN1_UTF8STRING, TEXT("B\xC3\xBC"), 0}}, TEXT("B\xC3\xBC")},
	{{{V_ASN1_T61STRING, TEXT("B\xFC"), 0}}, TEXT("B\xC3\xBC")},
	{{{V_ASN1_IA5STRING, TEXT("a@b"), 0}}, TEXT("a@b")},
	{{{V_ASN1_BMPSTRING, TEXT("\0B\0\xFC\x20\xAC"), 0}},
	 TEXT("B\xC3\xBC\xE2\x82\xAC")},
	{{{V_ASN1_UNIVERSALSTRING, TEXT("\0\0\0B\0\1\xF6\0"), 0}},
	 TEXT("B\xF0\x9F\x98\x80")},
	{{{V_ASN1_UTF8STRING, TEXT("a\0b\0"), 0}}, TEXT("ab")},

	/* What is no text; of other types and not UTF-8 OpenSSL makes no name. */
	{{{V_ASN1_UTF8STRING, TEXT("\xFF\x01"), 0}}, TEXT("#FF01")},
	{{{V_ASN1_BIT_STRING, TEXT("\x0A\x56\xCF"), 0}}, TEXT("#0A56CF")},

	/* Quotes. */
	{UTF8(""), TEXT("\"\"")},
	{UTF8("1"), TEXT("1")},
	{UTF8("'1'"), TEXT("'1'")},
	{UTF8(" 1"), TEXT("\" 1\"")},
	{UTF8("1 "), TEXT("\"1 \"")},
	{UTF8("1 2"), TEXT("1 2")},
	{UTF8("1  2"), TEXT("1  2")},
	{UTF8("\"1\""), TEXT("\"\"\"1\"\"\"")},
	{UTF8("1+2"), TEXT("\"1+2\"")},
	{UTF8("Some, Inc."), TEXT("\"Some, Inc.\"")},
	{UTF8("a=b"), TEXT("\"a=b\"")},
	{UTF8("<"), TEXT("\"<\"")},
	{UTF8(">"), TEXT("\">\"")},
	{UTF8("#"), TEXT("\"#\"")},
	{UTF8(";"), TEXT("\";\"")},
	{UTF8("a\nb"), TEXT("\"a\nb\"")},
	{UTF8("a\r\nb"), TEXT("\"a\r\nb\"")},
};

/* As it is after it was read. */
static X509_NAME *name_of(const struct value *values)
{
	X509_NAME *name = X509_NAME_new();

	for (const struct value *value = values; value->type; value++)
		assert_true(X509_NAME_add_entry_by_NID(
			name, NID_organizationName, value->type,
			(const unsigned char *)value->bytes.at, (int)value->bytes.len, -1,
			value->set));
	return name;
}

static STACK_OF(X509_NAME) * all_names(void)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();

	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_true(sk_X509_NAME_push(names, name_of(cases[i].values)));
	return names;
}

static void free_names(STACK_OF(X509_NAME) * names)
{
	sk_X509_NAME_pop_free(names, X509_NAME_free);
}

static void assert_as_in_table(const struct issuers *issuers)
{
	assert_int_equal(issuers->count, TEST_COUNT(cases));
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_span(issuers->name[i], cases[i].string);
}

static void names_are_written_as_the_table_says(void **state)
{
	STACK_OF(X509_NAME) *names = all_names();
	const struct issuers *issuers;

	(void)state;
	assert_int_equal(issuers_new(names, &issuers), 0);
	free_names(names);
	assert_as_in_table(issuers);
	issuers_unref(issuers);
}

static void a_server_may_take_any(void **state)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	const struct issuers *issuers;

	(void)state;
	assert_int_equal(issuers_new(NULL, &issuers), 0);
	assert_int_equal(issuers->count, 0);
	issuers_unref(issuers);
	assert_int_equal(issuers_new(names, &issuers), 0);
	assert_int_equal(issuers->count, 0);
	issuers_unref(issuers);
	free_names(names);
}

static void a_certificate_s_name_is_written(void **state)
{
	struct span der = pki_bytes("client_root.der");
	const unsigned char *at = (const unsigned char *)der.at;
	X509 *root = d2i_X509(NULL, &at, (long)der.len);
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	const struct issuers *issuers;

	(void)state;
	assert_true(sk_X509_NAME_push(names, X509_get_subject_name(root)));
	assert_int_equal(issuers_new(names, &issuers), 0);
	sk_X509_NAME_free(names);
	X509_free(root);
	assert_int_equal(issuers->count, 1);
	assert_span(issuers->name[0], SPAN("DE\r\nIxhr2 B\xC3\xBC"
					   "cher\r\nClient Root"));
	issuers_unref(issuers);
}

static void the_last_reference_frees(void **state)
{
	long before = mem_live_blocks();
	const struct issuers *issuers;

	(void)state;
	assert_int_equal(issuers_new(NULL, &issuers), 0);
	assert_ptr_equal(issuers_ref(issuers), issuers);
	issuers_unref(issuers);
	issuers_unref(issuers);
	assert_int_equal(mem_live_blocks(), before);
	assert_null(issuers_ref(NULL));
	issuers_unref(NULL);
}

static size_t count_of(size_t count, size_t value_bytes)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	char *text = calloc(1, value_bytes);
	struct value values[] = {{V_ASN1_UTF8STRING, span_of(text, value_bytes), 0}, {0}};
	const struct issuers *issuers;
	size_t taken;

	memset(text, 'a', value_bytes);
	for (size_t i = 0; i < count; i++)
		assert_true(sk_X509_NAME_push(names, name_of(values)));
	assert_int_equal(issuers_new(names, &issuers), 0);
	taken = issuers->count;
	for (size_t i = 0; i < taken; i++)
		assert_span(issuers->name[i], values[0].bytes);
	issuers_unref(issuers);
	free_names(names);
	free(text);
	return taken;
}

static void names_beyond_the_limits_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(count_of(ISSUERS_MAX_NAMES, 3), ISSUERS_MAX_NAMES);
	assert_int_equal(count_of(ISSUERS_MAX_NAMES + 1, 3), ISSUERS_MAX_NAMES);
	assert_int_equal(count_of(8, ISSUERS_MAX_BYTES / 8), 8);
	assert_int_equal(count_of(8, ISSUERS_MAX_BYTES / 8 + 1), 7);
	assert_int_equal(count_of(2, ISSUERS_MAX_BYTES + 1), 0);
}

static void out_of_memory_is_told(void **state)
{
	STACK_OF(X509_NAME) *names = all_names();
	bool has_failed = true;

	(void)state;
	for (unsigned long n = 1; has_failed; n++) {
		const struct issuers *issuers = NULL;
		enum err err;

		mem_fail_at(n);
		err = issuers_new(names, &issuers);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		if (err) {
			assert_int_equal(err, ERR_NO_MEMORY);
			assert_null(issuers);
			continue;
		}
		/* OpenSSL does without the memory for its words about errors. */
		assert_as_in_table(issuers);
		issuers_unref(issuers);
	}
	free_names(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written_as_the_table_says),
		cmocka_unit_test(a_server_may_take_any),
		cmocka_unit_test(a_certificate_s_name_is_written),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(names_beyond_the_limits_are_left_out),
		cmocka_unit_test(out_of_memory_is_told),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
