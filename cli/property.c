/* SPDX-License-Identifier: MIT */
/* Two tables of names. Which value a property takes is for the library to say. */
#include "property.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "XHR_PROP_";

static const char *const names[] = {
	[XHR_PROP_NO_CRED_PROMPT] = "NO_CRED_PROMPT",
	[XHR_PROP_NO_AUTH] = "NO_AUTH",
	[XHR_PROP_TIMEOUT] = "TIMEOUT",
	[XHR_PROP_NO_DEFAULT_HEADERS] = "NO_DEFAULT_HEADERS",
	[XHR_PROP_REPORT_REDIRECT_STATUS] = "REPORT_REDIRECT_STATUS",
	[XHR_PROP_NO_CACHE] = "NO_CACHE",
	[XHR_PROP_EXTENDED_ERROR] = "EXTENDED_ERROR",
	[XHR_PROP_QUERY_STRING_UTF8] = "QUERY_STRING_UTF8",
	[XHR_PROP_IGNORE_CERT_ERRORS] = "IGNORE_CERT_ERRORS",
	[XHR_PROP_ONDATA_THRESHOLD] = "ONDATA_THRESHOLD",
	[XHR_PROP_SET_ENTERPRISEID] = "SET_ENTERPRISEID",
	[XHR_PROP_MAX_CONNECTIONS] = "MAX_CONNECTIONS",
};

bool property_find(const char *name, XHR_PROPERTY *out_property)
{
	size_t i;

	if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		name += sizeof(prefix) - 1;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0) {
			*out_property = (XHR_PROPERTY)i;
			return true;
		}
	}
	return false;
}

const char *property_name(XHR_PROPERTY property)
{
	return names[property];
}

static bool parse_number(const char *text, ULONGLONG *out_value)
{
	char *end;
	unsigned long long value;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	if (errno || *end)
		return false;
	*out_value = value;
	return true;
}

bool property_value(const char *text, ULONGLONG *out_value)
{
	static const struct {
		const char *word; /* as it is written */
		ULONGLONG value;  /* what it stands for */
	} words[] = {
		{"TRUE", TRUE},
		{"FALSE", FALSE},
		{"ALWAYS", XHR_PROP_ONDATA_ALWAYS},
		{"NEVER", XHR_PROP_ONDATA_NEVER},
		{"-1", (ULONGLONG)-1},
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i].word, text) == 0) {
			*out_value = words[i].value;
			return true;
		}
	}
	return parse_number(text, out_value);
}
