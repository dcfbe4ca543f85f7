/* SPDX-License-Identifier: MIT */
/*
 * The pin is converted straight into the buffer that keeps it. Room for the longest
 * UTF-8 that it can become is made first: a buffer that grew would leave a copy behind
 * that nobody wipes. What is wiped is all of that room, because what does not turn out
 * to be UTF-8 is written twice.
 */
#include "com/client_certificate.h"

#include <string.h>

#include "base/mem.h"

/* The most bytes of UTF-8 that a unit of either width becomes. */
#define UNIT_MAX_BYTES 4

static void wipe_pin(struct buf *pin)
{
	mem_wipe(pin->at, pin->cap);
	buf_done(pin);
}

/* Fills an empty buffer with a text that is not empty, and a NUL. */
static enum err keep_pin(struct buf *pin, const WCHAR *text, size_t units,
			 enum wide_unit unit)
{
	enum err err;

	if (units > (SIZE_MAX - 1) / UNIT_MAX_BYTES)
		return ERR_NO_MEMORY;
	err = buf_reserve(pin, units * UNIT_MAX_BYTES + 1);
	if (!err)
		err = wide_to_utf8(text, units, unit, pin);
	if (!err)
		err = buf_put_byte(pin, '\0');
	if (err)
		wipe_pin(pin);
	return err;
}

enum err client_certificate_init(struct client_certificate *certificate, DWORD bytes,
				 const BYTE *hash, const WCHAR *pin, enum wide_unit unit)
{
	size_t units = pin ? wide_len(pin, unit) : 0;
	struct buf text = {0};
	enum err err = ERR_NONE;

	if (!hash || (bytes != CLIENT_CERTIFICATE_SHA1_BYTES &&
		      bytes != CLIENT_CERTIFICATE_SHA256_BYTES))
		return ERR_INVALID;
	if (units)
		err = keep_pin(&text, pin, units, unit);
	if (err)
		return err;
	memcpy(certificate->thumbprint, hash, bytes);
	certificate->bytes = bytes;
	certificate->pin = text;
	return ERR_NONE;
}

void client_certificate_done(struct client_certificate *certificate)
{
	wipe_pin(&certificate->pin);
	certificate->bytes = 0;
}

struct span client_certificate_thumbprint(const struct client_certificate *certificate)
{
	return span_of((const char *)certificate->thumbprint, certificate->bytes);
}

const char *client_certificate_pin(const struct client_certificate *certificate)
{
	return certificate->pin.at;
}
