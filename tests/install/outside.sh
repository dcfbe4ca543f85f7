#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is installed is enough for a program outside: found by CMake's find_package and by
# pkg-config, in C and in C++, by headers with and without their folder's name.

set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
outside=$IXHR2_SOURCE_DIR/tests/install/outside

cmake --install "$IXHR2_BUILD_DIR" --prefix "$folder/usr" >"$folder/log"

cmake -G Ninja -S "$outside" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/usr" >>"$folder/log"
cmake --build "$folder/build" >>"$folder/log" || {
	cat "$folder/log"
	exit 1
}
"$folder/build/outside_c"
"$folder/build/outside_cpp"

pc=$(find "$folder/usr" -name ixhr2.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH LD_LIBRARY_PATH
flags=$(pkg-config --cflags --libs ixhr2)
# The flags are words.
# shellcheck disable=SC2086
{
	"$CC" -std=c99 -Wall -Wextra -Werror "$outside/main.c" -o "$folder/outside" $flags
	"$folder/outside"
	"$CXX" -std=c++11 -Wall -Wextra -Werror "$outside/main.cpp" -o "$folder/outside" $flags
	"$folder/outside"
}

# The command, where it was built.
[ ! -x "$folder/usr/bin/ixhr2" ] || "$folder/usr/bin/ixhr2" --version
