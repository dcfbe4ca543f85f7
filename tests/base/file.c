/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "lib/guard.h"

static char folder[64]; /* of this run, empty again at the end */

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ixhr2-test-XXXXXX");
	return mkdtemp(folder) && setenv("TMPDIR", folder, 1) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *inside(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void an_unlinked_file_has_no_name(void **state)
{
	struct stat info;
	int fd;

	(void)state;
	assert_int_equal(file_open_unlinked(&fd), ERR_NONE);
	assert_int_equal(fstat(fd, &info), 0);
	assert_int_equal(info.st_nlink, 0);
	assert_true(S_ISREG(info.st_mode));
	assert_int_equal(info.st_mode & 077, 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
}

static void an_unlinked_file_lies_in_tmp_when_no_folder_is_named(void **state)
{
	static const char *const names[] = {NULL, ""};
	struct stat tmp;
	struct stat info;
	int fd;

	(void)state;
	assert_int_equal(stat("/tmp", &tmp), 0);
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		if (names[i])
			setenv("TMPDIR", names[i], 1);
		else
			unsetenv("TMPDIR");
		assert_int_equal(file_open_unlinked(&fd), ERR_NONE);
		assert_int_equal(fstat(fd, &info), 0);
		assert_int_equal(info.st_dev, tmp.st_dev);
		assert_int_equal(close(fd), 0);
	}
	setenv("TMPDIR", folder, 1);
}

static void a_missing_folder_gives_no_file(void **state)
{
	int fd = -7;

	(void)state;
	setenv("TMPDIR", inside("missing"), 1);
	assert_int_equal(file_open_unlinked(&fd), ERR_FILE_MISSING);
	setenv("TMPDIR", folder, 1);
	assert_int_equal(fd, -7);
}

static void a_failing_allocation_opens_no_file(void **state)
{
	int fd = -7;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(file_open_unlinked(&fd), ERR_NO_MEMORY);
	/* A name longer than the first room of a buffer needs a second allocation. */
	setenv("TMPDIR", "//////////////////////////////////////////////////////////tmp",
	       1);
	mem_fail_at(2);
	assert_int_equal(file_open_unlinked(&fd), ERR_NO_MEMORY);
	mem_fail_at(0);
	setenv("TMPDIR", folder, 1);
	assert_int_equal(fd, -7);
}

static void without_free_descriptors_there_is_no_file(void **state)
{
	struct rlimit old;
	struct rlimit none;
	int fd = -7;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(file_open_unlinked(&fd), ERR_NO_DESCRIPTOR);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(fd, -7);
}

static void what_was_written_is_read_at_its_place(void **state)
{
	struct guard guard = {0};
	char *to = guard_room(&guard, 10);
	size_t len = 99;
	int fd;

	(void)state;
	assert_int_equal(file_open_unlinked(&fd), ERR_NONE);
	assert_int_equal(file_read_at(fd, 0, to, 10, &len), ERR_NONE);
	assert_int_equal(len, 0);
	assert_int_equal(file_write_at(fd, 5, SPAN("world")), ERR_NONE);
	assert_int_equal(file_write_at(fd, 0, SPAN("hello")), ERR_NONE);
	assert_int_equal(file_write_at(fd, 0, (struct span){0}), ERR_NONE);
	assert_int_equal(file_read_at(fd, 0, to, 10, &len), ERR_NONE);
	assert_span(span_of(to, len), SPAN("helloworld"));
	assert_int_equal(file_read_at(fd, 3, to, 4, &len), ERR_NONE);
	assert_span(span_of(to, len), SPAN("lowo"));
	assert_int_equal(file_read_at(fd, 7, to, 10, &len), ERR_NONE);
	assert_span(span_of(to, len), SPAN("rld"));
	assert_int_equal(file_read_at(fd, 10, to, 10, &len), ERR_NONE);
	assert_int_equal(len, 0);
	assert_int_equal(close(fd), 0);
	guard_done(&guard);
}

static void a_bad_descriptor_or_place_is_refused(void **state)
{
	char byte;
	size_t len = 99;
	int fd;

	(void)state;
	assert_int_equal(file_read_at(-1, 0, &byte, 1, &len), ERR_SYSTEM);
	assert_int_equal(file_write_at(-1, 0, SPAN("x")), ERR_SYSTEM);
	assert_int_equal(file_open_unlinked(&fd), ERR_NONE);
	assert_int_equal(file_read_at(fd, UINT64_MAX, &byte, 1, &len), ERR_SYSTEM);
	assert_int_equal(file_write_at(fd, UINT64_MAX, SPAN("x")), ERR_SYSTEM);
	assert_int_equal(len, 99);
	assert_int_equal(close(fd), 0);
}

static void a_full_disk_is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(file_write_at(fd, 0, SPAN("x")), ERR_FILE_FULL);
	assert_int_equal(close(fd), 0);
}

static void a_file_over_its_limit_counts_as_a_full_disk(void **state)
{
	struct rlimit old;
	struct rlimit small;
	int fd;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(file_open_unlinked(&fd), ERR_NONE);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	/* The first three bytes fit: a short count, then the refusal. */
	assert_int_equal(file_write_at(fd, 0, SPAN("hello")), ERR_FILE_FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(close(fd), 0);
}

static void a_punched_hole_reads_as_zeros_and_the_rest_stays(void **state)
{
	static char bytes[3 * 4096];
	size_t len;
	int fd;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(file_open_unlinked(&fd), ERR_NONE);
	assert_int_equal(file_write_at(fd, 0, span_of(bytes, sizeof(bytes))), ERR_NONE);
	file_punch(fd, 4096, 8192);
	file_punch(fd, 5, 5);
	file_punch(-1, 0, 1);
	assert_int_equal(file_read_at(fd, 0, bytes, sizeof(bytes), &len), ERR_NONE);
	assert_int_equal(len, sizeof(bytes));
	assert_int_equal(bytes[4095], 'x');
	assert_int_equal(bytes[8192], 'x');
	/* Where the file system cannot, the bytes are still there. */
	assert_true(bytes[4096] == '\0' || bytes[4096] == 'x');
	assert_int_equal(bytes[8191], bytes[4096]);
	assert_int_equal(close(fd), 0);
}

static void a_folder_is_made_with_its_parents(void **state)
{
	struct stat info;

	(void)state;
	assert_int_equal(file_make_folder(inside("a/b//c/")), ERR_NONE);
	assert_int_equal(stat(inside("a/b/c"), &info), 0);
	assert_true(S_ISDIR(info.st_mode));
	assert_int_equal(info.st_mode & 0777, 0700);
	assert_int_equal(file_make_folder(inside("a/b/c")), ERR_NONE);
	assert_int_equal(file_make_folder(inside("a/b")), ERR_NONE);
	assert_int_equal(file_make_folder("/"), ERR_NONE);
	assert_int_equal(rmdir(inside("a/b/c")), 0);
	assert_int_equal(rmdir(inside("a/b")), 0);
	assert_int_equal(rmdir(inside("a")), 0);
}

static void a_file_in_the_way_is_told(void **state)
{
	int fd = open(inside("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(file_make_folder(inside("file")), ERR_FILE_EXISTS);
	assert_int_equal(file_make_folder(inside("file/below")), ERR_FILE_EXISTS);
	assert_int_equal(unlink(inside("file")), 0);
}

static void a_folder_that_may_not_be_made_is_told(void **state)
{
	(void)state;
	assert_int_equal(file_make_folder(""), ERR_FILE_MISSING);
	/* Not even root may make one here. */
	assert_true(file_make_folder("/proc/ixhr2/data") < 0);
}

static void a_failing_allocation_makes_no_folder(void **state)
{
	struct stat info;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(file_make_folder(inside("a/b")), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_int_not_equal(stat(inside("a"), &info), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unlinked_file_has_no_name),
		cmocka_unit_test(an_unlinked_file_lies_in_tmp_when_no_folder_is_named),
		cmocka_unit_test(a_missing_folder_gives_no_file),
		cmocka_unit_test(a_failing_allocation_opens_no_file),
		cmocka_unit_test(without_free_descriptors_there_is_no_file),
		cmocka_unit_test(what_was_written_is_read_at_its_place),
		cmocka_unit_test(a_bad_descriptor_or_place_is_refused),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(a_file_over_its_limit_counts_as_a_full_disk),
		cmocka_unit_test(a_punched_hole_reads_as_zeros_and_the_rest_stays),
		cmocka_unit_test(a_folder_is_made_with_its_parents),
		cmocka_unit_test(a_file_in_the_way_is_told),
		cmocka_unit_test(a_folder_that_may_not_be_made_is_told),
		cmocka_unit_test(a_failing_allocation_makes_no_folder),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
