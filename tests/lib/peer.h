/* SPDX-License-Identifier: MIT */
/*
 * One accepted connection of a scripted origin: what the client has sent is kept, and
 * every wait is bounded. All functions are for the origin's thread. Those that answer
 * bool have written a complaint when they answer false.
 */
#ifndef IXHR2_TESTS_LIB_PEER_H
#define IXHR2_TESTS_LIB_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/flag.h"

/* How long the client may take for one thing. */
#define PEER_STEP_MS 60000

/* More than this of an endless answer is too much for a client to take. */
#define PEER_FOREVER_BYTES (64u << 20)

/* What went wrong first, and where the script was. */
struct complaint {
	char place[96];	     /* put before the text */
	char text[4096];     /* what went wrong, or "" */
	struct flag is_stop; /* up: every wait ends at once */
};

/* Writes down what went wrong unless something is there. Always false. */
__attribute__((format(printf, 2, 3))) bool complain(struct complaint *complaint,
						    const char *format, ...);

struct peer {
	struct complaint *complaint; /* of the origin */
	int fd;			     /* -1 once it is closed here */
	bool is_over;		     /* the client has closed */
	char *at;		     /* what has come; owned */
	size_t len;		     /* bytes that have come */
	size_t cap;		     /* room */
	size_t taken;		     /* bytes that steps have used */
};

/* 1: fd is ready; 0: not within ms; -1: stopped. */
int peer_poll(struct complaint *complaint, int fd, short events, int64_t ms);

/* Waits for fd; what says what did not happen otherwise. */
bool peer_await(struct complaint *complaint, int fd, short events, const char *what);

/* Waits for the next connection. */
bool peer_accept(struct peer *peer, struct complaint *complaint, int listener);

/* Closes, if it is open, and frees what has come. */
void peer_done(struct peer *peer);

/* Waits until len bytes behind those taken are there. */
bool peer_await_bytes(struct peer *peer, size_t len);

/* Waits for a line that begins from bytes behind those taken; *out_len counts its end. */
bool peer_await_line(struct peer *peer, size_t from, size_t *out_len);

/* Takes exactly this text. */
bool peer_take_text(struct peer *peer, const char *text, size_t len);

/* Takes bytes [offset, offset + len) of the pattern and forgets them. */
bool peer_take_pattern(struct peer *peer, uint64_t offset, uint64_t len);

/* Takes a chunked body: this text, or with NULL len bytes of the pattern. */
bool peer_take_chunked(struct peer *peer, const char *text, uint64_t len);

/* Sends all of it. */
bool peer_send(struct peer *peer, const char *at, size_t len);
bool peer_send_slowly(struct peer *peer, const char *text, uint64_t pause_ms);
bool peer_send_pattern(struct peer *peer, uint64_t len);

/* Sends it again and again until the client closes. */
bool peer_send_forever(struct peer *peer, const char *text);

/* Closes; without is_reset what lies unread is read first, so that it is a FIN. */
void peer_close(struct peer *peer, bool is_reset);

/* Waits until the client closes, then closes; may_send: whatever it sends before. */
bool peer_await_close(struct peer *peer, bool may_send);

#endif
