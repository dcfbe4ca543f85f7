/* SPDX-License-Identifier: MIT */
/*
 * A loop for each test, and what its main thread needs to work with it: errands that
 * run on the owner while it waits, and a story of letters that the owner's callbacks
 * tell. cmocka's asserts jump, so they are for the main thread; callbacks note what
 * they see.
 */
#ifndef IXHR2_TESTS_NET_STAGE_H
#define IXHR2_TESTS_NET_STAGE_H

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/loop.h"

/* Letters that a story has at the most. */
#define STAGE_LETTERS 63

/* A test that has a loop, stage.loop, and leaves no memory behind. */
#define STAGE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

struct stage {
	struct loop *loop;	       /* this test's */
	char story[STAGE_LETTERS + 1]; /* what was told; the owner's */
	size_t letters;		       /* length of story */
	sem_t told;		       /* for callbacks to tell that they came */
};

static struct stage stage;

static inline int stage_set_up(void **state)
{
	(void)state;
	stage = (struct stage){0};
	sem_init(&stage.told, 0, 0);
	return loop_new(&stage.loop) == ERR_NONE ? 0 : -1;
}

static inline int stage_tear_down(void **state)
{
	(void)state;
	loop_free(stage.loop);
	sem_destroy(&stage.told);
	return mem_live_blocks() == 0 ? 0 : -1;
}

static inline void stage_wait(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

struct errand {
	struct loop_post post;	 /* brings it to the owner */
	void (*run)(void *data); /* what to do there */
	void *data;		 /* its argument */
	sem_t is_done;		 /* told when it has been done */
};

static inline void stage_do(struct loop_post *post)
{
	struct errand *errand = LIST_ENTRY(post, struct errand, post);

	errand->run(errand->data);
	sem_post(&errand->is_done);
}

/* Runs run(data) on the owner of the loop and waits for its end. */
static inline void stage_run(void (*run)(void *data), void *data)
{
	struct errand errand = {.post.run = stage_do, .run = run, .data = data};

	sem_init(&errand.is_done, 0, 0);
	loop_post(stage.loop, &errand.post);
	stage_wait(&errand.is_done);
	sem_destroy(&errand.is_done);
}

static inline void stage_read_letters(void *letters)
{
	*(size_t *)letters = stage.letters;
}

/* Waits until the owner has come by; answers the length of the story. */
static inline size_t stage_sync(void)
{
	size_t letters = 0;

	stage_run(stage_read_letters, &letters);
	return letters;
}

/* Adds a letter to the story. Owner only, or in a call that blocks nobody. */
static inline void stage_tell(char letter)
{
	if (stage.letters == STAGE_LETTERS)
		abort();
	stage.story[stage.letters++] = letter;
}

/* Waits for a story of that length. */
static inline const char *stage_story(size_t letters)
{
	while (stage_sync() < letters)
		;
	return stage.story;
}

/* Waits until that many callbacks have told that they came. */
static inline void stage_await(int count)
{
	while (count-- > 0)
		stage_wait(&stage.told);
}

/* Context switches of all threads named as the loop's. */
static inline long stage_count_switches(void)
{
	char line[256];
	long total = 0;
	FILE *pipe = popen("cat /proc/$PPID/task/*/status 2>/dev/null", "re");

	assert_non_null(pipe);
	for (bool is_ours = false; fgets(line, sizeof(line), pipe);) {
		long count;

		if (strncmp(line, "Name:", 5) == 0)
			is_ours = strcmp(line, "Name:\tixhr2\n") == 0;
		if (is_ours && sscanf(line, "voluntary_ctxt_switches: %ld", &count) == 1)
			total += count;
	}
	pclose(pipe);
	return total;
}

/* Waits until the loop's threads have not moved for 200 ms; they must get there. */
static inline void stage_await_stillness(void)
{
	long before = -1;

	for (int i = 0; i < 100; i++) {
		long now = stage_count_switches();

		if (now == before)
			return;
		before = now;
		usleep(200 * 1000);
	}
	fail_msg("the loop's threads never rest");
}

#endif
