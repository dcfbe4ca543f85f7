/* SPDX-License-Identifier: MIT */
/*
 * Events and waits; critical sections, reader-writer locks, condition variables and
 * one-time initialisation; Sleep. Any thread. Times are milliseconds of a clock that only
 * goes forward; INFINITE never ends.
 *
 * An event is set or not. A manual-reset event lets every wait through while it is set;
 * an auto-reset event lets one through and is not set any more. Events have no names.
 * Setting an event hands it to those who wait, in the order in which they came: no wait
 * that began before is passed over, and no thread wakes that has nothing to take.
 */
#ifndef IXHR2_SYNCHAPI_H
#define IXHR2_SYNCHAPI_H

#include "handleapi.h"

#define INFINITE 0xFFFFFFFFu

/* What waits answer. A result is WAIT_OBJECT_0 plus the index of a handle, or one of the
 * others. There are no mutexes that could be abandoned. */
#define WAIT_OBJECT_0	   0x00000000u
#define WAIT_ABANDONED	   0x00000080u
#define WAIT_ABANDONED_0   0x00000080u
#define WAIT_IO_COMPLETION 0x000000C0u
#define WAIT_FAILED	   0xFFFFFFFFu
#ifndef WAIT_TIMEOUT
#define WAIT_TIMEOUT 258
#endif

/* Handles of one wait. */
#define MAXIMUM_WAIT_OBJECTS 64

/* Flags of CreateEventEx. */
#define CREATE_EVENT_MANUAL_RESET 0x1u
#define CREATE_EVENT_INITIAL_SET  0x2u

/* Rights on an event. */
#define EVENT_MODIFY_STATE 0x0002u
#define EVENT_ALL_ACCESS   0x001F0003u

/* A lock that one thread holds, any number of times (Microsoft: "Critical Section
 * Objects"). Made by InitializeCriticalSection, ended by DeleteCriticalSection, never
 * copied. */
typedef struct RTL_CRITICAL_SECTION {
	ULONGLONG opaque[8]; /* the library's */
} CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;

/* A lock that several readers or one writer hold, once (Microsoft: "Slim Reader/Writer
 * (SRW) Locks"). SRWLOCK_INIT makes it; nothing ends it. */
typedef struct RTL_SRWLOCK {
	ULONGLONG opaque[16]; /* the library's */
} SRWLOCK, *PSRWLOCK;
#define SRWLOCK_INIT                                                                     \
	{                                                                                \
		{                                                                        \
			0                                                                \
		}                                                                        \
	}

/* Where threads sleep that have let a lock go (Microsoft: "Condition Variables"). */
typedef struct RTL_CONDITION_VARIABLE {
	ULONGLONG opaque; /* the library's */
} CONDITION_VARIABLE, *PCONDITION_VARIABLE;
#define CONDITION_VARIABLE_INIT                                                          \
	{                                                                                \
		0                                                                        \
	}
#define CONDITION_VARIABLE_LOCKMODE_SHARED 0x1u

/* What is done once (Microsoft: "One-Time Initialization"). */
typedef struct RTL_RUN_ONCE {
	ULONGLONG opaque; /* the library's */
	PVOID context;	  /* what the function gave */
} INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
#define INIT_ONCE_STATIC_INIT                                                            \
	{                                                                                \
		0, NULL                                                                  \
	}

/* Does what is to be done once: TRUE when it is done. parameter is the caller's; it may
 * set *context. */
typedef BOOL(CALLBACK *PINIT_ONCE_FN)(PINIT_ONCE once, PVOID parameter, PVOID *context);

EXTERN_C_START

/*
 * A new event: CreateEventEx and CreateEvent. wchar_bytes: 1 (name is UTF-8), 2 or 4.
 * attributes: NULL, or bInheritHandle FALSE; a security descriptor has no effect on an
 * event without a name. name: NULL. flags: CREATE_EVENT_ bits. access is not read:
 * handles have all rights. The handle is closed by the caller.
 *
 * A handle, and the last error is 0; NULL with ERROR_NOT_SUPPORTED: a name, or
 * bInheritHandle; ERROR_INVALID_PARAMETER: flags or wchar_bytes;
 * ERROR_NOT_ENOUGH_MEMORY. Microsoft: "CreateEventExW function".
 */
IXHR2_API HANDLE ixhr2_create_event_ex(unsigned wchar_bytes,
				       const SECURITY_ATTRIBUTES *attributes,
				       const void *name, DWORD flags, DWORD access);

/*
 * Sets an event: SetEvent. What happened before is seen by the thread that it lets
 * through. TRUE; FALSE with ERROR_INVALID_HANDLE: no open handle, or no event's.
 * Microsoft: "SetEvent function".
 */
IXHR2_API BOOL ixhr2_set_event(HANDLE event);

/* The event is not set any more: ResetEvent. Answers as ixhr2_set_event. Microsoft:
 * "ResetEvent function". */
IXHR2_API BOOL ixhr2_reset_event(HANDLE event);

/*
 * Lets through those who wait at this moment (with auto-reset one of them), and the
 * event is not set then: PulseEvent. Answers as ixhr2_set_event. Microsoft: "PulseEvent
 * function".
 */
IXHR2_API BOOL ixhr2_pulse_event(HANDLE event);

/*
 * Waits until one event is set, or all of them: WaitForMultipleObjectsEx, and with one
 * handle WaitForSingleObjectEx. count: 1 to MAXIMUM_WAIT_OBJECTS; every event once. Of
 * several set ones the first in handles is taken. With all the events are taken at one
 * moment, when every one is set; until then none is. 0 ms only looks. There are no
 * asynchronous procedure calls: alertable changes nothing. The wait is no cancellation
 * point of pthread_cancel.
 *
 * WAIT_OBJECT_0 plus the index, with all WAIT_OBJECT_0; WAIT_TIMEOUT; WAIT_FAILED with
 * ERROR_INVALID_PARAMETER: count, handles is NULL, or an event stands twice;
 * ERROR_INVALID_HANDLE: a handle is not open, or not an event's. Microsoft:
 * "WaitForMultipleObjectsEx function".
 */
IXHR2_API DWORD ixhr2_wait_for_multiple_objects(DWORD count, const HANDLE *handles,
						BOOL all, DWORD timeout_ms,
						BOOL alertable);

/* Waits: Sleep, SleepEx. 0 lets another thread run. Answers 0. Microsoft: "SleepEx
 * function". */
IXHR2_API DWORD ixhr2_sleep(DWORD ms, BOOL alertable);

/* Lets another thread run: SwitchToThread. Whether there was one is not known: TRUE.
 * Microsoft: "SwitchToThread function". */
IXHR2_API BOOL ixhr2_switch_to_thread(void);

/*
 * Makes a critical section: InitializeCriticalSection, ...AndSpinCount and ...Ex.
 * spin_count is not read. flags: any CRITICAL_SECTION_ bits, without effect. TRUE; FALSE
 * with ERROR_NOT_ENOUGH_MEMORY. Microsoft: "InitializeCriticalSectionEx function".
 */
IXHR2_API BOOL ixhr2_initialize_critical_section(CRITICAL_SECTION *section,
						 DWORD spin_count, DWORD flags);

/* Takes the lock, and waits for it: EnterCriticalSection. The thread may hold it
 * already. Microsoft: "EnterCriticalSection function". */
IXHR2_API void ixhr2_enter_critical_section(CRITICAL_SECTION *section);

/* Takes the lock where that needs no wait: TryEnterCriticalSection. Microsoft:
 * "TryEnterCriticalSection function". */
IXHR2_API BOOL ixhr2_try_enter_critical_section(CRITICAL_SECTION *section);

/* Gives the lock back, as often as it was taken: LeaveCriticalSection. Microsoft:
 * "LeaveCriticalSection function". */
IXHR2_API void ixhr2_leave_critical_section(CRITICAL_SECTION *section);

/* Ends a critical section that nobody holds: DeleteCriticalSection. Microsoft:
 * "DeleteCriticalSection function". */
IXHR2_API void ixhr2_delete_critical_section(CRITICAL_SECTION *section);

/* Takes an SRW lock, shared or alone, and waits for it, behind those who wait already:
 * AcquireSRWLockShared, ...Exclusive. A thread that holds it already may wait for itself;
 * one that holds it alone ends the process where that is noticed. Microsoft:
 * "AcquireSRWLockExclusive function". */
IXHR2_API void ixhr2_acquire_srw_lock(SRWLOCK *lock, BOOL shared);

/* Takes it where that needs no wait, also in front of those who wait:
 * TryAcquireSRWLockShared, ...Exclusive. Microsoft: "TryAcquireSRWLockExclusive
 * function". */
IXHR2_API BOOLEAN ixhr2_try_acquire_srw_lock(SRWLOCK *lock, BOOL shared);

/* Gives it back: ReleaseSRWLockShared, ...Exclusive. Microsoft:
 * "ReleaseSRWLockExclusive function". */
IXHR2_API void ixhr2_release_srw_lock(SRWLOCK *lock);

/*
 * Lets a critical section go that the thread holds once, sleeps until it is woken, and
 * takes it again: SleepConditionVariableCS. It may wake without cause. TRUE; FALSE with
 * ERROR_TIMEOUT, the lock held too. Microsoft: "SleepConditionVariableCS function".
 */
IXHR2_API BOOL ixhr2_sleep_condition_variable_cs(CONDITION_VARIABLE *condition,
						 CRITICAL_SECTION *section,
						 DWORD timeout_ms);

/* The same with an SRW lock; flags: CONDITION_VARIABLE_LOCKMODE_SHARED where it is held
 * so, else 0: SleepConditionVariableSRW. FALSE also with ERROR_INVALID_PARAMETER: flags.
 * Microsoft: "SleepConditionVariableSRW function". */
IXHR2_API BOOL ixhr2_sleep_condition_variable_srw(CONDITION_VARIABLE *condition,
						  SRWLOCK *lock, DWORD timeout_ms,
						  ULONG flags);

/* Wakes one of those who sleep, or all: WakeConditionVariable,
 * WakeAllConditionVariable. Microsoft: "WakeConditionVariable function". */
IXHR2_API void ixhr2_wake_condition_variable(CONDITION_VARIABLE *condition, BOOL all);

/*
 * Calls function, unless it has been done already; who comes meanwhile waits:
 * InitOnceExecuteOnce. function must not come back here with the same once. context may
 * be NULL; else *context is what it set. TRUE when it is done; FALSE, and *context is
 * not set, when function answered FALSE: the next caller tries again. Microsoft:
 * "InitOnceExecuteOnce function".
 */
IXHR2_API BOOL ixhr2_init_once_execute_once(INIT_ONCE *once, PINIT_ONCE_FN function,
					    PVOID parameter, LPVOID *context);

EXTERN_C_END

/* CreateEventExW: see ixhr2_create_event_ex. */
static inline HANDLE CreateEventExW(SECURITY_ATTRIBUTES *lpEventAttributes,
				    LPCWSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess)
{
	return ixhr2_create_event_ex(sizeof(WCHAR), lpEventAttributes, lpName, dwFlags,
				     dwDesiredAccess);
}

/* CreateEventExA: see ixhr2_create_event_ex. */
static inline HANDLE CreateEventExA(SECURITY_ATTRIBUTES *lpEventAttributes, LPCSTR lpName,
				    DWORD dwFlags, DWORD dwDesiredAccess)
{
	return ixhr2_create_event_ex(1, lpEventAttributes, lpName, dwFlags,
				     dwDesiredAccess);
}

/* CreateEventW: see ixhr2_create_event_ex. */
static inline HANDLE CreateEventW(SECURITY_ATTRIBUTES *lpEventAttributes,
				  BOOL bManualReset, BOOL bInitialState, LPCWSTR lpName)
{
	return CreateEventExW(lpEventAttributes, lpName,
			      (bManualReset ? CREATE_EVENT_MANUAL_RESET : 0) |
				      (bInitialState ? CREATE_EVENT_INITIAL_SET : 0),
			      EVENT_ALL_ACCESS);
}

/* CreateEventA: see ixhr2_create_event_ex. */
static inline HANDLE CreateEventA(SECURITY_ATTRIBUTES *lpEventAttributes,
				  BOOL bManualReset, BOOL bInitialState, LPCSTR lpName)
{
	return CreateEventExA(lpEventAttributes, lpName,
			      (bManualReset ? CREATE_EVENT_MANUAL_RESET : 0) |
				      (bInitialState ? CREATE_EVENT_INITIAL_SET : 0),
			      EVENT_ALL_ACCESS);
}

#ifdef UNICODE
#define CreateEvent   CreateEventW
#define CreateEventEx CreateEventExW
#else
#define CreateEvent   CreateEventA
#define CreateEventEx CreateEventExA
#endif

/* SetEvent: see ixhr2_set_event. */
static inline BOOL SetEvent(HANDLE hEvent)
{
	return ixhr2_set_event(hEvent);
}

/* ResetEvent: see ixhr2_reset_event. */
static inline BOOL ResetEvent(HANDLE hEvent)
{
	return ixhr2_reset_event(hEvent);
}

/* PulseEvent: see ixhr2_pulse_event. */
static inline BOOL PulseEvent(HANDLE hEvent)
{
	return ixhr2_pulse_event(hEvent);
}

/* WaitForSingleObjectEx: see ixhr2_wait_for_multiple_objects. */
static inline DWORD WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds,
					  BOOL bAlertable)
{
	return ixhr2_wait_for_multiple_objects(1, &hHandle, FALSE, dwMilliseconds,
					       bAlertable);
}

/* WaitForSingleObject: see ixhr2_wait_for_multiple_objects. */
static inline DWORD WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds)
{
	return ixhr2_wait_for_multiple_objects(1, &hHandle, FALSE, dwMilliseconds, FALSE);
}

/* WaitForMultipleObjectsEx: see ixhr2_wait_for_multiple_objects. */
static inline DWORD WaitForMultipleObjectsEx(DWORD nCount, const HANDLE *lpHandles,
					     BOOL bWaitAll, DWORD dwMilliseconds,
					     BOOL bAlertable)
{
	return ixhr2_wait_for_multiple_objects(nCount, lpHandles, bWaitAll,
					       dwMilliseconds, bAlertable);
}

/* WaitForMultipleObjects: see ixhr2_wait_for_multiple_objects. */
static inline DWORD WaitForMultipleObjects(DWORD nCount, const HANDLE *lpHandles,
					   BOOL bWaitAll, DWORD dwMilliseconds)
{
	return ixhr2_wait_for_multiple_objects(nCount, lpHandles, bWaitAll,
					       dwMilliseconds, FALSE);
}

/* Sleep: see ixhr2_sleep. */
static inline void Sleep(DWORD dwMilliseconds)
{
	(void)ixhr2_sleep(dwMilliseconds, FALSE);
}

/* SleepEx: see ixhr2_sleep. */
static inline DWORD SleepEx(DWORD dwMilliseconds, BOOL bAlertable)
{
	return ixhr2_sleep(dwMilliseconds, bAlertable);
}

/* SwitchToThread: see ixhr2_switch_to_thread. */
static inline BOOL SwitchToThread(void)
{
	return ixhr2_switch_to_thread();
}

/* InitializeCriticalSection: see ixhr2_initialize_critical_section. */
static inline void InitializeCriticalSection(CRITICAL_SECTION *lpCriticalSection)
{
	(void)ixhr2_initialize_critical_section(lpCriticalSection, 0, 0);
}

/* InitializeCriticalSectionAndSpinCount: see ixhr2_initialize_critical_section. */
static inline BOOL
InitializeCriticalSectionAndSpinCount(CRITICAL_SECTION *lpCriticalSection,
				      DWORD dwSpinCount)
{
	return ixhr2_initialize_critical_section(lpCriticalSection, dwSpinCount, 0);
}

/* InitializeCriticalSectionEx: see ixhr2_initialize_critical_section. */
static inline BOOL InitializeCriticalSectionEx(CRITICAL_SECTION *lpCriticalSection,
					       DWORD dwSpinCount, DWORD Flags)
{
	return ixhr2_initialize_critical_section(lpCriticalSection, dwSpinCount, Flags);
}

/* EnterCriticalSection: see ixhr2_enter_critical_section. */
static inline void EnterCriticalSection(CRITICAL_SECTION *lpCriticalSection)
{
	ixhr2_enter_critical_section(lpCriticalSection);
}

/* TryEnterCriticalSection: see ixhr2_try_enter_critical_section. */
static inline BOOL TryEnterCriticalSection(CRITICAL_SECTION *lpCriticalSection)
{
	return ixhr2_try_enter_critical_section(lpCriticalSection);
}

/* LeaveCriticalSection: see ixhr2_leave_critical_section. */
static inline void LeaveCriticalSection(CRITICAL_SECTION *lpCriticalSection)
{
	ixhr2_leave_critical_section(lpCriticalSection);
}

/* DeleteCriticalSection: see ixhr2_delete_critical_section. */
static inline void DeleteCriticalSection(CRITICAL_SECTION *lpCriticalSection)
{
	ixhr2_delete_critical_section(lpCriticalSection);
}

/* InitializeSRWLock: as SRWLOCK_INIT. */
static inline void InitializeSRWLock(SRWLOCK *SRWLock)
{
	const SRWLOCK init = SRWLOCK_INIT;

	*SRWLock = init;
}

/* AcquireSRWLockExclusive: see ixhr2_acquire_srw_lock. */
static inline void AcquireSRWLockExclusive(SRWLOCK *SRWLock)
{
	ixhr2_acquire_srw_lock(SRWLock, FALSE);
}

/* AcquireSRWLockShared: see ixhr2_acquire_srw_lock. */
static inline void AcquireSRWLockShared(SRWLOCK *SRWLock)
{
	ixhr2_acquire_srw_lock(SRWLock, TRUE);
}

/* TryAcquireSRWLockExclusive: see ixhr2_try_acquire_srw_lock. */
static inline BOOLEAN TryAcquireSRWLockExclusive(SRWLOCK *SRWLock)
{
	return ixhr2_try_acquire_srw_lock(SRWLock, FALSE);
}

/* TryAcquireSRWLockShared: see ixhr2_try_acquire_srw_lock. */
static inline BOOLEAN TryAcquireSRWLockShared(SRWLOCK *SRWLock)
{
	return ixhr2_try_acquire_srw_lock(SRWLock, TRUE);
}

/* ReleaseSRWLockExclusive: see ixhr2_release_srw_lock. */
static inline void ReleaseSRWLockExclusive(SRWLOCK *SRWLock)
{
	ixhr2_release_srw_lock(SRWLock);
}

/* ReleaseSRWLockShared: see ixhr2_release_srw_lock. */
static inline void ReleaseSRWLockShared(SRWLOCK *SRWLock)
{
	ixhr2_release_srw_lock(SRWLock);
}

/* InitializeConditionVariable: as CONDITION_VARIABLE_INIT. */
static inline void InitializeConditionVariable(CONDITION_VARIABLE *ConditionVariable)
{
	ConditionVariable->opaque = 0;
}

/* SleepConditionVariableCS: see ixhr2_sleep_condition_variable_cs. */
static inline BOOL SleepConditionVariableCS(CONDITION_VARIABLE *ConditionVariable,
					    CRITICAL_SECTION *CriticalSection,
					    DWORD dwMilliseconds)
{
	return ixhr2_sleep_condition_variable_cs(ConditionVariable, CriticalSection,
						 dwMilliseconds);
}

/* SleepConditionVariableSRW: see ixhr2_sleep_condition_variable_srw. */
static inline BOOL SleepConditionVariableSRW(CONDITION_VARIABLE *ConditionVariable,
					     SRWLOCK *SRWLock, DWORD dwMilliseconds,
					     ULONG Flags)
{
	return ixhr2_sleep_condition_variable_srw(ConditionVariable, SRWLock,
						  dwMilliseconds, Flags);
}

/* WakeConditionVariable: see ixhr2_wake_condition_variable. */
static inline void WakeConditionVariable(CONDITION_VARIABLE *ConditionVariable)
{
	ixhr2_wake_condition_variable(ConditionVariable, FALSE);
}

/* WakeAllConditionVariable: see ixhr2_wake_condition_variable. */
static inline void WakeAllConditionVariable(CONDITION_VARIABLE *ConditionVariable)
{
	ixhr2_wake_condition_variable(ConditionVariable, TRUE);
}

/* InitOnceInitialize: as INIT_ONCE_STATIC_INIT. */
static inline void InitOnceInitialize(INIT_ONCE *InitOnce)
{
	InitOnce->opaque = 0;
	InitOnce->context = NULL;
}

/* InitOnceExecuteOnce: see ixhr2_init_once_execute_once. */
static inline BOOL InitOnceExecuteOnce(INIT_ONCE *InitOnce, PINIT_ONCE_FN InitFn,
				       PVOID Parameter, LPVOID *Context)
{
	return ixhr2_init_once_execute_once(InitOnce, InitFn, Parameter, Context);
}

#endif
