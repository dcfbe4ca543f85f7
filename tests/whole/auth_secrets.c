/* SPDX-License-Identifier: MIT */
/*
 * Passwords stay out of what is told of a request (the error text, ixhr2_get_info, the
 * trace), and do not remain in memory.
 */
#include "lib/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/session.h"
#include "lib/client.h"
#include "lib/flag.h"
#include "lib/remains.h"
#include "whole/auth.h"

/* A login that stands nowhere else, and what Basic and a URL make of it. Constants do not
 * count as remains. */
#define USER	 "Aladdin-of-the-lamp"
#define PASSWORD "open sesame, says Ali Baba to the mountain"
#define BASIC                                                                            \
	"QWxhZGRpbi1vZi10aGUtbGFtcDpvcGVuIHNlc2FtZSwgc2F5cyBBbGkgQmFiYSB0byB0aGUgbW91bn" \
	"RhaW4="
#define IN_URL USER ":open%20sesame,%20says%20Ali%20Baba%20to%20the%20mountain@"

static const struct logins aladdin = {.user = USER, .password = PASSWORD};

/* ---- what is told ---- */

/* All lines of the trace. */
struct trace {
	pthread_mutex_t lock; /* for the text */
	char text[65536];     /* each line with its line feed */
	size_t len;	      /* of text */
};

static void keep_line(void *owner, uint64_t mono_ns, const char *line)
{
	struct trace *trace = owner;

	(void)mono_ns;
	pthread_mutex_lock(&trace->lock);
	trace->len += (size_t)snprintf(trace->text + trace->len,
				       sizeof(trace->text) - trace->len, "%s\n", line);
	if (trace->len >= sizeof(trace->text))
		abort();
	pthread_mutex_unlock(&trace->lock);
}

/* What must not be told: the password in both forms, and any proof of it. */
static void expect_no_secret(const char *where, const char *text)
{
	static const char *const secrets[] = {
		"sesame", "QWxhZGRpbi", "c2VzYW1l", "response=", "cnonce", "TlRMTVNT",
	};

	for (size_t i = 0; i < TEST_COUNT(secrets); i++)
		if (strcasestr(text, secrets[i]))
			fail_msg("%s tells \"%s\":\n%s", where, secrets[i], text);
}

static void check_told(struct client *client, const char *scheme, bool has_failed)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	IUnknown *xhr = (IUnknown *)client->xhr;
	char *text = NULL, field[64];

	assert_int_equal(ixhr2_get_info(xhr, &info), S_OK);
	snprintf(field, sizeof(field), "\r\nAuthorization: %s", scheme);
	assert_non_null(info.request_head);
	if (!strstr(info.request_head, field))
		fail_msg("no%s in:\n%s", field, info.request_head);
	expect_no_secret("the head", info.request_head);
	expect_no_secret("the URL", info.url);
	ixhr2_info_free(&info);
	assert_int_equal(ixhr2_error_text(xhr, &text), has_failed ? S_OK : S_FALSE);
	expect_no_secret("the error", text ? text : "");
	CoTaskMemFree(text);
}

struct told_case {
	const char *challenge; /* field of a 401 */
	const char *scheme;    /* of the answer */
	bool is_in_url;	       /* the login is */
};

static const struct told_case told_cases[] = {
	{"Basic realm=\"r\"", "Basic ", false},
	{"Basic realm=\"r\"", "Basic ", true},
	{"Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", "Digest ", false},
	{"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256-sess", "Digest ", true},
	{"NTLM, Digest realm=\"r\", nonce=\"n\"", "", false},
	{"Negotiate, Basic realm=\"r\"", "", false},
};

static void check_case(const struct told_case *c, struct trace *trace,
		       struct origin_step end, bool has_failed)
{
	char status[256], url[256];
	struct client *client;
	struct origin *origin;

	snprintf(status, sizeof(status), STATUS_401("%s"), c->challenge);
	origin = ORIGIN(EXPECT_BARE("GET /a HTTP/1.1"), ORIGIN_ANSWER(status, "who?"),
			ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Authorization:"), end,
			ORIGIN_CLOSE());
	snprintf(url, sizeof(url), "http://%s%s/a",
		 c->is_in_url ? USER
			 ":open%20sesame,%20says%20Ali%20Baba%20to%20the%20mountain@"
			      : "",
		 origin_authority(origin));
	client = auth_get(url, c->is_in_url ? &nobody : &aladdin);
	assert_int_equal(client->error != S_OK, has_failed);
	check_told(client, c->scheme, has_failed);
	client_end(client);
	expect_no_secret("the trace", trace->text);
	origin_end(origin);
}

static void what_is_told_of_a_request_tells_no_secret(void **state)
{
	static struct trace trace;

	(void)state;
	pthread_mutex_init(&trace.lock, NULL);
	assert_int_equal(ixhr2_set_trace(keep_line, &trace), S_OK);
	for (size_t i = 0; i < TEST_COUNT(told_cases); i++) {
		print_message("  %s\n", told_cases[i].challenge);
		check_case(&told_cases[i], &trace,
			   (struct origin_step)ORIGIN_ANSWER("200 OK", "x"), false);
		check_case(&told_cases[i], &trace,
			   (struct origin_step)ORIGIN_SEND("HTTP/1.1 200 OK\r\n"
							   "Content-Length: 5\r\n\r\nx"),
			   true);
		check_case(&told_cases[i], &trace,
			   (struct origin_step)ORIGIN_SEND("nonsense\r\n\r\n"), true);
	}
	assert_int_equal(ixhr2_set_trace(NULL, NULL), S_OK);
	assert_true(trace.len > 0);
	pthread_mutex_destroy(&trace.lock);
}

/* ---- what remains ---- */

/* How often memory is looked at, and how long between two looks. */
#define MAX_LOOKS 100
#define LOOK_US	  50000

/* A server that wipes what it has read. */
struct forgetful {
	const char *challenge; /* field of its 401 */
	int listener;	       /* listening socket */
	unsigned port;	       /* of it */
	unsigned heads;	       /* read */
	pthread_t thread;      /* its */
};

/* Reads a head and wipes it; whether it had an Authorization, or -1 at the end. */
static int read_head(int fd)
{
	char head[4096];
	size_t len = 0;
	int is_known = -1;

	while (is_known < 0 && len < sizeof(head) - 1) {
		ssize_t n = recv(fd, head + len, sizeof(head) - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		head[len] = '\0';
		if (strstr(head, "\r\n\r\n"))
			is_known = strstr(head, "\r\nAuthorization: ") != NULL;
	}
	mem_wipe(head, sizeof(head));
	return is_known;
}

static void *serve(void *at)
{
	struct forgetful *server = at;
	int fd = accept(server->listener, NULL, NULL), is_known;

	while (fd >= 0 && (is_known = read_head(fd)) >= 0) {
		char answer[256];
		int len;

		server->heads++;
		len = snprintf(answer, sizeof(answer),
			       "HTTP/1.1 %s\r\nContent-Length: 1\r\n%s%s%s\r\nx",
			       is_known ? "200 OK" : "401 No",
			       is_known ? "" : "WWW-Authenticate: ",
			       is_known ? "" : server->challenge, is_known ? "" : "\r\n");
		if (send(fd, answer, (size_t)len, MSG_NOSIGNAL) != len)
			break;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void forgetful_start(struct forgetful *server)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(server->listener, 8), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&at, &len), 0);
	server->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* After the engine has closed the connection. */
static void forgetful_end(struct forgetful *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
}

/* Their ends, because the first bytes of a freed block are used for something else. */
static bool is_anything_left(void)
{
	return remains_of(span_skip(SPAN(PASSWORD), 18)) > 0 ||
	       remains_of(span_skip(SPAN(BASIC), 24)) > 0 ||
	       remains_of(span_skip(SPAN(IN_URL), 48)) > 0;
}

/* Looks in a child, where no other thread changes the memory that is looked at. It ends
 * without what sanitizers have to say at the end of a process. */
static bool has_forgotten(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		syscall(SYS_exit_group, is_anything_left());
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

/* What a request has is wiped when its final callback has returned: soon, but not
 * before whoever waits for that callback goes on. */
static void expect_nothing_remains(void)
{
#ifdef __SANITIZE_THREAD__
	/* Its functions leave words in their frames that others do not. */
	return;
#endif
	for (int looks = 0; !has_forgotten(); looks++) {
		assert_true(looks < MAX_LOOKS);
		usleep(LOOK_US);
	}
}

/* Open gets a password in wide characters, which are the program's to wipe. The object
 * and the connection are still there when all of the request is over. */
static void check_remains(const char *challenge, bool is_in_url)
{
	struct forgetful server = {.challenge = challenge};
	IXMLHTTPRequest3 *xhr;
	struct client *client;
	char url[128];

	forgetful_start(&server);
	snprintf(url, sizeof(url), "http://%s127.0.0.1:%u/", is_in_url ? IN_URL : "",
		 server.port);
	client = auth_get(url, is_in_url ? &nobody : &aladdin);
	mem_wipe(url, sizeof(url));
	client_expect(client, 200, "x");
	xhr = client->xhr;
	IXMLHTTPRequest3_AddRef(xhr);
	client_end(client);
	expect_nothing_remains();
	IXMLHTTPRequest3_Release(xhr);
	session_reset();
	expect_nothing_remains();
	forgetful_end(&server);
	assert_int_equal(server.heads, 2);
}

static void nothing_remains_of_a_password(void **state)
{
	(void)state;
	print_message("  Basic\n");
	check_remains("Basic realm=r", false);
	check_remains("Basic realm=r", true);
	print_message("  Digest\n");
	check_remains("Digest realm=r, nonce=n, qop=auth", false);
	check_remains("Digest realm=r, nonce=n, qop=auth, algorithm=SHA-256-sess", true);
}

static void nothing_remains_of_a_password_that_was_never_wanted(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	print_message("  never sent\n");
	logins_open(client, "GET", origin_url(origin, "/"), &aladdin);
	logins_open(client, "GET", origin_url(origin, "/"), &nobody);
	expect_nothing_remains();
	logins_open(client, "GET", origin_url(origin, "/"), &aladdin);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	expect_nothing_remains();
	logins_open(client, "GET", origin_url(origin, "/"), &aladdin);
	client_end(client);
	expect_nothing_remains();
	print_message("  never sent, and in the URL\n");
	client = client_new();
	client_open(client, "GET", "http://" IN_URL "a.test/");
	client_end(client);
	expect_nothing_remains();
	print_message("  never asked for\n");
	client_finish(auth_get(origin_url(origin, "/"), &aladdin), 200, "x");
	expect_nothing_remains();
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* These come first: what others leave behind is not looked for. */
		CLIENT_TEST(nothing_remains_of_a_password),
		CLIENT_TEST(nothing_remains_of_a_password_that_was_never_wanted),
		CLIENT_TEST(what_is_told_of_a_request_tells_no_secret),
	};

	auth_forget_kerberos();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
