/* SPDX-License-Identifier: MIT */
/*
 * The format is read unit by unit: text between conversions is copied as it is, a
 * conversion is read into a struct format_spec, and its argument is taken by the size
 * that this says. What comes of it is a piece of text with a prefix (a sign or 0x) that
 * zeros may be put behind, and all conversions end in the same padding.
 *
 * The size l reads an int: that is what a program which follows these headers passes, and
 * where it passes a native long of 64 bits its lower half is read, as on every ABI with
 * 64-bit slots for arguments.
 *
 * Digits of floating point numbers are the C library's: the conversion is rebuilt without
 * its width and handed to snprintf.
 */
#include "win/format.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Digits of 64 bits in octal, and two more. */
#define DIGITS_ROOM 24

/* Bytes of a floating point number that need no memory of their own. */
#define FLOAT_ROOM 128

/* More digits behind the point are refused. */
#define FLOAT_MAX_PRECISION 10000

/* What stands between % and the conversion, as far as it means a size. */
enum format_size {
	SIZE_PLAIN,	  /* nothing: int */
	SIZE_CHAR,	  /* hh */
	SIZE_SHORT,	  /* h; of text: narrow */
	SIZE_LONG,	  /* l, I32: 32 bits; of text: wide */
	SIZE_64,	  /* ll, I64, j */
	SIZE_POINTER,	  /* I, z, t */
	SIZE_WIDE,	  /* w: of text: wide */
	SIZE_LONG_DOUBLE, /* L */
};

/* One conversion. */
struct format_spec {
	bool is_left;	       /* - */
	bool has_plus;	       /* + */
	bool has_space;	       /* space */
	bool is_alternate;     /* # */
	bool is_zero_padded;   /* 0 */
	bool has_precision;    /* whether the next but one counts */
	int width;	       /* 0 or more */
	int precision;	       /* 0 or more */
	enum format_size size; /* of the argument */
	uint32_t conversion;   /* d, s ... */
};

/* One call. */
struct format {
	struct transcode_room *out; /* where it goes */
	unsigned wchar_bytes;	    /* unit of wide arguments */
	const void *at;		    /* the format */
	size_t next;		    /* its first unit not yet read */
	va_list list;		    /* the arguments not yet taken */
};

/* What a conversion of a number comes to. */
struct format_number {
	const char *prefix; /* the sign, 0x; zeros go behind it */
	size_t prefix_len;  /* bytes of it */
	size_t zeros;	    /* zeros that the precision demands */
	const char *body;   /* the rest, in UTF-8 */
	size_t body_len;    /* bytes of it */
};

/* ---- writing ---- */

static void put_repeated(struct transcode_room *out, char c, size_t count)
{
	while (count && out->len < out->room) {
		transcode_put_unit(out, (unsigned char)c);
		count--;
	}
	out->len += count;
}

static void put_utf8(struct transcode_room *out, const char *text, size_t len)
{
	struct transcode_text from = {.at = text, .count = len, .unit_bytes = 1};

	transcode_all(out, &from);
}

static size_t padding(const struct format_spec *spec, size_t len)
{
	size_t width = (size_t)spec->width;

	return len < width ? width - len : 0;
}

static void put_number(struct transcode_room *out, const struct format_spec *spec,
		       const struct format_number *number)
{
	size_t len = number->prefix_len + number->zeros + number->body_len;
	size_t pad = padding(spec, len);
	bool has_zeros = spec->is_zero_padded && !spec->is_left;

	if (!spec->is_left && !has_zeros)
		put_repeated(out, ' ', pad);
	put_utf8(out, number->prefix, number->prefix_len);
	put_repeated(out, '0', number->zeros + (has_zeros ? pad : 0));
	put_utf8(out, number->body, number->body_len);
	if (spec->is_left)
		put_repeated(out, ' ', pad);
}

/* ---- whole numbers ---- */

static int64_t take_signed(struct format *format, enum format_size size)
{
	switch (size) {
	case SIZE_64:
		return va_arg(format->list, long long);
	case SIZE_POINTER:
		return va_arg(format->list, ptrdiff_t);
	case SIZE_CHAR:
		return (signed char)va_arg(format->list, int);
	case SIZE_SHORT:
		return (short)va_arg(format->list, int);
	default:
		return va_arg(format->list, int);
	}
}

static uint64_t take_unsigned(struct format *format, enum format_size size)
{
	uint64_t value = (uint64_t)take_signed(format, size);

	switch (size) {
	case SIZE_64:
		return value;
	case SIZE_POINTER:
		return (size_t)value;
	case SIZE_CHAR:
		return (unsigned char)value;
	case SIZE_SHORT:
		return (unsigned short)value;
	default:
		return (unsigned)value;
	}
}

/* Writes digits up to end; answers where they begin. */
static const char *put_digits(char *end, uint64_t value, unsigned base, bool is_upper)
{
	const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = digits[value % base];
	return end;
}

static void put_whole(struct transcode_room *out, struct format_spec *spec,
		      uint64_t value, const char *prefix)
{
	char digits[DIGITS_ROOM];
	char *end = digits + sizeof(digits);
	bool is_upper = spec->conversion == 'X' || spec->conversion == 'p';
	bool is_hex = is_upper || spec->conversion == 'x';
	unsigned base = is_hex ? 16 : spec->conversion == 'o' ? 8 : 10;
	size_t least = spec->has_precision ? (size_t)spec->precision : 1;
	struct format_number number = {.prefix = prefix};

	number.body = put_digits(end, value, base, is_upper);
	number.body_len = (size_t)(end - number.body);
	number.zeros = number.body_len < least ? least - number.body_len : 0;
	if (base == 8 && spec->is_alternate && number.zeros == 0)
		number.zeros = 1;
	if (is_hex && spec->is_alternate && value)
		number.prefix = is_upper ? "0X" : "0x";
	number.prefix_len = strlen(number.prefix);
	spec->is_zero_padded = spec->is_zero_padded && !spec->has_precision;
	put_number(out, spec, &number);
}

static void put_signed(struct format *format, struct format_spec *spec)
{
	int64_t value = take_signed(format, spec->size);
	const char *sign = spec->has_plus ? "+" : spec->has_space ? " " : "";

	if (value < 0)
		put_whole(format->out, spec, 0 - (uint64_t)value, "-");
	else
		put_whole(format->out, spec, (uint64_t)value, sign);
}

/* All digits, in capitals, without 0x. */
static void put_pointer(struct format *format, struct format_spec *spec)
{
	uintptr_t value = (uintptr_t)va_arg(format->list, void *);

	spec->has_precision = true;
	spec->precision = 2 * sizeof(value);
	spec->is_alternate = false;
	put_whole(format->out, spec, value, "");
}

/* ---- floating point ---- */

/* The same conversion for snprintf, without a width. */
static void rebuild(const struct format_spec *spec, char out[16])
{
	*out++ = '%';
	if (spec->has_plus)
		*out++ = '+';
	if (spec->has_space)
		*out++ = ' ';
	if (spec->is_alternate)
		*out++ = '#';
	*out++ = '.';
	*out++ = '*';
	if (spec->size == SIZE_LONG_DOUBLE)
		*out++ = 'L';
	*out++ = (char)spec->conversion;
	*out = '\0';
}

static int print_float(char *to, size_t bytes, const struct format_spec *spec,
		       long double value)
{
	int precision = spec->has_precision ? spec->precision : -1;
	char native[16];

	rebuild(spec, native);
	if (spec->size == SIZE_LONG_DOUBLE)
		return snprintf(to, bytes, native, precision, value);
	return snprintf(to, bytes, native, precision, (double)value);
}

static void put_float_text(struct transcode_room *out, struct format_spec *spec,
			   const char *text)
{
	size_t sign = strspn(text, "+- ");
	bool is_hex = text[sign] == '0' && (text[sign + 1] | 0x20) == 'x';
	struct format_number number = {.prefix = text,
				       .prefix_len = sign + (is_hex ? 2 : 0)};

	if (text[sign] < '0' || text[sign] > '9') /* inf, nan */
		spec->is_zero_padded = false;
	number.body = text + number.prefix_len;
	number.body_len = strlen(number.body);
	put_number(out, spec, &number);
}

static bool put_float(struct format *format, struct format_spec *spec)
{
	long double value = spec->size == SIZE_LONG_DOUBLE
				    ? va_arg(format->list, long double)
				    : (long double)va_arg(format->list, double);
	char small[FLOAT_ROOM];
	char *big;
	int len;

	if (spec->precision > FLOAT_MAX_PRECISION)
		return false;
	len = print_float(small, sizeof(small), spec, value);
	if (len < 0)
		return false;
	if ((size_t)len < sizeof(small)) {
		put_float_text(format->out, spec, small);
		return true;
	}
	big = mem_alloc((size_t)len + 1);
	if (!big)
		return false;
	print_float(big, (size_t)len + 1, spec, value);
	put_float_text(format->out, spec, big);
	mem_free(big);
	return true;
}

/* ---- text ---- */

/* Writes characters as long as limit units bear them. The last one may be cut by the
 * precision of which it is known that it ends the text. */
static void put_converted(struct transcode_room *out, struct transcode_text text,
			  const struct format_spec *spec)
{
	struct transcode_room one = {.unit_bytes = out->unit_bytes};
	uint32_t code;

	while (text.next < text.count) {
		bool is_good = transcode_take(&text, &code);

		transcode_put(&one, code);
		if (spec->has_precision && (one.len > (size_t)spec->precision ||
					    (!is_good && text.next == text.count)))
			return;
		transcode_put(out, code);
	}
}

static void copy_units(struct transcode_room *out, const struct transcode_text *text)
{
	size_t i;

	for (i = 0; i < text->count && out->len < out->room; i++)
		transcode_put_unit(out, transcode_unit(text->at, text->unit_bytes, i));
	out->len += text->count - i;
}

static void put_text(struct transcode_room *out, const struct format_spec *spec,
		     const struct transcode_text *text)
{
	struct transcode_room measured = {.unit_bytes = out->unit_bytes};
	bool is_same_kind = text->unit_bytes == out->unit_bytes;
	char fill = spec->is_zero_padded && !spec->is_left ? '0' : ' ';
	size_t pad;

	if (is_same_kind)
		measured.len = text->count;
	else
		put_converted(&measured, *text, spec);
	pad = padding(spec, measured.len);
	if (!spec->is_left)
		put_repeated(out, fill, pad);
	if (is_same_kind)
		copy_units(out, text);
	else
		put_converted(out, *text, spec);
	if (spec->is_left)
		put_repeated(out, fill, pad);
}

/* Size of a unit of the argument. */
static unsigned unit_of(const struct format *format, const struct format_spec *spec)
{
	bool is_other = spec->conversion == 'S' || spec->conversion == 'C';
	bool is_wide = (format->out->unit_bytes != 1) != is_other;

	if (spec->size == SIZE_SHORT || spec->size == SIZE_CHAR)
		is_wide = false;
	else if (spec->size != SIZE_PLAIN)
		is_wide = true;
	return is_wide ? format->wchar_bytes : 1;
}

static void put_string(struct format *format, const struct format_spec *spec)
{
	size_t limit = spec->has_precision ? (size_t)spec->precision : SIZE_MAX;
	struct transcode_text text = {.at = va_arg(format->list, const void *),
				      .unit_bytes = unit_of(format, spec)};

	if (!text.at) {
		text.at = "(null)";
		text.unit_bytes = 1;
	}
	text.count = transcode_length(text.at, text.unit_bytes, limit);
	put_text(format->out, spec, &text);
}

static void put_char(struct format *format, struct format_spec *spec)
{
	char unit[sizeof(uint32_t)];
	struct transcode_room room = {
		.at = unit, .room = 1, .unit_bytes = unit_of(format, spec)};
	struct transcode_text text = {
		.at = unit, .count = 1, .unit_bytes = room.unit_bytes};

	transcode_put_unit(&room, (uint32_t)va_arg(format->list, int));
	spec->has_precision = false;
	put_text(format->out, spec, &text);
}

/* ---- the format ---- */

static uint32_t peek(const struct format *format)
{
	return transcode_unit(format->at, format->out->unit_bytes, format->next);
}

static bool has_taken(struct format *format, char c)
{
	if (peek(format) != (unsigned char)c)
		return false;
	format->next++;
	return true;
}

static void read_flags(struct format *format, struct format_spec *spec)
{
	for (;;) {
		if (has_taken(format, '-'))
			spec->is_left = true;
		else if (has_taken(format, '+'))
			spec->has_plus = true;
		else if (has_taken(format, ' '))
			spec->has_space = true;
		else if (has_taken(format, '#'))
			spec->is_alternate = true;
		else if (has_taken(format, '0'))
			spec->is_zero_padded = true;
		else
			return;
	}
}

/* A number, 0 where there is none, or that of the next argument. */
static bool read_number(struct format *format, int *out_value)
{
	int value = 0;

	if (has_taken(format, '*')) {
		*out_value = va_arg(format->list, int);
		return true;
	}
	while (peek(format) >= '0' && peek(format) <= '9') {
		int digit = (int)(peek(format) - '0');

		if (value > (INT_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
		format->next++;
	}
	*out_value = value;
	return true;
}

static bool read_extent(struct format *format, struct format_spec *spec)
{
	if (!read_number(format, &spec->width) || spec->width == INT_MIN)
		return false;
	if (spec->width < 0) {
		spec->is_left = true;
		spec->width = -spec->width;
	}
	if (!has_taken(format, '.'))
		return true;
	if (!read_number(format, &spec->precision))
		return false;
	spec->has_precision = spec->precision >= 0;
	spec->precision = spec->has_precision ? spec->precision : 0;
	return true;
}

/* Whether the two digits come next; they are taken then. */
static bool has_taken_two(struct format *format, char first, char second)
{
	if (!has_taken(format, first))
		return false;
	if (has_taken(format, second))
		return true;
	format->next--;
	return false;
}

static enum format_size read_size(struct format *format)
{
	if (has_taken(format, 'h'))
		return has_taken(format, 'h') ? SIZE_CHAR : SIZE_SHORT;
	if (has_taken(format, 'l'))
		return has_taken(format, 'l') ? SIZE_64 : SIZE_LONG;
	if (has_taken(format, 'w'))
		return SIZE_WIDE;
	if (has_taken(format, 'L'))
		return SIZE_LONG_DOUBLE;
	if (has_taken(format, 'j'))
		return SIZE_64;
	if (has_taken(format, 'z') || has_taken(format, 't'))
		return SIZE_POINTER;
	if (!has_taken(format, 'I'))
		return SIZE_PLAIN;
	if (has_taken_two(format, '6', '4'))
		return SIZE_64;
	return has_taken_two(format, '3', '2') ? SIZE_LONG : SIZE_POINTER;
}

static bool put_spec(struct format *format, struct format_spec *spec)
{
	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(format, spec);
		return true;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_whole(format->out, spec, take_unsigned(format, spec->size), "");
		return true;
	case 'p':
		put_pointer(format, spec);
		return true;
	case 'c':
	case 'C':
		put_char(format, spec);
		return true;
	case 's':
	case 'S':
		put_string(format, spec);
		return true;
	case '%':
		transcode_put_unit(format->out, '%');
		return true;
	default:
		return spec->conversion && spec->conversion < 0x80 &&
		       strchr("eEfFgGaA", (int)spec->conversion) &&
		       put_float(format, spec);
	}
}

static bool put_conversion(struct format *format)
{
	struct format_spec spec = {0};

	read_flags(format, &spec);
	if (!read_extent(format, &spec))
		return false;
	spec.size = read_size(format);
	spec.conversion = peek(format);
	if (spec.conversion)
		format->next++;
	return put_spec(format, &spec);
}

bool format_put(struct transcode_room *out, unsigned wchar_bytes, const void *format,
		va_list list)
{
	struct format call = {.out = out, .wchar_bytes = wchar_bytes, .at = format};
	bool is_good = true;
	uint32_t unit;

	va_copy(call.list, list);
	while (is_good && (unit = peek(&call))) {
		call.next++;
		if (unit == '%')
			is_good = put_conversion(&call);
		else
			transcode_put_unit(out, unit);
		is_good = is_good && out->len <= INT_MAX;
	}
	va_end(call.list);
	return is_good;
}
