/* SPDX-License-Identifier: MIT */
/*
 * A nonce is "nonce" and its number, so that none has to be kept but how often it was
 * used. The answer of Digest is reckoned as RFC 7616 3.4.1 says, for qop=auth.
 */
#include "lib/warden.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_BYTES 1024

/* Room for a hash in hexadecimal. */
#define HASH_TEXT_BYTES (EVP_MAX_MD_SIZE * 2 + 1)

static const char *realm_of(const struct warden *warden)
{
	return warden->realm ? warden->realm : "warden";
}

static const char *algorithm_of(const struct warden *warden)
{
	return warden->algorithm ? warden->algorithm : "MD5";
}

void warden_put_challenge(struct warden *warden, const char *name, char *out, size_t cap)
{
	size_t used = 0;

	out[0] = '\0';
	if (warden->asked + 1 == WARDEN_MAX_NONCES)
		abort();
	warden->asked++;
	if (warden->has_digest)
		used = (size_t)snprintf(
			out, cap,
			"%s: Digest realm=\"%s\", qop=\"auth\", algorithm=%s, "
			"nonce=\"nonce%u\", opaque=\"a, b\"%s\r\n",
			name, realm_of(warden), algorithm_of(warden), warden->asked,
			warden->is_stale ? ", stale=true" : "");
	if (warden->has_basic)
		snprintf(out + used, cap - used, "%s: Basic realm=\"%s\"\r\n", name,
			 realm_of(warden));
}

/* ---- answers ---- */

/* Copies the value of the field, or "" where there is none; aborts on two. */
static void find_field(const char *head, const char *name, char out[TEXT_BYTES])
{
	const char *line = head;
	size_t len = strlen(name);
	unsigned count = 0;

	out[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		snprintf(out, TEXT_BYTES, "%.*s", (int)strcspn(line + len + 2, "\r"),
			 line + len + 2);
		count++;
	}
	if (count > 1)
		out[0] = '\0';
}

/* Copies the value of name=value, without quotes; "" where there is none. */
static void find_parameter(const char *value, const char *name, char out[TEXT_BYTES])
{
	size_t len = strlen(name);
	const char *at = value;

	out[0] = '\0';
	while ((at = strstr(at, name)) != NULL) {
		bool is_begin = at[-1] == ' ' || at[-1] == ',';

		at += len;
		if (!is_begin || *at != '=')
			continue;
		at++;
		snprintf(out, TEXT_BYTES, "%.*s",
			 (int)(*at == '"' ? strcspn(at + 1, "\"") : strcspn(at, ", ")),
			 *at == '"' ? at + 1 : at);
		return;
	}
}

static bool is_right_basic(const struct warden *warden, const char *value)
{
	char plain[TEXT_BYTES], expected[TEXT_BYTES * 2] = "Basic ";
	int len = snprintf(plain, sizeof(plain), "%s:%s", warden->user, warden->password);

	EVP_EncodeBlock((unsigned char *)expected + strlen(expected),
			(const unsigned char *)plain, len);
	return strcmp(value, expected) == 0;
}

/* The hash of a text in hexadecimal. */
static void hash(const struct warden *warden, const char *text, char out[HASH_TEXT_BYTES])
{
	const char *algorithm = algorithm_of(warden);
	const char *name =
		strcmp(algorithm, "SHA-512-256") == 0 ? "SHA512-256" : algorithm;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (EVP_Q_digest(NULL, name, NULL, text, strlen(text), bytes, &len) != 1)
		abort();
	for (size_t i = 0; i < len; i++)
		snprintf(out + i * 2, 3, "%02x", bytes[i]);
}

/* The parameters of an answer. */
struct answer {
	char user[TEXT_BYTES];	   /* username */
	char realm[TEXT_BYTES];	   /* as challenged */
	char nonce[TEXT_BYTES];	   /* as challenged */
	char uri[TEXT_BYTES];	   /* as in the request line */
	char opaque[TEXT_BYTES];   /* as challenged */
	char nc[TEXT_BYTES];	   /* uses of the nonce */
	char cnonce[TEXT_BYTES];   /* the client's */
	char qop[TEXT_BYTES];	   /* auth */
	char response[TEXT_BYTES]; /* the hash */
};

static void read_answer(const char *value, struct answer *out)
{
	find_parameter(value, "username", out->user);
	find_parameter(value, "realm", out->realm);
	find_parameter(value, "nonce", out->nonce);
	find_parameter(value, "uri", out->uri);
	find_parameter(value, "opaque", out->opaque);
	find_parameter(value, "nc", out->nc);
	find_parameter(value, "cnonce", out->cnonce);
	find_parameter(value, "qop", out->qop);
	find_parameter(value, "response", out->response);
}

/* What response must be. */
static void reckon(const struct warden *warden, const struct answer *answer,
		   const char *method, char out[HASH_TEXT_BYTES])
{
	char text[TEXT_BYTES * 8], first[HASH_TEXT_BYTES], second[HASH_TEXT_BYTES];

	snprintf(text, sizeof(text), "%s:%s:%s", warden->user, realm_of(warden),
		 warden->password);
	hash(warden, text, first);
	snprintf(text, sizeof(text), "%s:%s", method, answer->uri);
	hash(warden, text, second);
	snprintf(text, sizeof(text), "%s:%s:%s:%s:auth:%s", first, answer->nonce,
		 answer->nc, answer->cnonce, second);
	hash(warden, text, out);
}

/* Counts a use of the nonce, which must be one more than before; else it is stale. */
static bool use_nonce(struct warden *warden, const struct answer *answer)
{
	unsigned nonce = 0, count = 0;

	if (sscanf(answer->nonce, "nonce%u", &nonce) != 1 || nonce == 0 ||
	    nonce > warden->asked || sscanf(answer->nc, "%8x", &count) != 1 ||
	    strlen(answer->nc) != 8)
		return false;
	if (count == warden->uses[nonce] + 1 &&
	    (!warden->most_uses || count <= warden->most_uses)) {
		warden->uses[nonce] = count;
		return true;
	}
	warden->is_stale = true;
	warden->stale++;
	return false;
}

static bool is_right_digest(struct warden *warden, const char *head, const char *value)
{
	char method[32] = "", target[TEXT_BYTES] = "", expected[HASH_TEXT_BYTES];
	struct answer answer;

	sscanf(head, "%31s %1023s", method, target);
	read_answer(value, &answer);
	reckon(warden, &answer, method, expected);
	return strcmp(answer.user, warden->user) == 0 &&
	       strcmp(answer.realm, realm_of(warden)) == 0 &&
	       strcmp(answer.uri, target) == 0 && strcmp(answer.opaque, "a, b") == 0 &&
	       strcmp(answer.qop, "auth") == 0 && answer.cnonce[0] &&
	       strcmp(answer.response, expected) == 0 && use_nonce(warden, &answer);
}

bool warden_admits(struct warden *warden, const char *head, const char *name)
{
	char value[TEXT_BYTES];
	bool is_right = false;

	warden->is_stale = false;
	if (!warden->user)
		return true;
	find_field(head, name, value);
	if (!value[0])
		return false;
	if (warden->has_basic && strncmp(value, "Basic ", 6) == 0)
		is_right = is_right_basic(warden, value);
	if (warden->has_digest && strncmp(value, "Digest ", 7) == 0)
		is_right = is_right_digest(warden, head, value);
	if (is_right)
		warden->admitted++;
	else
		warden->refused++;
	return is_right;
}
