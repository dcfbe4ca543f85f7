/* SPDX-License-Identifier: MIT */
/*
 * A mapping of whole pages whose last page has no permission at all. What is lent out
 * ends at the first byte of that page. When more is asked for than fits, the mapping
 * is replaced by one twice as large as needed.
 */
#include "lib/guard.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void guard_grow(struct guard *guard, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (len * 2 / page + 1) * page;
	void *at = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		abort();
	guard_done(guard);
	guard->pages = at;
	guard->end = guard->pages + room;
	if (mprotect(guard->end, page, PROT_NONE) != 0)
		abort();
}

char *guard_room(struct guard *guard, size_t len)
{
	size_t room = guard->pages ? (size_t)(guard->end - guard->pages) : 0;

	if (!guard->pages || room < len)
		guard_grow(guard, len);
	memset(guard->pages, 0xA5, (size_t)(guard->end - guard->pages));
	return guard->end - len;
}

struct span guard_copy(struct guard *guard, struct span bytes)
{
	char *at = guard_room(guard, bytes.len);

	if (bytes.len)
		memcpy(at, bytes.at, bytes.len);
	return span_of(at, bytes.len);
}

void guard_done(struct guard *guard)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (guard->pages)
		munmap(guard->pages, (size_t)(guard->end - guard->pages) + page);
	*guard = (struct guard){0};
}
