/* SPDX-License-Identifier: MIT */
/* What RFC 9113 says about the fields of a request, and what its body is; for those
 * behind lib/h2_server.h. */
#ifndef IXHR2_TESTS_LIB_H2_JUDGE_H
#define IXHR2_TESTS_LIB_H2_JUDGE_H

#include <stddef.h>

struct h2_server_request;

/* What is wrong with a head, or with trailers, which are fields as lib/h2_server.h has
 * them; NULL: nothing. A constant. */
const char *h2_judge_head(const char *head);
const char *h2_judge_trailers(const char *trailers);

/* Where the value of a field begins, which a line feed ends; NULL: there is none. */
const char *h2_judge_field(const char *head, const char *name);

/* Notes further bytes of a body. */
void h2_judge_body(struct h2_server_request *request, const char *at, size_t len);

#endif
