/* SPDX-License-Identifier: MIT */
/*
 * transfer_start turns a task into calls of the object. Each step answers an HRESULT; the
 * first that fails ends the transfer with a sentence on what was refused, in the same way
 * as the library ends one that was sent.
 *
 * References: the main thread holds one, and the library one from Open until the final
 * callback has returned.
 */
#define COBJMACROS
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "property.h"
#include "secret.h"
#include "tick.h"
#include "transfer_inside.h"
#include "transfer_tell.h"
#include "unicode.h"
#include "verbose.h"

static bool is_any_given_up; /* the main thread's */

struct transfer *transfer_new(struct task *task, const struct transfer_place *place,
			      void *owner)
{
	struct transfer *transfer = memory_take(sizeof(*transfer));

	transfer->IXMLHTTPRequest3Callback_iface.lpVtbl = &transfer_callback_vtbl;
	atomic_init(&transfer->refs, 1);
	transfer->task = task;
	transfer->place = place;
	transfer->owner = owner;
	return transfer;
}

/* Notes what is wrong before anything was sent. text becomes the transfer's. */
static HRESULT refuse(struct transfer *transfer, HRESULT hr, enum exit_status status,
		      char *text)
{
	fault_set_own(&transfer->fault, hr, status, text);
	return hr;
}

/* Makes the sink, which is there after this whatever happens. */
static HRESULT make_sink(struct transfer *transfer)
{
	const struct task *task = transfer->task;
	struct sink_setup setup = {
		.stop = &transfer->is_stopped,
		.hashes = task->tells_events,
		.keeps = task->tells_events && task->tells_body && !task->output,
	};
	int error = 0;

	if (task->output)
		error = output_open(task->output, task->may_replace, &setup.output);
	else if (!task->tells_events)
		setup.outbox = transfer->place->outbox;
	transfer->sink = sink_new(&setup);
	transfer->has_own_stream = setup.output || setup.outbox;
	if (!error)
		return S_OK;
	return refuse(transfer, fault_from_errno(error), EXIT_STATUS_OUTPUT,
		      memory_format("%s: %s", task->output, strerror(error)));
}

static HRESULT make_source(struct transfer *transfer)
{
	const struct task_body *body = &transfer->task->body;
	int error = source_new(body, &transfer->source);

	if (!error)
		return S_OK;
	return refuse(transfer, fault_from_errno(error), EXIT_STATUS_BODY,
		      memory_format("%s: %s", body->path ? body->path : "standard input",
				    strerror(error)));
}

static HRESULT make_object(struct transfer *transfer)
{
	void *xhr = NULL;
	HRESULT hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL,
				      CLSCTX_INPROC_SERVER, &IID_IXMLHTTPRequest3, &xhr);

	transfer->xhr = xhr;
	if (FAILED(hr))
		return refuse(transfer, hr, EXIT_STATUS_OTHER,
			      memory_text("the library makes no object"));
	return S_OK;
}

static HRESULT set_properties(struct transfer *transfer)
{
	const struct task *task = transfer->task;
	HRESULT hr = S_OK;
	int i;

	for (i = 0; i < TASK_PROPERTIES && SUCCEEDED(hr); i++) {
		if (!task->properties[i].is_set)
			continue;
		hr = IXMLHTTPRequest3_SetProperty(transfer->xhr, (XHR_PROPERTY)i,
						  task->properties[i].value);
	}
	if (FAILED(hr))
		return refuse(transfer, hr, EXIT_STATUS_USAGE,
			      memory_format("property %s: the value %llu is refused",
					    property_name((XHR_PROPERTY)(i - 1)),
					    task->properties[i - 1].value));
	if (verbose_is_on() || transfer->place->har)
		hr = IXMLHTTPRequest3_SetProperty(transfer->xhr,
						  XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	return hr;
}

static HRESULT refuse_open(struct transfer *transfer, HRESULT hr)
{
	const struct task *task = transfer->task;
	char *url = memory_text(task->url);

	secret_cut_login(url);
	switch (hr) {
	case INET_E_INVALID_URL:
		refuse(transfer, hr, EXIT_STATUS_URL,
		       memory_format("%s: not a URL", url));
		transfer->fault.extended = HRESULT_FROM_WIN32(ERROR_INTERNET_INVALID_URL);
		break;
	case INET_E_UNKNOWN_PROTOCOL:
		refuse(transfer, hr, EXIT_STATUS_URL,
		       memory_format("%s: neither http nor https", url));
		transfer->fault.extended =
			HRESULT_FROM_WIN32(ERROR_INTERNET_UNRECOGNIZED_SCHEME);
		break;
	case E_INVALIDARG:
	case E_ACCESSDENIED:
		refuse(transfer, hr, EXIT_STATUS_USAGE,
		       memory_format("the method %s is refused", task_method(task)));
		break;
	default:
		refuse(transfer, hr, EXIT_STATUS_OTHER,
		       memory_format("%s: cannot be opened", url));
	}
	free(url);
	return hr;
}

static HRESULT open_request(struct transfer *transfer)
{
	const struct task *task = transfer->task;
	void *callback = &transfer->IXMLHTTPRequest3Callback_iface;
	WCHAR *method = unicode_widen(task_method(task));
	WCHAR *url = unicode_widen(task->url);
	WCHAR *user = unicode_widen(task->user);
	WCHAR *password = unicode_widen(task->password);
	WCHAR *proxy_user = unicode_widen(task->proxy_user);
	WCHAR *proxy_password = unicode_widen(task->proxy_password);
	HRESULT hr = IXMLHTTPRequest3_Open(transfer->xhr, method, url, callback, user,
					   password, proxy_user, proxy_password);

	secret_free_wide(proxy_password);
	secret_free_wide(proxy_user);
	secret_free_wide(password);
	secret_free_wide(user);
	secret_free_wide(url);
	free(method);
	return FAILED(hr) ? refuse_open(transfer, hr) : S_OK;
}

static HRESULT set_certificate(struct transfer *transfer)
{
	const struct task *task = transfer->task;
	const struct thumbprint *wanted = &task->client_certificate;
	WCHAR *pin;
	HRESULT hr;

	if (!wanted->bytes)
		return S_OK;
	pin = unicode_widen(task->pin);
	hr = IXMLHTTPRequest3_SetClientCertificate(transfer->xhr, wanted->bytes,
						   wanted->hash, pin);
	secret_free_wide(pin);
	if (SUCCEEDED(hr))
		return S_OK;
	return refuse(transfer, hr, EXIT_STATUS_USAGE,
		      memory_text("the pin of the client certificate is refused"));
}

static HRESULT set_header(struct transfer *transfer, const struct task_header *header)
{
	WCHAR *name = unicode_widen(header->name);
	WCHAR *value = unicode_widen(header->value);
	HRESULT hr = IXMLHTTPRequest3_SetRequestHeader(transfer->xhr, name, value);

	free(value);
	free(name);
	if (SUCCEEDED(hr))
		return S_OK;
	return refuse(transfer, hr, EXIT_STATUS_USAGE,
		      memory_format("the header '%s' is refused", header->name));
}

static HRESULT set_headers(struct transfer *transfer)
{
	const struct task *task = transfer->task;
	HRESULT hr = S_OK;
	size_t i;

	for (i = 0; i < task->header_count && SUCCEEDED(hr); i++)
		hr = set_header(transfer, &task->headers[i]);
	return hr;
}

static HRESULT set_streams(struct transfer *transfer)
{
	HRESULT hr = S_OK;

	if (transfer->task->keeps_redirects)
		hr = ixhr2_follow_redirects((IUnknown *)(void *)transfer->xhr, FALSE);
	if (SUCCEEDED(hr) && transfer->has_own_stream)
		hr = IXMLHTTPRequest3_SetCustomResponseStream(
			transfer->xhr, sink_stream(transfer->sink));
	return hr;
}

/* The callbacks may come, and even be over, before Send returns. */
static HRESULT send_request(struct transfer *transfer)
{
	const struct task_body *body = &transfer->task->body;
	struct source *source = transfer->source;
	ULONGLONG length = source ? source_length(source) : body->length;
	HRESULT hr;

	transfer->start_wall_ms = tick_wall_ms();
	transfer->start_ns = tick_ns();
	hr = IXMLHTTPRequest3_Send(transfer->xhr, source ? source_stream(source) : NULL,
				   length);
	if (SUCCEEDED(hr))
		return S_OK;
	transfer->start_ns = 0;
	return refuse(
		transfer, hr, EXIT_STATUS_USAGE,
		memory_text("the body, its length or the login of the URL is refused"));
}

void transfer_start(struct transfer *transfer)
{
	static HRESULT (*const steps[])(struct transfer *) = {
		make_sink,	 make_source, make_object, set_properties, open_request,
		set_certificate, set_headers, set_streams, send_request,
	};
	const struct ixhr2_info nothing = {0};
	HRESULT hr = S_OK;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps) && SUCCEEDED(hr); i++)
		hr = steps[i](transfer);
	if (SUCCEEDED(hr))
		return;
	if (!transfer->fault.status)
		fault_set(&transfer->fault, hr, hr, false, NULL);
	transfer_end(transfer, &nothing);
}

void transfer_stop(struct transfer *transfer, enum transfer_stop why)
{
	enum transfer_stop none = TRANSFER_GOES_ON;

	atomic_compare_exchange_strong(&transfer->stop, &none, why);
	if (transfer->xhr)
		IXMLHTTPRequest3_Abort(transfer->xhr);
	atomic_store(&transfer->is_stopped, true);
	source_stop(transfer->source);
	outbox_wake(transfer->place->outbox);
}

void transfer_get_progress(const struct transfer *transfer,
			   struct transfer_progress *out_progress)
{
	const struct source *source = transfer->source;
	uint64_t length = source ? source_length(source) : 0;

	*out_progress = (struct transfer_progress){
		.received_bytes = transfer->sink ? sink_bytes(transfer->sink) : 0,
		.expected_bytes = atomic_load(&transfer->expected_bytes),
		.sent_bytes = source ? source_position(source) : 0,
		.to_send_bytes = length == IXHR2_LENGTH_UNKNOWN ? 0 : length,
	};
}

const struct fault *transfer_fault(const struct transfer *transfer)
{
	return &transfer->fault;
}

void transfer_give_up(struct transfer *transfer)
{
	sink_unlink(transfer->sink);
	is_any_given_up = true;
}

bool transfer_any_given_up(void)
{
	return is_any_given_up;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	if (transfer->xhr)
		IXMLHTTPRequest3_Release(transfer->xhr);
	IXMLHTTPRequest3Callback_Release(&transfer->IXMLHTTPRequest3Callback_iface);
}
