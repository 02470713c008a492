# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup tap.

# Runs vtap-tap --check with the options that were given; what it finds is in $found, and in $status.
look_at_tap() {
	set --
	while IFS= read -r value; do set -- "$@" -i "$value"; done <<END
$interfaces
END
	while IFS= read -r value; do set -- "$@" -t "$value"; done <<END
$targets
END
	[ -z "$snaplen" ] || set -- "$@" -s "$snaplen"
	found=$(vtap-tap --check --name "$name" --metrics "$figures/tap-$name.prom" "$@" 2>&1)
	status=$?
}

# FILE, lines of vtap-tap --check on standard input: what helps against them.
remedies() {
	while IFS= read -r line; do
		case $line in
		*': a full-sized packet needs '*)
			needs=$(say "$line" | sed -n 's/.* a full-sized packet needs \([0-9]*\),.*/\1/p')
			say "remedy: an MTU of $(((needs + 99) / 100 * 100)) on the whole way to the collector, or the line \"oversize = fragment\" in $1"
			;;
		*': there is no interface '* | *' is down: '* | *': no interface that is up matches '*)
			say 'remedy: none is needed if it comes later: the tap waits for it'
			;;
		"vtap-tap: "*://*)
			say 'remedy: none is needed if a route or an address comes later: the tap waits for it; or another --to'
			;;
		esac
	done | sort -u
}

show_tap() {
	say "asking vtap-tap --check:"
	printf '%s\n' "$found" | sed 's/^/  /'
	printf '%s\n' "$found" | remedies "$1" | sed 's/^/  /'
}

tap_lines() {
	option_lines interface "$interfaces"
	option_lines to "$targets"
	option_lines snaplen "$snaplen"
	option_lines name "$name"
}

setup_tap() {
	file=$config/tap/$name.conf
	unit=vtap-tap@$name.service
	has vtap-tap || fail 'there is no vtap-tap: install the package vtap'
	needs_root
	needs_systemd "$unit"
	choose_interfaces
	look_at_tap
	[ "$status" -lt 2 ] || fail "nothing was done: $(printf '%s\n' "$found" | grep '^vtap-tap: ' | head -n 1)"
	show_tap "$file"
	make_place
	place "$file" 'interface to snaplen name' "$(tap_lines)"
	run_unit "$unit"
	[ -z "$dry_run" ] || return 0
	runs "$unit" || fail_unit "$unit"
	say "$unit mirrors $(say "$interfaces" | listed) to $(say "$targets" | listed); \"vtap-setup check\" looks at it"
}
