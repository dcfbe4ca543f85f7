/* SPDX-License-Identifier: MIT */
/* What a proxy's URL says, and what is none. */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "lib/guard.h"
#include "web/proxy.h"

/* More allocations than any URL makes. */
#define ALLOCATIONS 100

struct proxy_case {
	const char *url;
	enum proxy_kind kind;
	const char *host;
	uint16_t port;
	const char *text;
};

static const struct proxy_case good[] = {
	/* The kinds and their ports. */
	{"http://p.example", PROXY_HTTP, "p.example", 1080, "http://p.example:1080"},
	{"https://p.example", PROXY_HTTPS, "p.example", 443, "https://p.example:443"},
	{"socks4://p", PROXY_SOCKS4A, "p", 1080, "socks4a://p:1080"},
	{"socks4a://p", PROXY_SOCKS4A, "p", 1080, "socks4a://p:1080"},
	{"socks5://p", PROXY_SOCKS5, "p", 1080, "socks5://p:1080"},
	{"socks5h://p", PROXY_SOCKS5H, "p", 1080, "socks5h://p:1080"},
	{"SOCKS5h://p", PROXY_SOCKS5H, "p", 1080, "socks5h://p:1080"},
	{"p.example", PROXY_HTTP, "p.example", 1080, "http://p.example:1080"},
	{"p.example:3128", PROXY_HTTP, "p.example", 3128, "http://p.example:3128"},
	{"localhost:80", PROXY_HTTP, "localhost", 80, "http://localhost:80"},
	{"http://p:80", PROXY_HTTP, "p", 80, "http://p:80"},
	{"https://p:80", PROXY_HTTPS, "p", 80, "https://p:80"},
	{"https://p:443", PROXY_HTTPS, "p", 443, "https://p:443"},
	{"socks5://p:80", PROXY_SOCKS5, "p", 80, "socks5://p:80"},
	{"http://p:65535", PROXY_HTTP, "p", 65535, "http://p:65535"},
	{"http://p:0001", PROXY_HTTP, "p", 1, "http://p:1"},
	{"http://p:", PROXY_HTTP, "p", 1080, "http://p:1080"},

	/* Hosts. */
	{"http://P.EXAMPLE:1", PROXY_HTTP, "p.example", 1, "http://p.example:1"},
	{"192.0.2.1:1", PROXY_HTTP, "192.0.2.1", 1, "http://192.0.2.1:1"},
	{"0xC0.0.513", PROXY_HTTP, "192.0.2.1", 1080, "http://192.0.2.1:1080"},
	{"[2001:DB8:0::1]", PROXY_HTTP, "[2001:db8::1]", 1080,
	 "http://[2001:db8::1]:1080"},
	{"socks5://[::1]:9", PROXY_SOCKS5, "[::1]", 9, "socks5://[::1]:9"},
	{"http://m\xC3\xBCnchen.example:1", PROXY_HTTP, "xn--mnchen-3ya.example", 1,
	 "http://xn--mnchen-3ya.example:1"},
	{"http://%70.example:1", PROXY_HTTP, "p.example", 1, "http://p.example:1"},

	/* What is left out. */
	{" \t\r\nhttp://p:1\n ", PROXY_HTTP, "p", 1, "http://p:1"},
	{"http://p:1/", PROXY_HTTP, "p", 1, "http://p:1"},
	{"http://p:1/path?query#fragment", PROXY_HTTP, "p", 1, "http://p:1"},
	{"http://p:1?query@q", PROXY_HTTP, "p", 1, "http://p:1"},
	{"p#fragment://x", PROXY_HTTP, "p", 1080, "http://p:1080"},
	{"p:1/http://q:2", PROXY_HTTP, "p", 1, "http://p:1"},
};

struct login_case {
	const char *url;
	const char *text;
	const char *user; /* NULL: no login */
	const char *password;
};

static const struct login_case logins[] = {
	{"http://ann:secret@p:1", "http://p:1", "ann", "secret"},
	{"ann:secret@p:1", "http://p:1", "ann", "secret"},
	{"ann@p", "http://p:1080", "ann", ""},
	{"socks5h://ann:@p", "socks5h://p:1080", "ann", ""},
	{"http://ann:a:b@c@p", "http://p:1080", "ann", "a:b@c"},
	{"http://a%6En:%2F%3a%40@p", "http://p:1080", "ann", "/:@"},
	{"http://ann:two words@p", "http://p:1080", "ann", "two words"},
	{"http://J\xC3\xBCrgen:%C3%BC@p", "http://p:1080", "J\xC3\xBCrgen", "\xC3\xBC"},
	{"https://ann:secret@[::1]", "https://[::1]:443", "ann", "secret"},
	{"http://@p", "http://p:1080", NULL, NULL},
	{"http://:secret@p", "http://p:1080", NULL, NULL},
	{"http://p/ann:secret@q", "http://p:1080", NULL, NULL},
};

static const char *const bad[] = {
	/* No host. */
	"",
	" ",
	"http://",
	"http:///",
	"http:///p",
	"http://\\p",
	"http://:1",
	":1",
	"://p",
	"http://ann@",
	"http://ann:secret@:1",
	"http://?p",

	/* Another scheme. */
	"ftp://p",
	"socks://p",
	"socks6://p",
	"direct://",
	"htt\xC3\xBCp://p",
	"h%74tp://p",
	" http ://p",

	/* A bad port. */
	"http://p:0",
	"http://p:65536",
	"http://p:18446744073709551617",
	"http://p:-1",
	"http://p:+1",
	"http://p: 1",
	"http://p:1x",
	"http://p:80:81",
	"http:p",
	"p:http",

	/* A host that is none. */
	"http://a b",
	"http://p /",
	"http://a\tb",
	"http://a\nb:1",
	"http://a%20b",
	"http://a%00b",
	"http://a%2Fb",
	"http://a%3A1",
	"http://a<b",
	"http://[::1",
	"http://[::1:80",
	"http://::1",
	"http://[::1]x",
	"http://[::1]x:1",
	"http://[192.0.2.1]",
	"http://[]",
	"http://]",
	"http://192.0.2.256",
	"http://1.2.3.4.5",
	"http://a\xFF.example",

	/* A login that is none. */
	"http://ann%00:secret@p",
	"http://ann:se%00cret@p",
	"http://ann:se\ncret@p",
};

static void a_url_says_how_to_reach_a_proxy(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(good); i++) {
		struct span url = guard_copy(&guard, span_str(good[i].url));
		struct proxy *proxy;

		if (proxy_new(url, &proxy))
			fail_msg("\"%s\" is refused", good[i].url);
		guard_copy(&guard, SPAN("other bytes"));
		assert_int_equal(proxy->kind, good[i].kind);
		assert_span(proxy->host, span_str(good[i].host));
		assert_int_equal(proxy->port, good[i].port);
		assert_string_equal(proxy->text.at, good[i].text);
		assert_int_equal(proxy->text.len, strlen(good[i].text));
		assert_null(proxy->login);
		proxy_free(proxy);
	}
	guard_done(&guard);
}

static void a_login_is_kept_apart_from_the_text(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(logins); i++) {
		struct span url = guard_copy(&guard, span_str(logins[i].url));
		struct proxy *proxy;

		if (proxy_new(url, &proxy))
			fail_msg("\"%s\" is refused", logins[i].url);
		guard_copy(&guard, SPAN("other bytes"));
		assert_span(proxy->text, span_str(logins[i].text));
		assert_true(!proxy->login == !logins[i].user);
		if (proxy->login) {
			assert_span(proxy->login->user, span_str(logins[i].user));
			assert_span(proxy->login->password, span_str(logins[i].password));
		}
		proxy_free(proxy);
	}
	guard_done(&guard);
}

static void what_is_malformed_is_refused(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		struct span url = guard_copy(&guard, span_str(bad[i]));
		struct proxy *proxy = NULL;

		if (proxy_new(url, &proxy) != ERR_INVALID)
			fail_msg("\"%s\" is not refused", bad[i]);
		assert_null(proxy);
	}
	guard_done(&guard);
}

static void a_nul_in_a_url_is_refused(void **state)
{
	struct proxy *proxy;

	(void)state;
	assert_int_equal(proxy_new(SPAN("http://p\0q"), &proxy), ERR_INVALID);
	assert_int_equal(proxy_new(SPAN("ht\0tp://p"), &proxy), ERR_INVALID);
	assert_int_equal(proxy_new(SPAN("http://a\0:b@p"), &proxy), ERR_INVALID);
	assert_int_equal(proxy_new(span_of(NULL, 0), &proxy), ERR_INVALID);
}

/* Whatever is cut off, it is a proxy or it is refused, and nothing behind it is read. */
static void any_cut_is_read_to_its_end_alone(void **state)
{
	static const char url[] = "https://ann:se%2Fcret@[2001:db8::1]:3128/path?query";
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(url); i++) {
		struct span cut = guard_copy(&guard, span_of(url, i));
		struct proxy *proxy;

		if (!proxy_new(cut, &proxy))
			proxy_free(proxy);
		cut = guard_copy(&guard, span_of(url + i, sizeof(url) - 1 - i));
		if (!proxy_new(cut, &proxy))
			proxy_free(proxy);
	}
	guard_done(&guard);
}

static void http_is_spoken_to_some_of_them(void **state)
{
	static const struct {
		const char *url;
		bool is_http;
	} cases[] = {
		{"http://p", true},    {"https://p", true},    {"socks4a://p", false},
		{"socks5://p", false}, {"socks5h://p", false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct proxy *proxy;

		assert_int_equal(proxy_new(span_str(cases[i].url), &proxy), ERR_NONE);
		assert_int_equal(proxy_is_http(proxy), cases[i].is_http);
		proxy_free(proxy);
	}
	proxy_free(NULL);
}

static void any_allocation_may_fail(void **state)
{
	static const char url[] = "http://ann:secret@m\xC3\xBCnchen.example:3128";
	bool has_failed = true;

	(void)state;
	for (unsigned long n = 1; has_failed; n++) {
		long before = mem_live_blocks();
		struct proxy *proxy = NULL;
		enum err err;

		assert_true(n < ALLOCATIONS);
		mem_fail_at(n);
		err = proxy_new(span_str(url), &proxy);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		assert_true(!proxy == has_failed);
		proxy_free(proxy);
		assert_int_equal(mem_live_blocks(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_says_how_to_reach_a_proxy),
		cmocka_unit_test(a_login_is_kept_apart_from_the_text),
		cmocka_unit_test(what_is_malformed_is_refused),
		cmocka_unit_test(a_nul_in_a_url_is_refused),
		cmocka_unit_test(any_cut_is_read_to_its_end_alone),
		cmocka_unit_test(http_is_spoken_to_some_of_them),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
