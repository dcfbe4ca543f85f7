/* SPDX-License-Identifier: MIT */
/*
 * A small windows.h: the base types, results, objects, and the helpers that sources
 * written for this interface use besides. It is not a port of Windows, and defines no
 * _WIN32.
 *
 * min and max are macros in C and function templates in C++, so that headers of the
 * language can follow; NOMINMAX leaves them out. interface is a macro as on Windows: a
 * header that has a parameter of that name is included before.
 */
#ifndef IXHR2_WINDOWS_H
#define IXHR2_WINDOWS_H

#include "debugapi.h"
#include "errhandlingapi.h"
#include "fileapi.h"
#include "guiddef.h"
#include "handleapi.h"
#include "interlockedapi.h"
#include "objbase.h"
#include "oleauto.h"
#include "processthreadsapi.h"
#include "sal.h"
#include "sdkddkver.h"
#include "secure_crt.h"
#include "stringapiset.h"
#include "synchapi.h"
#include "sysinfoapi.h"
#include "winapifamily.h"
#include "winbase.h"
#include "wincrypt.h"
#include "windef.h"
#include "winerror.h"
#include "winnt.h"

#include <stddef.h>
#include <string.h>

#ifndef interface
#define interface struct
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#define FAR
#define NEAR

/* What a parameter or variable is named in, so that no compiler says it is unused. */
#define UNREFERENCED_PARAMETER(name)	  ((void)(name))
#define DBG_UNREFERENCED_PARAMETER(name)  ((void)(name))
#define UNREFERENCED_LOCAL_VARIABLE(name) ((void)(name))

/* Sizes and places. */
#define ARRAYSIZE(array)	    (sizeof(array) / sizeof((array)[0]))
#define RTL_NUMBER_OF(array)	    ARRAYSIZE(array)
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define FIELD_OFFSET(type, field)   ((LONG)offsetof(type, field))
#define CONTAINING_RECORD(address, type, field)                                          \
	((type *)(void *)((char *)(address)-offsetof(type, field)))
#ifdef __cplusplus
#define C_ASSERT(fact) static_assert(fact, #fact)
#else
#define C_ASSERT(fact) _Static_assert(fact, #fact)
#endif

/* Memory. */
#define ZeroMemory(at, bytes)		((void)memset((at), 0, (bytes)))
#define FillMemory(at, bytes, value)	((void)memset((at), (value), (bytes)))
#define CopyMemory(to, from, bytes)	((void)memcpy((to), (from), (bytes)))
#define MoveMemory(to, from, bytes)	((void)memmove((to), (from), (bytes)))
#define EqualMemory(a, b, bytes)	(memcmp((a), (b), (bytes)) == 0)
#define RtlZeroMemory(at, bytes)	ZeroMemory(at, bytes)
#define RtlFillMemory(at, bytes, value) FillMemory(at, bytes, value)
#define RtlCopyMemory(to, from, bytes)	CopyMemory(to, from, bytes)
#define RtlMoveMemory(to, from, bytes)	MoveMemory(to, from, bytes)
#define RtlEqualMemory(a, b, bytes)	EqualMemory(a, b, bytes)

/* SecureZeroMemory: sets bytes to zero also where nobody reads them again. */
static inline PVOID SecureZeroMemory(PVOID ptr, SIZE_T cnt)
{
	memset(ptr, 0, cnt);
	__asm__ __volatile__("" : : "r"(ptr) : "memory");
	return ptr;
}

/* Numbers made of halves, and the halves of numbers. */
#define MAKEWORD(low, high)                                                              \
	((WORD)(((BYTE)((DWORD_PTR)(low)&0xff)) |                                        \
		((WORD)((BYTE)((DWORD_PTR)(high)&0xff))) << 8))
#define MAKELONG(low, high)                                                              \
	((LONG)(((WORD)((DWORD_PTR)(low)&0xffff)) |                                      \
		((DWORD)((WORD)((DWORD_PTR)(high)&0xffff))) << 16))
#define LOWORD(number)	    ((WORD)((DWORD_PTR)(number)&0xffff))
#define HIWORD(number)	    ((WORD)(((DWORD_PTR)(number) >> 16) & 0xffff))
#define LOBYTE(number)	    ((BYTE)((DWORD_PTR)(number)&0xff))
#define HIBYTE(number)	    ((BYTE)(((DWORD_PTR)(number) >> 8) & 0xff))
#define Int32x32To64(a, b)  ((LONGLONG)(LONG)(a) * (LONGLONG)(LONG)(b))
#define UInt32x32To64(a, b) ((ULONGLONG)(DWORD)(a) * (ULONGLONG)(DWORD)(b))

#ifdef __cplusplus
/* The operators of bits on an enumeration of the program's. */
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                 \
	inline constexpr type operator|(type a, type b)                                  \
	{                                                                                \
		return static_cast<type>(static_cast<unsigned>(a) |                      \
					 static_cast<unsigned>(b));                      \
	}                                                                                \
	inline constexpr type operator&(type a, type b)                                  \
	{                                                                                \
		return static_cast<type>(static_cast<unsigned>(a) &                      \
					 static_cast<unsigned>(b));                      \
	}                                                                                \
	inline constexpr type operator^(type a, type b)                                  \
	{                                                                                \
		return static_cast<type>(static_cast<unsigned>(a) ^                      \
					 static_cast<unsigned>(b));                      \
	}                                                                                \
	inline constexpr type operator~(type a)                                          \
	{                                                                                \
		return static_cast<type>(~static_cast<unsigned>(a));                     \
	}                                                                                \
	inline type &operator|=(type &a, type b)                                         \
	{                                                                                \
		return a = a | b;                                                        \
	}                                                                                \
	inline type &operator&=(type &a, type b)                                         \
	{                                                                                \
		return a = a & b;                                                        \
	}                                                                                \
	inline type &operator^=(type &a, type b)                                         \
	{                                                                                \
		return a = a ^ b;                                                        \
	}
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif

#ifndef NOMINMAX
#ifdef __cplusplus
namespace ixhr2
{
/* The type that is left of T without reference and const. */
template <class T> struct plain {
	typedef T type;
};
template <class T> struct plain<const T> : plain<T> {
};
template <class T> struct plain<T &> : plain<T> {
};
template <class T> struct plain<T &&> : plain<T> {
};

/* What a conditional expression of both types is. */
template <class A, class B> struct either {
	typedef typename plain<decltype(true ? *static_cast<const A *>(nullptr)
					     : *static_cast<const B *>(nullptr))>::type
		type;
};
} // namespace ixhr2

/* The smaller and the larger, also of two types. Of one type, std::min and std::max go
 * before where a program uses namespace std. */
template <class A, class B>
constexpr typename ::ixhr2::either<A, B>::type min(const A &a, const B &b)
{
	return a < b ? a : b;
}

template <class A, class B>
constexpr typename ::ixhr2::either<A, B>::type max(const A &a, const B &b)
{
	return a > b ? a : b;
}
#else
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif
#endif

#endif
