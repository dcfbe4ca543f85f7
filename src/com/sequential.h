/* SPDX-License-Identifier: MIT */
/*
 * The response stream: an ISequentialStream that the library fills at one end and the
 * program reads at the other. Bytes come out in the order in which they went in; what is
 * not read stays. Up to SEQUENTIAL_MEMORY_BYTES unread lie in memory, what is beyond in a
 * file without a name.
 *
 * It answers for IUnknown, ISequentialStream and IAgileObject. Everything here may be
 * called from any thread at any time; put, lend, keep and end by one thread at a time.
 *
 * Read(pv, cb, pcbRead): S_OK with cb bytes; S_FALSE with fewer or none, when no more are
 * there (now, or ever); when all is read and the response has failed, its HRESULT. Never
 * waits, never E_PENDING. STG_E_INVALIDPOINTER: pv is NULL; STG_E_READFAULT: the file
 * cannot be read. pcbRead may be NULL. Write: STG_E_ACCESSDENIED.
 */
#ifndef IXHR2_COM_SEQUENTIAL_H
#define IXHR2_COM_SEQUENTIAL_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "ixhr2/objidl.h"

/* Unread bytes that are kept in memory. */
#define SEQUENTIAL_MEMORY_BYTES (1024 * 1024)

struct sequential;

/* An empty one with one reference, the caller's. ERR_NO_MEMORY. */
MUST_USE enum err sequential_new(struct sequential **out_sequential);

/* Drops a reference of the library's own; the last one of all frees. NULL is fine. */
void sequential_unref(struct sequential *sequential);

/* The interface for the program; no reference is added. */
ISequentialStream *sequential_stream(struct sequential *sequential);

/* Appends a copy of bytes. ERR_NO_MEMORY, ERR_FILE_FULL, ERR_FILE_DENIED,
 * ERR_FILE_MISSING (no folder for the file), ERR_SYSTEM: a part of bytes may have been
 * appended; what was before is there. */
MUST_USE enum err sequential_put(struct sequential *sequential, struct span bytes);

/*
 * Appends bytes that stay where they are until sequential_keep, which must come before
 * anything else is appended: what the program reads meanwhile is copied once only.
 */
void sequential_lend(struct sequential *sequential, struct span bytes);

/* The loan ends: what is unread of it is copied. Failures as sequential_put; what was not
 * copied is lost. */
MUST_USE enum err sequential_keep(struct sequential *sequential);

/* No more bytes will come. after_drained: S_OK, or what Read answers once all is read. */
void sequential_end(struct sequential *sequential, HRESULT after_drained);

/* How many bytes the program has not read. */
uint64_t sequential_unread(const struct sequential *sequential);

#endif
