// SPDX-License-Identifier: MIT
//
// The same as main.c in C++.

#include <ixhr2/ixhr2.h>
#include <msxml6.h>

int main()
{
	IXMLHTTPRequest2 *xhr = nullptr;
	HRESULT hr = CoCreateInstance(CLSID_FreeThreadedXMLHTTP60, nullptr, CLSCTX_SERVER,
				      IID_PPV_ARGS(&xhr));

	if (hr != S_OK)
		return 1;
	return xhr->Release() == 0 ? 0 : 2;
}
