/* SPDX-License-Identifier: MIT */
/*
 * Memory of the command. What cannot be had ends the program with one line and exit
 * status 1: a command has nothing better to do. Any thread. Freed with free.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stddef.h>

/* bytes > 0 of zeroes. */
void *memory_take(size_t bytes);

/* Resizes to bytes > 0; at NULL takes new ones, uninitialised. */
void *memory_resize(void *at, size_t bytes);

/* A copy of text; NULL of NULL. */
char *memory_text(const char *text);

/* Text as printf writes it. */
__attribute__((format(printf, 1, 2))) char *memory_format(const char *format, ...);

#endif
