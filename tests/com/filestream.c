/* SPDX-License-Identifier: MIT */
/* How files are opened as streams: modes, errors, names. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/shlwapi.h"

#define CALL(stream, method, ...) ((stream)->lpVtbl->method((stream), __VA_ARGS__))
#define RELEASE(stream)		  ((stream)->lpVtbl->Release(stream))

/* A user who owns nothing. */
#define NOBODY 65534

#define EXISTS HRESULT_FROM_WIN32(ERROR_FILE_EXISTS)

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
	return mkdtemp(folder) && chdir(folder) == 0 && mkdir("sub", 0700) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static IStream *open_stream(const char *name, DWORD stgm)
{
	IStream *stream = NULL;

	assert_int_equal(SHCreateStreamOnFileA(name, stgm, &stream), S_OK);
	assert_non_null(stream);
	return stream;
}

static void assert_file(const char *name, const char *content)
{
	char got[1000];
	FILE *file = fopen(name, "r");
	size_t len;

	assert_non_null(file);
	len = fread(got, 1, sizeof(got), file);
	fclose(file);
	assert_span(span_of(got, len), span_str(content));
}

static void every_mode_opens_or_makes_as_windows_does(void **state)
{
	static const struct {
		DWORD stgm;	   /* how */
		BOOL create;	   /* and fCreate */
		HRESULT if_there;  /* the answer for a file */
		HRESULT otherwise; /* the answer for none */
		const char *after; /* content of the file that was there */
	} rows[] = {
		{STGM_READ, FALSE, S_OK, STG_E_FILENOTFOUND, "abc"},
		{STGM_WRITE, FALSE, S_OK, STG_E_FILENOTFOUND, "abc"},
		{STGM_READWRITE, FALSE, S_OK, STG_E_FILENOTFOUND, "abc"},
		{STGM_READWRITE | STGM_FAILIFTHERE, TRUE, EXISTS, S_OK, "abc"},
		{STGM_READ, TRUE, EXISTS, S_OK, "abc"},
		{STGM_WRITE | STGM_CREATE, FALSE, S_OK, S_OK, ""},
		{STGM_WRITE | STGM_CREATE, TRUE, S_OK, S_OK, ""},
		{STGM_READWRITE | STGM_CREATE, FALSE, S_OK, S_OK, ""},
		{STGM_READ | STGM_SHARE_DENY_NONE, FALSE, S_OK, STG_E_FILENOTFOUND,
		 "abc"},
		{STGM_READ | STGM_SHARE_DENY_WRITE, FALSE, S_OK, STG_E_FILENOTFOUND,
		 "abc"},
		{STGM_READWRITE | STGM_SHARE_EXCLUSIVE, FALSE, S_OK, STG_E_FILENOTFOUND,
		 "abc"},
		{3, FALSE, STG_E_INVALIDFLAG, STG_E_INVALIDFLAG, "abc"},
		{0x80, FALSE, STG_E_INVALIDFLAG, STG_E_INVALIDFLAG, "abc"},
		{STGM_SIMPLE, FALSE, STG_E_INVALIDFLAG, STG_E_INVALIDFLAG, "abc"},
		{STGM_PRIORITY, FALSE, STG_E_INVALIDFLAG, STG_E_INVALIDFLAG, "abc"},
		{STGM_TRANSACTED, FALSE, STG_E_INVALIDFUNCTION, STG_E_INVALIDFUNCTION,
		 "abc"},
		{STGM_CONVERT | STGM_CREATE, FALSE, STG_E_INVALIDFUNCTION,
		 STG_E_INVALIDFUNCTION, "abc"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		IStream *stream = (IStream *)state;

		make_file("there", "abc");
		assert_int_equal(SHCreateStreamOnFileEx(L"there", rows[i].stgm, 0,
							rows[i].create, NULL, &stream),
				 rows[i].if_there);
		assert_true(SUCCEEDED(rows[i].if_there) == (stream != NULL));
		if (stream)
			assert_int_equal(RELEASE(stream), 0);
		assert_file("there", rows[i].after);
		unlink("none");
		assert_int_equal(SHCreateStreamOnFileEx(L"none", rows[i].stgm, 0,
							rows[i].create, NULL, &stream),
				 rows[i].otherwise);
		assert_true(SUCCEEDED(rows[i].otherwise) == (stream != NULL));
		if (stream)
			assert_int_equal(RELEASE(stream), 0);
		assert_int_equal(access("none", F_OK),
				 SUCCEEDED(rows[i].otherwise) ? 0 : -1);
	}
}

static void wrong_arguments_are_refused(void **state)
{
	IStream *other = SHCreateMemStream(NULL, 0);
	IStream *stream = other;

	(void)state;
	make_file("f", "abc");
	assert_int_equal(SHCreateStreamOnFileW(NULL, STGM_READ, &stream), E_INVALIDARG);
	assert_null(stream);
	assert_int_equal(SHCreateStreamOnFileA(NULL, STGM_READ, &stream), E_INVALIDARG);
	assert_int_equal(SHCreateStreamOnFileA("", STGM_READ, &stream), E_INVALIDARG);
	assert_int_equal(SHCreateStreamOnFileW(L"", STGM_READ, &stream), E_INVALIDARG);
	assert_int_equal(SHCreateStreamOnFileW(L"f", STGM_READ, NULL), E_INVALIDARG);
	assert_int_equal(SHCreateStreamOnFileW(L"\xD800", STGM_READ, &stream),
			 E_INVALIDARG);
	stream = other;
	assert_int_equal(
		SHCreateStreamOnFileEx(L"f", STGM_READ, 0, FALSE, other, &stream),
		E_INVALIDARG);
	assert_null(stream);
	for (unsigned width = 0; width < 9; width++)
		if (width != 1 && width != 2 && width != 4)
			assert_int_equal(
				ixhr2_sh_create_stream_on_file(width, L"f", STGM_READ, 0,
							       FALSE, NULL, &stream),
				E_INVALIDARG);
	RELEASE(other);
}

static void a_folder_is_no_file(void **state)
{
	static const DWORD modes[] = {STGM_READ, STGM_WRITE, STGM_READWRITE,
				      STGM_WRITE | STGM_CREATE};
	IStream *stream;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(modes); i++) {
		assert_int_equal(SHCreateStreamOnFileA("sub", modes[i], &stream),
				 STG_E_ACCESSDENIED);
		assert_null(stream);
	}
}

static void a_missing_folder_is_not_found(void **state)
{
	IStream *stream;

	(void)state;
	make_file("f", "");
	assert_int_equal(SHCreateStreamOnFileA("no/f", STGM_READ, &stream),
			 STG_E_FILENOTFOUND);
	assert_int_equal(SHCreateStreamOnFileA("no/f", STGM_WRITE | STGM_CREATE, &stream),
			 STG_E_FILENOTFOUND);
	assert_int_equal(SHCreateStreamOnFileA("f/f", STGM_READ, &stream),
			 STG_E_FILENOTFOUND);
}

static void what_is_forbidden_is_denied(void **state)
{
	uid_t user = geteuid();
	IStream *stream;
	HRESULT hr;

	(void)state;
	make_file("f", "abc");
	assert_int_equal(chmod("f", 0600), 0);
	assert_int_equal(chmod(".", 0755), 0);
	if (user == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	else
		assert_int_equal(chmod("f", 0), 0);
	hr = SHCreateStreamOnFileA("f", STGM_READ, &stream);
	assert_int_equal(seteuid(user), 0);
	assert_int_equal(hr, STG_E_ACCESSDENIED);
	assert_null(stream);
}

static void a_name_that_is_too_long_is_invalid(void **state)
{
	char name[PATH_MAX + 10];
	IStream *stream;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(SHCreateStreamOnFileA(name, STGM_READ, &stream),
			 STG_E_INVALIDNAME);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(SHCreateStreamOnFileA("loop", STGM_READ, &stream),
			 STG_E_INVALIDNAME);
}

static void no_descriptors_are_too_many_open_files(void **state)
{
	struct rlimit before;
	struct rlimit none;
	IStream *stream;
	HRESULT hr;

	(void)state;
	make_file("f", "abc");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	hr = SHCreateStreamOnFileA("f", STGM_READ, &stream);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(hr, STG_E_TOOMANYOPENFILES);
}

static void reading_and_writing_need_their_mode(void **state)
{
	const ULARGE_INTEGER one = {.QuadPart = 1};
	IStream *memory = SHCreateMemStream(NULL, 0);
	ULONG count = 77;
	IStream *stream;
	char got[3];

	(void)state;
	make_file("f", "abc");
	stream = open_stream("f", STGM_READ);
	assert_int_equal(CALL(stream, Write, "x", 1, &count), STG_E_ACCESSDENIED);
	assert_int_equal(count, 0);
	assert_int_equal(CALL(stream, SetSize, one), STG_E_ACCESSDENIED);
	assert_int_equal(CALL(stream, Read, got, 3, &count), S_OK);
	RELEASE(stream);
	stream = open_stream("f", STGM_WRITE);
	assert_int_equal(CALL(stream, Read, got, 3, &count), STG_E_ACCESSDENIED);
	assert_int_equal(count, 0);
	assert_int_equal(CALL(stream, CopyTo, memory, one, NULL, NULL),
			 STG_E_ACCESSDENIED);
	assert_int_equal(CALL(stream, Write, "x", 1, &count), S_OK);
	RELEASE(stream);
	RELEASE(memory);
	assert_file("f", "xbc");
}

static void a_full_disk_is_a_full_medium(void **state)
{
	ULONG written = 77;
	IStream *stream;

	(void)state;
	stream = open_stream("/dev/full", STGM_WRITE);
	assert_int_equal(CALL(stream, Write, "abc", 3, &written), STG_E_MEDIUMFULL);
	assert_int_equal(written, 0);
	RELEASE(stream);
}

static void attributes_are_the_mode_of_a_new_file(void **state)
{
	mode_t mask = umask(0022);
	struct stat info;
	IStream *stream;

	(void)state;
	assert_int_equal(SHCreateStreamOnFileEx(L"a", STGM_WRITE, FILE_ATTRIBUTE_NORMAL,
						TRUE, NULL, &stream),
			 S_OK);
	RELEASE(stream);
	assert_int_equal(SHCreateStreamOnFileEx(L"b", STGM_READWRITE,
						FILE_ATTRIBUTE_READONLY, TRUE, NULL,
						&stream),
			 S_OK);
	assert_int_equal(CALL(stream, Write, "x", 1, NULL), S_OK);
	RELEASE(stream);
	assert_int_equal(stat("a", &info), 0);
	assert_int_equal(info.st_mode & 0777, 0644);
	assert_int_equal(stat("b", &info), 0);
	assert_int_equal(info.st_mode & 0777, 0444);
	umask(mask);
}

static void a_file_goes_with_its_last_reference(void **state)
{
	IStream *stream;

	(void)state;
	make_file("f", "abc");
	stream = open_stream("f", STGM_READ | STGM_DELETEONRELEASE);
	stream->lpVtbl->AddRef(stream);
	assert_int_equal(chdir("sub"), 0);
	RELEASE(stream);
	assert_int_equal(access("../f", F_OK), 0);
	RELEASE(stream);
	assert_int_equal(access("../f", F_OK), -1);
}

static void another_file_in_its_place_stays(void **state)
{
	IStream *stream;

	(void)state;
	make_file("f", "abc");
	stream = open_stream("f", STGM_READ | STGM_DELETEONRELEASE);
	assert_int_equal(rename("f", "g"), 0);
	make_file("f", "other");
	RELEASE(stream);
	assert_file("f", "other");
}

/* The name that Stat gives, as bytes. */
static void assert_name(IStream *stream, const void *name, size_t bytes)
{
	STATSTG stat;

	assert_int_equal(CALL(stream, Stat, &stat, STATFLAG_DEFAULT), S_OK);
	assert_non_null(stat.pwcsName);
	assert_memory_equal(stat.pwcsName, name, bytes);
	CoTaskMemFree(stat.pwcsName);
}

static void names_have_the_width_that_was_given(void **state)
{
	static const uint16_t half[] = {'s', 'u', 'b', '/', 0xE9, 0xD83D, 0xDE00, 0};
	static const uint32_t whole[] = {'s', 'u', 'b', '/', 0xE9, 0x1F600, 0};
	const char *utf8 = "sub/\xC3\xA9\xF0\x9F\x98\x80";
	IStream *stream;

	(void)state;
	make_file(utf8, "abc");
	assert_int_equal(ixhr2_sh_create_stream_on_file(2, half, STGM_READ, 0, FALSE,
							NULL, &stream),
			 S_OK);
	assert_name(stream, half, sizeof(half));
	RELEASE(stream);
	assert_int_equal(ixhr2_sh_create_stream_on_file(4, whole, STGM_READ, 0, FALSE,
							NULL, &stream),
			 S_OK);
	assert_name(stream, whole, sizeof(whole));
	RELEASE(stream);
	stream = open_stream(utf8, STGM_READ);
	assert_name(stream, whole, sizeof(whole));
	RELEASE(stream);
}

static void a_backslash_is_an_ordinary_character(void **state)
{
	IStream *stream;

	(void)state;
	stream = open_stream("sub\\f", STGM_WRITE | STGM_CREATE);
	RELEASE(stream);
	assert_int_equal(access("sub\\f", F_OK), 0);
	assert_int_equal(access("sub/f", F_OK), -1);
}

/* Seconds since 1970 of a FILETIME. */
static int64_t unix_of(FILETIME time)
{
	uint64_t steps = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;

	return (int64_t)(steps / 10000000) - 11644473600;
}

static void stat_tells_times_and_mode(void **state)
{
	const struct timespec times[2] = {{1000000000, 0}, {1234567890, 123456789}};
	IStream *stream;
	STATSTG stat;

	(void)state;
	make_file("f", "abc");
	assert_int_equal(utimensat(AT_FDCWD, "f", times, 0), 0);
	stream = open_stream("f", STGM_READ | STGM_SHARE_DENY_WRITE);
	assert_int_equal(CALL(stream, Stat, &stat, STATFLAG_NONAME), S_OK);
	assert_int_equal(unix_of(stat.mtime), 1234567890);
	assert_int_equal(unix_of(stat.atime), 1000000000);
	assert_true(unix_of(stat.ctime) > 0);
	assert_int_equal(stat.grfMode, STGM_READ | STGM_SHARE_DENY_WRITE);
	assert_null(stat.pwcsName);
	RELEASE(stream);
}

static void sizes_beyond_4_gib_are_whole(void **state)
{
	const LARGE_INTEGER far = {.QuadPart = 5LL << 30};
	IStream *stream;
	STATSTG stat;
	char got[2];
	ULONG read;

	(void)state;
	stream = open_stream("f", STGM_READWRITE | STGM_CREATE);
	assert_int_equal(CALL(stream, Seek, far, STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(CALL(stream, Write, "x", 1, NULL), S_OK);
	assert_int_equal(CALL(stream, Stat, &stat, STATFLAG_NONAME), S_OK);
	assert_true(stat.cbSize.QuadPart == (5ULL << 30) + 1);
	assert_int_equal(CALL(stream, Seek, far, STREAM_SEEK_SET, NULL), S_OK);
	assert_int_equal(CALL(stream, Read, got, 2, &read), S_FALSE);
	assert_int_equal(read, 1);
	assert_int_equal(got[0], 'x');
	RELEASE(stream);
}

static void a_pipe_is_read_in_order(void **state)
{
	const LARGE_INTEGER start = {.QuadPart = 0};
	const ULARGE_INTEGER all = {.QuadPart = UINT64_MAX};
	IStream *memory = SHCreateMemStream(NULL, 0);
	ULARGE_INTEGER copied;
	IStream *stream;
	char got[10];
	ULONG read;
	int fd;

	(void)state;
	assert_int_equal(mkfifo("p", 0600), 0);
	fd = open("p", O_RDWR);
	stream = open_stream("p", STGM_READ);
	assert_int_equal(write(fd, "abcdef", 6), 6);
	assert_int_equal(CALL(stream, Seek, start, STREAM_SEEK_SET, NULL),
			 STG_E_INVALIDFUNCTION);
	assert_int_equal(CALL(stream, Read, got, 4, &read), S_OK);
	assert_memory_equal(got, "abcd", 4);
	assert_int_equal(CALL(stream, Read, got, 4, &read), S_FALSE);
	assert_int_equal(read, 2);
	assert_int_equal(write(fd, "rest", 4), 4);
	close(fd);
	assert_int_equal(CALL(stream, CopyTo, memory, all, NULL, &copied), S_OK);
	assert_int_equal(copied.QuadPart, 4);
	RELEASE(stream);
	RELEASE(memory);
}

static void a_pipe_is_written_in_order(void **state)
{
	const ULARGE_INTEGER none = {.QuadPart = 0};
	IStream *stream;
	char got[10];
	int fd;

	(void)state;
	assert_int_equal(mkfifo("p", 0600), 0);
	fd = open("p", O_RDWR);
	stream = open_stream("p", STGM_WRITE);
	assert_int_equal(CALL(stream, SetSize, none), STG_E_INVALIDFUNCTION);
	assert_int_equal(CALL(stream, Write, "ab", 2, NULL), S_OK);
	assert_int_equal(CALL(stream, Write, "cd", 2, NULL), S_OK);
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_memory_equal(got, "abcd", 4);
	close(fd);
	RELEASE(stream);
}

static void every_failing_allocation_is_told(void **state)
{
	long before = mem_live_blocks();
	IStream *stream = NULL;
	unsigned long n = 0;
	STATSTG stat;

	(void)state;
	make_file("f", "abc");
	while (!stream) {
		HRESULT hr;

		mem_fail_at(++n);
		hr = SHCreateStreamOnFileW(L"f", STGM_READ | STGM_DELETEONRELEASE,
					   &stream);
		mem_fail_at(0);
		assert_int_equal(hr, stream ? S_OK : E_OUTOFMEMORY);
		assert_int_equal(access("f", F_OK), 0);
		assert_true(stream || mem_live_blocks() == before);
	}
	assert_true(n > 1);
	mem_fail_at(1);
	assert_int_equal(CALL(stream, Stat, &stat, STATFLAG_DEFAULT), E_OUTOFMEMORY);
	assert_null(stat.pwcsName);
	mem_fail_at(0);
	RELEASE(stream);
	assert_int_equal(mem_live_blocks(), before);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(every_mode_opens_or_makes_as_windows_does),
		IN_FOLDER(wrong_arguments_are_refused),
		IN_FOLDER(a_folder_is_no_file),
		IN_FOLDER(a_missing_folder_is_not_found),
		IN_FOLDER(what_is_forbidden_is_denied),
		IN_FOLDER(a_name_that_is_too_long_is_invalid),
		IN_FOLDER(no_descriptors_are_too_many_open_files),
		IN_FOLDER(reading_and_writing_need_their_mode),
		IN_FOLDER(a_full_disk_is_a_full_medium),
		IN_FOLDER(attributes_are_the_mode_of_a_new_file),
		IN_FOLDER(a_file_goes_with_its_last_reference),
		IN_FOLDER(another_file_in_its_place_stays),
		IN_FOLDER(names_have_the_width_that_was_given),
		IN_FOLDER(a_backslash_is_an_ordinary_character),
		IN_FOLDER(stat_tells_times_and_mode),
		IN_FOLDER(sizes_beyond_4_gib_are_whole),
		IN_FOLDER(a_pipe_is_read_in_order),
		IN_FOLDER(a_pipe_is_written_in_order),
		IN_FOLDER(every_failing_allocation_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
