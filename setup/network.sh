# SPDX-License-Identifier: GPL-2.0-or-later
# Interfaces of this host, by what the kernel says in /sys and /proc.

# The kernel names the kind of a device (DEVTYPE) for all but Ethernet cards, taps of guests and ends of a veth pair; of
# these a card has a device, and a veth another interface behind it.
is_guest() {
	port=/sys/class/net/$1
	case $1 in
	vnet* | tap* | veth*) return 0 ;;
	esac
	[ ! -e "$port/tun_flags" ] || return 0
	[ ! -e "$port/device" ] && ! grep -q '^DEVTYPE=' "$port/uevent" || return 1
	link=$(cat "$port/iflink")
	[ "$link" != 0 ] && [ "$link" != "$(cat "$port/ifindex")" ]
}

# Guests of a bridge, one a line.
guests_of() {
	for guest in /sys/class/net/"$1"/brif/*; do
		guest=${guest##*/}
		[ "$guest" = '*' ] || ! is_guest "$guest" || say "$guest"
	done
}

bridges() {
	for bridge in /sys/class/net/*/bridge; do
		[ -d "$bridge" ] || continue
		bridge=${bridge%/bridge}
		say "${bridge##*/}"
	done
}

# The interface of the default route with the lowest metric: of IPv4, or else of IPv6.
default_interface() {
	found=$(awk '$2 == "00000000" && $8 == "00000000" && $4 ~ /[13579BDF]$/ { print $7, $1 }' /proc/net/route 2>/dev/null |
		sort -n | awk 'NR == 1 { print $2 }')
	[ -n "$found" ] || found=$(awk '$1 ~ /^0*$/ && $2 == "00" && $10 != "lo" { print $6, $10 }' /proc/net/ipv6_route 2>/dev/null |
		sort | awk 'NR == 1 { print $2 }')
	say "$found"
}

# Chooses what to mirror, and says why.
choose_interfaces() {
	[ -z "$interfaces" ] || return 0
	for bridge in $(bridges); do
		guests=$(guests_of "$bridge")
		[ -n "$guests" ] || continue
		count=$(say "$guests" | wc -l)
		say "taking $bridge: a bridge with $(plural "$count" guest): $(say "$guests" | listed)"
		interfaces=$(append "$interfaces" "$bridge")
	done
	[ -z "$interfaces" ] || return 0
	interfaces=$(default_interface)
	[ -n "$interfaces" ] || fail 'no bridge has guests, and there is no default route: name an interface (-i)'
	say "taking $interfaces: no bridge has guests, and it is the interface of the default route"
}

# An address at which others may reach this host.
own_address() {
	address=
	if has ip; then
		address=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p')
		[ -n "$address" ] || address=$(ip -o addr show scope global 2>/dev/null | awk 'NR == 1 { sub("/.*", "", $4); print $4 }')
	fi
	[ -n "$address" ] || address=$(hostname -I 2>/dev/null | awk '{ print $1 }')
	case $address in
	*:*) say "[$address]" ;;
	*) say "${address:-ADDRESS}" ;;
	esac
}
