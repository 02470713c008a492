# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup sink.

buffer_wanted=33554432 # bytes: the receive buffer that vtap-decap asks for (its -B)
rmem=/proc/sys/net/core/rmem_max

set_rmem() {
	say "$1" >"$rmem"
}

# The kernel gives a socket no more than net.core.rmem_max. A value that somebody has made larger stays.
setup_buffer() {
	now=$(cat "$rmem" 2>/dev/null) || now=
	wanted=$buffer_wanted
	[ "${now:-0}" -le "$wanted" ] || wanted=$now
	if [ "$(values_of "$sysctl_file" net.core.rmem_max)" != '' ]; then
		kept=$(values_of "$sysctl_file" net.core.rmem_max)
		[ "$kept" -lt "$wanted" ] 2>/dev/null || wanted=$kept
	fi
	was=$changed
	place "$sysctl_file" net.core.rmem_max "net.core.rmem_max = $wanted"
	changed=$was
	if [ ! -w "$rmem" ] && [ -z "$dry_run" ]; then
		say "net.core.rmem_max cannot be set here, as in a container: set it to $wanted on the host below"
	elif [ "${now:-0}" -lt "$wanted" ]; then
		act "setting net.core.rmem_max to $wanted (it was ${now:-not there})" set_rmem "$wanted"
		changed=y
	fi
}

# URI: its address; nothing if it is any.
address_of() {
	rest=${1#*://}
	case $rest in
	\[::\]* | 0.0.0.0*) ;;
	\[*) say "${rest%%\]*}]" ;;
	*) say "${rest%%[:/]*}" ;;
	esac
}

# URI: its UDP port.
port_of() {
	rest=${1#*://}
	rest=${rest#\[*\]}
	case $rest in
	*:[0-9]*) say "${rest##*:}" | sed 's/[^0-9].*//' ;;
	*) vtap-decap --list-encaps | awk -v name="${1%%://*}" '$1 == name && match($0, /UDP port [0-9]+/) {
		print substr($0, RSTART + 9, RLENGTH - 9) }' ;;
	esac
}

# LIST of URIs: their ports, one a line.
ports_of() {
	printf '%s\n' "$1" | while IFS= read -r uri; do port_of "$uri"; done | sort -nu
}

# Refuses what vtap-decap would refuse, before anything is done.
look_at_sink() {
	set --
	while IFS= read -r value; do set -- "$@" -l "$value"; done <<END
$listen
END
	found=$(vtap-decap --print-config "$@" 2>&1 >/dev/null) || fail "nothing was done: $(say "$found" | head -n 1)"
}

# What the taps need to be told, and the firewall.
tell_sink() {
	say 'on each host that is tapped:'
	any=$(own_address)
	printf '%s\n' "$listen" | while IFS= read -r uri; do
		address=$(address_of "$uri")
		port=$(port_of "$uri")
		[ "$port" != "$(port_of "${uri%%://*}://")" ] || port=
		say "  sudo vtap-setup tap --to ${uri%%://*}://${address:-$any}${port:+:$port}/3000"
	done
	for port in $(ports_of "$listen"); do
		tell_firewall "$port"
	done
}

setup_sink() {
	folder=$config/sink/$name
	unit=vtap-sink@$name.service
	listen=${listen:-vxlan://:4789}
	has vtap-decap || fail 'there is no vtap-decap: install the package vtap'
	needs_root
	needs_systemd "$unit"
	look_at_sink
	make_place
	setup_buffer
	place "$folder/decap.conf" listen "$(option_lines listen "$listen")"
	place "$folder/fixlen.conf" '' '# vtap-fixlen(1)'
	place "$folder/split.conf" 'by write file-time' "by = source${newline}write = $spool/$name/{source}/{start}.pcapng${newline}file-time = 60"
	run_unit "$unit"
	tell_sink
	[ -z "$dry_run" ] || return 0
	runs "$unit" || fail_unit "$unit"
	say "$unit writes a file per source and minute below $spool/$name; \"vtap-setup check\" looks at it"
}
