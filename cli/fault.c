/* SPDX-License-Identifier: MIT */
/*
 * One table: the HRESULTs that can be met, their names, and the exit status of each. The
 * extended one is looked up first, as it tells more apart.
 */
#include "fault.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "memory.h"

/* An HRESULT and what is known of it. */
struct row {
	const char *name;	 /* its name in winerror.h */
	HRESULT hresult;	 /* the value */
	enum exit_status status; /* how the command ends */
};

#define ROW(value, status)                                                               \
	{                                                                                \
#value, value, status                                                    \
	}
#define ROW_WIN32(value, status)                                                         \
	{                                                                                \
#value, HRESULT_FROM_WIN32(value), status                                \
	}

static const struct row rows[] = {
	ROW_WIN32(ERROR_INTERNET_TIMEOUT, EXIT_STATUS_TIME),
	ROW_WIN32(ERROR_INTERNET_INVALID_URL, EXIT_STATUS_URL),
	ROW_WIN32(ERROR_INTERNET_UNRECOGNIZED_SCHEME, EXIT_STATUS_URL),
	ROW_WIN32(ERROR_INTERNET_NAME_NOT_RESOLVED, EXIT_STATUS_NAME),
	ROW_WIN32(ERROR_INTERNET_INCORRECT_PASSWORD, EXIT_STATUS_CONNECT),
	ROW_WIN32(ERROR_INTERNET_CANNOT_CONNECT, EXIT_STATUS_CONNECT),
	ROW_WIN32(ERROR_INTERNET_CONNECTION_ABORTED, EXIT_STATUS_PARTIAL),
	ROW_WIN32(ERROR_INTERNET_CONNECTION_RESET, EXIT_STATUS_RESET),
	ROW_WIN32(ERROR_INTERNET_SEC_CERT_DATE_INVALID, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_SEC_CERT_CN_INVALID, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR, EXIT_STATUS_REDIRECT),
	ROW_WIN32(ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED, EXIT_STATUS_CLIENT_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_INVALID_CA, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_SEC_CERT_ERRORS, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_SEC_CERT_NO_REV, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_SEC_CERT_REV_FAILED, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_INTERNET_SEC_CERT_REVOKED, EXIT_STATUS_CERTIFICATE),
	ROW_WIN32(ERROR_HTTP_INVALID_SERVER_RESPONSE, EXIT_STATUS_NOT_HTTP),
	ROW_WIN32(ERROR_HTTP_REDIRECT_FAILED, EXIT_STATUS_REDIRECT),
	ROW_WIN32(ERROR_INTERNET_SECURITY_CHANNEL_ERROR, EXIT_STATUS_TLS),
	ROW_WIN32(ERROR_INTERNET_DECODING_FAILED, EXIT_STATUS_CODING),
	ROW(INET_E_INVALID_URL, EXIT_STATUS_URL),
	ROW(INET_E_UNKNOWN_PROTOCOL, EXIT_STATUS_URL),
	ROW(INET_E_CANNOT_CONNECT, EXIT_STATUS_CONNECT),
	ROW(INET_E_RESOURCE_NOT_FOUND, EXIT_STATUS_NAME),
	ROW(INET_E_DOWNLOAD_FAILURE, EXIT_STATUS_PARTIAL),
	ROW(INET_E_AUTHENTICATION_REQUIRED, EXIT_STATUS_CONNECT),
	ROW(INET_E_CONNECTION_TIMEOUT, EXIT_STATUS_TIME),
	ROW(INET_E_SECURITY_PROBLEM, EXIT_STATUS_TLS),
	ROW(INET_E_REDIRECT_FAILED, EXIT_STATUS_REDIRECT),
	ROW(INET_E_INVALID_CERTIFICATE, EXIT_STATUS_CERTIFICATE),
	ROW(STG_E_READFAULT, EXIT_STATUS_BODY),
	ROW(STG_E_SEEKERROR, EXIT_STATUS_BODY),
	ROW(STG_E_WRITEFAULT, EXIT_STATUS_OUTPUT),
	ROW(STG_E_MEDIUMFULL, EXIT_STATUS_OUTPUT),
	ROW(STG_E_FILEALREADYEXISTS, EXIT_STATUS_OUTPUT),
	ROW(STG_E_FILENOTFOUND, EXIT_STATUS_OTHER),
	ROW(STG_E_PATHNOTFOUND, EXIT_STATUS_OTHER),
	ROW(STG_E_ACCESSDENIED, EXIT_STATUS_OTHER),
	ROW(STG_E_TOOMANYOPENFILES, EXIT_STATUS_OTHER),
	ROW(STG_E_DISKISWRITEPROTECTED, EXIT_STATUS_OTHER),
	ROW(STG_E_INVALIDNAME, EXIT_STATUS_OTHER),
	ROW(E_ABORT, EXIT_STATUS_OTHER),
	ROW(E_ACCESSDENIED, EXIT_STATUS_USAGE),
	ROW(E_INVALIDARG, EXIT_STATUS_USAGE),
	ROW(E_NOTIMPL, EXIT_STATUS_OTHER),
	ROW(E_UNEXPECTED, EXIT_STATUS_OTHER),
	ROW(E_FAIL, EXIT_STATUS_OTHER),
	ROW(E_OUTOFMEMORY, EXIT_STATUS_OTHER),
};

static const struct row *find(HRESULT hresult)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].hresult == hresult)
			return &rows[i];
	return NULL;
}

void fault_set(struct fault *fault, HRESULT hresult, HRESULT extended, bool has_answer,
	       char *text)
{
	const struct row *named = find(hresult);
	const struct row *row = find(extended);

	if (!row)
		row = named;
	fault->hresult = hresult;
	fault->extended = extended;
	fault->name = named ? named->name : NULL;
	fault->status = row ? row->status : EXIT_STATUS_OTHER;
	if (!has_answer && fault->status == EXIT_STATUS_PARTIAL)
		fault->status = EXIT_STATUS_NOTHING;
	if (!text)
		text = memory_format("the library answers 0x%08x%s%s", (unsigned)hresult,
				     named ? " " : "", named ? named->name : "");
	fault->text = text;
}

void fault_set_own(struct fault *fault, HRESULT hresult, enum exit_status status,
		   char *text)
{
	fault_set(fault, hresult, hresult, true, text);
	fault->status = status;
}

void fault_blame_proxy(struct fault *fault)
{
	if (fault->status == EXIT_STATUS_NAME)
		fault->status = EXIT_STATUS_PROXY_NAME;
}

void fault_done(struct fault *fault)
{
	free(fault->text);
	*fault = (struct fault){0};
}

HRESULT fault_from_errno(int error)
{
	switch (error) {
	case ENOENT:
		return STG_E_FILENOTFOUND;
	case ENOTDIR:
		return STG_E_PATHNOTFOUND;
	case EEXIST:
		return STG_E_FILEALREADYEXISTS;
	case EACCES:
	case EPERM:
	case EISDIR:
		return STG_E_ACCESSDENIED;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return STG_E_MEDIUMFULL;
	case EROFS:
		return STG_E_DISKISWRITEPROTECTED;
	case EMFILE:
	case ENFILE:
		return STG_E_TOOMANYOPENFILES;
	case ENAMETOOLONG:
		return STG_E_INVALIDNAME;
	case ENOMEM:
		return E_OUTOFMEMORY;
	default:
		return E_FAIL;
	}
}
