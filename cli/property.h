/* SPDX-License-Identifier: MIT */
/* Properties by name. */
#ifndef CLI_PROPERTY_H
#define CLI_PROPERTY_H

#include <stdbool.h>

#include <ixhr2/msxml6.h>

/* The property of a name, with or without "XHR_PROP_"; false: there is none. */
bool property_find(const char *name, XHR_PROPERTY *out_property);

/* The name of a property, without "XHR_PROP_". */
const char *property_name(XHR_PROPERTY property);

/* A value: a decimal or, with 0x, hexadecimal number, -1 for the largest, TRUE, FALSE,
 * ALWAYS or NEVER; false: it is none. */
bool property_value(const char *text, ULONGLONG *out_value);

#endif
