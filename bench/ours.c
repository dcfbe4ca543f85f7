/* SPDX-License-Identifier: MIT */
/*
 * ours PORT[,PORT] PATH REQUESTS CONCURRENCY [WAY]: this library through its COM
 * interface. Each request is an object of its own, made, opened and sent in the final
 * callback of the one before it, which is released then. WAY:
 *
 *	read   OnDataAvailable reads the body (the default)
 *	write  a stream of the program gets it (SetCustomResponseStream)
 *	put    PUT: a stream of the program gives as many bytes as PATH names; the
 *	       answer has 100
 *	https  https://good.test, by the roots of SSL_CERT_FILE; HTTP/2 where the server
 *	       speaks it, unless IXHR2_PROTOCOL says something else
 *
 * With two ports every other request at a time goes to the second. What the library can
 * be told by the environment (IXHR2_…) holds here, too. Callbacks of different requests
 * may run at the same time: each slot, in which one request follows another, counts by
 * itself.
 */
#include <semaphore.h>
#include <stdatomic.h>
#include <wchar.h>

#include "callback.h"
#include "tally.h"
#include "task.h"

#define MAX_URL 256

/* Where one request runs at a time. */
struct slot {
	IXMLHTTPRequest2Callback callback; /* what Open takes; stands first */
	ISequentialStream sink;		   /* what SetCustomResponseStream takes */
	ISequentialStream source;	   /* what Send takes */
	const WCHAR *url;		   /* where its requests go */
	IXMLHTTPRequest2 *xhr;		   /* the request that runs; owned */
	uint64_t come;			   /* of its body */
	uint64_t gone;			   /* of the body that goes up */
	uint64_t requests;		   /* that ended well here */
	uint64_t bytes;			   /* of them */
};

static struct task task;
static bool is_put, is_written;
static WCHAR urls[2][MAX_URL]; /* by slots in turn; the same with one port */
static _Atomic uint64_t begun; /* requests */
static _Atomic unsigned running;
static sem_t is_done; /* posted when nothing runs any more */

static void fail(const char *what, HRESULT hr)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: 0x%08x", what, (unsigned)hr);
	task_fail(&task, text);
}

static void end_slot(void)
{
	if (atomic_fetch_sub(&running, 1) == 1)
		sem_post(&is_done);
}

static HRESULT send_next(struct slot *slot)
{
	HRESULT hr;

	slot->come = slot->gone = 0;
	hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
			      &IID_IXMLHTTPRequest2, (void **)&slot->xhr);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(slot->xhr, is_put ? L"PUT" : L"GET", slot->url,
					   &slot->callback, NULL, NULL, NULL, NULL);
	if (SUCCEEDED(hr) && is_written)
		hr = IXMLHTTPRequest2_SetCustomResponseStream(slot->xhr, &slot->sink);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Send(slot->xhr, is_put ? &slot->source : NULL,
					   is_put ? task.body_bytes : 0);
	return hr;
}

/* Sends a request, if there is one left. */
static void go_on(struct slot *slot)
{
	HRESULT hr;

	if (atomic_fetch_add(&begun, 1) >= task.requests) {
		end_slot();
		return;
	}
	hr = send_next(slot);
	if (FAILED(hr))
		fail("cannot send", hr);
}

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	(void)xhr;
	return is_written ? S_OK : callback_read(body, &((struct slot *)self)->come);
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	struct slot *slot = (struct slot *)self;

	(void)body;
	if (slot->come != (is_put ? TASK_SMALL_BYTES : task.body_bytes))
		fail("not the length that was expected", E_FAIL);
	slot->requests++;
	slot->bytes += is_put ? slot->gone : slot->come;
	slot->xhr = NULL;
	go_on(slot);
	IXMLHTTPRequest2_Release(xhr);
	return S_OK;
}

static HRESULT on_error(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			HRESULT error)
{
	char *text = NULL;

	(void)self;
	ixhr2_error_text((IUnknown *)xhr, &text);
	fail(text ? text : "error", error);
	return S_OK;
}

static const IXMLHTTPRequest2CallbackVtbl callback_functions = {
	callback_query,	  callback_count, callback_count, callback_redirect,
	callback_headers, on_data,	  on_received,	  on_error,
};

static HRESULT source_read(ISequentialStream *self, void *to, ULONG cap, ULONG *out_n)
{
	struct slot *slot = (struct slot *)((char *)self - offsetof(struct slot, source));
	uint64_t left = task.body_bytes - slot->gone;

	/* Others send the same bytes again and again, too: nobody fills a buffer. */
	(void)to;
	*out_n = left < cap ? (ULONG)left : cap;
	slot->gone += *out_n;
	return *out_n == cap ? S_OK : S_FALSE;
}

static HRESULT source_write(ISequentialStream *self, const void *from, ULONG n,
			    ULONG *out_n)
{
	(void)self, (void)from, (void)n;
	*out_n = 0;
	return E_NOTIMPL;
}

static HRESULT sink_read(ISequentialStream *self, void *to, ULONG cap, ULONG *out_n)
{
	(void)self, (void)to, (void)cap;
	*out_n = 0;
	return E_NOTIMPL;
}

static HRESULT sink_write(ISequentialStream *self, const void *from, ULONG n,
			  ULONG *out_n)
{
	struct slot *slot = (struct slot *)((char *)self - offsetof(struct slot, sink));

	(void)from;
	slot->come += n;
	*out_n = n;
	return S_OK;
}

static const ISequentialStreamVtbl source_functions = {
	callback_stream_query, callback_stream_count, callback_stream_count,
	source_read,	       source_write,
};
static const ISequentialStreamVtbl sink_functions = {
	callback_stream_query,
	callback_stream_count,
	callback_stream_count,
	sink_read,
	sink_write,
};

static void prepare(int argc, char **argv)
{
	const char *port;
	bool is_https;
	HRESULT hr;

	task_read(&task, argc, argv);
	port = task.port;
	is_put = task_has(&task, "put");
	is_written = task_has(&task, "write");
	is_https = task_has(&task, "https");
	for (int i = 0; i < 2; i++) {
		swprintf(urls[i], MAX_URL, L"%s:%.*s%s",
			 is_https ? "https://" TASK_HOST : "http://127.0.0.1",
			 (int)strcspn(port, ","), port, task.path);
		port = strchr(port, ',') ? strchr(port, ',') + 1 : port;
	}
	sem_init(&is_done, 0, 0);
	/* The other side asks nobody for an address either. */
	hr = is_https ? ixhr2_configure(IXHR2_OPTION_CONNECT_TO, "::127.0.0.1:") : S_OK;
	if (FAILED(hr))
		fail("cannot configure", hr);
}

int main(int argc, char **argv)
{
	struct tally tally = {0};
	struct slot *slots;

	prepare(argc, argv);
	slots = calloc(task.at_once, sizeof(*slots));
	if (!slots)
		task_fail(&task, "memory");
	tally_begin(&tally);
	running = task.at_once;
	for (unsigned i = 0; i < task.at_once; i++) {
		slots[i].callback.lpVtbl = &callback_functions;
		slots[i].sink.lpVtbl = &sink_functions;
		slots[i].source.lpVtbl = &source_functions;
		slots[i].url = urls[i % 2];
		go_on(&slots[i]);
	}
	while (sem_wait(&is_done) != 0)
		;
	for (unsigned i = 0; i < task.at_once; i++) {
		tally.requests += slots[i].requests;
		tally.bytes += slots[i].bytes;
	}
	tally_print(&tally);
	return 0;
}
