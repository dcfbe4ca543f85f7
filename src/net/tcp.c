/* SPDX-License-Identifier: MIT */
/*
 * A TCP socket behind the verbs of a wire. Connecting ends when the socket becomes
 * writable: with no error on it, it is connected; otherwise the socket says what went
 * wrong.
 *
 * A peer that vanished is found in TCP_DEAD_S seconds: by TCP_USER_TIMEOUT when there
 * is something that it has not acknowledged, otherwise by keep-alive probes, which
 * begin after half the time and leave three of them to be answered in the other half.
 * Neither has anything to do before that, and most connections do not live so long, so
 * the system is told of it when TCP_GUARD_S have passed: it then counts from the last
 * sign of life all the same.
 *
 * One that takes no more bytes for long is not dead while it answers, but Linux applies
 * TCP_USER_TIMEOUT to it all the same. So while a write waits for long a timer looks
 * whether the peer still acknowledges, and TCP_USER_TIMEOUT is off as long as it does.
 */
#include "net/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define PROBES 3

/* What a write had best offer: a little less than a segment of 64 KiB. Linux sends a
 * segment that is full while the write still goes on, and where it paces segments (BBR)
 * the next one waits for a timer of its own. What may wait for the next write is sent
 * with it, or when the peer acknowledges what went before, or after a fifth of a second;
 * so the next write had best only complete the segment. */
#define WRITE_BYTES (62u * 1024)

_Static_assert((int)WIRE_READABLE == (int)LOOP_READABLE, "readiness goes through");
_Static_assert((int)WIRE_WRITABLE == (int)LOOP_WRITABLE, "readiness goes through");

struct tcp {
	struct wire wire;	   /* what others see */
	struct loop *loop;	   /* where it is watched */
	struct loop_watch *watch;  /* owns the socket */
	struct loop_timer look;	   /* runs until is_guarded, and while is_stalled */
	uint64_t stalled_since_ms; /* when a write began to wait */
	bool is_guarded;	   /* the system is to find a dead peer */
	bool is_stalled;	   /* a write waits */
	bool is_patient;	   /* TCP_USER_TIMEOUT is off */
	bool is_connected;	   /* known to be */
	int fd;			   /* the socket */
	char peer[];		   /* wire.peer */
};

static struct tcp *tcp_of(struct wire *wire)
{
	return LIST_ENTRY(wire, struct tcp, wire);
}

static void on_ready(void *owner, unsigned ready)
{
	struct tcp *tcp = owner;

	if (ready == LOOP_WRITABLE)
		tcp->is_connected = true;
	if (tcp->wire.ready)
		tcp->wire.ready(tcp->wire.owner, ready & ~(unsigned)LOOP_BROKEN);
}

static void set_option(int fd, int level, int name, int value)
{
	/* A kernel that refuses one of these still gives a connection. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* ---- a peer that is gone ---- */

static void find_dead_peer(struct tcp *tcp)
{
	int fd = tcp->fd;

	tcp->is_guarded = true;
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, TCP_DEAD_S / 2);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, TCP_DEAD_S / 2 / PROBES);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, TCP_DEAD_S * 1000);
}

/* ---- a peer that takes no more ---- */

/* Between two looks whether it is there. */
#define STALLED_MS (TCP_DEAD_S * 1000 / 3)

static void start_looking(struct tcp *tcp)
{
	/* Without memory for a timer the peer has TCP_DEAD_S. */
	if (loop_timer_start(tcp->loop, &tcp->look, STALLED_MS))
		log_line("no memory for a timer");
}

/* Whether the peer has answered since. The system asks at intervals that double. */
static bool is_alive(const struct tcp *tcp)
{
	uint64_t passed_ms = loop_now_ms(tcp->loop) - tcp->stalled_since_ms;
	struct tcp_info info = {0};
	socklen_t bytes = sizeof(info);

	return getsockopt(tcp->fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) == 0 &&
	       info.tcpi_last_ack_recv < passed_ms / 4 * 3;
}

static void be_patient(struct tcp *tcp, bool is_patient)
{
	if (is_patient != tcp->is_patient)
		set_option(tcp->fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
			   is_patient ? 0 : TCP_DEAD_S * 1000);
	tcp->is_patient = is_patient;
}

static void on_look(struct loop_timer *timer)
{
	struct tcp *tcp = LIST_ENTRY(timer, struct tcp, look);

	if (tcp->is_guarded)
		be_patient(tcp, is_alive(tcp));
	else
		find_dead_peer(tcp);
	if (tcp->is_stalled)
		start_looking(tcp);
}

/* A write has to wait. On a young connection the looks begin when it is guarded. */
static void begin_stall(struct tcp *tcp)
{
	if (tcp->is_stalled)
		return;
	tcp->is_stalled = true;
	tcp->stalled_since_ms = loop_now_ms(tcp->loop);
	if (tcp->is_guarded)
		start_looking(tcp);
}

/* The peer goes on. */
static void end_stall(struct tcp *tcp)
{
	if (!tcp->is_stalled)
		return;
	tcp->is_stalled = false;
	be_patient(tcp, false);
	if (tcp->is_guarded)
		loop_timer_stop(tcp->loop, &tcp->look);
}

/* ---- verbs ---- */

/* What errno of an established connection means. */
static enum err err_of(int sys)
{
	switch (sys) {
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ERR_TIMEOUT;
	case EPIPE:
		return ERR_CLOSED;
	case ENOMEM:
	case ENOBUFS:
		return ERR_NO_MEMORY;
	default:
		return ERR_RESET;
	}
}

static enum err fail(struct tcp *tcp, const char *what)
{
	int sys = errno;

	if (sys == EAGAIN)
		return ERR_AGAIN;
	tcp->wire.fault = (struct fault){.err = err_of(sys), .sys = sys, .what = what};
	return tcp->wire.fault.err;
}

static enum err tcp_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	struct tcp *tcp = tcp_of(wire);
	ssize_t got;

	do
		got = recv(tcp->fd, to, cap, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail(tcp, "recv");
	if (got == 0)
		return ERR_EOF;
	*out_len = (size_t)got;
	return ERR_NONE;
}

/* One piece costs the system less when it need not read a message first. */
static ssize_t send_pieces(int fd, const struct iovec *pieces, int count, int flags)
{
	/* sendmsg does not write to the pieces. */
	const struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
				       .msg_iovlen = (size_t)count};

	if (count == 1)
		return send(fd, pieces->iov_base, pieces->iov_len, flags);
	return sendmsg(fd, &message, flags);
}

static enum err tcp_write(struct wire *wire, const struct iovec *pieces, int count,
			  bool may_wait, size_t *out_len)
{
	struct tcp *tcp = tcp_of(wire);
	int flags = MSG_NOSIGNAL | (may_wait ? MSG_MORE : 0);
	ssize_t put;

	do
		put = send_pieces(tcp->fd, pieces, count, flags);
	while (put < 0 && errno == EINTR);
	if (put < 0) {
		enum err err = fail(tcp, "send");

		if (err == ERR_AGAIN)
			begin_stall(tcp);
		return err;
	}
	end_stall(tcp);
	wire->write_bytes = may_wait && put < wire->write_bytes
				    ? (uint16_t)(wire->write_bytes - put)
				    : WRITE_BYTES;
	*out_len = (size_t)put;
	return ERR_NONE;
}

static void tcp_wants(struct wire *wire, unsigned ready)
{
	loop_watch_for(tcp_of(wire)->watch, ready);
}

static void tcp_free(struct wire *wire)
{
	struct tcp *tcp = tcp_of(wire);

	loop_timer_stop(tcp->loop, &tcp->look);
	loop_watch_close(tcp->watch);
	mem_free(tcp);
}

static const struct wire_ops tcp_ops = {
	.read = tcp_read,
	.write = tcp_write,
	.wants = tcp_wants,
	.free = tcp_free,
};

/* ---- opening ---- */

static socklen_t address_bytes(const union dns_address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4)
						 : sizeof(address->v6);
}

size_t tcp_put_peer(const union dns_address *to, uint16_t port, char out[TCP_PEER_BYTES])
{
	char text[INET6_ADDRSTRLEN] = "";
	bool is_v4 = to->any.sa_family == AF_INET;
	int len;

	if (is_v4)
		inet_ntop(AF_INET, &to->v4.sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &to->v6.sin6_addr, text, sizeof(text));
	len = snprintf(out, TCP_PEER_BYTES, is_v4 ? "%s:%u" : "[%s]:%u", text, port);
	return (size_t)len;
}

/* A wire to that peer, without a socket. NULL: no memory. */
static struct tcp *make_tcp(const union dns_address *to, uint16_t port)
{
	char peer[TCP_PEER_BYTES];
	size_t len = tcp_put_peer(to, port, peer);
	struct tcp *tcp = mem_zalloc(sizeof(*tcp) + len + 1);

	if (!tcp)
		return NULL;
	tcp->wire.ops = &tcp_ops;
	tcp->wire.write_bytes = WRITE_BYTES;
	memcpy(tcp->peer, peer, len);
	tcp->wire.peer = span_of(tcp->peer, len);
	loop_timer_init(&tcp->look, on_look);
	return tcp;
}

static enum err open_socket(int family, int *out_fd, struct fault *fault)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	enum err err;

	if (fd >= 0) {
		*out_fd = fd;
		return ERR_NONE;
	}
	err = err_from_errno(errno);
	if (err != ERR_NO_DESCRIPTOR && err != ERR_NO_MEMORY)
		err = ERR_CONNECT;
	return fault_set(fault, err, errno, "socket");
}

/* Begins to connect; 0 also when that has to be waited for. */
static enum err begin(int fd, const union dns_address *to, uint16_t port,
		      struct fault *fault)
{
	union dns_address peer = *to;

	if (to->any.sa_family == AF_INET)
		peer.v4.sin_port = htons(port);
	else
		peer.v6.sin6_port = htons(port);
	if (connect(fd, &peer.any, address_bytes(&peer)) == 0)
		return ERR_NONE;
	if (errno == EINPROGRESS || errno == EINTR)
		return ERR_NONE;
	return fault_set(fault, ERR_CONNECT, errno, "connect");
}

enum err tcp_open(struct loop *loop, const union dns_address *to, uint16_t port,
		  struct wire **out_wire, struct fault *out_fault)
{
	struct tcp *tcp = make_tcp(to, port);
	enum err err;

	if (!tcp)
		return fault_set(out_fault, ERR_NO_MEMORY, 0, "socket");
	tcp->loop = loop;
	err = open_socket(to->any.sa_family, &tcp->fd, out_fault);
	if (err)
		goto free_tcp;
	set_option(tcp->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	err = begin(tcp->fd, to, port, out_fault);
	if (err)
		goto close_fd;
	err = loop_watch_new(loop, tcp->fd, on_ready, tcp, &tcp->watch);
	if (err) {
		err = fault_set(out_fault, err, 0, "watch");
		goto close_fd;
	}
	if (loop_timer_start(loop, &tcp->look, TCP_GUARD_S * 1000))
		find_dead_peer(tcp);
	*out_wire = &tcp->wire;
	return ERR_NONE;

close_fd:
	close(tcp->fd);
free_tcp:
	mem_free(tcp);
	return err;
}

enum err tcp_connected(struct wire *wire)
{
	struct tcp *tcp = tcp_of(wire);
	struct sockaddr_storage peer;
	socklen_t bytes = sizeof(peer), sys_bytes = sizeof(int);
	int sys = 0;

	if (tcp->is_connected)
		return ERR_NONE;
	if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &sys, &sys_bytes))
		sys = errno;
	if (!sys)
		return getpeername(tcp->fd, (struct sockaddr *)&peer, &bytes) ? ERR_AGAIN
									      : ERR_NONE;
	tcp->wire.fault =
		(struct fault){.err = ERR_CONNECT, .sys = sys, .what = "connect"};
	return ERR_CONNECT;
}
