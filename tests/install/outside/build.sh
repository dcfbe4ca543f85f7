#!/bin/sh
# SPDX-License-Identifier: MIT
#
#	build.sh PREFIX FOLDER
#
# Builds and runs the programs of this folder in FOLDER, with what lies below PREFIX: found
# by CMake's find_package and by pkg-config, in C and in C++, by headers with and without
# their folder's name; a program written for Windows too.

set -eu

prefix=$1
folder=$2
outside=$(dirname "$0")
mkdir -p "$folder"

{
	cmake -G Ninja -S "$outside" -B "$folder/cmake" -DCMAKE_PREFIX_PATH="$prefix"
	cmake --build "$folder/cmake"
} >"$folder/log" || {
	cat "$folder/log"
	exit 1
}
grep -q "^ixhr2_DIR:PATH=$prefix/" "$folder/cmake/CMakeCache.txt"
for name in c cpp windows; do
	"$folder/cmake/outside_$name"
done

pc=$(find "$prefix" -name ixhr2.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH LD_LIBRARY_PATH

# by_pkg_config PACKAGE COMMAND...
by_pkg_config() {
	flags=$(pkg-config --cflags --libs "$1")
	shift
	# The flags are words.
	# shellcheck disable=SC2086
	"$@" -Wall -Wextra -Werror -o "$folder/outside" $flags
	"$folder/outside"
}
by_pkg_config ixhr2 "$CC" -std=c99 "$outside/main.c"
by_pkg_config ixhr2 "$CXX" -std=c++11 "$outside/main.cpp"
by_pkg_config ixhr2win "$CC" -std=c99 "$outside/main.c"
by_pkg_config ixhr2win "$CXX" -std=c++17 "$outside/windows.cpp"
