/* SPDX-License-Identifier: MIT */
/*
 * The functions of engine/request.h without an engine, for tests of the room above it. A
 * program that calls fake_reset is linked with these instead of the engine's. Nothing
 * happens by itself: the test calls the functions of request->client as it likes.
 */
#ifndef IXHR2_TESTS_LIB_FAKE_REQUEST_H
#define IXHR2_TESTS_LIB_FAKE_REQUEST_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/request.h"

/* Fields that a fake response can have. */
#define FAKE_MAX_FIELDS 8

/* Heads that one request can be told. */
#define FAKE_MAX_HEADS 4

/* Certificates and issuers that one event can have. */
#define FAKE_MAX_CERTIFICATES 16

struct request {
	const struct request_client *client; /* whom the test tells events */
	void *owner;			     /* own, the first argument for these */
	alignas(max_align_t) char own[REQUEST_CLIENT_BYTES]; /* the client's part */
	atomic_uint refs;		/* one is its own from Send to end */
	char method[64];		/* as given */
	char url[256];			/* as given, cut */
	char headers[512];		/* "Name: value|" for each that was set */
	bool is_sent;			/* request_send was called */
	uint64_t body_length;		/* of request_send */
	struct request_options options; /* of request_send; borrows from below */
	struct request_wishes wishes;	/* of these */
	char thumbprint[32];		/* the same */
	char pin[64];			/* the same, cut */
	char logins[4][64];		/* user, password, and for a proxy; cut */
	unsigned aborts;		/* calls of request_abort */
	unsigned timeouts;		/* calls of request_set_timeout */
	uint32_t timeout_ms;		/* of the last of these */
	struct request_info info;	/* what request_get_info answers */
	const char *error_text;		/* request_put_error_text's; NULL: missing */
	const char *more;		/* request_read_more gives it; NULL: nothing */
	struct headers_field fields[FAKE_MAX_HEADS]
				   [FAKE_MAX_FIELDS]; /* of fake_headers */
	struct response_head head[FAKE_MAX_HEADS];    /* that have them */
	unsigned heads;				      /* how many used */
};

/* Forgets the latest request; nothing fails any more. */
void fake_reset(void);

/* The request made last, NULL at first and when it is gone; and how many there are. */
struct request *fake_latest(void);
unsigned fake_count(void);

/* What request_new, request_set_header and request_send answer from now on. */
void fake_fail_new(enum err err);
void fake_fail_header(enum err err);
void fake_fail_send(enum err err);

/* Tells a head with these fields, given as name, value, …, NULL; they must stay. */
int32_t fake_headers(struct request *request, unsigned status, const char *reason,
		     const char *const *fields);

/* Tells of certificates, and of issuers: texts in place of DER and names, behind the last
 * of which stands NULL. */
int32_t fake_server_certificate(struct request *request, unsigned errors,
				const char *const *chain);
int32_t fake_certificate_requested(struct request *request, const char *const *issuers);

/* Asks for a login for the server "a.example:80", with the realm "place". What is
 * answered is added to *user and *password, which are the test's. */
int32_t fake_prompt(struct request *request, struct buf *user, struct buf *password);

/* Tells bytes of the body. */
int32_t fake_data(struct request *request, const char *bytes);

/* Tells the end. The request may be gone then. */
void fake_received(struct request *request);
void fake_failed(struct request *request, enum err err, int32_t code);

#endif
