/* SPDX-License-Identifier: MIT */
/*
 * Lists and parameters: elements lie in the list, in order, trimmed and not empty, and
 * joined by commas again they give the same elements; a quoted value written again reads
 * as itself.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "http/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Appends the elements of list, each with a comma behind it. */
static void join(struct span list, struct buf *out)
{
	const char *begin = list.at;
	const char *end = list.len > 0 ? list.at + list.len : list.at;
	struct span element;

	while (field_next_element(&list, &element)) {
		must(element.len > 0 && element.at >= begin);
		must(span_trim(element).len == element.len);
		begin = element.at + element.len;
		must(begin <= end && list.len <= (size_t)(end - begin));
		must(!buf_put(out, element) && !buf_put_byte(out, ','));
	}
	must(list.len == 0);
}

static void check_list(struct span list)
{
	struct buf once;
	struct buf twice;
	struct span first = list;
	struct span element;

	buf_init(&once);
	buf_init(&twice);
	join(list, &once);
	/* An open quote would swallow the comma that was put behind it. */
	if (once.len > 0)
		once.len--;
	join(buf_span(&once), &twice);
	if (twice.len > 0)
		twice.len--;
	must(span_eq(buf_span(&once), buf_span(&twice)));
	if (field_next_element(&first, &element))
		must(field_has_token(list, element));
	buf_done(&once);
	buf_done(&twice);
}

static void check_quoted(struct span inside)
{
	struct buf plain;
	struct buf again;
	struct buf plain_again;

	buf_init(&plain);
	buf_init(&again);
	buf_init(&plain_again);
	must(!field_unquote(&plain, inside) && plain.len <= inside.len);
	for (size_t i = 0; i < plain.len; i++)
		must(!buf_put_byte(&again, '\\') && !buf_put_byte(&again, plain.at[i]));
	must(!field_unquote(&plain_again, buf_span(&again)));
	must(span_eq(buf_span(&plain), buf_span(&plain_again)));
	buf_done(&plain);
	buf_done(&again);
	buf_done(&plain_again);
}

static void check_parameters(struct span rest)
{
	struct field_parameter parameter;
	size_t len = rest.len + 1;
	enum err err;

	while (!(err = field_next_parameter(&rest, &parameter))) {
		must(rest.len < len && field_is_name(parameter.name));
		must(parameter.is_quoted || field_is_name(parameter.value));
		must(field_is_value(parameter.value));
		check_quoted(parameter.value);
		len = rest.len;
	}
	must(err == ERR_PROTOCOL || (err == ERR_MISSING && rest.len == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};

	if (size == 0)
		return 0;
	check_list(text);
	check_parameters(text);
	return 0;
}
