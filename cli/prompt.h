/* SPDX-License-Identifier: MIT */
/*
 * Asking for the login that a server or a proxy wants. The library asks on a thread of
 * its own; the main thread, which has the terminal, the signals and the progress bar,
 * asks the person meanwhile.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <ixhr2/ixhr2.h>

#include "exit_status.h"
#include "outbox.h"
#include "task.h"

/* One question at a time, of one transfer. It stays until the process ends. */
struct prompt {
	struct outbox *outbox;	/* its bell wakes the main thread */
	bool has_login;		/* one for the server was given: it is not asked for */
	bool has_proxy_login;	/* the same for the proxy */
	pthread_mutex_t lock;	/* guards the rest */
	pthread_cond_t is_done; /* the question was answered */
	const struct ixhr2_prompt *question; /* lent by the library; NULL: none */
	char *user;			     /* the answer; NULL: nobody is known */
	char *password;			     /* the same */
};

/*
 * Has the library ask, if there is somebody to be asked: standard error is a terminal and
 * the process has one to read from. task says which logins were given.
 */
void prompt_begin(struct prompt *prompt, const struct task *task, struct outbox *outbox);

/* Whether a question waits. Main thread, as the rest. */
bool prompt_is_waiting(struct prompt *prompt);

/* Puts the question that waits to the person. EXIT_STATUS_OK: it was answered, maybe by
 * nobody; otherwise as terminal_ask, and it still waits. signals, deadline_ns: see
 * terminal.h. */
enum exit_status prompt_answer(struct prompt *prompt, int signals, uint64_t deadline_ns);

/* Answers the question that waits, if one does: nobody is known. */
void prompt_refuse(struct prompt *prompt);

#endif
