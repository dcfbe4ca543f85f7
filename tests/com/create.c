/* SPDX-License-Identifier: MIT */
/* Every way to an object, and every way to go wrong on it. */
#include "lib/fake_request.h"
#include "lib/test.h"

#include <uchar.h>

#define COBJMACROS
#include "ixhr2/ixhr2.h"

#include "base/mem.h"

static const CLSID *const class_id = &CLSID_FreeThreadedXMLHTTP60;

static int begin(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int end(void **state)
{
	(void)state;
	mem_fail_at(0);
	assert_int_equal(mem_live_blocks(), 0);
	return 0;
}

static void release(void *object)
{
	IUnknown_Release((IUnknown *)object);
}

/* ---- CoCreateInstance ---- */

static void every_inproc_local_or_all_context_makes_an_object(void **state)
{
	static const DWORD contexts[] = {CLSCTX_INPROC_SERVER, CLSCTX_INPROC,
					 CLSCTX_LOCAL_SERVER, CLSCTX_SERVER, CLSCTX_ALL};
	void *xhr;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(contexts); i++) {
		assert_int_equal(CoCreateInstance(class_id, NULL, contexts[i],
						  &IID_IXMLHTTPRequest3, &xhr),
				 S_OK);
		release(xhr);
	}
}

static void creation_answers_each_error(void **state)
{
	IUnknown *outer = (IUnknown *)(void *)&class_id;
	const struct {
		unsigned width;
		const CLSID *clsid;
		IUnknown *outer;
		DWORD contexts;
		const IID *iid;
		HRESULT hr;
	} rows[] = {
		{4, class_id, NULL, CLSCTX_ALL, &IID_IStream, E_NOINTERFACE},
		{4, class_id, NULL, CLSCTX_ALL, NULL, E_INVALIDARG},
		{4, NULL, NULL, CLSCTX_ALL, &IID_IUnknown, E_INVALIDARG},
		{4, class_id, NULL, 0, &IID_IUnknown, E_INVALIDARG},
		{4, class_id, NULL, CLSCTX_REMOTE_SERVER, &IID_IUnknown, E_INVALIDARG},
		{1, class_id, NULL, CLSCTX_ALL, &IID_IUnknown, E_INVALIDARG},
		{3, class_id, NULL, CLSCTX_ALL, &IID_IUnknown, E_INVALIDARG},
		{4, class_id, outer, CLSCTX_ALL, &IID_IUnknown, CLASS_E_NOAGGREGATION},
		{4, &IID_IStream, NULL, CLSCTX_ALL, &IID_IUnknown, REGDB_E_CLASSNOTREG},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		void *out = &out;

		assert_int_equal(ixhr2_co_create_instance(rows[i].width, rows[i].clsid,
							  rows[i].outer, rows[i].contexts,
							  rows[i].iid, &out),
				 rows[i].hr);
		assert_null(out);
	}
	assert_int_equal(
		CoCreateInstance(class_id, NULL, CLSCTX_ALL, &IID_IUnknown, NULL),
		E_POINTER);
}

static void a_plain_object_needs_no_class(void **state)
{
	void *out = &out;

	(void)state;
	assert_int_equal(ixhr2_create(2, &IID_IXMLHTTPRequest2, &out), S_OK);
	release(out);
	assert_int_equal(ixhr2_create(0, &IID_IXMLHTTPRequest2, &out), E_INVALIDARG);
	assert_null(out);
	assert_int_equal(ixhr2_create(4, NULL, &out), E_INVALIDARG);
	assert_int_equal(ixhr2_create(4, &IID_IUnknown, NULL), E_POINTER);
}

static void creation_survives_an_allocation_that_fails(void **state)
{
	void *out = &out;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(ixhr2_create(4, &IID_IUnknown, &out), E_OUTOFMEMORY);
	assert_null(out);
}

/* ---- CoCreateInstanceFromApp ---- */

static HRESULT create_from_app(DWORD count, MULTI_QI *results)
{
	return CoCreateInstanceFromApp(class_id, NULL, CLSCTX_INPROC_SERVER, NULL, count,
				       results);
}

static void an_app_gets_all_some_or_none_of_the_interfaces(void **state)
{
	MULTI_QI all[] = {{.pIID = &IID_IXMLHTTPRequest2}, {.pIID = &IID_IUnknown}};
	MULTI_QI some[] = {{.pIID = &IID_IStream}, {.pIID = &IID_IXMLHTTPRequest3}};
	MULTI_QI none[] = {{.pIID = &IID_IStream}, {.pIID = &IID_IClassFactory}};

	(void)state;
	assert_int_equal(create_from_app(2, all), S_OK);
	assert_int_equal(all[1].hr, S_OK);
	assert_ptr_equal(all[0].pItf, all[1].pItf);
	release(all[0].pItf);
	release(all[1].pItf);
	assert_int_equal(create_from_app(2, some), CO_S_NOTALLINTERFACES);
	assert_int_equal(some[0].hr, E_NOINTERFACE);
	assert_null(some[0].pItf);
	assert_int_equal(some[1].hr, S_OK);
	release(some[1].pItf);
	assert_int_equal(create_from_app(2, none), E_NOINTERFACE);
	assert_int_equal(none[1].hr, E_NOINTERFACE);
	assert_null(none[1].pItf);
}

static void an_app_is_told_each_error_in_every_entry(void **state)
{
	IUnknown *junk = (IUnknown *)(void *)&class_id;
	MULTI_QI results[] = {{&IID_IUnknown, junk, 1}, {&IID_IUnknown, junk, 1}};
	MULTI_QI without = {.pItf = junk};

	(void)state;
	assert_int_equal(create_from_app(1, NULL), E_INVALIDARG);
	assert_int_equal(create_from_app(0, results), E_INVALIDARG);
	assert_int_equal(create_from_app(1, &without), E_INVALIDARG);
	assert_null(without.pItf);
	assert_int_equal(
		CoCreateInstanceFromApp(class_id, NULL, CLSCTX_ALL, junk, 2, results),
		E_INVALIDARG);
	assert_int_equal(
		CoCreateInstanceFromApp(class_id, junk, CLSCTX_ALL, NULL, 2, results),
		CLASS_E_NOAGGREGATION);
	assert_int_equal(results[1].hr, CLASS_E_NOAGGREGATION);
	assert_null(results[1].pItf);
	assert_int_equal(
		CoCreateInstanceFromApp(&IID_IStream, NULL, CLSCTX_ALL, NULL, 2, results),
		REGDB_E_CLASSNOTREG);
	mem_fail_at(1);
	assert_int_equal(create_from_app(2, results), E_OUTOFMEMORY);
	assert_int_equal(results[0].hr, E_OUTOFMEMORY);
}

/* ---- the class object ---- */

static void the_class_object_makes_objects(void **state)
{
	IClassFactory *factory;
	void *xhr = NULL;
	void *same;

	(void)state;
	assert_int_equal(
		DllGetClassObject(class_id, &IID_IClassFactory, (void **)&factory), S_OK);
	assert_int_equal(IClassFactory_QueryInterface(factory, &IID_IUnknown, &same),
			 S_OK);
	assert_ptr_equal(same, factory);
	assert_int_equal(IClassFactory_QueryInterface(factory, &IID_IStream, &same),
			 E_NOINTERFACE);
	assert_null(same);
	assert_int_equal(
		IClassFactory_CreateInstance(factory, NULL, &IID_IXMLHTTPRequest2, &xhr),
		S_OK);
	release(xhr);
	assert_int_equal(IClassFactory_CreateInstance(factory,
						      (IUnknown *)(void *)factory,
						      &IID_IUnknown, &xhr),
			 CLASS_E_NOAGGREGATION);
	assert_null(xhr);
	assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IStream, &xhr),
			 E_NOINTERFACE);
	assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, NULL),
			 E_POINTER);
	assert_int_equal(IClassFactory_LockServer(factory, TRUE), S_OK);
	assert_int_equal(IClassFactory_LockServer(factory, FALSE), S_OK);
	assert_true(IClassFactory_AddRef(factory) > 0);
	IClassFactory_Release(factory);
	IClassFactory_Release(factory);
}

static void the_class_object_answers_each_error(void **state)
{
	void *out = &out;

	(void)state;
	assert_int_equal(DllGetClassObject(class_id, &IID_IClassFactory, NULL),
			 E_POINTER);
	assert_int_equal(DllGetClassObject(&IID_IStream, &IID_IClassFactory, &out),
			 CLASS_E_CLASSNOTAVAILABLE);
	assert_null(out);
	assert_int_equal(DllGetClassObject(NULL, &IID_IClassFactory, &out), E_INVALIDARG);
	assert_int_equal(DllGetClassObject(class_id, NULL, &out), E_INVALIDARG);
	assert_int_equal(DllGetClassObject(class_id, &IID_IStream, &out), E_NOINTERFACE);
	assert_int_equal(ixhr2_get_class_object(8, class_id, &IID_IClassFactory, &out),
			 E_INVALIDARG);
}

static void the_width_of_the_class_object_is_that_of_its_objects(void **state)
{
	static const uint16_t broken_pair[] = {0xD83D, 'a', 0};
	IClassFactory *factory;
	IXMLHTTPRequest3 *xhr;

	(void)state;
	assert_int_equal(ixhr2_get_class_object(2, class_id, &IID_IClassFactory,
						(void **)&factory),
			 S_OK);
	assert_int_equal(IClassFactory_CreateInstance(
				 factory, NULL, &IID_IXMLHTTPRequest3, (void **)&xhr),
			 S_OK);
	/* The pair is good as UTF-16; read as units of 4 bytes it would be none. */
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(
				 xhr, (const WCHAR *)u"\U0001F600", (const WCHAR *)u"b"),
			 E_UNEXPECTED);
	assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(
				 xhr, (const WCHAR *)broken_pair, (const WCHAR *)u"b"),
			 E_INVALIDARG);
	release(xhr);
	IClassFactory_Release(factory);
}

/* ---- apartments ---- */

static void every_apartment_and_imbalance_will_do(void **state)
{
	(void)state;
	CoUninitialize();
	assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
	assert_int_equal(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
	assert_int_equal(CoInitialize(NULL), S_OK);
	assert_int_equal(CoInitializeEx(state, 0), E_INVALIDARG);
	CoUninitialize();
	every_inproc_local_or_all_context_makes_an_object(state);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_inproc_local_or_all_context_makes_an_object),
		TEST(creation_answers_each_error),
		TEST(a_plain_object_needs_no_class),
		TEST(creation_survives_an_allocation_that_fails),
		TEST(an_app_gets_all_some_or_none_of_the_interfaces),
		TEST(an_app_is_told_each_error_in_every_entry),
		TEST(the_class_object_makes_objects),
		TEST(the_class_object_answers_each_error),
		TEST(the_width_of_the_class_object_is_that_of_its_objects),
		TEST(every_apartment_and_imbalance_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
