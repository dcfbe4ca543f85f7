/* SPDX-License-Identifier: MIT */
/* What options there are: how each is written, how it is read, and what --help tells. */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

struct option;

/* Takes a value into *options, or NULL for an option without one. Answers NULL, or a
 * constant that says what is wrong with it. */
typedef const char *option_take_fn(struct options *options, const struct option *option,
				   const char *value);

struct option {
	char letter;	      /* 0: it has none */
	enum options_use use; /* where it is allowed */
	const char *name;     /* the long form, without dashes */
	const char *value;    /* what it takes, or NULL */
	option_take_fn *take; /* how it is read */
	size_t offset;	      /* in struct options: what it sets, where that is all */
	const char *help;     /* one line */
};

/* The option that is written so, or NULL: the letter behind one dash, the len bytes of a
 * name behind two. */
const struct option *option_of_letter(char letter);
const struct option *option_of_name(const char *name, size_t len);

/* Whether its value is not for messages. */
bool option_is_secret(const struct option *option);

/* Wipes what is secret in the word that a value was taken from: it is neither for
 * everybody who lists processes nor for a message. */
void option_mask(const struct option *option, char *value);

/* Writes a line for each. */
void option_help(FILE *to);

#endif
