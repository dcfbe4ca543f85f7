/* SPDX-License-Identifier: MIT */
/*
 * The framing is followed beside nghttp2, which does not tell of every frame: it drops
 * unknown ones and those of streams that are gone without a word. What is wrong is left
 * to nghttp2, which sees the same bytes; but it bears a push until the peer has
 * acknowledged that we forbid it.
 *
 * A header that lies whole in the bytes is read there; one that is cut is gathered in
 * begun. Of padded DATA the pad length belongs to the beginning, because only it says
 * whether there are any data.
 */
#include "http/h2_rate.h"

#include "http/h2.h"

/* RFC 9113 4.1: the header of a frame. */
#define HEADER_BYTES 9u

/* RFC 9113 6: types, and flags. */
enum frame_type {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_RST_STREAM = 3,
	FRAME_PUSH_PROMISE = 5,
	FRAME_GOAWAY = 7,
	FRAME_WINDOW_UPDATE = 8,
	FRAME_CONTINUATION = 9
};

#define FLAG_END_STREAM 0x01u
#define FLAG_PADDED	0x08u

static uint32_t payload_bytes(const unsigned char *at)
{
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static uint32_t stream_id(const unsigned char *at)
{
	return (uint32_t)(at[5] & 0x7F) << 24 | (uint32_t)at[6] << 16 |
	       (uint32_t)at[7] << 8 | at[8];
}

static bool has_pad_length(const unsigned char *at)
{
	return at[3] == FRAME_DATA && (at[4] & FLAG_PADDED) && payload_bytes(at) > 0;
}

/* Of DATA: whether there are bytes besides the padding, and the byte that says how much
 * it is. */
static bool has_data(const unsigned char *at)
{
	return payload_bytes(at) > (has_pad_length(at) ? at[9] + 1u : 0);
}

static enum err count_up(struct h2_rate *rate, uint32_t *counter, uint32_t most,
			 const char *what)
{
	if (*counter == most) {
		rate->what = what;
		return ERR_LIMIT;
	}
	++*counter;
	return ERR_NONE;
}

static enum err count_control(struct h2_rate *rate)
{
	return count_up(rate, &rate->control_frames, H2_MAX_CONTROL_FRAMES,
			"too many control frames");
}

/* at: a header, and a pad length. */
static enum err count_frame(struct h2_rate *rate, const unsigned char *at)
{
	switch (at[3]) {
	case FRAME_DATA:
		if ((at[4] & FLAG_END_STREAM) || has_data(at))
			return ERR_NONE;
		return count_up(rate, &rate->empty_data, H2_MAX_EMPTY_DATA,
				"too many empty DATA frames");
	case FRAME_HEADERS:
		rate->continuations = 0;
		return ERR_NONE;
	case FRAME_PUSH_PROMISE:
		rate->what = "a push, which was forbidden";
		return ERR_PROTOCOL;
	case FRAME_CONTINUATION:
		return count_up(rate, &rate->continuations, H2_MAX_CONTINUATIONS,
				"too many CONTINUATION frames");
	case FRAME_RST_STREAM:
		return count_up(rate, &rate->resets, H2_MAX_RESETS, "too many resets");
	case FRAME_WINDOW_UPDATE:
		if (rate->is_sending(rate->owner, stream_id(at)))
			return ERR_NONE;
		return count_control(rate);
	default:
		return count_control(rate);
	}
}

/* Gathers a beginning that is cut. NULL: all of *bytes is taken, and more is needed. */
static const unsigned char *gather(struct h2_rate *rate, struct span *bytes)
{
	size_t need = HEADER_BYTES;

	for (; bytes->len > 0; *bytes = span_skip(*bytes, 1)) {
		if (rate->begun_bytes == HEADER_BYTES)
			need += has_pad_length(rate->begun);
		if (rate->begun_bytes == need)
			break;
		rate->begun[rate->begun_bytes++] = (unsigned char)*bytes->at;
	}
	if (rate->begun_bytes < HEADER_BYTES ||
	    rate->begun_bytes < HEADER_BYTES + has_pad_length(rate->begun))
		return NULL;
	rate->skip = payload_bytes(rate->begun) - (rate->begun_bytes - HEADER_BYTES);
	rate->begun_bytes = 0;
	return rate->begun;
}

/* The beginning of the next frame, behind which *bytes is moved; NULL: more of it is
 * needed, and all of *bytes is taken. */
static const unsigned char *begin_frame(struct h2_rate *rate, struct span *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes->at;

	if (rate->begun_bytes > 0 || bytes->len < H2_RATE_BEGIN_BYTES)
		return gather(rate, bytes);
	*bytes = span_skip(*bytes, HEADER_BYTES);
	rate->skip = payload_bytes(at);
	return at;
}

static void skip_payload(struct h2_rate *rate, struct span *bytes)
{
	size_t len = rate->skip < bytes->len ? rate->skip : bytes->len;

	*bytes = span_skip(*bytes, len);
	rate->skip -= (uint32_t)len;
}

enum err h2_rate_count(struct h2_rate *rate, struct span bytes, uint64_t now_ms,
		       size_t *out_len)
{
	const char *begin = bytes.at;
	size_t all = bytes.len;

	if (now_ms - rate->since_ms >= H2_RATE_MS) {
		rate->since_ms = now_ms;
		rate->control_frames = 0;
		rate->empty_data = 0;
		rate->resets = 0;
	}
	for (skip_payload(rate, &bytes); bytes.len > 0; skip_payload(rate, &bytes)) {
		const char *frame_begin = bytes.at;
		const unsigned char *at = begin_frame(rate, &bytes);
		enum err err = at ? count_frame(rate, at) : ERR_NONE;

		if (err) {
			*out_len = (size_t)(frame_begin - begin);
			return err;
		}
	}
	*out_len = all;
	return ERR_NONE;
}
