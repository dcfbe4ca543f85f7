/* SPDX-License-Identifier: MIT */
/*
 * The file gets its name before the last event is told, so that who reads the event finds
 * the file. The last event goes out even when it was to stop: without waiting then.
 */
#define COBJMACROS
#include "transfer_tell.h"

#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "memory.h"
#include "secret.h"
#include "tick.h"
#include "verbose.h"

int64_t transfer_now_us(const struct transfer *transfer)
{
	return (int64_t)((tick_ns() - transfer->start_ns) / 1000);
}

void transfer_get_info(struct transfer *transfer, struct ixhr2_info *out_info)
{
	*out_info = (struct ixhr2_info){.cb = sizeof(*out_info)};
	if (transfer->xhr)
		ixhr2_get_info((IUnknown *)(void *)transfer->xhr, out_info);
	secret_cut_login(out_info->url);
}

void transfer_put_event(struct transfer *transfer, struct bytes *line)
{
	if (transfer->task->tells_events)
		outbox_put(transfer->place->outbox, line->at, line->len,
			   &transfer->is_stopped);
	bytes_done(line);
}

/* The head in front of the body, as -i wants it. */
static HRESULT show_head(struct transfer *transfer)
{
	const struct head *head = &transfer->head;
	char *text = memory_format("HTTP/%s %u %s\r\n%s", head->version, head->status,
				   head->reason, head->fields);
	HRESULT hr = sink_put_text(transfer->sink, text);

	free(text);
	return hr;
}

HRESULT transfer_tell_head(struct transfer *transfer)
{
	const struct task *task = transfer->task;
	struct bytes line = {0};
	HRESULT hr = S_OK;

	transfer->is_withheld = false;
	atomic_store(&transfer->expected_bytes, head_length(&transfer->head));
	if (task->tells_events) {
		events_headers(&line, task->id, &transfer->head);
		transfer_put_event(transfer, &line);
	} else if (task->shows_head) {
		hr = show_head(transfer);
	}
	if (FAILED(hr) || !task->fails || transfer->head.status < 400)
		return hr;
	transfer->is_refused = true;
	sink_mute(transfer->sink);
	return task->tells_events ? S_OK : E_ABORT;
}

/* The bits by name, each behind a blank. */
static void put_errors(struct bytes *to, DWORD errors)
{
	static const struct {
		DWORD bit;	  /* of XHR_CERT_ERROR_FLAG */
		const char *name; /* without XHR_CERT_ERROR_ */
	} names[] = {
		{XHR_CERT_ERROR_REVOCATION_FAILED, "REVOCATION_FAILED"},
		{XHR_CERT_ERROR_UNKNOWN_CA, "UNKNOWN_CA"},
		{XHR_CERT_ERROR_CERT_CN_INVALID, "CERT_CN_INVALID"},
		{XHR_CERT_ERROR_CERT_DATE_INVALID, "CERT_DATE_INVALID"},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (errors & names[i].bit)
			bytes_format(to, " %s", names[i].name);
}

/* What was agreed on in the handshake, and how long that took. */
static void put_handshake(struct bytes *to, const struct ixhr2_info *info)
{
	if (!info->tls_version)
		return;
	bytes_format(to, "; %s, %s, %s session", info->tls_version,
		     info->tls_cipher ? info->tls_cipher : "no cipher",
		     info->is_resumed ? "resumed" : "new");
	if (info->connected_us == IXHR2_NO_TIME)
		bytes_put_text(to, ", kept connection");
	else if (info->secured_us > info->connected_us)
		bytes_format(to, ", %.3f ms",
			     (double)(info->secured_us - info->connected_us) / 1000);
}

static void tell_certificate_verbosely(struct transfer *transfer, DWORD errors,
				       DWORD count, const XHR_CERT *chain)
{
	struct sha256 *hash = sha256_new();
	char digits[SHA256_TEXT_BYTES];
	struct bytes text = {0};
	struct ixhr2_info info;

	sha256_put(hash, chain->pbCert, chain->cbCert);
	sha256_finish(hash, digits);
	sha256_free(hash);
	bytes_put_text(&text, errors ? "errors" : "no errors");
	put_errors(&text, errors);
	transfer_get_info(transfer, &info);
	put_handshake(&text, &info);
	ixhr2_info_free(&info);
	bytes_put(&text, "", 1);
	verbose_line(
		transfer->task->id,
		"OnServerCertificateReceived, %u certificates, the first has SHA-256 "
		"%s; %s",
		count, digits, text.at);
	bytes_done(&text);
}

void transfer_tell_certificate(struct transfer *transfer, DWORD errors, DWORD count,
			       const XHR_CERT *chain)
{
	struct bytes line = {0};

	if (verbose_is_on())
		tell_certificate_verbosely(transfer, errors, count, chain);
	/* Kilobytes of base64 are not for nothing. */
	if (!transfer->task->tells_events)
		return;
	events_server_certificate(&line, transfer->task->id, errors, count, chain);
	transfer_put_event(transfer, &line);
}

void transfer_record(struct transfer *transfer, const struct ixhr2_info *info,
		     const char *error)
{
	const struct har_entry entry = {
		.info = info,
		.head = &transfer->head,
		.task = transfer->task,
		.sent_wall_ms = transfer->start_wall_ms,
		.begin_us = transfer->exchange_begin_us,
		.end_us = transfer_now_us(transfer),
		.body_bytes = sink_bytes(transfer->sink),
		.error = error,
	};

	har_add(transfer->place->har, &entry);
}

static void complete_file(struct transfer *transfer)
{
	struct fault *fault = &transfer->fault;
	int error;

	if (fault->status) {
		sink_discard(transfer->sink);
		return;
	}
	error = sink_commit(transfer->sink);
	if (error)
		fault_set_own(
			fault, fault_from_errno(error), EXIT_STATUS_OUTPUT,
			memory_format("%s: %s", transfer->task->output, strerror(error)));
}

/* A refusal by --fail is a response all the same, and so its event is. */
static bool is_response(const struct transfer *transfer)
{
	return !transfer->fault.status || transfer->fault.hresult == S_OK;
}

static void tell_verbosely(const struct transfer *transfer, uint64_t bytes)
{
	const struct fault *fault = &transfer->fault;
	const char *id = transfer->task->id;

	if (is_response(transfer))
		verbose_line(id, "OnResponseReceived, %llu bytes of body",
			     (unsigned long long)bytes);
	else
		verbose_line(id, "OnError 0x%08x%s%s: %s", (unsigned)fault->hresult,
			     fault->name ? " " : "", fault->name ? fault->name : "",
			     fault->text);
}

void transfer_end(struct transfer *transfer, const struct ixhr2_info *info)
{
	const struct task *task = transfer->task;
	struct bytes line = {0};
	char hash[SHA256_TEXT_BYTES] = "";
	struct events_end end = {.sha256 = hash, .url = info->url ? info->url : ""};

	complete_file(transfer);
	if (transfer->start_ns)
		end.time_ms = (double)(tick_ns() - transfer->start_ns) / 1e6;
	end.bytes = sink_bytes(transfer->sink);
	sink_hash(transfer->sink, hash);
	end.body = transfer->is_refused ? NULL : sink_kept(transfer->sink);
	tell_verbosely(transfer, end.bytes);
	if (is_response(transfer))
		events_received(&line, task->id, &end);
	else
		events_error(&line, task->id, &transfer->fault, &end);
	transfer_put_event(transfer, &line);
	transfer->place->ended(transfer->owner);
}
