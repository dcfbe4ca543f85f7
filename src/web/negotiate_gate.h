/* SPDX-License-Identifier: MIT */
/*
 * GSSAPI and its mechanisms do not bear the end of a process, nor a fork, while a thread
 * is inside them: they clean up behind exit(), and a child finds locks of theirs taken
 * for ever. So those inside are counted; the end and a fork wait for them, and who comes
 * meanwhile rests. Any thread.
 */
#ifndef IXHR2_WEB_NEGOTIATE_GATE_H
#define IXHR2_WEB_NEGOTIATE_GATE_H

#include <stdbool.h>

/* Before and behind each use, not nested. False: this process was forked while another
 * thread was inside, so nobody may go there any more. */
bool negotiate_gate_enter(void);
void negotiate_gate_leave(void);

/*
 * The process ends or forks: nobody enters until negotiate_gate_open, and who is inside
 * has wait_ms to leave. Who asks a KDC takes longer, but mostly sleeps. Any thread that
 * is not inside itself; may be nested.
 */
void negotiate_gate_hold(unsigned wait_ms);
void negotiate_gate_open(void);

/* In a child after fork: nothing is held, and who was inside is so in the parent. */
void negotiate_gate_forget(void);

#endif
