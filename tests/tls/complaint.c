/* SPDX-License-Identifier: MIT */
/* What hostile certificates do to sentences stands in verify.c beside this. */
#include "lib/test.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/mem.h"
#include "lib/openssl_memory.h"
#include "tls/complaint.h"

/* Valid in January 2026. */
static X509 *certificate(const char *names)
{
	X509 *made = X509_new();
	X509_NAME *name = X509_NAME_new();
	X509_EXTENSION *extension;

	assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
					       (const unsigned char *)"A, \xC3\xBC", -1,
					       -1, 0));
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					       (const unsigned char *)"good.test", -1, -1,
					       0));
	assert_true(X509_set_subject_name(made, name));
	X509_NAME_free(name);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(made), 1767225600));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(made), 1769904000));
	if (!names)
		return made;
	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	assert_true(X509_add_ext(made, extension, -1));
	X509_EXTENSION_free(extension);
	return made;
}

#define SAID                                                                             \
	"it is so: CN=good.test,O=A\\, \\C3\\BC, valid 2026-01-01T00:00:00Z to "         \
	"2026-02-01T00:00:00Z"

static void a_complaint_says_who_and_when(void **state)
{
	X509 *of = certificate(NULL);
	struct buf text = {0};

	(void)state;
	assert_int_equal(buf_put(&text, SPAN("before ")), 0);
	assert_int_equal(complaint_put(&text, "it is so", of), 0);
	assert_span(buf_span(&text), SPAN("before " SAID));
	buf_done(&text);
	X509_free(of);
}

static void a_complaint_says_which_names(void **state)
{
	static const struct {
		const char *names;
		const char *said;
	} rows[] = {
		{NULL, "no server"},
		{"email:a@good.test,URI:https://good.test", "no server"},
		{"DNS:good.test", "good.test"},
		{"DNS:*.good.test,IP:127.0.0.1,IP:::1,email:a@b,DNS:d",
		 "*.good.test, 127.0.0.1, ::1, d"},
		{"DNS:a,DNS:b,DNS:c,DNS:d,DNS:e,DNS:f", "a, b, c, d and 2 more"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		X509 *of = certificate(rows[i].names);
		struct buf expected = {0};
		struct buf text = {0};

		assert_int_equal(
			buf_put_str(&expected, SAID ", is not for [::2] but for "), 0);
		assert_int_equal(buf_put_str(&expected, rows[i].said), 0);
		assert_int_equal(
			complaint_put_names(&text, "it is so", of, SPAN("[::2]")), 0);
		assert_span(buf_span(&text), buf_span(&expected));
		buf_done(&text);
		buf_done(&expected);
		X509_free(of);
	}
}

static void a_host_is_cut_and_escaped(void **state)
{
	X509 *of = certificate(NULL);
	char host[COMPLAINT_MAX_NAME_BYTES + 10];
	struct buf text = {0};

	(void)state;
	memset(host, 'a', sizeof(host));
	host[0] = '\n';
	assert_int_equal(complaint_put_names(&text, "w", of, span_of(host, sizeof(host))),
			 0);
	assert_non_null(strstr(buf_cstr(&text), "is not for \\x0aaaa"));
	assert_true(text.len < sizeof(SAID) + COMPLAINT_MAX_NAME_BYTES + 50);
	buf_done(&text);
	X509_free(of);
}

static void out_of_memory_is_told(void **state)
{
	bool has_failed = true;

	(void)state;
	for (unsigned long n = 1; has_failed; n++) {
		X509 *of = certificate("DNS:good.test");
		struct buf text = {0};
		enum err err;

		mem_fail_at(n);
		err = complaint_put_names(&text, "it is so", of, SPAN("a"));
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		buf_done(&text);
		X509_free(of);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_complaint_says_who_and_when),
		cmocka_unit_test(a_complaint_says_which_names),
		cmocka_unit_test(a_host_is_cut_and_escaped),
		cmocka_unit_test(out_of_memory_is_told),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
