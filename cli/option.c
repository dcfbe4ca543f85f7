/* SPDX-License-Identifier: MIT */
/*
 * One table says it all; above it stand the functions that take the values. What concerns
 * several options is for options.c to look at.
 */
#include "option.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "body.h"
#include "memory.h"
#include "property.h"
#include "secret.h"
#include "thumbprint.h"

/* Jobs at a time, at most. */
#define MAX_PARALLEL 65536

/* The column of --help where the meaning begins. */
#define HELP_COLUMN 32

/* ---- how values are read ---- */

static const char *take_flag(struct options *options, const struct option *option,
			     const char *value)
{
	(void)value;
	*(bool *)(void *)((char *)options + option->offset) = true;
	return NULL;
}

static const char *take_text(struct options *options, const struct option *option,
			     const char *value)
{
	char **text = (char **)(void *)((char *)options + option->offset);

	free(*text);
	*text = memory_text(value);
	return *value ? NULL : "is empty";
}

static const char *take_header(struct options *options, const struct option *option,
			       const char *value)
{
	size_t name_len = strcspn(value, ":");
	const char *content = value + name_len;
	struct bytes name = {0};

	(void)option;
	if (!name_len || !*content)
		return "is no 'Name: value'";
	content += 1 + strspn(content + 1, " \t");
	bytes_put(&name, value, name_len);
	task_add_header(&options->task, bytes_take_text(&name),
			*content ? memory_text(content) : NULL);
	return NULL;
}

static const char *take_data(struct options *options, const struct option *option,
			     const char *value)
{
	struct task_body *body = &options->task.body;
	int error = 0;

	(void)option;
	if (options->has_data)
		bytes_put(&body->bytes, "&", 1);
	options->has_data = true;
	if (*value == '@')
		error = body_read(&body->bytes, value + 1);
	else
		bytes_put_text(&body->bytes, value);
	if (error) {
		options->status = EXIT_STATUS_BODY;
		return strerror(error);
	}
	if (body->kind == TASK_BODY_NONE)
		body->kind = TASK_BODY_MEMORY;
	return NULL;
}

static const char *take_upload(struct options *options, const struct option *option,
			       const char *value)
{
	struct task_body *body = &options->task.body;

	(void)option;
	if (!*value)
		return "is empty";
	free(body->path);
	body->path = NULL;
	body->kind = strcmp(value, "-") == 0 ? TASK_BODY_INPUT : TASK_BODY_FILE;
	if (body->kind == TASK_BODY_FILE)
		body->path = memory_text(value);
	return NULL;
}

static const char *take_output(struct options *options, const struct option *option,
			       const char *value)
{
	if (strcmp(value, "-") == 0)
		return NULL;
	return take_text(options, option, value);
}

static const char *take_user(struct options *options, const struct option *option,
			     const char *value)
{
	struct task *task = &options->task;
	bool is_proxy = option->letter == 'U';
	char **user = is_proxy ? &task->proxy_user : &task->user;
	char **password = is_proxy ? &task->proxy_password : &task->password;
	size_t user_len = strcspn(value, ":");
	bool asks = *value && !value[user_len];
	struct bytes name = {0};

	secret_free(*user);
	secret_free(*password);
	bytes_put(&name, value, user_len);
	*user = bytes_take_text(&name);
	*password = value[user_len] ? memory_text(value + user_len + 1) : NULL;
	if (is_proxy)
		options->asks_proxy_password = asks;
	else
		options->asks_password = asks;
	return NULL;
}

static const char *take_pin(struct options *options, const struct option *option,
			    const char *value)
{
	(void)option;
	secret_free(options->task.pin);
	options->task.pin = memory_text(value);
	return NULL;
}

static const char *take_insecure(struct options *options, const struct option *option,
				 const char *value)
{
	struct task_property *property =
		&options->task.properties[XHR_PROP_IGNORE_CERT_ERRORS];

	(void)option;
	(void)value;
	*property = (struct task_property){true, TRUE};
	return NULL;
}

static const char *take_cacert(struct options *options, const struct option *option,
			       const char *value)
{
	if (access(value, R_OK))
		return strerror(errno);
	return take_text(options, option, value);
}

static const char *take_client_cert(struct options *options, const struct option *option,
				    const char *value)
{
	struct task *task = &options->task;
	const char *pin = thumbprint_read(value, &task->client_certificate);

	(void)option;
	if (!pin)
		return "is no thumbprint of 40 or 64 hexadecimal digits";
	secret_free(task->pin);
	task->pin = *pin ? memory_text(pin + 1) : NULL;
	return NULL;
}

static const char *take_property(struct options *options, const struct option *option,
				 const char *value)
{
	struct task_property set = {.is_set = true};
	const char *equals = strchr(value, '=');
	XHR_PROPERTY property;
	char *name;
	bool is_known;

	(void)option;
	if (!equals)
		return "is no NAME=VALUE";
	name = memory_format("%.*s", (int)(equals - value), value);
	is_known = property_find(name, &property);
	free(name);
	if (!is_known)
		return "is no property";
	if (!property_value(equals + 1, &set.value))
		return "has a value that is no number";
	options->task.properties[property] = set;
	return NULL;
}

/* A number that is not negative; false: it is none. */
static bool parse_number(const char *text, double *out_number)
{
	char *end;

	*out_number = strtod(text, &end);
	return end != text && !*end && isfinite(*out_number) && *out_number >= 0;
}

static const char *take_max_time(struct options *options, const struct option *option,
				 const char *value)
{
	double seconds;

	(void)option;
	if (!parse_number(value, &seconds) || seconds > 1e9)
		return "is no number of seconds";
	options->task.max_time_ms = (uint64_t)ceil(seconds * 1000);
	return NULL;
}

static const char *take_timeout(struct options *options, const struct option *option,
				const char *value)
{
	struct task_property *property = &options->task.properties[XHR_PROP_TIMEOUT];

	(void)option;
	property->is_set = true;
	if (!property_value(value, &property->value) || property->value > 0xffffffffu)
		return "is no number of milliseconds up to 4294967295";
	return NULL;
}

static const char *take_parallel(struct options *options, const struct option *option,
				 const char *value)
{
	double count;

	(void)option;
	if (!parse_number(value, &count) || count < 1 || count > MAX_PARALLEL ||
	    count > floor(count))
		return "is no number from 1 to 65536";
	options->parallel = (unsigned)count;
	return NULL;
}

static const char *take_rate(struct options *options, const struct option *option,
			     const char *value)
{
	(void)option;
	if (!parse_number(value, &options->rate) || options->rate < 1e-6)
		return "is no number above 0";
	return NULL;
}

static const char *take_connect_to(struct options *options, const struct option *option,
				   const char *value)
{
	(void)option;
	if (!*value || strchr(value, ','))
		return "is no HOST:PORT:ADDRESS:PORT";
	if (options->connect_to.len)
		bytes_put(&options->connect_to, ",", 1);
	bytes_put_text(&options->connect_to, value);
	return NULL;
}

/* What is a proxy's URL is for the library to say; "" is curl's way of saying none. */
static const char *take_proxy(struct options *options, const struct option *option,
			      const char *value)
{
	(void)option;
	secret_free(options->proxy);
	options->proxy = memory_text(value);
	return NULL;
}

static const char *take_no_proxy(struct options *options, const struct option *option,
				 const char *value)
{
	(void)option;
	free(options->no_proxy);
	options->no_proxy = memory_text(value);
	return NULL;
}

/* The option is called as the library calls the protocol. */
static const char *take_protocol(struct options *options, const struct option *option,
				 const char *value)
{
	(void)value;
	options->protocol = option->name;
	return NULL;
}

static const char *take_ask(struct options *options, const struct option *option,
			    const char *value)
{
	(void)value;
	options->ask = option->letter == 'h' ? OPTIONS_ASK_HELP : OPTIONS_ASK_VERSION;
	return NULL;
}

/* ---- the table ---- */

#define AT(field) offsetof(struct options, field)

static const struct option table[] = {
	{'X', OPTIONS_BOTH, "request", "METHOD", take_text, AT(task.method),
	 "default GET; POST with -d, PUT with -T"},
	{'H', OPTIONS_BOTH, "header", "'Name: value'", take_header, 0,
	 "may be repeated; 'Name:' sends none"},
	{'d', OPTIONS_SINGLE, "data", "TEXT|@FILE|@-", take_data, 0,
	 "body; repeated ones are joined by &"},
	{'T', OPTIONS_SINGLE, "upload-file", "FILE|-", take_upload, 0,
	 "body, streamed; - has no known length"},
	{'o', OPTIONS_SINGLE, "output", "FILE", take_output, AT(task.output),
	 "the response goes to FILE"},
	{'O', OPTIONS_SINGLE, "remote-name", NULL, take_flag, AT(names_output),
	 "to a file named as in the URL"},
	{0, OPTIONS_BOTH, "force", NULL, take_flag, AT(task.may_replace),
	 "replace existing files"},
	{'i', OPTIONS_SINGLE, "include", NULL, take_flag, AT(task.shows_head),
	 "headers before the body"},
	{'I', OPTIONS_SINGLE, "head", NULL, take_flag, AT(is_head),
	 "method HEAD, headers only"},
	{'v', OPTIONS_BOTH, "verbose", NULL, take_flag, AT(is_verbose),
	 "callbacks and connections, with times"},
	{'s', OPTIONS_BOTH, "silent", NULL, take_flag, AT(is_silent), "no progress"},
	{'#', OPTIONS_BOTH, "progress-bar", NULL, take_flag, AT(shows_bar),
	 "a progress bar at once"},
	{'u', OPTIONS_BOTH, "user", "USER[:PASSWORD]", take_user, 0,
	 "credentials; the password is asked for"},
	{'U', OPTIONS_BOTH, "proxy-user", "USER[:PASSWORD]", take_user, 0,
	 "the same for the proxy"},
	{'x', OPTIONS_BOTH, "proxy", "URL", take_proxy, 0,
	 "http://, https://, socks5:// ...; '' is none"},
	{0, OPTIONS_BOTH, "noproxy", "LIST", take_no_proxy, 0, "hosts without a proxy"},
	{'k', OPTIONS_BOTH, "insecure", NULL, take_insecure, 0,
	 "accept every server certificate"},
	{0, OPTIONS_BOTH, "cacert", "FILE", take_cacert, AT(ca_file),
	 "the only roots of server certificates"},
	{0, OPTIONS_BOTH, "client-cert", "HASH[:PIN]", take_client_cert, 0,
	 "show this certificate; the pin is asked for"},
	{'m', OPTIONS_BOTH, "max-time", "S", take_max_time, 0,
	 "seconds for the whole transfer"},
	{0, OPTIONS_BOTH, "timeout", "MS", take_timeout, 0, "milliseconds for each wait"},
	{0, OPTIONS_BOTH, "connect-to", "H:P:ADDR:P", take_connect_to, 0,
	 "connect elsewhere; empty parts fit all"},
	{0, OPTIONS_BOTH, "http1.1", NULL, take_protocol, 0, "only HTTP/1.1"},
	{0, OPTIONS_BOTH, "http2", NULL, take_protocol, 0,
	 "only HTTP/2, without TLS too"},
	{'p', OPTIONS_BOTH, "property", "NAME=VALUE", take_property, 0,
	 "any XHR_PROP_, without its prefix"},
	{0, OPTIONS_BOTH, "no-follow", NULL, take_flag, AT(task.keeps_redirects),
	 "a 3xx is the response"},
	{0, OPTIONS_ALL, "data-dir", "DIR", take_text, AT(data_dir),
	 "where certificates are kept"},
	{'f', OPTIONS_BOTH, "fail", NULL, take_flag, AT(task.fails),
	 "status >= 400: no body, exit 22"},
	{0, OPTIONS_ALL, "json", NULL, take_flag, AT(task.tells_events),
	 "events as lines of JSON, not the body"},
	{0, OPTIONS_BOTH, "no-body", NULL, take_flag, AT(hides_body),
	 "leave the body out of events"},
	{0, OPTIONS_BOTH, "har", "FILE", take_text, AT(har), "HAR 1.2 of all exchanges"},
	{'P', OPTIONS_BATCH, "parallel", "N", take_parallel, 0,
	 "batch: up to N jobs at a time"},
	{0, OPTIONS_BATCH, "rate", "N", take_rate, 0,
	 "batch: start at most N jobs a second"},
	{0, OPTIONS_CERT, "pin", "PIN", take_pin, 0, "cert: opens private keys"},
	{'h', OPTIONS_ALL, "help", NULL, take_ask, 0, "this text"},
	{'V', OPTIONS_ALL, "version", NULL, take_ask, 0, "the version"},
};

#define TABLE_ROWS (sizeof(table) / sizeof(*table))

/* ---- what others ask of it ---- */

const struct option *option_of_letter(char letter)
{
	size_t i;

	for (i = 0; i < TABLE_ROWS; i++)
		if (letter && table[i].letter == letter)
			return &table[i];
	return NULL;
}

const struct option *option_of_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < TABLE_ROWS; i++)
		if (strlen(table[i].name) == len &&
		    strncmp(table[i].name, name, len) == 0)
			return &table[i];
	return NULL;
}

bool option_is_secret(const struct option *option)
{
	return option->take == take_user || option->take == take_client_cert ||
	       option->take == take_pin;
}

void option_mask(const struct option *option, char *value)
{
	if (option_is_secret(option))
		memset(value, '*', strlen(value));
	else if (option->take == take_proxy)
		secret_mask_login(value);
}

void option_help(FILE *to)
{
	size_t i;

	for (i = 0; i < TABLE_ROWS; i++) {
		const struct option *option = &table[i];
		int written = option->letter ? fprintf(to, "-%c, ", option->letter)
					     : fprintf(to, "    ");

		written += fprintf(to, "--%s", option->name);
		if (option->value)
			written += fprintf(to, " %s", option->value);
		fprintf(to, "%*s  %s\n",
			written < HELP_COLUMN ? HELP_COLUMN - written : 0, "",
			option->help);
	}
}
