// SPDX-License-Identifier: MIT
//
// A program written for Windows, outside: a callback of WRL sets an event when a request
// to a port where nobody listens has failed.

#include <windows.h>

#include <msxml6.h>
#include <wrl.h>
#include <wrl\client.h>
#include <wrl\wrappers\corewrappers.h>

using namespace Microsoft::WRL;

class Completion
	: public RuntimeClass<RuntimeClassFlags<ClassicCom>, IXMLHTTPRequest2Callback>
{
      public:
	HRESULT RuntimeClassInitialize()
	{
		done_ = CreateEventEx(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET,
				      EVENT_ALL_ACCESS);
		return done_ ? S_OK : HRESULT_FROM_WIN32(GetLastError());
	}
	~Completion()
	{
		CloseHandle(done_);
	}

	STDMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *)
	{
		return S_OK;
	}
	STDMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD, const WCHAR *)
	{
		return S_OK;
	}
	STDMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *)
	{
		return S_OK;
	}
	STDMETHODIMP OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *)
	{
		return SetEvent(done_) ? S_OK : E_FAIL;
	}
	STDMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT hr)
	{
		error_ = hr;
		return SetEvent(done_) ? S_OK : E_FAIL;
	}

	HRESULT Wait() const
	{
		return WaitForSingleObject(done_, 30000) == WAIT_OBJECT_0 ? error_
									  : E_PENDING;
	}

      private:
	HANDLE done_ = nullptr;
	HRESULT error_ = S_OK;
};

int main()
{
	ComPtr<IXMLHTTPRequest2> xhr;
	ComPtr<Completion> callback;
	HRESULT hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);

	if (SUCCEEDED(hr))
		hr = MakeAndInitialize<Completion>(&callback);
	if (SUCCEEDED(hr))
		hr = CoCreateInstance(__uuidof(FreeThreadedXMLHTTP60), nullptr,
				      CLSCTX_INPROC_SERVER, IID_PPV_ARGS(&xhr));
	if (SUCCEEDED(hr))
		hr = xhr->Open(L"GET", L"http://127.0.0.1:1/", callback.Get(), nullptr,
			       nullptr, nullptr, nullptr);
	if (SUCCEEDED(hr))
		hr = xhr->Send(nullptr, 0);
	if (FAILED(hr))
		return 1;
	hr = callback->Wait();
	CoUninitialize();
	return hr == INET_E_CANNOT_CONNECT ? 0 : 2;
}
