/* SPDX-License-Identifier: MIT */
/* All four texts are looked at, also where a password is not kept: Open refuses a
 * malformed argument even if it does not count. User names are wiped like passwords. Most
 * requests have neither, and pay for a look at four pointers. */
#include "com/credentials.h"

#include "base/mem.h"

/* A password that belongs to nobody is not kept. */
static void drop_password(struct secret *part, enum credentials_part user,
			  enum credentials_part password)
{
	if (secret_span(&part[user]).len == 0)
		secret_done(&part[password]);
}

enum err credentials_init(struct credentials *credentials,
			  const WCHAR *const texts[CREDENTIALS_COUNT],
			  enum wide_unit unit)
{
	struct credentials made = {NULL};
	enum err err = ERR_NONE;

	if (!texts[CREDENTIALS_USER] && !texts[CREDENTIALS_PASSWORD] &&
	    !texts[CREDENTIALS_PROXY_USER] && !texts[CREDENTIALS_PROXY_PASSWORD]) {
		*credentials = made;
		return ERR_NONE;
	}
	made.part = mem_array(CREDENTIALS_COUNT, sizeof(*made.part));
	if (!made.part)
		return ERR_NO_MEMORY;
	for (int i = 0; i < CREDENTIALS_COUNT && !err; i++)
		err = secret_init(&made.part[i], texts[i], unit);
	if (err) {
		credentials_done(&made);
		return err;
	}
	drop_password(made.part, CREDENTIALS_USER, CREDENTIALS_PASSWORD);
	drop_password(made.part, CREDENTIALS_PROXY_USER, CREDENTIALS_PROXY_PASSWORD);
	*credentials = made;
	return ERR_NONE;
}

void credentials_done(struct credentials *credentials)
{
	if (!credentials->part)
		return;
	for (int i = 0; i < CREDENTIALS_COUNT; i++)
		secret_done(&credentials->part[i]);
	mem_free(credentials->part);
	credentials->part = NULL;
}

static struct request_login login_of(const struct credentials *credentials,
				     enum credentials_part user,
				     enum credentials_part password)
{
	const struct secret *part = credentials->part;

	if (!part)
		return (struct request_login){{NULL, 0}, {NULL, 0}};
	return (struct request_login){secret_span(&part[user]),
				      secret_span(&part[password])};
}

struct request_login credentials_login(const struct credentials *credentials)
{
	return login_of(credentials, CREDENTIALS_USER, CREDENTIALS_PASSWORD);
}

struct request_login credentials_proxy_login(const struct credentials *credentials)
{
	return login_of(credentials, CREDENTIALS_PROXY_USER, CREDENTIALS_PROXY_PASSWORD);
}
