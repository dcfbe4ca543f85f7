/* SPDX-License-Identifier: MIT */
/*
 * Challenges, and Digest with what comes out of them. What is read lies in the value, in
 * order; written again in one plain form it reads as the same; a Digest that can be
 * answered has an answer which is a challenge by the same grammar, with the texts of the
 * server. Each piece is read from memory of its own size.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "http/challenge.h"
#include "web/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void put(struct buf *out, struct span text)
{
	must(!buf_put(out, text));
}

/* A copy with nothing behind it. */
static struct span copy_of(struct span text)
{
	char *copy = malloc(text.len ? text.len : 1);

	must(copy != NULL);
	if (text.len)
		memcpy(copy, text.at, text.len);
	return span_of(copy, text.len);
}

static void free_copy(struct span copy)
{
	free((char *)copy.at);
}

/* Appends parameters in one plain form; answers how they ended. */
static enum err put_parameters(struct buf *out, struct span rest)
{
	struct field_parameter parameter;
	const char *begin = rest.at;
	bool is_first = true;
	enum err err;

	while (!(err = challenge_next_parameter(&rest, &parameter))) {
		must(field_is_name(parameter.name) && parameter.name.at >= begin);
		must(parameter.value.at > parameter.name.at);
		must(parameter.is_quoted || field_is_name(parameter.value));
		must(field_is_value(parameter.value));
		begin = parameter.value.at + parameter.value.len;
		must(rest.at >= begin);
		put(out, is_first ? SPAN(" ") : SPAN(", "));
		put(out, parameter.name);
		put(out, parameter.is_quoted ? SPAN("=\"") : SPAN("="));
		put(out, parameter.value);
		put(out, parameter.is_quoted ? SPAN("\"") : SPAN(""));
		is_first = false;
	}
	must(err == ERR_PROTOCOL || (err == ERR_MISSING && rest.len == 0));
	return err;
}

/* Appends challenges in one plain form, which is read as it is. */
static void put_challenges(struct buf *out, struct span rest)
{
	struct challenge challenge;
	const char *begin = rest.at;
	bool is_first = true;
	enum err err;

	while (!(err = challenge_next(&rest, &challenge))) {
		must(text_is_token(challenge.scheme) && challenge.scheme.at >= begin);
		must(challenge.token68.len == 0 || challenge.parameters.len == 0);
		begin = challenge.scheme.at + challenge.scheme.len;
		must(rest.at >= begin);
		put(out, is_first ? SPAN("") : SPAN(", "));
		put(out, challenge.scheme);
		put(out, challenge.token68.len > 0 ? SPAN(" ") : SPAN(""));
		put(out, challenge.token68);
		must(put_parameters(out, challenge.parameters) == ERR_MISSING);
		is_first = false;
	}
	must(rest.len == 0 && (err == ERR_PROTOCOL || err == ERR_MISSING));
}

static void check_challenges(struct span value)
{
	struct buf once = {0};
	struct buf twice = {0};

	put_challenges(&once, value);
	put_challenges(&twice, buf_span(&once));
	must(span_eq(buf_span(&once), buf_span(&twice)));
	buf_done(&once);
	buf_done(&twice);
}

/* The parameter of this name, unescaped, must be the text. */
static void check_parameter(struct span parameters, struct span name, struct span text)
{
	struct field_parameter parameter;
	struct buf plain = {0};

	do
		must(!challenge_next_parameter(&parameters, &parameter));
	while (!span_eq(parameter.name, name));
	must(parameter.is_quoted && !field_unquote(&plain, parameter.value));
	must(span_eq(buf_span(&plain), text));
	buf_done(&plain);
}

static void check_answer(struct digest *digest, const struct login *login)
{
	static const struct digest_message message = {
		{"POST", 4}, {"/a?b=\\", 6}, {"body", 4}, true};
	struct challenge answer;
	struct buf out = {0};
	struct span rest;
	uint32_t count = digest->count;

	must(!digest_put(digest, login, &message, &out));
	must(digest->count == count + 1);
	rest = buf_span(&out);
	must(field_is_value(rest) && !challenge_next(&rest, &answer));
	must(rest.len == 0 && span_eq(answer.scheme, SPAN("Digest")));
	check_parameter(answer.parameters, SPAN("realm"), digest->realm);
	check_parameter(answer.parameters, SPAN("nonce"), digest->nonce);
	check_parameter(answer.parameters, SPAN("uri"), message.uri);
	if (digest->has_opaque)
		check_parameter(answer.parameters, SPAN("opaque"), digest->opaque);
	buf_done(&out);
}

static void check_digest(struct span parameters, struct span info,
			 const struct login *login)
{
	enum digest_algorithm algorithm = digest_algorithm_of(parameters);
	struct span copy = copy_of(parameters);
	struct digest digest = {0};
	enum err err = digest_take(&digest, copy);

	free_copy(copy);
	must(err == (algorithm ? ERR_NONE : ERR_MISSING));
	must(digest.algorithm == algorithm);
	if (algorithm)
		check_answer(&digest, login);
	copy = copy_of(info);
	must(!digest_take_info(&digest, copy));
	free_copy(copy);
	if (algorithm)
		check_answer(&digest, login);
	must(digest_take(&digest, parameters) == err);
	digest_done(&digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = span_of((const char *)data, size);
	struct span rest = value;
	const struct login *login;
	struct challenge challenge;
	struct buf ignored = {0};

	must(!login_new(SPAN("DOM\\u\"ser"), SPAN("password"), &login));
	check_challenges(value);
	while (!challenge_next(&rest, &challenge))
		check_digest(challenge.parameters, value, login);
	(void)put_parameters(&ignored, value);
	check_digest(value, value, login);
	buf_done(&ignored);
	login_unref(login);
	return 0;
}
