/* SPDX-License-Identifier: MIT */
/* IStreams of programs behind random access streams, when they fail or lie. */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "ixhr2/winerror.h"
#include "win/shared_stream.h"

#define BYTES 4

/* An IStream of the program's that answers as a test orders. */
struct failing {
	IStream stream; /* the interface */
	HRESULT result; /* what its methods answer */
	ULONG lie;	/* added to what Read and Write tell */
	unsigned refs;	/* references */
};

static HRESULT failing_query(IStream *face, REFIID iid, void **out)
{
	(void)face;
	(void)iid;
	*out = NULL;
	return E_NOINTERFACE;
}

static ULONG failing_ref(IStream *face)
{
	return ++((struct failing *)face)->refs;
}

static ULONG failing_unref(IStream *face)
{
	return --((struct failing *)face)->refs;
}

static HRESULT failing_read(IStream *face, void *pv, ULONG cb, ULONG *read)
{
	struct failing *failing = (struct failing *)face;

	memset(pv, 0, cb);
	*read = cb + failing->lie;
	return failing->result;
}

static HRESULT failing_write(IStream *face, const void *pv, ULONG cb, ULONG *written)
{
	struct failing *failing = (struct failing *)face;

	(void)pv;
	*written = cb + failing->lie;
	return failing->result;
}

static HRESULT failing_seek(IStream *face, LARGE_INTEGER move, DWORD origin,
			    ULARGE_INTEGER *position)
{
	(void)face;
	(void)move;
	(void)origin;
	if (position)
		position->QuadPart = 42;
	return S_OK;
}

static HRESULT failing_size(IStream *face, ULARGE_INTEGER size)
{
	(void)size;
	return ((struct failing *)face)->result;
}

static HRESULT failing_commit(IStream *face, DWORD flags)
{
	(void)flags;
	return ((struct failing *)face)->result;
}

static HRESULT failing_stat(IStream *face, STATSTG *out, DWORD flags)
{
	(void)face;
	(void)out;
	(void)flags;
	return E_NOTIMPL;
}

static const IStreamVtbl failing_vtbl = {
	.QueryInterface = failing_query,
	.AddRef = failing_ref,
	.Release = failing_unref,
	.Read = failing_read,
	.Write = failing_write,
	.Seek = failing_seek,
	.SetSize = failing_size,
	.Commit = failing_commit,
	.Stat = failing_stat,
};

static void failures_and_lies_are_told(void **state)
{
	static const struct {
		HRESULT result; /* of the stream */
		ULONG lie;	/* of the stream */
		HRESULT read;	/* the answer */
		HRESULT write;	/* the same */
		UINT32 done;	/* by each of them */
	} rows[] = {
		{S_OK, 0, S_OK, S_OK, BYTES},
		{S_FALSE, 0, S_OK, S_OK, BYTES},
		{STG_E_READFAULT, 0, STG_E_READFAULT, STG_E_READFAULT, BYTES},
		{S_OK, 1, E_BOUNDS, E_BOUNDS, 0},
		{S_OK, (ULONG)-1, S_OK, STG_E_MEDIUMFULL, BYTES - 1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct failing failing = {
			{&failing_vtbl}, rows[i].result, rows[i].lie, 1};
		struct shared_stream *shared = NULL;
		shared_position position = 10;
		char room[BYTES];
		UINT32 len = BYTES;
		UINT64 size = 0;

		assert_int_equal(shared_stream_new(&failing.stream, &shared), S_OK);
		assert_true(shared_stream_may_read(shared));
		assert_true(shared_stream_may_write(shared));
		assert_int_equal(
			shared_stream_read(shared, &position, room, &len, SHARED_ANY),
			rows[i].read);
		assert_int_equal(len, rows[i].done);
		assert_int_equal(atomic_load(&position), 10 + rows[i].done);
		len = BYTES;
		assert_int_equal(shared_stream_write(shared, &position, "four", &len),
				 rows[i].write);
		assert_int_equal(len, rows[i].done);
		assert_int_equal(atomic_load(&position), 10 + 2 * rows[i].done);
		assert_int_equal(shared_stream_flush(shared), rows[i].result);
		assert_int_equal(shared_stream_set_size(shared, 1), rows[i].result);
		assert_int_equal(shared_stream_size(shared, &size), S_OK);
		assert_int_equal(size, 42);
		shared_stream_unref(shared);
		assert_int_equal(failing.refs, 1);
	}
	assert_int_equal(mem_live_blocks(), 0);
}

static void reading_all_goes_on_until_there_is_no_more(void **state)
{
	struct failing failing = {{&failing_vtbl}, S_FALSE, (ULONG)-1, 1};
	struct shared_stream *shared = NULL;
	shared_position position = 0;
	char room[BYTES];
	UINT32 len = BYTES;

	(void)state;
	assert_int_equal(shared_stream_new(&failing.stream, &shared), S_OK);
	assert_int_equal(shared_stream_read(shared, &position, room, &len, SHARED_ALL),
			 S_OK);
	assert_int_equal(len, BYTES - 1); /* all but one, then none of one */
	shared_stream_unref(shared);
	shared_stream_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_and_lies_are_told),
		cmocka_unit_test(reading_all_goes_on_until_there_is_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
