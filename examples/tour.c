/* SPDX-License-Identifier: MIT */
/*
 * tour ORIGIN FILE: shows what the library does, on the URL of examples/origin.c. FILE is
 * sent to it. examples/demo.sh starts both.
 *
 * Each stop of the tour sends a request. Its callbacks, which run on a thread of the
 * library, write down what they are told and when; main prints that at the end. A stop
 * that does not end as it should makes the tour end with 1.
 */
#define COBJMACROS
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <wchar.h>

#include <ixhr2/ixhr2.h>
#include <ixhr2/msxml6.h>
#include <ixhr2/shlwapi.h>

#include "callback.h"

#define MAX_URL	       512
#define LINE_WIDTH     79
#define PROGRESS_MS    2
#define ABORT_AFTER_MS 100

/* One stop: a request, and an object with the callbacks and a stream for the body. */
struct stop {
	struct callback callback; /* what Open takes; stands first */
	ISequentialStream sink;	  /* what takes the body of stop 5 */
	IXMLHTTPRequest2 *xhr;	  /* the request object */
	double begin_ms;	  /* when Send was called */
	double end_ms;		  /* time of the latest note, since begin_ms */
	unsigned long long bytes; /* of the body so far */
	FILE *story;		  /* what the callbacks write down */
	char *text;		  /* the same as text */
	size_t text_len;	  /* bytes of text */
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Writes down a line: when, which callback, what it was told. */
__attribute__((format(printf, 3, 4))) static void
note(struct stop *stop, const char *callback, const char *format, ...)
{
	va_list values;

	stop->end_ms = now_ms() - stop->begin_ms;
	fprintf(stop->story, "%9.2f ms  %-18s  ", stop->end_ms, callback);
	va_start(values, format);
	vfprintf(stop->story, format, values);
	va_end(values);
	fputc('\n', stop->story);
}

/* Writes down a sentence, in lines that fit a terminal. */
static void note_sentence(struct stop *stop, const char *text)
{
	size_t column = 2;
	size_t word;

	fputs("  ", stop->story);
	for (; *text; text += word + strspn(text + word, " ")) {
		word = strcspn(text, " ");
		if (column + 1 + word > LINE_WIDTH) {
			fputs("\n  ", stop->story);
			column = 2;
		}
		fprintf(stop->story, " %.*s", (int)word, text);
		column += 1 + word;
	}
	fputc('\n', stop->story);
}

/* ---- callbacks ---- */

static HRESULT on_redirect(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   const WCHAR *url)
{
	(void)xhr;
	note((struct stop *)self, "OnRedirect", "to %ls", url);
	return S_OK;
}

static HRESULT on_headers(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			  DWORD status, const WCHAR *reason)
{
	struct stop *stop = (struct stop *)self;
	WCHAR *length = NULL;

	IXMLHTTPRequest2_GetResponseHeader(xhr, L"Content-Length", &length);
	note(stop, "OnHeadersAvailable", "%u %ls, Content-Length %ls", status, reason,
	     length ? length : L"unknown");
	CoTaskMemFree(length);
	return S_OK;
}

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	struct stop *stop = (struct stop *)self;
	char bytes[64];
	ULONG n;

	(void)xhr;
	while (SUCCEEDED(ISequentialStream_Read(body, bytes, sizeof(bytes), &n)) &&
	       n > 0) {
		stop->bytes += n;
		while (n > 0 && bytes[n - 1] == '\n')
			n--;
		note(stop, "OnDataAvailable", "\"%.*s\"", (int)n, bytes);
	}
	return S_OK;
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	struct stop *stop = (struct stop *)self;

	(void)xhr, (void)body;
	note(stop, "OnResponseReceived", "all %llu bytes", stop->bytes);
	return S_OK;
}

static HRESULT on_error(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			HRESULT error)
{
	struct stop *stop = (struct stop *)self;
	struct ixhr2_info info = {.cb = sizeof(info)};
	char *text = NULL;

	stop->callback.result = error;
	ixhr2_get_info((IUnknown *)xhr, &info);
	ixhr2_error_text((IUnknown *)xhr, &text);
	note(stop, "OnError", "0x%08x %s", (unsigned)error,
	     info.error_name ? info.error_name : "");
	note_sentence(stop, text ? text : "");
	CoTaskMemFree(text);
	ixhr2_info_free(&info);
	return S_OK;
}

static const IXMLHTTPRequest2CallbackVtbl callback_methods = {
	callback_query_interface,
	callback_add_ref,
	callback_release,
	on_redirect,
	on_headers,
	on_data,
	on_received,
	on_error,
};

/* ---- the stream for the body: a second interface of the same object ---- */

static struct stop *stop_of(ISequentialStream *sink)
{
	return (struct stop *)((char *)sink - offsetof(struct stop, sink));
}

static HRESULT sink_query_interface(ISequentialStream *self, REFIID iid, void **out)
{
	*out = NULL;
	if (!IsEqualIID(iid, &IID_ISequentialStream))
		return E_NOINTERFACE;
	callback_add_ref(&stop_of(self)->callback.iface);
	*out = self;
	return S_OK;
}

static ULONG sink_add_ref(ISequentialStream *self)
{
	return callback_add_ref(&stop_of(self)->callback.iface);
}

static ULONG sink_release(ISequentialStream *self)
{
	return callback_release(&stop_of(self)->callback.iface);
}

static HRESULT sink_read(ISequentialStream *self, void *to, ULONG bytes, ULONG *count)
{
	(void)self, (void)to, (void)bytes, (void)count;
	return E_NOTIMPL;
}

static HRESULT sink_write(ISequentialStream *self, const void *from, ULONG bytes,
			  ULONG *count)
{
	(void)from;
	stop_of(self)->bytes += bytes;
	*count = bytes;
	return S_OK;
}

static const ISequentialStreamVtbl sink_methods = {
	sink_query_interface, sink_add_ref, sink_release, sink_read, sink_write,
};

#define STOP_INIT                                                                        \
	{                                                                                \
		.callback = CALLBACK_INIT(&callback_methods), .sink = { &sink_methods }  \
	}

/* ---- a stop, from its title to its end ---- */

/* Makes a request object and opens it. */
static HRESULT begin(struct stop *stop, const WCHAR *method, const char *origin,
		     const char *path)
{
	WCHAR url[MAX_URL];
	HRESULT hr;

	stop->story = open_memstream(&stop->text, &stop->text_len);
	if (!stop->story || swprintf(url, MAX_URL, L"%s%s", origin, path) < 0)
		return E_INVALIDARG;
	hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
			      &IID_IXMLHTTPRequest2, (void **)&stop->xhr);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(stop->xhr, method, url, &stop->callback.iface,
					   NULL, NULL, NULL, NULL);
	return hr;
}

static HRESULT start(struct stop *stop, ISequentialStream *body, ULONGLONG bytes)
{
	stop->begin_ms = now_ms();
	return IXMLHTTPRequest2_Send(stop->xhr, body, bytes);
}

/* Waits for the end where the request began, prints the story, and releases; answers
 * whether the result is the one expected. */
static bool end(struct stop *stop, HRESULT begun, HRESULT expected)
{
	HRESULT hr = SUCCEEDED(begun) ? callback_wait(&stop->callback) : begun;

	if (stop->story)
		fclose(stop->story);
	fputs(stop->text ? stop->text : "", stdout);
	free(stop->text);
	if (stop->xhr)
		IXMLHTTPRequest2_Release(stop->xhr);
	if (hr == expected)
		return true;
	printf("   This should have ended with 0x%08x, not with 0x%08x.\n",
	       (unsigned)expected, (unsigned)hr);
	return false;
}

static void title(const char *text)
{
	static unsigned number;

	printf("\n%u. %s\n", ++number, text);
	fflush(stdout);
}

/* Waits for the end and writes down how fast body_bytes went out, or, with 0, how fast
 * the response came in. */
static void note_rate(struct stop *stop, ULONGLONG body_bytes)
{
	struct rusage usage;

	if (FAILED(callback_wait(&stop->callback)))
		return;
	getrusage(RUSAGE_SELF, &usage);
	fprintf(stop->story, "   %.0f MB/s; the process never took more than %.1f MB\n",
		(double)(body_bytes ? body_bytes : stop->bytes) / 1e3 / stop->end_ms,
		(double)usage.ru_maxrss * 1024 / 1e6);
}

/* ---- the stops ---- */

/* A GET whose callbacks say all. */
static bool show_plain(const char *origin, const char *path, HRESULT expected)
{
	struct stop stop = STOP_INIT;
	HRESULT hr = begin(&stop, L"GET", origin, path);

	if (SUCCEEDED(hr))
		hr = start(&stop, NULL, 0);
	return end(&stop, hr, expected);
}

/* Writes down how the latest request came about, beyond what Windows tells. */
static void note_connection(struct stop *stop)
{
	struct ixhr2_info info = {.cb = sizeof(info)};

	if (ixhr2_get_info((IUnknown *)stop->xhr, &info) != S_OK)
		return;
	if (info.is_reused)
		fputs("   The connection was kept", stop->story);
	else
		fprintf(stop->story, "   Connected after %.2f ms",
			(double)info.connected_us / 1e3);
	fprintf(stop->story, ", request sent %.2f, first byte of the response %.2f\n",
		(double)info.sent_us / 1e3, (double)info.first_byte_us / 1e3);
	ixhr2_info_free(&info);
}

static bool show_get(const char *origin)
{
	struct stop stop = STOP_INIT;
	HRESULT hr = begin(&stop, L"GET", origin, "/hello");

	if (SUCCEEDED(hr))
		hr = start(&stop, NULL, 0);
	if (SUCCEEDED(hr) && SUCCEEDED(callback_wait(&stop.callback)))
		note_connection(&stop);
	return end(&stop, hr, S_OK);
}

static bool is_running(struct stop *stop)
{
	bool is_referred_to;

	pthread_mutex_lock(&stop->callback.lock);
	is_referred_to = stop->callback.references > 0;
	pthread_mutex_unlock(&stop->callback.lock);
	return is_referred_to;
}

/* How far the library has read the file: any thread may ask its stream. */
static void show_progress(struct stop *stop, IStream *file, ULONGLONG bytes)
{
	ULARGE_INTEGER at = {.QuadPart = 0};
	unsigned percent = 10;
	bool goes_on;

	fputs("   read", stdout);
	do {
		goes_on = is_running(stop);
		IStream_Seek(file, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_CUR, &at);
		for (; percent <= 100 && at.QuadPart >= bytes / 100 * percent;
		     percent += 10)
			printf(" %u%%", percent);
		fflush(stdout);
		sleep_ms(PROGRESS_MS);
	} while (goes_on && percent <= 100);
	putchar('\n');
}

static bool show_post(const char *origin, const char *path)
{
	struct stop stop = STOP_INIT;
	IStream *file = NULL;
	STATSTG stat = {.cbSize.QuadPart = 0};
	HRESULT hr = begin(&stop, L"POST", origin, "/upload");

	if (SUCCEEDED(hr))
		hr = SHCreateStreamOnFile(path, STGM_READ, &file);
	if (SUCCEEDED(hr))
		hr = IStream_Stat(file, &stat, STATFLAG_NONAME);
	if (SUCCEEDED(hr))
		hr = start(&stop, (ISequentialStream *)file, stat.cbSize.QuadPart);
	if (SUCCEEDED(hr)) {
		show_progress(&stop, file, stat.cbSize.QuadPart);
		note_rate(&stop, stat.cbSize.QuadPart);
	}
	if (file)
		IStream_Release(file);
	return end(&stop, hr, S_OK);
}

static bool show_download(const char *origin)
{
	struct stop stop = STOP_INIT;
	HRESULT hr = begin(&stop, L"GET", origin, "/large");

	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetCustomResponseStream(stop.xhr, &stop.sink);
	if (SUCCEEDED(hr))
		hr = start(&stop, NULL, 0);
	if (SUCCEEDED(hr))
		note_rate(&stop, 0);
	return end(&stop, hr, S_OK);
}

static bool show_abort(const char *origin)
{
	struct stop stop = STOP_INIT;
	HRESULT hr = begin(&stop, L"GET", origin, "/slow");

	if (SUCCEEDED(hr))
		hr = start(&stop, NULL, 0);
	if (SUCCEEDED(hr)) {
		sleep_ms(ABORT_AFTER_MS);
		printf("%9.2f ms  Abort\n", now_ms() - stop.begin_ms);
		IXMLHTTPRequest2_Abort(stop.xhr);
	}
	return end(&stop, hr, E_ABORT);
}

int main(int argc, char **argv)
{
	const char *origin = argv[1];
	bool is_well = true;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc != 3) {
		fputs("usage: tour ORIGIN FILE\n", stderr);
		return 2;
	}
	printf("ixhr2 %s. The origin is %s; times count from Send.\n", ixhr2_version(),
	       origin);

	title("A GET of /hello, and the callbacks that it brings");
	is_well &= show_get(origin);
	title("The same again");
	is_well &= show_get(origin);
	title("A POST of a file: SHCreateStreamOnFile, Send");
	is_well &= show_post(origin, argv[2]);
	title("A redirect is followed, and told");
	is_well &= show_plain(origin, "/redirect", S_OK);
	title("256 MiB into a stream of the program: SetCustomResponseStream");
	is_well &= show_download(origin);
	title("A request that the origin never answers: Abort after 100 ms");
	is_well &= show_abort(origin);
	title("A response that ends too early is an error, with a sentence that says so");
	is_well &= show_plain(origin, "/short", INET_E_DOWNLOAD_FAILURE);
	return is_well ? 0 : 1;
}
