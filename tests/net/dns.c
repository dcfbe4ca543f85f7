/* SPDX-License-Identifier: MIT */
/*
 * The functions getaddrinfo and freeaddrinfo of this program stand before the C
 * library's, so that names resolve as the tests want and without a
 * network. A name says by its beginning what happens to it.
 */
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/dns.h"
#include "net/resolver.h"
#include "net/stage.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- the resolver ---- */

static atomic_int asked;   /* how often it was asked */
static sem_t slow_begun;   /* told when a slow name is asked for */
static sem_t slow_may_end; /* what it waits for */

static struct addrinfo *add_address(struct addrinfo *next, int family, const char *text)
{
	struct addrinfo *info = calloc(1, sizeof(*info));
	union dns_address *address = calloc(1, sizeof(*address));

	if (!info || !address)
		abort();
	address->any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		inet_pton(AF_INET, text, &address->v4.sin_addr);
	else
		inet_pton(AF_INET6, text, &address->v6.sin6_addr);
	info->ai_family = family;
	info->ai_addr = &address->any;
	info->ai_next = next;
	return info;
}

static struct addrinfo *add_many(int count)
{
	struct addrinfo *list = NULL;

	while (count-- > 0)
		list = add_address(list, AF_INET, "192.0.2.7");
	return list;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	(void)service;
	atomic_fetch_add(&asked, 1);
	if (!hints || hints->ai_family != AF_UNSPEC || hints->ai_socktype != SOCK_STREAM)
		return EAI_BADFLAGS;
	if (strncmp(node, "slow", 4) == 0) {
		sem_post(&slow_begun);
		stage_wait(&slow_may_end);
	}
	if (strncmp(node, "missing", 7) == 0)
		return EAI_NONAME;
	if (strncmp(node, "memory", 6) == 0)
		return EAI_MEMORY;
	if (strncmp(node, "descriptor", 10) == 0) {
		errno = EMFILE;
		return EAI_SYSTEM;
	}
	if (strncmp(node, "broken", 6) == 0) {
		errno = EIO;
		return EAI_SYSTEM;
	}
	*out = strncmp(node, "many", 4) == 0 ? add_many(100)
					     : add_address(NULL, AF_INET, "192.0.2.1");
	if (strncmp(node, "both", 4) == 0)
		*out = add_address(*out, AF_INET6, "2001:db8::1");
	if (strncmp(node, "odd", 3) == 0)
		(*out)->ai_family = AF_UNIX;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list->ai_addr);
		free(list);
		list = next;
	}
}

/* ---- questions ---- */

static struct dns *dns;

struct question {
	struct dns_query query;	   /* the question */
	const char *host;	   /* what is asked */
	enum err err;		   /* of dns_ask */
	int told;		   /* how often done came */
	int told_in_ask;	   /* of it, inside dns_ask */
	bool has_answer;	   /* whether there was one, */
	struct dns_answer answer;  /* and a copy of it */
	struct fault fault;	   /* a copy of it */
	struct question *then_ask; /* asked by done, or NULL */
	struct question *cancels;  /* cancelled by done, or NULL */
};

static void ask(void *data);

static void on_done(struct dns_query *query, const struct dns_answer *answer,
		    const struct fault *fault)
{
	struct question *self = LIST_ENTRY(query, struct question, query);

	self->told++;
	self->has_answer = answer != NULL;
	if (answer)
		self->answer = *answer;
	self->fault = *fault;
	if (self->cancels)
		dns_cancel(&self->cancels->query);
	if (self->then_ask)
		ask(self->then_ask);
	sem_post(&stage.told);
}

static void ask(void *data)
{
	struct question *self = data;

	self->query = (struct dns_query){.done = on_done};
	self->err = dns_ask(dns, span_str(self->host), &self->query);
	self->told_in_ask = self->told;
}

static void cancel(void *data)
{
	struct question *self = data;

	dns_cancel(&self->query);
	dns_cancel(&self->query);
}

static void make_dns(void *data)
{
	*(enum err *)data = dns_new(stage.loop, &dns);
}

static void end_dns(void *data)
{
	(void)data;
	dns_free(dns);
	dns = NULL;
}

static int set_up(void **state)
{
	enum err err = ERR_NONE;

	sem_init(&slow_begun, 0, 0);
	sem_init(&slow_may_end, 0, 0);
	atomic_store(&asked, 0);
	if (stage_set_up(state))
		return -1;
	stage_run(make_dns, &err);
	return err;
}

static int tear_down(void **state)
{
	clock_reset();
	stage_run(end_dns, NULL);
	return stage_tear_down(state);
}

static void ask_and_wait(struct question *question)
{
	stage_run(ask, question);
	assert_int_equal(question->err, ERR_NONE);
	stage_await(1);
	stage_sync();
	assert_int_equal(question->told, 1);
	assert_int_equal(question->told_in_ask, 0);
}

static void assert_address(const union dns_address *address, const char *expected)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof(text));
		assert_int_equal(address->v4.sin_port, 0);
	} else {
		inet_ntop(AF_INET6, &address->v6.sin6_addr, text, sizeof(text));
		assert_int_equal(address->v6.sin6_port, 0);
	}
	assert_string_equal(text, expected);
}

/* ---- tests ---- */

static void a_name_is_asked_once_and_kept(void **state)
{
	struct question first = {.host = "both.test"};
	struct question second = {.host = "both.test"};

	(void)state;
	ask_and_wait(&first);
	assert_true(first.has_answer);
	assert_int_equal(first.answer.count, 2);
	assert_address(&first.answer.at[0], "2001:db8::1");
	assert_address(&first.answer.at[1], "192.0.2.1");
	ask_and_wait(&second);
	assert_int_equal(second.answer.count, 2);
	assert_int_equal(atomic_load(&asked), 1);
}

static void an_answer_is_used_for_a_minute(void **state)
{
	struct question questions[3] = {
		{.host = "a.test"}, {.host = "a.test"}, {.host = "a.test"}};

	(void)state;
	clock_set(NS_PER_MS, 0);
	ask_and_wait(&questions[0]);
	clock_set(NS_PER_MS * DNS_KEEP_MS, 0);
	ask_and_wait(&questions[1]);
	assert_int_equal(atomic_load(&asked), 1);
	clock_set(NS_PER_MS * (DNS_KEEP_MS + 1), 0);
	ask_and_wait(&questions[2]);
	assert_int_equal(atomic_load(&asked), 2);
	assert_true(questions[2].has_answer);
}

static void those_who_ask_meanwhile_share_the_answer(void **state)
{
	struct question first = {.host = "slow.test"};
	struct question second = {.host = "slow.test"};

	(void)state;
	stage_run(ask, &first);
	stage_wait(&slow_begun);
	stage_run(ask, &second);
	sem_post(&slow_may_end);
	stage_await(2);
	stage_sync();
	assert_true(first.has_answer);
	assert_true(second.has_answer);
	assert_int_equal(atomic_load(&asked), 1);
}

static void who_cancels_is_not_told_and_the_others_are(void **state)
{
	struct question first = {.host = "slow.test"};
	struct question second = {.host = "slow.test"};

	(void)state;
	stage_run(ask, &first);
	stage_run(ask, &second);
	stage_wait(&slow_begun);
	stage_run(cancel, &first);
	sem_post(&slow_may_end);
	stage_await(1);
	stage_sync();
	assert_int_equal(first.told, 0);
	assert_int_equal(second.told, 1);
}

static void a_question_that_all_have_left_still_ends_in_an_answer(void **state)
{
	struct question first = {.host = "slow.test"};
	struct question second = {.host = "slow.test"};

	(void)state;
	stage_run(ask, &first);
	stage_wait(&slow_begun);
	stage_run(cancel, &first);
	stage_run(ask, &second);
	sem_post(&slow_may_end);
	stage_await(1);
	stage_sync();
	assert_int_equal(first.told, 0);
	assert_true(second.has_answer);
	assert_int_equal(atomic_load(&asked), 1);
}

/* Asks for slow names until no thread is left. */
static void keep_all_threads(struct question slow[RESOLVER_MAX_THREADS])
{
	static char hosts[RESOLVER_MAX_THREADS][24];

	for (int i = 0; i < RESOLVER_MAX_THREADS; i++) {
		snprintf(hosts[i], sizeof(hosts[i]), "slow%d.test", i);
		slow[i] = (struct question){.host = hosts[i]};
		stage_run(ask, &slow[i]);
		stage_wait(&slow_begun);
	}
}

static void a_question_that_no_thread_has_begun_is_given_up(void **state)
{
	struct question slow[RESOLVER_MAX_THREADS];
	struct question waiting = {.host = "a.test"};
	struct question again = {.host = "a.test"};

	(void)state;
	keep_all_threads(slow);
	stage_run(ask, &waiting);
	stage_run(cancel, &waiting);
	stage_run(ask, &again);
	for (int i = 0; i < RESOLVER_MAX_THREADS; i++)
		sem_post(&slow_may_end);
	stage_await(RESOLVER_MAX_THREADS + 1);
	stage_sync();
	assert_int_equal(waiting.told, 0);
	assert_true(again.has_answer);
	assert_int_equal(atomic_load(&asked), RESOLVER_MAX_THREADS + 1);
}

static void slow_names_do_not_hold_up_others(void **state)
{
	struct question slow[RESOLVER_MAX_THREADS - 1];
	struct question quick = {.host = "a.test"};

	(void)state;
	for (int i = 0; i < RESOLVER_MAX_THREADS - 1; i++) {
		slow[i] = (struct question){.host = i % 2 ? "slow1.test" : "slow2.test"};
		stage_run(ask, &slow[i]);
	}
	stage_wait(&slow_begun);
	stage_wait(&slow_begun);
	ask_and_wait(&quick);
	assert_true(quick.has_answer);
	sem_post(&slow_may_end);
	sem_post(&slow_may_end);
	stage_await(RESOLVER_MAX_THREADS - 1);
	stage_sync();
}

static void a_failure_has_its_cause_and_is_not_kept(void **state)
{
	static const struct {
		const char *host;
		enum err err;
		int sys;
	} cases[] = {
		{"missing.test", ERR_NAME, 0},
		{"memory.test", ERR_NO_MEMORY, 0},
		{"descriptor.test", ERR_NO_DESCRIPTOR, EMFILE},
		{"broken.test", ERR_NAME, EIO},
		{"odd.test", ERR_NAME, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		for (int round = 1; round <= 2; round++) {
			struct question question = {.host = cases[i].host};

			atomic_store(&asked, 0);
			ask_and_wait(&question);
			assert_false(question.has_answer);
			assert_int_equal(question.fault.err, cases[i].err);
			assert_int_equal(question.fault.sys, cases[i].sys);
			assert_non_null(question.fault.what);
			assert_int_equal(atomic_load(&asked), 1);
		}
	}
}

static void a_name_that_no_resolver_takes_is_a_failure_too(void **state)
{
	char host[400];
	struct question question = {.host = host};

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = 0;
	ask_and_wait(&question);
	assert_int_equal(question.fault.err, ERR_NAME);
	assert_int_equal(atomic_load(&asked), 0);
}

static void an_answer_keeps_as_many_addresses_as_there_is_room_for(void **state)
{
	struct question question = {.host = "many.test"};

	(void)state;
	ask_and_wait(&question);
	assert_int_equal(question.answer.count, DNS_MAX_ADDRESSES);
}

static void addresses_and_localhost_need_no_resolver(void **state)
{
	static const struct {
		const char *host;
		const char *addresses[2];
	} cases[] = {
		{"127.0.0.1", {"127.0.0.1"}},
		{"192.0.2.255", {"192.0.2.255"}},
		{"[::1]", {"::1"}},
		{"[2001:db8::7]", {"2001:db8::7"}},
		{"localhost", {"::1", "127.0.0.1"}},
		{"LocalHost", {"::1", "127.0.0.1"}},
		{"localhost.", {"::1", "127.0.0.1"}},
		{"a.b.localhost", {"::1", "127.0.0.1"}},
		{"a.localhost.", {"::1", "127.0.0.1"}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct question question = {.host = cases[i].host};
		unsigned count = cases[i].addresses[1] ? 2 : 1;

		ask_and_wait(&question);
		assert_true(question.has_answer);
		assert_int_equal(question.answer.count, count);
		for (unsigned k = 0; k < count; k++)
			assert_address(&question.answer.at[k], cases[i].addresses[k]);
	}
	assert_int_equal(atomic_load(&asked), 0);
}

static void what_only_looks_like_localhost_is_asked(void **state)
{
	static const char *const hosts[] = {"notlocalhost", "localhost.test", "ocalhost",
					    "localhost..",  "[::1%lo]",	      "[:]",
					    "1.2.3"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(hosts); i++) {
		struct question question = {.host = hosts[i]};
		int before = atomic_load(&asked);

		ask_and_wait(&question);
		assert_true(question.has_answer ? atomic_load(&asked) == before + 1
						: question.fault.err == ERR_NAME);
		assert_false(question.has_answer &&
			     question.answer.at[0].any.sa_family == AF_INET6);
	}
}

static void a_bounded_number_of_names_is_kept(void **state)
{
	static struct question question;
	char host[32];
	long blocks = 0;

	(void)state;
	question.host = host;
	for (int i = 0; i < DNS_MAX_NAMES + 10; i++) {
		snprintf(host, sizeof(host), "name%d.test", i);
		question.told = 0;
		ask_and_wait(&question);
		if (i == DNS_MAX_NAMES - 1)
			blocks = mem_live_blocks();
	}
	assert_int_equal(mem_live_blocks(), blocks);
	assert_int_equal(atomic_load(&asked), DNS_MAX_NAMES + 10);
	question.told = 0;
	ask_and_wait(&question);
	assert_int_equal(atomic_load(&asked), DNS_MAX_NAMES + 10);
	strcpy(host, "name0.test");
	question.told = 0;
	ask_and_wait(&question);
	assert_int_equal(atomic_load(&asked), DNS_MAX_NAMES + 11);
}

static void done_may_ask_again_and_cancel_others(void **state)
{
	static const char *const hosts[] = {"missing.test", "a.test", "localhost"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(hosts); i++) {
		struct question again = {.host = hosts[i]};
		struct question other = {.host = hosts[i]};
		struct question first = {
			.host = hosts[i], .then_ask = &again, .cancels = &other};

		stage_run(ask, &first);
		stage_run(ask, &other);
		stage_await(2);
		stage_run(cancel, &other);
		assert_int_equal(first.told, 1);
		assert_int_equal(again.told, 1);
		assert_int_equal(again.told_in_ask, 0);
		/* It may have been asked too late to be cancelled by first. */
		if (other.told)
			stage_await(1);
	}
}

struct failing_ask {
	struct question question; /* what is asked */
	unsigned long n;	  /* which allocation fails */
};

static void ask_without_memory(void *data)
{
	struct failing_ask *failing = data;

	mem_fail_at(failing->n);
	ask(&failing->question);
	mem_fail_at(0);
}

static void without_memory_nothing_is_asked(void **state)
{
	struct failing_ask failing = {.n = 0};

	(void)state;
	do {
		failing.n++;
		failing.question = (struct question){.host = "a.test"};
		stage_run(ask_without_memory, &failing);
		if (failing.question.err) {
			stage_sync();
			assert_int_equal(failing.question.err, ERR_NO_MEMORY);
			assert_int_equal(failing.question.told, 0);
		}
	} while (failing.question.err);
	assert_true(failing.n > 1);
	stage_await(1);
	assert_int_equal(atomic_load(&asked), 1);
}

static void the_end_does_not_wait_for_the_resolver(void **state)
{
	struct question slow[RESOLVER_MAX_THREADS];
	struct question waiting = {.host = "a.test"};
	long blocks = mem_live_blocks();
	enum err err;

	(void)state;
	keep_all_threads(slow);
	stage_run(ask, &waiting);
	for (int i = 0; i < RESOLVER_MAX_THREADS; i++)
		stage_run(cancel, &slow[i]);
	stage_run(cancel, &waiting);
	stage_run(end_dns, NULL);
	stage_run(make_dns, &err);
	assert_int_equal(err, ERR_NONE);
	for (int i = 0; i < RESOLVER_MAX_THREADS; i++)
		sem_post(&slow_may_end);
	while (mem_live_blocks() > blocks)
		usleep(1000);
}

static void without_memory_there_is_no_dns(void **state)
{
	struct dns *none = NULL;

	(void)state;
	for (unsigned long n = 1; n <= 2; n++) {
		mem_fail_at(n);
		assert_int_equal(dns_new(stage.loop, &none), ERR_NO_MEMORY);
		mem_fail_at(0);
	}
	assert_null(none);
	dns_free(NULL);
}

#define DNS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DNS_TEST(a_name_is_asked_once_and_kept),
		DNS_TEST(an_answer_is_used_for_a_minute),
		DNS_TEST(those_who_ask_meanwhile_share_the_answer),
		DNS_TEST(who_cancels_is_not_told_and_the_others_are),
		DNS_TEST(a_question_that_all_have_left_still_ends_in_an_answer),
		DNS_TEST(a_question_that_no_thread_has_begun_is_given_up),
		DNS_TEST(slow_names_do_not_hold_up_others),
		DNS_TEST(a_failure_has_its_cause_and_is_not_kept),
		DNS_TEST(a_name_that_no_resolver_takes_is_a_failure_too),
		DNS_TEST(an_answer_keeps_as_many_addresses_as_there_is_room_for),
		DNS_TEST(addresses_and_localhost_need_no_resolver),
		DNS_TEST(what_only_looks_like_localhost_is_asked),
		DNS_TEST(a_bounded_number_of_names_is_kept),
		DNS_TEST(done_may_ask_again_and_cancel_others),
		DNS_TEST(without_memory_nothing_is_asked),
		DNS_TEST(the_end_does_not_wait_for_the_resolver),
		DNS_TEST(without_memory_there_is_no_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
