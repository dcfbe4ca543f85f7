/* SPDX-License-Identifier: MIT */
/*
 * Several threads of a program call every method of the same few objects and response
 * streams in any order, while callbacks, streams and even AddRef, Release and
 * QueryInterface of the program's own objects do the same: open, send, abort, read, keep,
 * let go. Every accepted Send has one end, nothing is called after it or at the same
 * time, nobody waits for ever, and nothing is left behind. The sanitizers see the rest.
 *
 * Objects and streams stand on shelves. Who wants one takes a reference there; who puts
 * another one in its place drops that of the shelf, which may be the last.
 */
#include "lib/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/wide_text.h"

#include "ixhr2/shlwapi.h"

#define THREADS	    4
#define THREAD_ACTS 3000
#define OBJECTS	    5
#define STREAMS	    6
#define LARGE_BYTES 300000

/* The end may take as long as the timeouts of what waits for the server. */
#define END_WAIT_MS 60000
#define END_LOOK_MS 5

static const char *const paths[] = {"/plain", "/plain", "/large", "/large",
				    "/again", "/drop",	"/late",  "/close"};

static char large[LARGE_BYTES];
static WCHAR *urls[TEST_COUNT(paths)];

static struct shelf {
	pthread_mutex_t lock; /* for what stands there; nothing is called under it but
				 AddRef of the library's objects */
	IXMLHTTPRequest3 *xhr[OBJECTS];	    /* a reference each */
	ISequentialStream *stream[STREAMS]; /* a reference each, or NULL */
} shelf = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
	atomic_uint sends;  /* accepted */
	atomic_uint ends;   /* final callbacks, */
	atomic_uint fails;  /* of which OnError */
	atomic_uint lives;  /* watches and tubs that are there */
	atomic_bool closes; /* nothing begins any more */
} counts;

/* What this thread throws. */
static _Thread_local uint32_t dice;

/* Acts that run on this thread, one inside the other. */
static _Thread_local int depth;

static _Thread_local bool is_program_thread;

/* On any thread, where cmocka's are not to be used. */
static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static unsigned throw_dice(unsigned sides)
{
	if (!dice)
		dice = (uint32_t)(uintptr_t)&dice | 1;
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % sides;
}

/* One of the acts below, with one of the objects; not too deep. */
static void act(void);

/* ---- the shelf ---- */

static IXMLHTTPRequest3 *take_xhr(void)
{
	IXMLHTTPRequest3 *xhr;

	pthread_mutex_lock(&shelf.lock);
	xhr = shelf.xhr[throw_dice(OBJECTS)];
	if (xhr)
		IXMLHTTPRequest3_AddRef(xhr);
	pthread_mutex_unlock(&shelf.lock);
	return xhr;
}

/* Puts a reference onto the shelf and drops the one that stood there. */
static void put_xhr(unsigned at, IXMLHTTPRequest3 *xhr)
{
	IXMLHTTPRequest3 *old;

	pthread_mutex_lock(&shelf.lock);
	old = shelf.xhr[at];
	shelf.xhr[at] = xhr;
	pthread_mutex_unlock(&shelf.lock);
	if (old)
		IXMLHTTPRequest3_Release(old);
}

static ISequentialStream *take_stream(void)
{
	ISequentialStream *stream;

	pthread_mutex_lock(&shelf.lock);
	stream = shelf.stream[throw_dice(STREAMS)];
	if (stream)
		ISequentialStream_AddRef(stream);
	pthread_mutex_unlock(&shelf.lock);
	return stream;
}

static void put_stream(unsigned at, ISequentialStream *stream)
{
	ISequentialStream *old;

	pthread_mutex_lock(&shelf.lock);
	old = shelf.stream[at];
	shelf.stream[at] = stream;
	pthread_mutex_unlock(&shelf.lock);
	if (old)
		ISequentialStream_Release(old);
}

static void read_some(ISequentialStream *stream)
{
	char bytes[2000];
	ULONG n;

	for (unsigned i = throw_dice(20); i > 0; i--)
		if (ISequentialStream_Read(stream, bytes, throw_dice(sizeof(bytes)) + 1,
					   &n) != S_OK)
			break;
}

/* ---- a tub: a body, or what a response is poured into ---- */

struct tub {
	ISequentialStream ISequentialStream_iface; /* what is passed */
	atomic_int refs;			   /* references */
	atomic_int inside;			   /* Reads and Writes that run */
	atomic_uint left;			   /* bytes that Read gives */
};

static struct tub *tub_of(ISequentialStream *iface)
{
	return (struct tub *)(void *)iface;
}

static HRESULT tub_QueryInterface(ISequentialStream *iface, REFIID iid, void **out)
{
	(void)iface;
	must(IsEqualIID(iid, &IID_IStream));
	act();
	*out = NULL;
	return E_NOINTERFACE;
}

static ULONG tub_AddRef(ISequentialStream *iface)
{
	act();
	return (ULONG)++tub_of(iface)->refs;
}

static ULONG tub_Release(ISequentialStream *iface)
{
	ULONG refs = (ULONG)--tub_of(iface)->refs;

	act();
	if (refs == 0) {
		free(tub_of(iface));
		counts.lives--;
	}
	return refs;
}

static HRESULT tub_Read(ISequentialStream *iface, void *to, ULONG cap, ULONG *out_len)
{
	struct tub *tub = tub_of(iface);
	ULONG n = tub->left < cap ? tub->left : cap;

	must(!is_program_thread && tub->inside++ == 0);
	act();
	memset(to, 'b', n);
	tub->left -= n;
	*out_len = n;
	tub->inside--;
	return throw_dice(30) ? S_OK : E_FAIL;
}

static HRESULT tub_Write(ISequentialStream *iface, const void *from, ULONG len,
			 ULONG *out_len)
{
	struct tub *tub = tub_of(iface);

	(void)from;
	must(!is_program_thread && tub->inside++ == 0);
	act();
	if (out_len)
		*out_len = len;
	tub->inside--;
	return throw_dice(30) ? S_OK : E_FAIL;
}

/* Whether it is one of the program's own. */
static bool is_tub(const ISequentialStream *stream)
{
	return stream->lpVtbl->Read == tub_Read;
}

static ISequentialStream *tub_new(void)
{
	static const ISequentialStreamVtbl vtbl = {tub_QueryInterface, tub_AddRef,
						   tub_Release, tub_Read, tub_Write};
	struct tub *tub = calloc(1, sizeof(*tub));

	tub->ISequentialStream_iface.lpVtbl = &vtbl;
	tub->refs = 1;
	tub->left = 100000;
	counts.lives++;
	return &tub->ISequentialStream_iface;
}

/* ---- a watch: the callback of one Open ---- */

struct watch {
	IXMLHTTPRequest3Callback IXMLHTTPRequest3Callback_iface; /* what is passed */
	atomic_int refs;					 /* references */
	atomic_int inside;					 /* callbacks that run */
	bool is_over; /* the final one has begun */
};

static struct watch *watch_of(IXMLHTTPRequest3Callback *iface)
{
	return (struct watch *)(void *)iface;
}

static HRESULT watch_QueryInterface(IXMLHTTPRequest3Callback *iface, REFIID iid,
				    void **out)
{
	must(IsEqualIID(iid, &IID_IXMLHTTPRequest3Callback));
	act();
	*out = NULL;
	if (throw_dice(2))
		return E_NOINTERFACE;
	watch_of(iface)->refs++;
	*out = iface;
	return S_OK;
}

static ULONG watch_AddRef(IXMLHTTPRequest3Callback *iface)
{
	act();
	return (ULONG)++watch_of(iface)->refs;
}

static ULONG watch_Release(IXMLHTTPRequest3Callback *iface)
{
	ULONG refs = (ULONG)--watch_of(iface)->refs;

	act();
	if (refs == 0) {
		free(watch_of(iface));
		counts.lives--;
	}
	return refs;
}

static void look_at(IXMLHTTPRequest3 *xhr)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	WCHAR *text = NULL;
	char *error = NULL;

	if (IXMLHTTPRequest3_GetAllResponseHeaders(xhr, &text) == S_OK)
		CoTaskMemFree(text);
	if (IXMLHTTPRequest3_GetResponseHeader(xhr, L"Content-Length", &text) == S_OK)
		CoTaskMemFree(text);
	if (ixhr2_get_info((IUnknown *)(void *)xhr, &info) == S_OK)
		ixhr2_info_free(&info);
	if (ixhr2_error_text((IUnknown *)(void *)xhr, &error) == S_OK)
		CoTaskMemFree(error);
}

static HRESULT called(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr_2,
		      ISequentialStream *stream, bool is_final)
{
	struct watch *watch = watch_of(iface);
	IXMLHTTPRequest3 *xhr = (IXMLHTTPRequest3 *)(void *)xhr_2;

	must(!is_program_thread && watch->inside++ == 0 && !watch->is_over);
	watch->is_over = is_final;
	look_at(xhr);
	if (stream && throw_dice(2))
		read_some(stream);
	if (stream && !is_tub(stream) && throw_dice(3) == 0 && !counts.closes) {
		ISequentialStream_AddRef(stream);
		put_stream(throw_dice(STREAMS), stream);
	}
	if (throw_dice(5) == 0 && !counts.closes) {
		IXMLHTTPRequest3_AddRef(xhr);
		put_xhr(throw_dice(OBJECTS), xhr);
	}
	if (throw_dice(20) == 0)
		IXMLHTTPRequest3_Abort(xhr);
	if (throw_dice(10) == 0)
		usleep(throw_dice(8000));
	act();
	counts.ends += is_final;
	watch->inside--;
	return throw_dice(20) ? S_OK : E_FAIL;
}

static HRESULT watch_OnRedirect(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
				const WCHAR *url)
{
	(void)url;
	return called(iface, xhr, NULL, false);
}

static HRESULT watch_OnHeadersAvailable(IXMLHTTPRequest3Callback *iface,
					IXMLHTTPRequest2 *xhr, DWORD status,
					const WCHAR *reason)
{
	(void)status;
	(void)reason;
	return called(iface, xhr, NULL, false);
}

static HRESULT watch_OnDataAvailable(IXMLHTTPRequest3Callback *iface,
				     IXMLHTTPRequest2 *xhr, ISequentialStream *stream)
{
	return called(iface, xhr, stream, false);
}

static HRESULT watch_OnResponseReceived(IXMLHTTPRequest3Callback *iface,
					IXMLHTTPRequest2 *xhr, ISequentialStream *stream)
{
	return called(iface, xhr, stream, true);
}

static HRESULT watch_OnError(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
			     HRESULT error)
{
	must(FAILED(error));
	counts.fails++;
	return called(iface, xhr, NULL, true);
}

static HRESULT watch_OnServerCertificateReceived(IXMLHTTPRequest3Callback *iface,
						 IXMLHTTPRequest3 *xhr, DWORD errors,
						 DWORD count, const XHR_CERT *chain)
{
	(void)errors;
	(void)count;
	(void)chain;
	return called(iface, (IXMLHTTPRequest2 *)(void *)xhr, NULL, false);
}

static HRESULT watch_OnClientCertificateRequested(IXMLHTTPRequest3Callback *iface,
						  IXMLHTTPRequest3 *xhr, DWORD count,
						  const WCHAR **issuers)
{
	(void)count;
	(void)issuers;
	return called(iface, (IXMLHTTPRequest2 *)(void *)xhr, NULL, false);
}

static IXMLHTTPRequest2Callback *watch_new(void)
{
	static const IXMLHTTPRequest3CallbackVtbl vtbl = {
		watch_QueryInterface,
		watch_AddRef,
		watch_Release,
		watch_OnRedirect,
		watch_OnHeadersAvailable,
		watch_OnDataAvailable,
		watch_OnResponseReceived,
		watch_OnError,
		watch_OnServerCertificateReceived,
		watch_OnClientCertificateRequested,
	};
	struct watch *watch = calloc(1, sizeof(*watch));

	watch->IXMLHTTPRequest3Callback_iface.lpVtbl = &vtbl;
	watch->refs = 1;
	counts.lives++;
	return (IXMLHTTPRequest2Callback *)(void *)watch;
}

/* ---- what is done ---- */

static void open_one(IXMLHTTPRequest3 *xhr)
{
	IXMLHTTPRequest2Callback *watch = watch_new();

	IXMLHTTPRequest3_Open(xhr, throw_dice(2) ? L"GET" : L"POST",
			      urls[throw_dice(TEST_COUNT(urls))], watch, NULL, NULL, NULL,
			      NULL);
	IXMLHTTPRequest2Callback_Release(watch);
}

static void send_one(IXMLHTTPRequest3 *xhr)
{
	ISequentialStream *body = NULL;
	unsigned kind = throw_dice(4);

	if (kind == 0)
		body = tub_new();
	if (kind == 1)
		body = (ISequentialStream *)(void *)SHCreateMemStream((const BYTE *)large,
								      20000);
	/* Counted before, because the final callback may come first. */
	counts.sends++;
	if (IXMLHTTPRequest3_Send(xhr, body, body ? 1 + throw_dice(20000) : 0) != S_OK)
		counts.sends--;
	if (body)
		ISequentialStream_Release(body);
}

/* The program lets go of it at once: the end may come before Send has returned. */
static void send_and_forget(IXMLHTTPRequest3 *unused)
{
	IXMLHTTPRequest3 *xhr;

	(void)unused;
	must(ixhr2_create(sizeof(WCHAR), &IID_IXMLHTTPRequest3, (void **)&xhr) == S_OK);
	open_one(xhr);
	send_one(xhr);
	if (throw_dice(3) == 0)
		IXMLHTTPRequest3_Abort(xhr);
	IXMLHTTPRequest3_Release(xhr);
}

static void open_and_send(IXMLHTTPRequest3 *xhr)
{
	open_one(xhr);
	send_one(xhr);
}

static void abort_one(IXMLHTTPRequest3 *xhr)
{
	IXMLHTTPRequest3_Abort(xhr);
}

static void set_something(IXMLHTTPRequest3 *xhr)
{
	IXMLHTTPRequest3_SetRequestHeader(xhr, L"X-Some", L"thing");
	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_TIMEOUT, throw_dice(3) * 20);
	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_ONDATA_THRESHOLD, throw_dice(50000));
	IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_EXTENDED_ERROR, throw_dice(2));
}

static void set_sink(IXMLHTTPRequest3 *xhr)
{
	ISequentialStream *sink = tub_new();

	IXMLHTTPRequest3_SetCustomResponseStream(xhr, sink);
	ISequentialStream_Release(sink);
}

static void replace_one(IXMLHTTPRequest3 *unused)
{
	IXMLHTTPRequest3 *xhr;

	(void)unused;
	must(ixhr2_create(sizeof(WCHAR), &IID_IXMLHTTPRequest3, (void **)&xhr) == S_OK);
	put_xhr(throw_dice(OBJECTS), xhr);
}

static void read_one(IXMLHTTPRequest3 *unused)
{
	ISequentialStream *stream = take_stream();

	(void)unused;
	if (!stream)
		return;
	read_some(stream);
	ISequentialStream_Release(stream);
}

static void drop_stream(IXMLHTTPRequest3 *unused)
{
	(void)unused;
	put_stream(throw_dice(STREAMS), NULL);
}

static void act(void)
{
	static void (*const acts[])(IXMLHTTPRequest3 * xhr) = {
		open_and_send, open_and_send, open_one, send_one,    send_and_forget,
		abort_one,     set_something, set_sink, replace_one, look_at,
		read_one,      read_one,      read_one, drop_stream,
	};
	IXMLHTTPRequest3 *xhr;

	if (counts.closes || depth > 1 || (!is_program_thread && throw_dice(4)))
		return;
	depth++;
	xhr = take_xhr();
	if (xhr) {
		acts[throw_dice(TEST_COUNT(acts))](xhr);
		IXMLHTTPRequest3_Release(xhr);
	}
	depth--;
}

/* ---- the whole ---- */

static void reply(void *owner, const struct answerer_request *request,
		  struct answerer_reply *out)
{
	const char *path = request->path;

	(void)owner;
	out->body = SPAN("body");
	if (strcmp(path, "/large") == 0)
		out->body = span_of(large, sizeof(large));
	if (strcmp(path, "/again") == 0) {
		out->status = "307 Temporary Redirect";
		out->fields = "Location: /large\r\n";
	}
	if (strcmp(path, "/late") == 0)
		out->delay_ms = 1 + request->number % 30;
	out->drops = strcmp(path, "/drop") == 0;
	out->closes = strcmp(path, "/close") == 0;
}

static void *run(void *number)
{
	is_program_thread = true;
	dice = 1 + *(unsigned *)number;
	for (unsigned i = 0; i < THREAD_ACTS; i++)
		act();
	return NULL;
}

static void clear_the_shelf(void)
{
	for (unsigned i = 0; i < OBJECTS; i++)
		put_xhr(i, NULL);
	for (unsigned i = 0; i < STREAMS; i++)
		put_stream(i, NULL);
}

/* A callback that has begun before may put something there still. */
static void await_the_end(void)
{
	for (int ms = 0; counts.lives || counts.ends != counts.sends; ms += END_LOOK_MS) {
		assert_true(ms < END_WAIT_MS);
		clear_the_shelf();
		usleep(END_LOOK_MS * 1000);
	}
	clear_the_shelf();
}

static void threads_that_do_what_they_like_break_nothing(void **state)
{
	struct answerer *answerer = answerer_start(reply, NULL);
	unsigned numbers[THREADS];
	pthread_t threads[THREADS];
	char url[ANSWERER_URL_BYTES];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(paths); i++)
		urls[i] = wide_text_new(answerer_url(answerer, paths[i], url));
	is_program_thread = true;
	for (unsigned i = 0; i < OBJECTS; i++)
		replace_one(NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, run, &numbers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	counts.closes = true;
	await_the_end();
	print_message("  %u of %u requests failed\n", atomic_load(&counts.fails),
		      atomic_load(&counts.sends));
	for (size_t i = 0; i < TEST_COUNT(paths); i++)
		free(urls[i]);
	answerer_end(answerer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(threads_that_do_what_they_like_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
