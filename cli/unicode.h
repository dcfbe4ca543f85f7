/* SPDX-License-Identifier: MIT */
/*
 * Between the bytes of a command line or a file, which should be UTF-8, and WCHAR. Bytes
 * that are not UTF-8 are let through one by one, as the library does.
 */
#ifndef CLI_UNICODE_H
#define CLI_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#include <ixhr2/windef.h>

#include "bytes.h"

/* Bytes of the longest character. */
#define UNICODE_MAX_BYTES 4

/* The character at the front of len > 0 bytes; how many bytes it has, or 0 when it is not
 * UTF-8. */
size_t unicode_decode(const char *at, size_t len, uint32_t *out_code);

/* Writes a character as UTF-8; how many bytes. */
size_t unicode_encode(uint32_t code, char to[UNICODE_MAX_BYTES]);

/* text as a wide string: free it. A byte that is not UTF-8 becomes a sign-extended unit,
 * which the library takes as that octet. NULL of NULL. */
WCHAR *unicode_widen(const char *text);

/* A wide string as UTF-8: free it. NULL of NULL. */
char *unicode_narrow(const WCHAR *text);

#endif
