/* SPDX-License-Identifier: MIT */
/*
 * The annotations of the first SAL, without effect. Microsoft: "SAL annotations" (until
 * Visual Studio 2010).
 *
 * __in and __out are names of parameters inside GNU's C++ library, up to now in those of
 * its headers that are included first here: read before the macros, they are not read
 * again. A program that includes another such header of its library, after this one, or
 * does without __in and __out, defines IXHR2_NO_SAL1.
 */
#ifndef IXHR2_SPECSTRINGS_H
#define IXHR2_SPECSTRINGS_H

#if !defined(IXHR2_NO_SAL1) && defined(__cplusplus)
#include <cstddef>
#ifdef __GLIBCXX__
#include <algorithm>
#include <istream>
#include <locale>
#include <memory>
#include <ostream>
#include <random>
#include <regex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#if __cplusplus >= 202002L
#include <chrono>
#include <ranges>
#if __has_include(<format>)
#include <format>
#endif
#endif
#if __cplusplus > 202002L && __has_include(<generator>)
#include <generator>
#endif
#if __cplusplus > 202002L && __has_include(<print>)
#include <print>
#endif
#endif
#endif

#ifndef IXHR2_NO_SAL1
#define __in
#define __out
#endif
#define __in_opt
#define __in_z
#define __in_opt_z
#define __in_nz
#define __out_opt
#define __out_z
#define __out_opt_z
#define __out_nz
#define __inout
#define __inout_opt
#define __inout_z
#define __inout_opt_z
#define __inout_nz
#define __deref_in
#define __deref_in_opt
#define __deref_out
#define __deref_out_opt
#define __deref_out_z
#define __deref_out_opt_z
#define __deref_opt_out
#define __deref_opt_out_opt
#define __deref_opt_out_z
#define __deref_inout
#define __deref_inout_opt
#define __deref_inout_z
#define __deref_opt_inout
#define __checkReturn
#define __nullterminated
#define __nullnullterminated
#define __format_string
#define __analysis_noreturn
#define __drv_aliasesMem

/* Those that take sizes, conditions or other annotations. */
#define __in_ecount(...)
#define __in_ecount_opt(...)
#define __in_ecount_z(...)
#define __in_ecount_z_opt(...)
#define __in_bcount(...)
#define __in_bcount_opt(...)
#define __in_bcount_z(...)
#define __in_bcount_z_opt(...)
#define __in_xcount(...)
#define __in_xcount_opt(...)
#define __out_ecount(...)
#define __out_ecount_opt(...)
#define __out_ecount_z(...)
#define __out_ecount_z_opt(...)
#define __out_ecount_part(...)
#define __out_ecount_part_opt(...)
#define __out_ecount_full(...)
#define __out_ecount_full_opt(...)
#define __out_bcount(...)
#define __out_bcount_opt(...)
#define __out_bcount_z(...)
#define __out_bcount_z_opt(...)
#define __out_bcount_part(...)
#define __out_bcount_part_opt(...)
#define __out_bcount_full(...)
#define __out_bcount_full_opt(...)
#define __out_xcount(...)
#define __out_xcount_opt(...)
#define __out_xcount_part(...)
#define __out_xcount_part_opt(...)
#define __out_xcount_full(...)
#define __out_xcount_full_opt(...)
#define __inout_ecount(...)
#define __inout_ecount_opt(...)
#define __inout_ecount_z(...)
#define __inout_ecount_z_opt(...)
#define __inout_ecount_part(...)
#define __inout_ecount_part_opt(...)
#define __inout_ecount_full(...)
#define __inout_ecount_full_opt(...)
#define __inout_bcount(...)
#define __inout_bcount_opt(...)
#define __inout_bcount_z(...)
#define __inout_bcount_z_opt(...)
#define __inout_bcount_part(...)
#define __inout_bcount_part_opt(...)
#define __inout_bcount_full(...)
#define __inout_bcount_full_opt(...)
#define __inout_xcount(...)
#define __inout_xcount_opt(...)
#define __inout_xcount_part(...)
#define __inout_xcount_part_opt(...)
#define __inout_xcount_full(...)
#define __inout_xcount_full_opt(...)
#define __deref_in_ecount(...)
#define __deref_in_ecount_opt(...)
#define __deref_in_bcount(...)
#define __deref_in_bcount_opt(...)
#define __deref_in_xcount(...)
#define __deref_in_xcount_opt(...)
#define __deref_out_ecount(...)
#define __deref_out_ecount_opt(...)
#define __deref_out_ecount_part(...)
#define __deref_out_ecount_full(...)
#define __deref_out_bcount(...)
#define __deref_out_bcount_opt(...)
#define __deref_out_bcount_part(...)
#define __deref_out_bcount_full(...)
#define __deref_out_xcount(...)
#define __deref_out_xcount_opt(...)
#define __deref_out_xcount_part(...)
#define __deref_out_xcount_full(...)
#define __deref_inout_ecount(...)
#define __deref_inout_ecount_opt(...)
#define __deref_inout_ecount_part(...)
#define __deref_inout_ecount_full(...)
#define __deref_inout_bcount(...)
#define __deref_inout_bcount_opt(...)
#define __deref_inout_bcount_part(...)
#define __deref_inout_bcount_full(...)
#define __deref_inout_xcount(...)
#define __deref_inout_xcount_opt(...)
#define __deref_inout_xcount_part(...)
#define __deref_inout_xcount_full(...)
#define __deref_opt_out_ecount(...)
#define __deref_opt_out_ecount_opt(...)
#define __deref_opt_out_ecount_part(...)
#define __deref_opt_out_ecount_full(...)
#define __deref_opt_out_bcount(...)
#define __deref_opt_out_bcount_opt(...)
#define __deref_opt_out_bcount_part(...)
#define __deref_opt_out_bcount_full(...)
#define __deref_opt_out_xcount(...)
#define __deref_opt_out_xcount_opt(...)
#define __deref_opt_out_xcount_part(...)
#define __deref_opt_out_xcount_full(...)
#define __field_ecount(...)
#define __field_ecount_opt(...)
#define __field_bcount(...)
#define __field_bcount_opt(...)
#define __field_ecount_part(...)
#define __field_bcount_part(...)
#define __struct_bcount(...)
#define __in_range(...)
#define __out_range(...)
#define __deref_in_range(...)
#define __deref_out_range(...)
#define __in_data_source(...)
#define __out_data_source(...)
#define __success(...)
#define __typefix(...)
#define __control_entrypoint(...)
#define __data_entrypoint(...)
#define __drv_allocatesMem(...)
#define __drv_freesMem(...)
#define __drv_when(...)
#define __drv_at(...)
#define __drv_maxIRQL(...)
#define __analysis_hint(...)
#define __readableTo(...)
#define __writableTo(...)
#define __elem_readableTo(...)
#define __byte_readableTo(...)
#define __elem_writableTo(...)
#define __byte_writableTo(...)
#define __blocksOn(...)
#define __analysis_assume(fact) ((void)0)

#endif
