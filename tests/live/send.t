#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the sink that sends puts on the wire, between two network namespaces: tshark, the kernel's
# VXLAN device and the kernel's counters judge it. Sender and collector: tests/unit/live/send.c.
set -u
build=${BUILD:-build}
tunnel=$build/tests/unit/live/send
a=vtap-$$-a b=vtap-$$-b c=vtap-$$-c
collector= stream= keeper_c= shown="sent got said"
. tests/lib/scratch.sh

finish() {
	[ -z "$collector" ] || kill "$collector" 2>/dev/null
	[ -z "$stream" ] || kill "$stream" 2>/dev/null
	[ -z "$keeper_c" ] || kill $keeper_b "$keeper_c" 2>/dev/null
	ip netns del $a 2>/dev/null
	ip netns del $b 2>/dev/null
	ip netns del $c 2>/dev/null
	remove_scratch
}
trap finish EXIT
. tests/lib/live.sh

[ "$(id -u)" = 0 ] || lacks "needs root"

in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }

ip netns add $a && ip netns add $b && ip -n $a link add ul type veth peer name dl netns $b ||
	lacks "no network namespaces or veth"
for n in $a $b; do ip -n $n link set lo up; done
# Checksums are computed before the wire, so that tshark can judge them.
in_a ethtool -K ul tx off >/dev/null 2>&1
ip -n $a addr add 10.9.0.1/24 dev ul
ip -n $a addr add fd09::1/64 dev ul nodad
ip -n $b addr add 10.9.0.2/24 dev dl
ip -n $b addr add fd09::2/64 dev dl nodad
ip -n $a link set ul up
ip -n $b link set dl up
until_good in_a grep -q up /sys/class/net/ul/operstate
until_good in_b grep -q up /sys/class/net/dl/operstate

# Behind the collector's host, which forwards, another with a narrow link.
in_b sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.icmp.ratelimit=0
ip netns add $c
ip -n $b link add far mtu 1400 type veth peer name near mtu 1400 netns $c
ip -n $b addr add 10.10.0.1/24 dev far
ip -n $b addr add fd10::1/64 dev far nodad
ip -n $c addr add 10.10.0.2/24 dev near
ip -n $c addr add fd10::2/64 dev near nodad
ip -n $b link set far up
ip -n $c link set near up
for n in $a,10.9.0.2,fd09::2 $c,10.10.0.1,fd10::1; do
	IFS=, read -r n one two <<<"$n"
	ip -n $n route add 10.8.0.0/14 via $one
	ip -n $n -6 route add fd00::/8 via $two
done
ip -n $b route add unreachable 10.11.0.1
ip -n $b route add prohibit 10.11.0.2
ip -n $b -6 route add unreachable fd11::1
ip -n $b -6 route add prohibit fd11::2

four="to=vxlan://10.9.0.2/77 from=10.9.0.1"
six="to=vxlan://[fd09::2]/77 from=fd09::1"

# A process in each namespace of a collector, whose files in /proc have the counters: a look takes no process of its own.
ip netns exec $b sleep infinity &
keeper_b=$!
ip netns exec $c sleep infinity &
keeper_c=$!
is_inside() { grep -q "$2" "/proc/$1/net/dev"; }
until_good is_inside $keeper_b dl
until_good is_inside $keeper_c near
collector_at=$b keeper=$keeper_b

# Sets arrived: datagrams that programs in the collector's namespace have read so far.
look() {
	local name value

	arrived=0
	while read -r name value _; do
		case $name in
		Udp: | Udp6InDatagrams) [[ $value != [0-9]* ]] || arrived=$((arrived + value)) ;;
		esac
	done <<<"$(</proc/$keeper/net/snmp)"$'\n'"$(</proc/$keeper/net/snmp6)"
}
arrived() { look && echo "$arrived"; }
arrives() { look && [ "$arrived" -gt "$1" ]; }

collect() {
	rm -f "$scratch/got"
	arrived_before=$(arrived)
	ip netns exec $collector_at "$tunnel" collect 4789 >"$scratch/got" 2>&1 &
	collector=$!
	until_says got ready
}

all_arrived() { look && [ "$arrived" -ge "$awaited" ]; }

# [now]: ends the collector when it has what was sent, or now.
collected() {
	awaited=$((arrived_before + $(sent sent)))
	[ "${1:-}" = now ] || until_good all_arrived
	kill -TERM $collector 2>/dev/null
	wait $collector 2>/dev/null
	collector=
}

# ARGUMENT...: what became of it in $scratch/sent.
send() { in_a "$tunnel" send "$@" >"$scratch/sent" 2>"$scratch/said"; }

sent() { sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$scratch/sent"; }
got() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" "$scratch/got"; }
# FILE PATTERN...: each is in it.
has() {
	local file=$scratch/$1 pattern

	shift
	for pattern; do grep -qE -- "$pattern" "$file" || return 1; done
}

# Put = sent + failed, each told once and in time, and what was sent is what arrived.
adds_up() {
	[ "$(sent put)" -eq $(($(sent sent) + $(sent failed))) ] &&
		[ "$(sent failed)" -eq "$(sent told)" ] && [ "$(sent wrong)" -eq 0 ] &&
		[ "$(sent sent)" -eq "$(got received)" ] &&
		has got 'damaged=0' 'moved=0'
}

# --- everything arrives

for engine in udp packet; do
	for target in "$four" "$six"; do
		for size in 100 60,1420,300,300,300,61; do
			collect
			send $target engine=$engine size=$size count=5000 batch=100
			collected
			adds_up && has sent "engine=$engine .*sent=5000 failed=0 .*mtu=1500" && has got 'disordered=0 missing=0' &&
				[ "$(got ports)" -ge 8 ]
			ok "$engine, ${target:3:14}, sizes $size: all arrives, whole, in order of its flow"
		done
	done
done

# --- what is on the wire

recorded() { [ "$(tcpdump -r "$scratch/wire.pcap" 2>/dev/null | wc -l)" -ge "$1" ]; }

# COUNT FILTER ARGUMENT...: what is sent, in $scratch/wire.pcap, when COUNT packets have come.
record() {
	local want=$1 filter=$2 dump

	shift 2
	rm -f "$scratch/wire.pcap" "$scratch/tcpdump"
	ip netns exec $b tcpdump -U --immediate-mode -Z root -i dl -s 4000 -B 32768 -w "$scratch/wire.pcap" "$filter" 2>"$scratch/tcpdump" &
	dump=$!
	until_says tcpdump listening
	send "$@"
	until_good recorded "$want"
	kill $dump
	wait $dump 2>/dev/null
}

# FIELD...: distinct values of the outermost headers, and how often.
fields() {
	tshark -r "$scratch/wire.pcap" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -o ip.defragment:FALSE \
		-T fields -E occurrence=f -E separator=, $(printf -- '-e %s ' "$@") 2>/dev/null |
		sort | uniq -c | sed 's/^ *//; s/\bTrue\b/1/g; s/\bFalse\b/0/g' >"$scratch/got"
}

for engine in udp packet; do
	record 200 'udp port 4789' $four engine=$engine size=100,100,100,700 count=200 ttl=9 dscp=46 ports=1 flows=1
	fields ip.ttl ip.dsfield ip.flags.df ip.checksum.status udp.dstport vxlan.vni _ws.expert.severity
	has got '^200 9,0xb8,1,1,4789,77,$'
	ok "$engine: TTL, DSCP, DF, port and VNI as asked for, nothing for tshark to object to"
	record 200 'udp port 4789' $six engine=$engine size=100,100,100,700 count=200 ttl=9 dscp=46
	fields ipv6.hlim ipv6.tclass udp.checksum.status udp.dstport vxlan.vni
	has got '^200 9,0x000000b8,1,4789,77$'
	ok "$engine: hop limit, traffic class and UDP checksum over IPv6"
done
record 200 'udp port 4789' $four size=100,100,100,700 count=200
fields udp.checksum.status
has got '^200 1$'
ok "udp: UDP checksums over IPv4, of segments, too"
tshark -r "$scratch/wire.pcap" -T fields -E occurrence=f -e udp.srcport 2>/dev/null | sort -u >"$scratch/got"
[ "$(wc -l <"$scratch/got")" -eq 8 ] && [ "$(sort -n "$scratch/got" | head -n1)" -ge 49152 ]
ok "udp: eight source ports from 49152 on"

for engine in udp packet; do
	record 40 'udp or ip[6:2] & 0x1fff != 0' $four engine=$engine size=3000,100 count=20 fragment=1
	fields ip.flags.df
	# 10 of 3050 bytes are three fragments each.
	has got '^40 0$'
	ok "$engine: fragments, DF clear"
	for target in "$four" "$six"; do
		collect
		send $target engine=$engine size=3000,100 count=500 fragment=1
		collected
		adds_up && has sent 'sent=500 failed=0'
		ok "$engine: fragments to ${target:3:14} come together at the collector"
	done
done

for target in "to=gre://10.9.0.2/5 from=10.9.0.1" "to=gre://[fd09::2]/5 from=fd09::1"; do
	for engine in udp packet; do
		record 100 'proto 47 or ip6 proto 47' $target engine=$engine size=100,700 count=100 ttl=7 dscp=10
		fields gre.key gre.proto udp.dstport
		has got '^100 0x00000005,0x6558,7$' && has sent 'sent=100 failed=0'
		ok "GRE, $engine: ${target:3:12}"
	done
done
send to=gre://10.9.0.2/5 from=10.9.0.1 count=1
has sent 'engine=raw ip'
ok "GRE goes by a raw socket"

# --- the kernel's own VXLAN device takes it

if in_b ip link add vx77 type vxlan id 77 dstport 4789 local 10.9.0.2 dev dl 2>"$scratch/said"; then
	in_b ip link set vx77 up
	for engine in udp packet; do
		before=$(in_b cat /sys/class/net/vx77/statistics/rx_packets)
		send $four engine=$engine size=100,1000 count=3000 batch=50 pause=500
		# shellcheck disable=SC2016
		until_good in_b bash -c '[ $(cat /sys/class/net/vx77/statistics/rx_packets) -ge '$((before + 3000))' ]'
		ok "$engine: the kernel's VXLAN device takes all"
	done
	in_b ip link del vx77
else
	skip "no vxlan device"
fi

# --- what goes wrong

collect
ip -n $a route replace 10.9.0.2 dev ul mtu 1000
send $four size=1200,1200,1200,100 count=800
collected
adds_up && has sent 'sent=200 failed=600 .*mtu=1000 EMSGSIZE=600'
ok "udp: a narrow route refuses what is too large, and that only"

# ARGUMENT...: frames every 2 ms, in the background.
stream() {
	rm -f "$scratch/sent" "$scratch/said"
	ip netns exec $a "$tunnel" send count=100000 batch=1 pause=2000 "$@" >"$scratch/sent" 2>"$scratch/said" &
	stream=$!
	until_says sent open
}

stop() {
	kill $stream
	wait $stream
	stream=
}

# Frames are as long as the route allows: the first long one comes when it allows more.
rm -f "$scratch/tcpdump"
ip netns exec $b tcpdump -c 1 --immediate-mode -Z root -i dl -w /dev/null 'udp port 4789 and greater 1200' 2>"$scratch/tcpdump" &
longer=$!
until_says tcpdump listening
collect
stream $four size=1200,1200,1200,100 obey=1
until_good arrives "$(arrived)"
kill -0 $longer
ok "udp: nothing is longer than a narrow route allows"
ip -n $a route replace 10.9.0.2 dev ul mtu 1400
is_gone() { ! kill -0 "$1" 2>/dev/null; }
until_good is_gone $longer || kill $longer
wait $longer
ok "... a wider route is noticed"
stop
collected
adds_up && has sent ' failed=0 .*mtu=1400'
ok "... and loses nothing"
ip -n $a route del 10.9.0.2

for arguments in "$four engine=udp" "$four engine=packet" "$six engine=packet"; do
	stream $arguments
	until_says said 'Connection refused'
	collect
	until_good arrives "$(arrived)"
	ok "${arguments##*=}, ${arguments:3:14}: a collector that is down is said, and it goes on by itself"
	[ "$arguments" != "$four engine=packet" ] || until_says said 'takes packets again'
	stop
	collected now
	has sent 'failed=0 .*ECONNREFUSED=' && [ "$(sent put)" -eq "$(sent sent)" ]
	ok "and counted: what left did leave"
done

send to=vxlan://10.9.0.77/1 from=10.9.0.1 engine=packet count=100
has sent 'sent=0 failed=100 .*EHOSTUNREACH=100'
ok "packet: a next hop that does not answer"
ip -n $b addr add 10.9.0.78/24 dev dl
send to=vxlan://10.9.0.78/1 from=10.9.0.1 engine=auto count=100
has sent 'engine=packet .*sent=100'
ok "auto: the packet engine where there is no network card"
send to=vxlan://127.0.0.1/1 from=127.0.0.1 engine=auto count=100
has sent 'engine=udp .*sent=100'
ok "auto: sockets to this host itself"

# --- behind a router, with a narrow link to the collector

collector_at=$c keeper=$keeper_c
for target in "to=vxlan://10.10.0.2/1 from=10.9.0.1" "to=vxlan://[fd10::2]/1 from=fd09::1"; do
	for engine in udp packet; do
		collect
		stream $target engine=$engine size=1420 obey=1
		# Before the MTU is known nothing fits.
		until_good arrives "$(arrived)"
		ok "$engine, ${target:3:14}: a router's narrower link behind: frames fit then"
		stop
		collected now
		has sent 'mtu=1400 .*EMSGSIZE=' && has said 'Message too long' && has got 'damaged=0'
		ok "and the MTU is told, the error counted"
		ip -n $a route flush cache
		ip -n $a -6 route flush cache
	done
done
collector_at=$b keeper=$keeper_b

# TARGET ENGINE: the names of errors that came. Linux answers a source a few times, then once a
# second: each run has an address of its own.
errors() {
	local from=fd09::$own

	[[ $1 == *\[* ]] || from=10.9.0.$own
	ip -n $a addr add $from/128 dev ul nodad 2>/dev/null || ip -n $a addr add $from/32 dev ul
	stream "to=$1" from=$from engine=$2
	until_says said vxlan-\|gre-
	stop
	grep -oE ' E[A-Z]+=' "$scratch/sent" | tr -d '\n'
}

own=100
for target in vxlan://10.11.0.1/1 vxlan://10.11.0.2/1 "vxlan://[fd11::1]/1" "vxlan://[fd11::2]/1" gre://10.10.0.2/1; do
	want=$(errors "$target" udp)
	own=$((own + 1))
	[ -n "$want" ] && [ "$want" = "$(errors "$target" packet)" ] && has sent 'failed=0'
	ok "packet, ${target%/*}: a router's refusal counts as with sockets:$want"
	own=$((own + 1))
done

# --- a queue that overflows: to the packet. veth delivers on the processor that emptied the queue,
# so their order is not judged here.

for qdisc in "tbf rate 4mbit burst 32kbit limit 30000" "tbf rate 8mbit burst 256kbit limit 100000"; do
	in_a tc qdisc replace dev ul root $qdisc 2>/dev/null || { skip "no ${qdisc%% *}"; continue; }
	for arguments in "$four size=100,100,100,400" "$four size=800" "$six size=600" "$four size=90,700 engine=packet"; do
		collect
		send $arguments count=20000
		collected
		adds_up
		ok "overload, $qdisc, ${arguments#*from=*[12] }: sent = received, sent + failed = put"
		[ "${qdisc%% *}" != tbf ] || has sent 'ENOBUFS='
		ok "and the queue's drops are ENOBUFS"
	done
	in_a tc qdisc del dev ul root
done

# Segments of one message in a queue that takes them apart would be lost unseen. Those on their way
# into it at the very moment may be: one of three times has to be without.
overtaken() {
	collect
	stream $four size=800 count=100000000 batch=60 pause=1000
	until_good arrives "$(arrived)"
	in_a tc qdisc replace dev ul root tbf rate 20mbit burst 32kbit limit 1000000
	until_says said 'No buffer space available'
	stop
	collected
	in_a tc qdisc del dev ul root
	adds_up && has sent 'ENOBUFS='
}

if in_a tc qdisc replace dev ul root tbf rate 20mbit burst 32kbit limit 1000000 2>/dev/null; then
	in_a tc qdisc del dev ul root
	overtaken || overtaken || overtaken
	ok "a queue that comes while frames are sent: sent = received"
else
	skip "no tbf"
fi

# --- what cannot be opened

send to=vxlan://10.9.0.2/1 from=10.1.1.1
has said '^vxlan-1@10.9.0.2: 10.1.1.1 is not an address of this host$'
ok "a source that is not this host's"
send to=vxlan://10.77.0.2/1 from=10.9.0.1
has said '^vxlan-1@10.77.0.2: .*Network is unreachable$'
ok "no route"
for arguments in "to=gre://10.9.0.2 from=10.9.0.1" "$four engine=packet"; do
	ip netns exec $a setpriv --reuid 65534 --regid 65534 --clear-groups "$tunnel" send $arguments \
		>"$scratch/sent" 2>"$scratch/said"
	has said 'needs CAP_NET_RAW'
	ok "no permission: $(cat "$scratch/said")"
done
ip netns exec $a setpriv --reuid 65534 --regid 65534 --clear-groups "$tunnel" send $four engine=auto count=10 \
	>"$scratch/sent" 2>"$scratch/said"
has sent 'engine=udp .*sent=10'
ok "auto without permission: sockets"
zone=$(ip -n $b -6 -o addr show dev dl scope link | awk '{ sub("/.*", "", $4); print $4; exit }')
mine=$(ip -n $a -6 -o addr show dev ul scope link | awk '{ sub("/.*", "", $4); print $4; exit }')
for engine in udp packet; do
	collect
	send "to=vxlan://[$zone%ul]/1" "from=$mine" engine=$engine count=100
	collected
	adds_up && has sent 'sent=100'
	ok "$engine: a link-local address"
done

# --- links and routes, last: IPv6 addresses go with a link that is down

for engine in udp packet; do
	collect
	stream $four engine=$engine
	until_good arrives "$(arrived)"
	ip -n $b link set dl down
	until_says said 'Network is down'
	sleep 0.1
	ip -n $b link set dl up
	until_good arrives "$(arrived)"
	ip -n $a link set ul down
	until_says said 'Network is unreachable'
	sleep 0.1
	before=$(arrived)
	ip -n $a link set ul up
	until_good arrives "$before"
	stop
	collected now
	[ "$(sent put)" -eq $(($(sent sent) + $(sent failed))) ] && [ "$(sent failed)" -eq "$(sent told)" ] &&
		has sent 'ENETDOWN=' 'ENETUNREACH='
	ok "$engine: link down here and there: counted, and it goes on by itself"
done

# The kernel keeps some 270 of these datagrams for a neighbour that it has forgotten with the link; on a busy machine more
# come before the neighbour answers.
is_neighbour_known() { in_a bash -c 'echo >/dev/udp/10.9.0.2/9'; ip -n $a neigh show 10.9.0.2 | grep lladdr; }
until_good is_neighbour_known
for engine in udp packet; do
	collect
	stream $four engine=$engine
	until_good arrives "$(arrived)"
	ip -n $a route del 10.9.0.0/24 dev ul
	until_says said 'Network is unreachable'
	ip -n $a route add 10.9.0.0/24 dev ul
	until_good arrives "$(arrived)"
	stop
	collected
	adds_up && has sent 'ENETUNREACH='
	ok "$engine: no route for a while: counted, and what was sent arrived"
done

echo "1..$count"
