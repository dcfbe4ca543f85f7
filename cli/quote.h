/* SPDX-License-Identifier: MIT */
/* Strings as JSON writes them (RFC 8259 section 7), and lines for a terminal. */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include <stddef.h>

#include "bytes.h"

/* Appends len bytes in quotes. Bytes that are not UTF-8 become U+0080 to U+00FF. */
void quote_bytes(struct bytes *to, const char *at, size_t len);

/* Appends text in quotes, or null for NULL. */
void quote_text(struct bytes *to, const char *text);

/* Appends text as a line for people, without quotes: control characters become "\xHH",
 * so that no server writes commands to a terminal. */
void quote_line(struct bytes *to, const char *text);

#endif
