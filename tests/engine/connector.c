/* SPDX-License-Identifier: MIT */
/* What is made of a wire. How wires come to be is tested with the pool. */
#include "engine/connector.h"

#include <stdlib.h>

#include "base/mem.h"
#include "engine/still_loop.h"
#include "lib/test.h"
#include "lib/wire.h"
#include "tls/tls.h"

static const struct proxy open_proxy = {.kind = PROXY_HTTP};
static const struct proxy socks_proxy = {.kind = PROXY_SOCKS5};

/* What a wire leads to, and which protocol was agreed on. */
struct row {
	bool is_https;
	enum connection_protocol protocol;
	const struct proxy *proxy;
	const char *alpn;
	enum err err;	/* of connector_open */
	bool is_shared; /* the connection is one of HTTP/2 */
};

static const struct row rows[] = {
	{true, CONNECTION_ANY, NULL, "h2", ERR_NONE, true},
	{true, CONNECTION_ANY, NULL, "http/1.1", ERR_NONE, false},
	{true, CONNECTION_ANY, NULL, "", ERR_NONE, false},
	{true, CONNECTION_ANY, &open_proxy, "h2", ERR_NONE, true},
	{true, CONNECTION_HTTP_1_1, NULL, "", ERR_NONE, false},
	{true, CONNECTION_HTTP_2, NULL, "h2", ERR_NONE, true},
	{true, CONNECTION_HTTP_2, NULL, "http/1.1", ERR_PROTOCOL, false},
	{true, CONNECTION_HTTP_2, NULL, "", ERR_PROTOCOL, false},
	{false, CONNECTION_ANY, NULL, NULL, ERR_NONE, false},
	{false, CONNECTION_HTTP_2, NULL, NULL, ERR_NONE, true},
	{false, CONNECTION_HTTP_2, &open_proxy, NULL, ERR_NONE, false},
	{false, CONNECTION_HTTP_2, &socks_proxy, NULL, ERR_NONE, true},
};

/* A place and a wire to it. */
struct scene {
	struct loop loop;
	struct settings settings;
	struct connector connector;
	struct place *place;
	struct tls_facts tls;
	struct fake_wire wire;
	struct dial_result result;
	struct connection *connection;
	struct fault fault;
};

static void scene_init(struct scene *scene, const struct row *row)
{
	*scene = (struct scene){
		.place = calloc(1, sizeof(struct place)),
		.tls = {.alpn = span_str(row->alpn ? row->alpn : "")},
	};
	assert_non_null(scene->place);
	scene->place->is_https = row->is_https;
	scene->place->protocol = row->protocol;
	scene->place->proxy = row->proxy;
	still_loop_init(&scene->loop);
	fake_wire_init(&scene->wire);
	scene->connector =
		(struct connector){.loop = &scene->loop, .settings = &scene->settings};
	scene->result = (struct dial_result){.wire = &scene->wire.wire,
					     .tls = row->alpn ? &scene->tls : NULL};
}

static enum err make(struct scene *scene)
{
	return connector_open(&scene->connector, scene->place, &scene->result,
			      &scene->connection, &scene->fault);
}

/* The wire is gone with the connection, or without one. */
static void scene_done(struct scene *scene)
{
	if (scene->connection)
		scene->connection->ops->free(scene->connection);
	assert_true(scene->wire.is_freed);
	connector_done(&scene->connector);
	fake_wire_done(&scene->wire);
	still_loop_done(&scene->loop);
	free(scene->place);
}

static void a_connection_speaks_what_was_agreed_on_or_is_known_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct scene scene;

		scene_init(&scene, row);
		assert_int_equal(make(&scene), row->err);
		assert_int_equal(scene.place->is_single, !row->is_shared);
		assert_int_equal(scene.fault.err, row->err);
		assert_int_equal(scene.connection == NULL, row->err != ERR_NONE);
		if (scene.connection) {
			assert_int_equal(scene.connection->is_shared, row->is_shared);
			assert_ptr_equal(scene.connection->tls, scene.result.tls);
		}
		scene_done(&scene);
	}
}

/* Any allocation may fail until there is a connection. */
static void try_without_memory(const struct row *row)
{
	long blocks = mem_live_blocks();
	enum err err = ERR_NO_MEMORY;

	for (unsigned long n = 1; err; n++) {
		struct scene scene;

		scene_init(&scene, row);
		mem_fail_at(n);
		err = make(&scene);
		assert_int_equal(err, mem_has_failed() ? ERR_NO_MEMORY : ERR_NONE);
		assert_int_equal(scene.fault.err, err);
		mem_fail_at(0);
		scene_done(&scene);
		assert_true(n < 100);
	}
	assert_int_equal(mem_live_blocks(), blocks);
}

static void without_memory_for_a_connection_the_wire_is_freed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!rows[i].err)
			try_without_memory(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_connection_speaks_what_was_agreed_on_or_is_known_before),
		cmocka_unit_test(without_memory_for_a_connection_the_wire_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
