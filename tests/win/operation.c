/* SPDX-License-Identifier: MIT */
/* Operations that have ended before anybody sees them. */
#include "lib/test.h"

#include "base/mem.h"
#include "win/buffer.h"
#include "win/operation.h"

#define CALL(face, method, ...) ((face)->lpVtbl->method((face), __VA_ARGS__))
#define RELEASE(face)		((face)->lpVtbl->Release(face))

/* A handler of the test. */
struct handler {
	IBufferHandler handler; /* the interface */
	unsigned refs;		/* references */
	unsigned calls;		/* of Invoke */
	void *operation;	/* what it was called with */
	AsyncStatus status;	/* the same */
};

static HRESULT handler_query(IBufferHandler *face, REFIID iid, void **out)
{
	(void)face;
	(void)iid;
	*out = NULL;
	return E_NOINTERFACE;
}

static ULONG handler_ref(IBufferHandler *face)
{
	return ++((struct handler *)face)->refs;
}

static ULONG handler_unref(IBufferHandler *face)
{
	return --((struct handler *)face)->refs;
}

static HRESULT handler_invoke(IBufferHandler *face, IBufferOperation *operation,
			      AsyncStatus status)
{
	struct handler *handler = (struct handler *)face;

	handler->calls++;
	handler->operation = operation;
	handler->status = status;
	return S_OK;
}

static const __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl
	handler_vtbl = {handler_query, handler_ref, handler_unref, handler_invoke};

static IAsyncInfo *info_of(void *operation)
{
	IUnknown *unknown = operation;
	void *info = NULL;

	assert_int_equal(CALL(unknown, QueryInterface, &IID_IAsyncInfo, &info), S_OK);
	return info;
}

/* An operation with a buffer; that has one reference more than the operation's. */
static IBufferOperation *make(HRESULT result, IBuffer **out_buffer)
{
	IBufferOperation *operation = NULL;

	assert_int_equal(buffer_new(4, out_buffer), S_OK);
	assert_int_equal(operation_of_buffer(result, *out_buffer, &operation), S_OK);
	return operation;
}

static void a_handler_is_called_at_once_and_once(void **state)
{
	struct handler handler = {.handler = {&handler_vtbl}, .refs = 1};
	IBufferHandler *got = &handler.handler;
	IBufferProgress *progress = (IBufferProgress *)state;
	IBuffer *buffer = NULL;
	IBufferOperation *operation = make(S_OK, &buffer);

	assert_int_equal(CALL(operation, put_Completed, NULL), S_OK);
	assert_int_equal(CALL(operation, put_Completed, &handler.handler), S_OK);
	assert_int_equal(handler.calls, 1);
	assert_int_equal(handler.refs, 1);
	assert_ptr_equal(handler.operation, operation);
	assert_int_equal(handler.status, Completed);
	assert_int_equal(CALL(operation, put_Completed, &handler.handler),
			 E_ILLEGAL_DELEGATE_ASSIGNMENT);
	assert_int_equal(handler.calls, 1);
	assert_int_equal(CALL(operation, get_Completed, &got), S_OK);
	assert_null(got);
	assert_int_equal(CALL(operation, put_Progress, NULL), S_OK);
	assert_int_equal(CALL(operation, get_Progress, &progress), S_OK);
	assert_null(progress);
	assert_int_equal(CALL(operation, get_Completed, NULL), E_POINTER);
	assert_int_equal(RELEASE(operation), 0);
	assert_int_equal(RELEASE(buffer), 0);
}

static void the_result_is_there_as_often_as_it_is_asked_for(void **state)
{
	IBuffer *buffer = NULL;
	IBufferOperation *operation = make(S_OK, &buffer);
	IAsyncInfo *info = info_of(operation);
	AsyncStatus status = Started;
	HRESULT error = E_FAIL;
	UINT32 id = 0;

	(void)state;
	assert_int_equal(CALL(info, get_Id, &id), S_OK);
	assert_true(id != 0);
	assert_int_equal(CALL(info, get_Status, &status), S_OK);
	assert_int_equal(status, Completed);
	assert_int_equal(CALL(info, get_ErrorCode, &error), S_OK);
	assert_int_equal(error, S_OK);
	assert_int_equal(info->lpVtbl->Cancel(info), S_OK);
	for (int i = 0; i < 2; i++) {
		IBuffer *result = NULL;

		assert_int_equal(CALL(operation, GetResults, &result), S_OK);
		assert_ptr_equal(result, buffer);
		RELEASE(result);
	}
	assert_int_equal(CALL(operation, GetResults, NULL), E_POINTER);
	RELEASE(info);
	assert_int_equal(RELEASE(operation), 0);
	assert_int_equal(RELEASE(buffer), 0);
}

static void a_failure_is_told_everywhere(void **state)
{
	struct handler handler = {.handler = {&handler_vtbl}, .refs = 1};
	IBuffer *buffer = NULL;
	IBuffer *result = (IBuffer *)state;
	IBufferOperation *operation = make(STG_E_READFAULT, &buffer);
	ICountOperation *counting = NULL;
	IFlagOperation *flag = NULL;
	IAsyncInfo *info = info_of(operation);
	AsyncStatus status = Started;
	HRESULT error = S_OK;
	UINT32 count = 77;
	boolean truth = 7;

	assert_int_equal(CALL(info, get_Status, &status), S_OK);
	assert_int_equal(status, Error);
	assert_int_equal(CALL(info, get_ErrorCode, &error), S_OK);
	assert_int_equal(error, STG_E_READFAULT);
	assert_int_equal(CALL(operation, GetResults, &result), STG_E_READFAULT);
	assert_null(result);
	assert_int_equal(CALL(operation, put_Completed, &handler.handler), S_OK);
	assert_int_equal(handler.status, Error);
	assert_int_equal(operation_of_count(E_ABORT, 5, &counting), S_OK);
	assert_int_equal(CALL(counting, GetResults, &count), E_ABORT);
	assert_int_equal(count, 0);
	assert_int_equal(operation_of_flag(E_ABORT, 1, &flag), S_OK);
	assert_int_equal(CALL(flag, GetResults, &truth), E_ABORT);
	assert_int_equal(truth, 0);
	RELEASE(flag);
	RELEASE(counting);
	RELEASE(info);
	RELEASE(operation);
	RELEASE(buffer);
}

static void after_close_nothing_is_answered(void **state)
{
	struct handler handler = {.handler = {&handler_vtbl}, .refs = 1};
	IBuffer *buffer = NULL;
	IBuffer *result = (IBuffer *)state;
	IBufferOperation *operation = make(S_OK, &buffer);
	IAsyncInfo *info = info_of(operation);
	UINT32 id = 0;

	assert_int_equal(CALL(info, get_Status, NULL), E_POINTER);
	assert_int_equal(info->lpVtbl->Close(info), S_OK);
	assert_int_equal(info->lpVtbl->Close(info), S_OK);
	assert_int_equal(info->lpVtbl->Cancel(info), E_ILLEGAL_METHOD_CALL);
	assert_int_equal(CALL(info, get_Id, &id), E_ILLEGAL_METHOD_CALL);
	assert_int_equal(CALL(operation, GetResults, &result), E_ILLEGAL_METHOD_CALL);
	assert_null(result);
	assert_int_equal(CALL(operation, put_Completed, &handler.handler),
			 E_ILLEGAL_METHOD_CALL);
	assert_int_equal(handler.calls, 0);
	RELEASE(info);
	RELEASE(operation);
	RELEASE(buffer);
}

static void without_memory_there_is_none(void **state)
{
	ICountOperation *counting = (ICountOperation *)state;
	IFlagOperation *flag = (IFlagOperation *)state;

	mem_fail_at(1);
	assert_int_equal(operation_of_count(S_OK, 1, &counting), E_OUTOFMEMORY);
	assert_null(counting);
	mem_fail_at(1);
	assert_int_equal(operation_of_flag(S_OK, 1, &flag), E_OUTOFMEMORY);
	assert_null(flag);
	assert_int_equal(operation_of_count(S_OK, 1, NULL), E_POINTER);
	assert_int_equal(operation_of_flag(S_OK, 1, NULL), E_POINTER);
	mem_fail_at(0);
	assert_int_equal(mem_live_blocks(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handler_is_called_at_once_and_once),
		cmocka_unit_test(the_result_is_there_as_often_as_it_is_asked_for),
		cmocka_unit_test(a_failure_is_told_everywhere),
		cmocka_unit_test(after_close_nothing_is_answered),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
