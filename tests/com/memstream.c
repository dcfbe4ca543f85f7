/* SPDX-License-Identifier: MIT */
/* How streams in memory begin, and what happens when memory is out. */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "ixhr2/shlwapi.h"

#define CALL(stream, method, ...) ((stream)->lpVtbl->method((stream), __VA_ARGS__))
#define RELEASE(stream)		  ((stream)->lpVtbl->Release(stream))

#define FIRST ((const BYTE *)"first")

static const LARGE_INTEGER start;

static void assert_content(IStream *stream, const char *bytes, size_t len)
{
	char got[1000];
	ULONG read = 77;

	assert_int_equal(CALL(stream, Seek, start, STREAM_SEEK_SET, NULL), S_OK);
	(void)CALL(stream, Read, got, sizeof(got), &read);
	assert_int_equal(read, len);
	assert_memory_equal(got, bytes, len);
}

static void it_begins_with_a_copy_of_the_bytes(void **state)
{
	char bytes[] = "first";
	IStream *stream = SHCreateMemStream((const BYTE *)bytes, 5);
	ULARGE_INTEGER position = {.QuadPart = 77};

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_non_null(stream);
	assert_int_equal(CALL(stream, Seek, start, STREAM_SEEK_CUR, &position), S_OK);
	assert_int_equal(position.QuadPart, 0);
	assert_content(stream, "first", 5);
	assert_int_equal(CALL(stream, Write, "!", 1, NULL), S_OK);
	assert_content(stream, "first!", 6);
	assert_int_equal(RELEASE(stream), 0);
}

static void no_bytes_make_an_empty_one(void **state)
{
	static const struct {
		const BYTE *initial; /* where */
		UINT bytes;	     /* how many */
	} rows[] = {{NULL, 0}, {NULL, 5}, {FIRST, 0}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		IStream *stream = SHCreateMemStream(rows[i].initial, rows[i].bytes);

		assert_content(stream, "", 0);
		assert_int_equal(RELEASE(stream), 0);
	}
}

static void a_wrong_width_is_refused(void **state)
{
	static const unsigned widths[] = {0, 1, 3, 5, 8, 0x10002};
	IStream *stream;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(widths); i++) {
		stream = (IStream *)state;
		assert_null(ixhr2_sh_create_mem_stream(widths[i], FIRST, 5));
		assert_int_equal(
			ixhr2_create_stream_on_hglobal(widths[i], NULL, TRUE, &stream),
			E_INVALIDARG);
		assert_null(stream);
	}
}

static void both_widths_are_served(void **state)
{
	(void)state;
	for (unsigned width = 2; width <= 4; width += 2) {
		IStream *stream = ixhr2_sh_create_mem_stream(width, FIRST, 5);

		assert_content(stream, "first", 5);
		RELEASE(stream);
		assert_int_equal(
			ixhr2_create_stream_on_hglobal(width, NULL, FALSE, &stream),
			S_OK);
		assert_content(stream, "", 0);
		RELEASE(stream);
	}
}

static void there_are_no_global_handles(void **state)
{
	IStream *stream = (IStream *)state;
	int handle;

	assert_int_equal(CreateStreamOnHGlobal(&handle, TRUE, &stream), E_INVALIDARG);
	assert_null(stream);
	assert_int_equal(CreateStreamOnHGlobal(NULL, TRUE, NULL), E_INVALIDARG);
}

static void stat_has_no_name(void **state)
{
	IStream *stream = SHCreateMemStream(FIRST, 5);
	STATSTG stat;

	(void)state;
	memset(&stat, 0x5A, sizeof(stat));
	assert_int_equal(CALL(stream, Stat, &stat, STATFLAG_DEFAULT), S_OK);
	assert_null(stat.pwcsName);
	assert_int_equal(stat.mtime.dwLowDateTime, 0);
	assert_int_equal(stat.grfMode, STGM_READWRITE);
	RELEASE(stream);
}

static void making_one_fails_cleanly_without_memory(void **state)
{
	long before = mem_live_blocks();
	IStream *stream = NULL;
	unsigned long n = 0;

	(void)state;
	while (!stream) {
		mem_fail_at(++n);
		stream = SHCreateMemStream(FIRST, 5);
		assert_true(stream || mem_has_failed());
		mem_fail_at(0);
		assert_true(stream || mem_live_blocks() == before);
	}
	assert_true(n > 1);
	RELEASE(stream);
	for (n = 1, stream = NULL; !stream; n++) {
		HRESULT hr;

		mem_fail_at(n);
		hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
		mem_fail_at(0);
		assert_int_equal(hr, stream ? S_OK : E_OUTOFMEMORY);
	}
	RELEASE(stream);
	assert_int_equal(mem_live_blocks(), before);
}

static void growing_fails_cleanly_without_memory(void **state)
{
	static const char bytes[1000] = "more";
	IStream *stream = SHCreateMemStream(FIRST, 5);
	IStream *clone = stream;
	ULONG written = 77;

	(void)state;
	mem_fail_from(1);
	assert_int_equal(CALL(stream, Write, bytes, 1000, &written), STG_E_MEDIUMFULL);
	assert_int_equal(written, 0);
	assert_int_equal(CALL(stream, SetSize, ((ULARGE_INTEGER){.QuadPart = 1000})),
			 STG_E_MEDIUMFULL);
	assert_int_equal(CALL(stream, Clone, &clone), E_OUTOFMEMORY);
	assert_null(clone);
	mem_fail_at(0);
	assert_content(stream, "first", 5);
	assert_int_equal(RELEASE(stream), 0);
}

static void more_than_its_limit_is_refused(void **state)
{
	const ULARGE_INTEGER far = {.QuadPart = ((uint64_t)1 << 38) + 1};
	IStream *stream = SHCreateMemStream(FIRST, 5);

	(void)state;
	assert_int_equal(CALL(stream, SetSize, far), STG_E_MEDIUMFULL);
	assert_content(stream, "first", 5);
	RELEASE(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_with_a_copy_of_the_bytes),
		cmocka_unit_test(no_bytes_make_an_empty_one),
		cmocka_unit_test(a_wrong_width_is_refused),
		cmocka_unit_test(both_widths_are_served),
		cmocka_unit_test(there_are_no_global_handles),
		cmocka_unit_test(stat_has_no_name),
		cmocka_unit_test(making_one_fails_cleanly_without_memory),
		cmocka_unit_test(growing_fails_cleanly_without_memory),
		cmocka_unit_test(more_than_its_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
