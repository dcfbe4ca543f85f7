/* SPDX-License-Identifier: MIT */
/*
 * The engine calls the functions of the table `events` one after another, in calls that
 * may block. Each turns what it is told into calls of the program's objects and what
 * these answer into a code for the engine.
 *
 * Two things are decided here and not in the engine. Abort must win until the final
 * callback begins, and between the engine's last word and that callback the program's
 * stream may still be called (Write with 0 bytes): so each path to the final callback
 * passes conclude. Abort and conclude both turn the phase by a compare-and-swap, so one
 * of them comes first. And an object may be opened and sent again in its final callback:
 * so what the old Send was given is released from here, by the notify, after that
 * callback has returned.
 *
 * While it runs nobody but the running request writes, and so without a lock: what others
 * read meanwhile is atomic (the head, the phase), the rest they read when it has ended.
 *
 * A notify is the client's part of its request, and its references are the request's: one
 * of the maker, one of the machine that runs, one of each thread that looks at a response
 * or an error, and one of the response stream if the program keeps that beyond the end.
 */
#define COBJMACROS
#include "com/notify.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "com/certificate_events.h"
#include "com/hresult.h"
#include "com/prompt.h"
#include "com/sequential.h"
#include "com/widen.h"

/* Where it is, in more detail than enum notify_phase. */
enum phase {
	PHASE_OPENED,
	PHASE_RUNNING,
	PHASE_ABORTED, /* it runs, but Abort was called */
	PHASE_ENDED    /* the final callback has begun, or may */
};

struct notify {
	struct notify_owner *owner;	     /* the object */
	struct request *request;	     /* whose client's part this is */
	IXMLHTTPRequest2Callback *callback;  /* a reference, until the end */
	IXMLHTTPRequest3Callback *callback3; /* a reference or NULL, until the end */
	struct notify_streams streams;	     /* references, until the end */
	struct sequential response; /* ours; shown where there is no custom one */
	uint64_t unread_bytes;	    /* written to the custom one and not told */
	_Atomic(const struct response_head *) head; /* the latest told, or NULL */
	_Atomic(pthread_t) caller; /* whose code of the program runs, or 0 */
	_Atomic enum phase phase;  /* where it is */
	unsigned redirects;	   /* followed */
	enum err err;		   /* why it failed; until the end: here */
	HRESULT code;		   /* the program's, for ERR_CLIENT */
	enum err told;		   /* why it failed, as the engine says */
};

_Static_assert(sizeof(struct notify) <= REQUEST_CLIENT_BYTES, "it fits");

/* ---- calls of the program ---- */

static struct notify *enter(void *client)
{
	struct notify *notify = client;

	atomic_store_explicit(&notify->caller, pthread_self(), memory_order_relaxed);
	return notify;
}

static enum phase phase_of(const struct notify *notify)
{
	return atomic_load_explicit(&notify->phase, memory_order_acquire);
}

static void set_phase(struct notify *notify, enum phase phase)
{
	atomic_store_explicit(&notify->phase, phase, memory_order_release);
}

static bool is_aborted(const struct notify *notify)
{
	return phase_of(notify) == PHASE_ABORTED;
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

/* The program may keep the stream, and with it the notify. */
static void release_response(struct notify *notify)
{
	if (sequential_is_held(&notify->response)) {
		notify_ref(notify);
		sequential_leave(&notify->response);
	} else {
		sequential_done(&notify->response);
	}
}

static void on_response_gone(struct sequential *response)
{
	notify_unref(
		(struct notify *)((char *)response - offsetof(struct notify, response)));
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
	release_response(notify);
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

	notify->err =
		certificate_events_tell_issuers(notify->callback3, notify->owner->xhr,
						notify->owner->unit, issuers, count);
	return leave(notify, hresult_of(notify->err));
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
	int32_t result;

	if (widen_init(&wide, url, notify->owner->unit))
		return leave(notify, E_OUTOFMEMORY);
	hr = IXMLHTTPRequest2Callback_OnRedirect(notify->callback, xhr_of(notify),
						 wide.text);
	widen_done(&wide);
	result = leave(notify, hr);
	if (!result)
		notify->redirects++;
	return result;
}

static int32_t on_headers(void *client, const struct response_head *head)
{
	struct notify *notify = enter(client);
	struct widen wide;
	HRESULT hr;

	if (widen_init(&wide, head->reason, notify->owner->unit))
		return leave(notify, E_OUTOFMEMORY);
	atomic_store_explicit(&notify->head, head, memory_order_release);
	hr = IXMLHTTPRequest2Callback_OnHeadersAvailable(notify->callback, xhr_of(notify),
							 head->status, wide.text);
	widen_done(&wide);
	return leave(notify, hr);
}

/* The response stream that the program is shown. */
static ISequentialStream *stream_of(struct notify *notify)
{
	return notify->streams.custom ? notify->streams.custom
				      : &notify->response.ISequentialStream_iface;
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
	return unread >= props_threshold(&notify->owner->props) && !is_aborted(notify);
}

static HRESULT tell_data(struct notify *notify)
{
	return IXMLHTTPRequest2Callback_OnDataAvailable(notify->callback, xhr_of(notify),
							stream_of(notify));
}

static HRESULT give_custom(struct notify *notify, struct spans bytes)
{
	HRESULT hr = S_OK;

	for (size_t i = 0; i < bytes.count && SUCCEEDED(hr) && !is_aborted(notify); i++)
		hr = write_custom(notify, bytes.at[i]);
	if (FAILED(hr) || !is_enough(notify, notify->unread_bytes))
		return hr;
	notify->unread_bytes = 0;
	return tell_data(notify);
}

static size_t read_more(void *owner, void *to, size_t cap)
{
	return request_read_more(owner, to, cap);
}

/* The program mostly reads at once, so the bytes are only lent while it is told. */
static HRESULT give(struct notify *notify, struct spans bytes)
{
	struct sequential *response = &notify->response;
	struct sequential_loan loan = {
		.rest = bytes, .more = read_more, .owner = notify->request};
	HRESULT hr = S_OK;
	enum err err;

	if (is_enough(notify, sequential_lend(response, &loan)))
		hr = tell_data(notify);
	err = sequential_keep(response);
	if (FAILED(hr))
		return hr;
	notify->err = err;
	return hresult_of(err);
}

static int32_t on_data(void *client, struct spans bytes)
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
	enum phase running = PHASE_RUNNING;

	notify->told = told;
	if (!notify->err) {
		notify->err = told;
		notify->code = code;
	}
	if (!atomic_compare_exchange_strong(&notify->phase, &running, PHASE_ENDED)) {
		notify->err = ERR_ABORTED;
		set_phase(notify, PHASE_ENDED);
	}
	return notify->err;
}

/* The final callback has returned. The object may be gone after this. */
static void end(struct notify *notify)
{
	struct notify_owner *owner = notify->owner;

	release_given(notify);
	leave(notify, S_OK);
	owner->ended(owner);
}

/* Why it failed, or ERR_NONE, also while it runs. */
static enum err failure_of(const struct notify *notify)
{
	return phase_of(notify) == PHASE_ENDED ? notify->err : ERR_NONE;
}

static HRESULT default_code(const struct notify *notify)
{
	enum err err = failure_of(notify);

	return err == ERR_CLIENT ? notify->code : hresult_of(err);
}

static HRESULT extended_code(const struct notify *notify)
{
	enum err err = failure_of(notify);

	return err == ERR_CLIENT ? notify->code : hresult_extended(err);
}

static void tell_error(struct notify *notify)
{
	bool is_extended = props_is_extended(&notify->owner->props);
	HRESULT hr = is_extended ? extended_code(notify) : default_code(notify);

	sequential_end(&notify->response, hr);
	IXMLHTTPRequest2Callback_OnError(notify->callback, xhr_of(notify), hr);
	end(notify);
}

static void on_failed(void *client, const struct fault *fault, int32_t code)
{
	struct notify *notify = enter(client);

	conclude(notify, fault->err, code);
	tell_error(notify);
}

/* Tells the custom stream its end. */
static void complete_custom(struct notify *notify)
{
	HRESULT hr = write_custom(notify, SPAN(""));

	notify->err = FAILED(hr) ? ERR_CLIENT : ERR_NONE;
	notify->code = hr;
}

static void on_received(void *client)
{
	struct notify *notify = enter(client);

	if (notify->streams.custom)
		complete_custom(notify);
	if (conclude(notify, ERR_NONE, S_OK)) {
		tell_error(notify);
		return;
	}
	sequential_end(&notify->response, S_OK);
	IXMLHTTPRequest2Callback_OnResponseReceived(notify->callback, xhr_of(notify),
						    stream_of(notify));
	end(notify);
}

/* Nobody refers to it any more: what was never sent has what it was given still. */
static void on_gone(void *client)
{
	struct notify *notify = client;

	if (notify->callback)
		release_given(notify);
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
	.gone = on_gone,
};

/* ---- life ---- */

enum err notify_new(struct notify_owner *owner, struct span method, struct span url,
		    IXMLHTTPRequest2Callback *callback, struct notify **out_notify)
{
	struct request *request;
	struct notify *notify;
	void *callback3 = NULL;
	HRESULT hr;
	enum err err = request_new(method, url, &events, &request);

	if (err)
		return err;
	notify = request_own(request);
	notify->owner = owner;
	notify->request = request;
	sequential_init(&notify->response, on_response_gone);
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
	request_ref(notify->request);
}

void notify_unref(struct notify *notify)
{
	if (notify)
		request_unref(notify->request);
}

enum notify_phase notify_phase(const struct notify *notify)
{
	switch (phase_of(notify)) {
	case PHASE_OPENED:
		return NOTIFY_OPENED;
	case PHASE_RUNNING:
	case PHASE_ABORTED:
		return NOTIFY_RUNNING;
	case PHASE_ENDED:
		break;
	}
	return NOTIFY_ENDED;
}

struct request *notify_request(struct notify *notify)
{
	return notify->request;
}

enum err notify_send(struct notify *notify, const struct notify_streams *streams,
		     uint64_t body_length, const struct client_certificate *certificate,
		     const struct credentials *credentials)
{
	const struct request_options options = {
		.wishes = &notify->owner->props.wishes,
		.thumbprint = client_certificate_thumbprint(certificate),
		.pin = client_certificate_pin(certificate),
		.login = credentials_login(credentials),
		.proxy_login = credentials_proxy_login(credentials),
		.hears_certificates = notify->callback3 != NULL,
	};
	enum err err;

	notify->streams = *streams;
	set_phase(notify, PHASE_RUNNING);
	err = request_send(notify->request, body_length, &options);
	if (err) {
		notify->streams = (struct notify_streams){0};
		set_phase(notify, PHASE_OPENED);
	}
	return err;
}

void notify_abort(struct notify *notify)
{
	enum phase running = PHASE_RUNNING;

	if (atomic_compare_exchange_strong(&notify->phase, &running, PHASE_ABORTED))
		request_abort(notify->request);
}

/* ---- what can be known ---- */

enum err notify_get_head(const struct notify *notify, struct response_head *out_head)
{
	const struct response_head *head =
		atomic_load_explicit(&notify->head, memory_order_acquire);

	if (!head)
		return ERR_MISSING;
	*out_head = *head;
	return ERR_NONE;
}

enum err notify_get_report(const struct notify *notify, struct notify_report *out_report)
{
	bool is_called = atomic_load_explicit(&notify->caller, memory_order_relaxed) ==
			 pthread_self();
	enum err err;

	if (notify_phase(notify) == NOTIFY_RUNNING && !is_called)
		return ERR_AGAIN;
	err = request_put_head(notify->request, &out_report->head);
	if (err)
		return err;
	request_get_info(notify->request, &out_report->info);
	out_report->redirects = notify->redirects;
	out_report->hr = default_code(notify);
	out_report->hr_extended = extended_code(notify);
	return ERR_NONE;
}

enum err notify_put_error_text(const struct notify *notify, struct buf *out)
{
	enum err err = failure_of(notify);

	if (!err)
		return ERR_MISSING;
	if (err != notify->told)
		return buf_put_str(out, err_text(err));
	return request_put_error_text(notify->request, out);
}
