/* SPDX-License-Identifier: MIT */
/*
 * A SOCKS server on 127.0.0.1, as strange as a test wants it: it speaks versions 5 and
 * 4A, leads to ports of 127.0.0.1, may demand a login, and what it says can be cut, bent,
 * delayed and replaced. What clients say in handshakes is recorded apart from what goes
 * through it. A thread for each connection; every wait is bounded.
 *
 *	struct socks_server *server = socks_server_start(&(struct socks_server_options){
 *		.targets = {{"origin.test", origin_port}}});
 *
 *	socks_server_lead(server, "socks5h", NULL);
 *	client_finish(client_start("GET", "http://origin.test/"), 200, "/");
 *	socks_server_end(server);
 */
#ifndef IXHR2_TESTS_LIB_SOCKS_SERVER_H
#define IXHR2_TESTS_LIB_SOCKS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "lib/flag.h"

#define SOCKS_SERVER_MAX_TARGETS 8

/* Whither a host leads, whatever its port. */
struct socks_server_target {
	const char *host; /* a name, or an address as text, as it is told; NULL: none */
	unsigned port;	  /* of 127.0.0.1 */
};

/* How a connection ends that is not led through. */
enum socks_server_end {
	SOCKS_SERVER_CLOSE, /* FIN */
	SOCKS_SERVER_RESET, /* RST */
	SOCKS_SERVER_STALL  /* silence until the client closes */
};

struct socks_server_options {
	struct socks_server_target targets[SOCKS_SERVER_MAX_TARGETS]; /* and 127.0.0.1
									 itself; others
									 are refused */
	const char *user;	   /* demanded; NULL: no login is */
	const char *password;	   /* of user; not in 4A */
	unsigned refuses_with;	   /* code of every reply to a request; 0: as it is */
	unsigned bound_type;	   /* of the address in replies: 1, 3 or 4; 0: 1 */
	struct span raw;	   /* said to whatever comes first, then end; or empty */
	struct span extra;	   /* said behind the reply, in one write with it */
	bool is_bent;		   /* of all that it says in a handshake one byte, */
	size_t bent_at;		   /* counted from 0, */
	unsigned char bent_to;	   /* is this */
	bool is_cut;		   /* of all that it says in a handshake, */
	size_t cut_bytes;	   /* these are said and end comes */
	unsigned drip_ms;	   /* between two bytes of that; 0: all at once */
	struct flag *hold;	   /* up before it answers the request, or NULL */
	enum socks_server_end end; /* behind raw, a cut, a refusal */
};

/* What one client said to the server. */
struct socks_server_visit {
	unsigned version;   /* 5 or 4; 0: nothing yet */
	bool has_offered;   /* a login by user and password */
	char user[256];	    /* told, or "" */
	char password[256]; /* the same */
	char host[256];	    /* a name, or an address as text; "" before it is told */
	bool is_name;	    /* host is to be resolved by the server */
	unsigned port;	    /* told */
	bool is_early;	    /* something was said before it was its turn */
	bool is_led;	    /* through to the target */
	bool is_over;	    /* the connection is closed */
};

struct socks_server;

/* Starts; what *options points to stays. Never NULL. */
struct socks_server *socks_server_start(const struct socks_server_options *options);

/* Its URL, "socks5://127.0.0.1:port", with a login ("user:password", as in a URL) unless
 * it is NULL; valid until the next. */
const char *socks_server_url(struct socks_server *server, const char *scheme,
			     const char *login);

/* Leads every request of the process through it and makes root.pem the only root. */
void socks_server_lead(struct socks_server *server, const char *scheme,
		       const char *login);

/* Connections so far. */
unsigned socks_server_count(struct socks_server *server);

/* Connection n, counted from 0; fails the test if there is none. */
void socks_server_visit(struct socks_server *server, unsigned n,
			struct socks_server_visit *out);

/* Waits until so many connections have come; until every one is closed. Fails the test
 * if that takes too long. */
void socks_server_await_connections(struct socks_server *server, unsigned count);
void socks_server_await_over(struct socks_server *server);

/* Ends its threads, so that the record is complete. */
void socks_server_stop(struct socks_server *server);

/* After socks_server_stop: whether a text is in what clients have said to the server
 * itself; and in what they have sent through it. */
bool socks_server_was_told(const struct socks_server *server, const char *text);
bool socks_server_has_carried(const struct socks_server *server, const char *text);

/* socks_server_stop where it was not; frees. NULL is fine. */
void socks_server_end(struct socks_server *server);

#endif
