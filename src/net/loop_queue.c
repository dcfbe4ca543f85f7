/* SPDX-License-Identifier: MIT */
/*
 * The queues of the loop and its receive buffers: plain lists that belong to the
 * owner.
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

void loop_call_init(struct loop_call *call, void (*run)(struct loop_call *),
		    void (*done)(struct loop_call *))
{
	call->call = run;
	call->done = done;
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

static void free_buffers(struct loop *loop, unsigned left)
{
	while (loop->spare_buffer_count > left)
		mem_free(loop->spare_buffers[--loop->spare_buffer_count]);
}

void loop_buffer_rest(struct loop *loop)
{
	free_buffers(loop, LOOP_REST_BUFFERS);
}

bool loop_buffer_may_rest(const struct loop *loop)
{
	return loop->spare_buffer_count > LOOP_REST_BUFFERS;
}

void loop_buffer_free_all(struct loop *loop)
{
	free_buffers(loop, 0);
	buf_done(&loop->spare_buf);
}

struct buf loop_buf_take(struct loop *loop)
{
	struct buf buf = loop->spare_buf;

	buf_init(&loop->spare_buf);
	return buf;
}

void loop_buf_give(struct loop *loop, struct buf *buf)
{
	if (!buf->at)
		return;
	if (loop->spare_buf.at || buf->cap > LOOP_SPARE_BUF_BYTES) {
		buf_done(buf);
		return;
	}
	buf_clear(buf);
	loop->spare_buf = *buf;
	buf_init(buf);
}

void loop_busy(struct loop *loop, int change)
{
	lend_busy(&loop->lend, change);
}

bool loop_is_busy(const struct loop *loop)
{
	return lend_is_busy(&loop->lend);
}
