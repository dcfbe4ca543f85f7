/* SPDX-License-Identifier: MIT */
/* Times in certificates and in what is said about them. Any thread. */
#ifndef IXHR2_TLS_DATE_H
#define IXHR2_TLS_DATE_H

#include <openssl/types.h>
#include <stdint.h>

#include "base/err.h"

/* Seconds since 1970. ERR_INVALID: it is malformed. */
MUST_USE enum err date_read(const ASN1_TIME *date, int64_t *out_s);

#endif
