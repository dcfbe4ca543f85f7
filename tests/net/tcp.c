/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/hourglass.h"
#include "net/stage.h"
#include "net/tcp.h"

/* A wire and what its owner saw of it; the loop owner's. */
struct probe {
	union dns_address to;	/* where to connect */
	uint16_t port;		/* and on which port */
	struct wire *wire;	/* NULL until it is open */
	struct fault fault;	/* why it is not */
	enum err err;		/* of the verb that was tried last */
	unsigned wanted;	/* for probe_want */
	unsigned ready;		/* what was told last */
	char bytes[256 * 1024]; /* read, or to be written */
	size_t len;		/* how many of them */
	bool may_wait;		/* to be written with the next ones */
};

static struct probe probe;

static void on_ready(void *owner, unsigned ready)
{
	struct probe *self = owner;

	self->ready = ready;
	wire_wants(self->wire, 0);
	sem_post(&stage.told);
}

static void probe_open(void *data)
{
	struct probe *self = data;

	self->err =
		tcp_open(stage.loop, &self->to, self->port, &self->wire, &self->fault);
	if (!self->err)
		wire_own(self->wire, on_ready, self);
}

static void probe_want(void *data)
{
	struct probe *self = data;

	wire_wants(self->wire, self->wanted);
}

static void probe_connected(void *data)
{
	struct probe *self = data;

	self->err = tcp_connected(self->wire);
}

static void probe_read(void *data)
{
	struct probe *self = data;

	self->err = wire_read(self->wire, self->bytes, sizeof(self->bytes), &self->len);
}

static void probe_write(void *data)
{
	struct probe *self = data;
	const struct iovec pieces[2] = {
		{.iov_base = self->bytes, .iov_len = self->len / 2},
		{.iov_base = self->bytes + self->len / 2,
		 .iov_len = self->len - self->len / 2},
	};

	self->err = wire_write(self->wire, pieces, 2, self->may_wait, &self->len);
}

static void probe_free(void *data)
{
	struct probe *self = data;

	wire_free(self->wire);
	self->wire = NULL;
}

static void await_ready(unsigned ready)
{
	probe.wanted = ready;
	stage_run(probe_want, &probe);
	stage_await(1);
	assert_int_equal(probe.ready, ready);
}

/* A socket bound to a free port of 127.0.0.1, which goes to *out_port. */
static int bind_port(uint16_t *out_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, bytes), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
	*out_port = ntohs(address.sin_port);
	return fd;
}

static void aim_at(uint16_t port)
{
	probe = (struct probe){
		.to.v4 = {.sin_family = AF_INET,
			  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
		.port = port,
	};
}

/* Opens a connection; answers the peer's end of it. */
static int open_pair(void)
{
	uint16_t port;
	int listener = bind_port(&port);
	int peer;

	assert_int_equal(listen(listener, 1), 0);
	aim_at(port);
	stage_run(probe_open, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	await_ready(WIRE_WRITABLE);
	stage_run(probe_connected, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	close(listener);
	return peer;
}

static void close_pair(int peer)
{
	stage_run(probe_free, &probe);
	close(peer);
}

static void bytes_go_both_ways(void **state)
{
	char got[8] = "";
	int peer = open_pair();

	(void)state;
	stage_run(probe_read, &probe);
	assert_int_equal(probe.err, ERR_AGAIN);
	assert_int_equal(write(peer, "hello", 5), 5);
	await_ready(WIRE_READABLE);
	stage_run(probe_read, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	assert_span(span_of(probe.bytes, probe.len), SPAN("hello"));
	stage_run(probe_write, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	assert_int_equal(probe.len, 5);
	assert_int_equal(recv(peer, got, 5, MSG_WAITALL), 5);
	assert_string_equal(got, "hello");
	close_pair(peer);
}

static void write_some(size_t len, bool may_wait)
{
	probe.len = len;
	probe.may_wait = may_wait;
	stage_run(probe_write, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	assert_int_equal(probe.len, len);
}

/* Whether a write that may wait does; the system lets it for a fifth of a second only. */
static bool does_wait(int peer)
{
	struct pollfd arrival = {.fd = peer, .events = POLLIN};
	char got[8] = "";
	int arrived;

	memcpy(probe.bytes, "hello", 5);
	write_some(5, true);
	arrived = poll(&arrival, 1, 20);
	write_some(2, false);
	assert_int_equal(recv(peer, got, 7, MSG_WAITALL), 7);
	assert_string_equal(got, "hellohe");
	return arrived == 0;
}

static void a_write_that_waits_for_the_next_one_arrives_with_it(void **state)
{
	int peer = open_pair();
	int tries = 10;

	(void)state;
	while (!does_wait(peer))
		assert_true(--tries > 0);
	close_pair(peer);
}

static void a_write_that_waits_makes_the_next_part_shorter(void **state)
{
	int peer = open_pair();
	size_t whole = probe.wire->write_bytes;

	(void)state;
	assert_true(whole > 100);
	write_some(60, true);
	assert_int_equal(probe.wire->write_bytes, whole - 60);
	write_some(40, true);
	assert_int_equal(probe.wire->write_bytes, whole - 100);
	write_some(whole - 100, true);
	assert_int_equal(probe.wire->write_bytes, whole);
	write_some(60, true);
	write_some(1, false);
	assert_int_equal(probe.wire->write_bytes, whole);
	close_pair(peer);
}

static void a_full_peer_is_told_when_it_takes_more(void **state)
{
	static char sink[1024 * 1024];
	int peer = open_pair();

	(void)state;
	do {
		probe.len = sizeof(probe.bytes);
		stage_run(probe_write, &probe);
	} while (!probe.err);
	assert_int_equal(probe.err, ERR_AGAIN);
	probe.wanted = WIRE_WRITABLE;
	stage_run(probe_want, &probe);
	assert_true(recv(peer, sink, sizeof(sink), MSG_WAITALL) > 0);
	stage_await(1);
	probe.len = 2;
	stage_run(probe_write, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	close_pair(peer);
}

static void the_end_of_the_peers_bytes_is_an_end(void **state)
{
	int peer = open_pair();

	(void)state;
	assert_int_equal(shutdown(peer, SHUT_WR), 0);
	await_ready(WIRE_READABLE);
	stage_run(probe_read, &probe);
	assert_int_equal(probe.err, ERR_EOF);
	close_pair(peer);
}

static void a_reset_is_a_failure_with_its_cause(void **state)
{
	const struct linger at_once = {.l_onoff = 1};
	int peer = open_pair();

	(void)state;
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(peer);
	await_ready(WIRE_READABLE);
	stage_run(probe_read, &probe);
	assert_int_equal(probe.err, ERR_RESET);
	assert_int_equal(probe.wire->fault.err, ERR_RESET);
	assert_int_equal(probe.wire->fault.sys, ECONNRESET);
	assert_string_equal(probe.wire->fault.what, "recv");
	probe.len = 2;
	stage_run(probe_write, &probe);
	assert_int_equal(probe.err, ERR_CLOSED);
	assert_int_equal(probe.wire->fault.sys, EPIPE);
	stage_run(probe_free, &probe);
}

static void a_refused_connection_says_so(void **state)
{
	uint16_t port;
	int bound = bind_port(&port);

	(void)state;
	aim_at(port);
	stage_run(probe_open, &probe);
	if (!probe.err) {
		await_ready(WIRE_WRITABLE);
		stage_run(probe_connected, &probe);
		probe.fault = probe.wire->fault;
	}
	assert_int_equal(probe.err, ERR_CONNECT);
	assert_int_equal(probe.fault.err, ERR_CONNECT);
	assert_int_equal(probe.fault.sys, ECONNREFUSED);
	assert_string_equal(probe.fault.what, "connect");
	stage_run(probe_free, &probe);
	close(bound);
}

static void an_address_without_a_way_fails_at_once(void **state)
{
	(void)state;
	aim_at(80);
	probe.to.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
	stage_run(probe_open, &probe);
	assert_int_equal(probe.err, ERR_CONNECT);
	assert_int_equal(probe.fault.err, ERR_CONNECT);
	assert_int_not_equal(probe.fault.sys, 0);
	assert_null(probe.wire);
}

static void a_peer_that_does_not_answer_is_waited_for(void **state)
{
	uint16_t port;
	int listener = bind_port(&port);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fillers[4];

	(void)state;
	assert_int_equal(listen(listener, 0), 0);
	for (int i = 0; i < 4; i++) {
		fillers[i] =
			socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
	aim_at(port);
	stage_run(probe_open, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	stage_run(probe_connected, &probe);
	assert_int_equal(probe.err, ERR_AGAIN);
	stage_run(probe_free, &probe);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(listener);
}

static void the_peer_is_written_as_in_a_url(void **state)
{
	int peer = open_pair();
	char text[32];

	(void)state;
	snprintf(text, sizeof(text), "127.0.0.1:%u", probe.port);
	assert_span(probe.wire->peer, span_str(text));
	close_pair(peer);

	aim_at(80);
	probe.to.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
					    .sin6_addr = in6addr_loopback};
	stage_run(probe_open, &probe);
	if (probe.err)
		return;
	assert_span(probe.wire->peer, SPAN("[::1]:80"));
	stage_run(probe_free, &probe);
}

/* The socket of this process that is connected to the port, other than the peer's. */
static int find_socket(uint16_t port)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct sockaddr_in address = {0};
		socklen_t bytes = sizeof(address);

		if (getpeername(fd, (struct sockaddr *)&address, &bytes) == 0 &&
		    address.sin_family == AF_INET && ntohs(address.sin_port) == port)
			return fd;
	}
	return -1;
}

static int user_timeout_ms(int fd)
{
	int value = -1;
	socklen_t bytes = sizeof(value);

	getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &bytes);
	return value;
}

/* Lets time pass for the loop, and waits until that has come to this. */
static void pass_time(int seconds, int fd, int expected_ms)
{
	hourglass_forward(seconds);
	for (int i = 0; i < 5000 && user_timeout_ms(fd) != expected_ms; i++) {
		stage_sync();
		usleep(1000);
	}
	assert_int_equal(user_timeout_ms(fd), expected_ms);
}

static void the_socket_does_not_delay_and_soon_finds_dead_peers(void **state)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},	 {SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 30}, {IPPROTO_TCP, TCP_KEEPINTVL, 10},
		{IPPROTO_TCP, TCP_KEEPCNT, 3},	 {IPPROTO_TCP, TCP_USER_TIMEOUT, 60000},
	};
	int peer = open_pair();
	int fd = find_socket(probe.port);

	(void)state;
	pass_time(TCP_GUARD_S, fd, TCP_DEAD_S * 1000);
	for (size_t i = 0; i < TEST_COUNT(options); i++) {
		int value = -1;
		socklen_t bytes = sizeof(value);

		getsockopt(fd, options[i].level, options[i].name, &value, &bytes);
		assert_int_equal(value, options[i].value);
	}
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close_pair(peer);
}

/* The system would give it up, although it answers, because it takes nothing. */
static void a_peer_that_takes_nothing_for_long_is_not_dead(void **state)
{
	static char sink[1024 * 1024];
	int peer = open_pair();
	int fd = find_socket(probe.port);

	(void)state;
	do {
		probe.len = sizeof(probe.bytes);
		stage_run(probe_write, &probe);
	} while (!probe.err);
	pass_time(TCP_GUARD_S, fd, TCP_DEAD_S * 1000);
	pass_time(TCP_DEAD_S / 2, fd, 0);
	assert_true(recv(peer, sink, sizeof(sink), MSG_WAITALL) > 0);
	await_ready(WIRE_WRITABLE);
	probe.len = 2;
	stage_run(probe_write, &probe);
	assert_int_equal(probe.err, ERR_NONE);
	assert_int_equal(user_timeout_ms(fd), TCP_DEAD_S * 1000);
	close_pair(peer);
}

static void a_lack_of_descriptors_is_told_apart(void **state)
{
	struct rlimit limit, low;
	int lowest = dup(0);

	(void)state;
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)lowest;
	aim_at(80);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	stage_run(probe_open, &probe);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(probe.err, ERR_NO_DESCRIPTOR);
	assert_int_equal(probe.fault.err, ERR_NO_DESCRIPTOR);
}

static void a_lack_of_memory_leaves_nothing_behind(void **state)
{
	uint16_t port;
	int listener = bind_port(&port);
	unsigned long n = 0;
	int before;

	(void)state;
	assert_int_equal(listen(listener, 1), 0);
	before = dup(0);
	close(before);
	do {
		aim_at(port);
		mem_fail_at(++n);
		stage_run(probe_open, &probe);
		mem_fail_at(0);
		if (probe.err) {
			int after = dup(0);

			close(after);
			assert_int_equal(after, before);
			assert_int_equal(probe.err, ERR_NO_MEMORY);
			assert_int_equal(probe.fault.err, ERR_NO_MEMORY);
		}
	} while (probe.err);
	assert_true(n > 1);
	stage_run(probe_free, &probe);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(bytes_go_both_ways),
		STAGE_TEST(a_write_that_waits_for_the_next_one_arrives_with_it),
		STAGE_TEST(a_write_that_waits_makes_the_next_part_shorter),
		STAGE_TEST(a_full_peer_is_told_when_it_takes_more),
		STAGE_TEST(the_end_of_the_peers_bytes_is_an_end),
		STAGE_TEST(a_reset_is_a_failure_with_its_cause),
		STAGE_TEST(a_refused_connection_says_so),
		STAGE_TEST(an_address_without_a_way_fails_at_once),
		STAGE_TEST(a_peer_that_does_not_answer_is_waited_for),
		STAGE_TEST(the_peer_is_written_as_in_a_url),
		STAGE_TEST(the_socket_does_not_delay_and_soon_finds_dead_peers),
		STAGE_TEST(a_lack_of_descriptors_is_told_apart),
		STAGE_TEST(a_peer_that_takes_nothing_for_long_is_not_dead),
		STAGE_TEST(a_lack_of_memory_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
