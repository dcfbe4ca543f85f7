/* SPDX-License-Identifier: MIT */
/*
 * block PORT PATH BYTES CONCURRENCY WAY: what others feel of a callback that blocks. GET
 * PATH from 127.0.0.1:PORT, CONCURRENCY times at once for a few seconds: each final
 * callback makes the next object. After WARM_UP_MS and one quiet period one more request
 * is sent, whose final callback sleeps for a period of PERIOD_MS; another quiet period
 * follows. WAY: "block", or "none": that callback returns at once, and all else is the
 * same. Each response must have status 200 and BYTES of body.
 *
 * Of each of the three periods is printed how many requests ended in it, how long they
 * took from Send to the final callback, and the longest time in which none ended. A
 * request that runs at any moment of the middle period belongs to that, so that nothing
 * that the callback may have held up counts as quiet. And how long after the callback
 * had begun to sleep the next request ended.
 */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "callback.h"

#define WARM_UP_MS  1000
#define PERIOD_MS   1000
#define MAX_URL	    128
#define MAX_RECORDS (2 * 1024 * 1024)
#define NS_IN_MS    UINT64_C(1000000)

/* A request that has ended. */
struct record {
	uint64_t begin_ns; /* right before Send */
	uint64_t end_ns;   /* its final callback has begun */
};

struct load;

/* One request at a time. */
struct runner {
	IXMLHTTPRequest2Callback callback; /* what Open takes; stands first */
	IXMLHTTPRequest2 *xhr;		   /* the request that runs */
	struct load *load;		   /* what it is part of */
	uint64_t begin_ns;		   /* right before its Send */
	uint64_t bytes;			   /* of its body that have come */
};

struct load {
	WCHAR url[MAX_URL];	/* of all requests */
	uint64_t bytes;		/* that each body must have */
	size_t concurrency;	/* how many runners */
	bool is_blocking;	/* the way */
	struct runner *runners; /* of the load */
	struct runner blocker;	/* the one more */
	atomic_bool is_over;	/* no request begins any more */
	sem_t ended;		/* posted by each runner that ends */
	struct record *records; /* in the order in which they ended */
	atomic_size_t count;	/* of records */
	uint64_t block_ns;	/* when the middle period began, */
	uint64_t unblock_ns;	/* and when it ended */
};

static void die(const char *what)
{
	fprintf(stderr, "block: %s\n", what);
	_exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void sleep_ms(unsigned ms)
{
	struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&time, &time))
		;
}

/* ---- requests ---- */

static void begin(struct runner *runner)
{
	runner->bytes = 0;
	if (FAILED(callback_open(&runner->callback, runner->load->url, &runner->xhr)))
		die("Open");
	runner->begin_ns = now_ns();
	if (FAILED(IXMLHTTPRequest2_Send(runner->xhr, NULL, 0)))
		die("Send");
}

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	(void)xhr;
	return callback_read(body, &((struct runner *)self)->bytes);
}

/* The middle period begins. */
static void block(struct load *load)
{
	load->block_ns = now_ns();
	if (load->is_blocking)
		sleep_ms(PERIOD_MS);
	load->unblock_ns = now_ns();
}

static void record(struct load *load, uint64_t begin_ns, uint64_t end_ns)
{
	size_t index = atomic_fetch_add(&load->count, 1);

	if (index >= MAX_RECORDS)
		die("more requests than there is room for");
	load->records[index] = (struct record){begin_ns, end_ns};
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	struct runner *runner = (struct runner *)self;
	struct load *load = runner->load;
	uint64_t end_ns = now_ns();

	(void)body;
	if (runner->bytes != load->bytes)
		die("a body of another length");
	if (runner == &load->blocker) {
		block(load);
	} else {
		record(load, runner->begin_ns, end_ns);
		if (!atomic_load(&load->is_over)) {
			begin(runner);
			IXMLHTTPRequest2_Release(xhr);
			return S_OK;
		}
	}
	IXMLHTTPRequest2_Release(xhr);
	sem_post(&load->ended);
	return S_OK;
}

static HRESULT on_error(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			HRESULT error)
{
	(void)self;
	callback_tell("block", xhr, error);
	_exit(1);
}

static const IXMLHTTPRequest2CallbackVtbl callback_functions = {
	callback_query,	  callback_count, callback_count, callback_redirect,
	callback_headers, on_data,	  on_received,	  on_error,
};

/* ---- what came of it ---- */

enum period { BEFORE, DURING, AFTER, OUTSIDE };

/* Which period a request belongs to. */
static enum period period_of(const struct load *load, const struct record *record)
{
	const uint64_t length_ns = PERIOD_MS * NS_IN_MS;

	if (record->end_ns <= load->block_ns)
		return record->end_ns > load->block_ns - length_ns ? BEFORE : OUTSIDE;
	if (record->begin_ns < load->unblock_ns)
		return DURING;
	return record->end_ns <= load->unblock_ns + length_ns ? AFTER : OUTSIDE;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static int compare_ends(const void *a, const void *b)
{
	return compare_numbers(&((const struct record *)a)->end_ns,
			       &((const struct record *)b)->end_ns);
}

/* What is printed of a period. */
struct findings {
	uint64_t ended;	 /* requests that ended in it */
	uint64_t gap_ns; /* the longest time, wholly or partly in it, in which none did */
};

/* Looks at the ends alone, which are sorted. */
static struct findings find(const struct load *load, uint64_t from_ns, uint64_t to_ns)
{
	struct findings found = {0};
	size_t count = atomic_load(&load->count);

	for (size_t i = 1; i < count; i++) {
		uint64_t last_ns = load->records[i - 1].end_ns;
		uint64_t end_ns = load->records[i].end_ns;

		if (end_ns <= from_ns || last_ns > to_ns)
			continue;
		if (end_ns <= to_ns)
			found.ended++;
		if (end_ns - last_ns > found.gap_ns)
			found.gap_ns = end_ns - last_ns;
	}
	return found;
}

/* Sorts how long the requests of a period took; answers how many these are. */
static size_t sort_times(const struct load *load, enum period period, uint64_t *times)
{
	size_t n = 0, count = atomic_load(&load->count);

	for (size_t i = 0; i < count; i++) {
		const struct record *record = &load->records[i];

		if (period_of(load, record) == period)
			times[n++] = record->end_ns - record->begin_ns;
	}
	qsort(times, n, sizeof(*times), compare_numbers);
	return n;
}

/* How long after the middle period had begun a request ended. */
static uint64_t find_next_ns(const struct load *load)
{
	size_t count = atomic_load(&load->count);

	for (size_t i = 0; i < count; i++) {
		if (load->records[i].end_ns > load->block_ns)
			return load->records[i].end_ns - load->block_ns;
	}
	return 0;
}

static void print_period(const struct load *load, enum period period, uint64_t *times)
{
	static const char *const names[] = {"before", "during", "after"};
	const uint64_t length_ns = PERIOD_MS * NS_IN_MS;
	const uint64_t bounds[] = {load->block_ns - length_ns, load->block_ns,
				   load->unblock_ns, load->unblock_ns + length_ns};
	struct findings found = find(load, bounds[period], bounds[period + 1]);
	size_t n = sort_times(load, period, times);

	if (n == 0)
		die("no request ended");
	printf("\"%s\": {\"ended\": %ju, \"wall_us\": %ju, \"gap_us\": %ju, ",
	       names[period], (uintmax_t)found.ended,
	       (uintmax_t)(bounds[period + 1] - bounds[period]) / 1000,
	       (uintmax_t)found.gap_ns / 1000);
	printf("\"median_us\": %ju, \"p99_us\": %ju, \"longest_us\": %ju}",
	       (uintmax_t)times[n / 2] / 1000, (uintmax_t)times[n * 99 / 100] / 1000,
	       (uintmax_t)times[n - 1] / 1000);
}

static void print_all(const struct load *load)
{
	size_t count = atomic_load(&load->count);
	uint64_t *times = calloc(count, sizeof(*times));

	if (!times)
		die("memory");
	qsort(load->records, count, sizeof(*load->records), compare_ends);
	printf("{\"requests\": %zu, \"next_us\": %ju", count,
	       (uintmax_t)find_next_ns(load) / 1000);
	for (enum period period = BEFORE; period <= AFTER; period++) {
		fputs(", ", stdout);
		print_period(load, period, times);
	}
	puts("}");
	free(times);
}

/* ---- */

static void init_runner(struct runner *runner, struct load *load)
{
	runner->callback.lpVtbl = &callback_functions;
	runner->load = load;
}

static void await(struct load *load, size_t count)
{
	while (count > 0)
		count -= sem_wait(&load->ended) == 0;
}

static void run(struct load *load)
{
	for (size_t i = 0; i < load->concurrency; i++) {
		init_runner(&load->runners[i], load);
		begin(&load->runners[i]);
	}
	sleep_ms(WARM_UP_MS + PERIOD_MS);
	init_runner(&load->blocker, load);
	begin(&load->blocker);
	await(load, 1);
	if (!load->is_blocking) {
		sleep_ms(PERIOD_MS);
		load->unblock_ns = now_ns();
	}
	sleep_ms(PERIOD_MS);
	atomic_store(&load->is_over, true);
	await(load, load->concurrency);
}

static bool make_room(struct load *load)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	sem_init(&load->ended, 0, 0);
	load->runners = calloc(load->concurrency, sizeof(*load->runners));
	load->records = malloc(MAX_RECORDS * sizeof(*load->records));
	if (!load->runners || !load->records)
		return false;
	/* No page of it is to be found while it is measured. */
	memset(load->records, 0xff, MAX_RECORDS * sizeof(*load->records));
	return true;
}

int main(int argc, char **argv)
{
	static struct load load;

	if (argc != 6) {
		fputs("usage: block PORT PATH BYTES CONCURRENCY block|none\n", stderr);
		return 2;
	}
	swprintf(load.url, MAX_URL, L"http://127.0.0.1:%s%s", argv[1], argv[2]);
	load.bytes = strtoull(argv[3], NULL, 10);
	load.concurrency = strtoul(argv[4], NULL, 10);
	load.is_blocking = strcmp(argv[5], "block") == 0;
	if (!make_room(&load))
		die("memory");
	run(&load);
	print_all(&load);
	free(load.records);
	/* The library may yet release callbacks, which are the runners. */
	return 0;
}
