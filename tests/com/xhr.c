/* SPDX-License-Identifier: MIT */
/* The methods of IXMLHTTPRequest3: states, arguments, references, what is answered. */
#include "lib/scene.h"
#include "lib/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <uchar.h>

#include "base/mem.h"

/* A lone surrogate. */
static const WCHAR broken[] = {L'a', 0xD800, L'b', 0};

static const BYTE hash[32];

static const char *const some_fields[] = {
	"Content-Type", "text/plain", "Set-Cookie", "a=1",  "X",   "",	"set-cookie",
	"b=2",		"Vary",	      "one",	    "vary", "two", NULL};

/* ---- the table of states ---- */

enum state { CREATED, OPENED, RUNNING, HEADED, FINISHED, BROKEN, STATES };

static const char *const state_names[] = {"CREATED",  "OPENED",
					  "RUNNING",  "RUNNING, headers",
					  "FINISHED", "FINISHED, error"};

static HRESULT call_open(struct scene *scene)
{
	return IXMLHTTPRequest3_Open(scene->xhr, L"POST", L"http://b.example/",
				     probe_callback_2(&scene->callback), L"user", L"word",
				     L"", NULL);
}

static HRESULT call_send(struct scene *scene)
{
	return IXMLHTTPRequest3_Send(scene->xhr, probe_sequential(&scene->body), 5);
}

static HRESULT call_abort(struct scene *scene)
{
	return IXMLHTTPRequest3_Abort(scene->xhr);
}

static HRESULT call_header(struct scene *scene)
{
	return IXMLHTTPRequest3_SetRequestHeader(scene->xhr, L"Accept", L"text/html");
}

static HRESULT call_custom(struct scene *scene)
{
	return IXMLHTTPRequest3_SetCustomResponseStream(scene->xhr,
							probe_sequential(&scene->sink));
}

static HRESULT call_property(struct scene *scene)
{
	return IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_NO_CACHE, TRUE);
}

static HRESULT call_timeout(struct scene *scene)
{
	return IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_TIMEOUT, 1234);
}

static HRESULT call_certificate(struct scene *scene)
{
	return IXMLHTTPRequest3_SetClientCertificate(scene->xhr, 20, hash, NULL);
}

static HRESULT call_all_headers(struct scene *scene)
{
	WCHAR *text = (WCHAR *)1;
	HRESULT hr = IXMLHTTPRequest3_GetAllResponseHeaders(scene->xhr, &text);

	assert_true(FAILED(hr) == (text == NULL));
	CoTaskMemFree(text);
	return hr;
}

static HRESULT call_one_header(struct scene *scene)
{
	WCHAR *text = (WCHAR *)1;
	HRESULT hr = IXMLHTTPRequest3_GetResponseHeader(scene->xhr, L"vary", &text);

	assert_true(FAILED(hr) == (text == NULL));
	CoTaskMemFree(text);
	return hr;
}

static HRESULT call_set_cookie(struct scene *scene)
{
	XHR_COOKIE cookie = {.pwszUrl = (WCHAR *)L"http://a/", .pwszName = (WCHAR *)L"n"};
	DWORD state = 77;
	HRESULT hr = IXMLHTTPRequest3_SetCookie(scene->xhr, &cookie, &state);

	assert_int_equal(state, 0);
	return hr;
}

static HRESULT call_get_cookie(struct scene *scene)
{
	ULONG count = 77;
	XHR_COOKIE *cookies = (XHR_COOKIE *)1;
	HRESULT hr = IXMLHTTPRequest3_GetCookie(scene->xhr, L"http://a/", NULL, 0, &count,
						&cookies);

	assert_int_equal(count, 0);
	assert_null(cookies);
	return hr;
}

/* Where calls lead. */
#define STAYS                                                                            \
	{                                                                                \
		CREATED, OPENED, RUNNING, HEADED, FINISHED, BROKEN                       \
	}
#define OPENS                                                                            \
	{                                                                                \
		OPENED, OPENED, RUNNING, HEADED, OPENED, OPENED                          \
	}
#define SENDS                                                                            \
	{                                                                                \
		CREATED, RUNNING, RUNNING, HEADED, FINISHED, BROKEN                      \
	}
#define ABORTS                                                                           \
	{                                                                                \
		CREATED, CREATED, RUNNING, HEADED, FINISHED, BROKEN                      \
	}

#define NO   E_UNEXPECTED
#define WAIT E_PENDING
#define NONE E_NOTIMPL

static const struct {
	const char *name;
	HRESULT (*call)(struct scene *scene);
	HRESULT expected[STATES]; /* by enum state */
	enum state after[STATES]; /* where it leads, by enum state */
} cells[] = {
	{"Open", call_open, {S_OK, S_OK, WAIT, WAIT, S_OK, S_OK}, OPENS},
	{"Send", call_send, {NO, S_OK, NO, NO, NO, NO}, SENDS},
	{"Abort", call_abort, {0}, ABORTS},
	{"SetRequestHeader", call_header, {NO, S_OK, NO, NO, NO, NO}, STAYS},
	{"SetCustomResponseStream", call_custom, {S_OK, S_OK, NO, NO, S_OK, S_OK}, STAYS},
	{"SetProperty", call_property, {0}, STAYS},
	{"SetProperty TIMEOUT", call_timeout, {0}, STAYS},
	{"SetClientCertificate",
	 call_certificate,
	 {S_OK, S_OK, NO, NO, S_OK, S_OK},
	 STAYS},
	{"GetAllResponseHeaders",
	 call_all_headers,
	 {NO, NO, WAIT, S_OK, S_OK, NO},
	 STAYS},
	{"GetResponseHeader", call_one_header, {NO, NO, WAIT, S_OK, S_OK, NO}, STAYS},
	{"SetCookie", call_set_cookie, {NONE, NONE, NONE, NONE, NONE, NONE}, STAYS},
	{"GetCookie", call_get_cookie, {NONE, NONE, NONE, NONE, NONE, NONE}, STAYS},
};

static void bring(struct scene *scene, enum state state)
{
	if (state >= OPENED)
		scene_open(scene);
	if (state >= RUNNING)
		scene_send(scene);
	if (state == HEADED || state == FINISHED)
		fake_headers(fake_latest(), 200, "OK", some_fields);
	if (state == FINISHED)
		fake_received(fake_latest());
	if (state == BROKEN)
		fake_failed(fake_latest(), ERR_CONNECT, 0);
}

/* The state as a program can tell it; BROKEN looks like CREATED. */
static enum state tell_state(struct scene *scene)
{
	HRESULT all = call_all_headers(scene);

	if (call_header(scene) == S_OK)
		return OPENED;
	if (call_certificate(scene) == S_OK)
		return all == S_OK ? FINISHED : CREATED;
	return all == S_OK ? HEADED : RUNNING;
}

static void test_cell(unsigned cell, enum state state)
{
	struct scene *scene;
	enum state after = cells[cell].after[state];
	HRESULT hr;

	assert_int_equal(scene_begin((void **)&scene), 0);
	bring(scene, state);
	hr = cells[cell].call(scene);
	if (hr != cells[cell].expected[state])
		fail_msg("%s in %s: 0x%08X", cells[cell].name, state_names[state],
			 (unsigned)hr);
	if (after == BROKEN)
		after = CREATED;
	if (tell_state(scene) != after)
		fail_msg("%s in %s leads elsewhere", cells[cell].name,
			 state_names[state]);
	scene_end((void **)&scene);
}

static void every_cell_of_the_state_table_answers_as_the_contract_says(void **state)
{
	(void)state;
	for (unsigned cell = 0; cell < TEST_COUNT(cells); cell++) {
		for (enum state at = CREATED; at < STATES; at++)
			test_cell(cell, at);
	}
}

/* ---- arguments ---- */

static const WCHAR *const get = L"GET";
static const WCHAR *const url = L"http://a.example/";

static void open_refuses_null_and_malformed_arguments(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr = scene->xhr;
	IXMLHTTPRequest2Callback *callback = probe_callback_2(&scene->callback);
	HRESULT hr[] = {
		IXMLHTTPRequest3_Open(xhr, NULL, url, callback, NULL, NULL, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, get, NULL, callback, NULL, NULL, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, get, url, NULL, NULL, NULL, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, broken, url, callback, NULL, NULL, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, get, broken, callback, NULL, NULL, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, get, url, callback, broken, NULL, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, get, url, callback, NULL, broken, NULL, NULL),
		IXMLHTTPRequest3_Open(xhr, get, url, callback, NULL, NULL, broken, NULL),
		IXMLHTTPRequest3_Open(xhr, get, url, callback, NULL, NULL, NULL, broken),
	};

	for (size_t i = 0; i < TEST_COUNT(hr); i++)
		assert_int_equal(hr[i], E_INVALIDARG);
	assert_int_equal(scene->callback.queries, 0);
	assert_int_equal(tell_state(scene), CREATED);
}

static void open_answers_what_the_engine_says(void **state)
{
	static const struct {
		enum err err;
		HRESULT hr;
	} rows[] = {
		{ERR_INVALID, E_INVALIDARG},	{ERR_DENIED, E_ACCESSDENIED},
		{ERR_URL, INET_E_INVALID_URL},	{ERR_SCHEME, INET_E_UNKNOWN_PROTOCOL},
		{ERR_NO_MEMORY, E_OUTOFMEMORY},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		fake_fail_new(rows[i].err);
		assert_int_equal(call_open(scene), rows[i].hr);
		assert_int_equal(scene->callback.queries, 0);
	}
	fake_fail_new(ERR_NONE);
	scene_open(scene);
	fake_fail_new(ERR_URL);
	assert_int_equal(call_open(scene), INET_E_INVALID_URL);
	assert_string_equal(fake_latest()->url, "http://a.example/");
	assert_int_equal(tell_state(scene), OPENED);
}

static void the_other_methods_refuse_null_and_malformed_arguments(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr = scene->xhr;
	ISequentialStream *body = probe_sequential(&scene->body);
	WCHAR *text = (WCHAR *)1;

	scene_open(scene);
	assert_int_equal(IXMLHTTPRequest3_Send(xhr, NULL, 1), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_Send(xhr, NULL, IXHR2_LENGTH_UNKNOWN),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetCustomResponseStream(xhr, NULL),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(xhr, NULL, get), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(xhr, broken, get),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(xhr, get, broken),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(xhr, 20, NULL, NULL),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(xhr, 0, hash, NULL),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(xhr, 21, hash, NULL),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(xhr, 20, hash, broken),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(xhr, 32, hash, L"1234"),
			 S_OK);
	assert_int_equal(IXMLHTTPRequest3_Send(xhr, body, 0), S_OK);
	fake_headers(fake_latest(), 200, "OK", some_fields);
	assert_int_equal(IXMLHTTPRequest3_GetAllResponseHeaders(xhr, NULL), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(xhr, L"vary", NULL),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(xhr, NULL, &text),
			 E_INVALIDARG);
	assert_null(text);
	text = (WCHAR *)1;
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(xhr, broken, &text),
			 E_INVALIDARG);
	assert_null(text);
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(xhr, L"a b", &text),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(xhr, L"", &text),
			 E_INVALIDARG);
	fake_received(fake_latest());
}

static void cookie_methods_check_their_arguments(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr = scene->xhr;
	WCHAR *name = (WCHAR *)L"name";
	XHR_COOKIE cookies[] = {
		{.pwszName = name},
		{.pwszUrl = name},
		{.pwszUrl = (WCHAR *)broken, .pwszName = name},
		{.pwszUrl = name, .pwszName = (WCHAR *)broken},
		{.pwszUrl = name, .pwszName = name, .pwszValue = (WCHAR *)broken},
	};
	XHR_COOKIE good = {.pwszUrl = name, .pwszName = name};
	XHR_COOKIE *found = &good;
	DWORD verdict = 77;
	ULONG count = 77;

	for (size_t i = 0; i < TEST_COUNT(cookies); i++)
		assert_int_equal(IXMLHTTPRequest3_SetCookie(xhr, &cookies[i], &verdict),
				 E_INVALIDARG);
	assert_int_equal(verdict, 0);
	assert_int_equal(IXMLHTTPRequest3_SetCookie(xhr, NULL, &verdict), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetCookie(xhr, &good, NULL), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetCookie(xhr, NULL, NULL, 0, &count, &found),
			 E_INVALIDARG);
	assert_int_equal(count, 0);
	assert_null(found);
	assert_int_equal(IXMLHTTPRequest3_GetCookie(xhr, name, NULL, 0, NULL, &found),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetCookie(xhr, name, NULL, 0, &count, NULL),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetCookie(xhr, broken, NULL, 0, &count, &found),
			 E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_GetCookie(xhr, name, broken, 0, &count, &found),
			 E_INVALIDARG);
}

/* ---- what reaches the engine ---- */

static void texts_reach_the_engine_as_utf8_in_both_widths(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *narrow;

	assert_int_equal(ixhr2_create(2, &IID_IXMLHTTPRequest3, (void **)&narrow), S_OK);
	assert_int_equal(IXMLHTTPRequest3_Open(narrow, (const WCHAR *)u"PUT",
					       (const WCHAR *)u"http://\u00e4\U0001F600/",
					       probe_callback_2(&scene->callback), NULL,
					       NULL, NULL, NULL),
			 S_OK);
	assert_string_equal(fake_latest()->method, "PUT");
	assert_string_equal(fake_latest()->url, "http://\u00e4\U0001F600/");
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(narrow, (const WCHAR *)u"X",
							   (const WCHAR *)u"\u20ac"),
			 S_OK);
	assert_string_equal(fake_latest()->headers, "X: \u20ac|");
	IXMLHTTPRequest3_Release(narrow);
}

static void a_header_without_a_value_is_passed_empty(void **state)
{
	struct scene *scene = *state;

	scene_open(scene);
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(scene->xhr, L"A", NULL), S_OK);
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(scene->xhr, L"B", L""), S_OK);
	assert_int_equal(call_header(scene), S_OK);
	assert_string_equal(fake_latest()->headers, "A: |B: |Accept: text/html|");
	fake_fail_header(ERR_DENIED);
	assert_int_equal(call_header(scene), E_ACCESSDENIED);
	fake_fail_header(ERR_INVALID);
	assert_int_equal(call_header(scene), E_INVALIDARG);
}

static void properties_reach_the_engine_at_send_and_stay(void **state)
{
	struct scene *scene = *state;
	IXMLHTTPRequest3 *xhr = scene->xhr;
	struct request_options *options;

	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_TIMEOUT, 0xFFFFFFFF);
	scene_open(scene);
	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_MAX_CONNECTIONS, 3);
	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_NO_DEFAULT_HEADERS, TRUE);
	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	for (int round = 0; round < 2; round++) {
		scene_start(scene);
		options = &fake_latest()->options;
		assert_int_equal(options->wishes->timeout_ms, 0xFFFFFFFF);
		assert_int_equal(options->wishes->max_connections, 3);
		assert_true(options->wishes->no_default_headers);
		assert_true(options->wishes->reports_redirects);
		assert_false(options->wishes->no_redirects);
		fake_received(fake_latest());
	}
}

static void a_timeout_acts_at_once_on_a_running_request_only(void **state)
{
	struct scene *scene = *state;

	scene_open(scene);
	assert_int_equal(call_timeout(scene), S_OK);
	assert_int_equal(fake_latest()->timeouts, 0);
	scene_send(scene);
	assert_int_equal(fake_latest()->wishes.timeout_ms, 1234);
	IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_TIMEOUT, 99);
	assert_int_equal(fake_latest()->timeouts, 1);
	assert_int_equal(fake_latest()->timeout_ms, 99);
	assert_int_equal(
		IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_TIMEOUT, 0x100000000),
		E_INVALIDARG);
	assert_int_equal(fake_latest()->timeouts, 1);
	fake_received(fake_latest());
	assert_int_equal(call_timeout(scene), S_OK);
	assert_int_equal(fake_latest()->timeouts, 1);
}

static void send_passes_lengths_and_asks_for_istream_once(void **state)
{
	static const struct {
		ULONGLONG bytes;
		uint64_t passed;
		unsigned queries;
	} rows[] = {
		{0, 0, 0}, {7, 7, 1}, {IXHR2_LENGTH_UNKNOWN, REQUEST_LENGTH_UNKNOWN, 1}};
	struct scene *scene = *state;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		scene_open(scene);
		scene->body.queries = 0;
		assert_int_equal(IXMLHTTPRequest3_Send(scene->xhr,
						       probe_sequential(&scene->body),
						       rows[i].bytes),
				 S_OK);
		assert_int_equal(fake_latest()->body_length, rows[i].passed);
		assert_int_equal(scene->body.queries, rows[i].queries);
		assert_int_equal(scene->body.refs, 2 + rows[i].queries);
		fake_received(fake_latest());
		assert_int_equal(scene->body.refs, 1);
	}
}

static void a_send_that_the_engine_refuses_changes_nothing(void **state)
{
	struct scene *scene = *state;

	call_custom(scene);
	scene_open(scene);
	fake_fail_send(ERR_NO_MEMORY);
	assert_int_equal(call_send(scene), E_OUTOFMEMORY);
	assert_int_equal(scene->body.refs, 1);
	assert_int_equal(scene->sink.refs, 2);
	assert_int_equal(tell_state(scene), OPENED);
	fake_fail_send(ERR_NONE);
	assert_int_equal(call_send(scene), S_OK);
	assert_int_equal(scene->sink.refs, 2);
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "]R");
}

/* ---- references ---- */

static void the_object_has_one_identity_and_no_other_interface(void **state)
{
	static const IID *const good[] = {&IID_IUnknown, &IID_IXMLHTTPRequest2,
					  &IID_IXMLHTTPRequest3, &IID_IAgileObject};
	static const IID *const bad[] = {&IID_IXMLHTTPRequest2Callback, &IID_IStream,
					 &IID_IClassFactory, &GUID_NULL};
	struct scene *scene = *state;
	void *found;

	for (size_t i = 0; i < TEST_COUNT(good); i++) {
		assert_int_equal(
			IXMLHTTPRequest3_QueryInterface(scene->xhr, good[i], &found),
			S_OK);
		assert_ptr_equal(found, scene->xhr);
		assert_int_equal(IXMLHTTPRequest3_Release(scene->xhr), 1);
	}
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		found = scene;
		assert_int_equal(
			IXMLHTTPRequest3_QueryInterface(scene->xhr, bad[i], &found),
			E_NOINTERFACE);
		assert_null(found);
	}
	assert_int_equal(IXMLHTTPRequest3_QueryInterface(scene->xhr, good[0], NULL),
			 E_POINTER);
	assert_int_equal(IXMLHTTPRequest3_AddRef(scene->xhr), 2);
	assert_int_equal(IXMLHTTPRequest3_Release(scene->xhr), 1);
}

static void the_callback_is_asked_once_and_released_after_its_last_call(void **state)
{
	struct scene *scene = *state;

	for (int round = 0; round < 2; round++) {
		scene->callback.has_callback3 = round == 0;
		scene->callback.queries = 0;
		scene_open(scene);
		assert_int_equal(scene->callback.queries, 1);
		assert_int_equal(scene->callback.refs, round == 0 ? 3 : 2);
		scene_send(scene);
		fake_headers(fake_latest(), 200, "OK", NULL);
		assert_int_equal(scene->callback.refs, round == 0 ? 3 : 2);
		fake_received(fake_latest());
		assert_int_equal(scene->callback.refs, 1);
		assert_int_equal(scene->callback.queries, 1);
		assert_ptr_equal(scene->callback.xhr, scene->xhr);
	}
}

static void opening_again_releases_the_callback_before(void **state)
{
	struct scene *scene = *state;

	scene_open(scene);
	scene_open(scene);
	assert_int_equal(scene->callback.refs, 3);
	assert_int_equal(fake_count(), 1);
	assert_int_equal(fake_latest()->headers[0], '\0');
}

static void an_abort_before_send_takes_everything_but_properties_back(void **state)
{
	struct scene *scene = *state;

	call_timeout(scene);
	scene_open(scene);
	call_custom(scene);
	assert_int_equal(call_abort(scene), S_OK);
	assert_int_equal(scene->callback.refs, 1);
	assert_int_equal(scene->sink.refs, 1);
	assert_int_equal(fake_count(), 0);
	scene_start(scene);
	assert_int_equal(fake_latest()->wishes.timeout_ms, 1234);
	assert_string_equal(scene->log.text, "");
}

static void a_response_stream_is_kept_by_open_and_used_once(void **state)
{
	struct scene *scene = *state;

	call_custom(scene);
	call_custom(scene);
	assert_int_equal(scene->sink.refs, 2);
	scene_start(scene);
	fake_data(fake_latest(), "abc");
	fake_received(fake_latest());
	assert_int_equal(scene->sink.refs, 1);
	scene_start(scene);
	fake_data(fake_latest(), "abc");
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, ">d]RdR");
}

static void an_object_released_at_any_time_calls_nothing(void **state)
{
	struct scene *scene = *state;

	call_custom(scene);
	scene_open(scene);
	scene_release(scene);
	assert_int_equal(scene->callback.refs, 1);
	assert_int_equal(scene->sink.refs, 1);
	assert_string_equal(scene->log.text, "");
}

static void abort_reaches_a_running_request_alone(void **state)
{
	struct scene *scene = *state;

	scene_start(scene);
	call_abort(scene);
	call_abort(scene);
	assert_int_equal(fake_latest()->aborts, 1);
	fake_failed(fake_latest(), ERR_ABORTED, 0);
	assert_int_equal(scene->callback.error, E_ABORT);
	call_abort(scene);
	assert_int_equal(fake_latest()->aborts, 1);
}

static void a_new_open_forgets_the_response(void **state)
{
	struct scene *scene = *state;

	bring(scene, FINISHED);
	scene_open(scene);
	assert_int_equal(call_all_headers(scene), E_UNEXPECTED);
	scene_send(scene);
	assert_int_equal(call_all_headers(scene), E_PENDING);
}

/* ---- threads ---- */

struct hammer {
	struct scene *scene; /* whose object is called */
	atomic_bool is_over; /* no more rounds follow */
};

static void *call_everything(void *owner)
{
	struct hammer *hammer = owner;
	struct scene *scene = hammer->scene;

	while (!hammer->is_over) {
		call_all_headers(scene);
		call_one_header(scene);
		call_property(scene);
		call_timeout(scene);
		call_certificate(scene);
		call_custom(scene);
		IXMLHTTPRequest3_AddRef(scene->xhr);
		call_header(scene);
		IXMLHTTPRequest3_Release(scene->xhr);
	}
	return NULL;
}

static void play_round(struct scene *scene)
{
	struct request *request;

	scene_open(scene);
	request = fake_latest();
	scene_send(scene);
	if (fake_headers(request, 200, "OK", some_fields) || fake_data(request, "abc"))
		fake_failed(request, ERR_CLIENT, E_ABORT);
	else
		fake_received(request);
}

static void every_method_may_be_called_while_a_request_runs(void **state)
{
	struct hammer hammer = {.scene = *state};
	pthread_t threads[2];

	hammer.scene->callback.poked = NULL;
	hammer.scene->sink.poked = NULL;
	for (size_t i = 0; i < TEST_COUNT(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, call_everything, &hammer), 0);
	for (int round = 0; round < 300; round++) {
		hammer.scene->log.text[0] = '\0';
		play_round(hammer.scene);
	}
	hammer.is_over = true;
	for (size_t i = 0; i < TEST_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
}

static void *abort_until_over(void *owner)
{
	struct hammer *hammer = owner;

	while (!hammer->is_over)
		IXMLHTTPRequest3_Abort(hammer->scene->xhr);
	return NULL;
}

/* Between Open and Send the other thread's Abort may take the request back. */
static void an_abort_at_any_moment_leaves_one_final_callback(void **state)
{
	struct hammer hammer = {.scene = *state};
	struct scene *scene = *state;
	struct request *request;
	pthread_t thread;

	scene->callback.poked = NULL;
	assert_int_equal(pthread_create(&thread, NULL, abort_until_over, &hammer), 0);
	for (int round = 0; round < 2000; round++) {
		memset(scene->log.text, 0, sizeof(scene->log.text));
		scene_open(scene);
		request = fake_latest();
		if (IXMLHTTPRequest3_Send(scene->xhr, NULL, 0) != S_OK)
			continue;
		if (fake_data(request, "abc"))
			fake_failed(request, ERR_CLIENT, E_ABORT);
		else
			fake_received(request);
		assert_true(!strcmp(scene->log.text, "dR") ||
			    !strcmp(scene->log.text, "E") ||
			    !strcmp(scene->log.text, "dE"));
	}
	hammer.is_over = true;
	pthread_join(thread, NULL);
}

/* ---- memory ---- */

static void check_out_of_memory(HRESULT (*call)(struct scene *), enum state at)
{
	struct scene *scene;
	HRESULT hr = E_OUTOFMEMORY;

	for (unsigned long n = 1; hr != S_OK; n++) {
		assert_int_equal(scene_begin((void **)&scene), 0);
		scene->callback.poked = NULL;
		bring(scene, at);
		mem_fail_at(n);
		hr = call(scene);
		mem_fail_at(0);
		if (hr != S_OK)
			assert_int_equal(hr, E_OUTOFMEMORY);
		if (hr != S_OK)
			assert_int_equal(tell_state(scene), at);
		scene_end((void **)&scene);
		assert_true(n < 20);
	}
}

static HRESULT call_open_wide(struct scene *scene)
{
	return IXMLHTTPRequest3_Open(scene->xhr, L"P\u00c4", L"http://\u00e4.example/",
				     probe_callback_2(&scene->callback), L"\u00e4",
				     L"\u00e4", L"\u00e4", L"\u00e4");
}

static HRESULT call_header_wide(struct scene *scene)
{
	return IXMLHTTPRequest3_SetRequestHeader(scene->xhr, L"\u00e4", L"\u00e4");
}

static HRESULT call_certificate_wide(struct scene *scene)
{
	return IXMLHTTPRequest3_SetClientCertificate(scene->xhr, 32, hash, L"\u00e4");
}

static void every_method_survives_an_allocation_that_fails(void **state)
{
	(void)state;
	check_out_of_memory(call_open, CREATED);
	check_out_of_memory(call_open, OPENED);
	check_out_of_memory(call_open_wide, CREATED);
	check_out_of_memory(call_header, OPENED);
	check_out_of_memory(call_header_wide, OPENED);
	check_out_of_memory(call_send, OPENED);
	check_out_of_memory(call_abort, OPENED);
	check_out_of_memory(call_custom, OPENED);
	check_out_of_memory(call_certificate_wide, OPENED);
	check_out_of_memory(call_property, OPENED);
	check_out_of_memory(call_all_headers, HEADED);
	check_out_of_memory(call_one_header, HEADED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_cell_of_the_state_table_answers_as_the_contract_says),
		SCENE_TEST(open_refuses_null_and_malformed_arguments),
		SCENE_TEST(open_answers_what_the_engine_says),
		SCENE_TEST(the_other_methods_refuse_null_and_malformed_arguments),
		SCENE_TEST(cookie_methods_check_their_arguments),
		SCENE_TEST(texts_reach_the_engine_as_utf8_in_both_widths),
		SCENE_TEST(a_header_without_a_value_is_passed_empty),
		SCENE_TEST(properties_reach_the_engine_at_send_and_stay),
		SCENE_TEST(a_timeout_acts_at_once_on_a_running_request_only),
		SCENE_TEST(send_passes_lengths_and_asks_for_istream_once),
		SCENE_TEST(a_send_that_the_engine_refuses_changes_nothing),
		SCENE_TEST(the_object_has_one_identity_and_no_other_interface),
		SCENE_TEST(the_callback_is_asked_once_and_released_after_its_last_call),
		SCENE_TEST(opening_again_releases_the_callback_before),
		SCENE_TEST(an_abort_before_send_takes_everything_but_properties_back),
		SCENE_TEST(a_response_stream_is_kept_by_open_and_used_once),
		SCENE_TEST(an_object_released_at_any_time_calls_nothing),
		SCENE_TEST(abort_reaches_a_running_request_alone),
		SCENE_TEST(a_new_open_forgets_the_response),
		SCENE_TEST(every_method_may_be_called_while_a_request_runs),
		SCENE_TEST(an_abort_at_any_moment_leaves_one_final_callback),
		cmocka_unit_test(every_method_survives_an_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
