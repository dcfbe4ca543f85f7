/* SPDX-License-Identifier: MIT */
/* What went wrong with a transfer: its HRESULTs, name, sentence and exit status. */
#ifndef CLI_FAULT_H
#define CLI_FAULT_H

#include <stdbool.h>

#include <ixhr2/winerror.h>

#include "exit_status.h"

/* All zero: nothing. */
struct fault {
	HRESULT hresult;	 /* what OnError gave, or would have given */
	HRESULT extended;	 /* what it gives with XHR_PROP_EXTENDED_ERROR */
	const char *name;	 /* of hresult: a constant, or NULL */
	char *text;		 /* a sentence; the fault's */
	enum exit_status status; /* how the command ends for it */
};

/*
 * Fills an empty fault from what the library answered. has_answer: whether the first byte
 * of a response had come. text becomes the fault's; NULL: a sentence is made.
 */
void fault_set(struct fault *fault, HRESULT hresult, HRESULT extended, bool has_answer,
	       char *text);

/* Fills an empty fault with what the command found out by itself. text becomes the
 * fault's. */
void fault_set_own(struct fault *fault, HRESULT hresult, enum exit_status status,
		   char *text);

/* What was set has happened on the way to the proxy, or was the proxy's doing. */
void fault_blame_proxy(struct fault *fault);

/* Frees the sentence; the fault is empty after it. */
void fault_done(struct fault *fault);

/* An errno of files as an HRESULT. */
HRESULT fault_from_errno(int error);

#endif
