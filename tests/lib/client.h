/* SPDX-License-Identifier: MIT */
/*
 * A program that uses the public headers and watches what it is called with: an
 * IXMLHTTPRequest3Callback that records every callback, asserts the grammar of contract
 * section 3, that nothing overlaps, that nothing comes on a thread of the program or
 * after the end, and runs a hook of the test in each callback.
 *
 *	struct client *client = client_new();
 *
 *	client_open(client, "GET", url);
 *	client_send(client);
 *	client_wait(client);
 *	client_expect(client, 200, "hello");
 *	client_end(client);
 *
 * What goes wrong in a callback is written down and fails the test in client_wait or
 * client_end. Every wait is bounded. Tests are declared by CLIENT_TEST.
 */
#ifndef IXHR2_TESTS_LIB_CLIENT_H
#define IXHR2_TESTS_LIB_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define COBJMACROS
#include "ixhr2/ixhr2.h"
#include "ixhr2/msxml6.h"

#include "base/span.h"
#include "lib/shown.h"

/* How long a request may take. */
#define CLIENT_WAIT_MS 100000

/* What a client reads at a time: few or many bytes, in turn, so that the library copies
 * them or has them come straight from the connection; and what a test may choose. */
#define CLIENT_FEW_BYTES  8192
#define CLIENT_MANY_BYTES (128u * 1024)
#define CLIENT_MOST_BYTES (256u * 1024)

/* How long one test may take. */
#define CLIENT_TEST_S 500

/* A test that begins with a fresh engine and must leave no memory behind. */
#define CLIENT_TEST(test)                                                                \
	cmocka_unit_test_setup_teardown(test, client_before, client_after)

int client_before(void **state);
int client_after(void **state);

/* Where a hook can run; their letters in client->order. */
enum client_event {
	CLIENT_REDIRECT,	      /* 'r' */
	CLIENT_HEADERS,		      /* 'h' */
	CLIENT_DATA,		      /* 'd'; one letter for a run of them */
	CLIENT_RECEIVED,	      /* 'R' */
	CLIENT_ERROR,		      /* 'E' */
	CLIENT_CERTIFICATE,	      /* 'c' */
	CLIENT_CERTIFICATE_REQUESTED, /* 'q' */
	CLIENT_READ,		      /* of the body; no letter, as those below */
	CLIENT_WRITE,		      /* of the custom response stream */
	CLIENT_SEEK,		      /* of the body */
	CLIENT_EVENTS
};

struct client;
struct tape;

/* What runs in an event, after it was recorded; the answer is the event's. */
typedef HRESULT client_hook_fn(struct client *client);

struct client {
	IXMLHTTPRequest3Callback IXMLHTTPRequest3Callback_iface; /* what is passed */

	/* Set by the test before client_send. */
	client_hook_fn *on[CLIENT_EVENTS]; /* NULL: S_OK */
	HRESULT result;			   /* what client_do_fail answers */
	void *owner;			   /* for hooks */
	struct tape *body;		   /* to be sent, or NULL; not owned */
	ISequentialStream *plain_body;	   /* to be sent instead of body, or NULL */
	uint64_t body_length;		   /* cbBody with a body */
	struct tape *sink;		   /* custom response stream, or NULL */
	bool only_callback_2; /* E_NOINTERFACE for IXMLHTTPRequest3Callback */
	bool is_reporting;    /* REPORT_REDIRECT_STATUS is set */
	bool leaves_data;     /* OnDataAvailable reads nothing */
	bool leaves_all;      /* nothing is read */
	bool keeps_stream;    /* AddRefs the first stream that it is given */
	bool expects_pattern; /* body is not kept but compared */
	uint32_t read_bytes;  /* of each Read, up to CLIENT_MOST_BYTES */

	IXMLHTTPRequest3 *xhr; /* NULL after its release */

	/* The record. Read it after client_wait, or in a hook. */
	char order[128];		/* letters of the events of all requests */
	unsigned counts[CLIENT_EVENTS]; /* how often each came */
	DWORD status;			/* of the last OnHeadersAvailable */
	char reason[128];		/* of the last OnHeadersAvailable */
	char url[2048];			/* of the last OnRedirect */
	char *headers;			/* all of them, in OnHeadersAvailable; owned */
	struct shown shown;		/* of the certificate callbacks */
	HRESULT error;			/* of OnError, or S_OK */
	char *bytes;			/* of the body; owned; a NUL behind */
	size_t len;			/* of bytes */
	uint64_t pattern_len;		/* with expects_pattern */
	ISequentialStream *stream;	/* with keeps_stream; a reference */
	uint64_t sent_ns, headers_ns, end_ns; /* when: client_send, the event, the end */

	/* Its own. */
	struct client *next;	/* in the list of live ones */
	const void *identity;	/* xhr, also after its release */
	pthread_mutex_t lock;	/* for all below and the record */
	pthread_cond_t changed; /* when finals or one of the next two changes */
	bool is_blocked;	/* client_do_block waits */
	bool may_go;		/* it waits no more, now or later */
	unsigned sends, finals; /* requests accepted, ended */
	unsigned grammar;	/* an enum of client.c */
	atomic_int inside;	/* calls that run */
	atomic_int refs;	/* of the callback; one is the client's own */
	char complaint[1024];	/* what went wrong first, or "" */
};

/* A client with a new object. Never NULL. */
struct client *client_new(void);

/* These assert S_OK. */
void client_open(struct client *client, const char *method, const char *url);
void client_header(struct client *client, const char *name, const char *value);
void client_property(struct client *client, XHR_PROPERTY property, ULONGLONG value);
void client_send(struct client *client);

/* As client_open and client_send, but answer what the call answers. */
HRESULT client_try_open(struct client *client, const char *method, const char *url);
HRESULT client_try_header(struct client *client, const char *name, const char *value);
HRESULT client_try_send(struct client *client);

/* client_new, client_open, client_send. */
struct client *client_start(const char *method, const char *url);

/* client_start with GET, client_wait. */
struct client *client_get(const char *url);

/* Waits for the final callback of every Send; fails the test after CLIENT_WAIT_MS. */
void client_wait(struct client *client);

/* Whether the final callback of every Send has come within ms. */
bool client_wait_ms(struct client *client, int ms);

/* Asserts a response; body NULL: any. */
void client_expect(struct client *client, DWORD status, const char *body);

/* Asserts an OnError. */
void client_expect_error(struct client *client, HRESULT error);

/* GetResponseHeader as UTF-8, or "" when it answers another code than S_OK; the result
 * lies in a buffer of the thread. */
const char *client_response_header(struct client *client, const char *name);

/* Reads all there is of stream, as the callbacks do; answers how many bytes that were. */
uint64_t client_read(struct client *client, ISequentialStream *stream);

/* Releases the object if it was not; waits until the callback is released; frees. */
void client_end(struct client *client);

/* client_wait, client_expect, client_end; client_wait, client_expect_error, client_end.
 */
void client_finish(struct client *client, DWORD status, const char *body);
void client_fail(struct client *client, HRESULT error);

/* Drops the client's reference to the object. */
void client_release(struct client *client);

/* Hooks: Abort (asserting S_OK); release; block until client_go, then answer
 * client->result; answer client->result. */
client_hook_fn client_do_abort;
client_hook_fn client_do_release;
client_hook_fn client_do_block;
client_hook_fn client_do_fail;

/* Waits until client_do_block runs; fails the test after CLIENT_WAIT_MS. */
void client_await_block(struct client *client);

/* Lets client_do_block return, now and whenever it runs. */
void client_go(struct client *client);

/* Writes down what went wrong, unless something is there. Any thread. */
__attribute__((format(printf, 2, 3))) void client_complain(struct client *client,
							   const char *format, ...);

/* For lib/tape: around a call of a stream; enter answers what the hook says. client NULL
 * is fine. */
HRESULT client_enter(struct client *client, enum client_event event);
void client_leave(struct client *client);

/* Nanoseconds of a clock that goes forward. */
uint64_t client_now_ns(void);

#endif
