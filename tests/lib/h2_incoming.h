/* SPDX-License-Identifier: MIT */
/* What a link of lib/h2_link.h receives. */
#ifndef IXHR2_TESTS_LIB_H2_INCOMING_H
#define IXHR2_TESTS_LIB_H2_INCOMING_H

#include "lib/h2_link.h"

/* Takes link->in apart, as far as it is whole. */
void h2_incoming_take(struct h2_link *link);

#endif
