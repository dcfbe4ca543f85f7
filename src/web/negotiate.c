/* SPDX-License-Identifier: MIT */
/*
 * The credentials are made first. With a password they are those of SPNEGO, for both
 * Kerberos and NTLM where both can be had: Kerberos has asked its KDC by then, so where
 * that is not possible NTLM is what is left, and SPNEGO offers only what is there.
 * Without a password SPNEGO is held to Kerberos, because the NTLM mechanism would take
 * passwords from a file of the user's, which no configuration has allowed.
 *
 * A name "DOMAIN\user" is a name of NTLM alone; to Kerberos the backslash is an escape.
 * Both know "user@DOMAIN", so this is what SPNEGO gets.
 *
 * No flag is asked for: nothing is delegated, nothing is signed, and the server does not
 * prove who it is, for which there is TLS. So Kerberos is content with one token of ours.
 * Host names are resolved to principals as krb5.conf says.
 */
#include "web/negotiate.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "web/negotiate_gate.h"
#include "web/negotiate_library.h"

/* Longest host in a service's name: a name of DNS, or an address. */
#define HOST_MAX_BYTES 255

struct negotiate {
	const struct negotiate_library *gss; /* not owned */
	gss_OID mechanism;		     /* SPNEGO or NTLM; a constant */
	gss_name_t target;		     /* the service; owned */
	gss_cred_id_t credentials;	     /* owned */
	gss_ctx_id_t exchange;		     /* owned; NULL before the first token */
	bool has_begun;			     /* a token was asked for */
	bool is_over;			     /* there is nothing more to say */
	bool is_opening;		     /* see negotiate_is_opening */
};

/* RFC 2743, RFC 2744, RFC 4121, RFC 4178, MS-NLMP. */
static gss_OID_desc user_name = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x01"};
static gss_OID_desc service_name = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"};
static gss_OID_desc kerberos = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc spnego = {6, "\x2b\x06\x01\x05\x05\x02"};
static gss_OID_desc ntlm = {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};

/* ---- failures ---- */

/* Tells the trace the words for one status. */
static void tell(const struct negotiate *negotiate, const char *what, OM_uint32 status,
		 int kind)
{
	const struct negotiate_library *gss = negotiate->gss;
	gss_buffer_desc words = GSS_C_EMPTY_BUFFER;
	OM_uint32 more = 0, ignored;

	do {
		if (GSS_ERROR(gss->display_status(&ignored, status, kind,
						  negotiate->mechanism, &more, &words)))
			return;
		log_line("%s: %s: %.*s",
			 negotiate->mechanism == &ntlm ? "NTLM" : "Negotiate", what,
			 (int)words.length, (const char *)words.value);
		gss->release_buffer(&ignored, &words);
	} while (more);
}

/* What a failed call comes to. */
static enum err failure(const struct negotiate *negotiate, const char *what,
			OM_uint32 major, OM_uint32 minor)
{
	/* "Unspecified failure" is worth a line only when nothing else is known. */
	if (log_on() && !(minor && GSS_ROUTINE_ERROR(major) == GSS_S_FAILURE))
		tell(negotiate, what, major, GSS_C_GSS_CODE);
	if (log_on() && minor)
		tell(negotiate, what, minor, GSS_C_MECH_CODE);
	return minor == ENOMEM ? ERR_NO_MEMORY : ERR_MISSING;
}

/* ---- names ---- */

static gss_buffer_desc buffer_of(struct span bytes)
{
	return (gss_buffer_desc){bytes.len, (void *)(uintptr_t)bytes.at};
}

static enum err name_import(const struct negotiate *negotiate, struct span text,
			    gss_OID kind, gss_name_t *out)
{
	gss_buffer_desc buffer = buffer_of(text);
	OM_uint32 minor, major;

	major = negotiate->gss->import_name(&minor, &buffer, kind, out);
	return GSS_ERROR(major) ? failure(negotiate, "name", major, minor) : ERR_NONE;
}

/* The service "HTTP@host"; without the brackets and the last dot of a URL's host. */
static enum err target_make(struct negotiate *negotiate, struct span host)
{
	char text[sizeof("HTTP@") + HOST_MAX_BYTES] = "HTTP@";

	if (host.len > 2 && host.at[0] == '[')
		host = span_of(host.at + 1, host.len - 2);
	else if (host.len && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > HOST_MAX_BYTES)
		return ERR_MISSING;
	memcpy(text + strlen(text), host.at, host.len);
	return name_import(negotiate, span_str(text), &service_name, &negotiate->target);
}

/* The user, as the mechanism takes the name. */
static enum err user_make(const struct negotiate *negotiate, struct span user,
			  gss_name_t *out)
{
	struct span rest = user, domain = span_cut(&rest, '\\');
	struct buf turned = {0};
	enum err err;

	if (negotiate->mechanism == &ntlm || domain.len == user.len ||
	    memchr(rest.at, '@', rest.len))
		return name_import(negotiate, user, &user_name, out);
	err = buf_put(&turned, rest);
	if (!err)
		err = buf_put_byte(&turned, '@');
	if (!err)
		err = buf_put(&turned, domain);
	if (!err)
		err = name_import(negotiate, buf_span(&turned), &user_name, out);
	buf_done(&turned);
	return err;
}

/* ---- credentials ---- */

static enum err credentials_of_login(struct negotiate *negotiate,
				     const struct login *login)
{
	gss_buffer_desc password = buffer_of(login->password);
	gss_OID_set_desc mechanisms = {1, negotiate->mechanism};
	OM_uint32 minor, major, ignored;
	gss_name_t user;
	enum err err = user_make(negotiate, login->user, &user);

	if (err)
		return err;
	major = negotiate->gss->acquire_cred_with_password(
		&minor, user, &password, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
		&negotiate->credentials, NULL, NULL);
	negotiate->gss->release_name(&ignored, &user);
	return GSS_ERROR(major) ? failure(negotiate, "login", major, minor) : ERR_NONE;
}

static enum err credentials_of_user(struct negotiate *negotiate, gss_OID mechanism)
{
	gss_OID_set_desc mechanisms = {1, mechanism};
	OM_uint32 minor, major;

	major = negotiate->gss->acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE,
					     &mechanisms, GSS_C_INITIATE,
					     &negotiate->credentials, NULL, NULL);
	return GSS_ERROR(major) ? failure(negotiate, "ticket", major, minor) : ERR_NONE;
}

/* SPNEGO takes whatever is there and does not say why there is no ticket, so Kerberos is
 * asked before. */
static enum err credentials_of_ticket(struct negotiate *negotiate)
{
	enum err err = credentials_of_user(negotiate, &kerberos);
	OM_uint32 ignored;

	if (err)
		return err;
	negotiate->gss->release_cred(&ignored, &negotiate->credentials);
	return credentials_of_user(negotiate, &spnego);
}

/* Holds SPNEGO to these mechanisms. */
static enum err credentials_limit(struct negotiate *negotiate, gss_OID_desc *mechanisms,
				  size_t count)
{
	gss_OID_set_desc set = {count, mechanisms};
	OM_uint32 minor, major;

	major = negotiate->gss->set_neg_mechs(&minor, negotiate->credentials, &set);
	return GSS_ERROR(major) ? failure(negotiate, "mechanisms", major, minor)
				: ERR_NONE;
}

static enum err credentials_make(struct negotiate *negotiate, const struct login *login)
{
	gss_OID_desc mechanisms[] = {kerberos, ntlm};
	enum err err;

	err = login ? credentials_of_login(negotiate, login)
		    : credentials_of_ticket(negotiate);
	if (err || negotiate->mechanism == &ntlm)
		return err;
	return credentials_limit(negotiate, mechanisms, login ? 2 : 1);
}

/* ---- the exchange ---- */

static void end(struct negotiate *negotiate)
{
	const struct negotiate_library *gss = negotiate->gss;
	OM_uint32 ignored;

	if (negotiate->exchange)
		gss->delete_sec_context(&ignored, &negotiate->exchange, GSS_C_NO_BUFFER);
	if (negotiate->credentials)
		gss->release_cred(&ignored, &negotiate->credentials);
	if (negotiate->target)
		gss->release_name(&ignored, &negotiate->target);
	mem_free(negotiate);
}

static enum err begin(enum negotiate_scheme scheme, struct span host,
		      const struct login *login, struct negotiate **out_negotiate)
{
	const struct negotiate_library *gss = negotiate_library_get();
	struct negotiate *negotiate;
	enum err err;

	if (!gss || (scheme == NEGOTIATE_NTLM && !login))
		return ERR_MISSING;
	negotiate = mem_zalloc(sizeof(*negotiate));
	if (!negotiate)
		return ERR_NO_MEMORY;
	negotiate->gss = gss;
	negotiate->mechanism = scheme == NEGOTIATE_NTLM ? &ntlm : &spnego;
	err = target_make(negotiate, host);
	if (!err)
		err = credentials_make(negotiate, login);
	if (err)
		end(negotiate);
	else
		*out_negotiate = negotiate;
	return err;
}

enum err negotiate_new(enum negotiate_scheme scheme, struct span host,
		       const struct login *login, struct negotiate **out_negotiate)
{
	enum err err;

	if (!negotiate_gate_enter()) {
		log_line("no GSSAPI: it was in use when this process was forked");
		return ERR_MISSING;
	}
	err = begin(scheme, host, login, out_negotiate);
	negotiate_gate_leave();
	return err;
}

/* Whether a token is, or SPNEGO's with, the first message of NTLM. */
static bool has_first_message(struct span token)
{
	static const char message[] = "NTLMSSP\0"
				      "\1\0\0"; /* and a NUL */

	return memmem(token.at, token.len, message, sizeof(message));
}

/* Gives what the mechanism has made. */
static enum err token_put(struct negotiate *negotiate, struct span token,
			  struct buf *out_token)
{
	if (token.len == 0 || token.len > NEGOTIATE_TOKEN_MAX_BYTES)
		return ERR_MISSING;
	negotiate->is_opening = has_first_message(token);
	return buf_put(out_token, token);
}

static enum err answer(struct negotiate *negotiate, struct span token,
		       struct buf *out_token)
{
	gss_buffer_desc in = buffer_of(token), out = GSS_C_EMPTY_BUFFER;
	bool is_first = !negotiate->has_begun;
	OM_uint32 minor, major, ignored;
	enum err err;

	if (negotiate->is_over || (token.len == 0) != is_first ||
	    token.len > NEGOTIATE_TOKEN_MAX_BYTES)
		return ERR_MISSING;
	negotiate->has_begun = true;
	major = negotiate->gss->init_sec_context(
		&minor, negotiate->credentials, &negotiate->exchange, negotiate->target,
		negotiate->mechanism, 0, 0, GSS_C_NO_CHANNEL_BINDINGS,
		is_first ? GSS_C_NO_BUFFER : &in, NULL, &out, NULL, NULL);
	if (GSS_ERROR(major))
		err = failure(negotiate, "token", major, minor);
	else
		err = token_put(negotiate, span_of(out.value, out.length), out_token);
	negotiate->is_over = err || major == GSS_S_COMPLETE;
	if (out.length)
		mem_wipe(out.value, out.length);
	negotiate->gss->release_buffer(&ignored, &out);
	return err;
}

enum err negotiate_answer(struct negotiate *negotiate, struct span token,
			  struct buf *out_token)
{
	enum err err;

	if (!negotiate_gate_enter())
		return ERR_MISSING;
	err = answer(negotiate, token, out_token);
	negotiate_gate_leave();
	return err;
}

bool negotiate_is_opening(const struct negotiate *negotiate)
{
	return negotiate->is_opening;
}

void negotiate_free(struct negotiate *negotiate)
{
	if (!negotiate || !negotiate_gate_enter())
		return;
	end(negotiate);
	negotiate_gate_leave();
}
