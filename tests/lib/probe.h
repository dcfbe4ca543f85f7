/* SPDX-License-Identifier: MIT */
/*
 * A program's callback and streams that count how they are treated, for tests that play
 * the engine themselves: called on any thread, unlike lib/client. Each lies in the
 * test's frame and begins with the one reference of the test.
 */
#ifndef IXHR2_TESTS_LIB_PROBE_H
#define IXHR2_TESTS_LIB_PROBE_H

#include <stdatomic.h>
#include <stdbool.h>

#define COBJMACROS
#include "ixhr2/ixhr2.h"
#include "ixhr2/msxml6.h"

/* Letters of what was called, in order; a callback and its streams can share one. */
struct probe_log {
	char text[256]; /* see probe_callback and probe_stream; NUL-terminated */
};

struct probe_callback;

/* Runs in a callback, after it was recorded; letter is its letter. */
typedef void probe_hook_fn(struct probe_callback *callback, char letter);

/* Letters: c server certificate, a client certificate asked for, r redirect, h headers,
 * d data, R received, E error. */
struct probe_callback {
	IXMLHTTPRequest3Callback IXMLHTTPRequest3Callback_iface; /* what is passed */
	atomic_int refs;	  /* references, the test's included */
	unsigned queries;	  /* calls of QueryInterface */
	unsigned strange_queries; /* those for something else than it may be asked */
	bool has_callback3;	  /* else E_NOINTERFACE */
	struct probe_log *log;	  /* where the letters go */
	HRESULT answer;		  /* of the callbacks */
	char answer_to;		  /* the letter that gets it; 0: all */
	probe_hook_fn *hook;	  /* or NULL */
	void *owner;		  /* for the hook */
	IXMLHTTPRequest3
		*poked;	       /* or NULL: an object that every call locks and unlocks */
	IXMLHTTPRequest2 *xhr; /* what the last callback was given */
	DWORD status;	       /* of OnHeadersAvailable */
	const void *text;      /* the last wide text; for the call */
	HRESULT error;	       /* of OnError */
	ISequentialStream *stream; /* of the last OnDataAvailable, OnResponseReceived */
	DWORD errors;		   /* of OnServerCertificateReceived */
	DWORD count;		   /* of the last of both certificate callbacks */
	const XHR_CERT *chain;	   /* of OnServerCertificateReceived; for the call */
	const WCHAR **issuers;	   /* of OnClientCertificateRequested; for the call */
};

/* Letters: K seek, < read, > write, ] write of nothing. */
struct probe_stream {
	IStream IStream_iface;	  /* what is passed */
	atomic_int refs;	  /* references, the test's included */
	unsigned queries;	  /* calls of QueryInterface */
	unsigned strange_queries; /* those for something else than IStream */
	bool is_stream;		  /* else E_NOINTERFACE */
	struct probe_log *log;	  /* where the letters go */
	HRESULT answer;		  /* of Read, Write and Seek */
	ULONG taken;		  /* what Write says it took, or Read gave */
	bool takes_all;		  /* Write takes, Read gives what is asked for */
	bool was_dirty;		  /* a count was not 0 before, or NULL */
	void (*hook)(struct probe_stream *stream, char letter); /* or NULL */
	void *owner;						/* for the hook */
	IXMLHTTPRequest3 *poked;				/* as above */
};

void probe_callback_init(struct probe_callback *callback, struct probe_log *log);
void probe_stream_init(struct probe_stream *stream, struct probe_log *log);

/* The pointers that a program passes. */
IXMLHTTPRequest2Callback *probe_callback_2(struct probe_callback *callback);
ISequentialStream *probe_sequential(struct probe_stream *stream);

#endif
