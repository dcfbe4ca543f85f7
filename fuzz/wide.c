/* SPDX-License-Identifier: MIT */
/*
 * Text between a program and the engine. Going in, any units are refused or give UTF-8
 * that comes out, in either width, as what gives the same UTF-8 again. Going out, the
 * fields of any head that is accepted are listed line by line and found by their names.
 * The first byte chooses the width.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/wide.h"
#include "com/fields.h"
#include "com/narrow.h"
#include "http/h1_head.h"
#include "ixhr2/objbase.h"

#define STATUS_LINE "HTTP/1.1 200 OK\r\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- in ---- */

static void check_way_back(struct span utf8, enum wide_unit unit)
{
	size_t units = wide_units_for(utf8, unit);
	char *text = mem_alloc(units * unit + 1); /* odd: text need not be aligned */
	struct buf again;

	must(text);
	wide_from_utf8(utf8, unit, text + 1);
	buf_init(&again);
	must(!wide_to_utf8(text + 1, units, unit, &again));
	must(span_eq(buf_span(&again), utf8));
	buf_done(&again);
	mem_free(text);
}

/* The same text through narrow, which takes a quick way where it can. */
static void check_narrow(const char *text, size_t units, enum wide_unit unit)
{
	struct narrow narrow;
	struct buf utf8;
	enum err err;

	buf_init(&utf8);
	narrow_init(&narrow);
	must(wide_len(text, unit) == units);
	err = wide_to_utf8(text, units, unit, &utf8);
	must(narrow_set(&narrow, text, unit) == err);
	must(err == ERR_NONE || err == ERR_INVALID);
	if (!err) {
		must(span_eq(buf_span(&utf8), narrow.text));
		check_way_back(narrow.text, WIDE_16);
		check_way_back(narrow.text, WIDE_32);
	}
	narrow_done(&narrow);
	buf_done(&utf8);
}

static void check_in(struct span input, enum wide_unit unit)
{
	static const uint32_t zero;
	size_t units = 0;
	char *text = mem_zalloc(input.len + unit);

	must(text);
	memcpy(text, input.at, input.len);
	while ((units + 1) * unit <= input.len &&
	       memcmp(text + units * unit, &zero, unit) != 0)
		units++;
	memset(text + units * unit, 0, unit);
	check_narrow(text, units, unit);
	mem_free(text);
}

/* ---- out ---- */

/* How many of the units of a text are a line feed. */
static unsigned count_lines(const char *text, enum wide_unit unit)
{
	unsigned lines = 0;

	for (size_t i = 0; i < wide_len(text, unit); i++) {
		uint32_t code = 0;

		memcpy(&code, text + i * unit, unit);
		lines += code == '\n';
	}
	return lines;
}

static void check_fields(const struct response_head *head, enum wide_unit unit)
{
	const struct headers *headers = &head->headers;
	void *text = NULL;

	must(!fields_all(head, unit, &text));
	must(count_lines(text, unit) == headers->count + 1);
	CoTaskMemFree(text);
	for (uint32_t i = 0; i < headers->count && i < 10; i++) {
		must(!fields_get(head, headers->at[i].name, unit, &text));
		must(wide_len(text, unit) >= wide_units_for(headers->at[i].value, unit));
		CoTaskMemFree(text);
	}
	must(fields_get(head, SPAN("no name"), unit, &text) == ERR_MISSING);
}

static void check_out(struct span input, enum wide_unit unit)
{
	struct arena arena;
	struct h1_head reader;
	struct response_head *head;
	struct buf bytes;
	struct span rest;

	buf_init(&bytes);
	must(!buf_put_str(&bytes, STATUS_LINE) && !buf_put(&bytes, input) &&
	     !buf_put_str(&bytes, "\r\n\r\n"));
	rest = buf_span(&bytes);
	arena_init(&arena);
	h1_head_init(&reader, &arena);
	if (!h1_head_read(&reader, &rest, &head))
		check_fields(head, unit);
	arena_done(&arena);
	buf_done(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum wide_unit unit;
	struct span input;

	if (size == 0)
		return 0;
	unit = data[0] & 1 ? WIDE_16 : WIDE_32;
	input = span_of((const char *)data + 1, size - 1);
	check_in(input, unit);
	check_out(input, unit);
	return 0;
}
