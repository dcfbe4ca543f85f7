/* SPDX-License-Identifier: MIT */
/*
 * "user:password" is put together in memory of its own, which has its final size from
 * the beginning and is wiped; only base64 of it is written into the caller's buffer,
 * whose room is made before, so that the secret is written once.
 */
#include "web/basic.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

bool basic_may_say(const struct login *login)
{
	return login->user.len == 0 || !memchr(login->user.at, ':', login->user.len);
}

/* Appends user, colon and password. */
static enum err put_pair(struct buf *out, const struct login *login)
{
	enum err err = buf_reserve(out, login->user.len + 1 + login->password.len);

	if (!err)
		err = buf_put(out, login->user);
	if (!err)
		err = buf_put_byte(out, ':');
	if (!err)
		err = buf_put(out, login->password);
	return err;
}

enum err basic_put(struct buf *out, const struct login *login)
{
	size_t len_before = out->len;
	struct buf pair = {0};
	enum err err = put_pair(&pair, login);

	if (!err)
		err = buf_reserve(out, sizeof("Basic ") + (pair.len + 2) / 3 * 4);
	if (!err)
		err = buf_put_str(out, "Basic ");
	if (!err)
		err = text_put_base64(out, buf_span(&pair));
	if (err)
		out->len = len_before;
	mem_wipe(pair.at, pair.len);
	buf_done(&pair);
	return err;
}
