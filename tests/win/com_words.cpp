/* SPDX-License-Identifier: MIT */
/* The words of COM in C++: identities of types, interfaces as macros write them, results,
 * failures as exceptions. */
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include <Windows.h>
#include <comdef.h>
#include <msxml6.h>
#include <roapi.h>
#include <rpcndr.h>

using namespace std; /* as many programs do; min and max are to be chosen all the same */

static int failures;

#define CHECK(what)                                                                      \
	((what) ? (void)0                                                                \
		: (void)(failures++,                                                     \
			 std::printf("%s:%d: %s\n", __FILE__, __LINE__, #what)))

/* Interfaces of a program's own, in each way to write one. */
DECLARE_INTERFACE_IID_(IFirst, IUnknown, "8e6f1979-0102-0304-A0b0-c1d2e3f40506")
{
	STDMETHOD(First)(THIS_ __in int number, __out_opt int *out) PURE;
	STDMETHOD_(ULONG, Second)(THIS) PURE;
};

namespace program
{
DECLARE_INTERFACE_IID_(IInside, IUnknown, "{11111111-2222-3333-4444-555555555555}")
{
	IFACEMETHOD(Inside)(_In_reads_(n) const BYTE *bytes, ULONG n) PURE;
};

MIDL_INTERFACE("22222222-2222-3333-4444-555555555555")
IMidl : public IUnknown
{
      public:
	BEGIN_INTERFACE
	virtual HRESULT STDMETHODCALLTYPE Call(
		/* [in] */ __RPC__in_ecount_full(n) const BYTE *bytes,
		/* [in] */ ULONG n) = 0;
	END_INTERFACE
};
IXHR2_UUID(IMidl, "22222222-2222-3333-4444-555555555555")
} // namespace program

struct __declspec(uuid("33333333-2222-3333-4444-555555555555")) __declspec(novtable) IOld
	: public IUnknown {
	virtual __declspec(nothrow) int __stdcall Old(int) = 0;
};
__CRT_UUID_DECL(IOld, 0x33333333, 0x2222, 0x3333, 0x44, 0x44, 0x55, 0x55, 0x55, 0x55,
		0x55, 0x55)

class DECLSPEC_UUID("44444444-2222-3333-4444-555555555555") SomeClass;
IXHR2_UUID(SomeClass, "44444444-2222-3333-4444-555555555555")

/* What stands for the address of a pointer, as a smart pointer's & gives it. */
namespace smart
{
template <class T> struct Address {
	T **pointer; /* the pointer */

	T *operator*() const
	{
		return *pointer;
	}
};

template <class T> void **IID_PPV_ARGS_Helper(Address<T> address)
{
	return reinterpret_cast<void **>(address.pointer);
}
} // namespace smart

/* Everything in one object. */
class Object final : public IFirst, public IDispatch
{
      public:
	ULONG refs = 1; /* references */

	STDMETHODIMP QueryInterface(REFIID iid, _COM_Outptr_ void **out) override
	{
		*out = nullptr;
		if (iid == __uuidof(IFirst) || iid == __uuidof(IUnknown))
			*out = static_cast<IFirst *>(this);
		else if (IsEqualIID(iid, __uuidof(IDispatch)))
			*out = static_cast<IDispatch *>(this);
		else
			return E_NOINTERFACE;
		AddRef();
		return S_OK;
	}
	STDMETHODIMP_(ULONG) AddRef() override
	{
		return ++refs;
	}
	STDMETHODIMP_(ULONG) Release() override
	{
		return --refs;
	}
	IFACEMETHODIMP First(__in int number, __out_opt int *out) override
	{
		if (out)
			*out = number;
		return S_OK;
	}
	IFACEMETHODIMP_(ULONG) Second() override
	{
		return 2;
	}
	STDMETHODIMP GetTypeInfoCount(UINT *count) override
	{
		*count = 0;
		return S_OK;
	}
	STDMETHODIMP GetTypeInfo(UINT, LCID, ITypeInfo **) override
	{
		return E_NOTIMPL;
	}
	STDMETHODIMP GetIDsOfNames(REFIID, LPOLESTR FAR *, UINT, LCID, DISPID *) override
	{
		return DISP_E_UNKNOWNNAME;
	}
	STDMETHODIMP Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *result,
			    EXCEPINFO *, UINT *) override
	{
		VariantInit(result);
		return S_OK;
	}
};

template <class T> static const IID &iid_of_pointer(T *&&)
{
	return __uuidof(T);
}

template <class T> static const IID &iid_of_expression(T thing)
{
	return __uuidof(thing);
}

static void types_and_expressions_have_an_identity()
{
	IXMLHTTPRequest2 *xhr = nullptr;
	IXMLHTTPRequest2 *&reference = xhr;
	IXMLHTTPRequest2 **address = &xhr;
	const IXMLHTTPRequest2 *constant = xhr;

	CHECK(__uuidof(IXMLHTTPRequest2) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(IXMLHTTPRequest2 *) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(IXMLHTTPRequest2 &) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(const IXMLHTTPRequest2 &) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(xhr) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(*xhr) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(reference) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(**address) == IID_IXMLHTTPRequest2);
	CHECK(__uuidof(constant) == IID_IXMLHTTPRequest2);
	CHECK(&__uuidof(xhr) == &__uuidof(IXMLHTTPRequest2));
	CHECK(__uuidof(FreeThreadedXMLHTTP60) == CLSID_FreeThreadedXMLHTTP60);
	CHECK(__uuidof(IDispatch).Data1 == 0x00020400);
	CHECK(iid_of_pointer(static_cast<IStream *>(nullptr)) == IID_IStream);
	CHECK(iid_of_expression(xhr) == IID_IXMLHTTPRequest2);
}

static void interfaces_of_a_program_have_the_identity_it_gives()
{
	static const GUID first = {0x8e6f1979,
				   0x0102,
				   0x0304,
				   {0xa0, 0xb0, 0xc1, 0xd2, 0xe3, 0xf4, 0x05, 0x06}};

	CHECK(__uuidof(IFirst) == first);
	CHECK(__uuidof(program::IInside).Data1 == 0x11111111);
	CHECK(__uuidof(program::IMidl).Data1 == 0x22222222);
	CHECK(__uuidof(IOld).Data1 == 0x33333333);
	CHECK(__uuidof(SomeClass).Data1 == 0x44444444);
	CHECK(__uuidof(SomeClass).Data4[7] == 0x55);
	CHECK(__uuidof(IFirst) != __uuidof(program::IInside));
}

/* As smart pointers have it. */
template <class T, const IID *iid = &__uuidof(T)> struct Identified {
	static const IID *identity()
	{
		return iid;
	}
};

static void the_address_of_an_identity_is_a_constant()
{
	static constexpr const IID *table[] = {&__uuidof(IStream), &__uuidof(IFirst),
					       &__uuidof(IOld)};

	CHECK(Identified<IStream>::identity() == &IID_IStream);
	CHECK(Identified<IFirst>::identity() == &__uuidof(IFirst));
	CHECK(table[0] == &IID_IStream && *table[1] == __uuidof(IFirst));
	CHECK(table[2]->Data1 == 0x33333333);
}

static void the_arguments_of_queryinterface_come_of_one_address()
{
	Object object;
	IDispatch *dispatch = nullptr;
	IFirst *first = nullptr;
	smart::Address<IFirst> address = {&first};
	program::IInside *inside = nullptr;

	CHECK(object.QueryInterface(IID_PPV_ARGS(&dispatch)) == S_OK);
	CHECK(dispatch == &object);
	CHECK(dispatch->QueryInterface(IID_PPV_ARGS(address)) == S_OK);
	CHECK(first == &object);
	CHECK(dispatch->QueryInterface(&first) == S_OK);
	CHECK(first->QueryInterface(IID_PPV_ARGS(&inside)) == E_NOINTERFACE);
	CHECK(object.refs == 4);
}

static void results_are_made_and_taken_apart()
{
	DWORD error = ERROR_INTERNET_TIMEOUT;
	int calls = 0;

	static_assert(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ==
			      static_cast<HRESULT>(0x80070002),
		      "a constant");
	CHECK(HRESULT_FROM_WIN32(error) == WININET_E_TIMEOUT);
	CHECK(HRESULT_FROM_WIN32(++calls) == HRESULT_FROM_WIN32(1) && calls == 1);
	CHECK(HRESULT_CODE(E_INVALIDARG) == ERROR_INVALID_PARAMETER);
	CHECK(HRESULT_FACILITY(INET_E_INVALID_URL) == FACILITY_INTERNET);
	CHECK(MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, 404) ==
	      HTTP_E_STATUS_NOT_FOUND);
	switch (E_NOT_SET) {
	case HRESULT_FROM_WIN32(ERROR_NOT_FOUND):
		break;
	default:
		CHECK(false);
	}
	CHECK(RoInitialize(RO_INIT_MULTITHREADED) == S_OK);
	RoUninitialize();
}

static void small_words_mean_what_they_mean_on_windows()
{
	const ULONG left = 3;
	const size_t room = 5;
	unsigned char bytes[4] = {1, 2, 3, 4};
	unsigned __int64 big = UInt32x32To64(0xFFFFFFFF, 2);
	LARGE_INTEGER number;

	CHECK(min(left, room) == 3 && max(left, room) == 5);
	CHECK(min(1, 2) == 1 && max(1.5, 2.5) > 2);
	CHECK(std::min<int>(1, 2) == 1);
	CHECK(ARRAYSIZE(bytes) == 4 && _countof(bytes) == 4);
	CHECK(MAKEWORD(0x34, 0x12) == 0x1234 && MAKELONG(0x5678, 0x1234) == 0x12345678);
	CHECK(LOWORD(0x12345678) == 0x5678 && HIWORD(0x12345678) == 0x1234);
	CHECK(LOBYTE(0x1234) == 0x34 && HIBYTE(0x1234) == 0x12);
	CHECK(big == 0x1FFFFFFFEull);
	number.QuadPart = -1;
	CHECK(number.u.HighPart == -1 && number.u.LowPart == 0xFFFFFFFF);
	ZeroMemory(bytes, 2);
	CHECK(bytes[1] == 0 && bytes[2] == 3);
	SecureZeroMemory(bytes, sizeof(bytes));
	CHECK(bytes[3] == 0);
	CHECK(sizeof(TEXT("a")) == 2 * sizeof(TCHAR));
	CHECK(MAXUINT == 0xFFFFFFFFu && MAXINT == 0x7FFFFFFF && MAXULONG == MAXUINT32);
	CHECK(MAXSIZE_T == ~static_cast<SIZE_T>(0) && MAXULONG_PTR == MAXUINT_PTR);
	CHECK(MAXLONGLONG > 0 && MAXLONGLONG == MAXINT64 && MININT64 + MAXINT64 == -1);
	CHECK(MAXULONGLONG == ~0ull && MAXUINT64 == MAXULONGLONG && MAXUSHORT == 0xFFFF);
	CHECK(ERROR_UNHANDLED_EXCEPTION == 574); /* a success to callbacks */
#if WINAPI_FAMILY_PARTITION(WINAPI_PARTITION_DESKTOP) && _WIN32_WINNT >= 0x0602
	CHECK(NTDDI_VERSION >= NTDDI_WIN8);
#else
	CHECK(false);
#endif
}

static void a_failure_is_thrown_and_has_a_sentence()
{
	const _com_error unknown(static_cast<HRESULT>(0x8ABC1234));
	const _com_error own(static_cast<HRESULT>(0x80040205));
	bool is_caught = false;

	try {
		_com_util::CheckError(S_FALSE);
		_com_util::CheckError(E_ACCESSDENIED);
	} catch (const _com_error &error) {
		_com_error copy(error);

		copy = error;
		is_caught = copy.Error() == E_ACCESSDENIED && !copy.ErrorInfo() &&
			    copy.Description().length() == 0 &&
			    *copy.ErrorMessage() != 0 && copy.WCode() == 0;
	}
	CHECK(is_caught);
	CHECK(std::string(unknown.ErrorMessage()) == "Unknown error 0x8ABC1234");
	CHECK(own.WCode() == 5 && _com_error::WCodeToHRESULT(5) == own.Error());
	CHECK(std::string(own.ErrorMessage()) == "IDispatch error #5");
}

static void strings_own_a_copy()
{
	_bstr_t text(OLESTR("text"));
	_bstr_t copy = text;
	_bstr_t empty;

	CHECK(copy.length() == 4 && copy.GetBSTR() != text.GetBSTR());
	CHECK(std::memcmp(copy.GetBSTR(), OLESTR("text"), 5 * sizeof(WCHAR)) == 0);
	empty = text;
	CHECK(!!empty && !_bstr_t());
}

int main()
{
	types_and_expressions_have_an_identity();
	interfaces_of_a_program_have_the_identity_it_gives();
	the_address_of_an_identity_is_a_constant();
	the_arguments_of_queryinterface_come_of_one_address();
	results_are_made_and_taken_apart();
	small_words_mean_what_they_mean_on_windows();
	a_failure_is_thrown_and_has_a_sentence();
	strings_own_a_copy();
	return failures ? 1 : 0;
}
