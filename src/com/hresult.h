/* SPDX-License-Identifier: MIT */
/* The library's failures as HRESULTs (contract: "Errors"), and their names. Any thread.
 */
#ifndef IXHR2_COM_HRESULT_H
#define IXHR2_COM_HRESULT_H

#include "base/err.h"
#include "ixhr2/winerror.h"

/* What a method or OnError answers for a failure; S_OK for 0. An outcome is a mistake of
 * ours and gives E_FAIL. ERR_CLIENT too: the program's own HRESULT is the caller's to
 * remember. */
HRESULT hresult_of(enum err err);

/* The same as OnError gives it with XHR_PROP_EXTENDED_ERROR. */
HRESULT hresult_extended(enum err err);

/* The symbol of an HRESULT, such as "E_ABORT"; that of its Win32 number, such as
 * "ERROR_INTERNET_TIMEOUT", where it has no symbol; else NULL. A constant. */
const char *hresult_name(HRESULT hr);

#endif
