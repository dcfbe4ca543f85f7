/* SPDX-License-Identifier: MIT */
/*
 * A Kerberos realm for one test program: a KDC of MIT krb5 on a free port of 127.0.0.1
 * with a folder of its own, to which the environment of the process points as long as
 * there is the realm. One user; the service HTTP at localhost and at 127.0.0.1, with its
 * keys in a keytab. Beside it a user for NTLM, of whom no KDC knows; the first is known
 * to NTLM too.
 *
 * The mechanism for NTLM (gss-ntlmssp 1.2) loses memory of libcrypto's with each login. A
 * program with a realm forgives that to whom looks for leaks.
 */
#ifndef IXHR2_TESTS_LIB_REALM_H
#define IXHR2_TESTS_LIB_REALM_H

#include "lib/server.h"

#define REALM_NAME "IXHR2.TEST"

/* The user that the KDC knows. */
#define REALM_USER     "alice"
#define REALM_PASSWORD "open sesame"

/* The user of NTLM. */
#define REALM_NTLM_DOMAIN   "CAVE"
#define REALM_NTLM_USER	    "kasim"
#define REALM_NTLM_PASSWORD "open barley"

struct realm {
	struct server *kdc; /* owned; in its folder are "keytab", which all may read,
			       "ntlm", for NTLM_USER_FILE, and "ccache" */
};

/* Makes it and waits until the KDC answers. No ticket is there yet. Never NULL. */
struct realm *realm_new(void);

/* The user's ticket is in the user's cache from now on. */
void realm_get_ticket(struct realm *realm);

/* There is none any more. */
void realm_drop_ticket(struct realm *realm);

/* Stops the KDC, removes all files, takes the realm out of the environment. */
void realm_end(struct realm *realm);

#endif
