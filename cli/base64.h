/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 section 4, padded). */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/* Appends the text that stands for len bytes. */
void base64_put(struct bytes *to, const void *at, size_t len);

/* Appends the bytes that text stands for; false, and nothing, when it is not base64. */
bool base64_get(struct bytes *to, const char *text, size_t len);

#endif
