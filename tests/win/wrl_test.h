/* SPDX-License-Identifier: MIT */
/* What the tests of wrl/ include first: cmocka for C++, and interfaces to implement. */
#ifndef IXHR2_TESTS_WIN_WRL_TEST_H
#define IXHR2_TESTS_WIN_WRL_TEST_H

extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}
#undef fail /* a word of the standard library, too */

#include <ixhr2/inspectable.h>
#include <ixhr2/unknwn.h>

/* How many entries an array has. */
#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a shape answers tells which of its interfaces was called. */
struct IShape : public IUnknown {
	virtual int STDMETHODCALLTYPE Sides() = 0;
};
IXHR2_UUID(IShape, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0a01")

/* Extends IShape. */
struct IColouredShape : public IShape {
	virtual int STDMETHODCALLTYPE Colour() = 0;
};
IXHR2_UUID(IColouredShape, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0a02")

/* Extends IColouredShape. */
struct ILabelledShape : public IColouredShape {
	virtual int STDMETHODCALLTYPE Label() = 0;
};
IXHR2_UUID(ILabelledShape, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0a03")

/* Has nothing to do with the others. */
struct ISound : public IUnknown {
	virtual int STDMETHODCALLTYPE Pitch() = 0;
};
IXHR2_UUID(ISound, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0a04")

/* An interface of the Windows Runtime. */
struct IPlace : public IInspectable {
	virtual int STDMETHODCALLTYPE Height() = 0;
};
IXHR2_UUID(IPlace, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0a05")

/* Which nothing has. */
struct INobody : public IUnknown {
};
IXHR2_UUID(INobody, "5d9e2d3c-6b3f-4e0e-9a53-0b9a1f7c0a06")

#endif
