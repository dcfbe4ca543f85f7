/* SPDX-License-Identifier: MIT */
/*
 * One function a verb, found in a table by its name and number of words. What is told
 * goes to standard output: a block of lines for people, or an object a line. The pin of a
 * file that is added is asked for when it turns out to be needed and there is somebody to
 * ask.
 */
#include "cert.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ixhr2/ixhr2.h>

#include "bytes.h"
#include "memory.h"
#include "password.h"
#include "quote.h"
#include "secret.h"
#include "thumbprint.h"
#include "tick.h"

/* What the library answers for a pin that is wrong or missing. */
#define PIN_NEEDED HRESULT_FROM_WIN32(ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED)

/* Bytes of a moment as text. */
#define MOMENT_BYTES 32

static enum exit_status fail(enum exit_status status, const char *what, const char *why)
{
	fprintf(stderr, "ixhr2: (%d) %s: %s\n", status, what, why);
	return status;
}

/* The same for what the library answers. path: the file that was to be added, or NULL. */
static enum exit_status fail_hresult(HRESULT hr, const char *path)
{
	static const char folder[] = "the folder of certificates";
	const char *what = path ? path : folder;

	switch (hr) {
	case PIN_NEEDED:
		return fail(EXIT_STATUS_CLIENT_CERTIFICATE, what,
			    "the pin is wrong or missing");
	case E_INVALIDARG:
		return fail(EXIT_STATUS_CLIENT_CERTIFICATE, what,
			    "it holds no certificate with its private key in a form that "
			    "is known");
	case STG_E_FILENOTFOUND:
		if (path && access(path, F_OK))
			return fail(EXIT_STATUS_OTHER, path, "it does not exist");
		return fail(EXIT_STATUS_OTHER, folder,
			    "neither --data-dir nor HOME says where it is");
	case STG_E_ACCESSDENIED:
		if (path && access(path, R_OK))
			return fail(EXIT_STATUS_OTHER, path, "it may not be read");
		return fail(EXIT_STATUS_OTHER, folder, "access is denied");
	case STG_E_MEDIUMFULL:
		return fail(EXIT_STATUS_OTHER, folder, "the disk is full");
	default:
		return fail(EXIT_STATUS_OTHER, what, "it cannot be used");
	}
}

/* Writes it and empties it. */
static enum exit_status print(struct bytes *text)
{
	bool is_done = !text->len || fwrite(text->at, 1, text->len, stdout) == text->len;

	is_done = fflush(stdout) == 0 && is_done;
	bytes_done(text);
	if (is_done)
		return EXIT_STATUS_OK;
	return fail(EXIT_STATUS_OUTPUT, "standard output", "it cannot be written");
}

static void put_hex(struct bytes *to, const BYTE *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes_format(to, "%02x", at[i]);
}

/* ---- list ---- */

struct listing {
	struct bytes text; /* what is printed at the end */
	bool is_json;	   /* for programs */
};

/* As RFC 3339 writes it. */
static const char *moment(LONGLONG seconds, char text[MOMENT_BYTES])
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&time, &parts) ||
	    !strftime(text, MOMENT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts))
		return "";
	return text;
}

static void put_note(struct bytes *to, bool holds, const char *note)
{
	if (holds)
		bytes_format(to, "%s%s", to->len ? ", " : "", note);
}

/* What is to be known of it besides, or an empty text. To be freed. */
static char *make_notes(const struct ixhr2_certificate *certificate)
{
	LONGLONG now = (LONGLONG)(tick_wall_ms() / 1000);
	bool is_known = !certificate->is_locked;
	struct bytes notes = {0};

	put_note(&notes, certificate->is_locked, "locked: only --pin shows more");
	put_note(&notes, is_known && certificate->is_encrypted, "encrypted");
	put_note(&notes, is_known && certificate->to < now, "expired");
	put_note(&notes, is_known && certificate->from > now, "not yet valid");
	put_note(&notes, certificate->is_exposed, "readable by others: refused");
	return bytes_take_text(&notes);
}

static void list_for_people(struct bytes *to, const struct ixhr2_certificate *certificate)
{
	char from[MOMENT_BYTES], until[MOMENT_BYTES];
	char *notes = make_notes(certificate);

	if (to->len)
		bytes_put_text(to, "\n");
	if (!certificate->is_locked) {
		bytes_put_text(to, "sha256:  ");
		put_hex(to, certificate->sha256, sizeof(certificate->sha256));
		bytes_put_text(to, "\nsha1:    ");
		put_hex(to, certificate->sha1, sizeof(certificate->sha1));
		bytes_format(to, "\nsubject: %s\nissuer:  %s\nvalid:   %s to %s\n",
			     certificate->subject, certificate->issuer,
			     moment(certificate->from, from),
			     moment(certificate->to, until));
	}
	bytes_format(to, "file:    %s\n", certificate->path);
	if (*notes)
		bytes_format(to, "notes:   %s\n", notes);
	free(notes);
}

static void put_hash(struct bytes *to, const char *key, const BYTE *hash, size_t len)
{
	bytes_format(to, "\"%s\":", key);
	if (!hash) {
		bytes_put_text(to, "null");
		return;
	}
	bytes_put_text(to, "\"");
	put_hex(to, hash, len);
	bytes_put_text(to, "\"");
}

static void put_text(struct bytes *to, const char *key, const char *text)
{
	bytes_format(to, ",\"%s\":", key);
	quote_text(to, text);
}

static void list_for_programs(struct bytes *to,
			      const struct ixhr2_certificate *certificate)
{
	static const char *const words[] = {"false", "true"};
	bool is_known = !certificate->is_locked;
	char from[MOMENT_BYTES], until[MOMENT_BYTES];

	bytes_put_text(to, "{");
	put_hash(to, "sha256", is_known ? certificate->sha256 : NULL,
		 sizeof(certificate->sha256));
	bytes_put_text(to, ",");
	put_hash(to, "sha1", is_known ? certificate->sha1 : NULL,
		 sizeof(certificate->sha1));
	put_text(to, "subject", certificate->subject);
	put_text(to, "issuer", certificate->issuer);
	put_text(to, "from", is_known ? moment(certificate->from, from) : NULL);
	put_text(to, "to", is_known ? moment(certificate->to, until) : NULL);
	put_text(to, "file", certificate->path);
	bytes_format(to, ",\"locked\":%s,\"encrypted\":%s,\"exposed\":%s}\n",
		     words[certificate->is_locked], words[certificate->is_encrypted],
		     words[certificate->is_exposed]);
}

static void list_one(void *owner, const struct ixhr2_certificate *certificate)
{
	struct listing *listing = owner;

	if (listing->is_json)
		list_for_programs(&listing->text, certificate);
	else
		list_for_people(&listing->text, certificate);
}

static enum exit_status list(const struct options *options, int signals)
{
	struct listing listing = {.is_json = options->task.tells_events};
	HRESULT hr = ixhr2_list_certificates(options->task.pin, list_one, &listing);

	(void)signals;
	if (SUCCEEDED(hr))
		return print(&listing.text);
	bytes_done(&listing.text);
	return fail_hresult(hr, NULL);
}

/* ---- add and remove ---- */

/* Tells the hash of what was added or removed. */
static enum exit_status print_hash(const struct options *options, const BYTE *hash,
				   size_t len)
{
	const char *key = len == THUMBPRINT_SHA256_BYTES ? "sha256" : "sha1";
	struct bytes text = {0};

	if (options->task.tells_events) {
		bytes_put_text(&text, "{");
		put_hash(&text, key, hash, len);
		bytes_put_text(&text, "}");
	} else {
		put_hex(&text, hash, len);
	}
	bytes_put_text(&text, "\n");
	return print(&text);
}

/* Adds it with a pin that is asked for. */
static enum exit_status add_asking(const struct options *options, int signals,
				   BYTE *sha256, HRESULT *out_hr)
{
	char *what = memory_format("pin for %s", options->words[1]);
	enum exit_status status;
	char *pin = NULL;

	status = password_ask(signals, what, &pin);
	free(what);
	if (status)
		return status;
	*out_hr =
		ixhr2_add_certificate(options->words[1], options->words[2], pin, sha256);
	secret_free(pin);
	return EXIT_STATUS_OK;
}

static enum exit_status add(const struct options *options, int signals)
{
	const char *path = options->words[1], *key_path = options->words[2];
	enum exit_status status = EXIT_STATUS_OK;
	BYTE sha256[THUMBPRINT_SHA256_BYTES];
	HRESULT hr;

	hr = ixhr2_add_certificate(path, key_path, options->task.pin, sha256);
	if (hr == PIN_NEEDED && !options->task.pin && isatty(STDIN_FILENO))
		status = add_asking(options, signals, sha256, &hr);
	if (status)
		return status;
	if (FAILED(hr))
		return fail_hresult(hr,
				    key_path && !access(path, R_OK) ? key_path : path);
	return print_hash(options, sha256, sizeof(sha256));
}

static enum exit_status drop(const struct options *options, int signals)
{
	const char *text = options->words[1];
	struct thumbprint thumbprint;
	const char *rest = thumbprint_read(text, &thumbprint);
	HRESULT hr;

	(void)signals;
	if (!rest || *rest)
		return fail(EXIT_STATUS_USAGE, text,
			    "a thumbprint has 40 or 64 hexadecimal digits");
	hr = ixhr2_remove_certificate(thumbprint.bytes, thumbprint.hash);
	if (hr == S_FALSE)
		return fail(EXIT_STATUS_CLIENT_CERTIFICATE, text,
			    "there is no such certificate");
	if (FAILED(hr))
		return fail_hresult(hr, NULL);
	return print_hash(options, thumbprint.hash, thumbprint.bytes);
}

/* ---- the verbs ---- */

static const struct {
	const char *name; /* the first word */
	unsigned min;	  /* how many words there are at least, itself counted */
	unsigned max;	  /* and at most */
	enum exit_status (*run)(const struct options *options, int signals);
} verbs[] = {
	{"list", 1, 1, list},
	{"add", 2, 3, add},
	{"remove", 2, 2, drop},
};

enum exit_status cert_run(const struct options *options, int signals)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!options->words[0] || strcmp(options->words[0], verbs[i].name) != 0 ||
		    options->word_count < verbs[i].min ||
		    options->word_count > verbs[i].max)
			continue;
		return verbs[i].run(options, signals);
	}
	fputs("ixhr2: cert wants: list, add FILE [KEYFILE] or remove HASH; see ixhr2 "
	      "--help\n",
	      stderr);
	return EXIT_STATUS_USAGE;
}
