/* SPDX-License-Identifier: MIT */
/* What the tests with proxies ask of a client. */
#ifndef IXHR2_TESTS_WHOLE_PROXY_H
#define IXHR2_TESTS_WHOLE_PROXY_H

#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/http_proxy.h"
#include "lib/logins.h"
#include "lib/origin.h"
#include "lib/test.h"

/* The port of a scripted origin. */
static inline unsigned proxy_port_of(const struct origin *origin)
{
	return (unsigned)strtoul(strchr(origin_authority(origin), ':') + 1, NULL, 10);
}

/* What is known of the client's request; to be freed by ixhr2_info_free. */
static inline struct ixhr2_info proxy_info(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};

	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	return info;
}

/* Asserts whose fault a failure was, and the proxy's answer to CONNECT, or 0. */
static inline void proxy_expect_fault(struct client *client, BOOL is_proxy_fault,
				      DWORD status)
{
	struct ixhr2_info info = proxy_info(client);

	assert_int_equal(info.is_proxy_fault, is_proxy_fault);
	assert_int_equal(info.proxy_status, status);
	ixhr2_info_free(&info);
}

/* Asserts that the sentence for the failure has this word. */
static inline void proxy_expect_text(struct client *client, const char *word)
{
	char *text = NULL;

	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	if (!strstr(text, word))
		fail_msg("no \"%s\" in \"%s\"", word, text);
	CoTaskMemFree(text);
}

/* Asserts that a head begins with a line and has a text, unless that is NULL. */
static inline void proxy_expect_head(struct http_proxy *proxy, unsigned n,
				     const char *line, const char *text)
{
	const char *head = http_proxy_head(proxy, n);

	if (strncmp(head, line, strlen(line)) != 0 || (text && !strstr(head, text)))
		fail_msg("no \"%s\" or no \"%s\" in:\n%s", line, text ? text : "", head);
}

/* Asserts that a head has not this text. */
static inline void proxy_expect_none(struct http_proxy *proxy, unsigned n,
				     const char *text)
{
	const char *head = http_proxy_head(proxy, n);

	if (strcasestr(head, text))
		fail_msg("\"%s\" in:\n%s", text, head);
}

#endif
