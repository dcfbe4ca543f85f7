/* SPDX-License-Identifier: MIT */
/* What every test includes first: cmocka and the headers it asks for. */
#ifndef IXHR2_TESTS_LIB_TEST_H
#define IXHR2_TESTS_LIB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

/* How many entries an array has. */
#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test unless two spans hold the same bytes. */
#define assert_span(actual, expected)                                                    \
	test_assert_span((actual), (expected), __FILE__, __LINE__)

static inline void test_assert_span(struct span actual, struct span expected,
				    const char *file, int line)
{
	if (span_eq(actual, expected))
		return;
	print_error("\"%.*s\" (%zu bytes) instead of \"%.*s\" (%zu bytes)\n",
		    (int)actual.len, actual.at ? actual.at : "", actual.len,
		    (int)expected.len, expected.at ? expected.at : "", expected.len);
	_fail(file, line);
}

#endif
