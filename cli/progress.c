/* SPDX-License-Identifier: MIT */
/*
 * The width of the terminal is asked for at each drawing, as it may change. A line is
 * padded with blanks to cover the one before, so that no control sequence but the
 * carriage return is needed.
 */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tick.h"

/* It is drawn ten times a second at most. */
#define PERIOD_NS 100000000u

/* What is over before needs none. */
#define DELAY_NS 1000000000u

/* The width where there is no terminal, and the most and least that is used. */
#define DEFAULT_WIDTH 80
#define MAX_WIDTH     200
#define MIN_WIDTH     20

/* A bar that would be shorter is left out. */
#define MIN_BAR 10

static unsigned width(void)
{
	struct winsize size;
	unsigned columns = DEFAULT_WIDTH;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		columns = size.ws_col;
	if (columns > MAX_WIDTH)
		columns = MAX_WIDTH;
	/* Writing into the last column would begin a new line on some terminals. */
	return columns < MIN_WIDTH ? MIN_WIDTH - 1 : columns - 1;
}

/* Bytes as a reader likes them. */
static void put_size(char to[16], double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	while (bytes >= 1000 && unit + 1 < sizeof(units) / sizeof(*units)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(to, 16, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void draw(struct progress *progress, const char *text)
{
	unsigned columns = width();
	unsigned cover =
		progress->shown_width < columns ? progress->shown_width : columns;
	char line[MAX_WIDTH + 2];
	int len =
		snprintf(line, sizeof(line), "\r%-*.*s", (int)cover, (int)columns, text);

	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		progress->is_on = false;
	progress->shown_width = (unsigned)strlen(text);
	progress->is_shown = true;
}

/* Puts a bar in front of text where there is room for one. */
static void draw_bar(struct progress *progress, double part, const char *text)
{
	unsigned columns = width();
	size_t text_len = strlen(text);
	char line[2 * MAX_WIDTH];
	size_t bar_len, done;

	if (part < 0 || text_len + MIN_BAR + 3 > columns) {
		draw(progress, text);
		return;
	}
	bar_len = columns - text_len - 3;
	done = (size_t)((double)bar_len * (part > 1 ? 1 : part));
	line[0] = '[';
	memset(line + 1, '=', done);
	memset(line + 1 + done, ' ', bar_len - done);
	snprintf(line + 1 + bar_len, sizeof(line) - 1 - bar_len, "] %s", text);
	draw(progress, line);
}

static double elapsed_s(const struct progress *progress)
{
	return (double)(tick_ns() - progress->begin_ns + 1) / 1e9;
}

/* The direction that moves counts: the upload until something comes back. */
static void draw_transfer(struct progress *progress, const struct transfer *transfer)
{
	struct transfer_progress now;
	char done_text[16], total_text[16], speed_text[16], text[96];
	double done, total, part;

	transfer_get_progress(transfer, &now);
	done = (double)(now.received_bytes ? now.received_bytes : now.sent_bytes);
	total = (double)(now.received_bytes ? now.expected_bytes : now.to_send_bytes);
	part = total > 0 ? done / total : -1;
	put_size(done_text, done);
	put_size(total_text, total);
	put_size(speed_text, done / elapsed_s(progress));
	if (part < 0)
		snprintf(text, sizeof(text), "%s, %s/s", done_text, speed_text);
	else
		snprintf(text, sizeof(text), "%3.0f %%, %s of %s, %s/s", part * 100,
			 done_text, total_text, speed_text);
	draw_bar(progress, part, text);
}

static void draw_batch(struct progress *progress, const struct progress_batch *batch)
{
	double per_s = (double)(batch->done + batch->failed) / elapsed_s(progress);
	char text[MAX_WIDTH];

	snprintf(text, sizeof(text), "%llu done, %llu failed, %llu running, %.0f/s",
		 (unsigned long long)batch->done, (unsigned long long)batch->failed,
		 (unsigned long long)batch->running, per_s);
	draw(progress, text);
}

void progress_begin(struct progress *progress, bool is_asked, bool is_wanted)
{
	uint64_t now_ns = tick_ns();

	*progress = (struct progress){
		.is_on = is_asked || (is_wanted && isatty(STDERR_FILENO)),
		.stays = is_asked,
		.begin_ns = now_ns,
		.next_ns = is_asked ? now_ns : now_ns + DELAY_NS,
	};
}

int progress_due_ms(const struct progress *progress)
{
	return progress->is_on ? tick_until_ms(progress->next_ns) : -1;
}

/* Whether it is to be drawn now; if so, the next time is noted. */
static bool is_due(struct progress *progress)
{
	if (progress_due_ms(progress) != 0)
		return false;
	progress->next_ns = tick_ns() + PERIOD_NS;
	return true;
}

void progress_of_transfer(struct progress *progress, const struct transfer *transfer)
{
	if (is_due(progress))
		draw_transfer(progress, transfer);
}

void progress_of_batch(struct progress *progress, const struct progress_batch *batch)
{
	if (is_due(progress))
		draw_batch(progress, batch);
}

void progress_hide(struct progress *progress)
{
	if (!progress->is_shown)
		return;
	draw(progress, "");
	if (write(STDERR_FILENO, "\r", 1) < 0)
		progress->is_on = false;
	progress->is_shown = false;
}

/* Leaves the line on the screen, or takes it away. */
static void end(struct progress *progress)
{
	if (!progress->stays)
		progress_hide(progress);
	else if (write(STDERR_FILENO, "\n", 1) < 0)
		progress->is_shown = false;
	progress->is_on = false;
}

void progress_end_transfer(struct progress *progress, const struct transfer *transfer)
{
	if (progress->is_on && progress->stays)
		draw_transfer(progress, transfer);
	if (progress->is_on)
		end(progress);
}

void progress_end_batch(struct progress *progress, const struct progress_batch *batch)
{
	if (progress->is_on && progress->stays)
		draw_batch(progress, batch);
	if (progress->is_on)
		end(progress);
}
