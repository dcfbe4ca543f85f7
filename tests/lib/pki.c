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
#include <sys/stat.h>

#include "lib/test.h"

/* A file that was asked for. */
struct entry {
	struct entry *next; /* in the list */
	char *path;	    /* owned */
	struct span bytes;  /* owned; at is NULL until they are asked for */
};

static struct entry *entries;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char *path_of(const char *file)
{
	const char *folder = getenv("IXHR2_PKI");
	char *path;

	if (!folder)
		fail_msg("IXHR2_PKI does not name the folder that tests/lib/pki.py made");
	if (asprintf(&path, "%s/%s", folder, file) < 0)
		abort();
	return path;
}

/* With the lock. Takes path. */
static struct entry *entry_of(char *path)
{
	struct entry *entry;

	for (entry = entries; entry; entry = entry->next) {
		if (strcmp(entry->path, path) == 0) {
			free(path);
			return entry;
		}
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		abort();
	entry->path = path;
	entry->next = entries;
	entries = entry;
	return entry;
}

/* With the lock; leaves entry as it is when the file cannot be read. */
static void read_file(struct entry *entry)
{
	FILE *file = fopen(entry->path, "r");
	struct stat status;
	char *bytes;

	if (!file)
		return;
	if (fstat(fileno(file), &status) != 0)
		abort();
	bytes = calloc(1, (size_t)status.st_size + 1);
	if (!bytes)
		abort();
	entry->bytes = span_of(bytes, fread(bytes, 1, (size_t)status.st_size, file));
	fclose(file);
}

const char *pki_path(const char *file)
{
	char *path = path_of(file);
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_of(path);
	pthread_mutex_unlock(&lock);
	return entry->path;
}

struct span pki_bytes(const char *file)
{
	char *path = path_of(file);
	struct entry *entry;
	struct span bytes;

	pthread_mutex_lock(&lock);
	entry = entry_of(path);
	if (!entry->bytes.at)
		read_file(entry);
	bytes = entry->bytes;
	pthread_mutex_unlock(&lock);
	if (!bytes.at)
		fail_msg("%s is not there", file);
	return bytes;
}
