#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a running vtap-tap may still do, by /proc/PID/status: CAP_NET_RAW and nothing else, or nothing.
set -u
build=${BUILD:-build}

. tests/lib/live.sh

if [ -z "${VTAP_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || lacks "not root"
	unshare -n true 2>/dev/null || lacks "no network namespaces"
	VTAP_INSIDE=1 exec unshare -n "$0"
fi

# A leak check of a sanitizer traces the process, which it then may not.
export ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=
. tests/lib/scratch.sh
. tests/lib/tap.sh
dir=$scratch shown=stderr
ip link set lo up
while sleep 0.1; do echo >/dev/udp/127.0.0.1/9; done 2>/dev/null &
traffic=$! tap=
trap 'kill $traffic $tap 2>/dev/null; remove_scratch' EXIT

# Starts a tap of lo; returns when it has written packets, two minutes at most.
start() {
	: >"$dir/out"
	"$build/vtap-tap" -i lo -t vxlan://192.0.2.9/1 --from 192.0.2.1 -F pcap -w - "$@" >"$dir/out" 2>"$dir/stderr" &
	tap=$!
	for _ in $(seq 1200); do
		[ "$(stat -c %s "$dir/out")" -gt 24 ] && return
		sleep 0.1
	done
	echo "# no packet came"
}

stop() {
	kill "$tap"
	wait "$tap"
	is "$?" 0 "  it ends well"
	tap=
}

status() {
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$tap/status"
}

check() { # NAME UID CAPABILITIES OPTION...
	local name=$1 uid=$2 capabilities=$3

	shift 3
	start "$@"
	is "$(status Uid)" "$uid" "$name: is user $uid"
	is "$(status CapPrm) $(status CapEff)" "$capabilities $capabilities" "  capabilities"
	is "$(status CapInh) $(status CapBnd) $(status CapAmb)" "$none $none $none" "  no others to be had"
	is "$(status NoNewPrivs)" 1 "  no new privileges"
	stop
}

none=0000000000000000 raw=0000000000002000
nobody=$(id -u nobody)
check 'root, following' 0 $raw
check 'root, not following' 0 $none --no-follow
check '-Z, following' "$nobody" $raw -Z nobody
check '-Z, not following' "$nobody" $none -Z nobody --no-follow

"$build/vtap-tap" -i lo -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w - -Z nobody-at-all >"$dir/out" 2>"$dir/stderr"
is "$?" 1 'no such user: exit 1'
is "$(cat "$dir/stderr")" 'vtap-tap: there is no user nobody-at-all' '  in one line'
done_testing
