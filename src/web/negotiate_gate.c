/* SPDX-License-Identifier: MIT */
/*
 * The entering one counts itself before it reads the order to hold, the holding one
 * orders before it reads the count; so one of the two sees the other.
 */
#include "web/negotiate_gate.h"

#include <stdatomic.h>
#include <time.h>

static atomic_uint inside;    /* threads */
static atomic_uint holds;     /* negotiate_gate_hold without negotiate_gate_open */
static atomic_bool is_broken; /* see negotiate_gate_enter */

static void nap(void)
{
	const struct timespec a_millisecond = {.tv_nsec = 1000 * 1000};

	nanosleep(&a_millisecond, NULL);
}

bool negotiate_gate_enter(void)
{
	if (atomic_load(&is_broken))
		return false;
	atomic_fetch_add(&inside, 1);
	while (atomic_load(&holds)) {
		atomic_fetch_sub(&inside, 1);
		nap();
		atomic_fetch_add(&inside, 1);
	}
	return true;
}

void negotiate_gate_leave(void)
{
	atomic_fetch_sub(&inside, 1);
}

void negotiate_gate_hold(unsigned wait_ms)
{
	atomic_fetch_add(&holds, 1);
	while (atomic_load(&inside) && wait_ms--)
		nap();
}

void negotiate_gate_open(void)
{
	atomic_fetch_sub(&holds, 1);
}

void negotiate_gate_forget(void)
{
	if (atomic_exchange(&inside, 0))
		atomic_store(&is_broken, true);
	atomic_store(&holds, 0);
}
