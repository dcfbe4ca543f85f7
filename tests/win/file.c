/* SPDX-License-Identifier: MIT */
/* Files that are opened for reading: what is refused, what is read, where one stands. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/fileapi.h"
#include "ixhr2/processthreadsapi.h"
#include "lib/guard.h"

/* A user who owns nothing. */
#define NOBODY 65534

/* The folder of a test; it is the working folder meanwhile. */
static char folder[] = "/tmp/ixhr2-test-XXXXXX";

static void make_file(const char *name, const char *content)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static int enter_folder(void **state)
{
	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("sub", 0755) != 0)
		return -1;
	make_file("f", "0123456789");
	return 0;
}

static int leave_folder(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static HANDLE open_file(const char *name)
{
	HANDLE file = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL,
				  OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);

	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	return file;
}

static void assert_refused(const char *name, DWORD error)
{
	SetLastError(0);
	assert_ptr_equal(CreateFileA(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
			 INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), error);
}

/* Reads up to cap bytes, which come as text. */
static void assert_read(HANDLE file, DWORD cap, const char *text)
{
	struct guard guard = {0};
	char *room = guard_room(&guard, cap);
	DWORD got = 12345;

	assert_int_equal(ReadFile(file, room, cap, &got, NULL), TRUE);
	assert_span(span_of(room, got), span_str(text));
	guard_done(&guard);
}

static void a_file_is_read_from_its_position(void **state)
{
	HANDLE file = open_file("f");

	(void)state;
	assert_read(file, 4, "0123");
	assert_read(file, 0, "");
	assert_read(file, 5, "45678");
	assert_read(file, 5, "9");
	assert_read(file, 5, "");
	assert_read(file, 5, "");
	assert_int_equal(CloseHandle(file), TRUE);
}

static void every_spelling_opens(void **state)
{
	CREATEFILE2_EXTENDED_PARAMETERS more = {
		.dwSize = sizeof(more),
		.dwFileAttributes = FILE_ATTRIBUTE_NORMAL,
		.dwFileFlags = FILE_FLAG_SEQUENTIAL_SCAN,
	};
	SECURITY_ATTRIBUTES attributes = {sizeof(attributes), NULL, FALSE};
	char absolute[PATH_MAX];
	HANDLE files[6];

	(void)state;
	make_file("\xC3\xA4", "umlaut");
	snprintf(absolute, sizeof(absolute), "%s/sub/../\xC3\xA4", folder);
	files[0] = CreateFileW(L"\xE4", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
	files[1] = ixhr2_create_file(2, u"\xE4", FILE_GENERIC_READ, 7, &attributes,
				     OPEN_EXISTING, FILE_FLAG_RANDOM_ACCESS, NULL);
	files[2] = CreateFile("\xC3\xA4", FILE_READ_DATA, 0, NULL, OPEN_EXISTING,
			      FILE_ATTRIBUTE_READONLY, NULL);
	files[3] =
		CreateFile2(L"\xE4", GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING, NULL);
	files[4] =
		CreateFile2(L"\xE4", GENERIC_READ | SYNCHRONIZE, 0, OPEN_EXISTING, &more);
	files[5] = CreateFileA(absolute, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		assert_ptr_not_equal(files[i], INVALID_HANDLE_VALUE);
		assert_read(files[i], 100, "umlaut");
		assert_int_equal(CloseHandle(files[i]), TRUE);
	}
}

static void what_is_not_offered_is_refused(void **state)
{
	static const struct {
		DWORD access;	   /* of CreateFile */
		DWORD share;	   /* the same */
		DWORD disposition; /* the same */
		DWORD flags;	   /* the same */
		DWORD error;	   /* the answer */
	} rows[] = {
		{GENERIC_WRITE, 0, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_READ | GENERIC_WRITE, 0, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_ALL, 0, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED},
		{0, 0, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED},
		{FILE_READ_ATTRIBUTES, 0, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_READ | FILE_APPEND_DATA, 0, OPEN_EXISTING, 0,
		 ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 8, OPEN_EXISTING, 0, ERROR_INVALID_PARAMETER},
		{GENERIC_READ, 0, 0, 0, ERROR_INVALID_PARAMETER},
		{GENERIC_READ, 0, 6, 0, ERROR_INVALID_PARAMETER},
		{GENERIC_READ, 0, CREATE_NEW, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, CREATE_ALWAYS, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, OPEN_ALWAYS, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, TRUNCATE_EXISTING, 0, ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, OPEN_EXISTING, FILE_FLAG_OVERLAPPED,
		 ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE,
		 ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
		 ERROR_NOT_SUPPORTED},
		{GENERIC_READ, 0, OPEN_EXISTING, FILE_FLAG_NO_BUFFERING,
		 ERROR_NOT_SUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		SetLastError(0);
		assert_ptr_equal(CreateFileW(L"f", rows[i].access, rows[i].share, NULL,
					     rows[i].disposition, rows[i].flags, NULL),
				 INVALID_HANDLE_VALUE);
		assert_int_equal(GetLastError(), rows[i].error);
	}
	/* Nothing was made, emptied or deleted. */
	assert_int_equal(access("f", F_OK), 0);
}

static void wrong_structures_are_refused(void **state)
{
	SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
	CREATEFILE2_EXTENDED_PARAMETERS more = {.dwSize = sizeof(more) - 1};

	(void)state;
	assert_ptr_equal(
		CreateFileW(L"f", GENERIC_READ, 0, &inherited, OPEN_EXISTING, 0, NULL),
		INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	assert_ptr_equal(CreateFile2(L"f", GENERIC_READ, 0, OPEN_EXISTING, &more),
			 INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	more.dwSize = sizeof(more);
	more.lpSecurityAttributes = &inherited;
	assert_ptr_equal(CreateFile2(L"f", GENERIC_READ, 0, OPEN_EXISTING, &more),
			 INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	assert_ptr_equal(
		ixhr2_create_file(3, "f", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
		INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void a_path_says_why_it_cannot_be_opened(void **state)
{
	char longest[PATH_MAX + 2];
	wchar_t wide[PATH_MAX + 2];

	(void)state;
	assert_refused(NULL, ERROR_PATH_NOT_FOUND);
	assert_refused("", ERROR_PATH_NOT_FOUND);
	assert_refused("none", ERROR_FILE_NOT_FOUND);
	assert_refused("none/f", ERROR_FILE_NOT_FOUND);
	assert_refused("F", ERROR_FILE_NOT_FOUND);
	assert_refused("sub\\..\\f", ERROR_FILE_NOT_FOUND);
	assert_refused("f/f", ERROR_PATH_NOT_FOUND);
	assert_refused("sub", ERROR_ACCESS_DENIED);
	assert_refused(".", ERROR_ACCESS_DENIED);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_refused("loop", ERROR_INVALID_NAME);
	assert_int_equal(mknod("socket", S_IFSOCK | 0600, 0), 0);
	assert_refused("socket", ERROR_GEN_FAILURE);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_refused(longest, ERROR_FILENAME_EXCED_RANGE);
	for (size_t i = 0; i < sizeof(longest); i++)
		wide[i] = longest[i];
	assert_ptr_equal(CreateFileW(wide, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
			 INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_FILENAME_EXCED_RANGE);
	assert_ptr_equal(CreateFileW(L"", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
			 INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_PATH_NOT_FOUND);
	assert_ptr_equal(
		CreateFileW(L"f\xD800", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
		INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_INVALID_NAME);
}

static void the_longest_path_that_the_system_takes_is_opened(void **state)
{
	wchar_t path[PATH_MAX];
	HANDLE file;

	(void)state;
	for (size_t i = 0; i < PATH_MAX - 2; i++)
		path[i] = i % 2 ? L'/' : L'.';
	path[PATH_MAX - 2] = L'f';
	path[PATH_MAX - 1] = L'\0';
	file = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	assert_int_equal(CloseHandle(file), TRUE);
}

static void who_may_not_read_is_refused(void **state)
{
	(void)state;
	make_file("secret", "x");
	assert_int_equal(chmod("secret", 0), 0);
	if (geteuid() == 0) {
		assert_int_equal(chmod(".", 0755), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	SetLastError(0);
	assert_ptr_equal(
		CreateFileW(L"secret", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
		INVALID_HANDLE_VALUE);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
}

static void without_a_descriptor_nothing_is_opened(void **state)
{
	struct rlimit old;
	struct rlimit none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	SetLastError(0);
	assert_ptr_equal(CreateFileW(L"f", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
			 INVALID_HANDLE_VALUE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(GetLastError(), ERROR_TOO_MANY_OPEN_FILES);
}

/* The lowest descriptor that is free. */
static int free_fd(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

static void without_memory_nothing_stays_open(void **state)
{
	int fd = free_fd();
	long blocks = mem_live_blocks();

	(void)state;
	for (unsigned long n = 1;; n++) {
		HANDLE file;

		mem_fail_at(n);
		file = CreateFileW(L"f", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
		if (!mem_has_failed()) {
			mem_fail_at(0);
			assert_int_equal(CloseHandle(file), TRUE);
			assert_true(n > 1);
			break;
		}
		mem_fail_at(0);
		assert_ptr_equal(file, INVALID_HANDLE_VALUE);
		assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(mem_live_blocks(), blocks);
		assert_int_equal(free_fd(), fd);
	}
	assert_int_equal(free_fd(), fd);
}

static void wrong_reads_are_refused(void **state)
{
	HANDLE file = open_file("f");
	OVERLAPPED overlapped = {0};
	char room[4];
	DWORD got = 12345;

	(void)state;
	assert_int_equal(ReadFile(file, room, 4, NULL, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(ReadFile(file, room, 4, &got, &overlapped), FALSE);
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	assert_int_equal(got, 0);
	got = 12345;
	assert_int_equal(ReadFile(file, NULL, 4, &got, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(got, 0);
	assert_int_equal(ReadFile(file, NULL, 0, &got, NULL), TRUE);
	/* The position has not moved. */
	assert_read(file, 2, "01");
	assert_int_equal(CloseHandle(file), TRUE);
	got = 12345;
	assert_int_equal(ReadFile(file, room, 4, &got, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	assert_int_equal(got, 0);
	assert_int_equal(ReadFile(INVALID_HANDLE_VALUE, room, 4, &got, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

static void the_system_says_why_it_cannot_read(void **state)
{
	HANDLE file = open_file("f");
	HANDLE self = open_file("/proc/self/mem");
	char room[4];
	DWORD got = 12345;

	(void)state;
	/* Where no page is; below is nothing that could be read either. */
	assert_int_equal(ReadFile(file, (void *)(uintptr_t)16, 4, &got, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_NOACCESS);
	assert_int_equal(ReadFile(self, room, 4, &got, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_READ_FAULT);
	assert_int_equal(got, 0);
	assert_int_equal(CloseHandle(file), TRUE);
	assert_int_equal(CloseHandle(self), TRUE);
}

static void a_size_has_64_bits(void **state)
{
	static const struct {
		off_t bytes; /* of the file */
		DWORD low;   /* what GetFileSize answers */
		DWORD high;  /* and gives */
	} rows[] = {
		{0, 0, 0},
		{10, 10, 0},
		{0xFFFFFFFF, 0xFFFFFFFF, 0},
		{0x123456789, 0x23456789, 1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		HANDLE file = open_file("f");
		LARGE_INTEGER size;
		DWORD high = 7;

		assert_int_equal(truncate("f", rows[i].bytes), 0);
		assert_int_equal(GetFileSizeEx(file, &size), TRUE);
		assert_true(size.QuadPart == rows[i].bytes);
		SetLastError(5);
		assert_int_equal(GetFileSize(file, &high), rows[i].low);
		assert_int_equal(high, rows[i].high);
		assert_int_equal(GetLastError(),
				 rows[i].low == INVALID_FILE_SIZE ? 0 : 5);
		assert_int_equal(GetFileSize(file, NULL), rows[i].low);
		assert_int_equal(CloseHandle(file), TRUE);
	}
}

static void what_has_no_size_says_so(void **state)
{
	HANDLE device = open_file("/dev/null");
	LARGE_INTEGER size;

	(void)state;
	assert_int_equal(GetFileSizeEx(device, &size), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_FUNCTION);
	assert_int_equal(GetFileSizeEx(device, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(CloseHandle(device), TRUE);
	assert_int_equal(GetFileSizeEx(device, &size), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	SetLastError(0);
	assert_int_equal(GetFileSize(NULL, NULL), INVALID_FILE_SIZE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

static void the_position_moves(void **state)
{
	static const struct {
		LONGLONG distance; /* how far */
		DWORD from;	   /* from where */
		LONGLONG to;	   /* the position, or -1 */
		DWORD error;	   /* then */
		const char *read;  /* what two bytes stand there */
	} rows[] = {
		{3, FILE_BEGIN, 3, 0, "34"},
		{1, FILE_CURRENT, 6, 0, "67"},
		{-4, FILE_CURRENT, 4, 0, "45"},
		{-2, FILE_END, 8, 0, "89"},
		{0, FILE_END, 10, 0, ""},
		{0, FILE_BEGIN, 0, 0, "01"},
		{-3, FILE_CURRENT, -1, ERROR_NEGATIVE_SEEK, "23"},
		{-11, FILE_END, -1, ERROR_NEGATIVE_SEEK, "45"},
		{-1, FILE_BEGIN, -1, ERROR_NEGATIVE_SEEK, "67"},
		{0, 3, -1, ERROR_INVALID_PARAMETER, "89"},
		{0x100000000, FILE_BEGIN, 0x100000000, 0, ""},
		{INT64_MAX, FILE_CURRENT, -1, ERROR_NEGATIVE_SEEK, ""},
		{1, FILE_BEGIN, 1, 0, "12"},
	};
	HANDLE file = open_file("f");

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		LARGE_INTEGER distance = {.QuadPart = rows[i].distance};
		LARGE_INTEGER at = {.QuadPart = 77};

		SetLastError(0);
		assert_int_equal(SetFilePointerEx(file, distance, &at, rows[i].from),
				 rows[i].to >= 0);
		assert_true(at.QuadPart == (rows[i].to < 0 ? 77 : rows[i].to));
		assert_int_equal(GetLastError(), rows[i].error);
		assert_read(file, 2, rows[i].read);
	}
	assert_int_equal(
		SetFilePointerEx(file, (LARGE_INTEGER){.QuadPart = 9}, NULL, FILE_BEGIN),
		TRUE);
	assert_read(file, 9, "9");
	assert_int_equal(CloseHandle(file), TRUE);
}

static void the_position_moves_by_32_bits_too(void **state)
{
	HANDLE file = open_file("f");
	LONG high = 1;

	(void)state;
	assert_int_equal(SetFilePointer(file, 4, NULL, FILE_BEGIN), 4);
	assert_int_equal(SetFilePointer(file, -1, NULL, FILE_CURRENT), 3);
	assert_int_equal(SetFilePointer(file, 5, &high, FILE_BEGIN), 5);
	assert_int_equal(high, 1);
	/* -2 by both halves. */
	high = -1;
	assert_int_equal(SetFilePointer(file, -2, &high, FILE_CURRENT), 3);
	assert_int_equal(high, 1);
	SetLastError(0);
	assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT),
			 INVALID_SET_FILE_POINTER);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	high = 0;
	assert_int_equal(SetFilePointer(file, -1, &high, FILE_BEGIN),
			 INVALID_SET_FILE_POINTER);
	assert_int_equal(GetLastError(), NO_ERROR);
	assert_int_equal(SetFilePointer(file, -1, NULL, FILE_BEGIN),
			 INVALID_SET_FILE_POINTER);
	assert_int_equal(GetLastError(), ERROR_NEGATIVE_SEEK);
	assert_int_equal(CloseHandle(file), TRUE);
}

static void a_pipe_gives_what_has_come_and_has_no_position(void **state)
{
	HANDLE file;
	DWORD got;
	char room[10];
	int fd;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	fd = open("pipe", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	file = open_file("pipe");
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(ReadFile(file, room, sizeof(room), &got, NULL), TRUE);
	assert_span(span_of(room, got), SPAN("abc"));
	assert_int_equal(
		SetFilePointerEx(file, (LARGE_INTEGER){.QuadPart = 0}, NULL, FILE_BEGIN),
		FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_FUNCTION);
	close(fd);
	assert_int_equal(ReadFile(file, room, sizeof(room), &got, NULL), TRUE);
	assert_int_equal(got, 0);
	assert_int_equal(CloseHandle(file), TRUE);
}

static void duplicates_share_the_position(void **state)
{
	HANDLE file = open_file("f");
	HANDLE other;

	(void)state;
	assert_int_equal(DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(),
					 &other, 0, FALSE, DUPLICATE_SAME_ACCESS),
			 TRUE);
	assert_read(file, 3, "012");
	assert_int_equal(CloseHandle(file), TRUE);
	assert_read(other, 3, "345");
	assert_int_equal(CloseHandle(other), TRUE);
}

/* A thread that reads a pipe in which nothing is yet. */
struct reader {
	HANDLE file; /* of the pipe */
	char room;   /* what came */
	DWORD got;   /* how much */
	BOOL result; /* the answer */
};

static void *read_byte(void *at)
{
	struct reader *reader = at;

	reader->result = ReadFile(reader->file, &reader->room, 1, &reader->got, NULL);
	return NULL;
}

static void a_file_may_be_closed_while_a_thread_reads(void **state)
{
	struct reader reader = {.got = 0};
	pthread_t thread;
	int fd;

	(void)state;
	assert_int_equal(mkfifo("slow", 0600), 0);
	fd = open("slow", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	reader.file = open_file("slow");
	assert_int_equal(pthread_create(&thread, NULL, read_byte, &reader), 0);
	/* Whether it reads already or comes too late: neither is harmed. */
	sched_yield();
	assert_int_equal(CloseHandle(reader.file), TRUE);
	assert_int_equal(write(fd, "x", 1), 1);
	pthread_join(thread, NULL);
	assert_int_equal(reader.got, reader.result ? 1 : 0);
	assert_int_equal(reader.room, reader.result ? 'x' : 0);
	close(fd);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(without_memory_nothing_stays_open),
		IN_FOLDER(a_file_is_read_from_its_position),
		IN_FOLDER(every_spelling_opens),
		IN_FOLDER(what_is_not_offered_is_refused),
		IN_FOLDER(wrong_structures_are_refused),
		IN_FOLDER(a_path_says_why_it_cannot_be_opened),
		IN_FOLDER(the_longest_path_that_the_system_takes_is_opened),
		IN_FOLDER(who_may_not_read_is_refused),
		IN_FOLDER(without_a_descriptor_nothing_is_opened),
		IN_FOLDER(wrong_reads_are_refused),
		IN_FOLDER(the_system_says_why_it_cannot_read),
		IN_FOLDER(a_size_has_64_bits),
		IN_FOLDER(what_has_no_size_says_so),
		IN_FOLDER(the_position_moves),
		IN_FOLDER(the_position_moves_by_32_bits_too),
		IN_FOLDER(a_pipe_gives_what_has_come_and_has_no_position),
		IN_FOLDER(duplicates_share_the_position),
		IN_FOLDER(a_file_may_be_closed_while_a_thread_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
