/* SPDX-License-Identifier: MIT */
/*
 * One object over lib/fake_request, with a callback and two streams of lib/probe: what
 * most tests of src/com begin with and must leave without a reference or an allocation.
 */
#ifndef IXHR2_TESTS_LIB_SCENE_H
#define IXHR2_TESTS_LIB_SCENE_H

#include "lib/fake_request.h"
#include "lib/probe.h"

/* A test with a scene in *state. */
#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

struct scene {
	struct probe_log log;		/* of all three below */
	struct probe_callback callback; /* for Open */
	struct probe_stream body;	/* for Send */
	struct probe_stream sink;	/* for SetCustomResponseStream */
	IXMLHTTPRequest3 *xhr;		/* units of 4 bytes; NULL when it was released */
	long blocks;			/* mem_live_blocks at the beginning */
};

int scene_begin(void **state);

/* Ends a request that runs, releases, and asserts that nothing is left. */
int scene_end(void **state);

/* These assert S_OK. */
void scene_open(struct scene *scene);
void scene_send(struct scene *scene);  /* without a body */
void scene_start(struct scene *scene); /* both */

/* Drops the test's reference. */
void scene_release(struct scene *scene);

#endif
