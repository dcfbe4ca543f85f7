/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/challenge.h"
#include "lib/guard.h"
#include "lib/openssl_memory.h"
#include "lib/remains.h"
#include "web/digest.h"

#define REALM "realm=\"testrealm@host.com\""
#define NONCE "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""
#define QOP   ", qop=auth, nc=00000001, cnonce=\"0a4f113b\""

static const struct span default_cnonce = {"0a4f113b", 8};

static const struct digest_message message = {.method = {"POST", 4},
					      .uri = {"/dir/index.html", 15},
					      .body = {"body", 4},
					      .is_body_known = true};

static const struct login *make_login(const char *user, const char *password)
{
	const struct login *login = NULL;

	assert_int_equal(login_new(span_str(user), span_str(password), &login), 0);
	return login;
}

static void set_cnonce(struct digest *digest, struct span cnonce)
{
	assert_true(cnonce.len <= DIGEST_CNONCE_MAX_BYTES);
	memcpy(digest->cnonce, cnonce.at, cnonce.len);
	digest->cnonce_bytes = (uint8_t)cnonce.len;
}

/* Takes a challenge that is gone afterwards. */
static enum err take(struct digest *digest, struct span parameters)
{
	struct guard guard = {0};
	enum err err = digest_take(digest, guard_copy(&guard, parameters));

	guard_done(&guard);
	return err;
}

static void assert_answer(struct digest *digest, const struct login *login,
			  const char *expected)
{
	struct buf out = {0};

	assert_int_equal(digest_put(digest, login, &message, &out), 0);
	assert_span(buf_span(&out), span_str(expected));
	buf_done(&out);
}

/* The parameter of this name in an answer, or an empty span. */
static struct span parameter_of(struct span answer, struct span name)
{
	struct field_parameter parameter;
	struct challenge challenge;

	assert_int_equal(challenge_next(&answer, &challenge), 0);
	assert_span(challenge.scheme, SPAN("Digest"));
	while (!challenge_next_parameter(&challenge.parameters, &parameter)) {
		if (span_eq(parameter.name, name))
			return parameter.value;
	}
	return SPAN("");
}

/* What an answer by this algorithm and qop proves, made with another implementation. */
static void every_algorithm_proves_every_qop(void **state)
{
	static const struct {
		const char *algorithm;
		const char *plain;    /* without a qop */
		const char *auth;     /* with auth */
		const char *auth_int; /* with auth-int */
	} rows[] = {
		{"MD5", "606b58711e1cc9535f12f39968f07304",
		 "440c5a7b9ed304fecd2ddd39c9c7b726", "dca9ff67010f70af399e472e7367c12e"},
		{"MD5-sess", "31e646ad179db0cae3a372779367a565",
		 "ecde0e9bb4b8703514fadab84b56ac98", "b813c1221cb91f95cabeea3468ce9afb"},
		{"SHA-256",
		 "d7678eb832a6c1de89718f6d94ab5c46974e2453ea6cd145cd380b274894334b",
		 "db81bea2c0389f9219f63eeba74964dff519509a32fe117e3f241c6f0e06afc9",
		 "6d6590102c980638a4d7cb2771f2ef4a8283997141609bfd0e56a5556744883c"},
		{"SHA-256-sess",
		 "f29b3d2eec1d0b1f130671202aca239ffcf62dfb1dc27bf17f3ae70e1cfa55ab",
		 "1aadc6f8cfb71609ce69d6db9122a300a13037a4673ec82e1912e5ecab2dfa48",
		 "1af035d01da54748d14b63fffaecdceb35271f5ffe349f353da3806b69b26ce3"},
		{"SHA-512-256",
		 "4febd97e563e9559b5277858b1649c5e4fb11e79625121c08afc0396c30593dd",
		 "89df9db5b95d77c83e333b278eaa240fe50058bd81586d9ef149b3ce6e4a2c17",
		 "66599d4ec1c229049a0e2bebab0005ec8f6914445eb90ca8f567113b0fad2b3f"},
		{"SHA-512-256-sess",
		 "42a5621d3b1b5d3855fc534cfb5cbde71559c2d8d87d594ea62caaef103e1288",
		 "4f18521a780f48a3e9243242dcfe54409daf0235566f1b3bbd8aa51716adca84",
		 "7fef246613e366a10f31c14c3794bd2b635511b67639ccd6e9f2ad69d1ed3c22"},
	};
	const struct login *login = make_login("Mufasa", "Circle Of Life");

	(void)state;
	for (size_t i = 0; i < 3 * TEST_COUNT(rows); i++) {
		static const char *const qops[] = {"", ",qop=\"auth\"",
						   ",qop=\"auth-int\""};
		const char *const proofs[] = {rows[i / 3].plain, rows[i / 3].auth,
					      rows[i / 3].auth_int};
		const char *const algorithm = rows[i / 3].algorithm;
		struct digest digest = {0};
		struct buf out = {0};
		char challenge[256];

		snprintf(challenge, sizeof(challenge), REALM "," NONCE ",algorithm=%s%s",
			 algorithm, qops[i % 3]);
		assert_int_equal(take(&digest, span_str(challenge)), 0);
		set_cnonce(&digest, default_cnonce);
		assert_int_equal(digest_put(&digest, login, &message, &out), 0);
		assert_span(parameter_of(buf_span(&out), SPAN("response")),
			    span_str(proofs[i % 3]));
		assert_span(parameter_of(buf_span(&out), SPAN("algorithm")),
			    span_str(algorithm));
		buf_done(&out);
		digest_done(&digest);
	}
	login_unref(login);
}

static void an_answer_is_written_as_its_challenge_says(void **state)
{
	static const struct {
		const char *challenge;
		const char *answer;
	} rows[] = {
		{REALM ", " NONCE,
		 "Digest username=\"Mufasa\", uri=\"/dir/index.html\", " REALM ", " NONCE
		 ", response=\"606b58711e1cc9535f12f39968f07304\""},
		{REALM ", " NONCE ", qop=\"\", opaque=\"\"",
		 "Digest username=\"Mufasa\", uri=\"/dir/index.html\", " REALM ", " NONCE
		 ", opaque=\"\", response=\"606b58711e1cc9535f12f39968f07304\""},
		{REALM ", " NONCE ", algorithm=\"md5\", qop=auth, stale=false",
		 "Digest username=\"Mufasa\", uri=\"/dir/index.html\", " REALM ", " NONCE
		 ", algorithm=MD5" QOP ", response=\"440c5a7b9ed304fecd2ddd39c9c7b726\""},
		{"QOP=\"x, AUTH-INT ,auth\", " NONCE ", Opaque=\"a\\\"b\\\\c\", " REALM
		 ", domain=\"/ http://x/\", charset=UTF-8, x=1, x=2",
		 "Digest username=\"Mufasa\", uri=\"/dir/index.html\", " REALM ", " NONCE
		 ", opaque=\"a\\\"b\\\\c\"" QOP
		 ", response=\"440c5a7b9ed304fecd2ddd39c9c7b726\""},
		{REALM ", " NONCE ", qop=auth-int, algorithm=SHA-256",
		 "Digest username=\"Mufasa\", uri=\"/dir/index.html\", " REALM ", " NONCE
		 ", algorithm=SHA-256, qop=auth-int, nc=00000001, cnonce=\"0a4f113b\""
		 ", response=\"6d6590102c980638a4d7cb2771f2ef4a"
		 "8283997141609bfd0e56a5556744883c\""},
		{REALM ", " NONCE ", algorithm=MD5-sess",
		 "Digest username=\"Mufasa\", uri=\"/dir/index.html\", " REALM ", " NONCE
		 ", algorithm=MD5-sess, cnonce=\"0a4f113b\""
		 ", response=\"31e646ad179db0cae3a372779367a565\""},
	};
	const struct login *login = make_login("Mufasa", "Circle Of Life");

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct digest digest = {0};

		assert_int_equal(take(&digest, span_str(rows[i].challenge)), 0);
		set_cnonce(&digest, default_cnonce);
		assert_answer(&digest, login, rows[i].answer);
		digest_done(&digest);
	}
	login_unref(login);
}

static void texts_are_hashed_plain_and_written_escaped(void **state)
{
	static const struct digest_message odd = {.method = {"GET", 3},
						  .uri = {"/a?b\\c", 6}};
	const struct login *login = make_login("DOM\\us\"er", "p:\"\\");
	struct digest digest = {0};
	struct buf out = {0};

	(void)state;
	assert_int_equal(take(&digest, SPAN("realm=\"a \\\"b\\\" \\\\ \\c\", "
					    "nonce=\"n\\\"1\", qop=auth")),
			 0);
	set_cnonce(&digest, default_cnonce);
	assert_int_equal(digest_put(&digest, login, &odd, &out), 0);
	assert_span(buf_span(&out),
		    SPAN("Digest username=\"DOM\\\\us\\\"er\", uri=\"/a?b\\\\c\", "
			 "realm=\"a \\\"b\\\" \\\\ c\", nonce=\"n\\\"1\"" QOP
			 ", response=\"7a12ea53258bfa214512c392ddcaad50\""));
	buf_done(&out);
	digest_done(&digest);
	login_unref(login);
}

static json_t *load_vectors(void)
{
	const char *folder = getenv("IXHR2_TEST_DATA");
	json_error_t error;
	char path[4096];

	snprintf(path, sizeof(path), "%s/auth-vectors.json",
		 folder ? folder : "../shared/data");
	return json_load_file(path, 0, &error);
}

static const char *text_of(const json_t *row, const char *name)
{
	return json_string_value(json_object_get(row, name));
}

static void check_vector(const json_t *row)
{
	const struct login *login =
		make_login(text_of(row, "user"), text_of(row, "password"));
	struct digest_message request = {.method = span_str(text_of(row, "method")),
					 .uri = span_str(text_of(row, "uri"))};
	const char *userhash = text_of(row, "userhash");
	struct digest digest = {0};
	struct buf out = {0};
	char challenge[512];

	snprintf(challenge, sizeof(challenge),
		 "realm=\"%s\", nonce=\"%s\", algorithm=%s, qop=\"%s\"%s",
		 text_of(row, "realm"), text_of(row, "nonce"), text_of(row, "algorithm"),
		 text_of(row, "qop"), userhash ? ", userhash=true" : "");
	assert_int_equal(take(&digest, span_str(challenge)), 0);
	set_cnonce(&digest, span_str(text_of(row, "cnonce")));
	assert_int_equal(digest_put(&digest, login, &request, &out), 0);
	assert_span(parameter_of(buf_span(&out), SPAN("nc")),
		    span_str(text_of(row, "nc")));
	assert_span(parameter_of(buf_span(&out), SPAN("username")),
		    span_str(userhash ? userhash : text_of(row, "user")));
	if (text_of(row, "response"))
		assert_span(parameter_of(buf_span(&out), SPAN("response")),
			    span_str(text_of(row, "response")));
	buf_done(&out);
	digest_done(&digest);
	login_unref(login);
}

static void the_public_vectors_are_met(void **state)
{
	json_t *rows = load_vectors();
	const json_t *row;
	size_t checked = 0;
	size_t i;

	(void)state;
	if (!rows) {
		print_message("skipped: auth-vectors.json is not there\n");
		skip();
	}
	json_array_foreach(rows, i, row)
	{
		if (strcmp(text_of(row, "scheme"), "Digest") != 0)
			continue;
		check_vector(row);
		checked++;
	}
	json_decref(rows);
	assert_true(checked >= 4);
}

/* RFC 7616 3.9.2 with its erratum; the response by another implementation. */
static void a_user_name_is_hashed_where_the_server_wants_it(void **state)
{
	static const struct digest_message request = {.method = {"GET", 3},
						      .uri = {"/doe.json", 9}};
	const struct login *login =
		make_login("J\xC3\xA4s\xC3\xB8n Doe", "Secret, or not?");
	struct digest digest = {0};
	struct buf out = {0};

	(void)state;
	assert_int_equal(
		take(&digest,
		     SPAN("realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256"
			  ", nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\""
			  ", opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\""
			  ", charset=UTF-8, userhash=TRUE")),
		0);
	set_cnonce(&digest, SPAN("NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm"));
	assert_int_equal(digest_put(&digest, login, &request, &out), 0);
	assert_span(buf_span(&out),
		    SPAN("Digest username=\"793263caabb707a56211940d90411ea4"
			 "a575adeccb7e360aeb624ed06ece9b0b\", uri=\"/doe.json\""
			 ", realm=\"api@example.org\""
			 ", nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\""
			 ", opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\""
			 ", algorithm=SHA-512-256, qop=auth, nc=00000001"
			 ", cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm\""
			 ", response=\"7a4e1192babbba02e91182d2895bfdbf"
			 "7adafc6e48d4e517ca301974843d840c\", userhash=true"));
	buf_done(&out);
	digest_done(&digest);
	login_unref(login);
}

static void a_user_name_that_quotes_cannot_hold_is_said_by_username_star(void **state)
{
	static const struct {
		const char *user;
		const char *parameter;
		const char *more; /* of the challenge */
	} rows[] = {
		{"J\xC3\xA4s\xC3\xB8n Doe", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe,",
		 ", charset=UTF-8"},
		{"J\xC3\xA4s\xC3\xB8n Doe", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe,",
		 ", algorithm=SHA-256"},
		{"J\xC3\xA4s\xC3\xB8n Doe", "username=\"J\xC3\xA4s\xC3\xB8n Doe\",", ""},
		{"\xE2\x82\xAC'%\"\\", "username*=UTF-8''%E2%82%AC%27%25%22%5C,",
		 ", charset=utf-8"},
		{"a\r\nX: y", "username*=UTF-8''a%0D%0AX%3A%20y,", ""},
		{"a\x7F", "username*=UTF-8''a%7F,", ""},
		{"a ~!", "username=\"a ~!\",", ""},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct login *login = make_login(rows[i].user, "p");
		struct digest digest = {0};
		struct buf out = {0};
		char challenge[80];

		snprintf(challenge, sizeof(challenge), "realm=r, nonce=n, qop=auth%s",
			 rows[i].more);
		assert_int_equal(take(&digest, span_str(challenge)), 0);
		set_cnonce(&digest, default_cnonce);
		assert_int_equal(digest_put(&digest, login, &message, &out), 0);
		assert_true(span_has_prefix(span_skip(buf_span(&out), 7),
					    span_str(rows[i].parameter)));
		assert_span(parameter_of(buf_span(&out), SPAN("userhash")), SPAN(""));
		buf_done(&out);
		digest_done(&digest);
		login_unref(login);
	}
}

static void what_cannot_be_answered_is_known_before(void **state)
{
	static const struct {
		const char *parameters;
		enum digest_algorithm algorithm;
	} rows[] = {
		{"realm=r,nonce=n", DIGEST_MD5},
		{"realm=\"\",nonce=\"\"", DIGEST_MD5},
		{"realm=r,nonce=n,algorithm=md5-SESS", DIGEST_MD5},
		{"realm=r,nonce=n,algorithm=SHA-256", DIGEST_SHA256},
		{"realm=r,nonce=n,algorithm=\"SHA-256-sess\"", DIGEST_SHA256},
		{"realm=r,nonce=n,algorithm=SHA-512-256", DIGEST_SHA512_256},
		{"realm=r,nonce=n,algorithm=SHA-512-256-sess", DIGEST_SHA512_256},
		{"realm=r,nonce=n,qop=\"auth-int\"", DIGEST_MD5},
		{"realm=r,nonce=n,qop=\"token,auth\"", DIGEST_MD5},
		{"realm=r,nonce=n,a=1,a=2", DIGEST_MD5},
		{"", DIGEST_UNKNOWN},
		{"realm=r", DIGEST_UNKNOWN},
		{"nonce=n", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,algorithm=SHA-512", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,algorithm=\"\"", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,algorithm=MD5-sess2", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,qop=\"auth-conf\"", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,qop=x", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,realm=r", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,NONCE=n", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,qop=auth,qop=auth", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,stale=true,stale=false", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,algorithm=MD5,algorithm=SHA-256", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,domain=a,domain=b", DIGEST_UNKNOWN},
		{"realm=r,nonce=\"n", DIGEST_UNKNOWN},
		{"realm=r,nonce=n,x", DIGEST_UNKNOWN},
		{"realm=r nonce=n", DIGEST_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span parameters = span_str(rows[i].parameters);
		struct digest digest = {0};

		assert_int_equal(digest_algorithm_of(parameters), rows[i].algorithm);
		assert_int_equal(take(&digest, parameters),
				 rows[i].algorithm ? ERR_NONE : ERR_MISSING);
		assert_int_equal(digest.algorithm, rows[i].algorithm);
		digest_done(&digest);
	}
}

static void a_challenge_may_be_cut_anywhere(void **state)
{
	const struct span parameters =
		SPAN("realm=\"a\\\"b\", nonce=\"n\", qop=\"auth\", opaque=\"\\\\\", "
		     "algorithm=SHA-256, userhash=true, stale=true");

	(void)state;
	for (size_t len = 0; len <= parameters.len; len++) {
		struct digest digest = {0};
		enum err err = take(&digest, span_of(parameters.at, len));

		assert_true(err == ERR_NONE || err == ERR_MISSING);
		digest_done(&digest);
	}
}

static void a_failing_challenge_changes_nothing(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n")), 0);
	assert_int_equal(take(&digest, SPAN("realm=x")), ERR_MISSING);
	assert_span(digest.realm, SPAN("r"));
	assert_span(digest.nonce, SPAN("n"));
	digest_done(&digest);
	assert_null(digest.texts.at);
	assert_int_equal(digest.algorithm, DIGEST_UNKNOWN);
}

static void stale_is_told(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n, stale=TRUE")), 0);
	assert_true(digest.is_stale);
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n, stale=no")), 0);
	assert_false(digest.is_stale);
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n, stale=\"true\"")), 0);
	assert_true(digest.is_stale);
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n")), 0);
	assert_false(digest.is_stale);
	digest_done(&digest);
}

static void body_is_needed_for_auth_int_alone(void **state)
{
	static const struct digest_message streamed = {.method = {"POST", 4},
						       .uri = {"/", 1}};
	const struct login *login = make_login("a", "b");
	struct digest digest = {0};
	struct buf out = {0};

	(void)state;
	assert_int_equal(buf_put_str(&out, "before"), 0);
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n, qop=auth-int")), 0);
	assert_int_equal(digest_put(&digest, login, &streamed, &out), ERR_MISSING);
	assert_span(buf_span(&out), SPAN("before"));
	assert_int_equal(digest.count, 0);
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n, qop=\"auth-int,auth\"")),
			 0);
	assert_int_equal(digest_put(&digest, login, &streamed, &out), 0);
	assert_span(parameter_of(span_skip(buf_span(&out), 6), SPAN("qop")),
		    SPAN("auth"));
	buf_done(&out);
	digest_done(&digest);
	login_unref(login);
}

static void nothing_is_said_before_a_challenge(void **state)
{
	const struct login *login = make_login("a", "b");
	struct digest digest = {0};
	struct buf out = {0};

	(void)state;
	assert_int_equal(digest_take_info(&digest, SPAN("nextnonce=\"x\"")), 0);
	assert_int_equal(digest_put(&digest, login, &message, &out), ERR_MISSING);
	assert_int_equal(out.len, 0);
	digest_done(&digest);
	login_unref(login);
}

/* Makes one more answer; what it proves must be this. */
static void assert_next(struct digest *digest, const char *count, const char *response)
{
	const struct login *login = make_login("Mufasa", "Circle Of Life");
	struct buf out = {0};

	assert_int_equal(digest_put(digest, login, &message, &out), 0);
	assert_span(parameter_of(buf_span(&out), SPAN("nc")), span_str(count));
	assert_span(parameter_of(buf_span(&out), SPAN("response")), span_str(response));
	buf_done(&out);
	login_unref(login);
}

static void answers_are_counted_for_each_nonce(void **state)
{
	static const char first[] =
		"db81bea2c0389f9219f63eeba74964dff519509a32fe117e3f241c6f0e06afc9";
	static const char second[] =
		"44cc6676649415a025c0da530da5e897c6a0587b70929f8337b07e756b5f27d2";
	const struct span challenge =
		SPAN(REALM ", " NONCE ", qop=auth, algorithm=SHA-256");
	struct digest digest = {0};

	(void)state;
	assert_int_equal(take(&digest, challenge), 0);
	set_cnonce(&digest, default_cnonce);
	assert_next(&digest, "00000001", first);
	/* The same nonce again. */
	assert_int_equal(take(&digest, challenge), 0);
	assert_next(&digest, "00000002", second);
	assert_int_equal(digest_take_info(&digest, SPAN(NONCE)), 0);
	assert_int_equal(digest_take_info(&digest, SPAN("next" NONCE)), 0);
	assert_int_equal(digest.count, 2);
	/* Another one and back. */
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n")), 0);
	assert_int_equal(digest.count, 0);
	assert_int_equal(digest.cnonce_bytes, 0);
	assert_int_equal(take(&digest, challenge), 0);
	set_cnonce(&digest, default_cnonce);
	assert_next(&digest, "00000001", first);
	digest.count = 0xABCDEF;
	set_cnonce(&digest, SPAN("x"));
	assert_next(&digest, "00abcdf0",
		    "48e2744874ea159bee5d71e5031769de79c4bf40416433efab92cce9a1d9a767");
	digest_done(&digest);
}

static void a_nextnonce_replaces_the_nonce(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_int_equal(
		take(&digest, SPAN(REALM ", " NONCE ", opaque=\"\\\\\", qop=auth, "
					 "algorithm=SHA-256")),
		0);
	set_cnonce(&digest, default_cnonce);
	digest.count = 5;
	assert_int_equal(
		digest_take_info(&digest, SPAN("qop=auth, nextnonce=\"next\\\"nonce\"")),
		0);
	assert_span(digest.realm, SPAN("testrealm@host.com"));
	assert_span(digest.opaque, SPAN("\\"));
	assert_next(&digest, "00000001",
		    "55883f2c8f32adc867402e5f85cd7a76697984d05757a673f4553dbc9ec43ea2");
	digest_done(&digest);
}

static void a_session_keeps_its_key_until_the_next_challenge(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_int_equal(take(&digest, SPAN(REALM ", " NONCE
						  ", qop=auth, algorithm=SHA-256-sess")),
			 0);
	set_cnonce(&digest, default_cnonce);
	assert_next(&digest, "00000001",
		    "1aadc6f8cfb71609ce69d6db9122a300a13037a4673ec82e1912e5ecab2dfa48");
	assert_next(&digest, "00000002",
		    "ce689fd67c8ca755ea446bcc2982bcc03d66fcbff493dac156ecb93e801149c3");
	for (int i = 0; i < 2; i++) {
		digest.count = 0;
		assert_int_equal(
			digest_take_info(&digest, SPAN("nextnonce=\"next\\\"nonce\"")),
			0);
		assert_next(&digest, "00000001",
			    "1c6d7707cb418cadc54a2f4245cb88e8"
			    "67977f169493533b359111f421d9dfef");
	}
	digest_done(&digest);
}

static void information_that_is_malformed_is_left_out(void **state)
{
	static const struct {
		const char *value;
		const char *nonce;
	} rows[] = {
		{"", "n"},
		{"qop=auth", "n"},
		{"nextnonce=", "n"},
		{"nextnonce=\"\"", "n"},
		{"nextnonce=\"x", "n"},
		{"nextnonce", "n"},
		{"x, nextnonce=y", "n"},
		{"qop=auth nc=1, nextnonce=y", "n"},
		{"nextnonce=y, z", "y"},
		{"rspauth=\"00\", NextNonce=\"y\"", "y"},
		{"nextnonce=y, nextnonce=z", "y"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct guard guard = {0};
		struct digest digest = {0};

		assert_int_equal(take(&digest, SPAN("realm=r, nonce=n")), 0);
		assert_int_equal(
			digest_take_info(&digest,
					 guard_copy(&guard, span_str(rows[i].value))),
			0);
		guard_done(&guard);
		assert_span(digest.nonce, span_str(rows[i].nonce));
		assert_span(digest.first_nonce, SPAN("n"));
		assert_span(digest.realm, SPAN("r"));
		digest_done(&digest);
	}
}

static void a_cnonce_is_made_once_for_a_challenge(void **state)
{
	const struct login *login = make_login("a", "b");
	struct buf out[4] = {{0}};
	struct digest digest = {0};
	struct span cnonces[4];

	(void)state;
	assert_int_equal(take(&digest, SPAN("realm=r, nonce=n, qop=auth")), 0);
	for (size_t i = 0; i < 4; i++) {
		if (i == 2)
			assert_int_equal(digest_take_info(&digest, SPAN("nextnonce=m")),
					 0);
		if (i == 3)
			assert_int_equal(
				take(&digest, SPAN("realm=r, nonce=l, qop=auth")), 0);
		assert_int_equal(digest_put(&digest, login, &message, &out[i]), 0);
		cnonces[i] = parameter_of(buf_span(&out[i]), SPAN("cnonce"));
		assert_int_equal(cnonces[i].len, DIGEST_CNONCE_MAX_BYTES / 2);
		for (size_t k = 0; k < cnonces[i].len; k++)
			assert_true(text_is_hex_digit(cnonces[i].at[k]));
	}
	assert_span(cnonces[1], cnonces[0]);
	assert_span(cnonces[2], cnonces[0]);
	assert_false(span_eq(cnonces[3], cnonces[0]));
	for (size_t i = 0; i < 4; i++)
		buf_done(&out[i]);
	digest_done(&digest);
	login_unref(login);
}

/* H(A1), without and with -sess, as it is hashed and as text. */
static const struct span keys[] = {
	{"1b54f501927eae8ad34993bb3767472b", 32},
	{"\x1b\x54\xf5\x01\x92\x7e\xae\x8a\xd3\x49\x93\xbb\x37\x67\x47\x2b", 16},
	{"e0174630ea2882a232beb5aa46d20775", 32},
	{"\xe0\x17\x46\x30\xea\x28\x82\xa2\x32\xbe\xb5\xaa\x46\xd2\x07\x75", 16},
};

static void neither_password_nor_key_stays(void **state)
{
	static const char *const algorithms[] = {"MD5", "MD5-sess"};
	const struct span password = SPAN("correct horse battery staple");

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(algorithms); i++) {
		const struct login *login = make_login("Mufasa", password.at);
		struct digest digest = {0};
		struct buf out = {0};
		char challenge[256];

		snprintf(challenge, sizeof(challenge),
			 REALM "," NONCE ",qop=auth,algorithm=%s", algorithms[i]);
		assert_int_equal(take(&digest, span_str(challenge)), 0);
		set_cnonce(&digest, default_cnonce);
		assert_int_equal(digest_put(&digest, login, &message, &out), 0);
		assert_int_equal(remains_of(password), 1);
		login_unref(login);
		assert_int_equal(remains_of(password), 0);
		for (size_t k = 0; k < TEST_COUNT(keys); k++)
			assert_int_equal(remains_of(keys[k]), 0);
		buf_done(&out);
		digest_done(&digest);
	}
}

/* Takes, takes information and answers. */
static enum err use(struct digest *digest, const struct login *login, struct buf *out)
{
	enum err err = digest_take(digest,
				   SPAN("realm=r, nonce=n, qop=auth-int, userhash=true"));

	if (!err)
		err = digest_take_info(digest, SPAN("nextnonce=m"));
	return err ? err : digest_put(digest, login, &message, out);
}

static void every_allocation_may_fail(void **state)
{
	const struct login *login = make_login("a", "b");
	struct digest digest = {0};
	struct buf out = {0};
	unsigned long n = 1;
	long before;

	(void)state;
	assert_int_equal(use(&digest, login, &out), 0); /* what OpenSSL keeps */
	digest_done(&digest);
	buf_done(&out);
	before = mem_live_blocks();
	for (;; n++) {
		enum err err;

		mem_fail_at(n);
		err = use(&digest, login, &out);
		if (!mem_has_failed())
			break;
		assert_true(!err || err == ERR_NO_MEMORY); /* OpenSSL may do without */
		assert_int_equal(out.len > 0, !err);
		assert_int_equal(digest.count, !err);
		digest_done(&digest);
		buf_done(&out);
		assert_int_equal(mem_live_blocks(), before);
	}
	mem_fail_at(0);
	assert_true(n > 4);
	digest_done(&digest);
	buf_done(&out);
	login_unref(login);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_proves_every_qop),
		cmocka_unit_test(an_answer_is_written_as_its_challenge_says),
		cmocka_unit_test(texts_are_hashed_plain_and_written_escaped),
		cmocka_unit_test(the_public_vectors_are_met),
		cmocka_unit_test(a_user_name_is_hashed_where_the_server_wants_it),
		cmocka_unit_test(
			a_user_name_that_quotes_cannot_hold_is_said_by_username_star),
		cmocka_unit_test(what_cannot_be_answered_is_known_before),
		cmocka_unit_test(a_challenge_may_be_cut_anywhere),
		cmocka_unit_test(a_failing_challenge_changes_nothing),
		cmocka_unit_test(stale_is_told),
		cmocka_unit_test(body_is_needed_for_auth_int_alone),
		cmocka_unit_test(nothing_is_said_before_a_challenge),
		cmocka_unit_test(answers_are_counted_for_each_nonce),
		cmocka_unit_test(a_nextnonce_replaces_the_nonce),
		cmocka_unit_test(a_session_keeps_its_key_until_the_next_challenge),
		cmocka_unit_test(information_that_is_malformed_is_left_out),
		cmocka_unit_test(a_cnonce_is_made_once_for_a_challenge),
		cmocka_unit_test(neither_password_nor_key_stays),
		cmocka_unit_test(every_allocation_may_fail),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
