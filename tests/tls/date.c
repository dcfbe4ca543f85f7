/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <openssl/asn1.h>
#include <string.h>

#include "tls/date.h"

static const struct {
	int type; /* of ASN.1 */
	const char *text;
	enum err err;
	int64_t unix_s;
} cases[] = {
	{V_ASN1_UTCTIME, "700101000000Z", 0, 0},
	{V_ASN1_UTCTIME, "260101000000Z", 0, 1767225600},
	{V_ASN1_UTCTIME, "491231235959Z", 0, 2524607999},
	{V_ASN1_UTCTIME, "500101000000Z", 0, -631152000},
	{V_ASN1_GENERALIZEDTIME, "20260101000000Z", 0, 1767225600},
	{V_ASN1_GENERALIZEDTIME, "20240229120000Z", 0, 1709208000},
	{V_ASN1_GENERALIZEDTIME, "99991231235959Z", 0, 253402300799},
	{V_ASN1_GENERALIZEDTIME, "00010101000000Z", 0, -62135596800},
	{V_ASN1_GENERALIZEDTIME, "20260229120000Z", ERR_INVALID, 0},
	{V_ASN1_GENERALIZEDTIME, "20261301000000Z", ERR_INVALID, 0},
	{V_ASN1_GENERALIZEDTIME, "2026", ERR_INVALID, 0},
	{V_ASN1_GENERALIZEDTIME, "-0260101000000Z", ERR_INVALID, 0},
	{V_ASN1_UTCTIME, "", ERR_INVALID, 0},
	{V_ASN1_UTCTIME, "99", ERR_INVALID, 0},
	{V_ASN1_UTCTIME, "\r\n", ERR_INVALID, 0},
	{V_ASN1_IA5STRING, "260101000000Z", ERR_INVALID, 0},
};

static void dates_are_read_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		ASN1_TIME *date = ASN1_STRING_type_new(cases[i].type);
		int64_t unix_s = 42;

		assert_true(ASN1_STRING_set(date, cases[i].text, -1));
		assert_int_equal(date_read(date, &unix_s), cases[i].err);
		assert_int_equal(unix_s, cases[i].err ? 42 : cases[i].unix_s);
		ASN1_TIME_free(date);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read_as_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
