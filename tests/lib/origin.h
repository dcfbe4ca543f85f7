/* SPDX-License-Identifier: MIT */
/*
 * A scripted origin on 127.0.0.1: a list of steps that a thread of its own takes, one
 * after the other, over one or several connections.
 *
 *	struct origin *origin = ORIGIN(
 *		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Host: {self}", "!Cookie"),
 *		ORIGIN_ANSWER("200 OK", "hello"),
 *		ORIGIN_EXPECT_CLOSE());
 *	...
 *	origin_end(origin);
 *
 * No step waits for ever: what does not happen within PEER_STEP_MS ends the script,
 * and the reason fails the test in origin_join or origin_end. "{self}" in a text is the
 * origin's authority, "{other}" that of the origin named by origin_link.
 */
#ifndef IXHR2_TESTS_LIB_ORIGIN_H
#define IXHR2_TESTS_LIB_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "lib/flag.h"

#define ORIGIN_MAX_LINES       16
#define ORIGIN_MAX_STEPS       64
#define ORIGIN_MAX_CONNECTIONS 128
#define ORIGIN_MAX_HEADS       256

enum origin_verb {
	ORIGIN_VERB_END,
	ORIGIN_VERB_HEAD,
	ORIGIN_VERB_BODY,
	ORIGIN_VERB_BODY_PATTERN,
	ORIGIN_VERB_CHUNKED,
	ORIGIN_VERB_SEND,
	ORIGIN_VERB_SEND_BYTES,
	ORIGIN_VERB_SEND_SLOWLY,
	ORIGIN_VERB_SEND_PATTERN,
	ORIGIN_VERB_SEND_FOREVER,
	ORIGIN_VERB_ANSWER,
	ORIGIN_VERB_REPEAT,
	ORIGIN_VERB_SLEEP,
	ORIGIN_VERB_WAIT,
	ORIGIN_VERB_RAISE,
	ORIGIN_VERB_QUIET,
	ORIGIN_VERB_CLOSE,
	ORIGIN_VERB_HALF_CLOSE,
	ORIGIN_VERB_RESET,
	ORIGIN_VERB_EXPECT_CLOSE,
	ORIGIN_VERB_DRAIN,
	ORIGIN_VERB_NEXT,
	ORIGIN_VERB_ON
};

struct origin_step {
	enum origin_verb verb;
	const char *lines[ORIGIN_MAX_LINES]; /* HEAD */
	const char *text;		     /* what is sent or expected */
	const char *status;		     /* ANSWER: "200 OK" */
	uint64_t count;			     /* bytes, milliseconds, steps, connection */
	uint64_t more;			     /* REPEAT: how often; SLOWLY: milliseconds */
	struct flag *flag;		     /* WAIT, RAISE */
};

/*
 * Reads up to the empty line and records it. The first text is the request line, or
 * "" for any; the others: "Name: value" must be there exactly once with this value,
 * "Name:" must be there, "!Name" must not be. The connection is accepted if there is
 * none.
 */
#define ORIGIN_EXPECT_HEAD(...)                                                          \
	{                                                                                \
		.verb = ORIGIN_VERB_HEAD, .lines = { __VA_ARGS__ }                       \
	}

/* Reads and records a head, whatever it is. */
#define ORIGIN_EXPECT_ANY_HEAD()                                                         \
	{                                                                                \
		.verb = ORIGIN_VERB_HEAD                                                 \
	}

/* Reads this text. */
#define ORIGIN_EXPECT_BODY(body)                                                         \
	{                                                                                \
		.verb = ORIGIN_VERB_BODY, .text = (body)                                 \
	}

/* Reads n bytes of the pattern of lib/pattern.h. */
#define ORIGIN_EXPECT_BODY_PATTERN(n)                                                    \
	{                                                                                \
		.verb = ORIGIN_VERB_BODY_PATTERN, .count = (n)                           \
	}

/* Reads a chunked body without trailers; its content is this text, or with NULL
 * count bytes of the pattern. */
#define ORIGIN_EXPECT_CHUNKED(body)                                                      \
	{                                                                                \
		.verb = ORIGIN_VERB_CHUNKED, .text = (body)                              \
	}
#define ORIGIN_EXPECT_CHUNKED_PATTERN(n)                                                 \
	{                                                                                \
		.verb = ORIGIN_VERB_CHUNKED, .count = (n)                                \
	}

/* Sends a text. */
#define ORIGIN_SEND(bytes)                                                               \
	{                                                                                \
		.verb = ORIGIN_VERB_SEND, .text = (bytes)                                \
	}

/* Sends n bytes, which may be NUL and must stay until the end. */
#define ORIGIN_SEND_BYTES(at, n)                                                         \
	{                                                                                \
		.verb = ORIGIN_VERB_SEND_BYTES, .text = (at), .count = (n)               \
	}

/* Sends a text byte by byte, with a pause behind each. */
#define ORIGIN_SEND_SLOWLY(bytes, pause_ms)                                              \
	{                                                                                \
		.verb = ORIGIN_VERB_SEND_SLOWLY, .text = (bytes), .more = (pause_ms)     \
	}

/* Sends n bytes of the pattern. */
#define ORIGIN_SEND_PATTERN(n)                                                           \
	{                                                                                \
		.verb = ORIGIN_VERB_SEND_PATTERN, .count = (n)                           \
	}

/* Sends a text again and again until the client closes; 64 MiB are too many. */
#define ORIGIN_SEND_FOREVER(bytes)                                                       \
	{                                                                                \
		.verb = ORIGIN_VERB_SEND_FOREVER, .text = (bytes)                        \
	}

/* Sends a response with Content-Length: ORIGIN_ANSWER("200 OK", "hello"). The status may
 * be followed by fields: "302 Found\r\nLocation: /b". */
#define ORIGIN_ANSWER(line, body)                                                        \
	{                                                                                \
		.verb = ORIGIN_VERB_ANSWER, .status = (line), .text = (body)             \
	}

/* Takes the last n steps again, that many times. */
#define ORIGIN_REPEAT(n, times)                                                          \
	{                                                                                \
		.verb = ORIGIN_VERB_REPEAT, .count = (n), .more = (times)                \
	}

/* Does nothing for a while. */
#define ORIGIN_SLEEP(ms)                                                                 \
	{                                                                                \
		.verb = ORIGIN_VERB_SLEEP, .count = (ms)                                 \
	}

/* Waits for a flag of the test; raises one. */
#define ORIGIN_WAIT(a_flag)                                                              \
	{                                                                                \
		.verb = ORIGIN_VERB_WAIT, .flag = (a_flag)                               \
	}
#define ORIGIN_RAISE(a_flag)                                                             \
	{                                                                                \
		.verb = ORIGIN_VERB_RAISE, .flag = (a_flag)                              \
	}

/* For ms no byte, no close and no further connection may come. */
#define ORIGIN_EXPECT_QUIET(ms)                                                          \
	{                                                                                \
		.verb = ORIGIN_VERB_QUIET, .count = (ms)                                 \
	}

/* Closes in good order (both ways; the sending way alone; by RST). */
#define ORIGIN_CLOSE()                                                                   \
	{                                                                                \
		.verb = ORIGIN_VERB_CLOSE                                                \
	}
#define ORIGIN_HALF_CLOSE()                                                              \
	{                                                                                \
		.verb = ORIGIN_VERB_HALF_CLOSE                                           \
	}
#define ORIGIN_RESET()                                                                   \
	{                                                                                \
		.verb = ORIGIN_VERB_RESET                                                \
	}

/* The client closes, by FIN or RST, without sending anything more. */
#define ORIGIN_EXPECT_CLOSE()                                                            \
	{                                                                                \
		.verb = ORIGIN_VERB_EXPECT_CLOSE                                         \
	}

/* The client closes, whatever it sends before; the bytes are recorded. */
#define ORIGIN_DRAIN()                                                                   \
	{                                                                                \
		.verb = ORIGIN_VERB_DRAIN                                                \
	}

/* The following steps are for a new connection, which is awaited; the one before stays
 * open. */
#define ORIGIN_NEXT_CONNECTION()                                                         \
	{                                                                                \
		.verb = ORIGIN_VERB_NEXT                                                 \
	}

/* The following steps are for connection n again, counted from 0. */
#define ORIGIN_ON_CONNECTION(n)                                                          \
	{                                                                                \
		.verb = ORIGIN_VERB_ON, .count = (n)                                     \
	}

struct origin;

/* Starts a script. Never NULL. */
#define ORIGIN(...)                                                                      \
	origin_start((const struct origin_step[]){__VA_ARGS__, {.verb = ORIGIN_VERB_END}})

struct origin *origin_start(const struct origin_step *steps);

/* Listens without taking a step yet, so that its port is known; origin_begin starts. */
struct origin *origin_new(void);
void origin_begin(struct origin *origin, const struct origin_step *steps);

/* "{other}" in the texts of origin is the authority of other. Before origin_begin. */
void origin_link(struct origin *origin, const struct origin *other);

/* "127.0.0.1:port", and a URL there; both live as long as the origin. */
const char *origin_authority(const struct origin *origin);
const char *origin_url(struct origin *origin, const char *path);

/* Waits for the end of the script; fails the test when it went wrong or a connection
 * came that no step wanted. */
void origin_join(struct origin *origin);

/* origin_join, then frees it. */
void origin_end(struct origin *origin);

/* Ends the script wherever it is, asserts nothing, frees. NULL is fine. */
void origin_stop(struct origin *origin);

/* Stops every origin that a failed test has left. */
void origin_sweep(void);

/* After origin_join: how many connections and heads there were; the n-th head (up to its
 * empty line), as text; all bytes of a connection. */
unsigned origin_connections(const struct origin *origin);
unsigned origin_heads(const struct origin *origin);
const char *origin_head(const struct origin *origin, unsigned n);
struct span origin_received(const struct origin *origin, unsigned connection);

/* A port of 127.0.0.1 at which nobody listens; kept until the process ends. */
unsigned origin_refusing_port(void);

/* A port that never answers a connection; kept until the process ends. */
unsigned origin_deaf_port(void);

#endif
