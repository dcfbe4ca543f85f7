/* SPDX-License-Identifier: MIT */
/*
 * The library calls one method at a time, so that only the count, which the progress bar
 * reads, is atomic. A write to standard output waits while the reader is slow: that holds
 * up this response alone, back to its server.
 */
#define COBJMACROS
#include "sink.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "memory.h"

/* What is read from a response stream at a time. */
#define DRAIN_BYTES 16384

struct sink {
	ISequentialStream ISequentialStream_iface; /* what the library sees */
	atomic_uint refs;			   /* references */
	struct sink_setup setup;		   /* where it goes */
	pthread_mutex_t lock;			   /* held to take or unlink the file */
	struct sha256 *hash;			   /* or NULL */
	struct bytes kept;			   /* when setup.keeps */
	_Atomic(uint64_t) count;		   /* bytes of body */
	bool is_mute;				   /* the body is dropped */
	int error;				   /* why the output failed */
};

static struct sink *impl_from_ISequentialStream(ISequentialStream *iface)
{
	return (struct sink *)(void *)iface;
}

_Static_assert(offsetof(struct sink, ISequentialStream_iface) == 0,
	       "the interface comes first");

/* Writes where the body goes, whatever it is. */
static HRESULT write_through(struct sink *sink, const void *at, size_t len)
{
	const struct sink_setup *setup = &sink->setup;

	if (setup->output)
		sink->error = output_write(setup->output, at, len);
	else if (setup->outbox && !outbox_put(setup->outbox, at, len, setup->stop))
		sink->error = EPIPE;
	return sink->error ? STG_E_WRITEFAULT : S_OK;
}

static HRESULT put(struct sink *sink, const void *at, size_t len)
{
	if (atomic_load(sink->setup.stop))
		return E_ABORT;
	atomic_fetch_add(&sink->count, len);
	if (sink->hash)
		sha256_put(sink->hash, at, len);
	if (sink->is_mute)
		return S_OK;
	if (sink->setup.keeps)
		bytes_put(&sink->kept, at, len);
	return write_through(sink, at, len);
}

static HRESULT STDMETHODCALLTYPE sink_QueryInterface(ISequentialStream *iface, REFIID iid,
						     void **out)
{
	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISequentialStream))
		return E_NOINTERFACE;
	ISequentialStream_AddRef(iface);
	*out = iface;
	return S_OK;
}

static ULONG STDMETHODCALLTYPE sink_AddRef(ISequentialStream *iface)
{
	return atomic_fetch_add(&impl_from_ISequentialStream(iface)->refs, 1) + 1;
}

static ULONG STDMETHODCALLTYPE sink_Release(ISequentialStream *iface)
{
	struct sink *sink = impl_from_ISequentialStream(iface);
	ULONG refs = atomic_fetch_sub(&sink->refs, 1) - 1;

	if (refs)
		return refs;
	sink_discard(sink);
	pthread_mutex_destroy(&sink->lock);
	sha256_free(sink->hash);
	bytes_done(&sink->kept);
	free(sink);
	return 0;
}

static HRESULT STDMETHODCALLTYPE sink_Read(ISequentialStream *iface, void *to, ULONG cap,
					   ULONG *out_len)
{
	(void)iface;
	(void)to;
	(void)cap;
	if (out_len)
		*out_len = 0;
	return STG_E_ACCESSDENIED;
}

static HRESULT STDMETHODCALLTYPE sink_Write(ISequentialStream *iface, const void *at,
					    ULONG len, ULONG *out_len)
{
	HRESULT hr = len ? put(impl_from_ISequentialStream(iface), at, len) : S_OK;

	if (out_len)
		*out_len = FAILED(hr) ? 0 : len;
	return hr;
}

static const ISequentialStreamVtbl sink_vtbl = {
	.QueryInterface = sink_QueryInterface,
	.AddRef = sink_AddRef,
	.Release = sink_Release,
	.Read = sink_Read,
	.Write = sink_Write,
};

struct sink *sink_new(const struct sink_setup *setup)
{
	struct sink *sink = memory_take(sizeof(*sink));

	sink->ISequentialStream_iface.lpVtbl = &sink_vtbl;
	atomic_init(&sink->refs, 1);
	sink->setup = *setup;
	pthread_mutex_init(&sink->lock, NULL);
	if (setup->hashes)
		sink->hash = sha256_new();
	return sink;
}

ISequentialStream *sink_stream(struct sink *sink)
{
	return &sink->ISequentialStream_iface;
}

HRESULT sink_drain(struct sink *sink, ISequentialStream *stream)
{
	char piece[DRAIN_BYTES];
	HRESULT hr;
	ULONG len;

	do {
		len = 0;
		hr = ISequentialStream_Read(stream, piece, sizeof(piece), &len);
		if (FAILED(hr))
			return hr;
		if (len)
			hr = put(sink, piece, len);
	} while (SUCCEEDED(hr) && len == sizeof(piece));
	return FAILED(hr) ? hr : S_OK;
}

HRESULT sink_put_text(struct sink *sink, const char *text)
{
	return write_through(sink, text, strlen(text));
}

void sink_mute(struct sink *sink)
{
	sink->is_mute = true;
}

uint64_t sink_bytes(const struct sink *sink)
{
	return atomic_load(&sink->count);
}

void sink_hash(struct sink *sink, char to[SHA256_TEXT_BYTES])
{
	*to = '\0';
	if (sink->hash)
		sha256_finish(sink->hash, to);
	/* Not later: when the process ends, libcrypto goes before our last reference. */
	sha256_free(sink->hash);
	sink->hash = NULL;
}

const struct bytes *sink_kept(const struct sink *sink)
{
	return sink->setup.keeps ? &sink->kept : NULL;
}

int sink_error(const struct sink *sink)
{
	return sink->error;
}

/* The file, which is the caller's now. */
static struct output *take_output(struct sink *sink)
{
	struct output *output;

	pthread_mutex_lock(&sink->lock);
	output = sink->setup.output;
	sink->setup.output = NULL;
	pthread_mutex_unlock(&sink->lock);
	return output;
}

int sink_commit(struct sink *sink)
{
	struct output *output = take_output(sink);

	if (output)
		sink->error = output_commit(output);
	return sink->error;
}

void sink_discard(struct sink *sink)
{
	output_discard(take_output(sink));
}

void sink_unlink(struct sink *sink)
{
	if (!sink)
		return;
	pthread_mutex_lock(&sink->lock);
	output_unlink(sink->setup.output);
	pthread_mutex_unlock(&sink->lock);
}

void sink_unref(struct sink *sink)
{
	if (sink)
		ISequentialStream_Release(&sink->ISequentialStream_iface);
}
