/* SPDX-License-Identifier: MIT */
/*
 * What belongs to one Send of an object: the request, the callback and the streams, and
 * how the engine's events become callbacks, in order (contract section 3). An object
 * makes one at Open; one that was sent lives on by itself until its final callback has
 * returned, even when the object has been opened again by then.
 *
 * Its callback and streams are called and released without any lock.
 */
#ifndef IXHR2_COM_NOTIFY_H
#define IXHR2_COM_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"
#include "com/client_certificate.h"
#include "com/credentials.h"
#include "com/props.h"
#include "engine/request.h"
#include "ixhr2/msxml6.h"

struct notify;

/* What a notify must know of its object. It stays until ended has begun, and as long as
 * somebody else refers to the notify. */
struct notify_owner {
	IXMLHTTPRequest3 *xhr;		      /* what callbacks are given */
	enum wide_unit unit;		      /* of its wide text */
	struct props props;		      /* read when they matter */
	void (*ended)(struct notify_owner *); /* the final callback has returned and all
						 was released */
};

/* One way, from left to right. */
enum notify_phase { NOTIFY_OPENED, NOTIFY_RUNNING, NOTIFY_ENDED };

/*
 * Prepares a request for method and url (UTF-8). callback gets a reference and is asked
 * for IXMLHTTPRequest3Callback. The first reference is the caller's. The failures of
 * request_new.
 */
MUST_USE enum err notify_new(struct notify_owner *owner, struct span method,
			     struct span url, IXMLHTTPRequest2Callback *callback,
			     struct notify **out_notify);

/* References. Any thread; the last one releases what the program gave, so no lock may be
 * held. NULL is fine for unref. */
void notify_ref(struct notify *notify);
void notify_unref(struct notify *notify);

/* Where it is. Any thread; only notify_send begins what runs. */
enum notify_phase notify_phase(const struct notify *notify);

/* The request, as long as the notify. What may be done with it depends on the phase. */
struct request *notify_request(struct notify *notify);

/* The streams of one Send, each NULL or one reference. */
struct notify_streams {
	ISequentialStream *body;   /* what is sent */
	IStream *seekable;	   /* the same, when it can seek */
	ISequentialStream *custom; /* what the response is written to */
};

/*
 * Sends what was opened, one thread at a time. *certificate and *credentials are borrowed
 * for the call. When it is done the references in *streams are the notify's, and ended
 * will be called once; after a failure of request_send nothing has changed.
 */
MUST_USE enum err notify_send(struct notify *notify, const struct notify_streams *streams,
			      uint64_t body_length,
			      const struct client_certificate *certificate,
			      const struct credentials *credentials);

/* Ends what was sent with OnError(E_ABORT), unless the final callback has begun. Any
 * thread that may send. */
void notify_abort(struct notify *notify);

/*
 * Copies the latest head that was told; what it borrows lives as long as the notify.
 * Any thread. ERR_MISSING when there is none.
 */
MUST_USE enum err notify_get_head(const struct notify *notify,
				  struct response_head *out_head);

/* What can be told of a request besides its response. */
struct notify_report {
	struct request_info info; /* the engine's; its url lives as long as the notify */
	struct buf head;	  /* the last request head; owned */
	unsigned redirects;	  /* how many were followed */
	HRESULT hr;		  /* OnError's by default, or S_OK */
	HRESULT hr_extended;	  /* OnError's with XHR_PROP_EXTENDED_ERROR, or S_OK */
};

/* Fills *out_report, whose head is empty. Any thread. ERR_AGAIN while it runs, but for a
 * callback of this request; ERR_NO_MEMORY. */
MUST_USE enum err notify_get_report(const struct notify *notify,
				    struct notify_report *out_report);

/* Appends a sentence on the failure. ERR_MISSING when it has not failed;
 * ERR_NO_MEMORY. Any thread. */
MUST_USE enum err notify_put_error_text(const struct notify *notify, struct buf *out);

#endif
