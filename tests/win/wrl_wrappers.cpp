/* SPDX-License-Identifier: MIT */
/* The owners of handles and strings, and the locks that a block gives back. */
#include "wrl_test.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ixhr2/wrl/wrappers/corewrappers.h>

using namespace Microsoft::WRL::Wrappers;

static bool is_set(HANDLE event)
{
	return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static HANDLE event_new(void)
{
	HANDLE event = CreateEventExW(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET,
				      EVENT_ALL_ACCESS);

	assert_non_null(event);
	return event;
}

/* Whether it is the handle of no object any more. */
static bool is_closed(HANDLE handle)
{
	return !SetEvent(handle);
}

static void an_event_is_closed_by_its_owner(void **)
{
	HANDLE first, second;
	{
		Event none;
		Event event(event_new());

		assert_false(none.IsValid());
		assert_true(event.IsValid());
		first = event.Get();
		assert_false(is_set(first));
		assert_true(SetEvent(event.Get()));
		assert_true(is_set(first));
		none = std::move(event);
		assert_false(event.IsValid());
		assert_ptr_equal(none.Get(), first);

		Event last(std::move(none));

		assert_false(is_closed(first));
		last.Attach(event_new());
		assert_true(is_closed(first));
		second = last.Get();
		last.Attach(second);
		assert_false(is_closed(second));
	}
	assert_true(is_closed(second));
}

static void a_handle_is_given_away(void **)
{
	Handle handle(event_new());
	HANDLE event = handle.Detach();

	assert_false(handle.IsValid());
	*handle.GetAddressOf() = event;
	assert_true(handle == handle);
	*handle.ReleaseAndGetAddressOf() = nullptr;
	assert_true(is_closed(event));
	handle.Close();

	FileHandle file;

	assert_false(file.IsValid());
	assert_ptr_equal(file.Get(), INVALID_HANDLE_VALUE);
	assert_false(file != FileHandle());
}

static void a_critical_section_is_given_back(void **)
{
	CriticalSection section;
	bool was_free = true;

	assert_true(section.IsValid());
	{
		CriticalSection::SyncLock lock = section.Lock();
		auto again = section.TryLock();

		assert_true(lock.IsLocked());
		assert_true(again.IsLocked());
		std::thread([&] { was_free = section.TryLock().IsLocked(); }).join();
		assert_false(was_free);
		again.Unlock();
		assert_false(again.IsLocked());
	}
	std::thread([&] { was_free = section.TryLock().IsLocked(); }).join();
	assert_true(was_free);
}

static void a_slim_lock_is_given_back(void **)
{
	SRWLock slim;
	{
		auto reader = slim.LockShared();
		auto other = slim.TryLockShared();

		assert_true(reader.IsLocked() && other.IsLocked());
		assert_false(slim.TryLockExclusive().IsLocked());
	}
	{
		auto writer = slim.LockExclusive();

		assert_true(writer.IsLocked());
		assert_false(slim.TryLockShared().IsLocked());
	}
	assert_true(slim.TryLockExclusive().IsLocked());
}

static void locks_keep_threads_apart(void **)
{
	enum { THREADS = 4, ROUNDS = 2000 };
	CriticalSection section;
	SRWLock slim;
	std::vector<std::thread> threads;
	int a = 0, b = 0;

	for (int i = 0; i < THREADS; i++)
		threads.emplace_back([&] {
			for (int n = 0; n < ROUNDS; n++) {
				{
					auto lock = section.Lock();
					a++;
				}
				auto lock = slim.LockExclusive();
				b++;
			}
		});
	for (std::thread &thread : threads)
		thread.join();
	assert_int_equal(a, THREADS * ROUNDS);
	assert_int_equal(b, THREADS * ROUNDS);
}

/* Whether it is text. */
static bool reads(HSTRING string, const WCHAR *text)
{
	return std::basic_string<WCHAR>(WindowsGetStringRawBuffer(string, nullptr)) ==
	       text;
}

static void a_string_is_owned(void **)
{
	HString string, other;
	HSTRING copy = nullptr;
	UINT32 length = 7;

	assert_false(string.IsValid());
	assert_true(reads(string.Get(), OLESTR("")));
	assert_int_equal(string.Set(OLESTR("a text")), S_OK);
	assert_true(string.IsValid());
	assert_true(reads(string.Get(), OLESTR("a text")));
	assert_int_equal(string.Set(string.GetRawBuffer(&length) + 2, 3), S_OK);
	assert_int_equal(length, 6);
	assert_true(reads(string.Get(), OLESTR("tex")));
	assert_int_equal(string.CopyTo(&copy), S_OK);
	assert_int_equal(string.Set(*string.GetAddressOf()), S_OK);
	assert_int_equal(other.Set(copy), S_OK);
	string.Release();
	assert_false(string.IsValid());
	assert_true(reads(other.Get(), OLESTR("tex")));
	string.Attach(other.Detach());
	other = std::move(string);
	assert_true(reads(HString(std::move(other)).Get(), OLESTR("tex")));
	*string.ReleaseAndGetAddressOf() = copy;
	assert_true(reads(*string.GetAddressOf(), OLESTR("tex")));
	assert_int_equal(string.Set(nullptr, 1), E_POINTER);
	assert_false(string.IsValid());
	assert_int_equal(string.Set(static_cast<const WCHAR *>(nullptr)), S_OK);
}

static void a_string_is_made_of_a_text(void **)
{
	HStringReference name(OLESTR("Some.Class")), part(OLESTR("Some.Class"), 4);
	UINT32 length;

	assert_true(reads(name.Get(), OLESTR("Some.Class")));
	assert_true(reads(part.Get(), OLESTR("Some")));
	assert_int_equal(part.GetRawBuffer(&length)[3], 'e');
	assert_int_equal(length, 4);
}

static void the_runtime_begins_with_a_block(void **)
{
	RoInitializeWrapper runtime(RO_INIT_MULTITHREADED);

	assert_int_equal(runtime, S_OK);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_closed_by_its_owner),
		cmocka_unit_test(a_handle_is_given_away),
		cmocka_unit_test(a_critical_section_is_given_back),
		cmocka_unit_test(a_slim_lock_is_given_back),
		cmocka_unit_test(locks_keep_threads_apart),
		cmocka_unit_test(a_string_is_owned),
		cmocka_unit_test(a_string_is_made_of_a_text),
		cmocka_unit_test(the_runtime_begins_with_a_block),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
