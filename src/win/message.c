/* SPDX-License-Identifier: MIT */
/*
 * FormatMessage. The text, one of the sentences in message.def or the program's own, is
 * walked twice: once to count what comes of it, once to write it, so that a buffer that
 * is too small stays as it is and one that is to be allocated has the right size.
 *
 * The inserts of an argument list are taken from a copy of it, from its beginning for
 * every insert, as they may stand in any order.
 */
#include "ixhr2/winbase.h"

#include <stdbool.h>

#include "ixhr2/wincrypt.h"
#include "win/last_error.h"
#include "win/transcode.h"

/* The highest number of an insert. */
#define MAX_INSERT 99

static const struct sentence {
	DWORD code;	  /* Win32 number or HRESULT */
	const char *text; /* with its full stop */
} sentences[] = {
#define MESSAGE(code, text) {(DWORD)(code), text},
#include "win/message.def"
#undef MESSAGE
};

/* One call. */
struct message {
	DWORD flags;			     /* of the call */
	unsigned unit_bytes;		     /* of strings that come and go */
	bool is_sentence;		     /* whether the text is one of ours */
	struct transcode_text text;	     /* what is walked */
	const struct ixhr2_inserts *inserts; /* what is put in, or NULL */
	struct transcode_room out;	     /* where it goes */
	DWORD error;			     /* what is wrong, or ERROR_SUCCESS */
	bool is_over;			     /* whether %0 has come */
};

/* Constant text, or NULL. */
static const char *sentence_of(DWORD code)
{
	DWORD number = code;

	if (code >> 16 == (0x8000 | FACILITY_WIN32))
		number = code & 0xFFFF;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (sentences[i].code == number)
			return sentences[i].text;
	}
	return NULL;
}

static void put_ascii(struct message *message, const char *text)
{
	while (*text)
		transcode_put(&message->out, (unsigned char)*text++);
}

/* The string that is insert number n, from 1; NULL: it is not given. */
static const void *insert_of(const struct message *message, unsigned n)
{
	const struct ixhr2_inserts *inserts = message->inserts;
	const void *text = NULL;
	va_list list;

	if (!inserts || (!inserts->array && !inserts->list))
		return NULL;
	if (inserts->array)
		return inserts->array[n - 1];
	va_copy(list, *inserts->list);
	while (n--)
		text = va_arg(list, const void *);
	va_end(list);
	return text;
}

static void put_insert(struct message *message, unsigned n)
{
	struct transcode_text text = {.at = insert_of(message, n),
				      .unit_bytes = message->unit_bytes};

	if (!text.at) {
		message->error = ERROR_INVALID_PARAMETER;
		return;
	}
	text.count = transcode_length(text.at, text.unit_bytes, SIZE_MAX);
	transcode_all(&message->out, &text);
}

/* The next unit, or 0 at the end. */
static uint32_t peek(const struct message *message)
{
	const struct transcode_text *text = &message->text;

	if (text->next >= text->count)
		return 0;
	return transcode_unit(text->at, text->unit_bytes, text->next);
}

/* Behind a number: !s! is what every insert is, another format is not done. */
static bool is_string_format(struct message *message)
{
	static const char format[] = "!s!";

	if (peek(message) != '!')
		return true;
	for (size_t i = 0; format[i]; i++) {
		if (peek(message) != (unsigned char)format[i])
			return false;
		message->text.next++;
	}
	return true;
}

static void put_numbered(struct message *message)
{
	unsigned n = 0;

	while (peek(message) >= '0' && peek(message) <= '9' && n * 10 <= MAX_INSERT) {
		n = n * 10 + peek(message) - '0';
		message->text.next++;
	}
	if (!is_string_format(message))
		message->error = ERROR_NOT_SUPPORTED;
	else
		put_insert(message, n);
}

/* Behind a %. */
static void put_escape(struct message *message)
{
	uint32_t code = peek(message);

	if (code >= '1' && code <= '9') {
		put_numbered(message);
		return;
	}
	if (code)
		transcode_take(&message->text, &code);
	switch (code) {
	case '0':
		message->is_over = true;
		return;
	case 'n':
		put_ascii(message, "\r\n");
		return;
	case 'r':
		put_ascii(message, "\r");
		return;
	case 0:
		message->error = ERROR_INVALID_PARAMETER;
		return;
	default:
		transcode_put(&message->out, code);
	}
}

static void put_line_end(struct message *message)
{
	put_ascii(message, message->flags & FORMAT_MESSAGE_MAX_WIDTH_MASK ? " " : "\r\n");
}

/* Writes a character of the text; CR, LF, and both together end a line. */
static void put_plain(struct message *message, uint32_t code)
{
	if (code == '\r' && peek(message) == '\n')
		message->text.next++;
	if (code == '\r' || code == '\n')
		put_line_end(message);
	else
		transcode_put(&message->out, code);
}

/* Writes all, from the beginning. */
static void walk(struct message *message)
{
	bool has_escapes = !(message->flags & FORMAT_MESSAGE_IGNORE_INSERTS);

	message->text.next = 0;
	message->is_over = false;
	while (!message->error && !message->is_over && peek(message)) {
		uint32_t code;

		transcode_take(&message->text, &code);
		if (has_escapes && code == '%')
			put_escape(message);
		else
			put_plain(message, code);
	}
	if (message->is_sentence)
		put_line_end(message);
}

/* Sets what is walked; answers ERROR_SUCCESS or what is wrong. */
static DWORD set_text(struct message *message, const void *source, DWORD code)
{
	if (message->flags & FORMAT_MESSAGE_FROM_STRING) {
		if (!source)
			return ERROR_INVALID_PARAMETER;
		message->text.at = source;
		message->text.unit_bytes = message->unit_bytes;
		message->text.count =
			transcode_length(source, message->unit_bytes, SIZE_MAX);
		return ERROR_SUCCESS;
	}
	if (!(message->flags &
	      (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_FROM_HMODULE)))
		return ERROR_INVALID_PARAMETER;
	if (message->flags & FORMAT_MESSAGE_FROM_SYSTEM)
		message->text.at = sentence_of(code);
	if (!message->text.at)
		return ERROR_MR_MID_NOT_FOUND;
	message->text.unit_bytes = 1;
	message->text.count = strlen(message->text.at);
	message->is_sentence = true;
	return ERROR_SUCCESS;
}

/* Answers where to write units and a zero to, or NULL with message->error. */
static void *room_for(struct message *message, void *out, size_t room, size_t units)
{
	void *made;

	if (!(message->flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)) {
		if (room <= units)
			message->error = ERROR_INSUFFICIENT_BUFFER;
		return room > units ? out : NULL;
	}
	made = ixhr2_task_alloc((room > units ? room : units + 1) * message->unit_bytes);
	if (!made)
		message->error = ERROR_NOT_ENOUGH_MEMORY;
	memcpy(out, &made, sizeof(made));
	return made;
}

/* Answers the units written; 0 with message->error. */
static DWORD deliver(struct message *message, void *out, DWORD room)
{
	struct transcode_room *to = &message->out;

	*to = (struct transcode_room){.unit_bytes = message->unit_bytes};
	walk(message);
	if (message->error)
		return 0;
	to->room = to->len;
	to->at = room_for(message, out, room, to->len);
	if (!to->at)
		return 0;
	to->len = 0;
	walk(message);
	memset((char *)to->at + to->len * to->unit_bytes, 0, to->unit_bytes);
	return (DWORD)to->len;
}

static DWORD check(const struct message *message, const void *out)
{
	DWORD width = message->flags & FORMAT_MESSAGE_MAX_WIDTH_MASK;

	if (!out || !transcode_has_unit(message->unit_bytes))
		return ERROR_INVALID_PARAMETER;
	return width == 0 || width == FORMAT_MESSAGE_MAX_WIDTH_MASK ? ERROR_SUCCESS
								    : ERROR_NOT_SUPPORTED;
}

DWORD ixhr2_format_message(unsigned wchar_bytes, DWORD flags, const void *source,
			   DWORD code, void *out, DWORD room,
			   const struct ixhr2_inserts *inserts)
{
	struct message message = {
		.flags = flags, .unit_bytes = wchar_bytes, .inserts = inserts};
	DWORD units = 0;

	message.error = check(&message, out);
	if (!message.error && flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)
		memset(out, 0, sizeof(void *));
	if (!message.error)
		message.error = set_text(&message, source, code);
	if (!message.error)
		units = deliver(&message, out, room);
	if (message.error)
		ixhr2_set_last_error(message.error);
	return units;
}
