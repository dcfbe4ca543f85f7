/* SPDX-License-Identifier: MIT */
/* Microsoft::WRL::FtmBase stands in wrl/implements.h. */
#ifndef IXHR2_WRL_FTM_H
#define IXHR2_WRL_FTM_H

#include "implements.h"

#endif
