/* SPDX-License-Identifier: MIT */
/* The beginning and the end of the Windows Runtime in a thread, which needs neither here.
 * Microsoft: "RoInitialize function", "RO_INIT_TYPE enumeration". */
#ifndef IXHR2_ROAPI_H
#define IXHR2_ROAPI_H

#include "objbase.h"

/* Kinds of apartment, as those of COINIT. */
typedef enum RO_INIT_TYPE {
	RO_INIT_SINGLETHREADED = 0,
	RO_INIT_MULTITHREADED = 1
} RO_INIT_TYPE;

/* RoInitialize: as CoInitializeEx; every apartment will do, any number of times. S_OK;
 * E_INVALIDARG: another type. */
static inline HRESULT RoInitialize(RO_INIT_TYPE initType)
{
	return initType == RO_INIT_SINGLETHREADED || initType == RO_INIT_MULTITHREADED
		       ? S_OK
		       : E_INVALIDARG;
}

/* RoUninitialize: nothing is to be done. */
static inline void RoUninitialize(void)
{
}

#endif
