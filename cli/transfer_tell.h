/* SPDX-License-Identifier: MIT */
/* What is told of a transfer: events, -v, HAR. In its callbacks, or before Send. */
#ifndef CLI_TRANSFER_TELL_H
#define CLI_TRANSFER_TELL_H

#include "bytes.h"
#include "transfer_inside.h"

/* The moment, in microseconds since Send. */
int64_t transfer_now_us(const struct transfer *transfer);

/* What the library knows of the request, with no login in the URL; on failure all zero.
 * ixhr2_info_free it. */
void transfer_get_info(struct transfer *transfer, struct ixhr2_info *out_info);

/* Puts a line, if events are told, and empties it. */
void transfer_put_event(struct transfer *transfer, struct bytes *line);

/* Tells the head. Not S_OK: the request is to stop. */
HRESULT transfer_tell_head(struct transfer *transfer);

/* Tells the certificates that the server has shown; errors are XHR_CERT_ERROR_ bits. */
void transfer_tell_certificate(struct transfer *transfer, DWORD errors, DWORD count,
			       const XHR_CERT *chain);

/* Writes the exchange that has ended into the HAR; error NULL: there was none. */
void transfer_record(struct transfer *transfer, const struct ixhr2_info *info,
		     const char *error);

/* Tells the end and calls ended; without a fault the file is completed first. */
void transfer_end(struct transfer *transfer, const struct ixhr2_info *info);

#endif
