/* SPDX-License-Identifier: MIT */
/*
 * A real server program for one test program: started on a free port of 127.0.0.1 with
 * a folder of its own, stopped with the test, also when that dies.
 *
 *	struct server *server = server_new();
 *
 *	server_put_text(server, "root/hello.txt", "hello");
 *	server_put_text(server, "conf", "... {port} ... {folder} ...");
 *	server_start(server, (const char *[]){"nginx", "-c", "{folder}/conf", NULL});
 *	... server_url(server, "/hello.txt") ...
 *	server_end(server);
 *
 * In texts and arguments "{port}" and "{folder}" are replaced by the server's own,
 *"{pki}" by the folder of lib/pki.h, and "{port1}" to "{port7}" by further free ports.
 */
#ifndef IXHR2_TESTS_LIB_SERVER_H
#define IXHR2_TESTS_LIB_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How long a server may take to answer its first connection. */
#define SERVER_START_MS 100000

#define SERVER_PATH_BYTES 256

/* Ports besides the first. */
#define SERVER_MORE_PORTS 7

struct server {
	char folder[SERVER_PATH_BYTES]; /* its own, readable by all; "root" lies in it */
	uint16_t port;			/* of 127.0.0.1 */
	uint16_t more[SERVER_MORE_PORTS];   /* further ones: "{port1}" is the first */
	bool is_https;			    /* server_url gives https: URLs */
	int input;			    /* its standard input, or -1 */
	int holders[SERVER_MORE_PORTS + 1]; /* sockets that keep the ports */
	pid_t pid;			    /* while it runs, or 0 */
	char url[SERVER_PATH_BYTES];	    /* the last server_url */
};

/* A folder and a port; nothing runs yet. Never NULL. */
struct server *server_new(void);

/* Writes a file below the folder. */
void server_put_text(struct server *server, const char *name, const char *text);

/* Writes a file with len bytes of the pattern below the folder. */
void server_put_pattern(struct server *server, const char *name, uint64_t len);

/* How many bytes a file below the folder has, or -1, and whether they are the pattern. */
int64_t server_file_bytes(const struct server *server, const char *name,
			  bool *out_is_pattern);

/* What is in a file below the folder, as text; the caller's, from malloc. "output.log"
 * has what the program says. NULL: there is none. */
char *server_get_text(const struct server *server, const char *name);

/* Waits until a text is in a file below the folder; fails the test if it does not come.
 */
void server_await_text(const struct server *server, const char *name, const char *text);

/* Runs a program, found by PATH or in /usr/sbin, in the foreground; waits until the port
 * answers. */
void server_start(struct server *server, const char *const *arguments);

/* Writes a text to the program's standard input; waits until it has been read. */
void server_say(struct server *server, const char *text);

/* A URL there; valid until the next. */
const char *server_url(struct server *server, const char *path);

/* Stops it, waits for it, removes the folder, frees. */
void server_end(struct server *server);

#endif
