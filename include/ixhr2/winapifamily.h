/* SPDX-License-Identifier: MIT */
/*
 * Which kind of program this is: a desktop one, where it does not say otherwise. All
 * names of these headers are there for every kind. Microsoft: "Windows API partitions".
 */
#ifndef IXHR2_WINAPIFAMILY_H
#define IXHR2_WINAPIFAMILY_H

#define WINAPI_FAMILY_PC_APP	  2
#define WINAPI_FAMILY_APP	  WINAPI_FAMILY_PC_APP
#define WINAPI_FAMILY_PHONE_APP	  3
#define WINAPI_FAMILY_SYSTEM	  4
#define WINAPI_FAMILY_SERVER	  5
#define WINAPI_FAMILY_GAMES	  6
#define WINAPI_FAMILY_DESKTOP_APP 100

#ifndef WINAPI_FAMILY
#define WINAPI_FAMILY WINAPI_FAMILY_DESKTOP_APP
#endif

#define WINAPI_PARTITION_DESKTOP (WINAPI_FAMILY == WINAPI_FAMILY_DESKTOP_APP)
#define WINAPI_PARTITION_PC_APP                                                          \
	(WINAPI_PARTITION_DESKTOP || WINAPI_FAMILY == WINAPI_FAMILY_PC_APP)
#define WINAPI_PARTITION_PHONE_APP (WINAPI_FAMILY == WINAPI_FAMILY_PHONE_APP)
#define WINAPI_PARTITION_SYSTEM	   (WINAPI_FAMILY == WINAPI_FAMILY_SYSTEM)
#define WINAPI_PARTITION_GAMES                                                           \
	(WINAPI_PARTITION_DESKTOP || WINAPI_FAMILY == WINAPI_FAMILY_GAMES)
#define WINAPI_PARTITION_APP   (WINAPI_PARTITION_PC_APP || WINAPI_PARTITION_PHONE_APP)
#define WINAPI_PARTITION_PHONE WINAPI_PARTITION_PHONE_APP

#define WINAPI_FAMILY_PARTITION(partition)	    (partition)
#define WINAPI_FAMILY_ONE_PARTITION(set, partition) (WINAPI_FAMILY == set && partition)

#endif
