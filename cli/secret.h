/* SPDX-License-Identifier: MIT */
/* What may be shown of header fields and URLs that prove an identity, and wiping. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stddef.h>

#include <ixhr2/windef.h>

/* How many bytes of the line "Name: value" may be shown: all, or, for credentials, up to
 * the scheme. */
size_t secret_shown_bytes(const char *line, size_t len);

/* Takes the user name and the password out of a URL. NULL is fine. */
void secret_cut_login(char *url);

/* Writes "*" over them, where the text must keep its length. */
void secret_mask_login(char *url);

/* Wipes and frees. NULL is fine. */
void secret_free(char *text);
void secret_free_wide(WCHAR *text);

#endif
