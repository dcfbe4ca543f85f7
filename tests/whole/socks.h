/* SPDX-License-Identifier: MIT */
/*
 * What the tests with SOCKS servers begin with: a server, an origin of http: behind it
 * that answers with its path, and one of https: for good.test and 127.0.0.1. Names such
 * as origin.test are known to the server alone.
 */
#ifndef IXHR2_TESTS_WHOLE_SOCKS_H
#define IXHR2_TESTS_WHOLE_SOCKS_H

#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "engine/session.h"
#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/logins.h"
#include "lib/pki.h"
#include "lib/socks_server.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

struct socks_setting {
	struct socks_server_options options; /* set before socks_begin */
	struct socks_server *server;
	struct answerer *origin;   /* origin.test, other.test, [::1] of http: */
	struct tls_origin *secure; /* good.test of https: */
};

/* Starts all; every request goes through the server. */
static inline void socks_begin(struct socks_setting *setting, const char *scheme,
			       const char *login)
{
	static const struct tls_origin_options secure = {
		.certificate = "ip_san", .hosts = {{"good.test", "good", NULL}}};
	struct socks_server_target *targets = setting->options.targets;
	unsigned port;

	setting->origin = answerer_start(NULL, NULL);
	setting->secure = tls_origin_start(&secure);
	port = answerer_port(setting->origin);
	targets[0] = (struct socks_server_target){"origin.test", port};
	targets[1] = (struct socks_server_target){"other.test", port};
	targets[2] = (struct socks_server_target){"::1", port};
	targets[3] = (struct socks_server_target){"good.test",
						  tls_origin_port(setting->secure)};
	setting->server = socks_server_start(&setting->options);
	socks_server_lead(setting->server, scheme, login);
}

static inline void socks_finish(struct socks_setting *setting)
{
	socks_server_end(setting->server);
	answerer_end(setting->origin);
	tls_origin_end(setting->secure);
}

/* The same, and the next setting of the same test may be another. */
static inline void socks_finish_once(struct socks_setting *setting)
{
	session_reset();
	socks_finish(setting);
}

/* What the last client has said. */
static inline struct socks_server_visit socks_last(struct socks_setting *setting)
{
	struct socks_server_visit visit;

	socks_server_visit(setting->server, socks_server_count(setting->server) - 1,
			   &visit);
	return visit;
}

/* Asserts what the last client has told. */
static inline void socks_expect(struct socks_setting *setting, unsigned version,
				bool is_name, const char *host, unsigned port)
{
	struct socks_server_visit visit = socks_last(setting);

	assert_int_equal(visit.version, version);
	assert_string_equal(visit.host, host);
	assert_int_equal(visit.is_name, is_name);
	assert_int_equal(visit.port, port);
	assert_true(visit.is_led);
	assert_false(visit.is_early);
}

#endif
