/* SPDX-License-Identifier: MIT */
/* The interfaces of a request under the name that older Windows kits gave their file. */
#ifndef IXHR2_IXMLHTTPREQUEST2_H
#define IXHR2_IXMLHTTPREQUEST2_H

#include "msxml6.h"

#endif
