/* SPDX-License-Identifier: MIT */
/*
 * An HTTPS origin on 127.0.0.1, as strange as a test wants it: any certificate of
 * lib/pki.h, client certificates, staples, sessions, renegotiation, and every way to
 * break off, from the first byte of the handshake to the last one of a response. It
 * records what it decrypts. A thread for each connection; every wait is bounded.
 *
 *	struct tls_origin *origin = tls_origin_start(
 *		&(struct tls_origin_options){.certificate = "expired"});
 *
 *	tls_origin_lead(origin);
 *	client_fail(client_start("GET", "https://good.test/"), ...);
 *	tls_origin_end(origin);
 */
#ifndef IXHR2_TESTS_LIB_TLS_ORIGIN_H
#define IXHR2_TESTS_LIB_TLS_ORIGIN_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "lib/flag.h"

#define TLS_ORIGIN_MAX_HOSTS  4
#define TLS_ORIGIN_KEPT_BYTES 4096

/* How something ends. */
enum tls_origin_end {
	TLS_ORIGIN_KEEP,     /* not: the connection serves on */
	TLS_ORIGIN_CLOSE,    /* close_notify, then FIN */
	TLS_ORIGIN_TRUNCATE, /* FIN alone */
	TLS_ORIGIN_RESET,    /* RST */
	TLS_ORIGIN_STALL,    /* silence until the client closes */
	TLS_ORIGIN_GARBAGE   /* bytes that are no record, then silence */
};

struct tls_origin_request {
	char method[24];     /* as it came */
	char path[128];	     /* cut if it is longer */
	const char *head;    /* all of it; for the call */
	uint64_t body_bytes; /* of the body, which has come whole */
	bool is_pattern;     /* the body is that of lib/pattern.h */
	unsigned connection; /* counted from 0 */
	unsigned number;     /* of the request on its connection, from 0 */
	const char *client;  /* subject of the client's certificate, or "" */
	const SSL *ssl;	     /* for anything else */
};

struct tls_origin_reply {
	const char *status;	/* "200 OK" */
	const char *fields;	/* further fields, each with its CR LF */
	const char *body;	/* text; NULL: the pattern */
	uint64_t pattern_bytes; /* of the pattern */
	bool has_no_length;	/* without Content-Length: the end ends it */
	uint64_t cut_bytes;	/* of head and body that are sent; 0: all */
	bool is_dropped;	/* nothing at all is sent */
	size_t record_bytes;	/* of each TLS record; 0: 16384 */
	bool renegotiates;	/* before the reply (TLS 1.2) */
	bool asks;		/* and then asks for a client certificate */
	bool waits_for_head;	/* does so behind the head of the reply */
	bool goes_on;	   /* or does not wait for the new handshake before the reply */
	bool updates_keys; /* before the reply (TLS 1.3) */
	struct flag *hold; /* up before the reply is sent, or NULL */
	enum tls_origin_end end; /* behind what is sent */
};

/* Fills *reply, which is a plain 200 with the path as its body. Called on the
 * connections' threads, one at a time. */
typedef void tls_origin_fn(void *owner, const struct tls_origin_request *request,
			   struct tls_origin_reply *reply);

/* What a host shows. */
struct tls_origin_host {
	const char *host;	 /* of SNI, or NULL: none of those */
	const char *certificate; /* NAME of lib/pki.h */
	const char *staple;	 /* a file of lib/pki.h, or NULL */
};

struct tls_origin_options {
	const char *certificate; /* NAME of lib/pki.h; NULL: "good" */
	const char *staple;	 /* a file of lib/pki.h, or NULL */
	struct tls_origin_host hosts[TLS_ORIGIN_MAX_HOSTS]; /* others, by SNI */
	int version;		 /* TLS1_2_VERSION or so, alone; 0: 1.2 and 1.3 */
	const char *ciphers;	 /* of TLS 1.2, or NULL */
	const char *groups;	 /* "P-384" makes a TLS 1.3 client begin again; or NULL */
	const char *client_root; /* NAME: certificates of clients are asked for */
	bool needs_client;	 /* and must be shown */
	bool asks_late;		 /* but only where a reply asks */
	bool has_no_sessions;	 /* neither tickets nor a cache */
	bool is_stateful;	 /* sessions in a cache instead of tickets */
	bool warns;		 /* of the server name, by an alert */
	const char *alpn;	 /* the one protocol that is taken; NULL: no ALPN */
	int64_t cut_bytes;	 /* of a handshake that are sent before cut_end; */
	enum tls_origin_end cut_end; /* KEEP: all of it */
	unsigned drip_ms;	     /* between two bytes of a handshake */
	struct span raw;	     /* sent instead of all TLS, then raw_end; or empty */
	enum tls_origin_end raw_end; /* of that */
	struct flag *hold;	     /* up before a handshake begins, or NULL */
	tls_origin_fn *answer;	     /* NULL: as tls_origin_fn says */
	void *owner;		     /* given to answer */
};

/* What one connection was. */
struct tls_origin_visit {
	char host[128];	     /* of SNI, or "" */
	char version[16];    /* "TLSv1.3" or "" */
	char client[256];    /* subject of the client's certificate, or "" */
	char error[256];     /* of OpenSSL, which broke it off; or "" */
	bool is_secured;     /* the handshake was done */
	bool is_cut;	     /* or cut, as options say */
	bool is_resumed;     /* by a session */
	bool is_notified;    /* the client has sent close_notify */
	bool is_over;	     /* the connection is closed */
	unsigned requests;   /* read whole */
	uint64_t sent_bytes; /* to the client, as encrypted; of the handshake alone */
	uint64_t bytes;	     /* decrypted */
	char kept[TLS_ORIGIN_KEPT_BYTES + 1]; /* the first of them, with a NUL */
};

struct tls_origin;

/* Starts; what *options points to stays. Never NULL. */
struct tls_origin *tls_origin_start(const struct tls_origin_options *options);

/* Forgets everything and begins anew at the same port. */
void tls_origin_restart(struct tls_origin *origin,
			const struct tls_origin_options *options);

/* Leads every connection of the process to it and makes root.pem the only root. */
void tls_origin_lead(const struct tls_origin *origin);

unsigned tls_origin_port(const struct tls_origin *origin);

/* Of all connections so far: their number, handshakes done, those by a session, requests
 * read whole, bytes decrypted. */
struct tls_origin_counts {
	unsigned connections, secured, resumed, requests;
	uint64_t bytes;
};
struct tls_origin_counts tls_origin_count(struct tls_origin *origin);

/* Connection n, counted from 0; fails the test if there is none. */
void tls_origin_visit(struct tls_origin *origin, unsigned n,
		      struct tls_origin_visit *out);

/* Waits until every connection is closed; fails the test if that takes too long. */
void tls_origin_await_over(struct tls_origin *origin);

/* Waits until so many connections have come; until a handshake has been cut. */
void tls_origin_await_connections(struct tls_origin *origin, unsigned count);
void tls_origin_await_cut(struct tls_origin *origin);

/* Closes everything and frees. */
void tls_origin_end(struct tls_origin *origin);

#endif
