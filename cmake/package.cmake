# SPDX-License-Identifier: MIT
#
# The Debian packages, made by cpack -G DEB: libixhr2-0 (both shared libraries),
# libixhr2-dev (to build programs) and ixhr2 (the command). What Debian wants beside the
# files of an install (compressed pages, a changelog, a copyright) package_stage.cmake puts
# there. The scripts of libixhr2-0, which call ldconfig, are cpack's.

set(CPACK_PACKAGE_NAME ixhr2)
set(CPACK_PACKAGE_VENDOR "the ixhr2 authors")
set(CPACK_PACKAGE_CONTACT "the ixhr2 authors <maintainers@ixhr2.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package_stage.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL library development command)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

# libixhr2win asks for libixhr2, and the command too: they are found where they were built.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})

# What programs that link the libraries will depend on.
set(shlibs ${CMAKE_BINARY_DIR}/debian/shlibs)
file(WRITE ${shlibs} "")
foreach(library libixhr2 libixhr2win)
	file(APPEND ${shlibs} "${library} 0 libixhr2-0 (>= ${PROJECT_VERSION})\n")
endforeach()

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libixhr2-0)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
	${shlibs} ${CMAKE_CURRENT_LIST_DIR}/debian/triggers)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "ca-certificates, libgssapi-krb5-2")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS "gss-ntlmssp")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "IXMLHTTPRequest2 and IXMLHTTPRequest3 for Linux
HTTP requests that run by themselves and tell a callback object what happens:
the interfaces, the order of callbacks, the streams, the properties and the
error codes are those of Microsoft's documentation.
.
libixhr2 is the HTTP client. libixhr2win is what programs written for Windows
call beside it: events, files, text, certificates.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libixhr2-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
# What ixhr2.pc requires.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libixhr2-0 (= ${version}), libuv1-dev, \
libssl-dev, libidn2-dev, libpsl-dev, zlib1g-dev, libbrotli-dev, libzstd-dev, libnghttp2-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "IXMLHTTPRequest2 for Linux, to build programs
The headers, the static libraries, and the files by which CMake and pkg-config
find them. Programs written for Windows find windows.h, wrl.h and the others
that code around IXMLHTTPRequest2 includes.")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME ixhr2)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION web)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "libixhr2-0 (= ${version})")
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "HTTP requests from the command line
ixhr2 gets and sends what URLs name, shows what happens meanwhile, writes HTTP
Archives, keeps client certificates, and runs many requests from a list of
jobs. It is made of libixhr2, an implementation of IXMLHTTPRequest2.")

include(CPack)
