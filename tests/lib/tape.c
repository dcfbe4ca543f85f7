/* SPDX-License-Identifier: MIT */
/*
 * One object serves as body and as response stream. Read and Write take their orders
 * from the same list of answers; when it is used up they do all they are asked. What an
 * answer leaves out is left for the next call.
 */
#include "lib/tape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "lib/test.h"

/* The pieces in which a body is read (contract R6). */
#define MOST_ASKED (128u * 1024)

static struct tape *impl_from_IStream(IStream *iface)
{
	return (struct tape *)((char *)iface - offsetof(struct tape, IStream_iface));
}

static void complain(struct tape *tape, const char *what)
{
	if (tape->client)
		client_complain(tape->client, "%s", what);
}

/* Any interface that is asked for but IStream is a fault of the asker. */
static HRESULT tape_QueryInterface(IStream *iface, REFIID iid, void **out)
{
	struct tape *tape = impl_from_IStream(iface);

	*out = NULL;
	if (!IsEqualGUID(iid, &IID_IStream))
		complain(tape, "a stream was asked for another interface");
	if (tape->is_sequential || !IsEqualGUID(iid, &IID_IStream))
		return E_NOINTERFACE;
	atomic_fetch_add(&tape->refs, 1);
	*out = iface;
	return S_OK;
}

static ULONG tape_AddRef(IStream *iface)
{
	return (ULONG)atomic_fetch_add(&impl_from_IStream(iface)->refs, 1) + 1;
}

static ULONG tape_Release(IStream *iface)
{
	struct tape *tape = impl_from_IStream(iface);
	int left = atomic_fetch_sub(&tape->refs, 1) - 1;

	if (left < 1)
		complain(tape, "a stream was released too often");
	return (ULONG)left;
}

static struct tape_answer next_answer(struct tape *tape)
{
	if (tape->answered < tape->answer_count)
		return tape->answers[tape->answered++];
	return (struct tape_answer){tape->most ? tape->most : TAPE_ALL, S_OK};
}

static ULONG give(struct tape *tape, char *to, ULONG most)
{
	uint64_t left = tape->at < tape->len ? tape->len - tape->at : 0;
	ULONG n = most < left ? most : (ULONG)left;

	if (tape->content)
		memcpy(to, tape->content + tape->at, n);
	else
		pattern_fill(to, tape->at, n);
	tape->at += n;
	return n;
}

static void note_read(struct tape *tape, const void *to, ULONG cb, const ULONG *out)
{
	tape->reads++;
	if (cb > tape->most_asked)
		tape->most_asked = cb;
	if (tape->at + cb > tape->asked_most)
		tape->asked_most = tape->at + cb;
	if (!to || !out || cb == 0 || cb > MOST_ASKED || *out != 0)
		complain(tape, "Read was called in a wrong way");
}

static HRESULT tape_Read(IStream *iface, void *to, ULONG cb, ULONG *out_len)
{
	struct tape *tape = impl_from_IStream(iface);
	struct tape_answer answer;
	HRESULT hr;

	note_read(tape, to, cb, out_len);
	hr = client_enter(tape->client, CLIENT_READ);
	answer = next_answer(tape);
	if (SUCCEEDED(hr)) {
		*out_len = give(tape, to, answer.most < cb ? answer.most : cb);
		hr = answer.result;
	}
	client_leave(tape->client);
	return hr;
}

static void take(struct tape *tape, const char *from, ULONG len)
{
	tape->written_bytes += len;
	if (tape->forgets)
		return;
	if (tape->is_pattern) {
		if (!pattern_matches(from, tape->pattern_len, len))
			complain(tape, "wrong bytes were written");
		tape->pattern_len += len;
		return;
	}
	tape->got = realloc(tape->got, tape->got_len + len + 1);
	if (!tape->got)
		abort();
	memcpy(tape->got + tape->got_len, from, len);
	tape->got_len += len;
	tape->got[tape->got_len] = '\0';
}

static HRESULT tape_Write(IStream *iface, const void *from, ULONG cb, ULONG *out_len)
{
	struct tape *tape = impl_from_IStream(iface);
	struct tape_answer answer;
	HRESULT hr;

	tape->writes++;
	if (!out_len || *out_len != 0 || (cb && !from) || tape->ends)
		complain(tape, "Write was called in a wrong way");
	hr = client_enter(tape->client, CLIENT_WRITE);
	answer = next_answer(tape);
	if (cb == 0)
		tape->ends++;
	if (SUCCEEDED(hr)) {
		*out_len = answer.most < cb ? answer.most : cb;
		if (*out_len)
			take(tape, from, *out_len);
		hr = answer.result;
	}
	client_leave(tape->client);
	return hr;
}

static HRESULT tape_Seek(IStream *iface, LARGE_INTEGER move, DWORD from,
			 ULARGE_INTEGER *out_position)
{
	struct tape *tape = impl_from_IStream(iface);
	HRESULT hr;

	tape->seeks++;
	if (move.QuadPart != 0 || from != STREAM_SEEK_SET)
		complain(tape, "Seek was called in a wrong way");
	hr = client_enter(tape->client, CLIENT_SEEK);
	if (SUCCEEDED(hr))
		hr = tape->seek_result;
	if (SUCCEEDED(hr)) {
		tape->at = 0;
		if (out_position)
			out_position->QuadPart = 0;
	}
	client_leave(tape->client);
	return hr;
}

static HRESULT tape_SetSize(IStream *iface, ULARGE_INTEGER size)
{
	(void)iface;
	(void)size;
	return E_NOTIMPL;
}

static HRESULT tape_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER cb,
			   ULARGE_INTEGER *out_read, ULARGE_INTEGER *out_written)
{
	(void)iface;
	(void)to;
	(void)cb;
	(void)out_read;
	(void)out_written;
	return E_NOTIMPL;
}

static HRESULT tape_Commit(IStream *iface, DWORD flags)
{
	(void)iface;
	(void)flags;
	return E_NOTIMPL;
}

static HRESULT tape_Revert(IStream *iface)
{
	(void)iface;
	return E_NOTIMPL;
}

static HRESULT tape_LockRegion(IStream *iface, ULARGE_INTEGER at, ULARGE_INTEGER cb,
			       DWORD type)
{
	(void)iface;
	(void)at;
	(void)cb;
	(void)type;
	return E_NOTIMPL;
}

static HRESULT tape_Stat(IStream *iface, STATSTG *out, DWORD flags)
{
	(void)iface;
	(void)out;
	(void)flags;
	return E_NOTIMPL;
}

static HRESULT tape_Clone(IStream *iface, IStream **out)
{
	(void)iface;
	*out = NULL;
	return E_NOTIMPL;
}

static const IStreamVtbl tape_vtbl = {
	tape_QueryInterface, tape_AddRef,     tape_Release, tape_Read,	 tape_Write,
	tape_Seek,	     tape_SetSize,    tape_CopyTo,  tape_Commit, tape_Revert,
	tape_LockRegion,     tape_LockRegion, tape_Stat,    tape_Clone,
};

struct tape *tape_new(const char *content, uint64_t len)
{
	struct tape *tape = calloc(1, sizeof(*tape));

	if (!tape)
		abort();
	tape->IStream_iface.lpVtbl = &tape_vtbl;
	tape->content = content;
	tape->len = content ? strlen(content) : len;
	atomic_init(&tape->refs, 1);
	return tape;
}

ISequentialStream *tape_sequential(struct tape *tape)
{
	return (ISequentialStream *)&tape->IStream_iface;
}

void tape_be_body(struct tape *tape, struct client *client)
{
	tape->client = client;
	client->body = tape;
	client->body_length = tape->len;
}

void tape_be_sink(struct tape *tape, struct client *client)
{
	tape->client = client;
	client->sink = tape;
	assert_int_equal(IXMLHTTPRequest3_SetCustomResponseStream(client->xhr,
								  tape_sequential(tape)),
			 S_OK);
}

void tape_end(struct tape *tape)
{
	uint64_t deadline_ns = client_now_ns() + CLIENT_WAIT_MS * (uint64_t)1000000;

	while (atomic_load(&tape->refs) > 1) {
		if (client_now_ns() > deadline_ns)
			fail_msg("a stream was not released");
		usleep(200);
	}
	free(tape->got);
	free(tape);
}
