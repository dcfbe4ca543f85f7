/* SPDX-License-Identifier: MIT */
/* SetClientCertificate: what it takes, how long that is kept, and that pins are wiped. */
#include "com/client_certificate.h"

#include "lib/scene.h"
#include "lib/test.h"

#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include "base/mem.h"

/* A thumbprint, the first 20 bytes of which are another. */
static const BYTE hash[] = "0123456789abcdefghijklmnopqrstuv";

/* What is looked for in memory that is wiped. */
#define PIN "open sesame"

static const WCHAR *const pin = L"" PIN;

/* A lone surrogate behind a pin. */
static const WCHAR broken[] = {L'o', L'p', L'e', L'n', 0xD800, 0};

/* ---- wiping ---- */

static unsigned wiped_pins; /* blocks that held PIN when they were wiped */

/* In place of the C library's, for what base/mem wipes. The compiler believes that it
 * does not look at the bytes, hence volatile. */
void explicit_bzero(void *at, size_t bytes)
{
	const void *volatile secret = at;

	wiped_pins += memmem(secret, bytes, PIN, strlen(PIN)) != NULL;
	memset(at, 0, bytes);
}

/* ---- arguments ---- */

static void a_thumbprint_has_20_or_32_bytes(void **state)
{
	struct client_certificate certificate;

	(void)state;
	for (DWORD bytes = 0; bytes < 300; bytes++) {
		if (bytes == 20 || bytes == 32)
			continue;
		assert_int_equal(
			client_certificate_init(&certificate, bytes, hash, NULL, WIDE_32),
			ERR_INVALID);
	}
	assert_int_equal(
		client_certificate_init(&certificate, UINT32_MAX, hash, pin, WIDE_32),
		ERR_INVALID);
	assert_int_equal(client_certificate_init(&certificate, 20, NULL, pin, WIDE_32),
			 ERR_INVALID);
	assert_int_equal(client_certificate_init(&certificate, 0, NULL, NULL, WIDE_32),
			 ERR_INVALID);
	for (DWORD bytes = 20; bytes <= 32; bytes += 12) {
		assert_int_equal(
			client_certificate_init(&certificate, bytes, hash, NULL, WIDE_32),
			ERR_NONE);
		assert_span(client_certificate_thumbprint(&certificate),
			    span_of((const char *)hash, bytes));
		assert_null(client_certificate_pin(&certificate));
		client_certificate_done(&certificate);
		assert_int_equal(client_certificate_thumbprint(&certificate).len, 0);
	}
}

static void a_pin_is_utf8_whatever_its_width(void **state)
{
	static const WCHAR pair[] = {0xD83D, 0xDE00, 0};
	static const WCHAR bytes[] = {(WCHAR)0xFFFFFFC3, (WCHAR)0xFFFFFFA4, 0};
	static const WCHAR latin[] = {(WCHAR)0xFFFFFFE4, L'1', 0};
	static const struct {
		const void *text;
		enum wide_unit unit;
		const char *expected;
	} rows[] = {
		{NULL, WIDE_32, NULL},
		{NULL, WIDE_16, NULL},
		{L"", WIDE_32, NULL},
		{u"", WIDE_16, NULL},
		{L"1234", WIDE_32, "1234"},
		{u"1234", WIDE_16, "1234"},
		{L"\u00e4\u20ac\U0001F600", WIDE_32, "\u00e4\u20ac\U0001F600"},
		{u"\u00e4\u20ac\U0001F600", WIDE_16, "\u00e4\u20ac\U0001F600"},
		{pair, WIDE_32, "\U0001F600"},
		{bytes, WIDE_32, "\u00e4"},
		{latin, WIDE_32, "\u00e41"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct client_certificate certificate;
		const char *text;

		assert_int_equal(client_certificate_init(&certificate, 20, hash,
							 rows[i].text, rows[i].unit),
				 ERR_NONE);
		text = client_certificate_pin(&certificate);
		if (rows[i].expected)
			assert_string_equal(text, rows[i].expected);
		else
			assert_null(text);
		client_certificate_done(&certificate);
		assert_null(client_certificate_pin(&certificate));
	}
}

static void a_malformed_pin_is_refused(void **state)
{
	static const char16_t narrow[] = {u'a', 0xDC00, 0};
	static const WCHAR high[] = {0x110000, 0};
	struct client_certificate certificate;

	(void)state;
	assert_int_equal(client_certificate_init(&certificate, 20, hash, broken, WIDE_32),
			 ERR_INVALID);
	assert_int_equal(client_certificate_init(&certificate, 20, hash, high, WIDE_32),
			 ERR_INVALID);
	assert_int_equal(client_certificate_init(&certificate, 20, hash,
						 (const WCHAR *)(const void *)narrow,
						 WIDE_16),
			 ERR_INVALID);
}

/* One block besides the choice itself, so that no other is left with a copy. */
static void a_long_pin_takes_one_block(void **state)
{
	struct client_certificate certificate;
	long blocks = mem_live_blocks();
	WCHAR text[1001] = {0};

	(void)state;
	wmemset(text, L'\u20ac', 1000);
	for (unsigned long n = 1; n <= 3; n++) {
		mem_fail_at(n);
		assert_int_equal(
			client_certificate_init(&certificate, 32, hash, text, WIDE_32),
			n < 3 ? ERR_NO_MEMORY : ERR_NONE);
		assert_int_equal(mem_has_failed(), n < 3);
	}
	mem_fail_at(0);
	assert_int_equal(strlen(client_certificate_pin(&certificate)), 3000);
	client_certificate_done(&certificate);
	assert_int_equal(mem_live_blocks(), blocks);
}

/* ---- how long it is kept ---- */

static HRESULT choose(struct scene *scene, DWORD bytes, const WCHAR *text)
{
	return IXMLHTTPRequest3_SetClientCertificate(scene->xhr, bytes, hash, text);
}

/* What the latest request was sent with; no thumbprint: bytes 0. */
static void check_sent(size_t bytes, const char *text)
{
	const struct request_options *options = &fake_latest()->options;

	assert_span(options->thumbprint, span_of((const char *)hash, bytes));
	if (text)
		assert_string_equal(options->pin, text);
	else
		assert_null(options->pin);
}

static void it_is_sent_once_and_kept_by_open(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(choose(scene, 20, pin), S_OK);
	scene_open(scene);
	scene_start(scene);
	check_sent(20, PIN);
	fake_received(fake_latest());
	scene_start(scene);
	check_sent(0, NULL);
	fake_failed(fake_latest(), ERR_CONNECT, 0);

	scene_open(scene);
	assert_int_equal(choose(scene, 32, L""), S_OK);
	scene_send(scene);
	check_sent(32, NULL);
	fake_received(fake_latest());
	assert_int_equal(choose(scene, 32, NULL), S_OK);
	scene_start(scene);
	check_sent(32, NULL);
}

static void the_last_one_counts_and_one_that_is_refused_does_not(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(choose(scene, 32, L"1"), S_OK);
	assert_int_equal(choose(scene, 20, pin), S_OK);
	assert_int_equal(choose(scene, 21, L"2"), E_INVALIDARG);
	assert_int_equal(choose(scene, 0, NULL), E_INVALIDARG);
	assert_int_equal(choose(scene, 32, broken), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(scene->xhr, 0, NULL, NULL),
			 E_INVALIDARG);
	mem_fail_at(1);
	assert_int_equal(choose(scene, 32, L"3"), E_OUTOFMEMORY);
	mem_fail_at(0);
	scene_start(scene);
	check_sent(20, PIN);
	assert_int_equal(choose(scene, 32, L"4"), E_UNEXPECTED);
	fake_received(fake_latest());
	scene_start(scene);
	check_sent(0, NULL);
}

static void an_abort_drops_it_where_something_is_open(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(choose(scene, 20, pin), S_OK);
	assert_int_equal(IXMLHTTPRequest3_Abort(scene->xhr), S_OK);
	scene_open(scene);
	assert_int_equal(IXMLHTTPRequest3_Abort(scene->xhr), S_OK);
	scene_start(scene);
	check_sent(0, NULL);
}

static void a_send_that_fails_keeps_it(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(choose(scene, 20, pin), S_OK);
	scene_open(scene);
	fake_fail_send(ERR_NO_MEMORY);
	assert_int_equal(IXMLHTTPRequest3_Send(scene->xhr, NULL, 0), E_OUTOFMEMORY);
	fake_fail_send(ERR_NONE);
	scene_send(scene);
	check_sent(20, PIN);
}

static void choose_in_the_end(struct probe_callback *callback, char letter)
{
	HRESULT expected = letter == 'R' || letter == 'E' ? S_OK : E_UNEXPECTED;

	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(callback->poked, 20, hash,
							       (const WCHAR *)pin),
			 expected);
}

static void the_final_callback_may_choose_for_the_next_request(void **state)
{
	struct scene *scene = *state;

	scene->callback.hook = choose_in_the_end;
	for (int round = 0; round < 2; round++) {
		scene_start(scene);
		check_sent(round ? 20 : 0, round ? PIN : NULL);
		fake_headers(fake_latest(), 200, "OK", NULL);
		if (round)
			fake_failed(fake_latest(), ERR_CLIENT_CERT, 0);
		else
			fake_received(fake_latest());
	}
	assert_int_equal(scene->callback.error, INET_E_SECURITY_PROBLEM);
}

static void a_pin_is_wiped_when_it_is_no_longer_needed(void **state)
{
	struct scene *scene = *state;

	wiped_pins = 0;
	choose(scene, 20, pin);
	choose(scene, 20, pin);
	assert_int_equal(wiped_pins, 1); /* replaced */
	scene_open(scene);
	IXMLHTTPRequest3_Abort(scene->xhr);
	assert_int_equal(wiped_pins, 2); /* dropped */
	choose(scene, 20, pin);
	scene_start(scene);
	assert_int_equal(wiped_pins, 3); /* sent */
	assert_int_equal(choose(scene, 20, pin), E_UNEXPECTED);
	assert_int_equal(wiped_pins, 4); /* refused */
	fake_received(fake_latest());
	choose(scene, 20, pin);
	assert_int_equal(wiped_pins, 4);
	scene_release(scene);
	assert_int_equal(wiped_pins, 5); /* freed */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thumbprint_has_20_or_32_bytes),
		cmocka_unit_test(a_pin_is_utf8_whatever_its_width),
		cmocka_unit_test(a_malformed_pin_is_refused),
		cmocka_unit_test(a_long_pin_takes_one_block),
		SCENE_TEST(it_is_sent_once_and_kept_by_open),
		SCENE_TEST(the_last_one_counts_and_one_that_is_refused_does_not),
		SCENE_TEST(an_abort_drops_it_where_something_is_open),
		SCENE_TEST(a_send_that_fails_keeps_it),
		SCENE_TEST(the_final_callback_may_choose_for_the_next_request),
		SCENE_TEST(a_pin_is_wiped_when_it_is_no_longer_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
