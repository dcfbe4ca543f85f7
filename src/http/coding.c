/* SPDX-License-Identifier: MIT */
/*
 * A chain of stages, each undoing one coding. The first reads what the caller brings, the
 * last writes where the caller wants it, so that a single coding copies nothing; every
 * other one reads from a buffer of its own, into which the stage before it writes.
 *
 * It is pulled: the last stage runs until it gives bytes. When its input is used up, the
 * stage before it runs, and so on down to the caller's input; when a stage gives bytes,
 * the next one runs. So a buffer is filled only when it is empty, and bytes that nobody
 * wants yet stay in the caller's input. A stage whose output was full may have more
 * without input, one whose output was not has not.
 *
 * What follows the end of a stage's data is dropped, but the stages before it decode it
 * all the same, since their ends tell whether the whole is complete. Thus a few bytes of
 * a chain can stand for very many that nobody ever sees, while the caller waits. So the
 * bytes between stages are limited: a store of them is used up by what goes from stage to
 * stage, and filled up again by what comes out.
 */
#include "http/coding.h"

#include "base/mem.h"
#include "http/coding_stage.h"
#include "http/field.h"

/* Room for bytes on the way from one stage to the next. */
#define LINK_BYTES ((size_t)16 * 1024)

/* Bytes between the stages that a byte of output stands for: in a chain of all that are
 * allowed each of the four steps has about as many bytes as the output, and no more. */
#define BARREN_FOR_BYTE 8

/* A stage and what it reads from. */
struct link {
	struct coding_stage *stage; /* owned */
	char *buffer;		    /* LINK_BYTES, owned; NULL for the first link */
	struct span input;	    /* what is left in buffer */
	bool may_have_more;	    /* its output was full the last time */
};

struct coding {
	struct link links[CODING_MAX_CHAIN]; /* in the order of decoding */
	unsigned count;			     /* of links, at least 1 */
	bool has_begun;			     /* there was input */
	size_t barren_left; /* bytes that may come between stages without any output */
};

/* A content coding that is known. */
struct kind {
	struct span name; /* in lower case */

	/* Makes what undoes it; NULL: there is nothing to undo. */
	enum err (*make)(struct coding_stage **out_stage);
};

/* The codings of a response in the order in which they were applied. */
struct codings {
	const struct kind *kinds[CODING_MAX_CHAIN]; /* those that there is room for */
	size_t count;				    /* all, even if they are more */
};

/* ---- which codings ---- */

/* NULL if the name is not known. */
static const struct kind *find(struct span name)
{
	static const struct kind kinds[] = {
		{{"gzip", 4}, coding_stage_gzip},
		{{"br", 2}, coding_stage_br},
		{{"zstd", 4}, coding_stage_zstd},
		{{"deflate", 7}, coding_stage_deflate},
		{{"x-gzip", 6}, coding_stage_gzip},
		{{"identity", 8}, NULL},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (span_eq_nocase(name, kinds[i].name))
			return &kinds[i];
	}
	return NULL;
}

/* Appends those of one field's value; false if one is not known. */
static bool list_value(struct codings *codings, struct span value)
{
	struct span element;

	while (field_next_element(&value, &element)) {
		const struct kind *kind = find(element);

		if (!kind)
			return false;
		if (!kind->make)
			continue;
		if (codings->count < CODING_MAX_CHAIN)
			codings->kinds[codings->count] = kind;
		codings->count++;
	}
	return true;
}

/* Those of all fields; none if one is not known. */
static void list(const struct headers *headers, struct codings *codings)
{
	const struct span name = SPAN("Content-Encoding");
	const struct headers_field *field = headers_find(headers, name, 0);

	codings->count = 0;
	while (field && list_value(codings, field->value))
		field = headers_find(headers, name, (uint32_t)(field - headers->at) + 1);
	if (field)
		codings->count = 0;
}

/* ---- the chain ---- */

static enum err add(struct coding *coding, const struct kind *kind)
{
	struct link *link = &coding->links[coding->count];
	enum err err = kind->make(&link->stage);

	if (err)
		return err;
	if (coding->count++ == 0)
		return ERR_NONE;
	link->buffer = mem_alloc(LINK_BYTES);
	return link->buffer ? ERR_NONE : ERR_NO_MEMORY;
}

enum err coding_new(const struct headers *headers, struct coding **out_coding)
{
	struct coding *coding = NULL;
	struct codings codings;

	list(headers, &codings);
	if (codings.count > CODING_MAX_CHAIN)
		return ERR_LIMIT;
	if (codings.count > 0) {
		coding = mem_zalloc(sizeof(*coding));
		if (!coding)
			return ERR_NO_MEMORY;
		coding->barren_left = CODING_MAX_BARREN_BYTES;
	}
	while (codings.count > 0) {
		enum err err = add(coding, codings.kinds[--codings.count]);

		if (err) {
			coding_free(coding);
			return err;
		}
	}
	*out_coding = coding;
	return ERR_NONE;
}

void coding_free(struct coding *coding)
{
	if (!coding)
		return;
	for (unsigned i = 0; i < coding->count; i++) {
		struct link *link = &coding->links[i];

		link->stage->ops->free(link->stage);
		mem_free(link->buffer);
	}
	mem_free(coding);
}

/* ---- decoding ---- */

/* As coding_read, for one stage. */
static enum err run(struct link *link, struct span *in, void *to, size_t cap,
		    size_t *out_len)
{
	struct coding_stage *stage = link->stage;
	size_t len = 0;

	while (len == 0 && (in->len > 0 || link->may_have_more)) {
		enum err err;

		if (stage->has_ended) {
			*in = span_skip(*in, in->len);
			break;
		}
		err = stage->ops->read(stage, in, to, cap, &len);
		if (err)
			return err;
		link->may_have_more = len == cap && !stage->is_complete;
	}
	if (len == 0)
		return ERR_AGAIN;
	*out_len = len;
	return ERR_NONE;
}

/* Runs the stage before link i, for its buffer, which is empty. */
static enum err fill(struct coding *coding, unsigned i, struct span *in)
{
	struct link *link = &coding->links[i];
	struct span *source = i > 1 ? &coding->links[i - 1].input : in;
	size_t len;
	enum err err = run(&coding->links[i - 1], source, link->buffer, LINK_BYTES, &len);

	if (err)
		return err;
	link->input = span_of(link->buffer, len);
	if (len > coding->barren_left)
		return ERR_LIMIT;
	coding->barren_left -= len;
	return ERR_NONE;
}

/* Brings input to the last stage, which has none. ERR_AGAIN: more is needed. */
static enum err feed(struct coding *coding, struct span *in)
{
	unsigned last = coding->count - 1;
	unsigned i = last;

	while (i > 0) {
		enum err err = fill(coding, i, in);

		if (err == ERR_AGAIN)
			i--; /* the stage that fills it has no input either */
		else if (err || i == last)
			return err;
		else
			i++;
	}
	return ERR_AGAIN;
}

/* Output of so many bytes allows more bytes between the stages. */
static void allow(struct coding *coding, size_t len)
{
	size_t spent = CODING_MAX_BARREN_BYTES - coding->barren_left;

	if (len < spent / BARREN_FOR_BYTE)
		coding->barren_left += len * BARREN_FOR_BYTE;
	else
		coding->barren_left = CODING_MAX_BARREN_BYTES;
}

enum err coding_read(struct coding *coding, struct span *in, void *to, size_t cap,
		     size_t *out_len)
{
	struct link *last = &coding->links[coding->count - 1];
	struct span *source = coding->count > 1 ? &last->input : in;
	enum err err;

	coding->has_begun |= in->len > 0;
	while ((err = run(last, source, to, cap, out_len)) == ERR_AGAIN) {
		err = feed(coding, in);
		if (err)
			return err;
	}
	if (!err)
		allow(coding, *out_len);
	return err;
}

enum err coding_end(const struct coding *coding)
{
	if (!coding->has_begun)
		return ERR_NONE;
	for (unsigned i = 0; i < coding->count; i++) {
		if (!coding->links[i].stage->is_complete)
			return ERR_CODING;
	}
	return ERR_NONE;
}
