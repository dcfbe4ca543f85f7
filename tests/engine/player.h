/* SPDX-License-Identifier: MIT */
/*
 * A client of the engine, played: it notes every call as a letter and does at each what
 * the test ordered. Calls run on the loop's threads; the test waits for the end and
 * judges then.
 *
 *	s rewind  r read  R redirect  h headers  d data (once in a row)  E received  F
 * failed
 */
#ifndef IXHR2_TESTS_ENGINE_PLAYER_H
#define IXHR2_TESTS_ENGINE_PLAYER_H

#include "lib/test.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/request.h"
#include "engine/request_inside.h"
#include "lib/flag.h"
#include "lib/hourglass.h"
#include "lib/origin.h"
#include "lib/pattern.h"

/* How long a request may take here. */
#define PLAYER_WAIT_MS 100000

#define PLAYER_LETTERS 1000

struct player {
	struct request *request; /* what is played with; one reference */

	/* Ordered by the test. */
	struct request_wishes wishes;	/* for request_send */
	struct request_options options; /* the same, but for wishes */
	uint64_t body_length;		/* the same */
	const char *body;		/* what read gives; NULL: the pattern, */
	uint64_t body_bytes;		/* of so many bytes */
	uint32_t read_bytes;		/* most that one read gives; 0: all */
	int32_t seek;			/* what rewind answers */
	int32_t later_seek;		/* what it answers from the second time on */
	char at;			/* the letter at which ... */
	int32_t code;			/* ... this is answered */
	bool aborts;			/* ... the request is aborted */
	unsigned sleep_ms;		/* ... time passes */
	struct flag *waits;		/* ... this is waited for, or NULL */
	struct flag *raises;		/* ... this is raised, or NULL */

	/* The record. */
	char story[PLAYER_LETTERS + 1]; /* letters */
	size_t letters;			/* of story */
	atomic_int inside;		/* calls that run now: one at the most */
	bool overlapped;		/* there were two */
	atomic_uint calls;		/* of all kinds */
	unsigned seeks;			/* rewinds */
	uint64_t read_at;		/* where the body is */
	unsigned status;		/* of the last head */
	char redirects[512];		/* URLs, each with a blank behind it */
	char content[4096];		/* the beginning of what came */
	uint64_t content_bytes;		/* all of what came */
	struct fault fault;		/* told by failed */
	int32_t failed_code;		/* the same */
	struct flag ended;		/* E or F has come */
};

/* Notes a letter and does what was ordered for it; answers the code. */
static inline int32_t player_note(struct player *player, char letter)
{
	bool is_ordered = player->at == letter;

	if (letter != 'd' || !player->letters ||
	    player->story[player->letters - 1] != 'd')
		if (player->letters < PLAYER_LETTERS)
			player->story[player->letters++] = letter;
	if (is_ordered && player->raises)
		flag_raise(player->raises);
	if (is_ordered && player->waits && !flag_wait(player->waits, PLAYER_WAIT_MS))
		abort();
	if (is_ordered && player->sleep_ms)
		hourglass_pass(player->sleep_ms);
	if (is_ordered && player->aborts)
		request_abort(player->request);
	return is_ordered ? player->code : 0;
}

static inline struct player *player_enter(void *client)
{
	struct player *player = *(struct player **)client;

	atomic_fetch_add(&player->calls, 1);
	if (atomic_fetch_add(&player->inside, 1))
		player->overlapped = true;
	return player;
}

static inline int32_t player_leave(struct player *player, int32_t code)
{
	atomic_fetch_sub(&player->inside, 1);
	return code;
}

static inline int32_t player_rewind(void *client)
{
	struct player *player = player_enter(client);
	int32_t answer = player->seeks++ ? player->later_seek : player->seek;
	int32_t code = player_note(player, 's');

	if (!answer)
		player->read_at = 0;
	return player_leave(player, code ? code : answer);
}

static inline int32_t player_read(void *client, void *to, uint32_t cap, uint32_t *out_len)
{
	struct player *player = player_enter(client);
	int32_t code = player_note(player, 'r');
	uint64_t left = player->body_bytes - player->read_at;
	uint32_t len = left < cap ? (uint32_t)left : cap;

	if (*out_len)
		abort();
	if (player->read_bytes && len > player->read_bytes)
		len = player->read_bytes;
	if (player->body)
		memcpy(to, player->body + player->read_at, len);
	else
		pattern_fill(to, player->read_at, len);
	player->read_at += len;
	*out_len = len;
	return player_leave(player, code);
}

static inline int32_t player_redirect(void *client, struct span url)
{
	struct player *player = player_enter(client);

	if (strlen(player->redirects) + url.len + 2 < sizeof(player->redirects)) {
		strncat(player->redirects, url.at, url.len);
		strcat(player->redirects, " ");
	}
	return player_leave(player, player_note(player, 'R'));
}

static inline int32_t player_headers(void *client, const struct response_head *head)
{
	struct player *player = player_enter(client);

	player->status = head->status;
	return player_leave(player, player_note(player, 'h'));
}

static inline void player_take(struct player *player, struct span bytes)
{
	if (!bytes.len)
		abort();
	for (size_t i = 0; i < bytes.len; i++, player->content_bytes++)
		if (player->content_bytes + 1 < sizeof(player->content))
			player->content[player->content_bytes] = bytes.at[i];
}

static inline int32_t player_data(void *client, struct spans bytes)
{
	struct player *player = player_enter(client);

	for (size_t i = 0; i < bytes.count; i++)
		player_take(player, bytes.at[i]);
	return player_leave(player, player_note(player, 'd'));
}

static inline void player_received(void *client)
{
	struct player *player = player_enter(client);

	player_note(player, 'E');
	player_leave(player, 0);
	flag_raise(&player->ended);
}

static inline void player_failed(void *client, const struct fault *fault, int32_t code)
{
	struct player *player = player_enter(client);

	player->fault = *fault;
	player->failed_code = code;
	player_note(player, 'F');
	player_leave(player, 0);
	flag_raise(&player->ended);
}

static const struct request_client player_client = {
	.rewind = player_rewind,
	.read = player_read,
	.redirect = player_redirect,
	.headers = player_headers,
	.data = player_data,
	.received = player_received,
	.failed = player_failed,
};

/* Makes a request; err is that of request_new. */
static inline enum err player_try(struct player *player, const char *method,
				  const char *url)
{
	enum err err;

	*player = (struct player){.options.wishes = &player->wishes};
	flag_init(&player->ended);
	err = request_new(span_str(method), span_str(url), &player_client,
			  &player->request);
	if (!err)
		*(struct player **)request_own(player->request) = player;
	return err;
}

static inline void player_init(struct player *player, const char *method, const char *url)
{
	assert_int_equal(player_try(player, method, url), ERR_NONE);
}

/* Gives the request a body of known length. */
static inline void player_give(struct player *player, const char *body)
{
	player->body = body;
	player->body_bytes = player->body_length = strlen(body);
}

static inline void player_set(struct player *player, const char *name, const char *value)
{
	assert_int_equal(
		request_set_header(player->request, span_str(name), span_str(value)),
		ERR_NONE);
}

static inline void player_send(struct player *player)
{
	assert_int_equal(
		request_send(player->request, player->body_length, &player->options),
		ERR_NONE);
}

/* Waits until the engine has forgotten the request. */
static inline void player_await(struct player *player)
{
	assert_true(flag_wait(&player->ended, PLAYER_WAIT_MS));
	for (int ms = 0; atomic_load(&player->request->shared.refs) > 1; ms++) {
		assert_true(ms < PLAYER_WAIT_MS);
		usleep(1000);
	}
	assert_false(player->overlapped);
}

/* Drops the request. */
static inline void player_done(struct player *player)
{
	flag_done(&player->ended);
	request_unref(player->request);
}

/* Sends, waits, and expects this story. */
static inline void player_play(struct player *player, const char *story)
{
	player_send(player);
	player_await(player);
	if (strcmp(player->story, story) != 0 && player->fault.err)
		print_error("%s: %s\n", err_text(player->fault.err),
			    player->fault.what ? player->fault.what : "");
	assert_string_equal(player->story, story);
}

/* A request that calls everything: s r h R s r h d E. */
static inline struct origin *player_rich_origin(void)
{
	return ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("307 Again\r\nLocation: /b", "ignored"),
		      ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("200 OK", "hi"), ORIGIN_DRAIN());
}

static inline void player_init_rich(struct player *player, struct origin *origin)
{
	player_init(player, "POST", origin_url(origin, "/a"));
	player_give(player, "hello");
	player->wishes.reports_redirects = true;
}

#define PLAYER_RICH_STORY "srhRsrhdE"

/* ---- a test and what it leaves ---- */

static long player_blocks; /* allocated before the test */

static inline int player_set_up(void **state)
{
	(void)state;
	player_blocks = mem_live_blocks();
	return 0;
}

/* Nothing is left of a test. */
static inline int player_tear_down(void **state)
{
	(void)state;
	origin_sweep();
	session_reset();
	if (mem_live_blocks() == player_blocks)
		return 0;
	print_error("%ld blocks are left\n", mem_live_blocks() - player_blocks);
	return -1;
}

#define PLAYER_TEST(name)                                                                \
	cmocka_unit_test_setup_teardown(name, player_set_up, player_tear_down)

#endif
