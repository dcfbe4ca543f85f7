/* SPDX-License-Identifier: MIT */
/*
 * A small windows.h: the base types, results, objects, and the few helpers that sources
 * written for this interface use besides. It is not a port of Windows.
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
#include "processthreadsapi.h"
#include "sal.h"
#include "synchapi.h"
#include "sysinfoapi.h"
#include "windef.h"
#include "winerror.h"

#define UNREFERENCED_PARAMETER(name) ((void)(name))
#define ARRAYSIZE(array)	     (sizeof(array) / sizeof((array)[0]))
#define ZeroMemory(at, bytes)	     memset((at), 0, (bytes))
#define CopyMemory(to, from, bytes)  memcpy((to), (from), (bytes))

#endif
