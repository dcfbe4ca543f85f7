#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The shared libraries give away ixhr2_... only, the first also DllGetClassObject. Each has
# a name that its programs ask for, stays mapped after dlclose, and is bound when it is
# loaded. The second has nothing of the engine in itself: it asks the first.

set -eu

# check LIBRARY NAME OTHER-EXPORT...: what is true of both.
check() {
	library=$1
	soname=$2
	shift 2
	strangers=$(nm -D --defined-only "$library" | awk '{ print $NF }' |
		grep -v -x -e 'ixhr2_[a-z0-9_]*' "$@" || true)
	if [ -n "$strangers" ]; then
		echo "$library exports what is not ours to export:" "$strangers"
		exit 1
	fi
	dynamic=$(readelf -d -W "$library")
	for word in "soname: \[$soname\]" NODELETE NOW; do
		echo "$dynamic" | grep -q "$word" || {
			echo "$library: not in the dynamic section: $word"
			exit 1
		}
	done
}

check "$IXHR2_LIBRARY" libixhr2.so.0 -e DllGetClassObject
check "$IXHR2_WIN_LIBRARY" libixhr2win.so.0

needed=$(readelf -d -W "$IXHR2_WIN_LIBRARY" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
echo "$needed" | grep -q -x libixhr2.so.0
for name in $needed; do
	case $name in
	libixhr2.so.0 | libcrypto.so.3 | libc.so.6 | ld-linux*) ;;
	*)
		echo "libixhr2win needs $name: it has taken in what is not its own"
		exit 1
		;;
	esac
done

# Nothing is in both under the same name.
names() {
	nm -D --defined-only "$1" | awk '{ print $NF }' | LC_ALL=C sort
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
names "$IXHR2_LIBRARY" >"$folder/one"
names "$IXHR2_WIN_LIBRARY" >"$folder/two"
both=$(LC_ALL=C comm -12 "$folder/one" "$folder/two")
if [ -n "$both" ]; then
	echo "both libraries export:" "$both"
	exit 1
fi
