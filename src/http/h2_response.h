/* SPDX-License-Identifier: MIT */
/*
 * What a response in HTTP/2 must be (RFC 9113 8.1 to 8.3), whoever reads the frames: its
 * sections of fields, one field after the other, and how much body belongs to it. No I/O,
 * no frames.
 *
 *	( begin ( field )* end_section )+ ( data )* [ begin ( field )* end_section ] end
 *
 * The first failure is for good: nothing of the response may be believed then.
 */
#ifndef IXHR2_HTTP_H2_RESPONSE_H
#define IXHR2_HTTP_H2_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/message.h"

/* What a section may keep of memory when it was taken out. */
#define H2_SECTION_KEEP_BYTES 4096u

/* How long one field of a section is. */
struct h2_field_bytes {
	uint32_t name;	/* bytes of it */
	uint32_t value; /* bytes of it, behind the name */
};

/* Where the fields of a section are gathered until it is whole. All responses of a
 * connection share one, whose sections follow each other. All zero bytes are an empty
 * one. */
struct h2_section {
	struct buf text;	       /* names and values, one behind the other */
	struct h2_field_bytes *fields; /* of each how long it is; owned, or NULL */
	uint32_t count;		       /* of fields, in use */
	uint32_t cap;		       /* of fields: how many there is room for */
};

/* One response; embedded by its owner. */
struct h2_response {
	struct arena *arena;	    /* where heads lie */
	struct h2_section *section; /* that is coming, or was the last */
	struct response_head head;  /* that is coming, or the final one */
	const char *what;	    /* what was wrong, or NULL */
	uint64_t body_left;	    /* bytes that must come; UINT64_MAX: as many as do */
	uint32_t bytes_left;	    /* that sections may still have */
	uint32_t fields_left;	    /* the same */
	uint8_t interims_left;	    /* that may still come */
	bool is_to_head;	    /* the request was HEAD */
	bool has_head;		    /* the final head is whole */
};

/* Nothing has come of the response to a request with this method. Heads will lie in
 * arena. */
void h2_response_init(struct h2_response *response, struct arena *arena,
		      struct span method);

/* A section of fields begins. It is gathered in section, where nothing of another one is
 * needed any more. */
void h2_response_begin(struct h2_response *response, struct h2_section *section);

/* A field of it, which is copied. ERR_PROTOCOL, ERR_LIMIT, ERR_NO_MEMORY. */
MUST_USE enum err h2_response_put(struct h2_response *response, struct span name,
				  struct span value);

/* The section is whole: an interim head if its status is below 200, or the final one, or
 * trailers, of which nothing is kept. is_last: so is the response, of which
 * h2_response_end is to be asked too. ERR_PROTOCOL, ERR_LIMIT, ERR_NO_MEMORY. */
MUST_USE enum err h2_response_end_section(struct h2_response *response, bool is_last);

/* Some bytes of body. ERR_PROTOCOL. */
MUST_USE enum err h2_response_data(struct h2_response *response, size_t bytes);

/* Nothing follows. ERR_PROTOCOL. */
MUST_USE enum err h2_response_end(struct h2_response *response);

/* Frees what a section has. */
void h2_section_done(struct h2_section *section);

#endif
