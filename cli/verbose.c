/* SPDX-License-Identifier: MIT */
/* Each line is one write, so that those of several threads do not mix. */
#include "verbose.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "quote.h"
#include "secret.h"
#include "tick.h"

/* Bytes of a formatted line; what is longer is cut. */
#define LINE_BYTES 4096

static atomic_bool is_on;
static uint64_t begin_ns; /* set before is_on */

static void put_line(uint64_t ns, const char *id, char mark, const char *text)
{
	double ms = ns > begin_ns ? (double)(ns - begin_ns) / 1e6 : 0;
	struct bytes line = {0};

	bytes_format(&line, "%9.3f %c ", ms, mark);
	if (id)
		bytes_format(&line, "%s ", id);
	quote_line(&line, text);
	bytes_put(&line, "\n", 1);
	if (write(STDERR_FILENO, line.at, line.len) < 0)
		atomic_store(&is_on, false);
	bytes_done(&line);
}

static void put_trace(void *owner, uint64_t mono_ns, const char *line)
{
	(void)owner;
	put_line(mono_ns, NULL, '*', line);
}

void verbose_begin(void)
{
	begin_ns = tick_ns();
	atomic_store(&is_on, true);
	ixhr2_set_trace(put_trace, NULL);
}

bool verbose_is_on(void)
{
	return atomic_load_explicit(&is_on, memory_order_relaxed);
}

void verbose_line(const char *id, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;

	if (!verbose_is_on())
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put_line(tick_ns(), id, '=', text);
}

void verbose_head(const char *id, char mark, const char *lines)
{
	uint64_t now_ns = tick_ns();
	const char *end;

	if (!verbose_is_on() || !lines)
		return;
	for (; (end = strstr(lines, "\r\n")); lines = end + 2) {
		struct bytes line = {0};
		char *text;

		bytes_put(&line, lines, secret_shown_bytes(lines, (size_t)(end - lines)));
		if (line.len < (size_t)(end - lines))
			bytes_put_text(&line, " [hidden]");
		text = bytes_take_text(&line);
		put_line(now_ns, id, mark, text);
		free(text);
	}
}
