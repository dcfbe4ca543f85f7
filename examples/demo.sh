#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh BUILD: the tour (tour.c), with an origin of its own (origin.c). BUILD is where
# the project was built. `./run demo` calls this.

set -eu
build=${1:?usage: demo.sh BUILD}
examples=$build/examples
[ -x "$examples/tour" ] && [ -x "$examples/origin" ] || {
	echo "demo.sh: $build has no examples; build it first" >&2
	exit 1
}

folder=$(mktemp -d -t ixhr2-demo.XXXXXX)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM HUP

# The origin ends when its standard input does: when this script ends, however it ends.
mkfifo "$folder/life" "$folder/url"
"$examples/origin" 60 <"$folder/life" >"$folder/url" &
exec 3>"$folder/life"
read -r url <"$folder/url"

# 256 MiB of zeros, which take no room on the disk; read once, to be at hand.
truncate -s 256M "$folder/file"
cat "$folder/file" >/dev/null
"$examples/tour" "$url" "$folder/file" 3>&-

exec 3>&-
wait

cat <<END

Try next:
  $examples/get http://example.com/
  IXHR2_TRACE=1 $examples/get http://example.com/
END
[ ! -x "$build/bin/ixhr2" ] || echo "  $build/bin/ixhr2 --help"
cat <<END
Read next:
  README.md            how to use the library
  examples/get.c       the program above in a hundred lines; post.c sends a file
  docs/threads.md      which thread calls your callbacks, and what they may do
  docs/house.md        how the code is laid out
END
