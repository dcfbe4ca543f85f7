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

struct frame {
	uint32_t bytes;	    /* of the payload */
	uint32_t stream_id; /* 0: of the connection */
	unsigned type;	    /* an enum frame_type, or another */
	unsigned flags;	    /* of that type */
	unsigned pad_bytes; /* of padded DATA, with the byte that says so */
};

static bool has_pad_length(const unsigned char *at)
{
	uint32_t bytes = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];

	return at[3] == FRAME_DATA && (at[4] & FLAG_PADDED) && bytes > 0;
}

static struct frame read_frame(const unsigned char *at)
{
	return (struct frame){
		.bytes = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2],
		.type = at[3],
		.flags = at[4],
		.stream_id = (uint32_t)(at[5] & 0x7F) << 24 | (uint32_t)at[6] << 16 |
			     (uint32_t)at[7] << 8 | at[8],
		.pad_bytes = has_pad_length(at) ? at[9] + 1u : 0,
	};
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

static enum err count_frame(struct h2_rate *rate, const struct frame *frame)
{
	switch (frame->type) {
	case FRAME_DATA:
		if (frame->bytes > frame->pad_bytes || (frame->flags & FLAG_END_STREAM))
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
		if (rate->is_sending(rate->owner, frame->stream_id))
			return ERR_NONE;
		return count_control(rate);
	default:
		return count_control(rate);
	}
}

/* Where the next frame begins in bytes, in begun or where it lies; NULL: more of it is
 * needed, and all of *bytes is taken. *bytes is moved behind it, but for data. */
static const unsigned char *begin_frame(struct h2_rate *rate, struct span *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes->at;
	size_t need = HEADER_BYTES;

	if (rate->begun_bytes == 0 && bytes->len >= H2_RATE_BEGIN_BYTES) {
		*bytes = span_skip(*bytes, HEADER_BYTES + has_pad_length(at));
		return at;
	}
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
	return rate->begun;
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
		struct frame frame;
		enum err err;

		if (!at)
			break;
		frame = read_frame(at);
		err = count_frame(rate, &frame);
		if (err) {
			*out_len = (size_t)(frame_begin - begin);
			return err;
		}
		rate->begun_bytes = 0;
		rate->skip = frame.bytes - (frame.pad_bytes > 0);
	}
	*out_len = all;
	return ERR_NONE;
}
