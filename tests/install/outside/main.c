// SPDX-License-Identifier: MIT
//
// A program that has only what is installed: makes an object and lets it go.

#define COBJMACROS
#include <ixhr2/ixhr2.h>
#include <msxml6.h>

int main(void)
{
	IXMLHTTPRequest2 *xhr = NULL;
	HRESULT hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
				      &IID_IXMLHTTPRequest2, (void **)&xhr);

	if (hr != S_OK)
		return 1;
	return IXMLHTTPRequest2_Release(xhr) == 0 ? 0 : 2;
}
