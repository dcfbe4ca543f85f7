/* SPDX-License-Identifier: MIT */
/*
 * The public cases of the URL Standard are read where they lie; what they do not say
 * (where a URL's parts lie, limits, memory) is in the tables here.
 */
#include "lib/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "http/url.h"
#include "lib/guard.h"

/* More allocations than any parse makes. */
#define ALLOCATIONS 200

static enum err parse(struct arena *arena, const char *input, const char *base,
		      struct url *out)
{
	struct url base_url;
	enum err err;

	if (!base)
		return url_parse(arena, span_str(input), NULL, out);
	err = url_parse(arena, span_str(base), NULL, &base_url);
	return err ? err : url_parse(arena, span_str(input), &base_url, out);
}

/* All that must hold of any URL. */
static void check_shape(const struct url *url)
{
	const char *end = url_href(url).at + url_href(url).len;
	struct span scheme = url->is_https ? SPAN("https://") : SPAN("http://");

	assert_int_equal(*end, '\0');
	assert_true(span_has_prefix(url_href(url), scheme));
	assert_true(url_username(url).at == url_href(url).at + scheme.len);
	assert_true(url_host(url).at == url_authority(url).at);
	assert_true(url_host(url).len > 0);
	assert_true(span_has_prefix(url_authority(url), url_host(url)));
	assert_true(url_authority(url).at + url_authority(url).len == url_target(url).at);
	assert_int_equal(url_target(url).at[0], '/');
	assert_true(url_target(url).at + url_target(url).len == url_fragment(url).at);
	assert_true(url_fragment(url).at + url_fragment(url).len == end);
	if (url_fragment(url).len)
		assert_int_equal(url_fragment(url).at[0], '#');
	if (url_username(url).len + url_password(url).len)
		assert_int_equal(url_authority(url).at[-1], '@');
	else
		assert_true(url_authority(url).at == url_username(url).at);
}

static struct span json_text(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return span_of(json_string_value(value), json_string_length(value));
}

/* The standard's search and hash are empty where only their mark is there. */
static struct span beyond_mark(struct span text)
{
	return text.len == 1 ? span_of(text.at, 0) : text;
}

static bool is_part(const char *name, struct span actual, const json_t *row)
{
	struct span expected = json_text(row, name);

	if (span_eq(actual, expected))
		return true;
	print_error("%s: \"%.*s\" instead of \"%.*s\"\n", name, (int)actual.len,
		    actual.at, (int)expected.len, expected.at);
	return false;
}

static bool is_as_expected(const struct url *url, const json_t *row)
{
	struct span path = url_target(url);
	const char *mark = memchr(path.at, '?', path.len);
	struct span query = span_of(path.at + path.len, 0);
	struct span port = span_skip(url_authority(url), url_host(url).len);
	bool good;

	if (mark) {
		query = span_between(mark, path.at + path.len);
		path = span_between(path.at, mark);
	}
	if (port.len)
		port = span_skip(port, 1);
	good = is_part("href", url_href(url), row);
	good &= is_part("username", url_username(url), row);
	good &= is_part("password", url_password(url), row);
	good &= is_part("host", url_authority(url), row);
	good &= is_part("hostname", url_host(url), row);
	good &= is_part("port", port, row);
	good &= is_part("pathname", path, row);
	good &= is_part("search", beyond_mark(query), row);
	good &= is_part("hash", beyond_mark(url_fragment(url)), row);
	return good;
}

static bool passes_public_case(const json_t *row)
{
	struct span input = json_text(row, "input");
	struct span base_text = json_text(row, "base");
	struct arena arena;
	struct url base;
	struct url url;
	bool good = true;
	enum err err;

	arena_init(&arena);
	if (base_text.at)
		assert_int_equal(url_parse(&arena, base_text, NULL, &base), ERR_NONE);
	err = url_parse(&arena, input, base_text.at ? &base : NULL, &url);
	if (json_is_true(json_object_get(row, "failure")))
		good = err == ERR_URL || err == ERR_SCHEME;
	else if (err)
		good = false;
	else
		good = is_as_expected(&url, row);
	if (!err)
		check_shape(&url);
	if (!good)
		print_error("  of input \"%.*s\": %s\n", (int)input.len, input.at,
			    err_text(err));
	arena_done(&arena);
	return good;
}

static json_t *load_public_cases(void)
{
	const char *folder = getenv("IXHR2_TEST_DATA");
	json_error_t error;
	char path[4096];

	snprintf(path, sizeof(path), "%s/url-http.json",
		 folder ? folder : "../shared/data");
	return json_load_file(path, JSON_ALLOW_NUL, &error);
}

static void every_public_case_of_the_url_standard_passes(void **state)
{
	json_t *rows = load_public_cases();
	const json_t *row;
	size_t failed = 0;
	size_t i;

	(void)state;
	if (!rows) {
		print_message("skipped: url-http.json is not there\n");
		skip();
	}
	json_array_foreach(rows, i, row) failed += !passes_public_case(row);
	print_message("%zu of %zu public cases passed\n", i - failed, i);
	json_decref(rows);
	assert_int_equal(failed, 0);
}

static void the_parts_of_a_url_lie_where_they_should(void **state)
{
	static const struct {
		const char *input, *base;
		const char *href, *username, *password, *authority, *host, *target,
			*fragment;
		uint16_t port;
		bool is_https;
	} rows[] = {
		{"http://h", NULL, "http://h/", "", "", "h", "h", "/", "", 80, false},
		{"HTTPS://H:443?q#", NULL, "https://h/?q#", "", "", "h", "h", "/?q", "#",
		 443, true},
		{"https://h:80/a/b?c?d#e#f", NULL, "https://h:80/a/b?c?d#e#f", "", "",
		 "h:80", "h", "/a/b?c?d", "#e#f", 80, true},
		{"http://u:p:q@[::1]:8080/", NULL, "http://u:p%3Aq@[::1]:8080/", "u",
		 "p%3Aq", "[::1]:8080", "[::1]", "/", "", 8080, false},
		{"http://u@h/", NULL, "http://u@h/", "u", "", "h", "h", "/", "", 80,
		 false},
		{"http://:p@h/", NULL, "http://:p@h/", "", "p", "h", "h", "/", "", 80,
		 false},
		{"http://:@h/", NULL, "http://h/", "", "", "h", "h", "/", "", 80, false},
		{"../x?y", "https://u:p@h:1/a/b/c?d#e", "https://u:p@h:1/a/x?y", "u", "p",
		 "h:1", "h", "/a/x?y", "", 1, true},
		{"#z", "http://u@h/a?b#c", "http://u@h/a?b#z", "u", "", "h", "h", "/a?b",
		 "#z", 80, false},
		{"?z", "http://h/a?b#c", "http://h/a?z", "", "", "h", "h", "/a?z", "", 80,
		 false},
		{"", "http://h/a?b#c", "http://h/a?b", "", "", "h", "h", "/a?b", "", 80,
		 false},
		{"//i", "https://u:p@h:1/a", "https://i/", "", "", "i", "i", "/", "", 443,
		 true},
		{"http://b\xC3\xBC"
		 "cher.example/\xC3\xBC?\xC3\xBC#\xC3\xBC",
		 NULL, "http://xn--bcher-kva.example/%C3%BC?%C3%BC#%C3%BC", "", "",
		 "xn--bcher-kva.example", "xn--bcher-kva.example", "/%C3%BC?%C3%BC",
		 "#%C3%BC", 80, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url url;

		arena_init(&arena);
		assert_int_equal(parse(&arena, rows[i].input, rows[i].base, &url),
				 ERR_NONE);
		check_shape(&url);
		assert_span(url_href(&url), span_str(rows[i].href));
		assert_span(url_username(&url), span_str(rows[i].username));
		assert_span(url_password(&url), span_str(rows[i].password));
		assert_span(url_authority(&url), span_str(rows[i].authority));
		assert_span(url_host(&url), span_str(rows[i].host));
		assert_span(url_target(&url), span_str(rows[i].target));
		assert_span(url_fragment(&url), span_str(rows[i].fragment));
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.is_https, rows[i].is_https);
		arena_done(&arena);
	}
}

static void what_comes_before_a_path_is_host_and_port_or_more(void **state)
{
	static const struct {
		const char *input, *href;
	} rows[] = {
		{"http://1.2.3.4:81", "http://1.2.3.4:81/"},
		{"http://255.255.255.255?", "http://255.255.255.255/?"},
		{"http://1.2.3.4./", "http://1.2.3.4/"},
		{"http://01.2.3/", "http://1.2.0.3/"},
		{"http://1.2.3.4.h/", "http://1.2.3.4.h/"},
		{"http://WWW.Example.ORG/", "http://www.example.org/"},
		{"hTTpS://h/", "https://h/"},
		{"http:h", "http://h/"},
		{"http:\\\\\\h\\a", "http://h/a"},
		{"http://h:", "http://h/"},
		{"http://h:0", "http://h:0/"},
		{"http://h:00000080", "http://h/"},
		{"http://h:0000065535#", "http://h:65535/#"},
		{"http://u:80@h:81?", "http://u:80@h:81/?"},
		{"http://1.2.3.999@h/", "http://1.2.3.999@h/"},
		{"http://h:99999@1.2.3.4/", "http://h:99999@1.2.3.4/"},
		{"http://a@b@c/", "http://a%40b@c/"},
		{"http://[a@h/]", "http://%5Ba@h/]"},
		{"http://[::1]@[::2]/", "http://%5B:%3A1%5D@[::2]/"},
		{"http://@h/", "http://h/"},
		{"http://u:@h/", "http://u@h/"},
		{"http://%48.%65/", "http://h.e/"},
		{"http://u@%31.2.3.4:81/", "http://u@1.2.3.4:81/"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct guard guard = {0};
		struct span input = guard_copy(&guard, span_str(rows[i].input));
		struct arena arena;
		struct url url;

		arena_init(&arena);
		assert_int_equal(url_parse(&arena, input, NULL, &url), ERR_NONE);
		check_shape(&url);
		assert_span(url_href(&url), span_str(rows[i].href));
		arena_done(&arena);
		guard_done(&guard);
	}
}

static void dots_in_a_path_are_resolved(void **state)
{
	static const struct {
		const char *path, *target;
	} rows[] = {
		{"/.", "/"},
		{"/..", "/"},
		{"/./", "/"},
		{"/../", "/"},
		{"/a/..", "/"},
		{"/a/../", "/"},
		{"/a//..", "/a/"},
		{"/a//../..", "/"},
		{"/a/./b/.", "/a/b/"},
		{"/a/b/%2E%2e/c", "/a/c"},
		{"/a/.%2E/c", "/c"},
		{"/a/%2e", "/a/"},
		{"/a/...", "/a/..."},
		{"/a/%2e%2e%2e", "/a/%2e%2e%2e"},
		{"/a/..b", "/a/..b"},
		{"/a/.%2", "/a/.%2"},
		{"\\a\\..\\b", "/b"},
		{"/../../../a?/../b", "/a?/../b"},
		{"//", "//"},
		{"//..", "/"},
		{"", "/"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url url;
		char input[100];

		arena_init(&arena);
		snprintf(input, sizeof(input), "http://h%s", rows[i].path);
		assert_int_equal(parse(&arena, input, NULL, &url), ERR_NONE);
		assert_span(url_target(&url), span_str(rows[i].target));
		arena_done(&arena);
	}
}

/* The 95 printable characters and DEL, as they come out of each part. */
static void each_part_has_its_percent_encode_set(void **state)
{
	static const struct {
		const char *before, *behind;
		const char *escaped;
		const char *excepted;
	} rows[] = {
		{"http://", "@h/", " \"#<>?^`{}/:;=@[\\]|\x7F", "#?/\\"},
		{"http://h/", "", " \"#<>?^`{}\x7F", "#?\\/"},
		{"http://h/?", "", " \"#<>'\x7F", "#"},
		{"http://h/#", "", " \"<>`\x7F", ""},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (int c = ' '; c <= 0x7F; c++) {
			struct arena arena;
			struct url url;
			char input[40], expected[40];
			bool is_escaped = strchr(rows[i].escaped, c) != NULL;

			/* A colon divides user name and password. */
			if (strchr(rows[i].excepted, c) || (i == 0 && c == ':'))
				continue;
			arena_init(&arena);
			snprintf(input, sizeof(input), "%sx%cy%s", rows[i].before, c,
				 rows[i].behind);
			snprintf(expected, sizeof(expected),
				 is_escaped ? "%sx%%%02Xy%s" : "%sx%cy%s", rows[i].before,
				 c, rows[i].behind);
			assert_int_equal(parse(&arena, input, NULL, &url), ERR_NONE);
			assert_span(url_href(&url), span_str(expected));
			arena_done(&arena);
		}
	}
}

static void bytes_that_are_not_utf8_become_replacement_characters(void **state)
{
#define R "%EF%BF%BD"
	static const struct {
		const char *path, *target;
	} rows[] = {
		{"/\xFF", "/" R},
		{"/\x80\xBF", "/" R R},
		{"/\xC3", "/" R},
		{"/\xC3z", "/" R "z"},
		{"/\xC3\t\xA9", "/" R R},
		{"/\xC0\xAF", "/" R R},
		{"/\xE0\x80\x80", "/" R R R},
		{"/\xE2\x82z", "/" R "z"},
		{"/\xED\xA0\x80", "/" R R R},
		{"/\xF0\x9F\x92", "/" R},
		{"/\xF0\x8F\xBF\xBF", "/" R R R R},
		{"/\xF4\x90\x80\x80", "/" R R R R},
		{"/\xF5\x80", "/" R R},
		{"/\xF4\x8F\xBF\xBF", "/%F4%8F%BF%BF"},
		{"/\xC2\x80\xE0\xA0\x80\xF0\x90\x80\x80\xED\x9F\xBF",
		 "/%C2%80%E0%A0%80%F0%90%80%80%ED%9F%BF"},
	};
#undef R

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url url;
		char input[100];

		arena_init(&arena);
		snprintf(input, sizeof(input), "http://h%s", rows[i].path);
		assert_int_equal(parse(&arena, input, NULL, &url), ERR_NONE);
		assert_span(url_target(&url), span_str(rows[i].target));
		arena_done(&arena);
	}
}

static void what_is_no_http_url_is_refused(void **state)
{
	static const struct {
		const char *input, *base;
		enum err err;
	} rows[] = {
		{"", NULL, ERR_URL},
		{" ", NULL, ERR_URL},
		{"h", NULL, ERR_URL},
		{"//h/", NULL, ERR_URL},
		{"/a", NULL, ERR_URL},
		{"1http://h/", NULL, ERR_URL},
		{"http", NULL, ERR_URL},
		{"http:", NULL, ERR_URL},
		{"http://", NULL, ERR_URL},
		{"http:///", NULL, ERR_URL},
		{"https:", "http://h/", ERR_URL},
		{"http://h:65536/", NULL, ERR_URL},
		{"http://h:+1/", NULL, ERR_URL},
		{"http://h:000008x/", NULL, ERR_URL},
		{"http://h:123456/", NULL, ERR_URL},
		{"http://h:80:81/", NULL, ERR_URL},
		{"http://1.2.3.256/", NULL, ERR_URL},
		{"http://1.2.3.4.5/", NULL, ERR_URL},
		{"http://a%2Fb/", NULL, ERR_URL},
		{"http://:80/", NULL, ERR_URL},
		{"http://u@:80/", NULL, ERR_URL},
		{"http://[::1/", NULL, ERR_URL},
		{"http://[::1]x/", NULL, ERR_URL},
		{"http://[::1]x:80/", NULL, ERR_URL},
		{"http://x[::1]/", NULL, ERR_URL},
		{"http://%5B::1%5D/", NULL, ERR_URL},
		{"http://h%C3%A9%00/", NULL, ERR_URL},
		{"http://\xFF/", NULL, ERR_URL},
		{"ftp://h/", NULL, ERR_SCHEME},
		{"ftp://h/", "http://h/", ERR_SCHEME},
		{"httpx://h/", NULL, ERR_SCHEME},
		{"htt:", NULL, ERR_SCHEME},
		{"c:/x", "http://h/", ERR_SCHEME},
		{"about:blank", NULL, ERR_SCHEME},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct url url = {.port = 7};
		struct arena arena;

		arena_init(&arena);
		assert_int_equal(parse(&arena, rows[i].input, rows[i].base, &url),
				 rows[i].err);
		assert_int_equal(url.port, 7);
		arena_done(&arena);
	}
}

static void an_empty_input_may_be_a_null_span(void **state)
{
	struct arena arena;
	struct url base;
	struct url url;

	(void)state;
	arena_init(&arena);
	assert_int_equal(url_parse(&arena, span_str(NULL), NULL, &url), ERR_URL);
	assert_int_equal(parse(&arena, "http://h/a#b", NULL, &base), ERR_NONE);
	assert_int_equal(url_parse(&arena, span_str(NULL), &base, &url), ERR_NONE);
	assert_span(url_href(&url), SPAN("http://h/a"));
	arena_done(&arena);
}

/* A URL of so many bytes, whose path is filled with c. */
static enum err parse_long(size_t bytes, char c, size_t *out_bytes)
{
	char *text = malloc(bytes);
	struct arena arena;
	struct url url;
	enum err err;

	assert_non_null(text);
	arena_init(&arena);
	memset(text, c, bytes);
	memcpy(text, "http://h/", 9);
	err = url_parse(&arena, span_of(text, bytes), NULL, &url);
	if (!err)
		*out_bytes = url_href(&url).len;
	arena_done(&arena);
	free(text);
	return err;
}

static void a_url_is_two_mebibytes_at_most(void **state)
{
	size_t third = (URL_MAX_BYTES - 9) / 3;
	size_t bytes = 0;

	(void)state;
	assert_int_equal(parse_long(URL_MAX_BYTES, 'a', &bytes), ERR_NONE);
	assert_int_equal(bytes, URL_MAX_BYTES);
	assert_int_equal(parse_long(URL_MAX_BYTES, '/', &bytes), ERR_NONE);
	assert_int_equal(parse_long(URL_MAX_BYTES + 1, 'a', &bytes), ERR_URL);
	assert_int_equal(parse_long(9 + third, '<', &bytes), ERR_NONE);
	assert_int_equal(bytes, 9 + 3 * third);
	assert_int_equal(parse_long(10 + third, '<', &bytes), ERR_URL);
	assert_int_equal(parse_long(9 + third / 3, '\xFF', &bytes), ERR_NONE);
	assert_int_equal(parse_long(URL_MAX_BYTES, '\xFF', &bytes), ERR_URL);
}

static const char *const samples[][2] = {
	{"http://example.org/a/b?c=d#e", NULL},
	{"https://user:pa:ss@example.org:8443/%7Euser/../<a>", NULL},
	{"http://u@[1:2::3.4.5.6]:80", NULL},
	{"http://0x7f.1/", NULL},
	{"http:\t//exa\nmple.org/\xC3\xA9", NULL},
	{"http://stra\xC3\x9F"
	 "e-\xE2\x98\x83-.example/",
	 NULL},
	{"http://%D7%90.%D7%91/", NULL},
	{"../x/./y?\xFF", "https://u:p@h:81/a/b/c?d"},
	{"//%41/\xF0\x9F", "https://u:p@h:81/a/b/c?d"},
};

static void nothing_is_read_beyond_the_input(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		struct span input = span_str(samples[i][0]);

		for (size_t len = 0; len <= input.len; len++) {
			struct span cut = guard_copy(&guard, span_of(input.at, len));
			struct arena arena;
			struct url url;

			arena_init(&arena);
			if (url_parse(&arena, cut, NULL, &url) == ERR_NONE)
				check_shape(&url);
			arena_done(&arena);
		}
	}
	guard_done(&guard);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		long blocks = mem_live_blocks();
		unsigned long n;

		for (n = 1; n < ALLOCATIONS; n++) {
			struct arena arena;
			struct url url = {.port = 7};
			enum err err;

			arena_init(&arena);
			mem_fail_at(n);
			err = parse(&arena, samples[i][0], samples[i][1], &url);
			mem_fail_at(0);
			arena_done(&arena);
			assert_int_equal(mem_live_blocks(), blocks);
			if (!err)
				break;
			assert_int_equal(err, ERR_NO_MEMORY);
			assert_int_equal(url.port, 7);
		}
		assert_in_range(n, 2, ALLOCATIONS - 1);
	}
}

static void a_long_url_is_given_up_when_memory_is_out(void **state)
{
	size_t bytes;

	(void)state;
	for (unsigned long n = 1; n <= 2; n++) {
		mem_fail_at(n);
		assert_int_equal(parse_long(5000, 'a', &bytes), ERR_NO_MEMORY);
		mem_fail_at(0);
	}
	assert_int_equal(parse_long(5000, 'a', &bytes), ERR_NONE);
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} rows[] = {
		{"http://h/", "http://h:80/x?y#z", true},
		{"http://u:p@H/", "http://h/", true},
		{"http://1/", "http://0.0.0.1/", true},
		{"http://h/", "https://h/", false},
		{"http://h:443/", "https://h:443/", false},
		{"http://h/", "http://h:81/", false},
		{"http://h/", "http://i/", false},
		{"http://h/", "http://h./", false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url a, b;

		arena_init(&arena);
		assert_int_equal(parse(&arena, rows[i].a, NULL, &a), ERR_NONE);
		assert_int_equal(parse(&arena, rows[i].b, NULL, &b), ERR_NONE);
		assert_int_equal(url_is_same_origin(&a, &b), rows[i].is_same);
		assert_int_equal(url_is_same_origin(&b, &a), rows[i].is_same);
		arena_done(&arena);
	}
}

static void a_fragment_is_inherited(void **state)
{
	static const struct {
		const char *url, *from, *href;
	} rows[] = {
		{"http://h/a", "http://i/b#c", "http://h/a#c"},
		{"http://u:p@h/a?b#long", "http://i/b#c", "http://u:p@h/a?b#c"},
		{"http://h/a#b", "http://i/b", "http://h/a"},
		{"http://h/a", "http://i/b#", "http://h/a#"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url url, from, out;

		arena_init(&arena);
		assert_int_equal(parse(&arena, rows[i].url, NULL, &url), ERR_NONE);
		assert_int_equal(parse(&arena, rows[i].from, NULL, &from), ERR_NONE);
		assert_int_equal(url_with_fragment(&arena, &url, &from, &out), ERR_NONE);
		check_shape(&out);
		assert_span(url_href(&out), span_str(rows[i].href));
		assert_span(url_target(&out), url_target(&url));
		assert_span(url_username(&out), url_username(&url));
		assert_span(url_password(&out), url_password(&url));
		assert_span(url_host(&out), url_host(&url));
		assert_true(url_is_same_origin(&url, &out));
		arena_done(&arena);
	}
}

static void user_name_password_and_fragment_can_be_taken_out(void **state)
{
	static const struct {
		const char *url, *href;
	} rows[] = {
		{"http://h/a?b", "http://h/a?b"},
		{"https://u:p@h:1/a?b#c", "https://h:1/a?b"},
		{"http://:p@[::]/#", "http://[::]/"},
		{"http://u@h", "http://h/"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url url, out;

		arena_init(&arena);
		assert_int_equal(parse(&arena, rows[i].url, NULL, &url), ERR_NONE);
		assert_int_equal(url_without_secrets(&arena, &url, &out), ERR_NONE);
		check_shape(&out);
		assert_span(url_href(&out), span_str(rows[i].href));
		assert_span(url_target(&out), url_target(&url));
		assert_span(url_authority(&out), url_authority(&url));
		assert_int_equal(url_username(&out).len + url_password(&out).len, 0);
		assert_true(url_is_same_origin(&url, &out));
		arena_done(&arena);
	}
}

static void a_login_can_be_dropped_where_it_lies(void **state)
{
	static const struct {
		const char *url, *href;
	} rows[] = {
		{"http://ann:secret@h.test:81/a?b#c", "http://h.test:81/a?b#c"},
		{"https://ann:secret@h.test", "https://h.test/"},
		{"http://:secret@h/", "http://h/"},
		{"http://ann@[::1]/", "http://[::1]/"},
		{"http://h/a#ann:secret@", "http://h/a#ann:secret@"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct url url, other;
		size_t len;

		arena_init(&arena);
		assert_int_equal(parse(&arena, rows[i].url, NULL, &url), ERR_NONE);
		len = url_href(&url).len;
		url_drop_login(&url);
		check_shape(&url);
		assert_span(url_href(&url), span_str(rows[i].href));
		assert_int_equal(url_username(&url).len + url_password(&url).len, 0);
		for (size_t k = url_href(&url).len; k < len; k++)
			assert_int_equal(url_href(&url).at[k], 0);
		assert_int_equal(parse(&arena, rows[i].href, NULL, &other), ERR_NONE);
		assert_span(url_authority(&url), url_authority(&other));
		assert_span(url_host(&url), url_host(&other));
		assert_span(url_target(&url), url_target(&other));
		assert_span(url_fragment(&url), url_fragment(&other));
		arena_done(&arena);
	}
}

static void a_copy_of_a_url_may_find_no_memory(void **state)
{
	struct arena arena, other;
	struct url url, out = {.port = 7};

	(void)state;
	arena_init(&arena);
	arena_init(&other);
	assert_int_equal(parse(&arena, "http://u@h/#f", NULL, &url), ERR_NONE);
	mem_fail_at(1);
	assert_int_equal(url_with_fragment(&other, &url, &url, &out), ERR_NO_MEMORY);
	mem_fail_at(1);
	assert_int_equal(url_without_secrets(&other, &url, &out), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_int_equal(out.port, 7);
	arena_done(&other);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_public_case_of_the_url_standard_passes),
		cmocka_unit_test(the_parts_of_a_url_lie_where_they_should),
		cmocka_unit_test(what_comes_before_a_path_is_host_and_port_or_more),
		cmocka_unit_test(dots_in_a_path_are_resolved),
		cmocka_unit_test(each_part_has_its_percent_encode_set),
		cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters),
		cmocka_unit_test(what_is_no_http_url_is_refused),
		cmocka_unit_test(an_empty_input_may_be_a_null_span),
		cmocka_unit_test(a_url_is_two_mebibytes_at_most),
		cmocka_unit_test(nothing_is_read_beyond_the_input),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(a_long_url_is_given_up_when_memory_is_out),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(a_fragment_is_inherited),
		cmocka_unit_test(user_name_password_and_fragment_can_be_taken_out),
		cmocka_unit_test(a_login_can_be_dropped_where_it_lies),
		cmocka_unit_test(a_copy_of_a_url_may_find_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
