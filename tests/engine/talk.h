/* SPDX-License-Identifier: MIT */
/*
 * An exchange on a fake wire, driven as a request drives it: write until it is blocked,
 * pull until there is nothing, let the wire tell. What is told is a text,
 * "<103><200 OK>hello<end>", so that tables can hold it.
 */
#ifndef IXHR2_TESTS_ENGINE_TALK_H
#define IXHR2_TESTS_ENGINE_TALK_H

#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/conn_h1.h"
#include "engine/conn_h1_reader.h"
#include "engine/exchange.h"
#include "engine/still_loop.h"
#include "http/url.h"
#include "lib/wire.h"

#define TALK_BYTES (600u * 1024)
#define MAX_PIECES 8

/* One request, as a test wants it sent. */
struct question {
	const char *method;		/* "GET" */
	uint64_t length;		/* body_length of the head */
	const char *pieces[MAX_PIECES]; /* of the body */
	bool ends_alone;		/* the last piece is not known to be the last */
};

static const struct question get = {.method = "GET", .length = MESSAGE_NO_BODY};

struct talk {
	struct loop loop;      /* still */
	struct fake_wire fake; /* the peer */
	struct exchange *x;    /* what is tested, or NULL */
	struct arena arena;    /* of the request */
	struct url url;	       /* where it goes */

	const struct question *question; /* what is sent */
	unsigned piece;			 /* the next of its pieces */
	struct span pending;		 /* of the piece that is being sent */
	bool is_sent;			 /* written whole */
	bool is_mute;			 /* the test does not write */
	bool is_deaf;			 /* the test does not pull */
	bool is_over;			 /* end or failure */
	bool is_ready;			 /* told since the last step */
	enum err err;			 /* the failure of next */
	enum err write_err;		 /* the failure of write */
	char *text;			 /* what was told */
	size_t len;			 /* of it */
};

static inline void put_text(struct talk *talk, const char *at, size_t len)
{
	assert_true(talk->len + len < TALK_BYTES);
	memcpy(talk->text + talk->len, at, len);
	talk->len += len;
	talk->text[talk->len] = '\0';
}

static inline void on_ready(void *owner)
{
	struct talk *talk = owner;

	talk->is_ready = true;
}

static inline void talk_init(struct talk *talk)
{
	*talk = (struct talk){0};
	still_loop_init(&talk->loop);
	fake_wire_init(&talk->fake);
	arena_init(&talk->arena);
	talk->text = malloc(TALK_BYTES);
	assert_non_null(talk->text);
	talk->text[0] = '\0';
}

/* Connects; false when memory is out. */
static inline bool connect_talk(struct talk *talk)
{
	struct connection *connection;

	if (url_parse(&talk->arena, SPAN("http://h/p"), NULL, &talk->url) ||
	    conn_h1_new(&talk->loop, &talk->fake.wire, &connection) ||
	    connection->ops->open(connection, &talk->x))
		return false;
	talk->x->ready = on_ready;
	talk->x->owner = talk;
	return true;
}

/* Begins a request on the connection; false when memory is out. */
static inline bool ask(struct talk *talk, const struct question *question)
{
	struct request_head head = {.method = span_str(question->method),
				    .url = &talk->url,
				    .body_length = question->length};

	headers_init(&head.headers, &talk->arena);
	talk->question = question;
	talk->piece = 0;
	talk->pending = span_of(NULL, 0);
	talk->is_sent = talk->is_over = false;
	talk->err = talk->write_err = ERR_NONE;
	talk->len = 0;
	return talk->x->ops->start(talk->x, &talk->arena, &head) == ERR_NONE;
}

static inline void talk_done(struct talk *talk)
{
	if (talk->x)
		talk->x->connection->ops->free(talk->x->connection);
	arena_done(&talk->arena);
	still_loop_done(&talk->loop);
	fake_wire_done(&talk->fake);
	free(talk->text);
}

/* Takes the next piece; whether it is known to be the last. */
static inline bool take_piece(struct talk *talk)
{
	const struct question *question = talk->question;
	const char *piece = question->pieces[talk->piece];

	if (!talk->pending.len && piece) {
		talk->pending = span_str(piece);
		talk->piece++;
	}
	if (question->pieces[talk->piece])
		return false;
	return !question->ends_alone || !talk->pending.len;
}

static inline void send_some(struct talk *talk)
{
	while (!talk->is_sent && !talk->is_mute && !talk->write_err) {
		bool is_last = take_piece(talk);
		enum err err = talk->x->ops->write(talk->x, &talk->pending, is_last);

		if (err == ERR_AGAIN)
			return;
		talk->write_err = err;
		if (!err)
			assert_int_equal(talk->pending.len, 0);
		talk->is_sent = !err && is_last;
	}
}

static inline void tell_head(struct talk *talk, const struct response_head *head)
{
	char line[64];

	snprintf(line, sizeof(line), "<%u%s%.*s>", head->status,
		 head->reason.len ? " " : "", (int)head->reason.len, head->reason.at);
	put_text(talk, line, strlen(line));
}

static inline void tell(struct talk *talk, const struct response_event *event)
{
	switch (event->kind) {
	case RESPONSE_INTERIM:
	case RESPONSE_HEAD:
		tell_head(talk, event->head);
		break;
	case RESPONSE_DATA:
		assert_true(event->data.count > 0);
		for (size_t i = 0; i < event->data.count; i++)
			put_text(talk, event->data.at[i].at, event->data.at[i].len);
		break;
	case RESPONSE_END:
		put_text(talk, "<end>", 5);
		talk->is_over = true;
		break;
	}
}

static inline void pull_some(struct talk *talk)
{
	struct response_event event;

	while (!talk->is_over && !talk->is_deaf) {
		enum err err = talk->x->ops->next(talk->x, &event);

		if (err == ERR_AGAIN)
			return;
		if (err) {
			assert_true(err < 0);
			assert_int_equal(talk->x->fault.err < 0, true);
			talk->err = err;
			talk->is_over = true;
			return;
		}
		tell(talk, &event);
	}
}

/* Goes on until the response has ended or nothing moves any more. */
static inline void run(struct talk *talk)
{
	bool has_more = true, is_told = true;

	send_some(talk);
	while (!talk->is_over && (has_more || is_told)) {
		has_more = !talk->fake.has_arrived;
		fake_wire_arrive(&talk->fake);
		is_told = fake_wire_tell(&talk->fake) || still_loop_turn(&talk->loop);
		send_some(talk);
		pull_some(talk);
	}
}

/* Connects, asks, gets an answer of pieces of so many bytes. */
static inline void talk_once(struct talk *talk, const struct question *question,
			     struct span answer, size_t piece_bytes)
{
	talk_init(talk);
	talk->fake.input = answer;
	talk->fake.piece_bytes = piece_bytes;
	assert_true(connect_talk(talk));
	assert_true(ask(talk, question));
	run(talk);
}

/* An answer without a body. */
#define TALK_OK SPAN("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

#endif
