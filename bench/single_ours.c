/* SPDX-License-Identifier: MIT */
/*
 * single_ours (see single.h): the same work as single_bare.c's, by this library, each
 * request by an object of its own. The way "read": OnDataAvailable reads the body;
 * "write": a stream of the program gets it (SetCustomResponseStream); "up": it is read
 * from a stream of the program. BYTES: what OnDataAvailable reads at a time; 0:
 * PIECE_BYTES.
 */
#include <semaphore.h>
#include <wchar.h>

#include "callback.h"
#include "single.h"

#define PIECE_BYTES 65536
#define MOST_BYTES  (1024 * 1024)
#define MAX_URL	    256

/* The callback object and the stream of all requests: one runs at a time, and both live
 * longer than the library's threads, so that nothing is counted. */
struct taker {
	IXMLHTTPRequest2Callback callback; /* what Open takes; stands first */
	ISequentialStream stream; /* what SetCustomResponseStream or Send takes */
	sem_t done;		  /* posted when the final callback has come */
	bool is_written;	  /* the stream gets the body */
	HRESULT result;		  /* S_OK, or why the request failed */
	struct single single;	  /* what came */
};

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	static char bytes[MOST_BYTES]; /* one request runs at a time */
	struct taker *taker = (struct taker *)self;
	HRESULT hr;
	ULONG n;

	(void)xhr;
	if (taker->is_written)
		return S_OK;
	do {
		hr = ISequentialStream_Read(body, bytes, (ULONG)taker->single.bytes, &n);
		if (FAILED(hr))
			return hr;
		single_take(&taker->single, bytes, n);
	} while (hr == S_OK);
	return S_OK;
}

static void finish(struct taker *taker, HRESULT result)
{
	taker->result = result;
	sem_post(&taker->done);
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	(void)xhr, (void)body;
	finish((struct taker *)self, S_OK);
	return S_OK;
}

static HRESULT on_error(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			HRESULT error)
{
	callback_tell("single_ours", xhr, error);
	finish((struct taker *)self, error);
	return S_OK;
}

static const IXMLHTTPRequest2CallbackVtbl callback_functions = {
	callback_query,	  callback_count, callback_count, callback_redirect,
	callback_headers, on_data,	  on_received,	  on_error,
};

static struct single *single_of(ISequentialStream *self)
{
	return &((struct taker *)((char *)self - offsetof(struct taker, stream)))->single;
}

static HRESULT stream_read(ISequentialStream *self, void *to, ULONG cap, ULONG *out_n)
{
	*out_n = (ULONG)single_fill(single_of(self), to, cap);
	return *out_n ? S_OK : S_FALSE;
}

static HRESULT stream_write(ISequentialStream *self, const void *from, ULONG n,
			    ULONG *out_n)
{
	single_take(single_of(self), from, n);
	*out_n = n;
	return S_OK;
}

static const ISequentialStreamVtbl stream_functions = {
	callback_stream_query, callback_stream_count, callback_stream_count,
	stream_read,	       stream_write,
};

static struct taker taker = {
	.callback = {&callback_functions},
	.stream = {&stream_functions},
};

/* One request, from the object to the final callback. */
static HRESULT run(const WCHAR *url)
{
	struct single *single = &taker.single;
	IXMLHTTPRequest2 *xhr = NULL;
	HRESULT hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
				      &IID_IXMLHTTPRequest2, (void **)&xhr);

	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(xhr, single->up_bytes ? L"PUT" : L"GET", url,
					   &taker.callback, NULL, NULL, NULL, NULL);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetRequestHeader(xhr, L"Connection", L"close");
	if (SUCCEEDED(hr) && taker.is_written)
		hr = IXMLHTTPRequest2_SetCustomResponseStream(xhr, &taker.stream);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Send(xhr, single->up_bytes ? &taker.stream : NULL,
					   single->up_bytes);
	if (SUCCEEDED(hr)) {
		while (sem_wait(&taker.done) != 0)
			;
		hr = taker.result;
	}
	if (xhr)
		IXMLHTTPRequest2_Release(xhr);
	if (SUCCEEDED(hr) && !single_end(single))
		hr = E_FAIL;
	return hr;
}

static HRESULT run_next(struct single *single)
{
	WCHAR url[MAX_URL];
	const char *path = single_begin(single);

	swprintf(url, MAX_URL, L"%s://" SINGLE_HOST ":%u%s", single->scheme, single->port,
		 path);
	return run(url);
}

int main(int argc, char **argv)
{
	struct single *single = &taker.single;
	HRESULT hr;

	if (!single_init(single, argc, argv))
		return 2;
	if (single->bytes == 0 || single->bytes > MOST_BYTES)
		single->bytes = PIECE_BYTES;
	taker.is_written = strcmp(single->way, "write") == 0;
	sem_init(&taker.done, 0, 0);

	/* The other side asks nobody for an address either. */
	hr = ixhr2_configure(IXHR2_OPTION_CONNECT_TO, "::127.0.0.1:");
	while (SUCCEEDED(hr) && single_has_more(single))
		hr = run_next(single);
	if (FAILED(hr)) {
		fprintf(stderr, "single_ours: 0x%08x\n", (unsigned)hr);
		return 1;
	}
	tally_print(&single->tally);
	return 0;
}
