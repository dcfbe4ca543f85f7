/* SPDX-License-Identifier: MIT */
/* What files that a MIDL compiler wrote include; there are no remote calls here. */
#ifndef IXHR2_RPCNDR_H
#define IXHR2_RPCNDR_H

#include "rpc.h"

#define __RPCNDR_H_VERSION__ 500

#endif
