/* SPDX-License-Identifier: MIT */
/*
 * The fields of a response as wide text in task memory (objbase.h), which is the
 * program's: what GetAllResponseHeaders and GetResponseHeader give (contract P2, P3).
 */
#ifndef IXHR2_COM_FIELDS_H
#define IXHR2_COM_FIELDS_H

#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"
#include "engine/request.h"

/* "Name: value" CR LF for each field in order, then CR LF. ERR_NO_MEMORY. */
MUST_USE enum err fields_all(const struct response_head *head, enum wide_unit unit,
			     void **out_text);

/* The values of the fields of this name, in any case, joined by ", ", those of
 * Set-Cookie by CR LF. ERR_MISSING when there is none; ERR_NO_MEMORY. */
MUST_USE enum err fields_get(const struct response_head *head, struct span name,
			     enum wide_unit unit, void **out_text);

#endif
