/* SPDX-License-Identifier: MIT */
/*
 * What the Windows Runtime's objects of ours share: a count of references, and the
 * methods of IUnknown and IInspectable for every one of their interfaces. Any thread.
 *
 * An object begins with a struct inspected; each interface is a struct inspected_face in
 * it, whose address is the interface's pointer. INSPECTED_METHODS(type) makes the methods
 * for one interface, INSPECTED_VTBL(type) begins its table with them.
 */
#ifndef IXHR2_WIN_INSPECTED_H
#define IXHR2_WIN_INSPECTED_H

#include <stdatomic.h>
#include <stddef.h>

#include "com/unknown.h"
#include "ixhr2/inspectable.h"

struct inspected;

/* A kind of object. */
struct inspected_class {
	const char *name;			   /* for GetRuntimeClassName, ASCII */
	const struct unknown_row *rows;		   /* its interfaces */
	size_t row_count;			   /* how many */
	void (*free)(struct inspected *inspected); /* after the last reference */
};

/* Embedded first. */
struct inspected {
	const struct inspected_class *class; /* what it is; constant */
	atomic_uint refs;		     /* references */
};

/* One interface of an object. */
struct inspected_face {
	const void *vtbl;	 /* the functions */
	struct inspected *owner; /* whose it is */
};

/* Begins an object with one reference. */
void inspected_init(struct inspected *inspected, const struct inspected_class *class);

/* The object of an interface. */
struct inspected *inspected_of(const void *face);

/* The methods; face: the interface that was called. */
HRESULT inspected_query(void *face, REFIID iid, void **out);
ULONG inspected_ref(void *face);
ULONG inspected_unref(void *face);
HRESULT inspected_iids(void *face, ULONG *out_count, IID **out_iids);
HRESULT inspected_name(void *face, HSTRING *out);
HRESULT inspected_trust(void *face, TrustLevel *out);

#define INSPECTED_UNKNOWN_METHODS(type)                                                  \
	static HRESULT type##_query(type *face, REFIID iid, void **out)                  \
	{                                                                                \
		return inspected_query(face, iid, out);                                  \
	}                                                                                \
	static ULONG type##_ref(type *face)                                              \
	{                                                                                \
		return inspected_ref(face);                                              \
	}                                                                                \
	static ULONG type##_unref(type *face)                                            \
	{                                                                                \
		return inspected_unref(face);                                            \
	}

#define INSPECTED_METHODS(type)                                                          \
	INSPECTED_UNKNOWN_METHODS(type)                                                  \
	static HRESULT type##_iids(type *face, ULONG *out_count, IID **out_iids)         \
	{                                                                                \
		return inspected_iids(face, out_count, out_iids);                        \
	}                                                                                \
	static HRESULT type##_name(type *face, HSTRING *out)                             \
	{                                                                                \
		return inspected_name(face, out);                                        \
	}                                                                                \
	static HRESULT type##_trust(type *face, TrustLevel *out)                         \
	{                                                                                \
		return inspected_trust(face, out);                                       \
	}

#define INSPECTED_UNKNOWN_VTBL(type) type##_query, type##_ref, type##_unref
#define INSPECTED_VTBL(type)                                                             \
	INSPECTED_UNKNOWN_VTBL(type), type##_iids, type##_name, type##_trust

#endif
