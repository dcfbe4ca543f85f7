/* SPDX-License-Identifier: MIT */
/*
 * What a program tells its debugger. There is none that listens as Windows' do, so the
 * text goes to standard error where IXHR2_DEBUG_OUTPUT asks for it, each in one write, so
 * that texts of several threads stay whole. Off, which is read once, costs one load.
 *
 * A short text is converted on the stack; a long one takes memory, and is lost where
 * there is none. errno is put back, since programs do not expect a trace to change it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/debugapi.h"
#include "win/transcode.h"

/* Bytes of UTF-8 that take no memory beyond the stack. */
#define SMALL_BYTES 512

/* Written once. */
static bool is_wanted;

static void follow_environment(void)
{
	const char *value = secure_getenv("IXHR2_DEBUG_OUTPUT");

	is_wanted = value && *value && strcmp(value, "0") != 0;
}

static void put(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t written = write(STDERR_FILENO, text, len);

		if (written < 0 && errno == EINTR)
			continue;
		/* There is nowhere to tell that it cannot be written. */
		if (written <= 0)
			return;
		text += written;
		len -= (size_t)written;
	}
}

static void put_text(unsigned wchar_bytes, const void *text)
{
	char small[SMALL_BYTES];
	struct transcode_text whole = {
		.at = text,
		.count = transcode_length(text, wchar_bytes, SIZE_MAX),
		.unit_bytes = wchar_bytes,
	};
	struct transcode_text from = whole;
	struct transcode_room to = {.at = small, .room = sizeof(small), .unit_bytes = 1};
	char *large;

	(void)transcode_all(&to, &from);
	if (to.len <= to.room) {
		put(small, to.len);
		return;
	}
	large = mem_alloc(to.len);
	if (!large)
		return;
	to = (struct transcode_room){.at = large, .room = to.len, .unit_bytes = 1};
	(void)transcode_all(&to, &whole);
	put(large, to.len);
	mem_free(large);
}

void ixhr2_output_debug_string(unsigned wchar_bytes, const void *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int sys = errno;

	pthread_once(&once, follow_environment);
	if (is_wanted && text && transcode_has_unit(wchar_bytes))
		put_text(wchar_bytes, text);
	errno = sys;
}

void ixhr2_debug_break(void)
{
	(void)raise(SIGTRAP);
}
