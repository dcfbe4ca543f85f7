/* SPDX-License-Identifier: MIT */
/* The text of one member of a JSON object, as it was written. */
#ifndef CLI_MEMBER_H
#define CLI_MEMBER_H

#include <stddef.h>

/*
 * The value of a member of an object whose text has been parsed before; of several the
 * last one. To be freed; line ends in it are blanks. NULL: there is none that is written
 * without escapes in its name.
 */
char *member_text(const char *object, size_t len, const char *name);

#endif
