/* SPDX-License-Identifier: MIT */
/*
 * Both names are taken as bytes, in A-labels, never decoded. The host is checked to be a
 * name, label by label; a presented name that equals it is then one too. Of a presented
 * name that begins with "*." the rest must equal what stands behind the host's first
 * label, and that must not be a public suffix. No other place of a "*" has a meaning:
 * such a name equals no host.
 *
 * Underscores are no letters of host names, but there are servers that have them.
 */
#include "tls/server_name.h"

#include "base/text.h"

/* Limits of DNS (RFC 1035 2.3.4), in the form with dots between the labels. */
#define NAME_MAX_BYTES	253
#define LABEL_MAX_BYTES 63

static bool is_label(struct span label)
{
	if (label.len == 0 || label.len > LABEL_MAX_BYTES)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char c = label.at[i];

		if (!text_is_alpha(c) && !text_is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* Whether all of name is labels with one dot between two. */
static bool is_name(struct span name)
{
	if (name.len == 0 || name.len > NAME_MAX_BYTES || name.at[name.len - 1] == '.')
		return false;
	while (name.len) {
		if (!is_label(span_cut(&name, '.')))
			return false;
	}
	return true;
}

static bool is_public(struct span name, server_name_suffix_fn *is_public_suffix)
{
	char lower[NAME_MAX_BYTES];

	for (size_t i = 0; i < name.len; i++)
		lower[i] = text_lower(name.at[i]);
	return is_public_suffix(span_of(lower, name.len));
}

static struct span without_last_dot(struct span host)
{
	if (host.len && host.at[host.len - 1] == '.')
		host.len--;
	return host;
}

bool server_name_matches(struct span presented, struct span host,
			 server_name_suffix_fn *is_public_suffix)
{
	host = without_last_dot(host);
	if (!is_name(host))
		return false;
	if (!span_has_prefix(presented, SPAN("*.")))
		return span_eq_nocase(presented, host);
	span_cut(&host, '.');
	return host.len && span_eq_nocase(span_skip(presented, 2), host) &&
	       !is_public(host, is_public_suffix);
}

bool server_name_is_below(struct span host, struct span tree)
{
	size_t in_front;

	host = without_last_dot(host);
	if (!tree.len)
		return true;
	if (host.len < tree.len)
		return false;
	in_front = host.len - tree.len;
	return span_eq_nocase(span_skip(host, in_front), tree) &&
	       (!in_front || tree.at[0] == '.' || host.at[in_front - 1] == '.');
}
