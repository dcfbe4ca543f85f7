/* SPDX-License-Identifier: MIT */
/* Random access streams over IStreams and files, with their buffers and operations. */
#include "lib/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/shcore.h"
#include "ixhr2/shlwapi.h"
#include "ixhr2/winstring.h"
#include "win/buffer.h"

#define CALL(stream, method, ...) ((stream)->lpVtbl->method((stream), __VA_ARGS__))
#define RELEASE(stream)		  ((stream)->lpVtbl->Release(stream))

#define FOX	"The quick brown fox jumps over the lazy dog."
#define FOX_LEN (sizeof(FOX) - 1)

#define THREADS 4
#define ROUNDS	500

/* An interface of an object, the object's reference with it. */
static void *interface_of(void *object, REFIID iid)
{
	IUnknown *unknown = object;
	void *found = NULL;

	assert_int_equal(CALL(unknown, QueryInterface, iid, &found), S_OK);
	assert_non_null(found);
	return found;
}

static IRandomAccessStream *over(IStream *stream)
{
	IRandomAccessStream *random = NULL;

	assert_int_equal(CreateRandomAccessStreamOverStream(stream, BSOS_DEFAULT,
							    &IID_IRandomAccessStream,
							    (void **)&random),
			 S_OK);
	RELEASE(stream);
	return random;
}

static IRandomAccessStream *fox(void)
{
	return over(SHCreateMemStream((const BYTE *)FOX, FOX_LEN));
}

static int nothing_is_left(void **state)
{
	(void)state;
	mem_fail_at(0);
	return mem_live_blocks() == 0 ? 0 : -1;
}

static IBuffer *make_buffer(UINT32 capacity)
{
	IBuffer *buffer = NULL;

	assert_int_equal(buffer_new(capacity, &buffer), S_OK);
	return buffer;
}

static IBuffer *buffer_with(const char *text)
{
	IBuffer *buffer = make_buffer((UINT32)strlen(text));
	byte *bytes = NULL;

	assert_int_equal(buffer_bytes(buffer, &bytes), S_OK);
	memcpy(bytes, text, strlen(text));
	assert_int_equal(CALL(buffer, put_Length, (UINT32)strlen(text)), S_OK);
	return buffer;
}

/* How an operation stands. */
static AsyncStatus status_of(void *operation, HRESULT *error)
{
	IAsyncInfo *info = interface_of(operation, &IID_IAsyncInfo);
	AsyncStatus status = Started;

	assert_int_equal(CALL(info, get_Status, &status), S_OK);
	assert_int_equal(CALL(info, get_ErrorCode, error), S_OK);
	RELEASE(info);
	return status;
}

/* Reads; fails unless the text comes. */
static void assert_reads(IInputStream *input, UINT32 count, const char *text)
{
	IBuffer *buffer = make_buffer(count);
	IBuffer *result = NULL;
	IBufferOperation *operation = NULL;
	HRESULT error = E_FAIL;
	UINT32 length = 77;
	byte *bytes = NULL;

	assert_int_equal(CALL(input, ReadAsync, buffer, count, InputStreamOptions_None,
			      &operation),
			 S_OK);
	assert_int_equal(status_of(operation, &error), Completed);
	assert_int_equal(error, S_OK);
	assert_int_equal(CALL(operation, GetResults, &result), S_OK);
	assert_ptr_equal(result, buffer);
	assert_int_equal(CALL(result, get_Length, &length), S_OK);
	assert_int_equal(buffer_bytes(result, &bytes), S_OK);
	assert_span(span_of((const char *)bytes, length), span_str(text));
	RELEASE(result);
	RELEASE(operation);
	RELEASE(buffer);
}

/* Writes; what the operation ended with. */
static HRESULT write_text(IOutputStream *output, const char *text)
{
	IBuffer *buffer = buffer_with(text);
	ICountOperation *operation = NULL;
	HRESULT error = E_FAIL;
	UINT32 count = 77;

	assert_int_equal(CALL(output, WriteAsync, buffer, &operation), S_OK);
	RELEASE(buffer);
	(void)status_of(operation, &error);
	assert_int_equal(CALL(operation, GetResults, &count), error);
	assert_int_equal(count, SUCCEEDED(error) ? strlen(text) : 0);
	RELEASE(operation);
	return error;
}

static void every_interface_has_one_identity(void **state)
{
	static const IID *const iids[] = {&IID_IInspectable,	    &IID_IAgileObject,
					  &IID_IRandomAccessStream, &IID_IInputStream,
					  &IID_IOutputStream,	    &IID_IClosable};
	IRandomAccessStream *random = fox();
	IUnknown *identity = interface_of(random, &IID_IUnknown);
	void *out = &out;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(iids); i++) {
		IInspectable *face = interface_of(random, iids[i]);
		IUnknown *same = interface_of(face, &IID_IUnknown);

		assert_ptr_equal(same, identity);
		RELEASE(same);
		assert_int_equal(RELEASE(face), 2);
	}
	assert_int_equal(CALL(random, QueryInterface, &IID_IStream, &out), E_NOINTERFACE);
	assert_null(out);
	RELEASE(identity);
	assert_int_equal(RELEASE(random), 0);
}

static void an_object_says_what_it_is(void **state)
{
	static const char name[] = "Windows.Storage.Streams.RandomAccessStreamOverStream";
	IRandomAccessStream *random = fox();
	TrustLevel trust = FullTrust;
	HSTRING string = NULL;
	ULONG count = 77;
	IID *iids = NULL;

	(void)state;
	assert_int_equal(CALL(random, GetRuntimeClassName, &string), S_OK);
	assert_int_equal(WindowsGetStringLen(string), sizeof(name) - 1);
	for (size_t i = 0; i < sizeof(name); i++)
		assert_int_equal(WindowsGetStringRawBuffer(string, NULL)[i], name[i]);
	WindowsDeleteString(string);
	assert_int_equal(CALL(random, GetTrustLevel, &trust), S_OK);
	assert_int_equal(trust, BaseTrust);
	assert_int_equal(CALL(random, GetIids, &count, &iids), S_OK);
	assert_int_equal(count, 4);
	for (ULONG i = 0; i < count; i++) {
		IUnknown *found = interface_of(random, &iids[i]);

		RELEASE(found);
	}
	CoTaskMemFree(iids);
	assert_int_equal(CALL(random, GetIids, NULL, &iids), E_POINTER);
	assert_int_equal(CALL(random, GetRuntimeClassName, NULL), E_POINTER);
	assert_int_equal(CALL(random, GetTrustLevel, NULL), E_POINTER);
	RELEASE(random);
}

static void reading_and_writing_share_a_position(void **state)
{
	IRandomAccessStream *random = fox();
	IInputStream *input = interface_of(random, &IID_IInputStream);
	IOutputStream *output = interface_of(random, &IID_IOutputStream);
	UINT64 value = 77;

	(void)state;
	assert_reads(input, 4, "The ");
	assert_int_equal(write_text(output, "QUICK"), S_OK);
	assert_reads(input, 6, " brown");
	assert_int_equal(CALL(random, get_Position, &value), S_OK);
	assert_int_equal(value, 15);
	assert_int_equal(CALL(random, Seek, FOX_LEN - 4), S_OK);
	assert_reads(input, 100, "dog.");
	assert_reads(input, 100, "");
	assert_reads(input, 0, "");
	assert_int_equal(write_text(output, " More"), S_OK);
	assert_int_equal(CALL(random, get_Size, &value), S_OK);
	assert_int_equal(value, FOX_LEN + 5);
	assert_int_equal(CALL(random, put_Size, 9), S_OK);
	assert_int_equal(CALL(random, Seek, 0), S_OK);
	assert_reads(input, 100, "The QUICK");
	assert_int_equal(CALL(random, Seek, (UINT64)1 << 63), E_INVALIDARG);
	RELEASE(output);
	RELEASE(input);
	assert_int_equal(RELEASE(random), 0);
}

static void streams_at_a_position_and_clones_go_their_own_way(void **state)
{
	IRandomAccessStream *random = fox();
	IRandomAccessStream *clone = NULL;
	IInputStream *first = NULL;
	IInputStream *second = NULL;
	IInputStream *none = (IInputStream *)state;
	IOutputStream *output = NULL;
	void *out = NULL;
	UINT64 value = 77;

	assert_int_equal(CALL(random, Seek, 3), S_OK);
	assert_int_equal(CALL(random, GetInputStreamAt, 4, &first), S_OK);
	assert_int_equal(CALL(random, GetOutputStreamAt, 10, &output), S_OK);
	assert_int_equal(CALL(random, CloneStream, &clone), S_OK);
	second = interface_of(clone, &IID_IInputStream);
	assert_int_equal(CALL(first, QueryInterface, &IID_IRandomAccessStream, &out),
			 E_NOINTERFACE);
	assert_int_equal(CALL(output, QueryInterface, &IID_IInputStream, &out),
			 E_NOINTERFACE);
	assert_reads(first, 5, "quick");
	assert_int_equal(write_text(output, "green"), S_OK);
	assert_reads(second, 3, "The");
	assert_reads(first, 6, " green");
	assert_int_equal(CALL(random, get_Position, &value), S_OK);
	assert_int_equal(value, 3);
	assert_int_equal(CALL(random, GetInputStreamAt, UINT64_MAX, &none), E_INVALIDARG);
	assert_null(none);
	RELEASE(first);
	RELEASE(output);
	RELEASE(second);
	RELEASE(clone);
	assert_int_equal(RELEASE(random), 0);
}

static void what_the_mode_forbids_is_denied(void **state)
{
	char path[] = "/tmp/ixhr2-test-XXXXXX";
	int fd = mkstemp(path);
	IRandomAccessStream *random;
	IOutputStream *output = (IOutputStream *)state;
	IInputStream *input = NULL;
	IBufferOperation *operation = NULL;
	ICountOperation *counting = NULL;
	IBuffer *buffer = make_buffer(4);
	IStream *stream = NULL;
	boolean may = 7;

	close(fd);
	assert_int_equal(SHCreateStreamOnFileA(path, STGM_READ, &stream), S_OK);
	random = over(stream);
	assert_int_equal(CALL(random, get_CanRead, &may), S_OK);
	assert_int_equal(may, 1);
	assert_int_equal(CALL(random, get_CanWrite, &may), S_OK);
	assert_int_equal(may, 0);
	assert_int_equal(CALL(random, GetOutputStreamAt, 0, &output), E_ACCESSDENIED);
	assert_null(output);
	assert_int_equal(CALL(random, put_Size, 1), E_ACCESSDENIED);
	output = interface_of(random, &IID_IOutputStream);
	assert_int_equal(CALL(output, WriteAsync, buffer, &counting), E_ACCESSDENIED);
	assert_null(counting);
	RELEASE(output);
	RELEASE(random);

	assert_int_equal(SHCreateStreamOnFileA(path, STGM_WRITE, &stream), S_OK);
	random = over(stream);
	assert_int_equal(CALL(random, GetInputStreamAt, 0, &input), E_ACCESSDENIED);
	input = interface_of(random, &IID_IInputStream);
	assert_int_equal(
		CALL(input, ReadAsync, buffer, 4, InputStreamOptions_None, &operation),
		E_ACCESSDENIED);
	RELEASE(input);
	RELEASE(random);
	RELEASE(buffer);
	unlink(path);
}

static void wrong_arguments_are_refused(void **state)
{
	IRandomAccessStream *random = fox();
	IInputStream *input = interface_of(random, &IID_IInputStream);
	IOutputStream *output = interface_of(random, &IID_IOutputStream);
	IBufferOperation *operation = NULL;
	ICountOperation *counting = NULL;
	IBuffer *buffer = make_buffer(4);
	void *out = &out;

	(void)state;
	assert_int_equal(CALL(input, ReadAsync, NULL, 4, 0, &operation), E_INVALIDARG);
	assert_int_equal(CALL(input, ReadAsync, buffer, 5, 0, &operation), E_INVALIDARG);
	assert_int_equal(CALL(input, ReadAsync, buffer, 4, 0, NULL), E_POINTER);
	assert_int_equal(CALL(output, WriteAsync, NULL, &counting), E_INVALIDARG);
	assert_int_equal(CALL(output, WriteAsync, buffer, NULL), E_POINTER);
	assert_int_equal(CALL(output, FlushAsync, NULL), E_POINTER);
	assert_int_equal(CALL(random, get_Size, NULL), E_POINTER);
	assert_int_equal(CALL(random, get_Position, NULL), E_POINTER);
	assert_int_equal(CALL(random, get_CanRead, NULL), E_POINTER);
	assert_int_equal(CALL(random, get_CanWrite, NULL), E_POINTER);
	assert_int_equal(CALL(random, CloneStream, NULL), E_POINTER);
	assert_int_equal(CALL(random, GetInputStreamAt, 0, NULL), E_POINTER);
	assert_int_equal(CALL(random, GetOutputStreamAt, 0, NULL), E_POINTER);
	assert_int_equal(CALL(buffer, put_Length, 5), E_INVALIDARG);
	assert_int_equal(CALL(buffer, get_Length, NULL), E_POINTER);
	assert_int_equal(CALL(buffer, get_Capacity, NULL), E_POINTER);
	assert_int_equal(ixhr2_create_random_access_stream_over_stream(
				 NULL, 0, &IID_IUnknown, &out),
			 E_INVALIDARG);
	assert_null(out);
	assert_int_equal(ixhr2_create_random_access_stream_over_stream(
				 (IStream *)random, 2, &IID_IUnknown, &out),
			 E_INVALIDARG);
	assert_int_equal(ixhr2_create_random_access_stream_over_stream(
				 (IStream *)random, 0, &IID_IUnknown, NULL),
			 E_POINTER);
	RELEASE(buffer);
	RELEASE(output);
	RELEASE(input);
	RELEASE(random);
}

static void after_close_everything_is_closed(void **state)
{
	IRandomAccessStream *random = fox();
	IRandomAccessStream *clone = NULL;
	IInputStream *input = interface_of(random, &IID_IInputStream);
	IClosable *closable = interface_of(random, &IID_IClosable);
	IInputStream *at = NULL;
	IInputStream *other;
	IBufferOperation *operation = NULL;
	IBuffer *buffer = make_buffer(4);
	UINT64 value = 77;
	boolean may = 7;

	(void)state;
	assert_int_equal(CALL(random, CloneStream, &clone), S_OK);
	assert_int_equal(closable->lpVtbl->Close(closable), S_OK);
	assert_int_equal(closable->lpVtbl->Close(closable), S_OK);
	assert_int_equal(CALL(random, get_Size, &value), RO_E_CLOSED);
	assert_int_equal(CALL(random, get_Position, &value), RO_E_CLOSED);
	assert_int_equal(CALL(random, Seek, 0), RO_E_CLOSED);
	assert_int_equal(CALL(random, put_Size, 0), RO_E_CLOSED);
	assert_int_equal(CALL(random, get_CanRead, &may), RO_E_CLOSED);
	assert_int_equal(CALL(random, get_CanWrite, &may), RO_E_CLOSED);
	assert_int_equal(CALL(random, GetInputStreamAt, 0, &at), RO_E_CLOSED);
	assert_int_equal(CALL(input, ReadAsync, buffer, 4, 0, &operation), RO_E_CLOSED);
	other = interface_of(clone, &IID_IInputStream);
	assert_reads(other, 3, "The");
	RELEASE(other);
	RELEASE(clone);
	RELEASE(buffer);
	RELEASE(closable);
	RELEASE(input);
	assert_int_equal(RELEASE(random), 0);
}

static void files_are_opened_for_reading_or_both(void **state)
{
	char folder[] = "/tmp/ixhr2-test-XXXXXX";
	char path[100];
	WCHAR wide[100];
	IRandomAccessStream *random = NULL;
	IOutputStream *output;
	IInputStream *input;
	void *out = &out;
	size_t i = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	do
		wide[i] = (WCHAR)path[i];
	while (path[i++]);
	assert_int_equal(
		CreateRandomAccessStreamOnFile(wide, 0, &IID_IRandomAccessStream, &out),
		STG_E_FILENOTFOUND);
	assert_null(out);
	assert_int_equal(
		CreateRandomAccessStreamOnFile(wide, 2, &IID_IRandomAccessStream, &out),
		E_INVALIDARG);
	assert_int_equal(
		CreateRandomAccessStreamOnFile(NULL, 0, &IID_IRandomAccessStream, &out),
		E_INVALIDARG);
	assert_int_equal(
		CreateRandomAccessStreamOnFile(wide, 0, &IID_IRandomAccessStream, NULL),
		E_POINTER);
	assert_int_equal(CreateRandomAccessStreamOnFile(wide, 1, &IID_IRandomAccessStream,
							(void **)&random),
			 S_OK);
	output = interface_of(random, &IID_IOutputStream);
	assert_int_equal(write_text(output, FOX), S_OK);
	RELEASE(output);
	RELEASE(random);
	for (DWORD mode = 0; mode < 2; mode++) {
		assert_int_equal(ixhr2_create_random_access_stream_on_file(
					 1, path, mode, &IID_IRandomAccessStream,
					 (void **)&random),
				 S_OK);
		input = interface_of(random, &IID_IInputStream);
		assert_reads(input, 100, FOX);
		RELEASE(input);
		RELEASE(random);
	}
	assert_int_equal(
		ixhr2_create_random_access_stream_on_file(1, path, 0, &IID_IStream, &out),
		E_NOINTERFACE);
	unlink(path);
	rmdir(folder);
}

static void there_and_back_is_a_stream_again(void **state)
{
	IRandomAccessStream *random = fox();
	IStream *stream = NULL;
	char room[100];
	ULONG read = 77;

	(void)state;
	assert_int_equal(CreateStreamOverRandomAccessStream(
				 (IUnknown *)random, &IID_IStream, (void **)&stream),
			 S_OK);
	RELEASE(random);
	assert_int_equal(CALL(stream, Read, room, sizeof(room), &read), S_FALSE);
	assert_span(span_of(room, read), span_str(FOX));
	assert_int_equal(CALL(stream, Write, "!", 1, NULL), S_OK);
	assert_int_equal(CALL(stream, Commit, 0), S_OK);
	assert_int_equal(RELEASE(stream), 0);
}

struct racer {
	IRandomAccessStream *random; /* shared by all */
	IInputStream *input;	     /* its own */
};

static void *race(void *owner)
{
	struct racer *racer = owner;
	IBuffer *buffer = NULL;

	if (FAILED(buffer_new(8, &buffer)))
		return "no buffer";
	for (int i = 0; i < ROUNDS; i++) {
		IBufferOperation *operation = NULL;
		IRandomAccessStream *clone = NULL;
		UINT64 value;

		(void)CALL(racer->random, Seek, (UINT64)(i % 40));
		if (SUCCEEDED(CALL(racer->input, ReadAsync, buffer, 8, 0, &operation)))
			RELEASE(operation);
		(void)CALL(racer->random, get_Position, &value);
		if (SUCCEEDED(CALL(racer->random, CloneStream, &clone)))
			RELEASE(clone);
	}
	RELEASE(buffer);
	return NULL;
}

static void it_may_be_closed_while_others_read(void **state)
{
	IRandomAccessStream *random = fox();
	IInputStream *input = interface_of(random, &IID_IInputStream);
	IClosable *closable = interface_of(random, &IID_IClosable);
	struct racer racer = {random, input};
	pthread_t threads[THREADS];
	void *failure;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, race, &racer);
	usleep(1000);
	assert_int_equal(closable->lpVtbl->Close(closable), S_OK);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failure);
		assert_null(failure);
	}
	RELEASE(closable);
	RELEASE(input);
	assert_int_equal(RELEASE(random), 0);
}

/* Makes one of each; the first failure. */
static HRESULT make_all(IRandomAccessStream *random, IBuffer *buffer)
{
	IInputStream *input = interface_of(random, &IID_IInputStream);
	IOutputStream *output = interface_of(random, &IID_IOutputStream);
	IRandomAccessStream *clone = NULL;
	IBufferOperation *reading = NULL;
	ICountOperation *writing = NULL;
	IFlagOperation *flushing = NULL;
	HSTRING name = NULL;
	HRESULT hr = CALL(random, CloneStream, &clone);

	if (SUCCEEDED(hr))
		hr = CALL(random, GetRuntimeClassName, &name);
	if (SUCCEEDED(hr))
		hr = CALL(input, ReadAsync, buffer, 4, 0, &reading);
	if (SUCCEEDED(hr))
		hr = CALL(output, WriteAsync, buffer, &writing);
	if (SUCCEEDED(hr))
		hr = CALL(output, FlushAsync, &flushing);
	WindowsDeleteString(name);
	if (clone)
		RELEASE(clone);
	if (reading)
		RELEASE(reading);
	if (writing)
		RELEASE(writing);
	if (flushing)
		RELEASE(flushing);
	RELEASE(output);
	RELEASE(input);
	return hr;
}

static void memory_may_run_out_anywhere(void **state)
{
	HRESULT hr = E_OUTOFMEMORY;

	(void)state;
	for (unsigned long n = 1; FAILED(hr); n++) {
		IStream *stream = SHCreateMemStream((const BYTE *)FOX, FOX_LEN);
		IBuffer *buffer = make_buffer(4);
		IRandomAccessStream *random = NULL;
		UINT64 position = 0;

		mem_fail_at(n);
		hr = CreateRandomAccessStreamOverStream(
			stream, BSOS_DEFAULT, &IID_IRandomAccessStream, (void **)&random);
		if (SUCCEEDED(hr))
			hr = make_all(random, buffer);
		mem_fail_at(0);
		if (FAILED(hr) && random) {
			assert_int_equal(CALL(random, get_Position, &position), S_OK);
			assert_true(position == 0 || position == 4 || position == 8);
		}
		if (random)
			RELEASE(random);
		RELEASE(buffer);
		RELEASE(stream);
		assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
		assert_int_equal(mem_live_blocks(), 0);
		assert_true(n < 100);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, nothing_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_interface_has_one_identity),
		TEST(an_object_says_what_it_is),
		TEST(reading_and_writing_share_a_position),
		TEST(streams_at_a_position_and_clones_go_their_own_way),
		TEST(what_the_mode_forbids_is_denied),
		TEST(wrong_arguments_are_refused),
		TEST(after_close_everything_is_closed),
		TEST(files_are_opened_for_reading_or_both),
		TEST(there_and_back_is_a_stream_again),
		TEST(it_may_be_closed_while_others_read),
		TEST(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
