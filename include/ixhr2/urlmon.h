/* SPDX-License-Identifier: MIT */
/* The results of URL monikers (INET_E_...), which winerror.h has. */
#ifndef IXHR2_URLMON_H
#define IXHR2_URLMON_H

#include "objidl.h"
#include "winerror.h"

#endif
