# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup check, on a host that is tapped. What vtap-tap --check says of the unit's file is told as facts.

# What the kernel makes of ICMP errors.
icmp_errors='error="E(CONNREFUSED|HOSTUNREACH|HOSTDOWN|NETUNREACH|NONET|NOPROTOOPT|ACCES)"'

# FILE PID: the unit's user reads the file, and its process may capture.
check_rights() {
	if is_root && ! setpriv --reuid vtap --regid vtap --clear-groups test -r "$1" 2>/dev/null; then
		fact FAIL "rights: the user vtap cannot read $1: chmod 755 $config $config/tap, chmod 644 $1"
		return
	fi
	capabilities=$(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$2/status" 2>/dev/null)
	if [ "${2:-0}" = 0 ] || [ -z "$capabilities" ]; then
		fact warn 'rights: not known, for the unit does not run'
	elif [ $((0x$capabilities >> 13 & 1)) = 1 ]; then
		fact ok 'rights: the process has CAP_NET_RAW'
	elif grep -q '^[[:space:]]*no-follow' "$1"; then
		fact ok 'rights: given up after the start (no-follow)'
	else
		fact FAIL "rights: the process has no CAP_NET_RAW: has a drop-in changed it? systemctl cat $unit"
	fi
}

# Lines of vtap-tap --check, in $found, that are about interfaces.
check_interfaces() {
	printf '%s\n' "$found" | while IFS= read -r line; do
		case $line in
		'interface: '*', no carrier,'*) say "warn $line: is a cable, or a guest, missing?" ;;
		'interface: '*) say "ok $line" ;;
		*': there is no interface '* | *': no interface that is up matches '*)
			say "FAIL interface: ${line#vtap-tap: }; the tap waits for it, or name another: vtap-setup tap -i NAME ..." ;;
		*' is down: '*) say "FAIL interface: ${line#vtap-tap: }" ;;
		esac
	done
}

# ... about routes to the collectors.
check_routes() {
	printf '%s\n' "$found" | while IFS= read -r line; do
		case $line in
		'target: '*) say "ok route: ${line#target: }" ;;
		*': a full-sized packet needs '* | *': the path takes '*) ;;
		'vtap-tap: '*://*) say "FAIL route: ${line#vtap-tap: }; the tap waits for a route (ip route), an address (/etc/resolv.conf) or a carrier" ;;
		esac
	done
}

# ... about packets that are too large.
check_mtu() {
	found_mtu=$(printf '%s\n' "$found" | grep -E ': a full-sized packet needs |: the path takes ')
	if [ -z "$found_mtu" ]; then
		! printf '%s\n' "$found" | grep -q '^target: ' || say 'ok MTU: full-sized packets fit the paths to the collectors'
		return
	fi
	printf '%s\n' "$found_mtu" | while IFS= read -r line; do
		case $line in
		*'sent in fragments') say "ok MTU: ${line#vtap-tap: }" ;;
		*) say "warn MTU: ${line#vtap-tap: }; $(printf '%s\n' "$line" | remedies "$1")" ;;
		esac
	done
}

# ... and everything else that it refuses, but rights: who runs this check may have none.
check_others() {
	printf '%s\n' "$found" | grep '^vtap-tap: ' | grep -vE '://|no packet socket|no interface| is down: ' | while IFS= read -r line; do
		say "FAIL options: ${line#vtap-tap: }; mend $1, systemctl restart $unit"
	done
}

# Lines "STATUS TEXT" of standard input as facts.
facts() {
	while IFS= read -r line; do
		[ -z "$line" ] || fact "${line%% *}" "${line#* }"
	done
}

# FILE: the names of the errors in it.
kinds_of() {
	sed -n 's/^vtap_tap_target_errors_total{.*error="\([^"]*\)".*/\1/p' "$1" | grep -E '^E' | sort -u | listed
}

# What the collectors answered and the kernel dropped, and what came, between the two looks.
check_tap_figures() {
	can_compare "$1" || return 0
	refused=$(growth "$1" vtap_tap_target_errors_total "$icmp_errors")
	if [ "$refused" -gt 0 ]; then
		fact FAIL "collector: $(plural "$refused" 'ICMP error') in $apart s ($(kinds_of "$1")): nobody listens there, or a firewall refuses: vtap-setup sink, vtap-setup check there"
	else
		fact ok "collector: no ICMP errors in $apart s"
	fi
	check_dropped warn "$1" vtap_tap ": a larger buffer (buffer = 64M), fewer packets (expression, rules) or a snaplen in $2"
	check_packets "$1" vtap_tap "is there traffic? tcpdump -i INTERFACE shows it; expression and rules in $2 decide" \
		", $(growth "$1" vtap_tap_target_sent_packets_total) sent"
}

check_tap() {
	file=$config/tap/$1.conf
	unit=vtap-tap@$1.service
	subject="tap $1"
	check_unit "$unit"
	check_rights "$file" "$(systemctl show -p MainPID --value "$unit" 2>/dev/null)"
	found=$(vtap-tap --config "$file" --metrics "$figures/tap-$1.prom" --check 2>&1)
	facts <<END
$(check_interfaces; check_routes; check_mtu "$file"; check_others "$file")
END
	[ -n "$quick" ] || check_tap_figures "$figures/tap-$1.prom" "$file"
}
