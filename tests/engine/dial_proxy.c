/* SPDX-License-Identifier: MIT */
/*
 * Dials through proxies, which the main thread plays: a script says what is answered to
 * each message of the client, and what comes then. Whose fault a failure is decides what
 * a program is told of it, so every row says that.
 */
#include "engine/caller.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>

#include "lib/origin.h"
#include "lib/pki.h"
#include "lib/tls_front.h"
#include "tls/trust.h"

#define MAX_ANSWERS 4
#define MAX_FRONTS  8
#define TOLD_BYTES  8192

#define CONNECT_LINES "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n"
#define WITH_BASIC    "Proxy-Authorization: Basic dTpw\r\n\r\n"
#define CONNECTED     "HTTP/1.1 200 OK\r\n\r\n"
#define WANTS	      "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"r\"\r\n"
#define SOCKS_DONE_IP "\5\0\0\1\0\0\0\0\0\0"

/* What the other side does. */
struct script {
	const char *certificate; /* NAME: it speaks TLS itself; NULL: it does not */
	bool is_http;		 /* a message of the client is a head; otherwise what
				    comes at once */
	struct span answers[MAX_ANSWERS]; /* one to each message */
	bool closes;			  /* behind each answer but the last */
	bool ends;			  /* behind the last one */
	const char *target; /* NAME: TLS is spoken behind the last one; or NULL */
};

/* ---- the other side ---- */

struct player {
	const struct script *script;
	struct listener listener;	      /* where the proxy is */
	SSL_CTX *ctx, *target_ctx;	      /* of the script's certificates, or NULL */
	struct tls_front *fronts[MAX_FRONTS]; /* all of them, */
	int plains[MAX_FRONTS];		      /* with their plain sockets */
	unsigned front_count;		      /* of fronts */
	int fd;				      /* to the client, or -1 */
	unsigned answer;		      /* the next */
	unsigned connections;		      /* accepted */
	unsigned messages;		      /* of the client */
	char told[TOLD_BYTES];		      /* by the client, without what TLS is */
	size_t told_len, message_at;	      /* of told; where a message begins */
	struct flag is_stop;		      /* ends the fronts */
};

static void player_init(struct player *player, const struct script *script)
{
	*player = (struct player){.script = script, .fd = -1};
	listener_open(&player->listener);
	flag_init(&player->is_stop);
	if (script->certificate)
		player->ctx = tls_front_ctx(script->certificate);
	if (script->target)
		player->target_ctx = tls_front_ctx(script->target);
}

/* Closes the connection, or leaves it to the front that has taken it over. */
static void hang_up(struct player *player)
{
	if (player->fd >= 0)
		close(player->fd);
	for (unsigned i = 0; i < player->front_count; i++)
		if (player->plains[i] == player->fd)
			player->plains[i] = -1;
	player->fd = -1;
}

static void player_done(struct player *player)
{
	hang_up(player);
	flag_raise(&player->is_stop);
	while (player->front_count > 0)
		tls_front_end(player->fronts[--player->front_count]);
	SSL_CTX_free(player->ctx);
	SSL_CTX_free(player->target_ctx);
	flag_done(&player->is_stop);
	listener_close(&player->listener);
}

static void speak_tls(struct player *player, SSL_CTX *ctx)
{
	unsigned n = player->front_count++;

	assert_true(n < MAX_FRONTS);
	player->fronts[n] =
		tls_front_start(ctx, player->fd, &player->is_stop, &player->plains[n]);
	player->fd = player->plains[n];
}

static void welcome(struct player *player)
{
	hang_up(player);
	player->fd = listener_accept(&player->listener);
	player->connections++;
	if (player->ctx)
		speak_tls(player, player->ctx);
}

static bool is_answered(const struct player *player)
{
	return player->answer == MAX_ANSWERS ||
	       !player->script->answers[player->answer].len;
}

static void answer(struct player *player)
{
	const struct span *say = &player->script->answers[player->answer];
	bool is_last;

	if (is_answered(player)) {
		if (player->script->ends)
			hang_up(player);
		return;
	}
	/* The client may have hung up. */
	if (send(player->fd, say->at, say->len, MSG_NOSIGNAL) < 0) {
		hang_up(player);
		return;
	}
	player->answer++;
	is_last = is_answered(player);
	/* What the client says meanwhile must not reset the connection. */
	if (is_last && player->script->ends)
		shutdown(player->fd, SHUT_WR);
	else if (!is_last && player->script->closes)
		hang_up(player);
	else if (is_last && player->target_ctx)
		speak_tls(player, player->target_ctx);
}

static void hear(struct player *player)
{
	size_t room = sizeof(player->told) - 1 - player->told_len;
	ssize_t n = recv(player->fd, player->told + player->told_len, room, 0);

	if (n <= 0) {
		hang_up(player);
		return;
	}
	player->told_len += (size_t)n;
	if (player->script->is_http && !is_answered(player) &&
	    !strstr(player->told + player->message_at, "\r\n\r\n"))
		return;
	player->message_at = player->told_len;
	player->messages++;
	answer(player);
}

/* Plays until the dial has ended, or so many messages have come; 0: any number. */
static void play(struct player *player, struct caller *caller, unsigned messages)
{
	while (!messages || player->messages < messages) {
		struct pollfd polled[] = {
			{.fd = caller->ended.fd, .events = POLLIN},
			{.fd = player->listener.fd, .events = POLLIN},
			{.fd = player->fd, .events = POLLIN},
		};

		assert_true(poll(polled, 3, LISTENER_STEP_MS) > 0);
		if (flag_is_up(&caller->ended))
			return;
		if (polled[2].revents)
			hear(player);
		else if (polled[1].revents)
			welcome(player);
	}
}

/* ---- the dial ---- */

struct dial_case {
	const char *name;
	const char *scheme; /* of the proxy */
	const char *login;  /* "u:p@", or "" */
	const char *host;   /* of the target; NULL: "good.test" */
	bool has_tls;	    /* the target speaks TLS */
	bool no_auth;	    /* the proxy's challenges are not answered */
	struct script script;
	struct span told; /* by the client, but for TLS; empty: it does not matter */
	enum err err;	  /* 0: there is a wire */
	const char *what; /* of the fault; NULL: it does not matter */
	bool is_proxy_fault;
	bool wants_login;
	unsigned status;      /* of the proxy */
	unsigned connections; /* to it */
};

struct scene {
	struct player player;
	struct caller caller;
	struct proxy *proxy;
	struct trust *trust;
	struct tls_options tls;
	long blocks; /* allocated before */
};

static void scene_init(struct scene *scene, const struct dial_case *c)
{
	const struct trust_options roots = {.ca_file = pki_path("root.pem")};
	const char *host = c->host ? c->host : "good.test";
	struct fault fault = {0};
	char url[128];

	scene->blocks = mem_live_blocks();
	player_init(&scene->player, &c->script);
	snprintf(url, sizeof(url), "%s://%s127.0.0.1:%u", c->scheme, c->login,
		 scene->player.listener.port);
	scene->proxy = NULL;
	scene->trust = NULL;
	assert_int_equal(proxy_new(span_str(url), &scene->proxy), ERR_NONE);
	assert_int_equal(trust_new(&roots, &scene->trust, &fault), ERR_NONE);
	caller_init(&scene->caller, host, c->has_tls ? 443 : 80);
	scene->tls = (struct tls_options){
		.trust = scene->trust, .host = span_str(host), .key = SPAN("key")};
	if (c->has_tls)
		scene->caller.target.tls = &scene->tls;
	scene->caller.target.proxy = (struct dial_proxy){.proxy = scene->proxy,
							 .login = scene->proxy->login,
							 .no_auth = c->no_auth,
							 .trust = scene->trust};
}

static void scene_done(struct scene *scene)
{
	caller_end(&scene->caller);
	player_done(&scene->player);
	trust_free(scene->trust);
	proxy_free(scene->proxy);
	assert_int_equal(mem_live_blocks(), scene->blocks);
}

static void dial_through(struct scene *scene)
{
	errand_run(scene->caller.loop, dial_here, &scene->caller);
	if (!scene->caller.err)
		play(&scene->player, &scene->caller, 0);
}

static void check_result(struct scene *scene, const struct dial_case *c)
{
	const struct dial_result *result = &scene->caller.result;
	char peer[32];

	assert_int_equal(result->fault.err, c->err);
	assert_int_equal(!result->wire, c->err != ERR_NONE);
	if (c->what)
		assert_string_equal(result->fault.what, c->what);
	assert_int_equal(result->is_proxy_fault, c->is_proxy_fault);
	assert_int_equal(result->wants_proxy_login, c->wants_login);
	assert_int_equal(result->proxy_status, c->status);
	/* The client may have been quicker than the player. */
	while (scene->player.connections < c->connections)
		welcome(&scene->player);
	assert_int_equal(scene->player.connections, c->connections);
	snprintf(peer, sizeof(peer), "127.0.0.1:%u", scene->player.listener.port);
	if (c->connections)
		assert_string_equal(scene->caller.peer, peer);
	assert_int_equal(result->connected_ns > 0, c->connections > 0);
	assert_int_equal(result->secured_ns > 0, c->has_tls && !c->err);
}

static void check_case(const struct dial_case *c)
{
	struct scene scene;

	scene_init(&scene, c);
	dial_through(&scene);
	assert_int_equal(scene.caller.err, ERR_NONE);
	if (scene.caller.result.fault.err != c->err)
		print_error("%s\n", c->name);
	check_result(&scene, c);
	if (c->told.len)
		assert_span(span_of(scene.player.told, scene.player.told_len), c->told);
	scene_done(&scene);
}

#define S(text)                                                                          \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}

/* ---- what leads to the target ---- */

static const struct dial_case open_cases[] = {
	{"a proxy for http: gets the request itself", .scheme = "http", .login = "u:p@",
	 .connections = 1},
	{"SOCKS 5, the name is resolved here", .scheme = "socks5", .login = "",
	 .host = "localhost", .script = {.answers = {S("\5\0"), S(SOCKS_DONE_IP)}},
	 .told = S("\5\1\0\5\1\0\1\177\0\0\1\0\120"), .connections = 1},
	{"SOCKS 5, the proxy resolves the name", .scheme = "socks5h", .login = "",
	 .host = "localhost", .script = {.answers = {S("\5\0"), S(SOCKS_DONE_IP)}},
	 .told = S("\5\1\0\5\1\0\3\11localhost\0\120"), .connections = 1},
	{"SOCKS 5 with a login", .scheme = "socks5h", .login = "u:p@",
	 .script = {.answers = {S("\5\2"), S("\1\0"), S(SOCKS_DONE_IP)}},
	 .told = S("\5\2\0\2\1\1u\1p\5\1\0\3\11good.test\0\120"), .connections = 1},
	{"SOCKS 5 with a login that is not to be said", .scheme = "socks5h",
	 .login = "u:p@", .no_auth = true,
	 .script = {.answers = {S("\5\0"), S(SOCKS_DONE_IP)}},
	 .told = S("\5\1\0\5\1\0\3\11good.test\0\120"), .connections = 1},
	{"SOCKS 4A", .scheme = "socks4a", .login = "u:p@",
	 .script = {.answers = {S("\0\132\0\0\0\0\0\0")}},
	 .told = S("\4\1\0\120\0\0\0\1u\0good.test\0"), .connections = 1},
	{"an https:// proxy for http:", .scheme = "https", .login = "",
	 .script = {.certificate = "ip_san"}, .connections = 1},
	{"TLS behind SOCKS", .scheme = "socks5h", .login = "", .has_tls = true,
	 .script = {.answers = {S("\5\0"), S(SOCKS_DONE_IP)}, .target = "good"},
	 .connections = 1},
	{"a tunnel", .scheme = "http", .login = "", .has_tls = true,
	 .script = {.is_http = true, .answers = {S(CONNECTED)}, .target = "good"},
	 .told = S(CONNECT_LINES "\r\n"), .status = 200, .connections = 1},
	{"a tunnel for who has said who he is", .scheme = "http", .login = "u:p@",
	 .has_tls = true,
	 .script = {.is_http = true,
		    .answers = {S(WANTS "Content-Length: 0\r\n\r\n"), S(CONNECTED)},
		    .target = "good"},
	 .told = S(CONNECT_LINES "\r\n" CONNECT_LINES WITH_BASIC), .status = 200,
	 .connections = 1},
	{"a proxy that closes behind 407", .scheme = "http", .login = "u:p@",
	 .has_tls = true,
	 .script = {.is_http = true,
		    .answers = {S(WANTS "Connection: close\r\n\r\n"), S(CONNECTED)},
		    .closes = true,
		    .target = "good"},
	 .told = S(CONNECT_LINES "\r\n" CONNECT_LINES WITH_BASIC), .status = 200,
	 .connections = 2},
	{"a tunnel through an https:// proxy", .scheme = "https", .login = "",
	 .has_tls = true,
	 .script = {.certificate = "ip_san",
		    .is_http = true,
		    .answers = {S(CONNECTED)},
		    .target = "good"},
	 .told = S(CONNECT_LINES "\r\n"), .status = 200, .connections = 1},
	{"an https:// proxy that closes behind 407", .scheme = "https", .login = "u:p@",
	 .has_tls = true,
	 .script = {.certificate = "ip_san",
		    .is_http = true,
		    .answers = {S(WANTS "\r\n"), S(CONNECTED)},
		    .closes = true,
		    .target = "good"},
	 .told = S(CONNECT_LINES "\r\n" CONNECT_LINES WITH_BASIC), .status = 200,
	 .connections = 2},
};

static void every_kind_of_proxy_leads_to_the_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(open_cases); i++)
		check_case(&open_cases[i]);
}

/* What TLS has found is told of the target, never of a proxy. */
static void facts_are_those_of_the_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(open_cases); i++) {
		struct scene scene;

		scene_init(&scene, &open_cases[i]);
		dial_through(&scene);
		assert_non_null(scene.caller.result.wire);
		assert_int_equal(scene.caller.has_tls, open_cases[i].has_tls);
		scene_done(&scene);
	}
}

static void the_user_agent_is_said_to_the_proxy(void **state)
{
	static const struct dial_case c = {
		.scheme = "http",
		.login = "",
		.has_tls = true,
		.script = {.is_http = true, .answers = {S(CONNECTED)}, .target = "good"}};
	struct scene scene;

	(void)state;
	scene_init(&scene, &c);
	scene.caller.target.proxy.user_agent = SPAN("me/1");
	dial_through(&scene);
	assert_non_null(scene.caller.result.wire);
	assert_span(span_of(scene.player.told, scene.player.told_len),
		    SPAN(CONNECT_LINES "User-Agent: me/1\r\n\r\n"));
	scene_done(&scene);
}

/* ---- failures, and whose they are ---- */

static const struct dial_case failures[] = {
	{"the target's name, which the proxy does not see", .scheme = "socks5",
	 .login = "", .host = "[::zz]", .err = ERR_NAME},
	{"SOCKS that refuses", .scheme = "socks5h", .login = "",
	 .script = {.answers = {S("\5\0"), S("\5\5\0\1\0\0\0\0\0\0")}}, .err = ERR_PROXY,
	 .is_proxy_fault = true, .connections = 1},
	{"SOCKS that wants a login", .scheme = "socks5h", .login = "",
	 .script = {.answers = {S("\5\377")}}, .err = ERR_PROXY_AUTH,
	 .is_proxy_fault = true, .wants_login = true, .connections = 1},
	{"SOCKS that wants another login", .scheme = "socks5h", .login = "u:p@",
	 .script = {.answers = {S("\5\2"), S("\1\1")}}, .err = ERR_PROXY_AUTH,
	 .is_proxy_fault = true, .wants_login = true, .connections = 1},
	{"SOCKS that is none", .scheme = "socks5", .login = "", .host = "localhost",
	 .script = {.answers = {S("HTTP/1.1 400 Bad Request\r\n\r\n")}},
	 .err = ERR_PROTOCOL, .is_proxy_fault = true, .connections = 1},
	{"SOCKS that closes", .scheme = "socks5h", .login = "",
	 .script = {.answers = {S("\5\0")}, .ends = true}, .err = ERR_CLOSED,
	 .is_proxy_fault = true, .connections = 1},
	{"a tunnel that is refused", .scheme = "http", .login = "", .has_tls = true,
	 .script = {.is_http = true, .answers = {S("HTTP/1.1 403 No\r\n\r\nwhy")}},
	 .err = ERR_PROXY, .is_proxy_fault = true, .status = 403, .connections = 1},
	{"a tunnel for a login", .scheme = "http", .login = "", .has_tls = true,
	 .script = {.is_http = true, .answers = {S(WANTS "Content-Length: 0\r\n\r\n")}},
	 .err = ERR_PROXY_AUTH, .is_proxy_fault = true, .wants_login = true,
	 .status = 407, .connections = 1},
	{"a tunnel for a login that is not to be said", .scheme = "http", .login = "u:p@",
	 .has_tls = true, .no_auth = true,
	 .script = {.is_http = true, .answers = {S(WANTS "Content-Length: 0\r\n\r\n")}},
	 .told = S(CONNECT_LINES "\r\n"), .err = ERR_PROXY_AUTH, .is_proxy_fault = true,
	 .status = 407, .connections = 1},
	{"a refusal behind a login", .scheme = "http", .login = "u:p@", .has_tls = true,
	 .script = {.is_http = true,
		    .answers = {S(WANTS "Connection: close\r\n\r\n"),
				S("HTTP/1.1 403 No\r\n\r\n")},
		    .closes = true},
	 .err = ERR_PROXY, .is_proxy_fault = true, .status = 403, .connections = 2},
	{"a proxy that closes", .scheme = "http", .login = "", .has_tls = true,
	 .script = {.is_http = true, .answers = {S("HTTP/1.1 20")}, .ends = true},
	 .err = ERR_CLOSED, .is_proxy_fault = true, .connections = 1},
	{"a proxy that is not who it should be", .scheme = "https", .login = "",
	 .script = {.certificate = "good"}, .err = ERR_CERT_NAME, .is_proxy_fault = true,
	 .connections = 1},
	{"the same before a tunnel", .scheme = "https", .login = "u:p@", .has_tls = true,
	 .script = {.certificate = "good", .is_http = true}, .err = ERR_CERT_NAME,
	 .is_proxy_fault = true, .connections = 1},
	{"a proxy that does not speak TLS", .scheme = "https", .login = "",
	 .script = {.answers = {S("HTTP/1.1 400 Bad Request\r\n\r\n")}}, .err = ERR_TLS,
	 .is_proxy_fault = true, .connections = 1},
	{"a target that is not who it should be", .scheme = "http", .login = "",
	 .has_tls = true,
	 .script = {.is_http = true, .answers = {S(CONNECTED)}, .target = "ip_san"},
	 .err = ERR_CERT_NAME, .status = 200, .connections = 1},
	{"the same behind SOCKS", .scheme = "socks5h", .login = "", .has_tls = true,
	 .script = {.answers = {S("\5\0"), S(SOCKS_DONE_IP)}, .target = "ip_san"},
	 .err = ERR_CERT_NAME, .connections = 1},
	{"the same behind an https:// proxy", .scheme = "https", .login = "",
	 .has_tls = true,
	 .script = {.certificate = "ip_san",
		    .is_http = true,
		    .answers = {S(CONNECTED)},
		    .target = "ip_san"},
	 .err = ERR_CERT_NAME, .status = 200, .connections = 1},
};

static void every_failure_is_told_as_whose_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(failures); i++)
		check_case(&failures[i]);
}

static void how_a_proxy_asks_for_a_login_is_told(void **state)
{
	static const struct dial_case c = {
		.scheme = "http",
		.login = "",
		.has_tls = true,
		.script = {.is_http = true,
			   .answers = {S(WANTS "Content-Length: 0\r\n\r\n")}}};
	struct scene scene;

	(void)state;
	scene_init(&scene, &c);
	dial_through(&scene);
	assert_string_equal(scene.caller.realm, "r");
	scene_done(&scene);
}

/* A dial through a proxy that is not there. */
static void check_lost(const struct proxy *proxy, enum err err, int sys)
{
	struct caller caller;

	caller_init(&caller, "good.test", 80);
	caller.target.proxy.proxy = proxy;
	dial(&caller);
	assert_int_equal(caller.err, ERR_NONE);
	assert_null(caller.result.wire);
	assert_int_equal(caller.result.fault.err, err);
	assert_int_equal(caller.result.fault.sys, sys);
	assert_true(caller.result.is_proxy_fault);
	assert_false(caller.result.wants_proxy_login);
	assert_int_equal(caller.result.proxy_status, 0);
	caller_done(&caller);
}

static void a_proxy_that_is_not_there_is_told(void **state)
{
	struct proxy proxy = {.kind = PROXY_HTTP,
			      .host = SPAN("[::zz]"),
			      .port = 80,
			      .text = SPAN("http://[::zz]:80")};

	(void)state;
	check_lost(&proxy, ERR_PROXY_NAME, 0);
	proxy.kind = PROXY_SOCKS5H;
	check_lost(&proxy, ERR_PROXY_NAME, 0);
	proxy.host = SPAN("127.0.0.1");
	proxy.port = (uint16_t)origin_refusing_port();
	check_lost(&proxy, ERR_CONNECT, ECONNREFUSED);
}

/* ---- time ---- */

static void renew_here(void *data)
{
	struct caller *caller = data;

	dial_renew(caller->dial, 20);
}

/* The time is made short when the dial is where it shall be late. */
static const struct {
	struct dial_case c;
	unsigned messages; /* of the client, up to there */
} late_cases[] = {
	{{"SOCKS", .scheme = "socks5h", .login = "", .script = {.answers = {S("\5\0")}},
	  .what = "SOCKS", .is_proxy_fault = true},
	 2},
	{{"CONNECT", .scheme = "http", .login = "", .has_tls = true,
	  .script = {.is_http = true}, .what = "CONNECT", .is_proxy_fault = true},
	 1},
	{{"CONNECT behind 407", .scheme = "http", .login = "u:p@", .has_tls = true,
	  .script = {.is_http = true, .answers = {S(WANTS "Content-Length: 0\r\n\r\n")}},
	  .what = "CONNECT", .is_proxy_fault = true, .status = 407},
	 2},
	{{"TLS with the proxy", .scheme = "https", .login = "", .has_tls = true,
	  .what = "the TLS handshake with the proxy", .is_proxy_fault = true},
	 1},
	{{"TLS behind CONNECT", .scheme = "http", .login = "", .has_tls = true,
	  .script = {.is_http = true, .answers = {S(CONNECTED)}},
	  .what = "the TLS handshake", .status = 200},
	 2},
	{{"TLS behind SOCKS", .scheme = "socks5h", .login = "", .has_tls = true,
	  .script = {.answers = {S("\5\0"), S(SOCKS_DONE_IP)}},
	  .what = "the TLS handshake"},
	 3},
};

static void whoever_is_late_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(late_cases); i++) {
		struct dial_case c = late_cases[i].c;
		struct scene scene;

		c.err = ERR_TIMEOUT;
		c.connections = 1;
		scene_init(&scene, &c);
		errand_run(scene.caller.loop, dial_here, &scene.caller);
		play(&scene.player, &scene.caller, late_cases[i].messages);
		assert_false(flag_is_up(&scene.caller.ended));
		errand_run(scene.caller.loop, renew_here, &scene.caller);
		assert_true(flag_wait(&scene.caller.ended, LISTENER_STEP_MS));
		check_result(&scene, &c);
		scene_done(&scene);
	}
}

static void a_proxy_that_does_not_take_the_connection_is_late(void **state)
{
	const struct proxy proxy = {.kind = PROXY_HTTP,
				    .host = SPAN("127.0.0.1"),
				    .port = (uint16_t)origin_deaf_port(),
				    .text = SPAN("http://127.0.0.1")};
	struct caller caller;

	(void)state;
	caller_init(&caller, "good.test", 80);
	caller.target.proxy.proxy = &proxy;
	caller.target.timeout_ms = 50;
	dial(&caller);
	assert_int_equal(caller.result.fault.err, ERR_TIMEOUT);
	assert_string_equal(caller.result.fault.what, "connecting");
	assert_true(caller.result.is_proxy_fault);
	caller_done(&caller);
}

/* ---- life ---- */

static void giving_up_in_any_phase_leaves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(late_cases); i++)
		for (unsigned n = 1; n <= late_cases[i].messages; n++) {
			struct scene scene;

			scene_init(&scene, &late_cases[i].c);
			errand_run(scene.caller.loop, dial_here, &scene.caller);
			play(&scene.player, &scene.caller, n);
			assert_false(flag_is_up(&scene.caller.ended));
			scene_done(&scene);
		}
}

/* false when no allocation has failed. */
static bool check_short_of_memory(const struct dial_case *c, unsigned long n)
{
	struct scene scene;
	bool has_failed;

	scene_init(&scene, c);
	scene.caller.fail_at = n;
	dial_through(&scene);
	has_failed = scene.caller.has_failed;
	if (scene.caller.err)
		assert_int_equal(scene.caller.err, ERR_NO_MEMORY);
	else if (has_failed && !scene.caller.result.wire)
		assert_int_equal(scene.caller.result.fault.err, ERR_NO_MEMORY);
	else if (!has_failed)
		check_result(&scene, c);
	scene_done(&scene);
	return has_failed;
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(open_cases); i++)
		for (unsigned long n = 1; check_short_of_memory(&open_cases[i], n); n++)
			assert_true(n < 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_proxy_leads_to_the_target),
		cmocka_unit_test(facts_are_those_of_the_target),
		cmocka_unit_test(the_user_agent_is_said_to_the_proxy),
		cmocka_unit_test(every_failure_is_told_as_whose_it_is),
		cmocka_unit_test(how_a_proxy_asks_for_a_login_is_told),
		cmocka_unit_test(a_proxy_that_is_not_there_is_told),
		cmocka_unit_test(whoever_is_late_is_named),
		cmocka_unit_test(a_proxy_that_does_not_take_the_connection_is_late),
		cmocka_unit_test(giving_up_in_any_phase_leaves_nothing),
		cmocka_unit_test(any_allocation_may_fail),
	};

	/* OpenSSL writes to sockets that the client has closed. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
