/* SPDX-License-Identifier: MIT */
/*
 * curl_multi PORT PATH REQUESTS CONCURRENCY [WAY]: libcurl's multi interface. Easy
 * handles are used again for the next request, which is the cheapest that libcurl's
 * manual knows. WAY:
 *
 *	poll   curl_multi_perform and curl_multi_poll (the default)
 *	epoll  curl_multi_socket_action below an epoll loop
 *	eager  epoll, too, but with each change made at once
 *	put    PUT of as many bytes as PATH names; the answer has 100
 *	https  https://good.test, by the roots of SSL_CERT_FILE
 *	h2     HTTP/2 on https: all requests on one connection
 *
 * libcurl takes an interest back with each request's end, and registers it with the next
 * one's begin. The epoll loop makes the changes that are left when it is about to wait,
 * which is none where a connection is used again: so each request is spared two calls of
 * epoll_ctl. The simple loop, eager, is what libcurl's examples show. Buffers for long
 *bodies are as large as libcurl allows.
 */
#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "tally.h"
#include "task.h"

#define EVENTS	    256
#define MAX_FILES   65536 /* descriptors that the epoll loop knows */
#define LARGE_BYTES 65536 /* bodies of more bytes get large buffers */
#define WAIT_MS	    1000

/* Where one request runs at a time. */
struct slot {
	CURL *easy;    /* owned */
	uint64_t come; /* of its body */
	uint64_t gone; /* of the body that goes up */
};

/* What epoll is to know of a descriptor. */
struct interest {
	uint32_t wanted;     /* events, as libcurl wants them */
	uint32_t registered; /* as epoll knows them; 0: it does not know it */
	bool is_queued;	     /* among those to be looked at before the next wait */
};

static struct task task;
static struct tally tally;
static CURLM *multi;
static uint64_t begun; /* requests */
static bool is_put;
static bool is_eager;

static int poller;
static struct interest interests[MAX_FILES];
static int queued[MAX_FILES]; /* descriptors whose interest may have changed */
static size_t queued_count;
static bool has_timeout;
static struct timespec timeout; /* when libcurl wants a turn */

static void must(CURLMcode code)
{
	if (code != CURLM_OK)
		task_fail(&task, curl_multi_strerror(code));
}

static size_t take(char *bytes, size_t size, size_t count, void *with)
{
	struct slot *slot = with;

	(void)bytes;
	slot->come += size * count;
	return size * count;
}

static size_t give(char *to, size_t size, size_t count, void *with)
{
	struct slot *slot = with;
	uint64_t left = task.body_bytes - slot->gone;
	size_t n = left < size * count ? (size_t)left : size * count;

	(void)to;
	slot->gone += n;
	return n;
}

static void begin(struct slot *slot)
{
	begun++;
	slot->come = slot->gone = 0;
	must(curl_multi_add_handle(multi, slot->easy));
}

static void set_https(CURL *easy, struct curl_slist *connect_to)
{
	curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 task_has(&task, "h2") ? CURL_HTTP_VERSION_2TLS
					       : CURL_HTTP_VERSION_1_1);
	/* Do not open a second connection while the first one is being made. */
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, task_has(&task, "h2") ? 1L : 0L);
}

static void set_put(struct slot *slot)
{
	static struct curl_slist *no_expect;

	/* Else it waits whether the server wants the body. */
	if (!no_expect)
		no_expect = curl_slist_append(NULL, "Expect:");
	curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, no_expect);
	curl_easy_setopt(slot->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(slot->easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(slot->easy, CURLOPT_READDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_INFILESIZE_LARGE,
			 (curl_off_t)task.body_bytes);
	curl_easy_setopt(slot->easy, CURLOPT_UPLOAD_BUFFERSIZE, 2L * 1024 * 1024);
}

static void prepare(struct slot *slot, const char *url, struct curl_slist *connect_to)
{
	slot->easy = curl_easy_init();
	if (!slot->easy)
		task_fail(&task, "memory");
	curl_easy_setopt(slot->easy, CURLOPT_URL, url);
	curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(slot->easy, CURLOPT_NOPROXY, "*");
	if (task.body_bytes > LARGE_BYTES)
		curl_easy_setopt(slot->easy, CURLOPT_BUFFERSIZE,
				 (long)CURL_MAX_READ_SIZE);
	if (connect_to)
		set_https(slot->easy, connect_to);
	if (is_put)
		set_put(slot);
}

/* Judges the request that has ended, and sends the next one. */
static void end(CURL *easy, CURLcode result)
{
	struct slot *slot = NULL;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	must(curl_multi_remove_handle(multi, easy));
	if (result != CURLE_OK)
		task_fail(&task, curl_easy_strerror(result));
	if (status != 200 || slot->come != (is_put ? TASK_SMALL_BYTES : task.body_bytes))
		task_fail(&task, "not the response that was expected");
	tally.bytes += is_put ? slot->gone : slot->come;
	tally_end(&tally);
	if (begun < task.requests)
		begin(slot);
}

static void take_ends(void)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE)
			end(message->easy_handle, message->data.result);
	}
}

static void run_poll(void)
{
	int running;

	for (;;) {
		must(curl_multi_perform(multi, &running));
		take_ends();
		if (tally.requests == task.requests)
			return;
		must(curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL));
	}
}

static void apply_interests(void)
{
	for (; queued_count > 0; queued_count--) {
		int fd = queued[queued_count - 1];
		struct interest *interest = &interests[fd];
		struct epoll_event event = {.events = interest->wanted,
					    .data = {.fd = fd}};
		int operation = !interest->registered ? EPOLL_CTL_ADD
				: interest->wanted    ? EPOLL_CTL_MOD
						      : EPOLL_CTL_DEL;

		interest->is_queued = false;
		if (interest->wanted == interest->registered)
			continue;
		if (epoll_ctl(poller, operation, fd, &event))
			task_fail(&task, "epoll_ctl");
		interest->registered = interest->wanted;
	}
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *with, void *mine)
{
	struct interest *interest;

	(void)easy, (void)with, (void)mine;
	if (fd >= MAX_FILES)
		task_fail(&task, "too many descriptors");
	interest = &interests[fd];
	interest->wanted = what == CURL_POLL_IN	     ? EPOLLIN
			   : what == CURL_POLL_OUT   ? EPOLLOUT
			   : what == CURL_POLL_INOUT ? EPOLLIN | EPOLLOUT
						     : 0;
	if (!interest->is_queued) {
		interest->is_queued = true;
		queued[queued_count++] = fd;
	}
	if (is_eager)
		apply_interests();
	return 0;
}

/* A descriptor that is closed is none of epoll's any more. */
static int on_close(void *with, curl_socket_t fd)
{
	(void)with;
	interests[fd].registered = interests[fd].wanted = 0;
	return close(fd);
}

static int on_timer(CURLM *of, long timeout_ms, void *with)
{
	(void)of, (void)with;
	has_timeout = timeout_ms >= 0;
	if (!has_timeout)
		return 0;
	/* At once is the most frequent wish, and needs no clock. */
	timeout = (struct timespec){0};
	if (timeout_ms > 0) {
		clock_gettime(CLOCK_MONOTONIC, &timeout);
		timeout.tv_sec += timeout_ms / 1000;
		timeout.tv_nsec += timeout_ms % 1000 * 1000000;
	}
	return 0;
}

/* Milliseconds until libcurl wants a turn. */
static int time_left(void)
{
	struct timespec now;
	int64_t left;

	if (!has_timeout)
		return -1;
	if (timeout.tv_sec == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (int64_t)(timeout.tv_sec - now.tv_sec) * 1000 +
	       (timeout.tv_nsec - now.tv_nsec + 999999) / 1000000;
	return left < 0 ? 0 : left > WAIT_MS ? WAIT_MS : (int)left;
}

/* What an event says, in libcurl's words. */
static int mask_of(uint32_t events)
{
	return (events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
	       (events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
}

static void run_epoll(void)
{
	struct epoll_event events[EVENTS];
	int running, n;

	for (;;) {
		while (time_left() == 0) {
			has_timeout = false;
			must(curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0,
						      &running));
			take_ends();
		}
		if (tally.requests == task.requests)
			return;
		apply_interests();
		n = epoll_wait(poller, events, EVENTS, time_left());
		for (int i = 0; i < n; i++)
			must(curl_multi_socket_action(multi, events[i].data.fd,
						      mask_of(events[i].events),
						      &running));
		take_ends();
	}
}

static void set_epoll(struct slot *slots)
{
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		task_fail(&task, "epoll");
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	for (unsigned i = 0; i < task.at_once; i++)
		curl_easy_setopt(slots[i].easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
}

int main(int argc, char **argv)
{
	struct curl_slist *connect_to = NULL;
	struct slot *slots;
	bool is_epoll;
	char url[256];

	task_read(&task, argc, argv);
	is_put = task_has(&task, "put");
	is_eager = task_has(&task, "eager");
	is_epoll = is_eager || task_has(&task, "epoll");
	snprintf(url, sizeof(url), "%s:%s%s",
		 task_has(&task, "https") ? "https://" TASK_HOST : "http://127.0.0.1",
		 task.port, task.path);
	if (task_has(&task, "https"))
		connect_to = curl_slist_append(NULL, "::127.0.0.1:");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	slots = calloc(task.at_once, sizeof(*slots));
	if (!multi || !slots)
		task_fail(&task, "memory");
	/* As many as there are requests, which is more than its default at 10,000. */
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)task.at_once);
	for (unsigned i = 0; i < task.at_once; i++)
		prepare(&slots[i], url, connect_to);
	if (is_epoll)
		set_epoll(slots);
	tally_begin(&tally);
	for (unsigned i = 0; i < task.at_once; i++)
		begin(&slots[i]);
	if (is_epoll)
		run_epoll();
	else
		run_poll();
	tally_print(&tally);
	/* What is owned lies there to the end: nothing of it is measured. */
	return 0;
}
