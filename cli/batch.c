/* SPDX-License-Identifier: MIT */
/*
 * As many slots as there may be jobs at a time; each serves one job after another, so
 * that memory does not depend on their number. Threads of the library hand ended slots
 * over by a list and the bell of the outbox. The main thread takes them back, starts the
 * next jobs, and reads a line only when a slot is free and what was told before has
 * mostly been written: a slow reader holds up everything.
 */
#include "batch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "job.h"
#include "lines.h"
#include "memory.h"
#include "progress.h"
#include "tick.h"
#include "transfer.h"

/* How long jobs that were stopped are waited for. */
#define GRACE_NS 2000000000u

struct slot {
	struct batch *owner;	   /* back to the batch */
	struct transfer *transfer; /* the job; NULL: the slot is free */
	uint64_t deadline_ns;	   /* when it is stopped */
	struct slot *next;	   /* in the list of free or of ended ones */
};

struct batch {
	const struct options *options; /* the command line */
	struct watch *watch;	       /* what is waited for */
	struct transfer_place place;   /* what transfers share */
	struct lines lines;	       /* of standard input */
	struct slot *slots;	       /* as many as jobs may run */
	unsigned slot_count;	       /* how many these are */
	struct slot *free_slots;       /* a list */
	struct progress progress;      /* the bar */
	struct progress_batch count;   /* of jobs */
	uint64_t next_start_ns;	       /* the next job begins no sooner */
	uint64_t grace_ns;	       /* when running jobs are given up */
	bool is_stopping;	       /* nothing is read or started any more */
	bool is_interrupted;	       /* by a signal */
	bool has_read_all;	       /* there are no more lines */

	pthread_mutex_t lock; /* guards ended_slots */
	struct slot *ended;   /* a list: their transfers have ended */
};

/* ---- ends of jobs ---- */

static void on_ended(void *owner)
{
	struct slot *slot = owner;
	struct batch *batch = slot->owner;

	pthread_mutex_lock(&batch->lock);
	slot->next = batch->ended;
	batch->ended = slot;
	pthread_mutex_unlock(&batch->lock);
	outbox_ring(batch->watch->outbox);
}

static void take_back(struct batch *batch, struct slot *slot)
{
	if (transfer_fault(slot->transfer)->status)
		batch->count.failed++;
	else
		batch->count.done++;
	batch->count.running--;
	transfer_free(slot->transfer);
	slot->transfer = NULL;
	slot->next = batch->free_slots;
	batch->free_slots = slot;
}

static void take_back_ended(struct batch *batch)
{
	struct slot *ended, *next;

	pthread_mutex_lock(&batch->lock);
	ended = batch->ended;
	batch->ended = NULL;
	pthread_mutex_unlock(&batch->lock);
	for (; ended; ended = next) {
		next = ended->next;
		take_back(batch, ended);
	}
}

/* ---- beginnings of jobs ---- */

static void tell_bad_job(struct batch *batch, const char *id, const char *why)
{
	struct bytes line = {0};

	events_bad_job(&line, id, why);
	outbox_put(batch->watch->outbox, line.at, line.len, NULL);
	bytes_done(&line);
	batch->count.failed++;
}

/* The next start, so that over time there are no more than the rate allows. */
static void note_start(struct batch *batch)
{
	uint64_t now_ns = tick_ns();

	if (batch->options->rate <= 0)
		return;
	batch->next_start_ns += (uint64_t)(1e9 / batch->options->rate);
	if (batch->next_start_ns < now_ns)
		batch->next_start_ns = now_ns;
}

static void start_job(struct batch *batch, struct task *task)
{
	struct slot *slot = batch->free_slots;

	batch->free_slots = slot->next;
	batch->count.running++;
	slot->deadline_ns = TICK_NEVER;
	if (task->max_time_ms)
		slot->deadline_ns = tick_ns() + task->max_time_ms * 1000000u;
	slot->transfer = transfer_new(task, &batch->place, slot);
	note_start(batch);
	transfer_start(slot->transfer);
}

static void read_job(struct batch *batch, const char *line, size_t len)
{
	struct job job;

	job_read(&job, &batch->options->task, line, len);
	if (job.task)
		start_job(batch, job.task);
	else
		tell_bad_job(batch, job.id, job.why);
	job.task = NULL;
	job_done(&job);
}

/* Whether a job could be started if there were one. */
static bool has_room(struct batch *batch)
{
	return !batch->is_stopping && !batch->has_read_all && batch->free_slots &&
	       !outbox_is_full(batch->watch->outbox);
}

/* Starts what can be started. */
static void start_jobs(struct batch *batch)
{
	while (has_room(batch) && tick_ns() >= batch->next_start_ns) {
		const char *line;
		size_t len;

		switch (lines_next(&batch->lines, &line, &len)) {
		case LINES_NONE:
			return;
		case LINES_ONE:
			read_job(batch, line, len);
			break;
		case LINES_TOO_LONG:
			tell_bad_job(batch, "null", "the line is too long");
			break;
		case LINES_END:
			batch->has_read_all = true;
			return;
		}
	}
}

/* ---- stopping ---- */

static void stop(struct batch *batch)
{
	unsigned i;

	batch->is_stopping = true;
	batch->grace_ns = tick_ns() + GRACE_NS;
	for (i = 0; i < batch->slot_count; i++)
		if (batch->slots[i].transfer)
			transfer_stop(batch->slots[i].transfer, TRANSFER_INTERRUPTED);
}

/* Stops the jobs whose time is up; how long until the next. */
static int look_at_deadlines(struct batch *batch)
{
	uint64_t soonest_ns = TICK_NEVER;
	uint64_t now_ns = tick_ns();
	unsigned i;

	if (!batch->options->task.max_time_ms)
		return -1;
	for (i = 0; i < batch->slot_count; i++) {
		struct slot *slot = &batch->slots[i];

		if (!slot->transfer)
			continue;
		if (slot->deadline_ns <= now_ns) {
			slot->deadline_ns = TICK_NEVER;
			transfer_stop(slot->transfer, TRANSFER_TIME_IS_UP);
		}
		if (slot->deadline_ns < soonest_ns)
			soonest_ns = slot->deadline_ns;
	}
	return tick_until_ms(soonest_ns);
}

/* ---- the loop ---- */

static bool is_over(const struct batch *batch)
{
	bool has_last = batch->has_read_all || batch->is_stopping;

	return has_last && !batch->count.running && outbox_is_empty(batch->watch->outbox);
}

/* How long to wait when nothing happens. */
static int timeout_ms(struct batch *batch, bool wants_line)
{
	int ms = tick_sooner(look_at_deadlines(batch), progress_due_ms(&batch->progress));

	if (has_room(batch) && !wants_line)
		ms = tick_sooner(ms, tick_until_ms(batch->next_start_ns));
	return tick_sooner(ms, tick_until_ms(batch->grace_ns));
}

static void loop(struct batch *batch)
{
	while (!is_over(batch)) {
		bool wants_line = has_room(batch) && lines_needs_more(&batch->lines);
		unsigned events = watch_wait(batch->watch, wants_line,
					     timeout_ms(batch, wants_line));

		if (events & WATCH_INPUT)
			lines_fill(&batch->lines);
		if (events & WATCH_SIGNAL && batch->is_stopping)
			return;
		if (events & (WATCH_SIGNAL | WATCH_CLOSED)) {
			batch->is_interrupted = events & WATCH_SIGNAL;
			stop(batch);
		}
		if (tick_ns() >= batch->grace_ns)
			return;
		take_back_ended(batch);
		start_jobs(batch);
		progress_of_batch(&batch->progress, &batch->count);
	}
}

/* ---- all of it ---- */

static void on_before_write(void *owner)
{
	struct batch *batch = owner;

	progress_hide(&batch->progress);
}

static void make_slots(struct batch *batch)
{
	unsigned i;

	batch->slot_count = batch->options->parallel ? batch->options->parallel : 1;
	batch->slots = memory_take(batch->slot_count * sizeof(*batch->slots));
	for (i = batch->slot_count; i-- > 0;) {
		batch->slots[i].owner = batch;
		batch->slots[i].next = batch->free_slots;
		batch->free_slots = &batch->slots[i];
	}
}

static enum exit_status fail_on(const char *what, int error, enum exit_status status)
{
	fprintf(stderr, "ixhr2: (%d) %s: %s\n", (int)status, what, strerror(error));
	return status;
}

static enum exit_status conclude(const struct batch *batch)
{
	int error = batch->watch->error;

	if (error && error != EPIPE)
		return fail_on("standard output", error, EXIT_STATUS_OUTPUT);
	if (batch->is_interrupted)
		return EXIT_STATUS_INTERRUPTED;
	if (batch->lines.error)
		return fail_on("standard input", batch->lines.error, EXIT_STATUS_OTHER);
	return batch->count.failed || batch->is_stopping ? EXIT_STATUS_OTHER
							 : EXIT_STATUS_OK;
}

/* Frees the slots, unless there are jobs that were given up and may still use them. */
static void free_slots(struct batch *batch)
{
	unsigned i;

	for (i = 0; i < batch->slot_count; i++)
		if (batch->slots[i].transfer)
			transfer_give_up(batch->slots[i].transfer);
	if (!batch->count.running)
		free(batch->slots);
}

enum exit_status batch_run(const struct options *options, struct watch *watch,
			   struct har *har)
{
	/* Jobs that are given up may still look at it. */
	static struct batch batch = {.lock = PTHREAD_MUTEX_INITIALIZER};
	bool is_silent = options->is_silent;
	bool is_terminal = isatty(STDOUT_FILENO);

	batch.options = options;
	batch.watch = watch;
	batch.place = (struct transfer_place){watch->outbox, har, on_ended};
	batch.next_start_ns = tick_ns();
	batch.grace_ns = TICK_NEVER;
	if (is_terminal) {
		watch->before_write = on_before_write;
		watch->owner = &batch;
	}
	make_slots(&batch);
	progress_begin(&batch.progress, options->shows_bar && !is_silent,
		       !is_silent && !is_terminal && !options->is_verbose);
	loop(&batch);
	progress_end_batch(&batch.progress, &batch.count);
	lines_done(&batch.lines);
	free_slots(&batch);
	return conclude(&batch);
}
