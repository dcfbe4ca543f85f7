# SPDX-License-Identifier: MIT
#
# Run by cpack between an install into a folder for each package and the packing: puts a
# copyright and a changelog into each, compresses pages, and takes out of the static
# libraries what only a debugger wants.

set(packages library=${CPACK_DEBIAN_LIBRARY_PACKAGE_NAME}
	development=${CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME}
	command=${CPACK_DEBIAN_COMMAND_PACKAGE_NAME})
set(debian ${CMAKE_CURRENT_LIST_DIR}/debian)

# run(COMMAND...): an error if it fails.
function(run)
	execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
file(STRINGS ${debian}/changelog newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^ixhr2 [(]${version}[)]")
	message(FATAL_ERROR "${debian}/changelog does not begin with version ${version}")
endif()

foreach(pair ${packages})
	string(REPLACE "=" ";" pair ${pair})
	list(GET pair 0 component)
	list(GET pair 1 package)
	set(root ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr)
	if(NOT EXISTS ${root})
		message(FATAL_ERROR "${root} is not there: nothing to pack")
	endif()
	set(documents ${root}/share/doc/${package})
	file(COPY ${debian}/copyright ${debian}/changelog DESTINATION ${documents}
		FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
	file(RENAME ${documents}/changelog ${documents}/changelog.Debian)
	file(GLOB pages ${root}/share/man/man*/*)
	run(gzip -9n ${documents}/changelog.Debian ${pages})
	file(GLOB_RECURSE archives ${root}/lib/*.a)
	if(archives)
		run(strip --strip-debug ${archives})
	endif()
	file(GLOB_RECURSE libraries ${root}/lib/*.so.*)
	if(libraries)
		file(CHMOD ${libraries} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
	endif()
endforeach()
