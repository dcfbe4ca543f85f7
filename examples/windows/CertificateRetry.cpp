// SPDX-License-Identifier: MIT
//
// CertificateRetry URL NAME
//
// Gets a URL from a server whose certificate no authority vouches for. The first object
// fails, and its IXMLHTTPRequest3Callback has seen why. If the certificate is for NAME, a
// second object forgives this one error and takes the very same certificate only: another
// one ends the request before the server has seen it.

#include <windows.h>
#include <wincrypt.h>
#include <tchar.h>
#include <vector>
#include <ixmlhttprequest2.h>
#include <wrl/client.h>
#include <wrl/implements.h>
#include <wrl/wrappers/corewrappers.h>

#pragma comment(lib, "msxml6.lib")
#pragma comment(lib, "crypt32.lib")

using namespace Microsoft::WRL;

typedef std::vector<BYTE> Bytes;

class CertificateCallback
    : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IXMLHTTPRequest3Callback, FtmBase>
{
  public:
    // With a certificate, no other is taken.
    explicit CertificateCallback(const Bytes &expected)
        : m_done(CreateEventEx(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET, EVENT_ALL_ACCESS)),
          m_expected(expected), m_errors(0), m_status(0), m_result(E_PENDING)
    {
    }

    HRESULT Wait() const
    {
        if (!m_done.IsValid())
        {
            return E_OUTOFMEMORY;
        }
        WaitForSingleObjectEx(m_done.Get(), INFINITE, FALSE);
        return m_result;
    }

    DWORD Status() const
    {
        return m_status;
    }

    DWORD Errors() const
    {
        return m_errors;
    }

    const Bytes &Certificate() const
    {
        return m_certificate;
    }

    IFACEMETHODIMP OnServerCertificateReceived(_In_ IXMLHTTPRequest3 *, DWORD dwCertErrors,
                                               DWORD cServerCertChain,
                                               _In_reads_(cServerCertChain)
                                                   const XHR_CERT *rgServerCertChain) override
    {
        if (cServerCertChain == 0 || rgServerCertChain == nullptr)
        {
            return E_UNEXPECTED;
        }
        m_errors = dwCertErrors;
        m_certificate.assign(rgServerCertChain[0].pbCert,
                             rgServerCertChain[0].pbCert + rgServerCertChain[0].cbCert);
        return m_expected.empty() || m_certificate == m_expected ? S_OK
                                                                 : INET_E_INVALID_CERTIFICATE;
    }

    IFACEMETHODIMP OnClientCertificateRequested(_In_ IXMLHTTPRequest3 *, DWORD,
                                                _In_opt_ const WCHAR **) override
    {
        return E_NOTIMPL;
    }

    IFACEMETHODIMP OnRedirect(_In_opt_ IXMLHTTPRequest2 *, _In_z_ const WCHAR *) override
    {
        return S_OK;
    }

    IFACEMETHODIMP OnHeadersAvailable(_In_opt_ IXMLHTTPRequest2 *, DWORD dwStatus,
                                      _In_z_ const WCHAR *) override
    {
        m_status = dwStatus;
        return S_OK;
    }

    IFACEMETHODIMP OnDataAvailable(_In_opt_ IXMLHTTPRequest2 *,
                                   _In_opt_ ISequentialStream *) override
    {
        return S_OK;
    }

    IFACEMETHODIMP OnResponseReceived(_In_opt_ IXMLHTTPRequest2 *,
                                      _In_opt_ ISequentialStream *) override
    {
        return End(S_OK);
    }

    IFACEMETHODIMP OnError(_In_opt_ IXMLHTTPRequest2 *, HRESULT hrError) override
    {
        return End(hrError);
    }

  private:
    Wrappers::Event m_done;
    const Bytes m_expected;
    Bytes m_certificate;
    DWORD m_errors;
    DWORD m_status;
    HRESULT m_result;

    HRESULT End(HRESULT hr)
    {
        m_result = hr;
        SetEvent(m_done.Get());
        return S_OK;
    }
};

// Whether the certificate is for the name; shows what it says of itself.
static bool IsFor(const Bytes &certificate, PCTSTR pszName)
{
    TCHAR szName[256];
    TCHAR szIssuer[256];
    PCCERT_CONTEXT pContext = CertCreateCertificateContext(X509_ASN_ENCODING, certificate.data(),
                                                           static_cast<DWORD>(certificate.size()));

    if (pContext == nullptr)
    {
        return false;
    }
    CertGetNameString(pContext, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, nullptr, szName,
                      ARRAYSIZE(szName));
    CertNameToStr(X509_ASN_ENCODING, &pContext->pCertInfo->Issuer,
                  CERT_X500_NAME_STR | CERT_NAME_STR_REVERSE_FLAG, szIssuer, ARRAYSIZE(szIssuer));
    CertFreeCertificateContext(pContext);

    _tprintf(_T("certificate of %s, issued by %s\n"), szName, szIssuer);
    return _tcscmp(szName, pszName) == 0;
}

// Gets the URL; what was seen is in *ppCallback, also after a failure.
static HRESULT Get(PCWSTR pwszUrl, ULONGLONG ignore, const Bytes &expected,
                   _Outptr_result_maybenull_ CertificateCallback **ppCallback)
{
    ComPtr<IXMLHTTPRequest2> spXhr;
    ComPtr<IXMLHTTPRequest3> spXhr3;
    ComPtr<CertificateCallback> spCallback = Make<CertificateCallback>(expected);
    HRESULT hr = spCallback ? S_OK : E_OUTOFMEMORY;

    *ppCallback = nullptr;
    if (SUCCEEDED(hr))
    {
        hr = CoCreateInstance(CLSID_FreeThreadedXMLHTTP60, nullptr, CLSCTX_INPROC_SERVER,
                              IID_PPV_ARGS(spXhr.GetAddressOf()));
    }
    if (SUCCEEDED(hr))
    {
        hr = spXhr.As(&spXhr3);
    }
    if (SUCCEEDED(hr))
    {
        hr = spXhr3->Open(OLESTR("GET"), pwszUrl, spCallback.Get(), nullptr, nullptr, nullptr,
                          nullptr);
    }
    if (SUCCEEDED(hr) && ignore != 0)
    {
        hr = spXhr3->SetProperty(XHR_PROP_IGNORE_CERT_ERRORS, ignore);
    }
    if (SUCCEEDED(hr))
    {
        hr = spXhr3->Send(nullptr, 0);
    }
    if (SUCCEEDED(hr))
    {
        hr = spCallback->Wait();
        *ppCallback = spCallback.Detach();
    }
    return hr;
}

int _tmain(int argc, _TCHAR **argv)
{
    ComPtr<CertificateCallback> spCallback;
    HRESULT hr;

    if (argc != 3)
    {
        _tprintf(_T("CertificateRetry URL NAME\n"));
        return 2;
    }
    hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    if (FAILED(hr))
    {
        return 1;
    }

    hr = Get(argv[1], 0, Bytes(), &spCallback);
    if (hr == INET_E_INVALID_CERTIFICATE && spCallback &&
        spCallback->Errors() == XHR_CERT_ERROR_UNKNOWN_CA &&
        IsFor(spCallback->Certificate(), argv[2]))
    {
        Bytes seen(spCallback->Certificate());
        hr = Get(argv[1], XHR_CERT_IGNORE_UNKNOWN_CA, seen, &spCallback);
    }
    if (SUCCEEDED(hr))
    {
        _tprintf(_T("%u\n"), spCallback->Status());
    }
    else
    {
        _tprintf(_T("failed: 0x%08X\n"), static_cast<UINT>(hr));
    }
    spCallback.Reset();
    CoUninitialize();
    return SUCCEEDED(hr) ? 0 : 1;
}
