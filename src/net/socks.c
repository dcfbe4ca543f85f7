/* SPDX-License-Identifier: MIT */
/*
 * A few exchanges, each of one message and one answer: the greeting (which logins are
 * offered, which one is taken), the login, and the request itself. Version 4A has the
 * request alone.
 *
 * A message is made anew whenever it is written on, so that no login is kept; only how
 * much of it has been written is. Behind a message the server is not asked before there
 * is something to read.
 *
 * Answers say themselves how long they are. No more is read than is certain to belong to
 * them, because the target may have spoken already. They are judged as they come: a
 * server that refuses need not say all of it.
 */
#include "net/socks.h"

#include <string.h>

#include "base/mem.h"
#include "net/dns_literal.h"

/* Of version 5 (RFC 1928). */
#define VERSION_5    5
#define NO_LOGIN     0x00
#define PASSWORD     0x02
#define NO_METHOD    0xFF
#define CHOICE_BYTES 2
#define IS_V4	     1
#define IS_NAME	     3
#define IS_V6	     4
#define REPLY_HEAD   4 /* bytes before the address */
#define PORT_BYTES   2

/* Of the login (RFC 1929). */
#define LOGIN_VERSION 1
#define LOGIN_BYTES   2

/* Of version 4. */
#define VERSION_4      4
#define REPLY_4	       0 /* the version of its answers */
#define REPLY_4_BYTES  8
#define GRANTED_4      90
#define OTHER_USER_4   93
#define NAME_FOLLOWS_4 "\0\0\0\1" /* instead of an address */

#define CONNECT 1 /* the command, in both */

static const char not_socks[] = "the proxy does not speak SOCKS";

static enum err fail(struct socks *socks, enum err err, const char *what)
{
	return fault_set(&socks->fault, err, 0, what);
}

/* ---- what is said ---- */

/* Where the next byte of a message goes. */
static void put_byte(unsigned char **at, unsigned byte)
{
	*(*at)++ = (unsigned char)byte;
}

static void put_bytes(unsigned char **at, const void *from, size_t len)
{
	memcpy(*at, from, len);
	*at += len;
}

static void put_port(unsigned char **at, uint16_t port)
{
	put_byte(at, port >> 8);
	put_byte(at, port & 0xFF);
}

/* Behind its length. */
static void put_text(unsigned char **at, struct span text)
{
	put_byte(at, (unsigned)text.len);
	if (text.len)
		put_bytes(at, text.at, text.len);
}

/* Before a NUL. */
static void put_string(unsigned char **at, struct span text)
{
	if (text.len)
		put_bytes(at, text.at, text.len);
	put_byte(at, 0);
}

static void put_greeting(const struct socks *socks, unsigned char **at)
{
	bool has_login = socks->target.user.len > 0;

	put_byte(at, VERSION_5);
	put_byte(at, has_login ? 2 : 1);
	put_byte(at, NO_LOGIN);
	if (has_login)
		put_byte(at, PASSWORD);
}

static void put_login(const struct socks *socks, unsigned char **at)
{
	put_byte(at, LOGIN_VERSION);
	put_text(at, socks->target.user);
	put_text(at, socks->target.password);
}

static void put_request_5(const struct socks *socks, unsigned char **at)
{
	const union dns_address *address = &socks->address;

	put_byte(at, VERSION_5);
	put_byte(at, CONNECT);
	put_byte(at, 0);
	switch (address->any.sa_family) {
	case AF_INET:
		put_byte(at, IS_V4);
		put_bytes(at, &address->v4.sin_addr, sizeof(address->v4.sin_addr));
		break;
	case AF_INET6:
		put_byte(at, IS_V6);
		put_bytes(at, &address->v6.sin6_addr, sizeof(address->v6.sin6_addr));
		break;
	default:
		put_byte(at, IS_NAME);
		put_text(at, socks->target.host);
	}
	put_port(at, socks->target.port);
}

static void put_request_4a(const struct socks *socks, unsigned char **at)
{
	const union dns_address *address = &socks->address;
	bool is_name = address->any.sa_family != AF_INET;

	put_byte(at, VERSION_4);
	put_byte(at, CONNECT);
	put_port(at, socks->target.port);
	put_bytes(at, is_name ? (const void *)NAME_FOLLOWS_4 : &address->v4.sin_addr,
		  sizeof(address->v4.sin_addr));
	put_string(at, socks->target.user);
	if (is_name)
		put_string(at, socks->target.host);
}

/* The bytes of the message of this step. */
static size_t put_message(const struct socks *socks,
			  unsigned char message[SOCKS_MESSAGE_BYTES])
{
	unsigned char *at = message;

	if (socks->step == SOCKS_GREET)
		put_greeting(socks, &at);
	else if (socks->step == SOCKS_LOGIN)
		put_login(socks, &at);
	else if (socks->target.version == SOCKS_5)
		put_request_5(socks, &at);
	else
		put_request_4a(socks, &at);
	return (size_t)(at - message);
}

/* What a verb of the wire has answered, if it was no success. */
static enum err wire_failed(struct socks *socks, const struct wire *wire, enum err err)
{
	if (err == ERR_EOF)
		return fail(socks, ERR_CLOSED,
			    "the connection ended during the SOCKS handshake");
	if (err < 0)
		socks->fault = wire->fault;
	return err < 0 ? fail(socks, err, NULL) : err;
}

/* ERR_AGAIN, also when all is said. */
static enum err say(struct socks *socks, struct wire *wire)
{
	unsigned char message[SOCKS_MESSAGE_BYTES];
	size_t len = put_message(socks, message);
	enum err err = ERR_NONE;

	while (!err && socks->out_at < len) {
		const struct iovec piece = {message + socks->out_at, len - socks->out_at};
		size_t put;

		err = wire_write(wire, &piece, 1, false, &put);
		if (!err)
			socks->out_at += put;
	}
	mem_wipe(message, len);
	socks->is_said = !err;
	socks->waits = err ? WIRE_WRITABLE : WIRE_READABLE;
	return err ? wire_failed(socks, wire, err) : ERR_AGAIN;
}

/* ---- what is answered ---- */

/* How long the answer is, as far as that is known. */
static size_t answer_bytes(const struct socks *socks)
{
	if (socks->step == SOCKS_GREET)
		return CHOICE_BYTES;
	if (socks->step == SOCKS_LOGIN)
		return LOGIN_BYTES;
	if (socks->target.version == SOCKS_4A)
		return REPLY_4_BYTES;
	if (socks->in_len <= REPLY_HEAD)
		return REPLY_HEAD + 1;
	switch (socks->in[REPLY_HEAD - 1]) {
	case IS_V4:
		return REPLY_HEAD + sizeof(struct in_addr) + PORT_BYTES;
	case IS_V6:
		return REPLY_HEAD + sizeof(struct in6_addr) + PORT_BYTES;
	default:
		return REPLY_HEAD + 1 + (size_t)socks->in[REPLY_HEAD] + PORT_BYTES;
	}
}

static enum err judge_choice(struct socks *socks, unsigned method)
{
	bool has_login = socks->target.user.len > 0;

	if (method == NO_LOGIN || (method == PASSWORD && has_login))
		return ERR_NONE;
	if (method != NO_METHOD)
		return fail(socks, ERR_PROTOCOL,
			    "the SOCKS server has chosen a login that was not offered");
	/* Another name or password would not do either. */
	if (has_login)
		return fail(socks, ERR_PROXY,
			    "the SOCKS server takes no user name and password");
	return fail(socks, ERR_PROXY_AUTH, "the SOCKS server wants a login");
}

static enum err judge_login(struct socks *socks, unsigned status)
{
	return status ? fail(socks, ERR_PROXY_AUTH, "the SOCKS server refuses the login")
		      : ERR_NONE;
}

static enum err judge_reply_5(struct socks *socks, unsigned reply)
{
	static const char *const reasons[] = {
		"the SOCKS server: unknown reason",
		"the SOCKS server: general failure",
		"the SOCKS server: not allowed by its rules",
		"the SOCKS server: network unreachable",
		"the SOCKS server: host unreachable",
		"the SOCKS server: connection refused",
		"the SOCKS server: time to live expired",
		"the SOCKS server: command not supported",
		"the SOCKS server: address type not supported",
	};

	if (!reply)
		return ERR_NONE;
	if (reply >= sizeof(reasons) / sizeof(reasons[0]))
		reply = 0;
	return fail(socks, ERR_PROXY, reasons[reply]);
}

static enum err judge_reply_4(struct socks *socks, unsigned reply)
{
	static const char *const reasons[] = {
		"the SOCKS server: request rejected or failed",
		"the SOCKS server: it cannot ask who the user is",
		"the SOCKS server: the user is another",
	};

	if (reply == GRANTED_4)
		return ERR_NONE;
	if (reply < GRANTED_4 || reply > OTHER_USER_4)
		return fail(socks, ERR_PROXY, "the SOCKS server: unknown reason");
	return fail(socks, reply == OTHER_USER_4 ? ERR_PROXY_AUTH : ERR_PROXY,
		    reasons[reply - GRANTED_4 - 1]);
}

static unsigned version_of_answer(const struct socks *socks)
{
	if (socks->target.version == SOCKS_4A)
		return REPLY_4;
	return socks->step == SOCKS_LOGIN ? LOGIN_VERSION : VERSION_5;
}

static bool is_address_type(unsigned type)
{
	return type == IS_V4 || type == IS_NAME || type == IS_V6;
}

/* What there is of the answer; at least one byte. */
static enum err judge(struct socks *socks)
{
	const unsigned char *in = socks->in;
	bool has_type = socks->target.version == SOCKS_5 && socks->in_len >= REPLY_HEAD;
	enum err err;

	if (in[0] != version_of_answer(socks))
		return fail(socks, ERR_PROTOCOL, not_socks);
	if (socks->in_len < 2)
		return ERR_NONE;
	if (socks->step == SOCKS_GREET)
		return judge_choice(socks, in[1]);
	if (socks->step == SOCKS_LOGIN)
		return judge_login(socks, in[1]);
	if (socks->target.version == SOCKS_4A)
		return judge_reply_4(socks, in[1]);
	err = judge_reply_5(socks, in[1]);
	if (!err && has_type && !is_address_type(in[REPLY_HEAD - 1]))
		return fail(socks, ERR_PROTOCOL, not_socks);
	return err;
}

/* Reads the answer. A short read has taken all that there is now. */
static enum err hear(struct socks *socks, struct wire *wire)
{
	size_t wanted;

	while (socks->in_len < (wanted = answer_bytes(socks))) {
		size_t cap = wanted - socks->in_len, got = 0;
		enum err err = wire_read(wire, socks->in + socks->in_len, cap, &got);

		if (!err) {
			socks->in_len += got;
			err = judge(socks);
		} else {
			err = wire_failed(socks, wire, err);
		}
		if (!err && got < cap)
			err = ERR_AGAIN;
		if (err)
			return err;
	}
	return ERR_NONE;
}

static enum socks_step next_step(const struct socks *socks)
{
	if (socks->step == SOCKS_CONNECT)
		return SOCKS_DONE;
	if (socks->step == SOCKS_GREET && socks->in[1] == PASSWORD)
		return SOCKS_LOGIN;
	return SOCKS_CONNECT;
}

enum err socks_run(struct socks *socks, struct wire *wire)
{
	enum err err = ERR_NONE;

	while (!err && socks->step != SOCKS_DONE) {
		err = socks->is_said ? hear(socks, wire) : say(socks, wire);
		if (err)
			continue;
		socks->step = next_step(socks);
		socks->is_said = false;
		socks->out_at = 0;
		socks->in_len = 0;
	}
	return err;
}

/* ---- life ---- */

/* What cannot be said is the proxy's failure to whoever is told of it. */
static enum err unsayable(struct socks *socks, enum err err, const char *what)
{
	fault_set(&socks->fault, ERR_PROXY, 0, what);
	return err;
}

static enum err check_text(struct socks *socks, struct span text, const char *too_long)
{
	if (text.len > SOCKS_TEXT_BYTES)
		return unsayable(socks, ERR_LIMIT, too_long);
	if (text.len && memchr(text.at, 0, text.len))
		return unsayable(socks, ERR_INVALID,
				 "a NUL cannot be told to a SOCKS server");
	return ERR_NONE;
}

/* The server finds out where its own localhost is. */
static void find_address(struct socks *socks)
{
	struct dns_answer answer;

	if (socks->target.address)
		socks->address = *socks->target.address;
	else if (dns_literal(socks->target.host, &answer) && answer.count == 1)
		socks->address = answer.at[0];
	socks->target.address = NULL;
}

static enum err check_host(struct socks *socks)
{
	switch (socks->address.any.sa_family) {
	case AF_INET:
		return ERR_NONE;
	case AF_INET6:
		if (socks->target.version == SOCKS_5)
			return ERR_NONE;
		return unsayable(socks, ERR_INVALID, "SOCKS 4A knows no IPv6 address");
	default:
		if (!socks->target.host.len)
			return unsayable(socks, ERR_INVALID, "there is no host");
		return check_text(socks, socks->target.host,
				  "the host name is too long for SOCKS");
	}
}

enum err socks_init(struct socks *socks, const struct socks_target *target)
{
	static const char too_long[] = "the login is too long for SOCKS";
	bool is_5 = target->version == SOCKS_5;
	enum err err;

	*socks = (struct socks){.target = *target,
				.step = is_5 ? SOCKS_GREET : SOCKS_CONNECT};
	find_address(socks);
	err = check_host(socks);
	if (!err)
		err = check_text(socks, target->user, too_long);
	if (!err && is_5)
		err = check_text(socks, target->password, too_long);
	return err;
}
