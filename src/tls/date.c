/* SPDX-License-Identifier: MIT */
/* OpenSSL takes the text apart, the C library counts the days; both know years 0 to 9999,
 * time_t has 64 bits. */
#include "tls/date.h"

#include <openssl/asn1.h>
#include <time.h>

enum err date_read(const ASN1_TIME *date, int64_t *out_s)
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(date, &parts))
		return ERR_INVALID;
	*out_s = timegm(&parts);
	return ERR_NONE;
}
