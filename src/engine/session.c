/* SPDX-License-Identifier: MIT */
/*
 * The session is found by one atomic load. Making it, configuring it and forking are
 * behind one lock; fork() takes the lock too, so that a child never inherits a half-made
 * session, and the child forgets its parent's: the threads that ran it are not there,
 * but for one that has forked in a callback and ends behind it.
 *
 * Requests are counted for the choice of their lanes only where there is a choice.
 */
#include "engine/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "engine/lane.h"
#include "engine/settings.h"
#include "engine/spread.h"
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

	for (unsigned i = 0; session && i < session->lane_count; i++)
		loop_forget(session->lanes[i].loop);
	negotiate_gate_forget();
	pthread_mutex_unlock(&shared.lock);
}

static void before_exit(void)
{
	struct session *session = atomic_load(&shared.current);

	for (unsigned i = 0; session && i < session->lane_count; i++)
		loop_stop(session->lanes[i].loop);
	negotiate_gate_hold(EXIT_WAIT_MS);
}

static struct settings *get_settings(void)
{
	if (!shared.has_settings)
		settings_init(&shared.settings);
	shared.has_settings = true;
	return &shared.settings;
}

/* Takes the lanes away with what they share. */
static void drop(struct session *session, void (*drop_lane)(struct lane *lane))
{
	while (session->lane_count > 0)
		drop_lane(&session->lanes[--session->lane_count]);
	mem_free(session->lanes);
	spread_free(session->spread);
	mem_free(session);
}

static enum err session_new(const struct settings *settings, struct session **out_session)
{
	struct session *session = mem_zalloc(sizeof(*session));
	enum err err = ERR_NONE;

	if (!session)
		return ERR_NO_MEMORY;
	session->settings = settings;
	session->lanes = mem_array(settings->loops, sizeof(struct lane));
	if (!session->lanes)
		err = ERR_NO_MEMORY;
	if (!err && settings->loops > 1)
		err = spread_new(settings->loops, &session->spread);
	while (!err && session->lane_count < settings->loops) {
		err = lane_init(&session->lanes[session->lane_count], session,
				session->lane_count);
		session->lane_count += !err;
	}
	if (err)
		drop(session, lane_done);
	else
		*out_session = session;
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

/* The lane whose loop is the calling thread's. */
static unsigned lane_here(const struct session *session)
{
	for (unsigned i = 0; i < session->lane_count; i++) {
		if (loop_is_here(session->lanes[i].loop))
			return i;
	}
	return SPREAD_NOWHERE;
}

struct lane *session_choose(struct session *session, const struct url *url,
			    uint32_t max_connections)
{
	bool is_limited = max_connections || session->settings->max_connections;

	return &session->lanes[spread_enter(session->spread, url, is_limited,
					    lane_here(session))];
}

void session_leave(struct lane *lane)
{
	struct spread *spread = lane->session->spread;

	if (spread)
		spread_leave(spread, lane->number);
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

void session_reset(void)
{
	struct session *session;

	pthread_mutex_lock(&shared.lock);
	session = atomic_exchange(&shared.current, NULL);
	pthread_mutex_unlock(&shared.lock);
	if (session)
		drop(session, lane_close);
	pthread_mutex_lock(&shared.lock);
	if (shared.has_settings)
		settings_done(&shared.settings);
	shared.has_settings = false;
	pthread_mutex_unlock(&shared.lock);
}
