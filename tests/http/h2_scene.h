/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/2 connection whose peer is the test. What the peer says is frames, given whole
 * or in pieces, each of which lies in a block of its own size. What the client sends is
 * told as a text, a line for each frame:
 *
 *	SETTINGS 2=0 4=262144 6=262144		SETTINGS ack
 *	HEADERS 1 end :method=GET :path=/	HEADERS 1 :method=PUT …	(secret fields:
 *!name=) DATA 1 5 end				RST_STREAM 1 CANCEL WINDOW_UPDATE 0
 *16711681		GOAWAY 0 PROTOCOL_ERROR PING 0000000000000000
 *PING ack 0102030405060708
 *
 * What a stream tells is a text too: "<103|a=b>" for an interim head, "[200|a=b]" for the
 * head, the bytes of the body, "." for the end, "!limit" for a failure.
 */
#ifndef IXHR2_TESTS_HTTP_H2_SCENE_H
#define IXHR2_TESTS_HTTP_H2_SCENE_H

#include "lib/test.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

#include "base/mem.h"
#include "http/h2.h"
#include "http/message.h"
#include "lib/h2_bytes.h"

#define SCENE_STREAMS 300u

/* Flags of frames. */
#define END_STREAM  NGHTTP2_FLAG_END_STREAM
#define END_HEADERS NGHTTP2_FLAG_END_HEADERS
#define PADDED	    NGHTTP2_FLAG_PADDED

/* What a span over a literal is initialised with. */
#define BYTES(literal)                                                                   \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

/* One request. */
struct scene_stream {
	struct h2_stream stream; /* what is tested */
	struct arena arena;	 /* of it */
	struct h2_bytes told;	 /* what it has told */
	bool is_started;	 /* and not ended */
	bool is_paused;		 /* nobody pulls */
	enum err result;	 /* of the last pull */
	unsigned news;		 /* how often there was some */
};

struct scene {
	struct h2 *h2;					/* what is tested */
	struct scene_stream streams[SCENE_STREAMS + 1]; /* by their order, from 1 */
	unsigned started;				/* so many */
	struct h2_bytes sent;				/* by the client, not read yet */
	struct h2_bytes text;				/* what was read of it */
	bool had_magic;					/* the preface was read */
	nghttp2_hd_inflater *inflater;			/* of the peer */
	uint64_t now_ms;				/* given to h2_take */
	size_t piece_bytes; /* how much comes at a time; 0: all */
	size_t put_bytes;   /* most for h2_put; 0: much */
	enum err err;	    /* first failure of the connection */
	unsigned inputs;    /* that somebody holds */
};

/* What the next scene is given at a time; 0: all. */
static size_t scene_piece_bytes;

/* What comes lies right behind this, in a block of its own. */
struct scene_input {
	struct h2_input input; /* what h2_take is given */
	struct scene *scene;   /* where it is counted */
};

static inline void scene_free_input(struct h2_input *input)
{
	struct scene_input *own = (struct scene_input *)(void *)input;

	own->scene->inputs--;
	free(own);
}

static inline const char *scene_err(enum err err)
{
	switch (err) {
	case ERR_REFUSED:
		return "!refused";
	case ERR_HTTP_1_1:
		return "!http/1.1";
	case ERR_NO_MEMORY:
		return "!memory";
	case ERR_RESET:
		return "!reset";
	case ERR_PROTOCOL:
		return "!protocol";
	case ERR_LIMIT:
		return "!limit";
	case ERR_CLOSED:
		return "!closed";
	default:
		return "!other";
	}
}

static inline const char *scene_code(uint32_t code)
{
	return nghttp2_http2_strerror(code);
}

/* ---- what streams tell ---- */

static inline void scene_tell_head(struct h2_bytes *told,
				   const struct response_event *event)
{
	bool is_interim = event->kind == RESPONSE_INTERIM;
	char status[16];

	assert_int_equal(event->head->version, 20);
	assert_span(event->head->reason, message_phrase(event->head->status));
	(void)snprintf(status, sizeof(status), "%c%u", is_interim ? '<' : '[',
		       event->head->status);
	h2_bytes_put_text(told, status);
	for (uint32_t i = 0; i < event->head->headers.count; i++) {
		struct headers_field field = event->head->headers.at[i];

		h2_bytes_put_text(told, "|");
		h2_bytes_put(told, field.name.at, field.name.len);
		h2_bytes_put_text(told, "=");
		h2_bytes_put(told, field.value.at, field.value.len);
	}
	h2_bytes_put_text(told, is_interim ? ">" : "]");
}

static inline void scene_tell_data(struct h2_bytes *told, struct spans data)
{
	assert_true(data.count > 0);
	for (size_t i = 0; i < data.count; i++) {
		assert_true(data.at[i].len > 0);
		h2_bytes_put(told, data.at[i].at, data.at[i].len);
	}
}

static inline void scene_tell(struct h2_bytes *told, const struct response_event *event)
{
	switch (event->kind) {
	case RESPONSE_INTERIM:
	case RESPONSE_HEAD:
		scene_tell_head(told, event);
		break;
	case RESPONSE_DATA:
		scene_tell_data(told, event->data);
		break;
	case RESPONSE_END:
		h2_bytes_put_text(told, ".");
		break;
	}
}

/* Pulls one event; false: there is none. */
static inline bool scene_pull_one(struct scene_stream *stream)
{
	struct response_event event;
	bool had_failed = stream->result && stream->result != ERR_AGAIN;

	stream->result = h2_stream_next(&stream->stream, &event);
	if (!stream->result) {
		scene_tell(&stream->told, &event);
		return true;
	}
	if (stream->result == ERR_AGAIN || had_failed)
		return false;
	if (stream->result == ERR_EOF)
		return false;
	assert_int_equal(stream->stream.fault.err, stream->result);
	assert_non_null(stream->stream.fault.what);
	h2_bytes_put_text(&stream->told, scene_err(stream->result));
	return false;
}

static inline void scene_pull(struct scene *scene)
{
	struct h2_stream *news;

	while ((news = h2_next_news(scene->h2))) {
		struct scene_stream *stream = (struct scene_stream *)(void *)news;

		stream->news++;
		assert_true(stream->is_started);
		while (!stream->is_paused && scene_pull_one(stream))
			continue;
	}
}

/* ---- what the peer says ---- */

static inline void scene_check(struct scene *scene, enum err err)
{
	if (scene->err)
		assert_int_equal(err, scene->err);
	else
		scene->err = err;
	assert_int_equal(h2_fault(scene->h2)->err, scene->err);
}

static inline void scene_give_piece(struct scene *scene, const char *at, size_t len)
{
	struct scene_input *own = malloc(sizeof(*own) + len);
	char *bytes = (char *)(own + 1);

	if (!own)
		abort();
	memcpy(bytes, at, len);
	own->scene = scene;
	own->input = (struct h2_input){span_of(bytes, len), 1, scene_free_input};
	scene->inputs++;
	scene_check(scene, h2_take(scene->h2, &own->input, scene->now_ms));
	scene_pull(scene);
	h2_input_drop(&own->input);
}

/* Gives bytes as they were made, and forgets them. */
static inline void scene_give(struct scene *scene, struct h2_bytes *bytes)
{
	size_t piece = scene->piece_bytes ? scene->piece_bytes : bytes->len;

	for (size_t at = 0; at < bytes->len; at += piece) {
		size_t left = bytes->len - at;

		scene_give_piece(scene, bytes->at + at, left < piece ? left : piece);
	}
	h2_bytes_done(bytes);
}

static inline void scene_frame(struct scene *scene, uint8_t type, uint8_t flags,
			       uint32_t stream, struct span payload)
{
	struct h2_bytes bytes = {0};

	h2_bytes_put_frame(&bytes, type, flags, stream, payload);
	scene_give(scene, &bytes);
}

/* A whole head of fields, each "name: value\n". */
static inline void scene_head(struct scene *scene, uint8_t flags, uint32_t stream,
			      const char *fields)
{
	struct h2_bytes block = {0};

	h2_bytes_put_fields(&block, fields);
	scene_frame(scene, NGHTTP2_HEADERS, flags | END_HEADERS, stream,
		    h2_bytes_span(&block));
	h2_bytes_done(&block);
}

static inline void scene_data(struct scene *scene, uint8_t flags, uint32_t stream,
			      const char *text)
{
	scene_frame(scene, NGHTTP2_DATA, flags, stream, span_str(text));
}

/* DATA of len bytes, all the same, in frames of 16 KiB. */
static inline void scene_much_data(struct scene *scene, uint32_t stream, size_t len)
{
	static const char bytes[16384];

	while (len > 0) {
		size_t n = len < sizeof(bytes) ? len : sizeof(bytes);

		scene_frame(scene, NGHTTP2_DATA, 0, stream, span_of(bytes, n));
		len -= n;
	}
}

static inline void scene_number(struct scene *scene, uint8_t type, uint32_t stream,
				uint32_t number)
{
	struct h2_bytes payload = {0};

	h2_bytes_put_number(&payload, number, 4);
	scene_frame(scene, type, 0, stream, h2_bytes_span(&payload));
	h2_bytes_done(&payload);
}

static inline void scene_reset(struct scene *scene, uint32_t stream, uint32_t code)
{
	scene_number(scene, NGHTTP2_RST_STREAM, stream, code);
}

static inline void scene_goaway(struct scene *scene, uint32_t last, uint32_t code)
{
	struct h2_bytes payload = {0};

	h2_bytes_put_number(&payload, last, 4);
	h2_bytes_put_number(&payload, code, 4);
	scene_frame(scene, NGHTTP2_GOAWAY, 0, 0, h2_bytes_span(&payload));
	h2_bytes_done(&payload);
}

/* SETTINGS with one entry; id 0: none. */
static inline void scene_settings(struct scene *scene, uint16_t id, uint32_t value)
{
	struct h2_bytes payload = {0};

	if (id) {
		h2_bytes_put_number(&payload, id, 2);
		h2_bytes_put_number(&payload, value, 4);
	}
	scene_frame(scene, NGHTTP2_SETTINGS, 0, 0, h2_bytes_span(&payload));
	h2_bytes_done(&payload);
}

/* ---- what the client sends ---- */

static inline void scene_read_head(struct scene *scene, struct span block)
{
	nghttp2_nv field;
	ssize_t len;
	int flags;

	do {
		flags = 0;
		len = nghttp2_hd_inflate_hd2(scene->inflater, &field, &flags,
					     (const uint8_t *)block.at, block.len, 1);
		assert_true(len >= 0);
		block = span_skip(block, (size_t)len);
		if (flags & NGHTTP2_HD_INFLATE_EMIT) {
			bool is_secret = field.flags & NGHTTP2_NV_FLAG_NO_INDEX;

			h2_bytes_put_text(&scene->text, is_secret ? " !" : " ");
			h2_bytes_put(&scene->text, field.name, field.namelen);
			h2_bytes_put_text(&scene->text, "=");
			h2_bytes_put(&scene->text, field.value, field.valuelen);
		}
	} while (!(flags & NGHTTP2_HD_INFLATE_FINAL));
	nghttp2_hd_inflate_end_headers(scene->inflater);
}

static inline void scene_read_rest(struct scene *scene, uint8_t type, uint8_t flags,
				   struct span payload)
{
	char text[64] = "";

	switch (type) {
	case NGHTTP2_DATA:
		(void)snprintf(text, sizeof(text), " %zu", payload.len);
		break;
	case NGHTTP2_RST_STREAM:
		(void)snprintf(text, sizeof(text), " %s",
			       scene_code(h2_bytes_number(payload.at, 4)));
		break;
	case NGHTTP2_WINDOW_UPDATE:
		(void)snprintf(text, sizeof(text), " %u", h2_bytes_number(payload.at, 4));
		break;
	case NGHTTP2_GOAWAY:
		(void)snprintf(text, sizeof(text), " %u %s",
			       h2_bytes_number(payload.at, 4),
			       scene_code(h2_bytes_number(payload.at + 4, 4)));
		break;
	case NGHTTP2_PING:
		(void)snprintf(text, sizeof(text), "%s %08x%08x",
			       flags & NGHTTP2_FLAG_ACK ? " ack" : "",
			       h2_bytes_number(payload.at, 4),
			       h2_bytes_number(payload.at + 4, 4));
		break;
	default:
		break;
	}
	h2_bytes_put_text(&scene->text, text);
}

static inline void scene_read_settings(struct scene *scene, uint8_t flags,
				       struct span payload)
{
	if (flags & NGHTTP2_FLAG_ACK)
		h2_bytes_put_text(&scene->text, " ack");
	for (; payload.len; payload = span_skip(payload, 6)) {
		char text[32];

		(void)snprintf(text, sizeof(text), " %u=%u",
			       h2_bytes_number(payload.at, 2),
			       h2_bytes_number(payload.at + 2, 4));
		h2_bytes_put_text(&scene->text, text);
	}
}

static inline void scene_read_frame(struct scene *scene, struct span frame)
{
	static const char *const names[] = {
		"DATA",		"HEADERS", "PRIORITY", "RST_STREAM",	"SETTINGS",
		"PUSH_PROMISE", "PING",	   "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
	uint8_t type = (uint8_t)frame.at[3];
	uint8_t flags = (uint8_t)frame.at[4];
	uint32_t stream = h2_bytes_number(frame.at + 5, 4);
	struct span payload = span_skip(frame, 9);
	char number[16];

	assert_true(type < TEST_COUNT(names));
	h2_bytes_put_text(&scene->text, names[type]);
	(void)snprintf(number, sizeof(number), " %u", stream);
	if (stream || type == NGHTTP2_WINDOW_UPDATE)
		h2_bytes_put_text(&scene->text, number);
	if (type == NGHTTP2_SETTINGS)
		scene_read_settings(scene, flags, payload);
	else
		scene_read_rest(scene, type, flags, payload);
	if (type < 2 && (flags & END_STREAM))
		h2_bytes_put_text(&scene->text, " end");
	if (type == NGHTTP2_HEADERS && (flags & END_HEADERS))
		scene_read_head(scene, payload);
	h2_bytes_put_text(&scene->text, "\n");
}

/* Reads the whole frames that were sent. */
static inline void scene_read(struct scene *scene)
{
	static const char magic[] = NGHTTP2_CLIENT_MAGIC;
	struct h2_bytes *sent = &scene->sent;

	if (!scene->had_magic && sent->len >= sizeof(magic) - 1) {
		assert_memory_equal(sent->at, magic, sizeof(magic) - 1);
		h2_bytes_drop(sent, sizeof(magic) - 1);
		scene->had_magic = true;
	}
	while (scene->had_magic && sent->len >= 9) {
		size_t len = h2_bytes_number(sent->at, 3) + 9;

		if (sent->len < len)
			break;
		scene_read_frame(scene, span_of(sent->at, len));
		h2_bytes_drop(sent, len);
	}
}

/* Has the client send what it has, and reads it; pulls what came of that. */
static inline void scene_flush(struct scene *scene)
{
	struct buf out = {0};

	while (h2_has_output(scene->h2)) {
		size_t most = scene->put_bytes ? scene->put_bytes : 1u << 20;
		enum err err = h2_put(scene->h2, &out, most);

		h2_bytes_put(&scene->sent, out.at, out.len);
		buf_clear(&out);
		if (err) {
			scene_check(scene, err);
			break;
		}
	}
	buf_done(&out);
	scene_read(scene);
	scene_pull(scene);
}

/* Fails unless the client has sent these frames since the last call. */
#define assert_sent(scene, expected)                                                     \
	do {                                                                             \
		scene_flush(scene);                                                      \
		assert_span(h2_bytes_span(&(scene)->text), span_str(expected));          \
		(scene)->text.len = 0;                                                   \
	} while (0)

/* Fails unless a stream has told this since the last call. */
#define assert_told(scene, number, expected)                                             \
	do {                                                                             \
		struct h2_bytes *assert_told_at = &(scene)->streams[number].told;        \
		assert_span(h2_bytes_span(assert_told_at), span_str(expected));          \
		assert_told_at->len = 0;                                                 \
	} while (0)

/* ---- life ---- */

static inline void scene_init(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->piece_bytes = scene_piece_bytes;
	assert_int_equal(h2_new(&scene->h2), 0);
	assert_int_equal(nghttp2_hd_inflate_new(&scene->inflater), 0);
}

/* One that both sides have greeted; nothing of that is told. */
static inline void scene_begin(struct scene *scene)
{
	scene_init(scene);
	scene_settings(scene, 0, 0);
	scene_frame(scene, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, SPAN(""));
	scene_flush(scene);
	scene->text.len = 0;
}

static inline void scene_end_stream(struct scene *scene, unsigned number)
{
	struct scene_stream *stream = &scene->streams[number];

	if (stream->is_started)
		h2_stream_end(&stream->stream);
	stream->is_started = false;
	arena_done(&stream->arena);
}

static inline void scene_done(struct scene *scene)
{
	for (unsigned i = 1; i <= scene->started; i++) {
		scene_end_stream(scene, i);
		h2_bytes_done(&scene->streams[i].told);
	}
	h2_free(scene->h2);
	nghttp2_hd_inflate_del(scene->inflater);
	h2_bytes_done(&scene->sent);
	h2_bytes_done(&scene->text);
	assert_int_equal(scene->inputs, 0);
}

/* ---- requests ---- */

/* Fields, each "name: value\n", for the life of text. */
static inline void scene_put_fields(struct headers *headers, const char *text)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		const char *colon = strchr(text, ':');

		assert_int_equal(headers_put(headers, span_between(text, colon),
					     span_between(colon + 2, end)),
				 0);
		text = end + 1;
	}
}

struct scene_request {
	const char *method;		     /* NULL: GET */
	const char *fields;		     /* each "Name: value\n"; or NULL */
	uint64_t body_length;		     /* as in request_head; 0 for GET: none */
	const struct request_access *access; /* or NULL */
};

static inline enum err scene_try(struct scene *scene, const struct scene_request *request)
{
	const struct url url = url_of_request(SPAN("a.example/p?q"), 9, true);
	struct scene_stream *stream = &scene->streams[scene->started + 1];
	struct arena arena = {0};
	struct request_head head = {
		.method = span_str(request->method ? request->method : "GET"),
		.url = &url,
		.body_length = request->method ? request->body_length : MESSAGE_NO_BODY,
		.access = request->access,
	};
	enum err err;

	assert_true(scene->started < SCENE_STREAMS);
	headers_init(&head.headers, &arena);
	if (request->fields)
		scene_put_fields(&head.headers, request->fields);
	err = h2_stream_start(scene->h2, &stream->stream, &stream->arena, &head);
	arena_done(&arena); /* nothing of the head is needed any more */
	if (err) {
		arena_done(&stream->arena);
		return err;
	}
	scene->started++;
	stream->is_started = true;
	stream->result = ERR_AGAIN;
	return ERR_NONE;
}

static inline void scene_start(struct scene *scene, const struct scene_request *request)
{
	assert_int_equal(scene_try(scene, request), 0);
}

/* A GET, and forgets what was sent. */
static inline void scene_get(struct scene *scene)
{
	scene_start(scene, &(struct scene_request){0});
	scene_flush(scene);
	scene->text.len = 0;
}

/* ---- tests ---- */

/* A test, which makes a scene and takes it down. */
struct scene_play {
	const char *name; /* a sentence */
	void (*run)(void);
};

#define SCENE_PLAY(function)                                                             \
	{                                                                                \
#function, function                                                      \
	}

/* A play that is run once, whole. */
#define SCENE_TEST(function)                                                             \
	{                                                                                \
#function, scene_run_whole, NULL, NULL,                                  \
			(void *)&(struct scene_play)SCENE_PLAY(function)                 \
	}

static inline void scene_run_whole(void **state)
{
	const struct scene_play *play = *state;

	scene_piece_bytes = 0;
	play->run();
}

/* Whole, and in pieces of 1 to 64 bytes. */
static inline void scene_run_in_pieces(void **state)
{
	const struct scene_play *play = *state;

	for (scene_piece_bytes = 0; scene_piece_bytes <= 64; scene_piece_bytes++) {
		long blocks = mem_live_blocks();

		play->run();
		assert_int_equal(mem_live_blocks(), blocks);
	}
}

static inline int scene_run(const struct scene_play *plays, size_t count)
{
	struct CMUnitTest tests[64];

	if (count > TEST_COUNT(tests))
		return 1;
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){plays[i].name, scene_run_in_pieces, NULL,
					       NULL, (void *)(uintptr_t)&plays[i]};
	return _cmocka_run_group_tests("http/h2", tests, count, NULL, NULL);
}

#endif
