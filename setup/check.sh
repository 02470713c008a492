# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup check: a line a fact. A fact is told by fact STATUS TEXT, for the tap or sink in $subject.

apart=6 # seconds between the two looks: figures are written every five

failures=0

# ok, warn or FAIL, and what to do.
fact() {
	printf '%-5s %s: %s\n' "$1" "$subject" "$2"
	[ "$1" != FAIL ] || failures=$((failures + 1))
}

check_unit() {
	state=$(systemctl is-active "$1" 2>/dev/null)
	if [ "$state" != active ]; then
		said=$(last_words "$1")
		fact FAIL "unit: $1 is ${state:-not known}${said:+: $said}: systemctl restart $1, journalctl -u $1"
	elif ! is_enabled "$1"; then
		fact warn "unit: $1 runs, but does not start with the next boot: systemctl enable $1"
	else
		fact ok "unit: $1 runs, and starts with each boot"
	fi
}

# FILE NAME [FILTER]: the sum of a figure over its labels, those that match.
figure() {
	grep -E -- "${3:-}" "$1" 2>/dev/null | awk -v name="$2" '
	{ key = $1; sub(/\{.*/, "", key) }
	key == name { sum += $NF; found = 1 }
	END { if (found) printf "%.0f\n", sum; else print 0 }'
}

# Figures are fresh when they were written within the last 15 seconds.
is_fresh() {
	written=$(date -r "$1" +%s 2>/dev/null) && [ $(($(date +%s) - written)) -le 15 ]
}

# NEW OLD: what has come since; a run that began anew counts from 0.
since() {
	if [ "$1" -ge "$2" ]; then
		say $(($1 - $2))
	else
		say "$1"
	fi
}

# Keeps the figures of all units as they are now.
first_look() {
	looks=$(mktemp -d) || fail 'no folder for what was seen'
	trap 'rm -rf "$looks"' EXIT
	trap 'exit 130' INT TERM HUP
	for prom in "$figures"/tap-*.prom "$figures"/sink-*.prom; do
		[ ! -e "$prom" ] || cp "$prom" "$looks/${prom##*/}"
	done
	sleep "$apart"
}

# FILE: whether there are two looks at these figures; a fact when there are none.
can_compare() {
	if ! is_fresh "$1"; then
		fact FAIL "figures: $1 has not been written for 15 seconds: is the unit stopped, or $figures not of the group vtap?"
		return 1
	fi
	[ -e "$looks/${1##*/}" ] || cp "$1" "$looks/${1##*/}"
}

# FILE NAME [FILTER]: how much a figure has grown between the looks.
growth() {
	since "$(figure "$1" "$2" "${3:-}")" "$(figure "$looks/${1##*/}" "$2" "${3:-}")"
}

# STATUS FIGURES TOOL REMEDY: whether the kernel had no room for packets between the looks.
check_dropped() {
	dropped=$(growth "$2" "$3_kernel_dropped_total")
	if [ "$dropped" -gt 0 ]; then
		fact "$1" "kernel: $(plural "$dropped" packet) dropped in $apart s$4"
	else
		fact ok "kernel: nothing dropped in $apart s"
	fi
}

# FIGURES TOOL REMEDY [MORE]: whether any came between the looks; MORE is told of those that did.
check_packets() {
	packets=$(growth "$1" "$2_in_packets_total")
	if [ "$packets" -eq 0 ]; then
		fact warn "packets: none in $apart s: $3"
	else
		fact ok "packets: $packets in $apart s${4:-}"
	fi
}

setup_check() {
	taps=$(instances tap)
	sinks=$(instances sink)
	subject='this host'
	if [ -z "$taps$sinks" ]; then
		fact FAIL 'neither a tap nor a collector is set up: vtap-setup tap --to URI, or vtap-setup sink'
		exit 1
	fi
	has systemctl || fail 'needs systemd'
	[ -n "$quick" ] || first_look
	for name_of in $taps; do
		check_tap "$name_of"
	done
	for name_of in $sinks; do
		check_sink "$name_of"
	done
	[ "$failures" = 0 ] || exit 1
}
