/* SPDX-License-Identifier: MIT */
/* What the files of a transfer know of it. */
#ifndef CLI_TRANSFER_INSIDE_H
#define CLI_TRANSFER_INSIDE_H

#include <stdatomic.h>

#include <ixhr2/ixhr2.h>

#include "sink.h"
#include "source.h"
#include "transfer.h"

struct transfer {
	IXMLHTTPRequest3Callback IXMLHTTPRequest3Callback_iface; /* for the library */
	atomic_uint refs;		    /* the main thread's, and the library's */
	struct task *task;		    /* what is wanted */
	const struct transfer_place *place; /* the caller's */
	void *owner;			    /* the argument of place->ended */
	IXMLHTTPRequest3 *xhr;		    /* a reference, or NULL */
	struct source *source;		    /* the body, or NULL */
	struct sink *sink;		    /* where the response goes */
	bool has_own_stream;		    /* the library writes to the sink by itself */

	uint64_t start_ns;		  /* tick_ns when Send was called */
	int64_t start_wall_ms;		  /* tick_wall_ms then */
	_Atomic(enum transfer_stop) stop; /* why it was stopped */
	atomic_bool is_stopped;		  /* it was: who waits for it goes on */
	_Atomic(uint64_t) expected_bytes; /* Content-Length */

	/* Callbacks come one after another: these are theirs. */
	struct head head;	   /* the latest that came */
	bool is_withheld;	   /* head was not told */
	bool is_recorded;	   /* the exchange is in the HAR already */
	bool has_shown_request;	   /* -v has written the request */
	bool is_refused;	   /* by --fail */
	uint64_t told_bytes;	   /* by data events */
	int64_t exchange_begin_us; /* when the exchange began, since Send */

	struct fault fault; /* set before ended */
};

/* The vtable of the callback object. */
extern const IXMLHTTPRequest3CallbackVtbl transfer_callback_vtbl;

#endif
