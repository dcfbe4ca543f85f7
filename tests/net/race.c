/* SPDX-License-Identifier: MIT */
/*
 * The function connect of this program stands before the C library's. It writes down
 * where connections go and in which order, fails at once for the address blocks that
 * RFC 5737 and RFC 3849 keep for examples, and leaves the rest, on loopback, to the
 * kernel. A listener whose queue is full does not answer.
 */
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/hourglass.h"
#include "net/race.h"
#include "net/stage.h"

/* ---- addresses ---- */

/* Last byte of each address that was tried, in order; the owner's. */
static unsigned char tried[64];
static size_t tried_count;
static bool is_trying; /* whether to write them down */

static int example_errno(const struct sockaddr *to)
{
	const struct sockaddr_in *v4 = (const void *)to;
	const struct sockaddr_in6 *v6 = (const void *)to;

	if (to->sa_family == AF_INET6)
		return v6->sin6_addr.s6_addr[0] == 0x20 ? ENETUNREACH : 0;
	switch (ntohl(v4->sin_addr.s_addr) >> 8) {
	case 0xC00002: /* 192.0.2.0/24 */
		return ECONNREFUSED;
	case 0xC63364: /* 198.51.100.0/24 */
		return ENETUNREACH;
	default:
		return 0;
	}
}

static unsigned char last_byte(const struct sockaddr *to)
{
	const struct sockaddr_in *v4 = (const void *)to;
	const struct sockaddr_in6 *v6 = (const void *)to;

	return to->sa_family == AF_INET ? (unsigned char)ntohl(v4->sin_addr.s_addr)
					: v6->sin6_addr.s6_addr[15];
}

int race_connect(int fd, const struct sockaddr *to, socklen_t bytes) __asm__("connect");

int race_connect(int fd, const struct sockaddr *to, socklen_t bytes)
{
	int failure = example_errno(to);

	if (is_trying && tried_count < sizeof(tried))
		tried[tried_count++] = last_byte(to);
	if (failure) {
		errno = failure;
		return -1;
	}
	return (int)syscall(SYS_connect, fd, to, bytes);
}

static union dns_address address(const char *text)
{
	union dns_address to = {0};

	if (strchr(text, ':')) {
		to.v6.sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &to.v6.sin6_addr), 1);
	} else {
		to.v4.sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &to.v4.sin_addr), 1);
	}
	return to;
}

/* ---- a race ---- */

struct run {
	struct dns_answer answer; /* where to */
	uint16_t port;		  /* on which port */
	unsigned long fail_at;	  /* the allocation that fails, or 0 */
	struct race *race;	  /* while it goes on */
	enum err err;		  /* of race_new */
	bool is_told;		  /* done has come */
	bool is_told_in_new;	  /* it came inside race_new */
	struct wire *wire;	  /* what it brought */
	struct fault fault;	  /* a copy */
	uint64_t began_ms;	  /* loop_now_ms of the beginning */
	uint64_t ended_ms;	  /* and of the end */
};

static struct run run;

static void on_done(void *owner, const struct race_result *result)
{
	struct run *self = owner;

	self->is_told = true;
	self->race = NULL;
	self->wire = result->wire;
	self->fault = result->fault;
	self->ended_ms = loop_now_ms(stage.loop);
	is_trying = false;
	sem_post(&stage.told);
}

static void start(void *data)
{
	struct run *self = data;

	tried_count = 0;
	is_trying = true;
	self->began_ms = loop_now_ms(stage.loop);
	mem_fail_at(self->fail_at);
	self->err = race_new(stage.loop, &self->answer, self->port, on_done, self,
			     &self->race);
	self->is_told_in_new = self->is_told;
}

static void end(void *data)
{
	struct run *self = data;

	race_free(self->race);
	self->race = NULL;
	wire_free(self->wire);
	self->wire = NULL;
	is_trying = false;
	mem_fail_at(0);
}

/* Sets up a race to the addresses, which end with NULL. */
static void set_to(const char *const *texts, uint16_t port)
{
	run = (struct run){.port = port};
	while (*texts)
		run.answer.at[run.answer.count++] = address(*texts++);
}

static void race_to(const char *const *texts, uint16_t port)
{
	set_to(texts, port);
	stage_run(start, &run);
	assert_int_equal(run.err, ERR_NONE);
	stage_await(1);
	stage_sync();
	assert_false(run.is_told_in_new);
}

static void assert_tried(const char *expected)
{
	assert_int_equal(tried_count, strlen(expected));
	for (size_t i = 0; i < tried_count; i++)
		assert_int_equal(tried[i], expected[i] - '0');
}

/* ---- listeners ---- */

static int listen_on(const char *text, uint16_t *port, int queue)
{
	union dns_address at = address(text);
	socklen_t bytes = at.any.sa_family == AF_INET ? sizeof(at.v4) : sizeof(at.v6);
	int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.v4.sin_port = htons(*port); /* v6 has it in the same place */
	if (fd < 0)
		return -1;
	if (bind(fd, &at.any, bytes) != 0 || listen(fd, queue) != 0) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, &at.any, &bytes), 0);
	*port = ntohs(at.v4.sin_port);
	return fd;
}

#define FILLERS 4

/* A listener that does not answer, because its queue is full. */
struct dead {
	int listener;	      /* the listener */
	int fillers[FILLERS]; /* what fills it */
};

static void dead_open(struct dead *dead, const char *text, uint16_t *port)
{
	struct sockaddr_in to = address(text).v4;

	dead->listener = listen_on(text, port, 0);
	assert_true(dead->listener >= 0);
	to.sin_port = htons(*port);
	for (int i = 0; i < FILLERS; i++) {
		dead->fillers[i] =
			socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(dead->fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
}

static void dead_close(struct dead *dead)
{
	for (int i = 0; i < FILLERS; i++)
		close(dead->fillers[i]);
	close(dead->listener);
}

/* ---- tests ---- */

static void the_first_address_wins_when_it_answers(void **state)
{
	static const char *const to[] = {"127.0.0.1", "127.0.0.2", NULL};
	uint16_t port = 0;
	int first = listen_on("127.0.0.1", &port, 5);
	int second = listen_on("127.0.0.2", &port, 5);
	char peer[32];

	(void)state;
	race_to(to, port);
	assert_non_null(run.wire);
	assert_int_equal(run.fault.err, ERR_NONE);
	snprintf(peer, sizeof(peer), "127.0.0.1:%u", port);
	assert_span(run.wire->peer, span_str(peer));
	assert_null(run.wire->ready);
	stage_run(end, &run);
	close(first);
	close(second);
}

static void families_alternate_beginning_with_the_first(void **state)
{
	static const struct {
		const char *to[8];
		const char *tried;
	} cases[] = {
		{{"2001:db8::1", "2001:db8::2", "192.0.2.3", "192.0.2.4"}, "1324"},
		{{"192.0.2.1", "192.0.2.2", "2001:db8::3"}, "132"},
		{{"2001:db8::1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}, "1234"},
		{{"192.0.2.1", "2001:db8::2", "2001:db8::3", "192.0.2.4", "192.0.2.5"},
		 "12435"},
		{{"192.0.2.1", "192.0.2.2"}, "12"},
		{{"2001:db8::1"}, "1"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		race_to(cases[i].to, 80);
		assert_null(run.wire);
		assert_tried(cases[i].tried);
	}
}

static void a_failure_starts_the_next_at_once(void **state)
{
	static const char *const to[] = {
		"127.0.0.2",  "127.0.0.3",  "127.0.0.4",  "127.0.0.5",	"127.0.0.6",
		"127.0.0.7",  "127.0.0.8",  "127.0.0.9",  "127.0.0.10", "127.0.0.11",
		"127.0.0.12", "127.0.0.13", "127.0.0.14", "127.0.0.15", "127.0.0.16",
		"127.0.0.17", "127.0.0.18", "127.0.0.19", "127.0.0.20", "127.0.0.21",
		"127.0.0.1",  NULL};
	uint16_t port = 0;
	int listener = listen_on("127.0.0.1", &port, 5);

	(void)state;
	/* Whatever waited for a time would wait for ever. */
	hourglass_stop();
	race_to(to, port);
	hourglass_run();
	assert_non_null(run.wire);
	stage_run(end, &run);
	close(listener);
}

static void a_dead_first_address_does_not_hold_up_the_second(void **state)
{
	static const char *const to[] = {"127.0.0.2", "127.0.0.1", NULL};
	uint16_t port = 0;
	int listener = listen_on("127.0.0.1", &port, 5);
	struct dead dead;
	char peer[32];

	(void)state;
	dead_open(&dead, "127.0.0.2", &port);
	race_to(to, port);
	assert_non_null(run.wire);
	snprintf(peer, sizeof(peer), "127.0.0.1:%u", port);
	assert_span(run.wire->peer, span_str(peer));
	assert_true(run.ended_ms - run.began_ms >= RACE_NEXT_MS);
	stage_run(end, &run);
	dead_close(&dead);
	close(listener);
}

static void a_late_first_address_can_still_win(void **state)
{
	static const char *const to[] = {"127.0.0.2", "127.0.0.3", "127.0.0.4",
					 "192.0.2.1", NULL};
	struct dead dead[3];
	uint16_t port = 0;
	char peer[32];
	int accepted;

	(void)state;
	dead_open(&dead[0], "127.0.0.2", &port);
	dead_open(&dead[1], "127.0.0.3", &port);
	dead_open(&dead[2], "127.0.0.4", &port);
	set_to(to, port);
	stage_run(start, &run);
	while (sem_trywait(&stage.told) != 0) {
		/* Room in the queue of the second; the kernel's next try gets in. */
		accepted = accept4(dead[1].listener, NULL, NULL, SOCK_NONBLOCK);
		if (accepted >= 0)
			close(accepted);
		usleep(1000);
	}
	stage_sync();
	assert_non_null(run.wire);
	snprintf(peer, sizeof(peer), "127.0.0.3:%u", port);
	assert_span(run.wire->peer, span_str(peer));
	stage_run(end, &run);
	for (int i = 0; i < 3; i++)
		dead_close(&dead[i]);
}

static void when_all_fail_the_most_telling_failure_is_told(void **state)
{
	static const struct {
		const char *to[4];
		int sys;
	} cases[] = {
		{{"192.0.2.1"}, ECONNREFUSED},
		{{"2001:db8::1", "192.0.2.1"}, ECONNREFUSED},
		{{"192.0.2.1", "2001:db8::1"}, ECONNREFUSED},
		{{"2001:db8::1", "198.51.100.1"}, ENETUNREACH},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		race_to(cases[i].to, 80);
		assert_null(run.wire);
		assert_int_equal(run.fault.err, ERR_CONNECT);
		assert_int_equal(run.fault.sys, cases[i].sys);
		assert_string_equal(run.fault.what, "connect");
	}
}

static void a_lack_of_descriptors_is_told_and_tries_no_more(void **state)
{
	static const char *const to[] = {"192.0.2.1", "192.0.2.2", NULL};
	struct rlimit limit, low;
	int lowest = dup(0);

	(void)state;
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	race_to(to, 80);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_null(run.wire);
	assert_int_equal(run.fault.err, ERR_NO_DESCRIPTOR);
	assert_int_equal(tried_count, 0);
}

static void a_race_can_be_given_up_at_every_moment(void **state)
{
	static const char *const to[] = {"127.0.0.2", "127.0.0.3", "127.0.0.1", NULL};
	uint16_t port = 0;
	int listener = listen_on("127.0.0.1", &port, 5);
	struct dead dead;

	(void)state;
	dead_open(&dead, "127.0.0.2", &port);
	for (int i = 0; i < 16; i++) {
		set_to(to, port);
		stage_run(start, &run);
		usleep((useconds_t)(i * 20000));
		stage_run(end, &run);
		stage_sync();
	}
	while (sem_trywait(&stage.told) == 0)
		;
	dead_close(&dead);
	close(listener);
}

static void start_and_end(void *data)
{
	start(data);
	end(data);
}

static void a_race_given_up_at_once_tells_nothing(void **state)
{
	static const char *const to[] = {"192.0.2.1", NULL};

	(void)state;
	set_to(to, 80);
	stage_run(start_and_end, &run);
	stage_sync();
	assert_false(run.is_told);
	race_free(NULL);
}

static void every_lack_of_memory_ends_in_order(void **state)
{
	static const char *const to[] = {"192.0.2.1", "127.0.0.1", "127.0.0.2", NULL};
	uint16_t port = 0;
	int listener = listen_on("127.0.0.1", &port, 50);
	int failed = 0;

	(void)state;
	for (unsigned long n = 1; n < 12; n++) {
		set_to(to, port);
		run.fail_at = n;
		stage_run(start, &run);
		if (run.err) {
			assert_int_equal(run.err, ERR_NO_MEMORY);
			stage_run(end, &run);
			failed++;
			continue;
		}
		stage_await(1);
		stage_sync();
		if (!run.wire) {
			assert_int_equal(run.fault.err, ERR_NO_MEMORY);
			failed++;
		}
		stage_run(end, &run);
	}
	assert_true(failed > 1);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_first_address_wins_when_it_answers),
		STAGE_TEST(families_alternate_beginning_with_the_first),
		STAGE_TEST(a_failure_starts_the_next_at_once),
		STAGE_TEST(a_dead_first_address_does_not_hold_up_the_second),
		STAGE_TEST(a_late_first_address_can_still_win),
		STAGE_TEST(when_all_fail_the_most_telling_failure_is_told),
		STAGE_TEST(a_lack_of_descriptors_is_told_and_tries_no_more),
		STAGE_TEST(a_race_can_be_given_up_at_every_moment),
		STAGE_TEST(a_race_given_up_at_once_tells_nothing),
		STAGE_TEST(every_lack_of_memory_ends_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
