/* SPDX-License-Identifier: MIT */
/* One row for each sentence of contract X1 and X3, and of RFC 9110 10.2.2 and 15.4. */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "web/redirect.h"

#define MAX_FIELDS 4

/* A response, and where it leads. */
struct redirect_case {
	const char *name;		  /* the sentence */
	const char *from;		  /* the URL of the request */
	const char *location[MAX_FIELDS]; /* the fields, all Location */
	enum err err;			  /* what is answered */
	const char *to;			  /* the new URL */
	bool leaves_origin;		  /* told */
};

static const struct redirect_case locations[] = {
	/* RFC 9110 10.2.2: a URI reference, resolved against the target URI. */
	{"an absolute URL", "http://a/x", {"http://a/y"}, 0, "http://a/y", false},
	{"a path", "http://a/x/y?q", {"/z"}, 0, "http://a/z", false},
	{"a relative path", "http://a/x/y?q", {"z"}, 0, "http://a/x/z", false},
	{"dots", "http://a/x/y/z", {"../w"}, 0, "http://a/x/w", false},
	{"a query alone", "http://a/x/y?q", {"?r=1"}, 0, "http://a/x/y?r=1", false},
	{"without a scheme", "http://a/x", {"//b/y"}, 0, "http://b/y", true},
	{"the same URL", "http://a/x", {"http://a/x"}, 0, "http://a/x", false},
	{"nothing is the same URL", "http://a/x?q", {""}, 0, "http://a/x?q", false},
	{"blanks around it", "http://a/x", {" /y "}, 0, "http://a/y", false},
	{"characters to be coded",
	 "http://a/x",
	 {"/\xC3\xA4 b"},
	 0,
	 "http://a/%C3%A4%20b",
	 false},
	{"a scheme in capitals", "http://a/x", {"HTTP://A/y"}, 0, "http://a/y", false},

	/* RFC 9110 10.2.2: the fragment is inherited unless there is an own one. */
	{"a fragment is inherited", "http://a/x#f", {"/y"}, 0, "http://a/y#f", false},
	{"an own one wins", "http://a/x#f", {"/y#g"}, 0, "http://a/y#g", false},
	{"an empty own one wins", "http://a/x#f", {"/y#"}, 0, "http://a/y#", false},
	{"an own one alone", "http://a/x", {"/y#g"}, 0, "http://a/y#g", false},
	{"a fragment as Location", "http://a/x", {"#g"}, 0, "http://a/x#g", false},
	{"it is inherited to another origin",
	 "http://a/x#f",
	 {"http://b/"},
	 0,
	 "http://b/#f",
	 true},

	/* Octets that are not UTF-8 stay what they are. */
	{"UTF-8",
	 "http://a/",
	 {"/\xC3\xA4?\xC3\xA4#\xC3\xA4"},
	 0,
	 "http://a/%C3%A4?%C3%A4#%C3%A4",
	 false},
	{"Latin-1", "http://a/", {"/\xE4?\xF6#\xFC"}, 0, "http://a/%E4?%F6#%FC", false},
	{"a host in UTF-8",
	 "http://a/",
	 {"http://b\xC3\xBC"
	  "cher/"},
	 0,
	 "http://xn--bcher-kva/",
	 true},
	{"a host in Latin-1",
	 "http://a/",
	 {"http://b\xFC"
	  "cher/"},
	 ERR_REDIRECT,
	 NULL,
	 false},

	/* X1: the origin is scheme, host and port. */
	{"another host", "http://a/x", {"http://b/x"}, 0, "http://b/x", true},
	{"another port", "http://a/x", {"http://a:81/x"}, 0, "http://a:81/x", true},
	{"the default port", "http://a/x", {"http://a:80/y"}, 0, "http://a/y", false},
	{"a host below", "http://a/x", {"http://w.a/x"}, 0, "http://w.a/x", true},
	{"from http to https", "http://a/x", {"https://a/x"}, 0, "https://a/x", true},
	{"within https", "https://a/x", {"/y"}, 0, "https://a/y", false},
	{"without a scheme from https", "https://a/x", {"//b/y"}, 0, "https://b/y", true},

	/* X3: what ends in INET_E_REDIRECT_FAILED. */
	{"from https to http",
	 "https://a/x",
	 {"http://a/x"},
	 ERR_REDIRECT_DOWNGRADE,
	 NULL,
	 false},
	{"ftp", "http://a/x", {"ftp://a/x"}, ERR_REDIRECT, NULL, false},
	{"file", "http://a/x", {"file:///etc/passwd"}, ERR_REDIRECT, NULL, false},
	{"javascript", "http://a/x", {"javascript:alert(1)"}, ERR_REDIRECT, NULL, false},
	{"data", "http://a/x", {"data:,x"}, ERR_REDIRECT, NULL, false},
	{"about:blank", "https://a/x", {"about:blank"}, ERR_REDIRECT, NULL, false},
	{"no host", "http://a/x", {"http://"}, ERR_REDIRECT, NULL, false},
	{"a bad host", "http://a/x", {"http://a b/"}, ERR_REDIRECT, NULL, false},
	{"a bad address", "http://a/x", {"http://[::1/"}, ERR_REDIRECT, NULL, false},
	{"a bad port", "http://a/x", {"http://a:99999/"}, ERR_REDIRECT, NULL, false},

	/* Location is no list (RFC 9110 5.3): two that differ say nothing. */
	{"the same twice", "http://a/x", {"/y", "/y"}, 0, "http://a/y", false},
	{"two", "http://a/x", {"/y", "/z"}, ERR_REDIRECT, NULL, false},
	{"the third differs",
	 "http://a/x",
	 {"/y", "/y", "/z"},
	 ERR_REDIRECT,
	 NULL,
	 false},
	{"one of two is empty", "http://a/x", {"", "/z"}, ERR_REDIRECT, NULL, false},

	/* RFC 9110 15.4: without Location it is a response like any other. */
	{"no Location", "http://a/x", {NULL}, ERR_MISSING, NULL, false},
};

static enum err follow(struct arena *arena, const struct redirect_case *c,
		       unsigned status, const char *method, struct redirect *out,
		       const char **out_what)
{
	struct response_head head = {.status = status, .version = 11};
	struct request_head request = {0};
	struct url from;
	enum err err;

	headers_init(&head.headers, arena);
	err = headers_put(&head.headers, SPAN("X"), SPAN("y"));
	for (size_t i = 0; !err && c->location[i]; i++)
		err = headers_put(&head.headers, i ? SPAN("Location") : SPAN("location"),
				  span_trim(span_str(c->location[i])));
	if (!err)
		err = url_parse(arena, span_str(c->from), NULL, &from);
	if (err)
		return err;
	request.method = span_str(method);
	request.url = &from;
	return redirect_follow(arena, &request, &head, out, out_what);
}

static void a_location_leads_where_the_standards_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(locations); i++) {
		const struct redirect_case *c = &locations[i];
		struct arena arena = {0};
		struct redirect redirect = {.leaves_origin = false};
		const char *what = NULL;
		enum err err = follow(&arena, c, 302, "GET", &redirect, &what);

		if (err != c->err || (!err && redirect.leaves_origin != c->leaves_origin))
			print_error("%s\n", c->name);
		assert_int_equal(err, c->err);
		if (!err) {
			assert_span(url_href(&redirect.url), span_str(c->to));
			assert_int_equal(redirect.leaves_origin, c->leaves_origin);
			assert_null(what);
		} else if (err != ERR_MISSING) {
			assert_non_null(what);
			assert_int_equal(url_href(&redirect.url).len, 0);
		}
		arena_done(&arena);
	}
}

/* What every status does to every method: G: GET from now on, m: the same method, -: it
 * is not followed. */
struct status_case {
	unsigned status;
	const char *becomes; /* of GET HEAD POST PUT DELETE OPTIONS PATCH get */
};

static const char *const methods[] = {"GET",	"HEAD",	   "POST",  "PUT",
				      "DELETE", "OPTIONS", "PATCH", "Post"};

static const struct status_case statuses[] = {
	/* RFC 9110 15.4.2, 15.4.3: POST may become GET; Fetch 4.4 and X1: it does. */
	{301, "mmGmmmmm"},
	{302, "mmGmmmmm"},
	/* RFC 9110 15.4.4: GET or HEAD. */
	{303, "mmGGGGGG"},
	/* RFC 9110 15.4.8, 15.4.9: the method must not change. */
	{307, "mmmmmmmm"},
	{308, "mmmmmmmm"},
	/* X1 names no others. */
	{200, "--------"},
	{201, "--------"},
	{300, "--------"},
	{304, "--------"},
	{305, "--------"},
	{306, "--------"},
	{309, "--------"},
	{399, "--------"},
	{404, "--------"},
	{503, "--------"},
};

static void every_status_does_to_every_method_what_the_standards_say(void **state)
{
	const struct redirect_case c = {.from = "http://a/x", .location = {"/y"}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(statuses); i++)
		for (size_t j = 0; j < TEST_COUNT(methods); j++) {
			struct arena arena = {0};
			struct redirect redirect;
			const char *what = NULL;
			char becomes = statuses[i].becomes[j];
			enum err err = follow(&arena, &c, statuses[i].status, methods[j],
					      &redirect, &what);

			assert_int_equal(err, becomes == '-' ? ERR_MISSING : ERR_NONE);
			if (!err)
				assert_int_equal(redirect.becomes_get, becomes == 'G');
			arena_done(&arena);
		}
}

static void a_bad_location_matters_only_where_it_is_followed(void **state)
{
	const struct redirect_case c = {.from = "http://a/x", .location = {"ftp://a/"}};
	struct arena arena = {0};
	struct redirect redirect;
	const char *what = NULL;

	(void)state;
	assert_int_equal(follow(&arena, &c, 300, "GET", &redirect, &what), ERR_MISSING);
	assert_int_equal(follow(&arena, &c, 201, "GET", &redirect, &what), ERR_MISSING);
	assert_int_equal(follow(&arena, &c, 308, "GET", &redirect, &what), ERR_REDIRECT);
	arena_done(&arena);
}

static void fields_go_with_what_they_belong_to(void **state)
{
	static const struct {
		const char *name;
		bool goes_with_body, goes_with_origin;
	} fields[] = {
		{"Content-Type", true, false},	   {"content-encoding", true, false},
		{"Content-Language", true, false}, {"Content-Location", true, false},
		{"Content-Length", true, false},   {"Content-MD5", true, false},
		{"Content-Digest", true, false},   {"Content-Disposition", true, false},
		{"Content-Range", true, false},	   {"Digest", true, false},
		{"repr-digest", true, false},	   {"Last-Modified", true, false},
		{"Expect", true, false},	   {"Authorization", false, true},
		{"COOKIE", false, true},	   {"Host", false, true},
		{"Referer", false, true},	   {"Accept", false, false},
		{"User-Agent", false, false},	   {"X-Custom", false, false},
		{"Content", false, false},	   {"Content-", false, false},
		{"Want-Digest", false, false},	   {"If-Modified-Since", false, false},
		{"Range", false, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		struct span name = span_str(fields[i].name);

		assert_int_equal(redirect_drops_with_body(name),
				 fields[i].goes_with_body);
		assert_int_equal(redirect_drops_with_origin(name),
				 fields[i].goes_with_origin);
	}
}

static void any_allocation_may_fail(void **state)
{
	const struct redirect_case c = {.from = "http://a/x#f",
					.location = {"http://b/\xC3\xA4/../y"}};

	(void)state;
	for (unsigned long n = 1;; n++) {
		long before = mem_live_blocks();
		struct arena arena = {0};
		struct redirect redirect;
		const char *what = NULL;
		bool has_failed;
		enum err err;

		mem_fail_at(n);
		err = follow(&arena, &c, 302, "GET", &redirect, &what);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		arena_done(&arena);
		assert_int_equal(mem_live_blocks(), before);
		if (!has_failed)
			return;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_location_leads_where_the_standards_say),
		cmocka_unit_test(
			every_status_does_to_every_method_what_the_standards_say),
		cmocka_unit_test(a_bad_location_matters_only_where_it_is_followed),
		cmocka_unit_test(fields_go_with_what_they_belong_to),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
