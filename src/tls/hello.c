/* SPDX-License-Identifier: MIT */
/*
 * An address is not said: SNI has names only. What was chosen is looked for among what
 * was offered, because OpenSSL's own copy goes with the next handshake, and because
 * releases of OpenSSL 3 until 2024 take one that was not offered.
 */
#include "tls/hello.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "net/dns_literal.h"

static bool is_address(struct span host)
{
	char last = host.len ? host.at[host.len - 1] : 0;
	struct dns_answer answer;

	/* "localhost" needs no resolver either. */
	return (last == ']' || text_is_digit(last)) && dns_literal(host, &answer);
}

/* SNI (RFC 6066 section 3): names only, without the root's dot. One that is too long
 * does not resolve, so nobody will miss it. */
static bool set_server_name(SSL *ssl, struct span host)
{
	char name[TLSEXT_MAXLEN_host_name + 1];

	if (host.len && host.at[host.len - 1] == '.')
		host.len--;
	if (!host.len || host.len >= sizeof(name) || is_address(host))
		return true;
	memcpy(name, host.at, host.len);
	name[host.len] = 0;
	return SSL_set_tlsext_host_name(ssl, name);
}

static bool set_alpn(SSL *ssl, struct span alpn)
{
	/* The one function of OpenSSL that answers 0 when all is well. */
	return !alpn.len || SSL_set_alpn_protos(ssl, (const unsigned char *)alpn.at,
						(unsigned)alpn.len) == 0;
}

enum err hello_set(SSL *ssl, struct span host, struct span protocols)
{
	bool is_set = set_server_name(ssl, host) && set_alpn(ssl, protocols);

	return is_set ? ERR_NONE : ERR_NO_MEMORY;
}

enum err hello_protocol(const SSL *ssl, struct span protocols, struct span *out_protocol,
			struct fault *out_fault)
{
	const unsigned char *chosen;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &chosen, &len);
	if (!len) {
		*out_protocol = span_of(NULL, 0);
		return ERR_NONE;
	}
	while (protocols.len) {
		struct span each =
			span_of(protocols.at + 1, (unsigned char)protocols.at[0]);

		protocols = span_skip(protocols, 1 + each.len);
		if (!span_eq(each, span_of((const char *)chosen, len)))
			continue;
		*out_protocol = each;
		return ERR_NONE;
	}
	return fault_set(out_fault, ERR_TLS, 0,
			 "the server has chosen a protocol that was not offered");
}
