/* SPDX-License-Identifier: MIT */
/*
 * What a client was told about certificates: by OnServerCertificateReceived and
 * OnClientCertificateRequested. Each call replaces what the one before said.
 */
#ifndef IXHR2_TESTS_LIB_SHOWN_H
#define IXHR2_TESTS_LIB_SHOWN_H

#include "ixhr2/msxml6.h"

#include "base/span.h"

#define SHOWN_MAX_CERTIFICATES 16
#define SHOWN_MAX_ISSUERS      8
#define SHOWN_ISSUER_BYTES     256

struct shown {
	DWORD errors;					     /* XHR_CERT_ERROR_ */
	DWORD count;					     /* certificates */
	struct span chain[SHOWN_MAX_CERTIFICATES];	     /* DER; owned */
	DWORD issuer_count;				     /* issuers */
	char issuers[SHOWN_MAX_ISSUERS][SHOWN_ISSUER_BYTES]; /* UTF-8 */
};

/* Copies what a callback was given. */
void shown_put_chain(struct shown *shown, DWORD errors, DWORD count,
		     const XHR_CERT *chain);
void shown_put_issuers(struct shown *shown, DWORD count, const WCHAR **issuers);

/* Asserts that the chain is these certificates of lib/pki.h, by name: "good",
 * "intermediate", "root", NULL. */
void shown_expect_chain(const struct shown *shown, const char *const *names);

/* Asserts that the chain begins with this certificate. */
void shown_expect_leaf(const struct shown *shown, const char *name);

/* Frees what was copied. */
void shown_done(struct shown *shown);

#endif
