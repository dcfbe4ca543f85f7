/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <errno.h>

#include "base/err.h"

static void outcomes_are_positive_and_failures_negative(void **state)
{
	(void)state;
#define OUTCOME(name, sentence) assert_true(ERR_##name > 0);
#define FAILURE(name, sentence) assert_true(ERR_##name < 0);
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
	assert_int_equal(ERR_NONE, 0);
}

static void every_result_has_its_sentence(void **state)
{
	(void)state;
#define OUTCOME(name, sentence) assert_string_equal(err_text(ERR_##name), sentence);
#define FAILURE			OUTCOME
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
	assert_string_equal(err_text(ERR_NONE), "done");
	assert_string_equal(err_text((enum err)12345), "unknown result");
}

static void errno_becomes_the_word_that_a_caller_can_act_on(void **state)
{
	static const struct {
		int sys;
		enum err err;
	} rows[] = {
		{0, ERR_NONE},
		{EAGAIN, ERR_AGAIN},
		{EINTR, ERR_AGAIN},
		{EINPROGRESS, ERR_AGAIN},
		{EMFILE, ERR_NO_DESCRIPTOR},
		{ENFILE, ERR_NO_DESCRIPTOR},
		{ENOMEM, ERR_NO_MEMORY},
		{ENOENT, ERR_FILE_MISSING},
		{ENOTDIR, ERR_FILE_MISSING},
		{EEXIST, ERR_FILE_EXISTS},
		{EACCES, ERR_FILE_DENIED},
		{EROFS, ERR_FILE_DENIED},
		{ENOSPC, ERR_FILE_FULL},
		{EDQUOT, ERR_FILE_FULL},
		{ECONNREFUSED, ERR_CONNECT},
		{ENETUNREACH, ERR_CONNECT},
		{ETIMEDOUT, ERR_TIMEOUT},
		{ECONNRESET, ERR_RESET},
		{EPIPE, ERR_RESET},
		{EBADF, ERR_SYSTEM},
		{99999, ERR_SYSTEM},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_int_equal(err_from_errno(rows[i].sys), rows[i].err);
}

static void the_first_failure_wins(void **state)
{
	struct fault fault = {0};

	(void)state;
	assert_int_equal(fault_set(&fault, ERR_CONNECT, ECONNREFUSED, "first"),
			 ERR_CONNECT);
	assert_int_equal(fault_set(&fault, ERR_TIMEOUT, 0, "second"), ERR_TIMEOUT);
	assert_int_equal(fault.err, ERR_CONNECT);
	assert_int_equal(fault.sys, ECONNREFUSED);
	assert_string_equal(fault.what, "first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_positive_and_failures_negative),
		cmocka_unit_test(every_result_has_its_sentence),
		cmocka_unit_test(errno_becomes_the_word_that_a_caller_can_act_on),
		cmocka_unit_test(the_first_failure_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
