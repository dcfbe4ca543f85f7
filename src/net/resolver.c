/* SPDX-License-Identifier: MIT */
/*
 * A question waits in a queue until a thread takes it, and is the thread's until it is
 * posted to the loop or, when the resolver has been freed meanwhile, thrown away. Threads
 * are detached and end when the queue is empty, so all that exist are at work, and each
 * new question begins a new one until there are enough.
 *
 * Nobody waits for them when the process ends: a resolver without a server may take half
 * a minute.
 *
 * The resolver stays while somebody refers to it: its maker, questions and threads.
 */
#include "net/resolver.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"

struct resolver {
	struct loop *loop;    /* where answers are told */
	pthread_mutex_t lock; /* guards what follows */
	struct list queue;    /* of questions that no thread has begun, in order */
	unsigned threads;     /* how many there are */
	unsigned refs;	      /* references */
	bool is_closed;	      /* resolver_free was called; the loop may be gone */
};

struct resolver_question {
	struct list node;	   /* in queue, or alone */
	struct loop_post post;	   /* brings the answer to the owner */
	struct resolver *resolver; /* a reference */
	resolver_done_fn *done;	   /* who is told, */
	void *owner;		   /* and its argument */
	int status;		   /* of getaddrinfo */
	int sys;		   /* errno behind it, or 0 */
	struct addrinfo *found;	   /* what it found, or NULL; owned */
	char host[];		   /* the name */
};

/* Drops a reference. The lock is held, and is not afterwards. */
static void unref_and_unlock(struct resolver *resolver)
{
	bool is_last = --resolver->refs == 0;

	pthread_mutex_unlock(&resolver->lock);
	if (!is_last)
		return;
	pthread_mutex_destroy(&resolver->lock);
	mem_free(resolver);
}

static void free_question(struct resolver_question *question)
{
	struct resolver *resolver = question->resolver;

	if (question->found)
		freeaddrinfo(question->found);
	mem_free(question);
	pthread_mutex_lock(&resolver->lock);
	unref_and_unlock(resolver);
}

/* Brings an answer. What a resolver that was freed has posted before ends here. */
static void tell(struct loop_post *post)
{
	struct resolver_question *question =
		LIST_ENTRY(post, struct resolver_question, post);
	bool is_closed;

	pthread_mutex_lock(&question->resolver->lock);
	is_closed = question->resolver->is_closed;
	pthread_mutex_unlock(&question->resolver->lock);
	if (!is_closed)
		question->done(question->owner, question->status, question->sys,
			       question->found);
	free_question(question);
}

/* ---- threads ---- */

/* Without AI_ADDRCONFIG, which hides ::1 on a machine that has no other IPv6 address.
 * What cannot be reached is sorted last and fails at once. */
static void resolve(struct resolver_question *question)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_STREAM};

	question->status = getaddrinfo(question->host, NULL, &hints, &question->found);
	if (question->status)
		question->found = NULL;
	if (question->status == EAI_SYSTEM)
		question->sys = errno;
}

static void *thread_main(void *arg)
{
	struct resolver *resolver = arg;
	struct list *node;

	pthread_setname_np(pthread_self(), "ixhr2-names");
	pthread_mutex_lock(&resolver->lock);
	while ((node = list_take_first(&resolver->queue))) {
		struct resolver_question *question =
			LIST_ENTRY(node, struct resolver_question, node);
		bool is_closed;

		pthread_mutex_unlock(&resolver->lock);
		resolve(question);
		pthread_mutex_lock(&resolver->lock);
		/* Under the lock: behind resolver_free nothing is posted. */
		is_closed = resolver->is_closed;
		if (!is_closed)
			loop_post(resolver->loop, &question->post);
		if (!is_closed)
			continue;
		pthread_mutex_unlock(&resolver->lock);
		free_question(question);
		pthread_mutex_lock(&resolver->lock);
	}
	resolver->threads--;
	unref_and_unlock(resolver);
	return NULL;
}

static bool start_thread(struct resolver *resolver)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int failed;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&thread, &attributes, thread_main, resolver);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return !failed;
}

/* One thread more for the queue, unless there are enough. False: there is none at all.
 * The lock is held. */
static bool man(struct resolver *resolver)
{
	if (resolver->threads < RESOLVER_MAX_THREADS && start_thread(resolver)) {
		resolver->threads++;
		resolver->refs++;
	}
	return resolver->threads > 0;
}

/* ---- what others call ---- */

enum err resolver_new(struct loop *loop, struct resolver **out_resolver)
{
	struct resolver *resolver = mem_zalloc(sizeof(*resolver));

	if (!resolver)
		return ERR_NO_MEMORY;
	resolver->loop = loop;
	resolver->refs = 1;
	list_init(&resolver->queue);
	pthread_mutex_init(&resolver->lock, NULL);
	*out_resolver = resolver;
	return ERR_NONE;
}

void resolver_free(struct resolver *resolver)
{
	struct list *node;

	if (!resolver)
		return;
	pthread_mutex_lock(&resolver->lock);
	resolver->is_closed = true;
	while ((node = list_take_first(&resolver->queue))) {
		mem_free(LIST_ENTRY(node, struct resolver_question, node));
		resolver->refs--;
	}
	unref_and_unlock(resolver);
}

enum err resolver_ask(struct resolver *resolver, const char *host, resolver_done_fn *done,
		      void *owner, struct resolver_question **out_question)
{
	size_t len = strlen(host);
	struct resolver_question *question = mem_zalloc(sizeof(*question) + len + 1);
	bool is_manned;

	if (!question)
		return ERR_NO_MEMORY;
	memcpy(question->host, host, len);
	question->post.run = tell;
	question->resolver = resolver;
	question->done = done;
	question->owner = owner;
	pthread_mutex_lock(&resolver->lock);
	list_put_last(&resolver->queue, &question->node);
	is_manned = man(resolver);
	if (is_manned)
		resolver->refs++;
	else
		list_remove(&question->node);
	pthread_mutex_unlock(&resolver->lock);
	if (!is_manned) {
		mem_free(question);
		return ERR_SYSTEM;
	}
	*out_question = question;
	return ERR_NONE;
}

bool resolver_give_up(struct resolver_question *question)
{
	struct resolver *resolver = question->resolver;
	bool is_queued;

	pthread_mutex_lock(&resolver->lock);
	is_queued = !list_is_empty(&question->node);
	list_remove(&question->node);
	pthread_mutex_unlock(&resolver->lock);
	if (is_queued)
		free_question(question);
	return is_queued;
}
