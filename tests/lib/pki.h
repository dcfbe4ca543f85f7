/* SPDX-License-Identifier: MIT */
/*
 * The certificates, keys and OCSP responses that tests/lib/pki.py has made; its head says
 * which there are. They lie in the folder IXHR2_PKI, which CTest sets. What is answered
 * stays until the process ends; a file that is not there fails the test. Any thread.
 */
#ifndef IXHR2_TESTS_LIB_PKI_H
#define IXHR2_TESTS_LIB_PKI_H

#include "base/span.h"

/* The path of a file: pki_path("good.pem"). */
const char *pki_path(const char *file);

/* What is in a file; a NUL lies behind: pki_bytes("good.der"). */
struct span pki_bytes(const char *file);

#endif
