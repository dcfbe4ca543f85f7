/* SPDX-License-Identifier: MIT */
/*
 * A loop that no thread runs: it has queues and buffers, and its tasks and calls run when
 * the test says so. For what asks nothing else of a loop.
 */
#ifndef IXHR2_TESTS_ENGINE_STILL_LOOP_H
#define IXHR2_TESTS_ENGINE_STILL_LOOP_H

#include <stdbool.h>

#include "net/loop_inside.h"

static inline void still_loop_init(struct loop *loop)
{
	*loop = (struct loop){0};
	list_init(&loop->tasks);
	list_init(&loop->calls);
	list_init(&loop->lasts);
}

static inline void still_loop_done(struct loop *loop)
{
	loop_buffer_free_all(loop);
}

/* Runs one task, one of the last if there is no other; whether there was one. */
static inline bool still_loop_turn(struct loop *loop)
{
	struct list *node = list_take_first(&loop->tasks);
	struct loop_task *task;

	if (!node)
		node = list_take_first(&loop->lasts);
	if (!node)
		return false;
	task = LIST_ENTRY(node, struct loop_task, node);
	task->run(task);
	return true;
}

/* The next call, which is the test's to run: first call, then done. NULL: none. */
static inline struct loop_call *still_loop_take_call(struct loop *loop)
{
	struct list *node = list_take_first(&loop->calls);

	return node ? LIST_ENTRY(node, struct loop_call, node) : NULL;
}

#endif
