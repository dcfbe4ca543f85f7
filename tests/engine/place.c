/* SPDX-License-Identifier: MIT */
#include "engine/place.h"

#include "base/mem.h"
#include "lib/test.h"
#include "tls/identity.h"
#include "tls/verdict.h"

/* Who wants what of the origin of a URL. */
struct row {
	const char *url;
	uint8_t forgiven;
	const struct identity *identity;
	const struct pool_access *access;
};

static const struct identity ann = {.sha256 = {1, 2, 3}};
static const struct identity ben = {.sha256 = {1, 2, 4}};

static const struct login cat = {.sha256 = {5, 6, 7}};
static const struct login dan = {.sha256 = {5, 6, 8}};

/* The same as cat, of another request. */
static const struct login cat_again = {.sha256 = {5, 6, 7}};

static const struct pool_access nobody = {0};
static const struct pool_access as_cat = {.login = &cat};
static const struct pool_access as_dan = {.login = &dan};
static const struct pool_access as_cat_again = {.login = &cat_again};
static const struct pool_access by_ticket = {.may_use_ticket = true};
static const struct pool_access through_cat = {.proxy_login = &cat};
static const struct pool_access through_dan = {.proxy_login = &dan};
static const struct pool_access through_cat_again = {.proxy_login = &cat_again};
static const struct pool_access both_ways = {.login = &cat, .proxy_login = &dan};
static const struct pool_access other_ways = {.login = &dan, .proxy_login = &cat};
static const struct pool_access ticket_and_proxy = {.may_use_ticket = true,
						    .proxy_login = &cat};
static const struct pool_access proxy_unanswered = {.no_proxy_auth = true};
static const struct pool_access cat_and_unanswered = {.login = &cat,
						      .no_proxy_auth = true};
static const struct pool_access ticket_and_unanswered = {.may_use_ticket = true,
							 .no_proxy_auth = true};

static struct span key_of(struct arena *arena, const struct row *row, struct buf *room)
{
	struct pool_want want = {.forgiven = row->forgiven,
				 .identity = row->identity,
				 .access = row->access};
	struct span key;
	struct url url;

	assert_int_equal(url_parse(arena, span_str(row->url), NULL, &url), ERR_NONE);
	assert_int_equal(place_make_key(&url, &want, room, &key), ERR_NONE);
	return key;
}

static bool is_same(const struct row *a, const struct row *b)
{
	struct arena arena = {0};
	struct buf room_a = {0}, room_b = {0};
	bool is_same = span_eq(key_of(&arena, a, &room_a), key_of(&arena, b, &room_b));

	buf_done(&room_a);
	buf_done(&room_b);
	arena_done(&arena);
	return is_same;
}

static void places_differ_by_all_that_keeps_connections_apart(void **state)
{
	static const struct row rows[] = {
		{"http://a.test/", 0, NULL, NULL},
		{"https://a.test/", 0, NULL, NULL},
		{"https://b.test/", 0, NULL, NULL},
		{"https://a.test:8443/", 0, NULL, NULL},
		{"http://a.test:443/", 0, NULL, NULL},
		{"https://a.test/", VERDICT_DATE, NULL, NULL},
		{"https://a.test/", VERDICT_NAME, NULL, NULL},
		{"https://a.test/", VERDICT_ALL, NULL, NULL},
		{"https://a.test/", 0, &ann, NULL},
		{"https://a.test/", 0, &ben, NULL},
		{"https://a.test/", VERDICT_ALL, &ann, NULL},
		{"http://a.test/", 0, NULL, &as_cat},
		{"http://a.test/", 0, NULL, &as_dan},
		{"http://a.test/", 0, NULL, &by_ticket},
		{"http://a.test/", 0, NULL, &through_cat},
		{"http://a.test/", 0, NULL, &through_dan},
		{"http://a.test/", 0, NULL, &both_ways},
		{"http://a.test/", 0, NULL, &other_ways},
		{"http://a.test/", 0, NULL, &ticket_and_proxy},
		{"http://a.test/", 0, NULL, &proxy_unanswered},
		{"http://a.test/", 0, NULL, &cat_and_unanswered},
		{"http://a.test/", 0, NULL, &ticket_and_unanswered},
		{"https://a.test/", 0, NULL, &as_cat},
		{"https://a.test/", 0, NULL, &as_dan},
		{"https://a.test/", 0, NULL, &by_ticket},
		{"https://a.test/", 0, NULL, &through_cat},
		{"https://a.test/", 0, NULL, &through_dan},
		{"https://a.test/", 0, NULL, &both_ways},
		{"https://a.test/", 0, NULL, &other_ways},
		{"https://a.test/", 0, NULL, &ticket_and_proxy},
		{"https://a.test/", 0, NULL, &proxy_unanswered},
		{"https://a.test/", 0, NULL, &cat_and_unanswered},
		{"https://a.test/", 0, NULL, &ticket_and_unanswered},
		{"https://a.test/", 0, &ann, &as_cat},
		{"https://a.test/", 0, &ann, &as_dan},
		{"https://a.test/", VERDICT_ALL, NULL, &as_cat},
		{"https://b.test/", 0, NULL, &as_cat},
	};
	const size_t count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			assert_int_equal(is_same(&rows[i], &rows[k]), i == k);
}

static void places_differ_by_the_protocol_that_is_asked_for(void **state)
{
	static const char *const urls[] = {"http://a.test/", "https://a.test/"};
	struct arena arena = {0};
	struct buf rooms[3] = {{0}};
	struct span keys[3];
	struct url url;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(url_parse(&arena, span_str(urls[i]), NULL, &url),
				 ERR_NONE);
		for (int k = 0; k < 3; k++) {
			struct pool_want want = {.protocol = (enum connection_protocol)k};

			assert_int_equal(place_make_key(&url, &want, &rooms[k], &keys[k]),
					 ERR_NONE);
		}
		assert_false(span_eq(keys[0], keys[1]));
		assert_false(span_eq(keys[0], keys[2]));
		assert_false(span_eq(keys[1], keys[2]));
	}
	for (int k = 0; k < 3; k++)
		buf_done(&rooms[k]);
	arena_done(&arena);
}

static void a_place_does_not_differ_by_anything_else(void **state)
{
	static const struct {
		struct row a, b;
	} pairs[] = {
		{{"https://a.test/x?y", 0, NULL, NULL},
		 {"https://A.test:443/", 0, NULL, NULL}},
		{{"https://u:p@a.test/", 0, NULL, NULL},
		 {"https://a.test/#f", 0, NULL, NULL}},
		{{"http://a.test/", VERDICT_ALL, &ann, NULL},
		 {"http://a.test/", 0, NULL, NULL}},
		{{"http://a.test/", 0, NULL, &nobody}, {"http://a.test/", 0, NULL, NULL}},
		{{"https://a.test/", 0, NULL, &nobody},
		 {"https://a.test/", 0, NULL, NULL}},
		{{"http://a.test/", 0, NULL, &as_cat},
		 {"http://u:p@a.test/x", 0, NULL, &as_cat_again}},
		{{"https://a.test/", 0, &ann, &as_cat},
		 {"https://a.test/x", 0, &ann, &as_cat_again}},
		{{"http://a.test/", 0, NULL, &through_cat},
		 {"http://a.test/x", 0, NULL, &through_cat_again}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_true(is_same(&pairs[i].a, &pairs[i].b));
}

static void a_key_that_finds_no_memory_is_a_failure(void **state)
{
	struct pool_want want = {.access = &both_ways, .identity = &ann};
	struct arena arena = {0};
	enum err err = ERR_NO_MEMORY;
	struct url url;

	(void)state;
	assert_int_equal(url_parse(&arena, SPAN("https://a.test/"), NULL, &url),
			 ERR_NONE);
	for (unsigned long n = 1; err; n++) {
		struct buf room = {0};
		struct span key;

		mem_fail_at(n);
		err = place_make_key(&url, &want, &room, &key);
		assert_int_equal(err, mem_has_failed() ? ERR_NO_MEMORY : ERR_NONE);
		assert_true(n > 1 || err);
		mem_fail_at(0);
		buf_done(&room);
	}
	arena_done(&arena);
}

/* ---- the proxy on the way ---- */

/* A place for who wants so, through a proxy or not: the login that the proxy gets. */
static const struct login *login_through(const struct proxy *proxy,
					 struct pool_access access, bool *out_no_auth)
{
	struct pool_want want = {.access = &access};
	struct arena arena = {0};
	struct map places = {0};
	const struct login *login;
	struct place *place;
	struct url url;

	access.proxy = proxy;
	assert_int_equal(map_init(&places), ERR_NONE);
	assert_int_equal(url_parse(&arena, SPAN("http://a.test/"), NULL, &url), ERR_NONE);
	place = place_new(&places, SPAN("key"), &url, &want);
	assert_non_null(place);
	assert_ptr_equal(place->proxy, proxy);
	login = place->proxy_login;
	*out_no_auth = place->no_proxy_auth;
	place_free(place, &places);
	map_done(&places);
	arena_done(&arena);
	return login;
}

static void a_proxy_gets_the_login_given_for_it_or_else_its_own(void **state)
{
	long blocks = mem_live_blocks();
	struct proxy *plain = NULL, *own = NULL;
	const struct login *given = NULL;
	struct pool_access access;
	bool no_auth;

	(void)state;
	assert_int_equal(proxy_new(SPAN("http://p.test"), &plain), ERR_NONE);
	assert_int_equal(proxy_new(SPAN("http://u:p@p.test"), &own), ERR_NONE);
	assert_int_equal(login_new(SPAN("g"), SPAN("p"), &given), ERR_NONE);
	access = (struct pool_access){.proxy_login = given};
	assert_null(login_through(plain, nobody, &no_auth));
	assert_ptr_equal(login_through(plain, access, &no_auth), given);
	assert_ptr_equal(login_through(own, nobody, &no_auth), own->login);
	assert_ptr_equal(login_through(own, access, &no_auth), given);
	assert_null(login_through(NULL, access, &no_auth));
	assert_false(no_auth);
	login_through(own, proxy_unanswered, &no_auth);
	assert_true(no_auth);
	login_through(NULL, proxy_unanswered, &no_auth);
	assert_false(no_auth);
	login_unref(given);
	proxy_free(own);
	proxy_free(plain);
	assert_int_equal(mem_live_blocks(), blocks);
}

/* ---- queues ---- */

/* A place with wants of these limits that wait, all of them queued. */
struct queue {
	struct map places;
	struct place *place;
	struct pool_want wants[3];
	struct place_wait *waits[3]; /* theirs */
	struct arena arena;
};

static void queue_init(struct queue *queue, const uint32_t limits[3])
{
	struct url url;

	*queue = (struct queue){0};
	assert_int_equal(map_init(&queue->places), ERR_NONE);
	assert_int_equal(url_parse(&queue->arena, SPAN("https://a.test/"), NULL, &url),
			 ERR_NONE);
	queue->place = place_new(&queue->places, SPAN("key"), &url, &queue->wants[0]);
	assert_non_null(queue->place);
	assert_false(queue->place->is_single);
	for (size_t i = 0; i < 3; i++) {
		struct place_wait *wait;

		queue->wants[i].max_connections = limits[i];
		wait = queue->waits[i] = place_wait_new(queue->place, &queue->wants[i]);
		assert_non_null(wait);
		assert_ptr_equal(queue->wants[i].wait, wait);
		place_set_queued(wait, true);
	}
}

static void queue_done(struct queue *queue)
{
	for (size_t i = 0; i < 3; i++)
		place_wait_end(queue->waits[i]);
	queue->place->open = 0;
	assert_true(place_is_empty(queue->place));
	place_free(queue->place, &queue->places);
	map_done(&queue->places);
	arena_done(&queue->arena);
}

static void those_who_wait_are_found_in_their_order(void **state)
{
	const uint32_t limits[3] = {2, 5, 3};
	struct queue queue;

	(void)state;
	queue_init(&queue, limits);
	assert_ptr_equal(place_first_queued(queue.place), queue.waits[0]);
	place_set_queued(queue.waits[0], false);
	assert_ptr_equal(place_first_queued(queue.place), queue.waits[1]);
	assert_ptr_equal(place_first_waiting(queue.place, true), queue.waits[0]);
	queue.wants[0].wants_fresh = true;
	assert_ptr_equal(place_first_waiting(queue.place, true), queue.waits[1]);
	assert_ptr_equal(place_first_waiting(queue.place, false), queue.waits[0]);
	queue_done(&queue);
}

static void the_first_whose_own_limit_leaves_room_is_found(void **state)
{
	const uint32_t limits[3] = {2, 5, 3};
	static const struct {
		uint64_t open;
		int found; /* -1: none */
	} cases[] = {{1, 0}, {2, 1}, {4, 1}, {5, -1}, {6, -1}};
	struct queue queue;

	(void)state;
	queue_init(&queue, limits);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place_wait *found =
			cases[i].found < 0 ? NULL : queue.waits[cases[i].found];

		queue.place->open = cases[i].open;
		assert_ptr_equal(place_first_to_dial(queue.place), found);
	}
	queue_done(&queue);
}

static void nobody_dials_beside_a_connection_that_may_serve_many(void **state)
{
	const uint32_t limits[3] = {1, 0, 3};
	struct queue queue;

	(void)state;
	queue_init(&queue, limits);
	queue.place->dials = queue.place->open = 1;
	assert_null(place_first_to_dial(queue.place));
	assert_false(place_may_dial(queue.waits[1]));
	queue.place->is_single = true;
	assert_ptr_equal(place_first_to_dial(queue.place), queue.waits[1]);
	assert_true(place_may_dial(queue.waits[1]));
	assert_false(place_may_dial(queue.waits[0]));
	queue.place->is_single = false;
	queue.place->dials = 0;
	assert_ptr_equal(place_first_to_dial(queue.place), queue.waits[1]);
	queue_done(&queue);
}

static void one_who_is_served_otherwise_leaves_the_dial_behind(void **state)
{
	const uint32_t limits[3] = {0, 0, 0};
	struct queue queue;
	struct place_wait *wait;

	(void)state;
	queue_init(&queue, limits);
	wait = queue.waits[0];
	/* It is not looked into. */
	wait->dial = (struct dial *)(void *)&queue;
	place_wait_end(wait);
	assert_null(queue.wants[0].wait);
	assert_null(wait->want);
	assert_ptr_equal(place_first_waiting(queue.place, false), queue.waits[1]);
	assert_null(place_wait_end_dial(wait));
	queue.waits[1]->dial = (struct dial *)(void *)&queue;
	assert_ptr_equal(place_wait_end_dial(queue.waits[1]), queue.waits[1]);
	queue.waits[0] = place_wait_new(queue.place, &queue.wants[0]);
	assert_non_null(queue.waits[0]);
	queue_done(&queue);
}

/* Whether HTTP/2 is spoken at a place. */
static bool speaks_h2(const char *href, enum connection_protocol protocol,
		      const struct proxy *proxy, const char *alpn)
{
	const struct pool_access access = {.proxy = proxy};
	struct pool_want want = {.protocol = protocol, .access = &access};
	struct tls_facts tls = {.alpn = span_str(alpn ? alpn : "")};
	struct arena arena = {0};
	struct map places = {0};
	struct place *place;
	struct url url;
	bool speaks;

	assert_int_equal(map_init(&places), ERR_NONE);
	assert_int_equal(url_parse(&arena, span_str(href), NULL, &url), ERR_NONE);
	place = place_new(&places, SPAN("key"), &url, &want);
	assert_non_null(place);
	speaks = place_speaks_h2(place, alpn ? &tls : NULL);
	if (speaks)
		assert_false(place->is_single);
	place_free(place, &places);
	map_done(&places);
	arena_done(&arena);
	return speaks;
}

static void http_2_is_spoken_where_it_was_agreed_on_or_known_before(void **state)
{
	struct proxy *open = NULL, *socks = NULL;

	(void)state;
	assert_int_equal(proxy_new(SPAN("http://p.test"), &open), ERR_NONE);
	assert_int_equal(proxy_new(SPAN("socks5://p.test"), &socks), ERR_NONE);
	assert_true(speaks_h2("https://a.test/", CONNECTION_ANY, NULL, "h2"));
	assert_false(speaks_h2("https://a.test/", CONNECTION_ANY, NULL, "http/1.1"));
	assert_false(speaks_h2("https://a.test/", CONNECTION_ANY, NULL, ""));
	assert_false(speaks_h2("https://a.test/", CONNECTION_HTTP_1_1, NULL, "h2"));
	assert_true(speaks_h2("https://a.test/", CONNECTION_HTTP_2, NULL, "h2"));
	assert_true(speaks_h2("https://a.test/", CONNECTION_ANY, open, "h2"));
	assert_false(speaks_h2("http://a.test/", CONNECTION_ANY, NULL, NULL));
	assert_false(speaks_h2("http://a.test/", CONNECTION_HTTP_1_1, NULL, NULL));
	assert_true(speaks_h2("http://a.test/", CONNECTION_HTTP_2, NULL, NULL));
	assert_false(speaks_h2("http://a.test/", CONNECTION_HTTP_2, open, NULL));
	assert_true(speaks_h2("http://a.test/", CONNECTION_HTTP_2, socks, NULL));
	proxy_free(open);
	proxy_free(socks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_differ_by_all_that_keeps_connections_apart),
		cmocka_unit_test(places_differ_by_the_protocol_that_is_asked_for),
		cmocka_unit_test(a_place_does_not_differ_by_anything_else),
		cmocka_unit_test(a_key_that_finds_no_memory_is_a_failure),
		cmocka_unit_test(a_proxy_gets_the_login_given_for_it_or_else_its_own),
		cmocka_unit_test(those_who_wait_are_found_in_their_order),
		cmocka_unit_test(the_first_whose_own_limit_leaves_room_is_found),
		cmocka_unit_test(one_who_is_served_otherwise_leaves_the_dial_behind),
		cmocka_unit_test(nobody_dials_beside_a_connection_that_may_serve_many),
		cmocka_unit_test(http_2_is_spoken_where_it_was_agreed_on_or_known_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
