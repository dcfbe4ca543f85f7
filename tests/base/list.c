/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "base/list.h"

struct letter {
	int before;	  /* so that the node is not first */
	struct list node; /* in the ring of the test */
	char name;	  /* what is compared */
};

static void assert_ring(const struct list *head, const char *names)
{
	const struct list *node = head->next;

	for (; *names; names++, node = node->next) {
		assert_ptr_not_equal(node, head);
		assert_int_equal(LIST_ENTRY(node, struct letter, node)->name, *names);
		assert_ptr_equal(node->next->prev, node);
	}
	assert_ptr_equal(node, head);
}

static void entries_stand_where_they_were_put(void **state)
{
	struct list head;
	struct letter a = {.name = 'a'};
	struct letter b = {.name = 'b'};
	struct letter c = {.name = 'c'};
	struct letter d = {.name = 'd'};

	(void)state;
	list_init(&head);
	assert_true(list_is_empty(&head));
	list_put_last(&head, &c.node);
	list_put_last(&head, &d.node);
	list_put_first(&head, &a.node);
	list_put_before(&c.node, &b.node);
	assert_false(list_is_empty(&head));
	assert_ring(&head, "abcd");
}

static void a_removed_node_is_in_no_ring(void **state)
{
	struct list head;
	struct letter a = {.name = 'a'};
	struct letter b = {.name = 'b'};

	(void)state;
	list_init(&head);
	list_put_last(&head, &a.node);
	list_put_last(&head, &b.node);
	list_remove(&a.node);
	assert_true(list_is_empty(&a.node));
	assert_ring(&head, "b");
	list_remove(&a.node);
	assert_ring(&head, "b");
	list_remove(&b.node);
	assert_true(list_is_empty(&head));
}

static void entries_are_taken_in_order(void **state)
{
	struct list head;
	struct letter a = {.name = 'a'};
	struct letter b = {.name = 'b'};

	(void)state;
	list_init(&head);
	assert_null(list_take_first(&head));
	list_put_last(&head, &a.node);
	list_put_last(&head, &b.node);
	assert_ptr_equal(list_take_first(&head), &a.node);
	assert_ptr_equal(list_take_first(&head), &b.node);
	assert_null(list_take_first(&head));
}

static void all_entries_move_behind_those_of_another(void **state)
{
	struct list from, to;
	struct letter a = {.name = 'a'};
	struct letter b = {.name = 'b'};
	struct letter c = {.name = 'c'};

	(void)state;
	list_init(&from);
	list_init(&to);
	list_put_last(&to, &a.node);
	list_move_all(&from, &to);
	assert_ring(&to, "a");
	list_put_last(&from, &b.node);
	list_put_last(&from, &c.node);
	list_move_all(&from, &to);
	assert_ring(&to, "abc");
	assert_true(list_is_empty(&from));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_stand_where_they_were_put),
		cmocka_unit_test(a_removed_node_is_in_no_ring),
		cmocka_unit_test(entries_are_taken_in_order),
		cmocka_unit_test(all_entries_move_behind_those_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
