/* SPDX-License-Identifier: MIT */
/* What the tests with logins ask of a client and an origin. For one file of a program. */
#ifndef IXHR2_TESTS_WHOLE_AUTH_H
#define IXHR2_TESTS_WHOLE_AUTH_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/logins.h"
#include "lib/origin.h"
#include "lib/test.h"
#include "lib/warden.h"

/* Two logins, and what Basic makes of them. */
#define ANN   "YW5uOnNlY3JldA==" /* ann:secret */
#define WRONG "YW5uOndyb25n"	 /* ann:wrong */

static const struct logins ann = {.user = "ann", .password = "secret"};
static const struct logins ann_wrong = {.user = "ann", .password = "wrong"};
static const struct logins nobody = {.user = NULL};

/* A 401, for ORIGIN_ANSWER and in full. */
#define STATUS_401(challenge) "401 Unauthorized\r\nWWW-Authenticate: " challenge
#define HEAD_401(challenge)   "HTTP/1.1 " STATUS_401(challenge) "\r\n"

#define BASIC_401 STATUS_401("Basic realm=\"r\"")

/* Steps of an origin: a request without and one with the right Basic login. */
#define EXPECT_BARE(line)  ORIGIN_EXPECT_HEAD(line, "!Authorization")
#define EXPECT_BASIC(line) ORIGIN_EXPECT_HEAD(line, "Authorization: Basic " ANN)

/* Bytes of heads and bodies that an origin keeps. */
#define GUARDED_KEPT_BYTES (256u * 1024)

/* An origin that answers everybody whom its warden admits with the path. */
struct guarded {
	struct warden warden;	   /* everybody may pass by default */
	const char *to;		   /* /leave leads there; NULL: it is a path as others */
	const char *challenge;	   /* fields instead of the warden's challenge, or NULL */
	const char *tokens;	   /* a scheme whose first token is enough, or NULL */
	pthread_mutex_t lock;	   /* for all of it */
	struct answerer *answerer; /* set by guarded_start */
	unsigned connection;	   /* of the last request, from 1 */
	char fresh[2048];	   /* the fields of the last answer */
	char body[128];		   /* of the last answer */
	char kept[GUARDED_KEPT_BYTES]; /* all that came, with a NUL */
	size_t kept_len;	       /* of kept */
};

static inline void guarded_keep(struct guarded *guarded, struct span bytes)
{
	if (bytes.len >= sizeof(guarded->kept) - guarded->kept_len)
		abort();
	memcpy(guarded->kept + guarded->kept_len, bytes.at, bytes.len);
	guarded->kept_len += bytes.len;
	guarded->kept[guarded->kept_len] = '\0';
}

/* Whether who asks may pass. */
static inline bool guarded_admits(struct guarded *guarded, const char *head)
{
	char field[64];

	if (!guarded->tokens)
		return warden_admits(&guarded->warden, head, "Authorization");
	snprintf(field, sizeof(field), "\r\nAuthorization: %s ", guarded->tokens);
	if (!strstr(head, field))
		return false;
	guarded->warden.admitted++;
	return true;
}

/* What who may not pass is told. */
static inline void guarded_refuse(struct guarded *guarded, struct answerer_reply *reply)
{
	reply->status = "401 Unauthorized";
	warden_put_challenge(&guarded->warden, "WWW-Authenticate", guarded->fresh,
			     sizeof(guarded->fresh));
	if (guarded->challenge)
		snprintf(guarded->fresh, sizeof(guarded->fresh), "%s",
			 guarded->challenge);
	snprintf(guarded->body, sizeof(guarded->body), "who are you?");
}

static inline void guarded_answer(void *owner, const struct answerer_request *request,
				  struct answerer_reply *reply)
{
	struct guarded *guarded = owner;

	pthread_mutex_lock(&guarded->lock);
	guarded_keep(guarded, span_str(request->head));
	if (request->body.len)
		guarded_keep(guarded, request->body);
	guarded->connection = request->connection;
	snprintf(guarded->body, sizeof(guarded->body), "%s", request->path);
	guarded->fresh[0] = '\0';
	if (!guarded_admits(guarded, request->head)) {
		guarded_refuse(guarded, reply);
	} else if (guarded->to && strcmp(request->path, "/leave") == 0) {
		reply->status = "307 Temporary Redirect";
		snprintf(guarded->fresh, sizeof(guarded->fresh), "Location: %s\r\n",
			 guarded->to);
	}
	reply->fields = guarded->fresh;
	reply->body = span_str(guarded->body);
	pthread_mutex_unlock(&guarded->lock);
}

static inline void guarded_start(struct guarded *guarded)
{
	pthread_mutex_init(&guarded->lock, NULL);
	guarded->answerer = answerer_start(guarded_answer, guarded);
}

/* Who may pass is ann, by Basic, by Digest, or by both. */
static inline void guarded_admit(struct guarded *guarded, bool has_basic, bool has_digest)
{
	guarded->warden.user = ann.user;
	guarded->warden.password = ann.password;
	guarded->warden.has_basic = has_basic;
	guarded->warden.has_digest = has_digest;
}

static inline void guarded_end(struct guarded *guarded)
{
	answerer_end(guarded->answerer);
	pthread_mutex_destroy(&guarded->lock);
	free(guarded);
}

static inline struct guarded *guarded_new(void)
{
	struct guarded *guarded = calloc(1, sizeof(*guarded));

	if (!guarded)
		abort();
	return guarded;
}

/* Whether a text is in what has come, in any case. */
static inline bool guarded_was_told(struct guarded *guarded, const char *text)
{
	bool was_told;

	pthread_mutex_lock(&guarded->lock);
	was_told = strcasestr(guarded->kept, text) != NULL;
	pthread_mutex_unlock(&guarded->lock);
	return was_told;
}

/* Kerberos knows no realm and no ticket from now on, so that no KDC is asked; NTLM is
 * there where the machine has it. */
static inline void auth_forget_kerberos(void)
{
	setenv("KRB5_CONFIG", "/dev/null", 1);
	setenv("KRB5CCNAME", "FILE:/nonexistent", 1);
}

/* What LeakSanitizer asks for, if it is there: gss-ntlmssp loses memory of libcrypto's
 * with each login, and a thread that ends with the process the words of its last
 * dlerror. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto.so\nleak:gssntlmssp.so\nleak:_dlerror_run\n";
}

/* client_new, Open as somebody, Send, and the end. */
static inline struct client *auth_get(const char *url, const struct logins *logins)
{
	struct client *client = logins_start("GET", url, logins);

	client_wait(client);
	return client;
}

#endif
