/* SPDX-License-Identifier: MIT */
/*
 * What every web server and we must get right together: a site of a few files, and the
 * exchanges with it. A test program starts a server that serves {folder}/root, runs SSI
 * in *.shtml, takes PUT below /up/, and answers /old with a redirect to /hello.txt.
 */
#ifndef IXHR2_TESTS_LIB_SITE_H
#define IXHR2_TESTS_LIB_SITE_H

#include "lib/server.h"
#include "lib/test.h"

/* Bytes of the large file and of the large upload. */
#define SITE_LARGE_BYTES (64u * 1024 * 1024)

/* The server that the tests below talk to; set before they run. */
extern struct server *site_server;

/* Makes the files of the site in server's folder. */
void site_make(struct server *server);

/* The tests, to be run as one group. */
extern const struct CMUnitTest site_tests[];
extern const size_t site_test_count;

#endif
