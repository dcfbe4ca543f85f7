/* SPDX-License-Identifier: MIT */
/* GetResponseHeader and GetAllResponseHeaders: what they give of a response. */
#include "lib/scene.h"
#include "lib/test.h"

#include <uchar.h>
#include <wchar.h>

#define MISSING_FIELD HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)

static const char *const some_fields[] = {
	"Content-Type", "text/plain", "Set-Cookie", "a=1",  "X",   "",	"set-cookie",
	"b=2",		"Vary",	      "one",	    "vary", "two", NULL};

static void assert_text(const WCHAR *actual, const WCHAR *expected)
{
	if (wcscmp(actual, expected))
		fail_msg("\"%ls\" instead of \"%ls\"", actual, expected);
}

static void check_one(struct scene *scene, const WCHAR *name, const WCHAR *expected)
{
	WCHAR *text = (WCHAR *)1;
	HRESULT hr = IXMLHTTPRequest3_GetResponseHeader(scene->xhr, name, &text);

	if (!expected) {
		assert_int_equal(hr, MISSING_FIELD);
		assert_null(text);
		return;
	}
	assert_int_equal(hr, S_OK);
	assert_text(text, expected);
	CoTaskMemFree(text);
}

static void headers_are_found_in_any_case_and_joined(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	fake_headers(fake_latest(), 200, "OK", some_fields);
	check_one(scene, L"CONTENT-type", L"text/plain");
	check_one(scene, L"set-COOKIE", L"a=1\r\nb=2");
	check_one(scene, L"Vary", L"one, two");
	check_one(scene, L"x", L"");
	check_one(scene, L"Content", NULL);
	check_one(scene, L"Content-Type2", NULL);
}

static void all_headers_stand_in_order(void **state)
{
	struct scene *scene = *state;
	WCHAR *text;

	scene_start(scene);
	fake_headers(fake_latest(), 200, "OK", some_fields);
	assert_int_equal(IXMLHTTPRequest3_GetAllResponseHeaders(scene->xhr, &text), S_OK);
	assert_text(text, L"Content-Type: text/plain\r\nSet-Cookie: a=1\r\nX: \r\n"
			  L"set-cookie: b=2\r\nVary: one\r\nvary: two\r\n\r\n");
	CoTaskMemFree(text);
	fake_headers(fake_latest(), 200, "OK", NULL);
	assert_int_equal(IXMLHTTPRequest3_GetAllResponseHeaders(scene->xhr, &text), S_OK);
	assert_text(text, L"\r\n");
	CoTaskMemFree(text);
}

static void bytes_that_are_not_utf8_become_single_units(void **state)
{
	static const char *const fields[] = {"A", "\xe4\xff", "B", "\xc3\xa4", NULL};
	struct scene *scene = *state;

	scene_start(scene);
	fake_headers(fake_latest(), 200, "OK", fields);
	check_one(scene, L"A", L"\u00e4\u00ff");
	check_one(scene, L"B", L"\u00e4");
}

static void an_object_of_two_byte_units_gives_these(void **state)
{
	static const char *const fields[] = {"A", "\U0001F600", NULL};
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr;
	WCHAR *text;

	assert_int_equal(ixhr2_create(2, &IID_IXMLHTTPRequest2, (void **)&xhr), S_OK);
	scene->callback.poked = xhr;
	IXMLHTTPRequest3_Open(xhr, (const WCHAR *)u"GET", (const WCHAR *)u"http://a/",
			      probe_callback_2(&scene->callback), NULL, NULL, NULL, NULL);
	IXMLHTTPRequest3_Send(xhr, NULL, 0);
	fake_headers(fake_latest(), 200, "OK", fields);
	assert_int_equal(
		IXMLHTTPRequest3_GetResponseHeader(xhr, (const WCHAR *)u"a", &text),
		S_OK);
	assert_memory_equal(text, u"\U0001F600", sizeof(u"\U0001F600"));
	CoTaskMemFree(text);
	fake_received(fake_latest());
	scene->callback.poked = NULL;
	IXMLHTTPRequest3_Release(xhr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(headers_are_found_in_any_case_and_joined),
		SCENE_TEST(all_headers_stand_in_order),
		SCENE_TEST(bytes_that_are_not_utf8_become_single_units),
		SCENE_TEST(an_object_of_two_byte_units_gives_these),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
