/* SPDX-License-Identifier: MIT */
/*
 * Processes that end or fork while requests run over a shared connection: nothing hangs,
 * a child has an engine of its own, and what it does is not seen on its parent's
 * connection. Each runs as a program of its own, this one under another name.
 */
#include "h2.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a child may take. */
#define CHILD_MS 100000

#define EXIT_STATUS  7
#define CHILD_FAILED 8

#define RUNNING 20

/* A child of a process with threads makes threads of its own here. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);

const char *__tsan_default_options(void)
{
	return "die_after_fork=0";
}

/* Objects of running requests are lost on purpose when a process ends. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* In a child no test can fail. */
static void check(bool is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "wrong: %s\n", what);
	_exit(CHILD_FAILED);
}

/* The exit status of a child, or -1. */
static int await_child(pid_t child)
{
	int status;

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

/* Starts requests that are held. */
static void start_running(const char *url, struct client *clients[RUNNING])
{
	for (int i = 0; i < RUNNING; i++)
		clients[i] = client_start("GET", url);
}

static bool get_quick(const char *url)
{
	char quick[H2_SERVER_URL_BYTES + 8];
	struct client *client;

	snprintf(quick, sizeof(quick), "%squick", url);
	client = client_start("GET", quick);
	return client_wait_ms(client, CHILD_MS / 2) && client->error == S_OK &&
	       client->status == 200;
}

static int exit_with_requests_running(const char *url)
{
	struct client *clients[RUNNING];

	start_running(url, clients);
	check(get_quick(url), "a request");
	exit(EXIT_STATUS);
}

static int fork_with_requests_running(const char *url)
{
	struct client *clients[RUNNING];
	pid_t child;

	start_running(url, clients);
	check(get_quick(url), "the parent's request before fork");
	child = fork();
	if (child == 0) {
		check(get_quick(url), "the child's request");
		check(get_quick(url), "the child's second request");
		exit(EXIT_STATUS);
	}
	check(await_child(child) == EXIT_STATUS, "the child's status");
	check(get_quick(url), "the parent's request after fork");
	for (unsigned i = 0; i < RUNNING; i++) {
		check(IXMLHTTPRequest3_Abort(clients[i]->xhr) == S_OK, "Abort");
		check(client_wait_ms(clients[i], CHILD_MS / 2), "the end");
		check(clients[i]->error == E_ABORT, "its error");
	}
	check(get_quick(url), "the parent's last request");
	return EXIT_STATUS;
}

static int fork_without_using_it_again(const char *url)
{
	struct client *clients[RUNNING];
	pid_t child;

	start_running(url, clients);
	check(get_quick(url), "the parent's request before fork");
	child = fork();
	if (child == 0)
		exit(EXIT_STATUS);
	check(await_child(child) == EXIT_STATUS, "the child's status");
	check(get_quick(url), "the parent's request after fork");
	return EXIT_STATUS;
}

static const struct {
	const char *name;	     /* of the child */
	int (*run)(const char *url); /* what it does */
	unsigned connections;	     /* that the server sees */
} children[] = {
	{"exit with requests running", exit_with_requests_running, 1},
	{"fork with requests running", fork_with_requests_running, 2},
	{"fork without using it again", fork_without_using_it_again, 1},
};

/* ---- their parent ---- */

static void hold(void *owner, const struct h2_server_request *request,
		 struct h2_server_reply *reply)
{
	(void)owner;
	reply->is_held = strcmp(request->path, "/quick") != 0;
}

static int run_child(const char *name, const char *url)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setenv("IXHR2_PROTOCOL", "http2", 1);
		execl("/proc/self/exe", name, url, (char *)NULL);
		_exit(127);
	}
	return await_child(child);
}

static void processes_may_end_and_fork(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(children) * 2; i++) {
		size_t n = i % TEST_COUNT(children);
		struct h2_server *server = H2_START(.answer = hold);
		char url[H2_SERVER_URL_BYTES];

		print_message("  %s\n", children[n].name);
		assert_int_equal(
			run_child(children[n].name, h2_server_url(server, "/", url)),
			EXIT_STATUS);
		assert_int_equal(h2_connections(server), children[n].connections);
		h2_server_end(server);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(processes_may_end_and_fork),
	};

	for (size_t i = 0; argc == 2 && i < TEST_COUNT(children); i++)
		if (strcmp(argv[0], children[i].name) == 0)
			return children[i].run(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
