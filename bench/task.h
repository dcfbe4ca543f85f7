/* SPDX-License-Identifier: MIT */
/*
 * What a client of `./run bench` is asked to do, as its arguments say it:
 *
 *	PROGRAM PORT PATH REQUESTS CONCURRENCY [WAY]
 *
 * GET PATH from 127.0.0.1:PORT, REQUESTS times, CONCURRENCY at a time, each on a
 * connection that is kept. PATH is what bench/server.c takes: /N for a body of N bytes.
 * WAY is words with commas between them; a program says which ones it knows. C and C++.
 */
#ifndef IXHR2_BENCH_TASK_H
#define IXHR2_BENCH_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK_SMALL_BYTES 100 /* of a body, where PATH names no number, and after PUT */

/* What the server knows a certificate for. */
#define TASK_HOST "good.test"

struct task {
	const char *program; /* for complaints */
	const char *port;    /* on 127.0.0.1 */
	const char *path;    /* with its slash */
	const char *way;     /* "" where none is given */
	uint64_t requests;   /* in all */
	unsigned at_once;    /* and no more than requests */
	uint64_t body_bytes; /* what PATH says, down or, with PUT, up */
};

/* How many bytes a path of bench/server.c stands for. */
static inline uint64_t task_body_bytes(const char *path)
{
	uint64_t bytes = strtoull(path + 1, NULL, 10);

	return bytes > 0 ? bytes : TASK_SMALL_BYTES;
}

/* Reads the arguments; ends the process when they are wrong. */
static inline void task_read(struct task *out_task, int argc, char **argv)
{
	if (argc < 5 || argc > 6 || argv[2][0] != '/') {
		fprintf(stderr, "usage: %s PORT PATH REQUESTS CONCURRENCY [WAY]\n",
			argv[0]);
		exit(2);
	}
	out_task->program = argv[0];
	out_task->port = argv[1];
	out_task->path = argv[2];
	out_task->way = argc > 5 ? argv[5] : "";
	out_task->requests = strtoull(argv[3], NULL, 10);
	out_task->at_once = (unsigned)strtoul(argv[4], NULL, 10);
	if (out_task->at_once > out_task->requests)
		out_task->at_once = (unsigned)out_task->requests;
	out_task->body_bytes = task_body_bytes(argv[2]);
}

/* Whether the way has this word. */
static inline bool task_has(const struct task *task, const char *word)
{
	size_t len = strlen(word);
	const char *at = task->way;

	while ((at = strstr(at, word)) != NULL) {
		if ((at == task->way || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

/* Says what went wrong, and ends the process. */
static inline void task_fail(const struct task *task, const char *what)
{
	fprintf(stderr, "%s: %s\n", task->program, what);
	exit(1);
}

#endif
