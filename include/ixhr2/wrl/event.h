/* SPDX-License-Identifier: MIT */
/*
 * Microsoft::WRL::Callback: a function as an object with one method, Invoke; and
 * EventSource, a list of such objects (Microsoft: "Callback Function (WRL)",
 * "EventSource Class"). C++ only.
 *
 *	auto handler = Callback<IAsyncActionCompletedHandler>(
 *		[](IAsyncAction *action, AsyncStatus status) -> HRESULT { ... });
 *
 * What Invoke calls answers an HRESULT and takes what Invoke takes.
 */
#ifndef IXHR2_WRL_EVENT_H
#define IXHR2_WRL_EVENT_H

#if defined(__cplusplus) && !defined(CINTERFACE)

#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

#include "../eventtoken.h"
#include "implements.h"

namespace ixhr2
{
namespace wrl
{

/* Of what Callback is told: the interface with Invoke, and the class of its objects. */
template <class T> struct delegate {
	typedef T first;
	typedef Microsoft::WRL::RuntimeClass<
		Microsoft::WRL::RuntimeClassFlags<Microsoft::WRL::Delegate>, T>
		object;
};
template <unsigned flags, class I, class... Rest>
struct delegate<Microsoft::WRL::Implements<Microsoft::WRL::RuntimeClassFlags<flags>, I,
					   Rest...>> {
	typedef I first;
	typedef Microsoft::WRL::RuntimeClass<Microsoft::WRL::RuntimeClassFlags<flags>, I,
					     Rest...>
		object;
};

/* A method of an object, which must outlive what calls it. */
template <class Object, class Method> class method_of
{
      public:
	method_of(Object *object, Method method) : object_(object), method_(method)
	{
	}

	template <class... Arguments> HRESULT operator()(Arguments &&...arguments)
	{
		return (object_->*method_)(std::forward<Arguments>(arguments)...);
	}

      private:
	Object *object_; /* not counted */
	Method method_;	 /* of it */
};

/* An object whose Invoke calls a function. */
template <class Object, class Function, class Method> class invoker;

template <class Object, class Function, class Owner, class... Arguments>
class invoker<Object, Function, HRESULT (Owner::*)(Arguments...)> : public Object
{
      public:
	template <class F>
	explicit invoker(F &&function) : ixhr2_function(std::forward<F>(function))
	{
	}

	HRESULT STDMETHODCALLTYPE Invoke(Arguments... arguments) override
	{
		return ixhr2_function(std::forward<Arguments>(arguments)...);
	}

      private:
	Function ixhr2_function; /* a copy of the program's */
};

} // namespace wrl
} // namespace ixhr2

namespace Microsoft
{
namespace WRL
{

/*
 * An object whose Invoke calls callback, a copy of what was given: a lambda, a functor, a
 * function. T: the interface, or Implements<flags, interface, FtmBase>. Empty when there
 * is no memory.
 */
template <typename T, typename Function>
inline ComPtr<typename ixhr2::wrl::delegate<T>::first> Callback(Function &&callback)
{
	typedef ixhr2::wrl::delegate<T> delegate;

	return Make<ixhr2::wrl::invoker<typename delegate::object,
					typename std::decay<Function>::type,
					decltype(&delegate::first::Invoke)>>(
		std::forward<Function>(callback));
}

/* The same with a method of object, of which no reference is taken. */
template <typename T, typename Object, typename Method>
inline ComPtr<typename ixhr2::wrl::delegate<T>::first> Callback(Object *object,
								Method method)
{
	return Callback<T>(ixhr2::wrl::method_of<Object, Method>(object, method));
}

/* Objects to be called when something happens. Any thread. */
template <typename T> class EventSource
{
      public:
	EventSource() noexcept : first_(nullptr), size_(0), last_token_(0)
	{
	}

	~EventSource()
	{
		while (first_)
			delete Unlink(&first_);
	}

	EventSource(const EventSource &) = delete;
	EventSource &operator=(const EventSource &) = delete;

	/* Takes a reference of handler; *token is for Remove. S_OK; E_INVALIDARG: one of
	 * them is NULL; E_OUTOFMEMORY. */
	HRESULT Add(T *handler, EventRegistrationToken *token)
	{
		if (!handler || !token)
			return E_INVALIDARG;
		token->value = 0;

		Link *link = new (std::nothrow) Link;

		if (!link)
			return E_OUTOFMEMORY;
		link->handler = handler;

		std::lock_guard<std::mutex> hold(lock_);

		link->next = nullptr;
		link->token = token->value = ++last_token_;
		*End() = link;
		size_++;
		return S_OK;
	}

	/* Drops that reference. S_OK, also when it is dropped already. */
	HRESULT Remove(EventRegistrationToken token)
	{
		Link *gone;

		{
			std::lock_guard<std::mutex> hold(lock_);
			Link **at = &first_;

			while (*at && (*at)->token != token.value)
				at = &(*at)->next;
			gone = *at ? Unlink(at) : nullptr;
		}
		delete gone; /* runs the program's code */
		return S_OK;
	}

	/* Calls Invoke of all that are there now, in the order of Add. S_OK; the first
	 * failure, which stops nothing; E_OUTOFMEMORY, and none was called. */
	template <typename... Arguments> HRESULT InvokeAll(Arguments... arguments)
	{
		HRESULT answer = S_OK;
		size_t count;
		ComPtr<T> *handlers = Copy(&count);

		if (!handlers)
			return E_OUTOFMEMORY;
		for (size_t i = 0; i < count; i++) {
			HRESULT hr = handlers[i]->Invoke(arguments...);

			if (SUCCEEDED(answer) && FAILED(hr))
				answer = hr;
		}
		delete[] handlers;
		return answer;
	}

	/* How many there are. */
	size_t GetSize() const
	{
		std::lock_guard<std::mutex> hold(lock_);

		return size_;
	}

      private:
	struct Link {
		Link *next;	   /* or NULL */
		ComPtr<T> handler; /* never empty */
		LONGLONG token;	   /* of Add */
	};

	Link **End()
	{
		Link **at = &first_;

		while (*at)
			at = &(*at)->next;
		return at;
	}

	Link *Unlink(Link **at)
	{
		Link *gone = *at;

		*at = gone->next;
		size_--;
		return gone;
	}

	/* All handlers, to be called without the lock; NULL when there is no memory. */
	ComPtr<T> *Copy(size_t *count)
	{
		std::lock_guard<std::mutex> hold(lock_);
		ComPtr<T> *handlers = new (std::nothrow) ComPtr<T>[size_];
		size_t i = 0;

		*count = size_;
		for (Link *link = first_; handlers && link; link = link->next)
			handlers[i++] = link->handler;
		return handlers;
	}

	mutable std::mutex lock_; /* for all below; not held while a handler runs */
	Link *first_;		  /* in the order of Add */
	size_t size_;		  /* how many there are */
	LONGLONG last_token_;	  /* that was given away */
};

} // namespace WRL
} // namespace Microsoft

#endif

#endif
