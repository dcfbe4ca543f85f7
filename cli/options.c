/* SPDX-License-Identifier: MIT */
/*
 * The words of a command line are read one after the other: an option with its value,
 * which fills what is to be filled (see option.h), or a word that is none. What concerns
 * several of them is looked at when all are read.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "option.h"
#include "secret.h"

void options_help(FILE *to)
{
	fputs("ixhr2 [options] URL\n"
	      "ixhr2 batch [options]   jobs from standard input, events to standard "
	      "output\n"
	      "ixhr2 cert [options] list | add FILE [KEYFILE] | remove HASH\n",
	      to);
	option_help(to);
}

/* ---- reading ---- */

static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "ixhr2: %s %s; see ixhr2 --help\n", what, why);
	return false;
}

/* Where reading is. */
struct reading {
	struct options *options; /* what is filled */
	char **argv;		 /* the words, up to a NULL */
	int at;			 /* the word that is read */
	char *url;		 /* the word that is no option */
};

static const char *misuse_of(const struct option *option, enum options_use use)
{
	if (use == OPTIONS_CERT)
		return "is not for cert";
	if (option->use == OPTIONS_CERT)
		return "is for cert only";
	return option->use == OPTIONS_BATCH ? "is for batch only" : "is not for batch";
}

/* Reads an option; value NULL: it is the next word. dashed is how it was written. */
static bool apply(struct reading *reading, const struct option *option,
		  const char *dashed, char *value)
{
	const char *why;

	if (!(option->use & reading->options->use))
		return complain(dashed, misuse_of(option, reading->options->use));
	if (option->value && !value)
		value = reading->argv[++reading->at];
	if (option->value && !value)
		return complain(dashed, "needs a value");
	why = option->take(reading->options, option, value);
	if (value)
		option_mask(option, value);
	if (!why)
		return true;
	if (!value || option_is_secret(option))
		return complain(dashed, why);
	fprintf(stderr, "ixhr2: %s: '%s' %s\n", dashed, value, why);
	return false;
}

static bool read_long(struct reading *reading, char *word)
{
	size_t name_len = strcspn(word + 2, "=");
	char *value = word[2 + name_len] ? word + 2 + name_len + 1 : NULL;
	const struct option *option = option_of_name(word + 2, name_len);
	char *dashed = memory_format("--%.*s", (int)name_len, word + 2);
	bool is_good;

	if (!option)
		is_good = complain(dashed, "is no option");
	else if (value && !option->value)
		is_good = complain(dashed, "takes no value");
	else
		is_good = apply(reading, option, dashed, value);
	free(dashed);
	return is_good;
}

/* Letters may stand together; the first that takes a value takes the rest. */
static bool read_letters(struct reading *reading, char *word)
{
	char *at;

	for (at = word + 1; *at; at++) {
		const struct option *option = option_of_letter(*at);
		const char dashed[] = {'-', *at, '\0'};
		char *rest = at[1] ? at + 1 : NULL;

		if (!option)
			return complain(dashed, "is no option");
		if (option->value)
			return apply(reading, option, dashed, rest);
		if (!apply(reading, option, dashed, NULL))
			return false;
	}
	return true;
}

static bool read_plain(struct reading *reading, char *word)
{
	struct options *options = reading->options;

	if (options->use == OPTIONS_BATCH) {
		secret_mask_login(word);
		return complain(word, "is not for batch: jobs come from standard input");
	}
	if (options->use == OPTIONS_CERT) {
		if (options->word_count == OPTIONS_MAX_WORDS)
			return complain(word, "is one word too many");
		options->words[options->word_count++] = word;
		return true;
	}
	if (reading->url) {
		secret_mask_login(word);
		return complain(word, "is a second URL");
	}
	reading->url = word;
	return true;
}

static bool read_words(struct reading *reading)
{
	bool has_options = true;

	for (; reading->argv[reading->at]; reading->at++) {
		char *word = reading->argv[reading->at];
		bool is_good;

		if (has_options && strcmp(word, "--") == 0) {
			has_options = false;
			continue;
		}
		if (!has_options || word[0] != '-' || !word[1])
			is_good = read_plain(reading, word);
		else if (word[1] == '-')
			is_good = read_long(reading, word);
		else
			is_good = read_letters(reading, word);
		if (!is_good)
			return false;
		if (reading->options->ask != OPTIONS_ASK_NOTHING)
			return true;
	}
	return true;
}

/* ---- what concerns several ---- */

/* As given, with "http://" in front when it names no scheme. */
static char *complete_url(const char *url)
{
	size_t scheme_len =
		strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789+-.");

	bool has_scheme = scheme_len && strncmp(url + scheme_len, "://", 3) == 0;

	if (has_scheme || strncasecmp(url, "http:", 5) == 0 ||
	    strncasecmp(url, "https:", 6) == 0)
		return memory_text(url);
	return memory_format("http://%s", url);
}

/* The last piece of the URL's path, for -O; NULL: it has none. */
static char *name_in_url(const char *url)
{
	const char *path = strstr(url, "://");
	const char *end, *begin;

	path = path ? path + 3 : url;
	path += strcspn(path, "/?#");
	end = path + strcspn(path, "?#");
	for (begin = end; begin > path && begin[-1] != '/';)
		begin--;
	if (begin == end || strncmp(begin, "..", (size_t)(end - begin)) == 0)
		return NULL;
	return memory_format("%.*s", (int)(end - begin), begin);
}

/* The word url is kept as a copy, and its login is for nobody else to see. */
static bool check_single(struct options *options, char *url)
{
	struct task *task = &options->task;

	if (!url)
		return complain("a URL", "is missing");
	task->url = complete_url(url);
	secret_mask_login(url);
	if (options->has_data && task->body.kind != TASK_BODY_MEMORY)
		return complain("-d and -T", "exclude each other");
	if (options->is_head && task->body.kind != TASK_BODY_NONE)
		return complain("-I", "has no body");
	if (options->names_output && task->output)
		return complain("-o and -O", "exclude each other");
	if (options->names_output)
		task->output = name_in_url(task->url);
	if (options->names_output && !task->output)
		return complain(url, "has no file name for -O");
	return true;
}

static void set_defaults(struct options *options)
{
	struct task *task = &options->task;

	if (options->is_head) {
		task->shows_head = true;
		if (!task->method)
			task->method = memory_text("HEAD");
	}
	if (options->has_data && !task_has_header(task, "Content-Type"))
		task_add_header(task, memory_text("Content-Type"),
				memory_text("application/x-www-form-urlencoded"));
	if (options->use == OPTIONS_BATCH)
		task->tells_events = true;
	task->tells_body = !options->hides_body;
}

/* What the first word asks for. */
static enum options_use use_of(const char *word)
{
	if (strcmp(word, "batch") == 0)
		return OPTIONS_BATCH;
	return strcmp(word, "cert") == 0 ? OPTIONS_CERT : OPTIONS_SINGLE;
}

enum exit_status options_parse(struct options *options, int argc, char **argv)
{
	enum options_use use = use_of(argc > 1 ? argv[1] : "");
	struct reading reading = {
		.options = options,
		.argv = argv,
		.at = use == OPTIONS_SINGLE ? 1 : 2,
	};

	*options = (struct options){.use = use, .status = EXIT_STATUS_USAGE};
	if (!read_words(&reading))
		return options->status;
	if (options->ask != OPTIONS_ASK_NOTHING)
		return EXIT_STATUS_OK;
	if (use == OPTIONS_SINGLE && !check_single(options, reading.url))
		return EXIT_STATUS_USAGE;
	set_defaults(options);
	return EXIT_STATUS_OK;
}

void options_done(struct options *options)
{
	task_done(&options->task);
	bytes_done(&options->connect_to);
	free(options->har);
	free(options->ca_file);
	free(options->data_dir);
	secret_free(options->proxy);
	free(options->no_proxy);
	*options = (struct options){0};
}
