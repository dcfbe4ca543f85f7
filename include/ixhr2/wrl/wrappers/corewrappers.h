/* SPDX-License-Identifier: MIT */
/*
 * Microsoft::WRL::Wrappers: owners of handles and strings, and locks that are given back
 * at the end of a block (Microsoft: "Microsoft::WRL::Wrappers Namespace"). C++ only. The
 * functions that they call are in libixhr2win.
 */
#ifndef IXHR2_WRL_WRAPPERS_COREWRAPPERS_H
#define IXHR2_WRL_WRAPPERS_COREWRAPPERS_H

#if defined(__cplusplus) && !defined(CINTERFACE)

#include <utility>

#include "../../roapi.h"
#include "../../synchapi.h"
#include "../../winstring.h"

namespace Microsoft
{
namespace WRL
{
namespace Wrappers
{

/* How a handle is closed, and what none is; how a lock is given back. */
namespace HandleTraits
{

struct HANDLETraits {
	typedef HANDLE Type;

	static bool Close(Type handle) noexcept
	{
		return CloseHandle(handle) != FALSE;
	}

	static Type GetInvalidValue() noexcept
	{
		return INVALID_HANDLE_VALUE;
	}
};

struct HANDLENullTraits {
	typedef HANDLE Type;

	static bool Close(Type handle) noexcept
	{
		return CloseHandle(handle) != FALSE;
	}

	static Type GetInvalidValue() noexcept
	{
		return nullptr;
	}
};

struct FileHandleTraits : HANDLETraits {
};

struct EventTraits : HANDLENullTraits {
};

struct CriticalSectionTraits {
	typedef CRITICAL_SECTION *Type;

	static void Unlock(Type section) noexcept
	{
		LeaveCriticalSection(section);
	}
};

struct SRWLockExclusiveTraits {
	typedef SRWLOCK *Type;

	static void Unlock(Type lock) noexcept
	{
		ReleaseSRWLockExclusive(lock);
	}
};

struct SRWLockSharedTraits {
	typedef SRWLOCK *Type;

	static void Unlock(Type lock) noexcept
	{
		ReleaseSRWLockShared(lock);
	}
};

} // namespace HandleTraits

/* Owns a handle, and closes it (Microsoft: "HandleT Class"). */
template <typename Traits> class HandleT
{
      public:
	typedef Traits HandleTraits;
	typedef typename Traits::Type Type;

	explicit HandleT(Type handle = Traits::GetInvalidValue()) noexcept
		: handle_(handle)
	{
	}

	HandleT(HandleT &&other) noexcept : handle_(other.Detach())
	{
	}

	HandleT &operator=(HandleT &&other) noexcept
	{
		Attach(other.Detach());
		return *this;
	}

	HandleT(const HandleT &) = delete;
	HandleT &operator=(const HandleT &) = delete;

	virtual ~HandleT()
	{
		HandleT::Close();
	}

	/* Closes what it owns, and owns handle. */
	void Attach(Type handle) noexcept
	{
		if (handle == handle_)
			return;
		Close();
		handle_ = handle;
	}

	/* Gives the handle to the caller. */
	Type Detach() noexcept
	{
		Type mine = handle_;

		handle_ = Traits::GetInvalidValue();
		return mine;
	}

	Type Get() const noexcept
	{
		return handle_;
	}

	Type *GetAddressOf() noexcept
	{
		return &handle_;
	}

	Type *ReleaseAndGetAddressOf() noexcept
	{
		Close();
		return &handle_;
	}

	bool IsValid() const noexcept
	{
		return handle_ != Traits::GetInvalidValue();
	}

	/* Closes it now, if there is one. */
	void Close() noexcept
	{
		if (IsValid())
			Traits::Close(Detach());
	}

      protected:
	Type handle_; /* or the value for none */
};

template <typename Traits>
inline bool operator==(const HandleT<Traits> &a, const HandleT<Traits> &b) noexcept
{
	return a.Get() == b.Get();
}

template <typename Traits>
inline bool operator!=(const HandleT<Traits> &a, const HandleT<Traits> &b) noexcept
{
	return a.Get() != b.Get();
}

typedef HandleT<HandleTraits::HANDLENullTraits> Handle;
typedef HandleT<HandleTraits::FileHandleTraits> FileHandle;

/* Owns an event (Microsoft: "Event Class (WRL)"). */
class Event : public HandleT<HandleTraits::EventTraits>
{
      public:
	explicit Event(HANDLE handle = nullptr) noexcept : HandleT(handle)
	{
	}

	Event(Event &&other) noexcept : HandleT(std::move(other))
	{
	}

	Event &operator=(Event &&other) noexcept
	{
		Attach(other.Detach());
		return *this;
	}
};

namespace Details
{

/* A lock that is held, or none; given back at the end of its block (Microsoft:
 * "SyncLockT Class"). */
template <typename Traits> class SyncLockT
{
      public:
	explicit SyncLockT(typename Traits::Type lock = nullptr) noexcept : sync_(lock)
	{
	}

	SyncLockT(SyncLockT &&other) noexcept : sync_(other.sync_)
	{
		other.sync_ = nullptr;
	}

	SyncLockT(const SyncLockT &) = delete;
	SyncLockT &operator=(const SyncLockT &) = delete;

	~SyncLockT()
	{
		Unlock();
	}

	bool IsLocked() const noexcept
	{
		return sync_ != nullptr;
	}

	/* Gives it back now, if it is held. */
	void Unlock() noexcept
	{
		if (sync_)
			Traits::Unlock(sync_);
		sync_ = nullptr;
	}

      protected:
	typename Traits::Type sync_; /* what is held, or NULL */
};

} // namespace Details

/* A lock that a thread may take several times (Microsoft: "CriticalSection Class"). */
class CriticalSection
{
      public:
	typedef Details::SyncLockT<HandleTraits::CriticalSectionTraits> SyncLock;

	explicit CriticalSection(ULONG spin_count = 0) noexcept
		: is_valid_(InitializeCriticalSectionEx(&cs_, spin_count, 0))
	{
	}

	CriticalSection(const CriticalSection &) = delete;
	CriticalSection &operator=(const CriticalSection &) = delete;

	~CriticalSection()
	{
		if (is_valid_)
			DeleteCriticalSection(&cs_);
	}

	SyncLock Lock() noexcept
	{
		return Lock(&cs_);
	}

	/* Answers one that is not held where that would need a wait. */
	SyncLock TryLock() noexcept
	{
		return TryLock(&cs_);
	}

	static SyncLock Lock(CRITICAL_SECTION *section) noexcept
	{
		EnterCriticalSection(section);
		return SyncLock(section);
	}

	static SyncLock TryLock(CRITICAL_SECTION *section) noexcept
	{
		return SyncLock(TryEnterCriticalSection(section) ? section : nullptr);
	}

	bool IsValid() const noexcept
	{
		return is_valid_ != FALSE;
	}

      protected:
	CRITICAL_SECTION cs_; /* the lock */

      private:
	BOOL is_valid_; /* the lock could be made */
};

/* A lock for several readers or one writer (Microsoft: "SRWLock Class"). */
class SRWLock
{
      public:
	typedef Details::SyncLockT<HandleTraits::SRWLockExclusiveTraits>
		SyncLockExclusive;
	typedef Details::SyncLockT<HandleTraits::SRWLockSharedTraits> SyncLockShared;

	SRWLock() noexcept
	{
		InitializeSRWLock(&SRWLock_);
	}

	SRWLock(const SRWLock &) = delete;
	SRWLock &operator=(const SRWLock &) = delete;

	SyncLockExclusive LockExclusive() noexcept
	{
		return LockExclusive(&SRWLock_);
	}

	SyncLockShared LockShared() noexcept
	{
		return LockShared(&SRWLock_);
	}

	/* These answer one that is not held where that would need a wait. */
	SyncLockExclusive TryLockExclusive() noexcept
	{
		return TryLockExclusive(&SRWLock_);
	}

	SyncLockShared TryLockShared() noexcept
	{
		return TryLockShared(&SRWLock_);
	}

	static SyncLockExclusive LockExclusive(SRWLOCK *lock) noexcept
	{
		AcquireSRWLockExclusive(lock);
		return SyncLockExclusive(lock);
	}

	static SyncLockShared LockShared(SRWLOCK *lock) noexcept
	{
		AcquireSRWLockShared(lock);
		return SyncLockShared(lock);
	}

	static SyncLockExclusive TryLockExclusive(SRWLOCK *lock) noexcept
	{
		return SyncLockExclusive(TryAcquireSRWLockExclusive(lock) ? lock
									  : nullptr);
	}

	static SyncLockShared TryLockShared(SRWLOCK *lock) noexcept
	{
		return SyncLockShared(TryAcquireSRWLockShared(lock) ? lock : nullptr);
	}

      protected:
	SRWLOCK SRWLock_; /* the lock */
};

/* Owns a string of the Windows Runtime (Microsoft: "HString Class"). */
class HString
{
      public:
	HString() noexcept : hstr_(nullptr)
	{
	}

	HString(HString &&other) noexcept : hstr_(other.Detach())
	{
	}

	HString &operator=(HString &&other) noexcept
	{
		Attach(other.Detach());
		return *this;
	}

	HString(const HString &) = delete;
	HString &operator=(const HString &) = delete;

	~HString()
	{
		Release();
	}

	/* A copy of the text, up to its zero unit or of length units; the reference of
	 * another string. They answer as WindowsCreateString and WindowsDuplicateString;
	 * on failure the string is empty. */
	HRESULT Set(const WCHAR *text) noexcept
	{
		return Set(text, Length(text));
	}

	HRESULT Set(const WCHAR *text, UINT32 length) noexcept
	{
		HString old(std::move(*this)); /* text may lie in it */

		return WindowsCreateString(text, length, &hstr_);
	}

	HRESULT Set(HSTRING other) noexcept
	{
		HString old(std::move(*this));

		return WindowsDuplicateString(other, &hstr_);
	}

	/* Takes the caller's reference over. */
	void Attach(HSTRING other) noexcept
	{
		Release();
		hstr_ = other;
	}

	/* Gives the reference to the caller. */
	HSTRING Detach() noexcept
	{
		HSTRING mine = hstr_;

		hstr_ = nullptr;
		return mine;
	}

	/* Makes it empty. */
	void Release() noexcept
	{
		WindowsDeleteString(Detach());
	}

	HSTRING Get() const noexcept
	{
		return hstr_;
	}

	HSTRING *GetAddressOf() noexcept
	{
		return &hstr_;
	}

	HSTRING *ReleaseAndGetAddressOf() noexcept
	{
		Release();
		return &hstr_;
	}

	/* The text, with a zero unit behind. length, which may be NULL: its units. */
	const WCHAR *GetRawBuffer(UINT32 *length) const noexcept
	{
		return WindowsGetStringRawBuffer(hstr_, length);
	}

	/* Whether it is not empty. */
	bool IsValid() const noexcept
	{
		return hstr_ != nullptr;
	}

	/* *out gets a reference of its own. */
	HRESULT CopyTo(HSTRING *out) const noexcept
	{
		return WindowsDuplicateString(hstr_, out);
	}

      protected:
	HSTRING hstr_; /* NULL: the empty one */

      private:
	static UINT32 Length(const WCHAR *text) noexcept
	{
		UINT32 length = 0;

		while (text && text[length])
			length++;
		return length;
	}
};

/* A string from a text (Microsoft: "HStringReference Class"); a copy here. Empty when
 * there is no memory. */
class HStringReference
{
      public:
	explicit HStringReference(const WCHAR *text) noexcept
	{
		(void)string_.Set(text);
	}

	HStringReference(const WCHAR *text, UINT32 length) noexcept
	{
		(void)string_.Set(text, length);
	}

	HSTRING Get() const noexcept
	{
		return string_.Get();
	}

	const WCHAR *GetRawBuffer(UINT32 *length) const noexcept
	{
		return string_.GetRawBuffer(length);
	}

      private:
	HString string_; /* the copy */
};

/* The Windows Runtime in a block (Microsoft: "RoInitializeWrapper Class"). */
class RoInitializeWrapper
{
      public:
	explicit RoInitializeWrapper(RO_INIT_TYPE type) noexcept : hr_(RoInitialize(type))
	{
	}

	RoInitializeWrapper(const RoInitializeWrapper &) = delete;
	RoInitializeWrapper &operator=(const RoInitializeWrapper &) = delete;

	~RoInitializeWrapper()
	{
		if (SUCCEEDED(hr_))
			RoUninitialize();
	}

	/* What RoInitialize answered. */
	operator HRESULT() const noexcept
	{
		return hr_;
	}

      private:
	HRESULT hr_; /* of RoInitialize */
};

} // namespace Wrappers
} // namespace WRL
} // namespace Microsoft

#endif

#endif
