/* SPDX-License-Identifier: MIT */
/*
 * Dialogues of web/auth with a server: challenges, and what is answered to each. The
 * exchanges of tokens are those of a fake that stands here instead of web/negotiate. For
 * one file of a test program.
 */
#ifndef IXHR2_TESTS_WEB_DIALOGUE_H
#define IXHR2_TESTS_WEB_DIALOGUE_H

#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "web/auth.h"
#include "web/negotiate.h"

#define MAX_FIELDS 4
#define MAX_STEPS  11

/* ---- the fake ---- */

/* One exchange of tokens; its n-th token is "N1", "N2" ... or, of NTLM, "T1" ... */
struct negotiate {
	enum negotiate_scheme scheme; /* as it was asked for */
	unsigned tokens;	      /* given so far */
};

static struct {
	/* Set by the test; the index is an enum negotiate_scheme. */
	enum err new_err[2]; /* of negotiate_new */
	unsigned most[2];    /* tokens that an exchange gives; 0: any number */
	bool is_opening;     /* of negotiate_is_opening */

	/* The record. */
	unsigned news[2], frees;   /* calls */
	char host[32];		   /* of the last negotiate_new */
	const struct login *login; /* the same */
	char heard[64];		   /* the server's tokens, each behind a comma */
} fake;

enum err negotiate_new(enum negotiate_scheme scheme, struct span host,
		       const struct login *login, struct negotiate **out_negotiate)
{
	struct negotiate *negotiate;

	fake.news[scheme]++;
	fake.login = login;
	snprintf(fake.host, sizeof(fake.host), "%.*s", (int)host.len, host.at);
	assert_true(login || scheme == NEGOTIATE_SPNEGO);
	if (fake.new_err[scheme])
		return fake.new_err[scheme];
	negotiate = mem_zalloc(sizeof(*negotiate));
	if (!negotiate)
		return ERR_NO_MEMORY;
	negotiate->scheme = scheme;
	*out_negotiate = negotiate;
	return ERR_NONE;
}

enum err negotiate_answer(struct negotiate *negotiate, struct span token,
			  struct buf *out_token)
{
	unsigned most = fake.most[negotiate->scheme];
	size_t len = strlen(fake.heard);
	char text[8];

	assert_int_equal(token.len > 0, negotiate->tokens > 0);
	snprintf(fake.heard + len, sizeof(fake.heard) - len, ",%.*s", (int)token.len,
		 token.at ? token.at : "");
	if (most && negotiate->tokens == most)
		return ERR_MISSING;
	negotiate->tokens++;
	snprintf(text, sizeof(text), "%c%u",
		 negotiate->scheme == NEGOTIATE_NTLM ? 'T' : 'N', negotiate->tokens);
	return buf_put_str(out_token, text);
}

bool negotiate_is_opening(const struct negotiate *negotiate)
{
	return fake.is_opening && negotiate->tokens == 1;
}

void negotiate_free(struct negotiate *negotiate)
{
	if (negotiate)
		fake.frees++;
	mem_free(negotiate);
}

/* ---- dialogues ---- */

/* Tokens of the fake in base64, and two of a server: "a" and "bc". */
#define N1	  "Negotiate TjE="
#define N2	  "Negotiate TjI="
#define N3	  "Negotiate TjM="
#define T1	  "NTLM VDE="
#define T2	  "NTLM VDI="
#define SERVER_A  "YQ=="
#define SERVER_BC "YmM="

#define BASIC "Basic dTpw" /* u:p */

#define DIGEST(nonce) "Digest realm=\"r\", qop=\"auth\", nonce=\"" nonce "\""
#define STALE(nonce)  DIGEST(nonce) ", stale=true"

enum event {
	EVENT_END,
	EVENT_CHALLENGE, /* a 401 with these fields */
	EVENT_CONTENT,	 /* another response, with these fields of Authentication-Info */
	EVENT_REPEAT,	 /* a further message, without a challenge */
	EVENT_RENEW	 /* the login is there from now on */
};

struct step {
	enum event event;
	const char *fields[MAX_FIELDS];
	/* The answer; NULL: auth_take says that there is none; "": auth_put does. It is
	 * given whole, but for Digest, where it is a prefix and, each behind a "|", what
	 * it holds. */
	const char *answer;
};

#define CHALLENGE(to, ...)                                                               \
	{                                                                                \
		EVENT_CHALLENGE, {__VA_ARGS__}, to                                       \
	}
#define CONTENT(...)                                                                     \
	{                                                                                \
		EVENT_CONTENT, {__VA_ARGS__}, NULL                                       \
	}
#define REPEAT(to)                                                                       \
	{                                                                                \
		EVENT_REPEAT, {NULL}, to                                                 \
	}
#define RENEW(to)                                                                        \
	{                                                                                \
		EVENT_RENEW, {NULL}, to                                                  \
	}

/* With what is answered. */
enum means {
	WITH_LOGIN,
	WITH_COLON,  /* a login with a colon in its user name */
	WITH_TICKET, /* no login */
	WITH_NOTHING
};

struct dialogue {
	const char *name; /* the sentence */
	enum means means;
	struct step steps[MAX_STEPS];
	bool is_body_unknown; /* of the message */
	bool lacks_spnego;    /* negotiate_new: ERR_MISSING */
	bool lacks_ntlm;      /* the same */
	unsigned most_spnego; /* tokens of an exchange */
	const char *heard;    /* the server's tokens; NULL: it does not matter */
};

static inline const struct login *new_login(enum means means)
{
	const struct login *login = NULL;

	if (means == WITH_LOGIN)
		assert_int_equal(login_new(SPAN("u"), SPAN("p"), &login), ERR_NONE);
	if (means == WITH_COLON)
		assert_int_equal(login_new(SPAN("a:b"), SPAN("p"), &login), ERR_NONE);
	return login;
}

static inline enum err put_fields(struct headers *headers, const char *const *fields,
				  struct span name)
{
	enum err err = headers_put(headers, SPAN("Server"), SPAN("Basic realm=x"));

	for (size_t i = 0; !err && i < MAX_FIELDS && fields[i]; i++)
		err = headers_put(headers, name, span_str(fields[i]));
	return err;
}

static inline bool holds(struct span text, struct span part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (span_eq(span_of(text.at + i, part.len), part))
			return true;
	return false;
}

static inline void check_answer(struct span answer, const char *expected)
{
	struct span rest = span_str(expected);
	struct span prefix = span_cut(&rest, '|');

	if (!span_has_prefix(prefix, SPAN("Digest"))) {
		assert_span(answer, prefix);
		return;
	}
	assert_true(span_has_prefix(answer, prefix));
	while (rest.len > 0) {
		struct span part = span_cut(&rest, '|');

		if (!holds(answer, part))
			fail_msg("no %.*s in %.*s", (int)part.len, part.at,
				 (int)answer.len, answer.at);
	}
}

/* What an allocation that fails must leave as it was. */
#define BEFORE "before "

static inline enum err put(struct auth *auth, const struct auth_means *means,
			   const struct digest_message *message, struct buf *answer)
{
	enum err err = buf_put_str(answer, BEFORE);

	if (!err)
		err = auth_put(auth, means, message, answer);
	if (err) {
		assert_true(answer->len == 0 || answer->len == strlen(BEFORE));
		return err;
	}
	buf_drop(answer, strlen(BEFORE));
	return ERR_NONE;
}

/* The partner of auth in a dialogue. */
struct talk {
	const struct dialogue *d;
	struct auth auth;
	struct auth_means means;
	const struct login *login; /* of the means, or of those that come later */
	struct digest_message message;
};

static inline enum err answer(struct talk *talk, const struct step *step)
{
	struct buf out = {0};
	enum err err = put(&talk->auth, &talk->means, &talk->message, &out);

	if (err != ERR_NO_MEMORY) {
		assert_int_equal(err, step->answer[0] ? ERR_NONE : ERR_MISSING);
		if (!err)
			check_answer(buf_span(&out), step->answer);
		err = ERR_NONE;
	}
	buf_done(&out);
	return err;
}

static inline enum err take(struct talk *talk, const struct step *step)
{
	struct arena arena = {0};
	struct headers headers;
	enum err err;

	headers_init(&headers, &arena);
	err = put_fields(&headers, step->fields, SPAN("www-authenticate"));
	if (!err)
		err = auth_take(&talk->auth, &headers, SPAN("WWW-Authenticate"),
				&talk->means);
	arena_done(&arena);
	if (err == ERR_NO_MEMORY)
		return err;
	assert_int_equal(err, step->answer ? ERR_NONE : ERR_MISSING);
	return err ? ERR_NONE : answer(talk, step);
}

static inline enum err accept(struct talk *talk, const struct step *step)
{
	struct arena arena = {0};
	struct headers headers;
	enum err err;

	headers_init(&headers, &arena);
	err = put_fields(&headers, step->fields, SPAN("Authentication-Info"));
	if (!err)
		err = auth_accept(&talk->auth, &headers, SPAN("authentication-info"));
	arena_done(&arena);
	return err;
}

/* 0 or ERR_NO_MEMORY; everything else is asserted. */
static inline enum err take_step(struct talk *talk, const struct step *step)
{
	switch (step->event) {
	case EVENT_CHALLENGE:
		return take(talk, step);
	case EVENT_CONTENT:
		return accept(talk, step);
	case EVENT_RENEW:
		auth_renew(&talk->auth);
		talk->means.login = talk->login;
		return step->answer ? answer(talk, step) : ERR_NONE;
	default:
		return answer(talk, step);
	}
}

static inline void begin_talk(struct talk *talk, const struct dialogue *d)
{
	memset(&fake, 0, sizeof(fake));
	fake.new_err[NEGOTIATE_SPNEGO] = d->lacks_spnego ? ERR_MISSING : ERR_NONE;
	fake.new_err[NEGOTIATE_NTLM] = d->lacks_ntlm ? ERR_MISSING : ERR_NONE;
	fake.most[NEGOTIATE_SPNEGO] = d->most_spnego;
	*talk = (struct talk){.d = d};
	talk->login = new_login(d->means == WITH_COLON ? WITH_COLON : WITH_LOGIN);
	talk->means.login =
		d->means == WITH_LOGIN || d->means == WITH_COLON ? talk->login : NULL;
	talk->means.may_use_ticket = d->means == WITH_TICKET;
	talk->means.host = SPAN("a.example");
	talk->message.method = SPAN("GET");
	talk->message.uri = SPAN("/x");
	talk->message.is_body_known = !d->is_body_unknown;
}

static inline void end_talk(struct talk *talk)
{
	static const struct auth none;

	auth_done(&talk->auth);
	assert_memory_equal(&talk->auth, &none, sizeof(none));
	login_unref(talk->login);
}

static inline enum err hold_dialogue(struct talk *talk)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; !err && i < MAX_STEPS && talk->d->steps[i].event; i++)
		err = take_step(talk, &talk->d->steps[i]);
	return err;
}

#endif
