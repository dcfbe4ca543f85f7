// SPDX-License-Identifier: MIT
//
// Upload FILE URL
//
// Sends a file with PUT. The body is a stream of the program's own, which reads the file
// as the request asks for it; since it cannot seek, only its
// length need be known. Objects are written without a library of templates: reference
// counts by InterlockedIncrement, QueryInterface by hand. The stream answers for IDispatch
// too, as streams of older programs do, with methods that do nothing.

#include <windows.h>
#include <tchar.h>
#include <new>
#include <msxml6.h>

static const DWORD c_dwTimeout = 60 * 1000;

// The body: a file, read once from its beginning to its end.
class CRequestStream : public ISequentialStream, public IDispatch
{
  public:
    CRequestStream() : m_cRef(1), m_hFile(INVALID_HANDLE_VALUE), m_cbFile(0), m_cbRead(0) {}

    HRESULT Open(_In_ PCTSTR pszFile)
    {
        LARGE_INTEGER size;

        m_hFile = CreateFile(pszFile, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                             FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN, NULL);
        if (m_hFile == INVALID_HANDLE_VALUE || !GetFileSizeEx(m_hFile, &size))
        {
            return HRESULT_FROM_WIN32(GetLastError());
        }
        m_cbFile = static_cast<ULONGLONG>(size.QuadPart);
        return S_OK;
    }

    ULONGLONG Size() const
    {
        return m_cbFile;
    }

    ULONGLONG BytesRead() const
    {
        return m_cbRead;
    }

    // IUnknown
    STDMETHODIMP QueryInterface(REFIID riid, void **ppv)
    {
        if (ppv == NULL)
        {
            return E_POINTER;
        }
        *ppv = NULL;
        if (riid == IID_IUnknown || riid == IID_ISequentialStream)
        {
            *ppv = static_cast<ISequentialStream *>(this);
        }
        else if (riid == IID_IDispatch)
        {
            *ppv = static_cast<IDispatch *>(this);
        }
        else
        {
            return E_NOINTERFACE;
        }
        AddRef();
        return S_OK;
    }

    STDMETHODIMP_(ULONG) AddRef()
    {
        return static_cast<ULONG>(InterlockedIncrement(&m_cRef));
    }

    STDMETHODIMP_(ULONG) Release()
    {
        LONG cRef = InterlockedDecrement(&m_cRef);
        if (cRef == 0)
        {
            delete this;
        }
        return static_cast<ULONG>(cRef);
    }

    // ISequentialStream
    STDMETHODIMP Read(__out_bcount_part(cb, *pcbRead) void *pv, ULONG cb, __out ULONG *pcbRead)
    {
        DWORD dwRead = 0;

        if (!ReadFile(m_hFile, pv, cb, &dwRead, NULL))
        {
            return HRESULT_FROM_WIN32(GetLastError());
        }
        m_cbRead += dwRead;
        if (pcbRead != NULL)
        {
            *pcbRead = dwRead;
        }
        return dwRead < cb ? S_FALSE : S_OK;
    }

    STDMETHODIMP Write(const void *, ULONG, ULONG *)
    {
        return STG_E_ACCESSDENIED;
    }

    // IDispatch
    STDMETHODIMP GetTypeInfoCount(unsigned int FAR *pctinfo)
    {
        if (pctinfo)
        {
            *pctinfo = 0;
        }
        return E_NOTIMPL;
    }

    STDMETHODIMP GetTypeInfo(unsigned int, LCID, ITypeInfo FAR *FAR *ppTInfo)
    {
        if (ppTInfo)
        {
            *ppTInfo = NULL;
        }
        return E_NOTIMPL;
    }

    STDMETHODIMP GetIDsOfNames(REFIID, OLECHAR FAR *FAR *, unsigned int, LCID, DISPID FAR *rgDispId)
    {
        if (rgDispId)
        {
            *rgDispId = DISPID_UNKNOWN;
        }
        return DISP_E_UNKNOWNNAME;
    }

    STDMETHODIMP Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS FAR *, VARIANT FAR *,
                        EXCEPINFO FAR *, unsigned int FAR *)
    {
        return S_OK;
    }

  private:
    volatile LONG m_cRef;
    HANDLE m_hFile;
    ULONGLONG m_cbFile;
    ULONGLONG m_cbRead;

    virtual ~CRequestStream()
    {
        if (m_hFile != INVALID_HANDLE_VALUE)
        {
            CloseHandle(m_hFile);
        }
    }
};

// Knows what came of the request, and signals an event then.
class CCallback : public IXMLHTTPRequest2Callback
{
  public:
    CCallback() : m_cRef(1), m_hr(E_PENDING), m_dwStatus(0)
    {
        m_hDone = CreateEvent(NULL, TRUE, FALSE, NULL);
        InitializeCriticalSection(&m_cs);
    }

    HRESULT Wait(_Out_ DWORD *pdwStatus)
    {
        HRESULT hr;

        *pdwStatus = 0;
        if (m_hDone == NULL)
        {
            return E_OUTOFMEMORY;
        }
        if (WaitForSingleObject(m_hDone, c_dwTimeout) != WAIT_OBJECT_0)
        {
            return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
        }
        EnterCriticalSection(&m_cs);
        *pdwStatus = m_dwStatus;
        hr = m_hr;
        LeaveCriticalSection(&m_cs);
        return hr;
    }

    // IUnknown
    STDMETHODIMP QueryInterface(REFIID riid, void **ppv)
    {
        if (ppv == NULL)
        {
            return E_POINTER;
        }
        if (IsEqualIID(riid, IID_IUnknown) || IsEqualIID(riid, __uuidof(IXMLHTTPRequest2Callback)))
        {
            *ppv = static_cast<IXMLHTTPRequest2Callback *>(this);
            AddRef();
            return S_OK;
        }
        *ppv = NULL;
        return E_NOINTERFACE;
    }

    STDMETHODIMP_(ULONG) AddRef()
    {
        return static_cast<ULONG>(InterlockedIncrement(&m_cRef));
    }

    STDMETHODIMP_(ULONG) Release()
    {
        ULONG cRef = static_cast<ULONG>(InterlockedDecrement(&m_cRef));
        if (cRef == 0)
        {
            delete this;
        }
        return cRef;
    }

    // IXMLHTTPRequest2Callback
    STDMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *)
    {
        return E_ABORT; // a file is for the address that was named, and for no other
    }

    STDMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD dwStatus, const WCHAR *)
    {
        EnterCriticalSection(&m_cs);
        m_dwStatus = dwStatus;
        LeaveCriticalSection(&m_cs);
        return S_OK;
    }

    STDMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *)
    {
        return S_OK;
    }

    STDMETHODIMP OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *)
    {
        return End(S_OK);
    }

    STDMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT hrError)
    {
        return End(hrError);
    }

  private:
    volatile LONG m_cRef;
    HANDLE m_hDone;
    CRITICAL_SECTION m_cs; // guards what follows
    HRESULT m_hr;
    DWORD m_dwStatus;

    virtual ~CCallback()
    {
        DeleteCriticalSection(&m_cs);
        if (m_hDone != NULL)
        {
            CloseHandle(m_hDone);
        }
    }

    HRESULT End(HRESULT hr)
    {
        EnterCriticalSection(&m_cs);
        m_hr = hr;
        LeaveCriticalSection(&m_cs);
        return SetEvent(m_hDone) ? S_OK : HRESULT_FROM_WIN32(GetLastError());
    }
};

static HRESULT Put(_In_ PCWSTR pwszUrl, CRequestStream *pStream, _Out_ DWORD *pdwStatus)
{
    IXMLHTTPRequest2 *pXhr = NULL;
    CCallback *pCallback = new (std::nothrow) CCallback();
    HRESULT hr = pCallback != NULL ? S_OK : E_OUTOFMEMORY;

    *pdwStatus = 0;
    if (SUCCEEDED(hr))
    {
        hr = CoCreateInstance(CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_INPROC_SERVER,
                              __uuidof(IXMLHTTPRequest2), reinterpret_cast<void **>(&pXhr));
    }
    if (SUCCEEDED(hr))
    {
        hr = pXhr->Open(OLESTR("PUT"), pwszUrl, pCallback, NULL, NULL, NULL, NULL);
    }
    if (SUCCEEDED(hr))
    {
        hr = pXhr->SetRequestHeader(OLESTR("Content-Type"), OLESTR("application/octet-stream"));
    }
    if (SUCCEEDED(hr))
    {
        hr = pXhr->Send(pStream, pStream->Size());
    }
    if (SUCCEEDED(hr))
    {
        hr = pCallback->Wait(pdwStatus);
    }
    if (pXhr != NULL)
    {
        pXhr->Release();
    }
    if (pCallback != NULL)
    {
        pCallback->Release();
    }
    return hr;
}

int _tmain(int argc, TCHAR *argv[])
{
    DWORD dwStatus = 0;
    CRequestStream *pStream;
    HRESULT hr;

    if (argc != 3)
    {
        _tprintf(_T("Upload FILE URL\n"));
        return 2;
    }
    CoInitialize(NULL);
    pStream = new (std::nothrow) CRequestStream();
    hr = pStream != NULL ? pStream->Open(argv[1]) : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
    {
        hr = Put(argv[2], pStream, &dwStatus);
        _ftprintf(stderr, _T("%I64u of %I64u bytes were read\n"), pStream->BytesRead(),
                  pStream->Size());
    }
    if (pStream != NULL)
    {
        pStream->Release();
    }
    CoUninitialize();

    if (FAILED(hr))
    {
        TCHAR szMessage[256];

        if (!FormatMessage(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                           static_cast<DWORD>(hr), 0, szMessage, ARRAYSIZE(szMessage), NULL))
        {
            szMessage[0] = 0;
        }
        _ftprintf(stderr, _T("failed: 0x%08lX %s\n"), static_cast<ULONG>(hr), szMessage);
        return 1;
    }
    _tprintf(_T("%lu\n"), dwStatus);
    return dwStatus >= 200 && dwStatus < 300 ? 0 : 1;
}
