/* SPDX-License-Identifier: MIT */
/*
 * The mappings are read from /proc before any of them is looked at. Memory is read where
 * it lies and by a plain loop, without the checks of sanitizers, which would object to
 * freed blocks; a copy elsewhere would be found as well. Their own shadow memory is left
 * out by its size.
 */
#include "lib/test.h"

#include "lib/remains.h"

#include <stdint.h>
#include <stdio.h>

/* More mappings than a test has. */
#define MAX_REGIONS 4096

/* No heap or stack of a test is as large. */
#define MAX_REGION_BYTES ((size_t)256 * 1024 * 1024)

#define UNCHECKED __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

/* One mapping. */
struct region {
	uintptr_t begin; /* its first byte */
	uintptr_t end;	 /* behind its last byte */
};

static size_t list_regions(struct region regions[MAX_REGIONS])
{
	static char room[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	size_t count = 0;

	assert_non_null(maps);
	/* Room of its own could be a block that is to be looked at. */
	setvbuf(maps, room, _IOFBF, sizeof(room));
	while (fgets(line, sizeof(line), maps)) {
		struct region region;
		char access[5];

		assert_int_equal(
			sscanf(line, "%lx-%lx %4s", &region.begin, &region.end, access),
			3);
		if (access[0] != 'r' || access[1] != 'w' ||
		    region.end - region.begin > MAX_REGION_BYTES)
			continue;
		assert_true(count < MAX_REGIONS);
		regions[count++] = region;
	}
	fclose(maps);
	return count;
}

UNCHECKED static size_t count_in(const struct region *region, struct span secret)
{
	const volatile char *begin = (const volatile char *)region->begin;
	size_t bytes = region->end - region->begin;
	size_t found = 0;

	for (size_t i = 0; i + secret.len <= bytes; i++) {
		size_t k = 0;

		while (k < secret.len && begin[i + k] == secret.at[k])
			k++;
		found += k == secret.len;
	}
	return found;
}

size_t remains_of(struct span secret)
{
	static struct region regions[MAX_REGIONS];
	size_t count = list_regions(regions);
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += count_in(&regions[i], secret);
	return found;
}
