/* SPDX-License-Identifier: MIT */
/*
 * What every callback object in C needs: QueryInterface, AddRef, Release, and a wait for
 * the end; besides, OnRedirect and OnError as most programs want them. The programs here
 * add the other callbacks.
 *
 * The object is a variable of the program. The library refers to it from Open until the
 * final callback has returned, and callback_wait waits until nobody refers to it.
 */
#ifndef IXHR2_EXAMPLES_CALLBACK_H
#define IXHR2_EXAMPLES_CALLBACK_H

#include <pthread.h>
#include <stdio.h>

#include <ixhr2/ixhr2.h>
#include <ixhr2/msxml6.h>

struct callback {
	IXMLHTTPRequest2Callback iface; /* what Open takes; stands first */
	pthread_mutex_t lock;		/* guards references */
	pthread_cond_t let_go;		/* signalled when references reach 0 */
	ULONG references;		/* how many the library holds */
	HRESULT result;			/* S_OK, or what OnError was given */
};

#define CALLBACK_INIT(vtbl)                                                              \
	{                                                                                \
		{vtbl}, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, S_OK     \
	}

/* The object behind the pointer that a callback is given. */
static inline struct callback *callback_of(IXMLHTTPRequest2Callback *iface)
{
	return (struct callback *)iface;
}

static inline ULONG callback_add_ref(IXMLHTTPRequest2Callback *iface)
{
	struct callback *callback = callback_of(iface);
	ULONG references;

	pthread_mutex_lock(&callback->lock);
	references = ++callback->references;
	pthread_mutex_unlock(&callback->lock);
	return references;
}

static inline ULONG callback_release(IXMLHTTPRequest2Callback *iface)
{
	struct callback *callback = callback_of(iface);
	ULONG references;

	pthread_mutex_lock(&callback->lock);
	references = --callback->references;
	if (references == 0)
		pthread_cond_signal(&callback->let_go);
	pthread_mutex_unlock(&callback->lock);
	return references;
}

static inline HRESULT callback_query_interface(IXMLHTTPRequest2Callback *iface,
					       REFIID iid, void **out)
{
	if (!IsEqualIID(iid, &IID_IUnknown) &&
	    !IsEqualIID(iid, &IID_IXMLHTTPRequest2Callback)) {
		*out = NULL;
		return E_NOINTERFACE;
	}
	callback_add_ref(iface);
	*out = iface;
	return S_OK;
}

/* OnRedirect: follow it. A failure would stop the request. */
static inline HRESULT callback_on_redirect(IXMLHTTPRequest2Callback *iface,
					   IXMLHTTPRequest2 *xhr, const WCHAR *url)
{
	(void)iface, (void)xhr, (void)url;
	return S_OK;
}

/* OnError: keep the result, and say in a sentence what happened. */
static inline HRESULT callback_on_error(IXMLHTTPRequest2Callback *iface,
					IXMLHTTPRequest2 *xhr, HRESULT error)
{
	char *text = NULL;

	callback_of(iface)->result = error;
	ixhr2_error_text((IUnknown *)xhr, &text);
	fprintf(stderr, "error 0x%08x: %s\n", (unsigned)error, text ? text : "");
	CoTaskMemFree(text);
	return S_OK;
}

/* Waits until the library has let go of the object; answers its result. */
static inline HRESULT callback_wait(struct callback *callback)
{
	pthread_mutex_lock(&callback->lock);
	while (callback->references > 0)
		pthread_cond_wait(&callback->let_go, &callback->lock);
	pthread_mutex_unlock(&callback->lock);
	return callback->result;
}

#endif
