#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiles the public headers as programs of every kind would: each alone and twice, every
# two of them in both orders, all together, in C and C++, with each compiler there is,
# before and after the headers of the system, which must not mind our macros. Then one
# program with units of 2 and of 4 bytes is linked from C and C++.
#
# A line of a job file is a command; jobs runs them all, as many at a time as there are
# processors. What does not compile is printed and counted in $work/failed.
set -u

root=${IXHR2_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
includes="-I$root/include -I$root/include/ixhr2"
: >"$work/failed"

# check WHAT COMMAND...: one job; its output is shown only if it fails.
cat >"$work/check" <<'END'
what=$1
shift
if ! out=$("$@" 2>&1); then
	printf '%s: %s\n%s\n' "$what" "$*" "$(echo "$out" | head -n 5)"
	echo 1 >>"$(dirname "$0")/failed"
fi
END

# compile FILE WHAT COMPILER FLAGS...: puts down a job that checks a file's syntax.
compile() {
	file=$1
	shift
	echo "sh $work/check $* $includes $warnings -fsyntax-only $file" >>"$work/jobs"
}

# Runs what was put down since the last time.
jobs() {
	[ -s "$work/jobs" ] && xargs -P "$(nproc)" -I{} sh -c '{}' <"$work/jobs"
	: >"$work/jobs"
}

# Those of the names that are there, each program once.
compilers() {
	for name in "$@"; do
		at=$(command -v "$name") && echo "$(readlink -f "$at") $at"
	done | sort -u -k1,1 | cut -d ' ' -f 2
}

# turned LIST...: the list with its first at its end.
turned() {
	last=$1
	shift
	echo "$@" "$last"
}

c_compilers=$(echo $(compilers "${CC:-cc}" gcc clang))
cxx_compilers=$(echo $(compilers "${CXX:-c++}" g++ clang++))

# Other spellings are files of one include; wrl is for C++ alone.
every=$(cd "$root/include/ixhr2" && find . -name '*.h' | sed 's,^./,,' | LC_ALL=C sort)
spellings=$(cd "$root/include/ixhr2" && grep -l '^/\* Another spelling' -- $every)
headers=$(printf '%s\n' $every $spellings | LC_ALL=C sort | uniq -u)
c_headers=$(printf '%s\n' $headers | grep -v '^wrl')

# name HEADER: a header's name as that of a file.
name() {
	echo "$1" | tr / _
}

# Whether a header needs another in front of it is the same question to every compiler, so
# they take turns; what they warn of is asked of each further down.
for header in $headers; do
	one=$work/one_$(name "$header")
	printf '#include <ixhr2/%s>\n#include <%s>\nextern int one;\n' "$header" "$header" \
		>"$one.c"
	cp "$one.c" "$one.cpp"
	case $header in
	wrl*) ;;
	*) compile "$one.c" "$header" "${c_compilers%% *}" -std=c11 ;;
	esac
	compile "$one.cpp" "$header" "${cxx_compilers%% *}" -std=c++11 -DIXHR2_NO_SAL1
	c_compilers=$(turned $c_compilers)
	cxx_compilers=$(turned $cxx_compilers)
done
for header in $spellings; do
	echo "#include <$header>"
done >"$work/spellings.cpp"
for cxx in $cxx_compilers; do
	compile "$work/spellings.cpp" spellings "$cxx" -std=c++17
done
jobs

# Every two in both orders. Each header alone has shown that it needs no other, so what is
# left is that one minds another in front of it: each goes first and all others follow,
# and the compilers take turns. With IXHR2_ALL_PAIRS every two are also compiled by
# themselves, which takes minutes.
for first in $headers; do
	order=$work/order_$(name "$first")
	case $first in
	wrl*) followers=$headers ;;
	*) followers=$c_headers ;; # wrl behind all of them is tried further down
	esac
	for header in "$first" $followers; do
		echo "#include <$header>"
	done >"$order.cpp"
	grep -v '<wrl' "$order.cpp" >"$order.c"
	case $first in
	wrl*) ;;
	*) compile "$order.c" "$first-first" "${c_compilers%% *}" -std=c11 ;;
	esac
	compile "$order.cpp" "$first-first" "${cxx_compilers%% *}" -std=c++11 \
		-DIXHR2_NO_SAL1
	c_compilers=$(turned $c_compilers)
	cxx_compilers=$(turned $cxx_compilers)
	[ -n "${IXHR2_ALL_PAIRS:-}" ] || continue
	for second in $headers; do
		pair=$work/pair_$(name "$first")_$(name "$second")
		printf '#include <%s>\n#include <%s>\n' "$first" "$second" >"$pair.cpp"
		for cxx in $cxx_compilers; do
			compile "$pair.cpp" pair "$cxx" -std=c++14 -DIXHR2_NO_SAL1
		done
		case $first$second in
		*wrl*) continue ;;
		esac
		{ cat "$pair.cpp" && echo 'extern int one;'; } >"$pair.c"
		for cc in $c_compilers; do
			compile "$pair.c" pair "$cc" -std=c17
		done
	done
done
jobs

for header in ctype errno fcntl inttypes limits netdb netinet/in poll pthread signal stdio \
	stdlib string sys/file sys/ioctl sys/mman sys/resource sys/socket sys/stat sys/wait \
	time unistd wchar; do
	echo "#include <$header.h>"
done >"$work/system.h"
for header in $c_headers; do
	echo "#include <ixhr2/$header>"
done >"$work/ours.h"
for header in $headers; do
	echo "#include <ixhr2/$header>"
done >"$work/ours.hpp"
# What of the language's library the compiler has; the annotations __in and __out are
# names inside of it.
for header in algorithm array atomic bitset cassert cctype cerrno cfenv cfloat chrono \
	cinttypes climits clocale cmath codecvt complex condition_variable csetjmp csignal \
	cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque \
	exception forward_list fstream functional future initializer_list iomanip ios \
	iosfwd iostream istream iterator limits list locale map memory mutex new numeric \
	ostream queue random ratio regex scoped_allocator set sstream stack stdexcept \
	streambuf string system_error thread tuple type_traits typeindex typeinfo \
	unordered_map unordered_set utility valarray vector; do
	echo "#include <$header>"
done >"$work/language.hpp"
cat >>"$work/language.hpp" <<'END'
#if __cplusplus >= 201402L
#include <shared_mutex>
#endif
#if __cplusplus >= 201703L
#include <any>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <variant>
#endif
#if __cplusplus >= 202002L
#include <barrier>
#include <bit>
#include <compare>
#include <concepts>
#include <latch>
#include <numbers>
#include <ranges>
#include <semaphore>
#include <source_location>
#include <span>
#include <stop_token>
#include <syncstream>
#endif
END
for order in 'ours system' 'system ours'; do
	kind=$(echo "$order" | tr ' ' _)
	for part in $order; do
		echo "#include \"$part.h\""
	done >"$work/$kind.c"
	for part in $order; do
		case $part in
		ours) echo '#include "ours.hpp"' ;;
		*) printf '#include "system.h"\n#include "language.hpp"\n' ;;
		esac
	done >"$work/$kind.cpp"
	for define in PLAIN IXHR2_WCHAR16 COBJMACROS UNICODE; do
		for cc in $c_compilers; do
			for standard in gnu11 gnu17; do
				compile "$work/$kind.c" "$kind" "$cc" -std=$standard -D$define
			done
		done
	done
	for standard in c++11 c++20; do
		for cxx in $cxx_compilers; do
			compile "$work/$kind.cpp" "$kind" "$cxx" -std=$standard
		done
	done
	for standard in c++14 c++17; do # between them, each by one
		compile "$work/$kind.cpp" "$kind" "${cxx_compilers%% *}" -std=$standard
		cxx_compilers=$(turned $cxx_compilers)
	done
	cxx_compilers=$(turned $cxx_compilers) # and in the other order by the other
done
echo '#include "ours.hpp"' >"$work/defined.cpp"
for cxx in $cxx_compilers; do
	for define in IXHR2_WCHAR16 UNICODE NOMINMAX; do
		compile "$work/defined.cpp" defined "$cxx" -std=c++17 -D$define
	done
done
# A compiler with Microsoft's words of its own.
for cxx in $(compilers clang++); do
	compile "$work/defined.cpp" own_words "$cxx" -std=c++17 -fms-extensions
done
# In C++ the C form of interfaces, which wrl does without.
cp "$work/ours_system.c" "$work/cinterface.cpp"
for cxx in $cxx_compilers; do
	compile "$work/cinterface.cpp" CINTERFACE "$cxx" -std=c++11 -DCINTERFACE
done
jobs

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
		echo 1 >>"$work/failed"
	else
		"$work/two"
		result=$?
		[ $result = 0 ] || echo 1 >>"$work/failed"
		[ $result = 0 ] || echo "a program of both widths ended with $result"
	fi
else
	echo "no shared library: the program of both widths is left out"
fi
[ ! -s "$work/failed" ]
