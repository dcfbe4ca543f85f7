/* SPDX-License-Identifier: MIT */
/*
 * The function and its owner stand under a lock that is held just to read both: a prompt
 * may be open for minutes. fork() takes that lock too, so that a child does not inherit
 * it from a thread that it does not have.
 *
 * What the function answers lies in task memory: it is copied, wiped and freed, whatever
 * else it answers. Room for the copy is made in one piece, because a buffer that grew
 * would leave a part behind that nobody wipes.
 */
#include "com/prompt.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "com/hresult.h"
#include "ixhr2/ixhr2.h"

static struct {
	pthread_mutex_t lock;	 /* for both below */
	ixhr2_prompt_fn *prompt; /* the program's, or NULL */
	void *owner;		 /* its first argument */
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock(void)
{
	pthread_mutex_lock(&shared.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&shared.lock);
}

static void watch_forks(void)
{
	/* Without memory for it a fork is as safe as it mostly is anyhow. */
	(void)pthread_atfork(lock, unlock, unlock);
}

HRESULT ixhr2_set_prompt(ixhr2_prompt_fn *prompt, void *owner)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch_forks);
	lock();
	shared.prompt = prompt;
	shared.owner = owner;
	unlock();
	return S_OK;
}

/* ---- what the function is told ---- */

/* The texts that are lent to it, with a NUL each. */
struct words {
	struct buf host;   /* owned, as are the others */
	struct buf scheme; /* such as "Basic" */
	struct buf realm;  /* maybe empty */
};

static void words_done(struct words *words)
{
	buf_done(&words->host);
	buf_done(&words->scheme);
	buf_done(&words->realm);
}

static enum err put_word(struct buf *to, struct span text, const char **out_word)
{
	enum err err = buf_put(to, text);
	const char *word = err ? NULL : buf_cstr(to);

	if (!word)
		return ERR_NO_MEMORY;
	*out_word = word;
	return ERR_NONE;
}

/* *words is to be freed in any case. */
static enum err fill(struct ixhr2_prompt *to, const struct request_prompt *from,
		     struct words *words)
{
	enum err err = put_word(&words->host, from->host, &to->host);

	if (!err)
		err = put_word(&words->scheme, from->scheme, &to->scheme);
	if (!err)
		err = put_word(&words->realm, from->realm, &to->realm);
	to->cb = sizeof(*to);
	to->is_proxy = from->is_proxy;
	to->attempt = from->attempt;
	return err;
}

/* ---- what it answers ---- */

/* What lies in task memory. */
struct answer {
	char *user;	/* owned, or NULL */
	char *password; /* the same */
};

static void wipe_text(char *text)
{
	if (text)
		mem_wipe(text, strlen(text));
	ixhr2_task_free(text);
}

static void answer_done(struct answer *answer)
{
	wipe_text(answer->user);
	wipe_text(answer->password);
}

static enum err take_answer(const struct answer *answer,
			    const struct request_prompt *prompt)
{
	struct span user = span_str(answer->user);
	struct span password = span_str(answer->password);
	enum err err;

	if (user.len == 0)
		return ERR_NONE;
	err = buf_reserve(prompt->user, user.len);
	if (!err)
		err = buf_reserve(prompt->password, password.len);
	if (!err)
		err = buf_put(prompt->password, password);
	return err ? err : buf_put(prompt->user, user);
}

/* ---- asking ---- */

HRESULT prompt_ask(IUnknown *xhr, const struct request_prompt *prompt)
{
	struct answer answer = {NULL, NULL};
	struct words words = {0};
	struct ixhr2_prompt told;
	ixhr2_prompt_fn *ask;
	void *owner;
	HRESULT hr;
	enum err err;

	lock();
	ask = shared.prompt;
	owner = shared.owner;
	unlock();
	if (!ask)
		return S_OK;
	err = fill(&told, prompt, &words);
	hr = err ? hresult_of(err)
		 : ask(owner, xhr, &told, &answer.user, &answer.password);
	if (hr == S_OK)
		hr = hresult_of(take_answer(&answer, prompt));
	answer_done(&answer);
	words_done(&words);
	return FAILED(hr) ? hr : S_OK;
}
