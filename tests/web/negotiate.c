/* SPDX-License-Identifier: MIT */
/*
 * Against the acceptor of the same library, in a realm of lib/realm.h. Where the user is
 * known to the KDC, Kerberos is what the two agree upon, else NTLM.
 */
#include "lib/test.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "lib/guard.h"
#include "lib/realm.h"
#include "web/negotiate.h"

/* Tokens from either side in one exchange. */
#define MAX_ROUNDS 8

#define THREADS 4

static struct realm *realm;

static gss_OID_desc kerberos = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc spnego = {6, "\x2b\x06\x01\x05\x05\x02"};
static gss_OID_desc ntlm = {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};

/* ---- the server's side ---- */

struct acceptor {
	gss_cred_id_t credentials; /* of the service */
	gss_ctx_id_t exchange;	   /* NULL before the first token */
	gss_buffer_desc token;	   /* the last one of this side */
	char name[128];		   /* who was accepted, or "" */
	bool has_failed;	   /* the last token was refused */
};

/* An acceptor of mechanism; inside only this one, if that is SPNEGO and it is not NULL.
 */
static void acceptor_begin(struct acceptor *acceptor, gss_OID mechanism, gss_OID inside)
{
	gss_OID_set_desc mechanisms = {1, mechanism};
	OM_uint32 minor;

	memset(acceptor, 0, sizeof(*acceptor));
	assert_int_equal(gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE,
					  &mechanisms, GSS_C_ACCEPT,
					  &acceptor->credentials, NULL, NULL),
			 0);
	if (!inside)
		return;
	mechanisms.elements = inside;
	assert_int_equal(gss_set_neg_mechs(&minor, acceptor->credentials, &mechanisms),
			 0);
}

/* Takes a token of the client's; whether the client is to say more. */
static bool acceptor_take(struct acceptor *acceptor, struct span token)
{
	gss_buffer_desc in = {token.len, (void *)(uintptr_t)token.at};
	gss_name_t client = GSS_C_NO_NAME;
	gss_buffer_desc text;
	OM_uint32 minor, ignored, major;

	gss_release_buffer(&ignored, &acceptor->token);
	major = gss_accept_sec_context(&minor, &acceptor->exchange, acceptor->credentials,
				       &in, GSS_C_NO_CHANNEL_BINDINGS, &client, NULL,
				       &acceptor->token, NULL, NULL, NULL);
	acceptor->has_failed = GSS_ERROR(major);
	if (major == GSS_S_COMPLETE) {
		assert_int_equal(gss_display_name(&ignored, client, &text, NULL), 0);
		snprintf(acceptor->name, sizeof(acceptor->name), "%.*s", (int)text.length,
			 (char *)text.value);
		gss_release_buffer(&ignored, &text);
	}
	if (client)
		gss_release_name(&ignored, &client);
	return major == GSS_S_CONTINUE_NEEDED;
}

static void acceptor_end(struct acceptor *acceptor)
{
	OM_uint32 ignored;

	gss_release_buffer(&ignored, &acceptor->token);
	if (acceptor->exchange)
		gss_delete_sec_context(&ignored, &acceptor->exchange, GSS_C_NO_BUFFER);
	gss_release_cred(&ignored, &acceptor->credentials);
}

/* ---- both sides ---- */

static const struct login *login_of(const char *user, const char *password)
{
	const struct login *login;

	assert_int_equal(login_new(span_str(user), span_str(password), &login), 0);
	return login;
}

/* user NULL: the user's ticket. */
static enum err try_new(enum negotiate_scheme scheme, const char *host, const char *user,
			const char *password, struct negotiate **out_negotiate)
{
	const struct login *login = user ? login_of(user, password) : NULL;
	enum err err = negotiate_new(scheme, span_str(host), login, out_negotiate);

	login_unref(login); /* it was only lent */
	return err;
}

static struct negotiate *begin(enum negotiate_scheme scheme, const char *host,
			       const char *user, const char *password)
{
	struct negotiate *negotiate;

	assert_int_equal(try_new(scheme, host, user, password, &negotiate), 0);
	return negotiate;
}

static void assert_over(struct negotiate *negotiate, struct span token)
{
	struct buf out = {0};

	assert_int_equal(negotiate_answer(negotiate, token, &out), ERR_MISSING);
	assert_int_equal(out.len, 0);
}

/* Lets the two talk until the acceptor has decided; answers how many tokens the client
 * gave. Asserts that only NTLM's first is called one. */
static unsigned talk(struct negotiate *negotiate, struct acceptor *acceptor)
{
	struct span token = {0};
	struct buf out = {0};
	bool is_more = true;
	unsigned rounds = 0;

	while (is_more && rounds < MAX_ROUNDS) {
		buf_clear(&out);
		if (negotiate_answer(negotiate, token, &out) != 0)
			break;
		rounds++;
		assert_true(out.len > 0);
		is_more = acceptor_take(acceptor, buf_span(&out));
		assert_true(is_more || acceptor->has_failed ||
			    !negotiate_is_opening(negotiate));
		token = span_of(acceptor->token.value, acceptor->token.length);
	}
	buf_done(&out);
	return rounds;
}

/* One whole exchange; answers the number of the client's tokens. name: who it is that
 * the server takes the client for, or "" when it refuses. */
static unsigned assert_talk(struct negotiate *negotiate, gss_OID mechanism,
			    gss_OID inside, const char *name)
{
	struct acceptor acceptor;
	unsigned rounds;

	acceptor_begin(&acceptor, mechanism, inside);
	rounds = talk(negotiate, &acceptor);
	assert_string_equal(acceptor.name, name);
	acceptor_end(&acceptor);
	negotiate_free(negotiate);
	return rounds;
}

/* ---- the user's ticket ---- */

static void the_ticket_is_enough(void **state)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1", "localhost."};

	(void)state;
	realm_get_ticket(realm);
	for (size_t i = 0; i < TEST_COUNT(hosts); i++) {
		unsigned rounds =
			assert_talk(begin(NEGOTIATE_SPNEGO, hosts[i], NULL, NULL),
				    &spnego, NULL, REALM_USER "@" REALM_NAME);

		assert_int_equal(rounds, 1);
	}
}

static void without_a_ticket_there_is_nothing_to_say(void **state)
{
	struct negotiate *negotiate = NULL;

	(void)state;
	realm_drop_ticket(realm);
	assert_int_equal(try_new(NEGOTIATE_SPNEGO, "localhost", NULL, NULL, &negotiate),
			 ERR_MISSING);
	assert_null(negotiate);
}

/* There is a file with the user's passwords for NTLM. */
static void ntlm_is_never_spoken_without_a_login(void **state)
{
	struct negotiate *negotiate = NULL;
	struct buf out = {0};

	(void)state;
	realm_get_ticket(realm);
	assert_int_equal(try_new(NEGOTIATE_NTLM, "localhost", NULL, NULL, &negotiate),
			 ERR_MISSING);
	assert_null(negotiate);
	negotiate = begin(NEGOTIATE_SPNEGO, "localhost", NULL, NULL);
	assert_int_equal(negotiate_answer(negotiate, SPAN(""), &out), 0);
	assert_null(memmem(out.at, out.len, ntlm.elements, ntlm.length));
	buf_done(&out);
	negotiate_free(negotiate);
	assert_talk(begin(NEGOTIATE_SPNEGO, "localhost", NULL, NULL), &spnego, &ntlm, "");
}

static void a_service_that_the_kdc_does_not_know_gets_no_ticket(void **state)
{
	struct negotiate *negotiate;

	(void)state;
	realm_get_ticket(realm);
	negotiate = begin(NEGOTIATE_SPNEGO, "www.ixhr2.test", NULL, NULL);
	assert_over(negotiate, SPAN(""));
	negotiate_free(negotiate);
}

/* ---- a login ---- */

static void a_login_of_the_realm_goes_by_kerberos(void **state)
{
	static const char *const users[] = {REALM_USER, REALM_USER "@" REALM_NAME,
					    REALM_NAME "\\" REALM_USER};
	char cache[SERVER_PATH_BYTES * 2];

	(void)state;
	realm_drop_ticket(realm);
	for (size_t i = 0; i < TEST_COUNT(users); i++) {
		unsigned rounds = assert_talk(
			begin(NEGOTIATE_SPNEGO, "localhost", users[i], REALM_PASSWORD),
			&spnego, &kerberos, REALM_USER "@" REALM_NAME);

		assert_int_equal(rounds, 1);
	}
	snprintf(cache, sizeof(cache), "%s/ccache", realm->kdc->folder);
	assert_int_not_equal(access(cache, F_OK), 0); /* nothing is left for others */
}

/* As the user says them, and as the server takes them. */
static const struct {
	const char *user, *name;
} ntlm_names[] = {
	{REALM_NTLM_USER, REALM_NTLM_USER},
	{REALM_NTLM_DOMAIN "\\" REALM_NTLM_USER, REALM_NTLM_DOMAIN "\\" REALM_NTLM_USER},
	{REALM_NTLM_USER "@" REALM_NTLM_DOMAIN, REALM_NTLM_DOMAIN "\\" REALM_NTLM_USER},
};

static void a_login_of_no_realm_goes_by_ntlm_inside_spnego(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ntlm_names); i++)
		assert_talk(begin(NEGOTIATE_SPNEGO, "localhost", ntlm_names[i].user,
				  REALM_NTLM_PASSWORD),
			    &spnego, NULL, ntlm_names[i].name);
}

static void a_login_goes_by_ntlm_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ntlm_names); i++) {
		unsigned rounds =
			assert_talk(begin(NEGOTIATE_NTLM, "localhost", ntlm_names[i].user,
					  REALM_NTLM_PASSWORD),
				    &ntlm, NULL, ntlm_names[i].name);

		assert_int_equal(rounds, 2);
	}
}

static void the_server_may_choose_ntlm_where_kerberos_works(void **state)
{
	(void)state;
	assert_talk(begin(NEGOTIATE_SPNEGO, "localhost", REALM_USER "@" REALM_NAME,
			  REALM_PASSWORD),
		    &spnego, &ntlm, REALM_NAME "\\" REALM_USER);
}

/* The mechanisms are read once, so this is a child's. */
static void without_its_mechanism_there_is_no_ntlm(void **state)
{
	struct negotiate *negotiate = NULL;
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		setenv("GSS_MECH_CONFIG", "/dev/null", 1);
		if (try_new(NEGOTIATE_NTLM, "localhost", REALM_NTLM_USER,
			    REALM_NTLM_PASSWORD, &negotiate) != ERR_MISSING ||
		    try_new(NEGOTIATE_SPNEGO, "localhost", REALM_NTLM_USER,
			    REALM_NTLM_PASSWORD, &negotiate) != ERR_MISSING)
			_exit(1);
		assert_talk(
			begin(NEGOTIATE_SPNEGO, "localhost", REALM_USER, REALM_PASSWORD),
			&spnego, NULL, REALM_USER "@" REALM_NAME);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_wrong_password_is_refused(void **state)
{
	static const struct {
		enum negotiate_scheme scheme;
		gss_OID mechanism, inside;
		const char *user;
	} cases[] = {
		{NEGOTIATE_SPNEGO, &spnego, &kerberos, REALM_USER},
		{NEGOTIATE_SPNEGO, &spnego, NULL, REALM_USER},
		{NEGOTIATE_SPNEGO, &spnego, NULL, REALM_NTLM_USER},
		{NEGOTIATE_NTLM, &ntlm, NULL, REALM_NTLM_USER},
	};

	(void)state;
	realm_get_ticket(realm); /* which is not to be taken instead */
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_talk(begin(cases[i].scheme, "localhost", cases[i].user, "sesame"),
			    cases[i].mechanism, cases[i].inside, "");
}

static void an_empty_password_cannot_be_said(void **state)
{
	struct negotiate *negotiate = NULL;

	(void)state;
	assert_int_equal(
		try_new(NEGOTIATE_SPNEGO, "localhost", REALM_USER, "", &negotiate),
		ERR_MISSING);
	assert_int_equal(
		try_new(NEGOTIATE_NTLM, "localhost", REALM_NTLM_USER, "", &negotiate),
		ERR_MISSING);
	assert_null(negotiate);
}

static void a_host_that_is_none_is_refused(void **state)
{
	static char host[1000];
	struct negotiate *negotiate = NULL;

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	for (size_t skip = 0; skip < sizeof(host); skip += sizeof(host) - 1)
		assert_int_equal(try_new(NEGOTIATE_NTLM, host + skip, REALM_NTLM_USER,
					 REALM_NTLM_PASSWORD, &negotiate),
				 ERR_MISSING);
	negotiate = begin(NEGOTIATE_NTLM, "[::1]", REALM_NTLM_USER, REALM_NTLM_PASSWORD);
	negotiate_free(negotiate);
}

/* ---- tokens that are none ---- */

/* An exchange that waits for the server's first token. */
static struct negotiate *opened(enum negotiate_scheme scheme, struct acceptor *acceptor)
{
	struct negotiate *negotiate =
		begin(scheme, "localhost", REALM_NTLM_USER, REALM_NTLM_PASSWORD);
	struct buf out = {0};

	assert_false(negotiate_is_opening(negotiate));
	assert_int_equal(negotiate_answer(negotiate, SPAN(""), &out), 0);
	assert_true(negotiate_is_opening(negotiate));
	if (acceptor)
		assert_true(acceptor_take(acceptor, buf_span(&out)));
	buf_done(&out);
	return negotiate;
}

static void tokens_out_of_turn_end_the_exchange(void **state)
{
	static char many[NEGOTIATE_TOKEN_MAX_BYTES + 1];
	struct negotiate *negotiate =
		begin(NEGOTIATE_NTLM, "localhost", REALM_NTLM_USER, REALM_NTLM_PASSWORD);

	(void)state;
	assert_over(negotiate, SPAN("a token before the first"));
	negotiate_free(negotiate);
	negotiate = opened(NEGOTIATE_NTLM, NULL);
	assert_over(negotiate, SPAN(""));
	assert_over(negotiate, span_of(many, sizeof(many)));
	negotiate_free(negotiate);
}

/* What does not fail may be answered, but nothing else. */
static void give_broken(enum negotiate_scheme scheme, struct guard *guard,
			struct span token)
{
	struct negotiate *negotiate = opened(scheme, NULL);
	struct buf out = {0};
	enum err err = negotiate_answer(negotiate, guard_copy(guard, token), &out);

	if (err) {
		assert_int_equal(err, ERR_MISSING);
		assert_int_equal(out.len, 0);
		assert_over(negotiate, token);
	} else {
		assert_true(out.len > 0);
		assert_false(negotiate_is_opening(negotiate));
	}
	buf_done(&out);
	negotiate_free(negotiate);
}

/* Every beginning of the server's token, and the token with every byte turned over. */
static void break_tokens(enum negotiate_scheme scheme, gss_OID mechanism)
{
	struct acceptor acceptor;
	struct guard guard = {0};
	struct buf token = {0};

	acceptor_begin(&acceptor, mechanism, NULL);
	negotiate_free(opened(scheme, &acceptor));
	assert_int_equal(
		buf_put(&token, span_of(acceptor.token.value, acceptor.token.length)), 0);
	acceptor_end(&acceptor);
	for (size_t i = 1; i < token.len; i++) {
		give_broken(scheme, &guard, span_of(token.at, i));
		token.at[i] = (char)~token.at[i];
		give_broken(scheme, &guard, buf_span(&token));
		token.at[i] = (char)~token.at[i];
	}
	give_broken(scheme, &guard, SPAN("no token"));
	buf_done(&token);
	guard_done(&guard);
}

static void broken_tokens_of_ntlm_do_no_harm(void **state)
{
	(void)state;
	break_tokens(NEGOTIATE_NTLM, &ntlm);
}

static void broken_tokens_of_spnego_do_no_harm(void **state)
{
	(void)state;
	break_tokens(NEGOTIATE_SPNEGO, &spnego);
}

/* ---- the rest ---- */

static void each_allocation_may_fail(void **state)
{
	const struct login *login = login_of(REALM_NAME "\\" REALM_USER, REALM_PASSWORD);
	struct negotiate *negotiate = NULL;
	struct buf out = {0};
	enum err err = ERR_NO_MEMORY;

	(void)state;
	for (unsigned long n = 1; err; n++) {
		mem_fail_at(n);
		err = negotiate_new(NEGOTIATE_SPNEGO, SPAN("localhost"), login,
				    &negotiate);
		if (!err)
			err = negotiate_answer(negotiate, SPAN(""), &out);
		assert_int_equal(err, mem_has_failed() ? ERR_NO_MEMORY : 0);
		mem_fail_at(0);
		negotiate_free(negotiate);
		negotiate = NULL;
	}
	assert_true(out.len > 0);
	buf_done(&out);
	login_unref(login);
}

static void *exchange(void *out_name)
{
	struct acceptor acceptor;
	struct negotiate *negotiate;

	acceptor_begin(&acceptor, &spnego, NULL);
	negotiate = begin(NEGOTIATE_SPNEGO, "localhost", REALM_USER, REALM_PASSWORD);
	talk(negotiate, &acceptor);
	negotiate_free(negotiate);
	strcpy(out_name, acceptor.name);
	acceptor_end(&acceptor);
	return NULL;
}

static void several_threads_have_an_exchange_each(void **state)
{
	char names[THREADS][sizeof(((struct acceptor *)0)->name)];
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, exchange, names[i]),
				 0);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_string_equal(names[i], REALM_USER "@" REALM_NAME);
	}
}

static char trace[4096];

static void keep_trace(void *owner, uint64_t mono_ns, const char *line)
{
	size_t len = strlen(trace);

	(void)owner;
	(void)mono_ns;
	snprintf(trace + len, sizeof(trace) - len, "%s\n", line);
}

static void the_trace_says_why_and_tells_no_password(void **state)
{
	struct negotiate *negotiate = NULL;

	(void)state;
	realm_drop_ticket(realm);
	trace[0] = '\0';
	log_set_sink(keep_trace, NULL);
	assert_int_equal(try_new(NEGOTIATE_SPNEGO, "localhost", NULL, NULL, &negotiate),
			 ERR_MISSING);
	assert_non_null(strstr(trace, "Negotiate: ticket: No Kerberos credentials"));
	assert_int_equal(
		try_new(NEGOTIATE_NTLM, "localhost", REALM_NTLM_USER, "", &negotiate),
		ERR_MISSING);
	assert_non_null(strstr(trace, "NTLM: login: "));
	assert_talk(begin(NEGOTIATE_SPNEGO, "localhost", REALM_USER, "xyzzy"), &spnego,
		    NULL, "");
	assert_talk(begin(NEGOTIATE_NTLM, "localhost", REALM_NTLM_USER, "xyzzy"), &ntlm,
		    NULL, "");
	negotiate = opened(NEGOTIATE_NTLM, NULL);
	assert_over(negotiate, SPAN("xyzzy"));
	negotiate_free(negotiate);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(trace, "NTLM: token: "));
	assert_null(strstr(trace, "xyzzy"));
}

static long blocks;

static int before(void **state)
{
	(void)state;
	blocks = mem_live_blocks();
	return 0;
}

static int after(void **state)
{
	(void)state;
	assert_int_equal(mem_live_blocks(), blocks);
	return 0;
}

static int start(void **state)
{
	(void)state;
	realm = realm_new();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	realm_end(realm);
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, before, after)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_its_mechanism_there_is_no_ntlm), /* the first */
		TEST(the_ticket_is_enough),
		TEST(without_a_ticket_there_is_nothing_to_say),
		TEST(ntlm_is_never_spoken_without_a_login),
		TEST(a_service_that_the_kdc_does_not_know_gets_no_ticket),
		TEST(a_login_of_the_realm_goes_by_kerberos),
		TEST(a_login_of_no_realm_goes_by_ntlm_inside_spnego),
		TEST(a_login_goes_by_ntlm_alone),
		TEST(the_server_may_choose_ntlm_where_kerberos_works),
		TEST(a_wrong_password_is_refused),
		TEST(an_empty_password_cannot_be_said),
		TEST(a_host_that_is_none_is_refused),
		TEST(tokens_out_of_turn_end_the_exchange),
		TEST(broken_tokens_of_ntlm_do_no_harm),
		TEST(broken_tokens_of_spnego_do_no_harm),
		TEST(each_allocation_may_fail),
		TEST(several_threads_have_an_exchange_each),
		TEST(the_trace_says_why_and_tells_no_password),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
