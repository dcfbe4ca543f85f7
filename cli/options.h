/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "bytes.h"
#include "exit_status.h"
#include "task.h"

/* Words behind "cert", at most. */
#define OPTIONS_MAX_WORDS 3

/* Which of the uses an option belongs to, as bits. */
enum options_use {
	OPTIONS_SINGLE = 1,
	OPTIONS_BATCH = 2,
	OPTIONS_BOTH = 3,
	OPTIONS_CERT = 4,
	OPTIONS_ALL = 7
};

/* What is asked for instead of a transfer. */
enum options_ask { OPTIONS_ASK_NOTHING, OPTIONS_ASK_HELP, OPTIONS_ASK_VERSION };

struct options {
	enum options_use use;	  /* a single transfer, a batch, or certificates */
	enum options_ask ask;	  /* --help or --version */
	enum exit_status status;  /* how the command ends when reading fails */
	struct task task;	  /* the transfer; in a batch what all jobs begin with */
	struct bytes connect_to;  /* rules, separated by commas */
	char *har;		  /* file, or NULL */
	char *ca_file;		  /* roots, or NULL */
	char *data_dir;		  /* folder, or NULL */
	char *proxy;		  /* URL; "": none; NULL: as the environment says */
	char *no_proxy;		  /* hosts without one, or NULL */
	const char *protocol;	  /* the only one, a constant; NULL: as it comes */
	bool asks_password;	  /* -u without one */
	bool asks_proxy_password; /* -U without one */
	bool is_head;		  /* -I */
	bool names_output;	  /* -O */
	bool hides_body;	  /* --no-body */
	bool has_data;		  /* -d was given */
	bool is_verbose;	  /* -v */
	bool is_silent;		  /* -s */
	bool shows_bar;		  /* -# */
	unsigned parallel;	  /* -P: jobs at a time; 0: not given */
	double rate;		  /* --rate: jobs a second; 0: no limit */

	/* What stands behind "cert", borrowed from argv: word_count words. */
	const char *words[OPTIONS_MAX_WORDS];
	unsigned word_count; /* 0 for the other uses */
};

/*
 * Reads a command line; what it sets is freed by options_done. Passwords and pins are
 * wiped from argv. On failure a line that says what is wrong goes to standard error, and
 * the answer is how the command ends.
 */
enum exit_status options_parse(struct options *options, int argc, char **argv);

/* Writes --help. */
void options_help(FILE *to);

/* Frees what it holds. */
void options_done(struct options *options);

#endif
