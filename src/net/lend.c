/* SPDX-License-Identifier: MIT */
/*
 * Everything turns on one word, the lease: who has the work (its low bits) and the
 * number of the lending. The owner lends by counting up and storing LENT, and takes
 * back by a compare-and-swap; no other thread writes while nothing takes long, so that
 * costs no system call and no shared lock.
 *
 * Of the stand-bys one is on watch. It looks at the lease every few milliseconds. The
 * same number lent at two looks means that something takes long; the same turn at three,
 * that many short things have followed one another while others wait: a compare-and-swap
 * makes it the owner. Before it goes to work it passes the watch on to a spare thread,
 * which is started if there is none. The thread that comes back finds its lending gone
 * and joins the stand-bys.
 *
 * Things that take long come in flocks, and each would cost a full interval. So a new
 * watch begins with short ones, the shorter the more threads are away; they double
 * until they are full again.
 *
 * A watch that sees no new lending for a while dozes: it raises a flag, looks at the
 * lease once more, and sleeps. The lender stores the lease first and reads the flag
 * then, both sequentially consistent, so one of the two sees the other. The word of
 * flags (attention) is all that the fast path reads besides the lease; a stop order
 * and a crew without a stand-by are flags in it as well.
 */
#include "net/lend.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"

/* Low bits of the lease. */
enum lend_state {
	LEND_OWNED = 0,	  /* the owner is at work */
	LEND_LENT = 1,	  /* the owner has lent it */
	LEND_STOPPED = 2, /* nobody will own it again */
	LEND_FREE = 3,	  /* nobody owns it yet */
};

#define LEND_STATE_MASK UINT64_C(3)
#define LEND_STEP	UINT64_C(4)

static enum lend_state state_of(uint64_t lease)
{
	return (enum lend_state)(lease & LEND_STATE_MASK);
}

static uint64_t with_state(uint64_t lease, enum lend_state state)
{
	return (lease & ~LEND_STATE_MASK) | state;
}

/* ---- threads ---- */

static void *thread_main(void *arg);

/* The program's signals are not delivered to our threads, but those that a thread
 * brings upon itself are: the program's own code runs here too. */
static void block_signals(sigset_t *out_before)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				  SIGTRAP, SIGSYS, SIGABRT};
	sigset_t blocked;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&blocked, own[i]);
	pthread_sigmask(SIG_SETMASK, &blocked, out_before);
}

static enum err start_thread(struct lend *lend)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t before;
	int failed;

	if (pthread_attr_init(&attributes) != 0)
		return ERR_NO_MEMORY;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	block_signals(&before);
	failed = pthread_create(&thread, &attributes, thread_main, lend);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return failed ? ERR_SYSTEM : ERR_NONE;
}

/* Adds a stand-by. The lock is held, and let go meanwhile. */
static enum err add_thread(struct lend *lend)
{
	enum err err;

	lend->threads++;
	lend->idle++;
	pthread_mutex_unlock(&lend->lock);
	err = start_thread(lend);
	pthread_mutex_lock(&lend->lock);
	if (err) {
		lend->threads--;
		lend->idle--;
		pthread_cond_broadcast(&lend->gone);
	}
	return err;
}

/* Sees to it that some stand-by is on watch. The lock is held. */
static void pass_watch_on(struct lend *lend)
{
	if (lend->idle > 0) {
		pthread_cond_signal(&lend->spare);
		return;
	}
	if (lend->threads >= LEND_MAX_THREADS)
		return;
	if (add_thread(lend) == ERR_NONE) {
		atomic_fetch_and(&lend->attention, ~(unsigned)LEND_LACKING);
		return;
	}
	lend->respawn_ns = clock_mono_ns() + LEND_RESPAWN_NS;
	atomic_fetch_or(&lend->attention, LEND_LACKING);
}

/* ---- on watch ---- */

static void nap(unsigned us)
{
	struct timespec time = {.tv_nsec = (long)us * 1000};

	nanosleep(&time, NULL);
}

/* Sleeps until something is lent again. */
static void doze(struct lend *lend, uint64_t seen)
{
	pthread_mutex_lock(&lend->lock);
	atomic_fetch_or(&lend->attention, LEND_DOZING);
	while ((atomic_load(&lend->attention) & LEND_DOZING) && !lend_is_stopping(lend) &&
	       atomic_load(&lend->lease) == seen)
		pthread_cond_wait(&lend->watch, &lend->lock);
	atomic_fetch_and(&lend->attention, ~(unsigned)LEND_DOZING);
	pthread_mutex_unlock(&lend->lock);
}

static bool has_dozed_off(struct lend *lend, unsigned quiet)
{
	return quiet > (lend_is_busy(lend) ? LEND_BUSY_LOOKS : LEND_IDLE_LOOKS);
}

/* What the watch has seen at its last look. */
struct view {
	uint64_t lease;	    /* then */
	unsigned turn;	    /* then */
	unsigned turn_age;  /* looks since that turn began */
	unsigned lease_age; /* looks since something was lent anew */
};

/* Looks, and says whether the work is lent and others have waited for long: because of
 * this one lending, or of many that follow one another within one turn. */
static bool is_overdue(struct lend *lend, struct view *view)
{
	uint64_t lease = atomic_load_explicit(&lend->lease, memory_order_relaxed);
	unsigned turn = atomic_load_explicit(&lend->turn, memory_order_relaxed);

	view->turn_age = turn == view->turn ? view->turn_age + 1 : 0;
	view->lease_age = lease == view->lease ? view->lease_age + 1 : 0;
	view->turn = turn;
	view->lease = lease;
	return state_of(lease) == LEND_LENT &&
	       (view->lease_age > 0 || view->turn_age > 1);
}

static bool take_over(struct lend *lend, uint64_t lease)
{
	return atomic_compare_exchange_strong(&lend->lease, &lease,
					      with_state(lease, LEND_OWNED));
}

/* Looks until the work is this thread's (true) or a stop is ordered (false). */
static bool watch(struct lend *lend, unsigned away)
{
	unsigned pace_us = LEND_LOOK_US / (1 + (away < 7 ? away : 7));
	struct view view = {.lease = UINT64_MAX};

	while (!lend_is_stopping(lend)) {
		bool is_due = is_overdue(lend, &view);

		if ((is_due || state_of(view.lease) == LEND_FREE) &&
		    take_over(lend, view.lease))
			return true;
		if (has_dozed_off(lend, view.lease_age)) {
			doze(lend, view.lease);
			view.lease_age = 0;
			pace_us = LEND_LOOK_US;
			continue;
		}
		nap(pace_us);
		pace_us = pace_us * 2 < LEND_LOOK_US ? pace_us * 2 : LEND_LOOK_US;
	}
	return false;
}

/* Waits until nobody is on watch. False: this thread is not needed any more. The lock
 * is held. */
static bool await_watch(struct lend *lend)
{
	while (lend->has_watch && !lend_is_stopping(lend)) {
		struct timespec until;

		if (lend->idle <= LEND_KEEP_IDLE) {
			pthread_cond_wait(&lend->spare, &lend->lock);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += LEND_SURPLUS_S;
		if (pthread_cond_timedwait(&lend->spare, &lend->lock, &until) != 0 &&
		    lend->has_watch && lend->idle > LEND_KEEP_IDLE)
			return false;
	}
	return !lend_is_stopping(lend);
}

/* How many threads are in something that was taken over. The lock is held. */
static unsigned count_away(const struct lend *lend)
{
	unsigned at_work = lend->threads - lend->idle;

	return at_work > 1 ? at_work - 1 : 0;
}

/* A stand-by's life, counted in idle already: true when it has become the owner, false
 * when it shall end. The lock is held. */
static bool stand_by(struct lend *lend)
{
	bool is_owner = false;

	if (await_watch(lend)) {
		unsigned away = count_away(lend);

		lend->has_watch = true;
		pthread_mutex_unlock(&lend->lock);
		is_owner = watch(lend, away);
		pthread_mutex_lock(&lend->lock);
		lend->has_watch = false;
	}
	lend->idle--;
	if (is_owner)
		pass_watch_on(lend);
	return is_owner;
}

/* ---- ownership ---- */

/* The owner has left for good. */
static void leave(struct lend *lend)
{
	uint64_t lease = atomic_load(&lend->lease);

	atomic_store(&lend->lease, with_state(lease, LEND_STOPPED));
}

/*
 * Waits, when there is no more to do, until the thread may end. At its end run what
 * libraries have left for that, and they must not find libraries that clean up for the
 * process's exit already; so a thread that is stopped for an exit never ends, and others
 * have libcrypto clean up under the lock, which lend_await_stop takes. The lock is held.
 */
static void await_dismissal(struct lend *lend)
{
	while (lend_is_stopping(lend) && !lend->is_dismissed)
		pthread_cond_wait(&lend->spare, &lend->lock);
	crypto_end_thread();
}

/* Nobody cancels a thread of the library. Where libc knows that it need not prepare for
 * it around each system call that may wait: glibc goes by the type before it looks at the
 * state, others by the state alone. The type counts for nobody: where a callback allowed
 * cancellation, and somebody made use of it, the thread would be lost by either type. */
static void forbid_cancel(void)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	/* NOLINTNEXTLINE(cert-pos47-c): it is never asynchronous, it is forbidden. */
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
}

static void *thread_main(void *arg)
{
	struct lend *lend = arg;

	pthread_setname_np(pthread_self(), "ixhr2");
	forbid_cancel();
	pthread_mutex_lock(&lend->lock);
	while (stand_by(lend)) {
		bool is_owner;

		atomic_store_explicit(&lend->holder, pthread_self(),
				      memory_order_relaxed);
		pthread_mutex_unlock(&lend->lock);
		is_owner = lend->run(lend->owner);
		if (is_owner)
			leave(lend);
		pthread_mutex_lock(&lend->lock);
		pthread_cond_broadcast(&lend->gone);
		lend->idle++;
	}
	await_dismissal(lend);
	lend->threads--;
	pthread_cond_broadcast(&lend->gone);
	pthread_mutex_unlock(&lend->lock);
	return NULL;
}

/* ---- the owner's side ---- */

/* Leaves within something that may yet take long: who awaits the stop need not wait for
 * that. */
static void quit(struct lend *lend)
{
	leave(lend);
	pthread_mutex_lock(&lend->lock);
	pthread_cond_broadcast(&lend->gone);
	pthread_mutex_unlock(&lend->lock);
}

/* What the fast path leaves out: wakes the watch, tries to start one. */
static void attend(struct lend *lend)
{
	pthread_mutex_lock(&lend->lock);
	atomic_fetch_and(&lend->attention, ~(unsigned)LEND_DOZING);
	pthread_cond_signal(&lend->watch);
	if (lend->idle > 0)
		atomic_fetch_and(&lend->attention, ~(unsigned)LEND_LACKING);
	else if (clock_mono_ns() >= lend->respawn_ns)
		pass_watch_on(lend);
	pthread_mutex_unlock(&lend->lock);
}

bool lend_out(struct lend *lend, uint64_t *out_lease)
{
	uint64_t owned = atomic_load_explicit(&lend->lease, memory_order_relaxed);
	uint64_t lent = owned + LEND_STEP + LEND_LENT;

	atomic_store(&lend->lease, lent);
	*out_lease = lent;
	if (__builtin_expect(atomic_load(&lend->attention) == 0, 1))
		return true;
	if (!lend_is_stopping(lend)) {
		attend(lend);
		return true;
	}
	if (atomic_compare_exchange_strong(&lend->lease, &lent,
					   with_state(lent, LEND_OWNED)))
		quit(lend);
	return false;
}

bool lend_back(struct lend *lend, uint64_t lease)
{
	return atomic_compare_exchange_strong(&lend->lease, &lease,
					      with_state(lease, LEND_OWNED));
}

bool lend_is_here(const struct lend *lend)
{
	return atomic_load_explicit(&lend->holder, memory_order_relaxed) ==
	       pthread_self();
}

pthread_t lend_take_place(struct lend *lend)
{
	pthread_t owner = atomic_load_explicit(&lend->holder, memory_order_relaxed);

	atomic_store_explicit(&lend->holder, pthread_self(), memory_order_relaxed);
	return owner;
}

void lend_give_place(struct lend *lend, pthread_t owner)
{
	atomic_store_explicit(&lend->holder, owner, memory_order_relaxed);
}

void lend_count_turn(struct lend *lend)
{
	unsigned turn = atomic_load_explicit(&lend->turn, memory_order_relaxed);

	atomic_store_explicit(&lend->turn, turn + 1, memory_order_relaxed);
}

void lend_busy(struct lend *lend, int change)
{
	int busy = atomic_load_explicit(&lend->busy, memory_order_relaxed);

	atomic_store_explicit(&lend->busy, busy + change, memory_order_relaxed);
}

/* ---- life ---- */

void lend_forget(struct lend *lend)
{
	static const pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static const pthread_cond_t nobody = PTHREAD_COND_INITIALIZER;

	/* They may be held, or waited for, by threads that are not here. */
	lend->lock = lock;
	lend->watch = nobody;
	lend->spare = nobody;
	lend->gone = nobody;
	lend->threads = 1;
	lend->idle = 0;
	lend->is_dismissed = true;
	atomic_fetch_or(&lend->attention, LEND_STOPPING);
	leave(lend);
}

static enum err init_locks(struct lend *lend)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0)
		return ERR_NO_MEMORY;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&lend->lock, NULL);
	pthread_cond_init(&lend->watch, &attributes);
	pthread_cond_init(&lend->spare, &attributes);
	pthread_cond_init(&lend->gone, &attributes);
	pthread_condattr_destroy(&attributes);
	return ERR_NONE;
}

enum err lend_init(struct lend *lend, lend_run_fn *run, void *owner)
{
	enum err err;

	*lend = (struct lend){.lease = LEND_FREE, .run = run, .owner = owner};
	err = init_locks(lend);
	if (err)
		return err;
	/* No thread gets beyond the lock before it is clear that there are two. */
	pthread_mutex_lock(&lend->lock);
	while (!err && lend->threads < 2) {
		err = start_thread(lend);
		lend->threads += err ? 0 : 1;
	}
	lend->idle = lend->threads;
	if (err)
		atomic_store(&lend->lease, LEND_STOPPED);
	pthread_mutex_unlock(&lend->lock);
	if (err) {
		lend_order_stop(lend);
		lend_done(lend);
	}
	return err;
}

void lend_order_stop(struct lend *lend)
{
	atomic_fetch_or(&lend->attention, LEND_STOPPING);
	pthread_mutex_lock(&lend->lock);
	pthread_cond_broadcast(&lend->watch);
	pthread_cond_broadcast(&lend->spare);
	pthread_mutex_unlock(&lend->lock);
}

void lend_await_stop(struct lend *lend)
{
	pthread_mutex_lock(&lend->lock);
	for (;;) {
		uint64_t lease = atomic_load(&lend->lease);

		if (state_of(lease) == LEND_STOPPED)
			break;
		if (state_of(lease) == LEND_OWNED && lend_is_here(lend))
			break;
		if (state_of(lease) == LEND_OWNED)
			pthread_cond_wait(&lend->gone, &lend->lock);
		else if (atomic_compare_exchange_strong(&lend->lease, &lease,
							with_state(lease, LEND_STOPPED)))
			break;
	}
	/* Others may wait for an owner who finds that this was quicker than he. */
	pthread_cond_broadcast(&lend->gone);
	pthread_mutex_unlock(&lend->lock);
}

void lend_done(struct lend *lend)
{
	pthread_mutex_lock(&lend->lock);
	lend->is_dismissed = true;
	pthread_cond_broadcast(&lend->spare);
	while (lend->threads > 0)
		pthread_cond_wait(&lend->gone, &lend->lock);
	pthread_mutex_unlock(&lend->lock);
	pthread_cond_destroy(&lend->gone);
	pthread_cond_destroy(&lend->spare);
	pthread_cond_destroy(&lend->watch);
	pthread_mutex_destroy(&lend->lock);
}
