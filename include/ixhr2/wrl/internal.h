/* SPDX-License-Identifier: MIT */
/*
 * For wrl/implements.h: lists of what a class implements, and how an object finds the
 * interface that it is asked for. C++ only; programs do not name what is here.
 *
 * An entry of a list is an interface, FtmBase, CloakedIid, ChainInterfaces, or a struct
 * made of Implements, which has a list of its own. Each entry is a base of the class,
 * but for one that another entry extends: it is found through that one, so that no
 * object has an interface twice.
 */
#ifndef IXHR2_WRL_INTERNAL_H
#define IXHR2_WRL_INTERNAL_H

#if defined(__cplusplus) && !defined(CINTERFACE)

#include <type_traits>

#include "../inspectable.h"
#include "../objidl.h"
#include "../unknwn.h"

struct IXMLHTTPRequest2;
struct IXMLHTTPRequest3;
struct IXMLHTTPRequest2Callback;
struct IXMLHTTPRequest3Callback;

namespace ixhr2
{
namespace wrl
{

/* Entries, in the order in which the program names them. */
template <class... Entries> struct list {
};

/* Stands in the place of a base that is not needed. */
template <class Entry> struct ixhr2_absent {
};

/* What an interface extends, where that is known: who implements the one is asked for
 * the other too. void ends it. */
template <class I> struct parent_of {
	typedef void type;
};
template <> struct parent_of<IStream> {
	typedef ISequentialStream type;
};
template <> struct parent_of<IXMLHTTPRequest3> {
	typedef IXMLHTTPRequest2 type;
};
template <> struct parent_of<IXMLHTTPRequest3Callback> {
	typedef IXMLHTTPRequest2Callback type;
};

/* Whether riid is I, or what I extends. IUnknown is the object's, and no entry's. */
template <class I> struct identity {
	static bool is(REFIID riid)
	{
		return riid == iid_of<I>::value() ||
		       identity<typename parent_of<I>::type>::is(riid);
	}
};
template <> struct identity<void> {
	static bool is(REFIID)
	{
		return false;
	}
};
template <> struct identity<IUnknown> : identity<void> {
};

/* The entry of a list whose base subobject holds I: I itself, or who extends it most. */
template <class I, class List> struct holder_of {
	typedef I type;
};
template <class I, class First, class... Rest>
struct holder_of<I, list<First, Rest...>>
	: holder_of<typename std::conditional<std::is_convertible<First *, I *>::value,
					      First, I>::type,
		    list<Rest...>> {
};

/* What the class has as a base for I. */
template <class I, class List>
struct base_of
	: std::conditional<std::is_same<I, typename holder_of<I, List>::type>::value, I,
			   ixhr2_absent<I>> {
};

/* Whether one of the entries derives from Base. */
template <class Base, class... Entries> struct has_base : std::false_type {
};
template <class Base, class First, class... Rest>
struct has_base<Base, First, Rest...>
	: std::integral_constant<bool, std::is_base_of<Base, First>::value ||
					       has_base<Base, Rest...>::value> {
};

template <class T> struct always_void {
	typedef void type;
};

/*
 * What an entry knows, here an interface: find answers where riid is in the entry, or
 * NULL; unknown and inspectable answer it in the form of these two, or NULL when it has
 * none; iids is how many identities GetIids tells of it, and tell writes them.
 */
template <class I, class = void> struct entry {
	static constexpr bool is_told = !std::is_same<I, IUnknown>::value &&
					!std::is_same<I, IInspectable>::value;
	static constexpr ULONG iids = is_told ? 1 : 0;

	static void *find(I *self, REFIID riid)
	{
		return identity<I>::is(riid) ? self : nullptr;
	}

	static IUnknown *unknown(I *self)
	{
		return self;
	}

	static IInspectable *inspectable(I *self)
	{
		return inspectable_of(self, std::is_base_of<IInspectable, I>());
	}

	static IID *tell(IID *out)
	{
		if (is_told)
			*out = iid_of<I>::value();
		return out + iids;
	}

      private:
	static IInspectable *inspectable_of(I *self, std::true_type)
	{
		return self;
	}

	static IInspectable *inspectable_of(I *, std::false_type)
	{
		return nullptr;
	}
};

/* What a whole list knows: Left is what has not been asked yet. */
template <class List, class Left = List> struct lookup {
	static constexpr ULONG iids = 0;

	static void *find(void *, REFIID)
	{
		return nullptr;
	}

	static IUnknown *unknown(void *)
	{
		return nullptr;
	}

	static IInspectable *inspectable(void *)
	{
		return nullptr;
	}

	static IID *tell(IID *out)
	{
		return out;
	}
};

template <class List, class First, class... Rest>
struct lookup<List, list<First, Rest...>> {
	typedef lookup<List, list<Rest...>> rest;

	static constexpr ULONG iids = entry<First>::iids + rest::iids;

	template <class Self> static void *find(Self *self, REFIID riid)
	{
		void *found = entry<First>::find(of(self), riid);

		return found ? found : rest::find(self, riid);
	}

	template <class Self> static IUnknown *unknown(Self *self)
	{
		IUnknown *found = entry<First>::unknown(of(self));

		return found ? found : rest::unknown(self);
	}

	template <class Self> static IInspectable *inspectable(Self *self)
	{
		IInspectable *found = entry<First>::inspectable(of(self));

		return found ? found : rest::inspectable(self);
	}

	static IID *tell(IID *out)
	{
		return rest::tell(entry<First>::tell(out));
	}

      private:
	/* The entry's part of the object. */
	static First *of(typename holder_of<First, List>::type *holder)
	{
		return holder;
	}
};

/* A struct made of Implements has a list of its own. */
template <class I> struct entry<I, typename always_void<typename I::ixhr2_list>::type> {
	typedef lookup<typename I::ixhr2_list> list_of;

	static constexpr ULONG iids = list_of::iids;

	static void *find(I *self, REFIID riid)
	{
		return list_of::find(self, riid);
	}

	static IUnknown *unknown(I *self)
	{
		return list_of::unknown(self);
	}

	static IInspectable *inspectable(I *self)
	{
		return list_of::inspectable(self);
	}

	static IID *tell(IID *out)
	{
		return list_of::tell(out);
	}
};

} // namespace wrl
} // namespace ixhr2

#endif

#endif
