/* SPDX-License-Identifier: MIT */
/* ixhr2_error_text and ixhr2_get_info. */
#include "lib/scene.h"
#include "lib/test.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

static IUnknown *unknown(struct scene *scene)
{
	return (IUnknown *)(void *)scene->xhr;
}

/* ---- ixhr2_error_text ---- */

static void check_text(struct scene *scene, const char *expected)
{
	char *text = (char *)1;

	assert_int_equal(ixhr2_error_text(unknown(scene), &text),
			 expected ? S_OK : S_FALSE);
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	CoTaskMemFree(text);
}

static void there_is_no_text_before_a_failure(void **state)
{
	struct scene *scene = *state;

	check_text(scene, NULL);
	scene_open(scene);
	check_text(scene, NULL);
	scene_send(scene);
	check_text(scene, NULL);
	fake_received(fake_latest());
	check_text(scene, NULL);
}

static void text_in_callback(struct probe_callback *callback, char letter)
{
	check_text(callback->owner, letter == 'E' ? "connecting failed" : NULL);
}

static void the_text_of_a_failure_is_the_engines(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	fake_latest()->error_text = "connecting failed";
	scene->callback.owner = scene;
	scene->callback.hook = text_in_callback;
	fake_headers(fake_latest(), 200, "OK", NULL);
	fake_failed(fake_latest(), ERR_CONNECT, 0);
	check_text(scene, "connecting failed");
	scene_open(scene);
	check_text(scene, NULL);
}

static void what_failed_above_the_engine_has_a_text_of_its_own(void **state)
{
	struct scene *scene = *state;

	IXMLHTTPRequest3_SetCustomResponseStream(scene->xhr,
						 probe_sequential(&scene->sink));
	scene->sink.answer = E_FAIL;
	scene_start(scene);
	fake_received(fake_latest());
	check_text(scene, "the program's own code failed");

	scene_start(scene);
	IXMLHTTPRequest3_Abort(scene->xhr);
	fake_received(fake_latest());
	check_text(scene, "the request was aborted");
}

static void error_text_checks_its_arguments(void **state)
{
	struct scene *scene = *state;
	char *text = (char *)1;

	assert_int_equal(ixhr2_error_text(unknown(scene), NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_error_text(NULL, &text), E_INVALIDARG);
	assert_null(text);
	text = (char *)1;
	assert_int_equal(
		ixhr2_error_text((IUnknown *)(void *)&scene->body.IStream_iface, &text),
		E_INVALIDARG);
	assert_null(text);
}

/* ---- ixhr2_get_info ---- */

static void an_object_that_was_never_opened_knows_nothing(void **state)
{
	struct scene *scene = *state;
	struct ixhr2_info info = {.cb = sizeof(info)};

	assert_int_equal(ixhr2_get_info(unknown(scene), &info), S_OK);
	assert_null(info.url);
	assert_null(info.peer);
	assert_null(info.request_head);
	assert_null(info.error_name);
	assert_true(info.resolved_us == IXHR2_NO_TIME && info.done_us == IXHR2_NO_TIME);
	assert_int_equal(info.error, S_OK);
}

/* Microseconds of the fake's times: 1000 at the beginning, then in steps. */
static void fill_fake(struct request_info *info)
{
	info->version = 11;
	info->is_reused = true;
	info->url = SPAN("http://b.example/path#part");
	info->peer = "127.0.0.1:80";
	info->begin_ns = 1000000;
	info->connected_ns = 1002999;
	info->secured_ns = 1002999;
	info->tls_version = "TLSv1.3";
	info->tls_cipher = "TLS_AES_128_GCM_SHA256";
	info->is_resumed = true;
	info->sent_ns = 1003000;
	info->first_byte_ns = 1004000;
	info->end_ns = 1005000;
	info->body_sent = 7;
	info->body_received = 8;
	info->proxy = "http://proxy.example:3128";
	info->proxy_status = 502;
	info->is_proxy_fault = true;
}

static void info_tells_what_the_engine_knows(void **state)
{
	struct scene *scene = *state;
	struct ixhr2_info info = {.cb = sizeof(info)};

	scene_start(scene);
	fill_fake(&fake_latest()->info);
	fake_latest()->client->redirect(fake_latest()->owner, SPAN("http://b.example/"));
	fake_headers(fake_latest(), 200, "OK", NULL);
	fake_failed(fake_latest(), ERR_CLOSED, 0);
	assert_int_equal(ixhr2_get_info(unknown(scene), &info), S_OK);
	assert_int_equal(info.cb, sizeof(info));
	assert_int_equal(info.http_version, 11);
	assert_true(info.is_reused);
	assert_int_equal(info.redirects, 1);
	assert_string_equal(info.url, "http://b.example/path");
	assert_string_equal(info.peer, "127.0.0.1:80");
	assert_string_equal(info.request_head, "GET / HTTP/1.1\r\n\r\n");
	assert_true(info.resolved_us == IXHR2_NO_TIME);
	assert_int_equal(info.connected_us, 2);
	assert_int_equal(info.secured_us, 2);
	assert_string_equal(info.tls_version, "TLSv1.3");
	assert_string_equal(info.tls_cipher, "TLS_AES_128_GCM_SHA256");
	assert_int_equal(info.is_resumed, TRUE);
	assert_int_equal(info.sent_us, 3);
	assert_int_equal(info.first_byte_us, 4);
	assert_int_equal(info.done_us, 5);
	assert_int_equal(info.sent_bytes, 7);
	assert_int_equal(info.received_bytes, 8);
	assert_int_equal(info.error, INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(info.error_extended, IXHR2_HRESULT(0x80072EFE));
	assert_string_equal(info.error_name, "INET_E_DOWNLOAD_FAILURE");
	assert_string_equal(info.proxy, "http://proxy.example:3128");
	assert_int_equal(info.proxy_status, 502);
	assert_int_equal(info.is_proxy_fault, TRUE);
	ixhr2_info_free(&info);
	assert_int_equal(info.cb, sizeof(info));
	assert_null(info.url);
	assert_null(info.proxy);
	assert_int_equal(info.sent_bytes, 0);
	ixhr2_info_free(&info);
	ixhr2_info_free(NULL);
}

static void without_tls_nothing_is_told_of_it(void **state)
{
	struct scene *scene = *state;
	struct ixhr2_info info = {.cb = sizeof(info)};

	scene_start(scene);
	fake_received(fake_latest());
	assert_int_equal(ixhr2_get_info(unknown(scene), &info), S_OK);
	assert_true(info.secured_us == IXHR2_NO_TIME);
	assert_null(info.tls_version);
	assert_null(info.tls_cipher);
	assert_int_equal(info.is_resumed, FALSE);
	ixhr2_info_free(&info);
}

static void without_a_proxy_there_is_none(void **state)
{
	struct scene *scene = *state;
	struct ixhr2_info info = {.cb = sizeof(info)};

	scene_start(scene);
	fake_received(fake_latest());
	assert_int_equal(ixhr2_get_info(unknown(scene), &info), S_OK);
	assert_null(info.proxy);
	assert_int_equal(info.proxy_status, 0);
	assert_int_equal(info.is_proxy_fault, FALSE);
	ixhr2_info_free(&info);
}

/* What struct ixhr2_info was before it told of TLS, and before it told of proxies. */
static const DWORD older_sizes[] = {
	offsetof(struct ixhr2_info, tls_version),
	offsetof(struct ixhr2_info, proxy),
};

/* Memory for the latest, of which an older caller has the beginning alone. */
struct older_caller {
	unsigned char at[2 * sizeof(struct ixhr2_info)]; /* 0xA5 at first */
};

static void check_behind(const struct older_caller *caller, DWORD known)
{
	for (size_t i = known; i < sizeof(caller->at); i++)
		assert_int_equal(caller->at[i], 0xA5);
}

static void check_older_caller(struct scene *scene, DWORD known)
{
	_Alignas(struct ixhr2_info) struct older_caller caller;
	struct ixhr2_info *info = (struct ixhr2_info *)(void *)&caller;

	memset(&caller, 0xA5, sizeof(caller));
	scene_start(scene);
	fill_fake(&fake_latest()->info);
	info->cb = known;
	assert_int_equal(ixhr2_get_info(unknown(scene), info), E_PENDING);
	assert_int_equal(info->cb, known);
	assert_int_equal(info->redirects, 0);
	check_behind(&caller, known);
	fake_failed(fake_latest(), ERR_CLOSED, 0);
	assert_int_equal(ixhr2_get_info(unknown(scene), info), S_OK);
	assert_int_equal(info->cb, known);
	assert_string_equal(info->url, "http://b.example/path");
	assert_int_equal(info->secured_us, 2);
	assert_string_equal(info->error_name, "INET_E_DOWNLOAD_FAILURE");
	check_behind(&caller, known);
	ixhr2_info_free(info);
	assert_null(info->url);
	assert_null(info->error_name);
	check_behind(&caller, known);
}

static void an_older_caller_gets_what_it_knows(void **state)
{
	for (size_t i = 0; i < TEST_COUNT(older_sizes); i++)
		check_older_caller(*state, older_sizes[i]);
}

static void *get_info_elsewhere(void *owner)
{
	static const struct ixhr2_info zero = {.cb = sizeof(zero)};
	struct ixhr2_info info = {.cb = sizeof(info), .redirects = 9};

	assert_int_equal(ixhr2_get_info(owner, &info), E_PENDING);
	assert_memory_equal(&info, &zero, sizeof(info));
	return NULL;
}

static void info_in_callback(struct probe_callback *callback, char letter)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	pthread_t thread;

	assert_int_equal(ixhr2_get_info(unknown(callback->owner), &info), S_OK);
	assert_int_equal(info.error, letter == 'E' ? INET_E_CANNOT_CONNECT : S_OK);
	ixhr2_info_free(&info);
	if (letter != 'h')
		return;
	pthread_create(&thread, NULL, get_info_elsewhere, unknown(callback->owner));
	pthread_join(thread, NULL);
}

static void while_it_runs_a_request_tells_its_own_callbacks_alone(void **state)
{
	struct scene *scene = *state;

	scene_open(scene);
	scene->callback.owner = scene;
	scene->callback.hook = info_in_callback;
	scene_send(scene);
	get_info_elsewhere(unknown(scene));
	fake_headers(fake_latest(), 200, "OK", NULL);
	get_info_elsewhere(unknown(scene));
	fake_failed(fake_latest(), ERR_CONNECT, 0);
}

static bool is_info_size(DWORD cb)
{
	return cb == sizeof(struct ixhr2_info) || cb == older_sizes[0] ||
	       cb == older_sizes[1];
}

static void get_info_checks_its_arguments(void **state)
{
	struct scene *scene = *state;
	struct ixhr2_info info = {.cb = sizeof(info), .redirects = 9};

	assert_int_equal(ixhr2_get_info(unknown(scene), NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_get_info(NULL, &info), E_INVALIDARG);
	assert_int_equal(info.redirects, 0);
	assert_int_equal(
		ixhr2_get_info((IUnknown *)(void *)&scene->body.IStream_iface, &info),
		E_INVALIDARG);
	for (DWORD cb = 0; cb < 2 * sizeof(info); cb++) {
		info.cb = cb;
		assert_int_equal(ixhr2_get_info(unknown(scene), &info),
				 is_info_size(cb) ? S_OK : E_INVALIDARG);
	}
}

/* ---- memory ---- */

static void both_survive_an_allocation_that_fails(void **state)
{
	struct scene *scene = *state;
	struct ixhr2_info info = {.cb = sizeof(info)};
	unsigned failures = 0;
	char *text;

	scene_start(scene);
	fake_latest()->error_text = "text";
	fill_fake(&fake_latest()->info);
	fake_failed(fake_latest(), ERR_CONNECT, 0);
	for (unsigned long n = 1; n < 10; n++) {
		mem_fail_at(n);
		failures += ixhr2_error_text(unknown(scene), &text) == E_OUTOFMEMORY;
		assert_true(mem_has_failed() == (text == NULL));
		CoTaskMemFree(text);
		mem_fail_at(n);
		failures += ixhr2_get_info(unknown(scene), &info) == E_OUTOFMEMORY;
		assert_true(mem_has_failed() == (info.url == NULL));
		ixhr2_info_free(&info);
	}
	assert_true(failures >= 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(there_is_no_text_before_a_failure),
		SCENE_TEST(the_text_of_a_failure_is_the_engines),
		SCENE_TEST(what_failed_above_the_engine_has_a_text_of_its_own),
		SCENE_TEST(error_text_checks_its_arguments),
		SCENE_TEST(an_object_that_was_never_opened_knows_nothing),
		SCENE_TEST(info_tells_what_the_engine_knows),
		SCENE_TEST(without_tls_nothing_is_told_of_it),
		SCENE_TEST(without_a_proxy_there_is_none),
		SCENE_TEST(an_older_caller_gets_what_it_knows),
		SCENE_TEST(while_it_runs_a_request_tells_its_own_callbacks_alone),
		SCENE_TEST(get_info_checks_its_arguments),
		SCENE_TEST(both_survive_an_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
