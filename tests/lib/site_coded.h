/* SPDX-License-Identifier: MIT */
/*
 * What a web server that codes its files, and we who decode them, must get right
 * together: the site of lib/site.h once more below a path, by one coding.
 */
#ifndef IXHR2_TESTS_LIB_SITE_CODED_H
#define IXHR2_TESTS_LIB_SITE_CODED_H

/* Runs all exchanges with site_server below path ("/gzip/"), which codes by coding
 * ("gzip") what accepts that. */
void site_coded_check(const char *path, const char *coding);

#endif
