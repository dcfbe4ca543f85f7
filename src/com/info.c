/* SPDX-License-Identifier: MIT */
/*
 * The functions of ixhr2.h that tell of one object: ixhr2_error_text, ixhr2_get_info. The
 * strings that they give lie in task memory, as what methods give does.
 *
 * A caller that was built with older headers knows the beginning of struct ixhr2_info
 * alone: it is filled here as a whole, and as much as the caller knows is copied. A
 * string that the caller would not know to free is not made.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "com/hresult.h"
#include "com/xhr.h"
#include "ixhr2/ixhr2.h"

/* Nanoseconds of a microsecond. */
#define US_NS 1000

/* Bytes of struct ixhr2_info before it told of TLS, and before it told of proxies. */
#define FIRST_INFO_BYTES  offsetof(struct ixhr2_info, tls_version)
#define SECOND_INFO_BYTES offsetof(struct ixhr2_info, proxy)

/* A copy of text with a NUL; an empty one stays NULL. */
static enum err copy_text(struct span text, char **out)
{
	char *copy;

	if (text.len == 0)
		return ERR_NONE;
	copy = ixhr2_task_alloc(text.len + 1);
	if (!copy)
		return ERR_NO_MEMORY;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*out = copy;
	return ERR_NONE;
}

HRESULT ixhr2_error_text(IUnknown *xhr, char **out_text)
{
	struct buf text;
	enum err err;

	if (!out_text)
		return E_INVALIDARG;
	*out_text = NULL;
	buf_init(&text);
	err = xhr_put_error_text(xhr, &text);
	if (!err)
		err = copy_text(buf_span(&text), out_text);
	buf_done(&text);
	return err == ERR_MISSING ? S_FALSE : hresult_of(err);
}

static LONGLONG since_begin_us(const struct request_info *from, uint64_t at_ns)
{
	if (at_ns == 0 || from->begin_ns == 0)
		return IXHR2_NO_TIME;
	return (LONGLONG)((at_ns - from->begin_ns) / US_NS);
}

static void fill_times(const struct request_info *from, struct ixhr2_info *out)
{
	out->resolved_us = since_begin_us(from, from->resolved_ns);
	out->connected_us = since_begin_us(from, from->connected_ns);
	out->secured_us = since_begin_us(from, from->secured_ns);
	out->sent_us = since_begin_us(from, from->sent_ns);
	out->first_byte_us = since_begin_us(from, from->first_byte_ns);
	out->done_us = since_begin_us(from, from->end_ns);
}

/* Whether struct ixhr2_info has or had this size. */
static bool is_info_size(DWORD cb)
{
	return cb == sizeof(struct ixhr2_info) || cb == SECOND_INFO_BYTES ||
	       cb == FIRST_INFO_BYTES;
}

static bool has_proxy(const struct ixhr2_info *info)
{
	return info->cb > SECOND_INFO_BYTES;
}

/* Sets to zero what the caller knows, but for cb. */
static void clear(struct ixhr2_info *info)
{
	memset((char *)info + sizeof(info->cb), 0, info->cb - sizeof(info->cb));
}

static enum err fill_texts(const struct notify_report *from, struct ixhr2_info *out)
{
	struct span rest = from->info.url;
	enum err err = copy_text(span_cut(&rest, '#'), &out->url);

	if (!err)
		err = copy_text(span_str(from->info.peer), &out->peer);
	if (!err)
		err = copy_text(buf_span(&from->head), &out->request_head);
	if (!err && has_proxy(out))
		err = copy_text(span_str(from->info.proxy), &out->proxy);
	return err;
}

static enum err fill(const struct notify_report *from, struct ixhr2_info *out)
{
	out->http_version = from->info.version;
	out->is_reused = from->info.is_reused;
	out->tls_version = from->info.tls_version;
	out->tls_cipher = from->info.tls_cipher;
	out->is_resumed = from->info.is_resumed;
	out->proxy_status = from->info.proxy_status;
	out->is_proxy_fault = from->info.is_proxy_fault;
	out->redirects = from->redirects;
	out->sent_bytes = from->info.body_sent;
	out->received_bytes = from->info.body_received;
	out->error = from->hr;
	out->error_extended = from->hr_extended;
	out->error_name = FAILED(from->hr) ? hresult_name(from->hr) : NULL;
	fill_times(&from->info, out);
	return fill_texts(from, out);
}

HRESULT ixhr2_get_info(IUnknown *xhr, struct ixhr2_info *out)
{
	struct notify_report report = {0};
	struct notify *notify = NULL;
	struct ixhr2_info info;
	enum err err;

	if (!out || !is_info_size(out->cb))
		return E_INVALIDARG;
	memset(&info, 0, sizeof(info));
	info.cb = out->cb;
	err = xhr_get_report(xhr, &report, &notify);
	if (!err || err == ERR_MISSING)
		err = fill(&report, &info);
	if (err)
		ixhr2_info_free(&info);
	memcpy(out, &info, info.cb);
	buf_done(&report.head);
	notify_unref(notify);
	return err == ERR_AGAIN ? E_PENDING : hresult_of(err);
}

void ixhr2_info_free(struct ixhr2_info *info)
{
	if (!info || !is_info_size(info->cb))
		return;
	ixhr2_task_free(info->url);
	ixhr2_task_free(info->peer);
	ixhr2_task_free(info->request_head);
	if (has_proxy(info))
		ixhr2_task_free(info->proxy);
	clear(info);
}
