/* SPDX-License-Identifier: MIT */
/*
 * What a C++ program sees of the public headers: interfaces as classes, in the order of
 * methods that C sees, and the width of WCHAR.
 */
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>

#define IXHR2_WCHAR16

#include <ixhr2/ixhr2.h>
#include <ixhr2/shlwapi.h>
#include <ixhr2/windows.h>

/* The library's objects are written in C and carry no type information for this check. */
#define USES_OBJECTS __attribute__((no_sanitize("vptr")))

static int failures;

#define CHECK(what)                                                                      \
	((what) ? (void)0                                                                \
		: (void)(failures++,                                                     \
			 std::printf("%s:%d: %s\n", __FILE__, __LINE__, #what)))

static_assert(std::is_same<WCHAR, char16_t>::value, "16-bit units were asked for");
static_assert(std::is_same<ULONG, DWORD>::value, "one type");
static_assert(std::is_same<ULONG, std::uint32_t>::value, "one type");
static_assert(std::is_same<HRESULT, std::int32_t>::value, "one type");
static_assert(sizeof(ULONGLONG) == 8, "64 bits");
static_assert(sizeof(IXMLHTTPRequest3) == sizeof(void *), "a table and nothing else");
static_assert(!std::has_virtual_destructor<IXMLHTTPRequest3>::value, "not in COM");
static_assert(std::is_abstract<IXMLHTTPRequest3Callback>::value, "to be implemented");
static_assert(std::is_base_of<IXMLHTTPRequest2, IXMLHTTPRequest3>::value, "3 is a 2");
static_assert(std::is_base_of<ISequentialStream, IStream>::value, "IStream reads");

/* Every method answers its place in the table. */
class Request final : public IXMLHTTPRequest3
{
      public:
	ULONG refs = 1; /* references */

	STDMETHODIMP QueryInterface(REFIID riid, void **out) override
	{
		*out = nullptr;
		if (riid != IID_IXMLHTTPRequest3)
			return E_NOINTERFACE;
		*out = static_cast<IXMLHTTPRequest3 *>(this);
		AddRef();
		return S_OK;
	}
	STDMETHODIMP_(ULONG) AddRef() override
	{
		return InterlockedIncrement(&refs);
	}
	STDMETHODIMP_(ULONG) Release() override
	{
		return InterlockedDecrement(&refs);
	}
	STDMETHODIMP Open(const WCHAR *, const WCHAR *, IXMLHTTPRequest2Callback *,
			  const WCHAR *, const WCHAR *, const WCHAR *,
			  const WCHAR *) override
	{
		return 3;
	}
	STDMETHODIMP Send(ISequentialStream *, ULONGLONG) override
	{
		return 4;
	}
	STDMETHODIMP Abort() override
	{
		return 5;
	}
	STDMETHODIMP SetCookie(const XHR_COOKIE *, DWORD *) override
	{
		return 6;
	}
	STDMETHODIMP SetCustomResponseStream(ISequentialStream *) override
	{
		return 7;
	}
	STDMETHODIMP SetProperty(XHR_PROPERTY, ULONGLONG) override
	{
		return 8;
	}
	STDMETHODIMP SetRequestHeader(const WCHAR *, const WCHAR *) override
	{
		return 9;
	}
	STDMETHODIMP GetAllResponseHeaders(WCHAR **) override
	{
		return 10;
	}
	STDMETHODIMP GetCookie(const WCHAR *, const WCHAR *, DWORD, ULONG *,
			       XHR_COOKIE **) override
	{
		return 11;
	}
	STDMETHODIMP GetResponseHeader(const WCHAR *, WCHAR **) override
	{
		return 12;
	}
	STDMETHODIMP SetClientCertificate(DWORD, const BYTE *, const WCHAR *) override
	{
		return 13;
	}
};

/* The same for what a program implements. */
class Callback final : public IXMLHTTPRequest3Callback
{
      public:
	STDMETHODIMP QueryInterface(REFIID, void **) override
	{
		return 0;
	}
	STDMETHODIMP_(ULONG) AddRef() override
	{
		return 1;
	}
	STDMETHODIMP_(ULONG) Release() override
	{
		return 2;
	}
	STDMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *) override
	{
		return 3;
	}
	STDMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD, const WCHAR *) override
	{
		return 4;
	}
	STDMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *) override
	{
		return 5;
	}
	STDMETHODIMP OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *) override
	{
		return 6;
	}
	STDMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT) override
	{
		return 7;
	}
	STDMETHODIMP OnServerCertificateReceived(IXMLHTTPRequest3 *, DWORD, DWORD,
						 const XHR_CERT *) override
	{
		return 8;
	}
	STDMETHODIMP OnClientCertificateRequested(IXMLHTTPRequest3 *, DWORD,
						  const WCHAR **) override
	{
		return 9;
	}
};

/* A method as C calls it; arguments that it does not take are of no account. */
typedef HRESULT method_fn(void *self, void *, void *, void *, void *, void *, void *,
			  void *);

/* Calls the n-th method of an interface through its table. */
static HRESULT call(void *object, size_t n)
{
	method_fn **table;

	std::memcpy(&table, object, sizeof(table));
	return table[n](object, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
			nullptr);
}

static void methods_are_in_the_order_of_c()
{
	Request request;
	Callback callback;

	CHECK(call(&request, 1) == 2);
	CHECK(call(&request, 2) == 1);
	for (size_t n = 3; n <= 13; n++)
		CHECK(call(&request, n) == static_cast<HRESULT>(n));
	for (size_t n = 0; n <= 9; n++)
		CHECK(call(&callback, n) == static_cast<HRESULT>(n));
}

static void a_pointer_knows_its_identity()
{
	Request request;
	IUnknown *unknown = &request;
	IXMLHTTPRequest3 *third = nullptr;
	IXMLHTTPRequest2 *second = nullptr;

	CHECK(unknown->QueryInterface(IID_PPV_ARGS(&third)) == S_OK);
	CHECK(third == &request);
	CHECK(unknown->QueryInterface(&third) == S_OK);
	CHECK(unknown->QueryInterface(IID_PPV_ARGS(&second)) == E_NOINTERFACE);
	CHECK(second == nullptr);
	CHECK(request.refs == 3);
	CHECK(ixhr2::iid_of<IStream>::value() == IID_IStream);
	CHECK(ixhr2::iid_of<FreeThreadedXMLHTTP60>::value() ==
	      CLSID_FreeThreadedXMLHTTP60);
	CHECK(IsEqualGUID(IID_IStream, IID_IUnknown) == 0);
}

static void counters_of_every_type_are_counted()
{
	LONG a = 1;
	ULONG b = 1;
	long c = 1;
	unsigned long d = 1;

	CHECK(InterlockedIncrement(&a) == 2 && InterlockedDecrement(&a) == 1);
	CHECK(InterlockedIncrement(&b) == 2 && InterlockedDecrement(&b) == 1);
	CHECK(InterlockedIncrement(&c) == 2 && InterlockedDecrement(&c) == 1);
	CHECK(InterlockedIncrement(&d) == 2 && InterlockedDecrement(&d) == 1);
}

USES_OBJECTS static void streams_are_objects()
{
	const BYTE bytes[] = {'a', 'b', 'c'};
	IStream *stream = SHCreateMemStream(bytes, 3);
	ISequentialStream *reader = nullptr;
	char got[4];
	ULONG count = 0;

	CHECK(stream != nullptr);
	CHECK(stream->QueryInterface(IID_PPV_ARGS(&reader)) == S_OK);
	CHECK(reader->Read(got, 4, &count) == S_FALSE);
	CHECK(count == 3 && std::memcmp(got, "abc", 3) == 0);
	CHECK(reader->Release() == 1);
	CHECK(stream->Release() == 0);
}

USES_OBJECTS static void names_have_the_width_of_the_program()
{
	IStream *stream = nullptr;
	STATSTG stat;

	CHECK(SHCreateStreamOnFileW(OLESTR("/dev/null"), STGM_READ, &stream) == S_OK);
	CHECK(stream->Stat(&stat, STATFLAG_DEFAULT) == S_OK);
	CHECK(std::memcmp(stat.pwcsName, u"/dev/null", 10 * sizeof(WCHAR)) == 0);
	CoTaskMemFree(stat.pwcsName);
	stream->Release();
}

int main()
{
	methods_are_in_the_order_of_c();
	a_pointer_knows_its_identity();
	counters_of_every_type_are_counted();
	streams_are_objects();
	names_have_the_width_of_the_program();
	return failures ? 1 : 0;
}
