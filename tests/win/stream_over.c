/* SPDX-License-Identifier: MIT */
/* IStreams over random access streams of programs, whatever these do. */
#include "lib/test.h"

#include <stdio.h>

#include "base/mem.h"
#include "ixhr2/shcore.h"
#include "ixhr2/shlwapi.h"
#include "lib/guard.h"

#include "foreign_stream.h"

#define CALL(stream, method, ...) ((stream)->lpVtbl->method((stream), __VA_ARGS__))
#define RELEASE(stream)		  ((stream)->lpVtbl->Release(stream))

#define FOX	"The quick brown fox jumps over the lazy dog."
#define FOX_LEN (sizeof(FOX) - 1)

#define REFUSED	  E_ILLEGAL_DELEGATE_ASSIGNMENT
#define THREADS	  4
#define ROUNDS	  200
#define BIG_BYTES (3u * 1024 * 1024 + 5)

static IStream *over(struct foreign *foreign)
{
	IStream *stream = NULL;

	assert_int_equal(CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							    &IID_IStream,
							    (void **)&stream),
			 S_OK);
	assert_non_null(stream);
	return stream;
}

/* Releases both; nothing may be left. */
static void end(struct foreign *foreign, IStream *stream)
{
	assert_int_equal(RELEASE(stream), 0);
	RELEASE(&foreign->random);
	assert_true(foreign_await_none());
	assert_int_equal(mem_live_blocks(), 0);
}

static LARGE_INTEGER by(int64_t move)
{
	return (LARGE_INTEGER){.QuadPart = move};
}

static ULARGE_INTEGER bytes_of(uint64_t bytes)
{
	return (ULARGE_INTEGER){.QuadPart = bytes};
}

static uint64_t position_of(IStream *stream)
{
	ULARGE_INTEGER position = {.QuadPart = 77};

	assert_int_equal(CALL(stream, Seek, by(0), STREAM_SEEK_CUR, &position), S_OK);
	return position.QuadPart;
}

/* What each trick makes of reading, and of writing. */
static const struct {
	const char *name; /* for messages */
	HRESULT read;	  /* what Read answers, once there is an answer */
	HRESULT write;	  /* and Write */
	HRESULT commit;	  /* and Commit */
} expected[FOREIGN_TRICKS] = {
	[FOREIGN_HONEST] = {"honest", S_OK, S_OK, S_OK},
	[FOREIGN_OTHER_BUFFER] = {"another buffer", S_OK, S_OK, S_OK},
	[FOREIGN_NO_BYTES] = {"a buffer without bytes", E_NOINTERFACE, S_OK, S_OK},
	[FOREIGN_NULL_BYTES] = {"a buffer with NULL", E_POINTER, S_OK, S_OK},
	[FOREIGN_TOO_LONG] = {"too much", E_BOUNDS, E_BOUNDS, S_OK},
	[FOREIGN_NULL_OPERATION] = {"no operation", E_UNEXPECTED, E_UNEXPECTED,
				    E_UNEXPECTED},
	[FOREIGN_NULL_RESULT] = {"no result", E_UNEXPECTED, STG_E_MEDIUMFULL, S_OK},
	[FOREIGN_TWICE] = {"told twice", S_OK, S_OK, S_OK},
	[FOREIGN_STILL_STARTED] = {"a status that stays", S_OK, S_OK, S_OK},
	[FOREIGN_TOLD_STARTED] = {"told that it has started", S_OK, S_OK, S_OK},
	[FOREIGN_NEVER_ENDS] = {"both", E_UNEXPECTED, E_UNEXPECTED, E_UNEXPECTED},
	[FOREIGN_NO_INFO] = {"no IAsyncInfo", S_OK, S_OK, S_OK},
	[FOREIGN_FAILED] = {"an error", STG_E_LOCKVIOLATION, STG_E_LOCKVIOLATION,
			    STG_E_LOCKVIOLATION},
	[FOREIGN_FAILED_UNKNOWN] = {"an unknown error", E_FAIL, E_FAIL, E_FAIL},
	[FOREIGN_CANCELED] = {"canceled", E_ABORT, E_ABORT, E_ABORT},
	[FOREIGN_STRANGE] = {"a strange status", E_UNEXPECTED, E_UNEXPECTED,
			     E_UNEXPECTED},
	[FOREIGN_DROPPED] = {"a dropped handler", E_UNEXPECTED, E_UNEXPECTED,
			     E_UNEXPECTED},
	[FOREIGN_REFUSED] = {"no handler taken", REFUSED, REFUSED, REFUSED},
	[FOREIGN_REFUSED_AT_ONCE] = {"refused", E_ACCESSDENIED, E_ACCESSDENIED,
				     E_ACCESSDENIED},
	[FOREIGN_STANDS_STILL] = {"a position that stays", S_OK, S_OK, S_OK},
	[FOREIGN_NO_OTHERS] = {"one interface", S_OK, S_OK, S_OK},
	[FOREIGN_MUTE] = {"hardly any method", S_OK, S_OK, S_OK},
};

/* A result that is not the one of the table because the operation was quicker. */
static bool is_quick(const struct foreign *foreign, HRESULT hr)
{
	return foreign->trick == FOREIGN_REFUSED && SUCCEEDED(hr) &&
	       (foreign->end == FOREIGN_BEFORE || foreign->end == FOREIGN_RACING);
}

static void assert_result(const struct foreign *foreign, HRESULT hr, HRESULT row)
{
	if (is_quick(foreign, hr))
		return;
	if (hr != row)
		print_error("%s, end %d\n", expected[foreign->trick].name,
			    (int)foreign->end);
	assert_int_equal(hr, row);
}

/* Runs check on a fresh stream for every trick and every end. */
static void on_each(void (*check)(struct foreign *foreign, IStream *stream))
{
	for (int trick = 0; trick < FOREIGN_TRICKS; trick++)
		for (int when = 0; when < FOREIGN_ENDS; when++) {
			struct foreign *foreign = foreign_new(FOX, FOX_LEN);
			IStream *stream;

			foreign->trick = (enum foreign_trick)trick;
			foreign->end = (enum foreign_end)when;
			stream = over(foreign);
			check(foreign, stream);
			end(foreign, stream);
		}
}

static void check_read(struct foreign *foreign, IStream *stream)
{
	HRESULT row = expected[foreign->trick].read;
	struct guard guard = {0};
	char *room = guard_room(&guard, 9);
	ULONG read = 77;
	HRESULT hr = CALL(stream, Read, room, 9, &read);

	assert_result(foreign, hr, row);
	assert_int_equal(read, SUCCEEDED(hr) ? 9 : 0);
	if (SUCCEEDED(hr)) {
		assert_memory_equal(room, FOX, 9);
		if (!is_quick(foreign, S_OK))
			assert_int_equal(CALL(stream, Read, room, 9, NULL), S_OK);
	}
	if (SUCCEEDED(hr) && !is_quick(foreign, S_OK))
		assert_memory_equal(room, FOX + 9, 9);
	guard_done(&guard);
}

static void reading_bears_every_trick(void **state)
{
	(void)state;
	on_each(check_read);
}

static void check_write(struct foreign *foreign, IStream *stream)
{
	HRESULT row = expected[foreign->trick].write;
	ULONG written = 77;
	HRESULT hr = CALL(stream, Write, "A cold", 6, &written);

	assert_result(foreign, hr, row);
	assert_int_equal(written, SUCCEEDED(hr) ? 6 : 0);
	if (SUCCEEDED(hr) && !is_quick(foreign, S_OK))
		assert_int_equal(CALL(stream, Write, " dark", 5, NULL), S_OK);
	if (SUCCEEDED(hr) && !is_quick(foreign, S_OK))
		assert_memory_equal(foreign->bytes, "A cold dark", 11);
}

static void writing_bears_every_trick(void **state)
{
	(void)state;
	on_each(check_write);
}

static void check_commit(struct foreign *foreign, IStream *stream)
{
	HRESULT row = expected[foreign->trick].commit;
	HRESULT hr = CALL(stream, Commit, STGC_DEFAULT);

	assert_result(foreign, hr, row);
	assert_int_equal(atomic_load(&foreign->flushes), 1);
}

static void committing_bears_every_trick(void **state)
{
	(void)state;
	on_each(check_commit);
}

static void a_flush_that_failed_is_a_write_fault(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);

	(void)state;
	foreign->flush_fails = true;
	assert_int_equal(CALL(stream, Commit, STGC_DEFAULT), STG_E_WRITEFAULT);
	assert_int_equal(stream->lpVtbl->Revert(stream), S_OK);
	end(foreign, stream);
}

static void it_has_four_interfaces_and_one_identity(void **state)
{
	static const IID *const iids[] = {&IID_IUnknown, &IID_ISequentialStream,
					  &IID_IStream, &IID_IAgileObject};
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);
	void *out = &out;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(iids); i++) {
		assert_int_equal(CALL(stream, QueryInterface, iids[i], &out), S_OK);
		assert_ptr_equal(out, stream);
		assert_int_equal(RELEASE(stream), 1);
	}
	assert_int_equal(CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							    &IID_IClassFactory, &out),
			 E_NOINTERFACE);
	assert_null(out);
	end(foreign, stream);
}

static void wrong_arguments_are_refused(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);
	STATSTG stat;
	void *out = &out;

	(void)state;
	assert_int_equal(CreateStreamOverRandomAccessStream(NULL, &IID_IStream, &out),
			 E_INVALIDARG);
	assert_null(out);
	assert_int_equal(CreateStreamOverRandomAccessStream((IUnknown *)stream,
							    &IID_IStream, &out),
			 E_NOINTERFACE);
	assert_int_equal(CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							    &IID_IStream, NULL),
			 E_POINTER);
	assert_int_equal(CALL(stream, Read, NULL, 1, NULL), STG_E_INVALIDPOINTER);
	assert_int_equal(CALL(stream, Write, NULL, 1, NULL), STG_E_INVALIDPOINTER);
	assert_int_equal(CALL(stream, CopyTo, NULL, bytes_of(1), NULL, NULL),
			 STG_E_INVALIDPOINTER);
	assert_int_equal(CALL(stream, Clone, NULL), STG_E_INVALIDPOINTER);
	assert_int_equal(CALL(stream, Stat, NULL, 0), STG_E_INVALIDPOINTER);
	assert_int_equal(CALL(stream, Stat, &stat, 0x80), STG_E_INVALIDFLAG);
	assert_int_equal(CALL(stream, LockRegion, bytes_of(0), bytes_of(1), 0),
			 STG_E_INVALIDFUNCTION);
	assert_int_equal(CALL(stream, UnlockRegion, bytes_of(0), bytes_of(1), 0),
			 STG_E_INVALIDFUNCTION);
	end(foreign, stream);
}

static void what_may_not_be_read_or_written_is_denied(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	char room[4];
	STATSTG stat;
	IStream *stream;

	(void)state;
	foreign->no_write = true;
	stream = over(foreign);
	assert_int_equal(CALL(stream, Write, "x", 1, NULL), STG_E_ACCESSDENIED);
	assert_int_equal(CALL(stream, SetSize, bytes_of(1)), STG_E_ACCESSDENIED);
	assert_int_equal(CALL(stream, Commit, 0), S_OK);
	assert_int_equal(CALL(stream, Stat, &stat, 0), S_OK);
	assert_int_equal(stat.grfMode, STGM_READ);
	assert_int_equal(atomic_load(&foreign->flushes), 0);
	RELEASE(stream);

	foreign->no_write = false;
	foreign->no_read = true;
	stream = over(foreign);
	assert_int_equal(CALL(stream, Read, room, 4, NULL), STG_E_ACCESSDENIED);
	assert_int_equal(CALL(stream, CopyTo, stream, bytes_of(1), NULL, NULL),
			 STG_E_ACCESSDENIED);
	assert_int_equal(CALL(stream, Stat, &stat, 0), S_OK);
	assert_int_equal(stat.grfMode, STGM_WRITE);
	end(foreign, stream);
}

static void short_reads_are_told_and_the_end_is_no_bytes(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);
	char room[100];
	ULONG read = 77;

	(void)state;
	foreign->most = 7;
	assert_int_equal(CALL(stream, Read, room, 20, &read), S_FALSE);
	assert_int_equal(read, 7);
	foreign->most = 0;
	assert_int_equal(CALL(stream, Read, room, 100, &read), S_FALSE);
	assert_int_equal(read, FOX_LEN - 7);
	assert_int_equal(CALL(stream, Read, room, 100, &read), S_FALSE);
	assert_int_equal(read, 0);
	assert_int_equal(CALL(stream, Read, room, 0, &read), S_OK);
	foreign->most = 3;
	assert_int_equal(CALL(stream, Write, "abcdef", 6, &read), STG_E_MEDIUMFULL);
	assert_int_equal(read, 3);
	end(foreign, stream);
}

static void large_pieces_are_cut(void **state)
{
	struct foreign *foreign = foreign_new("", 0);
	char *bytes = malloc(BIG_BYTES);
	char *room = malloc(BIG_BYTES);
	IStream *stream = over(foreign);
	ULONG len = 77;

	(void)state;
	for (size_t i = 0; i < BIG_BYTES; i++)
		bytes[i] = (char)(i * 31 + i / 251);
	foreign->end = FOREIGN_LATER;
	assert_int_equal(CALL(stream, Write, bytes, BIG_BYTES, &len), S_OK);
	assert_int_equal(len, BIG_BYTES);
	assert_int_equal(CALL(stream, Seek, by(0), STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(CALL(stream, Read, room, BIG_BYTES, &len), S_OK);
	assert_int_equal(len, BIG_BYTES);
	assert_memory_equal(room, bytes, BIG_BYTES);
	free(room);
	free(bytes);
	end(foreign, stream);
}

static void seeking_moves_the_one_position(void **state)
{
	static const struct {
		int64_t move;	 /* where to */
		DWORD origin;	 /* from where */
		HRESULT hr;	 /* the answer */
		uint64_t target; /* the position then */
	} rows[] = {
		{5, STREAM_SEEK_SET, S_OK, 5},
		{3, STREAM_SEEK_CUR, S_OK, 8},
		{-2, STREAM_SEEK_END, S_OK, FOX_LEN - 2},
		{10, STREAM_SEEK_END, S_OK, FOX_LEN + 10},
		{-100, STREAM_SEEK_CUR, STG_E_INVALIDFUNCTION, FOX_LEN + 10},
		{-1, STREAM_SEEK_SET, STG_E_INVALIDFUNCTION, FOX_LEN + 10},
		{INT64_MAX, STREAM_SEEK_CUR, STG_E_INVALIDFUNCTION, FOX_LEN + 10},
		{0, 3, STG_E_INVALIDFUNCTION, FOX_LEN + 10},
	};
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		ULARGE_INTEGER position = {.QuadPart = 77};

		assert_int_equal(
			CALL(stream, Seek, by(rows[i].move), rows[i].origin, &position),
			rows[i].hr);
		assert_int_equal(position.QuadPart, rows[i].target);
		assert_int_equal(foreign->position, rows[i].target);
		assert_int_equal(position_of(stream), rows[i].target);
	}
	end(foreign, stream);
}

static void sizes_are_told_and_set(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);
	STATSTG stat;

	(void)state;
	assert_int_equal(CALL(stream, Stat, &stat, STATFLAG_DEFAULT), S_OK);
	assert_int_equal(stat.type, STGTY_STREAM);
	assert_int_equal(stat.cbSize.QuadPart, FOX_LEN);
	assert_int_equal(stat.grfMode, STGM_READWRITE);
	assert_null(stat.pwcsName);
	assert_int_equal(CALL(stream, SetSize, bytes_of(5)), S_OK);
	assert_int_equal(foreign->size, 5);
	assert_int_equal(CALL(stream, SetSize, bytes_of(1ull << 40)),
			 HRESULT_FROM_WIN32(ERROR_DISK_FULL));
	end(foreign, stream);
}

static void a_clone_has_a_position_of_its_own(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream = over(foreign);
	IStream *clone = NULL;
	char room[4];

	(void)state;
	assert_int_equal(CALL(stream, Seek, by(4), STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(CALL(stream, Clone, &clone), S_OK);
	assert_int_equal(CALL(clone, Read, room, 4, NULL), S_OK);
	assert_memory_equal(room, FOX + 4, 4);
	assert_int_equal(position_of(stream), 4);
	assert_int_equal(position_of(clone), 8);
	assert_int_equal(RELEASE(clone), 0);
	end(foreign, stream);
}

static void a_stream_that_has_hardly_any_method_answers_so(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *stream;
	IStream *clone = (IStream *)state;
	STATSTG stat;

	foreign->trick = FOREIGN_MUTE;
	stream = over(foreign);
	assert_int_equal(CALL(stream, Seek, by(0), STREAM_SEEK_SET, NULL), E_NOTIMPL);
	assert_int_equal(CALL(stream, Seek, by(0), STREAM_SEEK_END, NULL), E_NOTIMPL);
	assert_int_equal(CALL(stream, SetSize, bytes_of(0)), E_NOTIMPL);
	assert_int_equal(CALL(stream, Stat, &stat, 0), E_NOTIMPL);
	assert_int_equal(CALL(stream, Clone, &clone), E_NOTIMPL);
	assert_null(clone);
	end(foreign, stream);
}

static void copying_ends_at_the_end_even_onto_itself(void **state)
{
	struct foreign *foreign = foreign_new(FOX, FOX_LEN);
	IStream *memory = SHCreateMemStream(NULL, 0);
	IStream *stream = over(foreign);
	IStream *clone = NULL;
	ULARGE_INTEGER read;
	ULARGE_INTEGER written;

	(void)state;
	foreign->end = FOREIGN_LATER;
	assert_int_equal(
		CALL(stream, CopyTo, memory, bytes_of(UINT64_MAX), &read, &written),
		S_OK);
	assert_int_equal(read.QuadPart, FOX_LEN);
	assert_int_equal(written.QuadPart, FOX_LEN);
	assert_int_equal(RELEASE(memory), 0);

	assert_int_equal(CALL(stream, Clone, &clone), S_OK);
	assert_int_equal(CALL(stream, Seek, by(0), STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(
		CALL(stream, CopyTo, clone, bytes_of(UINT64_MAX), &read, &written), S_OK);
	assert_int_equal(written.QuadPart, FOX_LEN);
	assert_int_equal(foreign->size, 2 * FOX_LEN);
	assert_memory_equal(foreign->bytes, FOX FOX, 2 * FOX_LEN);
	assert_int_equal(RELEASE(clone), 0);
	end(foreign, stream);
}

static void *read_often(void *owner)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct foreign *foreign = foreign_new(FOX, FOX_LEN);
		char room[FOX_LEN];
		IStream *stream = NULL;
		HRESULT hr;

		foreign->end = FOREIGN_RACING;
		foreign->trick = i % 2 ? FOREIGN_TWICE : FOREIGN_NO_INFO;
		(void)CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							 &IID_IStream, (void **)&stream);
		hr = CALL(stream, Read, room, FOX_LEN, NULL);
		if (hr != S_OK || memcmp(room, FOX, FOX_LEN) != 0)
			return "failed";
		RELEASE(stream);
		RELEASE(&foreign->random);
	}
	return owner;
}

static void operations_may_end_at_any_moment(void **state)
{
	pthread_t threads[THREADS];
	void *failure;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, read_often, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failure);
		assert_null(failure);
	}
	assert_true(foreign_await_none());
	assert_int_equal(mem_live_blocks(), 0);
}

/* Reads, writes, commits, clones and copies; the first failure. */
static HRESULT do_everything(struct foreign *foreign)
{
	IStream *stream = NULL;
	IStream *clone = NULL;
	char room[4];
	HRESULT hr = CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							&IID_IStream, (void **)&stream);

	if (FAILED(hr))
		return hr;
	hr = CALL(stream, Read, room, 4, NULL);
	if (SUCCEEDED(hr))
		hr = CALL(stream, Write, room, 4, NULL);
	if (SUCCEEDED(hr))
		hr = CALL(stream, Commit, 0);
	if (SUCCEEDED(hr))
		hr = CALL(stream, Clone, &clone);
	if (SUCCEEDED(hr))
		hr = CALL(stream, CopyTo, clone, bytes_of(9), NULL, NULL);
	if (clone)
		RELEASE(clone);
	RELEASE(stream);
	return hr;
}

static void memory_may_run_out_anywhere(void **state)
{
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct foreign *foreign = foreign_new(FOX, FOX_LEN);
		HRESULT hr;

		foreign->end = FOREIGN_LATER;
		mem_fail_at(n);
		hr = do_everything(foreign);
		mem_fail_at(0);
		RELEASE(&foreign->random);
		assert_true(foreign_await_none());
		assert_int_equal(mem_live_blocks(), 0);
		if (SUCCEEDED(hr))
			break;
		assert_int_equal(hr, E_OUTOFMEMORY);
		assert_true(n < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_bears_every_trick),
		cmocka_unit_test(writing_bears_every_trick),
		cmocka_unit_test(committing_bears_every_trick),
		cmocka_unit_test(a_flush_that_failed_is_a_write_fault),
		cmocka_unit_test(it_has_four_interfaces_and_one_identity),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(what_may_not_be_read_or_written_is_denied),
		cmocka_unit_test(short_reads_are_told_and_the_end_is_no_bytes),
		cmocka_unit_test(large_pieces_are_cut),
		cmocka_unit_test(seeking_moves_the_one_position),
		cmocka_unit_test(sizes_are_told_and_set),
		cmocka_unit_test(a_clone_has_a_position_of_its_own),
		cmocka_unit_test(a_stream_that_has_hardly_any_method_answers_so),
		cmocka_unit_test(copying_ends_at_the_end_even_onto_itself),
		cmocka_unit_test(operations_may_end_at_any_moment),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
