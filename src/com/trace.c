/* SPDX-License-Identifier: MIT */
/*
 * IXHR2_TRACE is read when the first object is made, or before the program sets a sink of
 * its own, which then replaces it. Each line is one write, so that lines of several
 * processes in one file stay whole. The descriptor stays open until the process ends.
 */
#include "com/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "ixhr2/ixhr2.h"

/* Seconds, a point, six digits and a space before a line. */
#define PREFIX_BYTES 40

/* Nanoseconds of a second, and of a microsecond. */
#define SECOND_NS 1000000000
#define US_NS	  1000

/* Where write_line writes; set once. */
static int trace_fd;

static void write_line(void *owner, uint64_t mono_ns, const char *line)
{
	char text[PREFIX_BYTES + LOG_LINE_BYTES + 2];
	int len = snprintf(text, sizeof(text), "%llu.%06llu %s\n",
			   (unsigned long long)(mono_ns / SECOND_NS),
			   (unsigned long long)(mono_ns % SECOND_NS / US_NS), line);
	ssize_t written = write(trace_fd, text, (size_t)len);

	/* There is nowhere to tell that a trace cannot be written. */
	(void)written;
	(void)owner;
}

static void follow_environment(void)
{
	const char *name = secure_getenv("IXHR2_TRACE");

	if (!name || !*name || !strcmp(name, "0"))
		return;
	trace_fd = STDERR_FILENO;
	if (strcmp(name, "1") != 0)
		trace_fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (trace_fd >= 0)
		log_set_sink(write_line, NULL);
}

void trace_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, follow_environment);
}

HRESULT ixhr2_set_trace(ixhr2_trace_fn *trace, void *owner)
{
	trace_begin();
	log_set_sink(trace, owner);
	return S_OK;
}
