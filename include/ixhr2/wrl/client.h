/* SPDX-License-Identifier: MIT */
/*
 * Microsoft::WRL::ComPtr: a pointer to an interface that holds one reference of it
 * (Microsoft: "ComPtr Class"). C++ only; nothing throws. A ComPtr itself is used by one
 * thread at a time, what it points to by any.
 *
 * Taking its address with & drops the reference first, for calls that give one:
 *
 *	ComPtr<IXMLHTTPRequest2> xhr;
 *	CoCreateInstance(clsid, NULL, CLSCTX_ALL, IID_PPV_ARGS(&xhr));
 *
 * &pointer is a ComPtrRef, which converts to T **, to void ** and to ComPtr<T> *.
 * GetAddressOf keeps the reference.
 */
#ifndef IXHR2_WRL_CLIENT_H
#define IXHR2_WRL_CLIENT_H

#if defined(__cplusplus) && !defined(CINTERFACE)

#include <type_traits>
#include <utility>

#include "../objbase.h"
#include "../unknwn.h"
#include "../winerror.h"

/* For functions that call objects of the library: these are written in C and carry no
 * type information for -fsanitize=vptr to look at. */
#define IXHR2_CALLS_OBJECTS __attribute__((no_sanitize("vptr")))

struct IInspectable;

namespace Microsoft
{
namespace WRL
{

template <typename T> class ComPtr;

/*
 * Names that programs spell with Details and without. The namespace is inline, so that a
 * friend declaration may name what lives here as Microsoft::WRL::Details::Make or as
 * Microsoft::WRL::Make.
 */
inline namespace Details
{

/* What a ComPtr is in a condition: no number, and no pointer that could be freed. */
struct BoolStruct {
	int Member; /* has an address that is not null; else unused */
};
typedef int BoolStruct::*BoolType;

/*
 * The address of a ComPtr on its way into a call (Microsoft: "ComPtrRef Class"). T: the
 * ComPtr. Whatever it is converted to, the reference that the ComPtr holds is dropped
 * then. It is not kept beyond the expression.
 */
template <typename T> class ComPtrRef
{
      public:
	typedef typename T::InterfaceType InterfaceType;

	ComPtrRef(T *pointer) noexcept : ptr_(pointer)
	{
	}

	operator void **() const noexcept
	{
		return reinterpret_cast<void **>(ptr_->ReleaseAndGetAddressOf());
	}

	operator InterfaceType **() const noexcept
	{
		return ptr_->ReleaseAndGetAddressOf();
	}

	/* The address of the ComPtr itself; one that is const keeps what it holds. */
	operator T *() const noexcept
	{
		Clear(ptr_);
		return ptr_;
	}

	/* The two interfaces that every other one of its kind begins with. */
	template <typename U, typename = typename std::enable_if<
				      (std::is_same<U, IUnknown>::value ||
				       std::is_same<U, IInspectable>::value) &&
				      !std::is_same<U, InterfaceType>::value &&
				      std::is_base_of<U, InterfaceType>::value>::type>
	operator U **() const noexcept
	{
		return reinterpret_cast<U **>(ptr_->ReleaseAndGetAddressOf());
	}

	/* The pointer held; nothing is dropped. */
	InterfaceType *operator*() const noexcept
	{
		return ptr_->Get();
	}

	/* Where it is held; nothing is dropped. */
	InterfaceType *const *GetAddressOf() const noexcept
	{
		return ptr_->GetAddressOf();
	}

	InterfaceType **ReleaseAndGetAddressOf() const noexcept
	{
		return ptr_->ReleaseAndGetAddressOf();
	}

      private:
	template <typename U> static void Clear(ComPtr<U> *pointer) noexcept
	{
		pointer->Reset();
	}

	template <typename U> static void Clear(const ComPtr<U> *) noexcept
	{
	}

	T *ptr_; /* whose address this is */
};

} // namespace Details

/* Holds one reference of an interface or of a class with AddRef and Release, or none. */
template <typename T> class ComPtr
{
      public:
	typedef T InterfaceType;

	ComPtr() noexcept : ptr_(nullptr)
	{
	}

	ComPtr(decltype(nullptr)) noexcept : ptr_(nullptr)
	{
	}

	/* A pointer's reference stays the caller's; a further one is taken. */
	template <typename U> ComPtr(U *other) noexcept : ptr_(other)
	{
		InternalAddRef();
	}

	ComPtr(const ComPtr &other) noexcept : ptr_(other.ptr_)
	{
		InternalAddRef();
	}

	template <typename U, typename = typename std::enable_if<
				      std::is_convertible<U *, T *>::value>::type>
	ComPtr(const ComPtr<U> &other) noexcept : ptr_(other.ptr_)
	{
		InternalAddRef();
	}

	ComPtr(ComPtr &&other) noexcept : ptr_(other.Detach())
	{
	}

	template <typename U, typename = typename std::enable_if<
				      std::is_convertible<U *, T *>::value>::type>
	ComPtr(ComPtr<U> &&other) noexcept : ptr_(other.Detach())
	{
	}

	~ComPtr() noexcept
	{
		InternalRelease();
	}

	/* Also of nullptr, NULL and 0. */
	ComPtr &operator=(T *other) noexcept
	{
		ComPtr(other).Swap(*this);
		return *this;
	}

	template <typename U> ComPtr &operator=(U *other) noexcept
	{
		ComPtr(other).Swap(*this);
		return *this;
	}

	ComPtr &operator=(const ComPtr &other) noexcept
	{
		ComPtr(other).Swap(*this);
		return *this;
	}

	template <typename U> ComPtr &operator=(const ComPtr<U> &other) noexcept
	{
		ComPtr(other).Swap(*this);
		return *this;
	}

	ComPtr &operator=(ComPtr &&other) noexcept
	{
		ComPtr(std::move(other)).Swap(*this);
		return *this;
	}

	template <typename U> ComPtr &operator=(ComPtr<U> &&other) noexcept
	{
		ComPtr(std::move(other)).Swap(*this);
		return *this;
	}

	void Swap(ComPtr &&other) noexcept
	{
		Swap(other);
	}

	void Swap(ComPtr &other) noexcept
	{
		T *mine = ptr_;

		ptr_ = other.ptr_;
		other.ptr_ = mine;
	}

	/* In a condition: whether it holds a reference. */
	operator Details::BoolType() const noexcept
	{
		return ptr_ ? &Details::BoolStruct::Member : nullptr;
	}

	/* The pointer; the reference stays here. */
	T *Get() const noexcept
	{
		return ptr_;
	}

	T *operator->() const noexcept
	{
		return ptr_;
	}

	Details::ComPtrRef<ComPtr> operator&() noexcept
	{
		return Details::ComPtrRef<ComPtr>(this);
	}

	Details::ComPtrRef<const ComPtr> operator&() const noexcept
	{
		return Details::ComPtrRef<const ComPtr>(this);
	}

	/* Where the pointer is kept; the reference stays. */
	T *const *GetAddressOf() const noexcept
	{
		return &ptr_;
	}

	T **GetAddressOf() noexcept
	{
		return &ptr_;
	}

	T **ReleaseAndGetAddressOf() noexcept
	{
		InternalRelease();
		return &ptr_;
	}

	/* Gives the reference to the caller. */
	T *Detach() noexcept
	{
		T *mine = ptr_;

		ptr_ = nullptr;
		return mine;
	}

	/* Takes the caller's reference over. */
	void Attach(T *other) noexcept
	{
		InternalRelease();
		ptr_ = other;
	}

	/* Drops the reference; the count that is left, for tests alone. */
	unsigned long Reset() noexcept
	{
		return InternalRelease();
	}

	/* *out gets a reference of its own: of the same pointer, NULL too; of the
	 * interface riid; of the interface U. The last two answer as QueryInterface, and
	 * there must be a pointer. */
	HRESULT CopyTo(T **out) const noexcept
	{
		ComPtr copy(*this);

		*out = copy.Detach();
		return S_OK;
	}

	IXHR2_CALLS_OBJECTS HRESULT CopyTo(REFIID riid, void **out) const noexcept
	{
		return ptr_->QueryInterface(riid, out);
	}

	template <typename U> HRESULT CopyTo(U **out) const noexcept
	{
		return CopyTo(__uuidof(U), reinterpret_cast<void **>(out));
	}

	/* The same object's interface U, as QueryInterface answers; there must be a
	 * pointer. */
	template <typename U>
	HRESULT As(Details::ComPtrRef<ComPtr<U>> other) const noexcept
	{
		return CopyTo(__uuidof(U), other);
	}

	template <typename U> HRESULT As(ComPtr<U> *other) const noexcept
	{
		return As(Details::ComPtrRef<ComPtr<U>>(other));
	}

	/* The interface riid, in the form of its IUnknown. */
	HRESULT AsIID(REFIID riid, ComPtr<IUnknown> *other) const noexcept
	{
		return CopyTo(riid, Details::ComPtrRef<ComPtr<IUnknown>>(other));
	}

      protected:
	IXHR2_CALLS_OBJECTS void InternalAddRef() const noexcept
	{
		if (ptr_)
			ptr_->AddRef();
	}

	/* What Release runs may come back here: the pointer is gone by then. */
	IXHR2_CALLS_OBJECTS unsigned long InternalRelease() noexcept
	{
		T *mine = Detach();

		return mine ? mine->Release() : 0;
	}

	T *ptr_; /* with one reference, or NULL */

	template <typename U> friend class ComPtr;
};

/* Two of them are compared by the pointers that they hold. */
template <typename T, typename U>
inline bool operator==(const ComPtr<T> &a, const ComPtr<U> &b) noexcept
{
	return a.Get() == b.Get();
}

template <typename T, typename U>
inline bool operator!=(const ComPtr<T> &a, const ComPtr<U> &b) noexcept
{
	return a.Get() != b.Get();
}

template <typename T, typename U>
inline bool operator<(const ComPtr<T> &a, const ComPtr<U> &b) noexcept
{
	return a.Get() < b.Get();
}

template <typename T>
inline bool operator==(const ComPtr<T> &a, decltype(nullptr)) noexcept
{
	return !a.Get();
}

template <typename T>
inline bool operator!=(const ComPtr<T> &a, decltype(nullptr)) noexcept
{
	return a.Get() != nullptr;
}

template <typename T>
inline bool operator==(decltype(nullptr), const ComPtr<T> &a) noexcept
{
	return !a.Get();
}

template <typename T>
inline bool operator!=(decltype(nullptr), const ComPtr<T> &a) noexcept
{
	return a.Get() != nullptr;
}

inline namespace Details
{

/* For IID_PPV_ARGS(&pointer). */
template <typename T> inline void **IID_PPV_ARGS_Helper(ComPtrRef<T> pointer) noexcept
{
	return pointer;
}

/* Two addresses: whether they are of one ComPtr. Nothing is dropped. */
template <typename T, typename U>
inline bool operator==(const ComPtrRef<T> &a, const ComPtrRef<U> &b) noexcept
{
	return static_cast<const void *>(a.GetAddressOf()) == b.GetAddressOf();
}

template <typename T, typename U>
inline bool operator!=(const ComPtrRef<T> &a, const ComPtrRef<U> &b) noexcept
{
	return !(a == b);
}

} // namespace Details
} // namespace WRL
} // namespace Microsoft

namespace ixhr2
{
/* For __uuidof(pointer): the identity of what it points to. */
template <class T> struct iid_of<Microsoft::WRL::ComPtr<T>> : iid_of<T> {
};
template <class T>
struct iid_of<Microsoft::WRL::ComPtrRef<T>> : iid_of<typename T::InterfaceType> {
};
} // namespace ixhr2

#endif

#endif
