/* SPDX-License-Identifier: MIT */
/*
 * Numbers and pointers that threads change at once. Every function is a full barrier.
 * Microsoft: "Interlocked Variable Access".
 *
 *	InterlockedIncrement		adds 1; answers the new value
 *	InterlockedDecrement		takes 1 away; answers the new value
 *	InterlockedExchange		sets; answers the old value, as all below
 *	InterlockedExchangeAdd		adds
 *	InterlockedCompareExchange	sets where the value equals the last argument
 *	InterlockedAnd, Or, Xor		by bits
 *
 * They are for LONG; with 64 behind the name for LONGLONG; Exchange and CompareExchange
 * with Pointer behind it for pointers. In C++ the names without an ending are for ULONG,
 * long, unsigned long, and unsigned long long too, and those with 64 for long, since
 * int64_t may be one. Signed numbers wrap around.
 */
#ifndef IXHR2_INTERLOCKEDAPI_H
#define IXHR2_INTERLOCKEDAPI_H

#include "windef.h"

/* Every function for one type, with an ending to its name. */
#define IXHR2_INTERLOCKED(type, end)                                                     \
	static inline type InterlockedIncrement##end(type volatile *value)               \
	{                                                                                \
		return __atomic_add_fetch(value, (type)1, __ATOMIC_SEQ_CST);             \
	}                                                                                \
	static inline type InterlockedDecrement##end(type volatile *value)               \
	{                                                                                \
		return __atomic_sub_fetch(value, (type)1, __ATOMIC_SEQ_CST);             \
	}                                                                                \
	static inline type InterlockedExchange##end(type volatile *value, type to)       \
	{                                                                                \
		return __atomic_exchange_n(value, to, __ATOMIC_SEQ_CST);                 \
	}                                                                                \
	static inline type InterlockedExchangeAdd##end(type volatile *value, type add)   \
	{                                                                                \
		return __atomic_fetch_add(value, add, __ATOMIC_SEQ_CST);                 \
	}                                                                                \
	static inline type InterlockedCompareExchange##end(type volatile *value,         \
							   type to, type expected)       \
	{                                                                                \
		__atomic_compare_exchange_n(value, &expected, to, 0, __ATOMIC_SEQ_CST,   \
					    __ATOMIC_SEQ_CST);                           \
		return expected;                                                         \
	}                                                                                \
	static inline type InterlockedAnd##end(type volatile *value, type bits)          \
	{                                                                                \
		return __atomic_fetch_and(value, bits, __ATOMIC_SEQ_CST);                \
	}                                                                                \
	static inline type InterlockedOr##end(type volatile *value, type bits)           \
	{                                                                                \
		return __atomic_fetch_or(value, bits, __ATOMIC_SEQ_CST);                 \
	}                                                                                \
	static inline type InterlockedXor##end(type volatile *value, type bits)          \
	{                                                                                \
		return __atomic_fetch_xor(value, bits, __ATOMIC_SEQ_CST);                \
	}

IXHR2_INTERLOCKED(LONG, )
IXHR2_INTERLOCKED(LONGLONG, 64)
#ifdef __cplusplus
IXHR2_INTERLOCKED(ULONG, )
IXHR2_INTERLOCKED(long, )
IXHR2_INTERLOCKED(unsigned long, )
IXHR2_INTERLOCKED(ULONGLONG, )
IXHR2_INTERLOCKED(long, 64)
#endif

/* Sets a pointer; answers the old one. */
static inline PVOID InterlockedExchangePointer(PVOID volatile *value, PVOID to)
{
	return __atomic_exchange_n(value, to, __ATOMIC_SEQ_CST);
}

/* Sets a pointer where it equals expected; answers the old one. */
static inline PVOID InterlockedCompareExchangePointer(PVOID volatile *value, PVOID to,
						      PVOID expected)
{
	__atomic_compare_exchange_n(value, &expected, to, 0, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return expected;
}

#undef IXHR2_INTERLOCKED

/* Nothing moves across it. */
#define MemoryBarrier() __sync_synchronize()

/* For loops that ask a value again and again: gives the core's other thread its turn. */
static inline void YieldProcessor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

#endif
