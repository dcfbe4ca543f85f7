/* SPDX-License-Identifier: MIT */
/* The grammar of no_proxy, element by element. */
#include "lib/test.h"

#include <string.h>

#include "lib/guard.h"
#include "web/host_list.h"

struct list_case {
	const char *list;
	const char *host; /* as in a parsed URL */
	uint16_t port;
	bool has;
};

static const struct list_case all_hosts[] = {
	{"*", "example.org", 80, true},
	{"*", "192.0.2.1", 443, true},
	{"*", "[2001:db8::1]", 65535, true},
	{"a.example,*", "b.example", 80, true},
	{" * ", "b.example", 80, true},
	{"**", "example.org", 80, false},
	{"*.example.org", "a.example.org", 80, false},
	{"*:80", "example.org", 80, false},
	{"*/0", "192.0.2.1", 80, false},
	{"", "example.org", 80, false},
	{" ,\t, ", "example.org", 80, false},
};

static const struct list_case names[] = {
	{"example.org", "example.org", 80, true},
	{"example.org", "a.example.org", 80, true},
	{"example.org", "b.a.example.org", 80, true},
	{"example.org", "anexample.org", 80, false},
	{"example.org", "example.org.example.com", 80, false},
	{"example.org", "org", 80, false},
	{"example.org", "example.com", 80, false},
	{".example.org", "example.org", 80, true},
	{".example.org", "a.example.org", 80, true},
	{".example.org", "anexample.org", 80, false},
	{"..example.org", "example.org", 80, false},
	{"..example.org", "a..example.org", 80, false},
	{"EXAMPLE.Org", "example.org", 80, true},
	{".EXAMPLE.Org", "a.example.org", 80, true},
	{"example.org.", "example.org", 80, true},
	{"example.org.", "a.example.org.", 80, true},
	{"example.org", "a.example.org.", 80, true},
	{".example.org.", "example.org.", 80, true},
	{"org", "example.org", 80, true},
	{"localhost", "localhost", 80, true},
	{"localhost", "localhost.example", 80, false},
	{"xn--mnchen-3ya.example", "xn--mnchen-3ya.example", 80, true},
	{"under_score", "under_score", 80, true},
	{".", "example.org", 80, false},
	{".", "example.org.", 80, false},
	{"..", "example.org.", 80, false},
	{"http://example.org", "example.org", 80, false},
	{"example.org/", "example.org", 80, false},
	{"user@example.org", "example.org", 80, false},
};

static const struct list_case addresses[] = {
	{"192.0.2.1", "192.0.2.1", 80, true},
	{"192.0.2.1", "192.0.2.10", 80, false},
	{"192.0.2.1", "192.0.2.2", 80, false},
	{"192.0.2.1", "192.0.2.1.example", 80, false},
	{"2.1", "192.0.2.1", 80, false},
	{".2.1", "192.0.2.1", 80, false},
	{"1", "192.0.2.1", 80, false},
	{".192.0.2.1", "192.0.2.1", 80, false},
	{"192.0.2", "192.0.2.0", 80, false},
	{"0300.0.2.1", "192.0.2.1", 80, false},
	{"3221225985", "192.0.2.1", 80, false},
	{"192.0.2.256", "192.0.2.1", 80, false},
	{"2001:db8::1", "[2001:db8::1]", 80, true},
	{"[2001:db8::1]", "[2001:db8::1]", 80, true},
	{"2001:DB8:0:0::0:1", "[2001:db8::1]", 80, true},
	{"2001:db8::1", "[2001:db8::2]", 80, false},
	{"[2001:db8::1", "[2001:db8::1]", 80, false},
	{"2001:db8::1]", "[2001:db8::1]", 80, false},
	{"[]", "[::]", 80, false},
	{"[", "[::]", 80, false},
	{"::", "[::]", 80, true},
	{"::", "0.0.0.0", 80, false},
	{"::ffff:192.0.2.1", "[::ffff:c000:201]", 80, true},
	{"::ffff:192.0.2.1", "192.0.2.1", 80, false},
	{"192.0.2.1", "[::ffff:c000:201]", 80, false},
	{"[192.0.2.1]", "192.0.2.1", 80, false},
	{"fe80::1%eth0", "[fe80::1]", 80, false},
	{"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", "[::1]", 80, false},
};

static const struct list_case networks[] = {
	{"192.0.2.0/24", "192.0.2.0", 80, true},
	{"192.0.2.0/24", "192.0.2.255", 80, true},
	{"192.0.2.0/24", "192.0.3.0", 80, false},
	{"192.0.2.0/24", "192.0.1.255", 80, false},
	{"192.0.2.77/24", "192.0.2.1", 80, true},
	{"192.0.2.128/25", "192.0.2.128", 80, true},
	{"192.0.2.128/25", "192.0.2.127", 80, false},
	{"10.0.0.0/7", "11.255.255.255", 80, true},
	{"10.0.0.0/7", "12.0.0.0", 80, false},
	{"10.0.0.0/9", "10.127.0.1", 80, true},
	{"10.0.0.0/9", "10.128.0.1", 80, false},
	{"192.0.2.1/32", "192.0.2.1", 80, true},
	{"192.0.2.1/32", "192.0.2.0", 80, false},
	{"192.0.2.1/31", "192.0.2.0", 80, true},
	{"192.0.2.1/33", "192.0.2.1", 80, false},
	{"192.0.2.1/128", "192.0.2.1", 80, false},
	{"192.0.2.1/4294967296", "192.0.2.1", 80, false},
	{"192.0.2.1/18446744073709551616", "192.0.2.1", 80, false},
	{"192.0.2.1/-1", "192.0.2.1", 80, false},
	{"192.0.2.1/", "192.0.2.1", 80, false},
	{"192.0.2.1/x", "192.0.2.1", 80, false},
	{"192.0.2.0/24/24", "192.0.2.1", 80, false},
	{"192.0.2.0/255.255.255.0", "192.0.2.1", 80, false},
	{"/24", "192.0.2.1", 80, false},
	{"/", "192.0.2.1", 80, false},
	{"192.0.2.0/24:80", "192.0.2.1", 80, false},
	{"192.0.2.0:80/24", "192.0.2.1", 80, false},
	{"0.0.0.0/0", "192.0.2.1", 80, true},
	{"0.0.0.0/0", "[2001:db8::1]", 80, false},
	{"0.0.0.0/0", "example.org", 80, false},
	{"::/0", "[2001:db8::1]", 80, true},
	{"::/0", "192.0.2.1", 80, false},
	{"::/0", "example.org", 80, false},
	{"2001:db8::/32", "[2001:db8:ffff::1]", 80, true},
	{"2001:db8::/32", "[2001:db9::1]", 80, false},
	{"2001:db8::/33", "[2001:db8:7fff::1]", 80, true},
	{"2001:db8::/33", "[2001:db8:8000::1]", 80, false},
	{"2001:db8::1/128", "[2001:db8::1]", 80, true},
	{"2001:db8::1/127", "[2001:db8::2]", 80, false},
	{"2001:db8::1/129", "[2001:db8::1]", 80, false},
	{"[2001:db8::]/32", "[2001:db8::1]", 80, false},
	{"example.org/24", "example.org", 80, false},
};

static const struct list_case ports[] = {
	{"example.org:8080", "example.org", 8080, true},
	{"example.org:8080", "a.example.org", 8080, true},
	{"example.org:8080", "example.org", 80, false},
	{".example.org:8080", "a.example.org", 8080, true},
	{"example.org.:8080", "example.org", 8080, true},
	{"192.0.2.1:80", "192.0.2.1", 80, true},
	{"192.0.2.1:80", "192.0.2.1", 81, false},
	{"[2001:db8::1]:443", "[2001:db8::1]", 443, true},
	{"[2001:db8::1]:443", "[2001:db8::1]", 80, false},
	{"[2001:db8::1]443", "[2001:db8::1]", 443, false},
	{"[2001:db8::1]:", "[2001:db8::1]", 443, false},
	{"2001:db8::1:443", "[2001:db8::1]", 443, false},
	{"example.org:", "example.org", 80, false},
	{"example.org:x", "example.org", 80, false},
	{"example.org:080", "example.org", 80, true},
	{"example.org:65616", "example.org", 80, false},
	{"example.org:18446744073709551696", "example.org", 80, false},
	{"example.org:80:80", "example.org", 80, false},
	{":80", "example.org", 80, false},
	{":", "example.org", 80, false},
	{"example.org:80,example.org:81", "example.org", 81, true},
};

static const struct list_case separators[] = {
	{"a,b", "a", 80, true},	   {"a,b", "b", 80, true},
	{"a b", "b", 80, true},	   {"a, b", "b", 80, true},
	{"a\tb", "b", 80, true},   {"a\r\nb", "b", 80, true},
	{"a\v\fb", "b", 80, true}, {",,a,,b,,", "b", 80, true},
	{" a ", "a", 80, true},	   {"a;b", "b", 80, false},
	{"a|b", "b", 80, false},   {"192.0.2.999,[::,x:y:z,/8,:,b", "b", 80, true},
};

/* The list and the host each lie right before a page that cannot be read. */
static void check(const struct list_case *cases, size_t count)
{
	struct guard list_guard = {0};
	struct guard host_guard = {0};

	for (size_t i = 0; i < count; i++) {
		struct span list = guard_copy(&list_guard, span_str(cases[i].list));
		struct span host = guard_copy(&host_guard, span_str(cases[i].host));

		if (host_list_has(list, host, cases[i].port) == cases[i].has)
			continue;
		fail_msg("\"%s\" and %s:%u", cases[i].list, cases[i].host, cases[i].port);
	}
	guard_done(&list_guard);
	guard_done(&host_guard);
}

static void a_star_is_every_host(void **state)
{
	(void)state;
	check(all_hosts, TEST_COUNT(all_hosts));
}

static void a_name_is_itself_and_all_below_it(void **state)
{
	(void)state;
	check(names, TEST_COUNT(names));
}

static void an_address_is_compared_by_its_bits(void **state)
{
	(void)state;
	check(addresses, TEST_COUNT(addresses));
}

static void a_network_has_the_addresses_in_it(void **state)
{
	(void)state;
	check(networks, TEST_COUNT(networks));
}

static void a_port_must_be_the_same(void **state)
{
	(void)state;
	check(ports, TEST_COUNT(ports));
}

static void commas_and_white_space_separate(void **state)
{
	(void)state;
	check(separators, TEST_COUNT(separators));
}

static void no_list_has_no_host(void **state)
{
	(void)state;
	assert_false(host_list_has(span_of(NULL, 0), SPAN("example.org"), 80));
	assert_false(host_list_has(SPAN("192.0.2.1\0"), SPAN("192.0.2.1"), 80));
}

/* Whatever is cut off, nothing behind it is read. */
static void any_cut_is_read_to_its_end_alone(void **state)
{
	static const char list[] =
		"[2001:db8::1]:443,192.0.2.0/24 ,example.org.:80,::/0 *";
	static const char *const hosts[] = {"example.org", "192.0.2.1", "[2001:db8::1]"};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(list); i++) {
		for (size_t j = 0; j < TEST_COUNT(hosts); j++) {
			struct span cut = guard_copy(&guard, span_of(list, i));

			(void)host_list_has(cut, span_str(hosts[j]), 443);
			cut = guard_copy(&guard, span_of(list + i, sizeof(list) - 1 - i));
			(void)host_list_has(cut, span_str(hosts[j]), 443);
		}
	}
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_is_every_host),
		cmocka_unit_test(a_name_is_itself_and_all_below_it),
		cmocka_unit_test(an_address_is_compared_by_its_bits),
		cmocka_unit_test(a_network_has_the_addresses_in_it),
		cmocka_unit_test(a_port_must_be_the_same),
		cmocka_unit_test(commas_and_white_space_separate),
		cmocka_unit_test(no_list_has_no_host),
		cmocka_unit_test(any_cut_is_read_to_its_end_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
