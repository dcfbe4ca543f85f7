/* SPDX-License-Identifier: MIT */
/* GUIDs as text in both widths, and new ones. */
#include "lib/test.h"

#include <string.h>

#include <ixhr2/combaseapi.h>

#include "base/mem.h"
#include "lib/guard.h"

#define NARROW u"{88D96A09-F192-11D4-A65F-0040963251E5}"
#define WIDE   U"{88D96A09-F192-11D4-A65F-0040963251E5}"

DEFINE_GUID(EXPECTED, 0x88d96a09, 0xf192, 0x11d4, 0xa6, 0x5f, 0x00, 0x40, 0x96, 0x32,
	    0x51, 0xe5);

static void a_guid_is_written_in_units_of_both_sizes(void **state)
{
	uint16_t narrow[40];
	uint32_t wide[39];

	(void)state;
	assert_int_equal(ixhr2_string_from_guid2(2, &EXPECTED, narrow, 40), 39);
	assert_memory_equal(narrow, NARROW, sizeof(NARROW));
	assert_int_equal(ixhr2_string_from_guid2(4, &EXPECTED, wide, 39), 39);
	assert_memory_equal(wide, WIDE, sizeof(WIDE));
	assert_int_equal(ixhr2_string_from_guid2(2, &EXPECTED, narrow, 38), 0);
	assert_int_equal(ixhr2_string_from_guid2(2, &EXPECTED, NULL, 40), 0);
	assert_int_equal(ixhr2_string_from_guid2(1, &EXPECTED, narrow, 40), 0);
}

static void a_guid_is_written_to_memory_of_the_caller(void **state)
{
	LPOLESTR text;
	void *out;

	(void)state;
	assert_int_equal(StringFromCLSID(&EXPECTED, &text), S_OK);
	assert_memory_equal(text, WIDE, sizeof(WIDE));
	CoTaskMemFree(text);
	assert_int_equal(StringFromIID(&EXPECTED, &text), S_OK);
	CoTaskMemFree(text);
	assert_int_equal(ixhr2_string_from_clsid(2, &EXPECTED, NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_string_from_clsid(3, &EXPECTED, &out), E_INVALIDARG);
	assert_null(out);
	mem_fail_at(1);
	assert_int_equal(ixhr2_string_from_clsid(2, &EXPECTED, &out), E_OUTOFMEMORY);
	mem_fail_at(0);
	assert_null(out);
}

static void a_guid_is_read_in_any_case(void **state)
{
	GUID guid;

	(void)state;
	assert_int_equal(ixhr2_clsid_from_string(2, NARROW, &guid), S_OK);
	assert_true(IsEqualGUID(&guid, &EXPECTED));
	assert_int_equal(
		CLSIDFromString(L"{88d96a09-f192-11d4-a65f-0040963251e5}", &guid), S_OK);
	assert_true(IsEqualGUID(&guid, &EXPECTED));
	assert_int_equal(IIDFromString(L"{88D96a09-f192-11d4-a65f-0040963251E5}", &guid),
			 S_OK);
	assert_true(IsEqualGUID(&guid, &EXPECTED));
}

static void no_text_is_the_guid_of_zeros(void **state)
{
	GUID guid = EXPECTED;

	(void)state;
	assert_int_equal(CLSIDFromString(NULL, &guid), S_OK);
	assert_true(IsEqualGUID(&guid, &GUID_NULL));
	guid = EXPECTED;
	assert_int_equal(IIDFromString(NULL, &guid), S_OK);
	assert_true(IsEqualGUID(&guid, &GUID_NULL));
}

static void what_is_no_guid_is_refused(void **state)
{
	static const struct {
		const uint32_t *text; /* what is read */
		HRESULT iid;	      /* what IIDFromString says */
	} rows[] = {
		{U"", E_INVALIDARG},
		{U"Msxml2.FreeThreadedXMLHTTP", E_INVALIDARG},
		{U"88D96A09-F192-11D4-A65F-0040963251E5", E_INVALIDARG},
		{U"{88D96A09-F192-11D4-A65F-0040963251E5", E_INVALIDARG},
		{U"{88D96A09-F192-11D4-A65F-0040963251E5} ", E_INVALIDARG},
		{U"{88D96A09-F192-11D4-A65F-0040963251E5]", CO_E_IIDSTRING},
		{U"{88D96A09-F192-11D4-A65F-0040963251EG}", CO_E_IIDSTRING},
		{U"{88D96A09_F192-11D4-A65F-0040963251E5}", CO_E_IIDSTRING},
		{U"{88D96A090-192-11D4-A65F-0040963251E5}", CO_E_IIDSTRING},
		{U"{88D96A09-F192-11D4-A65F-0040963251\x141\x35}", CO_E_IIDSTRING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		GUID guid = EXPECTED;

		assert_int_equal(ixhr2_clsid_from_string(4, rows[i].text, &guid),
				 CO_E_CLASSSTRING);
		assert_true(IsEqualGUID(&guid, &GUID_NULL));
		assert_int_equal(ixhr2_iid_from_string(4, rows[i].text, &guid),
				 rows[i].iid);
	}
}

static void arguments_are_checked(void **state)
{
	GUID guid = EXPECTED;

	(void)state;
	assert_int_equal(ixhr2_clsid_from_string(2, NARROW, NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_iid_from_string(2, NARROW, NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_clsid_from_string(1, NARROW, &guid), E_INVALIDARG);
	assert_true(IsEqualGUID(&guid, &GUID_NULL));
	assert_int_equal(ixhr2_co_create_guid(NULL), E_INVALIDARG);
}

static void nothing_behind_the_text_is_read(void **state)
{
	GUID guid;

	struct guard guard = {0};

	(void)state;
	for (size_t units = 0; units <= 38; units++) {
		uint16_t *text = (uint16_t *)(void *)guard_room(&guard, (units + 1) * 2);

		memcpy(text, NARROW, units * 2);
		text[units] = 0;
		assert_int_equal(ixhr2_clsid_from_string(2, text, &guid),
				 units == 38 ? S_OK : CO_E_CLASSSTRING);
		assert_int_equal(ixhr2_iid_from_string(2, text, &guid),
				 units == 38 ? S_OK : E_INVALIDARG);
	}
	guard_done(&guard);
}

static void new_guids_are_random_ones_of_version_4(void **state)
{
	GUID first;
	GUID second;

	(void)state;
	assert_int_equal(CoCreateGuid(&first), S_OK);
	assert_int_equal(CoCreateGuid(&second), S_OK);
	assert_false(IsEqualGUID(&first, &second));
	assert_int_equal(first.Data3 >> 12, 4);
	assert_int_equal(first.Data4[0] >> 6, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guid_is_written_in_units_of_both_sizes),
		cmocka_unit_test(a_guid_is_written_to_memory_of_the_caller),
		cmocka_unit_test(a_guid_is_read_in_any_case),
		cmocka_unit_test(no_text_is_the_guid_of_zeros),
		cmocka_unit_test(what_is_no_guid_is_refused),
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(nothing_behind_the_text_is_read),
		cmocka_unit_test(new_guids_are_random_ones_of_version_4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
