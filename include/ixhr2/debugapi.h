/* SPDX-License-Identifier: MIT */
/* Words for a debugger. Any thread. */
#ifndef IXHR2_DEBUGAPI_H
#define IXHR2_DEBUGAPI_H

#include "minwinbase.h"

EXTERN_C_START

/*
 * A text for whoever watches the program: OutputDebugString. It goes to standard error,
 * as UTF-8 in one write and with nothing added, if the environment variable
 * IXHR2_DEBUG_OUTPUT was not empty and not 0 at the first call; else nowhere, as on
 * Windows where no debugger listens. wchar_bytes: 1 (text is UTF-8), 2 or 4. text may be
 * NULL. What is no Unicode is written as U+FFFD. errno and the last error stay.
 * Microsoft: "OutputDebugStringW function".
 */
IXHR2_API void ixhr2_output_debug_string(unsigned wchar_bytes, const void *text);

/* Stops in the debugger; without one SIGTRAP ends the process: DebugBreak. Microsoft:
 * "DebugBreak function". */
IXHR2_API void ixhr2_debug_break(void);

EXTERN_C_END

/* OutputDebugStringW: see ixhr2_output_debug_string. */
static inline void OutputDebugStringW(LPCWSTR lpOutputString)
{
	ixhr2_output_debug_string(sizeof(WCHAR), lpOutputString);
}

/* OutputDebugStringA: see ixhr2_output_debug_string. */
static inline void OutputDebugStringA(LPCSTR lpOutputString)
{
	ixhr2_output_debug_string(1, lpOutputString);
}

#ifdef UNICODE
#define OutputDebugString OutputDebugStringW
#else
#define OutputDebugString OutputDebugStringA
#endif

/* IsDebuggerPresent: FALSE. What would ask a Windows debugger finds none. */
static inline BOOL IsDebuggerPresent(void)
{
	return FALSE;
}

/* DebugBreak: see ixhr2_debug_break. */
static inline void DebugBreak(void)
{
	ixhr2_debug_break();
}

#endif
