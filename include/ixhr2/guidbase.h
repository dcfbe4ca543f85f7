/* SPDX-License-Identifier: MIT */
/*
 * GUIDs, as guiddef.h gives them. DEFINE_GUID both declares and defines, so that no uuid
 * library and no initguid.h is needed: every file that includes a header holds the same
 * weak, hidden object, and the linker keeps one.
 */
#ifndef IXHR2_GUIDBASE_H
#define IXHR2_GUIDBASE_H

#include <stdint.h>
#include <string.h>

/* 128 bits; the first three fields in the byte order of the machine. */
typedef struct _GUID {
	uint32_t Data1;		/* first group of the text form */
	uint16_t Data2;		/* second group */
	uint16_t Data3;		/* third group */
	unsigned char Data4[8]; /* fourth and fifth group */
} GUID, IID, CLSID, FMTID, *LPGUID, *LPIID, *LPCLSID, *LPFMTID;
typedef const GUID *LPCGUID;

#ifdef __cplusplus
#define REFGUID	      const GUID &
#define REFIID	      const IID &
#define REFCLSID      const CLSID &
#define REFFMTID      const FMTID &
#define IXHR2_LINKAGE extern "C"
#else
#define REFGUID	      const GUID *
#define REFIID	      const IID *
#define REFCLSID      const CLSID *
#define REFFMTID      const FMTID *
#define IXHR2_LINKAGE extern
#endif

#define IXHR2_SELECTANY __attribute__((weak, visibility("hidden")))

#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                     \
	IXHR2_LINKAGE const GUID name IXHR2_SELECTANY;                                   \
	const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}

/* A GUID of the family xxxxxxxx-0000-0000-c000-000000000046. */
#define DEFINE_OLEGUID(name, l, w1, w2)                                                  \
	DEFINE_GUID(name, l, w1, w2, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)

DEFINE_GUID(GUID_NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
#define IID_NULL   GUID_NULL
#define CLSID_NULL GUID_NULL
#define FMTID_NULL GUID_NULL

/* Whether two GUIDs are the same: 1 or 0. */
#ifdef __cplusplus
static inline int IsEqualGUID(REFGUID a, REFGUID b)
{
	return memcmp(&a, &b, sizeof(GUID)) == 0;
}

static inline bool operator==(REFGUID a, REFGUID b)
{
	return IsEqualGUID(a, b) != 0;
}

static inline bool operator!=(REFGUID a, REFGUID b)
{
	return !IsEqualGUID(a, b);
}
#else
static inline int IsEqualGUID(REFGUID a, REFGUID b)
{
	return memcmp(a, b, sizeof(GUID)) == 0;
}
#endif
#define InlineIsEqualGUID(a, b) IsEqualGUID(a, b)
#define IsEqualIID(a, b)	IsEqualGUID(a, b)
#define IsEqualCLSID(a, b)	IsEqualGUID(a, b)

#endif
