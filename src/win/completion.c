/* SPDX-License-Identifier: MIT */
/*
 * An operation that has ended already, as its IAsyncInfo tells, is not waited for.
 * Otherwise it is given a handler of ours, and the caller sleeps until that is invoked.
 * The status is asked for once more in between, for operations that end just then and
 * forget who came late.
 *
 * The handler outlives the wait if the operation keeps it: it is a heap object, and a
 * second call finds nobody waiting. Its references are counted under its lock, so that a
 * waiter can see when the operation has let the handler go and will never call it.
 *
 * Handlers of all kinds of operations have one binary form, and so have the operations
 * but for the place of put_Completed.
 */
#include "win/completion.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/mem.h"
#include "com/unknown.h"

/* The handler, and what it was told. */
struct completion {
	IFlagHandler face;	/* the interface, of whatever kind */
	pthread_mutex_t lock;	/* guards what follows */
	pthread_cond_t changed; /* when one of the next does */
	unsigned refs;		/* references; one is the waiter's */
	bool was_taken;		/* another one has been counted */
	bool is_told;		/* Invoke has come */
	AsyncStatus status;	/* what it said */
};

/* How to wait for one kind of operation. */
struct completion_kind {
	const IFlagHandlerVtbl *vtbl;				 /* of the handler */
	HRESULT (*put)(IUnknown *operation, IFlagHandler *face); /* put_Completed */
};

static struct completion *impl_from_IFlagHandler(IFlagHandler *face)
{
	return (struct completion *)face;
}

static HRESULT completion_query(IFlagHandler *face, const IID *own, REFIID iid,
				void **out)
{
	const struct unknown_row rows[] = {
		{&IID_IUnknown, 0},
		{&IID_IAgileObject, 0},
		{own, 0},
	};

	return unknown_query(face, rows, sizeof(rows) / sizeof(rows[0]), iid, out);
}

static HRESULT completion_query_buffer(IFlagHandler *face, REFIID iid, void **out)
{
	return completion_query(face, &IID_IBufferHandler, iid, out);
}

static HRESULT completion_query_count(IFlagHandler *face, REFIID iid, void **out)
{
	return completion_query(face, &IID_ICountHandler, iid, out);
}

static HRESULT completion_query_flag(IFlagHandler *face, REFIID iid, void **out)
{
	return completion_query(face, &IID_IFlagHandler, iid, out);
}

static ULONG completion_AddRef(IFlagHandler *face)
{
	struct completion *completion = impl_from_IFlagHandler(face);
	ULONG refs;

	pthread_mutex_lock(&completion->lock);
	refs = ++completion->refs;
	completion->was_taken = true;
	pthread_mutex_unlock(&completion->lock);
	return refs;
}

static ULONG completion_Release(IFlagHandler *face)
{
	struct completion *completion = impl_from_IFlagHandler(face);
	ULONG refs;

	pthread_mutex_lock(&completion->lock);
	refs = --completion->refs;
	pthread_cond_signal(&completion->changed);
	pthread_mutex_unlock(&completion->lock);
	if (refs == 0) {
		pthread_cond_destroy(&completion->changed);
		pthread_mutex_destroy(&completion->lock);
		mem_free(completion);
	}
	return refs;
}

static HRESULT completion_Invoke(IFlagHandler *face, IFlagOperation *operation,
				 AsyncStatus status)
{
	struct completion *completion = impl_from_IFlagHandler(face);

	(void)operation;
	pthread_mutex_lock(&completion->lock);
	if (!completion->is_told)
		completion->status = status;
	completion->is_told = true;
	pthread_cond_signal(&completion->changed);
	pthread_mutex_unlock(&completion->lock);
	return S_OK;
}

static const IFlagHandlerVtbl buffer_vtbl = {
	completion_query_buffer,
	completion_AddRef,
	completion_Release,
	completion_Invoke,
};

static const IFlagHandlerVtbl count_vtbl = {
	completion_query_count,
	completion_AddRef,
	completion_Release,
	completion_Invoke,
};

static const IFlagHandlerVtbl flag_vtbl = {
	completion_query_flag,
	completion_AddRef,
	completion_Release,
	completion_Invoke,
};

static HRESULT put_with_progress(IUnknown *operation, IFlagHandler *face)
{
	IBufferOperation *typed = (IBufferOperation *)operation;

	return typed->lpVtbl->put_Completed(typed, (IBufferHandler *)face);
}

static HRESULT put_plain(IUnknown *operation, IFlagHandler *face)
{
	IFlagOperation *typed = (IFlagOperation *)operation;

	return typed->lpVtbl->put_Completed(typed, face);
}

static const struct completion_kind of_buffer = {&buffer_vtbl, put_with_progress};
static const struct completion_kind of_count = {&count_vtbl, put_with_progress};
static const struct completion_kind of_flag = {&flag_vtbl, put_plain};

static struct completion *completion_new(const struct completion_kind *kind)
{
	struct completion *completion = mem_zalloc(sizeof(*completion));

	if (!completion)
		return NULL;
	completion->face.lpVtbl = kind->vtbl;
	completion->refs = 1;
	completion->status = Started;
	pthread_mutex_init(&completion->lock, NULL);
	pthread_cond_init(&completion->changed, NULL);
	return completion;
}

/* Sleeps until the handler was invoked, or nobody is left to do so; what it was told. */
static AsyncStatus completion_wait(struct completion *completion)
{
	AsyncStatus status;

	pthread_mutex_lock(&completion->lock);
	while (!completion->is_told && (completion->refs > 1 || !completion->was_taken))
		pthread_cond_wait(&completion->changed, &completion->lock);
	status = completion->status;
	pthread_mutex_unlock(&completion->lock);
	return status;
}

/* What the operation says of itself; Started if it says nothing. */
static AsyncStatus status_of(IAsyncInfo *info)
{
	AsyncStatus status = Started;

	if (!info || FAILED(info->lpVtbl->get_Status(info, &status)))
		return Started;
	return status;
}

/* Gives the operation a handler and waits; *out_status is Started if it did not end. */
static HRESULT wait_for(IUnknown *operation, IAsyncInfo *info,
			const struct completion_kind *kind, AsyncStatus *out_status)
{
	struct completion *completion = completion_new(kind);
	HRESULT hr;

	if (!completion)
		return E_OUTOFMEMORY;
	hr = kind->put(operation, &completion->face);
	*out_status = status_of(info);
	if (SUCCEEDED(hr) && *out_status == Started)
		*out_status = completion_wait(completion);
	if (SUCCEEDED(hr) && *out_status == Started)
		*out_status = status_of(info);
	if (*out_status != Started)
		hr = S_OK;
	completion_Release(&completion->face);
	return hr;
}

static HRESULT error_of(IAsyncInfo *info)
{
	HRESULT error = S_OK;

	if (!info || FAILED(info->lpVtbl->get_ErrorCode(info, &error)))
		return E_FAIL;
	return FAILED(error) ? error : E_FAIL;
}

static HRESULT result_of(AsyncStatus status, IAsyncInfo *info)
{
	switch (status) {
	case Completed:
		return S_OK;
	case Canceled:
		return E_ABORT;
	case Error:
		return error_of(info);
	case Started:
	default:
		return E_UNEXPECTED;
	}
}

/* S_OK once the operation has ended with Completed. */
static HRESULT await(IUnknown *operation, const struct completion_kind *kind)
{
	IAsyncInfo *info = NULL;
	AsyncStatus status;
	HRESULT hr = S_OK;

	if (!operation)
		return E_UNEXPECTED;
	if (FAILED(operation->lpVtbl->QueryInterface(operation, &IID_IAsyncInfo,
						     (void **)&info)))
		info = NULL;
	status = status_of(info);
	if (status == Started)
		hr = wait_for(operation, info, kind, &status);
	if (SUCCEEDED(hr))
		hr = result_of(status, info);
	if (info)
		info->lpVtbl->Release(info);
	return hr;
}

HRESULT completion_of_buffer(IBufferOperation *operation, IBuffer **out)
{
	IBuffer *result = NULL;
	HRESULT hr = await((IUnknown *)operation, &of_buffer);

	if (SUCCEEDED(hr))
		hr = operation->lpVtbl->GetResults(operation, &result);
	if (SUCCEEDED(hr) && !result)
		hr = E_UNEXPECTED;
	if (FAILED(hr))
		return hr;
	*out = result;
	return S_OK;
}

HRESULT completion_of_count(ICountOperation *operation, UINT32 *out)
{
	UINT32 result = 0;
	HRESULT hr = await((IUnknown *)operation, &of_count);

	if (SUCCEEDED(hr))
		hr = operation->lpVtbl->GetResults(operation, &result);
	if (FAILED(hr))
		return hr;
	*out = result;
	return S_OK;
}

HRESULT completion_of_flag(IFlagOperation *operation, boolean *out)
{
	boolean result = 0;
	HRESULT hr = await((IUnknown *)operation, &of_flag);

	if (SUCCEEDED(hr))
		hr = operation->lpVtbl->GetResults(operation, &result);
	if (FAILED(hr))
		return hr;
	*out = result;
	return S_OK;
}
