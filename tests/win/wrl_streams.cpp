/* SPDX-License-Identifier: MIT */
/*
 * A random access stream of the Windows Runtime as programs write it with WRL: classes
 * with several inspectable interfaces, reads that end later on a thread of the program.
 * It is read through the IStream that shcore.h makes of it.
 */
#include "wrl_test.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ixhr2/robuffer.h>
#include <ixhr2/shcore.h>
#include <ixhr2/windows.storage.streams.h>
#include <ixhr2/wrl.h>

using namespace Microsoft::WRL;
using namespace ABI::Windows::Foundation;
using namespace ABI::Windows::Storage::Streams;

typedef IAsyncOperationWithProgress<IBuffer *, UINT32> IReading;
typedef IAsyncOperationWithProgressCompletedHandler<IBuffer *, UINT32> IReadingDone;
typedef IAsyncOperationProgressHandler<IBuffer *, UINT32> IReadingProgress;

/* Objects that are alive. */
static std::atomic<int> alive;

/* Bytes that belong to the program. */
class NativeBuffer
	: public RuntimeClass<RuntimeClassFlags<RuntimeClassType::WinRtClassicComMix>,
			      IBuffer, Windows::Storage::Streams::IBufferByteAccess>
{
      public:
	NativeBuffer()
	{
		alive++;
	}

	~NativeBuffer() override
	{
		alive--;
	}

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
		return value <= bytes_.size() ? S_OK : E_INVALIDARG;
	}

	STDMETHODIMP Buffer(byte **value) override
	{
		*value = bytes_.data();
		return S_OK;
	}

      private:
	std::vector<byte> bytes_; /* as many as the capacity */
	UINT32 length_ = 0;	  /* how many count */
};

/* A read into buffer, which ends when End is called. */
class Reading
	: public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix>, IReading, IAsyncInfo>
{
      public:
	explicit Reading(IBuffer *buffer) : buffer_(buffer)
	{
		alive++;
	}

	~Reading() override
	{
		alive--;
	}

	IXHR2_CALLS_OBJECTS void End(UINT32 length)
	{
		AsyncStatus status = SUCCEEDED(buffer_->put_Length(length))
					     ? AsyncStatus::Completed
					     : AsyncStatus::Error;
		ComPtr<IReadingDone> done;
		{
			std::lock_guard<std::mutex> hold(lock_);

			status_ = status;
			done = done_;
		}
		if (done)
			done->Invoke(this, status);
	}

	STDMETHODIMP put_Progress(IReadingProgress *) override
	{
		return S_OK;
	}

	STDMETHODIMP get_Progress(IReadingProgress **) override
	{
		return E_NOTIMPL;
	}

	IXHR2_CALLS_OBJECTS STDMETHODIMP put_Completed(IReadingDone *handler) override
	{
		AsyncStatus status;
		{
			std::lock_guard<std::mutex> hold(lock_);

			done_ = handler;
			status = status_;
		}
		return status == AsyncStatus::Started ? S_OK
						      : handler->Invoke(this, status);
	}

	STDMETHODIMP get_Completed(IReadingDone **handler) override
	{
		std::lock_guard<std::mutex> hold(lock_);

		return done_.CopyTo(handler);
	}

	STDMETHODIMP GetResults(IBuffer **results) override
	{
		return buffer_.CopyTo(results);
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

	STDMETHODIMP get_ErrorCode(HRESULT *code) override
	{
		*code = S_OK;
		return S_OK;
	}

	STDMETHODIMP Cancel() override
	{
		return S_OK;
	}

	STDMETHODIMP Close() override
	{
		return S_OK;
	}

      private:
	std::mutex lock_;			    /* for the next two */
	ComPtr<IReadingDone> done_;		    /* called at the end */
	AsyncStatus status_ = AsyncStatus::Started; /* or how it ended */
	ComPtr<IBuffer> buffer_;		    /* the result */
};

/* A text that is read on a thread of its own. */
class Source : public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix>,
				   IRandomAccessStream, IInputStream, IClosable>
{
      public:
	explicit Source(const std::string &text) : text_(text)
	{
		alive++;
	}

	~Source() override
	{
		for (std::thread &thread : threads_)
			thread.join();
		alive--;
	}

	IXHR2_CALLS_OBJECTS STDMETHODIMP ReadAsync(IBuffer *buffer, UINT32 count,
						   InputStreamOptions,
						   IReading **operation) override
	{
		ComPtr<Windows::Storage::Streams::IBufferByteAccess> access;
		ComPtr<IBuffer> target(buffer);
		ComPtr<Reading> reading = Make<Reading>(buffer);
		byte *bytes = nullptr;

		if (!reading || FAILED(target.As(&access)) ||
		    FAILED(access->Buffer(&bytes)))
			return E_FAIL;
		count = static_cast<UINT32>(
			std::min<UINT64>(count, text_.size() - position_));
		std::memcpy(bytes, text_.data() + position_, count);
		position_ += count;
		threads_.emplace_back([reading, count]() {
			std::this_thread::yield();
			reading->End(count);
		});
		return reading.CopyTo(operation);
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
		position_ = std::min<UINT64>(position, text_.size());
		return S_OK;
	}

	STDMETHODIMP CloneStream(IRandomAccessStream **) override
	{
		return E_NOTIMPL;
	}

	STDMETHODIMP get_CanRead(boolean *value) override
	{
		*value = 1;
		return S_OK;
	}

	STDMETHODIMP get_CanWrite(boolean *value) override
	{
		*value = 0;
		return S_OK;
	}

	STDMETHODIMP Close() override
	{
		return S_OK;
	}

      private:
	std::string text_;		   /* what is read */
	UINT64 position_ = 0;		   /* where the next read begins */
	std::vector<std::thread> threads_; /* of all reads */
};

static int leave_nothing(void **)
{
	assert_int_equal(alive.load(), 0);
	return 0;
}

/* Reads once; the text. */
IXHR2_CALLS_OBJECTS static std::string read(const ComPtr<IStream> &stream, ULONG bytes,
					    HRESULT expected)
{
	std::string got(bytes, ' ');
	ULONG count = 0;

	assert_int_equal(stream->Read(&got[0], bytes, &count), expected);
	got.resize(count);
	return got;
}

IXHR2_CALLS_OBJECTS static void rewind(const ComPtr<IStream> &stream)
{
	const LARGE_INTEGER start = {};

	assert_int_equal(stream->Seek(start, STREAM_SEEK_SET, nullptr), S_OK);
}

static void a_stream_of_a_program_is_read(void **)
{
	ComPtr<Source> source = Make<Source>("read on another thread");
	ComPtr<IRandomAccessStream> random;
	ComPtr<IStream> stream;

	assert_int_equal(source.As(&random), S_OK);
	assert_int_equal(
		CreateStreamOverRandomAccessStream(random.Get(), IID_PPV_ARGS(&stream)),
		S_OK);
	assert_true(read(stream, 4, S_OK) == "read");
	assert_true(read(stream, 100, S_FALSE) == " on another thread");
	assert_true(read(stream, 5, S_FALSE) == "");
	rewind(stream);
	assert_true(read(stream, 7, S_OK) == "read on");
}

static void a_function_is_told_that_a_read_has_ended(void **)
{
	ComPtr<Source> source = Make<Source>("hello");
	ComPtr<NativeBuffer> buffer;
	ComPtr<IReading> reading;
	ComPtr<IBuffer> result;
	std::atomic<int> calls(0);
	byte *bytes = nullptr;
	UINT32 length = 0;

	assert_int_equal(MakeAndInitialize<NativeBuffer>(&buffer, 16u), S_OK);
	assert_int_equal(
		source->ReadAsync(buffer.Get(), 16, InputStreamOptions_None, &reading),
		S_OK);
	assert_int_equal(
		reading->put_Completed(
			Callback<Implements<RuntimeClassFlags<ClassicCom>, IReadingDone,
					    FtmBase>>([&calls](IReading *,
							       AsyncStatus status)
							      -> HRESULT {
				calls += status == AsyncStatus::Completed;
				return S_OK;
			}).Get()),
		S_OK);
	source.Reset(); /* joins the thread */
	assert_int_equal(calls.load(), 1);
	assert_int_equal(reading->GetResults(&result), S_OK);
	assert_true(result == buffer);
	assert_int_equal(result->get_Length(&length), S_OK);
	assert_int_equal(buffer->Buffer(&bytes), S_OK);
	assert_int_equal(length, 5);
	assert_memory_equal(bytes, "hello", 5);
}

static void a_class_of_several_inspectable_interfaces_tells_all(void **)
{
	ComPtr<Source> source = Make<Source>("");
	ComPtr<IInspectable> inspectable, same;
	ComPtr<IClosable> closable;
	ComPtr<IAgileObject> agile;
	IID *iids = nullptr;
	ULONG count = 0;

	assert_int_equal(source.As(&closable), S_OK);
	assert_int_equal(closable.As(&inspectable), S_OK);
	assert_int_equal(source.As(&same), S_OK);
	assert_true(inspectable == same);
	assert_int_equal(closable.As(&agile), S_OK);
	assert_int_equal(inspectable->GetIids(&count, &iids), S_OK);
	assert_int_equal(count, 3);
	assert_true(iids[0] == __uuidof(IRandomAccessStream));
	assert_true(iids[1] == __uuidof(IInputStream));
	assert_true(iids[2] == __uuidof(IClosable));
	CoTaskMemFree(iids);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_stream_of_a_program_is_read, leave_nothing),
		cmocka_unit_test_teardown(a_function_is_told_that_a_read_has_ended,
					  leave_nothing),
		cmocka_unit_test_teardown(
			a_class_of_several_inspectable_interfaces_tells_all,
			leave_nothing),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
