/* SPDX-License-Identifier: MIT */
/* What may be shown of header fields that prove an identity. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stddef.h>

/* How many bytes of the line "Name: value" may be shown: all, or, for credentials, up to
 * the scheme. */
size_t secret_shown_bytes(const char *line, size_t len);

#endif
