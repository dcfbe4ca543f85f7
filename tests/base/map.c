/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdio.h>

#include "base/map.h"
#include "base/mem.h"
#include "lib/guard.h"

#define ENTRIES 1000

struct word {
	struct map_entry entry; /* in the map of the test */
	char text[24];		/* its key */
};

static struct word words[ENTRIES];

static void fill(struct map *map)
{
	assert_int_equal(map_init(map), ERR_NONE);
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(words[i].text, sizeof(words[i].text), "word %d", i);
		assert_int_equal(map_put(map, &words[i].entry, span_str(words[i].text)),
				 ERR_NONE);
	}
}

static void an_empty_map_has_nothing_and_allocates_nothing(void **state)
{
	struct map map;

	(void)state;
	mem_fail_from(1);
	assert_int_equal(map_init(&map), ERR_NONE);
	assert_null(map_get(&map, SPAN("word")));
	assert_null(map_any(&map));
	map_done(&map);
	assert_false(mem_has_failed());
	mem_fail_from(0);
}

static void what_was_put_is_found(void **state)
{
	struct guard guard = {0};
	struct map map;

	(void)state;
	fill(&map);
	assert_int_equal(map.count, ENTRIES);
	for (int i = 0; i < ENTRIES; i++) {
		struct span key = guard_copy(&guard, span_str(words[i].text));

		assert_ptr_equal(map_get(&map, key), &words[i].entry);
	}
	assert_null(map_get(&map, SPAN("word 1000")));
	assert_null(map_get(&map, SPAN("word")));
	assert_null(map_get(&map, SPAN("")));
	assert_null(map_get(&map, SPAN("word 1\0")));
	map_done(&map);
	guard_done(&guard);
}

static void keys_differ_in_length_and_in_any_byte(void **state)
{
	static const char zeros[40];
	struct map_entry entries[sizeof(zeros)];
	struct map map;

	(void)state;
	assert_int_equal(map_init(&map), ERR_NONE);
	for (size_t i = 0; i < sizeof(zeros); i++)
		assert_int_equal(map_put(&map, &entries[i], span_of(zeros, i)), ERR_NONE);
	for (size_t i = 0; i < sizeof(zeros); i++) {
		char key[sizeof(zeros)] = {0};

		assert_ptr_equal(map_get(&map, span_of(key, i)), &entries[i]);
		for (size_t j = 0; j < i; j++) {
			key[j] = 1;
			assert_null(map_get(&map, span_of(key, i)));
			key[j] = 0;
		}
	}
	map_done(&map);
}

static void what_was_removed_is_gone_and_the_rest_stays(void **state)
{
	struct map map;

	(void)state;
	fill(&map);
	for (int i = 0; i < ENTRIES; i += 2)
		map_remove(&map, &words[i].entry);
	assert_int_equal(map.count, ENTRIES / 2);
	for (int i = 0; i < ENTRIES; i++)
		assert_ptr_equal(map_get(&map, span_str(words[i].text)),
				 i % 2 ? &words[i].entry : NULL);
	for (int i = 0; i < ENTRIES; i += 2)
		assert_int_equal(map_put(&map, &words[i].entry, span_str(words[i].text)),
				 ERR_NONE);
	assert_int_equal(map.count, ENTRIES);
	map_done(&map);
}

static void all_entries_can_be_taken_out_one_by_one(void **state)
{
	struct map_entry *entry;
	struct map map;
	int taken = 0;

	(void)state;
	fill(&map);
	while ((entry = map_any(&map)) != NULL) {
		map_remove(&map, entry);
		taken++;
	}
	assert_int_equal(taken, ENTRIES);
	assert_int_equal(map.count, 0);
	map_done(&map);
}

static void chains_stay_short(void **state)
{
	struct map map;

	(void)state;
	fill(&map);
	assert_true(map.slot_count >= ENTRIES);
	for (size_t i = 0; i < map.slot_count; i++) {
		size_t length = 0;

		for (struct map_entry *at = map.slots[i]; at; at = at->next)
			length++;
		/* At load one a chain of twenty has a chance of one in 10^18. */
		assert_true(length < 20);
	}
	map_done(&map);
}

static void each_map_hashes_in_its_own_way(void **state)
{
	struct map_entry a;
	struct map_entry b;
	struct map first;
	struct map second;

	(void)state;
	assert_int_equal(map_init(&first), ERR_NONE);
	assert_int_equal(map_init(&second), ERR_NONE);
	assert_int_equal(map_put(&first, &a, SPAN("word")), ERR_NONE);
	assert_int_equal(map_put(&second, &b, SPAN("word")), ERR_NONE);
	assert_true(a.hash != b.hash);
	map_done(&first);
	map_done(&second);
}

static void the_hash_is_siphash_1_3(void **state)
{
	/* The key 00 01 … 0f and inputs 00 01 … of the reference implementation, with
	 * one round for a word and three at the end. */
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{0, 0xabac0158050fc4dc},  {1, 0xc9f49bf37d57ca93},
		{7, 0xd3927d989bb11140},  {8, 0x369095118d299a8e},
		{15, 0xd320d86d2a519956}, {16, 0xcc4fdd1a7d908b66},
	};
	char bytes[16];
	struct map map;

	(void)state;
	assert_int_equal(map_init(&map), ERR_NONE);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	map.seed[0] = 0x0706050403020100;
	map.seed[1] = 0x0f0e0d0c0b0a0908;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct map_entry entry;

		assert_int_equal(map_put(&map, &entry, span_of(bytes, rows[i].len)),
				 ERR_NONE);
		assert_true(entry.hash == rows[i].hash);
		map_remove(&map, &entry);
	}
	map_done(&map);
}

static void a_failing_allocation_leaves_the_map_as_it_was(void **state)
{
	struct map map;
	int refused = 0;

	(void)state;
	assert_int_equal(map_init(&map), ERR_NONE);
	for (int i = 0; i < 100; i++) {
		enum err err;

		snprintf(words[i].text, sizeof(words[i].text), "word %d", i);
		mem_fail_at(1);
		err = map_put(&map, &words[i].entry, span_str(words[i].text));
		mem_fail_at(0);
		if (err) {
			refused++;
			assert_int_equal(err, ERR_NO_MEMORY);
			assert_int_equal(map.count, i);
			assert_null(map_get(&map, span_str(words[i].text)));
			err = map_put(&map, &words[i].entry, span_str(words[i].text));
		}
		assert_int_equal(err, ERR_NONE);
		assert_ptr_equal(map_get(&map, SPAN("word 0")), &words[0].entry);
	}
	/* At 0, 8, 16, 32 and 64 entries it grows. */
	assert_int_equal(refused, 5);
	map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_has_nothing_and_allocates_nothing),
		cmocka_unit_test(what_was_put_is_found),
		cmocka_unit_test(keys_differ_in_length_and_in_any_byte),
		cmocka_unit_test(what_was_removed_is_gone_and_the_rest_stays),
		cmocka_unit_test(all_entries_can_be_taken_out_one_by_one),
		cmocka_unit_test(chains_stay_short),
		cmocka_unit_test(each_map_hashes_in_its_own_way),
		cmocka_unit_test(the_hash_is_siphash_1_3),
		cmocka_unit_test(a_failing_allocation_leaves_the_map_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
