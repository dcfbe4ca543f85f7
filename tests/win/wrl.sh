#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiles a program in the style of those that use WRL with each compiler there is, in
# every standard from C++11 to C++20, with units of 2 and of 4 bytes, and without
# exceptions and type information; then every header of wrl/ alone. Warnings are errors,
# those of the program too. What must not compile does not.
set -u

root=${IXHR2_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
failed=0

# compiles FILE COMPILER FLAGS...: the file, or a line that says what is wrong with it
compiles() {
	file=$1
	shift
	# The words of $warnings are split on purpose.
	# shellcheck disable=SC2086
	if ! "$@" $warnings -I"$root/include" -I"$root/include/ixhr2" -fsyntax-only \
		"$work/$file" >"$work/log" 2>&1; then
		echo "$file: $*"
		head -n 8 "$work/log"
		failed=1
	fi
}

# fails WORDS LINE: a line that no program can contain, and words of the reason
fails() {
	for cxx in $compilers; do
		{
			cat "$work/program.cpp"
			echo "$2"
		} >"$work/wrong.cpp"
		if "$cxx" -std=c++17 -I"$root/include" -I"$root/include/ixhr2" \
			-fsyntax-only "$work/wrong.cpp" >"$work/log" 2>&1; then
			echo "$cxx takes: $2"
			failed=1
		elif ! grep -q "$1" "$work/log"; then
			echo "$cxx does not say '$1' of: $2"
			head -n 5 "$work/log"
			failed=1
		fi
	done
}

compilers=$(for name in "${CXX:-c++}" g++ clang++; do
	command -v "$name" >/dev/null && readlink -f "$(command -v "$name")"
done | sort -u)

cat >"$work/program.cpp" <<'END'
#include <wrl.h>
#include <wrl/client.h>
#include <wrl/event.h>
#include <wrl/ftm.h>
#include <wrl/implements.h>
#include <msxml6.h>

using namespace Microsoft::WRL;
using namespace Microsoft::WRL::Details;

class CXMLHttpCallback :
    public Microsoft::WRL::RuntimeClass<RuntimeClassFlags<ClassicCom>, IXMLHTTPRequest3Callback, FtmBase>
{
private:
    DWORD m_status;
    Microsoft::WRL::Wrappers::Event m_complete;

    CXMLHttpCallback() : m_status(0) {}
    ~CXMLHttpCallback() {}
    STDMETHODIMP RuntimeClassInitialize() { return m_complete.IsValid() ? S_FALSE : S_OK; }
    STDMETHODIMP RuntimeClassInitialize(DWORD status) { m_status = status; return S_OK; }

    friend HRESULT Microsoft::WRL::Details::MakeAndInitialize<CXMLHttpCallback, CXMLHttpCallback>(
        CXMLHttpCallback **);
    friend HRESULT Microsoft::WRL::MakeAndInitialize<CXMLHttpCallback, IXMLHTTPRequest2Callback, DWORD>(
        IXMLHTTPRequest2Callback **, DWORD &&);

public:
    STDMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *) { return S_OK; }
    STDMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD dwStatus, const WCHAR *)
    {
        m_status = dwStatus;
        return S_OK;
    }
    STDMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *) { return S_OK; }
    STDMETHODIMP OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *) { return S_OK; }
    STDMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT hr) { return hr; }
    STDMETHODIMP OnServerCertificateReceived(IXMLHTTPRequest3 *, DWORD, DWORD, const XHR_CERT *)
    {
        return S_OK;
    }
    STDMETHODIMP OnClientCertificateRequested(IXMLHTTPRequest3 *, DWORD, const WCHAR **)
    {
        return S_OK;
    }
};

class CUploadStream :
    public Microsoft::WRL::RuntimeClass<RuntimeClassFlags<RuntimeClassType::ClassicCom>, ISequentialStream>
{
private:
    CUploadStream() {}
    ~CUploadStream() {}
    friend Microsoft::WRL::ComPtr<CUploadStream> Microsoft::WRL::Details::Make<CUploadStream>();

public:
    STDMETHODIMP Read(void *, ULONG, ULONG *pcbRead) { *pcbRead = 0; return S_FALSE; }
    STDMETHODIMP Write(const void *, ULONG, ULONG *) { return E_NOTIMPL; }
};

struct IDone : public IUnknown {
    virtual HRESULT STDMETHODCALLTYPE Invoke(IUnknown *sender, HRESULT hr) = 0;
};
IXHR2_UUID(IDone, "0d2ecf2f-7d14-4b8c-bd4a-0b7bb5b2b4f1")

HRESULT Download(PCWSTR url, ComPtr<IUnknown> &kept);
HRESULT Download(PCWSTR url, ComPtr<IUnknown> &kept)
{
    ComPtr<IXMLHTTPRequest2> xhr;
    ComPtr<IXMLHTTPRequest3> xhr3;
    ComPtr<CXMLHttpCallback> callback;
    ComPtr<IXMLHTTPRequest2Callback> callback2;
    ComPtr<CUploadStream> body = Make<CUploadStream>();
    EventSource<IDone> done;
    EventRegistrationToken token;
    HRESULT hr = CoCreateInstance(__uuidof(FreeThreadedXMLHTTP60), nullptr, CLSCTX_SERVER,
                                  IID_PPV_ARGS(&xhr));
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(CLSID_FreeThreadedXMLHTTP60, nullptr, CLSCTX_INPROC_SERVER,
                              __uuidof(IXMLHTTPRequest2), &xhr);
    if (SUCCEEDED(hr))
        hr = xhr.As(&xhr3);
    if (SUCCEEDED(hr))
        hr = Microsoft::WRL::Details::MakeAndInitialize<CXMLHttpCallback>(&callback);
    if (SUCCEEDED(hr))
        hr = MakeAndInitialize<CXMLHttpCallback>(&callback2, static_cast<DWORD>(7));
    if (SUCCEEDED(hr) && callback != nullptr && body)
        hr = xhr->Open(OLESTR("PUT"), url, callback.Get(), nullptr, nullptr, nullptr, nullptr);
    if (SUCCEEDED(hr))
        hr = xhr->Send(body.Get(), 1);
    if (SUCCEEDED(hr))
        hr = xhr3.CopyTo(kept.ReleaseAndGetAddressOf());
    hr = done.Add(Callback<Implements<RuntimeClassFlags<ClassicCom>, IDone, FtmBase>>(
        [&](IUnknown *, HRESULT what) -> HRESULT { return what; }).Get(), &token);
    if (FAILED(hr))
        return hr;
    return done.InvokeAll(kept.Get(), hr);
}
END

for cxx in $compilers; do
	for standard in c++11 c++14 c++17 c++20; do
		for define in PLAIN IXHR2_WCHAR16; do
			compiles program.cpp "$cxx" -std=$standard -D$define
		done
	done
	compiles program.cpp "$cxx" -std=c++11 -fno-exceptions -fno-rtti -DUNICODE
	compiles program.cpp "$cxx" -std=gnu++20 -fno-exceptions -fno-rtti -DIXHR2_WCHAR16
done

# Each alone, and empty for C.
for header in wrl.h wrl/client.h wrl/event.h wrl/ftm.h wrl/implements.h wrl/internal.h \
	wrl/wrappers/corewrappers.h; do
	printf '#include <ixhr2/%s>\n#include <%s>\nextern int one;\n' $header $header \
		>"$work/one.cpp"
	cp "$work/one.cpp" "$work/one.c"
	for cxx in $compilers; do
		compiles one.cpp "$cxx" -std=c++11
	done
	compiles one.cpp "${CXX:-c++}" -std=c++17 -DCINTERFACE
	compiles one.c "${CC:-cc}" -std=c11
done

fails 'no interface is given' 'class A : public RuntimeClass<RuntimeClassFlags<ClassicCom>, FtmBase> {}; A a;'
fails 'private' 'void f() { Make<CXMLHttpCallback>(); }'
fails 'IXHR2_UUID\|uuid' 'struct I : IUnknown {}; void f(ComPtr<IUnknown> a) { ComPtr<I> b; a.As(&b); }'
fails 'conver' 'void f(ComPtr<IUnknown> a) { ComPtr<IDone> b = a; }'
exit $failed
