/* SPDX-License-Identifier: MIT */
/*
 * IXHR2_TRACE is read when the first object is made, or before the program sets a sink of
 * its own, which then replaces it. Each line is one write, so that lines of several
 * processes in one file stay whole. The descriptor stays open until the process ends.
 *
 * Lines come from threads of the program, too, inside Send. So what cannot be written
 * must not raise the signals for that, which may end the process.
 */
#include "com/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

/* There is nowhere to tell that a trace cannot be written. What is raised here is taken
 * away again before the thread could get it. */
static void write_quietly(const char *text, size_t len)
{
	const struct timespec now = {0};
	sigset_t raised, before;

	sigemptyset(&raised);
	sigaddset(&raised, SIGPIPE);
	sigaddset(&raised, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &raised, &before);
	if (write(trace_fd, text, len) < 0)
		(void)sigtimedwait(&raised, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void write_line(void *owner, uint64_t mono_ns, const char *line)
{
	char text[PREFIX_BYTES + LOG_LINE_BYTES + 2];
	int len = snprintf(text, sizeof(text), "%llu.%06llu %s\n",
			   (unsigned long long)(mono_ns / SECOND_NS),
			   (unsigned long long)(mono_ns % SECOND_NS / US_NS), line);

	(void)owner;
	write_quietly(text, (size_t)len);
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
