/* SPDX-License-Identifier: MIT */
/*
 * The ports are those that the kernel gave to sockets of ours, which stay bound as long
 * as the server lives: so nobody else gets them. They do not listen, and all have
 * SO_REUSEADDR, as the servers' have, so the servers can bind them too.
 */
#include "lib/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "lib/test.h"

#define MAX_ARGUMENTS 32

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A free port, held by *out_fd. */
static uint16_t hold_port(int *out_fd)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*out_fd = fd;
	return ntohs(address.sin_port);
}

static void path_of(const struct server *server, const char *name,
		    char out[SERVER_PATH_BYTES * 2])
{
	snprintf(out, SERVER_PATH_BYTES * 2, "%s/%s", server->folder, name);
}

struct server *server_new(void)
{
	struct server *server = calloc(1, sizeof(*server));
	char root[SERVER_PATH_BYTES * 2];

	assert_non_null(server);
	strcpy(server->folder, "/tmp/ixhr2-server-XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	assert_int_equal(chmod(server->folder, 0777), 0);
	path_of(server, "root", root);
	assert_int_equal(mkdir(root, 0777), 0);
	assert_int_equal(chmod(root, 0777), 0);
	server->input = -1;
	server->port = hold_port(&server->holders[SERVER_MORE_PORTS]);
	for (unsigned i = 0; i < SERVER_MORE_PORTS; i++)
		server->more[i] = hold_port(&server->holders[i]);
	return server;
}

/* ---- files ---- */

/* The port that a word in braces names. */
static unsigned port_of(const struct server *server, char digit)
{
	return digit == '}' ? server->port
			    : server->more[(digit - '1') % SERVER_MORE_PORTS];
}

/* Writes text with its words in braces replaced. */
static void expand(const struct server *server, FILE *out, const char *text)
{
	const char *pki = getenv("IXHR2_PKI");

	while (*text) {
		if (strncmp(text, "{port", 5) == 0) {
			fprintf(out, "%u", port_of(server, text[5]));
		} else if (strncmp(text, "{folder}", 8) == 0) {
			fputs(server->folder, out);
		} else if (strncmp(text, "{pki}", 5) == 0) {
			fputs(pki ? pki : "", out);
		} else {
			fputc(*text++, out);
			continue;
		}
		text = strchr(text, '}') + 1;
	}
}

void server_put_text(struct server *server, const char *name, const char *text)
{
	char path[SERVER_PATH_BYTES * 2];
	FILE *file;

	path_of(server, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	expand(server, file, text);
	assert_int_equal(fclose(file), 0);
	chmod(path, 0644);
}

void server_put_pattern(struct server *server, const char *name, uint64_t len)
{
	static char bytes[64 * 1024];
	char path[SERVER_PATH_BYTES * 2];
	FILE *file;

	path_of(server, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	for (uint64_t at = 0; at < len; at += sizeof(bytes)) {
		size_t some =
			len - at < sizeof(bytes) ? (size_t)(len - at) : sizeof(bytes);

		pattern_fill(bytes, at, some);
		assert_int_equal(fwrite(bytes, 1, some, file), some);
	}
	assert_int_equal(fclose(file), 0);
	chmod(path, 0644);
}

int64_t server_file_bytes(const struct server *server, const char *name,
			  bool *out_is_pattern)
{
	static char bytes[64 * 1024];
	char path[SERVER_PATH_BYTES * 2];
	uint64_t len = 0;
	size_t some;
	FILE *file;

	path_of(server, name, path);
	file = fopen(path, "r");
	if (!file)
		return -1;
	*out_is_pattern = true;
	while ((some = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		*out_is_pattern = *out_is_pattern && pattern_matches(bytes, len, some);
		len += some;
	}
	fclose(file);
	return (int64_t)len;
}

char *server_get_text(const struct server *server, const char *name)
{
	char path[SERVER_PATH_BYTES * 2];
	char *text = NULL;
	size_t len = 0;
	FILE *file;

	path_of(server, name, path);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	if (getdelim(&text, &len, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

void server_await_text(const struct server *server, const char *name, const char *wanted)
{
	for (int ms = 0; ms < SERVER_START_MS; ms += 5) {
		char *text = server_get_text(server, name);
		bool is_there = text && strstr(text, wanted);

		free(text);
		if (is_there)
			return;
		usleep(5000);
	}
	fail_msg("no \"%s\" in %s", wanted, name);
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

/* ---- the program ---- */

static char *expanded(const struct server *server, const char *text)
{
	char *result = NULL;
	size_t len;
	FILE *out = open_memstream(&result, &len);

	assert_non_null(out);
	expand(server, out, text);
	fclose(out);
	return result;
}

static void run(char *const *arguments, const char *log, int input)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	dup2(input, STDIN_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	execvp(arguments[0], arguments);
	_exit(127);
}

static bool is_answering(const struct server *server)
{
	struct sockaddr_in address = loopback(server->port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_connected;

	assert_true(fd >= 0);
	is_connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return is_connected;
}

static void show_log(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		print_error("%s", line);
	if (file)
		fclose(file);
}

static void await_answer(struct server *server, const char *log)
{
	for (int ms = 0; ms < SERVER_START_MS; ms += 10) {
		if (is_answering(server))
			return;
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
			break;
		usleep(10000);
	}
	show_log(log);
	fail_msg("the server does not answer on port %u", server->port);
}

void server_start(struct server *server, const char *const *arguments)
{
	char *expanded_arguments[MAX_ARGUMENTS + 1] = {0};
	char log[SERVER_PATH_BYTES * 2];
	int input[2];

	path_of(server, "output.log", log);
	assert_int_equal(pipe2(input, O_CLOEXEC), 0);
	for (unsigned i = 0; arguments[i]; i++) {
		assert_true(i < MAX_ARGUMENTS);
		expanded_arguments[i] = expanded(server, arguments[i]);
	}
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0)
		run(expanded_arguments, log, input[0]);
	close(input[0]);
	server->input = input[1];
	for (unsigned i = 0; expanded_arguments[i]; i++)
		free(expanded_arguments[i]);
	await_answer(server, log);
}

void server_say(struct server *server, const char *text)
{
	int left = 1;

	assert_int_equal(write(server->input, text, strlen(text)), strlen(text));
	for (int ms = 0; left && ms < SERVER_START_MS; ms++) {
		usleep(1000);
		assert_int_equal(ioctl(server->input, FIONREAD, &left), 0);
	}
	if (left)
		fail_msg("the server does not read \"%s\"", text);
}

const char *server_url(struct server *server, const char *path)
{
	snprintf(server->url, sizeof(server->url), "http%s://127.0.0.1:%u%s",
		 server->is_https ? "s" : "", server->port, path);
	return server->url;
}

void server_end(struct server *server)
{
	if (server->pid > 0) {
		kill(server->pid, SIGTERM);
		while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	if (server->input >= 0)
		close(server->input);
	for (unsigned i = 0; i <= SERVER_MORE_PORTS; i++)
		close(server->holders[i]);
	nftw(server->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(server);
}
