/* SPDX-License-Identifier: MIT */
/*
 * A login is one block: the struct, then user name and password, each with a NUL behind
 * it. So the two lie there as "user NUL password", which no other pair can look like
 * since neither holds a NUL; that is what the SHA-256 is made of, without a copy. The
 * block never grows or moves, and wiping it leaves nothing behind.
 *
 * The counter of references stands before the struct that others see as const.
 */
#include "web/login.h"

#include <stdatomic.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

_Static_assert(LOGIN_SHA256_BYTES == HASH_MAX_BYTES, "a digest is written into it");

/* What a login lies in. */
struct block {
	struct login login; /* the first member: the block is found by it */
	atomic_uint refs;   /* references */
	size_t bytes;	    /* of texts */
	char texts[];	    /* user name, NUL, password, NUL */
};

static bool has_nul(struct span s)
{
	return s.len > 0 && memchr(s.at, '\0', s.len);
}

/* A copy at to, with a NUL behind it. */
static struct span copy_text(char *to, struct span text)
{
	if (text.len > 0)
		memcpy(to, text.at, text.len);
	to[text.len] = '\0';
	return span_of(to, text.len);
}

static void wipe_and_free(struct block *block)
{
	mem_wipe(block, sizeof(*block) + block->bytes);
	mem_free(block);
}

enum err login_new(struct span user, struct span password, const struct login **out_login)
{
	size_t bytes = user.len + password.len + 2;
	struct block *block;
	enum err err;

	if (user.len == 0 || has_nul(user) || has_nul(password))
		return ERR_INVALID;
	block = mem_alloc(sizeof(*block) + bytes);
	if (!block)
		return ERR_NO_MEMORY;
	atomic_init(&block->refs, 1);
	block->bytes = bytes;
	block->login.user = copy_text(block->texts, user);
	block->login.password = copy_text(block->texts + user.len + 1, password);
	err = hash_of(HASH_SHA256, span_of(block->texts, bytes - 1), block->login.sha256);
	if (err) {
		wipe_and_free(block);
		return err;
	}
	*out_login = &block->login;
	return ERR_NONE;
}

enum err login_from_userinfo(struct span username, struct span password,
			     const struct login **out_login)
{
	struct buf plain = {0};
	/* Room for both at once: a buffer that grows leaves its bytes behind. */
	enum err err = buf_reserve(&plain, username.len + password.len);
	size_t user_bytes;

	if (err)
		return err;
	err = text_put_unescaped(&plain, username);
	user_bytes = plain.len;
	if (!err)
		err = text_put_unescaped(&plain, password);
	if (!err)
		err = login_new(span_of(plain.at, user_bytes),
				span_skip(buf_span(&plain), user_bytes), out_login);
	mem_wipe(plain.at, plain.len);
	buf_done(&plain);
	return err;
}

const struct login *login_ref(const struct login *login)
{
	if (login)
		atomic_fetch_add_explicit(&((struct block *)login)->refs, 1,
					  memory_order_relaxed);
	return login;
}

void login_unref(const struct login *login)
{
	struct block *block = (struct block *)login;

	if (block &&
	    atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) == 1)
		wipe_and_free(block);
}
