/* SPDX-License-Identifier: MIT */
/* The errors of WinINet (ERROR_INTERNET_..., ERROR_HTTP_...), which winerror.h has. */
#ifndef IXHR2_WININET_H
#define IXHR2_WININET_H

#include "windef.h"
#include "winerror.h"

typedef WORD INTERNET_PORT;

#define INTERNET_INVALID_PORT_NUMBER  0
#define INTERNET_DEFAULT_HTTP_PORT    80
#define INTERNET_DEFAULT_HTTPS_PORT   443
#define INTERNET_MAX_HOST_NAME_LENGTH 256
#define INTERNET_MAX_PATH_LENGTH      2048
#define INTERNET_MAX_URL_LENGTH	      2083

#endif
