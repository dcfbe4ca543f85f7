/* SPDX-License-Identifier: MIT */
/*
 * A table says what each property can be: a number up to a limit, or a set of bits. A
 * BOOL is any number, since programs pass TRUE, VARIANT_TRUE and other non-zero values.
 * Three properties are kept and have no effect: UTF-8 in the query (always so), the
 * enterprise identity, and the one whose feature is not built in, the cache.
 */
#include "com/props.h"

#include <stdbool.h>
#include <stddef.h>

#include "engine/request.h"

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

enum err props_set(struct props *props, XHR_PROPERTY property, uint64_t value)
{
	if ((unsigned)property >= PROPS_COUNT || !is_good(&rules[property], value))
		return ERR_INVALID;
	atomic_store_explicit(&props->value[property], value, memory_order_relaxed);
	return ERR_NONE;
}

unsigned props_forgiven(const struct props *props)
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
	uint64_t value = props_get(props, XHR_PROP_IGNORE_CERT_ERRORS);
	unsigned bits = 0;

	if (value == TRUE)
		value = XHR_CERT_IGNORE_ALL_SERVER_ERRORS;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (value & rows[i].from)
			bits |= rows[i].to;
	return bits;
}
