/* SPDX-License-Identifier: MIT */
/*
 * The thread of the library puts its question down, rings the bell of the main thread and
 * waits for the answer. What a server says of itself may be anything, and goes to a
 * terminal: it is quoted and cut, so that it fills no line that looks like another's.
 *
 * A login that was given and is refused is not asked for again: the response says that it
 * was wrong.
 */
#include "prompt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "memory.h"
#include "quote.h"
#include "secret.h"
#include "terminal.h"
#include "tick.h"

/* Bytes of a realm that are shown. */
#define REALM_BYTES 64

/* ---- the thread of the library ---- */

/* A copy that the library frees, in place of text. */
static char *hand_over(char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;
	char *copy = text ? CoTaskMemAlloc(bytes) : NULL;

	if (copy)
		memcpy(copy, text, bytes);
	secret_free(text);
	return copy;
}

static HRESULT on_prompt(void *owner, IUnknown *xhr, const struct ixhr2_prompt *question,
			 char **out_user, char **out_password)
{
	struct prompt *prompt = owner;

	(void)xhr;
	if (question->is_proxy ? prompt->has_proxy_login : prompt->has_login)
		return S_FALSE;
	pthread_mutex_lock(&prompt->lock);
	prompt->question = question;
	outbox_ring(prompt->outbox);
	while (prompt->question)
		pthread_cond_wait(&prompt->is_done, &prompt->lock);
	*out_user = hand_over(prompt->user);
	*out_password = hand_over(prompt->password);
	prompt->user = NULL;
	prompt->password = NULL;
	pthread_mutex_unlock(&prompt->lock);
	return *out_user ? S_OK : S_FALSE;
}

/* ---- the main thread ---- */

/* Whether the URL has a user name before its host. */
static bool has_login(const char *url)
{
	char *bare = memory_text(url);
	bool is_longer;

	secret_cut_login(bare);
	is_longer = strlen(url) > strlen(bare);
	free(bare);
	return is_longer;
}

void prompt_begin(struct prompt *prompt, const struct task *task, struct outbox *outbox)
{
	struct terminal terminal;

	*prompt = (struct prompt){
		.outbox = outbox,
		.has_login = task->user || has_login(task->url),
		.has_proxy_login = task->proxy_user != NULL,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.is_done = PTHREAD_COND_INITIALIZER,
	};
	if (!isatty(STDERR_FILENO) || !terminal_open(&terminal, -1, TICK_NEVER))
		return;
	terminal_close(&terminal);
	ixhr2_set_prompt(on_prompt, prompt);
}

bool prompt_is_waiting(struct prompt *prompt)
{
	bool is_waiting;

	pthread_mutex_lock(&prompt->lock);
	is_waiting = prompt->question != NULL;
	pthread_mutex_unlock(&prompt->lock);
	return is_waiting;
}

/* Takes the answer, and lets the thread of the library go on. */
static void answer(struct prompt *prompt, char *user, char *password)
{
	pthread_mutex_lock(&prompt->lock);
	prompt->user = user;
	prompt->password = password;
	prompt->question = NULL;
	pthread_cond_signal(&prompt->is_done);
	pthread_mutex_unlock(&prompt->lock);
}

void prompt_refuse(struct prompt *prompt)
{
	if (prompt_is_waiting(prompt))
		answer(prompt, NULL, NULL);
}

static void put_realm(struct bytes *text, const char *realm)
{
	char *shown = memory_format("%.*s", REALM_BYTES, realm);

	quote_line(text, shown);
	if (strlen(realm) > REALM_BYTES)
		bytes_put_text(text, "...");
	free(shown);
}

/* Who asks, as far as is known; the scheme is the best that can come. */
static void put_details(struct bytes *text, const struct ixhr2_prompt *question)
{
	const char *comma = *question->scheme && *question->realm ? ", " : "";

	if (!*question->scheme && !*question->realm)
		return;
	bytes_put_text(text, " (");
	quote_line(text, question->scheme);
	bytes_put_text(text, comma);
	put_realm(text, question->realm);
	bytes_put_text(text, ")");
}

/* What the person is asked first. */
static char *user_question(const struct ixhr2_prompt *question)
{
	struct bytes text = {0};

	if (question->attempt)
		bytes_put_text(&text, "That was refused.\n");
	bytes_put_text(&text, question->is_proxy ? "User for proxy " : "User for ");
	quote_line(&text, question->host);
	put_details(&text, question);
	bytes_put_text(&text, ": ");
	return bytes_take_text(&text);
}

static enum exit_status ask(const struct terminal *terminal,
			    const struct ixhr2_prompt *question, char **out_user,
			    char **out_password)
{
	char *text = user_question(question);
	enum exit_status status = terminal_ask(terminal, text, false, out_user);

	free(text);
	/* Who enters nothing gives up. */
	if (status || !**out_user)
		return status;
	return terminal_ask(terminal, "Password: ", true, out_password);
}

enum exit_status prompt_answer(struct prompt *prompt, int signals, uint64_t deadline_ns)
{
	enum exit_status status = EXIT_STATUS_OK;
	char *user = NULL, *password = NULL;
	struct terminal terminal;

	if (terminal_open(&terminal, signals, deadline_ns)) {
		status = ask(&terminal, prompt->question, &user, &password);
		terminal_close(&terminal);
	}
	if (status || !password) {
		secret_free(user);
		user = NULL;
	}
	if (!status)
		answer(prompt, user, password);
	return status;
}
