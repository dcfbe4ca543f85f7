/* SPDX-License-Identifier: MIT */
/*
 * A request as programs that use WRL write it: a callback class with a private
 * constructor, made by MakeAndInitialize, and an event that its final callback sets.
 */
#include "wrl_test.h"

#include <atomic>
#include <cstdio>
#include <string>

extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wc99-extensions"
#endif
#include "lib/answerer.h"
#pragma GCC diagnostic pop

/* Of lib/origin.h, which is for C alone. */
unsigned origin_refusing_port(void);
}

#include <ixhr2/msxml6.h>
#include <ixhr2/shlwapi.h>
#include <ixhr2/windows.h>
#include <ixhr2/wrl.h>

using namespace Microsoft::WRL;
using namespace Microsoft::WRL::Details;

/* How long a request may take. */
static const DWORD wait_ms = 20000;

/* Callbacks that are alive. */
static std::atomic<int> alive;

class Answer : public Microsoft::WRL::RuntimeClass<RuntimeClassFlags<ClassicCom>,
						   IXMLHTTPRequest3Callback, FtmBase>
{
      private:
	HANDLE done;	      /* set by the final callback */
	DWORD status = 0;     /* of the response */
	std::string body;     /* of the response */
	HRESULT error = S_OK; /* of the request */

	Answer() : done(nullptr)
	{
		alive++;
	}

	~Answer() override
	{
		if (done)
			CloseHandle(done);
		alive--;
	}

	STDMETHODIMP RuntimeClassInitialize()
	{
		done = CreateEventEx(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET,
				     EVENT_ALL_ACCESS);
		return done ? S_OK : HRESULT_FROM_WIN32(GetLastError());
	}

	friend HRESULT
	Microsoft::WRL::Details::MakeAndInitialize<Answer, Answer>(Answer **);

      public:
	STDMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *) override
	{
		return S_OK;
	}

	STDMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD dwStatus,
					const WCHAR *) override
	{
		status = dwStatus;
		return S_OK;
	}

	STDMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *) override
	{
		return S_OK;
	}

	IXHR2_CALLS_OBJECTS STDMETHODIMP
	OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *stream) override
	{
		char bytes[7];
		ULONG count = 0;
		HRESULT hr;

		do {
			hr = stream->Read(bytes, sizeof(bytes), &count);
			body.append(bytes, count);
		} while (SUCCEEDED(hr) && count > 0);
		SetEvent(done);
		return S_OK;
	}

	STDMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT hr) override
	{
		error = hr;
		SetEvent(done);
		return S_OK;
	}

	STDMETHODIMP OnServerCertificateReceived(IXMLHTTPRequest3 *, DWORD, DWORD,
						 const XHR_CERT *) override
	{
		return E_NOTIMPL;
	}

	STDMETHODIMP OnClientCertificateRequested(IXMLHTTPRequest3 *, DWORD,
						  const WCHAR **) override
	{
		return E_NOTIMPL;
	}

	/* Waits for the end. */
	HRESULT Wait(DWORD *out_status, std::string *out_body)
	{
		if (WaitForSingleObjectEx(done, wait_ms, FALSE) != WAIT_OBJECT_0)
			return E_PENDING;
		*out_status = status;
		*out_body = body;
		return error;
	}
};

/* Runs a request; what came of it. */
IXHR2_CALLS_OBJECTS static HRESULT fetch(const char *url, const char *upload,
					 DWORD *out_status, std::string *out_body)
{
	ComPtr<IXMLHTTPRequest2> xhr;
	ComPtr<IXMLHTTPRequest3> third;
	ComPtr<Answer> answer;
	ComPtr<IStream> body;
	std::basic_string<WCHAR> wide(url, url + strlen(url));
	ULONGLONG bytes = upload ? strlen(upload) : 0;
	HRESULT hr;

	*out_status = 0;
	hr = CoCreateInstance(CLSID_FreeThreadedXMLHTTP60, nullptr, CLSCTX_SERVER,
			      IID_PPV_ARGS(&xhr));
	if (SUCCEEDED(hr))
		hr = xhr.As(&third);
	if (SUCCEEDED(hr))
		hr = MakeAndInitialize<Answer>(&answer);
	if (SUCCEEDED(hr))
		hr = xhr->Open(upload ? OLESTR("POST") : OLESTR("GET"), wide.c_str(),
			       answer.Get(), nullptr, nullptr, nullptr, nullptr);
	if (upload)
		body.Attach(SHCreateMemStream(reinterpret_cast<const BYTE *>(upload),
					      static_cast<UINT>(bytes)));
	if (SUCCEEDED(hr))
		hr = xhr->Send(body.Get(), bytes);
	if (FAILED(hr))
		return hr;
	xhr.Reset();
	third = nullptr;
	return answer->Wait(out_status, out_body);
}

/* The last reference of a callback is dropped behind its final call. */
static void assert_none_is_left()
{
	for (int i = 0; alive > 0 && i < 2000; i++)
		Sleep(10);
	assert_int_equal(alive.load(), 0);
}

/* Answers what was sent. */
static void echo(void *, const struct answerer_request *request,
		 struct answerer_reply *reply)
{
	static std::string kept;

	kept.assign(request->body.at ? request->body.at : "", request->body.len);
	reply->status = "201 Created";
	reply->body.at = kept.data();
	reply->body.len = kept.size();
}

static void a_response_comes_to_an_object_of_wrl(void **)
{
	struct answerer *answerer = answerer_start(nullptr, nullptr);
	char url[ANSWERER_URL_BYTES];
	std::string body;
	DWORD status;

	answerer_url(answerer, "/a-long-path?b", url);
	assert_int_equal(fetch(url, nullptr, &status, &body), S_OK);
	assert_int_equal(status, 200);
	assert_string_equal(body.c_str(), "/a-long-path?b");
	assert_none_is_left();
	answerer_end(answerer);
}

static void a_body_is_sent_from_a_stream(void **)
{
	struct answerer *answerer = answerer_start(echo, nullptr);
	char url[ANSWERER_URL_BYTES];
	std::string body;
	DWORD status;

	answerer_url(answerer, "/", url);
	assert_int_equal(fetch(url, "all that was sent", &status, &body), S_OK);
	assert_int_equal(status, 201);
	assert_string_equal(body.c_str(), "all that was sent");
	assert_none_is_left();
	answerer_end(answerer);
}

static void a_closed_port_is_an_error(void **)
{
	char url[64];
	std::string body;
	DWORD status;

	std::snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_refusing_port());
	assert_int_equal(fetch(url, nullptr, &status, &body), INET_E_CANNOT_CONNECT);
	assert_int_equal(status, 0);
	assert_none_is_left();
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_comes_to_an_object_of_wrl),
		cmocka_unit_test(a_body_is_sent_from_a_stream),
		cmocka_unit_test(a_closed_port_is_an_error),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
