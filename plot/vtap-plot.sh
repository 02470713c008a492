# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-plot: bytes per source over time, what was cut and what is missing, from csv files of vtap-stat -G. gnuplot draws.
# plot/series.awk makes numbers of the csv, and names that gnuplot reads as data: no text of it is ever a part of a command.
set -u
# Sorting, digits and bytes are those of C; gnuplot is told of UTF-8.
export LC_ALL=C

fail() {
	printf 'vtap-plot: %s\n' "$*" >&2
	exit 1
}

wrong() {
	printf 'vtap-plot: %s\nvtap-plot: try vtap-plot --help\n' "$*" >&2
	exit 2
}

help() {
	cat <<'EOF'
usage: vtap-plot [-hV] [-o FILE] [FILE ...]
Draws bytes per source over time, what was cut and what is missing, from csv
files that vtap-stat -G has written. - or no FILE: standard input.

  -h, --help              print this help and exit
  -o, --output FILE       draw to FILE, which ends in .svg, .png or .pdf
                          (default: with characters, to standard output)
  -V, --version           print the version and exit
EOF
}

# What the pages have in common, and a plot of the quantity in a column: COLUMN TITLE UNIT FORMAT, and what the axis shows at least.
page() {
	cat <<'EOF'
set encoding utf8
set xdata time
set timefmt '%s'
set xrange [first:last]
set format x days > 2 ? '%Y-%m-%d' : '%H:%M:%S'
set grid
set key at screen right + 0.01, 0.96 left top Left reverse noenhanced maxcols 1 font ',10'
set ytics font ',9'
set lmargin at screen 0.1
set rmargin at screen right
set style fill solid 1 noborder
colours = '#4e79a7 #f28e2b #59a14f #e15759 #b07aa1 #edc948 #76b7b2 #9c755f #ff9da7 #006d5b #bab0ac'
name(i) = system(sprintf("sed -n '%dp' names", i))
EOF
}

quantity() {
	printf 'set title "%s"\nset ylabel "%s"\nset format y "%s"\nset yrange [0:%d<*]\n' "$2" "$3" "$4" "$5"
	place 200
	printf 'plot "quantities" using 1:%d with fillsteps linecolor rgb word(colours, 1) notitle\n' "$1"
}

# The next plot gets so many points of the picture's height, with its title and times.
place() {
	printf 'set tmargin at screen %d.0 / %d\nset bmargin at screen %d.0 / %d\n' $((left_over - 40)) "$height" $((left_over - $1 + 50)) "$height"
	left_over=$((left_over - $1))
}

# Draws to standard output with the terminal that is named.
picture() {
	page
	left_over=$height
	printf 'set terminal %s\nset multiplot\n' "$1"
	place 400
	cat <<'EOF'
set title 'Bytes per source over time'
set ylabel 'bytes per second'
set xlabel 'time (UTC)' offset 0,0.5
set format y '%.1s %cB'
set yrange [0:1<*]
plot for [i=series:1:-1] 'stacked' using 1:i+1 with fillsteps linecolor rgb word(colours, i) title name(i)
unset key
EOF
	[ "$cut" = 0 ] || quantity 2 'Packets that were cut' 'share of all packets' '%g %%' 1
	[ "$packets" = 0 ] || quantity 3 'Packets that are missing: lost in tunnels or by the kernel' 'packets' '%g' 5
	[ "$bytes" = 0 ] || quantity 4 'Bytes of TCP that are missing' 'bytes' '%.1s %cB' 1
	echo 'unset multiplot'
}

# FILE TITLE ROWS TOP UNIT COUNT: block characters at whole columns and rows. What they are stands in cells.N of FILE.
characters() {
	cat <<EOF
set terminal dumb noenhanced size $columns,$(($3 + 5)) nofeed
set title "$2"
set yrange [-1:$3]
set ytics ("0" -1, gprintf("%.1s %c$5", $4) $3)
plot for [i=1:$6] sprintf('$1.%d', i) using 1:2 with points pointtype word(blocks, i) notitle
EOF
}

terminal() {
	cat <<EOF
set encoding utf8
blocks = '$blocks'
unset key
set lmargin 10
set rmargin 1
set tmargin 1
set bmargin 2
set tics scale 0
set xrange [0:$((columns - 12))]
set xtics (strftime(days > 2 ? '%Y-%m-%d' : '%H:%M:%S', first) 0, strftime(days > 2 ? '%Y-%m-%d' : '%H:%M:%S', last) $((columns - 16)))
EOF
	characters cells 'Bytes per second, by source' 12 "$top" B "$series"
	[ "$cut" = 0 ] || characters cut 'Cut, % of all packets' 4 "$cut_top" '' 1
	[ "$packets" = 0 ] || characters packets 'Missing packets' 4 "$packets_top" '' 1
	[ "$bytes" = 0 ] || characters bytes 'Missing bytes of TCP' 4 "$bytes_top" B 1
}

# Options may stand behind operands, which go round to the end of the list.
output=
arguments=$#
while [ $arguments -gt 0 ]; do
	case $1 in
	-o | --output)
		[ $arguments -gt 1 ] || wrong "$1: expected a file"
		output=$2
		shift
		arguments=$((arguments - 1))
		;;
	-o?*) output=${1#-o} ;;
	--output=*) output=${1#--output=} ;;
	-h | --help)
		help
		exit 0
		;;
	-V | --version)
		echo 'vtap-plot @VERSION@'
		exit 0
		;;
	--)
		shift
		while [ $((arguments -= 1)) -gt 0 ]; do
			set -- "$@" "$1"
			shift
		done
		break
		;;
	-?*) wrong "unknown option $1" ;;
	*) set -- "$@" "$1" ;;
	esac
	shift
	arguments=$((arguments - 1))
done
case $output in
*.svg) form='svg size 1200,HEIGHT noenhanced background "white"' ;;
*.png) form='pngcairo size 1200,HEIGHT noenhanced' ;;
*.pdf) form='pdfcairo size 12,INCHES noenhanced' ;;
'') form= ;;
*) wrong "-o: expected a name that ends in .svg, .png or .pdf, not $output" ;;
esac
command -v gnuplot >/dev/null 2>&1 || fail 'gnuplot is missing: install the package gnuplot-nox'
[ $# -gt 0 ] || set -- -
for file; do
	[ "$file" != - ] || continue
	[ -e "$file" ] || fail "$file: there is no such file"
	[ ! -d "$file" ] || fail "$file: is a folder"
	[ -r "$file" ] || fail "$file: cannot be read"
done

columns=${COLUMNS:-80}
case $columns in
*[!0-9]* | '' | ?????*) columns=80 ;;
esac
[ "$columns" -ge 20 ] || columns=20
blocks='█ ▓ ▒ ░ ▚ ▞ ▙ ▜ ▌ ▘ ▖'

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 129' HUP INT TERM
# Each file has a header of its own: a line of \001 and its name stands in front of it.
for file; do
	printf '\001%s' "$file" | tr '\n\r' '??'
	echo
	if [ "$file" = - ]; then cat; else cat <"$file"; fi
	echo
done | awk -v folder="$folder" -v columns="$((columns - 12))" -v width="$columns" -v blocks="$blocks" '
@SERIES@
' || exit 1

# Numbers of one line, which series.awk has written.
read -r first last series cut packets bytes top cut_top packets_top bytes_top longest <"$folder/numbers"
# A name has at most 9.5 of the picture's 1200 points a character, behind its colour.
numbers="right = 1 - (100 + 9.5 * $longest) / 1200; first = $first; last = $last; days = ($last - $first) / 86400.0; series = $series"
draw() {
	(cd "$folder" && { echo "$numbers" && "$@"; } >script && gnuplot script 2>errors) ||
		fail "gnuplot: $(grep -v '^ *^*$' "$folder/errors" | tail -n 1)"
}

if [ -z "$output" ]; then
	draw terminal >"$folder/drawn"
	tr '\f' '\n' <"$folder/drawn" | sed 's/ *$//; /./,$!d'
	echo
	cat "$folder/legend"
	exit 0
fi
height=$((400 + 200 * (cut + packets + bytes)))
case $output in
*/*) [ -d "${output%/*}/" ] || fail "$output: cannot be written: there is no folder ${output%/*}" ;;
esac
form=$(echo "$form" | sed "s/HEIGHT/$height/; s/INCHES/$((height / 100))/")
draw picture "$form" >"$folder/drawn"
# A file under its own name is whole.
if ! { cat "$folder/drawn" >"$output.tmp" && mv -- "$output.tmp" "$output"; } 2>/dev/null; then
	fail "$output: cannot be written"
fi
