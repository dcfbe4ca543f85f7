/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stage.h"

struct ear {
	struct loop_watch *watch; /* of the first of the pair, or NULL */
	int fds[2];		  /* a connected pair; the second is the test's */
	unsigned wanted;	  /* what to watch for at first */
	unsigned then_wanted;	  /* what from the first telling on */
	struct ear *closes;	  /* whose watch the telling closes, or NULL */
	atomic_uint told;	  /* what was told, together */
	atomic_int count;	  /* how often */
	enum err result;	  /* of loop_watch_new */
};

static void hear(void *owner, unsigned ready)
{
	struct ear *ear = owner;
	struct ear *closes = ear->closes;

	atomic_fetch_or(&ear->told, ready);
	atomic_fetch_add(&ear->count, 1);
	loop_watch_for(ear->watch, ear->then_wanted);
	if (closes && closes->watch) {
		loop_watch_close(closes->watch);
		closes->watch = NULL;
	}
}

static void open_ear(void *data)
{
	struct ear *ear = data;

	ear->result = loop_watch_new(stage.loop, ear->fds[0], hear, ear, &ear->watch);
	if (!ear->result)
		loop_watch_for(ear->watch, ear->wanted);
}

static void close_ear(void *data)
{
	struct ear *ear = data;

	loop_watch_close(ear->watch);
	ear->watch = NULL;
}

static void start_ear(struct ear *ear, unsigned wanted, unsigned then_wanted)
{
	*ear = (struct ear){.wanted = wanted, .then_wanted = then_wanted};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ear->fds),
			 0);
	stage_run(open_ear, ear);
	assert_int_equal(ear->result, ERR_NONE);
}

static void end_ear(struct ear *ear)
{
	stage_run(close_ear, ear);
	assert_int_equal(fcntl(ear->fds[0], F_GETFD), -1);
	close(ear->fds[1]);
}

static void await_count(struct ear *ear, int count)
{
	while (atomic_load(&ear->count) < count)
		stage_sync();
}

static void readiness_is_told_as_long_as_it_lasts(void **state)
{
	struct ear ear;

	(void)state;
	start_ear(&ear, LOOP_READABLE, LOOP_READABLE);
	stage_sync();
	assert_int_equal(atomic_load(&ear.count), 0);
	assert_int_equal(write(ear.fds[1], "x", 1), 1);
	await_count(&ear, 3);
	assert_int_equal(atomic_load(&ear.told), LOOP_READABLE);
	end_ear(&ear);
}

static void want(void *data)
{
	struct ear *ear = data;

	loop_watch_for(ear->watch, ear->wanted);
}

static void only_what_is_wanted_is_told(void **state)
{
	struct ear ear;
	int count;

	(void)state;
	start_ear(&ear, LOOP_READABLE | LOOP_WRITABLE, 0);
	await_count(&ear, 1);
	assert_int_equal(atomic_load(&ear.told), LOOP_WRITABLE);
	assert_int_equal(write(ear.fds[1], "x", 1), 1);
	for (int i = 0; i < 20; i++)
		stage_sync();
	assert_int_equal(atomic_load(&ear.count), 1);
	ear.wanted = LOOP_READABLE;
	stage_run(want, &ear);
	await_count(&ear, 2);
	assert_int_equal(atomic_load(&ear.told), LOOP_READABLE | LOOP_WRITABLE);
	count = atomic_load(&ear.count);
	for (int i = 0; i < 20; i++)
		stage_sync();
	assert_int_equal(atomic_load(&ear.count), count);
	end_ear(&ear);
}

static void a_hang_up_is_told_as_what_was_asked_for(void **state)
{
	struct ear ear;

	(void)state;
	start_ear(&ear, LOOP_READABLE, LOOP_READABLE);
	close(ear.fds[1]);
	await_count(&ear, 2);
	assert_int_equal(atomic_load(&ear.told), LOOP_READABLE);
	stage_run(close_ear, &ear);
}

struct two_ears {
	struct ear a, b; /* each closes the other */
};

/* Both become ready in one poll: the first that is told closes the other. */
static void write_to_both(void *data)
{
	struct two_ears *ears = data;

	if (write(ears->a.fds[1], "x", 1) != 1 || write(ears->b.fds[1], "x", 1) != 1)
		abort();
}

static void a_closed_watch_is_not_told_what_was_noted(void **state)
{
	struct two_ears ears;

	(void)state;
	start_ear(&ears.a, LOOP_READABLE, 0);
	start_ear(&ears.b, LOOP_READABLE, 0);
	ears.a.closes = &ears.b;
	ears.b.closes = &ears.a;
	stage_run(write_to_both, &ears);
	while (atomic_load(&ears.a.count) + atomic_load(&ears.b.count) < 1)
		stage_sync();
	for (int i = 0; i < 20; i++)
		stage_sync();
	assert_int_equal(atomic_load(&ears.a.count) + atomic_load(&ears.b.count), 1);
	stage_run(close_ear, &ears.a);
	stage_run(close_ear, &ears.b);
	close(ears.a.fds[1]);
	close(ears.b.fds[1]);
}

static void a_telling_may_close_its_own_watch(void **state)
{
	struct ear ear;

	(void)state;
	start_ear(&ear, LOOP_READABLE, LOOP_READABLE);
	ear.closes = &ear;
	stage_sync();
	assert_int_equal(write(ear.fds[1], "x", 1), 1);
	await_count(&ear, 1);
	end_ear(&ear);
	assert_int_equal(atomic_load(&ear.count), 1);
}

/* A task that is always queued must not keep readiness from being told. */
struct restless {
	struct loop_task task; /* queues itself */
	struct ear *until;     /* until this one is told */
	atomic_bool is_over;   /* it has stopped */
};

static void run_restless(struct loop_task *task)
{
	struct restless *self = LIST_ENTRY(task, struct restless, task);

	if (atomic_load(&self->until->count) == 0)
		loop_task_queue(stage.loop, task);
	else
		atomic_store(&self->is_over, true);
}

static void start_restless(void *data)
{
	struct restless *self = data;

	loop_task_init(&self->task, run_restless);
	loop_task_queue(stage.loop, &self->task);
}

static void a_task_that_queues_itself_does_not_starve_watches(void **state)
{
	struct ear ear;
	struct restless restless = {.until = &ear};

	(void)state;
	start_ear(&ear, LOOP_READABLE, 0);
	stage_run(start_restless, &restless);
	assert_int_equal(write(ear.fds[1], "x", 1), 1);
	while (!atomic_load(&restless.is_over))
		stage_sync();
	end_ear(&ear);
}

static void a_number_that_comes_again_is_watched_anew(void **state)
{
	struct ear ear;
	int number = -1;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		start_ear(&ear, LOOP_READABLE | LOOP_WRITABLE, 0);
		if (number >= 0)
			assert_int_equal(ear.fds[0], number);
		number = ear.fds[0];
		await_count(&ear, 1);
		assert_int_equal(atomic_load(&ear.told), LOOP_WRITABLE);
		ear.wanted = LOOP_READABLE;
		stage_run(want, &ear);
		assert_int_equal(write(ear.fds[1], "x", 1), 1);
		await_count(&ear, 2);
		/* To close a watch needs no memory. */
		mem_fail_from(1);
		end_ear(&ear);
		mem_fail_from(0);
	}
}

static void a_watch_that_cannot_be_made_leaves_the_descriptor(void **state)
{
	struct ear ear = {.wanted = LOOP_READABLE};

	(void)state;
	ear.fds[0] = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	stage_run(open_ear, &ear);
	assert_int_equal(ear.result, ERR_SYSTEM);
	assert_int_equal(close(ear.fds[0]), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ear.fds), 0);
	mem_fail_from(1);
	stage_run(open_ear, &ear);
	mem_fail_from(0);
	assert_int_equal(ear.result, ERR_NO_MEMORY);
	assert_int_equal(close(ear.fds[0]), 0);
	assert_int_equal(close(ear.fds[1]), 0);
}

static void readiness_that_nobody_wants_does_not_keep_the_loop_awake(void **state)
{
	struct ear ear;

	(void)state;
	start_ear(&ear, LOOP_READABLE, 0);
	assert_int_equal(write(ear.fds[1], "xx", 2), 2);
	await_count(&ear, 1);
	stage_await_stillness();
	assert_int_equal(atomic_load(&ear.count), 1);
	end_ear(&ear);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(readiness_is_told_as_long_as_it_lasts),
		STAGE_TEST(only_what_is_wanted_is_told),
		STAGE_TEST(a_hang_up_is_told_as_what_was_asked_for),
		STAGE_TEST(a_closed_watch_is_not_told_what_was_noted),
		STAGE_TEST(a_telling_may_close_its_own_watch),
		STAGE_TEST(a_task_that_queues_itself_does_not_starve_watches),
		STAGE_TEST(a_number_that_comes_again_is_watched_anew),
		STAGE_TEST(a_watch_that_cannot_be_made_leaves_the_descriptor),
		STAGE_TEST(readiness_that_nobody_wants_does_not_keep_the_loop_awake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
