/* SPDX-License-Identifier: MIT */
/*
 * Who stands before an origin or a proxy and wants a login by Basic or Digest: says the
 * challenge and judges the answers, reckoning them by OpenSSL and not by the code under
 * test. One thread at a time.
 */
#ifndef IXHR2_TESTS_LIB_WARDEN_H
#define IXHR2_TESTS_LIB_WARDEN_H

#include <stdbool.h>
#include <stddef.h>

/* Nonces that one may give out. */
#define WARDEN_MAX_NONCES 256

struct warden {
	/* Set by the test. */
	const char *user;      /* who may pass; NULL: everybody may */
	const char *password;  /* of user */
	const char *realm;     /* NULL: "warden" */
	bool has_basic;	       /* Basic is offered */
	bool has_digest;       /* Digest is */
	const char *algorithm; /* of Digest: "SHA-256", "SHA-512-256"; NULL: "MD5" */
	unsigned most_uses;    /* of a nonce, which then is stale; 0: no limit */

	/* The record. */
	unsigned asked;	   /* challenges given */
	unsigned admitted; /* answers that were right */
	unsigned refused;  /* answers that were wrong, the stale ones too */
	unsigned stale;	   /* answers that were right but for the nonce */
	unsigned uses[WARDEN_MAX_NONCES]; /* the last nc of each nonce */
	bool is_stale;			  /* the last answer was */
};

/* Writes the fields of a challenge, called name, each with its CR LF. */
void warden_put_challenge(struct warden *warden, const char *name, char *out, size_t cap);

/* Whether head (all of a request) may pass by its field called name. */
bool warden_admits(struct warden *warden, const char *head, const char *name);

#endif
