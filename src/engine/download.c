/* SPDX-License-Identifier: MIT */
/*
 * Bytes are decoded into a buffer of the loop, a piece at a time. It is kept while the
 * program has them, and goes back when there is nothing to be decoded, so that a request
 * that waits for bytes has none.
 */
#include "engine/download.h"

#include "base/mem.h"
#include "http/coding.h"

_Static_assert(DOWNLOAD_PIECE_BYTES <= LOOP_BUFFER_BYTES, "a piece fits");

enum err download_new(struct loop *loop, struct headers *headers,
		      struct download **out_download)
{
	struct download *download;
	struct coding *coding;
	enum err err = coding_new(headers, &coding);

	if (err)
		return err;
	*out_download = NULL;
	if (!coding)
		return ERR_NONE;
	download = mem_zalloc(sizeof(*download));
	if (!download) {
		coding_free(coding);
		return ERR_NO_MEMORY;
	}
	download->loop = loop;
	download->coding = coding;
	headers_remove(headers, SPAN("Content-Encoding"));
	headers_remove(headers, SPAN("Content-Length"));
	*out_download = download;
	return ERR_NONE;
}

void download_take(struct download *download, struct spans coded)
{
	download->rest = coded;
}

/* Decodes one piece of what was taken after the other, until the buffer has something. */
static enum err fill_buffer(struct download *download, size_t *out_len)
{
	for (;;) {
		enum err err =
			coding_read(download->coding, &download->coded, download->buffer,
				    DOWNLOAD_PIECE_BYTES, out_len);

		if (err != ERR_AGAIN || !download->rest.count)
			return err;
		download->coded = *download->rest.at++;
		download->rest.count--;
	}
}

enum err download_next(struct download *download, struct spans *out_decoded)
{
	size_t len;
	enum err err;

	if (!download->buffer)
		download->buffer = loop_buffer_take(download->loop);
	if (!download->buffer)
		return ERR_NO_MEMORY;
	err = fill_buffer(download, &len);
	if (!err) {
		download->decoded = span_of(download->buffer, len);
		*out_decoded = (struct spans){&download->decoded, 1};
		return ERR_NONE;
	}
	loop_buffer_give(download->loop, download->buffer);
	download->buffer = NULL;
	return err;
}

enum err download_end(const struct download *download)
{
	return coding_end(download->coding);
}

void download_free(struct download *download)
{
	if (!download)
		return;
	loop_buffer_give(download->loop, download->buffer);
	coding_free(download->coding);
	mem_free(download);
}
