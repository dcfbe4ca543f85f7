/* SPDX-License-Identifier: MIT */
/* Reading a body as a whole. */
#ifndef CLI_BODY_H
#define CLI_BODY_H

#include "bytes.h"

/* Appends the content of a file, or of standard input for "-". 0, or an errno. */
int body_read(struct bytes *to, const char *path);

#endif
