/* SPDX-License-Identifier: MIT */
/*
 * Files that are there, for reading. Any thread. A handle is closed with CloseHandle
 * (handleapi.h).
 *
 * Paths are absolute or relative to the working folder; only "/" separates, and a
 * backslash is an ordinary character. Letters of either case differ. Files are not
 * locked: what others do meanwhile is seen.
 */
#ifndef IXHR2_FILEAPI_H
#define IXHR2_FILEAPI_H

#include "errhandlingapi.h"
#include "handleapi.h"

/* Rights on a file. */
#define FILE_READ_DATA	     0x0001u
#define FILE_WRITE_DATA	     0x0002u
#define FILE_APPEND_DATA     0x0004u
#define FILE_READ_EA	     0x0008u
#define FILE_READ_ATTRIBUTES 0x0080u
#define FILE_GENERIC_READ    0x00120089u

/* What others may do meanwhile. */
#define FILE_SHARE_READ	  0x1u
#define FILE_SHARE_WRITE  0x2u
#define FILE_SHARE_DELETE 0x4u

/* What is done with a file that is there, or is not. */
#define CREATE_NEW	  1
#define CREATE_ALWAYS	  2
#define OPEN_EXISTING	  3
#define OPEN_ALWAYS	  4
#define TRUNCATE_EXISTING 5

/* How it is used. */
#define FILE_FLAG_OPEN_NO_RECALL   0x00100000u
#define FILE_FLAG_BACKUP_SEMANTICS 0x02000000u
#define FILE_FLAG_DELETE_ON_CLOSE  0x04000000u
#define FILE_FLAG_SEQUENTIAL_SCAN  0x08000000u
#define FILE_FLAG_RANDOM_ACCESS	   0x10000000u
#define FILE_FLAG_NO_BUFFERING	   0x20000000u
#define FILE_FLAG_OVERLAPPED	   0x40000000u
#define FILE_FLAG_WRITE_THROUGH	   0x80000000u

/* From where SetFilePointer counts. */
#define FILE_BEGIN   0
#define FILE_CURRENT 1
#define FILE_END     2

/* Failures of functions that answer 32 bits. */
#define INVALID_FILE_SIZE	 0xFFFFFFFFu
#define INVALID_SET_FILE_POINTER 0xFFFFFFFFu

/* The rest of CreateFile2's arguments (Microsoft: "CREATEFILE2_EXTENDED_PARAMETERS
 * structure"). */
typedef struct CREATEFILE2_EXTENDED_PARAMETERS {
	DWORD dwSize;				    /* of this structure, or more */
	DWORD dwFileAttributes;			    /* FILE_ATTRIBUTE_ bits */
	DWORD dwFileFlags;			    /* FILE_FLAG_ bits */
	DWORD dwSecurityQosFlags;		    /* not read */
	LPSECURITY_ATTRIBUTES lpSecurityAttributes; /* as CreateFile's */
	HANDLE hTemplateFile;			    /* not read */
} CREATEFILE2_EXTENDED_PARAMETERS, *PCREATEFILE2_EXTENDED_PARAMETERS,
	*LPCREATEFILE2_EXTENDED_PARAMETERS;

EXTERN_C_START

/*
 * Opens a file that is there, for reading: CreateFile, CreateFile2. wchar_bytes: 1 (path
 * is UTF-8), 2 or 4. access: GENERIC_READ, or the bits of FILE_GENERIC_READ with
 * FILE_READ_DATA. share: any FILE_SHARE_ bits. attributes: NULL, or bInheritHandle
 * FALSE. disposition: OPEN_EXISTING. flags: any FILE_ATTRIBUTE_ bits, which mean
 * nothing for such a file, and FILE_FLAG_SEQUENTIAL_SCAN, RANDOM_ACCESS and
 * OPEN_NO_RECALL, without effect. file_template is not read.
 *
 * A handle, the caller's. INVALID_HANDLE_VALUE with ERROR_INVALID_PARAMETER:
 * wchar_bytes, share or disposition is none; ERROR_NOT_SUPPORTED: another access,
 * disposition or flag of Windows, or bInheritHandle; ERROR_PATH_NOT_FOUND: path is NULL
 * or empty, or what stands before a "/" is no folder; ERROR_INVALID_NAME: path is no
 * Unicode, or its links go in a circle; ERROR_FILENAME_EXCED_RANGE: it is too long;
 * ERROR_FILE_NOT_FOUND: the file, or a folder of its path;
 * ERROR_ACCESS_DENIED, also for a folder; ERROR_TOO_MANY_OPEN_FILES;
 * ERROR_NOT_ENOUGH_MEMORY; ERROR_GEN_FAILURE: the system refused otherwise. Microsoft:
 * "CreateFileW function".
 */
IXHR2_API HANDLE ixhr2_create_file(unsigned wchar_bytes, const void *path, DWORD access,
				   DWORD share, const SECURITY_ATTRIBUTES *attributes,
				   DWORD disposition, DWORD flags, HANDLE file_template);

/*
 * Reads from the position, which moves: ReadFile. *out_read gets how many bytes there
 * were: less than bytes only at the end of a file, where it is 0; of a pipe or a
 * terminal, what has come. overlapped: NULL. TRUE; FALSE, and 0 bytes, with
 * ERROR_INVALID_HANDLE; ERROR_INVALID_PARAMETER: out_read, or to with bytes, is NULL;
 * ERROR_NOT_SUPPORTED: overlapped; ERROR_NOACCESS: to cannot be written;
 * ERROR_READ_FAULT. Microsoft: "ReadFile function".
 */
IXHR2_API BOOL ixhr2_read_file(HANDLE file, void *to, DWORD bytes, DWORD *out_read,
			       OVERLAPPED *overlapped);

/* The size in bytes: GetFileSizeEx, GetFileSize. FALSE with ERROR_INVALID_HANDLE;
 * ERROR_INVALID_PARAMETER: out is NULL; ERROR_INVALID_FUNCTION: a pipe or a device, which
 * have none. Microsoft: "GetFileSizeEx function". */
IXHR2_API BOOL ixhr2_get_file_size(HANDLE file, LARGE_INTEGER *out);

/*
 * Moves the position: SetFilePointerEx, SetFilePointer. from: FILE_BEGIN, FILE_CURRENT or
 * FILE_END. It may be behind the end. out may be NULL; else *out is the new position,
 * and stays on failure. FALSE with ERROR_INVALID_HANDLE; ERROR_INVALID_PARAMETER: from;
 * ERROR_NEGATIVE_SEEK: before the beginning, or beyond 2^63 - 1; ERROR_INVALID_FUNCTION:
 * a pipe or a terminal. Microsoft: "SetFilePointerEx function".
 */
IXHR2_API BOOL ixhr2_set_file_pointer(HANDLE file, LARGE_INTEGER distance,
				      LARGE_INTEGER *out, DWORD from);

EXTERN_C_END

/* CreateFileW: see ixhr2_create_file. */
static inline HANDLE CreateFileW(LPCWSTR lpFileName, DWORD dwDesiredAccess,
				 DWORD dwShareMode,
				 SECURITY_ATTRIBUTES *lpSecurityAttributes,
				 DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes,
				 HANDLE hTemplateFile)
{
	return ixhr2_create_file(sizeof(WCHAR), lpFileName, dwDesiredAccess, dwShareMode,
				 lpSecurityAttributes, dwCreationDisposition,
				 dwFlagsAndAttributes, hTemplateFile);
}

/* CreateFileA: see ixhr2_create_file. */
static inline HANDLE CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess,
				 DWORD dwShareMode,
				 SECURITY_ATTRIBUTES *lpSecurityAttributes,
				 DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes,
				 HANDLE hTemplateFile)
{
	return ixhr2_create_file(1, lpFileName, dwDesiredAccess, dwShareMode,
				 lpSecurityAttributes, dwCreationDisposition,
				 dwFlagsAndAttributes, hTemplateFile);
}

#ifdef UNICODE
#define CreateFile CreateFileW
#else
#define CreateFile CreateFileA
#endif

/* CreateFile2: see ixhr2_create_file. ERROR_INVALID_PARAMETER also where dwSize of
 * pCreateExParams, which may be NULL, is too small. */
static inline HANDLE CreateFile2(LPCWSTR lpFileName, DWORD dwDesiredAccess,
				 DWORD dwShareMode, DWORD dwCreationDisposition,
				 CREATEFILE2_EXTENDED_PARAMETERS *pCreateExParams)
{
	if (!pCreateExParams)
		return CreateFileW(lpFileName, dwDesiredAccess, dwShareMode, NULL,
				   dwCreationDisposition, 0, NULL);
	if (pCreateExParams->dwSize < sizeof(*pCreateExParams)) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return INVALID_HANDLE_VALUE;
	}
	return CreateFileW(
		lpFileName, dwDesiredAccess, dwShareMode,
		pCreateExParams->lpSecurityAttributes, dwCreationDisposition,
		pCreateExParams->dwFileAttributes | pCreateExParams->dwFileFlags, NULL);
}

/* ReadFile: see ixhr2_read_file. */
static inline BOOL ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead,
			    LPDWORD lpNumberOfBytesRead, LPOVERLAPPED lpOverlapped)
{
	return ixhr2_read_file(hFile, lpBuffer, nNumberOfBytesToRead, lpNumberOfBytesRead,
			       lpOverlapped);
}

/* GetFileSizeEx: see ixhr2_get_file_size. */
static inline BOOL GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize)
{
	return ixhr2_get_file_size(hFile, lpFileSize);
}

/* GetFileSize: the lower half of the size, the upper half in *lpFileSizeHigh, which may
 * be NULL. INVALID_FILE_SIZE may be a size: the last error is 0 then. Microsoft:
 * "GetFileSize function". */
static inline DWORD GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh)
{
	LARGE_INTEGER size;

	if (!ixhr2_get_file_size(hFile, &size))
		return INVALID_FILE_SIZE;
	if (lpFileSizeHigh)
		*lpFileSizeHigh = (DWORD)size.HighPart;
	if (size.LowPart == INVALID_FILE_SIZE)
		SetLastError(NO_ERROR);
	return size.LowPart;
}

/* SetFilePointerEx: see ixhr2_set_file_pointer. */
static inline BOOL SetFilePointerEx(HANDLE hFile, LARGE_INTEGER liDistanceToMove,
				    PLARGE_INTEGER lpNewFilePointer, DWORD dwMoveMethod)
{
	return ixhr2_set_file_pointer(hFile, liDistanceToMove, lpNewFilePointer,
				      dwMoveMethod);
}

/*
 * SetFilePointer: moves by 64 bits, the upper half in *lpDistanceToMoveHigh, where the
 * new position's upper half comes back; or by 32 bits with a sign, where it is NULL.
 * INVALID_SET_FILE_POINTER may be a position: the last error is 0 then.
 * ERROR_INVALID_PARAMETER, and the position has moved: it has an upper half and there is
 * nowhere to put it. Microsoft: "SetFilePointer function".
 */
static inline DWORD SetFilePointer(HANDLE hFile, LONG lDistanceToMove,
				   PLONG lpDistanceToMoveHigh, DWORD dwMoveMethod)
{
	LARGE_INTEGER move;

	move.QuadPart = lDistanceToMove;
	if (lpDistanceToMoveHigh) {
		move.LowPart = (DWORD)lDistanceToMove;
		move.HighPart = *lpDistanceToMoveHigh;
	}
	if (!ixhr2_set_file_pointer(hFile, move, &move, dwMoveMethod))
		return INVALID_SET_FILE_POINTER;
	if (lpDistanceToMoveHigh) {
		*lpDistanceToMoveHigh = move.HighPart;
	} else if (move.HighPart) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return INVALID_SET_FILE_POINTER;
	}
	if (move.LowPart == INVALID_SET_FILE_POINTER)
		SetLastError(NO_ERROR);
	return move.LowPart;
}

#endif
