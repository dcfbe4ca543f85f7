/* SPDX-License-Identifier: MIT */
/*
 * err.def is the list; here it becomes sentences. Values of errno are sorted into the
 * few words that a caller can act on; what has no word of its own is ERR_SYSTEM.
 */
#include "base/err.h"

#include <errno.h>
#include <stddef.h>

const char *err_text(enum err err)
{
	switch (err) {
	case ERR_NONE:
		return "done";
#define OUTCOME(name, sentence)                                                          \
	case ERR_##name:                                                                 \
		return sentence;
#define FAILURE OUTCOME
#include "base/err.def"
#undef OUTCOME
#undef FAILURE
	}
	return "unknown result";
}

enum err err_from_errno(int sys)
{
	switch (sys) {
	case 0:
		return ERR_NONE;
	case EAGAIN:
	case EINTR:
	case EINPROGRESS:
	case EALREADY:
		return ERR_AGAIN;
	case EMFILE:
	case ENFILE:
		return ERR_NO_DESCRIPTOR;
	case ENOMEM:
	case ENOBUFS:
		return ERR_NO_MEMORY;
	case ENOENT:
	case ENOTDIR:
		return ERR_FILE_MISSING;
	case EEXIST:
		return ERR_FILE_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
	case EISDIR:
		return ERR_FILE_DENIED;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FILE_FULL;
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return ERR_CONNECT;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return ERR_RESET;
	default:
		return ERR_SYSTEM;
	}
}

enum err fault_set(struct fault *fault, enum err err, int sys, const char *what)
{
	if (fault->err >= 0)
		*fault = (struct fault){.err = err, .sys = sys, .what = what};
	return err;
}
