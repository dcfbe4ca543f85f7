/* SPDX-License-Identifier: MIT */
/*
 * Rings of embedded nodes. A ring's head and a node outside every ring link to
 * themselves. Nothing is allocated.
 */
#ifndef IXHR2_BASE_LIST_H
#define IXHR2_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next; /* first entry of a head, or the node behind */
	struct list *prev; /* last entry of a head, or the node before */
};

/* The struct of the given type whose member is the node. */
#define LIST_ENTRY(node, type, member)                                                   \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *list)
{
	list->next = list;
	list->prev = list;
}

/* Whether a head has no entries, or a node is in no ring. */
static inline bool list_is_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_put_before(struct list *where, struct list *node)
{
	node->next = where;
	node->prev = where->prev;
	where->prev->next = node;
	where->prev = node;
}

static inline void list_put_last(struct list *head, struct list *node)
{
	list_put_before(head, node);
}

static inline void list_put_first(struct list *head, struct list *node)
{
	list_put_before(head->next, node);
}

/* Takes a node out of its ring; one that is in none stays as it is. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Takes the first entry out and answers it, or NULL when there is none. */
static inline struct list *list_take_first(struct list *head)
{
	struct list *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}

/* Moves all entries of one head to the end of another's, in their order. */
static inline void list_move_all(struct list *from, struct list *to)
{
	struct list *node;

	while ((node = list_take_first(from)))
		list_put_last(to, node);
}

#endif
