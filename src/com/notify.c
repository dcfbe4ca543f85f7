/* SPDX-License-Identifier: MIT */
/*
 * The engine calls the functions of the table `events` one after another, in calls that
 * may block. Each turns what it is told into calls of the program's objects and what
 * these answer into a code for the engine.
 *
 * Two things are decided here and not in the engine. Abort must win until the final
 * callback begins, and between the engine's last word and that callback the program's
 * stream may still be called (Write with 0 bytes): so each path to the final callback
 * passes conclude, which takes the lock, sees whether Abort came, and turns the phase.
 * And an object may be opened and sent again in its final callback: so what the old Send
 * was given is released from here, by the notify, after that callback has returned.
 *
 * References: one of the maker, one of the running request, one of each thread that
 * looks at a response or an error.
 */
#define COBJMACROS
#include "com/notify.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "com/certificate_events.h"
#include "com/hresult.h"
#include "com/prompt.h"
#include "com/sequential.h"
#include "com/widen.h"

struct notify {
	struct notify_owner *owner;	     /* the object */
	struct request *request;	     /* a reference */
	IXMLHTTPRequest2Callback *callback;  /* a reference, until the end */
	IXMLHTTPRequest3Callback *callback3; /* a reference or NULL, until the end */
	struct notify_streams streams;	     /* references, until the end */
	struct sequential *response;	     /* ours; NULL with a custom one, and until it
						is needed */
	uint64_t unread_bytes;	   /* written to the custom stream and not told */
	enum err own_err;	   /* what failed here, not in the engine */
	HRESULT own_code;	   /* the program's, for ERR_CLIENT there */
	atomic_uint refs;	   /* see above */
	atomic_bool is_aborted;	   /* Abort was called */
	_Atomic(pthread_t) caller; /* whose code of the program runs, or 0 */

	struct {
		const struct response_head *head; /* the latest told, or NULL */
		enum notify_phase phase : 8;	  /* where it is */
		bool is_ours;	    /* the engine does not know why it failed */
		unsigned redirects; /* followed */
		enum err err;	    /* why it failed */
		HRESULT code;	    /* the program's, for ERR_CLIENT */
	} shared;		    /* guarded by the owner's lock */
};

/* ---- calls of the program ---- */

static struct notify *enter(void *client)
{
	struct notify *notify = client;

	atomic_store_explicit(&notify->caller, pthread_self(), memory_order_relaxed);
	return notify;
}

static bool is_aborted(const struct notify *notify)
{
	return atomic_load_explicit(&notify->is_aborted, memory_order_acquire);
}

/* What the engine is answered when the program's code gave hr. */
static int32_t leave(struct notify *notify, HRESULT hr)
{
	atomic_store_explicit(&notify->caller, 0, memory_order_relaxed);
	if (is_aborted(notify))
		return E_ABORT;
	return FAILED(hr) ? hr : 0;
}

/* The pointer that callbacks get: one vtable serves both interfaces. */
static IXMLHTTPRequest2 *xhr_of(const struct notify *notify)
{
	return (IXMLHTTPRequest2 *)(void *)notify->owner->xhr;
}

static void release_given(struct notify *notify)
{
	struct notify_streams streams = notify->streams;

	notify->streams = (struct notify_streams){0};
	if (streams.seekable)
		IStream_Release(streams.seekable);
	if (streams.body)
		ISequentialStream_Release(streams.body);
	if (streams.custom)
		ISequentialStream_Release(streams.custom);
	sequential_unref(notify->response);
	notify->response = NULL;
	if (notify->callback3)
		IXMLHTTPRequest3Callback_Release(notify->callback3);
	notify->callback3 = NULL;
	if (notify->callback)
		IXMLHTTPRequest2Callback_Release(notify->callback);
	notify->callback = NULL;
}

/* ---- the request's body ---- */

static int32_t on_rewind(void *client)
{
	struct notify *notify = enter(client);
	const LARGE_INTEGER start = {.QuadPart = 0};
	HRESULT hr;
	int32_t result;

	if (!notify->streams.seekable)
		return leave(notify, S_OK) ? E_ABORT : 1;
	hr = IStream_Seek(notify->streams.seekable, start, STREAM_SEEK_SET, NULL);
	result = leave(notify, S_OK);
	return result ? result : FAILED(hr);
}

static int32_t on_read(void *client, void *to, uint32_t cap, uint32_t *out_len)
{
	struct notify *notify = enter(client);
	ULONG len = 0;
	HRESULT hr = ISequentialStream_Read(notify->streams.body, to, cap, &len);

	if (SUCCEEDED(hr) && len > cap)
		hr = STG_E_READFAULT;
	*out_len = FAILED(hr) ? 0 : len;
	return leave(notify, hr);
}

/* ---- the handshake ---- */

static int32_t on_server_certificate(void *client, unsigned errors,
				     const struct span *chain, size_t count)
{
	struct notify *notify = enter(client);

	return leave(notify,
		     certificate_events_tell_chain(notify->callback3, notify->owner->xhr,
						   errors, chain, count));
}

static int32_t on_certificate_requested(void *client, const struct span *issuers,
					size_t count)
{
	struct notify *notify = enter(client);

	notify->own_err =
		certificate_events_tell_issuers(notify->callback3, notify->owner->xhr,
						notify->owner->unit, issuers, count);
	return leave(notify, hresult_of(notify->own_err));
}

/* ---- credentials ---- */

static int32_t on_prompt(void *client, const struct request_prompt *prompt)
{
	struct notify *notify = enter(client);

	return leave(notify, prompt_ask((IUnknown *)(void *)notify->owner->xhr, prompt));
}

/* ---- the response ---- */

static int32_t on_redirect(void *client, struct span url)
{
	struct notify *notify = enter(client);
	struct widen wide;
	HRESULT hr;

	if (widen_init(&wide, url, notify->owner->unit))
		return leave(notify, E_OUTOFMEMORY);
	hr = IXMLHTTPRequest2Callback_OnRedirect(notify->callback, xhr_of(notify),
						 wide.text);
	widen_done(&wide);
	if (SUCCEEDED(hr)) {
		pthread_mutex_lock(&notify->owner->lock);
		notify->shared.redirects++;
		pthread_mutex_unlock(&notify->owner->lock);
	}
	return leave(notify, hr);
}

static int32_t on_headers(void *client, const struct response_head *head)
{
	struct notify *notify = enter(client);
	struct widen wide;
	HRESULT hr;

	if (widen_init(&wide, head->reason, notify->owner->unit))
		return leave(notify, E_OUTOFMEMORY);
	pthread_mutex_lock(&notify->owner->lock);
	notify->shared.head = head;
	pthread_mutex_unlock(&notify->owner->lock);
	hr = IXMLHTTPRequest2Callback_OnHeadersAvailable(notify->callback, xhr_of(notify),
							 head->status, wide.text);
	widen_done(&wide);
	return leave(notify, hr);
}

/* Makes the response stream if it is ours to make. */
static enum err need_response(struct notify *notify)
{
	if (notify->streams.custom || notify->response)
		return ERR_NONE;
	return sequential_new(&notify->response);
}

/* The response stream that the program is shown. */
static ISequentialStream *stream_of(const struct notify *notify)
{
	return notify->response ? sequential_stream(notify->response)
				: notify->streams.custom;
}

static HRESULT write_custom(struct notify *notify, struct span bytes)
{
	ULONG want = (ULONG)bytes.len;
	ULONG written = 0;
	HRESULT hr =
		ISequentialStream_Write(notify->streams.custom, bytes.at, want, &written);

	notify->unread_bytes += want;
	if (SUCCEEDED(hr) && written < want)
		return STG_E_MEDIUMFULL;
	return hr;
}

/* Whether the program is to be told when so many bytes are unread. */
static bool is_enough(const struct notify *notify, uint64_t unread)
{
	return unread >= props_get(&notify->owner->props, XHR_PROP_ONDATA_THRESHOLD) &&
	       !is_aborted(notify);
}

static HRESULT tell_data(struct notify *notify)
{
	return IXMLHTTPRequest2Callback_OnDataAvailable(notify->callback, xhr_of(notify),
							stream_of(notify));
}

static HRESULT give_custom(struct notify *notify, struct span bytes)
{
	HRESULT hr = write_custom(notify, bytes);

	if (FAILED(hr) || !is_enough(notify, notify->unread_bytes))
		return hr;
	notify->unread_bytes = 0;
	return tell_data(notify);
}

/* The program mostly reads at once, so the bytes are only lent while it is told. */
static HRESULT give(struct notify *notify, struct span bytes)
{
	enum err err = need_response(notify);
	HRESULT hr = S_OK;

	if (!err && is_enough(notify, sequential_unread(notify->response) + bytes.len)) {
		sequential_lend(notify->response, bytes);
		hr = tell_data(notify);
		err = sequential_keep(notify->response);
	} else if (!err) {
		err = sequential_put(notify->response, bytes);
	}
	if (FAILED(hr))
		return hr;
	notify->own_err = err;
	return hresult_of(err);
}

static int32_t on_data(void *client, struct span bytes)
{
	struct notify *notify = enter(client);

	return leave(notify, notify->streams.custom ? give_custom(notify, bytes)
						    : give(notify, bytes));
}

/* ---- the end ---- */

/*
 * Turns the phase, so that the final callback may begin. told, with the program's code
 * for ERR_CLIENT, is what the engine says; what failed here is more exact, and an Abort
 * that came before wins. Answers why the request failed, or ERR_NONE.
 */
static enum err conclude(struct notify *notify, enum err told, HRESULT code)
{
	enum err err = notify->own_err ? notify->own_err : told;

	pthread_mutex_lock(&notify->owner->lock);
	if (is_aborted(notify))
		err = ERR_ABORTED;
	notify->shared.phase = NOTIFY_ENDED;
	notify->shared.err = err;
	notify->shared.code = notify->own_err ? notify->own_code : code;
	notify->shared.is_ours = err != told;
	pthread_mutex_unlock(&notify->owner->lock);
	return err;
}

/* The final callback has returned. The object may be gone after this. */
static void end(struct notify *notify)
{
	struct notify_owner *owner = notify->owner;

	release_given(notify);
	leave(notify, S_OK);
	notify_unref(notify);
	owner->ended(owner);
}

static HRESULT default_code(const struct notify *notify)
{
	return notify->shared.err == ERR_CLIENT ? notify->shared.code
						: hresult_of(notify->shared.err);
}

static HRESULT extended_code(const struct notify *notify)
{
	return notify->shared.err == ERR_CLIENT ? notify->shared.code
						: hresult_extended(notify->shared.err);
}

/* Behind conclude nobody writes what it wrote. */
static void tell_error(struct notify *notify)
{
	bool is_extended = props_get(&notify->owner->props, XHR_PROP_EXTENDED_ERROR) != 0;
	HRESULT hr = is_extended ? extended_code(notify) : default_code(notify);

	if (notify->response)
		sequential_end(notify->response, hr);
	IXMLHTTPRequest2Callback_OnError(notify->callback, xhr_of(notify), hr);
	end(notify);
}

static void on_failed(void *client, const struct fault *fault, int32_t code)
{
	struct notify *notify = enter(client);

	conclude(notify, fault->err, code);
	tell_error(notify);
}

/* Tells the custom stream its end, or makes sure of a stream of ours. */
static void complete(struct notify *notify)
{
	HRESULT hr;

	if (!notify->streams.custom) {
		notify->own_err = need_response(notify);
		return;
	}
	hr = write_custom(notify, SPAN(""));
	notify->own_err = FAILED(hr) ? ERR_CLIENT : ERR_NONE;
	notify->own_code = hr;
}

static void on_received(void *client)
{
	struct notify *notify = enter(client);

	complete(notify);
	if (conclude(notify, ERR_NONE, S_OK)) {
		tell_error(notify);
		return;
	}
	if (notify->response)
		sequential_end(notify->response, S_OK);
	IXMLHTTPRequest2Callback_OnResponseReceived(notify->callback, xhr_of(notify),
						    stream_of(notify));
	end(notify);
}

static const struct request_client events = {
	.rewind = on_rewind,
	.read = on_read,
	.server_certificate = on_server_certificate,
	.certificate_requested = on_certificate_requested,
	.prompt = on_prompt,
	.redirect = on_redirect,
	.headers = on_headers,
	.data = on_data,
	.received = on_received,
	.failed = on_failed,
};

/* ---- life ---- */

enum err notify_new(struct notify_owner *owner, struct span method, struct span url,
		    IXMLHTTPRequest2Callback *callback, struct notify **out_notify)
{
	struct notify *notify = mem_zalloc(sizeof(*notify));
	void *callback3 = NULL;
	HRESULT hr;
	enum err err;

	if (!notify)
		return ERR_NO_MEMORY;
	err = request_new(method, url, &events, notify, &notify->request);
	if (err) {
		mem_free(notify);
		return err;
	}
	notify->owner = owner;
	atomic_init(&notify->refs, 1);
	notify->callback = callback;
	IXMLHTTPRequest2Callback_AddRef(callback);
	hr = IXMLHTTPRequest2Callback_QueryInterface(
		callback, &IID_IXMLHTTPRequest3Callback, &callback3);
	notify->callback3 = SUCCEEDED(hr) ? callback3 : NULL;
	*out_notify = notify;
	return ERR_NONE;
}

void notify_ref(struct notify *notify)
{
	atomic_fetch_add_explicit(&notify->refs, 1, memory_order_relaxed);
}

void notify_unref(struct notify *notify)
{
	if (!notify ||
	    atomic_fetch_sub_explicit(&notify->refs, 1, memory_order_acq_rel) > 1)
		return;
	if (notify->callback)
		release_given(notify);
	request_unref(notify->request);
	mem_free(notify);
}

enum notify_phase notify_phase(const struct notify *notify)
{
	return notify->shared.phase;
}

struct request *notify_request(struct notify *notify)
{
	return notify->request;
}

enum err notify_send(struct notify *notify, const struct notify_streams *streams,
		     uint64_t body_length, const struct client_certificate *certificate,
		     const struct credentials *credentials)
{
	const struct props *props = &notify->owner->props;
	uint64_t no_auth = props_get(props, XHR_PROP_NO_AUTH);
	uint64_t no_prompt = props_get(props, XHR_PROP_NO_CRED_PROMPT);
	const struct request_options options = {
		.timeout_ms = (uint32_t)props_get(props, XHR_PROP_TIMEOUT),
		.max_connections = (uint32_t)props_get(props, XHR_PROP_MAX_CONNECTIONS),
		.no_default_headers = props_get(props, XHR_PROP_NO_DEFAULT_HEADERS) != 0,
		.reports_redirects =
			props_get(props, XHR_PROP_REPORT_REDIRECT_STATUS) != 0,
		.no_redirects = notify->owner->leaves_redirects,
		.hears_certificates = notify->callback3 != NULL,
		.forgiven = props_forgiven(props),
		.thumbprint = client_certificate_thumbprint(certificate),
		.pin = client_certificate_pin(certificate),
		.login = credentials_login(credentials),
		.proxy_login = credentials_proxy_login(credentials),
		.no_auth = no_auth != XHR_AUTH_ALL,
		.no_proxy_auth = no_auth == XHR_AUTH_NONE,
		.no_prompt = no_prompt != XHR_CRED_PROMPT_ALL,
		.no_proxy_prompt = no_prompt == XHR_CRED_PROMPT_NONE,
	};
	enum err err;

	notify->streams = *streams;
	notify->shared.phase = NOTIFY_RUNNING;
	notify_ref(notify);
	err = request_send(notify->request, body_length, &options);
	if (err) {
		notify->streams = (struct notify_streams){0};
		notify->shared.phase = NOTIFY_OPENED;
		atomic_fetch_sub_explicit(&notify->refs, 1, memory_order_relaxed);
	}
	return err;
}

void notify_abort(struct notify *notify)
{
	atomic_store_explicit(&notify->is_aborted, true, memory_order_release);
	request_abort(notify->request);
}

/* ---- what can be known ---- */

enum err notify_get_head(const struct notify *notify, struct response_head *out_head)
{
	if (!notify->shared.head)
		return ERR_MISSING;
	*out_head = *notify->shared.head;
	return ERR_NONE;
}

enum err notify_get_report(const struct notify *notify, struct notify_report *out_report)
{
	bool is_called = atomic_load_explicit(&notify->caller, memory_order_relaxed) ==
			 pthread_self();
	enum err err;

	if (notify->shared.phase == NOTIFY_RUNNING && !is_called)
		return ERR_AGAIN;
	err = request_put_head(notify->request, &out_report->head);
	if (err)
		return err;
	request_get_info(notify->request, &out_report->info);
	out_report->redirects = notify->shared.redirects;
	out_report->hr = default_code(notify);
	out_report->hr_extended = extended_code(notify);
	return ERR_NONE;
}

enum err notify_put_error_text(const struct notify *notify, struct buf *out)
{
	if (notify->shared.err == ERR_NONE)
		return ERR_MISSING;
	if (notify->shared.is_ours)
		return buf_put_str(out, err_text(notify->shared.err));
	return request_put_error_text(notify->request, out);
}
