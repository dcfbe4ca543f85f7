/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection as a wire. Non-blocking, close-on-exec, no delay; one that lives for
 * some seconds gets keep-alive probes and TCP_USER_TIMEOUT, so that a dead peer is found.
 * Owner of the loop only.
 */
#ifndef IXHR2_NET_TCP_H
#define IXHR2_NET_TCP_H

#include <stdint.h>

#include "base/err.h"
#include "net/dns.h"
#include "net/loop.h"
#include "net/wire.h"

/* "[" v6 "]:65535" and a NUL. */
#define TCP_PEER_BYTES (INET6_ADDRSTRLEN + 8)

/* When a silent peer counts as dead. */
#define TCP_DEAD_S 60

/* How old a connection is when the system is told so. */
#define TCP_GUARD_S 10

/* Writes an address and a port as text: "93.184.216.34:80", "[::1]:80". Answers how long
 * that is. */
size_t tcp_put_peer(const union dns_address *to, uint16_t port, char out[TCP_PEER_BYTES]);

/*
 * Begins to connect. The wire's WIRE_WRITABLE tells the end (ask for it with wants);
 * tcp_connected then says which. ERR_CONNECT and others at once too: *out_fault.
 * ERR_NO_DESCRIPTOR when there is none free; ERR_NO_MEMORY.
 */
MUST_USE enum err tcp_open(struct loop *loop, const union dns_address *to, uint16_t port,
			   struct wire **out_wire, struct fault *out_fault);

/* 0: connected; ERR_AGAIN: not yet; ERR_CONNECT: failed, wire->fault says why. */
MUST_USE enum err tcp_connected(struct wire *wire);

#endif
