/* SPDX-License-Identifier: MIT */
/* What a C program sees of the public headers: sizes, values, the order of methods. */
#define COBJMACROS

#include "lib/test.h"

#include <stdio.h>

#include <ixhr2/ixhr2.h>
#include <ixhr2/shlwapi.h>
#include <ixhr2/windows.h>

#define SIZE(type, bytes)   _Static_assert(sizeof(type) == (bytes), #type)
#define VALUE(name, number) _Static_assert((name) == (number), #name)
#define CODE(name, number)  _Static_assert((name) == (HRESULT)number##u, #name)

/* A method is the n-th of its interface. */
#define METHOD(type, n, name)                                                            \
	_Static_assert(offsetof(type##Vtbl, name) == (n) * sizeof(void (*)(void)), #name)

/* An interface has n methods and is a pointer to them. */
#define METHODS(type, n)                                                                 \
	_Static_assert(sizeof(type##Vtbl) == (n) * sizeof(void (*)(void)), #type);       \
	_Static_assert(sizeof(type) == sizeof(void *), #type)

SIZE(HRESULT, 4);
SIZE(LONG, 4);
SIZE(ULONG, 4);
SIZE(DWORD, 4);
SIZE(BOOL, 4);
SIZE(UINT, 4);
SIZE(INT, 4);
SIZE(WORD, 2);
SIZE(BYTE, 1);
SIZE(LONGLONG, 8);
SIZE(ULONGLONG, 8);
SIZE(DWORD_PTR, sizeof(void *));
SIZE(GUID, 16);
SIZE(FILETIME, 8);
SIZE(LARGE_INTEGER, 8);
SIZE(ULARGE_INTEGER, 8);
SIZE(WCHAR, sizeof(wchar_t));
SIZE(XHR_PROPERTY, 4);
SIZE(XHR_COOKIE, 4 * sizeof(void *) + 12 + (sizeof(void *) == 8 ? 4 : 0));
SIZE(XHR_CERT, 2 * sizeof(void *));
_Static_assert(offsetof(XHR_COOKIE, pwszUrl) == 0, "order");
_Static_assert(offsetof(XHR_COOKIE, pwszName) == sizeof(void *), "order");
_Static_assert(offsetof(XHR_COOKIE, pwszValue) == 2 * sizeof(void *), "order");
_Static_assert(offsetof(XHR_COOKIE, pwszP3PPolicy) == 3 * sizeof(void *), "order");
_Static_assert(offsetof(XHR_COOKIE, ftExpires) == 4 * sizeof(void *), "order");
_Static_assert(offsetof(XHR_COOKIE, dwFlags) == 4 * sizeof(void *) + 8, "order");
_Static_assert(offsetof(XHR_CERT, cbCert) == 0, "order");
_Static_assert(offsetof(XHR_CERT, pbCert) == sizeof(void *), "order");
SIZE(STATSTG, sizeof(void *) == 8 ? 80 : 72);
_Static_assert((HRESULT)-1 < 0, "HRESULT has a sign");
_Static_assert((ULONG)-1 > 0, "ULONG has none");
_Static_assert(_Generic((ULONG)0, DWORD : 1, default : 0), "one type");
_Static_assert(_Generic((ULONG)0, uint32_t : 1, default : 0), "one type");
_Static_assert(_Generic((HRESULT)0, int32_t : 1, default : 0), "one type");

METHODS(IUnknown, 3);
METHOD(IUnknown, 0, QueryInterface);
METHOD(IUnknown, 1, AddRef);
METHOD(IUnknown, 2, Release);
METHODS(IClassFactory, 5);
METHOD(IClassFactory, 3, CreateInstance);
METHOD(IClassFactory, 4, LockServer);
METHODS(IAgileObject, 3);
METHODS(ISequentialStream, 5);
METHOD(ISequentialStream, 3, Read);
METHOD(ISequentialStream, 4, Write);
METHODS(IStream, 14);
METHOD(IStream, 3, Read);
METHOD(IStream, 4, Write);
METHOD(IStream, 5, Seek);
METHOD(IStream, 6, SetSize);
METHOD(IStream, 7, CopyTo);
METHOD(IStream, 8, Commit);
METHOD(IStream, 9, Revert);
METHOD(IStream, 10, LockRegion);
METHOD(IStream, 11, UnlockRegion);
METHOD(IStream, 12, Stat);
METHOD(IStream, 13, Clone);
METHODS(IXMLHTTPRequest2, 13);
METHOD(IXMLHTTPRequest2, 3, Open);
METHOD(IXMLHTTPRequest2, 4, Send);
METHOD(IXMLHTTPRequest2, 5, Abort);
METHOD(IXMLHTTPRequest2, 6, SetCookie);
METHOD(IXMLHTTPRequest2, 7, SetCustomResponseStream);
METHOD(IXMLHTTPRequest2, 8, SetProperty);
METHOD(IXMLHTTPRequest2, 9, SetRequestHeader);
METHOD(IXMLHTTPRequest2, 10, GetAllResponseHeaders);
METHOD(IXMLHTTPRequest2, 11, GetCookie);
METHOD(IXMLHTTPRequest2, 12, GetResponseHeader);
METHODS(IXMLHTTPRequest3, 14);
METHOD(IXMLHTTPRequest3, 3, Open);
METHOD(IXMLHTTPRequest3, 12, GetResponseHeader);
METHOD(IXMLHTTPRequest3, 13, SetClientCertificate);
METHODS(IXMLHTTPRequest2Callback, 8);
METHOD(IXMLHTTPRequest2Callback, 3, OnRedirect);
METHOD(IXMLHTTPRequest2Callback, 4, OnHeadersAvailable);
METHOD(IXMLHTTPRequest2Callback, 5, OnDataAvailable);
METHOD(IXMLHTTPRequest2Callback, 6, OnResponseReceived);
METHOD(IXMLHTTPRequest2Callback, 7, OnError);
METHODS(IXMLHTTPRequest3Callback, 10);
METHOD(IXMLHTTPRequest3Callback, 3, OnRedirect);
METHOD(IXMLHTTPRequest3Callback, 7, OnError);
METHOD(IXMLHTTPRequest3Callback, 8, OnServerCertificateReceived);
METHOD(IXMLHTTPRequest3Callback, 9, OnClientCertificateRequested);

VALUE(XHR_PROP_NO_CRED_PROMPT, 0);
VALUE(XHR_PROP_NO_AUTH, 1);
VALUE(XHR_PROP_TIMEOUT, 2);
VALUE(XHR_PROP_NO_DEFAULT_HEADERS, 3);
VALUE(XHR_PROP_REPORT_REDIRECT_STATUS, 4);
VALUE(XHR_PROP_NO_CACHE, 5);
VALUE(XHR_PROP_EXTENDED_ERROR, 6);
VALUE(XHR_PROP_QUERY_STRING_UTF8, 7);
VALUE(XHR_PROP_IGNORE_CERT_ERRORS, 8);
VALUE(XHR_PROP_ONDATA_THRESHOLD, 9);
VALUE(XHR_PROP_SET_ENTERPRISEID, 10);
VALUE(XHR_PROP_MAX_CONNECTIONS, 11);
VALUE(XHR_PROP_ONDATA_ALWAYS, 0);
VALUE(XHR_PROP_ONDATA_NEVER, 0xFFFFFFFFFFFFFFFFu);
VALUE(XHR_CRED_PROMPT_ALL, 0);
VALUE(XHR_CRED_PROMPT_NONE, 1);
VALUE(XHR_CRED_PROMPT_PROXY, 2);
VALUE(XHR_AUTH_ALL, 0);
VALUE(XHR_AUTH_NONE, 1);
VALUE(XHR_AUTH_PROXY, 2);
VALUE(XHR_CERT_IGNORE_REVOCATION_FAILED, 0x80);
VALUE(XHR_CERT_IGNORE_UNKNOWN_CA, 0x100);
VALUE(XHR_CERT_IGNORE_CERT_CN_INVALID, 0x1000);
VALUE(XHR_CERT_IGNORE_CERT_DATE_INVALID, 0x2000);
VALUE(XHR_CERT_IGNORE_ALL_SERVER_ERRORS, 0x3180);
VALUE(XHR_CERT_ERROR_REVOCATION_FAILED, 0x800000);
VALUE(XHR_CERT_ERROR_UNKNOWN_CA, 0x1000000);
VALUE(XHR_CERT_ERROR_CERT_CN_INVALID, 0x2000000);
VALUE(XHR_CERT_ERROR_CERT_DATE_INVALID, 0x4000000);
VALUE(XHR_CERT_ERROR_ALL_SERVER_ERRORS, 0x7800000);
VALUE(XHR_COOKIE_STATE_UNKNOWN, 0);
VALUE(XHR_COOKIE_STATE_ACCEPT, 1);
VALUE(XHR_COOKIE_STATE_PROMPT, 2);
VALUE(XHR_COOKIE_STATE_LEASH, 3);
VALUE(XHR_COOKIE_STATE_DOWNGRADE, 4);
VALUE(XHR_COOKIE_STATE_REJECT, 5);
VALUE(XHR_COOKIE_IS_SECURE, 0x1);
VALUE(XHR_COOKIE_IS_SESSION, 0x2);
VALUE(XHR_COOKIE_THIRD_PARTY, 0x10);
VALUE(XHR_COOKIE_PROMPT_REQUIRED, 0x20);
VALUE(XHR_COOKIE_EVALUATE_P3P, 0x40);
VALUE(XHR_COOKIE_APPLY_P3P, 0x80);
VALUE(XHR_COOKIE_P3P_ENABLED, 0x100);
VALUE(XHR_COOKIE_IS_RESTRICTED, 0x200);
VALUE(XHR_COOKIE_IE6, 0x400);
VALUE(XHR_COOKIE_IS_LEGACY, 0x800);
VALUE(XHR_COOKIE_NON_SCRIPT, 0x1000);
VALUE(XHR_COOKIE_HTTPONLY, 0x2000);
VALUE(CLSCTX_INPROC, 3);
VALUE(CLSCTX_SERVER, 0x15);
VALUE(CLSCTX_ALL, 0x17);
VALUE(IXHR2_LENGTH_UNKNOWN, 0xFFFFFFFFFFFFFFFFu);

CODE(S_OK, 0);
CODE(S_FALSE, 1);
CODE(E_PENDING, 0x8000000A);
CODE(E_NOTIMPL, 0x80004001);
CODE(E_NOINTERFACE, 0x80004002);
CODE(E_POINTER, 0x80004003);
CODE(E_ABORT, 0x80004004);
CODE(E_FAIL, 0x80004005);
CODE(E_UNEXPECTED, 0x8000FFFF);
CODE(E_ACCESSDENIED, 0x80070005);
CODE(E_OUTOFMEMORY, 0x8007000E);
CODE(E_INVALIDARG, 0x80070057);
CODE(CLASS_E_NOAGGREGATION, 0x80040110);
CODE(CLASS_E_CLASSNOTAVAILABLE, 0x80040111);
CODE(REGDB_E_CLASSNOTREG, 0x80040154);
CODE(CO_S_NOTALLINTERFACES, 0x00080012);
CODE(INET_E_INVALID_URL, 0x800C0002);
CODE(INET_E_CANNOT_CONNECT, 0x800C0004);
CODE(INET_E_RESOURCE_NOT_FOUND, 0x800C0005);
CODE(INET_E_DOWNLOAD_FAILURE, 0x800C0008);
CODE(INET_E_AUTHENTICATION_REQUIRED, 0x800C0009);
CODE(INET_E_CONNECTION_TIMEOUT, 0x800C000B);
CODE(INET_E_UNKNOWN_PROTOCOL, 0x800C000D);
CODE(INET_E_SECURITY_PROBLEM, 0x800C000E);
CODE(INET_E_REDIRECT_FAILED, 0x800C0014);
CODE(INET_E_INVALID_CERTIFICATE, 0x800C0019);
CODE(STG_E_INVALIDFUNCTION, 0x80030001);
CODE(STG_E_FILENOTFOUND, 0x80030002);
CODE(STG_E_ACCESSDENIED, 0x80030005);
CODE(STG_E_INVALIDPOINTER, 0x80030009);
CODE(STG_E_SEEKERROR, 0x80030019);
CODE(STG_E_READFAULT, 0x8003001E);
CODE(STG_E_MEDIUMFULL, 0x80030070);
CODE(STG_E_INVALIDFLAG, 0x800300FF);
CODE(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), 0x80070002);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_TIMEOUT), 0x80072EE2);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_NAME_NOT_RESOLVED), 0x80072EE7);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_INCORRECT_PASSWORD), 0x80072EEE);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_CANNOT_CONNECT), 0x80072EFD);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_ABORTED), 0x80072EFE);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_RESET), 0x80072EFF);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_DATE_INVALID), 0x80072F05);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_CN_INVALID), 0x80072F06);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR), 0x80072F08);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED), 0x80072F0C);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_INVALID_CA), 0x80072F0D);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_ERRORS), 0x80072F17);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_REV_FAILED), 0x80072F19);
CODE(HRESULT_FROM_WIN32(ERROR_HTTP_INVALID_SERVER_RESPONSE), 0x80072F78);
CODE(HRESULT_FROM_WIN32(ERROR_HTTP_REDIRECT_FAILED), 0x80072F7C);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_SECURITY_CHANNEL_ERROR), 0x80072F7D);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_REVOKED), 0x80072F8A);
CODE(HRESULT_FROM_WIN32(ERROR_INTERNET_DECODING_FAILED), 0x80072F8F);
CODE(HRESULT_FROM_WIN32(ERROR_SUCCESS), 0);
CODE(HRESULT_FROM_WIN32(E_ABORT), 0x80004004);
CODE(MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x0110), 0x80040110);
VALUE(HRESULT_CODE(E_INVALIDARG), ERROR_INVALID_PARAMETER);
VALUE(HRESULT_FACILITY(E_INVALIDARG), FACILITY_WIN32);
VALUE(SUCCEEDED(S_FALSE), 1);
VALUE(FAILED(E_FAIL), 1);
VALUE(FAILED(S_FALSE), 0);

static void identities_are_those_of_the_contract(void **state)
{
	static const struct {
		const GUID *guid; /* the constant */
		const char *text; /* its text form */
	} rows[] = {
		{&CLSID_FreeThreadedXMLHTTP60, "88d96a09-f192-11d4-a65f-0040963251e5"},
		{&IID_IXMLHTTPRequest2, "e5d37dc0-552a-4d52-9cc0-a14d546fbd04"},
		{&IID_IXMLHTTPRequest3, "a1c9feee-0617-4f23-9d58-8961ea43567c"},
		{&IID_IXMLHTTPRequest2Callback, "a44a9299-e321-40de-8866-341b41669162"},
		{&IID_IXMLHTTPRequest3Callback, "b9e57830-8c6c-4a6f-9c13-47772bb047bb"},
		{&IID_ISequentialStream, "0c733a30-2a1c-11ce-ade5-00aa0044773d"},
		{&IID_IStream, "0000000c-0000-0000-c000-000000000046"},
		{&IID_IUnknown, "00000000-0000-0000-c000-000000000046"},
		{&IID_IClassFactory, "00000001-0000-0000-c000-000000000046"},
		{&IID_IAgileObject, "94ea2b94-e9cc-49e0-c0ff-ee64ca8f5b90"},
		{&GUID_NULL, "00000000-0000-0000-0000-000000000000"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const GUID *guid = rows[i].guid;
		const unsigned char *tail = guid->Data4;
		char text[40];

		snprintf(text, sizeof(text),
			 "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", guid->Data1,
			 guid->Data2, guid->Data3, tail[0], tail[1], tail[2], tail[3],
			 tail[4], tail[5], tail[6], tail[7]);
		assert_string_equal(text, rows[i].text);
	}
}

static void the_halves_of_large_numbers_are_where_they_belong(void **state)
{
	ULARGE_INTEGER number = {.QuadPart = 0x0102030405060708u};
	LARGE_INTEGER minus = {.QuadPart = -1};

	(void)state;
	assert_int_equal(number.LowPart, 0x05060708);
	assert_int_equal(number.HighPart, 0x01020304);
	assert_int_equal(minus.HighPart, -1);
	assert_true(minus.LowPart == 0xFFFFFFFFu);
}

static void counters_are_counted(void **state)
{
	LONG value = 1;

	(void)state;
	assert_int_equal(InterlockedIncrement(&value), 2);
	assert_int_equal(InterlockedDecrement(&value), 1);
	assert_int_equal(InterlockedExchange(&value, 5), 1);
	assert_int_equal(InterlockedCompareExchange(&value, 7, 4), 5);
	assert_int_equal(InterlockedCompareExchange(&value, 7, 5), 5);
	assert_int_equal(value, 7);
}

static void apartments_are_taken_as_they_come(void **state)
{
	(void)state;
	assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
	assert_int_equal(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
	assert_int_equal(CoInitialize(NULL), S_OK);
	assert_int_equal(CoInitializeEx(state, 0), E_INVALIDARG);
	for (int i = 0; i < 5; i++)
		CoUninitialize();
}

static void macros_call_the_methods(void **state)
{
	const LARGE_INTEGER start = {.QuadPart = 0};
	const ULARGE_INTEGER two = {.QuadPart = 2};
	IStream *stream = SHCreateMemStream((const BYTE *)"abc", 3);
	IStream *clone;
	IUnknown *unknown;
	STATSTG stat;
	char got[3];
	ULONG count;

	(void)state;
	assert_int_equal(IStream_QueryInterface(stream, &IID_IUnknown, (void **)&unknown),
			 S_OK);
	assert_int_equal(IUnknown_Release(unknown), 1);
	assert_int_equal(IStream_AddRef(stream), 2);
	assert_int_equal(IStream_Release(stream), 1);
	assert_int_equal(IStream_Read(stream, got, 3, &count), S_OK);
	assert_memory_equal(got, "abc", 3);
	assert_int_equal(IStream_Write(stream, "d", 1, &count), S_OK);
	assert_int_equal(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(IStream_SetSize(stream, two), S_OK);
	assert_int_equal(IStream_Stat(stream, &stat, STATFLAG_NONAME), S_OK);
	assert_int_equal(stat.cbSize.QuadPart, 2);
	assert_int_equal(IStream_Clone(stream, &clone), S_OK);
	assert_int_equal(IStream_CopyTo(stream, clone, two, NULL, NULL), S_OK);
	assert_int_equal(IStream_Commit(stream, STGC_DEFAULT), S_OK);
	assert_int_equal(IStream_Revert(stream), S_OK);
	assert_int_equal(IStream_LockRegion(stream, two, two, LOCK_ONLYONCE),
			 STG_E_INVALIDFUNCTION);
	assert_int_equal(IStream_UnlockRegion(stream, two, two, LOCK_ONLYONCE),
			 STG_E_INVALIDFUNCTION);
	assert_int_equal(IStream_Release(clone), 0);
	assert_int_equal(IStream_Release(stream), 0);
}

static void the_headers_have_the_version_of_the_project(void **state)
{
	char text[20];

	(void)state;
	assert_string_equal(IXHR2_VERSION, IXHR2_VERSION_TEXT);
	snprintf(text, sizeof(text), "%d.%d.%d", IXHR2_VERSION_NUMBER >> 16,
		 IXHR2_VERSION_NUMBER >> 8 & 0xFF, IXHR2_VERSION_NUMBER & 0xFF);
	assert_string_equal(text, IXHR2_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities_are_those_of_the_contract),
		cmocka_unit_test(the_halves_of_large_numbers_are_where_they_belong),
		cmocka_unit_test(counters_are_counted),
		cmocka_unit_test(apartments_are_taken_as_they_come),
		cmocka_unit_test(macros_call_the_methods),
		cmocka_unit_test(the_headers_have_the_version_of_the_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
