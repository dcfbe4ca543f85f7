/* SPDX-License-Identifier: MIT */
/*
 * One thing is under way at a time, and the phase says what; the timer bounds all of it.
 *
 *	RESOLVE_TARGET        socks5:// alone: this side knows the address
 *	RESOLVE → CONNECT     of the target, or of the proxy on the way to it
 *	SECURE_PROXY          an https:// proxy
 *	SOCKS or CONNECT      what is said to the proxy
 *	SECURE                TLS with the target
 *
 * A proxy that closes behind a challenge is connected to once more, from RESOLVE on.
 */
#include "engine/dial.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/tunnel.h"
#include "net/race.h"
#include "net/socks.h"
#include "tls/identity.h"

enum dial_phase {
	RESOLVE_TARGET,
	RESOLVE,
	CONNECT,
	SECURE_PROXY,
	SPEAK_SOCKS,
	ASK_TUNNEL,
	SECURE
};

/* What is needed behind the connection. */
struct dial_way {
	struct tls_options tls;	   /* with the target; its trust is NULL where none is
				      wanted, its identity a reference */
	struct dial_proxy proxy;   /* on the way; its login is a reference */
	union dns_address address; /* of the target, for socks5:// */
	struct socks *socks;	   /* owned, or NULL */
	struct tunnel *tunnel;	   /* owned, or NULL: once there it stays */
};

struct dial {
	struct loop *loop;	 /* runs it */
	struct dns *dns;	 /* names */
	void *owner;		 /* given to done */
	dial_done_fn *done;	 /* the end */
	enum dial_phase phase;	 /* what is under way */
	uint16_t port;		 /* of the target */
	struct span host;	 /* the target's; borrowed */
	struct dns_query query;	 /* the question for addresses */
	struct race *race;	 /* while it runs, else NULL */
	struct wire *wire;	 /* in the phases behind, else NULL */
	struct dial_way *way;	 /* owned; NULL: nothing is needed */
	struct loop_timer timer; /* bounds all of it */
	uint64_t resolved_ns;	 /* when the addresses were known, or 0 */
	uint64_t connected_ns;	 /* when the TCP connection was there, or 0 */
};

/* The proxy on the way, or NULL. */
static const struct proxy *proxy_of(const struct dial *dial)
{
	return dial->way ? dial->way->proxy.proxy : NULL;
}

/* Whether TLS is spoken with the target. */
static bool wants_tls(const struct dial *dial)
{
	return dial->way && dial->way->tls.trust;
}

static void free_way(struct dial_way *way)
{
	if (!way)
		return;
	tunnel_free(way->tunnel);
	mem_free(way->socks);
	identity_unref(way->tls.identity);
	login_unref(way->proxy.login);
	mem_free(way);
}

void dial_free(struct dial *dial)
{
	if (!dial)
		return;
	loop_timer_stop(dial->loop, &dial->timer);
	dns_cancel(&dial->query);
	race_free(dial->race);
	free_way(dial->way);
	wire_free(dial->wire);
	mem_free(dial);
}

/* What is known now; neither wire nor fault yet. */
static struct dial_result result_of(const struct dial *dial)
{
	const struct wire *wire = dial->wire;
	struct dial_result result = {
		.peer = wire ? wire->peer.at : NULL,
		.resolved_ns = dial->resolved_ns,
		.connected_ns = dial->connected_ns,
	};

	if (dial->way)
		result.proxy_status = tunnel_status(dial->way->tunnel);
	if (dial->phase == SECURE && wire)
		result.tls = tls_facts(wire);
	return result;
}

static void finish(struct dial *dial, const struct dial_result *result)
{
	const struct proxy *proxy = proxy_of(dial);

	if (log_on())
		log_line("connect %.*s:%u%s%s: %s", (int)dial->host.len, dial->host.at,
			 dial->port, proxy ? " through " : "",
			 proxy ? proxy->text.at : "",
			 result->wire ? result->wire->peer.at
				      : err_text(result->fault.err));
	loop_timer_stop(dial->loop, &dial->timer);
	dial->done(dial->owner, result);
	dial_free(dial);
}

/* Whether what goes wrong now is wrong with the proxy, or with the way to it. */
static bool is_at_proxy(const struct dial *dial)
{
	return proxy_of(dial) && dial->phase != SECURE && dial->phase != RESOLVE_TARGET;
}

/* Ends with the fault in *result. */
static void fail_with(struct dial *dial, struct dial_result *result)
{
	result->is_proxy_fault = is_at_proxy(dial);
	if (result->is_proxy_fault && result->fault.err == ERR_NAME)
		result->fault.err = ERR_PROXY_NAME;
	finish(dial, result);
}

static void fail(struct dial *dial, const struct fault *fault)
{
	struct dial_result result = result_of(dial);

	result.fault = *fault;
	fail_with(dial, &result);
}

static void fail_for_memory(struct dial *dial, const char *what)
{
	fail(dial, &(struct fault){ERR_NO_MEMORY, 0, what});
}

/* secured_ns: when the handshake was over, or 0. */
static void succeed(struct dial *dial, uint64_t secured_ns)
{
	struct dial_result result = result_of(dial);

	result.secured_ns = secured_ns;
	result.wire = dial->wire;
	dial->wire = NULL;
	wire_own(result.wire, NULL, NULL);
	finish(dial, &result);
}

static void begin_connection(struct dial *dial);
static void pass_proxy(struct dial *dial);

/* ---- TLS, with the target or with a proxy ---- */

static void secure(struct dial *dial)
{
	enum err err = tls_handshake(dial->wire);

	if (err == ERR_AGAIN)
		return;
	if (err)
		fail(dial, &dial->wire->fault);
	else if (dial->phase == SECURE_PROXY)
		pass_proxy(dial);
	else
		succeed(dial, clock_mono_ns());
}

static void on_secure_ready(void *owner, unsigned ready)
{
	(void)ready;
	secure(owner);
}

static void begin_tls(struct dial *dial, const struct tls_options *options)
{
	struct wire *below = dial->wire;

	dial->wire = NULL;
	if (tls_new(dial->loop, below, options, &dial->wire)) {
		fail_for_memory(dial, "the TLS handshake");
		return;
	}
	wire_own(dial->wire, on_secure_ready, dial);
	secure(dial);
}

static void secure_proxy(struct dial *dial)
{
	const struct proxy *proxy = proxy_of(dial);
	const struct tls_options options = {
		.trust = dial->way->proxy.trust, .host = proxy->host, .key = proxy->text};

	dial->phase = SECURE_PROXY;
	begin_tls(dial, &options);
}

/* The wire leads to the target, or to a proxy that speaks for it. */
static void reach(struct dial *dial)
{
	if (!wants_tls(dial)) {
		succeed(dial, 0);
		return;
	}
	dial->phase = SECURE;
	begin_tls(dial, &dial->way->tls);
}

/* ---- what a proxy is told ---- */

static void speak_socks(struct dial *dial)
{
	struct socks *socks = dial->way->socks;
	enum err err = socks_run(socks, dial->wire);
	struct dial_result result;

	if (err == ERR_AGAIN) {
		wire_wants(dial->wire, socks->waits);
		return;
	}
	if (!err) {
		reach(dial);
		return;
	}
	result = result_of(dial);
	result.fault = socks->fault;
	result.wants_proxy_login = err == ERR_PROXY_AUTH;
	fail_with(dial, &result);
}

static void on_socks_ready(void *owner, unsigned ready)
{
	(void)ready;
	speak_socks(owner);
}

static void begin_socks(struct dial *dial)
{
	enum proxy_kind kind = dial->way->proxy.proxy->kind;
	const struct login *login = dial->way->proxy.login;
	struct socks_target target = {
		.version = kind == PROXY_SOCKS4A ? SOCKS_4A : SOCKS_5,
		.host = dial->host,
		.address = kind == PROXY_SOCKS5 ? &dial->way->address : NULL,
		.port = dial->port,
	};
	enum err err;

	if (login && !dial->way->proxy.no_auth) {
		target.user = login->user;
		target.password = login->password;
	}
	dial->phase = SPEAK_SOCKS;
	dial->way->socks = mem_zalloc(sizeof(*dial->way->socks));
	if (!dial->way->socks) {
		fail_for_memory(dial, "SOCKS");
		return;
	}
	err = socks_init(dial->way->socks, &target);
	if (err) {
		fail(dial, &dial->way->socks->fault);
		return;
	}
	wire_own(dial->wire, on_socks_ready, dial);
	speak_socks(dial);
}

static void fail_in_tunnel(struct dial *dial, const struct tunnel_result *tunnel)
{
	struct dial_result result = result_of(dial);

	result.fault = tunnel->fault;
	result.wants_proxy_login = tunnel->wants_login;
	result.proxy_auth = tunnel->auth;
	fail_with(dial, &result);
}

static void on_tunnel(void *owner, const struct tunnel_result *result)
{
	struct dial *dial = owner;

	switch (result->end) {
	case TUNNEL_OPEN:
		reach(dial);
		break;
	case TUNNEL_AGAIN:
		wire_free(dial->wire);
		dial->wire = NULL;
		begin_connection(dial);
		break;
	case TUNNEL_FAILED:
		fail_in_tunnel(dial, result);
		break;
	}
}

static enum err new_tunnel(struct dial *dial)
{
	const struct tunnel_target target = {
		.host = dial->host,
		.port = dial->port,
		.user_agent = dial->way->proxy.user_agent,
		.proxy_host = dial->way->proxy.proxy->host,
		.login = dial->way->proxy.login,
		.may_use_ticket = dial->way->proxy.may_use_ticket,
		.no_auth = dial->way->proxy.no_auth,
	};

	return tunnel_new(dial->loop, &target, on_tunnel, dial, &dial->way->tunnel);
}

static void ask_tunnel(struct dial *dial)
{
	dial->phase = ASK_TUNNEL;
	if (!dial->way->tunnel && new_tunnel(dial))
		fail_for_memory(dial, "CONNECT");
	else
		tunnel_run(dial->way->tunnel, dial->wire);
}

/* The wire leads to the proxy, in secrecy where that is wanted. */
static void pass_proxy(struct dial *dial)
{
	if (!proxy_is_http(dial->way->proxy.proxy))
		begin_socks(dial);
	else if (wants_tls(dial))
		ask_tunnel(dial);
	else
		reach(dial);
}

/* ---- names and addresses ---- */

static void fail_in_race(struct dial *dial, const struct race_result *race)
{
	struct dial_result result = result_of(dial);

	result.fault = race->fault;
	result.peer = race->peer;
	fail_with(dial, &result);
}

static void on_raced(void *owner, const struct race_result *result)
{
	struct dial *dial = owner;

	dial->race = NULL;
	if (!result->wire) {
		fail_in_race(dial, result);
		return;
	}
	dial->wire = result->wire;
	dial->connected_ns = clock_mono_ns();
	if (!proxy_of(dial))
		reach(dial);
	else if (dial->way->proxy.proxy->kind == PROXY_HTTPS)
		secure_proxy(dial);
	else
		pass_proxy(dial);
}

/* IPv4 where there is a choice: many SOCKS servers know nothing else. */
static union dns_address address_for_socks(const struct dns_answer *answer)
{
	for (unsigned i = 0; i < answer->count; i++) {
		if (answer->at[i].any.sa_family == AF_INET)
			return answer->at[i];
	}
	return answer->at[0];
}

static void on_resolved(struct dns_query *query, const struct dns_answer *answer,
			const struct fault *fault)
{
	struct dial *dial = LIST_ENTRY(query, struct dial, query);
	const struct proxy *proxy = proxy_of(dial);
	enum err err;

	if (!answer) {
		fail(dial, fault);
		return;
	}
	if (dial->phase == RESOLVE_TARGET) {
		dial->way->address = address_for_socks(answer);
		begin_connection(dial);
		return;
	}
	dial->phase = CONNECT;
	dial->resolved_ns = clock_mono_ns();
	err = race_new(dial->loop, answer, proxy ? proxy->port : dial->port, on_raced,
		       dial, &dial->race);
	if (err)
		fail(dial, &(struct fault){err, 0, "connecting"});
}

/* Asks for a name in a phase. ERR_NO_MEMORY. */
static enum err resolve(struct dial *dial, enum dial_phase phase)
{
	const struct proxy *proxy = proxy_of(dial);
	struct span host = dial->host;

	dial->phase = phase;
	if (phase == RESOLVE && proxy)
		host = proxy->host;
	return dns_ask(dial->dns, host, &dial->query);
}

/* To the target, or to the proxy on the way. */
static void begin_connection(struct dial *dial)
{
	if (resolve(dial, RESOLVE))
		fail_for_memory(dial, "resolving the name");
}

/* ---- life ---- */

static void on_time(struct loop_timer *timer)
{
	static const char *const what[] = {
		[RESOLVE_TARGET] = "resolving the name",
		[RESOLVE] = "resolving the name",
		[CONNECT] = "connecting",
		[SECURE_PROXY] = "the TLS handshake with the proxy",
		[SPEAK_SOCKS] = "SOCKS",
		[ASK_TUNNEL] = "CONNECT",
		[SECURE] = "the TLS handshake",
	};
	struct dial *dial = LIST_ENTRY(timer, struct dial, timer);
	struct fault fault = {ERR_TIMEOUT, 0, what[dial->phase]};

	fail(dial, &fault);
}

/* Keeps what is needed behind the connection. ERR_NO_MEMORY. */
static enum err keep_way(struct dial *dial, const struct dial_target *target)
{
	struct dial_way *way;

	if (!target->proxy.proxy && !target->tls)
		return ERR_NONE;
	way = mem_zalloc(sizeof(*way));
	if (!way)
		return ERR_NO_MEMORY;
	way->proxy = target->proxy;
	login_ref(way->proxy.login);
	if (target->tls)
		way->tls = *target->tls;
	identity_ref(way->tls.identity);
	dial->way = way;
	return ERR_NONE;
}

static enum dial_phase first_phase(const struct dial *dial)
{
	const struct proxy *proxy = proxy_of(dial);

	return proxy && proxy->kind == PROXY_SOCKS5 ? RESOLVE_TARGET : RESOLVE;
}

enum err dial_new(struct loop *loop, struct dns *dns, const struct dial_target *target,
		  dial_done_fn *done, struct dial **out_dial)
{
	struct dial *dial = mem_zalloc(sizeof(*dial));
	enum err err;

	if (!dial)
		return ERR_NO_MEMORY;
	dial->loop = loop;
	dial->dns = dns;
	dial->done = done;
	dial->port = target->port;
	dial->host = target->host;
	dial->query.done = on_resolved;
	loop_timer_init(&dial->timer, on_time);
	err = keep_way(dial, target);
	if (!err)
		err = loop_timer_start(loop, &dial->timer, target->timeout_ms);
	if (!err)
		err = resolve(dial, first_phase(dial));
	if (err)
		dial_free(dial);
	else
		*out_dial = dial;
	return err;
}

void dial_own(struct dial *dial, void *owner)
{
	dial->owner = owner;
}

void dial_renew(struct dial *dial, uint32_t timeout_ms)
{
	/* A timer that runs needs no memory; if it did, the old time would stay. */
	if (loop_timer_start(dial->loop, &dial->timer, timeout_ms))
		log_line("no memory for a timer; the time to connect stays");
}
