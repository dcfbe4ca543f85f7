/* SPDX-License-Identifier: MIT */
/* OnServerCertificateReceived and OnClientCertificateRequested. */
#include "lib/scene.h"
#include "lib/test.h"

#include <pthread.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include "base/mem.h"

/* A code that is neither ours nor a success. */
#define OWN_FAILURE IXHR2_HRESULT(0x8004AAAA)

/* Stand for certificates; a chain is the end of this list. */
static const char *const chain[FAKE_MAX_CERTIFICATES + 1] = {
	"0 leaf", "1",	"2", "3", "4", "5", "6", "7", "8",
	"9",	  "10", "",  "a", "b", "c", "d", NULL};

/* The last count certificates of it. */
static const char *const *chain_of(size_t count)
{
	return chain + FAKE_MAX_CERTIFICATES - count;
}

static int32_t tell_chain(unsigned errors, size_t count)
{
	return fake_server_certificate(fake_latest(), errors, chain_of(count));
}

static const char *const one_issuer[] = {"Example\r\nRoot", NULL};

/* ---- the server's certificates ---- */

static void check_chain(struct probe_callback *callback, char letter)
{
	size_t count = *(size_t *)callback->owner;

	assert_int_equal(letter, 'c');
	assert_ptr_equal(callback->xhr, callback->poked);
	assert_int_equal(callback->count, count);
	for (size_t i = 0; i < count; i++) {
		const char *expected = chain_of(count)[i];

		assert_ptr_equal(callback->chain[i].pbCert, expected);
		assert_int_equal(callback->chain[i].cbCert, strlen(expected));
	}
}

static void a_chain_is_lent_as_it_is_the_leaf_first(void **state)
{
	struct scene *scene = *state;
	size_t count;

	scene_start(scene);
	scene->callback.hook = check_chain;
	scene->callback.owner = &count;
	for (count = 1; count <= FAKE_MAX_CERTIFICATES; count++)
		assert_int_equal(tell_chain(0, count), 0);
	scene->callback.hook = NULL;
	fake_headers(fake_latest(), 200, "OK", NULL);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "cccccccccccccccchR");
}

static void each_error_has_its_bit(void **state)
{
	static const DWORD expected[] = {
		0,	   0x800000,  0x1000000, 0x1800000,
		0x2000000, 0x2800000, 0x3000000, 0x3800000,
		0x4000000, 0x4800000, 0x5000000, 0x5800000,
		0x6000000, 0x6800000, 0x7000000, XHR_CERT_ERROR_ALL_SERVER_ERRORS};
	struct scene *scene = *state;

	scene_start(scene);
	for (unsigned errors = 0; errors < TEST_COUNT(expected); errors++) {
		assert_int_equal(tell_chain(errors, 1), 0);
		assert_int_equal(scene->callback.errors, expected[errors]);
	}
}

static void one_that_answers_a_failure_stops_the_request(void **state)
{
	static const HRESULT bad[] = {E_FAIL, E_ABORT, E_INVALIDARG, OWN_FAILURE};
	struct scene *scene = *state;

	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		memset(scene->log.text, 0, sizeof(scene->log.text));
		scene_start(scene);
		scene->callback.answer = bad[i];
		scene->callback.answer_to = 'c';
		assert_int_equal(tell_chain(0, 1), bad[i]);
		fake_failed(fake_latest(), ERR_CLIENT, bad[i]);
		assert_string_equal(scene->log.text, "cE");
		assert_int_equal(scene->callback.error, bad[i]);
	}
}

static void successes_and_a_callback_that_is_not_there_go_on(void **state)
{
	static const HRESULT good[] = {S_OK, S_FALSE, 574, 0x7FFFFFFF, E_NOTIMPL};
	struct scene *scene = *state;

	scene_start(scene);
	for (size_t i = 0; i < TEST_COUNT(good); i++) {
		scene->callback.answer = good[i];
		assert_int_equal(tell_chain(15, 2), 0);
	}
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "cccccR");
}

/* ---- the request for one of the client's ---- */

static void nothing_that_is_answered_to_it_stops_the_request(void **state)
{
	static const HRESULT any[] = {S_OK, S_FALSE, 574, E_NOTIMPL, E_FAIL, OWN_FAILURE};
	struct scene *scene = *state;

	scene_start(scene);
	for (size_t i = 0; i < TEST_COUNT(any); i++) {
		scene->callback.answer = any[i];
		fake_certificate_requested(fake_latest(), one_issuer);
	}
	assert_int_equal(fake_latest()->aborts, 0);
	scene->callback.answer = S_OK;
	assert_int_equal(tell_chain(0, 1), 0);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "aaaaaacR");
}

/* Lists of issuers, and what they are in both widths. */
static const struct list {
	const char *const *utf8;
	const WCHAR *const *wide;
	const char16_t *const *narrow;
} lists[] = {
	{(const char *const[]){NULL}, (const WCHAR *const[]){NULL},
	 (const char16_t *const[]){NULL}},
	{(const char *const[]){"DE\r\nExample\r\nRoot 1", NULL},
	 (const WCHAR *const[]){L"DE\r\nExample\r\nRoot 1", NULL},
	 (const char16_t *const[]){u"DE\r\nExample\r\nRoot 1", NULL}},
	{(const char *const[]){"", "x", "Stra\u00dfe\r\n\u20ac", "\U0001F600\xff", "",
			       NULL},
	 (const WCHAR *const[]){L"", L"x", L"Stra\u00dfe\r\n\u20ac", L"\U0001F600\u00ff",
				L"", NULL},
	 (const char16_t *const[]){u"", u"x", u"Stra\u00dfe\r\n\u20ac",
				   u"\U0001F600\u00ff", u"", NULL}},
};

static void check_wide(struct probe_callback *callback, char letter)
{
	const struct list *list = callback->owner;
	DWORD n = 0;

	assert_int_equal(letter, 'a');
	assert_ptr_equal(callback->xhr, callback->poked);
	for (; list->wide[n]; n++)
		assert_int_equal(wcscmp(callback->issuers[n], list->wide[n]), 0);
	assert_int_equal(callback->count, n);
	assert_null(callback->issuers[n]);
}

static size_t bytes_of(const char16_t *text)
{
	size_t units = 1;

	while (*text++)
		units++;
	return units * sizeof(*text);
}

static void check_narrow(struct probe_callback *callback, char letter)
{
	const struct list *list = callback->owner;
	DWORD n = 0;

	assert_int_equal(letter, 'a');
	for (; list->narrow[n]; n++)
		assert_memory_equal(callback->issuers[n], list->narrow[n],
				    bytes_of(list->narrow[n]));
	assert_int_equal(callback->count, n);
	assert_null(callback->issuers[n]);
}

/* Leaves memory that is not zero for the allocations that follow. */
static void soil_memory(void)
{
	enum { STEP = 16, BLOCKS = 32 };
	void *at[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++) {
		at[i] = mem_alloc((i + 1) * STEP);
		assert_non_null(at[i]);
		memset(at[i], 0xA5, (i + 1) * STEP);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		mem_free(at[i]);
}

static void issuers_are_texts_of_four_byte_units(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	scene->callback.hook = check_wide;
	for (size_t i = 0; i < TEST_COUNT(lists); i++) {
		scene->callback.owner = (void *)&lists[i];
		soil_memory();
		fake_certificate_requested(fake_latest(), lists[i].utf8);
	}
	assert_string_equal(scene->log.text, "aaa");
}

static void issuers_are_texts_of_two_byte_units_where_the_object_is(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr;

	assert_int_equal(ixhr2_create(2, &IID_IXMLHTTPRequest3, (void **)&xhr), S_OK);
	scene->callback.poked = NULL;
	IXMLHTTPRequest3_Open(xhr, (const WCHAR *)u"GET", (const WCHAR *)u"https://a/",
			      probe_callback_2(&scene->callback), NULL, NULL, NULL, NULL);
	IXMLHTTPRequest3_Send(xhr, NULL, 0);
	scene->callback.hook = check_narrow;
	for (size_t i = 0; i < TEST_COUNT(lists); i++) {
		scene->callback.owner = (void *)&lists[i];
		soil_memory();
		fake_certificate_requested(fake_latest(), lists[i].utf8);
	}
	scene->callback.hook = NULL;
	assert_int_equal(tell_chain(0, 1), 0);
	fake_received(fake_latest());
	IXMLHTTPRequest3_Release(xhr);
	assert_string_equal(scene->log.text, "aaacR");
}

/* ---- who is told ---- */

static void only_one_who_has_the_callbacks_is_told(void **state)
{
	struct scene *scene = *state;

	for (int round = 0; round < 2; round++) {
		scene->callback.has_callback3 = round;
		scene_start(scene);
		assert_int_equal(fake_latest()->options.hears_certificates, round);
		fake_received(fake_latest());
	}
}

static void ignored_errors_are_told_the_engine(void **state)
{
	struct scene *scene = *state;

	IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_IGNORE_CERT_ERRORS,
				     XHR_CERT_IGNORE_UNKNOWN_CA |
					     XHR_CERT_IGNORE_CERT_CN_INVALID);
	for (int round = 0; round < 2; round++) {
		scene_start(scene);
		assert_int_equal(fake_latest()->wishes.forgiven,
				 REQUEST_CERTIFICATE_AUTHORITY |
					 REQUEST_CERTIFICATE_NAME);
		fake_received(fake_latest());
	}
	IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_IGNORE_CERT_ERRORS, 0);
	scene_start(scene);
	assert_int_equal(fake_latest()->wishes.forgiven, 0);
}

/* ---- inside ---- */

static void tell(char letter)
{
	if (letter == 'c')
		tell_chain(0, 1);
	else
		fake_certificate_requested(fake_latest(), one_issuer);
}

static void abort_in(struct probe_callback *callback, char letter)
{
	(void)letter;
	assert_int_equal(IXMLHTTPRequest2_Abort(callback->xhr), S_OK);
}

static void what_is_answered_after_an_abort_is_ignored(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	scene->callback.hook = abort_in;
	scene->callback.answer = OWN_FAILURE;
	assert_int_equal(tell_chain(0, 1), E_ABORT);
	assert_int_equal(fake_latest()->aborts, 1);
	fake_failed(fake_latest(), ERR_CLIENT, OWN_FAILURE);
	assert_string_equal(scene->log.text, "cE");
	assert_int_equal(scene->callback.error, E_ABORT);

	scene->callback.answer = S_OK;
	scene_start(scene);
	assert_int_equal(tell_chain(0, 1), E_ABORT);
	fake_failed(fake_latest(), ERR_ABORTED, 0);
	assert_int_equal(scene->callback.error, E_ABORT);

	scene_start(scene);
	fake_certificate_requested(fake_latest(), one_issuer);
	assert_int_equal(fake_latest()->aborts, 1);
	fake_failed(fake_latest(), ERR_ABORTED, 0);
	assert_string_equal(scene->log.text, "cEcEaE");
	assert_int_equal(scene->callback.error, E_ABORT);
}

static void release_in(struct probe_callback *callback, char letter)
{
	if (*(char *)callback->owner == letter) {
		callback->poked = NULL;
		IXMLHTTPRequest2_Release(callback->xhr);
	}
}

static void the_last_release_may_come_in_either(void **state)
{
	static const char letters[] = "ca";

	(void)state;
	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		struct scene *scene;
		char letter = letters[i];

		scene_begin((void **)&scene);
		scene->callback.hook = release_in;
		scene->callback.owner = &letter;
		scene_start(scene);
		scene->body.poked = NULL;
		scene->sink.poked = NULL;
		scene->xhr = NULL;
		tell('c');
		tell('a');
		fake_headers(fake_latest(), 200, "OK", NULL);
		fake_received(fake_latest());
		assert_string_equal(scene->log.text, "cahR");
		assert_int_equal(fake_count(), 0);
		scene_end((void **)&scene);
	}
}

static void ask_in(struct probe_callback *callback, char letter)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	WCHAR *headers;

	(void)letter;
	assert_int_equal(ixhr2_get_info((IUnknown *)(void *)callback->xhr, &info), S_OK);
	assert_string_equal(info.tls_version, "TLSv1.2");
	ixhr2_info_free(&info);
	assert_int_equal(IXMLHTTPRequest2_GetAllResponseHeaders(callback->xhr, &headers),
			 E_PENDING);
	assert_int_equal(
		IXMLHTTPRequest3_SetClientCertificate(
			callback->poked, 20, (const BYTE *)"01234567890123456789", NULL),
		E_UNEXPECTED);
}

static void the_object_can_be_used_in_both(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	fake_latest()->info.tls_version = "TLSv1.2";
	scene->callback.hook = ask_in;
	tell('c');
	tell('a');
	assert_string_equal(scene->log.text, "ca");
}

/* Calls that must not wait for a callback that blocks. */
static void *use_elsewhere(void *owner)
{
	IXMLHTTPRequest3 *xhr = owner;
	WCHAR *headers;

	assert_int_equal(IXMLHTTPRequest3_GetAllResponseHeaders(xhr, &headers),
			 E_PENDING);
	assert_int_equal(IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_TIMEOUT, 5), S_OK);
	assert_int_equal(IXMLHTTPRequest3_Abort(xhr), S_OK);
	return NULL;
}

/* Returns only when another thread is done with the object. */
static void wait_in(struct probe_callback *callback, char letter)
{
	pthread_t thread;

	(void)letter;
	assert_int_equal(pthread_create(&thread, NULL, use_elsewhere, callback->poked),
			 0);
	pthread_join(thread, NULL);
}

static void one_that_blocks_holds_up_no_other_thread(void **state)
{
	static const char letters[] = "ca";
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		scene_start(scene);
		scene->callback.hook = wait_in;
		tell(letters[i]);
		scene->callback.hook = NULL;
		assert_int_equal(fake_latest()->aborts, 1);
		fake_failed(fake_latest(), ERR_ABORTED, 0);
		assert_int_equal(scene->callback.error, E_ABORT);
	}
	assert_string_equal(scene->log.text, "cEaE");
}

/* ---- memory ---- */

static void a_chain_as_they_are_takes_no_memory(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	scene->callback.poked = NULL;
	mem_fail_at(1);
	assert_int_equal(tell_chain(0, 8), 0);
	assert_false(mem_has_failed());
	assert_int_equal(tell_chain(0, 9), E_OUTOFMEMORY);
	assert_true(mem_has_failed());
	assert_int_equal(tell_chain(0, 9), 0);
	assert_string_equal(scene->log.text, "cc");
	fake_failed(fake_latest(), ERR_CLIENT, E_OUTOFMEMORY);
	assert_int_equal(scene->callback.error, E_OUTOFMEMORY);
}

static void issuers_that_cannot_be_told_end_the_request(void **state)
{
	struct scene *scene = *state;
	char *text;

	scene_start(scene);
	scene->callback.poked = NULL;
	mem_fail_at(1);
	assert_int_equal(fake_certificate_requested(fake_latest(), one_issuer),
			 E_OUTOFMEMORY);
	assert_true(mem_has_failed());
	fake_failed(fake_latest(), ERR_CLIENT, E_OUTOFMEMORY);
	assert_string_equal(scene->log.text, "E");
	assert_int_equal(scene->callback.error, E_OUTOFMEMORY);
	assert_int_equal(ixhr2_error_text((IUnknown *)(void *)scene->xhr, &text), S_OK);
	assert_string_equal(text, "out of memory");
	CoTaskMemFree(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_chain_is_lent_as_it_is_the_leaf_first),
		SCENE_TEST(each_error_has_its_bit),
		SCENE_TEST(one_that_answers_a_failure_stops_the_request),
		SCENE_TEST(successes_and_a_callback_that_is_not_there_go_on),
		SCENE_TEST(nothing_that_is_answered_to_it_stops_the_request),
		SCENE_TEST(issuers_are_texts_of_four_byte_units),
		SCENE_TEST(issuers_are_texts_of_two_byte_units_where_the_object_is),
		SCENE_TEST(only_one_who_has_the_callbacks_is_told),
		SCENE_TEST(ignored_errors_are_told_the_engine),
		SCENE_TEST(what_is_answered_after_an_abort_is_ignored),
		SCENE_TEST(the_last_release_may_come_in_either),
		SCENE_TEST(the_object_can_be_used_in_both),
		SCENE_TEST(one_that_blocks_holds_up_no_other_thread),
		SCENE_TEST(a_chain_as_they_are_takes_no_memory),
		SCENE_TEST(issuers_that_cannot_be_told_end_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
