/* SPDX-License-Identifier: MIT */
/*
 * The three kinds of operations are one struct with a table of functions each. Nothing
 * in it changes but whether a handler was put and whether Close was called, so there is
 * no lock.
 *
 * Handlers of all kinds have one binary form, so one function invokes them all.
 */
#include "win/operation.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"
#include "win/inspected.h"

struct operation {
	struct inspected inspected;	  /* its references */
	struct inspected_face typed_face; /* of its kind */
	struct inspected_face info_face;  /* IAsyncInfo */
	HRESULT result;			  /* S_OK, or its failure */
	UINT32 id;			  /* counted from 1 */
	atomic_bool has_handler;	  /* put_Completed has come */
	atomic_bool is_closed;		  /* Close has come */
	IBuffer *buffer; /* the result of one kind; a reference, or NULL */
	UINT32 count;	 /* of another */
	boolean flag;	 /* of the third */
};

static struct operation *operation_from(const void *face)
{
	return (struct operation *)inspected_of(face);
}

INSPECTED_METHODS(IAsyncInfo)
INSPECTED_METHODS(IBufferOperation)
INSPECTED_METHODS(ICountOperation)
INSPECTED_METHODS(IFlagOperation)

static AsyncStatus status_of(const struct operation *operation)
{
	return FAILED(operation->result) ? Error : Completed;
}

/* S_OK unless the operation is closed or there is no place for an answer. */
static HRESULT check(const struct operation *operation, const void *out)
{
	if (!out)
		return E_POINTER;
	return operation->is_closed ? E_ILLEGAL_METHOD_CALL : S_OK;
}

static HRESULT operation_get_Id(IAsyncInfo *face, UINT32 *id)
{
	HRESULT hr = check(operation_from(face), id);

	if (SUCCEEDED(hr))
		*id = operation_from(face)->id;
	return hr;
}

static HRESULT operation_get_Status(IAsyncInfo *face, AsyncStatus *status)
{
	HRESULT hr = check(operation_from(face), status);

	if (SUCCEEDED(hr))
		*status = status_of(operation_from(face));
	return hr;
}

static HRESULT operation_get_ErrorCode(IAsyncInfo *face, HRESULT *code)
{
	HRESULT hr = check(operation_from(face), code);

	if (SUCCEEDED(hr))
		*code = operation_from(face)->result;
	return hr;
}

static HRESULT operation_Cancel(IAsyncInfo *face)
{
	return check(operation_from(face), face);
}

static HRESULT operation_Close(IAsyncInfo *face)
{
	atomic_store(&operation_from(face)->is_closed, true);
	return S_OK;
}

/* put_Completed of every kind. */
static HRESULT put_handler(void *face, void *handler)
{
	struct operation *operation = operation_from(face);
	IFlagHandler *typed = handler;
	HRESULT hr = check(operation, face);

	if (FAILED(hr) || !handler)
		return hr;
	if (atomic_exchange(&operation->has_handler, true))
		return E_ILLEGAL_DELEGATE_ASSIGNMENT;
	typed->lpVtbl->AddRef(typed);
	(void)typed->lpVtbl->Invoke(typed, face, status_of(operation));
	typed->lpVtbl->Release(typed);
	return S_OK;
}

/* get_Completed and get_Progress of every kind. */
static HRESULT get_handler(void *face, void **out)
{
	HRESULT hr = check(operation_from(face), out);

	if (out)
		*out = NULL;
	return hr;
}

/* The beginning of every GetResults. */
static HRESULT check_result(void *face, const void *out)
{
	HRESULT hr = check(operation_from(face), out);

	return FAILED(hr) ? hr : operation_from(face)->result;
}

static HRESULT buffer_put_Progress(IBufferOperation *face, IBufferProgress *handler)
{
	(void)handler;
	return check(operation_from(face), face);
}

static HRESULT buffer_get_Progress(IBufferOperation *face, IBufferProgress **handler)
{
	return get_handler(face, (void **)handler);
}

static HRESULT buffer_put_Completed(IBufferOperation *face, IBufferHandler *handler)
{
	return put_handler(face, handler);
}

static HRESULT buffer_get_Completed(IBufferOperation *face, IBufferHandler **handler)
{
	return get_handler(face, (void **)handler);
}

static HRESULT buffer_GetResults(IBufferOperation *face, IBuffer **results)
{
	HRESULT hr = check_result(face, results);
	IBuffer *buffer = operation_from(face)->buffer;

	if (results)
		*results = NULL;
	if (FAILED(hr))
		return hr;
	buffer->lpVtbl->AddRef(buffer);
	*results = buffer;
	return S_OK;
}

static HRESULT count_put_Progress(ICountOperation *face, ICountProgress *handler)
{
	(void)handler;
	return check(operation_from(face), face);
}

static HRESULT count_get_Progress(ICountOperation *face, ICountProgress **handler)
{
	return get_handler(face, (void **)handler);
}

static HRESULT count_put_Completed(ICountOperation *face, ICountHandler *handler)
{
	return put_handler(face, handler);
}

static HRESULT count_get_Completed(ICountOperation *face, ICountHandler **handler)
{
	return get_handler(face, (void **)handler);
}

static HRESULT count_GetResults(ICountOperation *face, UINT32 *results)
{
	HRESULT hr = check_result(face, results);

	if (results)
		*results = SUCCEEDED(hr) ? operation_from(face)->count : 0;
	return hr;
}

static HRESULT flag_put_Completed(IFlagOperation *face, IFlagHandler *handler)
{
	return put_handler(face, handler);
}

static HRESULT flag_get_Completed(IFlagOperation *face, IFlagHandler **handler)
{
	return get_handler(face, (void **)handler);
}

static HRESULT flag_GetResults(IFlagOperation *face, boolean *results)
{
	HRESULT hr = check_result(face, results);

	if (results)
		*results = SUCCEEDED(hr) ? operation_from(face)->flag : 0;
	return hr;
}

static const IAsyncInfoVtbl info_vtbl = {
	INSPECTED_VTBL(IAsyncInfo), operation_get_Id, operation_get_Status,
	operation_get_ErrorCode,    operation_Cancel, operation_Close,
};

static const IBufferOperationVtbl buffer_vtbl = {
	INSPECTED_VTBL(IBufferOperation),
	buffer_put_Progress,
	buffer_get_Progress,
	buffer_put_Completed,
	buffer_get_Completed,
	buffer_GetResults,
};

static const ICountOperationVtbl count_vtbl = {
	INSPECTED_VTBL(ICountOperation),
	count_put_Progress,
	count_get_Progress,
	count_put_Completed,
	count_get_Completed,
	count_GetResults,
};

static const IFlagOperationVtbl flag_vtbl = {
	INSPECTED_VTBL(IFlagOperation),
	flag_put_Completed,
	flag_get_Completed,
	flag_GetResults,
};

static void operation_free(struct inspected *inspected)
{
	struct operation *operation = (struct operation *)inspected;

	if (operation->buffer)
		operation->buffer->lpVtbl->Release(operation->buffer);
	mem_free(operation);
}

#define OPERATION_ROWS(iid)                                                              \
	{                                                                                \
		{&IID_IUnknown, offsetof(struct operation, typed_face)},                 \
			{&IID_IInspectable, offsetof(struct operation, typed_face)},     \
			{&IID_IAgileObject, offsetof(struct operation, typed_face)},     \
			{&(iid), offsetof(struct operation, typed_face)},                \
		{                                                                        \
			&IID_IAsyncInfo, offsetof(struct operation, info_face)           \
		}                                                                        \
	}

#define OPERATION_NAME "Windows.Foundation.IAsyncOperation"

static const struct unknown_row buffer_rows[] = OPERATION_ROWS(IID_IBufferOperation);
static const struct unknown_row count_rows[] = OPERATION_ROWS(IID_ICountOperation);
static const struct unknown_row flag_rows[] = OPERATION_ROWS(IID_IFlagOperation);

#define ROW_COUNT (sizeof(flag_rows) / sizeof(flag_rows[0]))

static const struct inspected_class buffer_class = {
	OPERATION_NAME "WithProgress`2<Windows.Storage.Streams.IBuffer, UInt32>",
	buffer_rows, ROW_COUNT, operation_free};

static const struct inspected_class count_class = {OPERATION_NAME
						   "WithProgress`2<UInt32, UInt32>",
						   count_rows, ROW_COUNT, operation_free};

static const struct inspected_class flag_class = {OPERATION_NAME "`1<Boolean>", flag_rows,
						  ROW_COUNT, operation_free};

static struct operation *operation_new(const struct inspected_class *class,
				       const void *vtbl, HRESULT result)
{
	static atomic_uint last_id;
	struct operation *operation = mem_zalloc(sizeof(*operation));

	if (!operation)
		return NULL;
	inspected_init(&operation->inspected, class);
	operation->typed_face = (struct inspected_face){vtbl, &operation->inspected};
	operation->info_face = (struct inspected_face){&info_vtbl, &operation->inspected};
	operation->result = result;
	while (operation->id == 0)
		operation->id = atomic_fetch_add(&last_id, 1) + 1;
	return operation;
}

HRESULT operation_of_buffer(HRESULT result, IBuffer *buffer, IBufferOperation **out)
{
	struct operation *operation;

	if (!out)
		return E_POINTER;
	*out = NULL;
	operation = operation_new(&buffer_class, &buffer_vtbl, result);
	if (!operation)
		return E_OUTOFMEMORY;
	buffer->lpVtbl->AddRef(buffer);
	operation->buffer = buffer;
	*out = (IBufferOperation *)&operation->typed_face;
	return S_OK;
}

HRESULT operation_of_count(HRESULT result, UINT32 count, ICountOperation **out)
{
	struct operation *operation;

	if (!out)
		return E_POINTER;
	*out = NULL;
	operation = operation_new(&count_class, &count_vtbl, result);
	if (!operation)
		return E_OUTOFMEMORY;
	operation->count = count;
	*out = (ICountOperation *)&operation->typed_face;
	return S_OK;
}

HRESULT operation_of_flag(HRESULT result, boolean flag, IFlagOperation **out)
{
	struct operation *operation;

	if (!out)
		return E_POINTER;
	*out = NULL;
	operation = operation_new(&flag_class, &flag_vtbl, result);
	if (!operation)
		return E_OUTOFMEMORY;
	operation->flag = flag;
	*out = (IFlagOperation *)&operation->typed_face;
	return S_OK;
}
