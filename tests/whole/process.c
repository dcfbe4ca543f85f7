/* SPDX-License-Identifier: MIT */
/*
 * Contract C15: the process exits, forks or unloads the library while requests run. Each
 * case is a child process, this program executed again with the case's name as argv[0],
 * and must end with the right status within a bounded time.
 */
#include "lib/test.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/logins.h"
#include "lib/origin.h"

#define EXIT_STATUS 7

/* The name of a case that is run at many moments. */
#define LOGINS "logins are made"

/* What a child ends with when a check of its own fails. */
#define CHILD_FAILED 99

/* How long a child may take. */
#define CHILD_MS 100000

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

static void check(bool is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "child: %s\n", what);
	_exit(CHILD_FAILED);
}

/* The child's status, or -1 when it did not end by itself in time. */
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

/* ---- fork ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

/* Whether a thread of ours sleeps, by its folder's name in /proc/self/task. */
static bool is_asleep(const char *thread)
{
	char path[64], line[256] = "";
	const char *name_end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", thread);
	file = fopen(path, "r");
	if (!file) /* it has ended */
		return true;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	name_end = strrchr(line, ')');
	return !name_end || strncmp(name_end, ") S", 3) == 0;
}

static bool are_others_asleep(void)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *thread;
	bool is_right = true;

	check(threads, "/proc/self/task");
	while (is_right && (thread = readdir(threads))) {
		if (thread->d_name[0] != '.' && atoi(thread->d_name) != gettid())
			is_right = is_asleep(thread->d_name);
	}
	closedir(threads);
	return is_right;
}

/* A lock of a sanitizer's allocator that another thread holds now is never let go in the
 * child; who sleeps holds none. */
static pid_t fork_here(void)
{
	for (int ms = 0; ms < CHILD_MS / 4 && !are_others_asleep(); ms++)
		usleep(1000);
	return fork();
}

#else

/* At any moment. */
static pid_t fork_here(void)
{
	return fork();
}

#endif

/* ---- children ---- */

#define RUNNING 20

/* Starts requests that the origin does not answer. */
static struct client *start_running(const char *url)
{
	struct client *client = NULL;

	for (int i = 0; i < RUNNING; i++)
		client = client_start("GET", url);
	return client;
}

static int exit_at_once(const char *url)
{
	start_running(url);
	exit(EXIT_STATUS);
}

static int exit_a_little_later(const char *url)
{
	start_running(url);
	usleep(20000);
	exit(EXIT_STATUS);
}

static int return_from_main(const char *url)
{
	start_running(url);
	usleep(20000);
	return EXIT_STATUS;
}

static HRESULT exit_here(struct client *client)
{
	(void)client;
	exit(EXIT_STATUS);
}

static int exit_in_a_callback(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];
	struct client *client;

	start_running(url);
	client = client_new();
	client->on[CLIENT_HEADERS] = exit_here;
	snprintf(quick, sizeof(quick), "%squick", url);
	client_open(client, "GET", quick);
	client_send(client);
	sleep(CHILD_MS / 1000);
	return CHILD_FAILED;
}

static int exit_while_callbacks_block(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];

	start_running(url);
	snprintf(quick, sizeof(quick), "%squick", url);
	for (int i = 0; i < 3; i++) {
		struct client *client = client_new();

		client->on[CLIENT_HEADERS + i] = client_do_block;
		client_open(client, "GET", quick);
		client_send(client);
		client_await_block(client);
	}
	exit(EXIT_STATUS);
}

static int exit_while_requests_come_and_go(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];

	snprintf(quick, sizeof(quick), "%squick", url);
	for (int i = 0; i < 50; i++)
		client_start("GET", quick);
	exit(EXIT_STATUS);
}

/* Bodies without an end, of which callbacks read much at a time. */
static int exit_while_bodies_are_read(const char *url)
{
	(void)url;
	for (int i = 0; i < 3; i++) {
		struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					       ORIGIN_SEND("HTTP/1.1 200 OK\r\n\r\n"),
					       ORIGIN_SEND_PATTERN((uint64_t)1 << 40));
		struct client *client = client_new();

		client->expects_pattern = true;
		client->read_bytes = 1 << 17;
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
	}
	usleep((useconds_t)getpid() * 997 % 50000);
	exit(EXIT_STATUS);
}

/* Requests for which NTLM is tried, and refused; the last one. */
static struct client *start_logins(const char *url, int count)
{
	const struct logins login = {.user = "DOMAIN\\ann", .password = "secret"};
	struct client *client = NULL;
	char asking[ANSWERER_URL_BYTES + 8];

	setenv("KRB5_CONFIG", "/dev/null", 1);
	snprintf(asking, sizeof(asking), "%slogin", url);
	while (count--)
		client = logins_start("GET", asking, &login);
	return client;
}

/* The libraries that make them take their own leave of the process. */
static int exit_while_logins_are_made(const char *url)
{
	start_logins(url, 8);
	usleep((useconds_t)getpid() * 997 % 20000);
	exit(EXIT_STATUS);
}

/* And have locks of their own. */
__attribute__((unused)) static int fork_while_logins_are_made(const char *url)
{
	for (int i = 0; i < 20; i++) {
		pid_t child;

		start_logins(url, 4);
		usleep((useconds_t)i * 500);
		child = fork_here();
		if (child == 0) {
			check(client_wait_ms(start_logins(url, 1), CHILD_MS / 2),
			      "the child's login");
			_exit(EXIT_STATUS);
		}
		check(await_child(child) == EXIT_STATUS, "the child's status");
	}
	return EXIT_STATUS;
}

static int exit_without_a_request(const char *url)
{
	(void)url;
	client_new();
	exit(EXIT_STATUS);
}

static bool get_quick(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];
	struct client *client;
	bool is_right;

	snprintf(quick, sizeof(quick), "%squick", url);
	client = client_start("GET", quick);
	is_right = client_wait_ms(client, CHILD_MS / 2) && client->error == S_OK &&
		   client->status == 200;
	return is_right;
}

static int fork_with_requests_running(const char *url)
{
	struct client *running = start_running(url);
	pid_t child;
	int status;

	check(get_quick(url), "the parent's request before fork");
	child = fork_here();
	if (child == 0) {
		check(get_quick(url), "the child's request");
		check(get_quick(url), "the child's second request");
		exit(EXIT_STATUS);
	}
	status = await_child(child);
	check(status == EXIT_STATUS, "the child's status");
	check(get_quick(url), "the parent's request after fork");
	check(IXMLHTTPRequest3_Abort(running->xhr) == S_OK, "Abort");
	check(client_wait_ms(running, CHILD_MS / 2), "the parent's running request");
	check(running->error == E_ABORT, "the parent's running request's error");
	return EXIT_STATUS;
}

static int fork_without_using_it_again(const char *url)
{
	pid_t child;

	start_running(url);
	child = fork_here();
	if (child == 0)
		exit(EXIT_STATUS);
	check(await_child(child) == EXIT_STATUS, "the child's status");
	return EXIT_STATUS;
}

static int fork_again_and_again(const char *url)
{
	for (int depth = 0; depth < 4; depth++) {
		pid_t child;

		check(get_quick(url), "a request");
		child = fork_here();
		if (child) {
			check(await_child(child) == EXIT_STATUS, "the child's status");
			return EXIT_STATUS;
		}
	}
	check(get_quick(url), "the last request");
	return EXIT_STATUS;
}

static atomic_int forked;

static HRESULT fork_in_it(struct client *client)
{
	(void)client;
	atomic_store(&forked, fork_here());
	return S_OK;
}

/* The child goes on behind the callback; it has no requests, so nothing comes any more.
 */
__attribute__((unused)) static int fork_in_a_callback_and_return(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];
	struct client *client = client_new();

	snprintf(quick, sizeof(quick), "%squick", url);
	client->on[CLIENT_HEADERS] = fork_in_it;
	client_open(client, "GET", quick);
	client_send(client);
	check(client_wait_ms(client, CHILD_MS / 2), "the parent's request");
	check(client->status == 200 && client->error == S_OK, "the parent's result");
	check(atomic_load(&forked) > 0, "fork");
	check(await_child(atomic_load(&forked)) == 0, "the child does not end");
	check(get_quick(url), "the parent's next request");
	return EXIT_STATUS;
}

typedef HRESULT create_fn(unsigned wchar_bytes, REFIID iid, void **out);

/* A client whose object is made by another copy of the library. */
static struct client *new_from(void *library)
{
	struct client *client = client_new();
	void *symbol = dlsym(library, "ixhr2_create");
	create_fn *create;
	void *xhr = NULL;

	check(symbol, "ixhr2_create is not exported");
	memcpy(&create, &symbol, sizeof(create));
	client_release(client);
	check(create(sizeof(WCHAR), &IID_IXMLHTTPRequest3, &xhr) == S_OK, "create");
	client->xhr = xhr;
	client->identity = xhr;
	return client;
}

static void *open_library(void)
{
	void *library = dlopen(getenv("IXHR2_LIBRARY"), RTLD_NOW | RTLD_LOCAL);

	if (!library)
		check(false, dlerror());
	return library;
}

static int dlclose_with_requests_running(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];
	void *library = open_library();
	struct client *clients[RUNNING];

	snprintf(quick, sizeof(quick), "%squick", url);
	for (int i = 0; i < RUNNING; i++) {
		clients[i] = new_from(library);
		client_open(clients[i], "GET", i % 2 ? url : quick);
		client_send(clients[i]);
	}
	dlclose(library);
	for (int i = 0; i < RUNNING; i += 2) {
		check(client_wait_ms(clients[i], CHILD_MS / 2), "a request does not end");
		check(clients[i]->status == 200, "a request's status");
	}
	return EXIT_STATUS;
}

static int dlclose_and_dlopen_again(const char *url)
{
	char quick[ANSWERER_URL_BYTES + 8];

	snprintf(quick, sizeof(quick), "%squick", url);
	for (int i = 0; i < 5; i++) {
		void *library = open_library();
		struct client *client = new_from(library);

		client_open(client, "GET", quick);
		client_send(client);
		check(client_wait_ms(client, CHILD_MS / 2), "a request does not end");
		check(client->status == 200, "a request's status");
		client_end(client);
		dlclose(library);
	}
	return EXIT_STATUS;
}

/* ---- the tests ---- */

struct child_case {
	const char *name;	     /* argv[0] */
	int (*run)(const char *url); /* in the child */
};

static const struct child_case children[] = {
	{"exit at once", exit_at_once},
	{"exit a little later", exit_a_little_later},
	{"return from main", return_from_main},
	{"exit in a callback", exit_in_a_callback},
	{"exit while callbacks block", exit_while_callbacks_block},
	{"exit while requests come and go", exit_while_requests_come_and_go},
	{"exit while bodies are read", exit_while_bodies_are_read},
	{"exit without a request", exit_without_a_request},
	{LOGINS, exit_while_logins_are_made},
	{"fork with requests running", fork_with_requests_running},
	{"fork without using it again", fork_without_using_it_again},
	{"fork again and again", fork_again_and_again},
/* Allocators of sanitizers do not look after forks. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	{"fork while logins are made", fork_while_logins_are_made},
#endif
#ifndef __SANITIZE_THREAD__ /* its code at exit needs the thread that has ended */
	{"fork in a callback and return", fork_in_a_callback_and_return},
#endif
	{"dlclose with requests running", dlclose_with_requests_running},
	{"dlclose and dlopen again", dlclose_and_dlopen_again},
};

static void reply(void *owner, const struct answerer_request *request,
		  struct answerer_reply *out)
{
	bool is_login = strcmp(request->path, "/login") == 0;

	(void)owner;
	out->is_held = !is_login && strcmp(request->path, "/quick") != 0;
	out->body = SPAN("body");
	if (!is_login)
		return;
	out->status = "401 Unauthorized";
	out->fields = "WWW-Authenticate: NTLM\r\n";
}

static int run_child(const char *name, const char *url)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		execl("/proc/self/exe", name, url, (char *)NULL);
		_exit(127);
	}
	return await_child(child);
}

static void run_children(const char *prefix)
{
	struct answerer *answerer = answerer_start(reply, NULL);
	char url[ANSWERER_URL_BYTES];
	bool is_right = true;

	answerer_url(answerer, "/", url);
	for (size_t i = 0; i < TEST_COUNT(children); i++) {
		int status;

		if (strncmp(children[i].name, prefix, strlen(prefix)) != 0)
			continue;
		status = run_child(children[i].name, url);
		print_message("  %s: %d\n", children[i].name, status);
		is_right = is_right && status == EXIT_STATUS;
	}
	answerer_end(answerer);
	assert_true(is_right);
}

static void a_process_may_exit_at_any_moment(void **state)
{
	(void)state;
	run_children("exit");
	run_children("return");
}

/* Without NTLM on this machine there is nothing to it. */
static void a_process_may_exit_while_logins_are_made(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		run_children(LOGINS);
}

static void a_child_process_has_an_engine_of_its_own(void **state)
{
	(void)state;
	run_children("fork");
}

static void the_library_may_be_closed_at_any_moment(void **state)
{
	(void)state;
	if (!getenv("IXHR2_LIBRARY")) {
		print_message("IXHR2_LIBRARY does not name the shared library\n");
		skip();
	}
	run_children("dlclose");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_process_may_exit_at_any_moment),
		CLIENT_TEST(a_process_may_exit_while_logins_are_made),
		CLIENT_TEST(a_child_process_has_an_engine_of_its_own),
		CLIENT_TEST(the_library_may_be_closed_at_any_moment),
	};

	for (size_t i = 0; argc == 2 && i < TEST_COUNT(children); i++) {
		if (strcmp(argv[0], children[i].name) == 0)
			return children[i].run(argv[1]);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
