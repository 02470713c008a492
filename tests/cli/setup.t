#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup as a script: shellcheck, other shells, and help and page that agree.
set -u
build=$(realpath "${BUILD:-build}")
. tests/lib/scratch.sh
. tests/lib/tap.sh
trap remove_scratch EXIT
# As a POSIX shell's script: shellcheck says not a word.
if command -v shellcheck >/dev/null; then
	is "$(shellcheck -s sh "$build/vtap-setup" 2>&1)" '' 'shellcheck finds nothing'
	sed 's/systemctl start "\$1"/systemctl start $1/' "$build/vtap-setup" >"$scratch/broken"
	is "$(shellcheck -s sh "$scratch/broken" | grep -o -m 1 SC2086)" SC2086 '... and would'
else
	is "${VTAP_REQUIRE_LIVE:+no shellcheck}" '' 'shellcheck # SKIP no shellcheck'
fi
is "$(head -c 10 "$build/vtap-setup")" '#!/bin/sh' 'it is a script for sh'
for shell in dash 'busybox sh' 'bash --posix'; do
	command -v "${shell%% *}" >/dev/null || continue
	is "$($shell "$build/vtap-setup" --help)" "$("$build/vtap-setup" --help)" "$shell: --help"
	is "$($shell "$build/vtap-setup" tap --to 'a' --name '../x' 2>&1; echo $?)" "vtap-setup: --name: expected letters, digits, _, . and -, not ../x
vtap-setup: try vtap-setup --help
2" "$shell: a value is refused"
done

# The options of --help are those of the page, each is in an example, and each is known.
helped=$("$build/vtap-setup" --help | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE '\-\-[a-z-]+' | sort)
paged=$(sed -n '/^The options are/,/^\.Ss/s/^\.It Fl \(. , \)\?-\([a-z-]*\).*/--\2/p' man/vtap-setup.8 | sort)
is "$paged" "$helped" 'the page has the options of --help'
examples=$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' man/vtap-setup.8)
for option in $helped; do
	case $option in --help | --version) continue ;; esac
	letter=$("$build/vtap-setup" --help | sed -n "s/^  \(-.\), $option .*/\1/p")
	is "$(grep -cE -- " ($option${letter:+|$letter}) ?" <<<"$examples" | sed 's/^[1-9].*/yes/')" yes "$option is in an example"
done
is "$(mandoc -T lint -W all man/vtap-setup.8 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db')" '' 'the page is good mdoc'
done_testing
