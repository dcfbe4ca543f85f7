/* SPDX-License-Identifier: MIT */
/*
 * One entry for each name: new (the resolver is asked, or the answer waits to be told),
 * then kept. Who asks joins those who wait at the entry. Its task tells all of them; for
 * a name that is kept it is queued at once, and so it is for one that needs no resolver
 * (an address, localhost), which is kept like any other. A failure is not kept.
 *
 * When the last one who waits leaves, a question that no thread has begun is given up.
 * Another one goes on, and its answer is kept.
 */
#include "net/dns.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "net/dns_literal.h"
#include "net/resolver.h"

#define NS_PER_MS 1000000u

struct dns {
	struct loop *loop;	   /* where questions are asked and told */
	struct resolver *resolver; /* answers them; owned */
	struct map names;	   /* of struct dns_name */
	struct list kept;	   /* of struct dns_name: the oldest answer first */
	size_t kept_count;	   /* length of kept */
};

struct dns_name {
	struct map_entry entry;		    /* in names while there is a dns */
	struct list node;		    /* in kept, if it is kept */
	struct dns *dns;		    /* NULL once that has dropped the name */
	struct list waiting;		    /* of struct dns_query */
	struct loop_task tell;		    /* tells those who wait */
	struct resolver_question *question; /* the resolver has it, or NULL */
	bool is_kept;			    /* in kept */
	bool is_lent;			    /* the answer is being told */
	uint64_t until_ms;		    /* when the answer is too old */
	struct fault fault;		    /* why there is no answer */
	struct dns_answer answer;	    /* valid unless there is a fault */
	char text[];			    /* the key, NUL-terminated */
};

static uint64_t now_ms(void)
{
	return clock_mono_ns() / NS_PER_MS;
}

/* ---- entries ---- */

static void free_name(struct dns_name *name)
{
	loop_task_cancel(&name->tell);
	mem_free(name);
}

/* Takes a name out of the tables. */
static void drop(struct dns_name *name)
{
	struct dns *dns = name->dns;

	dns->kept_count -= name->is_kept;
	map_remove(&dns->names, &name->entry);
	list_remove(&name->node);
	name->dns = NULL;
}

/* Frees the oldest answers: those whose time is over, and one if there are too many. */
static void make_room(struct dns *dns)
{
	uint64_t now = now_ms();

	while (dns->kept_count > 0) {
		struct dns_name *oldest =
			LIST_ENTRY(dns->kept.next, struct dns_name, node);

		if (oldest->until_ms > now && dns->kept_count < DNS_MAX_NAMES)
			return;
		/* It is about to be told. */
		if (!list_is_empty(&oldest->waiting))
			return;
		drop(oldest);
		free_name(oldest);
	}
}

/* Begins to keep the answer that has come. */
static void keep(struct dns_name *name)
{
	struct dns *dns = name->dns;

	make_room(dns);
	name->is_kept = true;
	name->until_ms = now_ms() + DNS_KEEP_MS;
	list_put_last(&dns->kept, &name->node);
	dns->kept_count++;
}

/* Whether the answer of a name that is kept must be asked for again. */
static bool is_stale(const struct dns_name *name)
{
	return name->is_kept && !name->is_lent && list_is_empty(&name->waiting) &&
	       name->until_ms <= now_ms();
}

static void tell(struct loop_task *task);

static enum err new_name(struct dns *dns, struct span host, struct dns_name **out_name)
{
	struct dns_name *name = mem_zalloc(sizeof(*name) + host.len + 1);
	enum err err;

	if (!name)
		return ERR_NO_MEMORY;
	memcpy(name->text, host.at, host.len);
	err = map_put(&dns->names, &name->entry, span_of(name->text, host.len));
	if (err) {
		mem_free(name);
		return err;
	}
	name->dns = dns;
	list_init(&name->waiting);
	list_init(&name->node);
	loop_task_init(&name->tell, tell);
	*out_name = name;
	return ERR_NONE;
}

/* ---- the resolver ---- */

/* Whether the process has no descriptor left; resolvers hide that behind other words. */
static bool is_out_of_descriptors(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	if (fd < 0)
		return err_from_errno(errno) == ERR_NO_DESCRIPTOR;
	close(fd);
	return false;
}

/* Which failure a status of getaddrinfo is, and errno behind it. */
static enum err err_of(int status, int sys)
{
	enum err err = ERR_NAME;

	if (status == EAI_MEMORY)
		return ERR_NO_MEMORY;
	if (status == EAI_SYSTEM)
		err = err_from_errno(sys);
	if (err == ERR_NO_MEMORY || err == ERR_NO_DESCRIPTOR)
		return err;
	return is_out_of_descriptors() ? ERR_NO_DESCRIPTOR : ERR_NAME;
}

static void set_fault(struct dns_name *name, int status, int sys)
{
	name->fault = (struct fault){.err = err_of(status, sys),
				     .sys = sys,
				     .what = sys ? "getaddrinfo" : gai_strerror(status)};
}

static void copy_answer(struct dns_name *name, const struct addrinfo *from)
{
	struct dns_answer *answer = &name->answer;

	for (; from && answer->count < DNS_MAX_ADDRESSES; from = from->ai_next) {
		union dns_address *to = &answer->at[answer->count];

		if (from->ai_family == AF_INET)
			memcpy(&to->v4, from->ai_addr, sizeof(to->v4));
		else if (from->ai_family == AF_INET6)
			memcpy(&to->v6, from->ai_addr, sizeof(to->v6));
		else
			continue;
		answer->count++;
	}
	if (answer->count == 0)
		set_fault(name, EAI_NONAME, 0);
}

static void on_answer(void *owner, int status, int sys, const struct addrinfo *found)
{
	struct dns_name *name = owner;

	if (status)
		set_fault(name, status, sys);
	else
		copy_answer(name, found);
	name->question = NULL;
	loop_task_queue(name->dns->loop, &name->tell);
}

/* Asks the resolver. Only a lack of memory is an error here, others are told later. */
static enum err ask_resolver(struct dns_name *name)
{
	struct resolver *resolver = name->dns->resolver;
	enum err err = ERR_NONE;

	if (strlen(name->text) > DNS_MAX_HOST_BYTES)
		set_fault(name, EAI_NONAME, 0);
	else
		err = resolver_ask(resolver, name->text, on_answer, name,
				   &name->question);
	if (err != ERR_SYSTEM)
		return err;
	set_fault(name, EAI_AGAIN, 0);
	return ERR_NONE;
}

/* ---- telling ---- */

/* Tells all who wait now. Each of them may ask and cancel. */
static void tell_all(struct dns_name *name)
{
	const struct dns_answer *answer = name->fault.err ? NULL : &name->answer;
	struct list waiting;
	struct list *node;

	list_put_before(name->waiting.next, &waiting);
	list_remove(&name->waiting);
	while ((node = list_take_first(&waiting))) {
		struct dns_query *query = LIST_ENTRY(node, struct dns_query, node);

		query->dns = NULL;
		query->done(query, answer, &name->fault);
	}
}

static void tell(struct loop_task *task)
{
	struct dns_name *name = LIST_ENTRY(task, struct dns_name, tell);

	if (name->fault.err) {
		/* Who asks again while this is told begins anew. */
		drop(name);
		tell_all(name);
		free_name(name);
		return;
	}
	if (!name->is_kept)
		keep(name);
	name->is_lent = true;
	tell_all(name);
	name->is_lent = false;
}

/* ---- questions ---- */

/* A new name in place of a stale one, if there is one, answered at once or asked for. */
static enum err begin(struct dns *dns, struct span host, struct dns_name *stale,
		      struct dns_name **out_name)
{
	struct dns_name *name;
	enum err err;

	if (stale) {
		drop(stale);
		free_name(stale);
	}
	err = new_name(dns, host, &name);
	if (err)
		return err;
	if (!dns_literal(host, &name->answer))
		err = ask_resolver(name);
	if (err) {
		drop(name);
		free_name(name);
		return err;
	}
	*out_name = name;
	return ERR_NONE;
}

enum err dns_ask(struct dns *dns, struct span host, struct dns_query *query)
{
	struct map_entry *entry = map_get(&dns->names, host);
	struct dns_name *name = entry ? LIST_ENTRY(entry, struct dns_name, entry) : NULL;

	if (!name || is_stale(name)) {
		enum err err = begin(dns, host, name, &name);

		if (err)
			return err;
	}
	query->dns = dns;
	query->name = name;
	list_put_last(&name->waiting, &query->node);
	if (!name->question)
		loop_task_queue(dns->loop, &name->tell);
	return ERR_NONE;
}

void dns_cancel(struct dns_query *query)
{
	struct dns_name *name = query->name;

	if (!query->dns)
		return;
	query->dns = NULL;
	list_remove(&query->node);
	if (!name->question || !list_is_empty(&name->waiting))
		return;
	if (!resolver_give_up(name->question))
		return;
	drop(name);
	free_name(name);
}

/* ---- life ---- */

enum err dns_new(struct loop *loop, struct dns **out_dns)
{
	struct dns *dns = mem_zalloc(sizeof(*dns));
	enum err err;

	if (!dns)
		return ERR_NO_MEMORY;
	err = resolver_new(loop, &dns->resolver);
	if (err)
		goto free_dns;
	err = map_init(&dns->names);
	if (err)
		goto free_resolver;
	dns->loop = loop;
	list_init(&dns->kept);
	*out_dns = dns;
	return ERR_NONE;

free_resolver:
	resolver_free(dns->resolver);
free_dns:
	mem_free(dns);
	return err;
}

void dns_free(struct dns *dns)
{
	struct map_entry *entry;

	if (!dns)
		return;
	resolver_free(dns->resolver);
	while ((entry = map_any(&dns->names))) {
		struct dns_name *name = LIST_ENTRY(entry, struct dns_name, entry);

		drop(name);
		free_name(name);
	}
	map_done(&dns->names);
	mem_free(dns);
}
