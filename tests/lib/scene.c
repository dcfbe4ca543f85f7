/* SPDX-License-Identifier: MIT */
#include "lib/scene.h"

#include <stdlib.h>

#include "base/mem.h"
#include "lib/test.h"

int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	void *xhr;

	if (!scene)
		return -1;
	fake_reset();
	scene->blocks = mem_live_blocks();
	probe_callback_init(&scene->callback, &scene->log);
	probe_stream_init(&scene->body, &scene->log);
	probe_stream_init(&scene->sink, &scene->log);
	assert_int_equal(ixhr2_create(4, &IID_IXMLHTTPRequest3, &xhr), S_OK);
	scene->xhr = xhr;
	scene->callback.poked = xhr;
	scene->body.poked = xhr;
	scene->sink.poked = xhr;
	*state = scene;
	return 0;
}

void scene_release(struct scene *scene)
{
	IXMLHTTPRequest3 *xhr = scene->xhr;

	scene->xhr = NULL;
	scene->callback.poked = NULL;
	scene->body.poked = NULL;
	scene->sink.poked = NULL;
	if (xhr)
		IXMLHTTPRequest3_Release(xhr);
}

int scene_end(void **state)
{
	struct scene *scene = *state;

	mem_fail_at(0);
	scene->callback.hook = NULL;
	if (scene->xhr && IXMLHTTPRequest3_SetCustomResponseStream(
				  scene->xhr, probe_sequential(&scene->sink)) != S_OK)
		fake_failed(fake_latest(), ERR_CONNECT, 0);
	scene_release(scene);
	assert_int_equal(scene->callback.refs, 1);
	assert_int_equal(scene->callback.strange_queries, 0);
	assert_int_equal(scene->body.refs, 1);
	assert_int_equal(scene->body.strange_queries, 0);
	assert_int_equal(scene->sink.refs, 1);
	assert_int_equal(scene->sink.queries, 0);
	assert_int_equal(fake_count(), 0);
	assert_int_equal(mem_live_blocks(), scene->blocks);
	free(scene);
	return 0;
}

void scene_open(struct scene *scene)
{
	assert_int_equal(IXMLHTTPRequest3_Open(scene->xhr, L"GET", L"http://a.example/",
					       probe_callback_2(&scene->callback), NULL,
					       NULL, NULL, NULL),
			 S_OK);
}

void scene_send(struct scene *scene)
{
	assert_int_equal(IXMLHTTPRequest3_Send(scene->xhr, NULL, 0), S_OK);
}

void scene_start(struct scene *scene)
{
	scene_open(scene);
	scene_send(scene);
}
