/* SPDX-License-Identifier: MIT */
/*
 * The state of an object (contract section 2) is that of its notify: none is CREATED,
 * and NOTIFY_OPENED, NOTIFY_RUNNING and NOTIFY_ENDED are OPENED, RUNNING and FINISHED.
 * The lock guards which notify that is, and what is kept for the next Send; nothing but
 * the running request itself ends a notify that runs.
 *
 * Client code never runs under the lock. So a method that must call some (a reference,
 * QueryInterface) calls first, looks at the state under the lock, and only then changes
 * something; what it does not take or displaces is released behind the lock. Open looks
 * before it calls, too: a running request is no time to prepare another.
 *
 * One word counts the references of the program (its low half) and the Sends that run
 * (its high half). So the object goes with whatever is last, and a reference may be taken
 * in a callback when the program has none left.
 */
#define COBJMACROS
#include "com/xhr.h"

#include <stdatomic.h>

#include "base/lock.h"
#include "base/mem.h"
#include "base/text.h"
#include "com/credentials.h"
#include "com/fields.h"
#include "com/hresult.h"
#include "com/narrow.h"
#include "com/trace.h"
#include "com/unknown.h"
#include "ixhr2/ixhr2.h"

/* What counts is made of. */
#define ONE_REF	 UINT64_C(1)
#define ONE_HOLD (UINT64_C(1) << 32)

struct xhr {
	IXMLHTTPRequest3 IXMLHTTPRequest3_iface; /* the one interface */
	struct notify_owner owner;		 /* unit, properties */
	_Atomic uint64_t counts;		 /* see above */
	struct lock lock; /* guards shared, and the properties that Send reads */

	struct {
		struct notify *notify;	   /* the latest Open's, a reference, or NULL */
		ISequentialStream *custom; /* for the next Send, a reference, or NULL */
		struct client_certificate certificate; /* for the next Send */
		struct credentials credentials;	       /* the latest Open's, until Send */
	} shared;				       /* guarded by lock */
};

static struct xhr *impl_from_IXMLHTTPRequest3(IXMLHTTPRequest3 *iface)
{
	return (struct xhr *)((char *)iface -
			      offsetof(struct xhr, IXMLHTTPRequest3_iface));
}

static void lock(struct xhr *xhr)
{
	lock_take(&xhr->lock);
}

static void unlock(struct xhr *xhr)
{
	lock_give(&xhr->lock);
}

/* Whether the object is in the state of this phase. With the lock held. */
static bool is_in(const struct xhr *xhr, enum notify_phase phase)
{
	return xhr->shared.notify && notify_phase(xhr->shared.notify) == phase;
}

/* ---- IUnknown ---- */

static const size_t offset = offsetof(struct xhr, IXMLHTTPRequest3_iface);
static const struct unknown_row rows[] = {
	{&IID_IXMLHTTPRequest2, offset},
	{&IID_IXMLHTTPRequest3, offset},
	{&IID_IUnknown, offset},
	{&IID_IAgileObject, offset},
};

static HRESULT xhr_QueryInterface(IXMLHTTPRequest3 *iface, REFIID iid, void **out)
{
	return unknown_query(impl_from_IXMLHTTPRequest3(iface), rows,
			     sizeof(rows) / sizeof(rows[0]), iid, out);
}

/* A method that has had the last reference let go meanwhile may hold the lock still: the
 * final callback can come before Send returns. */
static void free_xhr(struct xhr *xhr)
{
	lock_pass(&xhr->lock);
	notify_unref(xhr->shared.notify);
	if (xhr->shared.custom)
		ISequentialStream_Release(xhr->shared.custom);
	client_certificate_done(&xhr->shared.certificate);
	credentials_done(&xhr->shared.credentials);
	mem_free(xhr);
}

static ULONG refs_of(uint64_t counts)
{
	return (ULONG)counts;
}

/* Takes one reference or one hold away; answers what is left. Nobody can add to the last
 * one, so it need not be taken away where it is found alone. */
static uint64_t count_down(struct xhr *xhr, uint64_t one)
{
	uint64_t left = 0;

	if (atomic_load_explicit(&xhr->counts, memory_order_acquire) != one)
		left = atomic_fetch_sub_explicit(&xhr->counts, one,
						 memory_order_acq_rel) -
		       one;
	if (left == 0)
		free_xhr(xhr);
	return left;
}

static ULONG xhr_AddRef(IXMLHTTPRequest3 *iface)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);

	return refs_of(
		atomic_fetch_add_explicit(&xhr->counts, ONE_REF, memory_order_relaxed) +
		ONE_REF);
}

static ULONG xhr_Release(IXMLHTTPRequest3 *iface)
{
	return refs_of(count_down(impl_from_IXMLHTTPRequest3(iface), ONE_REF));
}

/* The final callback of a Send has returned. */
static void on_ended(struct notify_owner *owner)
{
	count_down((struct xhr *)((char *)owner - offsetof(struct xhr, owner)), ONE_HOLD);
}

/* ---- preparing a request ---- */

/* Whether a request runs now. What was sent before may be about to end, and does not
 * count. */
static bool is_running(struct xhr *xhr)
{
	bool is_running;

	if (atomic_load_explicit(&xhr->counts, memory_order_relaxed) < ONE_HOLD)
		return false;
	lock(xhr);
	is_running = is_in(xhr, NOTIFY_RUNNING);
	unlock(xhr);
	return is_running;
}

/* Makes a prepared request the object's, unless one is running: E_PENDING. *credentials
 * become those that it displaces. */
static HRESULT open_with(struct xhr *xhr, struct notify *notify,
			 struct credentials *credentials)
{
	struct credentials displaced;
	struct notify *unused = notify;
	HRESULT hr = E_PENDING;

	lock(xhr);
	if (!is_in(xhr, NOTIFY_RUNNING)) {
		displaced = xhr->shared.credentials;
		xhr->shared.credentials = *credentials;
		*credentials = displaced;
		unused = xhr->shared.notify;
		xhr->shared.notify = notify;
		hr = S_OK;
	}
	unlock(xhr);
	notify_unref(unused);
	return hr;
}

/* The URL may have a password in it. */
static HRESULT prepare(struct xhr *xhr, const WCHAR *method, const WCHAR *url,
		       IXMLHTTPRequest2Callback *callback,
		       struct credentials *credentials)
{
	struct narrow method_text;
	struct narrow url_text;
	struct notify *notify;
	enum err err;

	narrow_init(&method_text);
	narrow_init(&url_text);
	err = narrow_set(&method_text, method, xhr->owner.unit);
	if (!err)
		err = narrow_set(&url_text, url, xhr->owner.unit);
	if (!err)
		err = notify_new(&xhr->owner, method_text.text, url_text.text, callback,
				 &notify);
	narrow_wipe(&url_text);
	narrow_done(&method_text);
	return err ? hresult_of(err) : open_with(xhr, notify, credentials);
}

static HRESULT xhr_Open(IXMLHTTPRequest3 *iface, const WCHAR *method, const WCHAR *url,
			IXMLHTTPRequest2Callback *callback, const WCHAR *user,
			const WCHAR *password, const WCHAR *proxy_user,
			const WCHAR *proxy_password)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	const WCHAR *const texts[CREDENTIALS_COUNT] = {user, password, proxy_user,
						       proxy_password};
	struct credentials credentials;
	enum err err;
	HRESULT hr;

	if (!method || !url || !callback)
		return E_INVALIDARG;
	err = credentials_init(&credentials, texts, xhr->owner.unit);
	if (err)
		return hresult_of(err);
	hr = is_running(xhr) ? E_PENDING
			     : prepare(xhr, method, url, callback, &credentials);
	credentials_done(&credentials);
	return hr;
}

static HRESULT xhr_SetRequestHeader(IXMLHTTPRequest3 *iface, const WCHAR *name,
				    const WCHAR *value)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	struct narrow name_text;
	struct narrow value_text;
	enum err err;

	if (!name)
		return E_INVALIDARG;
	narrow_init(&name_text);
	narrow_init(&value_text);
	err = narrow_set(&name_text, name, xhr->owner.unit);
	if (!err)
		err = narrow_set(&value_text, value, xhr->owner.unit);
	if (!err) {
		lock(xhr);
		err = is_in(xhr, NOTIFY_OPENED)
			      ? request_set_header(notify_request(xhr->shared.notify),
						   name_text.text, value_text.text)
			      : ERR_WRONG_STATE;
		unlock(xhr);
	}
	narrow_done(&value_text);
	narrow_done(&name_text);
	return hresult_of(err);
}

static HRESULT xhr_SetCustomResponseStream(IXMLHTTPRequest3 *iface,
					   ISequentialStream *stream)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	ISequentialStream *unused = stream;
	HRESULT hr = E_UNEXPECTED;

	if (!stream)
		return E_INVALIDARG;
	ISequentialStream_AddRef(stream);
	lock(xhr);
	if (!is_in(xhr, NOTIFY_RUNNING)) {
		unused = xhr->shared.custom;
		xhr->shared.custom = stream;
		hr = S_OK;
	}
	unlock(xhr);
	if (unused)
		ISequentialStream_Release(unused);
	return hr;
}

static HRESULT xhr_SetProperty(IXMLHTTPRequest3 *iface, XHR_PROPERTY property,
			       ULONGLONG value)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	enum err err;

	lock(xhr);
	err = props_set(&xhr->owner.props, property, value);
	if (!err && property == XHR_PROP_TIMEOUT && is_in(xhr, NOTIFY_RUNNING))
		request_set_timeout(notify_request(xhr->shared.notify), (uint32_t)value);
	unlock(xhr);
	return hresult_of(err);
}

static HRESULT xhr_SetClientCertificate(IXMLHTTPRequest3 *iface, DWORD bytes,
					const BYTE *hash, const WCHAR *pin)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	struct client_certificate unused;
	struct client_certificate chosen;
	enum err err =
		client_certificate_init(&chosen, bytes, hash, pin, xhr->owner.unit);

	if (err)
		return hresult_of(err);
	lock(xhr);
	if (is_in(xhr, NOTIFY_RUNNING)) {
		unused = chosen;
		err = ERR_WRONG_STATE;
	} else {
		unused = xhr->shared.certificate;
		xhr->shared.certificate = chosen;
	}
	unlock(xhr);
	client_certificate_done(&unused);
	return hresult_of(err);
}

/* ---- running it ---- */

/* Sends what is opened. *streams gets the custom one; when it is done its references are
 * given away. */
static enum err send_opened(struct xhr *xhr, struct notify_streams *streams,
			    ULONGLONG bytes)
{
	enum err err = ERR_WRONG_STATE;

	lock(xhr);
	if (is_in(xhr, NOTIFY_OPENED)) {
		streams->custom = xhr->shared.custom;
		atomic_fetch_add_explicit(&xhr->counts, ONE_HOLD, memory_order_relaxed);
		err = notify_send(xhr->shared.notify, streams, bytes,
				  &xhr->shared.certificate, &xhr->shared.credentials);
		if (err) {
			atomic_fetch_sub_explicit(&xhr->counts, ONE_HOLD,
						  memory_order_relaxed);
		} else {
			xhr->shared.custom = NULL;
			client_certificate_done(&xhr->shared.certificate);
			credentials_done(&xhr->shared.credentials);
		}
	}
	unlock(xhr);
	return err;
}

static HRESULT xhr_Send(IXMLHTTPRequest3 *iface, ISequentialStream *body, ULONGLONG bytes)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	struct notify_streams streams = {.body = body};
	void *seekable = NULL;
	enum err err;

	if (!body && bytes)
		return E_INVALIDARG;
	if (body)
		ISequentialStream_AddRef(body);
	if (bytes &&
	    SUCCEEDED(ISequentialStream_QueryInterface(body, &IID_IStream, &seekable)))
		streams.seekable = seekable;
	err = send_opened(xhr, &streams, bytes);
	if (err && streams.seekable)
		IStream_Release(streams.seekable);
	if (err && body)
		ISequentialStream_Release(body);
	return hresult_of(err);
}

/* An opened request goes as after its final callback, but for that callback. */
static HRESULT xhr_Abort(IXMLHTTPRequest3 *iface)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	struct notify *opened = NULL;
	ISequentialStream *custom = NULL;

	lock(xhr);
	if (is_in(xhr, NOTIFY_RUNNING)) {
		notify_abort(xhr->shared.notify);
	} else if (is_in(xhr, NOTIFY_OPENED)) {
		opened = xhr->shared.notify;
		custom = xhr->shared.custom;
		xhr->shared.notify = NULL;
		xhr->shared.custom = NULL;
		client_certificate_done(&xhr->shared.certificate);
		credentials_done(&xhr->shared.credentials);
	}
	unlock(xhr);
	if (custom)
		ISequentialStream_Release(custom);
	notify_unref(opened);
	return S_OK;
}

/* ---- the response ---- */

/* The head that may be read now, and a reference that keeps it. */
static HRESULT take_head(struct xhr *xhr, struct response_head *out_head,
			 struct notify **out_notify)
{
	struct notify *notify;
	HRESULT hr = S_OK;

	lock(xhr);
	notify = xhr->shared.notify;
	if (!notify || is_in(xhr, NOTIFY_OPENED)) {
		hr = E_UNEXPECTED;
	} else if (notify_get_head(notify, out_head)) {
		hr = is_in(xhr, NOTIFY_RUNNING) ? E_PENDING : E_UNEXPECTED;
	} else {
		notify_ref(notify);
		*out_notify = notify;
	}
	unlock(xhr);
	return hr;
}

static HRESULT xhr_GetAllResponseHeaders(IXMLHTTPRequest3 *iface, WCHAR **out_headers)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	struct response_head head;
	struct notify *notify;
	void *text = NULL;
	enum err err;
	HRESULT hr;

	if (!out_headers)
		return E_INVALIDARG;
	*out_headers = NULL;
	hr = take_head(xhr, &head, &notify);
	if (FAILED(hr))
		return hr;
	err = fields_all(&head, xhr->owner.unit, &text);
	notify_unref(notify);
	*out_headers = text;
	return hresult_of(err);
}

static HRESULT get_field(struct xhr *xhr, struct span name, WCHAR **out_value)
{
	struct response_head head;
	struct notify *notify;
	void *text = NULL;
	enum err err;
	HRESULT hr;

	if (!text_is_token(name))
		return E_INVALIDARG;
	hr = take_head(xhr, &head, &notify);
	if (FAILED(hr))
		return hr;
	err = fields_get(&head, name, xhr->owner.unit, &text);
	notify_unref(notify);
	*out_value = text;
	return err == ERR_MISSING ? HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)
				  : hresult_of(err);
}

static HRESULT xhr_GetResponseHeader(IXMLHTTPRequest3 *iface, const WCHAR *name,
				     WCHAR **out_value)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	struct narrow name_text;
	enum err err;
	HRESULT hr;

	if (out_value)
		*out_value = NULL;
	if (!out_value || !name)
		return E_INVALIDARG;
	narrow_init(&name_text);
	err = narrow_set(&name_text, name, xhr->owner.unit);
	hr = err ? hresult_of(err) : get_field(xhr, name_text.text, out_value);
	narrow_done(&name_text);
	return hr;
}

/* ---- cookies ---- */

/* ERR_INVALID unless each of count texts is NULL or well-formed. */
static enum err check_texts(const WCHAR *const *texts, size_t count, enum wide_unit unit)
{
	struct narrow narrow;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < count && !err; i++) {
		if (!texts[i])
			continue;
		narrow_init(&narrow);
		err = narrow_set(&narrow, texts[i], unit);
		narrow_done(&narrow);
	}
	return err;
}

/* There is no jar, so a cookie that is well-formed is not taken either. */
static HRESULT xhr_SetCookie(IXMLHTTPRequest3 *iface, const XHR_COOKIE *cookie,
			     DWORD *out_state)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	enum err err;

	if (out_state)
		*out_state = XHR_COOKIE_STATE_UNKNOWN;
	if (!cookie || !out_state || !cookie->pwszUrl || !cookie->pwszName)
		return E_INVALIDARG;
	err = check_texts((const WCHAR *const[]){cookie->pwszUrl, cookie->pwszName,
						 cookie->pwszValue,
						 cookie->pwszP3PPolicy},
			  4, xhr->owner.unit);
	return err ? hresult_of(err) : E_NOTIMPL;
}

static HRESULT xhr_GetCookie(IXMLHTTPRequest3 *iface, const WCHAR *url, const WCHAR *name,
			     DWORD flags, ULONG *out_count, XHR_COOKIE **out_cookies)
{
	struct xhr *xhr = impl_from_IXMLHTTPRequest3(iface);
	enum err err;

	(void)flags;
	if (out_count)
		*out_count = 0;
	if (out_cookies)
		*out_cookies = NULL;
	if (!url || !out_count || !out_cookies)
		return E_INVALIDARG;
	err = check_texts((const WCHAR *const[]){url, name}, 2, xhr->owner.unit);
	return err ? hresult_of(err) : E_NOTIMPL;
}

static const IXMLHTTPRequest3Vtbl xhr_vtbl = {
	xhr_QueryInterface,
	xhr_AddRef,
	xhr_Release,
	xhr_Open,
	xhr_Send,
	xhr_Abort,
	xhr_SetCookie,
	xhr_SetCustomResponseStream,
	xhr_SetProperty,
	xhr_SetRequestHeader,
	xhr_GetAllResponseHeaders,
	xhr_GetCookie,
	xhr_GetResponseHeader,
	xhr_SetClientCertificate,
};

/* ---- for the other files ---- */

bool xhr_has_interface(REFIID iid)
{
	return unknown_find(rows, sizeof(rows) / sizeof(rows[0]), iid) != NULL;
}

enum err xhr_new(enum wide_unit unit, IXMLHTTPRequest3 **out_xhr)
{
	struct xhr *xhr = mem_zalloc(sizeof(*xhr));

	if (!xhr)
		return ERR_NO_MEMORY;
	trace_begin();
	xhr->IXMLHTTPRequest3_iface.lpVtbl = &xhr_vtbl;
	xhr->owner.xhr = &xhr->IXMLHTTPRequest3_iface;
	xhr->owner.unit = unit;
	xhr->owner.ended = on_ended;
	atomic_init(&xhr->counts, ONE_REF);
	*out_xhr = &xhr->IXMLHTTPRequest3_iface;
	return ERR_NONE;
}

/* Every interface of an object is the same one, told by its table. */
static struct xhr *own_object(IUnknown *object)
{
	IXMLHTTPRequest3 *iface = (IXMLHTTPRequest3 *)(void *)object;

	if (!iface || iface->lpVtbl != &xhr_vtbl)
		return NULL;
	return impl_from_IXMLHTTPRequest3(iface);
}

enum err xhr_get_report(IUnknown *object, struct notify_report *out_report,
			struct notify **out_notify)
{
	struct xhr *xhr = own_object(object);
	enum err err = ERR_MISSING;

	if (!xhr)
		return ERR_INVALID;
	lock(xhr);
	if (xhr->shared.notify)
		err = notify_get_report(xhr->shared.notify, out_report);
	if (!err) {
		*out_notify = xhr->shared.notify;
		notify_ref(*out_notify);
	}
	unlock(xhr);
	return err;
}

enum err xhr_put_error_text(IUnknown *object, struct buf *out)
{
	struct xhr *xhr = own_object(object);
	enum err err = ERR_MISSING;

	if (!xhr)
		return ERR_INVALID;
	lock(xhr);
	if (xhr->shared.notify)
		err = notify_put_error_text(xhr->shared.notify, out);
	unlock(xhr);
	return err;
}

HRESULT ixhr2_follow_redirects(IUnknown *object, BOOL follow)
{
	struct xhr *xhr = own_object(object);

	if (!xhr)
		return E_INVALIDARG;
	lock(xhr);
	xhr->owner.props.wishes.no_redirects = !follow;
	unlock(xhr);
	return S_OK;
}
