/* SPDX-License-Identifier: MIT */
/*
 * A random access stream as programs write it with WRL: classes for the stream and for
 * its operation, which ends on a thread; and what the library makes, read with a
 * callback.
 */
#include "wrl_test.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <ixhr2/robuffer.h>
#include <ixhr2/shcore.h>
#include <ixhr2/shlwapi.h>
#include <ixhr2/windows.storage.streams.h>
#include <ixhr2/winstring.h>
#include <ixhr2/wrl.h>

using namespace ABI::Windows::Foundation;
using namespace ABI::Windows::Storage::Streams;
using namespace Microsoft::WRL;
using Windows::Storage::Streams::IBufferByteAccess;

#define USES_OBJECTS __attribute__((no_sanitize("vptr")))

typedef IAsyncOperationWithProgress<IBuffer *, UINT32> ReadOperation;
typedef IAsyncOperationWithProgressCompletedHandler<IBuffer *, UINT32> ReadHandler;
typedef IAsyncOperationProgressHandler<IBuffer *, UINT32> ReadProgress;

static_assert(std::is_same<__FIAsyncOperation_1_boolean, IAsyncOperation<bool>>::value,
	      "one type");
static_assert(std::is_base_of<IInspectable, IRandomAccessStream>::value, "inspectable");
static_assert(std::is_base_of<IUnknown, ReadHandler>::value, "a delegate");
static_assert(sizeof(AsyncStatus) == sizeof(int), "as on Windows");
static_assert(InputStreamOptions_ReadAhead == 2, "as on Windows");

static const char fox[] = "The quick brown fox jumps over the lazy dog.";

/* A read that ends when Finish is called. */
class Reading : public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix>, ReadOperation,
				    IAsyncInfo>
{
	InspectableClass(OLESTR("Test.Reading"), BaseTrust)

		std::mutex lock_;     /* guards what follows */
	AsyncStatus status_;	      /* how it stands */
	ComPtr<ReadHandler> handler_; /* who wants to know */
	ComPtr<IBuffer> buffer_;      /* the result */

      public:
	HRESULT RuntimeClassInitialize(IBuffer *buffer)
	{
		buffer_ = buffer;
		status_ = AsyncStatus::Started;
		return S_OK;
	}

	USES_OBJECTS void Finish()
	{
		ComPtr<ReadHandler> handler;
		{
			std::lock_guard<std::mutex> hold(lock_);
			status_ = AsyncStatus::Completed;
			handler = handler_;
		}
		if (handler)
			handler->Invoke(this, AsyncStatus::Completed);
	}

	STDMETHODIMP get_Id(UINT32 *id) override
	{
		*id = 1;
		return S_OK;
	}
	STDMETHODIMP get_Status(AsyncStatus *status) override
	{
		std::lock_guard<std::mutex> hold(lock_);
		*status = status_;
		return S_OK;
	}
	STDMETHODIMP get_ErrorCode(HRESULT *) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP Cancel() override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP Close() override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP put_Progress(ReadProgress *) override
	{
		return S_OK;
	}
	STDMETHODIMP get_Progress(ReadProgress **) override
	{
		return E_NOTIMPL;
	}
	USES_OBJECTS STDMETHODIMP put_Completed(ReadHandler *handler) override
	{
		bool is_late;
		{
			std::lock_guard<std::mutex> hold(lock_);
			handler_ = handler;
			is_late = status_ != AsyncStatus::Started;
		}
		return is_late ? handler->Invoke(this, status_) : S_OK;
	}
	STDMETHODIMP get_Completed(ReadHandler **handler) override
	{
		return handler_.CopyTo(handler);
	}
	STDMETHODIMP GetResults(IBuffer **results) override
	{
		return buffer_.CopyTo(results);
	}
};

/* A stream of one text, which reads on threads. */
class TextStream
	: public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix>, IRandomAccessStream,
			      IInputStream, IOutputStream, IClosable>
{
	InspectableClass(OLESTR("Test.TextStream"), BaseTrust)

		std::string text_;	   /* the text */
	UINT64 position_ = 0;		   /* where it stands */
	std::vector<std::thread> threads_; /* that end reads */

      public:
	HRESULT RuntimeClassInitialize(const char *text)
	{
		text_ = text;
		return S_OK;
	}
	~TextStream()
	{
		for (std::thread &thread : threads_)
			thread.join();
	}

	STDMETHODIMP get_Size(UINT64 *value) override
	{
		*value = text_.size();
		return S_OK;
	}
	STDMETHODIMP put_Size(UINT64) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP GetInputStreamAt(UINT64, IInputStream **) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP GetOutputStreamAt(UINT64, IOutputStream **) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP get_Position(UINT64 *value) override
	{
		*value = position_;
		return S_OK;
	}
	STDMETHODIMP Seek(UINT64 position) override
	{
		position_ = position;
		return S_OK;
	}
	STDMETHODIMP CloneStream(IRandomAccessStream **stream) override
	{
		return MakeAndInitialize<TextStream>(stream, text_.c_str());
	}
	STDMETHODIMP get_CanRead(::boolean *value) override
	{
		*value = true;
		return S_OK;
	}
	STDMETHODIMP get_CanWrite(::boolean *value) override
	{
		*value = false;
		return S_OK;
	}
	USES_OBJECTS STDMETHODIMP ReadAsync(IBuffer *buffer, UINT32 count,
					    InputStreamOptions,
					    ReadOperation **operation) override
	{
		UINT64 left = position_ < text_.size() ? text_.size() - position_ : 0;
		UINT32 length = count < left ? count : static_cast<UINT32>(left);
		ComPtr<IBufferByteAccess> access;
		ComPtr<Reading> reading;
		byte *bytes = nullptr;
		HRESULT hr = MakeAndInitialize<Reading>(&reading, buffer);

		if (SUCCEEDED(hr))
			hr = ComPtr<IBuffer>(buffer).As(&access);
		if (SUCCEEDED(hr))
			hr = access->Buffer(&bytes);
		if (FAILED(hr))
			return hr;
		std::memcpy(bytes, text_.data() + position_, length);
		position_ += length;
		buffer->put_Length(length);
		threads_.emplace_back([reading] { reading->Finish(); });
		return reading.CopyTo(operation);
	}
	STDMETHODIMP WriteAsync(IBuffer *,
				IAsyncOperationWithProgress<UINT32, UINT32> **) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP FlushAsync(IAsyncOperation<bool> **) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP Close() override
	{
		return S_OK;
	}
};

USES_OBJECTS static void a_stream_of_the_programs_is_read(void **)
{
	ComPtr<IRandomAccessStream> source;
	ComPtr<IStream> stream;
	ComPtr<IStream> clone;
	char room[100];
	ULONG read = 77;

	assert_int_equal(MakeAndInitialize<TextStream>(&source, fox), S_OK);
	assert_int_equal(
		CreateStreamOverRandomAccessStream(source.Get(), IID_PPV_ARGS(&stream)),
		S_OK);
	for (std::size_t at = 0; at < sizeof(fox) - 1; at += read) {
		HRESULT hr = stream->Read(room, 7, &read);

		assert_true(hr == S_OK || hr == S_FALSE);
		assert_true(read > 0);
		assert_memory_equal(room, fox + at, read);
	}
	assert_int_equal(stream->Read(room, 7, &read), S_FALSE);
	assert_int_equal(read, 0);
	assert_int_equal(stream->Write(fox, 1, &read), STG_E_ACCESSDENIED);
	assert_int_equal(stream->Clone(&clone), S_OK);
	LARGE_INTEGER start = {};
	assert_int_equal(clone->Seek(start, STREAM_SEEK_SET, nullptr), S_OK);
	assert_int_equal(clone->Read(room, sizeof(fox), &read), S_FALSE);
	assert_int_equal(read, sizeof(fox) - 1);
	assert_memory_equal(room, fox, read);
}

/* What an operation of the library has read. */
USES_OBJECTS static HRESULT take(ReadOperation *operation, std::string *text)
{
	ComPtr<IBuffer> result;
	ComPtr<IBufferByteAccess> access;
	UINT32 length = 0;
	byte *bytes = nullptr;
	HRESULT hr = operation->GetResults(&result);

	if (SUCCEEDED(hr))
		hr = result.As(&access);
	if (SUCCEEDED(hr))
		hr = access->Buffer(&bytes);
	if (SUCCEEDED(hr))
		hr = result->get_Length(&length);
	if (SUCCEEDED(hr))
		text->assign(reinterpret_cast<char *>(bytes), length);
	return hr;
}

/* Reads up to count bytes of what the library made, as programs do. */
USES_OBJECTS static std::string read_text(IInputStream *input, IBuffer *buffer,
					  UINT32 count)
{
	ComPtr<ReadOperation> operation;
	std::string text;

	assert_int_equal(
		input->ReadAsync(buffer, count, InputStreamOptions_None, &operation),
		S_OK);
	auto handler = Callback<ReadHandler>(
		[&text](ReadOperation *ended, AsyncStatus status) -> HRESULT {
			return status == Completed ? take(ended, &text) : E_FAIL;
		});
	assert_int_equal(operation->put_Completed(handler.Get()), S_OK);
	return text;
}

/* A buffer of the program's. */
class TextBuffer : public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix>, IBuffer,
				       IBufferByteAccess>
{
	InspectableClass(OLESTR("Test.TextBuffer"), BaseTrust)

		std::vector<byte> bytes_; /* the bytes */
	UINT32 length_ = 0;		  /* how many count */

      public:
	HRESULT RuntimeClassInitialize(UINT32 capacity)
	{
		bytes_.resize(capacity);
		return S_OK;
	}
	STDMETHODIMP get_Capacity(UINT32 *value) override
	{
		*value = static_cast<UINT32>(bytes_.size());
		return S_OK;
	}
	STDMETHODIMP get_Length(UINT32 *value) override
	{
		*value = length_;
		return S_OK;
	}
	STDMETHODIMP put_Length(UINT32 value) override
	{
		length_ = value;
		return S_OK;
	}
	STDMETHODIMP Buffer(byte **value) override
	{
		*value = bytes_.data();
		return S_OK;
	}
};

USES_OBJECTS static void a_stream_of_the_librarys_is_read_with_a_callback(void **)
{
	ComPtr<IStream> memory;
	ComPtr<IRandomAccessStream> random;
	ComPtr<IInputStream> input;
	ComPtr<IClosable> closable;
	ComPtr<IBuffer> buffer;
	HSTRING name = nullptr;
	UINT64 position = 77;

	memory.Attach(
		SHCreateMemStream(reinterpret_cast<const BYTE *>(fox), sizeof(fox) - 1));
	assert_int_equal(CreateRandomAccessStreamOverStream(memory.Get(), BSOS_DEFAULT,
							    IID_PPV_ARGS(&random)),
			 S_OK);
	assert_int_equal(random.As(&input), S_OK);
	assert_int_equal(MakeAndInitialize<TextBuffer>(&buffer, 10u), S_OK);
	assert_true(read_text(input.Get(), buffer.Get(), 10) == "The quick ");
	assert_true(read_text(input.Get(), buffer.Get(), 5) == "brown");
	assert_int_equal(random->get_Position(&position), S_OK);
	assert_int_equal(position, 15);
	assert_int_equal(random->GetRuntimeClassName(&name), S_OK);
	assert_true(std::basic_string<WCHAR>(WindowsGetStringRawBuffer(name, nullptr)) ==
		    OLESTR("Windows.Storage.Streams.RandomAccessStreamOverStream"));
	assert_int_equal(WindowsDeleteString(name), S_OK);
	assert_int_equal(random.As(&closable), S_OK);
	assert_int_equal(closable->Close(), S_OK);
	assert_int_equal(random->get_Position(&position), RO_E_CLOSED);
}

static void identities_are_those_of_windows(void **)
{
	assert_true(__uuidof(IRandomAccessStream) == IID_IRandomAccessStream);
	assert_true(
		__uuidof(ReadOperation) ==
		IID___FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32);
	assert_true(__uuidof(ReadHandler) !=
		    IID___FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32);
	assert_true(__uuidof(IAsyncInfo) == IID_IAsyncInfo);
	assert_true(__uuidof(IBufferByteAccess) == IID_IBufferByteAccess);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_of_the_programs_is_read),
		cmocka_unit_test(a_stream_of_the_librarys_is_read_with_a_callback),
		cmocka_unit_test(identities_are_those_of_windows),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
