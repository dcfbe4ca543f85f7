/* SPDX-License-Identifier: MIT */
/*
 * The callbacks run on threads where cmocka cannot assert, so they only copy; what does
 * not fit is counted, and missed by shown_expect_chain in the test's thread.
 */
#include "lib/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pki.h"
#include "lib/test.h"
#include "lib/wide_text.h"

void shown_done(struct shown *shown)
{
	for (unsigned i = 0; i < SHOWN_MAX_CERTIFICATES; i++)
		free((void *)(uintptr_t)shown->chain[i].at);
	memset(shown->chain, 0, sizeof(shown->chain));
}

void shown_put_chain(struct shown *shown, DWORD errors, DWORD count,
		     const XHR_CERT *chain)
{
	shown_done(shown);
	shown->errors = errors;
	shown->count = count;
	for (DWORD i = 0; i < count && i < SHOWN_MAX_CERTIFICATES; i++) {
		char *copy = malloc(chain[i].cbCert);

		if (!copy)
			abort();
		memcpy(copy, chain[i].pbCert, chain[i].cbCert);
		shown->chain[i] = span_of(copy, chain[i].cbCert);
	}
}

void shown_put_issuers(struct shown *shown, DWORD count, const WCHAR **issuers)
{
	shown->issuer_count = count;
	for (DWORD i = 0; i < count && i < SHOWN_MAX_ISSUERS; i++)
		wide_text_put(issuers[i], shown->issuers[i], SHOWN_ISSUER_BYTES);
}

/* Asserts that certificate n is the one called name. */
static void expect_one(const struct shown *shown, unsigned n, const char *name)
{
	char file[128];

	snprintf(file, sizeof(file), "%s.der", name);
	if (n >= shown->count || n >= SHOWN_MAX_CERTIFICATES)
		fail_msg("%u certificates; %s is missing", shown->count, name);
	if (!span_eq(shown->chain[n], pki_bytes(file)))
		fail_msg("certificate %u is not %s", n, name);
}

void shown_expect_chain(const struct shown *shown, const char *const *names)
{
	unsigned n = 0;

	for (; names[n]; n++)
		expect_one(shown, n, names[n]);
	assert_int_equal(shown->count, n);
}

void shown_expect_leaf(const struct shown *shown, const char *name)
{
	expect_one(shown, 0, name);
}
