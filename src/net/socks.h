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

/* Longest message of either side: a login of RFC 1929. */
#define SOCKS_MESSAGE_BYTES 513

/* Longest name, user and password in version 5. */
#define SOCKS_TEXT_BYTES 255

enum socks_version { SOCKS_4A, SOCKS_5 };

struct socks_target {
	enum socks_version version;
	struct span host; /* a name for the server to resolve, or an address as
			     in a URL ([v6] in brackets) */
	const union dns_address *address; /* goes before host, or NULL */
	uint16_t port;			  /* of the target */
	struct span user;		  /* empty: no login is offered */
	struct span password;		  /* not for 4A */
};

enum socks_step { SOCKS_GREET, SOCKS_CHOICE, SOCKS_LOGIN, SOCKS_CONNECT, SOCKS_DONE };

struct socks {
	struct socks_target target; /* its spans are borrowed until it is done */
	enum socks_step step;	    /* which message is on its way, or awaited */
	unsigned waits;		    /* after ERR_AGAIN: of enum wire_ready */
	size_t out_len;		    /* bytes of out */
	size_t out_at;		    /* of them written */
	size_t in_len;		    /* bytes of in so far */
	unsigned char out[SOCKS_MESSAGE_BYTES]; /* what is said; wiped when written */
	unsigned char in[SOCKS_MESSAGE_BYTES];	/* what is answered */
	struct fault fault;			/* why it failed */
};

/* Before the first byte. ERR_LIMIT: a text is too long; ERR_INVALID: version 4A and an
 * IPv6 address, or a NUL in a text. */
MUST_USE enum err socks_init(struct socks *socks, const struct socks_target *target);

/*
 * Goes on. 0: the wire leads to the target. ERR_AGAIN: the wire's owner calls again when
 * it is what socks->waits says. Failures: fault is set: ERR_PROXY_AUTH (the server wants
 * another login, or one at all), ERR_PROXY (it refuses; what says why), ERR_PROTOCOL
 * (this is not SOCKS), ERR_CLOSED (it has ended), and the wire's.
 */
MUST_USE enum err socks_run(struct socks *socks, struct wire *wire);

#endif
