/* SPDX-License-Identifier: MIT */
/*
 * Handles of events (synchapi.h) and files (fileapi.h). Any thread.
 *
 * A handle is a number that stands for an object; it is never read as an address. The
 * number of a closed handle is not given again for a very long time, so that one that is
 * used after its end, or was never ours, is refused with ERROR_INVALID_HANDLE.
 *
 * An object lives until its last handle is closed and the last call that uses it has
 * returned. After fork() the child has the same handles for copies of the events, and
 * for the same open files; no thread waits there.
 */
#ifndef IXHR2_HANDLEAPI_H
#define IXHR2_HANDLEAPI_H

#include "minwinbase.h"

/* No handle. CreateFile answers it where others answer NULL. */
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/* Options of DuplicateHandle. */
#define DUPLICATE_CLOSE_SOURCE 0x1u
#define DUPLICATE_SAME_ACCESS  0x2u

EXTERN_C_START

/*
 * Ends a handle: CloseHandle. A thread that waits for the event goes on waiting; another
 * handle can still wake it. TRUE; FALSE with ERROR_INVALID_HANDLE: NULL,
 * INVALID_HANDLE_VALUE, closed before, or not a handle of these headers. Microsoft:
 * "CloseHandle function".
 */
IXHR2_API BOOL ixhr2_close_handle(HANDLE handle);

/*
 * A second handle for the same object: DuplicateHandle. Both processes are
 * GetCurrentProcess() (processthreadsapi.h). access is not read: handles have all
 * rights. inherit: FALSE. options: DUPLICATE_ bits; with DUPLICATE_CLOSE_SOURCE the
 * first one is closed, also when the call fails behind the check of its arguments.
 * out may be NULL then. *out is the caller's; NULL on failure.
 *
 * TRUE; FALSE with ERROR_INVALID_HANDLE: another process, or the handle;
 * ERROR_INVALID_PARAMETER: options, or out is NULL; ERROR_NOT_SUPPORTED: inherit;
 * ERROR_NOT_ENOUGH_MEMORY. Microsoft: "DuplicateHandle function".
 */
IXHR2_API BOOL ixhr2_duplicate_handle(HANDLE from_process, HANDLE handle,
				      HANDLE to_process, HANDLE *out, DWORD access,
				      BOOL inherit, DWORD options);

EXTERN_C_END

/* CloseHandle: see ixhr2_close_handle. */
static inline BOOL CloseHandle(HANDLE hObject)
{
	return ixhr2_close_handle(hObject);
}

/* DuplicateHandle: see ixhr2_duplicate_handle. */
static inline BOOL DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle,
				   HANDLE hTargetProcessHandle, HANDLE *lpTargetHandle,
				   DWORD dwDesiredAccess, BOOL bInheritHandle,
				   DWORD dwOptions)
{
	return ixhr2_duplicate_handle(hSourceProcessHandle, hSourceHandle,
				      hTargetProcessHandle, lpTargetHandle,
				      dwDesiredAccess, bInheritHandle, dwOptions);
}

#endif
