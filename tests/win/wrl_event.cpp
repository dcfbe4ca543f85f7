/* SPDX-License-Identifier: MIT */
/* Callback: functions as objects. EventSource: lists of them. */
#include "wrl_memory.h"
#include "wrl_test.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <ixhr2/objidl.h>
#include <ixhr2/wrl.h>

using namespace Microsoft::WRL;

/* What is called with arguments of several kinds. */
struct IHandler : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE Invoke(IUnknown *sender, int number,
						 const WCHAR *text) = 0;
};
IXHR2_UUID(IHandler, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0b01")

/* What a family of handlers has in common, as those of the Windows Runtime. */
template <class T> struct ITypedHandler : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE Invoke(T *to) = 0;
};
struct ICounter : public ITypedHandler<int> {
};
IXHR2_UUID(ICounter, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0b02")

static const WCHAR hello[] = {'h', 'i', 0};

static HRESULT answer_number(IUnknown *, int number, const WCHAR *)
{
	return number;
}

class Functor
{
      public:
	HRESULT operator()(IUnknown *, int number, const WCHAR *)
	{
		sum += number;
		return sum;
	}

	int sum = 0; /* of all numbers */
};

class Program
{
      public:
	HRESULT OnEvent(IUnknown *, int number, const WCHAR *text)
	{
		got = number;
		return text == hello ? S_OK : E_INVALIDARG;
	}

	HRESULT OnCount(int *to)
	{
		++*to;
		return S_OK;
	}

	int got = 0; /* the last number */
};

static void a_function_is_an_object(void **)
{
	ComPtr<IHandler> function = Callback<IHandler>(answer_number);
	ComPtr<IHandler> address = Callback<IHandler>(&answer_number);
	ComPtr<IHandler> functor = Callback<IHandler>(Functor());
	ComPtr<IHandler> handler;
	ComPtr<IUnknown> unknown;

	assert_int_equal(function->Invoke(nullptr, 5, hello), 5);
	assert_int_equal(address->Invoke(nullptr, 6, hello), 6);
	assert_int_equal(functor->Invoke(nullptr, 3, hello), 3);
	assert_int_equal(functor->Invoke(nullptr, 4, hello), 7);
	assert_int_equal(functor.As(&unknown), S_OK);
	assert_int_equal(unknown.As(&handler), S_OK);
	assert_true(handler == functor);
}

static void a_lambda_is_an_object(void **)
{
	std::shared_ptr<int> kept = std::make_shared<int>(40);
	IUnknown *seen = nullptr;
	auto lambda = [kept, &seen](IUnknown *sender, int number,
				    const WCHAR *text) -> HRESULT {
		seen = sender;
		return text == hello ? *kept + number : E_INVALIDARG;
	};
	ComPtr<IHandler> copied = Callback<IHandler>(lambda);
	ComPtr<IHandler> moved = Callback<IHandler>(std::move(lambda));

	assert_int_equal(copied->Invoke(moved.Get(), 2, hello), 42);
	assert_ptr_equal(seen, moved.Get());
	assert_int_equal(moved->Invoke(nullptr, 3, hello), 43);
	assert_int_equal(kept.use_count(), 3);
	copied = nullptr;
	moved = nullptr;
	assert_int_equal(kept.use_count(), 1);
}

static void a_method_is_an_object(void **)
{
	Program program;
	ComPtr<IHandler> handler = Callback<IHandler>(&program, &Program::OnEvent);
	ComPtr<ICounter> counter = Callback<ICounter>(&program, &Program::OnCount);
	int count = 1;

	assert_int_equal(handler->Invoke(nullptr, 9, hello), S_OK);
	assert_int_equal(program.got, 9);
	assert_int_equal(handler->Invoke(nullptr, 9, nullptr), E_INVALIDARG);
	assert_int_equal(counter->Invoke(&count), S_OK);
	assert_int_equal(count, 2);
}

static void a_callback_has_what_its_list_names(void **)
{
	ComPtr<IHandler> plain = Callback<IHandler>(answer_number);
	ComPtr<IHandler> agile =
		Callback<Implements<RuntimeClassFlags<ClassicCom>, IHandler, FtmBase>>(
			answer_number);
	ComPtr<IAgileObject> found;

	assert_int_equal(plain.As(&found), E_NOINTERFACE);
	assert_int_equal(agile.As(&found), S_OK);
	assert_int_equal(agile->Invoke(nullptr, 1, hello), 1);
}

static void a_source_calls_who_is_there_in_order(void **)
{
	EventSource<ICounter> source;
	std::vector<int> calls;
	EventRegistrationToken tokens[3];
	int number = 0;

	for (int i = 0; i < 3; i++) {
		auto handler = Callback<ICounter>([&calls, i](int *to) -> HRESULT {
			calls.push_back(i + *to);
			return S_OK;
		});
		assert_int_equal(source.Add(handler.Get(), &tokens[i]), S_OK);
	}
	assert_int_equal(source.GetSize(), 3);
	assert_int_equal(source.InvokeAll(&number), S_OK);
	assert_int_equal(source.Remove(tokens[1]), S_OK);
	assert_int_equal(source.Remove(tokens[1]), S_OK);
	assert_int_equal(source.GetSize(), 2);
	number = 10;
	assert_int_equal(source.InvokeAll(&number), S_OK);
	assert_true((calls == std::vector<int>{0, 1, 2, 10, 12}));
}

static void a_failure_stops_no_handler(void **)
{
	EventSource<ICounter> source;
	EventRegistrationToken token;
	int count = 0;

	for (HRESULT hr : {S_OK, E_FAIL, E_ABORT, S_OK}) {
		auto handler = Callback<ICounter>([hr](int *to) -> HRESULT {
			++*to;
			return hr;
		});
		assert_int_equal(source.Add(handler.Get(), &token), S_OK);
	}
	assert_int_equal(source.InvokeAll(&count), E_FAIL);
	assert_int_equal(count, 4);
	assert_int_equal(source.Add(nullptr, &token), E_INVALIDARG);
	assert_int_equal(source.GetSize(), 4);
}

static void a_handler_may_remove_itself(void **)
{
	EventSource<ICounter> source;
	EventRegistrationToken token;
	int count = 0;
	auto handler = Callback<ICounter>([&](int *to) -> HRESULT {
		++*to;
		return source.Remove(token);
	});

	assert_int_equal(source.Add(handler.Get(), &token), S_OK);
	assert_int_equal(source.InvokeAll(&count), S_OK);
	assert_int_equal(source.InvokeAll(&count), S_OK);
	assert_int_equal(count, 1);
	assert_int_equal(handler.Reset(), 0);
}

static void what_finds_no_memory_changes_nothing(void **)
{
	EventSource<ICounter> source;
	EventRegistrationToken token = {5};
	int count = 0;
	auto handler = Callback<ICounter>([](int *to) -> HRESULT {
		++*to;
		return S_OK;
	});

	is_memory_out = true;
	assert_true(Callback<IHandler>(answer_number) == nullptr);
	is_memory_out = true;
	assert_int_equal(source.Add(handler.Get(), &token), E_OUTOFMEMORY);
	assert_int_equal(token.value, 0);
	assert_int_equal(source.GetSize(), 0);
	assert_int_equal(source.Add(handler.Get(), &token), S_OK);
	is_memory_out = true;
	assert_int_equal(source.InvokeAll(&count), E_OUTOFMEMORY);
	assert_int_equal(count, 0);
	assert_int_equal(source.InvokeAll(&count), S_OK);
	assert_int_equal(count, 1);
	assert_false(is_memory_out);
}

static void a_source_serves_all_threads(void **)
{
	enum { THREADS = 4, ROUNDS = 500 };
	EventSource<ICounter> source;
	std::vector<std::thread> threads;
	std::atomic<int> calls(0);

	for (int i = 0; i < THREADS; i++)
		threads.emplace_back([&]() {
			for (int n = 0; n < ROUNDS; n++) {
				EventRegistrationToken token;
				int own = 0;
				auto handler = Callback<ICounter>([&](int *) -> HRESULT {
					calls++;
					return S_OK;
				});

				if (FAILED(source.Add(handler.Get(), &token)) ||
				    FAILED(source.InvokeAll(&own)) ||
				    FAILED(source.Remove(token)))
					std::abort();
			}
		});
	for (std::thread &thread : threads)
		thread.join();
	assert_int_equal(source.GetSize(), 0);
	assert_true(calls >= THREADS * ROUNDS);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_is_an_object),
		cmocka_unit_test(a_lambda_is_an_object),
		cmocka_unit_test(a_method_is_an_object),
		cmocka_unit_test(a_callback_has_what_its_list_names),
		cmocka_unit_test(a_source_calls_who_is_there_in_order),
		cmocka_unit_test(a_failure_stops_no_handler),
		cmocka_unit_test(a_handler_may_remove_itself),
		cmocka_unit_test(what_finds_no_memory_changes_nothing),
		cmocka_unit_test(a_source_serves_all_threads),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
