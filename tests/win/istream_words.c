/* SPDX-License-Identifier: MIT */
/* Words of shlwapi.h for any IStream. */
#include "lib/test.h"

#include "base/mem.h"
#include "ixhr2/shcore.h"
#include "ixhr2/shlwapi.h"

#include "foreign_stream.h"

#define FOX	"The quick brown fox"
#define FOX_LEN (sizeof(FOX) - 1)

static void all_is_read_or_it_fails(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = NULL;
	char room[FOX_LEN];

	(void)state;
	foreign->most = 4; /* of one read */
	assert_int_equal(CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							    &IID_IStream,
							    (void **)&stream),
			 S_OK);
	assert_int_equal(IStream_Read(stream, room, FOX_LEN), S_OK);
	assert_memory_equal(room, FOX, FOX_LEN);
	assert_int_equal(IStream_Read(stream, room, 1), E_FAIL);
	assert_int_equal(IStream_Reset(stream), S_OK);
	assert_int_equal(IStream_Read(stream, room, 3), S_OK);
	assert_memory_equal(room, FOX, 3);
	assert_int_equal(IStream_Write(stream, "slow", 4), S_OK);
	assert_int_equal(IStream_Write(stream, "slowly", 6), STG_E_MEDIUMFULL);
	stream->lpVtbl->Release(stream);
	foreign->random.lpVtbl->Release(&foreign->random);
	assert_true(foreign_await_none());
}

static void the_size_is_that_of_stat(void **state)
{
	IStream *stream = SHCreateMemStream((const BYTE *)FOX, FOX_LEN);
	ULARGE_INTEGER size = {.QuadPart = 77};

	(void)state;
	assert_int_equal(IStream_Size(stream, &size), S_OK);
	assert_int_equal(size.QuadPart, FOX_LEN);
	assert_int_equal(IStream_Size(NULL, &size), E_INVALIDARG);
	assert_int_equal(size.QuadPart, 0);
	assert_int_equal(IStream_Size(stream, NULL), E_INVALIDARG);
	stream->lpVtbl->Release(stream);
	assert_int_equal(mem_live_blocks(), 0);
}

static void wrong_arguments_are_refused(void **state)
{
	IStream *stream = SHCreateMemStream(NULL, 0);
	char room[1];

	(void)state;
	assert_int_equal(IStream_Read(NULL, room, 1), E_INVALIDARG);
	assert_int_equal(IStream_Read(stream, NULL, 1), E_INVALIDARG);
	assert_int_equal(IStream_Write(NULL, room, 1), E_INVALIDARG);
	assert_int_equal(IStream_Write(stream, NULL, 1), E_INVALIDARG);
	assert_int_equal(IStream_Reset(NULL), E_INVALIDARG);
	stream->lpVtbl->Release(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read_or_it_fails),
		cmocka_unit_test(the_size_is_that_of_stat),
		cmocka_unit_test(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
