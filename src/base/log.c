/* SPDX-License-Identifier: MIT */
/*
 * The sink stands under a lock that threads share while they log. log_set_sink takes
 * it alone and so waits until the last line of the old sink is out. log_has_sink is
 * only a hint that saves the lock while there is none.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"

atomic_bool log_has_sink;

/* Writers go first: steady logging must not keep log_set_sink waiting. */
static pthread_rwlock_t sink_lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static log_sink_fn *sink; /* under sink_lock */
static void *sink_owner;  /* under sink_lock */

void log_set_sink(log_sink_fn *new_sink, void *owner)
{
	pthread_rwlock_wrlock(&sink_lock);
	sink = new_sink;
	sink_owner = owner;
	atomic_store(&log_has_sink, new_sink != NULL);
	pthread_rwlock_unlock(&sink_lock);
}

void log_line(const char *format, ...)
{
	char line[LOG_LINE_BYTES + 1];
	va_list args;

	if (!log_on())
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	pthread_rwlock_rdlock(&sink_lock);
	if (sink)
		sink(sink_owner, clock_mono_ns(), line);
	pthread_rwlock_unlock(&sink_lock);
}
