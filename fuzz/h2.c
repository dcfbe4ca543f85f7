/* SPDX-License-Identifier: MIT */
/*
 * What a server says over HTTP/2 to four requests, two of which have bodies. Each stream
 * must tell its events in order and end, once, the same way whenever it is asked; nothing
 * that was lent may stay held. The first byte chooses the length of a piece, the second
 * who does not pull, who is ended early, and whether the server greets by itself.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/h2.h"
#include "http/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STREAMS	     4u
#define UPLOAD_BYTES 100000u

enum place { AT_HEAD, AT_BODY, AT_END, AT_FAILURE };

struct exchange {
	struct h2_stream stream; /* what is fuzzed */
	struct arena arena;	 /* of it */
	enum place place;	 /* what may come next */
	enum err failure;	 /* at AT_FAILURE */
	struct span body;	 /* still to be sent */
	bool is_sent;		 /* or not wanted */
	bool is_over;		 /* the stream was ended */
};

struct connection {
	struct h2 *h2;			    /* what is fuzzed */
	struct exchange exchanges[STREAMS]; /* all that there are */
	unsigned mode;			    /* the second byte */
	unsigned inputs;		    /* that are held */
	uint64_t now_ms;		    /* goes on */
};

struct input {
	struct h2_input input;	       /* with bytes right behind this */
	struct connection *connection; /* where it is counted */
};

static char upload[UPLOAD_BYTES];

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void on_free(struct h2_input *input)
{
	struct input *own = (struct input *)(void *)input;

	own->connection->inputs--;
	mem_free(own);
}

static void check_head(const struct response_head *head, bool is_interim)
{
	must(head->status >= 100 && head->status <= 999 && head->version == 20);
	must(is_interim == (head->status < 200));
	for (uint32_t i = 0; i < head->headers.count; i++) {
		struct headers_field field = head->headers.at[i];

		must(field.name.len > 0 && field.name.at[0] != ':');
		for (size_t at = 0; at < field.name.len; at++)
			must(field.name.at[at] < 'A' || field.name.at[at] > 'Z');
		must(!field.value.len || !memchr(field.value.at, '\n', field.value.len));
		must(!field.value.len || !memchr(field.value.at, '\0', field.value.len));
	}
}

static void check_event(struct exchange *exchange, const struct response_event *event)
{
	switch (event->kind) {
	case RESPONSE_INTERIM:
		must(exchange->place == AT_HEAD);
		check_head(event->head, true);
		break;
	case RESPONSE_HEAD:
		must(exchange->place == AT_HEAD);
		check_head(event->head, false);
		exchange->place = AT_BODY;
		break;
	case RESPONSE_DATA:
		must(exchange->place == AT_BODY && event->data.count > 0);
		for (size_t i = 0; i < event->data.count; i++)
			must(event->data.at[i].len > 0);
		break;
	case RESPONSE_END:
		must(exchange->place == AT_BODY);
		exchange->place = AT_END;
		break;
	}
}

static void pull(struct exchange *exchange)
{
	struct response_event event;
	enum err err;

	while (!(err = h2_stream_next(&exchange->stream, &event)))
		check_event(exchange, &event);
	if (err == ERR_AGAIN) {
		must(exchange->place == AT_HEAD || exchange->place == AT_BODY);
	} else if (err == ERR_EOF) {
		must(exchange->place == AT_END);
	} else {
		must(exchange->place != AT_END);
		must(exchange->place != AT_FAILURE || exchange->failure == err);
		must(exchange->stream.fault.err == err && exchange->stream.fault.what);
		exchange->place = AT_FAILURE;
		exchange->failure = err;
	}
}

static void push(struct exchange *exchange)
{
	enum err err;

	if (exchange->is_sent)
		return;
	err = h2_stream_write(&exchange->stream, &exchange->body, true);
	must(err == ERR_NONE || err == ERR_AGAIN || err == ERR_CLOSED);
	exchange->is_sent = err != ERR_AGAIN;
}

static bool is_paused(const struct connection *connection, size_t i)
{
	return i < 2 && (connection->mode >> i & 1);
}

static void hear_news(struct connection *connection)
{
	struct h2_stream *stream;

	while ((stream = h2_next_news(connection->h2))) {
		struct exchange *exchange = (struct exchange *)(void *)stream;

		must(!exchange->is_over);
		push(exchange);
		if (!is_paused(connection, (size_t)(exchange - connection->exchanges)))
			pull(exchange);
	}
}

static void flush(struct connection *connection)
{
	struct buf out = {0};

	for (unsigned i = 0; i < 4 && h2_has_output(connection->h2); i++) {
		must(!h2_put(connection->h2, &out, 20000));
		buf_clear(&out);
	}
	buf_done(&out);
	hear_news(connection);
}

static void take(struct connection *connection, struct span bytes)
{
	struct input *own = mem_alloc(sizeof(*own) + bytes.len);
	char *at = (char *)(own + 1);
	enum err err;

	must(own);
	memcpy(at, bytes.at, bytes.len);
	own->connection = connection;
	own->input = (struct h2_input){{at, bytes.len}, 1, on_free};
	connection->inputs++;
	err = h2_take(connection->h2, &own->input, connection->now_ms += 10);
	must(err == h2_fault(connection->h2)->err);
	must(err == ERR_NONE || err == ERR_PROTOCOL || err == ERR_LIMIT);
	must(!err || h2_fault(connection->h2)->what);
	hear_news(connection);
	h2_input_drop(&own->input);
	flush(connection);
}

static void end(struct exchange *exchange)
{
	if (!exchange->is_over)
		h2_stream_end(&exchange->stream);
	exchange->is_over = true;
	arena_done(&exchange->arena);
}

static void begin(struct connection *connection)
{
	const struct url url = url_of_request(SPAN("a.example/"), 9, true);
	static const uint64_t lengths[STREAMS] = {
		MESSAGE_NO_BODY, UPLOAD_BYTES, MESSAGE_LENGTH_UNKNOWN, MESSAGE_NO_BODY};
	static const char *const methods[STREAMS] = {"GET", "PUT", "POST", "HEAD"};

	must(!h2_new(&connection->h2));
	for (size_t i = 0; i < STREAMS; i++) {
		struct exchange *exchange = &connection->exchanges[i];
		const struct request_head head = {.method = span_str(methods[i]),
						  .url = &url,
						  .body_length = lengths[i]};

		must(!h2_stream_start(connection->h2, &exchange->stream, &exchange->arena,
				      &head));
		if (lengths[i] != MESSAGE_NO_BODY)
			exchange->body = span_of(upload, sizeof(upload));
		push(exchange);
	}
	flush(connection);
	if (connection->mode & 4)
		take(connection, span_of("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18));
}

static void finish(struct connection *connection)
{
	const struct fault fault = {.err = ERR_CLOSED, .what = "the wire"};

	h2_lose(connection->h2, &fault);
	for (size_t i = 0; i < STREAMS; i++) {
		struct exchange *exchange = &connection->exchanges[i];

		if (!exchange->is_over) {
			pull(exchange);
			must(exchange->place == AT_END || exchange->place == AT_FAILURE);
		}
		end(exchange);
	}
	must(!h2_has_output(connection->h2));
	h2_free(connection->h2);
	must(connection->inputs == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connection connection = {0};
	struct span rest;
	size_t piece_bytes;
	unsigned pieces = 0;

	if (size < 2)
		return 0;
	piece_bytes = data[0] ? data[0] : size;
	connection.mode = data[1];
	rest = span_of((const char *)data + 2, size - 2);
	begin(&connection);
	while (rest.len > 0) {
		size_t len = rest.len < piece_bytes ? rest.len : piece_bytes;

		take(&connection, span_of(rest.at, len));
		rest = span_skip(rest, len);
		if (connection.mode & 8 && pieces++ == connection.mode >> 4)
			end(&connection.exchanges[pieces % STREAMS]);
	}
	finish(&connection);
	return 0;
}
