/* SPDX-License-Identifier: MIT */
/*
 * GetInC URL
 *
 * The interfaces from C: the methods of an object by the macros of COBJMACROS, a callback
 * as a structure that begins with a pointer to its table of functions.
 */
#define COBJMACROS
#include <windows.h>
#include <tchar.h>
#include <msxml6.h>

typedef struct Callback
{
    IXMLHTTPRequest2Callback iface;
    LONG cRef;
    HANDLE hDone;
    HRESULT hr;
    DWORD dwStatus;
    ULONGLONG cbBody;
} Callback;

static Callback *FromInterface(IXMLHTTPRequest2Callback *This)
{
    return CONTAINING_RECORD(This, Callback, iface);
}

static HRESULT STDMETHODCALLTYPE QueryInterface(IXMLHTTPRequest2Callback *This, REFIID riid,
                                                void **ppv)
{
    if (IsEqualIID(riid, &IID_IUnknown) || IsEqualIID(riid, &IID_IXMLHTTPRequest2Callback))
    {
        IXMLHTTPRequest2Callback_AddRef(This);
        *ppv = This;
        return S_OK;
    }
    *ppv = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE AddRef(IXMLHTTPRequest2Callback *This)
{
    return (ULONG)InterlockedIncrement(&FromInterface(This)->cRef);
}

static ULONG STDMETHODCALLTYPE Release(IXMLHTTPRequest2Callback *This)
{
    Callback *pCallback = FromInterface(This);
    LONG cRef = InterlockedDecrement(&pCallback->cRef);

    if (cRef == 0)
    {
        CloseHandle(pCallback->hDone);
        CoTaskMemFree(pCallback);
    }
    return (ULONG)cRef;
}

static HRESULT STDMETHODCALLTYPE OnRedirect(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
                                            const WCHAR *pwszRedirectUrl)
{
    UNREFERENCED_PARAMETER(This);
    UNREFERENCED_PARAMETER(pXHR);
    UNREFERENCED_PARAMETER(pwszRedirectUrl);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnHeadersAvailable(IXMLHTTPRequest2Callback *This,
                                                    IXMLHTTPRequest2 *pXHR, DWORD dwStatus,
                                                    const WCHAR *pwszStatus)
{
    UNREFERENCED_PARAMETER(pXHR);
    UNREFERENCED_PARAMETER(pwszStatus);
    FromInterface(This)->dwStatus = dwStatus;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnDataAvailable(IXMLHTTPRequest2Callback *This,
                                                 IXMLHTTPRequest2 *pXHR,
                                                 ISequentialStream *pResponseStream)
{
    BYTE piece[1024];
    ULONG cbRead = 0;
    HRESULT hr;

    UNREFERENCED_PARAMETER(pXHR);
    do
    {
        hr = ISequentialStream_Read(pResponseStream, piece, sizeof(piece), &cbRead);
        FromInterface(This)->cbBody += cbRead;
    } while (hr == S_OK);
    return FAILED(hr) ? hr : S_OK;
}

static HRESULT STDMETHODCALLTYPE OnResponseReceived(IXMLHTTPRequest2Callback *This,
                                                    IXMLHTTPRequest2 *pXHR,
                                                    ISequentialStream *pResponseStream)
{
    FromInterface(This)->hr = OnDataAvailable(This, pXHR, pResponseStream);
    SetEvent(FromInterface(This)->hDone);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnError(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
                                         HRESULT hrError)
{
    UNREFERENCED_PARAMETER(pXHR);
    FromInterface(This)->hr = hrError;
    SetEvent(FromInterface(This)->hDone);
    return S_OK;
}

static IXMLHTTPRequest2CallbackVtbl vtbl = {
    QueryInterface,     AddRef, Release, OnRedirect, OnHeadersAvailable, OnDataAvailable,
    OnResponseReceived, OnError};

static Callback *CreateCallback(void)
{
    Callback *pCallback = (Callback *)CoTaskMemAlloc(sizeof(*pCallback));

    if (pCallback == NULL)
    {
        return NULL;
    }
    ZeroMemory(pCallback, sizeof(*pCallback));
    pCallback->iface.lpVtbl = &vtbl;
    pCallback->cRef = 1;
    pCallback->hDone = CreateEvent(NULL, FALSE, FALSE, NULL);
    if (pCallback->hDone == NULL)
    {
        CoTaskMemFree(pCallback);
        return NULL;
    }
    return pCallback;
}

static HRESULT Get(const WCHAR *pwszUrl, Callback *pCallback)
{
    IXMLHTTPRequest2 *pXhr = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IXMLHTTPRequest2, (void **)&pXhr);

    if (FAILED(hr))
    {
        return hr;
    }
    hr = IXMLHTTPRequest2_Open(pXhr, OLESTR("GET"), pwszUrl, &pCallback->iface, NULL, NULL, NULL,
                               NULL);
    if (SUCCEEDED(hr))
    {
        hr = IXMLHTTPRequest2_Send(pXhr, NULL, 0);
    }
    if (SUCCEEDED(hr) && WaitForSingleObject(pCallback->hDone, 60 * 1000) != WAIT_OBJECT_0)
    {
        IXMLHTTPRequest2_Abort(pXhr);
        WaitForSingleObject(pCallback->hDone, INFINITE);
    }
    IXMLHTTPRequest2_Release(pXhr);
    return SUCCEEDED(hr) ? pCallback->hr : hr;
}

int _tmain(int argc, TCHAR *argv[])
{
    Callback *pCallback;
    HRESULT hr;

    if (argc != 2)
    {
        _tprintf(_T("GetInC URL\n"));
        return 2;
    }
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    pCallback = CreateCallback();
    hr = pCallback != NULL ? Get(argv[1], pCallback) : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
    {
        _tprintf(_T("%lu, %I64u bytes\n"), pCallback->dwStatus, pCallback->cbBody);
    }
    else
    {
        _tprintf(_T("failed: 0x%08lX\n"), (ULONG)hr);
    }
    if (pCallback != NULL)
    {
        IXMLHTTPRequest2Callback_Release(&pCallback->iface);
    }
    CoUninitialize();
    return SUCCEEDED(hr) ? 0 : 1;
}
