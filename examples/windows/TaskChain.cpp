// SPDX-License-Identifier: MIT
//
// TaskChain URL
//
// Gets a text whose lines are URLs, then all of these at once, and tells how many bytes
// they are. Requests are tasks that go on with what comes next, as with the Parallel
// Patterns Library: Task stands for a std::future, Then for what is done with its value,
// and an error anywhere in the chain comes out at its end, as a _com_error.

#include <Windows.h>
#include <comdef.h>
#include <tchar.h>

#include <future>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <Msxml6.h>
#include <wrl.h>

using namespace Microsoft::WRL;

typedef std::basic_string<WCHAR> WideString;

inline void CheckHResult(HRESULT hr)
{
    if (FAILED(hr))
    {
        throw _com_error(hr);
    }
}

template <typename T> class Task;

// A task of a task is a task.
template <typename T> struct Unwrapped
{
    typedef T type;
    static T Of(T &&value)
    {
        return std::move(value);
    }
};

template <typename T> struct Unwrapped<Task<T>>
{
    typedef T type;
    static T Of(Task<T> &&task)
    {
        return task.Get();
    }
};

template <typename T> class Task
{
  public:
    explicit Task(std::future<T> &&future) : m_future(std::move(future)) {}

    // Waits for the value.
    T Get()
    {
        return m_future.get();
    }

    // What begins when the value is there; this task is empty from now on.
    template <typename F>
    auto Then(F function) -> Task<typename Unwrapped<decltype(function(std::declval<T>()))>::type>
    {
        typedef Unwrapped<decltype(function(std::declval<T>()))> Next;
        auto run = [](std::future<T> before, F f) ->
            typename Next::type { return Next::Of(f(before.get())); };

        return Task<typename Next::type>(
            std::async(std::launch::async, run, std::move(m_future), std::move(function)));
    }

  private:
    std::future<T> m_future;
};

struct HttpResponse
{
    DWORD status;
    WideString reason;
    std::string body;
};

// Gathers a response, and keeps the promise of it.
class HttpCallback
    : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IXMLHTTPRequest2Callback, FtmBase>
{
  public:
    HRESULT RuntimeClassInitialize()
    {
        m_response.status = 0;
        return S_OK;
    }

    std::future<HttpResponse> Future()
    {
        return m_promise.get_future();
    }

    IFACEMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *) override
    {
        return S_OK;
    }

    IFACEMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD status,
                                      const WCHAR *reason) override
    {
        m_response.status = status;
        m_response.reason = reason;
        return S_OK;
    }

    IFACEMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *stream) override
    {
        return ReadAll(stream);
    }

    IFACEMETHODIMP OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *stream) override
    {
        HRESULT hr = ReadAll(stream);
        if (FAILED(hr))
        {
            return OnError(nullptr, hr);
        }
        m_promise.set_value(std::move(m_response));
        return S_OK;
    }

    IFACEMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT error) override
    {
        m_promise.set_exception(std::make_exception_ptr(_com_error(error)));
        return S_OK;
    }

  private:
    std::promise<HttpResponse> m_promise;
    HttpResponse m_response;

    // No exception leaves a callback.
    HRESULT ReadAll(ISequentialStream *stream)
    try
    {
        char piece[2048];
        ULONG read = 0;
        HRESULT hr;

        do
        {
            hr = stream->Read(piece, sizeof(piece), &read);
            m_response.body.append(piece, read);
        } while (SUCCEEDED(hr) && read != 0);
        return hr;
    }
    catch (const std::bad_alloc &)
    {
        return E_OUTOFMEMORY;
    }
};

class HttpClient
{
  public:
    Task<HttpResponse> GetAsync(const WideString &url)
    {
        ComPtr<IXMLHTTPRequest2> xhr;
        ComPtr<HttpCallback> callback;

        CheckHResult(CoCreateInstance(__uuidof(FreeThreadedXMLHTTP60), nullptr,
                                      CLSCTX_INPROC_SERVER, IID_PPV_ARGS(&xhr)));
        CheckHResult(MakeAndInitialize<HttpCallback>(&callback));
        CheckHResult(xhr->Open(OLESTR("GET"), url.c_str(), callback.Get(), nullptr, nullptr,
                               nullptr, nullptr));
        CheckHResult(xhr->SetProperty(XHR_PROP_ONDATA_THRESHOLD, 64 * 1024));

        // Nothing but the request itself holds the object and the callback from here on.
        Task<HttpResponse> task(callback->Future());
        CheckHResult(xhr->Send(nullptr, 0));
        return task;
    }
};

static WideString ToWide(const std::string &text)
{
    int cch = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(),
                                  static_cast<int>(text.size()), nullptr, 0);
    WideString wide(static_cast<size_t>(cch), 0);

    if (cch == 0)
    {
        CheckHResult(HRESULT_FROM_WIN32(GetLastError()));
    }
    MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), &wide[0], cch);
    return wide;
}

static std::string Body(HttpResponse response)
{
    if (response.status != 200)
    {
        CheckHResult(HTTP_E_STATUS_NOT_FOUND);
    }
    return std::move(response.body);
}

static std::vector<WideString> Lines(const std::string &text)
{
    std::vector<WideString> lines;

    for (size_t at = 0, end = 0; at < text.size(); at = end + 1)
    {
        end = text.find('\n', at);
        end = end == std::string::npos ? text.size() : end;
        if (end > at)
        {
            lines.push_back(ToWide(text.substr(at, end - at)));
        }
    }
    return lines;
}

// Gets all of them at the same time.
static Task<size_t> SizeOfAll(HttpClient &client, const std::vector<WideString> &urls)
{
    std::vector<Task<std::string>> tasks;
    auto sum = [](std::vector<Task<std::string>> all) {
        size_t bytes = 0;
        for (Task<std::string> &task : all)
        {
            bytes += task.Get().size();
        }
        return bytes;
    };

    for (const WideString &url : urls)
    {
        tasks.push_back(client.GetAsync(url).Then(Body));
    }
    return Task<size_t>(std::async(std::launch::async, sum, std::move(tasks)));
}

int _tmain(int argc, TCHAR *argv[])
{
    HttpClient client;

    if (argc != 2)
    {
        _tprintf(TEXT("TaskChain URL\n"));
        return 2;
    }
    try
    {
        size_t bytes = client.GetAsync(argv[1])
                           .Then(Body)
                           .Then(Lines)
                           .Then([&client](const std::vector<WideString> &urls) {
                               return SizeOfAll(client, urls);
                           })
                           .Get();

        _tprintf(TEXT("%Iu bytes\n"), bytes);
        return 0;
    }
    catch (const _com_error &error)
    {
        _tprintf(TEXT("failed: 0x%08X %s\n"), static_cast<unsigned>(error.Error()),
                 error.ErrorMessage());
        return 1;
    }
}
