/* SPDX-License-Identifier: MIT */
/*
 * C++: failures as exceptions, and the strings that they speak in. Of Microsoft's file
 * these are _com_error, _com_issue_error, _com_raise_error, CheckError and as much of
 * _bstr_t as they need; there are no smart pointers (wrl/client.h has some) and no
 * _variant_t. One object is not used by two threads at once.
 */
#ifndef IXHR2_COMDEF_H
#define IXHR2_COMDEF_H

#include "oleauto.h"
#include "winbase.h"
#include "windows.h"

#if defined(__cplusplus) && !defined(CINTERFACE)
#include <cstdio>
#include <new>

/* Results that stand for a number of a program's own. */
#define WCODE_HRESULT_FIRST MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x200)
#define WCODE_HRESULT_LAST  MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF + 1, 0) - 1

/* Owns a BSTR; a copy has one of its own. */
class _bstr_t
{
      public:
	_bstr_t() noexcept : owned(nullptr)
	{
	}
	_bstr_t(const WCHAR *text) : owned(made(SysAllocString(text), text))
	{
	}
	/* Takes bstr over, unless copy is true. */
	_bstr_t(BSTR bstr, bool copy)
		: owned(copy ? made(SysAllocStringLen(bstr, SysStringLen(bstr)), bstr)
			     : bstr)
	{
	}
	_bstr_t(const _bstr_t &other) : _bstr_t(other.owned, other.owned != nullptr)
	{
	}
	_bstr_t &operator=(const _bstr_t &other)
	{
		_bstr_t copy(other);

		Attach(copy.Detach());
		return *this;
	}
	~_bstr_t()
	{
		SysFreeString(owned);
	}
	operator const WCHAR *() const noexcept
	{
		return owned;
	}
	bool operator!() const noexcept
	{
		return !owned;
	}
	unsigned int length() const noexcept
	{
		return SysStringLen(owned);
	}
	BSTR GetBSTR() const noexcept
	{
		return owned;
	}
	void Attach(BSTR bstr) noexcept
	{
		SysFreeString(owned);
		owned = bstr;
	}
	BSTR Detach() noexcept
	{
		BSTR bstr = owned;

		owned = nullptr;
		return bstr;
	}

      private:
	BSTR owned; /* NULL: empty */

	/* bstr, made of text. */
	static BSTR made(BSTR bstr, const WCHAR *text)
	{
#ifdef __cpp_exceptions
		if (text && !bstr)
			throw std::bad_alloc();
#else
		(void)text;
#endif
		return bstr;
	}
};

/* A failure: the result, what the object said of it, and a sentence. */
class _com_error
{
      public:
	/* Takes over a reference to info, which may be NULL; with add_reference it gets
	 * one of its own. */
	_com_error(HRESULT error, IErrorInfo *info = nullptr,
		   bool add_reference = false) noexcept
		: result(error), said(info), message(nullptr)
	{
		if (said && add_reference)
			said->AddRef();
	}
	_com_error(const _com_error &other) noexcept
		: _com_error(other.result, other.said, true)
	{
	}
	_com_error &operator=(const _com_error &other) noexcept
	{
		if (other.said)
			other.said->AddRef();
		release();
		result = other.result;
		said = other.said;
		message = nullptr;
		return *this;
	}
	virtual ~_com_error() noexcept
	{
		release();
	}

	HRESULT Error() const noexcept
	{
		return result;
	}
	/* The number of the program's that the result stands for, or 0. */
	WORD WCode() const noexcept
	{
		return HRESULTToWCode(result);
	}
	/* A reference of the caller's, or NULL. */
	IErrorInfo *ErrorInfo() const noexcept
	{
		if (said)
			said->AddRef();
		return said;
	}
	/* What the object said; empty where it said nothing. */
	_bstr_t Description() const
	{
		return text(&IErrorInfo::GetDescription);
	}
	_bstr_t Source() const
	{
		return text(&IErrorInfo::GetSource);
	}
	_bstr_t HelpFile() const
	{
		return text(&IErrorInfo::GetHelpFile);
	}
	DWORD HelpContext() const noexcept
	{
		DWORD place = 0;

		return said && SUCCEEDED(said->GetHelpContext(&place)) ? place : 0;
	}
	/* A sentence for the result, without a line end. It lives as long as this. */
	const TCHAR *ErrorMessage() const noexcept
	{
		if (!message)
			message = sentence();
		return message ? message : TEXT("");
	}

	static HRESULT WCodeToHRESULT(WORD code) noexcept
	{
		return code >= 0xFE00 ? WCODE_HRESULT_LAST : WCODE_HRESULT_FIRST + code;
	}
	static WORD HRESULTToWCode(HRESULT error) noexcept
	{
		return error >= WCODE_HRESULT_FIRST && error <= WCODE_HRESULT_LAST
			       ? static_cast<WORD>(error - WCODE_HRESULT_FIRST)
			       : static_cast<WORD>(0);
	}

      private:
	HRESULT result;		/* the failure */
	IErrorInfo *said;	/* a reference, or NULL */
	mutable TCHAR *message; /* of LocalAlloc; NULL: not made yet */

	void release() noexcept
	{
		LocalFree(message);
		if (said)
			said->Release();
	}

	_bstr_t text(HRESULT (IErrorInfo::*get)(BSTR *)) const
	{
		BSTR bstr = nullptr;

		if (!said || FAILED((said->*get)(&bstr)))
			return _bstr_t();
		return _bstr_t(bstr, false);
	}

	/* The system's sentence, or one with the number. NULL: no memory. */
	TCHAR *sentence() const noexcept
	{
		TCHAR *made = nullptr;
		DWORD length = FormatMessage(
			FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM |
				FORMAT_MESSAGE_IGNORE_INSERTS,
			nullptr, static_cast<DWORD>(result), 0,
			reinterpret_cast<TCHAR *>(&made), 0, nullptr);

		if (!length)
			return number();
		while (length && (made[length - 1] == '\n' || made[length - 1] == '\r'))
			made[--length] = 0;
		return made;
	}

	TCHAR *number() const noexcept
	{
		char text[32] = {};
		TCHAR *made = static_cast<TCHAR *>(
			LocalAlloc(LMEM_FIXED, sizeof(text) * sizeof(TCHAR)));

		if (WCode())
			std::snprintf(text, sizeof(text), "IDispatch error #%d", WCode());
		else
			std::snprintf(text, sizeof(text), "Unknown error 0x%08X",
				      static_cast<unsigned>(result));
		for (size_t i = 0; made && i < sizeof(text); i++)
			made[i] = static_cast<TCHAR>(text[i]);
		return made;
	}
};

/* Throw a _com_error. Without exceptions the program ends. */
[[noreturn]] inline void _com_raise_error(HRESULT error, IErrorInfo *info = nullptr)
{
#ifdef __cpp_exceptions
	throw _com_error(error, info);
#else
	(void)error;
	(void)info;
	__builtin_trap();
#endif
}

[[noreturn]] inline void _com_issue_error(HRESULT error)
{
	_com_raise_error(error);
}

namespace _com_util
{
/* Throws a _com_error where error is a failure. */
inline void CheckError(HRESULT error)
{
	if (FAILED(error))
		_com_issue_error(error);
}
} // namespace _com_util
#endif

#endif
