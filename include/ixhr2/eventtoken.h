/* SPDX-License-Identifier: MIT */
/* What taking an event handler back wants. */
#ifndef IXHR2_EVENTTOKEN_H
#define IXHR2_EVENTTOKEN_H

#include "windef.h"

/* A registration (Microsoft: "EventRegistrationToken structure"). */
typedef struct EventRegistrationToken {
	LONGLONG value; /* 0: none */
} EventRegistrationToken;

#endif
