/* SPDX-License-Identifier: MIT */
#include "engine/place.h"

#include "base/mem.h"
#include "lib/test.h"
#include "tls/identity.h"
#include "tls/verdict.h"

/* Who wants what of the origin of a URL. */
struct row {
	const char *url;
	unsigned forgiven;
	const struct identity *identity;
};

static const struct identity ann = {.sha256 = {1, 2, 3}};
static const struct identity ben = {.sha256 = {1, 2, 4}};

static void put_key(struct arena *arena, const struct row *row, struct buf *key)
{
	struct pool_want want = {.forgiven = row->forgiven, .identity = row->identity};
	struct url url;

	assert_int_equal(url_parse(arena, span_str(row->url), NULL, &url), ERR_NONE);
	assert_int_equal(place_put_key(key, &url, &want), ERR_NONE);
}

static bool is_same(const struct row *a, const struct row *b)
{
	struct arena arena = {0};
	struct buf key_a = {0}, key_b = {0};
	bool is_same;

	put_key(&arena, a, &key_a);
	put_key(&arena, b, &key_b);
	is_same = span_eq(buf_span(&key_a), buf_span(&key_b));
	buf_done(&key_a);
	buf_done(&key_b);
	arena_done(&arena);
	return is_same;
}

static void places_differ_by_all_that_keeps_connections_apart(void **state)
{
	static const struct row rows[] = {
		{"http://a.test/", 0, NULL},
		{"https://a.test/", 0, NULL},
		{"https://b.test/", 0, NULL},
		{"https://a.test:8443/", 0, NULL},
		{"http://a.test:443/", 0, NULL},
		{"https://a.test/", VERDICT_DATE, NULL},
		{"https://a.test/", VERDICT_NAME, NULL},
		{"https://a.test/", VERDICT_ALL, NULL},
		{"https://a.test/", 0, &ann},
		{"https://a.test/", 0, &ben},
		{"https://a.test/", VERDICT_ALL, &ann},
	};
	const size_t count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			assert_int_equal(is_same(&rows[i], &rows[k]), i == k);
}

static void a_place_does_not_differ_by_anything_else(void **state)
{
	static const struct {
		struct row a, b;
	} pairs[] = {
		{{"https://a.test/x?y", 0, NULL}, {"https://A.test:443/", 0, NULL}},
		{{"https://u:p@a.test/", 0, NULL}, {"https://a.test/#f", 0, NULL}},
		{{"http://a.test/", VERDICT_ALL, &ann}, {"http://a.test/", 0, NULL}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_true(is_same(&pairs[i].a, &pairs[i].b));
}

static void a_key_that_finds_no_memory_is_a_failure(void **state)
{
	struct arena arena = {0};
	struct buf key = {0};
	struct pool_want want = {0};
	struct url url;

	(void)state;
	assert_int_equal(url_parse(&arena, SPAN("https://a.test/"), NULL, &url),
			 ERR_NONE);
	mem_fail_at(1);
	assert_int_equal(place_put_key(&key, &url, &want), ERR_NO_MEMORY);
	mem_fail_at(0);
	buf_done(&key);
	arena_done(&arena);
}

/* A place with wants of these limits that wait, all of them queued. */
struct queue {
	struct map places;
	struct place *place;
	struct pool_want wants[3];
	struct arena arena;
};

static void queue_init(struct queue *queue, const uint32_t limits[3])
{
	struct url url;

	*queue = (struct queue){0};
	assert_int_equal(map_init(&queue->places), ERR_NONE);
	assert_int_equal(url_parse(&queue->arena, SPAN("http://a.test/"), NULL, &url),
			 ERR_NONE);
	queue->place =
		place_new(&queue->places, SPAN("key"), &url, &queue->wants[0], NULL);
	assert_non_null(queue->place);
	for (size_t i = 0; i < 3; i++) {
		struct pool_want *want = &queue->wants[i];

		list_init(&want->node);
		want->place = queue->place;
		want->max_connections = limits[i];
		list_put_last(&queue->place->waiting, &want->node);
		place_set_queued(want, true);
	}
}

static void queue_done(struct queue *queue)
{
	for (size_t i = 0; i < 3; i++)
		list_remove(&queue->wants[i].node);
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
	assert_ptr_equal(place_first_queued(queue.place), &queue.wants[0]);
	place_set_queued(&queue.wants[0], false);
	assert_ptr_equal(place_first_queued(queue.place), &queue.wants[1]);
	assert_ptr_equal(place_first_waiting(queue.place, true), &queue.wants[0]);
	queue.wants[0].wants_fresh = true;
	assert_ptr_equal(place_first_waiting(queue.place, true), &queue.wants[1]);
	assert_ptr_equal(place_first_waiting(queue.place, false), &queue.wants[0]);
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
		struct pool_want *found =
			cases[i].found < 0 ? NULL : &queue.wants[cases[i].found];

		queue.place->open = cases[i].open;
		assert_ptr_equal(place_first_with_room(queue.place), found);
	}
	queue_done(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_differ_by_all_that_keeps_connections_apart),
		cmocka_unit_test(a_place_does_not_differ_by_anything_else),
		cmocka_unit_test(a_key_that_finds_no_memory_is_a_failure),
		cmocka_unit_test(those_who_wait_are_found_in_their_order),
		cmocka_unit_test(the_first_whose_own_limit_leaves_room_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
