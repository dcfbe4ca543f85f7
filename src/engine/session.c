/* SPDX-License-Identifier: MIT */
/*
 * The session is found by one atomic load. Making it, configuring it and forking are
 * behind one lock; fork() takes the lock too, so that a child never inherits a half-made
 * session, and the child forgets its parent's: the threads that ran it are not there,
 * but for one that has forked in a callback and ends behind it.
 */
#include "engine/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "engine/pool.h"
#include "engine/settings.h"
#include "net/dns.h"
#include "net/loop.h"
#include "web/negotiate_gate.h"

/* How long a fork and the end of the process wait for GSSAPI. */
#define FORK_WAIT_MS 100
#define EXIT_WAIT_MS 1000

static struct {
	pthread_mutex_t lock;		   /* for all below */
	_Atomic(struct session *) current; /* read without the lock, or NULL */
	struct settings settings;	   /* frozen while there is a session */
	bool has_settings;		   /* settings_init was called */
	bool is_registered;		   /* with fork and exit */
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
	pthread_mutex_lock(&shared.lock);
	negotiate_gate_hold(FORK_WAIT_MS);
}

static void after_fork(void)
{
	negotiate_gate_open();
	pthread_mutex_unlock(&shared.lock);
}

static void after_fork_in_child(void)
{
	struct session *session = atomic_exchange(&shared.current, NULL);

	if (session)
		loop_forget(session->loop);
	negotiate_gate_forget();
	pthread_mutex_unlock(&shared.lock);
}

static void before_exit(void)
{
	struct session *session = atomic_load(&shared.current);

	if (session)
		loop_stop(session->loop);
	negotiate_gate_hold(EXIT_WAIT_MS);
}

static struct settings *get_settings(void)
{
	if (!shared.has_settings)
		settings_init(&shared.settings);
	shared.has_settings = true;
	return &shared.settings;
}

static enum err session_new(const struct settings *settings, struct session **out_session)
{
	struct session *session = mem_zalloc(sizeof(*session));
	enum err err;

	if (!session)
		return ERR_NO_MEMORY;
	session->settings = settings;
	err = loop_new(&session->loop);
	if (err)
		goto free_session;
	err = dns_new(session->loop, &session->dns);
	if (err)
		goto free_loop;
	err = pool_new(session->loop, session->dns, settings, &session->pool);
	if (err)
		goto free_dns;
	*out_session = session;
	return ERR_NONE;
free_dns:
	dns_free(session->dns);
free_loop:
	loop_free(session->loop);
free_session:
	mem_free(session);
	return err;
}

static enum err make_session(struct session **out_session)
{
	struct settings *settings = get_settings();
	enum err err;

	if (!shared.is_registered) {
		/* Until the loop has stopped it may use libcrypto, whose own cleanup must
		 * then come behind. A second before_exit does no harm, a second
		 * before_fork would. */
		err = crypto_load();
		if (err)
			return err;
		if (atexit(before_exit) ||
		    pthread_atfork(before_fork, after_fork, after_fork_in_child))
			return ERR_NO_MEMORY;
		shared.is_registered = true;
	}
	err = settings_read_environment(settings);
	if (!err)
		err = session_new(settings, out_session);
	if (!err)
		atomic_store(&shared.current, *out_session);
	return err;
}

enum err session_get(struct session **out_session)
{
	struct session *session = atomic_load(&shared.current);
	enum err err = ERR_NONE;

	if (!session) {
		pthread_mutex_lock(&shared.lock);
		session = atomic_load(&shared.current);
		if (!session)
			err = make_session(&session);
		pthread_mutex_unlock(&shared.lock);
	}
	if (!err)
		*out_session = session;
	return err;
}

enum err session_configure(enum session_option option, const char *value)
{
	enum err err = ERR_WRONG_STATE;

	pthread_mutex_lock(&shared.lock);
	if (!atomic_load(&shared.current))
		err = settings_set(get_settings(), option, value);
	pthread_mutex_unlock(&shared.lock);
	return err;
}

/* What the environment says is not kept before first use: it may still change. */
static enum err data_dir_unfrozen(const char *set, char **out_path)
{
	struct settings settings;
	enum err err = ERR_NONE;

	settings_init(&settings);
	if (set)
		err = settings_set(&settings, SESSION_DATA_DIR, set);
	if (!err)
		err = settings_read_environment(&settings);
	if (!err)
		err = settings_data_dir(&settings, out_path);
	settings_done(&settings);
	return err;
}

enum err session_data_dir(char **out_path)
{
	const struct settings *settings;
	enum err err;

	pthread_mutex_lock(&shared.lock);
	settings = get_settings();
	if (atomic_load(&shared.current))
		err = settings_data_dir(settings, out_path);
	else
		err = data_dir_unfrozen(settings->text[SESSION_DATA_DIR], out_path);
	pthread_mutex_unlock(&shared.lock);
	return err;
}

/* How long session_reset waits for requests to end, and between two looks. */
#define CLOSE_WAIT_MS 2000
#define CLOSE_LOOK_MS 1

/* The pool and the names are used by the loop's owner alone, so they go there, when the
 * last request has ended. */
struct closing {
	struct loop_post post;	 /* brings it to the owner */
	struct loop_timer timer; /* looks again */
	unsigned looks;		 /* how often it has */
	struct session *session; /* what is closed */
	pthread_mutex_t lock;	 /* for is_closed */
	pthread_cond_t closed;	 /* signals is_closed */
	bool is_closed;		 /* the owner is through */
};

static void close_if_quiet(struct closing *closing)
{
	struct loop *loop = closing->session->loop;

	if (loop_is_busy(loop) && closing->looks++ < CLOSE_WAIT_MS / CLOSE_LOOK_MS &&
	    !loop_timer_start(loop, &closing->timer, CLOSE_LOOK_MS))
		return;
	pool_free(closing->session->pool);
	dns_free(closing->session->dns);
	pthread_mutex_lock(&closing->lock);
	closing->is_closed = true;
	pthread_cond_signal(&closing->closed);
	pthread_mutex_unlock(&closing->lock);
}

static void close_on_owner(struct loop_post *post)
{
	close_if_quiet(LIST_ENTRY(post, struct closing, post));
}

static void look_again(struct loop_timer *timer)
{
	close_if_quiet(LIST_ENTRY(timer, struct closing, timer));
}

static void session_free(struct session *session)
{
	struct closing closing = {.post = {.run = close_on_owner},
				  .session = session,
				  .lock = PTHREAD_MUTEX_INITIALIZER,
				  .closed = PTHREAD_COND_INITIALIZER};

	loop_timer_init(&closing.timer, look_again);
	loop_post(session->loop, &closing.post);
	pthread_mutex_lock(&closing.lock);
	while (!closing.is_closed)
		pthread_cond_wait(&closing.closed, &closing.lock);
	pthread_mutex_unlock(&closing.lock);
	loop_free(session->loop);
	mem_free(session);
}

void session_reset(void)
{
	struct session *session;

	pthread_mutex_lock(&shared.lock);
	session = atomic_exchange(&shared.current, NULL);
	pthread_mutex_unlock(&shared.lock);
	if (session)
		session_free(session);
	pthread_mutex_lock(&shared.lock);
	if (shared.has_settings)
		settings_done(&shared.settings);
	shared.has_settings = false;
	pthread_mutex_unlock(&shared.lock);
}
