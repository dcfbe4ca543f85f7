/* SPDX-License-Identifier: MIT */
/*
 * The Windows Runtime C++ Template Library, as far as programs that make COM objects and
 * use them need it; C++ only. There are no modules, no activation factories and no weak
 * references.
 */
#ifndef IXHR2_WRL_H
#define IXHR2_WRL_H

#include "wrl/client.h"
#include "wrl/event.h"
#include "wrl/ftm.h"
#include "wrl/implements.h"
#include "wrl/wrappers/corewrappers.h"

#endif
