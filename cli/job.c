/* SPDX-License-Identifier: MIT */
/*
 * One table of keys, each with the function that reads its value. What a line means is
 * checked here; what the library accepts is for the library to say, so that an impossible
 * URL is a job with an error and not a bad line.
 */
#include "job.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "member.h"
#include "memory.h"
#include "property.h"
#include "secret.h"

/* Reads the value of a key; NULL, or why it cannot be read: a constant. */
typedef const char *job_take_fn(struct task *task, char **text, const json_t *value);

/* ---- values ---- */

/* A string without NUL; false: it is none. */
static bool is_text(const json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

static const char *take_text(struct task *task, char **text, const json_t *value)
{
	(void)task;
	if (!is_text(value))
		return "is no string without NUL";
	secret_free(*text);
	*text = memory_text(json_string_value(value));
	return NULL;
}

/* Without a name there is no file. */
static const char *take_output(struct task *task, char **text, const json_t *value)
{
	const char *why = take_text(task, text, value);

	return !why && !**text ? "is empty" : why;
}

static const char *take_header(struct task *task, const json_t *pair)
{
	static const char why[] = "is no list of [\"Name\",\"value\"]";
	const json_t *name = json_array_get(pair, 0);
	const json_t *value = json_array_get(pair, 1);
	const char *content;

	if (json_array_size(pair) != 2 || !is_text(name))
		return why;
	if (!json_is_null(value) && !is_text(value))
		return why;
	content = json_string_value(value);
	task_add_header(task, memory_text(json_string_value(name)),
			content && *content ? memory_text(content) : NULL);
	return NULL;
}

/* The headers of a job take the place of those of the command line. */
static const char *take_headers(struct task *task, char **text, const json_t *value)
{
	size_t defaults = task->header_count;
	const char *why;
	size_t i;

	(void)text;
	if (!json_is_array(value))
		return "is no list";
	for (i = 0; i < json_array_size(value); i++) {
		const json_t *pair = json_array_get(value, i);
		const json_t *name = json_array_get(pair, 0);

		if (is_text(name))
			defaults =
				task_drop_header(task, defaults, json_string_value(name));
		why = take_header(task, pair);
		if (why)
			return why;
	}
	return NULL;
}

static const char *take_body(struct task *task, char **text, const json_t *value)
{
	(void)text;
	if (task->body.kind != TASK_BODY_NONE)
		return "and body_file exclude each other";
	if (!json_is_string(value))
		return "is no string";
	if (!base64_get(&task->body.bytes, json_string_value(value),
			json_string_length(value)))
		return "is no base64";
	task->body.kind = TASK_BODY_MEMORY;
	return NULL;
}

static const char *take_body_file(struct task *task, char **text, const json_t *value)
{
	if (task->body.kind != TASK_BODY_NONE)
		return "and body exclude each other";
	task->body.kind = TASK_BODY_FILE;
	return take_text(task, text, value);
}

static const char *take_length(struct task *task, char **text, const json_t *value)
{
	(void)text;
	if (!json_is_integer(value) || json_integer_value(value) < -1)
		return "is no number from -1 up";
	task->body.has_length = true;
	task->body.length = (uint64_t)json_integer_value(value);
	return NULL;
}

static bool property_of(const json_t *value, ULONGLONG *out_value)
{
	if (json_is_string(value))
		return property_value(json_string_value(value), out_value);
	if (json_is_integer(value))
		*out_value = (ULONGLONG)json_integer_value(value);
	else
		*out_value = json_is_true(value);
	return json_is_integer(value) || json_is_boolean(value);
}

static const char *take_properties(struct task *task, char **text, const json_t *value)
{
	void *at;

	(void)text;
	if (!json_is_object(value))
		return "is no object";
	for (at = json_object_iter((json_t *)value); at;
	     at = json_object_iter_next((json_t *)value, at)) {
		struct task_property set = {.is_set = true};
		XHR_PROPERTY property;

		if (!property_find(json_object_iter_key(at), &property))
			return "has a name that is no property";
		if (!property_of(json_object_iter_value(at), &set.value))
			return "has a value that is no number";
		task->properties[property] = set;
	}
	return NULL;
}

static const char *take_client_certificate(struct task *task, char **text,
					   const json_t *value)
{
	const char *rest = NULL;

	(void)text;
	if (is_text(value))
		rest = thumbprint_read(json_string_value(value),
				       &task->client_certificate);
	return rest && !*rest ? NULL : "is no thumbprint of 40 or 64 hexadecimal digits";
}

static const char *take_abort_on(struct task *task, char **text, const json_t *value)
{
	static const char *const names[] = {
		[TASK_ABORT_CERTIFICATE] = "server_certificate",
		[TASK_ABORT_REDIRECT] = "redirect",
		[TASK_ABORT_HEADERS] = "headers",
		[TASK_ABORT_DATA] = "data",
	};
	int i;

	(void)text;
	for (i = TASK_ABORT_CERTIFICATE; i <= TASK_ABORT_DATA; i++) {
		if (is_text(value) && strcmp(names[i], json_string_value(value)) == 0) {
			task->abort_on = (enum task_abort)i;
			return NULL;
		}
	}
	return "is none of server_certificate, redirect, headers, data";
}

/* It was read before. */
static const char *take_id(struct task *task, char **text, const json_t *value)
{
	(void)task;
	(void)text;
	(void)value;
	return NULL;
}

/* ---- the table ---- */

#define AT(field) offsetof(struct task, field)

static const struct {
	const char *key;   /* as it is written */
	job_take_fn *take; /* how its value is read */
	size_t offset;	   /* what take_text sets */
} keys[] = {
	{"id", take_id, 0},
	{"method", take_text, AT(method)},
	{"url", take_text, AT(url)},
	{"headers", take_headers, 0},
	{"body", take_body, 0},
	{"body_file", take_body_file, AT(body.path)},
	{"length", take_length, 0},
	{"user", take_text, AT(user)},
	{"password", take_text, AT(password)},
	{"proxy_user", take_text, AT(proxy_user)},
	{"proxy_password", take_text, AT(proxy_password)},
	{"client_certificate", take_client_certificate, 0},
	{"pin", take_text, AT(pin)},
	{"properties", take_properties, 0},
	{"output", take_output, AT(output)},
	{"abort_on", take_abort_on, 0},
};

/* Reads one key; NULL, or what is wrong: to be freed. null is as if it were not there. */
static char *take_key(struct task *task, const char *key, const json_t *value)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *why = NULL;

		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (!json_is_null(value))
			why = keys[i].take(
				task, (char **)(void *)((char *)task + keys[i].offset),
				value);
		return why ? memory_format("%s %s", key, why) : NULL;
	}
	return memory_format("there is no key %s", key);
}

/* The pin of the command line is for the certificate of the command line. */
static void drop_pin(struct task *task, const json_t *object)
{
	const json_t *certificate = json_object_get(object, "client_certificate");

	if (!certificate || json_is_null(certificate))
		return;
	secret_free(task->pin);
	task->pin = NULL;
}

static char *take_keys(struct task *task, json_t *object)
{
	void *at;

	drop_pin(task, object);
	for (at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		char *why = take_key(task, json_object_iter_key(at),
				     json_object_iter_value(at));

		if (why)
			return why;
	}
	return task->url ? NULL : memory_text("url is missing");
}

/* ---- lines ---- */

/* Numbers beyond 64 bits may stand in an id. */
static json_t *parse(const char *line, size_t len, json_error_t *error)
{
	json_t *value = json_loadb(len ? line : "", len, JSON_ALLOW_NUL, error);

	if (!value && json_error_code(error) == json_error_numeric_overflow)
		value = json_loadb(line, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
				   error);
	return value;
}

/* The id of a job as it was written, so that no number loses a digit. */
static char *id_of(json_t *object, const char *line, size_t len)
{
	json_t *id = json_object_get(object, "id");
	char *text = id ? member_text(line, len, "id") : NULL;
	char *dumped;

	if (!id)
		return memory_text("null");
	if (text)
		return text;
	dumped = json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
	text = memory_text(dumped ? dumped : "null");
	free(dumped);
	return text;
}

/* Where the grammar is broken; jansson's words quote the line, which may hold a password.
 */
static char *why_no_json(const json_error_t *error)
{
	const char *quoted = strstr(error->text, " near ");
	size_t len = quoted ? (size_t)(quoted - error->text) : strlen(error->text);

	return memory_format("no JSON: %.*s at byte %d", (int)len, error->text,
			     error->position);
}

void job_read(struct job *job, const struct task *defaults, const char *line, size_t len)
{
	json_error_t error;
	json_t *value = parse(line, len, &error);
	char *id = id_of(value, line, len);

	*job = (struct job){0};
	if (!value) {
		job->why = why_no_json(&error);
	} else if (!json_is_object(value)) {
		job->why = memory_text("no JSON object");
	} else {
		job->task = task_copy(defaults);
		job->why = take_keys(job->task, value);
	}
	json_decref(value);
	if (!job->why) {
		job->task->id = id;
		return;
	}
	job->id = id;
	task_free(job->task);
	job->task = NULL;
}

void job_done(struct job *job)
{
	task_free(job->task);
	free(job->id);
	free(job->why);
	*job = (struct job){0};
}
