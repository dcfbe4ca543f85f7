/* SPDX-License-Identifier: MIT */
/* GUIDs (guidbase.h), and the identities of interfaces: __uuidof and the macros that give
 * them (uuidof.h). */
#ifndef IXHR2_GUIDDEF_H
#define IXHR2_GUIDDEF_H

#include "guidbase.h"

#ifdef __cplusplus
#include "uuidof.h"
#else
#define IXHR2_UUID(name, text)
#define IXHR2_IID_OF(type, guid)
#define __CRT_UUID_DECL(type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)
#endif

#endif
