/* SPDX-License-Identifier: MIT */
/*
 * Results. Every fallible function answers an enum err: 0 done, above 0 an outcome
 * that its direct caller handles, below 0 a failure that is handed up unchanged.
 */
#ifndef IXHR2_BASE_ERR_H
#define IXHR2_BASE_ERR_H

/* The result of such a function may not be ignored. */
#define MUST_USE __attribute__((warn_unused_result))

enum err_outcome_order {
	ERR_OUTCOME_ORDER_NONE,
#define OUTCOME(name, sentence) ERR_OUTCOME_ORDER_##name,
#define FAILURE(name, sentence)
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
	ERR_OUTCOME_ORDER_END
};

enum err_failure_order {
	ERR_FAILURE_ORDER_NONE,
#define OUTCOME(name, sentence)
#define FAILURE(name, sentence) ERR_FAILURE_ORDER_##name,
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
	ERR_FAILURE_ORDER_END
};

/* 0 is done; ERR_AGAIN and the other outcomes are above it, failures below. */
enum err {
	ERR_NONE = 0,
#define OUTCOME(name, sentence) ERR_##name = ERR_OUTCOME_ORDER_##name,
#define FAILURE(name, sentence) ERR_##name = -ERR_FAILURE_ORDER_##name,
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
};

/*
 * Why something failed, written down once, where the failure is born, and handed
 * up beside the enum err. Its strings are constants.
 */
struct fault {
	enum err err;	  /* the failure; 0 while there is none */
	int sys;	  /* errno, or 0 */
	const char *what; /* what was being done or is wrong, or NULL */
};

/* The sentence of err.def for err, without a full stop. A constant. */
const char *err_text(enum err err);

/* The failure or outcome that stands for a value of errno. */
enum err err_from_errno(int sys);

/* Fills *fault, unless it holds a failure already (the first one wins); answers err. */
enum err fault_set(struct fault *fault, enum err err, int sys, const char *what);

#endif
