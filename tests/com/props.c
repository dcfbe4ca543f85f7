/* SPDX-License-Identifier: MIT */
#include "com/props.h"

#include "engine/request.h"
#include "lib/test.h"

#define ANY UINT64_MAX

/* Each property with values at the edges of what it can be. */
static const struct {
	XHR_PROPERTY property;
	uint64_t value;
	enum err err;
} rows[] = {
	{XHR_PROP_NO_CRED_PROMPT, XHR_CRED_PROMPT_ALL, ERR_NONE},
	{XHR_PROP_NO_CRED_PROMPT, XHR_CRED_PROMPT_PROXY, ERR_NONE},
	{XHR_PROP_NO_CRED_PROMPT, 3, ERR_INVALID},
	{XHR_PROP_NO_AUTH, XHR_AUTH_ALL, ERR_NONE},
	{XHR_PROP_NO_AUTH, XHR_AUTH_PROXY, ERR_NONE},
	{XHR_PROP_NO_AUTH, 3, ERR_INVALID},
	{XHR_PROP_TIMEOUT, 0, ERR_NONE},
	{XHR_PROP_TIMEOUT, 0xFFFFFFFF, ERR_NONE},
	{XHR_PROP_TIMEOUT, 0x100000000, ERR_INVALID},
	{XHR_PROP_NO_DEFAULT_HEADERS, TRUE, ERR_NONE},
	{XHR_PROP_NO_DEFAULT_HEADERS, ANY, ERR_NONE},
	{XHR_PROP_REPORT_REDIRECT_STATUS, TRUE, ERR_NONE},
	{XHR_PROP_NO_CACHE, TRUE, ERR_NONE},
	{XHR_PROP_EXTENDED_ERROR, TRUE, ERR_NONE},
	{XHR_PROP_QUERY_STRING_UTF8, TRUE, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, 0, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, TRUE, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, XHR_CERT_IGNORE_ALL_SERVER_ERRORS, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, XHR_CERT_IGNORE_REVOCATION_FAILED, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, XHR_CERT_IGNORE_UNKNOWN_CA, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, XHR_CERT_IGNORE_CERT_CN_INVALID, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, XHR_CERT_IGNORE_CERT_DATE_INVALID, ERR_NONE},
	{XHR_PROP_IGNORE_CERT_ERRORS, 2, ERR_INVALID},
	{XHR_PROP_IGNORE_CERT_ERRORS, XHR_CERT_IGNORE_UNKNOWN_CA | 1, ERR_INVALID},
	{XHR_PROP_IGNORE_CERT_ERRORS, ANY, ERR_INVALID},
	{XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_ALWAYS, ERR_NONE},
	{XHR_PROP_ONDATA_THRESHOLD, 65536, ERR_NONE},
	{XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_NEVER, ERR_NONE},
	{XHR_PROP_SET_ENTERPRISEID, ANY, ERR_NONE},
	{XHR_PROP_MAX_CONNECTIONS, 0, ERR_NONE},
	{XHR_PROP_MAX_CONNECTIONS, 0xFFFFFFFF, ERR_NONE},
	{XHR_PROP_MAX_CONNECTIONS, 0x100000000, ERR_INVALID},
	{(XHR_PROPERTY)12, 0, ERR_INVALID},
	{(XHR_PROPERTY)-1, 0, ERR_INVALID},
	{(XHR_PROPERTY)0x7FFFFFFF, 0, ERR_INVALID},
};

static void each_property_takes_what_it_can_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct props props = {0};

		if (props_set(&props, rows[i].property, rows[i].value) != rows[i].err)
			fail_msg("property %d, value 0x%llx", (int)rows[i].property,
				 (unsigned long long)rows[i].value);
	}
}

static void a_value_that_is_refused_leaves_the_one_before(void **state)
{
	struct props props = {0};

	(void)state;
	assert_int_equal(props_set(&props, XHR_PROP_NO_AUTH, XHR_AUTH_NONE), ERR_NONE);
	assert_int_equal(props_set(&props, XHR_PROP_NO_AUTH, 99), ERR_INVALID);
	assert_true(props.wishes.no_auth);
	assert_true(props.wishes.no_proxy_auth);
}

static void every_property_says_what_a_request_is_to_do(void **state)
{
	struct props props = {0};
	const struct request_wishes nothing = {0};

	(void)state;
	assert_int_equal(props_set(&props, XHR_PROP_NO_CACHE, 1), ERR_NONE);
	assert_int_equal(props_set(&props, XHR_PROP_QUERY_STRING_UTF8, 1), ERR_NONE);
	assert_int_equal(props_set(&props, XHR_PROP_SET_ENTERPRISEID, 1), ERR_NONE);
	assert_memory_equal(&props.wishes, &nothing, sizeof(nothing));
	assert_int_equal(props_set(&props, XHR_PROP_TIMEOUT, 1234), ERR_NONE);
	assert_int_equal(props.wishes.timeout_ms, 1234);
	assert_int_equal(props_set(&props, XHR_PROP_MAX_CONNECTIONS, 5), ERR_NONE);
	assert_int_equal(props.wishes.max_connections, 5);
	assert_int_equal(props_set(&props, XHR_PROP_NO_DEFAULT_HEADERS, ANY), ERR_NONE);
	assert_true(props.wishes.no_default_headers);
	assert_int_equal(props_set(&props, XHR_PROP_REPORT_REDIRECT_STATUS, ANY),
			 ERR_NONE);
	assert_true(props.wishes.reports_redirects);
	assert_int_equal(props_set(&props, XHR_PROP_ONDATA_THRESHOLD, 65536), ERR_NONE);
	assert_int_equal(props_threshold(&props), 65536);
	assert_false(props_is_extended(&props));
	assert_int_equal(props_set(&props, XHR_PROP_EXTENDED_ERROR, ANY), ERR_NONE);
	assert_true(props_is_extended(&props));
	assert_int_equal(props_set(&props, XHR_PROP_EXTENDED_ERROR, 0), ERR_NONE);
	assert_false(props_is_extended(&props));
}

/* The first is the default. */
static void a_side_is_left_out_as_the_enumeration_says(void **state)
{
	static const struct {
		uint64_t auth, prompt;
		bool no_server, no_proxy;
	} cases[] = {
		{XHR_AUTH_ALL, XHR_CRED_PROMPT_ALL, false, false},
		{XHR_AUTH_NONE, XHR_CRED_PROMPT_NONE, true, true},
		{XHR_AUTH_PROXY, XHR_CRED_PROMPT_PROXY, true, false},
	};
	struct props props = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		assert_int_equal(props_set(&props, XHR_PROP_NO_AUTH, cases[i].auth),
				 ERR_NONE);
		assert_int_equal(
			props_set(&props, XHR_PROP_NO_CRED_PROMPT, cases[i].prompt),
			ERR_NONE);
		assert_int_equal(props.wishes.no_auth, cases[i].no_server);
		assert_int_equal(props.wishes.no_proxy_auth, cases[i].no_proxy);
		assert_int_equal(props.wishes.no_prompt, cases[i].no_server);
		assert_int_equal(props.wishes.no_proxy_prompt, cases[i].no_proxy);
	}
}

static void each_bit_of_ignore_forgives_its_own_error(void **state)
{
	static const struct {
		uint64_t value;
		unsigned forgiven;
	} cases[] = {
		{0, 0},
		{TRUE, REQUEST_CERTIFICATE_REVOCATION | REQUEST_CERTIFICATE_AUTHORITY |
			       REQUEST_CERTIFICATE_NAME | REQUEST_CERTIFICATE_DATE},
		{XHR_CERT_IGNORE_ALL_SERVER_ERRORS,
		 REQUEST_CERTIFICATE_REVOCATION | REQUEST_CERTIFICATE_AUTHORITY |
			 REQUEST_CERTIFICATE_NAME | REQUEST_CERTIFICATE_DATE},
		{XHR_CERT_IGNORE_REVOCATION_FAILED, REQUEST_CERTIFICATE_REVOCATION},
		{XHR_CERT_IGNORE_UNKNOWN_CA, REQUEST_CERTIFICATE_AUTHORITY},
		{XHR_CERT_IGNORE_CERT_CN_INVALID, REQUEST_CERTIFICATE_NAME},
		{XHR_CERT_IGNORE_CERT_DATE_INVALID, REQUEST_CERTIFICATE_DATE},
		{XHR_CERT_IGNORE_UNKNOWN_CA | XHR_CERT_IGNORE_CERT_DATE_INVALID,
		 REQUEST_CERTIFICATE_AUTHORITY | REQUEST_CERTIFICATE_DATE},
	};
	struct props props = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		assert_int_equal(
			props_set(&props, XHR_PROP_IGNORE_CERT_ERRORS, cases[i].value),
			ERR_NONE);
		assert_int_equal(props.wishes.forgiven, cases[i].forgiven);
	}
}

/* Every value below the next bit, so that no neighbour of a bit slips through. */
static void no_other_bit_can_be_ignored(void **state)
{
	struct props props = {0};

	(void)state;
	for (uint64_t value = 2; value < 0x8000; value++) {
		bool is_good = (value & ~(uint64_t)0x3180) == 0;

		assert_int_equal(props_set(&props, XHR_PROP_IGNORE_CERT_ERRORS, value),
				 is_good ? ERR_NONE : ERR_INVALID);
	}
	for (unsigned bit = 15; bit < 64; bit++)
		assert_int_equal(props_set(&props, XHR_PROP_IGNORE_CERT_ERRORS,
					   0x3180 | (uint64_t)1 << bit),
				 ERR_INVALID);
	assert_int_equal(props.wishes.forgiven,
			 REQUEST_CERTIFICATE_REVOCATION | REQUEST_CERTIFICATE_AUTHORITY |
				 REQUEST_CERTIFICATE_NAME | REQUEST_CERTIFICATE_DATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_property_takes_what_it_can_be),
		cmocka_unit_test(a_value_that_is_refused_leaves_the_one_before),
		cmocka_unit_test(every_property_says_what_a_request_is_to_do),
		cmocka_unit_test(a_side_is_left_out_as_the_enumeration_says),
		cmocka_unit_test(each_bit_of_ignore_forgives_its_own_error),
		cmocka_unit_test(no_other_bit_can_be_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
