/* SPDX-License-Identifier: MIT */
/*
 * A dial brings a wire to the place, through its proxy and with TLS where that is wanted
 * (see dial.h). Which protocol is spoken there was agreed on by TLS (ALPN), or is known
 * before: without TLS nobody is asked.
 *
 * The roots are read when the first connection needs them, and serve all the others.
 */
#include "engine/connector.h"

#include "engine/conn_h1.h"
#include "engine/conn_h2.h"
#include "tls/tls.h"
#include "tls/trust.h"
#include "web/psl.h"

void connector_done(struct connector *connector)
{
	trust_free(connector->trust);
}

/* ---- a wire ---- */

/* Makes what all TLS connections share. ERR_NO_MEMORY, ERR_TLS: *fault is set. */
static enum err need_trust(struct connector *connector, struct fault *fault)
{
	const struct trust_options options = {connector->settings->text[SESSION_CA_FILE],
					      psl_is_registry};

	if (connector->trust)
		return ERR_NONE;
	if (!trust_new(&options, &connector->trust, fault))
		return ERR_NONE;
	if (fault->err != ERR_NO_MEMORY)
		fault->err = ERR_TLS;
	return fault->err;
}

static bool needs_trust(const struct place *place)
{
	return place->is_https || (place->proxy && place->proxy->kind == PROXY_HTTPS);
}

/* What leads to the place, and how it is spoken to. */
static struct dial_proxy proxy_of(const struct connector *connector,
				  const struct place *place)
{
	if (!place->proxy)
		return (struct dial_proxy){0};
	return (struct dial_proxy){
		.proxy = place->proxy,
		.login = place->proxy_login,
		.may_use_ticket = place->may_use_proxy_ticket,
		.no_auth = place->no_proxy_auth,
		.user_agent = connector->settings->user_agent,
		.trust = connector->trust,
	};
}

/* What is offered to a TLS server (RFC 7301). */
static struct span alpn_of(const struct place *place)
{
	static const struct span alpn[] = {
		[CONNECTION_ANY] = {"\x02h2\x08http/1.1", 12},
		[CONNECTION_HTTP_1_1] = {"\x08http/1.1", 9},
		[CONNECTION_HTTP_2] = {"\x02h2", 3},
	};

	return alpn[place->protocol];
}

static enum err dial_to(const struct connector *connector, const struct place *place,
			uint32_t timeout_ms, struct dial **out_dial)
{
	const struct tls_options tls = {
		.trust = connector->trust,
		.host = place->host,
		.key = place_key(place),
		.forgiven = place->forgiven,
		.identity = place->identity,
		.alpn = alpn_of(place),
	};
	struct dial_target target = {
		.host = place->host,
		.port = place->port,
		.timeout_ms = timeout_ms,
		.tls = place->is_https ? &tls : NULL,
		.proxy = proxy_of(connector, place),
	};

	settings_route(connector->settings, &target.host, &target.port);
	return dial_new(connector->loop, connector->dns, &target, connector->done,
			out_dial);
}

enum err connector_dial(struct connector *connector, const struct place *place,
			uint32_t timeout_ms, struct dial **out_dial,
			struct fault *out_fault)
{
	enum err err;

	if (needs_trust(place) && need_trust(connector, out_fault))
		return out_fault->err;
	err = dial_to(connector, place, timeout_ms, out_dial);
	return err ? fault_set(out_fault, err, 0, "connecting") : ERR_NONE;
}

/* ---- a connection of it ---- */

enum err connector_open(const struct connector *connector, struct place *place,
			const struct dial_result *result,
			struct connection **out_connection, struct fault *out_fault)
{
	enum err err;

	place->is_single = !place_speaks_h2(place, result->tls);
	if (place->is_single && place_needs_h2(place)) {
		wire_free(result->wire);
		return fault_set(out_fault, ERR_PROTOCOL, 0,
				 "the server does not speak HTTP/2");
	}
	if (place->is_single)
		err = conn_h1_new(connector->loop, result->wire, out_connection);
	else
		err = conn_h2_new(connector->loop, result->wire,
				  connector->settings->ping_ms, out_connection);
	if (err)
		return fault_set(out_fault, err, 0, "the connection");
	(*out_connection)->tls = result->tls;
	return ERR_NONE;
}
