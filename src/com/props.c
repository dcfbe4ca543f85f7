/* SPDX-License-Identifier: MIT */
/*
 * A table says what each property can be: a number up to a limit, or a set of bits. A
 * BOOL is any number, since programs pass TRUE, VARIANT_TRUE and other non-zero values.
 * Three properties have no effect: UTF-8 in the query (always so), the enterprise
 * identity, and the one whose feature is not built in, the cache. The others are kept as
 * what they mean to a request, so that Send need not ask about each.
 */
#include "com/props.h"

#include <stddef.h>

#define PROPS_COUNT (XHR_PROP_MAX_CONNECTIONS + 1)

/* A value is good when it is not above max, or has no other bits than these. */
struct rule {
	uint64_t max;  /* the highest number */
	uint64_t bits; /* or a combination of these */
};

static const struct rule rules[PROPS_COUNT] = {
	[XHR_PROP_NO_CRED_PROMPT] = {.max = XHR_CRED_PROMPT_PROXY},
	[XHR_PROP_NO_AUTH] = {.max = XHR_AUTH_PROXY},
	[XHR_PROP_TIMEOUT] = {.max = UINT32_MAX},
	[XHR_PROP_NO_DEFAULT_HEADERS] = {.max = UINT64_MAX},
	[XHR_PROP_REPORT_REDIRECT_STATUS] = {.max = UINT64_MAX},
	[XHR_PROP_NO_CACHE] = {.max = UINT64_MAX},
	[XHR_PROP_EXTENDED_ERROR] = {.max = UINT64_MAX},
	[XHR_PROP_QUERY_STRING_UTF8] = {.max = UINT64_MAX},
	[XHR_PROP_IGNORE_CERT_ERRORS] = {.max = TRUE,
					 .bits = XHR_CERT_IGNORE_ALL_SERVER_ERRORS},
	[XHR_PROP_ONDATA_THRESHOLD] = {.max = UINT64_MAX},
	[XHR_PROP_SET_ENTERPRISEID] = {.max = UINT64_MAX},
	[XHR_PROP_MAX_CONNECTIONS] = {.max = UINT32_MAX},
};

static bool is_good(const struct rule *rule, uint64_t value)
{
	return value <= rule->max || (value & ~rule->bits) == 0;
}

/* What XHR_PROP_IGNORE_CERT_ERRORS forgives, as bits of enum request_certificate_error.
 */
static unsigned forgiven_by(uint64_t value)
{
	static const struct {
		uint64_t from; /* of XHR_CERT_IGNORE_FLAG */
		unsigned to;   /* of enum request_certificate_error */
	} rows[] = {
		{XHR_CERT_IGNORE_REVOCATION_FAILED, REQUEST_CERTIFICATE_REVOCATION},
		{XHR_CERT_IGNORE_UNKNOWN_CA, REQUEST_CERTIFICATE_AUTHORITY},
		{XHR_CERT_IGNORE_CERT_CN_INVALID, REQUEST_CERTIFICATE_NAME},
		{XHR_CERT_IGNORE_CERT_DATE_INVALID, REQUEST_CERTIFICATE_DATE},
	};
	unsigned bits = 0;

	if (value == TRUE)
		value = XHR_CERT_IGNORE_ALL_SERVER_ERRORS;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (value & rows[i].from)
			bits |= rows[i].to;
	return bits;
}

/* A good value of one that has an effect on the whole of a request. */
static void wish(struct request_wishes *wishes, XHR_PROPERTY property, uint64_t value)
{
	switch (property) {
	case XHR_PROP_NO_CRED_PROMPT:
		wishes->no_prompt = value != XHR_CRED_PROMPT_ALL;
		wishes->no_proxy_prompt = value == XHR_CRED_PROMPT_NONE;
		break;
	case XHR_PROP_NO_AUTH:
		wishes->no_auth = value != XHR_AUTH_ALL;
		wishes->no_proxy_auth = value == XHR_AUTH_NONE;
		break;
	case XHR_PROP_TIMEOUT:
		wishes->timeout_ms = (uint32_t)value;
		break;
	case XHR_PROP_NO_DEFAULT_HEADERS:
		wishes->no_default_headers = value != 0;
		break;
	case XHR_PROP_REPORT_REDIRECT_STATUS:
		wishes->reports_redirects = value != 0;
		break;
	case XHR_PROP_IGNORE_CERT_ERRORS:
		wishes->forgiven = (uint8_t)forgiven_by(value);
		break;
	case XHR_PROP_MAX_CONNECTIONS:
		wishes->max_connections = (uint32_t)value;
		break;
	default:
		break;
	}
}

enum err props_set(struct props *props, XHR_PROPERTY property, uint64_t value)
{
	if ((unsigned)property >= PROPS_COUNT || !is_good(&rules[property], value))
		return ERR_INVALID;
	if (property == XHR_PROP_ONDATA_THRESHOLD)
		atomic_store_explicit(&props->threshold, value, memory_order_relaxed);
	else if (property == XHR_PROP_EXTENDED_ERROR)
		atomic_store_explicit(&props->is_extended, value != 0,
				      memory_order_relaxed);
	else
		wish(&props->wishes, property, value);
	return ERR_NONE;
}
