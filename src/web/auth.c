/* SPDX-License-Identifier: MIT */
/*
 * A challenge is taken in three steps: what is offered is read from all fields, then the
 * answer that was sent last is judged by it, then what the next answer needs is kept (the
 * strongest Digest, a token, a realm). Bad grammar costs the rest of its field alone.
 *
 * An answer was refused by whatever challenge follows it, with three exceptions.
 * Negotiate and NTLM go on as long as the server sends tokens. Digest with stale=true was
 * right but for its nonce. And a Digest answer that was made without a challenge may have
 * met another realm of the same origin, or a nonce that serves once.
 *
 * The bits of what was offered and of what has failed are all the memory there is of
 * former rounds: the next scheme is the first one that is in the former and not in the
 * latter. Schemes that turn out to be unable to answer join the latter. An exchange of
 * tokens that is under way goes before all of this.
 */
#include "web/auth.h"

#include "base/mem.h"
#include "base/text.h"
#include "http/challenge.h"
#include "web/basic.h"
#include "web/negotiate.h"

/* The bit of a scheme. */
#define BIT(scheme) (1u << (scheme))

/* Schemes that are bound to a connection come first in enum auth_scheme. */
#define BOUND_COUNT (AUTH_NTLM + 1)

static const struct {
	struct span name;  /* as in a challenge */
	struct span shown; /* instead of an answer */
} schemes[AUTH_SCHEME_COUNT] = {
	[AUTH_NEGOTIATE] = {{"Negotiate", 9}, {"Negotiate (not shown)", 21}},
	[AUTH_NTLM] = {{"NTLM", 4}, {"NTLM (not shown)", 16}},
	[AUTH_DIGEST] = {{"Digest", 6}, {"Digest (not shown)", 18}},
	[AUTH_BASIC] = {{"Basic", 5}, {"Basic (not shown)", 17}},
};

struct span auth_scheme_name(enum auth_scheme scheme)
{
	return schemes[scheme].name;
}

struct span auth_scheme_shown(enum auth_scheme scheme)
{
	return schemes[scheme].shown;
}

/* What the fields of one response offer. All of it lies in the fields. */
struct offers {
	unsigned schemes; /* bits 1 << enum auth_scheme */
	struct span
		tokens[BOUND_COUNT]; /* of Negotiate and NTLM; not decoded, or empty */
	enum digest_algorithm algorithm; /* of the strongest Digest; */
	struct span digest;		 /* its parameters */
	struct span basic;		 /* parameters of the first Basic */
};

/* ---- secrets ---- */

/* Takes back what was appended behind len. */
static void cut_buf(struct buf *buf, size_t len)
{
	if (buf->len > len)
		mem_wipe(buf->at + len, buf->len - len);
	buf->len = len;
}

static void end_exchange(struct auth *auth)
{
	negotiate_free(auth->negotiate);
	auth->negotiate = NULL;
	buf_wipe(&auth->token);
}

void auth_done(struct auth *auth)
{
	end_exchange(auth);
	digest_done(&auth->digest);
	buf_done(&auth->realm);
	*auth = (struct auth){0};
}

/* ---- which scheme ---- */

static bool may_use(enum auth_scheme scheme, const struct auth_means *means)
{
	if (!means->login)
		return scheme == AUTH_NEGOTIATE && means->may_use_ticket;
	return scheme != AUTH_BASIC || basic_may_say(means->login);
}

/* The first scheme of these bits; AUTH_NO_SCHEME when there is none. */
static enum auth_scheme first_of(unsigned bits)
{
	enum auth_scheme scheme = AUTH_NEGOTIATE;

	while (scheme < AUTH_NO_SCHEME && !(bits & BIT(scheme)))
		scheme++;
	return scheme;
}

static enum auth_scheme next_scheme(const struct auth *auth,
				    const struct auth_means *means)
{
	unsigned bits = auth->offered & ~auth->failed;

	if (auth->negotiate)
		return auth->scheme;
	for (enum auth_scheme s = AUTH_NEGOTIATE; s < AUTH_NO_SCHEME; s++)
		if (!may_use(s, means))
			bits &= ~BIT(s);
	return first_of(bits);
}

/* ---- what is offered ---- */

static enum auth_scheme scheme_of(struct span name)
{
	enum auth_scheme scheme = AUTH_NEGOTIATE;

	while (scheme < AUTH_NO_SCHEME && !span_eq_nocase(name, schemes[scheme].name))
		scheme++;
	return scheme;
}

static void add_digest(struct offers *offers, struct span parameters)
{
	enum digest_algorithm algorithm = digest_algorithm_of(parameters);

	if (algorithm <= offers->algorithm)
		return;
	offers->algorithm = algorithm;
	offers->digest = parameters;
	offers->schemes |= BIT(AUTH_DIGEST);
}

static void add_offer(struct offers *offers, const struct challenge *challenge)
{
	enum auth_scheme scheme = scheme_of(challenge->scheme);

	switch (scheme) {
	case AUTH_NO_SCHEME:
		return;
	case AUTH_DIGEST:
		add_digest(offers, challenge->parameters);
		return;
	case AUTH_BASIC:
		if (!(offers->schemes & BIT(scheme)))
			offers->basic = challenge->parameters;
		break;
	default:
		if (offers->tokens[scheme].len == 0)
			offers->tokens[scheme] = challenge->token68;
	}
	offers->schemes |= BIT(scheme);
}

static struct offers read_offers(const struct headers *headers, struct span name)
{
	const struct headers_field *field = headers_find(headers, name, 0);
	struct offers offers = {0};
	struct challenge challenge;

	while (field) {
		struct span rest = field->value;

		while (challenge_next(&rest, &challenge) == ERR_NONE)
			add_offer(&offers, &challenge);
		field = headers_find(headers, name, (uint32_t)(field - headers->at) + 1);
	}
	return offers;
}

/* ---- what becomes of the last answer ---- */

/* Whether the last answer, which is pending, was refused by what is offered now. Digest
 * has taken its parameters. */
static bool is_refused(const struct auth *auth, const struct offers *offers)
{
	if (!(offers->schemes & BIT(auth->scheme)))
		return true;
	switch (auth->scheme) {
	case AUTH_DIGEST:
		return !auth->digest.is_stale && !auth->is_repeated;
	case AUTH_BASIC:
		return true;
	default:
		return !auth->negotiate || offers->tokens[auth->scheme].len == 0;
	}
}

/* Decodes the token of the exchange that goes on. ERR_INVALID, ERR_NO_MEMORY. */
static enum err take_token(struct auth *auth, const struct offers *offers)
{
	return text_get_base64(&auth->token, offers->tokens[auth->scheme]);
}

static enum err judge(struct auth *auth, const struct offers *offers)
{
	bool has_failed = is_refused(auth, offers);
	enum err err = ERR_NONE;

	if (!has_failed && auth->negotiate)
		err = take_token(auth, offers);
	if (err == ERR_NO_MEMORY)
		return err;
	if (has_failed || err) {
		auth->failed |= BIT(auth->scheme);
		end_exchange(auth);
	}
	auth->is_pending = false;
	return ERR_NONE;
}

/* ---- a challenge ---- */

static enum err take_digest(struct auth *auth, struct offers *offers)
{
	enum err err;

	if (!(offers->schemes & BIT(AUTH_DIGEST)))
		return ERR_NONE;
	err = digest_take(&auth->digest, offers->digest);
	if (err != ERR_MISSING)
		return err;
	offers->schemes &= ~BIT(AUTH_DIGEST);
	return ERR_NONE;
}

/* Appends the realm among the parameters, if there is one. ERR_NO_MEMORY. */
static enum err put_realm(struct buf *out, struct span parameters)
{
	struct field_parameter parameter;

	while (challenge_next_parameter(&parameters, &parameter) == ERR_NONE) {
		if (!span_eq_nocase(parameter.name, SPAN("realm")))
			continue;
		return parameter.is_quoted ? field_unquote(out, parameter.value)
					   : buf_put(out, parameter.value);
	}
	return ERR_NONE;
}

static enum err take_realm(struct auth *auth, const struct offers *offers)
{
	buf_clear(&auth->realm);
	if (offers->schemes & BIT(AUTH_DIGEST))
		return buf_put(&auth->realm, auth->digest.realm);
	return put_realm(&auth->realm, offers->basic);
}

enum err auth_take(struct auth *auth, const struct headers *headers, struct span field,
		   const struct auth_means *means)
{
	struct offers offers = read_offers(headers, field);
	enum err err = take_digest(auth, &offers);

	if (!err && auth->is_pending)
		err = judge(auth, &offers);
	if (!err)
		err = take_realm(auth, &offers);
	if (err)
		return err;
	auth->offered = offers.schemes;
	if (means->is_shared)
		auth->offered &= ~(1u << AUTH_NEGOTIATE | 1u << AUTH_NTLM);
	auth->is_challenged = true;
	if (auth->rounds >= AUTH_MAX_ROUNDS)
		return ERR_MISSING;
	return next_scheme(auth, means) == AUTH_NO_SCHEME ? ERR_MISSING : ERR_NONE;
}

/* ---- an answer ---- */

bool auth_may_block(const struct auth *auth)
{
	return auth->is_challenged &&
	       first_of(auth->offered & ~auth->failed) < BOUND_COUNT;
}

static enum err begin_exchange(struct auth *auth, enum auth_scheme scheme,
			       const struct auth_means *means)
{
	return negotiate_new(scheme == AUTH_NTLM ? NEGOTIATE_NTLM : NEGOTIATE_SPNEGO,
			     means->host, means->login, &auth->negotiate);
}

/* Appends "NTLM TlRMTVNTUAAB". The room is made first: a buffer that grows would leave
 * the secret behind. */
static enum err put_token68(struct buf *out, struct span name, struct span token)
{
	enum err err = buf_reserve(out, name.len + 1 + (token.len + 2) / 3 * 4);

	if (!err)
		err = buf_put(out, name);
	if (!err)
		err = buf_put_byte(out, ' ');
	return err ? err : text_put_base64(out, token);
}

static enum err put_exchange(struct auth *auth, enum auth_scheme scheme,
			     const struct auth_means *means, struct buf *out)
{
	struct buf token = {0};
	enum err err = ERR_NONE;

	if (!auth->negotiate)
		err = begin_exchange(auth, scheme, means);
	if (!err)
		err = negotiate_answer(auth->negotiate, buf_span(&auth->token), &token);
	if (!err)
		err = put_token68(out, schemes[scheme].name, buf_span(&token));
	buf_wipe(&token);
	buf_wipe(&auth->token);
	if (err)
		end_exchange(auth);
	return err;
}

static enum err put_answer(struct auth *auth, enum auth_scheme scheme,
			   const struct auth_means *means,
			   const struct digest_message *message, struct buf *out)
{
	size_t len = out->len;
	enum err err;

	switch (scheme) {
	case AUTH_DIGEST:
		err = digest_put(&auth->digest, means->login, message, out);
		break;
	case AUTH_BASIC:
		err = basic_put(out, means->login);
		break;
	default:
		err = put_exchange(auth, scheme, means, out);
	}
	if (err) {
		cut_buf(out, len);
		return err;
	}
	auth->scheme = scheme;
	auth->is_pending = true;
	return ERR_NONE;
}

static enum err answer_challenge(struct auth *auth, const struct auth_means *means,
				 const struct digest_message *message, struct buf *out)
{
	enum auth_scheme scheme;

	if (auth->rounds >= AUTH_MAX_ROUNDS)
		return ERR_MISSING;
	while ((scheme = next_scheme(auth, means)) != AUTH_NO_SCHEME) {
		enum err err = put_answer(auth, scheme, means, message, out);

		if (!err) {
			auth->rounds++;
			auth->is_challenged = false;
			auth->is_repeated = false;
		}
		if (err != ERR_MISSING)
			return err;
		auth->failed |= BIT(scheme);
	}
	return ERR_MISSING;
}

static enum err answer_again(struct auth *auth, const struct auth_means *means,
			     const struct digest_message *message, struct buf *out)
{
	bool was_pending = auth->is_pending;
	enum err err;

	if (!auth_may_repeat(auth) || !may_use(auth->scheme, means))
		return ERR_MISSING;
	err = put_answer(auth, auth->scheme, means, message, out);
	if (!err && !was_pending)
		auth->is_repeated = true;
	return err;
}

enum err auth_put(struct auth *auth, const struct auth_means *means,
		  const struct digest_message *message, struct buf *out)
{
	return auth->is_challenged ? answer_challenge(auth, means, message, out)
				   : answer_again(auth, means, message, out);
}

/* ---- afterwards ---- */

bool auth_is_bound(const struct auth *auth)
{
	return auth->rounds > 0 && auth->scheme < BOUND_COUNT;
}

bool auth_is_opening(const struct auth *auth)
{
	return auth->negotiate && negotiate_is_opening(auth->negotiate);
}

bool auth_may_repeat(const struct auth *auth)
{
	return auth->rounds > 0 && !auth->is_challenged && !auth_is_bound(auth);
}

enum err auth_accept(struct auth *auth, const struct headers *headers,
		     struct span info_field)
{
	const struct headers_field *field;
	enum err err = ERR_NONE;

	if (!auth->is_pending)
		return ERR_NONE;
	auth->is_pending = false;
	end_exchange(auth);
	if (auth->scheme != AUTH_DIGEST)
		return ERR_NONE;
	field = headers_find(headers, info_field, 0);
	while (!err && field) {
		err = digest_take_info(&auth->digest, field->value);
		field = headers_find(headers, info_field,
				     (uint32_t)(field - headers->at) + 1);
	}
	return err;
}

bool auth_wants_login(const struct auth *auth)
{
	return auth->offered != 0 && auth->rounds < AUTH_MAX_ROUNDS;
}

void auth_renew(struct auth *auth)
{
	end_exchange(auth);
	auth->failed = 0;
	auth->is_pending = false;
}
