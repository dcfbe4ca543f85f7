/* SPDX-License-Identifier: MIT */
/*
 * The descriptors that a pool may have for its connections, and those who starve: who
 * could have a connection if there were one more. It knows neither connections nor those
 * who want them; the pool counts here what it opens and closes, and is told who is fed.
 * Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_RATION_H
#define IXHR2_ENGINE_RATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "engine/settings.h"
#include "net/loop.h"

/* When the system may have a descriptor again, if none of ours comes back before. */
#define RATION_RETRY_MS 100u

struct ration;

/* What it has the pool do. */
struct ration_ops {
	/* Closes a connection that nobody uses, and gives its descriptor back. False:
	 * there is none. */
	bool (*spare)(struct ration *ration);

	/* There is a descriptor for one who has starved, and does not any more. At top
	 * level. */
	void (*feed)(struct ration *ration, struct list *one);

	/* Nobody would look after one who has starved; memory is out. The same. */
	void (*abandon)(struct ration *ration, struct list *one);
};

/* Tells that somebody starves, again and again while that is so. */
typedef void ration_starved_fn(void *owner);

struct ration {
	const struct ration_ops *ops;	 /* the pool's */
	struct loop *loop;		 /* runs task and timer */
	const struct settings *settings; /* how many pools share the descriptors */
	uint64_t taken;			 /* descriptors */
	uint64_t limit;			 /* of taken */
	struct list starved;		 /* who starves, first come first */
	struct loop_timer retry;	 /* runs while somebody does: raises the limit */
	struct loop_task feed;		 /* feeds those who starve */
	ration_starved_fn *tell;	 /* told of those who starve, or NULL, */
	void *watcher;			 /* and its argument */
};

/* One of which nothing is taken; borrows what it is given. */
void ration_init(struct ration *ration, const struct ration_ops *ops, struct loop *loop,
		 const struct settings *settings);

/* Stops what runs. Nobody may starve. */
void ration_done(struct ration *ration);

/* Whom to tell, because others in the process may have descriptors to spare. */
void ration_watch(struct ration *ration, ration_starved_fn *starved, void *owner);

/* Whether one more may be taken now; what is not used makes room for it. */
bool ration_has_room(struct ration *ration);

/* Takes one, without asking. */
void ration_take(struct ration *ration);

/* One that was taken is free again; who starves is fed soon. */
void ration_give(struct ration *ration);

/* The system has refused the last one that was taken; it is given back as the others. */
void ration_lower(struct ration *ration);

/* Lets one starve, until it is fed or taken out of its list. ERR_NO_MEMORY. */
MUST_USE enum err ration_starve(struct ration *ration, struct list *one);

/* There may be something to spare: who starves is fed soon. */
void ration_look(struct ration *ration);

#endif
