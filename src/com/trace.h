/* SPDX-License-Identifier: MIT */
/* Where trace lines go: IXHR2_TRACE of the environment, and ixhr2_set_trace (ixhr2.h). */
#ifndef IXHR2_COM_TRACE_H
#define IXHR2_COM_TRACE_H

/* Follows the environment, once in the process. Any thread. */
void trace_begin(void);

#endif
