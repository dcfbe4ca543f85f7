/* SPDX-License-Identifier: MIT */
/* What files that a MIDL compiler wrote include; there are no remote calls here. */
#ifndef IXHR2_RPC_H
#define IXHR2_RPC_H

#include "rpcsal.h"
#include "windows.h"

typedef LONG RPC_STATUS;
typedef void *I_RPC_HANDLE, *RPC_BINDING_HANDLE, *RPC_IF_HANDLE;

#define RPC_ENTRY
#define RPC_S_OK ERROR_SUCCESS

#endif
