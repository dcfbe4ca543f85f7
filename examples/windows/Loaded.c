/* SPDX-License-Identifier: MIT */
/*
 * Loaded LIBRARY URL
 *
 * Uses a library that it was not linked with: it is loaded when the program runs, the
 * entry point DllGetClassObject is looked up in it, and the class object makes the
 * request object. Where Windows has LoadLibrary and GetProcAddress, this has dlopen and
 * dlsym; from the entry point on everything is COM. WCHAR is wchar_t here, as those who
 * look the entry point up get it.
 */
#define COBJMACROS
#define CINTERFACE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unknwn.h>
#include <msxml6.h>

typedef HRESULT(STDAPICALLTYPE *DllGetClassObjectFn)(REFCLSID rclsid, REFIID riid, void **ppv);

/* What the callback knows. */
static struct
{
    sem_t done;
    HRESULT hr;
    DWORD dwStatus;
} g_state;

static HRESULT STDMETHODCALLTYPE QueryInterface(IXMLHTTPRequest2Callback *This, REFIID riid,
                                                void **ppv)
{
    BOOL bKnown =
        IsEqualIID(riid, &IID_IUnknown) || IsEqualIID(riid, &IID_IXMLHTTPRequest2Callback);

    *ppv = bKnown ? This : NULL;
    return bKnown ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE AddRef(IXMLHTTPRequest2Callback *This)
{
    (void)This;
    return 2;
}

static ULONG STDMETHODCALLTYPE Release(IXMLHTTPRequest2Callback *This)
{
    (void)This;
    return 1;
}

static HRESULT STDMETHODCALLTYPE OnRedirect(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
                                            const WCHAR *pwszRedirectUrl)
{
    (void)This, (void)pXHR, (void)pwszRedirectUrl;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnHeadersAvailable(IXMLHTTPRequest2Callback *This,
                                                    IXMLHTTPRequest2 *pXHR, DWORD dwStatus,
                                                    const WCHAR *pwszStatus)
{
    (void)This, (void)pXHR, (void)pwszStatus;
    g_state.dwStatus = dwStatus;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnDataAvailable(IXMLHTTPRequest2Callback *This,
                                                 IXMLHTTPRequest2 *pXHR,
                                                 ISequentialStream *pResponseStream)
{
    (void)This, (void)pXHR, (void)pResponseStream;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnResponseReceived(IXMLHTTPRequest2Callback *This,
                                                    IXMLHTTPRequest2 *pXHR,
                                                    ISequentialStream *pResponseStream)
{
    (void)This, (void)pXHR, (void)pResponseStream;
    sem_post(&g_state.done);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnError(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
                                         HRESULT hrError)
{
    (void)This, (void)pXHR;
    g_state.hr = hrError;
    sem_post(&g_state.done);
    return S_OK;
}

static IXMLHTTPRequest2CallbackVtbl vtbl = {
    QueryInterface,     AddRef, Release, OnRedirect, OnHeadersAvailable, OnDataAvailable,
    OnResponseReceived, OnError};

/* The one callback: it lives as long as the program, so its references do not count. */
static IXMLHTTPRequest2Callback g_callback = {&vtbl};

static HRESULT Get(IXMLHTTPRequest2 *pXhr, const WCHAR *pwszUrl)
{
    HRESULT hr =
        IXMLHTTPRequest2_Open(pXhr, OLESTR("GET"), pwszUrl, &g_callback, NULL, NULL, NULL, NULL);

    if (SUCCEEDED(hr))
    {
        hr = IXMLHTTPRequest2_Send(pXhr, NULL, 0);
    }
    if (FAILED(hr))
    {
        return hr;
    }
    while (sem_wait(&g_state.done) != 0)
    {
    }
    return g_state.hr;
}

static HRESULT Create(DllGetClassObjectFn getClassObject, IXMLHTTPRequest2 **ppXhr)
{
    IClassFactory *pFactory = NULL;
    HRESULT hr =
        getClassObject(&CLSID_FreeThreadedXMLHTTP60, &IID_IClassFactory, (void **)&pFactory);

    if (FAILED(hr))
    {
        return hr;
    }
    hr = IClassFactory_CreateInstance(pFactory, NULL, &IID_IXMLHTTPRequest2, (void **)ppXhr);
    IClassFactory_Release(pFactory);
    return hr;
}

int main(int argc, char *argv[])
{
    IXMLHTTPRequest2 *pXhr = NULL;
    DllGetClassObjectFn getClassObject;
    WCHAR url[1024];
    void *library;
    void *symbol;
    HRESULT hr;

    if (argc != 3 || strlen(argv[2]) >= sizeof(url) / sizeof(url[0]))
    {
        puts("Loaded LIBRARY URL");
        return 2;
    }
    library = dlopen(argv[1], RTLD_NOW);
    symbol = library ? dlsym(library, "DllGetClassObject") : NULL;
    if (!symbol)
    {
        puts(dlerror());
        return 1;
    }
    memcpy(&getClassObject, &symbol, sizeof(symbol));

    for (size_t i = 0; i <= strlen(argv[2]); i++)
    {
        url[i] = (unsigned char)argv[2][i];
    }
    sem_init(&g_state.done, 0, 0);
    hr = Create(getClassObject, &pXhr);
    if (SUCCEEDED(hr))
    {
        hr = Get(pXhr, url);
        IXMLHTTPRequest2_Release(pXhr);
    }
    dlclose(library);

    if (FAILED(hr))
    {
        printf("failed: 0x%08X\n", (unsigned)hr);
        return 1;
    }
    printf("%u\n", g_state.dwStatus);
    return 0;
}
