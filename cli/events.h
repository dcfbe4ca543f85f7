/* SPDX-License-Identifier: MIT */
/*
 * Events as lines of JSON. Each function appends one whole line. id: that of the job as
 * JSON, its first key; NULL: there is no such key.
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include <stdint.h>

#include <ixhr2/msxml6.h>

#include "bytes.h"
#include "fault.h"
#include "head.h"

/* What the last line of a transfer says besides. */
struct events_end {
	uint64_t bytes;		  /* of body */
	const char *sha256;	  /* of the body, in hexadecimal */
	const struct bytes *body; /* the body, or NULL to leave it out */
	const char *url;	  /* the final one */
	double time_ms;		  /* since Send */
};

/* The request goes on at url. */
void events_redirect(struct bytes *to, const char *id, const char *url);

/* The chain that a server showed, the leaf first. */
void events_server_certificate(struct bytes *to, const char *id, DWORD errors,
			       DWORD count, const XHR_CERT *chain);

/* The server asks for a certificate of one of these issuers. */
void events_client_certificate(struct bytes *to, const char *id, DWORD count,
			       const WCHAR *const *issuers);

/* The head has come. */
void events_headers(struct bytes *to, const char *id, const struct head *head);

/* bytes more of the body have come. */
void events_data(struct bytes *to, const char *id, uint64_t bytes);

/* All of it has come. */
void events_received(struct bytes *to, const char *id, const struct events_end *end);

/* It has failed. */
void events_error(struct bytes *to, const char *id, const struct fault *fault,
		  const struct events_end *end);

/* A line is no job. */
void events_bad_job(struct bytes *to, const char *id, const char *text);

#endif
