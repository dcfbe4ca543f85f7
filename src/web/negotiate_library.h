/* SPDX-License-Identifier: MIT */
/*
 * The library behind web/negotiate.h: what is used of GSSAPI (RFC 2744), found when the
 * program runs, so that nothing is linked and a machine may do without it. Loaded once
 * and never unloaded. Any thread.
 */
#ifndef IXHR2_WEB_NEGOTIATE_LIBRARY_H
#define IXHR2_WEB_NEGOTIATE_LIBRARY_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

/* Each is the function gss_ with its name. */
struct negotiate_library {
	__typeof__(gss_import_name) *import_name;   /* text to name */
	__typeof__(gss_release_name) *release_name; /* frees a name */
	__typeof__(gss_acquire_cred) *acquire_cred; /* the user's own credentials */
	__typeof__(gss_acquire_cred_with_password) *acquire_cred_with_password;
	__typeof__(gss_set_neg_mechs) *set_neg_mechs; /* what SPNEGO may choose from */
	__typeof__(gss_release_cred) *release_cred;   /* frees credentials */
	__typeof__(gss_init_sec_context) *init_sec_context;	/* token to token */
	__typeof__(gss_delete_sec_context) *delete_sec_context; /* ends an exchange */
	__typeof__(gss_release_buffer) *release_buffer;		/* frees bytes */
	__typeof__(gss_display_status) *display_status;		/* status to words */
};

/* Loads it at the first call. NULL, now and at each later call: it is not there, or one
 * of its functions is not; why is told to the trace. */
const struct negotiate_library *negotiate_library_get(void);

/* For tests: loads this file instead. Before the first negotiate_library_get; name stays.
 */
void negotiate_library_rename(const char *name);

#endif
