/* SPDX-License-Identifier: MIT */
/* From events of the engine to callbacks and streams: order, codes, references. */
#include "lib/scene.h"
#include "lib/test.h"

#include <pthread.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include "base/mem.h"

/* A code that is neither ours nor a success. */
#define OWN_FAILURE IXHR2_HRESULT(0x8004AAAA)

static void use_sink(struct scene *scene)
{
	assert_int_equal(IXMLHTTPRequest3_SetCustomResponseStream(
				 scene->xhr, probe_sequential(&scene->sink)),
			 S_OK);
}

static void start_with_body(struct scene *scene, ULONGLONG bytes)
{
	scene_open(scene);
	assert_int_equal(
		IXMLHTTPRequest3_Send(scene->xhr, probe_sequential(&scene->body), bytes),
		S_OK);
}

static void set(struct scene *scene, XHR_PROPERTY property, ULONGLONG value)
{
	assert_int_equal(IXMLHTTPRequest3_SetProperty(scene->xhr, property, value), S_OK);
}

static int32_t tell_redirect(const char *url)
{
	struct request *request = fake_latest();

	return request->client->redirect(request->owner, span_str(url));
}

/* Bytes read from a response stream, as text with a NUL. */
static HRESULT read_all(ISequentialStream *stream, char *to, ULONG cap)
{
	ULONG len = 99;
	HRESULT hr = ISequentialStream_Read(stream, to, cap - 1, &len);

	to[len] = '\0';
	return hr;
}

/* ---- order and streams ---- */

static void keep_stream(struct probe_callback *callback, char letter)
{
	if (letter == 'R' || (letter == 'd' && !callback->owner)) {
		ISequentialStream_AddRef(callback->stream);
		callback->owner = callback->stream;
	}
}

static void a_response_without_a_body_has_a_stream_too(void **state)
{
	struct scene *scene = *state;
	ISequentialStream *stream;
	char text[8];

	scene->callback.hook = keep_stream;
	scene_start(scene);
	assert_int_equal(fake_headers(fake_latest(), 204, "No Content", NULL), 0);
	assert_int_equal(scene->callback.status, 204);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "hR");
	stream = scene->callback.owner;
	assert_int_equal(read_all(stream, text, sizeof(text)), S_FALSE);
	assert_string_equal(text, "");
	ISequentialStream_Release(stream);
}

static void a_kept_stream_outlives_the_object(void **state)
{
	struct scene *scene = *state;
	ISequentialStream *stream;
	char text[16];

	scene->callback.hook = keep_stream;
	set(scene, XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_NEVER);
	scene_start(scene);
	fake_headers(fake_latest(), 200, "OK", NULL);
	assert_int_equal(fake_data(fake_latest(), "hello "), 0);
	assert_int_equal(fake_data(fake_latest(), "world"), 0);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "hR");
	scene_release(scene);
	stream = scene->callback.owner;
	assert_int_equal(read_all(stream, text, sizeof(text)), S_FALSE);
	assert_string_equal(text, "hello world");
	assert_int_equal(read_all(stream, text, sizeof(text)), S_FALSE);
	ISequentialStream_Release(stream);
}

static void a_kept_stream_ends_with_the_error(void **state)
{
	struct scene *scene = *state;
	ISequentialStream *stream;
	char text[16];

	scene->callback.hook = keep_stream;
	scene_start(scene);
	fake_headers(fake_latest(), 200, "OK", NULL);
	fake_data(fake_latest(), "abc");
	fake_failed(fake_latest(), ERR_CLOSED, 0);
	stream = scene->callback.owner;
	assert_int_equal(read_all(stream, text, sizeof(text)), S_FALSE);
	assert_string_equal(text, "abc");
	assert_int_equal(read_all(stream, text, sizeof(text)), INET_E_DOWNLOAD_FAILURE);
	ISequentialStream_Release(stream);
}

static void read_in_callback(struct probe_callback *callback, char letter)
{
	if (letter == 'd')
		(void)read_all(callback->stream, callback->owner, 10);
}

static void what_the_engine_has_besides_is_read_in_the_callback(void **state)
{
	struct scene *scene = *state;
	char text[16] = "";

	scene->callback.hook = read_in_callback;
	scene->callback.owner = text;
	scene_start(scene);
	fake_headers(fake_latest(), 200, "OK", NULL);
	fake_latest()->more = "defghijklm";
	fake_data(fake_latest(), "abc");
	assert_string_equal(text, "abcdefghi");
	fake_latest()->more = NULL;
	fake_data(fake_latest(), "nop");
	assert_string_equal(text, "nop");
	fake_received(fake_latest());
}

static void data_is_told_when_as_much_is_unread(void **state)
{
	static const struct {
		ULONGLONG threshold;
		bool has_sink;
		const char *expected;
	} rows[] = {
		{XHR_PROP_ONDATA_ALWAYS, false, "dddR"},
		{1, false, "dddR"},
		{4, false, "ddR"},
		{6, false, "dR"},
		{7, false, "R"},
		{XHR_PROP_ONDATA_NEVER, false, "R"},
		{XHR_PROP_ONDATA_ALWAYS, true, ">d>d>d]R"},
		{4, true, ">>d>]R"},
		{7, true, ">>>]R"},
		{XHR_PROP_ONDATA_NEVER, true, ">>>]R"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct scene *scene;

		scene_begin((void **)&scene);
		set(scene, XHR_PROP_ONDATA_THRESHOLD, rows[i].threshold);
		if (rows[i].has_sink)
			use_sink(scene);
		scene_start(scene);
		for (int n = 0; n < 3; n++)
			assert_int_equal(fake_data(fake_latest(), "xy"), 0);
		fake_received(fake_latest());
		assert_string_equal(scene->log.text, rows[i].expected);
		assert_false(scene->sink.was_dirty);
		scene_end((void **)&scene);
	}
}

static void a_custom_stream_is_what_callbacks_get(void **state)
{
	struct scene *scene = *state;

	use_sink(scene);
	scene_start(scene);
	fake_data(fake_latest(), "xy");
	assert_ptr_equal(scene->callback.stream, probe_sequential(&scene->sink));
	scene->callback.stream = NULL;
	fake_received(fake_latest());
	assert_ptr_equal(scene->callback.stream, probe_sequential(&scene->sink));
	assert_int_equal(scene->sink.refs, 1);
}

static void a_custom_stream_that_does_not_take_all_stops_the_request(void **state)
{
	struct scene *scene = *state;

	use_sink(scene);
	scene->sink.takes_all = false;
	scene->sink.taken = 1;
	scene_start(scene);
	assert_int_equal(fake_data(fake_latest(), "xy"), STG_E_MEDIUMFULL);
	fake_failed(fake_latest(), ERR_CLIENT, STG_E_MEDIUMFULL);
	assert_int_equal(scene->callback.error, STG_E_MEDIUMFULL);
	assert_string_equal(scene->log.text, ">E");

	use_sink(scene);
	scene->sink.takes_all = true;
	scene->sink.answer = OWN_FAILURE;
	scene_start(scene);
	assert_int_equal(fake_data(fake_latest(), "xy"), OWN_FAILURE);
	fake_failed(fake_latest(), ERR_CLIENT, OWN_FAILURE);
	assert_int_equal(scene->callback.error, OWN_FAILURE);
	assert_string_equal(scene->log.text, ">E>E");
}

static void a_custom_stream_that_refuses_the_end_makes_an_error(void **state)
{
	struct scene *scene = *state;

	use_sink(scene);
	scene->sink.answer = OWN_FAILURE;
	scene_start(scene);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "]E");
	assert_int_equal(scene->callback.error, OWN_FAILURE);
}

/* ---- what the program answers ---- */

static void successes_go_on_and_failures_stop(void **state)
{
	static const HRESULT good[] = {S_OK, S_FALSE, 574, 0x7FFFFFFF};
	static const HRESULT bad[] = {E_FAIL, E_NOTIMPL, E_ABORT, OWN_FAILURE};
	struct scene *scene = *state;

	scene_start(scene);
	for (size_t i = 0; i < TEST_COUNT(good); i++) {
		scene->callback.answer = good[i];
		assert_int_equal(tell_redirect("http://b/"), 0);
		assert_int_equal(fake_headers(fake_latest(), 200, "OK", NULL), 0);
		assert_int_equal(fake_data(fake_latest(), "x"), 0);
	}
	fake_latest()->heads = 0;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		scene->callback.answer = bad[i];
		assert_int_equal(tell_redirect("http://b/"), bad[i]);
		assert_int_equal(fake_headers(fake_latest(), 200, "OK", NULL), bad[i]);
		assert_int_equal(fake_data(fake_latest(), "x"), bad[i]);
	}
	fake_received(fake_latest());
	assert_int_equal(scene->callback.error, 0);
}

static void errors_have_a_default_and_an_extended_code(void **state)
{
	static const struct {
		enum err err;
		int32_t code;
		HRESULT plain;
		HRESULT extended;
	} rows[] = {
		{ERR_NAME, 0, INET_E_RESOURCE_NOT_FOUND, IXHR2_HRESULT(0x80072EE7)},
		{ERR_CONNECT, 0, INET_E_CANNOT_CONNECT, IXHR2_HRESULT(0x80072EFD)},
		{ERR_TIMEOUT, 0, INET_E_CONNECTION_TIMEOUT, IXHR2_HRESULT(0x80072EE2)},
		{ERR_CLOSED, 0, INET_E_DOWNLOAD_FAILURE, IXHR2_HRESULT(0x80072EFE)},
		{ERR_RESET, 0, INET_E_DOWNLOAD_FAILURE, IXHR2_HRESULT(0x80072EFF)},
		{ERR_PROTOCOL, 0, INET_E_DOWNLOAD_FAILURE, IXHR2_HRESULT(0x80072F78)},
		{ERR_LIMIT, 0, INET_E_DOWNLOAD_FAILURE, IXHR2_HRESULT(0x80072F78)},
		{ERR_CODING, 0, INET_E_DOWNLOAD_FAILURE, IXHR2_HRESULT(0x80072F8F)},
		{ERR_TLS, 0, INET_E_SECURITY_PROBLEM, IXHR2_HRESULT(0x80072F7D)},
		{ERR_CERT_DATE, 0, INET_E_INVALID_CERTIFICATE, IXHR2_HRESULT(0x80072F05)},
		{ERR_CERT_NAME, 0, INET_E_INVALID_CERTIFICATE, IXHR2_HRESULT(0x80072F06)},
		{ERR_CERT_AUTHORITY, 0, INET_E_INVALID_CERTIFICATE,
		 IXHR2_HRESULT(0x80072F0D)},
		{ERR_CERT_REVOKED, 0, INET_E_INVALID_CERTIFICATE,
		 IXHR2_HRESULT(0x80072F8A)},
		{ERR_CERT_STATUS, 0, INET_E_INVALID_CERTIFICATE,
		 IXHR2_HRESULT(0x80072F19)},
		{ERR_CERT_SEVERAL, 0, INET_E_INVALID_CERTIFICATE,
		 IXHR2_HRESULT(0x80072F17)},
		{ERR_CLIENT_CERT, 0, INET_E_SECURITY_PROBLEM, IXHR2_HRESULT(0x80072F0C)},
		{ERR_PIN, 0, INET_E_SECURITY_PROBLEM, IXHR2_HRESULT(0x80072F0C)},
		{ERR_REDIRECT, 0, INET_E_REDIRECT_FAILED, IXHR2_HRESULT(0x80072F7C)},
		{ERR_REDIRECT_DOWNGRADE, 0, INET_E_REDIRECT_FAILED,
		 IXHR2_HRESULT(0x80072F08)},
		{ERR_REPLAY, 0, STG_E_SEEKERROR, STG_E_SEEKERROR},
		{ERR_BODY_SHORT, 0, STG_E_READFAULT, STG_E_READFAULT},
		{ERR_ABORTED, 0, E_ABORT, E_ABORT},
		{ERR_NO_MEMORY, 0, E_OUTOFMEMORY, E_OUTOFMEMORY},
		{ERR_CLIENT, OWN_FAILURE, OWN_FAILURE, OWN_FAILURE},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < 2 * TEST_COUNT(rows); i++) {
		bool is_extended = i % 2;

		set(scene, XHR_PROP_EXTENDED_ERROR, is_extended);
		scene_start(scene);
		fake_failed(fake_latest(), rows[i / 2].err, rows[i / 2].code);
		assert_int_equal(scene->callback.error,
				 is_extended ? rows[i / 2].extended : rows[i / 2].plain);
	}
}

/* ---- texts ---- */

static void check_reason(struct probe_callback *callback, char letter)
{
	(void)letter;
	if (wcscmp(callback->text, callback->owner))
		fail_msg("\"%ls\" instead of \"%ls\"", (const WCHAR *)callback->text,
			 (const WCHAR *)callback->owner);
}

static void reason_and_url_are_wide_and_never_null(void **state)
{
	struct scene *scene = *state;
	WCHAR wide[301];
	char plain[301];

	for (size_t i = 0; i < 300; i++) {
		plain[i] = 'u';
		wide[i] = L'u';
	}
	plain[300] = '\0';
	wide[300] = 0;
	scene->callback.hook = check_reason;
	scene_start(scene);
	scene->callback.owner = (WCHAR *)L"";
	fake_headers(fake_latest(), 200, NULL, NULL);
	scene->callback.owner = (WCHAR *)L"\u00e4\u00ff";
	fake_headers(fake_latest(), 200, "\xe4\xff", NULL);
	scene->callback.owner = (WCHAR *)L"http://\u00e4/";
	tell_redirect("http://\u00e4/");
	scene->callback.owner = wide;
	tell_redirect(plain);
	scene->callback.hook = NULL;
}

static void check_narrow(struct probe_callback *callback, char letter)
{
	(void)letter;
	assert_memory_equal(callback->text, u"Gr\u00fc\u00df", sizeof(u"Gr\u00fc\u00df"));
}

static void an_object_of_two_byte_units_is_told_these(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr;

	assert_int_equal(ixhr2_create(2, &IID_IXMLHTTPRequest3, (void **)&xhr), S_OK);
	scene->callback.poked = NULL;
	scene->callback.hook = check_narrow;
	IXMLHTTPRequest3_Open(xhr, (const WCHAR *)u"GET", (const WCHAR *)u"http://a/",
			      probe_callback_2(&scene->callback), NULL, NULL, NULL, NULL);
	IXMLHTTPRequest3_Send(xhr, NULL, 0);
	fake_headers(fake_latest(), 200, "Gr\u00fc\u00df", NULL);
	tell_redirect("Gr\u00fc\u00df");
	scene->callback.hook = NULL;
	fake_received(fake_latest());
	IXMLHTTPRequest3_Release(xhr);
}

/* ---- the request's body ---- */

static int32_t rewind_body(void)
{
	return fake_latest()->client->rewind(fake_latest()->owner);
}

static int32_t read_body(uint32_t *out_len)
{
	char bytes[10];

	*out_len = 0;
	return fake_latest()->client->read(fake_latest()->owner, bytes, sizeof(bytes),
					   out_len);
}

static void a_body_is_rewound_when_it_can_seek(void **state)
{
	struct scene *scene = *state;

	start_with_body(scene, 5);
	assert_int_equal(rewind_body(), 0);
	scene->body.answer = S_FALSE;
	assert_int_equal(rewind_body(), 0);
	scene->body.answer = OWN_FAILURE;
	assert_int_equal(rewind_body(), 1);
	assert_string_equal(scene->log.text, "KKK");
	assert_false(scene->body.was_dirty);
	fake_received(fake_latest());

	scene->body.is_stream = false;
	start_with_body(scene, 5);
	assert_int_equal(rewind_body(), 1);
	assert_string_equal(scene->log.text, "KKKR");
}

static void a_body_is_read_as_it_answers(void **state)
{
	static const struct {
		HRESULT answer;
		ULONG given;
		int32_t result;
		uint32_t len;
	} rows[] = {
		{S_OK, 10, 0, 10},
		{S_OK, 3, 0, 3},
		{S_FALSE, 3, 0, 3},
		{574, 3, 0, 3},
		{S_OK, 0, 0, 0},
		{S_FALSE, 0, 0, 0},
		{OWN_FAILURE, 0, OWN_FAILURE, 0},
		{OWN_FAILURE, 3, OWN_FAILURE, 0},
		{E_PENDING, 0, E_PENDING, 0},
		{S_OK, 11, STG_E_READFAULT, 0},
	};
	struct scene *scene = *state;

	scene->body.takes_all = false;
	start_with_body(scene, 1000);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		uint32_t len;

		scene->body.answer = rows[i].answer;
		scene->body.taken = rows[i].given;
		assert_int_equal(read_body(&len), rows[i].result);
		assert_int_equal(len, rows[i].len);
	}
	assert_false(scene->body.was_dirty);
}

/* ---- Abort ---- */

static void abort_in(struct probe_callback *callback, char letter)
{
	if (callback->owner == NULL || *(char *)callback->owner == letter)
		assert_int_equal(IXMLHTTPRequest2_Abort(callback->xhr), S_OK);
}

static void abort_in_stream(struct probe_stream *stream, char letter)
{
	(void)letter;
	assert_int_equal(IXMLHTTPRequest3_Abort((IXMLHTTPRequest3 *)stream->owner), S_OK);
}

static void what_an_interrupted_call_answers_is_ignored(void **state)
{
	struct scene *scene = *state;
	uint32_t len;

	scene->callback.hook = abort_in;
	scene->callback.answer = OWN_FAILURE;
	scene->body.answer = OWN_FAILURE;
	start_with_body(scene, 5);
	assert_int_equal(tell_redirect("http://b/"), E_ABORT);
	assert_int_equal(fake_headers(fake_latest(), 200, "OK", NULL), E_ABORT);
	assert_int_equal(fake_data(fake_latest(), "x"), E_ABORT);
	assert_int_equal(read_body(&len), E_ABORT);
	assert_int_equal(rewind_body(), E_ABORT);
	fake_failed(fake_latest(), ERR_CONNECT, 0);
	assert_int_equal(scene->callback.error, E_ABORT);
}

static void an_abort_in_write_is_the_last_but_the_error(void **state)
{
	struct scene *scene = *state;

	scene->sink.hook = abort_in_stream;
	scene->sink.owner = scene->xhr;
	use_sink(scene);
	scene_start(scene);
	assert_int_equal(fake_data(fake_latest(), "x"), E_ABORT);
	assert_string_equal(scene->log.text, ">");
	fake_failed(fake_latest(), ERR_CLIENT, E_ABORT);

	use_sink(scene);
	scene_start(scene);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, ">E]E");
	assert_int_equal(scene->callback.error, E_ABORT);
}

static void an_abort_before_the_final_callback_beats_the_end(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	IXMLHTTPRequest3_Abort(scene->xhr);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "E");
	assert_int_equal(scene->callback.error, E_ABORT);
}

static void an_abort_in_the_final_callback_is_too_late(void **state)
{
	struct scene *scene = *state;

	scene->callback.hook = abort_in;
	scene_start(scene);
	fake_received(fake_latest());
	scene_start(scene);
	fake_failed(fake_latest(), ERR_NAME, 0);
	assert_string_equal(scene->log.text, "RE");
	assert_int_equal(scene->callback.error, INET_E_RESOURCE_NOT_FOUND);
}

/* ---- lives ---- */

static void release_in(struct probe_callback *callback, char letter)
{
	if (*(char *)callback->owner == letter) {
		callback->poked = NULL;
		IXMLHTTPRequest2_Release(callback->xhr);
	}
}

static void play(struct scene *scene, bool fails)
{
	struct request *request = fake_latest();

	tell_redirect("http://b/");
	fake_headers(request, 200, "OK", NULL);
	fake_data(request, "x");
	if (fails)
		fake_failed(request, ERR_CLOSED, 0);
	else
		fake_received(request);
	assert_int_equal(scene->callback.refs, 1);
	assert_int_equal(fake_count(), 0);
}

static void the_last_release_may_come_in_any_callback(void **state)
{
	static const char letters[] = "rhdRE";

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
		play(scene, letter == 'E');
		assert_string_equal(scene->log.text, letter == 'E' ? "rhdE" : "rhdR");
		scene_end((void **)&scene);
	}
}

static void a_released_object_can_be_taken_up_again_in_a_callback(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	assert_int_equal(IXMLHTTPRequest3_Release(scene->xhr), 0);
	fake_headers(fake_latest(), 200, "OK", NULL);
	assert_ptr_equal(scene->callback.xhr, scene->xhr);
	assert_int_equal(IXMLHTTPRequest2_AddRef(scene->callback.xhr), 1);
	fake_received(fake_latest());
	assert_int_equal(IXMLHTTPRequest3_Abort(scene->xhr), S_OK);
}

static void *release_elsewhere(void *owner)
{
	IXMLHTTPRequest3_Release((IXMLHTTPRequest3 *)owner);
	return NULL;
}

static void release_on_another_thread(struct probe_callback *callback, char letter)
{
	pthread_t thread;

	if (letter != 'R')
		return;
	callback->poked = NULL;
	assert_int_equal(pthread_create(&thread, NULL, release_elsewhere, callback->xhr),
			 0);
	pthread_join(thread, NULL);
}

static void the_last_release_may_come_on_another_thread(void **state)
{
	struct scene *scene = *state;

	scene->callback.hook = release_on_another_thread;
	scene_start(scene);
	scene->body.poked = NULL;
	scene->sink.poked = NULL;
	scene->xhr = NULL;
	play(scene, false);
}

static void unread_bytes_go_with_the_final_callback(void **state)
{
	struct scene *scene = *state;
	long before;

	set(scene, XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_NEVER);
	scene_start(scene);
	before = mem_live_blocks();
	fake_headers(fake_latest(), 200, "OK", NULL);
	assert_int_equal(fake_data(fake_latest(), "unread"), 0);
	assert_true(mem_live_blocks() > before);
	fake_received(fake_latest());
	assert_int_equal(mem_live_blocks(), before);
}

/* In the final callback the same object is opened with another callback and sent. */
static void send_again(struct probe_callback *callback, char letter)
{
	struct scene *scene = callback->owner;
	struct request *before = fake_latest();

	if (letter != 'R' && letter != 'E')
		return;
	assert_int_equal(IXMLHTTPRequest3_SetCustomResponseStream(
				 scene->xhr, probe_sequential(&scene->sink)),
			 S_OK);
	assert_int_equal(IXMLHTTPRequest3_Open(scene->xhr, L"GET", L"http://b.example/",
					       probe_callback_2(&scene->callback), NULL,
					       NULL, NULL, NULL),
			 S_OK);
	assert_int_equal(IXMLHTTPRequest3_Send(scene->xhr, NULL, 0), S_OK);
	assert_int_equal(IXMLHTTPRequest3_Open(scene->xhr, L"GET", L"http://c.example/",
					       probe_callback_2(callback), NULL, NULL,
					       NULL, NULL),
			 E_PENDING);
	assert_ptr_not_equal(fake_latest(), before);
	assert_true(callback->refs > 1);
}

static void an_object_can_be_sent_again_in_its_final_callback(void **state)
{
	struct scene *scene = *state;

	for (int fails = 0; fails < 2; fails++) {
		struct probe_callback first;
		struct probe_log log = {0};

		probe_callback_init(&first, &log);
		first.hook = send_again;
		first.owner = scene;
		first.poked = scene->xhr;
		assert_int_equal(IXMLHTTPRequest3_Open(scene->xhr, L"GET",
						       L"http://a.example/",
						       probe_callback_2(&first), NULL,
						       NULL, NULL, NULL),
				 S_OK);
		IXMLHTTPRequest3_Send(scene->xhr, probe_sequential(&scene->body), 5);
		if (fails)
			fake_failed(fake_latest(), ERR_NAME, 0);
		else
			fake_received(fake_latest());
		assert_int_equal(first.refs, 1);
		assert_int_equal(scene->body.refs, 1);
		assert_int_equal(scene->sink.refs, 2);
		assert_int_equal(scene->callback.refs, 3);
		assert_string_equal(fake_latest()->url, "http://b.example/");
		fake_headers(fake_latest(), 200, "OK", NULL);
		fake_data(fake_latest(), "x");
		fake_received(fake_latest());
	}
	assert_string_equal(scene->log.text, "h>d]Rh>d]R");
}

/* ---- memory ---- */

static void check_out_of_memory(unsigned long n, bool *out_has_failed)
{
	struct scene *scene;
	char url[301] = {0};

	memset(url, 'u', sizeof(url) - 1);
	scene_begin((void **)&scene);
	scene->callback.poked = NULL;
	scene_start(scene);
	mem_fail_at(n);
	if (tell_redirect(url) || fake_headers(fake_latest(), 200, url, NULL) ||
	    fake_data(fake_latest(), "x"))
		fake_failed(fake_latest(), ERR_CLIENT, E_OUTOFMEMORY);
	else
		fake_received(fake_latest());
	*out_has_failed = mem_has_failed();
	mem_fail_at(0);
	if (strchr(scene->log.text, 'E'))
		assert_int_equal(scene->callback.error, E_OUTOFMEMORY);
	else
		assert_string_equal(scene->log.text, "rhdR");
	scene_end((void **)&scene);
}

static void every_event_survives_an_allocation_that_fails(void **state)
{
	bool has_failed = true;
	unsigned long n;

	(void)state;
	for (n = 1; has_failed; n++)
		check_out_of_memory(n, &has_failed);
	assert_true(n > 4);
}

/* What is unread cannot be kept then, but the program has decided before. */
static void a_callback_that_fails_beats_a_shortage_of_memory(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	scene->callback.poked = NULL;
	scene->callback.answer = OWN_FAILURE;
	scene->callback.answer_to = 'd';
	mem_fail_at(1);
	assert_int_equal(fake_data(fake_latest(), "x"), OWN_FAILURE);
	assert_true(mem_has_failed());
	mem_fail_at(0);
	fake_failed(fake_latest(), ERR_CLIENT, OWN_FAILURE);
	assert_int_equal(scene->callback.error, OWN_FAILURE);
	assert_string_equal(scene->log.text, "dE");
}

static void a_stream_without_bytes_takes_no_memory(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	scene->callback.poked = NULL;
	mem_fail_at(1);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "R");
	mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_response_without_a_body_has_a_stream_too),
		SCENE_TEST(a_kept_stream_outlives_the_object),
		SCENE_TEST(a_kept_stream_ends_with_the_error),
		SCENE_TEST(unread_bytes_go_with_the_final_callback),
		SCENE_TEST(what_the_engine_has_besides_is_read_in_the_callback),
		cmocka_unit_test(data_is_told_when_as_much_is_unread),
		SCENE_TEST(a_custom_stream_is_what_callbacks_get),
		SCENE_TEST(a_custom_stream_that_does_not_take_all_stops_the_request),
		SCENE_TEST(a_custom_stream_that_refuses_the_end_makes_an_error),
		SCENE_TEST(successes_go_on_and_failures_stop),
		SCENE_TEST(errors_have_a_default_and_an_extended_code),
		SCENE_TEST(reason_and_url_are_wide_and_never_null),
		SCENE_TEST(an_object_of_two_byte_units_is_told_these),
		SCENE_TEST(a_body_is_rewound_when_it_can_seek),
		SCENE_TEST(a_body_is_read_as_it_answers),
		SCENE_TEST(what_an_interrupted_call_answers_is_ignored),
		SCENE_TEST(an_abort_in_write_is_the_last_but_the_error),
		SCENE_TEST(an_abort_before_the_final_callback_beats_the_end),
		SCENE_TEST(an_abort_in_the_final_callback_is_too_late),
		cmocka_unit_test(the_last_release_may_come_in_any_callback),
		SCENE_TEST(a_released_object_can_be_taken_up_again_in_a_callback),
		SCENE_TEST(the_last_release_may_come_on_another_thread),
		SCENE_TEST(an_object_can_be_sent_again_in_its_final_callback),
		cmocka_unit_test(every_event_survives_an_allocation_that_fails),
		SCENE_TEST(a_callback_that_fails_beats_a_shortage_of_memory),
		SCENE_TEST(a_stream_without_bytes_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
