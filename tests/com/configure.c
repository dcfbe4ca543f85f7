/* SPDX-License-Identifier: MIT */
/* Version, configuration and trace of the process. */
#include "lib/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/session.h"
#include "ixhr2/ixhr2.h"

static int end(void **state)
{
	(void)state;
	ixhr2_set_trace(NULL, NULL);
	session_reset();
	return 0;
}

static void the_library_has_the_version_of_its_headers(void **state)
{
	(void)state;
	assert_string_equal(ixhr2_version(), IXHR2_VERSION);
}

static void each_option_takes_good_values_and_refuses_others(void **state)
{
	static const struct {
		enum ixhr2_option option;
		const char *value;
		HRESULT hr;
	} rows[] = {
		{IXHR2_OPTION_DATA_DIR, "/tmp", S_OK},
		{IXHR2_OPTION_CONNECT_TO, "a:80:127.0.0.1:8080,::[::1]:", S_OK},
		{IXHR2_OPTION_CONNECT_TO, "nonsense", E_INVALIDARG},
		{IXHR2_OPTION_MAX_CONNECTIONS, "6", S_OK},
		{IXHR2_OPTION_MAX_CONNECTIONS, "six", E_INVALIDARG},
		{IXHR2_OPTION_TIMEOUT_MS, "4294967295", S_OK},
		{IXHR2_OPTION_TIMEOUT_MS, "4294967296", E_INVALIDARG},
		{IXHR2_OPTION_TIMEOUT_MS, "-1", E_INVALIDARG},
		{IXHR2_OPTION_CONNECT_TIMEOUT_MS, "1000", S_OK},
		{IXHR2_OPTION_CONNECT_TIMEOUT_MS, "", E_INVALIDARG},
		{IXHR2_OPTION_USER_AGENT, "test/1", S_OK},
		{IXHR2_OPTION_USER_AGENT, "two\r\nlines", E_INVALIDARG},
		{IXHR2_OPTION_USER_AGENT, NULL, E_INVALIDARG},
		{IXHR2_OPTION_CA_FILE, "/missing/roots.pem", S_OK},
		{IXHR2_OPTION_PROXY, "http://ann:secret@proxy.example:3128", S_OK},
		{IXHR2_OPTION_PROXY, "socks5h://[::1]", S_OK},
		{IXHR2_OPTION_PROXY, "", S_OK},
		{IXHR2_OPTION_PROXY, "gopher://proxy.example", E_INVALIDARG},
		{IXHR2_OPTION_PROXY, NULL, E_INVALIDARG},
		{IXHR2_OPTION_NO_PROXY, "localhost, .example.org 192.0.2.0/24", S_OK},
		{IXHR2_OPTION_NO_PROXY, "", S_OK},
		{IXHR2_OPTION_NEGOTIATE_HOSTS, ".example.org", S_OK},
		{IXHR2_OPTION_LOOPS, "2", S_OK},
		{IXHR2_OPTION_LOOPS, "64", S_OK},
		{IXHR2_OPTION_LOOPS, "65", E_INVALIDARG},
		{IXHR2_OPTION_LOOPS, "0", E_INVALIDARG},
		{IXHR2_OPTION_LOOPS, "", E_INVALIDARG},
		{IXHR2_OPTION_LOOPS, "many", E_INVALIDARG},
		{IXHR2_OPTION_LOOPS, NULL, E_INVALIDARG},
		{(enum ixhr2_option)(IXHR2_OPTION_LOOPS + 1), "x", E_INVALIDARG},
		{(enum ixhr2_option) - 1, "x", E_INVALIDARG},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		if (ixhr2_configure(rows[i].option, rows[i].value) != rows[i].hr)
			fail_msg("option %d, \"%s\"", (int)rows[i].option, rows[i].value);
	}
}

static void configuration_ends_with_the_first_use(void **state)
{
	struct session *session;

	(void)state;
	assert_int_equal(session_get(&session), ERR_NONE);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_TIMEOUT_MS, "5"), E_UNEXPECTED);
	session_reset();
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_TIMEOUT_MS, "5"), S_OK);
}

static void note_line(void *owner, uint64_t mono_ns, const char *line)
{
	assert_true(mono_ns > 0);
	snprintf(owner, 16, "%s", line);
}

static void trace_lines_go_where_the_program_says(void **state)
{
	char line[16] = "";

	(void)state;
	assert_int_equal(ixhr2_set_trace(note_line, line), S_OK);
	log_line("number %d", 7);
	assert_string_equal(line, "number 7");
	assert_int_equal(ixhr2_set_trace(NULL, NULL), S_OK);
	log_line("number %d", 8);
	assert_string_equal(line, "number 7");
}

/* In a process of its own, because the environment is followed once. */
static void trace_as_child(const char *name)
{
	sigset_t none;
	void *xhr;

	setenv("IXHR2_TRACE", name, 1);
	if (ixhr2_create(4, &IID_IUnknown, &xhr) != S_OK)
		_exit(1);
	log_line("a line");
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	_exit(0);
}

static size_t trace_to(const char *value, const char *path, char *out, size_t cap)
{
	int status;
	ssize_t len;
	int fd;
	pid_t child = fork();

	if (child == 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, STDERR_FILENO);
		trace_as_child(value);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	fd = open(path, O_RDONLY);
	len = read(fd, out, cap - 1);
	assert_true(len >= 0);
	out[len] = '\0';
	close(fd);
	unlink(path);
	return (size_t)len;
}

static void trace_lines_go_where_the_environment_says(void **state)
{
	char path[] = "/tmp/ixhr2-trace-XXXXXX";
	int fd = mkstemp(path);
	char text[64];

	(void)state;
	close(fd);
	assert_true(trace_to(path, path, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, " a line\n"));
	assert_true(trace_to("1", path, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, " a line\n"));
	assert_int_equal(trace_to("0", path, text, sizeof(text)), 0);
	assert_int_equal(trace_to("", path, text, sizeof(text)), 0);
	assert_int_equal(trace_to("/missing/folder/file", path, text, sizeof(text)), 0);
}

static void write_to_nobody(void)
{
	int ends[2];

	if (pipe(ends))
		_exit(1);
	close(ends[0]);
	dup2(ends[1], STDERR_FILENO);
}

static void write_above_the_limit(void)
{
	const struct rlimit none = {0};

	if (dup2(memfd_create("trace", MFD_CLOEXEC), STDERR_FILENO) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &none))
		_exit(1);
}

/* What is pending would end the process as soon as it is not blocked. */
static void trace_where_that_fails(void (*prepare)(void), bool blocks)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		sigset_t all;

		sigfillset(&all);
		prepare();
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		pthread_sigmask(blocks ? SIG_BLOCK : SIG_UNBLOCK, &all, NULL);
		trace_as_child("1");
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void a_trace_that_cannot_be_written_raises_no_signal(void **state)
{
	(void)state;
	for (int blocks = 0; blocks < 2; blocks++) {
		trace_where_that_fails(write_to_nobody, blocks);
		trace_where_that_fails(write_above_the_limit, blocks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_lines_go_where_the_environment_says),
		cmocka_unit_test(a_trace_that_cannot_be_written_raises_no_signal),
		cmocka_unit_test(the_library_has_the_version_of_its_headers),
		cmocka_unit_test_teardown(
			each_option_takes_good_values_and_refuses_others, end),
		cmocka_unit_test_teardown(configuration_ends_with_the_first_use, end),
		cmocka_unit_test_teardown(trace_lines_go_where_the_program_says, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
