/* SPDX-License-Identifier: MIT */
/* All four texts are looked at, also where a password is not kept: Open refuses a
 * malformed argument even if it does not count. User names are wiped like passwords. Most
 * requests have neither, and pay for a look at four pointers. */
#include "com/credentials.h"

/* A password that belongs to nobody is not kept. */
static void drop_password(struct credentials *credentials, enum credentials_part user,
			  enum credentials_part password)
{
	if (secret_span(&credentials->part[user]).len == 0)
		secret_done(&credentials->part[password]);
}

enum err credentials_init(struct credentials *credentials,
			  const WCHAR *const texts[CREDENTIALS_COUNT],
			  enum wide_unit unit)
{
	struct credentials made = {.has_texts = true};
	enum err err = ERR_NONE;

	if (!texts[CREDENTIALS_USER] && !texts[CREDENTIALS_PASSWORD] &&
	    !texts[CREDENTIALS_PROXY_USER] && !texts[CREDENTIALS_PROXY_PASSWORD]) {
		*credentials = (struct credentials){0};
		return ERR_NONE;
	}
	for (int i = 0; i < CREDENTIALS_COUNT && !err; i++)
		err = secret_init(&made.part[i], texts[i], unit);
	if (err) {
		credentials_done(&made);
		return err;
	}
	drop_password(&made, CREDENTIALS_USER, CREDENTIALS_PASSWORD);
	drop_password(&made, CREDENTIALS_PROXY_USER, CREDENTIALS_PROXY_PASSWORD);
	*credentials = made;
	return ERR_NONE;
}

void credentials_done(struct credentials *credentials)
{
	if (!credentials->has_texts)
		return;
	credentials->has_texts = false;
	for (int i = 0; i < CREDENTIALS_COUNT; i++)
		secret_done(&credentials->part[i]);
}

struct request_login credentials_login(const struct credentials *credentials)
{
	const struct secret *part = credentials->part;

	return (struct request_login){secret_span(&part[CREDENTIALS_USER]),
				      secret_span(&part[CREDENTIALS_PASSWORD])};
}

struct request_login credentials_proxy_login(const struct credentials *credentials)
{
	const struct secret *part = credentials->part;

	return (struct request_login){secret_span(&part[CREDENTIALS_PROXY_USER]),
				      secret_span(&part[CREDENTIALS_PROXY_PASSWORD])};
}
