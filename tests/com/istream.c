/* SPDX-License-Identifier: MIT */
/* What all IStreams have in common: each test runs on every kind of them. */
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "com/istream.h"
#include "ixhr2/shlwapi.h"

#define COBJ(stream, method, ...) ((stream)->lpVtbl->method((stream), __VA_ARGS__))
#define RELEASE(stream)		  ((stream)->lpVtbl->Release(stream))

#define THREADS	   4
#define ROUNDS	   2000
#define MODEL_SIZE 4096
#define STEPS	   20000

/* A kind of stream. */
struct kind {
	const char *name;	/* for messages */
	IStream *(*make)(void); /* an empty one to read and write */
	HRESULT at_end;		/* what Read answers with fewer bytes */
	bool may_clone;		/* whether Clone is implemented */
};

static IStream *make_memory(void)
{
	return SHCreateMemStream(NULL, 0);
}

static IStream *make_global(void)
{
	IStream *stream = NULL;

	(void)CreateStreamOnHGlobal(NULL, TRUE, &stream);
	return stream;
}

static IStream *make_file(void)
{
	char path[] = "/tmp/ixhr2-test-XXXXXX";
	IStream *stream = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	(void)SHCreateStreamOnFileA(path, STGM_READWRITE | STGM_DELETEONRELEASE, &stream);
	return stream;
}

static const struct kind kinds[] = {
	{"SHCreateMemStream", make_memory, S_FALSE, true},
	{"CreateStreamOnHGlobal", make_global, S_OK, true},
	{"SHCreateStreamOnFile", make_file, S_FALSE, false},
};

static LARGE_INTEGER by(int64_t move)
{
	return (LARGE_INTEGER){.QuadPart = move};
}

static ULARGE_INTEGER bytes_of(uint64_t bytes)
{
	return (ULARGE_INTEGER){.QuadPart = bytes};
}

static void put(IStream *stream, const void *bytes, size_t len)
{
	ULONG written = 77;

	assert_int_equal(COBJ(stream, Write, bytes, (ULONG)len, &written), S_OK);
	assert_int_equal(written, len);
}

static void seek_to(IStream *stream, int64_t position)
{
	assert_int_equal(COBJ(stream, Seek, by(position), STREAM_SEEK_SET, NULL), S_OK);
}

static uint64_t position_of(IStream *stream)
{
	ULARGE_INTEGER position = {.QuadPart = 77};

	assert_int_equal(COBJ(stream, Seek, by(0), STREAM_SEEK_CUR, &position), S_OK);
	return position.QuadPart;
}

static uint64_t size_of(IStream *stream)
{
	STATSTG stat;

	assert_int_equal(COBJ(stream, Stat, &stat, STATFLAG_NONAME), S_OK);
	return stat.cbSize.QuadPart;
}

/* Fails unless these are all the bytes. */
static void assert_content(IStream *stream, const void *bytes, size_t len)
{
	char got[MODEL_SIZE * 4];
	ULONG read = 77;

	seek_to(stream, 0);
	(void)COBJ(stream, Read, got, sizeof(got), &read);
	assert_int_equal(read, len);
	assert_memory_equal(got, bytes, len);
}

/* Runs one test on a fresh stream of each kind; nothing may be left over. */
static void on_each(void (*test)(IStream *stream, const struct kind *kind))
{
	for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
		long before = mem_live_blocks();
		IStream *stream = kinds[i].make();

		print_message("             %s\n", kinds[i].name);
		assert_non_null(stream);
		test(stream, &kinds[i]);
		assert_int_equal(RELEASE(stream), 0);
		assert_int_equal(mem_live_blocks(), before);
	}
}

#define TEST(sentence)                                                                   \
	static void sentence##_on(IStream *stream, const struct kind *kind);             \
	static void sentence(void **state)                                               \
	{                                                                                \
		(void)state;                                                             \
		on_each(sentence##_on);                                                  \
	}                                                                                \
	static void sentence##_on(IStream *stream, const struct kind *kind)

TEST(it_has_four_interfaces_and_one_identity)
{
	static const IID *const iids[] = {&IID_IUnknown, &IID_ISequentialStream,
					  &IID_IStream, &IID_IAgileObject};
	void *out;

	(void)kind;
	for (size_t i = 0; i < TEST_COUNT(iids); i++) {
		assert_int_equal(COBJ(stream, QueryInterface, iids[i], &out), S_OK);
		assert_ptr_equal(out, stream);
		assert_int_equal(RELEASE(stream), 1);
	}
	assert_int_equal(COBJ(stream, QueryInterface, &IID_IClassFactory, &out),
			 E_NOINTERFACE);
	assert_null(out);
	assert_int_equal(COBJ(stream, QueryInterface, &IID_IStream, NULL), E_POINTER);
	assert_int_equal(stream->lpVtbl->AddRef(stream), 2);
	assert_int_equal(RELEASE(stream), 1);
}

TEST(null_pointers_are_refused)
{
	ULARGE_INTEGER read = {.QuadPart = 77};
	ULARGE_INTEGER written = {.QuadPart = 77};
	ULONG count = 77;

	(void)kind;
	assert_int_equal(COBJ(stream, Read, NULL, 5, &count), STG_E_INVALIDPOINTER);
	assert_int_equal(count, 0);
	assert_int_equal(COBJ(stream, Read, NULL, 0, NULL), STG_E_INVALIDPOINTER);
	count = 77;
	assert_int_equal(COBJ(stream, Write, NULL, 5, &count), STG_E_INVALIDPOINTER);
	assert_int_equal(count, 0);
	assert_int_equal(COBJ(stream, Write, NULL, 0, NULL), STG_E_INVALIDPOINTER);
	assert_int_equal(COBJ(stream, CopyTo, NULL, bytes_of(1), &read, &written),
			 STG_E_INVALIDPOINTER);
	assert_int_equal(read.QuadPart, 0);
	assert_int_equal(written.QuadPart, 0);
	assert_int_equal(COBJ(stream, CopyTo, NULL, bytes_of(1), NULL, NULL),
			 STG_E_INVALIDPOINTER);
	assert_int_equal(COBJ(stream, Stat, NULL, STATFLAG_DEFAULT),
			 STG_E_INVALIDPOINTER);
	assert_int_equal(COBJ(stream, Clone, NULL), STG_E_INVALIDPOINTER);
}

TEST(counts_may_be_null)
{
	char got[3];

	(void)kind;
	assert_int_equal(COBJ(stream, Write, "abc", 3, NULL), S_OK);
	assert_int_equal(COBJ(stream, Seek, by(0), STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(COBJ(stream, Read, got, 3, NULL), S_OK);
	assert_memory_equal(got, "abc", 3);
	seek_to(stream, 0);
	assert_int_equal(COBJ(stream, CopyTo, stream, bytes_of(0), NULL, NULL), S_OK);
}

TEST(what_is_written_is_read)
{
	put(stream, "hello ", 6);
	put(stream, "world", 5);
	(void)kind;
	assert_int_equal(size_of(stream), 11);
	assert_int_equal(position_of(stream), 11);
	assert_content(stream, "hello world", 11);
}

TEST(fewer_bytes_than_asked_for_are_told_at_the_end)
{
	char got[16];
	ULONG read = 77;

	put(stream, "abcd", 4);
	seek_to(stream, 1);
	assert_int_equal(COBJ(stream, Read, got, 3, &read), S_OK);
	assert_int_equal(read, 3);
	assert_int_equal(COBJ(stream, Read, got, 3, &read), kind->at_end);
	assert_int_equal(read, 0);
	seek_to(stream, 2);
	assert_int_equal(COBJ(stream, Read, got, sizeof(got), &read), kind->at_end);
	assert_int_equal(read, 2);
	assert_memory_equal(got, "cd", 2);
	assert_int_equal(COBJ(stream, Read, got, 0, &read), S_OK);
	assert_int_equal(read, 0);
	seek_to(stream, 1000);
	assert_int_equal(COBJ(stream, Read, got, 1, &read), kind->at_end);
	assert_int_equal(read, 0);
	assert_int_equal(position_of(stream), 1000);
}

TEST(writing_nothing_changes_nothing)
{
	ULONG written = 77;

	(void)kind;
	seek_to(stream, 100);
	assert_int_equal(COBJ(stream, Write, "x", 0, &written), S_OK);
	assert_int_equal(written, 0);
	assert_int_equal(size_of(stream), 0);
}

TEST(a_gap_is_filled_with_zero_bytes)
{
	(void)kind;
	put(stream, "abcdef", 6);
	assert_int_equal(COBJ(stream, SetSize, bytes_of(2)), S_OK);
	seek_to(stream, 5);
	put(stream, "x", 1);
	assert_content(stream, "ab\0\0\0x", 6);
}

TEST(every_origin_moves_the_position)
{
	static const struct {
		DWORD origin;	   /* from where */
		int64_t move;	   /* how far */
		HRESULT hr;	   /* the answer */
		uint64_t position; /* where it is then, from 4 of 10 */
	} rows[] = {
		{STREAM_SEEK_SET, 0, S_OK, 0},
		{STREAM_SEEK_SET, 10, S_OK, 10},
		{STREAM_SEEK_SET, 11, S_OK, 11},
		{STREAM_SEEK_SET, INT64_MAX, S_OK, INT64_MAX},
		{STREAM_SEEK_SET, -1, STG_E_INVALIDFUNCTION, 4},
		{STREAM_SEEK_SET, INT64_MIN, STG_E_INVALIDFUNCTION, 4},
		{STREAM_SEEK_CUR, 0, S_OK, 4},
		{STREAM_SEEK_CUR, -4, S_OK, 0},
		{STREAM_SEEK_CUR, -5, STG_E_INVALIDFUNCTION, 4},
		{STREAM_SEEK_CUR, 100, S_OK, 104},
		{STREAM_SEEK_CUR, INT64_MAX - 4, S_OK, INT64_MAX},
		{STREAM_SEEK_CUR, INT64_MAX - 3, STG_E_INVALIDFUNCTION, 4},
		{STREAM_SEEK_CUR, INT64_MIN, STG_E_INVALIDFUNCTION, 4},
		{STREAM_SEEK_END, 0, S_OK, 10},
		{STREAM_SEEK_END, -10, S_OK, 0},
		{STREAM_SEEK_END, -11, STG_E_INVALIDFUNCTION, 4},
		{STREAM_SEEK_END, 5, S_OK, 15},
		{STREAM_SEEK_END, INT64_MAX, STG_E_INVALIDFUNCTION, 4},
		{3, 0, STG_E_INVALIDFUNCTION, 4},
		{UINT32_MAX, 0, STG_E_INVALIDFUNCTION, 4},
	};

	(void)kind;
	put(stream, "0123456789", 10);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		ULARGE_INTEGER position = {.QuadPart = 77};

		seek_to(stream, 4);
		assert_int_equal(
			COBJ(stream, Seek, by(rows[i].move), rows[i].origin, &position),
			rows[i].hr);
		assert_true(position.QuadPart == rows[i].position);
		assert_true(position_of(stream) == rows[i].position);
	}
}

TEST(a_write_past_the_furthest_position_is_refused)
{
	ULONG written = 77;

	(void)kind;
	seek_to(stream, INT64_MAX);
	assert_int_equal(COBJ(stream, Write, "x", 1, &written), STG_E_MEDIUMFULL);
	assert_int_equal(written, 0);
	seek_to(stream, INT64_MAX - 1);
	assert_int_equal(COBJ(stream, Write, "xy", 2, &written), STG_E_MEDIUMFULL);
	assert_true(position_of(stream) == INT64_MAX - 1);
	assert_int_equal(size_of(stream), 0);
}

TEST(a_size_can_be_set)
{
	(void)kind;
	put(stream, "abcdef", 6);
	assert_int_equal(COBJ(stream, SetSize, bytes_of(3)), S_OK);
	assert_int_equal(position_of(stream), 6);
	assert_content(stream, "abc", 3);
	assert_int_equal(COBJ(stream, SetSize, bytes_of(6)), S_OK);
	assert_content(stream, "abc\0\0\0", 6);
	assert_int_equal(COBJ(stream, SetSize, bytes_of(0)), S_OK);
	assert_int_equal(size_of(stream), 0);
	seek_to(stream, 0);
	put(stream, "x", 1);
	assert_content(stream, "x", 1);
}

TEST(an_impossible_size_is_refused)
{
	(void)kind;
	put(stream, "abc", 3);
	assert_int_equal(COBJ(stream, SetSize, bytes_of((uint64_t)INT64_MAX + 1)),
			 STG_E_MEDIUMFULL);
	assert_int_equal(COBJ(stream, SetSize, bytes_of(UINT64_MAX)), STG_E_MEDIUMFULL);
	assert_content(stream, "abc", 3);
}

TEST(stat_tells_type_size_and_mode)
{
	STATSTG stat;

	(void)kind;
	put(stream, "abc", 3);
	memset(&stat, 0x5A, sizeof(stat));
	assert_int_equal(COBJ(stream, Stat, &stat, STATFLAG_NONAME), S_OK);
	assert_null(stat.pwcsName);
	assert_int_equal(stat.type, STGTY_STREAM);
	assert_int_equal(stat.cbSize.QuadPart, 3);
	assert_int_equal(stat.grfMode & 3, STGM_READWRITE);
	assert_int_equal(stat.grfLocksSupported, 0);
	assert_memory_equal(&stat.clsid, &GUID_NULL, sizeof(GUID));
	assert_int_equal(stat.grfStateBits, 0);
	assert_int_equal(stat.reserved, 0);
}

TEST(stat_refuses_unknown_flags)
{
	STATSTG stat;

	(void)kind;
	memset(&stat, 0x5A, sizeof(stat));
	assert_int_equal(COBJ(stream, Stat, &stat, 4), STG_E_INVALIDFLAG);
	assert_null(stat.pwcsName);
	assert_int_equal(COBJ(stream, Stat, &stat, STATFLAG_NONAME | STATFLAG_NOOPEN),
			 S_OK);
}

TEST(nothing_is_transacted_or_locked)
{
	(void)kind;
	assert_int_equal(COBJ(stream, Commit, STGC_DEFAULT), S_OK);
	assert_int_equal(stream->lpVtbl->Revert(stream), S_OK);
	assert_int_equal(
		COBJ(stream, LockRegion, bytes_of(0), bytes_of(1), LOCK_EXCLUSIVE),
		STG_E_INVALIDFUNCTION);
	assert_int_equal(
		COBJ(stream, UnlockRegion, bytes_of(0), bytes_of(1), LOCK_EXCLUSIVE),
		STG_E_INVALIDFUNCTION);
}

TEST(a_clone_shares_bytes_and_has_its_own_position)
{
	IStream *clone = stream;

	put(stream, "abcdef", 6);
	seek_to(stream, 2);
	if (!kind->may_clone) {
		assert_int_equal(COBJ(stream, Clone, &clone), E_NOTIMPL);
		assert_null(clone);
		return;
	}
	assert_int_equal(COBJ(stream, Clone, &clone), S_OK);
	assert_int_equal(position_of(clone), 2);
	seek_to(clone, 5);
	assert_int_equal(position_of(stream), 2);
	put(clone, "xyz", 3);
	assert_content(stream, "abcdexyz", 8);
	assert_int_equal(COBJ(stream, SetSize, bytes_of(1)), S_OK);
	assert_content(clone, "a", 1);
	assert_int_equal(RELEASE(clone), 0);
}

TEST(a_clone_outlives_its_model)
{
	IStream *clone;

	if (!kind->may_clone)
		return;
	put(stream, "abc", 3);
	assert_int_equal(COBJ(stream, Clone, &clone), S_OK);
	stream->lpVtbl->AddRef(clone);
	assert_int_equal(RELEASE(clone), 1);
	assert_content(clone, "abc", 3);
	assert_int_equal(RELEASE(clone), 0);
}

TEST(a_copy_moves_both_positions)
{
	IStream *to = SHCreateMemStream(NULL, 0);
	ULARGE_INTEGER read = {.QuadPart = 77};
	ULARGE_INTEGER written = {.QuadPart = 77};

	(void)kind;
	put(stream, "0123456789", 10);
	seek_to(stream, 3);
	assert_int_equal(COBJ(stream, CopyTo, to, bytes_of(4), &read, &written), S_OK);
	assert_int_equal(read.QuadPart, 4);
	assert_int_equal(written.QuadPart, 4);
	assert_int_equal(position_of(stream), 7);
	assert_int_equal(position_of(to), 4);
	assert_int_equal(COBJ(stream, CopyTo, to, bytes_of(UINT64_MAX), &read, &written),
			 S_OK);
	assert_int_equal(read.QuadPart, 3);
	assert_content(to, "3456789", 7);
	assert_int_equal(COBJ(stream, CopyTo, to, bytes_of(1), &read, &written), S_OK);
	assert_int_equal(read.QuadPart, 0);
	assert_int_equal(written.QuadPart, 0);
	RELEASE(to);
}

TEST(a_copy_of_many_pieces_is_whole)
{
	static char bytes[300000];
	static char got[sizeof(bytes) + 1];
	IStream *to = SHCreateMemStream(NULL, 0);
	ULARGE_INTEGER written;
	ULONG read;

	(void)kind;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	put(stream, bytes, sizeof(bytes));
	seek_to(stream, 0);
	assert_int_equal(COBJ(stream, CopyTo, to, bytes_of(UINT64_MAX), NULL, &written),
			 S_OK);
	assert_int_equal(written.QuadPart, sizeof(bytes));
	seek_to(to, 0);
	(void)COBJ(to, Read, got, sizeof(got), &read);
	assert_int_equal(read, sizeof(bytes));
	assert_memory_equal(got, bytes, sizeof(bytes));
	RELEASE(to);
}

TEST(a_copy_onto_itself_ends)
{
	ULARGE_INTEGER written;

	(void)kind;
	put(stream, "abc", 3);
	seek_to(stream, 0);
	assert_int_equal(
		COBJ(stream, CopyTo, stream, bytes_of(UINT64_MAX), NULL, &written), S_OK);
	assert_int_equal(written.QuadPart, 3);
	assert_content(stream, "abcabc", 6);
}

TEST(a_copy_onto_a_clone_takes_what_lay_before_the_end)
{
	ULARGE_INTEGER written;
	IStream *clone;

	if (!kind->may_clone)
		return;
	put(stream, "abcdef", 6);
	assert_int_equal(COBJ(stream, Clone, &clone), S_OK);
	seek_to(stream, 4);
	assert_int_equal(
		COBJ(stream, CopyTo, clone, bytes_of(UINT64_MAX), NULL, &written), S_OK);
	assert_int_equal(written.QuadPart, 2);
	assert_int_equal(RELEASE(clone), 0);
	assert_content(stream, "abcdefef", 8);
}

/* A stream that takes some bytes and then answers something. */
struct taker {
	IStream iface; /* Write alone is called */
	HRESULT hr;    /* what Write answers */
	ULONG takes;   /* how many bytes it takes */
};

static HRESULT taker_Write(IStream *iface, const void *pv, ULONG cb, ULONG *written)
{
	struct taker *taker = (struct taker *)iface;

	(void)pv;
	*written = cb < taker->takes ? cb : taker->takes;
	return taker->hr;
}

TEST(a_copy_tells_what_the_other_stream_refuses)
{
	static const struct {
		HRESULT hr;	/* what the other one answers */
		ULONG takes;	/* and takes */
		HRESULT answer; /* what CopyTo answers */
	} rows[] = {
		{S_OK, 100, S_OK},
		{S_FALSE, 100, S_OK},
		{S_OK, 2, STG_E_MEDIUMFULL},
		{E_ACCESSDENIED, 0, E_ACCESSDENIED},
		{STG_E_WRITEFAULT, 1, STG_E_WRITEFAULT},
	};
	static const IStreamVtbl vtbl = {.Write = taker_Write};

	(void)kind;
	put(stream, "abc", 3);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct taker taker = {{&vtbl}, rows[i].hr, rows[i].takes};
		ULARGE_INTEGER read;
		ULARGE_INTEGER written;

		seek_to(stream, 0);
		assert_int_equal(
			COBJ(stream, CopyTo, &taker.iface, bytes_of(3), &read, &written),
			rows[i].answer);
		assert_int_equal(read.QuadPart, 3);
		assert_int_equal(written.QuadPart, rows[i].takes < 3 ? rows[i].takes : 3);
	}
}

TEST(a_copy_without_memory_fails)
{
	ULARGE_INTEGER read = {.QuadPart = 77};

	(void)kind;
	put(stream, "abc", 3);
	seek_to(stream, 0);
	mem_fail_at(1);
	assert_int_equal(COBJ(stream, CopyTo, stream, bytes_of(3), &read, NULL),
			 E_OUTOFMEMORY);
	mem_fail_at(0);
	assert_int_equal(read.QuadPart, 0);
	assert_int_equal(position_of(stream), 0);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* A stream as it ought to be. */
struct model {
	char bytes[MODEL_SIZE]; /* its content */
	size_t size;		/* how much of it */
	size_t position;	/* where it is */
};

static void model_write(struct model *model, IStream *stream, uint32_t *seed)
{
	char bytes[64];
	size_t len = random_next(seed) % sizeof(bytes);

	if (model->position + len > MODEL_SIZE)
		return;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)random_next(seed);
	put(stream, bytes, len);
	if (len && model->position > model->size)
		memset(model->bytes + model->size, 0, model->position - model->size);
	memcpy(model->bytes + model->position, bytes, len);
	model->position += len;
	if (len && model->position > model->size)
		model->size = model->position;
}

static void model_read(struct model *model, IStream *stream, uint32_t *seed)
{
	char got[64];
	ULONG cap = random_next(seed) % sizeof(got);
	size_t left = model->position < model->size ? model->size - model->position : 0;
	ULONG read;

	assert_true(SUCCEEDED(COBJ(stream, Read, got, cap, &read)));
	assert_int_equal(read, left < cap ? left : cap);
	assert_memory_equal(got, model->bytes + model->position, read);
	model->position += read;
}

static void model_set_size(struct model *model, IStream *stream, uint32_t *seed)
{
	size_t size = random_next(seed) % MODEL_SIZE;

	assert_int_equal(COBJ(stream, SetSize, bytes_of(size)), S_OK);
	if (size > model->size)
		memset(model->bytes + model->size, 0, size - model->size);
	model->size = size;
}

TEST(many_random_calls_agree_with_a_model)
{
	static struct model model;
	uint32_t seed = 20261122;

	(void)kind;
	memset(&model, 0, sizeof(model));
	for (int i = 0; i < STEPS; i++) {
		uint32_t what = random_next(&seed) % 100;

		if (what < 40)
			model_write(&model, stream, &seed);
		else if (what < 80)
			model_read(&model, stream, &seed);
		else if (what < 98)
			seek_to(stream, (int64_t)(model.position = random_next(&seed) %
								   MODEL_SIZE));
		else
			model_set_size(&model, stream, &seed);
		assert_int_equal(position_of(stream), model.position);
		assert_int_equal(size_of(stream), model.size);
	}
	assert_content(stream, model.bytes, model.size);
}

static void *append(void *stream)
{
	for (int i = 0; i < ROUNDS; i++) {
		ULONG written = 0;

		(void)COBJ((IStream *)stream, Write, "12345678", 8, &written);
		if (written != 8)
			return stream;
	}
	return NULL;
}

TEST(threads_write_whole_pieces)
{
	static char got[THREADS * ROUNDS * 8];
	pthread_t threads[THREADS];
	void *failed = NULL;
	ULONG read;

	(void)kind;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append, stream), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	seek_to(stream, 0);
	assert_int_equal(COBJ(stream, Read, got, sizeof(got), &read), S_OK);
	for (size_t i = 0; i < sizeof(got); i += 8)
		assert_memory_equal(got + i, "12345678", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_four_interfaces_and_one_identity),
		cmocka_unit_test(null_pointers_are_refused),
		cmocka_unit_test(counts_may_be_null),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(fewer_bytes_than_asked_for_are_told_at_the_end),
		cmocka_unit_test(writing_nothing_changes_nothing),
		cmocka_unit_test(a_gap_is_filled_with_zero_bytes),
		cmocka_unit_test(every_origin_moves_the_position),
		cmocka_unit_test(a_write_past_the_furthest_position_is_refused),
		cmocka_unit_test(a_size_can_be_set),
		cmocka_unit_test(an_impossible_size_is_refused),
		cmocka_unit_test(stat_tells_type_size_and_mode),
		cmocka_unit_test(stat_refuses_unknown_flags),
		cmocka_unit_test(nothing_is_transacted_or_locked),
		cmocka_unit_test(a_clone_shares_bytes_and_has_its_own_position),
		cmocka_unit_test(a_clone_outlives_its_model),
		cmocka_unit_test(a_copy_moves_both_positions),
		cmocka_unit_test(a_copy_of_many_pieces_is_whole),
		cmocka_unit_test(a_copy_onto_itself_ends),
		cmocka_unit_test(a_copy_onto_a_clone_takes_what_lay_before_the_end),
		cmocka_unit_test(a_copy_tells_what_the_other_stream_refuses),
		cmocka_unit_test(a_copy_without_memory_fails),
		cmocka_unit_test(many_random_calls_agree_with_a_model),
		cmocka_unit_test(threads_write_whole_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
