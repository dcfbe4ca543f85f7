/* SPDX-License-Identifier: MIT */
/*
 * Every file that was asked for is an entry of one list, which only grows; so what was
 * answered once stays.
 */
#include "lib/pki.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/test.h"

/* A file that was asked for. */
struct entry {
	struct entry *next; /* in the list */
	char *path;	    /* owned */
	struct span bytes;  /* owned; at is NULL until they are asked for */
};

static struct entry *entries;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* With the lock. */
static struct entry *entry_of(const char *file)
{
	const char *folder = getenv("IXHR2_PKI");
	struct entry *entry;
	char path[512];

	if (!folder)
		fail_msg("IXHR2_PKI does not name the folder that tests/lib/pki.py made");
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	for (entry = entries; entry; entry = entry->next)
		if (strcmp(entry->path, path) == 0)
			return entry;
	entry = calloc(1, sizeof(*entry));
	assert_non_null(entry);
	entry->path = strdup(path);
	assert_non_null(entry->path);
	entry->next = entries;
	entries = entry;
	return entry;
}

static struct span bytes_of(const char *path)
{
	FILE *file = fopen(path, "r");
	char *bytes;
	long len;

	if (!file)
		fail_msg("%s is not there", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = ftell(file);
	assert_true(len >= 0);
	rewind(file);
	bytes = calloc(1, (size_t)len + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)len, file), len);
	fclose(file);
	return span_of(bytes, (size_t)len);
}

const char *pki_path(const char *file)
{
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_of(file);
	pthread_mutex_unlock(&lock);
	return entry->path;
}

struct span pki_bytes(const char *file)
{
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_of(file);
	if (!entry->bytes.at)
		entry->bytes = bytes_of(entry->path);
	pthread_mutex_unlock(&lock);
	return entry->bytes;
}
