/* SPDX-License-Identifier: MIT */
/*
 * The main thread writes what the transfer puts into the outbox, draws the progress bar,
 * asks for the login that is wanted, and stops the transfer when a signal comes or time
 * is up. A transfer that is stopped
 * ends at once, unless its code is stuck in the kernel: so it gets a moment, and then the
 * process ends without it. The same moment is given to a reader that takes nothing.
 */
#include "get.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "prompt.h"
#include "quote.h"
#include "tick.h"
#include "transfer.h"

/* How long a transfer that was stopped is waited for. */
#define GRACE_NS 2000000000u

struct get {
	struct watch *watch;	   /* what is waited for */
	struct transfer *transfer; /* the one */
	struct progress progress;  /* the bar */
	struct prompt prompt;	   /* for logins */
	bool uses_output;	   /* the transfer writes to standard output */
	atomic_bool has_ended;	   /* the transfer has */
	uint64_t deadline_ns;	   /* when it is stopped */
	uint64_t grace_ns;	   /* when it is given up */
	enum exit_status stopped;  /* why it was stopped, or OK */
};

static void on_ended(void *owner)
{
	struct get *get = owner;

	atomic_store(&get->has_ended, true);
	outbox_ring(get->watch->outbox);
}

static void on_before_write(void *owner)
{
	struct get *get = owner;

	progress_hide(&get->progress);
}

static void stop(struct get *get, enum exit_status status, enum transfer_stop why)
{
	if (get->stopped)
		return;
	get->stopped = status;
	get->deadline_ns = TICK_NEVER;
	get->grace_ns = tick_ns() + GRACE_NS;
	transfer_stop(get->transfer, why);
}

static void look_at_time(struct get *get)
{
	if (get->deadline_ns != TICK_NEVER && tick_ns() >= get->deadline_ns)
		stop(get, EXIT_STATUS_TIME, TRANSFER_TIME_IS_UP);
}

/* Nobody is asked for a transfer that was stopped. */
static void look_at_prompt(struct get *get)
{
	enum exit_status status;

	if (!prompt_is_waiting(&get->prompt))
		return;
	if (!get->stopped) {
		progress_hide(&get->progress);
		status = prompt_answer(&get->prompt, get->watch->signals,
				       get->deadline_ns);
		if (!status)
			return;
		stop(get, status,
		     status == EXIT_STATUS_TIME ? TRANSFER_TIME_IS_UP
						: TRANSFER_INTERRUPTED);
	}
	prompt_refuse(&get->prompt);
}

/* Whether all that is to be told was told. */
static bool is_complete(const struct get *get)
{
	return atomic_load(&get->has_ended) && outbox_is_empty(get->watch->outbox);
}

/* Runs until all is told, or no longer makes sense. */
static void loop(struct get *get)
{
	struct watch *watch = get->watch;

	while (!is_complete(get)) {
		int timeout_ms = tick_sooner(tick_until_ms(get->deadline_ns),
					     tick_until_ms(get->grace_ns));
		unsigned events;

		if (tick_ns() >= get->grace_ns)
			return;
		timeout_ms = tick_sooner(timeout_ms, progress_due_ms(&get->progress));
		events = watch_wait(watch, false, timeout_ms);
		if (events & WATCH_SIGNAL && get->stopped)
			return;
		if (events & WATCH_SIGNAL)
			stop(get, EXIT_STATUS_INTERRUPTED, TRANSFER_INTERRUPTED);
		if (events & WATCH_CLOSED && get->uses_output)
			stop(get, EXIT_STATUS_OUTPUT, TRANSFER_INTERRUPTED);
		look_at_time(get);
		look_at_prompt(get);
		progress_of_transfer(&get->progress, get->transfer);
	}
}

/* The text may have words of the server's in it. */
static void tell_fault(const struct fault *fault)
{
	struct bytes line = {0};
	char *text;

	quote_line(&line, fault->text);
	text = bytes_take_text(&line);
	fprintf(stderr, "ixhr2: (%d) %s\n", fault->status, text);
	free(text);
}

/* How the command ends, after a line on standard error that says why. */
static enum exit_status conclude(const struct get *get)
{
	const struct watch *watch = get->watch;
	const struct fault *fault = transfer_fault(get->transfer);

	if (watch->error && get->uses_output) {
		if (watch->error != EPIPE)
			fprintf(stderr, "ixhr2: (%d) standard output: %s\n",
				EXIT_STATUS_OUTPUT, strerror(watch->error));
		return EXIT_STATUS_OUTPUT;
	}
	if (get->stopped == EXIT_STATUS_INTERRUPTED)
		return EXIT_STATUS_INTERRUPTED;
	if (!is_complete(get)) {
		fprintf(stderr, "ixhr2: (%d) the time is up\n", get->stopped);
		return get->stopped;
	}
	if (fault->status)
		tell_fault(fault);
	return fault->status;
}

enum exit_status get_run(struct options *options, struct watch *watch, struct har *har)
{
	/* A transfer that is given up may still look at these. */
	static struct get get;
	static struct transfer_place place;
	bool is_terminal = isatty(STDOUT_FILENO);
	bool is_silent = options->is_silent;
	enum exit_status status;

	get.watch = watch;
	get.uses_output = options->task.tells_events || !options->task.output;
	get.deadline_ns = TICK_NEVER;
	get.grace_ns = TICK_NEVER;
	place = (struct transfer_place){watch->outbox, har, on_ended};
	if (is_terminal) {
		watch->before_write = on_before_write;
		watch->owner = &get;
	}
	progress_begin(&get.progress, options->shows_bar && !is_silent,
		       !is_silent && !options->is_verbose &&
			       !(is_terminal && get.uses_output));
	if (options->task.max_time_ms)
		get.deadline_ns = tick_ns() + options->task.max_time_ms * 1000000u;
	prompt_begin(&get.prompt, &options->task, watch->outbox);
	get.transfer = transfer_new(task_move(&options->task), &place, &get);
	transfer_start(get.transfer);
	loop(&get);
	progress_end_transfer(&get.progress, get.transfer);
	status = conclude(&get);
	if (atomic_load(&get.has_ended))
		transfer_free(get.transfer);
	else
		transfer_give_up(get.transfer);
	return status;
}
