/* SPDX-License-Identifier: MIT */
/* Time. Tests can set it. HTTP dates. Any thread. */
#ifndef IXHR2_BASE_CLOCK_H
#define IXHR2_BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Bytes of an HTTP date with its terminating NUL. */
#define CLOCK_HTTP_DATE_BYTES 30

/* Nanoseconds of a clock that only goes forward. */
uint64_t clock_mono_ns(void);

/* Milliseconds since 1970-01-01 00:00 UTC. */
int64_t clock_wall_ms(void);

/* For tests: clock_mono_ns and clock_wall_ms answer these from now on. */
void clock_set(uint64_t mono_ns, int64_t wall_ms);

/* For tests: back to the system's clocks. */
void clock_reset(void);

/* Writes seconds since 1970 as "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
 * Years 1 to 9999; otherwise ERR_INVALID. */
MUST_USE enum err clock_put_http_date(int64_t unix_s, char out[CLOCK_HTTP_DATE_BYTES]);

/* Reads any of the three forms of RFC 9110 5.6.7 as seconds since 1970; ERR_INVALID.
 * now_s resolves the two-digit years of RFC 850. */
MUST_USE enum err clock_parse_http_date(struct span text, int64_t now_s, int64_t *out_s);

#endif
