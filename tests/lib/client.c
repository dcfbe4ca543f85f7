/* SPDX-License-Identifier: MIT */
/*
 * Every callback goes through the same three stations: client_enter's checks (overlap,
 * thread, grammar), the record, the hook. The lock is held for the record only, never
 * while a hook runs. client_wait waits on a condition, so that what callbacks have
 * written is visible to the test's thread.
 *
 * A request's end is counted after its final callback's hook has returned; so a hook
 * that sends the next request has made it count before.
 */
#include "lib/client.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/session.h"
#include "lib/origin.h"
#include "lib/pattern.h"
#include "lib/tape.h"
#include "lib/test.h"
#include "lib/wide_text.h"

/* Where the grammar of callbacks is. */
enum grammar {
	GRAMMAR_IDLE,	  /* nothing may come */
	GRAMMAR_BEGIN,	  /* before the final head */
	GRAMMAR_REPORTED, /* a 3xx was told; a redirect may follow */
	GRAMMAR_BODY	  /* after the final head */
};

static struct client *live_clients; /* of the test's thread */
static atomic_uint made;	    /* clients */

/* Threads that use the API; callbacks must not come there. */
static _Thread_local bool is_program_thread;

/* Callbacks that run on this thread, one inside the other. */
static _Thread_local int depth;

uint64_t client_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The time in ms, for pthread_cond_timedwait. */
static struct timespec deadline(int ms)
{
	uint64_t ns = client_now_ns() + (uint64_t)ms * 1000000u;

	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u),
				 .tv_nsec = (long)(ns % 1000000000u)};
}

/* ---- what goes wrong ---- */

void client_complain(struct client *client, const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&client->lock);
	va_start(args, format);
	if (!client->complaint[0])
		vsnprintf(client->complaint, sizeof(client->complaint), format, args);
	va_end(args);
	pthread_mutex_unlock(&client->lock);
}

static void report(struct client *client)
{
	static char text[sizeof(client->complaint)];

	pthread_mutex_lock(&client->lock);
	memcpy(text, client->complaint, sizeof(text));
	pthread_mutex_unlock(&client->lock);
	if (text[0])
		fail_msg("client: %s; events \"%s\"", text, client->order);
}

/* ---- the grammar ---- */

/* Moves on; false when the event may not come here. Under the lock. */
static bool grammar_step(struct client *client, enum client_event event, DWORD status)
{
	enum grammar at = client->grammar;
	bool is_3xx = status >= 300 && status < 400;

	switch (event) {
	case CLIENT_REDIRECT:
		client->grammar = GRAMMAR_BEGIN;
		return at == (client->is_reporting ? GRAMMAR_REPORTED : GRAMMAR_BEGIN);
	case CLIENT_HEADERS:
		client->grammar =
			is_3xx && client->is_reporting ? GRAMMAR_REPORTED : GRAMMAR_BODY;
		return at == GRAMMAR_BEGIN;
	case CLIENT_DATA:
		client->grammar = GRAMMAR_BODY;
		return at == GRAMMAR_BODY || at == GRAMMAR_REPORTED;
	case CLIENT_RECEIVED:
		client->grammar = GRAMMAR_IDLE;
		return at == GRAMMAR_BODY || at == GRAMMAR_REPORTED;
	case CLIENT_ERROR:
		client->grammar = GRAMMAR_IDLE;
		return at != GRAMMAR_IDLE;
	case CLIENT_CERTIFICATE:
	case CLIENT_CERTIFICATE_REQUESTED:
		return at == GRAMMAR_BEGIN;
	default:
		return at != GRAMMAR_IDLE;
	}
}

static void put_letter(struct client *client, enum client_event event)
{
	size_t n = strlen(client->order);
	char letter = "rhdREcq   "[event];

	if (letter == ' ' || (letter == 'd' && n && client->order[n - 1] == 'd'))
		return;
	if (n < sizeof(client->order) - 1)
		client->order[n] = letter;
}

/* The checks of every call; status is that of OnHeadersAvailable. */
static void begin_event(struct client *client, enum client_event event, DWORD status)
{
	bool is_right;

	if (atomic_fetch_add(&client->inside, 1) != 0)
		client_complain(client, "event %d overlaps another", event);
	if (is_program_thread)
		client_complain(client, "event %d on a thread of the program", event);
	if (depth++ > 0)
		client_complain(client, "event %d inside another callback", event);
	pthread_mutex_lock(&client->lock);
	is_right = grammar_step(client, event, status);
	put_letter(client, event);
	client->counts[event]++;
	pthread_mutex_unlock(&client->lock);
	if (!is_right)
		client_complain(client, "event %d may not come here", event);
}

static HRESULT run_hook(struct client *client, enum client_event event)
{
	return client->on[event] ? client->on[event](client) : S_OK;
}

static void end_event(struct client *client)
{
	depth--;
	atomic_fetch_sub(&client->inside, 1);
}

HRESULT client_enter(struct client *client, enum client_event event)
{
	if (!client)
		return S_OK;
	begin_event(client, event, 0);
	return run_hook(client, event);
}

void client_leave(struct client *client)
{
	if (client)
		end_event(client);
}

/* A final event; counted when everything else is done. What its hook sends may call
 * before it has returned; who else calls then is out of the grammar. */
static HRESULT end_final(struct client *client, enum client_event event)
{
	HRESULT result;

	atomic_fetch_sub(&client->inside, 1);
	result = run_hook(client, event);
	depth--;
	pthread_mutex_lock(&client->lock);
	client->end_ns = client_now_ns();
	client->finals++;
	pthread_cond_broadcast(&client->changed);
	pthread_mutex_unlock(&client->lock);
	return result;
}

static void check_identity(struct client *client, const void *xhr)
{
	if (xhr != client->identity)
		client_complain(client, "a callback got another interface pointer");
}

/* ---- the body of the response ---- */

static void keep_bytes(struct client *client, const char *at, size_t len)
{
	pthread_mutex_lock(&client->lock);
	client->bytes = realloc(client->bytes, client->len + len + 1);
	if (!client->bytes)
		abort();
	memcpy(client->bytes + client->len, at, len);
	client->len += len;
	client->bytes[client->len] = '\0';
	pthread_mutex_unlock(&client->lock);
}

static void take_bytes(struct client *client, const char *at, size_t len)
{
	if (!client->expects_pattern) {
		keep_bytes(client, at, len);
		return;
	}
	if (!pattern_matches(at, client->pattern_len, len))
		client_complain(client, "wrong bytes in the body at %llu",
				(unsigned long long)client->pattern_len);
	client->pattern_len += len;
}

uint64_t client_read(struct client *client, ISequentialStream *stream)
{
	char piece[CLIENT_MOST_BYTES];
	ULONG cap = client->read_bytes, n;
	uint64_t sum = 0;
	HRESULT hr;

	do {
		n = 0xFFFFFFFFu;
		hr = ISequentialStream_Read(stream, piece, cap, &n);
		if (n > cap || FAILED(hr) || (hr == S_OK) != (n == cap)) {
			client_complain(client, "Read answered 0x%08X and %u bytes",
					(unsigned)hr, n);
			return sum;
		}
		take_bytes(client, piece, n);
		sum += n;
	} while (hr == S_OK);
	return sum;
}

static void keep_stream(struct client *client, ISequentialStream *stream)
{
	if (!stream || !client->keeps_stream || client->stream)
		return;
	ISequentialStream_AddRef(stream);
	client->stream = stream;
}

/* ---- the callback object ---- */

static struct client *impl_from_callback(IXMLHTTPRequest3Callback *iface)
{
	return (struct client *)((char *)iface -
				 offsetof(struct client, IXMLHTTPRequest3Callback_iface));
}

static HRESULT callback_QueryInterface(IXMLHTTPRequest3Callback *iface, REFIID iid,
				       void **out)
{
	struct client *client = impl_from_callback(iface);

	*out = NULL;
	if (!IsEqualGUID(iid, &IID_IXMLHTTPRequest3Callback))
		client_complain(client, "asked for another interface");
	if (client->only_callback_2 || !IsEqualGUID(iid, &IID_IXMLHTTPRequest3Callback))
		return E_NOINTERFACE;
	atomic_fetch_add(&client->refs, 1);
	*out = iface;
	return S_OK;
}

static ULONG callback_AddRef(IXMLHTTPRequest3Callback *iface)
{
	return (ULONG)atomic_fetch_add(&impl_from_callback(iface)->refs, 1) + 1;
}

static ULONG callback_Release(IXMLHTTPRequest3Callback *iface)
{
	struct client *client = impl_from_callback(iface);
	int left = atomic_fetch_sub(&client->refs, 1) - 1;

	if (left < 1)
		client_complain(client, "the callback was released too often");
	return (ULONG)left;
}

static HRESULT callback_OnRedirect(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
				   const WCHAR *url)
{
	struct client *client = impl_from_callback(iface);
	HRESULT result;

	begin_event(client, CLIENT_REDIRECT, 0);
	check_identity(client, xhr);
	pthread_mutex_lock(&client->lock);
	wide_text_put(url, client->url, sizeof(client->url));
	pthread_mutex_unlock(&client->lock);
	result = run_hook(client, CLIENT_REDIRECT);
	end_event(client);
	return result;
}

/* Every field of the response, as UTF-8 from malloc; NULL when there is no memory. */
static char *all_headers(struct client *client, IXMLHTTPRequest2 *xhr)
{
	WCHAR *wide = NULL;
	HRESULT hr = IXMLHTTPRequest2_GetAllResponseHeaders(xhr, &wide);
	size_t cap = 16;
	char *out;

	if (hr == E_OUTOFMEMORY)
		return NULL;
	if (hr != S_OK || !wide) {
		client_complain(client, "GetAllResponseHeaders: 0x%08X", (unsigned)hr);
		return NULL;
	}
	for (const WCHAR *at = wide; *at; at++)
		cap += 4;
	out = malloc(cap);
	if (!out)
		abort();
	wide_text_put(wide, out, cap);
	CoTaskMemFree(wide);
	return out;
}

static HRESULT callback_OnHeadersAvailable(IXMLHTTPRequest3Callback *iface,
					   IXMLHTTPRequest2 *xhr, DWORD status,
					   const WCHAR *reason)
{
	struct client *client = impl_from_callback(iface);
	HRESULT result;
	char *headers;

	begin_event(client, CLIENT_HEADERS, status);
	check_identity(client, xhr);
	headers = all_headers(client, xhr);
	if (!reason)
		client_complain(client, "the reason is NULL");
	pthread_mutex_lock(&client->lock);
	client->headers_ns = client_now_ns();
	client->status = status;
	free(client->headers);
	client->headers = headers;
	if (reason)
		wide_text_put(reason, client->reason, sizeof(client->reason));
	pthread_mutex_unlock(&client->lock);
	result = run_hook(client, CLIENT_HEADERS);
	end_event(client);
	return result;
}

static HRESULT callback_OnDataAvailable(IXMLHTTPRequest3Callback *iface,
					IXMLHTTPRequest2 *xhr, ISequentialStream *stream)
{
	struct client *client = impl_from_callback(iface);
	bool reads = !client->sink && !client->leaves_data && !client->leaves_all;
	HRESULT result;

	begin_event(client, CLIENT_DATA, 0);
	check_identity(client, xhr);
	if (!stream)
		client_complain(client, "OnDataAvailable without a stream");
	else if (reads && client_read(client, stream) == 0)
		client_complain(client, "OnDataAvailable without data");
	keep_stream(client, stream);
	result = run_hook(client, CLIENT_DATA);
	end_event(client);
	return result;
}

static HRESULT callback_OnResponseReceived(IXMLHTTPRequest3Callback *iface,
					   IXMLHTTPRequest2 *xhr,
					   ISequentialStream *stream)
{
	struct client *client = impl_from_callback(iface);

	begin_event(client, CLIENT_RECEIVED, 0);
	check_identity(client, xhr);
	if (!stream)
		client_complain(client, "OnResponseReceived without a stream");
	else if (!client->sink && !client->leaves_all)
		client_read(client, stream);
	keep_stream(client, stream);
	return end_final(client, CLIENT_RECEIVED);
}

static HRESULT callback_OnError(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
				HRESULT error)
{
	struct client *client = impl_from_callback(iface);

	begin_event(client, CLIENT_ERROR, 0);
	check_identity(client, xhr);
	if (!FAILED(error))
		client_complain(client, "OnError with 0x%08X", (unsigned)error);
	pthread_mutex_lock(&client->lock);
	client->error = error;
	pthread_mutex_unlock(&client->lock);
	return end_final(client, CLIENT_ERROR);
}

static HRESULT callback_OnServerCertificateReceived(IXMLHTTPRequest3Callback *iface,
						    IXMLHTTPRequest3 *xhr, DWORD errors,
						    DWORD count, const XHR_CERT *chain)
{
	struct client *client = impl_from_callback(iface);
	HRESULT result;

	begin_event(client, CLIENT_CERTIFICATE, 0);
	check_identity(client, xhr);
	if (count == 0 || !chain)
		client_complain(client, "no certificate");
	pthread_mutex_lock(&client->lock);
	shown_put_chain(&client->shown, errors, count, chain);
	pthread_mutex_unlock(&client->lock);
	result = run_hook(client, CLIENT_CERTIFICATE);
	end_event(client);
	return result;
}

static HRESULT callback_OnClientCertificateRequested(IXMLHTTPRequest3Callback *iface,
						     IXMLHTTPRequest3 *xhr, DWORD count,
						     const WCHAR **issuers)
{
	struct client *client = impl_from_callback(iface);
	HRESULT result;

	begin_event(client, CLIENT_CERTIFICATE_REQUESTED, 0);
	check_identity(client, xhr);
	pthread_mutex_lock(&client->lock);
	shown_put_issuers(&client->shown, count, issuers);
	pthread_mutex_unlock(&client->lock);
	result = run_hook(client, CLIENT_CERTIFICATE_REQUESTED);
	end_event(client);
	return result;
}

static const IXMLHTTPRequest3CallbackVtbl callback_vtbl = {
	callback_QueryInterface,
	callback_AddRef,
	callback_Release,
	callback_OnRedirect,
	callback_OnHeadersAvailable,
	callback_OnDataAvailable,
	callback_OnResponseReceived,
	callback_OnError,
	callback_OnServerCertificateReceived,
	callback_OnClientCertificateRequested,
};

/* ---- hooks ---- */

HRESULT client_do_abort(struct client *client)
{
	IXMLHTTPRequest3 *xhr = client->xhr;

	if (xhr && IXMLHTTPRequest3_Abort(xhr) != S_OK)
		client_complain(client, "Abort failed");
	return S_OK;
}

HRESULT client_do_release(struct client *client)
{
	client_release(client);
	return S_OK;
}

HRESULT client_do_block(struct client *client)
{
	struct timespec until = deadline(CLIENT_WAIT_MS);
	int result = 0;

	pthread_mutex_lock(&client->lock);
	client->is_blocked = true;
	pthread_cond_broadcast(&client->changed);
	while (!client->may_go && result == 0)
		result = pthread_cond_timedwait(&client->changed, &client->lock, &until);
	client->is_blocked = false;
	pthread_mutex_unlock(&client->lock);
	if (result)
		client_complain(client, "blocked for too long");
	return client->result;
}

HRESULT client_do_fail(struct client *client)
{
	return client->result;
}

/* ---- requests ---- */

struct client *client_new(void)
{
	struct client *client = calloc(1, sizeof(*client));
	pthread_condattr_t attr;
	void *xhr = NULL;

	if (!client)
		abort();
	is_program_thread = depth == 0;
	client->IXMLHTTPRequest3Callback_iface.lpVtbl = &callback_vtbl;
	pthread_mutex_init(&client->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&client->changed, &attr);
	pthread_condattr_destroy(&attr);
	atomic_init(&client->refs, 1);
	client->read_bytes = made++ % 2 ? CLIENT_MANY_BYTES : CLIENT_FEW_BYTES;
	client->next = live_clients;
	live_clients = client;
	assert_int_equal(CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL,
					  CLSCTX_INPROC_SERVER, &IID_IXMLHTTPRequest3,
					  &xhr),
			 S_OK);
	client->xhr = xhr;
	client->identity = xhr;
	return client;
}

HRESULT client_try_open(struct client *client, const char *method, const char *url)
{
	WCHAR *wide_method = wide_text_new(method);
	WCHAR *wide_url = wide_text_new(url);
	HRESULT hr = IXMLHTTPRequest3_Open(
		client->xhr, wide_method, wide_url,
		(IXMLHTTPRequest2Callback *)&client->IXMLHTTPRequest3Callback_iface, NULL,
		NULL, NULL, NULL);

	free(wide_method);
	free(wide_url);
	return hr;
}

HRESULT client_try_header(struct client *client, const char *name, const char *value)
{
	WCHAR *wide_name = wide_text_new(name);
	WCHAR *wide_value = wide_text_new(value);
	HRESULT hr =
		IXMLHTTPRequest3_SetRequestHeader(client->xhr, wide_name, wide_value);

	free(wide_name);
	free(wide_value);
	return hr;
}

HRESULT client_try_send(struct client *client)
{
	IXMLHTTPRequest3 *xhr = client->xhr;
	ISequentialStream *body =
		client->body ? tape_sequential(client->body) : client->plain_body;
	HRESULT hr;

	pthread_mutex_lock(&client->lock);
	client->grammar = GRAMMAR_BEGIN;
	client->sends++;
	client->error = S_OK;
	client->sent_ns = client_now_ns();
	pthread_mutex_unlock(&client->lock);
	hr = IXMLHTTPRequest3_Send(xhr, body, body ? client->body_length : 0);
	if (hr == S_OK)
		return hr;
	pthread_mutex_lock(&client->lock);
	client->grammar = GRAMMAR_IDLE;
	client->sends--;
	pthread_mutex_unlock(&client->lock);
	return hr;
}

/* For calls that may run in a hook, where cmocka cannot assert. */
static void expect_ok(struct client *client, const char *what, HRESULT hr)
{
	if (hr != S_OK)
		client_complain(client, "%s answered 0x%08X", what, (unsigned)hr);
	if (depth == 0)
		report(client);
}

void client_open(struct client *client, const char *method, const char *url)
{
	expect_ok(client, "Open", client_try_open(client, method, url));
}

void client_header(struct client *client, const char *name, const char *value)
{
	expect_ok(client, "SetRequestHeader", client_try_header(client, name, value));
}

void client_property(struct client *client, XHR_PROPERTY property, ULONGLONG value)
{
	if (property == XHR_PROP_REPORT_REDIRECT_STATUS)
		client->is_reporting = value != 0;
	expect_ok(client, "SetProperty",
		  IXMLHTTPRequest3_SetProperty(client->xhr, property, value));
}

void client_send(struct client *client)
{
	expect_ok(client, "Send", client_try_send(client));
}

struct client *client_start(const char *method, const char *url)
{
	struct client *client = client_new();

	client_open(client, method, url);
	client_send(client);
	return client;
}

struct client *client_get(const char *url)
{
	struct client *client = client_start("GET", url);

	client_wait(client);
	return client;
}

/* ---- waiting ---- */

bool client_wait_ms(struct client *client, int ms)
{
	struct timespec until = deadline(ms);
	int result = 0;
	bool is_over;

	pthread_mutex_lock(&client->lock);
	while (client->finals < client->sends && result == 0)
		result = pthread_cond_timedwait(&client->changed, &client->lock, &until);
	is_over = client->finals >= client->sends;
	pthread_mutex_unlock(&client->lock);
	return is_over;
}

void client_await_block(struct client *client)
{
	struct timespec until = deadline(CLIENT_WAIT_MS);
	int result = 0;

	pthread_mutex_lock(&client->lock);
	while (!client->is_blocked && result == 0)
		result = pthread_cond_timedwait(&client->changed, &client->lock, &until);
	pthread_mutex_unlock(&client->lock);
	if (result)
		fail_msg("the callback is not reached; events \"%s\"", client->order);
}

void client_go(struct client *client)
{
	pthread_mutex_lock(&client->lock);
	client->may_go = true;
	pthread_cond_broadcast(&client->changed);
	pthread_mutex_unlock(&client->lock);
}

void client_wait(struct client *client)
{
	if (!client_wait_ms(client, CLIENT_WAIT_MS))
		fail_msg("no final callback; events \"%s\", %s", client->order,
			 client->complaint);
	report(client);
}

void client_expect(struct client *client, DWORD status, const char *body)
{
	report(client);
	if (client->error != S_OK)
		fail_msg("OnError(0x%08X) instead of %u; events \"%s\"",
			 (unsigned)client->error, status, client->order);
	assert_int_equal(client->status, status);
	if (body)
		assert_string_equal(client->bytes ? client->bytes : "", body);
}

void client_expect_error(struct client *client, HRESULT error)
{
	report(client);
	if (client->error != error)
		fail_msg("OnError(0x%08X) instead of 0x%08X; events \"%s\"",
			 (unsigned)client->error, (unsigned)error, client->order);
}

const char *client_response_header(struct client *client, const char *name)
{
	static _Thread_local char out[8192];
	WCHAR *wide_name = wide_text_new(name);
	WCHAR *value = NULL;
	HRESULT hr = IXMLHTTPRequest3_GetResponseHeader(client->xhr, wide_name, &value);

	free(wide_name);
	out[0] = '\0';
	if (hr == S_OK)
		wide_text_put(value, out, sizeof(out));
	CoTaskMemFree(value);
	return out;
}

void client_release(struct client *client)
{
	IXMLHTTPRequest3 *xhr = client->xhr;

	client->xhr = NULL;
	if (xhr)
		IXMLHTTPRequest3_Release(xhr);
}

/* Waits until the client's own reference is the only one. */
static void await_release(struct client *client)
{
	uint64_t deadline_ns = client_now_ns() + CLIENT_WAIT_MS * (uint64_t)1000000;

	while (atomic_load(&client->refs) > 1 || atomic_load(&client->inside)) {
		if (client_now_ns() > deadline_ns)
			fail_msg("the callback was not released; events \"%s\"",
				 client->order);
		usleep(200);
	}
}

void client_end(struct client *client)
{
	struct client **at = &live_clients;

	client_release(client);
	await_release(client);
	report(client);
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	if (client->stream)
		ISequentialStream_Release(client->stream);
	pthread_mutex_destroy(&client->lock);
	pthread_cond_destroy(&client->changed);
	shown_done(&client->shown);
	free(client->headers);
	free(client->bytes);
	free(client);
}

void client_finish(struct client *client, DWORD status, const char *body)
{
	client_wait(client);
	client_expect(client, status, body);
	client_end(client);
}

void client_fail(struct client *client, HRESULT error)
{
	client_wait(client);
	client_expect_error(client, error);
	client_end(client);
}

/* ---- tests ---- */

static void on_alarm(int sig)
{
	static const char text[] = "the test hangs\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	(void)sig;
	abort();
}

int client_before(void **state)
{
	(void)state;
	signal(SIGALRM, on_alarm);
	signal(SIGPIPE, SIG_IGN);
	alarm(CLIENT_TEST_S);
	return 0;
}

/* A failed test may have left requests running: then the engine is left alone too. */
int client_after(void **state)
{
	(void)state;
	origin_sweep();
	mem_fail_at(0);
	if (!live_clients) {
		session_reset();
		/* Threads that resolve names for nobody end when they can. */
		for (int ms = 0; mem_live_blocks() && ms < CLIENT_WAIT_MS; ms++)
			usleep(1000);
		if (mem_live_blocks()) {
			print_error("%ld blocks of memory are left\n", mem_live_blocks());
			return -1;
		}
	}
	alarm(0);
	return 0;
}
