/* SPDX-License-Identifier: MIT */
/* A line of a batch: a job as JSON. */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <stddef.h>

#include "task.h"

/* What a line was. */
struct job {
	struct task *task; /* the reader's; NULL: the line is no job */
	char *id;	   /* of what is no job, as JSON; else NULL */
	char *why;	   /* what is wrong with it; else NULL */
};

/* Reads a line; a job begins as a copy of defaults. */
void job_read(struct job *job, const struct task *defaults, const char *line, size_t len);

/* Frees what it still holds. */
void job_done(struct job *job);

#endif
