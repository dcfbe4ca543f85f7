/* SPDX-License-Identifier: MIT */
/* The head of a response, as text. */
#ifndef CLI_HEAD_H
#define CLI_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ixhr2/msxml6.h>

/* All zero: there is none. */
struct head {
	DWORD status;	     /* such as 200 */
	const char *version; /* "1.0", "1.1" or "2" */
	char *reason;	     /* such as "OK"; the head's */
	char *fields;	     /* "Name: value" CR LF for each, then CR LF; the head's */
};

/* One field, lent. */
struct head_field {
	const char *name;  /* where it begins */
	size_t name_len;   /* its bytes */
	const char *value; /* where it begins */
	size_t value_len;  /* its bytes */
};

/* Takes the field at *at and moves on; false at the end, or when it is not a field. */
bool head_next(const char **at, struct head_field *out_field);

/* The first field of a name, in any case. */
bool head_find(const char *fields, const char *name, struct head_field *out_field);

/* What the version of an HTTP message is called: 10, 11 or 20. */
const char *head_version(DWORD version);

/* Whether the library follows this answer, when it follows any. */
bool head_is_redirect(const struct head *head);

/* Content-Length, or 0. */
uint64_t head_length(const struct head *head);

/* Frees what it holds; there is none after it. */
void head_done(struct head *head);

#endif
