/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "http/idna.h"

/* More allocations than any domain here takes. */
#define ALLOCATIONS 200

static void a_domain_becomes_ascii_or_is_refused(void **state)
{
	/* NULL: refused. */
	static const struct {
		const char *name, *domain, *ascii;
	} rows[] = {
		{"letters", "b\u00FCcher.example", "xn--bcher-kva.example"},
		{"capitals", "B\u00DCCHER.EXAMPLE", "xn--bcher-kva.example"},
		{"sharp s stays", "fa\u00DF.de", "xn--fa-hia.de"},
		{"capital sharp s", "FA\u1E9E.de", "xn--fa-hia.de"},
		{"final sigma stays", "\u03B2\u03CC\u03BB\u03BF\u03C2.com",
		 "xn--nxasmm1c.com"},
		{"decomposed", "bu\u0308cher", "xn--bcher-kva"},
		{"full width", "\uFF21\u3002\uFF22", "a.b"},
		{"other dots", "\u00E9\u3002\u00E9\uFF0E\u00E9\uFF61\u00E9",
		 "xn--9ca.xn--9ca.xn--9ca.xn--9ca"},
		{"ignored", "a\u00ADb\u200Bc", "abc"},
		{"nothing left", "\u00AD", ""},
		{"empty labels", ".\u00E9..", ".xn--9ca.."},
		{"symbol", "\u2603.net", "xn--n3h.net"},
		{"emoji", "\U0001F4A9.la", "xn--ls8h.la"},
		{"emoji with selector", "i\u2764\uFE0F.ws", "xn--i-7iq.ws"},
		{"letter and symbol", "\u00E9\u2603", "xn--9ca011q"},
		{"symbol and sharp s", "stra\u00DFe-\u2603", "xn--strae--eta0817e"},
		{"hyphens at ends", "-\u00E9-", "xn-----bja"},
		{"hyphens inside", "ab--\u00E9", "xn--ab---epa"},
		{"ASCII with hyphens", "-a--b-.\u00E9", "-a--b-.xn--9ca"},
		{"underscore", "_a.\u00E9_", "_a.xn--_-9fa"},
		{"punctuation", "\u00E9!", "xn--!-9fa"},
		{"forbidden later", "\u00E9 %", "xn-- %-9ia"},
		{"middle dot", "a\u00B7b", "xn--ab-0ea"},
		{"valid ACE", "XN--BCHER-KVA.\u00E9", "xn--bcher-kva.xn--9ca"},
		{"ACE of a symbol", "xn--n3h.\u00E9", "xn--n3h.xn--9ca"},
		{"right to left", "\u05D0\u05D1.\u05D2", "xn--4dbc.xn--6db"},
		{"right to left, number", "\u05D00", "xn--0-zhc"},
		{"long ASCII label",
		 "\u00E9."
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 "xn--9ca."
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"joiner behind virama", "\u0915\u094D\u200D\u0937", "xn--11b2ezcw70k"},

		{"broken ACE", "xn--a.\u00E9", NULL},
		{"empty ACE", "xn--.\u00E9", NULL},
		{"ACE with letters", "xn--\u00E9", NULL},
		{"ACE with symbol", "xn--\u2603", NULL},
		{"non-character", "\uFDD0", NULL},
		{"replacement character", "\uFFFD", NULL},
		{"not UTF-8", "\xFF", NULL},
		{"combining mark in front", "\u0301a", NULL},
		{"combining mark in front of a symbol", "\u0301\u2603-", NULL},
		{"joiner in front", "\u200Da", NULL},
		{"joiner between emoji", "\U0001F469\u200D\U0001F680", NULL},
		{"number in front of right to left", "0\u05D0", NULL},
		{"label that begins with a number", "0a.\u05D0", NULL},
		{"label that ends with a hyphen", "a-.\u05D0", NULL},
		{"long label",
		 "\u00E9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf out;
		enum err err;

		buf_init(&out);
		err = idna_put_ascii(&out, span_str(rows[i].domain));
		if (err != (rows[i].ascii ? ERR_NONE : ERR_URL))
			print_error("%s: %s\n", rows[i].name, err_text(err));
		assert_int_equal(err, rows[i].ascii ? ERR_NONE : ERR_URL);
		if (rows[i].ascii)
			assert_span(buf_span(&out), span_str(rows[i].ascii));
		buf_done(&out);
	}
}

static void what_was_in_the_buffer_stays_in_front(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	assert_int_equal(buf_put_str(&out, "\xD7\x90."), ERR_NONE);
	assert_int_equal(idna_put_ascii(&out, SPAN("0.\xC3\xA9")), ERR_NONE);
	assert_span(buf_span(&out), SPAN("\xD7\x90.0.xn--9ca"));
	buf_done(&out);
}

static void a_domain_far_longer_than_dns_knows_is_refused(void **state)
{
	char domain[6000];
	struct buf out;

	(void)state;
	for (size_t i = 0; i + 3 <= sizeof(domain); i += 3)
		memcpy(domain + i, "\xC3\xA9.", 3);
	buf_init(&out);
	assert_int_equal(idna_put_ascii(&out, span_of(domain, sizeof(domain))), ERR_URL);
	assert_int_equal(idna_put_ascii(&out, span_of(domain, 900)), ERR_NONE);
	assert_int_equal(out.len, 300 * 8);
	buf_done(&out);
}

static void every_allocation_may_fail(void **state)
{
	static const char *const domains[] = {
		"b\u00FCcher.example.org", "-\u2603\u00DF\u03C2-.xn--n3h.Aa", "\u05D0.a"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(domains); i++) {
		unsigned long n;

		for (n = 1; n < ALLOCATIONS; n++) {
			struct buf out;
			enum err err;

			buf_init(&out);
			mem_fail_at(n);
			err = idna_put_ascii(&out, span_str(domains[i]));
			mem_fail_at(0);
			buf_done(&out);
			assert_int_equal(mem_live_blocks(), 0);
			if (!err)
				break;
			assert_int_equal(err, ERR_NO_MEMORY);
		}
		assert_in_range(n, 2, ALLOCATIONS - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_becomes_ascii_or_is_refused),
		cmocka_unit_test(what_was_in_the_buffer_stays_in_front),
		cmocka_unit_test(a_domain_far_longer_than_dns_knows_is_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
