/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL reads from one piece of memory and writes to another; this file carries the
 * bytes between them and the socket, and so can stop at any of them. A call of OpenSSL
 * that wants more is made again after go_on has fetched something. Every wait polls the
 * socket together with the flag that stops the origin.
 */
#include "lib/tls_link.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/pattern.h"

#define RECORD_BYTES 16384

/* More than what may be left of a record. */
#define GARBAGE_BYTES 40000

/* The longest head, with a body that is a text. */
#define REPLY_BYTES 65536

/* ---- the socket ---- */

/* Whether fd is ready in time. */
static bool await(struct tls_link *link, int fd, short events)
{
	struct pollfd both[2] = {{.fd = fd, .events = events},
				 {.fd = link->is_stop->fd, .events = POLLIN}};

	return poll(both, 2, TLS_LINK_STEP_MS) > 0 && !both[1].revents;
}

static bool send_raw(struct tls_link *link, const char *at, size_t len)
{
	bool drips = link->options->drip_ms && !link->is_secured;

	while (len) {
		ssize_t n = send(link->fd, at, drips ? 1 : len, MSG_NOSIGNAL);

		if (drips && flag_wait(link->is_stop, (int)link->options->drip_ms))
			return false;
		if (n < 0 && errno == EAGAIN && await(link, link->fd, POLLOUT))
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
		link->sent += (uint64_t)n;
	}
	return true;
}

/* Sends what OpenSSL has written, up to where the handshake is to be cut. */
static bool flush(struct tls_link *link)
{
	const struct tls_origin_options *options = link->options;
	bool may_cut = options->cut_end && !link->is_secured;
	char *at;
	size_t len = (size_t)BIO_get_mem_data(link->out, &at);

	if (may_cut && link->sent + len >= (uint64_t)options->cut_bytes) {
		len = (size_t)options->cut_bytes - link->sent;
		link->is_cut = true;
	}
	if (!send_raw(link, at, len))
		return false;
	(void)BIO_reset(link->out);
	pthread_mutex_lock(link->lock);
	link->visit.is_cut = link->is_cut;
	pthread_mutex_unlock(link->lock);
	return !link->is_cut;
}

/* Waits for bytes of the client; false at its end. */
static bool fetch(struct tls_link *link)
{
	char piece[RECORD_BYTES];
	ssize_t n;

	do {
		if (!await(link, link->fd, POLLIN))
			return false;
		n = recv(link->fd, piece, sizeof(piece), 0);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	return n > 0 && BIO_write(link->in, piece, (int)n) == n;
}

/* Takes what comes until the client closes. */
static void stall(struct tls_link *link)
{
	char piece[RECORD_BYTES];
	ssize_t n;

	do {
		if (!await(link, link->fd, POLLIN))
			return;
		n = recv(link->fd, piece, sizeof(piece), 0);
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
}

/* ---- OpenSSL ---- */

static void note_error(struct tls_link *link)
{
	unsigned long code = ERR_peek_error();

	pthread_mutex_lock(link->lock);
	if (code && !link->visit.error[0])
		ERR_error_string_n(code, link->visit.error, sizeof(link->visit.error));
	pthread_mutex_unlock(link->lock);
	ERR_clear_error();
}

/* After a call that answered result <= 0: whether to make it again. */
static bool go_on(struct tls_link *link, int result)
{
	int error = SSL_get_error(link->ssl, result);

	if (!flush(link))
		return false;
	if (error == SSL_ERROR_WANT_READ)
		return fetch(link);
	if (error == SSL_ERROR_ZERO_RETURN) {
		pthread_mutex_lock(link->lock);
		link->visit.is_notified = true;
		pthread_mutex_unlock(link->lock);
	}
	note_error(link);
	return false;
}

static void note_client(struct tls_link *link)
{
	const X509 *client = SSL_get0_peer_certificate(link->ssl);
	BIO *text = BIO_new(BIO_s_mem());
	char *at;
	long len;

	if (client && text) {
		X509_NAME_print_ex(text, X509_get_subject_name(client), 0,
				   XN_FLAG_RFC2253);
		len = BIO_get_mem_data(text, &at);
		snprintf(link->visit.client, sizeof(link->visit.client), "%.*s", (int)len,
			 at);
	}
	BIO_free(text);
}

static void note_handshake(struct tls_link *link)
{
	struct tls_origin_visit *visit = &link->visit;
	const char *host = SSL_get_servername(link->ssl, TLSEXT_NAMETYPE_host_name);

	pthread_mutex_lock(link->lock);
	snprintf(visit->host, sizeof(visit->host), "%s", host ? host : "");
	snprintf(visit->version, sizeof(visit->version), "%s",
		 SSL_get_version(link->ssl));
	if (!visit->is_secured) {
		visit->is_resumed = SSL_session_reused(link->ssl);
		visit->is_secured = true;
		visit->sent_bytes = link->sent;
	}
	note_client(link);
	pthread_mutex_unlock(link->lock);
}

static bool shake_hands(struct tls_link *link)
{
	int result;

	while ((result = SSL_accept(link->ssl)) != 1)
		if (!go_on(link, result))
			return false;
	if (!flush(link))
		return false;
	link->is_secured = true;
	note_handshake(link);
	return true;
}

/* Serves the handshake that was asked for, until it is done. */
static bool finish_renegotiation(struct tls_link *link)
{
	char byte;

	for (;;) {
		int result = SSL_peek(link->ssl, &byte, 1);

		if (!SSL_renegotiate_pending(link->ssl))
			break;
		if (result > 0 || !go_on(link, result))
			return false;
	}
	if (!flush(link))
		return false;
	note_handshake(link);
	return true;
}

/* Asks for a new handshake. */
static bool renegotiate(struct tls_link *link, bool asks)
{
	int need = link->options->needs_client ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;

	if (asks)
		SSL_set_verify(link->ssl, SSL_VERIFY_PEER | need,
			       SSL_get_verify_callback(link->ssl));
	if (SSL_renegotiate(link->ssl) == 1 && SSL_do_handshake(link->ssl) == 1)
		return flush(link);
	note_error(link);
	return false;
}

/* ---- requests ---- */

static void record(struct tls_link *link, const char *at, size_t len)
{
	struct tls_origin_visit *visit = &link->visit;
	size_t used;

	pthread_mutex_lock(link->lock);
	used = visit->bytes < TLS_ORIGIN_KEPT_BYTES ? (size_t)visit->bytes
						    : TLS_ORIGIN_KEPT_BYTES;
	if (len < TLS_ORIGIN_KEPT_BYTES - used)
		memcpy(visit->kept + used, at, len);
	else
		memcpy(visit->kept + used, at, TLS_ORIGIN_KEPT_BYTES - used);
	visit->bytes += len;
	pthread_mutex_unlock(link->lock);
}

/* Decrypts at most cap bytes; 0 at the end. */
static size_t decrypt(struct tls_link *link, char *to, size_t cap)
{
	int n;

	while ((n = SSL_read(link->ssl, to, (int)cap)) <= 0)
		if (!go_on(link, n))
			return 0;
	record(link, to, (size_t)n);
	return (size_t)n;
}

/* Reads up to the empty line; *out_len counts it. */
static bool read_head(struct tls_link *link, size_t *out_len)
{
	for (;;) {
		char *end = memmem(link->head, link->head_len, "\r\n\r\n", 4);
		size_t n;

		if (end) {
			*out_len = (size_t)(end - link->head) + 4;
			return true;
		}
		n = decrypt(link, link->head + link->head_len,
			    sizeof(link->head) - link->head_len);
		if (n == 0)
			return false;
		link->head_len += n;
	}
}

static uint64_t length_of(const char *head)
{
	const char *line = head;

	while ((line = strchr(line, '\n')) != NULL) {
		line++;
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			return strtoull(line + 15, NULL, 10);
	}
	return 0;
}

/* Reads the body, of which the first bytes may lie behind the head. */
static bool read_body(struct tls_link *link, size_t head_len,
		      struct tls_origin_request *request)
{
	char piece[RECORD_BYTES];
	uint64_t want = length_of(request->head), done = link->head_len - head_len;

	if (done > want)
		done = want;
	request->is_pattern = pattern_matches(link->head + head_len, 0, (size_t)done);
	link->head_len -= head_len + (size_t)done;
	memmove(link->head, link->head + head_len + done, link->head_len);
	while (done < want) {
		uint64_t left = want - done;
		size_t n = decrypt(link, piece,
				   left < sizeof(piece) ? (size_t)left : sizeof(piece));

		if (n == 0)
			return false;
		request->is_pattern =
			request->is_pattern && pattern_matches(piece, done, n);
		done += n;
	}
	request->body_bytes = want;
	return true;
}

/* ---- replies ---- */

static bool encrypt(struct tls_link *link, const char *at, size_t len,
		    size_t record_bytes)
{
	while (len) {
		size_t some = len < record_bytes ? len : record_bytes;
		int n = SSL_write(link->ssl, at, (int)some);

		if (n <= 0 && !go_on(link, n))
			return false;
		if (n <= 0)
			continue;
		if (!flush(link))
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool encrypt_pattern(struct tls_link *link, uint64_t bytes, size_t record_bytes)
{
	char piece[RECORD_BYTES];
	uint64_t at = 0;

	while (at < bytes) {
		size_t n =
			bytes - at < sizeof(piece) ? (size_t)(bytes - at) : sizeof(piece);

		pattern_fill(piece, at, n);
		if (!encrypt(link, piece, n, record_bytes))
			return false;
		at += n;
	}
	return true;
}

/* The new handshake of a reply, if it wants one. */
static bool begin_anew(struct tls_link *link, const struct tls_origin_reply *reply)
{
	if (!reply->renegotiates)
		return true;
	return renegotiate(link, reply->asks) &&
	       (reply->goes_on || finish_renegotiation(link));
}

/* What comes before the reply. */
static bool prepare(struct tls_link *link, const struct tls_origin_reply *reply)
{
	if (reply->hold && !await(link, reply->hold->fd, POLLIN))
		return false;
	if (!reply->waits_for_head && !begin_anew(link, reply))
		return false;
	return !reply->updates_keys ||
	       SSL_key_update(link->ssl, SSL_KEY_UPDATE_REQUESTED) == 1;
}

/* Head and body in one buffer, so that they leave together; the pattern as the body does
 * not. Answers how many bytes that are. */
static size_t put_reply(const struct tls_origin_reply *reply, bool has_body,
			char out[REPLY_BYTES])
{
	uint64_t body = reply->body ? strlen(reply->body) : reply->pattern_bytes;
	char length[48] = "";
	int n;

	if (!reply->has_no_length)
		snprintf(length, sizeof(length), "Content-Length: %llu\r\n",
			 (unsigned long long)body);
	n = snprintf(out, REPLY_BYTES, "HTTP/1.1 %s\r\n%s%s\r\n%s", reply->status, length,
		     reply->fields, has_body && reply->body ? reply->body : "");
	if (n >= REPLY_BYTES)
		abort();
	return (size_t)n;
}

static bool send_reply(struct tls_link *link, const struct tls_origin_reply *reply,
		       bool has_body)
{
	uint64_t most = reply->cut_bytes ? reply->cut_bytes : UINT64_MAX;
	uint64_t pattern = reply->body || !has_body ? 0 : reply->pattern_bytes;
	size_t record = reply->record_bytes ? reply->record_bytes : RECORD_BYTES;
	char text[REPLY_BYTES];
	size_t len;

	if (!prepare(link, reply))
		return false;
	len = put_reply(reply, has_body, text);
	if (len > most)
		len = (size_t)most;
	if (!encrypt(link, text, len, record))
		return false;
	if (reply->waits_for_head && !begin_anew(link, reply))
		return false;
	most -= len;
	return encrypt_pattern(link, pattern < most ? pattern : most, record);
}

/* ---- ends ---- */

static void close_notify(struct tls_link *link)
{
	SSL_shutdown(link->ssl);
	flush(link);
}

static void send_garbage(struct tls_link *link)
{
	char garbage[GARBAGE_BYTES];

	memset(garbage, 'x', sizeof(garbage));
	if (send_raw(link, garbage, sizeof(garbage)))
		stall(link);
}

static void end(struct tls_link *link, enum tls_origin_end how)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	switch (how) {
	case TLS_ORIGIN_KEEP:
	case TLS_ORIGIN_CLOSE:
		close_notify(link);
		break;
	case TLS_ORIGIN_RESET:
		setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		break;
	case TLS_ORIGIN_STALL:
		stall(link);
		break;
	case TLS_ORIGIN_GARBAGE:
		send_garbage(link);
		break;
	case TLS_ORIGIN_TRUNCATE:
		break;
	}
	if (how == TLS_ORIGIN_CLOSE || how == TLS_ORIGIN_TRUNCATE) {
		/* What lies unread would turn the close into a reset. */
		shutdown(link->fd, SHUT_WR);
		stall(link);
	}
}

/* ---- the whole ---- */

static void fill_reply(struct tls_link *link, const struct tls_origin_request *request,
		       struct tls_origin_reply *reply)
{
	*reply = (struct tls_origin_reply){
		.status = "200 OK", .fields = "", .body = request->path};
	pthread_mutex_lock(link->lock);
	link->visit.requests++;
	if (link->options->answer)
		link->options->answer(link->options->owner, request, reply);
	pthread_mutex_unlock(link->lock);
}

/* Serves one request; answers how the connection ends. */
static enum tls_origin_end serve_one(struct tls_link *link, unsigned number)
{
	struct tls_origin_request request = {.connection = link->number,
					     .number = number,
					     .client = link->visit.client,
					     .ssl = link->ssl};
	struct tls_origin_reply reply;
	enum tls_origin_end how = TLS_ORIGIN_CLOSE;
	size_t len;
	char *head;

	if (!read_head(link, &len))
		return TLS_ORIGIN_CLOSE;
	head = strndup(link->head, len);
	if (!head)
		abort();
	sscanf(head, "%23s %127s", request.method, request.path);
	request.head = head;
	if (read_body(link, len, &request)) {
		fill_reply(link, &request, &reply);
		if (reply.is_dropped ||
		    send_reply(link, &reply, strcmp(request.method, "HEAD") != 0))
			how = reply.end;
	}
	free(head);
	return how;
}

static enum tls_origin_end serve_all(struct tls_link *link)
{
	const struct tls_origin_options *options = link->options;
	enum tls_origin_end how = TLS_ORIGIN_KEEP;

	if (options->hold && !await(link, options->hold->fd, POLLIN))
		return TLS_ORIGIN_RESET;
	if (options->raw.len) {
		send_raw(link, options->raw.at, options->raw.len);
		return options->raw_end;
	}
	if (options->cut_end && options->cut_bytes == 0)
		return options->cut_end;
	if (!shake_hands(link))
		return link->is_cut ? options->cut_end : TLS_ORIGIN_CLOSE;
	for (unsigned i = 0; how == TLS_ORIGIN_KEEP; i++)
		how = serve_one(link, i);
	return how;
}

void tls_link_serve(struct tls_link *link, SSL_CTX *ctx)
{
	link->ssl = SSL_new(ctx);
	link->in = BIO_new(BIO_s_mem());
	link->out = BIO_new(BIO_s_mem());
	if (!link->ssl || !link->in || !link->out)
		abort();
	SSL_set_bio(link->ssl, link->in, link->out);
	BIO_set_mem_eof_return(link->in, -1);
	end(link, serve_all(link));
	ERR_clear_error();
	SSL_free(link->ssl);
	link->ssl = NULL;
	pthread_mutex_lock(link->lock);
	link->visit.is_over = true;
	pthread_mutex_unlock(link->lock);
	close(link->fd);
	link->fd = -1;
}
