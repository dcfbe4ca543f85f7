// SPDX-License-Identifier: MIT
// Interlocked functions, for each type that counters of Windows programs have; and that
// all that waits and reads files can be called from C++.
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "ixhr2/fileapi.h"
#include "ixhr2/interlockedapi.h"
#include "ixhr2/processthreadsapi.h"
#include "ixhr2/synchapi.h"
#include "ixhr2/sysinfoapi.h"

static int failures;

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			std::printf("line %d: %s\n", __LINE__, #condition);              \
			failures++;                                                      \
		}                                                                        \
	} while (0)

// Every function without an ending, for one type.
template <class T> static void all_functions_work_on()
{
	T volatile value = 10;

	CHECK(InterlockedIncrement(&value) == 11 && value == 11);
	CHECK(InterlockedDecrement(&value) == 10 && value == 10);
	CHECK(InterlockedExchange(&value, 12) == 10 && value == 12);
	CHECK(InterlockedExchangeAdd(&value, 3) == 12 && value == 15);
	CHECK(InterlockedCompareExchange(&value, 1, 14) == 15 && value == 15);
	CHECK(InterlockedCompareExchange(&value, 6, 15) == 15 && value == 6);
	CHECK(InterlockedAnd(&value, 3) == 6 && value == 2);
	CHECK(InterlockedOr(&value, 8) == 2 && value == 10);
	CHECK(InterlockedXor(&value, 3) == 10 && value == 9);
}

template <class T> static void functions_of_64_bits_work_on()
{
	T volatile value = 0x7FFFFFFFF;

	CHECK(InterlockedIncrement64(&value) == 0x800000000);
	CHECK(InterlockedDecrement64(&value) == 0x7FFFFFFFF);
	CHECK(InterlockedExchange64(&value, 1) == 0x7FFFFFFFF);
	CHECK(InterlockedExchangeAdd64(&value, 0x100000000) == 1);
	CHECK(InterlockedCompareExchange64(&value, 5, 1) == 0x100000001);
	CHECK(InterlockedCompareExchange64(&value, 5, 0x100000001) == 0x100000001);
	CHECK(InterlockedAnd64(&value, 4) == 5);
	CHECK(InterlockedOr64(&value, 3) == 4);
	CHECK(InterlockedXor64(&value, 1) == 7 && value == 6);
}

static void numbers_wrap_around()
{
	LONG volatile highest = 0x7FFFFFFF;
	ULONG volatile lowest = 0;

	CHECK(InterlockedIncrement(&highest) == -0x7FFFFFFF - 1);
	CHECK(InterlockedDecrement(&lowest) == 0xFFFFFFFF);
}

static void pointers_are_exchanged()
{
	int one = 1;
	int two = 2;
	PVOID volatile pointer = &one;

	CHECK(InterlockedExchangePointer(&pointer, &two) == &one);
	CHECK(InterlockedCompareExchangePointer(&pointer, nullptr, &one) == &two);
	CHECK(InterlockedCompareExchangePointer(&pointer, nullptr, &two) == &two);
	CHECK(pointer == nullptr);
}

static void threads_count_together()
{
	const int rounds = 10000;
	LONG volatile count = 0;
	LONG volatile busy = 0;
	long guarded = 0;
	std::vector<std::thread> threads;

	for (int i = 0; i < 4; i++) {
		threads.emplace_back([&] {
			for (int k = 0; k < rounds; k++) {
				InterlockedIncrement(&count);
				while (InterlockedCompareExchange(&busy, 1, 0) != 0)
					SwitchToThread();
				guarded++;
				InterlockedExchange(&busy, 0);
			}
		});
	}
	for (std::thread &thread : threads)
		thread.join();
	MemoryBarrier();
	YieldProcessor();
	CHECK(count == 4 * rounds);
	CHECK(guarded == 4 * rounds);
}

static void events_wake_threads_of_cxx()
{
	HANDLE events[] = {
		CreateEventEx(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET,
			      WRITE_OWNER | EVENT_ALL_ACCESS),
		CreateEvent(nullptr, FALSE, FALSE, nullptr),
	};
	std::thread setter([&] {
		SetEvent(events[1]);
		SetEvent(events[0]);
	});

	CHECK(WaitForMultipleObjects(2, events, TRUE, INFINITE) == WAIT_OBJECT_0);
	CHECK(WaitForSingleObjectEx(events[0], INFINITE, FALSE) == WAIT_OBJECT_0);
	CHECK(WaitForSingleObject(events[1], 0) == static_cast<DWORD>(WAIT_TIMEOUT));
	setter.join();
	CHECK(CloseHandle(events[0]) && CloseHandle(events[1]));
}

static void files_are_read_from_cxx()
{
	HANDLE file = CreateFile2(OLESTR("/proc/self/exe"), GENERIC_READ, FILE_SHARE_READ,
				  OPEN_EXISTING, nullptr);
	LARGE_INTEGER size = {};
	DWORD got = 0;
	char magic[4];

	CHECK(file != INVALID_HANDLE_VALUE);
	CHECK(GetFileSizeEx(file, &size) && size.QuadPart > 4);
	CHECK(ReadFile(file, magic, sizeof(magic), &got, nullptr) && got == 4);
	CHECK(magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F');
	CHECK(CloseHandle(file));
}

static SRWLOCK static_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE static_condition = CONDITION_VARIABLE_INIT;
static INIT_ONCE static_once = INIT_ONCE_STATIC_INIT;

static void locks_are_initialised_in_cxx()
{
	PVOID context = nullptr;
	auto make = [](PINIT_ONCE, PVOID parameter, PVOID *out) -> BOOL {
		*out = parameter;
		return TRUE;
	};

	AcquireSRWLockExclusive(&static_lock);
	CHECK(!SleepConditionVariableSRW(&static_condition, &static_lock, 1, 0));
	ReleaseSRWLockExclusive(&static_lock);
	CHECK(InitOnceExecuteOnce(&static_once, make, &static_lock, &context));
	CHECK(context == &static_lock);
}

int main()
{
	all_functions_work_on<LONG>();
	all_functions_work_on<ULONG>();
	all_functions_work_on<long>();
	all_functions_work_on<unsigned long>();
	all_functions_work_on<ULONGLONG>();
	functions_of_64_bits_work_on<LONGLONG>();
	functions_of_64_bits_work_on<std::int64_t>();
	numbers_wrap_around();
	pointers_are_exchanged();
	threads_count_together();
	events_wake_threads_of_cxx();
	files_are_read_from_cxx();
	locks_are_initialised_in_cxx();
	return failures != 0;
}
