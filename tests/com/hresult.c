/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>

#include "com/hresult.h"

/* The table of the contract, in its numbers. */
static const struct {
	enum err err;	   /* the failure */
	uint32_t plain;	   /* by default */
	uint32_t extended; /* with XHR_PROP_EXTENDED_ERROR */
	const char *name;  /* of the default one */
	const char *other; /* of the extended one */
} rows[] = {
	{ERR_NONE, 0, 0, "S_OK", "S_OK"},
	{ERR_NAME, 0x800C0005, 0x80072EE7, "INET_E_RESOURCE_NOT_FOUND",
	 "ERROR_INTERNET_NAME_NOT_RESOLVED"},
	{ERR_CONNECT, 0x800C0004, 0x80072EFD, "INET_E_CANNOT_CONNECT",
	 "ERROR_INTERNET_CANNOT_CONNECT"},
	{ERR_PROXY_NAME, 0x800C0005, 0x80072EE7, "INET_E_RESOURCE_NOT_FOUND",
	 "ERROR_INTERNET_NAME_NOT_RESOLVED"},
	{ERR_PROXY, 0x800C0004, 0x80072EFD, "INET_E_CANNOT_CONNECT",
	 "ERROR_INTERNET_CANNOT_CONNECT"},
	{ERR_PROXY_AUTH, 0x800C0009, 0x80072EEE, "INET_E_AUTHENTICATION_REQUIRED",
	 "ERROR_INTERNET_INCORRECT_PASSWORD"},
	{ERR_TIMEOUT, 0x800C000B, 0x80072EE2, "INET_E_CONNECTION_TIMEOUT",
	 "ERROR_INTERNET_TIMEOUT"},
	{ERR_CLOSED, 0x800C0008, 0x80072EFE, "INET_E_DOWNLOAD_FAILURE",
	 "ERROR_INTERNET_CONNECTION_ABORTED"},
	{ERR_RESET, 0x800C0008, 0x80072EFF, "INET_E_DOWNLOAD_FAILURE",
	 "ERROR_INTERNET_CONNECTION_RESET"},
	{ERR_PROTOCOL, 0x800C0008, 0x80072F78, "INET_E_DOWNLOAD_FAILURE",
	 "ERROR_HTTP_INVALID_SERVER_RESPONSE"},
	{ERR_LIMIT, 0x800C0008, 0x80072F78, "INET_E_DOWNLOAD_FAILURE",
	 "ERROR_HTTP_INVALID_SERVER_RESPONSE"},
	{ERR_CODING, 0x800C0008, 0x80072F8F, "INET_E_DOWNLOAD_FAILURE",
	 "ERROR_INTERNET_DECODING_FAILED"},
	{ERR_TLS, 0x800C000E, 0x80072F7D, "INET_E_SECURITY_PROBLEM",
	 "ERROR_INTERNET_SECURITY_CHANNEL_ERROR"},
	{ERR_CERT_DATE, 0x800C0019, 0x80072F05, "INET_E_INVALID_CERTIFICATE",
	 "ERROR_INTERNET_SEC_CERT_DATE_INVALID"},
	{ERR_CERT_NAME, 0x800C0019, 0x80072F06, "INET_E_INVALID_CERTIFICATE",
	 "ERROR_INTERNET_SEC_CERT_CN_INVALID"},
	{ERR_CERT_AUTHORITY, 0x800C0019, 0x80072F0D, "INET_E_INVALID_CERTIFICATE",
	 "ERROR_INTERNET_INVALID_CA"},
	{ERR_CERT_REVOKED, 0x800C0019, 0x80072F8A, "INET_E_INVALID_CERTIFICATE",
	 "ERROR_INTERNET_SEC_CERT_REVOKED"},
	{ERR_CERT_STATUS, 0x800C0019, 0x80072F19, "INET_E_INVALID_CERTIFICATE",
	 "ERROR_INTERNET_SEC_CERT_REV_FAILED"},
	{ERR_CERT_SEVERAL, 0x800C0019, 0x80072F17, "INET_E_INVALID_CERTIFICATE",
	 "ERROR_INTERNET_SEC_CERT_ERRORS"},
	{ERR_CLIENT_CERT, 0x800C000E, 0x80072F0C, "INET_E_SECURITY_PROBLEM",
	 "ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED"},
	{ERR_PIN, 0x800C000E, 0x80072F0C, "INET_E_SECURITY_PROBLEM",
	 "ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED"},
	{ERR_REDIRECT, 0x800C0014, 0x80072F7C, "INET_E_REDIRECT_FAILED",
	 "ERROR_HTTP_REDIRECT_FAILED"},
	{ERR_REDIRECT_DOWNGRADE, 0x800C0014, 0x80072F08, "INET_E_REDIRECT_FAILED",
	 "ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR"},
	{ERR_REPLAY, 0x80030019, 0x80030019, "STG_E_SEEKERROR", "STG_E_SEEKERROR"},
	{ERR_BODY_SHORT, 0x8003001E, 0x8003001E, "STG_E_READFAULT", "STG_E_READFAULT"},
	{ERR_ABORTED, 0x80004004, 0x80004004, "E_ABORT", "E_ABORT"},
	{ERR_NO_MEMORY, 0x8007000E, 0x8007000E, "E_OUTOFMEMORY", "E_OUTOFMEMORY"},
	{ERR_INVALID, 0x80070057, 0x80070057, "E_INVALIDARG", "E_INVALIDARG"},
	{ERR_DENIED, 0x80070005, 0x80070005, "E_ACCESSDENIED", "E_ACCESSDENIED"},
	{ERR_WRONG_STATE, 0x8000FFFF, 0x8000FFFF, "E_UNEXPECTED", "E_UNEXPECTED"},
	{ERR_URL, 0x800C0002, 0x80072EE5, "INET_E_INVALID_URL",
	 "ERROR_INTERNET_INVALID_URL"},
	{ERR_SCHEME, 0x800C000D, 0x80072EE6, "INET_E_UNKNOWN_PROTOCOL",
	 "ERROR_INTERNET_UNRECOGNIZED_SCHEME"},
	{ERR_FILE_MISSING, 0x80030002, 0x80030002, "STG_E_FILENOTFOUND",
	 "STG_E_FILENOTFOUND"},
	{ERR_FILE_EXISTS, 0x80070050, 0x80070050, "ERROR_FILE_EXISTS",
	 "ERROR_FILE_EXISTS"},
	{ERR_FILE_DENIED, 0x80030005, 0x80030005, "STG_E_ACCESSDENIED",
	 "STG_E_ACCESSDENIED"},
	{ERR_FILE_FULL, 0x80030070, 0x80030070, "STG_E_MEDIUMFULL", "STG_E_MEDIUMFULL"},
};

static void every_failure_has_the_contract_s_hresults(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal((uint32_t)hresult_of(rows[i].err), rows[i].plain);
		assert_int_equal((uint32_t)hresult_extended(rows[i].err),
				 rows[i].extended);
	}
}

static void every_hresult_has_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_string_equal(hresult_name(hresult_of(rows[i].err)), rows[i].name);
		assert_string_equal(hresult_name(hresult_extended(rows[i].err)),
				    rows[i].other);
	}
}

static void every_failure_is_a_failure_outside_and_has_a_name(void **state)
{
	static const enum err failures[] = {
#define OUTCOME(name, sentence)
#define FAILURE(name, sentence) ERR_##name,
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(failures); i++) {
		assert_true(FAILED(hresult_of(failures[i])));
		assert_true(FAILED(hresult_extended(failures[i])));
		assert_non_null(hresult_name(hresult_of(failures[i])));
		assert_non_null(hresult_name(hresult_extended(failures[i])));
	}
}

static void an_outcome_is_a_plain_failure(void **state)
{
	(void)state;
	assert_int_equal(hresult_of(ERR_AGAIN), E_FAIL);
	assert_int_equal(hresult_extended(ERR_NO_DESCRIPTOR), E_FAIL);
}

static void a_stranger_has_no_name(void **state)
{
	(void)state;
	assert_null(hresult_name(MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x1234)));
	assert_null(hresult_name(574));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failure_has_the_contract_s_hresults),
		cmocka_unit_test(every_hresult_has_its_name),
		cmocka_unit_test(every_failure_is_a_failure_outside_and_has_a_name),
		cmocka_unit_test(an_outcome_is_a_plain_failure),
		cmocka_unit_test(a_stranger_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
