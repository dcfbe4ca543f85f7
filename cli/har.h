/* SPDX-License-Identifier: MIT */
/*
 * A file in HAR 1.2 of all exchanges of a run. It is written as they end, so that memory
 * does not grow, and gets its name when it is complete. Any thread.
 */
#ifndef CLI_HAR_H
#define CLI_HAR_H

#include <stdbool.h>
#include <stdint.h>

#include <ixhr2/ixhr2.h>

#include "head.h"
#include "task.h"

struct har;

/* One exchange. Everything is lent. */
struct har_entry {
	const struct ixhr2_info *info; /* as it was at the end of the exchange */
	const struct head *head;       /* of the response; status 0: none came */
	const struct task *task;       /* what was wanted */
	int64_t sent_wall_ms;	       /* when Send was called: milliseconds since 1970 */
	int64_t begin_us;	       /* when the exchange began, since Send */
	int64_t end_us;		       /* when it ended, since Send */
	uint64_t body_bytes;	       /* of the response, decoded */
	const char *error;	       /* why it failed, or NULL */
};

/* Begins a file; may_replace as in output_open. 0, or an errno. */
int har_open(const char *path, bool may_replace, struct har **out_har);

/* Adds an exchange. NULL is fine. */
void har_add(struct har *har, const struct har_entry *entry);

/* Ends the file and gives it its name. 0, or the errno of the first failure; then there
 * is no file. har stays, as a transfer that was given up may still add to it; what is
 * added from now on is dropped. NULL is fine. */
int har_close(struct har *har);

#endif
