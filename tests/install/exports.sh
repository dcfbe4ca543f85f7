#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The shared library gives away ixhr2_... and DllGetClassObject only, has a name that its
# programs ask for, and stays mapped after dlclose.

set -eu

strangers=$(nm -D --defined-only "$IXHR2_LIBRARY" | awk '{ print $NF }' |
	grep -v -x -e 'ixhr2_[a-z0-9_]*' -e DllGetClassObject || true)
if [ -n "$strangers" ]; then
	echo "exported, but not ours to export:" "$strangers"
	exit 1
fi

dynamic=$(readelf -d -W "$IXHR2_LIBRARY")
for word in 'soname: \[libixhr2.so.0\]' NODELETE NOW; do
	echo "$dynamic" | grep -q "$word" || {
		echo "not in the dynamic section: $word"
		exit 1
	}
done
