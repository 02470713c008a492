#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-plot: pictures of csv that vtap-stat writes, names that are no commands, and what is refused.
set -u
build=$(realpath "${BUILD:-build}")
. tests/lib/scratch.sh
. tests/lib/tap.sh
trap remove_scratch EXIT
plot=$build/vtap-plot

if command -v shellcheck >/dev/null; then
	is "$(shellcheck -s sh "$plot" 2>&1)" '' 'shellcheck finds nothing'
else
	is "${VTAP_REQUIRE_LIVE:+no shellcheck}" '' 'shellcheck # SKIP no shellcheck'
fi
for shell in dash 'busybox sh' 'bash --posix'; do
	command -v "${shell%% *}" >/dev/null || continue
	is "$($shell "$plot" --help)" "$("$plot" --help)" "$shell: --help"
done
is "$("$plot" --version)" "vtap-plot $(cat VERSION)" '--version'
is "$("$plot" --help | grep -oE '^  -.' | tr -d ' \n')" "$(sed -n '/^The options are/,/^\.Sh/s/^\.It Fl \(.\) .*/-\1/p' man/vtap-plot.1 | tr -d '\n')" 'the page has the options of --help'

# NAME...: a csv with four columns and one that nobody knows, a record a second of each, for 60 seconds; lines end as RFC 4180 wants.
csv() {
	python3 - "$@" <<'EOF'
import csv, sys
to = csv.writer(sys.stdout)
to.writerow('timestamp new vtap_interval vtap_key vtap_source network_bytes network_packets vtap_cut_packets vtap_missing_packets vtap_missing_bytes'.split())
for second in range(60):
    for number, name in enumerate(sys.argv[1:]):
        time = '2026-11-17T16:%02d:%02d.000000000Z' % divmod(second + 1, 60)
        to.writerow([time, 'x', 1, 'key', name, 1000 * (number + 1), 10, 5 if second == 7 else 0, 0, second if number == 0 else 0])
EOF
}

# Ending, then what is refused: status and message.
refused() {
	local name=$1 want=$2
	shift 2
	is "$("$plot" "$@" 2>&1 </dev/null; echo $?)" "vtap-plot: $want" "$name"
}
printf 'a,b\r\n1,2\r\n' >"$scratch/other.csv"
csv eth0 | sed -n '1,2p' >"$scratch/short.csv"
csv eth0 >"$scratch/one.csv"
csv >"$scratch/header.csv"
sed 's/,x,1,/,x,,/' "$scratch/one.csv" >"$scratch/whole.csv"
try=$'\nvtap-plot: try vtap-plot --help\n2'
refused 'an option that is not there' "unknown option --top$try" --top
refused 'an ending that is not there' "-o: expected a name that ends in .svg, .png or .pdf, not a.gif$try" -o a.gif
refused 'no name behind -o' "-o: expected a file$try" -o
if ! command -v gnuplot >/dev/null; then
	refused 'gnuplot is missing' $'gnuplot is missing: install the package gnuplot-nox\n1' "$scratch/one.csv"
	is "${VTAP_REQUIRE_LIVE:+no gnuplot}" '' 'pictures # SKIP no gnuplot'
	done_testing
	exit
fi
mkdir "$scratch/bin"
for program in cat sed awk mktemp rm mv tr; do ln -s "$(command -v $program)" "$scratch/bin/"; done
is "$(PATH=$scratch/bin /bin/sh "$plot" "$scratch/one.csv" 2>&1; echo $?)" $'vtap-plot: gnuplot is missing: install the package gnuplot-nox\n1' 'gnuplot is missing'
refused 'another csv' "$scratch/other.csv: not a csv of vtap-stat"$'\n1' "$scratch/other.csv"
refused 'no csv at all' "$build/vtap-tap: not a csv of vtap-stat"$'\n1' "$build/vtap-tap"
refused 'one of two' "$scratch/other.csv: not a csv of vtap-stat"$'\n1' "$scratch/one.csv" "$scratch/other.csv"
refused 'nothing' $'standard input: not a csv of vtap-stat: it is empty\n1'
refused 'one interval' $'nothing over time: run vtap-stat -G with fewer seconds, or on a longer capture: all is in one interval of 1 s\n1' "$scratch/short.csv"
refused 'a header alone' $'nothing over time: run vtap-stat -G\n1' "$scratch/header.csv"
refused 'no -G' $'nothing over time: run vtap-stat -G\n1' "$scratch/whole.csv"
refused 'a file that is not there' "$scratch/none: there is no such file"$'\n1' "$scratch/none"
refused 'a folder' "$scratch: is a folder"$'\n1' "$scratch"
refused 'a folder that is not there' "$scratch/none/a.svg: cannot be written: there is no folder $scratch/none"$'\n1' "$scratch/one.csv" -o "$scratch/none/a.svg"

# The names of ten sources and others, one of which would be a command, if names could be, and one too long.
long=$(printf 'n%.0s' {1..200})
csv a b c 'd"$(touch '"$scratch"'/ran)`touch '"$scratch"'/ran`' '"; rm -rf' $'it\'s\n{/Bold x}_1 ^2' '漢字&<b>' "$long" %s%d '@f' eth0 eth1 >"$scratch/names.csv"
"$plot" -o "$scratch/a.svg" "$scratch/names.csv" && xmllint --noout "$scratch/a.svg"
is $? 0 'svg is XML'
is "$(ls "$scratch" | grep -c -e ran -e '\.tmp$')" 0 'no name is a command, no .tmp is left'
texts=$(python3 -c 'import sys, xml.dom.minidom as m
for t in m.parse(sys.argv[1]).getElementsByTagName("text"): print("".join(n.data for s in t.childNodes for n in s.childNodes or [s] if n.nodeType == n.TEXT_NODE).strip())' "$scratch/a.svg")
for name in c 'd"$(touch '"${scratch:0:5}" '"; rm -rf' "it's?{/Bold x}_1 ^2" '漢字&<b>' "${long:0:20}~${long:0:19}" %s%d '@f' eth0 eth1 others \
	'Bytes per source over time' 'bytes per second' 'Packets that were cut' 'Bytes of TCP that are missing'; do
	is "$(grep -cF -- "$name" <<<"$texts" | sed 's/^[1-9].*/yes/')" yes "the picture has $name"
done
is "$(grep -cF -e 'lost in tunnels' <<<"$texts")" 0 'what is 0 throughout is left out'
is "$(grep -cxE 'a|b' <<<"$texts")" 0 'the smallest sources are among the others'
is "$(grep -oE "polygon fill = 'rgb\([^)]*\)" "$scratch/a.svg" | sort -u | wc -l)" 11 'ten sources and the others have colours of their own'
rsvg-convert -o "$scratch/r.png" "$scratch/a.svg"
is "$(head -c 8 "$scratch/r.png" | tail -c 7 | head -c 3)" PNG 'svg renders'
for kind in png:PNG pdf:PDF; do
	"$plot" -o "$scratch/a.${kind%:*}" "$scratch/names.csv"
	is "$? $(head -c 4 "$scratch/a.${kind%:*}" | tail -c 3)" "0 ${kind#*:}" "${kind%:*}"
done

# On the terminal: text that is no wider than it may be.
widest() { python3 -c 'import sys, unicodedata
print(max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n")) for line in sys.stdin))'; }
for columns in 20 40 80 200; do
	got=$(COLUMNS=$columns "$plot" "$scratch/names.csv" | widest)
	is "$((got <= columns)) $((got > columns / 2))" '1 1' "$columns columns"
done
drawn=$("$plot" - <"$scratch/names.csv")
is "$(tr -dc '\033\f\007' <<<"$drawn" | wc -c)" 0 'no escape sequences'
is "$(widest <<<"$drawn")" 79 'without COLUMNS there are 80'
is "$(grep -cF -e '"; rm -rf' -e others -e 'Cut, % of all packets' -e 'Missing bytes of TCP' <<<"$drawn")" 4 'names and titles'
is "$(grep -c '█' <<<"$drawn" | sed 's/^[1-9].*/yes/')" yes 'block characters'

# Runs one after the other, and of several files, are added up.
csv eth0 >"$scratch/two.csv"
is "$("$plot" "$scratch/one.csv" "$scratch/two.csv" | tail -n 1)" '█ eth0  120.0 kB' 'two files are added up'
is "$(cat "$scratch/one.csv" | "$plot" "$scratch/two.csv" - | tail -n 1)" '█ eth0  120.0 kB' '... one of them standard input'
is "$("$plot" "$scratch/one.csv" | tail -n 1)" '█ eth0  60.0 kB' 'one file alone'
is "$(sed 's/\r$//' "$scratch/one.csv" | "$plot" | tail -n 1)" '█ eth0  60.0 kB' 'lines that end as those of Unix'
done_testing
