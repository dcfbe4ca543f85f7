/* SPDX-License-Identifier: MIT */
/*
 * Asking a SOCKS server for a connection: version 5 (RFC 1928, RFC 1929) or 4A. A
 * handshake on a wire, pulled; when it is done the wire leads to the target, and not a
 * byte behind the handshake has been read. Owner of the loop only.
 */
#ifndef IXHR2_NET_SOCKS_H
#define IXHR2_NET_SOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "net/dns.h"
#include "net/wire.h"

/* Longest name, user and password. */
#define SOCKS_TEXT_BYTES 255

/* Longest message that is said: of version 4A, with a name and a user. */
#define SOCKS_MESSAGE_BYTES (8 + 2 * (SOCKS_TEXT_BYTES + 1))

/* Longest answer: of version 5, with a name. */
#define SOCKS_ANSWER_BYTES (4 + 1 + 255 + 2)

enum socks_version { SOCKS_4A, SOCKS_5 };

struct socks_target {
	enum socks_version version;
	struct span host; /* a name for the server to resolve, or an address as
			     in a URL ([v6] in brackets); not empty */
	const union dns_address *address; /* goes before host, or NULL; copied */
	uint16_t port;			  /* of the target */
	struct span user;		  /* empty: no login is offered */
	struct span password;		  /* not for 4A */
};

/* The exchanges, in their order; version 4A has the third alone. */
enum socks_step { SOCKS_GREET, SOCKS_LOGIN, SOCKS_CONNECT, SOCKS_DONE };

struct socks {
	struct socks_target target; /* its spans are borrowed until it is done */
	union dns_address address;  /* of the target; family 0: host is a name */
	enum socks_step step;	    /* what is said, or was */
	bool is_said;		    /* its answer is awaited */
	unsigned waits;		    /* after ERR_AGAIN: of enum wire_ready */
	size_t out_at;		    /* bytes of what is said that are written */
	size_t in_len;		    /* bytes of in so far */
	unsigned char in[SOCKS_ANSWER_BYTES]; /* what is answered */
	struct fault fault;		      /* why it failed */
};

/* Before the first byte. ERR_LIMIT: a text is too long; ERR_INVALID: version 4A and an
 * IPv6 address, a NUL in a text, or no host. fault says which, as ERR_PROXY. */
MUST_USE enum err socks_init(struct socks *socks, const struct socks_target *target);

/*
 * Goes on. 0: the wire leads to the target. ERR_AGAIN: the wire's owner calls again when
 * it is what socks->waits says. Failures: fault is set: ERR_PROXY_AUTH (the server wants
 * another login, or one at all), ERR_PROXY (it refuses; what says why), ERR_PROTOCOL
 * (this is not SOCKS), ERR_CLOSED (it has ended), and the wire's. No secret stays in
 * *socks.
 */
MUST_USE enum err socks_run(struct socks *socks, struct wire *wire);

#endif
