/* SPDX-License-Identifier: MIT */
/* The question is written as a sentence begins. */
#include "password.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "terminal.h"
#include "tick.h"

enum exit_status password_ask(int signals, const char *what, char **out_password)
{
	struct terminal terminal;
	enum exit_status status;
	char *question;

	if (!terminal_open(&terminal, signals, TICK_NEVER)) {
		fprintf(stderr, "ixhr2: no terminal to ask for the %s\n", what);
		return EXIT_STATUS_USAGE;
	}
	question = memory_format("%c%s: ", toupper((unsigned char)what[0]), what + 1);
	status = terminal_ask(&terminal, question, true, out_password);
	free(question);
	terminal_close(&terminal);
	return status;
}
