/* SPDX-License-Identifier: MIT */
/*
 * The units are counted first; as many as fit lie in the struct, others in memory of
 * their own. Room is reckoned in units of 4 bytes for both widths.
 */
#include "com/widen.h"

#include <string.h>

#include "base/mem.h"

enum err widen_init(struct widen *widen, struct span utf8, enum wide_unit unit)
{
	size_t units = wide_units_for(utf8, unit);
	char *at;

	widen->big = NULL;
	at = (char *)&widen->small;
	if (units > WIDEN_SMALL_UNITS) {
		widen->big = mem_array(units + 1, unit);
		if (!widen->big)
			return ERR_NO_MEMORY;
		at = widen->big;
	}
	wide_from_utf8(utf8, unit, at);
	memset(at + units * unit, 0, unit);
	widen->text = at;
	return ERR_NONE;
}

void widen_done(struct widen *widen)
{
	mem_free(widen->big);
}
