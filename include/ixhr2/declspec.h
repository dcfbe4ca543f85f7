/* SPDX-License-Identifier: MIT */
/*
 * Words of Microsoft's compiler: calling conventions, of which Linux has one, integers by
 * their bits, and __declspec. Those specifiers that mean something here become GNU
 * attributes, those that do not become nothing; one that is missing is an unknown
 * attribute, of which the compiler warns. A compiler that knows __declspec itself
 * (clang -fms-extensions) keeps its own.
 */
#ifndef IXHR2_DECLSPEC_H
#define IXHR2_DECLSPEC_H

#define IXHR2_KNOWS_DECLSPEC 0
#ifdef __has_declspec_attribute
#if __has_declspec_attribute(uuid)
#undef IXHR2_KNOWS_DECLSPEC
#define IXHR2_KNOWS_DECLSPEC 1
#endif
#endif

#if !IXHR2_KNOWS_DECLSPEC && !defined(__declspec)
#define __declspec(...) __attribute__((IXHR2_DECLSPEC_##__VA_ARGS__))
#define IXHR2_DECLSPEC_align aligned
#define IXHR2_DECLSPEC_allocator
#define IXHR2_DECLSPEC_deprecated deprecated
#define IXHR2_DECLSPEC_dllexport  visibility("default")
#define IXHR2_DECLSPEC_dllimport
#define IXHR2_DECLSPEC_empty_bases
#define IXHR2_DECLSPEC_noalias
#define IXHR2_DECLSPEC_noinline noinline
#define IXHR2_DECLSPEC_noreturn noreturn
#define IXHR2_DECLSPEC_nothrow	nothrow
#define IXHR2_DECLSPEC_novtable
#define IXHR2_DECLSPEC_restrict	 malloc
#define IXHR2_DECLSPEC_selectany weak
#define IXHR2_DECLSPEC_thread	   )) __thread __attribute__((
#define IXHR2_DECLSPEC_uuid(text)
#endif

#if IXHR2_KNOWS_DECLSPEC
#define DECLSPEC_UUID(text) __declspec(uuid(text))
#else
#define DECLSPEC_UUID(text)
#endif
#define DECLSPEC_NOVTABLE
#define DECLSPEC_IMPORT
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_DEPRECATED   __attribute__((deprecated))
#define DECLSPEC_NOINLINE     __attribute__((noinline))
#define DECLSPEC_NORETURN     __attribute__((noreturn))
#define DECLSPEC_NOTHROW      __attribute__((nothrow))
#define DECLSPEC_SELECTANY    __attribute__((weak))

#define __cdecl
#define __clrcall
#define __fastcall
#define __stdcall
#define __thiscall
#define __vectorcall

/* What such a compiler knows as well. */
#if !IXHR2_KNOWS_DECLSPEC
#define _cdecl
#define _fastcall
#define _stdcall

#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long

#define __forceinline __inline__ __attribute__((always_inline))
#define __noop(...)    ((void)0)
#define __assume(fact) ((fact) ? (void)0 : __builtin_unreachable())
#define __debugbreak() __builtin_trap()
#define __pragma(...)
#define __unaligned
#define __w64
#endif
#define FORCEINLINE __forceinline

#endif
