/* SPDX-License-Identifier: MIT */
/*
 * The queues of the loop and its receive buffers: plain lists that belong to the
 * owner. What brings a call's end to the owner after a take-over is here as well,
 * because it is set when the call is made.
 */
#include "base/mem.h"
#include "net/loop_inside.h"

void loop_task_init(struct loop_task *task, void (*run)(struct loop_task *))
{
	list_init(&task->node);
	task->run = run;
}

void loop_task_queue(struct loop *loop, struct loop_task *task)
{
	if (list_is_empty(&task->node))
		list_put_last(&loop->tasks, &task->node);
}

void loop_task_queue_last(struct loop *loop, struct loop_task *task)
{
	if (list_is_empty(&task->node))
		list_put_last(&loop->lasts, &task->node);
}

void loop_task_cancel(struct loop_task *task)
{
	list_remove(&task->node);
}

static void bring_end(struct loop_post *post)
{
	struct loop_call *call = LIST_ENTRY(post, struct loop_call, post);

	call->done(call);
}

void loop_call_init(struct loop_call *call, void (*run)(struct loop_call *),
		    void (*done)(struct loop_call *))
{
	list_init(&call->node);
	call->call = run;
	call->done = done;
	call->post = (struct loop_post){.run = bring_end};
}

void loop_call_queue(struct loop *loop, struct loop_call *call)
{
	list_put_last(&loop->calls, &call->node);
}

char *loop_buffer_take(struct loop *loop)
{
	if (loop->spare_buffer_count > 0)
		return loop->spare_buffers[--loop->spare_buffer_count];
	return mem_alloc(LOOP_BUFFER_BYTES);
}

void loop_buffer_give(struct loop *loop, char *buffer)
{
	if (buffer && loop->spare_buffer_count < LOOP_SPARE_BUFFERS)
		loop->spare_buffers[loop->spare_buffer_count++] = buffer;
	else
		mem_free(buffer);
}

void loop_buffer_free_all(struct loop *loop)
{
	while (loop->spare_buffer_count > 0)
		mem_free(loop->spare_buffers[--loop->spare_buffer_count]);
}

void loop_busy(struct loop *loop, int change)
{
	lend_busy(&loop->lend, change);
}

bool loop_is_busy(const struct loop *loop)
{
	return lend_is_busy(&loop->lend);
}
