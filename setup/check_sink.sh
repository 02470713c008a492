# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup check, on a collector.

silent_after=300 # seconds after which a source is called silent

# PORT: inodes of the UDP sockets that are bound to it.
sockets_of() {
	awk -v port="$(printf ':%04X' "$1")" 'substr($2, length($2) - 4) == port { print $10 }' /proc/net/udp /proc/net/udp6 2>/dev/null
}

# INODE: "NAME (PID)" of the process that has this socket open; nothing if the kernel itself has, or another user.
owner_of() {
	for process in /proc/[0-9]*; do
		case $(ls -l "$process/fd" 2>/dev/null) in
		*"socket:[$1]"*) say "$(cat "$process/comm" 2>/dev/null) (${process#/proc/})" ;;
		esac
	done
}

# PORT
check_port() {
	sockets=$(sockets_of "$1")
	if [ -z "$sockets" ]; then
		fact FAIL "port: nothing is bound to UDP port $1: systemctl restart $unit, journalctl -u $unit"
		return
	fi
	owners=$(for inode in $sockets; do owner_of "$inode"; done | sort -u | listed)
	case $owners in
	vtap-decap*) fact ok "port: UDP port $1 is bound by $owners" ;;
	?*) fact FAIL "port: UDP port $1 is bound by $owners: stop that, or choose another: vtap-setup sink --listen vxlan://:PORT" ;;
	*)
		if is_root; then
			fact FAIL "port: UDP port $1 is bound by the kernel, as for a tunnel device: ip -d link show type vxlan"
		else
			fact ok "port: UDP port $1 is bound; root sees by whom"
		fi
		;;
	esac
}

# SIZE as options say it: 64M, or a number of KiB. Bytes.
bytes_of() {
	printf '%s\n' "$1" | awk '{
		number = $1 + 0
		unit = 1024
		if ($1 ~ /[0-9.][kK]/) unit = 1024
		if ($1 ~ /[0-9.]M/) unit = 1048576
		if ($1 ~ /[0-9.]G/) unit = 1073741824
		printf "%.0f\n", number * unit }'
}

# FILE
check_buffer() {
	wanted=$(values_of "$1" buffer | tail -n 1)
	wanted=$(bytes_of "${wanted:-32M}")
	now=$(cat "$rmem" 2>/dev/null)
	if [ -z "$now" ]; then
		fact warn 'buffer: net.core.rmem_max cannot be seen here, as in a container: set it on the host below'
	elif [ "$now" -lt "$wanted" ] && is_root && [ ! -w "$rmem" ]; then
		fact warn "buffer: the kernel gives $((now / 1024)) KiB, not $((wanted / 1024)), and it cannot be set here, as in a container: net.core.rmem_max=$wanted on the host below"
	elif [ "$now" -lt "$wanted" ]; then
		fact warn "buffer: the kernel gives $((now / 1024)) KiB, not $((wanted / 1024)): sysctl -w net.core.rmem_max=$wanted, systemctl restart $unit"
	else
		fact ok "buffer: net.core.rmem_max gives the $((wanted / 1024)) KiB that are asked for"
	fi
}

# FOLDER: seconds since something was written to its newest file; nothing if it has none.
age_of_newest() {
	newest=$(ls -t "$1" 2>/dev/null)
	[ -n "$newest" ] || return 0
	newest=${newest%%"$newline"*}
	written=$(date -r "$1/$newest" +%s 2>/dev/null) && say $(($(date +%s) - written))
}

# FOLDER: itself, or the nearest above it that is there.
nearest() {
	place=$1
	while [ ! -d "$place" ]; do
		place=${place%/*}
		place=${place:-/}
	done
	say "$place"
}

# FOLDER: of each source.
check_sources() {
	place=$(nearest "$1")
	if [ ! -r "$place" ] || [ ! -x "$place" ]; then
		fact warn "files: $1 is for root and the group vtap"
		return
	fi
	seen=
	for source in "$1"/*/; do
		age=$(age_of_newest "$source")
		[ -n "$age" ] || continue
		seen=y
		source=${source%/}
		if [ "$age" -gt "$silent_after" ]; then
			fact warn "source ${source##*/}: nothing for $((age / 60)) minutes: vtap-setup check on that host"
		else
			fact ok "source ${source##*/}: newest file is $age s old"
		fi
	done
	[ -n "$seen" ] || fact warn "files: there is none yet below $1: vtap-setup check on a host that is tapped"
}

# FOLDER FILE: what is free on the disk of the first, or of what will hold it.
check_space() {
	place=$(nearest "$1")
	free=$(df -Pk "$place" | awk 'NR == 2 { print int($4 / 1024) }')
	used=$(df -Pk "$place" | awk 'NR == 2 { sub("%", "", $5); print $5 }')
	remedy="remove old captures, or let vtap-split do it (min-free = 10G in $2)"
	if [ "$used" -ge 98 ]; then
		fact FAIL "space: $free MiB are free on the disk of $1 ($used% used): $remedy"
	elif [ "$used" -ge 90 ]; then
		fact warn "space: $free MiB are free on the disk of $1 ($used% used): $remedy"
	else
		fact ok "space: $free MiB are free on the disk of $1 ($used% used)"
	fi
}

# FIGURES FILE
check_sink_figures() {
	can_compare "$1" || return 0
	check_dropped FAIL "$1" vtap_decap ", for which the buffer had no room: a faster disk, less to mirror, or buffer = 128M in $2"
	check_packets "$1" vtap_decap 'vtap-setup check on a host that is tapped; is a firewall in between?'
}

check_sink() {
	folder=$config/sink/$1
	unit=vtap-sink@$1.service
	subject="sink $1"
	captures=$(values_of "$folder/split.conf" write | tail -n 1)
	captures=${captures%%"{"*}
	captures=${captures%/*}
	case $captures in
	/*) ;;
	*) captures=$spool/$captures ;;
	esac
	check_unit "$unit"
	for port in $(ports_of "$(values_of "$folder/decap.conf" listen)"); do
		check_port "$port"
	done
	check_buffer "$folder/decap.conf"
	check_sources "$captures"
	check_space "$captures" "$folder/split.conf"
	[ -n "$quick" ] || check_sink_figures "$figures/sink-$1.prom" "$folder/decap.conf"
}
