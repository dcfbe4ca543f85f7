/* SPDX-License-Identifier: MIT */
/* What OutputDebugString writes, to whom, and that it disturbs nothing else. Each case is
 * a child, since the environment is read once. */
#include "lib/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/debugapi.h"
#include "ixhr2/errhandlingapi.h"

/* More than what lies on the stack. */
#define LONG_UNITS 3000

/* What a child writes to standard error. */
struct output {
	char text[8 * LONG_UNITS]; /* the bytes */
	size_t len;		   /* how many */
	int status;		   /* the child's */
};

static void run(struct output *out, const char *setting, void (*say)(void))
{
	int ends[2];
	pid_t child;
	ssize_t got;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setting)
			setenv("IXHR2_DEBUG_OUTPUT", setting, 1);
		else
			unsetenv("IXHR2_DEBUG_OUTPUT");
		dup2(ends[1], STDERR_FILENO);
		say();
		_exit(0);
	}
	close(ends[1]);
	out->len = 0;
	while ((got = read(ends[0], out->text + out->len, sizeof(out->text) - out->len)) >
	       0)
		out->len += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &out->status, 0), child);
}

static void say_all(void)
{
	errno = 77;
	SetLastError(78);
	OutputDebugStringA("one\n");
	OutputDebugStringW(L"\xE4\x20AC\U0001F600");
	ixhr2_output_debug_string(2, u"\xE4 two\n");
	OutputDebugStringW(L"");
	OutputDebugStringW(NULL);
	OutputDebugStringA(NULL);
	ixhr2_output_debug_string(3, "no unit");
	OutputDebugString("end");
	if (errno != 77 || GetLastError() != 78)
		_exit(1);
}

static void it_is_written_where_it_is_asked_for(void **state)
{
	static const char *const off[] = {NULL, "", "0"};
	struct output out;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(off); i++) {
		run(&out, off[i], say_all);
		assert_int_equal(out.status, 0);
		assert_int_equal(out.len, 0);
	}
	run(&out, "1", say_all);
	assert_int_equal(out.status, 0);
	assert_span(span_of(out.text, out.len),
		    SPAN("one\n\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xA4 two\nend"));
}

static void say_what_is_no_text(void)
{
	OutputDebugStringW(L"a\xD800z");
	OutputDebugStringA("\xFFy");
}

static void what_is_no_text_is_marked(void **state)
{
	struct output out;

	(void)state;
	run(&out, "yes", say_what_is_no_text);
	assert_span(span_of(out.text, out.len), SPAN("a\xEF\xBF\xBDz\xEF\xBF\xBDy"));
}

static void say_at_length(void)
{
	static wchar_t text[LONG_UNITS + 1];

	for (size_t i = 0; i < LONG_UNITS; i++)
		text[i] = 0x20AC;
	OutputDebugStringW(text);
	mem_fail_at(1);
	OutputDebugStringW(text);
	mem_fail_at(0);
	OutputDebugStringA("|");
	if (mem_live_blocks() != 0)
		_exit(1);
}

static void a_long_text_is_whole_or_lost(void **state)
{
	struct output out;

	(void)state;
	run(&out, "1", say_at_length);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.len, 3 * LONG_UNITS + 1);
	for (size_t i = 0; i < LONG_UNITS; i++)
		assert_memory_equal(out.text + 3 * i, "\xE2\x82\xAC", 3);
	assert_int_equal(out.text[out.len - 1], '|');
}

static void say_to_nobody(void)
{
	close(STDERR_FILENO);
	OutputDebugStringA("lost");
}

static void nobody_has_to_listen(void **state)
{
	struct output out;

	(void)state;
	run(&out, "1", say_to_nobody);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.len, 0);
}

static void break_here(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	DebugBreak();
}

static void a_break_without_a_debugger_ends_the_process(void **state)
{
	struct output out;

	(void)state;
	assert_int_equal(IsDebuggerPresent(), FALSE);
	run(&out, NULL, break_here);
	assert_true(WIFSIGNALED(out.status));
	assert_int_equal(WTERMSIG(out.status), SIGTRAP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_written_where_it_is_asked_for),
		cmocka_unit_test(what_is_no_text_is_marked),
		cmocka_unit_test(a_long_text_is_whole_or_lost),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(a_break_without_a_debugger_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
