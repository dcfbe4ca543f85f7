/* SPDX-License-Identifier: MIT */
/* A program's own random access stream as the body of a request, with reads that end
 * when they like: it is sent to a server and comes back. */
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ixhr2/shcore.h"
#include "lib/answerer.h"
#include "lib/client.h"

#include "foreign_stream.h"

#define BODY_BYTES (300u * 1024 + 7)
#define PIECE	   10007
#define PARALLEL   4

/* What a server keeps of a body. */
struct echo {
	char *bytes; /* owned */
};

static void echo(void *owner, const struct answerer_request *request,
		 struct answerer_reply *reply)
{
	struct echo *kept = owner;

	free(kept->bytes);
	kept->bytes = malloc(request->body.len + 1);
	memcpy(kept->bytes, request->body.at, request->body.len);
	reply->body = span_of(kept->bytes, request->body.len);
}

static char *make_bytes(void)
{
	char *bytes = malloc(BODY_BYTES);

	for (size_t i = 0; i < BODY_BYTES; i++)
		bytes[i] = (char)(i * 7 + i / 253);
	return bytes;
}

/* A client that is to send the stream; the reference to *out is the caller's. */
static struct client *client_for(const char *url, struct foreign *foreign, IStream **out)
{
	struct client *client = client_new();

	assert_int_equal(CreateStreamOverRandomAccessStream(foreign_unknown(foreign),
							    &IID_IStream, (void **)out),
			 S_OK);
	client->plain_body = (ISequentialStream *)*out;
	client->body_length = BODY_BYTES;
	client_open(client, "POST", url);
	client_send(client);
	return client;
}

static void it_is_sent_and_comes_back(void **state)
{
	char *bytes = make_bytes();

	(void)state;
	for (int when = 0; when < FOREIGN_ENDS; when++) {
		struct echo kept = {NULL};
		struct answerer *server = answerer_start(echo, &kept);
		struct foreign *foreign = foreign_new(bytes, BODY_BYTES);
		char url[ANSWERER_URL_BYTES];
		IStream *stream = NULL;
		struct client *client;

		foreign->end = (enum foreign_end)when;
		foreign->most = PIECE;
		client = client_for(answerer_url(server, "/echo", url), foreign, &stream);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_int_equal(client->len, BODY_BYTES);
		assert_memory_equal(client->bytes, bytes, BODY_BYTES);
		client_end(client);
		assert_int_equal(stream->lpVtbl->Release(stream), 0);
		foreign->random.lpVtbl->Release(&foreign->random);
		assert_true(foreign_await_none());
		answerer_end(server);
		free(kept.bytes);
	}
	free(bytes);
}

static void a_read_that_fails_is_the_error_of_the_request(void **state)
{
	static const struct {
		enum foreign_trick trick; /* what goes wrong */
		HRESULT error;		  /* of OnError */
	} rows[] = {
		{FOREIGN_FAILED, STG_E_LOCKVIOLATION},
		{FOREIGN_CANCELED, E_ABORT},
		{FOREIGN_TOO_LONG, E_BOUNDS},
		{FOREIGN_NULL_OPERATION, E_UNEXPECTED},
	};
	char *bytes = make_bytes();

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct answerer *server = answerer_start(NULL, NULL);
		struct foreign *foreign = foreign_new(bytes, BODY_BYTES);
		char url[ANSWERER_URL_BYTES];
		IStream *stream = NULL;
		struct client *client;

		foreign->end = FOREIGN_LATER;
		foreign->trick = rows[i].trick;
		client = client_for(answerer_url(server, "/", url), foreign, &stream);
		client_fail(client, rows[i].error);
		assert_int_equal(stream->lpVtbl->Release(stream), 0);
		foreign->random.lpVtbl->Release(&foreign->random);
		assert_true(foreign_await_none());
		answerer_end(server);
	}
	free(bytes);
}

static void several_are_sent_at_the_same_time(void **state)
{
	char *bytes = make_bytes();
	struct answerer *server = answerer_start(NULL, NULL);
	struct foreign *foreign[PARALLEL];
	struct client *clients[PARALLEL];
	IStream *streams[PARALLEL] = {NULL};
	char url[ANSWERER_URL_BYTES];

	(void)state;
	answerer_url(server, "/x", url);
	for (int i = 0; i < PARALLEL; i++) {
		foreign[i] = foreign_new(bytes, BODY_BYTES);
		foreign[i]->end = i % 2 ? FOREIGN_LATER : FOREIGN_RACING;
		clients[i] = client_for(url, foreign[i], &streams[i]);
	}
	for (int i = 0; i < PARALLEL; i++) {
		client_finish(clients[i], 200, "/x");
		assert_int_equal(streams[i]->lpVtbl->Release(streams[i]), 0);
		foreign[i]->random.lpVtbl->Release(&foreign[i]->random);
	}
	assert_true(foreign_await_none());
	answerer_end(server);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(it_is_sent_and_comes_back),
		CLIENT_TEST(a_read_that_fails_is_the_error_of_the_request),
		CLIENT_TEST(several_are_sent_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
