/* SPDX-License-Identifier: MIT */
/*
 * One table names each option's environment variable and the function that reads its
 * text. A value is read before it is kept, so that a malformed one changes nothing.
 *
 * Proxies come from several places, which are kept side by side; which of them counts is
 * decided for each URL. One that is malformed in the environment leaves a mark: it still
 * counts, and whatever would go through it fails. HTTP_PROXY in capitals is not read:
 * where a web server starts programs it may hold what a client has sent in a field
 * "Proxy".
 */
#include "engine/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/spread.h"
#include "http/coding.h"
#include "http/field.h"
#include "http/h1_head.h"
#include "http/h2.h"
#include "web/host_list.h"

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

static enum err read_protocol(struct settings *settings, struct span text)
{
	static const struct span names[] = {
		[CONNECTION_ANY] = {"any", 3},
		[CONNECTION_HTTP_1_1] = {"http1.1", 7},
		[CONNECTION_HTTP_2] = {"http2", 5},
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!span_eq(text, names[i]))
			continue;
		settings->protocol = (enum connection_protocol)i;
		return ERR_NONE;
	}
	return ERR_INVALID;
}

static enum err read_ping(struct settings *settings, struct span text)
{
	return read_uint32(text, &settings->ping_ms);
}

static enum err read_loops(struct settings *settings, struct span text)
{
	uint32_t loops;

	if (read_uint32(text, &loops) || !loops || loops > SPREAD_MAX_LANES)
		return ERR_INVALID;
	settings->loops = loops;
	return ERR_NONE;
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

static enum err read_proxy(struct settings *settings, struct span text)
{
	struct proxy *proxy = NULL;
	enum err err = text.len ? proxy_new(text, &proxy) : ERR_NONE;

	if (err)
		return err;
	proxy_free(settings->proxy[SETTINGS_PROXY_OPTION]);
	settings->proxy[SETTINGS_PROXY_OPTION] = proxy;
	settings->is_bad_proxy[SETTINGS_PROXY_OPTION] = false;
	return ERR_NONE;
}

/* What is no host on a list does no harm. */
static enum err read_hosts(struct settings *settings, struct span text)
{
	(void)settings;
	(void)text;
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
	[SESSION_PROXY] = {"IXHR2_PROXY", read_proxy},
	[SESSION_NO_PROXY] = {"IXHR2_NO_PROXY", read_hosts},
	[SESSION_NEGOTIATE_HOSTS] = {"IXHR2_NEGOTIATE_HOSTS", read_hosts},
	[SESSION_PROTOCOL] = {"IXHR2_PROTOCOL", read_protocol},
	[SESSION_PING_MS] = {"IXHR2_PING_MS", read_ping},
	[SESSION_LOOPS] = {"IXHR2_LOOPS", read_loops},
};

_Static_assert(sizeof(options) / sizeof(options[0]) == SETTINGS_OPTION_COUNT,
	       "every option has a row");

/* The usual variables; the first that has a value counts. */
static const struct {
	const char *first;  /* never NULL where a row is used */
	const char *second; /* or NULL */
} proxy_variables[] = {
	[SETTINGS_PROXY_HTTP] = {"http_proxy", NULL},
	[SETTINGS_PROXY_HTTPS] = {"https_proxy", "HTTPS_PROXY"},
	[SETTINGS_PROXY_ALL] = {"all_proxy", "ALL_PROXY"},
};

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
	settings->ping_ms = SETTINGS_PING_MS;
	settings->loops = 1;
	settings->user_agent = SPAN("ixhr2/" IXHR2_VERSION_TEXT);
	read_language(settings);
}

/* A proxy's URL may hold a password. NULL is fine. */
static void free_text(char *text)
{
	if (text)
		mem_wipe(text, strlen(text));
	mem_free(text);
}

void settings_done(struct settings *settings)
{
	for (unsigned i = 0; i < SETTINGS_OPTION_COUNT; i++)
		free_text(settings->text[i]);
	for (unsigned i = 0; i < SETTINGS_PROXY_COUNT; i++)
		proxy_free(settings->proxy[i]);
	mem_free(settings->no_proxy);
	mem_free(settings->routes);
	mem_free(settings->default_text);
	mem_free(settings->default_names);
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
	case SESSION_NO_PROXY:
	case SESSION_NEGOTIATE_HOSTS:
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
	case SESSION_PROTOCOL:
		settings->protocol = defaults.protocol;
		break;
	case SESSION_PING_MS:
		settings->ping_ms = defaults.ping_ms;
		break;
	case SESSION_LOOPS:
		settings->loops = defaults.loops;
		break;
	case SESSION_USER_AGENT:
		settings->user_agent = defaults.user_agent;
		break;
	case SESSION_PROXY:
		proxy_free(settings->proxy[SETTINGS_PROXY_OPTION]);
		settings->proxy[SETTINGS_PROXY_OPTION] = NULL;
		settings->is_bad_proxy[SETTINGS_PROXY_OPTION] = false;
		break;
	}
	free_text(settings->text[option]);
	settings->text[option] = NULL;
}

/* A copy of text, the caller's, or NULL. */
static char *copy_text(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = mem_alloc(bytes);

	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}

enum err settings_set(struct settings *settings, enum session_option option,
		      const char *value)
{
	char *text;
	enum err err;

	if ((unsigned)option >= SETTINGS_OPTION_COUNT)
		return ERR_INVALID;
	if (!value) {
		unset(settings, option);
		return ERR_NONE;
	}
	text = copy_text(value);
	if (!text)
		return ERR_NO_MEMORY;
	err = options[option].read(settings, span_str(text));
	if (err) {
		free_text(text);
		return err;
	}
	free_text(settings->text[option]);
	settings->text[option] = text;
	return ERR_NONE;
}

static void note_malformed(const char *variable)
{
	if (log_on())
		log_line("%s is malformed and left out", variable);
}

static enum err read_options(struct settings *settings)
{
	for (unsigned i = 0; i < SETTINGS_OPTION_COUNT; i++) {
		const char *value = getenv(options[i].variable);
		enum err err;

		if (settings->text[i] || !value || (!*value && i != SESSION_USER_AGENT))
			continue;
		err = settings_set(settings, (enum session_option)i, value);
		if (err == ERR_INVALID && i == SESSION_PROXY)
			settings->is_bad_proxy[SETTINGS_PROXY_OPTION] = true;
		else if (err == ERR_INVALID)
			note_malformed(options[i].variable);
		else if (err)
			return err;
	}
	return ERR_NONE;
}

/* The value of one of two variables, or NULL. */
static const char *value_of(const char *first, const char *second)
{
	const char *value = getenv(first);

	if ((!value || !*value) && second)
		value = getenv(second);
	return value && *value ? value : NULL;
}

static enum err read_proxies(struct settings *settings)
{
	for (unsigned i = SETTINGS_PROXY_HTTP; i < SETTINGS_PROXY_COUNT; i++) {
		const char *value =
			value_of(proxy_variables[i].first, proxy_variables[i].second);
		enum err err;

		if (settings->proxy[i] || !value)
			continue;
		err = proxy_new(span_str(value), &settings->proxy[i]);
		settings->is_bad_proxy[i] = err == ERR_INVALID;
		if (err && err != ERR_INVALID)
			return err;
	}
	return ERR_NONE;
}

static enum err read_no_proxy(struct settings *settings)
{
	const char *value = value_of("no_proxy", "NO_PROXY");

	if (settings->no_proxy || !value)
		return ERR_NONE;
	settings->no_proxy = copy_text(value);
	return settings->no_proxy ? ERR_NONE : ERR_NO_MEMORY;
}

static bool has_proxy(const struct settings *settings, enum settings_proxy_source source)
{
	return settings->proxy[source] || settings->is_bad_proxy[source];
}

/* Whether there is anything that settings_proxy and settings_may_negotiate look for. */
static bool has_ways(const struct settings *settings)
{
	bool has_any = settings->text[SESSION_NEGOTIATE_HOSTS] != NULL;

	for (int i = 0; i < SETTINGS_PROXY_COUNT; i++)
		has_any |= has_proxy(settings, (enum settings_proxy_source)i);
	return has_any;
}

static enum err lay_out_defaults(struct settings *settings)
{
	struct headers_field *fields = settings->defaults;
	uint32_t count = settings->default_count;
	enum err err;

	mem_free(settings->default_text);
	settings->default_text = NULL;
	mem_free(settings->default_names);
	settings->default_names = NULL;
	err = h1_head_lay_out(fields, count, &settings->default_text);
	return err ? err : h2_lay_out(fields, count, &settings->default_names);
}

/* Those of which there is something to say. */
static enum err list_defaults(struct settings *settings)
{
	const struct headers_field fields[SETTINGS_DEFAULT_COUNT] = {
		{SPAN("Accept"), SPAN("*/*")},
		{SPAN("Accept-Language"), settings->accept_language},
		{SPAN("Accept-Encoding"), SPAN(CODING_ACCEPTED)},
		{SPAN("User-Agent"), settings->user_agent},
	};

	settings->default_count = 0;
	for (unsigned i = 0; i < SETTINGS_DEFAULT_COUNT; i++) {
		if (fields[i].value.len)
			settings->defaults[settings->default_count++] = fields[i];
	}
	return lay_out_defaults(settings);
}

enum err settings_read_environment(struct settings *settings)
{
	enum err err = read_options(settings);

	if (!err)
		err = read_proxies(settings);
	if (!err)
		err = read_no_proxy(settings);
	settings->has_ways = has_ways(settings);
	return err ? err : list_defaults(settings);
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

static enum settings_proxy_source source_for(const struct settings *settings,
					     const struct url *url)
{
	enum settings_proxy_source own =
		url->is_https ? SETTINGS_PROXY_HTTPS : SETTINGS_PROXY_HTTP;

	if (settings->text[SESSION_PROXY] || has_proxy(settings, SETTINGS_PROXY_OPTION))
		return SETTINGS_PROXY_OPTION;
	return has_proxy(settings, own) ? own : SETTINGS_PROXY_ALL;
}

enum err settings_proxy(const struct settings *settings, const struct url *url,
			const struct proxy **out_proxy)
{
	enum settings_proxy_source source = source_for(settings, url);
	const char *list = settings->text[SESSION_NO_PROXY];
	bool is_direct = !has_proxy(settings, source) ||
			 host_list_has(span_str(list ? list : settings->no_proxy),
				       url_host(url), url->port);

	if (!is_direct && settings->is_bad_proxy[source])
		return ERR_INVALID;
	*out_proxy = is_direct ? NULL : settings->proxy[source];
	return ERR_NONE;
}

bool settings_may_negotiate(const struct settings *settings, struct span host,
			    uint16_t port)
{
	const char *list = settings->text[SESSION_NEGOTIATE_HOSTS];

	return list && host_list_has(span_str(list), host, port);
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
