/* SPDX-License-Identifier: MIT */
/* What ixhr2.h offers for the process: its version and its configuration. */
#include "com/hresult.h"
#include "engine/session.h"
#include "ixhr2/ixhr2.h"

const char *ixhr2_version(void)
{
	return IXHR2_VERSION_TEXT;
}

HRESULT ixhr2_configure(enum ixhr2_option option, const char *value)
{
	static const enum session_option options[] = {
		[IXHR2_OPTION_DATA_DIR] = SESSION_DATA_DIR,
		[IXHR2_OPTION_CONNECT_TO] = SESSION_CONNECT_TO,
		[IXHR2_OPTION_MAX_CONNECTIONS] = SESSION_MAX_CONNECTIONS,
		[IXHR2_OPTION_TIMEOUT_MS] = SESSION_TIMEOUT_MS,
		[IXHR2_OPTION_CONNECT_TIMEOUT_MS] = SESSION_CONNECT_TIMEOUT_MS,
		[IXHR2_OPTION_USER_AGENT] = SESSION_USER_AGENT,
		[IXHR2_OPTION_CA_FILE] = SESSION_CA_FILE,
		[IXHR2_OPTION_PROXY] = SESSION_PROXY,
		[IXHR2_OPTION_NO_PROXY] = SESSION_NO_PROXY,
		[IXHR2_OPTION_NEGOTIATE_HOSTS] = SESSION_NEGOTIATE_HOSTS,
		[IXHR2_OPTION_PROTOCOL] = SESSION_PROTOCOL,
		[IXHR2_OPTION_PING_MS] = SESSION_PING_MS,
		[IXHR2_OPTION_LOOPS] = SESSION_LOOPS,
	};

	if ((unsigned)option >= sizeof(options) / sizeof(options[0]) || !value)
		return E_INVALIDARG;
	return hresult_of(session_configure(options[option], value));
}
