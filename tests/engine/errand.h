/* SPDX-License-Identifier: MIT */
/*
 * Functions that run on the owner of a loop while the test's main thread waits.
 * cmocka's asserts jump, so they are for the main thread: an errand notes what it sees.
 */
#ifndef IXHR2_TESTS_ENGINE_ERRAND_H
#define IXHR2_TESTS_ENGINE_ERRAND_H

#include <semaphore.h>

#include "net/loop.h"

struct errand {
	struct loop_post post;	 /* brings it to the owner */
	void (*run)(void *data); /* what to do there */
	void *data;		 /* its argument */
	sem_t is_done;		 /* told when it has been done */
};

static inline void errand_do(struct loop_post *post)
{
	struct errand *errand = LIST_ENTRY(post, struct errand, post);

	errand->run(errand->data);
	sem_post(&errand->is_done);
}

/* Runs run(data) on the owner of the loop and waits for its end. */
static inline void errand_run(struct loop *loop, void (*run)(void *data), void *data)
{
	struct errand errand = {.post.run = errand_do, .run = run, .data = data};

	sem_init(&errand.is_done, 0, 0);
	loop_post(loop, &errand.post);
	while (sem_wait(&errand.is_done) != 0)
		;
	sem_destroy(&errand.is_done);
}

#endif
