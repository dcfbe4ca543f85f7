/* SPDX-License-Identifier: MIT */
/*
 * A fake that stands instead of web/negotiate: its exchanges of tokens say what the test
 * has told it, and may take as long as the test wants. For one file of a test program.
 */
#ifndef IXHR2_TESTS_ENGINE_NEGOTIATOR_H
#define IXHR2_TESTS_ENGINE_NEGOTIATOR_H

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "lib/flag.h"
#include "web/negotiate.h"

/* The answers to "Negotiate" and "NTLM", as values of a field: of the first tokens. */
#define NEGOTIATE_1 "Negotiate TjE="
#define NEGOTIATE_2 "Negotiate TjI="
#define NTLM_1	    "NTLM VDE="
#define NTLM_2	    "NTLM VDI="

/* One exchange of tokens; its n-th token is "N1", "N2" ... or, of NTLM, "T1" ... */
struct negotiate {
	enum negotiate_scheme scheme; /* as it was asked for */
	unsigned tokens;	      /* given so far */
};

static struct {
	/* Set by the test. */
	enum err new_err;    /* of negotiate_new */
	enum err answer_err; /* of negotiate_answer */
	bool is_opening;     /* of negotiate_is_opening, behind the first token */
	struct flag *begun;  /* is raised by negotiate_answer, or NULL */
	struct flag *hold;   /* is waited for by negotiate_answer, or NULL */

	/* The record. */
	unsigned news, frees; /* calls */
	bool had_login;	      /* the last negotiate_new */
	char host[32];	      /* the same */
	char heard[32];	      /* the server's last token */
} negotiator;

enum err negotiate_new(enum negotiate_scheme scheme, struct span host,
		       const struct login *login, struct negotiate **out_negotiate)
{
	struct negotiate *negotiate;

	negotiator.news++;
	negotiator.had_login = login;
	snprintf(negotiator.host, sizeof(negotiator.host), "%.*s", (int)host.len,
		 host.at);
	if (negotiator.new_err)
		return negotiator.new_err;
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
	char text[8];

	if (negotiator.begun)
		flag_raise(negotiator.begun);
	while (negotiator.hold && !flag_wait(negotiator.hold, -1))
		;
	snprintf(negotiator.heard, sizeof(negotiator.heard), "%.*s", (int)token.len,
		 token.at ? token.at : "");
	if (negotiator.answer_err)
		return negotiator.answer_err;
	negotiate->tokens++;
	snprintf(text, sizeof(text), "%c%u",
		 negotiate->scheme == NEGOTIATE_NTLM ? 'T' : 'N', negotiate->tokens);
	return buf_put_str(out_token, text);
}

bool negotiate_is_opening(const struct negotiate *negotiate)
{
	return negotiator.is_opening && negotiate->tokens == 1;
}

void negotiate_free(struct negotiate *negotiate)
{
	if (negotiate)
		negotiator.frees++;
	mem_free(negotiate);
}

/* As if nothing had been asked of it. */
static inline void negotiator_forget(void)
{
	memset(&negotiator, 0, sizeof(negotiator));
}

#endif
