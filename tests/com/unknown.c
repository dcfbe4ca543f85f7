/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>

#include "com/unknown.h"
#include "ixhr2/objidl.h"

#define THREADS 4
#define ROUNDS	20000

/* An object with two interfaces. */
struct object {
	IUnknown first;	  /* answers for IUnknown */
	IUnknown second;  /* answers for IStream, in name */
	atomic_uint refs; /* references */
};

static struct object object;

static ULONG object_AddRef(IUnknown *iface)
{
	(void)iface;
	return unknown_ref(&object.refs);
}

static ULONG object_Release(IUnknown *iface)
{
	(void)iface;
	return unknown_unref(&object.refs);
}

static HRESULT object_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
	static const struct unknown_row rows[] = {
		{&IID_IUnknown, offsetof(struct object, first)},
		{&IID_IStream, offsetof(struct object, second)},
	};

	(void)iface;
	return unknown_query(&object, rows, TEST_COUNT(rows), iid, out);
}

static const IUnknownVtbl vtbl = {object_QueryInterface, object_AddRef, object_Release};

static int make_object(void **state)
{
	(void)state;
	object.first.lpVtbl = &vtbl;
	object.second.lpVtbl = &vtbl;
	atomic_store(&object.refs, 1);
	return 0;
}

static HRESULT query(REFIID iid, void **out)
{
	return object.first.lpVtbl->QueryInterface(&object.first, iid, out);
}

static void each_interface_is_found_where_it_lies(void **state)
{
	void *out;

	(void)state;
	assert_int_equal(query(&IID_IUnknown, &out), S_OK);
	assert_ptr_equal(out, &object.first);
	assert_int_equal(query(&IID_IStream, &out), S_OK);
	assert_ptr_equal(out, &object.second);
}

static void what_is_found_has_a_reference_more(void **state)
{
	void *out;

	(void)state;
	assert_int_equal(query(&IID_IStream, &out), S_OK);
	assert_int_equal(atomic_load(&object.refs), 2);
}

static void an_iid_is_compared_by_value(void **state)
{
	IID copy = IID_IStream;
	void *out;

	(void)state;
	assert_int_equal(query(&copy, &out), S_OK);
	copy.Data4[7] ^= 1;
	assert_int_equal(query(&copy, &out), E_NOINTERFACE);
}

static void what_is_missing_is_no_interface_and_null(void **state)
{
	void *out = &object;

	(void)state;
	assert_int_equal(query(&IID_IClassFactory, &out), E_NOINTERFACE);
	assert_null(out);
	assert_int_equal(atomic_load(&object.refs), 1);
}

static void null_arguments_are_refused(void **state)
{
	void *out = &object;

	(void)state;
	assert_int_equal(query(&IID_IUnknown, NULL), E_POINTER);
	assert_int_equal(query(NULL, NULL), E_POINTER);
	assert_int_equal(query(NULL, &out), E_INVALIDARG);
	assert_null(out);
	assert_int_equal(atomic_load(&object.refs), 1);
}

static void counts_are_answered(void **state)
{
	(void)state;
	assert_int_equal(unknown_ref(&object.refs), 2);
	assert_int_equal(unknown_unref(&object.refs), 1);
	assert_int_equal(unknown_unref(&object.refs), 0);
}

static void *count(void *last)
{
	for (int i = 0; i < ROUNDS; i++)
		unknown_ref(&object.refs);
	for (int i = 0; i < ROUNDS; i++)
		if (unknown_unref(&object.refs) == 0)
			atomic_fetch_add((atomic_int *)last, 1);
	return NULL;
}

static void threads_count_together(void **state)
{
	pthread_t threads[THREADS];
	atomic_int last = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, &last), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&last), 0);
	assert_int_equal(atomic_load(&object.refs), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_interface_is_found_where_it_lies,
				       make_object),
		cmocka_unit_test_setup(what_is_found_has_a_reference_more, make_object),
		cmocka_unit_test_setup(an_iid_is_compared_by_value, make_object),
		cmocka_unit_test_setup(what_is_missing_is_no_interface_and_null,
				       make_object),
		cmocka_unit_test_setup(null_arguments_are_refused, make_object),
		cmocka_unit_test_setup(counts_are_answered, make_object),
		cmocka_unit_test_setup(threads_count_together, make_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
