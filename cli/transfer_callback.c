/* SPDX-License-Identifier: MIT */
/*
 * The callback object. For -v and HAR the library is asked to report redirects as well;
 * then the heads of those that it follows are told to nobody else, unless the user asked
 * for them too.
 */
#define COBJMACROS
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "memory.h"
#include "secret.h"
#include "transfer_inside.h"
#include "transfer_tell.h"
#include "unicode.h"
#include "verbose.h"

static struct transfer *
impl_from_IXMLHTTPRequest3Callback(IXMLHTTPRequest3Callback *iface)
{
	return (struct transfer *)(void *)iface;
}

_Static_assert(offsetof(struct transfer, IXMLHTTPRequest3Callback_iface) == 0,
	       "the interface comes first");

/* ---- IUnknown ---- */

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IXMLHTTPRequest3Callback *iface,
							 REFIID iid, void **out)
{
	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!IsEqualIID(iid, &IID_IUnknown) &&
	    !IsEqualIID(iid, &IID_IXMLHTTPRequest2Callback) &&
	    !IsEqualIID(iid, &IID_IXMLHTTPRequest3Callback))
		return E_NOINTERFACE;
	IXMLHTTPRequest3Callback_AddRef(iface);
	*out = iface;
	return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IXMLHTTPRequest3Callback *iface)
{
	return atomic_fetch_add(&impl_from_IXMLHTTPRequest3Callback(iface)->refs, 1) + 1;
}

static ULONG STDMETHODCALLTYPE callback_Release(IXMLHTTPRequest3Callback *iface)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	ULONG refs = atomic_fetch_sub(&transfer->refs, 1) - 1;

	if (refs)
		return refs;
	source_unref(transfer->source);
	sink_unref(transfer->sink);
	head_done(&transfer->head);
	fault_done(&transfer->fault);
	task_free(transfer->task);
	free(transfer);
	return 0;
}

/* ---- what callbacks have in common ---- */

/* Aborts where the task says so; the answer of the callback. */
static HRESULT leave(struct transfer *transfer, enum task_abort at)
{
	if (transfer->task->abort_on == at)
		IXMLHTTPRequest3_Abort(transfer->xhr);
	return S_OK;
}

/* The proxy in use, and what it answered when it was asked for a tunnel. */
static void show_proxy(const struct transfer *transfer, const struct ixhr2_info *info)
{
	if (!info->proxy)
		return;
	if (info->proxy_status)
		verbose_line(transfer->task->id, "through %s, CONNECT: %u", info->proxy,
			     info->proxy_status);
	else
		verbose_line(transfer->task->id, "through %s", info->proxy);
}

/* The request as it was sent, once for each exchange. */
static void show_request(struct transfer *transfer, const struct ixhr2_info *info)
{
	if (!transfer->has_shown_request) {
		show_proxy(transfer, info);
		verbose_head(transfer->task->id, '>', info->request_head);
	}
	transfer->has_shown_request = true;
}

static void take_head(struct transfer *transfer, DWORD status, const WCHAR *reason,
		      DWORD http_version)
{
	WCHAR *fields = NULL;

	head_done(&transfer->head);
	IXMLHTTPRequest3_GetAllResponseHeaders(transfer->xhr, &fields);
	transfer->head.status = status;
	transfer->head.version = head_version(http_version);
	transfer->head.reason = unicode_narrow(reason);
	transfer->head.fields = fields ? unicode_narrow(fields) : memory_text("\r\n");
	CoTaskMemFree(fields);
}

/* Whether the head is that of a redirect that the user did not ask for. */
static bool is_to_be_withheld(const struct transfer *transfer)
{
	const struct task *task = transfer->task;

	return !task->keeps_redirects &&
	       !task->properties[XHR_PROP_REPORT_REDIRECT_STATUS].value &&
	       head_is_redirect(&transfer->head);
}

/* ---- IXMLHTTPRequest2Callback ---- */

static HRESULT STDMETHODCALLTYPE callback_OnRedirect(IXMLHTTPRequest3Callback *iface,
						     IXMLHTTPRequest2 *xhr,
						     const WCHAR *wide_url)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	char *url = unicode_narrow(wide_url);
	struct bytes line = {0};

	(void)xhr;
	secret_cut_login(url);
	verbose_line(transfer->task->id, "OnRedirect %s", url);
	events_redirect(&line, transfer->task->id, url);
	transfer_put_event(transfer, &line);
	free(url);
	head_done(&transfer->head);
	transfer->is_withheld = false;
	transfer->is_recorded = false;
	transfer->has_shown_request = false;
	transfer->exchange_begin_us = transfer_now_us(transfer);
	return leave(transfer, TASK_ABORT_REDIRECT);
}

static HRESULT STDMETHODCALLTYPE
callback_OnHeadersAvailable(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
			    DWORD status, const WCHAR *reason)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	const char *id = transfer->task->id;
	struct ixhr2_info info;
	HRESULT hr;

	(void)xhr;
	transfer_get_info(transfer, &info);
	take_head(transfer, status, reason, info.http_version);
	show_request(transfer, &info);
	verbose_line(id, "OnHeadersAvailable %u %s, HTTP/%s", status,
		     transfer->head.reason, transfer->head.version);
	verbose_head(id, '<', transfer->head.fields);
	transfer->is_recorded =
		!transfer->task->keeps_redirects && head_is_redirect(&transfer->head);
	if (transfer->is_recorded)
		transfer_record(transfer, &info, NULL);
	ixhr2_info_free(&info);
	transfer->is_withheld = is_to_be_withheld(transfer);
	if (transfer->is_withheld)
		return S_OK;
	hr = transfer_tell_head(transfer);
	return FAILED(hr) ? hr : leave(transfer, TASK_ABORT_HEADERS);
}

static HRESULT STDMETHODCALLTYPE callback_OnDataAvailable(IXMLHTTPRequest3Callback *iface,
							  IXMLHTTPRequest2 *xhr,
							  ISequentialStream *stream)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	struct bytes line = {0};
	HRESULT hr = S_OK;
	uint64_t now_bytes;

	(void)xhr;
	if (!transfer->has_own_stream)
		hr = sink_drain(transfer->sink, stream);
	if (FAILED(hr))
		return hr;
	now_bytes = sink_bytes(transfer->sink) - transfer->told_bytes;
	transfer->told_bytes += now_bytes;
	verbose_line(transfer->task->id, "OnDataAvailable, %llu bytes",
		     (unsigned long long)now_bytes);
	events_data(&line, transfer->task->id, now_bytes);
	transfer_put_event(transfer, &line);
	return leave(transfer, TASK_ABORT_DATA);
}

static void set_fail_fault(struct transfer *transfer, HRESULT hr)
{
	fault_set_own(&transfer->fault, hr, EXIT_STATUS_FAIL,
		      memory_format("the server answers %u %s", transfer->head.status,
				    transfer->head.reason));
}

static HRESULT STDMETHODCALLTYPE callback_OnResponseReceived(
	IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr, ISequentialStream *stream)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	struct ixhr2_info info;
	HRESULT hr = S_OK;

	(void)xhr;
	if (transfer->is_withheld)
		transfer_tell_head(transfer);
	if (!transfer->has_own_stream)
		hr = sink_drain(transfer->sink, stream);
	transfer_get_info(transfer, &info);
	if (!transfer->is_recorded)
		transfer_record(transfer, &info, NULL);
	if (FAILED(hr))
		fault_set(&transfer->fault, hr, hr, true, NULL);
	else if (transfer->is_refused)
		set_fail_fault(transfer, S_OK);
	transfer_end(transfer, &info);
	ixhr2_info_free(&info);
	return S_OK;
}

/* What the library says of its failure: a sentence to be freed, or NULL. */
static char *error_text(struct transfer *transfer)
{
	char *given = NULL;
	char *text;

	ixhr2_error_text((IUnknown *)(void *)transfer->xhr, &given);
	text = memory_text(given);
	CoTaskMemFree(given);
	return text;
}

/* The faults of which the library knows no more than that the program stopped it. */
static bool set_own_fault(struct transfer *transfer, HRESULT hr)
{
	const struct task *task = transfer->task;
	struct fault *fault = &transfer->fault;
	int source_errno = transfer->source ? source_error(transfer->source) : 0;
	int sink_errno = sink_error(transfer->sink);

	if (transfer->is_refused)
		set_fail_fault(transfer, hr);
	else if (sink_errno)
		fault_set_own(
			fault, hr, EXIT_STATUS_OUTPUT,
			memory_format("%s: %s",
				      task->output ? task->output : "standard output",
				      strerror(sink_errno)));
	else if (source_errno)
		fault_set_own(fault, hr, EXIT_STATUS_BODY,
			      memory_format("%s: %s",
					    task->body.path ? task->body.path
							    : "standard input",
					    strerror(source_errno)));
	else if (hr == E_ABORT && atomic_load(&transfer->stop) == TRANSFER_TIME_IS_UP)
		fault_set_own(fault, hr, EXIT_STATUS_TIME,
			      memory_format("the time of %.3f s is up",
					    (double)task->max_time_ms / 1000));
	else if (hr == E_ABORT && atomic_load(&transfer->stop) == TRANSFER_INTERRUPTED)
		fault_set_own(fault, hr, EXIT_STATUS_INTERRUPTED,
			      memory_text("interrupted"));
	return fault->status != EXIT_STATUS_OK;
}

/* What the library has found out. */
static void set_fault(struct transfer *transfer, HRESULT hr,
		      const struct ixhr2_info *info)
{
	HRESULT extended = FAILED(info->error_extended) ? info->error_extended : hr;
	bool has_answer = transfer->head.status || info->first_byte_us > 0;

	fault_set(&transfer->fault, hr, extended, has_answer, error_text(transfer));
	if (info->is_proxy_fault)
		fault_blame_proxy(&transfer->fault);
}

static HRESULT STDMETHODCALLTYPE callback_OnError(IXMLHTTPRequest3Callback *iface,
						  IXMLHTTPRequest2 *xhr, HRESULT hr)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	struct ixhr2_info info;

	(void)xhr;
	transfer_get_info(transfer, &info);
	show_request(transfer, &info);
	if (!set_own_fault(transfer, hr))
		set_fault(transfer, hr, &info);
	if (!transfer->is_recorded)
		transfer_record(transfer, &info, transfer->fault.text);
	transfer_end(transfer, &info);
	ixhr2_info_free(&info);
	return S_OK;
}

/* ---- IXMLHTTPRequest3Callback ---- */

static HRESULT STDMETHODCALLTYPE callback_OnServerCertificateReceived(
	IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest3 *xhr, DWORD errors, DWORD count,
	const XHR_CERT *chain)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);

	(void)xhr;
	transfer_tell_certificate(transfer, errors, count, chain);
	return leave(transfer, TASK_ABORT_CERTIFICATE);
}

static HRESULT STDMETHODCALLTYPE callback_OnClientCertificateRequested(
	IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest3 *xhr, DWORD count,
	const WCHAR **issuers)
{
	struct transfer *transfer = impl_from_IXMLHTTPRequest3Callback(iface);
	struct bytes line = {0};

	(void)xhr;
	verbose_line(transfer->task->id,
		     "OnClientCertificateRequested, %u issuers, none is shown", count);
	events_client_certificate(&line, transfer->task->id, count, issuers);
	transfer_put_event(transfer, &line);
	return S_OK;
}

const IXMLHTTPRequest3CallbackVtbl transfer_callback_vtbl = {
	.QueryInterface = callback_QueryInterface,
	.AddRef = callback_AddRef,
	.Release = callback_Release,
	.OnRedirect = callback_OnRedirect,
	.OnHeadersAvailable = callback_OnHeadersAvailable,
	.OnDataAvailable = callback_OnDataAvailable,
	.OnResponseReceived = callback_OnResponseReceived,
	.OnError = callback_OnError,
	.OnServerCertificateReceived = callback_OnServerCertificateReceived,
	.OnClientCertificateRequested = callback_OnClientCertificateRequested,
};
