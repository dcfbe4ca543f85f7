/* SPDX-License-Identifier: MIT */
/*
 * A challenge is read into a draft whose spans lie in the field value, still escaped; if
 * it can be answered, its texts are copied into one buffer of the digest. A parameter
 * given twice makes a challenge unanswerable, since two readers may choose differently;
 * parameters that are not known are passed over, and so is domain: every answer is for
 * one request to one server. We speak UTF-8, and say so only to who knows that one can.
 *
 * Three things live for different times. The key of -sess holds from one challenge to
 * the next, so first_nonce and cnonce do (RFC 7616 3.4.2, 3.6). The count belongs to the
 * nonce: a nextnonce starts it anew, and the same nonce in a new challenge does not,
 * for the server would take a smaller count for a replay. The proof is made anew for
 * each answer.
 *
 * Everything is hashed in pieces with colons between, so the password is copied
 * nowhere; the key, which is as good as the password, is wiped. What is hashed are
 * the plain texts; in the answer they stand quoted, with backslashes.
 *
 * Where the server offers no qop the answer is that of RFC 2069: no nc, no cnonce. Only
 * -sess has a cnonce even then, because nobody could check the answer without it.
 */
#include "web/digest.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/challenge.h"

/* Random bytes in a client nonce; two digits each. */
#define CNONCE_RANDOM_BYTES 16

/* Digits of a count. */
#define COUNT_DIGITS 8

/* What an answer has besides the texts of the challenge, the user name and the URI. */
#define ANSWER_BYTES 512

/* The parameters of a challenge that have a meaning here. */
enum parameter {
	REALM,
	NONCE,
	OPAQUE,
	STALE,
	ALGORITHM,
	QOP,
	USERHASH,
	CHARSET,
	DOMAIN,
	PARAMETER_COUNT
};

static const char *const parameter_names[PARAMETER_COUNT] = {
	[REALM] = "realm",	 [NONCE] = "nonce",	    [OPAQUE] = "opaque",
	[STALE] = "stale",	 [ALGORITHM] = "algorithm", [QOP] = "qop",
	[USERHASH] = "userhash", [CHARSET] = "charset",	    [DOMAIN] = "domain",
};

/* Algorithms by name; without a name it is the first. */
static const struct algorithm {
	const char *name;		 /* as it is written */
	enum digest_algorithm algorithm; /* what hashes */
	bool is_session;		 /* -sess */
} algorithms[] = {
	{"MD5", DIGEST_MD5, false},
	{"MD5-sess", DIGEST_MD5, true},
	{"SHA-256", DIGEST_SHA256, false},
	{"SHA-256-sess", DIGEST_SHA256, true},
	{"SHA-512-256", DIGEST_SHA512_256, false},
	{"SHA-512-256-sess", DIGEST_SHA512_256, true},
};

/* A digest in hexadecimal digits. */
struct hex {
	char at[2 * HASH_MAX_BYTES]; /* the digits */
	size_t len;		     /* how many */
};

/* What is new in an answer. */
struct proof {
	char count[COUNT_DIGITS]; /* nc */
	struct span qop;	  /* or empty */
	struct hex response;	  /* what only we can know */
	struct hex user;	  /* for userhash; or empty */
};

/* The parameter of this name, or PARAMETER_COUNT. */
static enum parameter parameter_of(struct span name)
{
	enum parameter i = REALM;

	while (i < PARAMETER_COUNT && !span_eq_nocase(name, span_str(parameter_names[i])))
		i++;
	return i;
}

/* The values of known parameters, escaped; at is NULL where one is not there. */
static enum err gather(struct span parameters, struct span values[PARAMETER_COUNT])
{
	struct field_parameter parameter;
	enum err err;

	while (!(err = challenge_next_parameter(&parameters, &parameter))) {
		enum parameter i = parameter_of(parameter.name);

		if (i == PARAMETER_COUNT)
			continue;
		if (values[i].at)
			return ERR_MISSING;
		values[i] = parameter.value;
	}
	return err == ERR_MISSING ? ERR_NONE : ERR_MISSING;
}

static bool read_algorithm(struct span name, struct digest *out)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		if (name.at && !span_eq_nocase(name, span_str(algorithms[i].name)))
			continue;
		out->is_named = name.at != NULL;
		out->algorithm = algorithms[i].algorithm;
		out->is_session = algorithms[i].is_session;
		return true;
	}
	return false;
}

/* false when there are qops and none of them is known. */
static bool read_qop(struct span list, struct digest *out)
{
	struct span rest = list;
	struct span element;

	out->has_auth = field_has_token(list, SPAN("auth"));
	out->has_auth_int = field_has_token(list, SPAN("auth-int"));
	return out->has_auth || out->has_auth_int || !field_next_element(&rest, &element);
}

/* Reads a challenge; the spans lie in parameters, still escaped. ERR_MISSING. */
static enum err read_challenge(struct span parameters, struct digest *out)
{
	struct span values[PARAMETER_COUNT] = {{0}};
	enum err err = gather(parameters, values);

	if (err)
		return err;
	*out = (struct digest){
		.realm = values[REALM],
		.nonce = values[NONCE],
		.opaque = values[OPAQUE],
		.has_opaque = values[OPAQUE].at != NULL,
		.has_userhash = span_eq_nocase(values[USERHASH], SPAN("true")),
		.is_stale = span_eq_nocase(values[STALE], SPAN("true")),
		.knows_charset = span_eq_nocase(values[CHARSET], SPAN("UTF-8")),
	};
	if (!values[REALM].at || !values[NONCE].at ||
	    !read_algorithm(values[ALGORITHM], out) || !read_qop(values[QOP], out))
		return ERR_MISSING;
	return ERR_NONE;
}

/* Puts *text into texts, which has room for it, and lets it lie there. */
static enum err keep(struct buf *texts, struct span *text, bool is_escaped)
{
	size_t begin = texts->len;
	enum err err = is_escaped ? field_unquote(texts, *text) : buf_put(texts, *text);

	if (!err)
		*text = span_skip(buf_span(texts), begin);
	return err;
}

/* Lets the spans lie in texts, which is empty. The nonce is escaped, and the others
 * are if all of them come from a challenge. */
static enum err keep_texts(struct digest *digest, bool is_challenge)
{
	struct buf *texts = &digest->texts;
	enum err err =
		buf_reserve(texts, digest->realm.len + digest->nonce.len +
					   digest->first_nonce.len + digest->opaque.len);

	if (!err)
		err = keep(texts, &digest->realm, is_challenge);
	if (!err)
		err = keep(texts, &digest->opaque, is_challenge);
	if (!err)
		err = keep(texts, &digest->nonce, true);
	if (!err && is_challenge)
		digest->first_nonce = digest->nonce;
	else if (!err)
		err = keep(texts, &digest->first_nonce, false);
	if (err)
		buf_done(texts);
	return err;
}

enum digest_algorithm digest_algorithm_of(struct span parameters)
{
	struct digest draft;

	return read_challenge(parameters, &draft) ? DIGEST_UNKNOWN : draft.algorithm;
}

enum err digest_take(struct digest *digest, struct span parameters)
{
	struct digest next;
	enum err err = read_challenge(parameters, &next);

	if (!err)
		err = keep_texts(&next, true);
	if (err)
		return err;
	if (digest->algorithm && span_eq(next.nonce, digest->nonce)) {
		next.count = digest->count;
		next.cnonce_bytes = digest->cnonce_bytes;
		memcpy(next.cnonce, digest->cnonce, sizeof(next.cnonce));
	}
	digest_done(digest);
	*digest = next;
	return ERR_NONE;
}

/* The nextnonce in front of whatever is malformed, escaped and not empty. */
static bool find_nextnonce(struct span value, struct span *out_nonce)
{
	struct field_parameter parameter;

	while (!challenge_next_parameter(&value, &parameter)) {
		if (span_eq_nocase(parameter.name, SPAN("nextnonce")) &&
		    parameter.value.len > 0) {
			*out_nonce = parameter.value;
			return true;
		}
	}
	return false;
}

enum err digest_take_info(struct digest *digest, struct span value)
{
	struct digest next = *digest;
	enum err err;

	if (!digest->algorithm || !find_nextnonce(value, &next.nonce))
		return ERR_NONE;
	buf_init(&next.texts);
	err = keep_texts(&next, false);
	if (err)
		return err;
	if (!span_eq(next.nonce, digest->nonce))
		next.count = 0;
	buf_done(&digest->texts);
	*digest = next;
	return ERR_NONE;
}

/* Writes two digits for each byte. */
static void write_hex(char *to, const unsigned char *bytes, size_t count)
{
	static const char digits[16] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
}

static void write_count(char to[COUNT_DIGITS], uint32_t count)
{
	const unsigned char bytes[] = {
		(unsigned char)(count >> 24),
		(unsigned char)(count >> 16),
		(unsigned char)(count >> 8),
		(unsigned char)count,
	};

	write_hex(to, bytes, sizeof(bytes));
}

static enum hash_kind kind_of(enum digest_algorithm algorithm)
{
	switch (algorithm) {
	case DIGEST_SHA512_256:
		return HASH_SHA512_256;
	case DIGEST_SHA256:
		return HASH_SHA256;
	default:
		return HASH_MD5;
	}
}

/* The digest of parts with colons between; *out may be one of them. */
static enum err hash_joined(enum digest_algorithm algorithm, const struct span *parts,
			    size_t count, struct hex *out)
{
	enum hash_kind kind = kind_of(algorithm);
	unsigned char bytes[HASH_MAX_BYTES];
	struct hash *hash;
	enum err err = hash_new(kind, &hash);

	if (err)
		return err == ERR_SYSTEM ? ERR_MISSING : err;
	for (size_t i = 0; i < count && !err; i++) {
		err = i > 0 ? hash_put(hash, SPAN(":")) : ERR_NONE;
		if (!err)
			err = hash_put(hash, parts[i]);
	}
	if (!err)
		err = hash_end(hash, bytes);
	hash_free(hash);
	if (err)
		return err;
	out->len = 2 * hash_bytes(kind);
	write_hex(out->at, bytes, hash_bytes(kind));
	mem_wipe(bytes, sizeof(bytes));
	return ERR_NONE;
}

static struct span hex_span(const struct hex *hex)
{
	return span_of(hex->at, hex->len);
}

static struct span cnonce_span(const struct digest *digest)
{
	return span_of(digest->cnonce, digest->cnonce_bytes);
}

static enum err make_cnonce(struct digest *digest)
{
	unsigned char random[CNONCE_RANDOM_BYTES];
	enum err err;

	if (digest->cnonce_bytes > 0)
		return ERR_NONE;
	err = hash_random(random, sizeof(random));
	if (err)
		return err;
	write_hex(digest->cnonce, random, sizeof(random));
	digest->cnonce_bytes = 2 * sizeof(random);
	return ERR_NONE;
}

/* H(A1) of RFC 7616 3.4.2: as good as the password. */
static enum err make_key(const struct digest *digest, const struct login *login,
			 struct hex *out_key)
{
	const struct span secret[] = {login->user, digest->realm, login->password};
	enum err err = hash_joined(digest->algorithm, secret, 3, out_key);

	if (!err && digest->is_session) {
		const struct span session[] = {hex_span(out_key), digest->first_nonce,
					       cnonce_span(digest)};

		err = hash_joined(digest->algorithm, session, 3, out_key);
	}
	return err;
}

/* H(A2) of RFC 7616 3.4.3: what the answer is for. */
static enum err hash_message(const struct digest *digest,
			     const struct digest_message *message, bool is_with_body,
			     struct hex *out)
{
	struct hex body;
	struct span parts[] = {message->method, message->uri, {body.at, 0}};
	enum err err = ERR_NONE;

	if (is_with_body)
		err = hash_joined(digest->algorithm, &message->body, 1, &body);
	if (err)
		return err;
	parts[2].len = is_with_body ? body.len : 0;
	return hash_joined(digest->algorithm, parts, is_with_body ? 3 : 2, out);
}

/* The response of RFC 7616 3.4.1, or of RFC 2069 without a qop. */
static enum err make_response(const struct digest *digest, const struct login *login,
			      const struct digest_message *message, struct proof *proof)
{
	bool is_with_body = span_eq(proof->qop, SPAN("auth-int"));
	struct hex key;
	struct hex subject;
	enum err err = hash_message(digest, message, is_with_body, &subject);

	if (err)
		return err;
	err = make_key(digest, login, &key);
	if (!err && proof->qop.len > 0) {
		const struct span parts[] = {hex_span(&key),
					     digest->nonce,
					     span_of(proof->count, COUNT_DIGITS),
					     cnonce_span(digest),
					     proof->qop,
					     hex_span(&subject)};

		err = hash_joined(digest->algorithm, parts, 6, &proof->response);
	} else if (!err) {
		const struct span parts[] = {hex_span(&key), digest->nonce,
					     hex_span(&subject)};

		err = hash_joined(digest->algorithm, parts, 3, &proof->response);
	}
	mem_wipe(&key, sizeof(key));
	return err;
}

static enum err choose_qop(const struct digest *digest,
			   const struct digest_message *message, struct span *out_qop)
{
	*out_qop = SPAN("");
	if (digest->has_auth)
		*out_qop = SPAN("auth");
	else if (digest->has_auth_int && !message->is_body_known)
		return ERR_MISSING;
	else if (digest->has_auth_int)
		*out_qop = SPAN("auth-int");
	return ERR_NONE;
}

static enum err prove(struct digest *digest, const struct login *login,
		      const struct digest_message *message, struct proof *out)
{
	const struct span user[] = {login->user, digest->realm};
	enum err err = choose_qop(digest, message, &out->qop);

	out->user.len = 0;
	write_count(out->count, digest->count + 1);
	if (!err)
		err = make_cnonce(digest);
	if (!err && digest->has_userhash)
		err = hash_joined(digest->algorithm, user, 2, &out->user);
	return err ? err : make_response(digest, login, message, out);
}

/* Appends two texts. */
static enum err put_plain(struct buf *out, const char *before, struct span text)
{
	enum err err = buf_put_str(out, before);

	return err ? err : buf_put(out, text);
}

/* Appends ", name=" and text as a quoted string; before ends with the quote. */
static enum err put_quoted(struct buf *out, const char *before, struct span text)
{
	enum err err = buf_put_str(out, before);

	for (size_t i = 0; i < text.len && !err; i++) {
		if (text.at[i] == '"' || text.at[i] == '\\')
			err = buf_put_byte(out, '\\');
		if (!err)
			err = buf_put_byte(out, text.at[i]);
	}
	return err ? err : buf_put_byte(out, '"');
}

/* Whether a text can stand in a quoted string: of ASCII where that is all that counts. */
static bool is_quotable(struct span text, bool is_ascii)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c < ' ' || c == 0x7F || (is_ascii && c > 0x7F))
			return false;
	}
	return true;
}

/* Servers of RFC 2617 do not know username*. */
static bool knows_username_star(const struct digest *digest)
{
	return digest->knows_charset || digest->algorithm > DIGEST_MD5;
}

static enum err put_user(struct buf *out, const struct digest *digest,
			 const struct login *login, const struct proof *proof)
{
	enum err err;

	if (proof->user.len > 0)
		return put_quoted(out, "username=\"", hex_span(&proof->user));
	if (is_quotable(login->user, knows_username_star(digest)))
		return put_quoted(out, "username=\"", login->user);
	err = buf_put_str(out, "username*=UTF-8''");
	return err ? err : text_put_escaped(out, login->user);
}

static const char *name_of(const struct digest *digest)
{
	const struct algorithm *at = algorithms;

	while (at->algorithm != digest->algorithm || at->is_session != digest->is_session)
		at++;
	return at->name;
}

/* Appends the parameters that the challenge is answered with, as it was. */
static enum err put_challenge(struct buf *out, const struct digest *digest)
{
	enum err err = put_quoted(out, ", realm=\"", digest->realm);

	if (!err)
		err = put_quoted(out, ", nonce=\"", digest->nonce);
	if (!err && digest->has_opaque)
		err = put_quoted(out, ", opaque=\"", digest->opaque);
	if (!err && digest->is_named)
		err = put_plain(out, ", algorithm=", span_str(name_of(digest)));
	return err;
}

static enum err put_proof(struct buf *out, const struct digest *digest,
			  const struct proof *proof)
{
	enum err err = ERR_NONE;

	if (proof->qop.len > 0) {
		err = put_plain(out, ", qop=", proof->qop);
		if (!err)
			err = put_plain(out,
					", nc=", span_of(proof->count, COUNT_DIGITS));
	}
	if (!err && (proof->qop.len > 0 || digest->is_session))
		err = put_quoted(out, ", cnonce=\"", cnonce_span(digest));
	if (!err)
		err = put_quoted(out, ", response=\"", hex_span(&proof->response));
	if (!err && proof->user.len > 0)
		err = buf_put_str(out, ", userhash=true");
	return err;
}

/* Appends all of an answer. */
static enum err put_answer(struct buf *out, const struct digest *digest,
			   const struct login *login, struct span uri,
			   const struct proof *proof)
{
	size_t bytes = 3 * login->user.len + 2 * (digest->texts.len + uri.len);
	enum err err = buf_reserve(out, bytes + ANSWER_BYTES);

	if (!err)
		err = buf_put_str(out, "Digest ");
	if (!err)
		err = put_user(out, digest, login, proof);
	if (!err)
		err = put_quoted(out, ", uri=\"", uri);
	if (!err)
		err = put_challenge(out, digest);
	if (!err)
		err = put_proof(out, digest, proof);
	return err;
}

enum err digest_put(struct digest *digest, const struct login *login,
		    const struct digest_message *message, struct buf *out)
{
	size_t len_before = out->len;
	struct proof proof;
	enum err err = ERR_MISSING;

	if (digest->algorithm)
		err = prove(digest, login, message, &proof);
	if (err)
		return err;
	err = put_answer(out, digest, login, message->uri, &proof);
	if (err)
		out->len = len_before;
	else
		digest->count++;
	return err;
}

void digest_done(struct digest *digest)
{
	buf_done(&digest->texts);
	*digest = (struct digest){0};
}
