/* SPDX-License-Identifier: MIT */
/*
 * Microsoft::WRL::RuntimeClass: a class of the program as a COM object, and Make, which
 * makes one (Microsoft: "RuntimeClass Class", "Make Function", "MakeAndInitialize
 * Function"). C++ only; nothing here throws, the program's constructors may.
 *
 *	class Callback : public RuntimeClass<RuntimeClassFlags<ClassicCom>,
 *					     IXMLHTTPRequest2Callback, FtmBase>
 *	{ ... };
 *
 *	ComPtr<Callback> callback = Make<Callback>(arguments);
 *
 * RuntimeClass brings QueryInterface, AddRef and Release, which may be called from any
 * thread; an object begins with one reference and is deleted at the last Release, on the
 * thread that called it. QueryInterface answers for IUnknown, for each interface that the
 * list names, and for what IStream, IXMLHTTPRequest3 and IXMLHTTPRequest3Callback extend;
 * other bases of an interface are named by ChainInterfaces, or in the list beside it.
 */
#ifndef IXHR2_WRL_IMPLEMENTS_H
#define IXHR2_WRL_IMPLEMENTS_H

#if defined(__cplusplus) && !defined(CINTERFACE)

#include <atomic>
#include <new>
#include <utility>

#include "../winstring.h"
#include "client.h"
#include "internal.h"

#define WrlSealed final
#define WrlFinal  final

namespace Microsoft
{
namespace WRL
{

/* What kind of class it is (Microsoft: "RuntimeClassType Enumeration"). */
enum RuntimeClassType {
	WinRt = 0x1,		     /* has IInspectable; agile */
	ClassicCom = 0x2,	     /* has not */
	WinRtClassicComMix = 0x3,    /* as WinRt */
	InhibitWeakReference = 0x4,  /* no effect: there are none */
	Delegate = ClassicCom,	     /* for Callback */
	InhibitFtmBase = 0x8,	     /* with WinRt: not agile without FtmBase */
	InhibitRoOriginateError = 16 /* no effect: nothing is originated */
};

/* The flags of a class: values of RuntimeClassType, joined by |. */
template <unsigned int flags> struct RuntimeClassFlags {
	static const unsigned int value = flags; /* what was given */
};

/*
 * An entry of a list that makes the object agile: it may be called from every thread
 * (Microsoft: "FtmBase Class"). QueryInterface answers for IAgileObject. There are no
 * apartments to marshal between, so that it does not answer for IMarshal.
 */
class FtmBase
{
};

/* An entry of a list that QueryInterface answers for and GetIids does not tell
 * (Microsoft: "CloakedIid Structure"). */
template <typename I> struct CloakedIid : public I {
};

/* An entry of a list: First, and those that it extends, for each of which QueryInterface
 * answers with First (Microsoft: "ChainInterfaces Structure"). */
template <typename First, typename... Rest> struct ChainInterfaces : public First {
};

/*
 * A struct that is a list of interfaces, to be an entry of another list (Microsoft:
 * "Implements Structure"). The flags may be left out; those of the RuntimeClass count.
 */
template <typename... Entries>
struct Implements : public Implements<RuntimeClassFlags<WinRt>, Entries...> {
};

template <unsigned int flags, typename... Entries>
struct Implements<RuntimeClassFlags<flags>, Entries...>
	: public ixhr2::wrl::base_of<Entries, ixhr2::wrl::list<Entries...>>::type... {
	typedef ixhr2::wrl::list<Entries...> ixhr2_list; /* for QueryInterface */
};

} // namespace WRL
} // namespace Microsoft

namespace ixhr2
{
namespace wrl
{

/* An entry that has no identity to tell, and is none of the object's first interfaces. */
template <> struct entry<Microsoft::WRL::FtmBase> : lookup<list<>> {
};

template <class I> struct entry<Microsoft::WRL::CloakedIid<I>> : entry<I> {
	static constexpr ULONG iids = 0;

	static IID *tell(IID *out)
	{
		return out;
	}
};

/* The interface that an entry of a chain is. */
template <class I> struct plain {
	typedef I type;
};
template <class I> struct plain<Microsoft::WRL::CloakedIid<I>> : plain<I> {
};

/* Each of a chain is where its first is. */
template <class First, class... Rest>
struct entry<Microsoft::WRL::ChainInterfaces<First, Rest...>> : entry<First> {
	typedef list<typename plain<First>::type, typename plain<Rest>::type...> chain;
	typedef lookup<list<First, Rest...>> all;

	static constexpr ULONG iids = all::iids;

	static void *find(typename plain<First>::type *self, REFIID riid)
	{
		return lookup<chain>::find(self, riid);
	}

	static IID *tell(IID *out)
	{
		return all::tell(out);
	}
};

/* The methods of IInspectable, where a class has it. */
template <class Base, bool is_inspectable> class ixhr2_inspected : public Base
{
};

template <class Base> class ixhr2_inspected<Base, true> : public Base
{
      public:
	/* The interfaces of the list, in its order. S_OK; E_POINTER; E_OUTOFMEMORY. */
	HRESULT STDMETHODCALLTYPE GetIids(ULONG *count, IID **iids) override
	{
		typedef lookup<typename Base::ixhr2_list> names;

		if (!count || !iids)
			return E_POINTER;
		*count = 0;
		*iids = static_cast<IID *>(CoTaskMemAlloc(names::iids * sizeof(IID)));
		if (!*iids)
			return E_OUTOFMEMORY;
		names::tell(*iids);
		*count = names::iids;
		return S_OK;
	}

	/* E_NOTIMPL: the class has no name, unless InspectableClass gives it one. */
	HRESULT STDMETHODCALLTYPE GetRuntimeClassName(HSTRING *name) override
	{
		if (!name)
			return E_POINTER;
		*name = nullptr;
		return E_NOTIMPL;
	}

	HRESULT STDMETHODCALLTYPE GetTrustLevel(TrustLevel *level) override
	{
		if (!level)
			return E_POINTER;
		*level = BaseTrust;
		return S_OK;
	}
};

/* The references of an object that is being deleted, whose destructor may AddRef and
 * Release. */
enum : ULONG { LAST_REFERENCES = 0x40000000 };

/*
 * An object with these entries: it counts its references and finds its interfaces. What
 * it has besides is named so that no word of the program's class means it.
 */
template <bool is_agile, class... Entries>
class ixhr2_object
	: public ixhr2_inspected<
		  Microsoft::WRL::Implements<Microsoft::WRL::RuntimeClassFlags<0>,
					     Entries...>,
		  has_base<IInspectable, Entries...>::value>
{
	static_assert(has_base<IUnknown, Entries...>::value, "no interface is given");

      public:
	HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **out) override
	{
		if (!out)
			return E_POINTER;
		*out = ixhr2_find(riid);
		if (!*out)
			return E_NOINTERFACE;
		AddRef();
		return S_OK;
	}

	ULONG STDMETHODCALLTYPE AddRef() override
	{
		return ixhr2_references.fetch_add(1, std::memory_order_relaxed) + 1;
	}

	ULONG STDMETHODCALLTYPE Release() override
	{
		ULONG left = ixhr2_references.fetch_sub(1, std::memory_order_acq_rel) - 1;

		if (left == 0) {
			ixhr2_references.store(LAST_REFERENCES,
					       std::memory_order_relaxed);
			delete this;
		}
		return left;
	}

	/* What MakeAndInitialize calls when the class has none of its own. */
	HRESULT RuntimeClassInitialize()
	{
		return S_OK;
	}

	ixhr2_object(const ixhr2_object &) = delete;
	ixhr2_object &operator=(const ixhr2_object &) = delete;

      protected:
	ixhr2_object() noexcept : ixhr2_references(1)
	{
	}

	virtual ~ixhr2_object()
	{
	}

      private:
	void *ixhr2_find(REFIID riid)
	{
		typedef lookup<list<Entries...>> entries;

		if (riid == IID_IUnknown || (is_agile && riid == IID_IAgileObject))
			return entries::unknown(this);
		if (riid == IID_IInspectable)
			return entries::inspectable(this);
		return entries::find(this, riid);
	}

	std::atomic<ULONG> ixhr2_references; /* 0: it is gone */
};

/* Which object a class is by its flags: WinRt brings IInspectable where none of the
 * entries has it, and agility. */
template <unsigned flags, class... Entries> struct object_of {
	static constexpr bool is_winrt = (flags & Microsoft::WRL::WinRt) != 0;
	static constexpr bool is_agile =
		has_base<Microsoft::WRL::FtmBase, Entries...>::value ||
		(is_winrt && !(flags & Microsoft::WRL::InhibitFtmBase));

	typedef typename std::conditional<
		is_winrt && !has_base<IInspectable, Entries...>::value,
		ixhr2_object<is_agile, IInspectable, Entries...>,
		ixhr2_object<is_agile, Entries...>>::type type;
};

} // namespace wrl
} // namespace ixhr2

namespace Microsoft
{
namespace WRL
{

/* What a class of the program derives from; the flags may be left out: WinRt. */
template <typename... Entries>
class RuntimeClass : public RuntimeClass<RuntimeClassFlags<WinRt>, Entries...>
{
};

template <unsigned int flags, typename... Entries>
class RuntimeClass<RuntimeClassFlags<flags>, Entries...>
	: public ixhr2::wrl::object_of<flags, Entries...>::type
{
      protected:
	RuntimeClass() noexcept
	{
	}
};

inline namespace Details
{

/*
 * A new object of class T, or an empty ComPtr when there is no memory (Microsoft: "Make
 * Function"). What the constructor throws comes out. The constructor may be private, and
 * this its friend.
 */
template <typename T, typename... Arguments>
inline ComPtr<T> Make(Arguments &&...arguments)
{
	ComPtr<T> object;

	object.Attach(new (std::nothrow) T(std::forward<Arguments>(arguments)...));
	return object;
}

/*
 * A new object of class T, made by its constructor without arguments and then by
 * RuntimeClassInitialize(arguments), as its interface I, or T itself (Microsoft:
 * "MakeAndInitialize Function"). *result gets one reference, the caller's; NULL on
 * failure. S_OK; E_OUTOFMEMORY; what RuntimeClassInitialize answers, and the object is
 * gone. Constructor and RuntimeClassInitialize may be private, and this their friend.
 */
template <typename T, typename I, typename... Arguments>
inline HRESULT MakeAndInitialize(I **result, Arguments &&...arguments)
{
	ComPtr<T> object;
	HRESULT hr;

	*result = nullptr;
	object.Attach(new (std::nothrow) T());
	if (!object)
		return E_OUTOFMEMORY;
	hr = object->RuntimeClassInitialize(std::forward<Arguments>(arguments)...);
	if (FAILED(hr))
		return hr;
	*result = object.Detach();
	return S_OK;
}

/* The same into a ComPtr: MakeAndInitialize<T>(&pointer). */
template <typename T, typename I, typename... Arguments>
inline HRESULT MakeAndInitialize(ComPtrRef<ComPtr<I>> result, Arguments &&...arguments)
{
	return MakeAndInitialize<T, I>(result.ReleaseAndGetAddressOf(),
				       std::forward<Arguments>(arguments)...);
}

} // namespace Details
} // namespace WRL
} // namespace Microsoft

/*
 * In a class of WinRt: its name (a string of WCHAR) and its trust level (Microsoft:
 * "InspectableClass Macro"). What follows is private.
 */
#define InspectableClass(name, level)                                                    \
      public:                                                                            \
	HRESULT STDMETHODCALLTYPE GetRuntimeClassName(HSTRING *out) override             \
	{                                                                                \
		const WCHAR *text = name;                                                \
		UINT32 length = 0;                                                       \
                                                                                         \
		while (text[length])                                                     \
			length++;                                                        \
		return WindowsCreateString(text, length, out);                           \
	}                                                                                \
	HRESULT STDMETHODCALLTYPE GetTrustLevel(TrustLevel *out) override                \
	{                                                                                \
		if (!out)                                                                \
			return E_POINTER;                                                \
		*out = level;                                                            \
		return S_OK;                                                             \
	}                                                                                \
                                                                                         \
      private:

#endif

#endif
