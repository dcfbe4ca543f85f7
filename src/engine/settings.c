/* SPDX-License-Identifier: MIT */
/*
 * One table names each option's environment variable and the function that reads its
 * text. A value is read before it is kept, so that a malformed one changes nothing.
 */
#include "engine/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/field.h"

/* How many rules one text may hold. */
#define MAX_ROUTES 1000

typedef enum err read_fn(struct settings *settings, struct span text);

static enum err read_uint32(struct span text, uint32_t *out)
{
	uint64_t value;

	if (text_parse_uint(text, &value) || value > UINT32_MAX)
		return ERR_INVALID;
	*out = (uint32_t)value;
	return ERR_NONE;
}

static enum err read_path(struct settings *settings, struct span text)
{
	(void)settings;
	return text.len ? ERR_NONE : ERR_INVALID;
}

static enum err read_max_connections(struct settings *settings, struct span text)
{
	return read_uint32(text, &settings->max_connections);
}

static enum err read_timeout(struct settings *settings, struct span text)
{
	return read_uint32(text, &settings->timeout_ms);
}

static enum err read_connect_timeout(struct settings *settings, struct span text)
{
	uint32_t ms;
	enum err err = read_uint32(text, &ms);

	if (!err)
		settings->connect_timeout_ms = ms ? ms : SETTINGS_CONNECT_TIMEOUT_MS;
	return err;
}

static enum err read_user_agent(struct settings *settings, struct span text)
{
	if (!field_is_value(text))
		return ERR_INVALID;
	settings->user_agent = text;
	return ERR_NONE;
}

/* One part of a rule, up to a colon that stands outside of brackets. */
static struct span cut_part(struct span *rest)
{
	size_t begin = 0;

	if (rest->len && rest->at[0] == '[') {
		const char *end = memchr(rest->at, ']', rest->len);

		begin = end ? (size_t)(end - rest->at) : 0;
	}
	for (size_t i = begin; i < rest->len; i++) {
		if (rest->at[i] != ':')
			continue;
		struct span part = span_of(rest->at, i);

		*rest = span_skip(*rest, i + 1);
		return part;
	}
	struct span part = *rest;

	*rest = span_of(NULL, 0);
	return part;
}

static enum err read_port(struct span text, uint16_t *out_port)
{
	uint64_t port = 0;

	if (text.len && (text_parse_uint(text, &port) || !port || port > UINT16_MAX))
		return ERR_INVALID;
	*out_port = (uint16_t)port;
	return ERR_NONE;
}

static enum err read_route(struct span rule, struct settings_route *out)
{
	struct span host, port, to_host, to_port;
	unsigned colons = 0;
	bool is_in_brackets = false;

	for (size_t i = 0; i < rule.len; i++) {
		if (rule.at[i] == '[' || rule.at[i] == ']')
			is_in_brackets = rule.at[i] == '[';
		else if (rule.at[i] == ':' && !is_in_brackets)
			colons++;
	}
	if (colons != 3)
		return ERR_INVALID;
	host = cut_part(&rule);
	port = cut_part(&rule);
	to_host = cut_part(&rule);
	to_port = rule;
	out->host = host;
	out->to_host = to_host;
	if (read_port(port, &out->port) || read_port(to_port, &out->to_port))
		return ERR_INVALID;
	return ERR_NONE;
}

static enum err read_routes(struct settings *settings, struct span text)
{
	struct settings_route *routes;
	unsigned count = 1, at = 0;
	enum err err;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == ',';
	if (count > MAX_ROUTES)
		return ERR_INVALID;
	routes = mem_array(count, sizeof(*routes));
	if (!routes)
		return ERR_NO_MEMORY;
	while (text.len) {
		err = read_route(span_trim(span_cut(&text, ',')), &routes[at++]);
		if (err) {
			mem_free(routes);
			return err;
		}
	}
	mem_free(settings->routes);
	settings->routes = routes;
	settings->route_count = at;
	return ERR_NONE;
}

static const struct {
	const char *variable; /* of the environment */
	read_fn *read;	      /* reads the text into the settings, or refuses it */
} options[] = {
	[SESSION_DATA_DIR] = {"IXHR2_DATA_DIR", read_path},
	[SESSION_CONNECT_TO] = {"IXHR2_CONNECT_TO", read_routes},
	[SESSION_MAX_CONNECTIONS] = {"IXHR2_MAX_CONNECTIONS", read_max_connections},
	[SESSION_TIMEOUT_MS] = {"IXHR2_TIMEOUT_MS", read_timeout},
	[SESSION_CONNECT_TIMEOUT_MS] = {"IXHR2_CONNECT_TIMEOUT_MS", read_connect_timeout},
	[SESSION_USER_AGENT] = {"IXHR2_USER_AGENT", read_user_agent},
	[SESSION_CA_FILE] = {"IXHR2_CA_FILE", read_path},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* The language of messages, "de-DE" for "de_DE.UTF-8"; "en-US" where none is set. */
static void read_language(struct settings *settings)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *locale = NULL;
	size_t len = 0;

	for (size_t i = 0; i < 3 && (!locale || !*locale); i++)
		locale = getenv(variables[i]);
	while (locale && len + 1 < SETTINGS_LANGUAGE_BYTES &&
	       (text_is_alpha(locale[len]) || text_is_digit(locale[len]) ||
		locale[len] == '_')) {
		settings->language[len] = locale[len] == '_' ? '-' : locale[len];
		len++;
	}
	settings->accept_language = span_of(settings->language, len);
	if (len < 2 || span_eq(settings->accept_language, SPAN("POSIX")))
		settings->accept_language = SPAN("en-US");
}

void settings_init(struct settings *settings)
{
	*settings = (struct settings){0};
	settings->connect_timeout_ms = SETTINGS_CONNECT_TIMEOUT_MS;
	settings->user_agent = SPAN("ixhr2/" IXHR2_VERSION_TEXT);
	read_language(settings);
}

void settings_done(struct settings *settings)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		mem_free(settings->text[i]);
	mem_free(settings->routes);
	*settings = (struct settings){0};
}

/* What an option is worth when it is taken back. */
static void unset(struct settings *settings, enum session_option option)
{
	struct settings defaults;

	settings_init(&defaults);
	switch (option) {
	case SESSION_DATA_DIR:
	case SESSION_CA_FILE:
		break;
	case SESSION_CONNECT_TO:
		mem_free(settings->routes);
		settings->routes = NULL;
		settings->route_count = 0;
		break;
	case SESSION_MAX_CONNECTIONS:
		settings->max_connections = defaults.max_connections;
		break;
	case SESSION_TIMEOUT_MS:
		settings->timeout_ms = defaults.timeout_ms;
		break;
	case SESSION_CONNECT_TIMEOUT_MS:
		settings->connect_timeout_ms = defaults.connect_timeout_ms;
		break;
	case SESSION_USER_AGENT:
		settings->user_agent = defaults.user_agent;
		break;
	}
	mem_free(settings->text[option]);
	settings->text[option] = NULL;
}

enum err settings_set(struct settings *settings, enum session_option option,
		      const char *value)
{
	size_t len = value ? strlen(value) : 0;
	char *text;
	enum err err;

	if ((unsigned)option >= OPTION_COUNT)
		return ERR_INVALID;
	if (!value) {
		unset(settings, option);
		return ERR_NONE;
	}
	text = mem_alloc(len + 1);
	if (!text)
		return ERR_NO_MEMORY;
	memcpy(text, value, len + 1);
	err = options[option].read(settings, span_of(text, len));
	if (err) {
		mem_free(text);
		return err;
	}
	mem_free(settings->text[option]);
	settings->text[option] = text;
	return ERR_NONE;
}

enum err settings_read_environment(struct settings *settings)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const char *value = getenv(options[i].variable);
		enum err err;

		if (settings->text[i] || !value)
			continue;
		err = settings_set(settings, (enum session_option)i, value);
		if (err == ERR_NO_MEMORY)
			return err;
		if (err && log_on())
			log_line("%s is malformed and left out", options[i].variable);
	}
	return ERR_NONE;
}

/* folder with tail behind it, as the caller's. */
static enum err join(const char *folder, const char *tail, char **out_path)
{
	size_t bytes = strlen(folder) + strlen(tail) + 1;
	char *path = mem_alloc(bytes);

	if (!path)
		return ERR_NO_MEMORY;
	snprintf(path, bytes, "%s%s", folder, tail);
	*out_path = path;
	return ERR_NONE;
}

enum err settings_data_dir(const struct settings *settings, char **out_path)
{
	const char *set = settings->text[SESSION_DATA_DIR];
	const char *data_home = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (set)
		return join(set, "", out_path);
	/* The XDG base directory specification has relative paths ignored. */
	if (data_home && data_home[0] == '/')
		return join(data_home, "/ixhr2", out_path);
	if (!home || !*home)
		return ERR_FILE_MISSING;
	return join(home, "/.local/share/ixhr2", out_path);
}

void settings_route(const struct settings *settings, struct span *host, uint16_t *port)
{
	for (unsigned i = 0; i < settings->route_count; i++) {
		const struct settings_route *route = &settings->routes[i];

		if (route->host.len && !span_eq_nocase(route->host, *host))
			continue;
		if (route->port && route->port != *port)
			continue;
		if (route->to_host.len)
			*host = route->to_host;
		if (route->to_port)
			*port = route->to_port;
		return;
	}
}
