/* SPDX-License-Identifier: MIT */
/*
 * Each text is put together twice by the same function: first without room, which
 * counts the units, then into memory of that size. Bytes that are not UTF-8 become
 * U+0080 to U+00FF field by field, so that one such value does not change another.
 */
#include "com/fields.h"

#include <string.h>

#include "ixhr2/objbase.h"

struct sheet {
	const struct response_head *head; /* whose fields are written */
	struct span name;		  /* of the fields that are asked for */
	enum wide_unit unit;		  /* of the text */
	char *at;			  /* where the text begins, or NULL: count */
	size_t units;			  /* how many have been put */
};

static void put(struct sheet *sheet, struct span utf8)
{
	if (sheet->at)
		wide_from_utf8(utf8, sheet->unit, sheet->at + sheet->units * sheet->unit);
	sheet->units += wide_units_for(utf8, sheet->unit);
}

static void put_all(struct sheet *sheet)
{
	const struct headers *headers = &sheet->head->headers;

	for (uint32_t i = 0; i < headers->count; i++) {
		put(sheet, headers->at[i].name);
		put(sheet, SPAN(": "));
		put(sheet, headers->at[i].value);
		put(sheet, SPAN("\r\n"));
	}
	put(sheet, SPAN("\r\n"));
}

/* The index of the next field that is asked for at from or behind it, or count. */
static uint32_t find_next(const struct sheet *sheet, uint32_t from)
{
	const struct headers *headers = &sheet->head->headers;

	while (from < headers->count &&
	       !span_eq_nocase(headers->at[from].name, sheet->name))
		from++;
	return from;
}

static void put_named(struct sheet *sheet)
{
	const struct headers *headers = &sheet->head->headers;
	bool is_cookie = span_eq_nocase(sheet->name, SPAN("set-cookie"));
	struct span between = is_cookie ? SPAN("\r\n") : SPAN(", ");
	uint32_t first = find_next(sheet, 0);

	for (uint32_t i = first; i < headers->count; i = find_next(sheet, i + 1)) {
		if (i != first)
			put(sheet, between);
		put(sheet, headers->at[i].value);
	}
}

static enum err write_out(struct sheet *sheet, void (*put_text)(struct sheet *),
			  void **out_text)
{
	put_text(sheet);
	sheet->at = ixhr2_task_alloc((sheet->units + 1) * sheet->unit);
	if (!sheet->at)
		return ERR_NO_MEMORY;
	sheet->units = 0;
	put_text(sheet);
	memset(sheet->at + sheet->units * sheet->unit, 0, sheet->unit);
	*out_text = sheet->at;
	return ERR_NONE;
}

enum err fields_all(const struct response_head *head, enum wide_unit unit,
		    void **out_text)
{
	struct sheet sheet = {.head = head, .unit = unit};

	return write_out(&sheet, put_all, out_text);
}

enum err fields_get(const struct response_head *head, struct span name,
		    enum wide_unit unit, void **out_text)
{
	struct sheet sheet = {.head = head, .name = name, .unit = unit};

	if (find_next(&sheet, 0) == head->headers.count)
		return ERR_MISSING;
	return write_out(&sheet, put_named, out_text);
}
