#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Debian packages: lintian finds no error in them, they ask for the libraries that they
# use, and programs outside build and run with what they unpack to. IXHR2_PACKAGES is a
# folder that has them; without it they are made of IXHR2_BUILD_DIR. Nothing is installed.

set -eu

for tool in dpkg-deb dpkg-shlibdeps file lintian; do
	command -v "$tool" >/dev/null || {
		echo "no $tool"
		exit 77
	}
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	exit 1
}

packages=${IXHR2_PACKAGES:-}
if [ -z "$packages" ]; then
	packages=$folder/packages
	(umask 022 && cpack -G DEB --config "$IXHR2_BUILD_DIR/CPackConfig.cmake" \
		-B "$packages") >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
fi

# has PACKAGE FIELD WORD...: the field names packages that begin with each of the words.
has() {
	field=$(dpkg-deb -f "$packages/$1"_*.deb "$2")
	what="$1: $2: $field"
	shift 2
	for word in "$@"; do
		case " $field" in
		*" $word"*) ;;
		*) fail "$what: no $word" ;;
		esac
	done
}
has libixhr2-0 Depends libc6 libssl libuv libpsl libidn2 zlib1g libbrotli libzstd \
	libnghttp2
has libixhr2-dev Depends libixhr2-0 libuv1-dev libssl-dev
has ixhr2 Depends libixhr2-0 libjansson

# Its warnings are shown, errors count.
lintian --fail-on error "$packages"/*.deb 2>"$folder/log" || fail "$(cat "$folder/log")"

for package in libixhr2-0 libixhr2-dev ixhr2; do
	dpkg-deb -x "$packages/$package"_*.deb "$folder/root"
done
sh "$IXHR2_SOURCE_DIR/tests/install/outside/build.sh" "$folder/root/usr" "$folder/build"
library=$(find "$folder/root" -name libixhr2.so)
LD_LIBRARY_PATH=$(dirname "$library") "$folder/root/usr/bin/ixhr2" --version
