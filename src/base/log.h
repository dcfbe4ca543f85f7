/* SPDX-License-Identifier: MIT */
/*
 * One trace sink for the process. Off costs one branch. A line says what happened to
 * a request or a connection; secrets never reach it. Any thread; the sink is called
 * on the thread that logs and must not call the library.
 */
#ifndef IXHR2_BASE_LOG_H
#define IXHR2_BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Longest line without its NUL; longer ones are cut. */
#define LOG_LINE_BYTES 1023

/* Gets one line, NUL-terminated, without a line feed, and clock_mono_ns of it. */
typedef void log_sink_fn(void *owner, uint64_t mono_ns, const char *line);

/* Whether there is a sink; read by log_on alone. */
extern atomic_bool log_has_sink;

/* Sets the sink, or none with NULL. When it returns the old one is not running. */
void log_set_sink(log_sink_fn *sink, void *owner);

/* Formats a line and hands it to the sink, if there is one. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* Whether lines go anywhere: ask before preparing what a line needs. */
static inline bool log_on(void)
{
	return atomic_load_explicit(&log_has_sink, memory_order_relaxed);
}

#endif
