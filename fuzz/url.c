/* SPDX-License-Identifier: MIT */
/*
 * Any input is parsed alone and relative to a base. A URL that comes out must give the
 * same text when it is parsed again, and so must its copies.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_again(struct arena *arena, const struct url *url)
{
	struct url again;

	check(url_href(url).at[url_href(url).len] == '\0');
	check(url_parse(arena, url_href(url), NULL, &again) == ERR_NONE);
	check(span_eq(url_href(&again), url_href(url)));
	check(span_eq(url_username(&again), url_username(url)));
	check(span_eq(url_password(&again), url_password(url)));
	check(span_eq(url_authority(&again), url_authority(url)));
	check(span_eq(url_host(&again), url_host(url)));
	check(span_eq(url_target(&again), url_target(url)));
	check(span_eq(url_fragment(&again), url_fragment(url)));
	check(again.port == url->port);
	check(url_is_same_origin(&again, url));
}

static void check_copies(struct arena *arena, const struct url *url,
			 const struct url *base)
{
	struct url copy;

	check(url_with_fragment(arena, url, base, &copy) == ERR_NONE);
	check(span_eq(url_fragment(&copy), url_fragment(base)));
	check_again(arena, &copy);
	check(url_without_secrets(arena, url, &copy) == ERR_NONE);
	check(url_username(&copy).len + url_password(&copy).len +
		      url_fragment(&copy).len ==
	      0);
	check(span_eq(url_target(&copy), url_target(url)));
	check_again(arena, &copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of((const char *)data, size);
	struct arena arena;
	struct url base;
	struct url url;

	arena_init(&arena);
	check(url_parse(&arena, SPAN("https://u:p@h.example:81/a/b/c?d#e"), NULL,
			&base) == ERR_NONE);
	if (url_parse(&arena, input, NULL, &url) == ERR_NONE) {
		check_again(&arena, &url);
		check_copies(&arena, &url, &base);
	}
	if (url_parse(&arena, input, &base, &url) == ERR_NONE) {
		check_again(&arena, &url);
		check_copies(&arena, &url, &base);
	}
	arena_done(&arena);
	return 0;
}
