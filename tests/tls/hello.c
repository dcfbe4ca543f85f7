/* SPDX-License-Identifier: MIT */
/*
 * A server that chooses a protocol which was not offered, as those releases of OpenSSL
 * see it that do not look: here its function answers what the test wants.
 */
#include "tls/rig.h"

static struct span chosen; /* by the server */

/* Stands in front of OpenSSL's. */
void SSL_get0_alpn_selected(const SSL *ssl, const unsigned char **data, unsigned *len)
{
	(void)ssl;
	*data = (const unsigned char *)chosen.at;
	*len = (unsigned)chosen.len;
}

static const struct {
	struct span offered, chosen;
	bool is_good;
} cases[] = {
	{{"\x08http/1.1", 9}, {"http/1.1", 8}, true},
	{{"\x02h2\x08http/1.1", 12}, {"http/1.1", 8}, true},
	{{"\x02h2\x08http/1.1", 12}, {"h2", 2}, true},
	{{"\x08http/1.1", 9}, {"", 0}, true},
	{{"\x08http/1.1", 9}, {"h2", 2}, false},
	{{"\x08http/1.1", 9}, {"http/1.", 7}, false},
	{{"\x02h2\x08http/1.1", 12}, {"2\x08http/1.1", 10}, false},
	{{"\x02h2\x08http/1.1", 12}, {"\x02h2\x08http/1.1", 12}, false},
	{{NULL, 0}, {"h2", 2}, false},
};

static void begin(struct rig *rig, SSL_CTX *ctx, struct span offered)
{
	rig_init(rig, ctx);
	rig->options.alpn = offered;
	assert_true(rig_connect(rig));
	rig_run(rig);
}

static void only_what_was_offered_can_be_chosen(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct rig rig;

		chosen = cases[i].chosen;
		begin(&rig, ctx, cases[i].offered);
		assert_int_equal(rig.is_open, cases[i].is_good);
		assert_int_equal(rig.err, cases[i].is_good ? 0 : ERR_TLS);
		if (cases[i].is_good)
			assert_span(rig.facts->alpn, chosen);
		else
			assert_non_null(strstr(rig.fault.what, "not offered"));
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

static void the_longest_name_of_a_protocol_finds_no_room_to_break(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	char name[255];
	struct rig rig;

	(void)state;
	memset(name, 'A', sizeof(name));
	chosen = span_of(name, sizeof(name));
	begin(&rig, ctx, SPAN("\x08http/1.1"));
	assert_int_equal(rig.err, ERR_TLS);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(only_what_was_offered_can_be_chosen),
		RIG_TEST(the_longest_name_of_a_protocol_finds_no_room_to_break),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
