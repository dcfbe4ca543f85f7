/* SPDX-License-Identifier: MIT */
/*
 * The object behind CLSID_FreeThreadedXMLHTTP60: IXMLHTTPRequest3, whose table serves as
 * IXMLHTTPRequest2 too, and IAgileObject, with one identity. What its methods do is
 * written in ixhr2/msxml6.h. Any thread.
 */
#ifndef IXHR2_COM_XHR_H
#define IXHR2_COM_XHR_H

#include <stdbool.h>

#include "base/err.h"
#include "base/wide.h"
#include "com/notify.h"
#include "ixhr2/msxml6.h"

/* Whether objects have this interface; all of them are one and the same pointer. */
bool xhr_has_interface(REFIID iid);

/* A new object whose texts have this unit, with one reference, the caller's.
 * ERR_NO_MEMORY. */
MUST_USE enum err xhr_new(enum wide_unit unit, IXMLHTTPRequest3 **out_xhr);

/*
 * Fills *out_report, which is all zero, with what can be told of the latest request of
 * an object; *out_notify gets a reference that keeps the report's span. ERR_INVALID: no
 * object of ours; ERR_MISSING: never opened; ERR_AGAIN: it runs, and this is no callback
 * of it; ERR_NO_MEMORY. The caller frees the report's head in any case.
 */
MUST_USE enum err xhr_get_report(IUnknown *object, struct notify_report *out_report,
				 struct notify **out_notify);

/* Appends a sentence on the failure of the latest request. ERR_INVALID as above;
 * ERR_MISSING: nothing has failed; ERR_NO_MEMORY. */
MUST_USE enum err xhr_put_error_text(IUnknown *object, struct buf *out);

#endif
