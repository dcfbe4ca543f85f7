/* SPDX-License-Identifier: MIT */
/* The words of COM in C: interfaces as macros write them, and IDispatch. */
#define COBJMACROS

#include "lib/test.h"

#include <string.h>

#include <Windows.h>
#include <msxml6.h>

#define INTERFACE ICount
DECLARE_INTERFACE_IID_(ICount, IUnknown, "8e6f1979-0102-0304-a0b0-c1d2e3f40506")
{
	BEGIN_INTERFACE
	STDMETHOD(QueryInterface)(THIS_ REFIID iid, void **out) PURE;
	STDMETHOD_(ULONG, AddRef)(THIS) PURE;
	STDMETHOD_(ULONG, Release)(THIS) PURE;
	STDMETHOD(Add)(THIS_ __in LONG number, _Out_opt_ LONG * sum) PURE;
	END_INTERFACE
};
#undef INTERFACE

/* An ICount. */
struct count {
	ICount ICount_iface; /* first: the same address */
	LONG refs;	     /* references */
	LONG sum;	     /* of the numbers so far */
};

static STDMETHODIMP count_QueryInterface(ICount *This, REFIID iid, void **out)
{
	*out = IsEqualIID(iid, &IID_IUnknown) ? This : NULL;
	if (*out)
		This->lpVtbl->AddRef(This);
	return *out ? S_OK : E_NOINTERFACE;
}

static STDMETHODIMP_(ULONG) count_AddRef(ICount *This)
{
	return (ULONG)InterlockedIncrement(&((struct count *)This)->refs);
}

static STDMETHODIMP_(ULONG) count_Release(ICount *This)
{
	return (ULONG)InterlockedDecrement(&((struct count *)This)->refs);
}

static STDMETHODIMP count_Add(ICount *This, LONG number, LONG *sum)
{
	struct count *count = CONTAINING_RECORD(This, struct count, ICount_iface);

	count->sum += number;
	if (sum)
		*sum = count->sum;
	return S_OK;
}

static const ICountVtbl count_vtbl = {count_QueryInterface, count_AddRef, count_Release,
				      count_Add};

static void an_interface_of_macros_is_called(void **state)
{
	struct count count = {{&count_vtbl}, 1, 0};
	ICount *it = &count.ICount_iface;
	IUnknown *unknown;
	LONG sum;

	(void)state;
	assert_int_equal(it->lpVtbl->QueryInterface(it, &IID_IUnknown, (void **)&unknown),
			 S_OK);
	assert_int_equal(IUnknown_Release(unknown), 1);
	assert_int_equal(it->lpVtbl->Add(it, 2, NULL), S_OK);
	assert_int_equal(it->lpVtbl->Add(it, 3, &sum), S_OK);
	assert_int_equal(sum, 5);
}

static HRESULT count_of_types(IDispatch *This, UINT *count)
{
	(void)This;
	*count = 0;
	return E_NOTIMPL;
}

static HRESULT no_such_names(IDispatch *This, REFIID iid, LPOLESTR *names, UINT count,
			     LCID locale, DISPID *ids)
{
	(void)This;
	(void)iid;
	(void)names;
	(void)count;
	(void)locale;
	*ids = DISPID_UNKNOWN;
	return DISP_E_UNKNOWNNAME;
}

static void a_stub_of_idispatch_is_called(void **state)
{
	const IDispatchVtbl vtbl = {.GetTypeInfoCount = count_of_types,
				    .GetIDsOfNames = no_such_names};
	IDispatch stub = {&vtbl};
	DISPID id = 0;
	UINT count = 7;

	(void)state;
	assert_int_equal(IDispatch_GetTypeInfoCount(&stub, &count), E_NOTIMPL);
	assert_int_equal(count, 0);
	assert_int_equal(IDispatch_GetIDsOfNames(&stub, &IID_NULL, NULL, 0, 0, &id),
			 DISP_E_UNKNOWNNAME);
	assert_int_equal(id, DISPID_UNKNOWN);
	assert_int_equal(offsetof(IDispatchVtbl, Invoke), 6 * sizeof(void (*)(void)));
}

static void a_class_object_is_found(void **state)
{
	IClassFactory *factory;

	(void)state;
	assert_int_equal(CoGetClassObject(&CLSID_FreeThreadedXMLHTTP60,
					  CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
					  (void **)&factory),
			 S_OK);
	IClassFactory_Release(factory);
	assert_int_equal(CoGetClassObject(&IID_IStream, CLSCTX_ALL, NULL,
					  &IID_IClassFactory, (void **)&factory),
			 CLASS_E_CLASSNOTAVAILABLE);
	assert_int_equal(CoGetClassObject(&CLSID_FreeThreadedXMLHTTP60, CLSCTX_ALL, state,
					  &IID_IClassFactory, (void **)&factory),
			 E_INVALIDARG);
	assert_null(factory);
	CoFreeUnusedLibraries();
}

static void small_words_are_evaluated_as_on_windows(void **state)
{
	DWORD error = ERROR_TIMEOUT;
	int calls = 1;

	(void)state;
	C_ASSERT(HRESULT_FROM_WIN32(ERROR_CANCELLED) == (HRESULT)0x800704C7u);
	assert_int_equal(HRESULT_FROM_WIN32(error), (HRESULT)0x800705B4u);
	assert_int_equal(HRESULT_FROM_WIN32(calls++), (HRESULT)0x80070001u);
	assert_int_equal(calls, 2);
	assert_int_equal(min(3, 4), 3);
	assert_int_equal(max(3, 4), 4);
	assert_int_equal(FIELD_OFFSET(struct count, sum), offsetof(struct count, sum));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_of_macros_is_called),
		cmocka_unit_test(a_stub_of_idispatch_is_called),
		cmocka_unit_test(a_class_object_is_found),
		cmocka_unit_test(small_words_are_evaluated_as_on_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
