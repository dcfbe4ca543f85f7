/* SPDX-License-Identifier: MIT */
/*
 * A job of a batch begins as a copy of what the command line says for all jobs, which has
 * no body; so the copy need not copy one.
 */
#include "task.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "secret.h"

struct task *task_copy(const struct task *task)
{
	struct task *copy = memory_take(sizeof(*copy));
	size_t i;

	*copy = *task;
	copy->method = memory_text(task->method);
	copy->url = memory_text(task->url);
	copy->headers = NULL;
	copy->header_count = 0;
	for (i = 0; i < task->header_count; i++)
		task_add_header(copy, memory_text(task->headers[i].name),
				memory_text(task->headers[i].value));
	copy->body = (struct task_body){0};
	copy->user = memory_text(task->user);
	copy->password = memory_text(task->password);
	copy->proxy_user = memory_text(task->proxy_user);
	copy->proxy_password = memory_text(task->proxy_password);
	copy->pin = memory_text(task->pin);
	copy->output = memory_text(task->output);
	copy->id = memory_text(task->id);
	return copy;
}

struct task *task_move(struct task *task)
{
	struct task *moved = memory_take(sizeof(*moved));

	*moved = *task;
	*task = (struct task){0};
	return moved;
}

void task_add_header(struct task *task, char *name, char *value)
{
	size_t bytes = (task->header_count + 1) * sizeof(*task->headers);

	task->headers = memory_resize(task->headers, bytes);
	task->headers[task->header_count++] = (struct task_header){name, value};
}

size_t task_drop_header(struct task *task, size_t count, const char *name)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < task->header_count; i++) {
		struct task_header header = task->headers[i];

		if (i < count && strcasecmp(header.name, name) == 0) {
			free(header.name);
			free(header.value);
			continue;
		}
		task->headers[kept++] = header;
	}
	count -= task->header_count - kept;
	task->header_count = kept;
	return count;
}

bool task_has_header(const struct task *task, const char *name)
{
	size_t i;

	for (i = 0; i < task->header_count; i++)
		if (strcasecmp(task->headers[i].name, name) == 0)
			return true;
	return false;
}

const char *task_method(const struct task *task)
{
	if (task->method)
		return task->method;
	switch (task->body.kind) {
	case TASK_BODY_MEMORY:
		return "POST";
	case TASK_BODY_FILE:
	case TASK_BODY_INPUT:
		return "PUT";
	case TASK_BODY_NONE:
		break;
	}
	return "GET";
}

void task_done(struct task *task)
{
	size_t i;

	for (i = 0; i < task->header_count; i++) {
		free(task->headers[i].name);
		free(task->headers[i].value);
	}
	free(task->headers);
	bytes_done(&task->body.bytes);
	free(task->body.path);
	free(task->method);
	secret_free(task->url);
	secret_free(task->user);
	secret_free(task->password);
	secret_free(task->proxy_user);
	secret_free(task->proxy_password);
	secret_free(task->pin);
	free(task->output);
	free(task->id);
	*task = (struct task){0};
}

void task_free(struct task *task)
{
	if (!task)
		return;
	task_done(task);
	free(task);
}
