/* SPDX-License-Identifier: MIT */
/*
 * What every server of HTTP/2 and we must get right together: a site of a few files, and
 * the exchanges with it, over TLS by ALPN and in cleartext by prior knowledge. A test
 * program says how its server is started; it serves {folder}/root.
 */
#ifndef IXHR2_TESTS_LIB_H2_SITE_H
#define IXHR2_TESTS_LIB_H2_SITE_H

#include <stdbool.h>

#include "lib/server.h"

/* A server of one kind. */
struct h2_site {
	const char *name; /* for the log */

	/* Starts it at {port}: over TLS with the certificate {pki}/ip_san.pem and its key
	 * {pki}/ip_san.key, or in cleartext. The files are there already. */
	void (*start)(struct server *server, bool is_tls);

	const char *method;  /* that sends a body, or NULL: nothing takes one */
	const char *upload;  /* path for it; */
	bool stores;	     /* it is a file below root then; else the response is it */
	const char *limited; /* path where 20 MiB are answered by 413, or NULL */
};

/* Runs every exchange with a server over TLS, then with one in cleartext. How many
 * failed. */
int h2_site_run(const struct h2_site *site);

#endif
