#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is installed is enough for programs outside, see outside/build.sh.

set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$IXHR2_BUILD_DIR" --prefix "$folder/usr" >"$folder/log"
sh "$IXHR2_SOURCE_DIR/tests/install/outside/build.sh" "$folder/usr" "$folder/build"

# The command, where it was built.
library=$(find "$folder/usr" -name libixhr2.so)
[ ! -x "$folder/usr/bin/ixhr2" ] ||
	LD_LIBRARY_PATH=$(dirname "$library") "$folder/usr/bin/ixhr2" --version
