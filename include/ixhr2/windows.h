/* SPDX-License-Identifier: MIT */
/*
 * A small windows.h: the base types, results, objects, and the few helpers that sources
 * written for this interface use besides. It is not a port of Windows.
 */
#ifndef IXHR2_WINDOWS_H
#define IXHR2_WINDOWS_H

#include "guiddef.h"
#include "objbase.h"
#include "sal.h"
#include "windef.h"
#include "winerror.h"

#define UNREFERENCED_PARAMETER(name) ((void)(name))
#define ARRAYSIZE(array)	     (sizeof(array) / sizeof((array)[0]))
#define ZeroMemory(at, bytes)	     memset((at), 0, (bytes))
#define CopyMemory(to, from, bytes)  memcpy((to), (from), (bytes))

/* Atomically adds 1; answers the new value. A full barrier. */
static inline LONG InterlockedIncrement(LONG volatile *value)
{
	return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

/* Atomically takes 1 away; answers the new value. A full barrier. */
static inline LONG InterlockedDecrement(LONG volatile *value)
{
	return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}

/* Atomically sets *value; answers the old one. A full barrier. */
static inline LONG InterlockedExchange(LONG volatile *value, LONG to)
{
	return __atomic_exchange_n(value, to, __ATOMIC_SEQ_CST);
}

/* Atomically sets *value where it equals expected; answers the old one. A full barrier.
 */
static inline LONG InterlockedCompareExchange(LONG volatile *value, LONG to,
					      LONG expected)
{
	__atomic_compare_exchange_n(value, &expected, to, 0, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return expected;
}

#ifdef __cplusplus
/* The same for counters declared as other types of the language. */
static inline ULONG InterlockedIncrement(ULONG volatile *value)
{
	return __atomic_add_fetch(value, 1u, __ATOMIC_SEQ_CST);
}

static inline ULONG InterlockedDecrement(ULONG volatile *value)
{
	return __atomic_sub_fetch(value, 1u, __ATOMIC_SEQ_CST);
}

static inline long InterlockedIncrement(long volatile *value)
{
	return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

static inline long InterlockedDecrement(long volatile *value)
{
	return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}

static inline unsigned long InterlockedIncrement(unsigned long volatile *value)
{
	return __atomic_add_fetch(value, 1ul, __ATOMIC_SEQ_CST);
}

static inline unsigned long InterlockedDecrement(unsigned long volatile *value)
{
	return __atomic_sub_fetch(value, 1ul, __ATOMIC_SEQ_CST);
}
#endif

#endif
