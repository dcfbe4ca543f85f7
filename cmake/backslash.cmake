# SPDX-License-Identifier: MIT
#
# Programs say #include <wrl\client.h>, which Windows takes for <wrl/client.h>. Here a
# backslash is a character like others, so a file of that very name is made for every
# header in a folder of include/ixhr2: in IXHR2_BACKSLASH_DIR, from where it is installed.
# Such names are made, not kept among the sources, where tools would stumble over them.

set(IXHR2_BACKSLASH_DIR ${CMAKE_BINARY_DIR}/backslash)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/include/ixhr2
	${CMAKE_SOURCE_DIR}/include/ixhr2/*/*.h)
foreach(header ${headers})
	string(REPLACE "/" "\\" spelling "${header}")
	if(NOT EXISTS "${IXHR2_BACKSLASH_DIR}/${spelling}") # else all would be built again
		# file(CONFIGURE) and file(GENERATE) would make folders of the name.
		file(WRITE "${IXHR2_BACKSLASH_DIR}/${spelling}"
			"/* SPDX-License-Identifier: MIT */\n"
			"/* Another spelling of ${header}. */\n"
			"#include \"${header}\"\n")
	endif()
endforeach()
