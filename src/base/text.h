/* SPDX-License-Identifier: MIT */
/* ASCII text: classes of bytes, numbers, base64, hexadecimal and percent coding. */
#ifndef IXHR2_BASE_TEXT_H
#define IXHR2_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Classes of ASCII bytes; the locale is never asked. */
bool text_is_alpha(char c);
bool text_is_digit(char c);
bool text_is_hex_digit(char c);

/* RFC 9110 5.6.2: a byte that may stand in a token. */
bool text_is_token_char(char c);

/* A token: at least one byte, each allowed. */
bool text_is_token(struct span s);

/* No byte above 0x7F. */
bool text_is_ascii(struct span s);

/* An ASCII letter in lower or upper case; other bytes unchanged. */
char text_lower(char c);
char text_upper(char c);

/* 0 to 15 for a hexadecimal digit, otherwise -1. */
int text_hex_value(char c);

/* All of s, one digit or more, as a number; ERR_INVALID if it is no such thing or
 * does not fit 64 bits. */
MUST_USE enum err text_parse_uint(struct span s, uint64_t *out_value);
MUST_USE enum err text_parse_hex(struct span s, uint64_t *out_value);

/* Appends base64 (RFC 4648 section 4, padded) of the bytes. ERR_NO_MEMORY. */
MUST_USE enum err text_put_base64(struct buf *out, struct span bytes);

/* Appends what strict base64 stands for; ERR_INVALID, ERR_NO_MEMORY. */
MUST_USE enum err text_get_base64(struct buf *out, struct span text);

/* Appends two lower-case hexadecimal digits for each byte. ERR_NO_MEMORY. */
MUST_USE enum err text_put_hex(struct buf *out, struct span bytes);

/* Appends text with each %XX replaced by its byte; others stay. ERR_NO_MEMORY. */
MUST_USE enum err text_put_unescaped(struct buf *out, struct span text);

/* Appends bytes; those that are not RFC 3986 unreserved as %XX. ERR_NO_MEMORY. */
MUST_USE enum err text_put_escaped(struct buf *out, struct span bytes);

#endif
