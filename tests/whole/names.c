/* SPDX-License-Identifier: MIT */
/*
 * Names that take long: they hold up neither the end of a process nor that of its
 * children. getaddrinfo of this program stands before the C library's. Each case is a
 * child process, this program executed again with the case's name as argv[0].
 */
#include "lib/test.h"

#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/flag.h"

#define EXIT_STATUS 7

/* What a child ends with when a check of its own fails. */
#define CHILD_FAILED 99

/* How long a child may take. Its resolver takes longer. */
#define CHILD_MS   100000
#define RESOLVER_S 400

/* Objects of running requests are lost on purpose when a process ends. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "die_after_fork=0";
}

static struct flag is_asked;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)out;
	flag_raise(&is_asked);
	sleep(RESOLVER_S);
	return EAI_AGAIN;
}

static struct client *start_resolving(void)
{
	struct client *client;

	flag_init(&is_asked);
	client = client_start("GET", "http://slow.test/");
	if (!flag_wait(&is_asked, CHILD_MS / 2))
		_exit(CHILD_FAILED);
	return client;
}

static int await_child(pid_t child)
{
	int status = 0;

	for (int ms = 0; ms < CHILD_MS; ms += 2) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		usleep(2000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -1;
}

/* ---- children ---- */

static int return_from_main(void)
{
	start_resolving();
	return EXIT_STATUS;
}

static int exit_after_an_abort(void)
{
	struct client *client = start_resolving();

	if (IXMLHTTPRequest3_Abort(client->xhr) != S_OK ||
	    !client_wait_ms(client, CHILD_MS / 2) || client->error != E_ABORT)
		return CHILD_FAILED;
	exit(EXIT_STATUS);
}

static int fork_meanwhile(void)
{
	pid_t child;

	start_resolving();
	child = fork();
	if (child == 0)
		exit(EXIT_STATUS);
	return await_child(child);
}

/* ---- the test ---- */

static const struct {
	const char *name; /* argv[0] */
	int (*run)(void); /* in the child */
} children[] = {
	{"return from main", return_from_main},
	{"exit after an abort", exit_after_an_abort},
	{"fork meanwhile", fork_meanwhile},
};

static void a_name_that_takes_long_does_not_keep_a_process_from_ending(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(children); i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		print_message("  %s\n", children[i].name);
		if (child == 0) {
			execl("/proc/self/exe", children[i].name, (char *)NULL);
			_exit(127);
		}
		assert_int_equal(await_child(child), EXIT_STATUS);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_name_that_takes_long_does_not_keep_a_process_from_ending),
	};

	for (size_t i = 0; argc == 1 && i < TEST_COUNT(children); i++) {
		if (strcmp(argv[0], children[i].name) == 0)
			return children[i].run();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
