/* SPDX-License-Identifier: MIT */
/*
 * Text becomes no more units than it has bytes, so nothing is counted: what fits by that
 * measure lies in the struct, the rest in memory of its own. Room in the struct is
 * reckoned in units of 4 bytes for both widths.
 */
#include "com/widen.h"

#include "base/mem.h"

enum err widen_init(struct widen *widen, struct span utf8, enum wide_unit unit)
{
	void *at = &widen->small;

	widen->big = NULL;
	if (utf8.len > WIDEN_SMALL_UNITS) {
		widen->big = mem_array(utf8.len + 1, unit);
		if (!widen->big)
			return ERR_NO_MEMORY;
		at = widen->big;
	}
	widen->text = at;
	wide_put_text(utf8, unit, at);
	return ERR_NONE;
}

void widen_done(struct widen *widen)
{
	mem_free(widen->big);
}
