/* SPDX-License-Identifier: MIT */
/*
 * Line by line: section 8.2.1 (names, values), 8.2.2 (fields of a connection), 8.3.1
 * (pseudo-fields) of RFC 9113. Requests here are never CONNECT.
 */
#include "lib/h2_judge.h"

#include <stdbool.h>
#include <string.h>

#include "lib/h2_server.h"
#include "lib/pattern.h"

static const char *const pseudo[] = {":method", ":scheme", ":authority", ":path"};

#define PSEUDO_COUNT (sizeof(pseudo) / sizeof(pseudo[0]))

static const char *const refused[] = {
	"connection", "keep-alive", "proxy-connection", "transfer-encoding",
	"upgrade",    "host",	    "http2-settings"};

/* The value of a line that has this name, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	size_t len = strlen(name);
	bool is_it = strncmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0;

	return is_it ? line + len + 2 : NULL;
}

const char *h2_judge_field(const char *head, const char *name)
{
	for (const char *line = head; *line; line = strchr(line, '\n') + 1) {
		const char *value = value_of(line, name);

		if (value)
			return value;
	}
	return NULL;
}

static const char *judge_name(const char *line)
{
	const char *value;

	for (const char *at = line + 1; *at != ':' && *at != '\n'; at++)
		if ((*at >= 'A' && *at <= 'Z') || *at <= ' ' || *at == 0x7F)
			return "a name with bytes that may not be there";
	if (*line >= 'A' && *line <= 'Z')
		return "a name with capitals";
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (value_of(line, refused[i]))
			return "a field that belongs to a connection";
	value = value_of(line, "te");
	if (value && strncmp(value, "trailers\n", 9) != 0)
		return "TE with something else than trailers";
	return NULL;
}

static const char *judge_value(const char *line)
{
	const char *end = strchr(line, '\n');
	const char *value = strchr(line + 1, ':') + 2;

	if (value < end && (strchr(" \t", *value) || strchr(" \t", end[-1])))
		return "a value with blanks around it";
	return NULL;
}

/* Notes a pseudo-field. */
static const char *judge_pseudo(const char *line, bool seen[PSEUDO_COUNT])
{
	for (size_t i = 0; i < PSEUDO_COUNT; i++) {
		const char *value = value_of(line, pseudo[i]);

		if (!value)
			continue;
		if (seen[i])
			return "a pseudo-field twice";
		if (*value == '\n')
			return "an empty pseudo-field";
		seen[i] = true;
		return NULL;
	}
	return "a pseudo-field that requests do not have";
}

static const char *judge_line(const char *line)
{
	const char *wrong = judge_name(line);

	return wrong ? wrong : judge_value(line);
}

const char *h2_judge_head(const char *head)
{
	bool seen[PSEUDO_COUNT] = {false};
	bool is_behind = false;

	for (const char *line = head; *line; line = strchr(line, '\n') + 1) {
		const char *wrong = judge_line(line);

		if (!wrong && *line == ':')
			wrong = is_behind ? "a pseudo-field behind another field"
					  : judge_pseudo(line, seen);
		if (wrong)
			return wrong;
		is_behind = *line != ':';
	}
	for (size_t i = 0; i < PSEUDO_COUNT; i++)
		if (!seen[i])
			return "a pseudo-field is missing";
	return NULL;
}

const char *h2_judge_trailers(const char *trailers)
{
	for (const char *line = trailers; *line; line = strchr(line, '\n') + 1) {
		const char *wrong = judge_line(line);

		if (wrong || *line == ':')
			return wrong ? wrong : "a pseudo-field in trailers";
	}
	return NULL;
}

void h2_judge_body(struct h2_server_request *request, const char *at, size_t len)
{
	size_t used = H2_SERVER_KEPT_BYTES;
	size_t some;

	if (request->body_bytes < used)
		used = (size_t)request->body_bytes;
	some = H2_SERVER_KEPT_BYTES - used;
	if (len)
		memcpy(request->kept + used, at, len < some ? len : some);
	request->is_pattern =
		request->is_pattern && pattern_matches(at, request->body_bytes, len);
	request->body_bytes += len;
}
