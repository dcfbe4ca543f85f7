/* SPDX-License-Identifier: MIT */
/* BSTRs of both widths, and what VariantClear frees. */
#include "lib/test.h"

#include <string.h>

#include <ixhr2/oleauto.h>
#include <ixhr2/shlwapi.h>

#include "base/mem.h"

static void a_bstr_has_its_length_in_front_and_a_zero_behind(void **state)
{
	static const OLECHAR text[] = OLESTR("abc");
	BSTR bstr = SysAllocString(text);
	uint32_t bytes;

	(void)state;
	assert_memory_equal(bstr, text, sizeof(text));
	assert_int_equal(SysStringLen(bstr), 3);
	assert_int_equal(SysStringByteLen(bstr), 3 * sizeof(OLECHAR));
	memcpy(&bytes, (char *)bstr - 4, sizeof(bytes));
	assert_int_equal(bytes, 3 * sizeof(OLECHAR));
	SysFreeString(bstr);
}

static void a_bstr_may_hold_zeros_and_odd_bytes(void **state)
{
	BSTR bstr = SysAllocStringLen(OLESTR("a\0b"), 3);
	char *bytes;

	(void)state;
	assert_memory_equal(bstr, OLESTR("a\0b"), 4 * sizeof(OLECHAR));
	SysFreeString(bstr);
	bstr = SysAllocStringByteLen("abcde", 5);
	bytes = (char *)bstr;
	assert_memory_equal(bytes, "abcde\0\0\0\0", 9);
	assert_int_equal(SysStringByteLen(bstr), 5);
	SysFreeString(bstr);
	bstr = SysAllocStringLen(NULL, 2);
	assert_int_equal(SysStringLen(bstr), 2);
	assert_int_equal(bstr[2], 0);
	SysFreeString(bstr);
}

static void nothing_is_an_empty_bstr(void **state)
{
	(void)state;
	assert_null(SysAllocString(NULL));
	assert_int_equal(SysStringLen(NULL), 0);
	assert_int_equal(SysStringByteLen(NULL), 0);
	SysFreeString(NULL);
}

static void a_bstr_is_made_anew(void **state)
{
	BSTR bstr = NULL;

	(void)state;
	assert_true(SysReAllocString(&bstr, OLESTR("abc")));
	assert_true(SysReAllocString(&bstr, bstr + 1)); /* a part of itself */
	assert_memory_equal(bstr, OLESTR("bc"), 3 * sizeof(OLECHAR));
	assert_true(SysReAllocStringLen(&bstr, NULL, 4));
	assert_memory_equal(bstr, OLESTR("bc"), 2 * sizeof(OLECHAR));
	assert_int_equal(SysStringLen(bstr), 4);
	SysFreeString(bstr);
}

static void a_bstr_that_cannot_be_is_null(void **state)
{
	BSTR kept = SysAllocString(OLESTR("kept"));
	BSTR bstr = kept;

	(void)state;
	assert_null(ixhr2_sys_alloc_string(NULL, ((size_t)1 << 31) + 1));
	assert_null(SysAllocStringLen(NULL, 0xFFFFFFFF));
	mem_fail_at(1);
	assert_null(SysAllocString(OLESTR("d")));
	mem_fail_at(1);
	assert_false(SysReAllocString(&bstr, OLESTR("d")));
	assert_ptr_equal(bstr, kept);
	SysFreeString(kept);
}

static void a_variant_frees_what_it_owns(void **state)
{
	IStream *stream = SHCreateMemStream(NULL, 0);
	const long blocks = mem_live_blocks();
	VARIANT variant;

	(void)state;
	VariantInit(&variant);
	assert_int_equal(V_VT(&variant), VT_EMPTY);
	V_VT(&variant) = VT_BSTR;
	V_BSTR(&variant) = SysAllocString(OLESTR("text"));
	assert_int_equal(VariantClear(&variant), S_OK);
	assert_int_equal(variant.vt, VT_EMPTY);
	stream->lpVtbl->AddRef(stream);
	V_VT(&variant) = VT_UNKNOWN;
	V_UNKNOWN(&variant) = (IUnknown *)stream;
	assert_int_equal(VariantClear(&variant), S_OK);
	V_VT(&variant) = VT_DISPATCH;
	V_DISPATCH(&variant) = NULL;
	assert_int_equal(VariantClear(&variant), S_OK);
	assert_int_equal(mem_live_blocks(), blocks);
	assert_int_equal(stream->lpVtbl->Release(stream), 0);
}

static void a_variant_leaves_alone_what_it_points_to(void **state)
{
	BSTR text = SysAllocString(OLESTR("text"));
	VARIANT variant;

	(void)state;
	VariantInit(&variant);
	variant.vt = VT_BYREF | VT_BSTR;
	variant.pbstrVal = &text;
	assert_int_equal(VariantClear(&variant), S_OK);
	assert_int_equal(variant.vt, VT_EMPTY);
	assert_int_equal(SysStringLen(text), 4);
	SysFreeString(text);
}

static void types_that_own_nothing_are_cleared_and_others_refused(void **state)
{
	static const VARTYPE plain[] = {VT_EMPTY, VT_NULL, VT_I1,      VT_I2,	VT_I4,
					VT_I8,	  VT_UI1,  VT_UI2,     VT_UI4,	VT_UI8,
					VT_R4,	  VT_R8,   VT_CY,      VT_DATE, VT_ERROR,
					VT_BOOL,  VT_INT,  VT_DECIMAL, VT_UINT};
	static const VARTYPE refused[] = {VT_VARIANT, VT_RECORD,  VT_ARRAY | VT_UI1,
					  VT_LPSTR,   VT_VOID,	  VT_VECTOR | VT_I4,
					  15,	      VT_FILETIME};
	VARIANT variant;

	(void)state;
	VariantInit(&variant);
	for (size_t i = 0; i < TEST_COUNT(plain); i++) {
		variant.vt = plain[i];
		assert_int_equal(VariantClear(&variant), S_OK);
		assert_int_equal(variant.vt, VT_EMPTY);
	}
	for (size_t i = 0; i < TEST_COUNT(refused); i++) {
		variant.vt = refused[i];
		assert_int_equal(VariantClear(&variant), DISP_E_BADVARTYPE);
		assert_int_equal(variant.vt, refused[i]);
	}
	assert_int_equal(VariantClear(NULL), E_INVALIDARG);
}

static void a_variant_lies_in_memory_as_on_windows(void **state)
{
	(void)state;
	assert_int_equal(sizeof(VARIANT), 8 + 2 * sizeof(void *));
	assert_int_equal(offsetof(VARIANT, llVal), 8);
	assert_int_equal(sizeof(DECIMAL), 16);
	assert_int_equal(offsetof(DECIMAL, Lo64), 8);
	assert_int_equal(sizeof(CY), 8);
	assert_int_equal(sizeof(DISPPARAMS), 2 * sizeof(void *) + 8);
	assert_int_equal(offsetof(EXCEPINFO, bstrSource), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bstr_has_its_length_in_front_and_a_zero_behind),
		cmocka_unit_test(a_bstr_may_hold_zeros_and_odd_bytes),
		cmocka_unit_test(nothing_is_an_empty_bstr),
		cmocka_unit_test(a_bstr_is_made_anew),
		cmocka_unit_test(a_bstr_that_cannot_be_is_null),
		cmocka_unit_test(a_variant_frees_what_it_owns),
		cmocka_unit_test(a_variant_leaves_alone_what_it_points_to),
		cmocka_unit_test(types_that_own_nothing_are_cleared_and_others_refused),
		cmocka_unit_test(a_variant_lies_in_memory_as_on_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
