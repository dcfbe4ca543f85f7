/* SPDX-License-Identifier: MIT */
/*
 * The end for want of memory is _exit: threads of the library may be anywhere, and what
 * the standard streams hold is not worth a deadlock.
 */
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_status.h"

_Noreturn static void give_up(void)
{
	static const char text[] = "ixhr2: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_STATUS_OTHER);
	_exit(EXIT_STATUS_OTHER);
}

void *memory_take(size_t bytes)
{
	void *at = calloc(1, bytes);

	if (!at)
		give_up();
	return at;
}

void *memory_resize(void *at, size_t bytes)
{
	void *moved = realloc(at, bytes);

	if (!moved)
		give_up();
	return moved;
}

char *memory_text(const char *text)
{
	char *copy;

	if (!text)
		return NULL;
	copy = strdup(text);
	if (!copy)
		give_up();
	return copy;
}

char *memory_format(const char *format, ...)
{
	va_list arguments;
	char *text;
	int len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0)
		give_up();
	return text;
}
