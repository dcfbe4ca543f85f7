// SPDX-License-Identifier: MIT
//
// Download URL [FILE]
//
// Gets a URL with IXMLHTTPRequest2 and writes the response to a file, or to the console.
// The callback is an object of the Windows Runtime C++ Template Library: it is made by
// MakeAndInitialize, which alone may call its constructor, and signals an event when the
// request has ended.
//
// This program is written for Windows, as are all of this folder: no line of it knows of
// another system. Text is TCHARs and OLESTR literals, so that it compiles with a WCHAR of
// two bytes as well as with one of four.

#include <SDKDDKVer.h>
#include <Windows.h>
#include <tchar.h>
#include <strsafe.h>
#include <MsXml6.h>
#include <wrl.h>

using namespace Microsoft::WRL;
using namespace Microsoft::WRL::Details;

#define CHK(statement)                                                                             \
    do                                                                                             \
    {                                                                                              \
        hr = (statement);                                                                          \
        if (FAILED(hr))                                                                            \
        {                                                                                          \
            goto CleanUp;                                                                          \
        }                                                                                          \
    } while (0)

class CDownloadCallback
    : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IXMLHTTPRequest2Callback>
{
  public:
    STDMETHODIMP OnRedirect(__RPC__in_opt IXMLHTTPRequest2 *pXHR,
                            __RPC__in_string const WCHAR *pwszRedirectUrl)
    {
        UNREFERENCED_PARAMETER(pXHR);
        _ftprintf(stderr, _T("redirected to %s\n"), pwszRedirectUrl);
        return S_OK;
    }

    STDMETHODIMP OnHeadersAvailable(__RPC__in_opt IXMLHTTPRequest2 *pXHR, DWORD dwStatus,
                                    __RPC__in_string const WCHAR *pwszStatus)
    {
        WCHAR *pwszType = NULL;
        HRESULT hr = pXHR->GetResponseHeader(OLESTR("Content-Type"), &pwszType);

        _ftprintf(stderr, _T("%u %s, %s\n"), dwStatus, pwszStatus,
                  SUCCEEDED(hr) ? pwszType : _T("of no type"));
        CoTaskMemFree(pwszType);
        m_dwStatus = dwStatus;
        return S_OK;
    }

    STDMETHODIMP OnDataAvailable(__RPC__in_opt IXMLHTTPRequest2 *pXHR,
                                 __RPC__in_opt ISequentialStream *pResponseStream)
    {
        UNREFERENCED_PARAMETER(pXHR);
        return ReadFromStream(pResponseStream);
    }

    STDMETHODIMP OnResponseReceived(__RPC__in_opt IXMLHTTPRequest2 *pXHR,
                                    __RPC__in_opt ISequentialStream *pResponseStream)
    {
        UNREFERENCED_PARAMETER(pXHR);
        m_hr = ReadFromStream(pResponseStream);
        SetEvent(m_hComplete);
        return S_OK;
    }

    STDMETHODIMP OnError(__RPC__in_opt IXMLHTTPRequest2 *pXHR, HRESULT hrError)
    {
        UNREFERENCED_PARAMETER(pXHR);
        m_hr = hrError;
        SetEvent(m_hComplete);
        return S_OK;
    }

    // Waits for the end of the request.
    HRESULT WaitForComplete(_Out_ PDWORD pdwStatus)
    {
        *pdwStatus = 0;
        if (WaitForSingleObjectEx(m_hComplete, INFINITE, FALSE) == WAIT_FAILED)
        {
            return HRESULT_FROM_WIN32(GetLastError());
        }
        *pdwStatus = m_dwStatus;
        return m_hr;
    }

  private:
    HANDLE m_hComplete;
    FILE *m_pFile;
    DWORD m_dwStatus;
    HRESULT m_hr;

    CDownloadCallback() : m_hComplete(NULL), m_pFile(NULL), m_dwStatus(0), m_hr(E_PENDING) {}

    ~CDownloadCallback()
    {
        if (m_hComplete != NULL)
        {
            CloseHandle(m_hComplete);
        }
    }

    STDMETHODIMP RuntimeClassInitialize(FILE *pFile)
    {
        m_pFile = pFile;
        m_hComplete =
            CreateEventEx(NULL, NULL, CREATE_EVENT_MANUAL_RESET, EVENT_MODIFY_STATE | SYNCHRONIZE);
        return m_hComplete != NULL ? S_OK : HRESULT_FROM_WIN32(GetLastError());
    }

    HRESULT ReadFromStream(_In_opt_ ISequentialStream *pStream)
    {
        HRESULT hr = S_OK;
        BYTE buffer[4096];
        DWORD cbRead = 0;

        if (pStream == NULL)
        {
            return E_INVALIDARG;
        }
        do
        {
            hr = pStream->Read(buffer, sizeof(buffer), &cbRead);
            if (SUCCEEDED(hr) && fwrite(buffer, 1, cbRead, m_pFile) != cbRead)
            {
                hr = STG_E_MEDIUMFULL;
            }
        } while (SUCCEEDED(hr) && cbRead == sizeof(buffer));
        return FAILED(hr) ? hr : S_OK;
    }

    friend HRESULT Microsoft::WRL::Details::MakeAndInitialize<CDownloadCallback, CDownloadCallback,
                                                              FILE *&>(CDownloadCallback **,
                                                                       FILE *&);
};

static HRESULT Download(_In_ PCWSTR pwszUrl, FILE *pFile, _Out_ PDWORD pdwStatus)
{
    HRESULT hr = S_OK;
    ComPtr<IXMLHTTPRequest2> spXhr;
    ComPtr<CDownloadCallback> spCallback;

    CHK(MakeAndInitialize<CDownloadCallback>(&spCallback, pFile));
    CHK(CoCreateInstance(__uuidof(FreeThreadedXMLHTTP60), NULL, CLSCTX_SERVER,
                         IID_PPV_ARGS(&spXhr)));
    CHK(spXhr->Open(OLESTR("GET"), pwszUrl, spCallback.Get(), NULL, NULL, NULL, NULL));
    CHK(spXhr->SetRequestHeader(OLESTR("Accept-Language"), OLESTR("en, de;q=0.5")));
    CHK(spXhr->SetProperty(XHR_PROP_TIMEOUT, 30 * 1000));
    CHK(spXhr->Send(NULL, 0));
    CHK(spCallback->WaitForComplete(pdwStatus));

CleanUp:
    return hr;
}

int _tmain(int argc, _TCHAR *argv[])
{
    HRESULT hr = S_OK;
    DWORD dwStatus = 0;
    FILE *pFile = stdout;

    if (argc != 2 && argc != 3)
    {
        _putts(_T("Download URL [FILE]"));
        return 2;
    }
    if (argc == 3 && _tfopen_s(&pFile, argv[2], _T("wb")) != 0)
    {
        _ftprintf(stderr, _T("cannot write %s\n"), argv[2]);
        return 1;
    }

    hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
    {
        hr = Download(argv[1], pFile, &dwStatus);
        CoUninitialize();
    }

    if (pFile != stdout)
    {
        fclose(pFile);
    }
    if (FAILED(hr))
    {
        _ftprintf(stderr, _T("failed: 0x%08X\n"), static_cast<unsigned int>(hr));
    }
    return SUCCEEDED(hr) && dwStatus == 200 ? 0 : 1;
}
