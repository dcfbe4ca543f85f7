#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiles the public headers as programs of every kind would: each alone and twice, all
# together, in C and C++, with each compiler there is, before and after the headers of the
# system. Then one program with units of 2 and of 4 bytes is linked from C and C++.
set -u

root=${IXHR2_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
failed=0

# compiles WHAT COMPILER FLAGS...: the file, or a line that says what is wrong with it
compiles() {
	what=$1
	shift
	if ! "$@" $warnings -fsyntax-only >"$work/log" 2>&1; then
		echo "$what: $*"
		head -n 5 "$work/log"
		failed=1
	fi
}

compilers() {
	for name in "$@"; do
		command -v "$name" | sed 's/ .*//'
	done | sort -u
}

c_compilers=$(compilers "${CC:-cc}" gcc clang)
cxx_compilers=$(compilers "${CXX:-c++}" g++ clang++)

headers=$(cd "$root/include/ixhr2" && ls ./*.h | sed 's/^..//')
for header in $headers; do
	printf '#include <ixhr2/%s>\n#include <%s>\nextern int one;\n' "$header" "$header" \
		>"$work/one.c"
	cp "$work/one.c" "$work/one.cpp"
	for cc in $c_compilers; do
		compiles "$header" "$cc" -std=c11 -I"$root/include" -I"$root/include/ixhr2" \
			"$work/one.c"
	done
	for cxx in $cxx_compilers; do
		compiles "$header" "$cxx" -std=c++11 -I"$root/include" \
			-I"$root/include/ixhr2" "$work/one.cpp"
	done
done

for name in ctype errno fcntl inttypes limits netdb netinet/in poll pthread signal stdio \
	stdlib string sys/file sys/ioctl sys/mman sys/resource sys/socket sys/stat sys/wait \
	time unistd wchar; do
	echo "#include <$name.h>"
done >"$work/system.h"
for header in $headers; do
	echo "#include <ixhr2/$header>"
done >"$work/ours.h"
for order in 'ours system' 'system ours'; do
	for name in $order; do
		echo "#include \"$name.h\""
	done >"$work/all.c"
	cp "$work/all.c" "$work/all.cpp"
	for define in PLAIN IXHR2_WCHAR16 COBJMACROS; do
		for cc in $c_compilers; do
			for standard in gnu11 gnu17; do
				compiles "all, $order" "$cc" -std=$standard -D$define \
					-I"$root/include" "$work/all.c"
			done
		done
	done
	for define in PLAIN IXHR2_WCHAR16 CINTERFACE UNICODE; do
		for cxx in $cxx_compilers; do
			for standard in c++11 c++14 c++17 c++20; do
				compiles "all, $order" "$cxx" -std=$standard -D$define \
					-I"$root/include" "$work/all.cpp"
			done
		done
	done
done

# Both widths in one program: a stream made here gives its name in units of 2 bytes, one
# made there in units of 4.
cat >"$work/two.cpp" <<'END'
#define IXHR2_WCHAR16
#include <ixhr2/ixhr2.h>
#include <ixhr2/shlwapi.h>
extern "C" const IID *iid_of_two(void);
extern "C" const IID *iid_of_two(void)
{
	return &IID_IStream;
}
extern "C" IStream *make_two(void);
extern "C" IStream *make_two(void)
{
	IStream *stream = nullptr;
	return SHCreateStreamOnFileW(u"/dev/null", STGM_READ, &stream) ? nullptr : stream;
}
END
cat >"$work/four.c" <<'END'
#define COBJMACROS
#include <ixhr2/ixhr2.h>
#include <ixhr2/shlwapi.h>
#include <string.h>
const IID *iid_of_two(void);
IStream *make_two(void);
static int has_name(IStream *stream, const void *name, size_t bytes)
{
	STATSTG stat;
	int same;

	if (!stream || IStream_Stat(stream, &stat, STATFLAG_DEFAULT) != S_OK)
		return 0;
	same = memcmp(stat.pwcsName, name, bytes) == 0;
	CoTaskMemFree(stat.pwcsName);
	return IStream_Release(stream) == 0 && same;
}
int main(void)
{
	IStream *stream = NULL;
	IUnknown *object = NULL;

	if (!has_name(make_two(), u"/dev/null", 10 * 2))
		return 1;
	if (SHCreateStreamOnFileW(L"/dev/null", STGM_READ, &stream) != S_OK ||
	    !has_name(stream, L"/dev/null", 10 * 4))
		return 2;
	if (&IID_IStream != iid_of_two())
		return 3;
	if (strcmp(ixhr2_version(), IXHR2_VERSION) != 0)
		return 4;
	if (ixhr2_create(sizeof(WCHAR), &IID_IUnknown, (void **)&object) != S_OK ||
	    IUnknown_Release(object) != 0)
		return 5;
	return 0;
}
END
if [ -n "${IXHR2_LIBRARY:-}" ] && [ -f "$IXHR2_LIBRARY" ]; then
	sanitize=${IXHR2_SANITIZE:+-fsanitize=$IXHR2_SANITIZE}
	if ! "${CC:-cc}" -std=gnu17 $warnings $sanitize -I"$root/include" -c \
		-o "$work/four.o" "$work/four.c" ||
		! "${CXX:-c++}" -std=c++17 $warnings $sanitize -I"$root/include" \
			-o "$work/two" "$work/two.cpp" "$work/four.o" "$IXHR2_LIBRARY" \
			-Wl,-rpath,"$(dirname "$IXHR2_LIBRARY")"; then
		echo "a program of both widths cannot be linked"
		failed=1
	else
		"$work/two"
		result=$?
		[ $result = 0 ] || failed=1
		[ $result = 0 ] || echo "a program of both widths ended with $result"
	fi
else
	echo "no shared library: the program of both widths is left out"
fi
exit $failed
