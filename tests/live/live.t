#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Capture from interfaces with vtap-tap -i: what a veth pair, a bridge and a tap device carry, in
# order, counted, through interfaces that go and come back. Judged by tshark, capinfos and what was sent.
set -u
build=$(realpath "${BUILD:-build}")
a=vtap-$$-a b=vtap-$$-b c=vtap-$$-c
pid= shown="said stats.json"
. tests/lib/scratch.sh
out=$scratch/out.pcapng plain=$scratch/plain.pcapng stats=$scratch/stats.json said=$scratch/said

finish() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
	for n in $a $b $c; do ip netns del $n 2>/dev/null; done
	remove_scratch
}
trap finish EXIT
. tests/lib/live.sh

# GOT WANT NAME
is() {
	[ "$1" = "$2" ]
	ok "$3"
	[ "$1" = "$2" ] || printf '#   got %s, want %s\n' "$1" "$2"
}

[ "$(id -u)" = 0 ] || lacks "needs root"

in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }
in_c() { ip netns exec $c "$@"; }

for n in $a $b $c; do
	ip netns add $n || lacks "no network namespaces"
	# Nothing is to be on the wire but what the test sends.
	ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n $n link set lo up
done

# A pair: v0 in a, v1 in b.
pair() {
	ip -n $a link add v0 type veth peer name v1 netns $b || return 1
	ip -n $a addr add 10.9.0.1/24 dev v0
	ip -n $b addr add 10.9.0.2/24 dev v1
	ip -n $a link set v0 up
	ip -n $b link set v1 up
	connected
}

# What is sent before is dropped by the sender.
up() { ip -n "$1" link show "$2" | grep -q 'state UP'; }
connected() { until_good up $a v0 && until_good up $b v1; }

pair || lacks "no veth"

# The filter of system calls comes when everything is open; signals are caught before.
caught() {
	grep -qx vtap-tap /proc/$pid/comm && grep -q '^Seccomp:\s*2$' /proc/$pid/status
}

# Where each packet has its direction, and where they are not told apart.
told="geneve://192.0.2.9/1 --meta --name x" untold=vxlan://192.0.2.9/1
to=$untold

# NAMESPACE OPTION...: begins to capture.
start() {
	local namespace=$1

	shift
	rm -f "$out" "$stats"
	ip netns exec "$namespace" "$build/vtap-tap" -t $to --from 192.0.2.1 \
		-w "$out" --stats "$stats" "$@" 2>"$said" &
	pid=$!
	until_good caught
}

finished() {
	wait $pid
	status=$?
	pid=
	"$build/vtap-decap" -q -r "$out" -w "$plain"
}

stop() {
	kill -TERM $pid
	finished
}

detail() { jq -r "$1" "$stats"; }
packets() { tshark -r "$plain" -Y "${1:-frame}" 2>/dev/null | wc -l; }
fields() {
	local which=$1

	shift
	tshark -r "$plain" -Y "$which" -T fields -E separator=, "${@/#/-e}" 2>/dev/null
}

# NAMESPACE DEVICE COUNT [HEX [SIZE]]: frames of EtherType 88b5 with a number, HEX in front of it.
frames() {
	ip netns exec "$1" perl -e '
		my ($device, $count, $hex, $size) = @ARGV;
		socket my $socket, 17, 3, 0 or die;
		my $index = do { local (@ARGV, $/) = "/sys/class/net/$device/ifindex"; <> } if -e "/sys/class/net/$device";
		if (!$index) {
			my $request = pack "a16 x24", $device;
			ioctl $socket, 0x8933, $request or die "$device: $!";
			$index = unpack "x16 i", $request;
		}
		my $to = pack "S n i S C C a8", 17, 0x88b5, $index, 0, 0, 6, "";
		for (1 .. $count) {
			my $frame = pack "H24 H* n N", "020000000002020000000001", $hex, 0x88b5, $_;
			$frame .= "\0" x ($size - length $frame);
			send $socket, $frame, 0, $to or die "send: $!";
		}' "$2" "$3" "${4:-}" "${5:-60}" || echo "# could not send"
}

ours='eth.type == 0x88b5 or vlan.etype == 0x88b5'
numbers() { fields "$ours" data.data | while read -r hex; do echo $((0x${hex:0:8})); done; }

# --- what it says when it can't ---
cp "$build/vtap-tap" "$scratch/tap" && chmod 755 "$scratch" "$scratch/tap"
as_nobody() { in_a setpriv --reuid 65534 --regid 65534 --clear-groups "$scratch/tap" "$@" 2>&1; }
as_nobody -D >"$said"
grep -qx 'v0 \[up\] 10.9.0.1 (MTU 1500)' "$said"
ok "-D needs no rights: name, state, address"
is "$(as_nobody -i v0 -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w "/dev/null"; echo $?)" \
	"vtap-tap: no permission to capture on v0: needs CAP_NET_RAW (root, or make install SETCAP=1)
1" "no permission"
short() { in_a timeout 120 "$build/vtap-tap" -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w "$out" "$@" 2>&1; echo $?; }
is "$(short --no-follow -i nix)" "vtap-tap: there is no interface nix; vtap-tap -D lists them
1" "no such interface"
[[ $(short -i v0 'tcp and and') == 'vtap-tap: filter expression: '*$'\n'2 ]]
ok "a filter that does not compile is an error of usage"
[[ $(short -i nix 'tcp and and') == 'vtap-tap: filter expression: '*$'\n'2 ]]
ok "... also where the interface is not there yet"
ip -n $c link add down0 type veth peer name down1
is "$(in_c timeout 120 "$build/vtap-tap" --no-follow -i down0 -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w "$out" 2>&1; echo $?)" \
	"vtap-tap: down0 is down
1" "an interface that is down"

# --- all of it, at once ---
start $b -i v1 -Q in
frames $a v0 3000
stop
is "$status $(detail '.in') $(packets "$ours")" "0 3000 3000" "SIGTERM: all that was sent before is read"
is "$(numbers | cksum)" "$(seq 3000 | cksum)" "... in order"
start $b -i v1 'ether proto 0x88b5'
frames $a v0 1
stop
is "$(packets)" 1 "a single packet, too: its block was not finished"

# --- directions ---
to=$told
start $a -i v0
in_b perl -MIO::Socket::INET -e '
	my $server = IO::Socket::INET->new(Listen => 1, LocalPort => 7777, ReuseAddr => 1) or die;
	my $socket = $server->accept; my $got;
	while (sysread $socket, $got, 64) { syswrite $socket, $got }' &
server=$!
until_good in_a perl -MIO::Socket::INET -e '
	my $socket = IO::Socket::INET->new("10.9.0.2:7777") or exit 1;
	for (1 .. 1500) { syswrite $socket, sprintf "%060d", $_; sysread $socket, my $got, 64 }'
wait $server
stop
is "$(fields 'ip.src == 10.9.0.1' frame.packet_flags_direction | sort | uniq -c | xargs) \
$(fields 'ip.src == 10.9.0.2' frame.packet_flags_direction | sort | uniq | xargs)" \
	"$(packets 'ip.src == 10.9.0.1') 0x00000002 0x00000001" "every packet tells its direction"
[ "$(packets tcp)" -ge 3000 ]
ok "... both of them"
is "$(packets 'tcp.analysis.ack_lost_segment or tcp.analysis.lost_segment or tcp.analysis.out_of_order')" 0 \
	"cause and effect of a conversation are in order"
is "$(fields frame frame.time_delta | grep -c -- -)" 0 "... and so are the times"

start $a -i v0 -Q out
frames $a v0 100
frames $b v1 100
stop
is "$(packets "$ours") $(fields "$ours" frame.packet_flags_direction | sort -u)" "100 0x00000002" "-Q out"
start $a -i v0 -Q in
frames $a v0 100
frames $b v1 100
stop
is "$(packets "$ours") $(fields "$ours" frame.packet_flags_direction | sort -u)" "100 0x00000001" "-Q in, the first packet too"

# --- VLAN tags ---
start $b -i v1
frames $a v0 10 8100602a
frames $b v1 10 8100602b
stop
is "$(fields vlan vlan.id vlan.priority vlan.etype | sort | uniq -c | xargs)" "10 42,3,0x88b5 10 43,3,0x88b5" \
	"VLAN tags are put back, of what comes and of what goes"

# --- the loopback device ---
for to in "$untold" "$told"; do
	start $a -i lo
	frames $a lo 10
	stop
	is "$(packets "$ours")" 10 "lo: each packet once"
done

# --- any ---
start $a -i any 'ether proto 0x88b5'
frames $a v0 5
frames $b v1 10
stop
is "$(fields "$ours" frame.packet_flags_direction | sort | uniq -c | xargs) $(detail .details.cooked)" \
	"10 0x00000001 5 0x00000002 15" "any: both directions, told apart"
start $a -i any 'ether proto 0x88b5'
frames $a lo 5
stop
is "$(packets "$ours")" 5 "any: once what goes out and comes in on lo"

# --- more than the ring holds ---
# A wire of veth has a queue in the receiver's kernel, which a busy machine lets run over: what never came counts not.
overrun() { ip netns exec $a cat /sys/class/net/v0/statistics/tx_dropped; }
to=$untold
before=$(overrun)
start $b -i v1 -B 512 'ether proto 0x88b5'
kill -STOP $pid
frames $a v0 3000 "" 1000
kill -CONT $pid
stop
is "$(($(detail .in) + $(detail .details.kernel_dropped) + $(overrun) - before)) $(detail '.details.kernel_dropped > 1000')" \
	"3000 true" "what the ring can't hold is counted: in + kernel_dropped = 3000"
# The last few may come when there is room again.
is "$(packets) $(numbers | sort -nuc && numbers | wc -l)" "$(detail .in) $(detail .in)" "... and the rest is whole"
to=$told
before=$(overrun)
start $b -i v1 -B 512 'ether proto 0x88b5'
kill -STOP $pid
frames $a v0 3000 "" 1000 &
sender=$!
frames $b v1 2000 "" 1000
wait $sender
kill -CONT $pid
stop
is "$(($(detail .in) + $(detail .details.kernel_dropped) + $(overrun) - before))" 5000 "... also of two directions"

# --- down is not gone ---
to=$untold
start $b -i v1
frames $a v0 5
ip -n $b link set v1 down
before=$(awk '{ print $14 + $15 }' /proc/$pid/stat)
sleep 0.5
after=$(awk '{ print $14 + $15 }' /proc/$pid/stat)
ip -n $b link set v1 up
connected
frames $a v0 5
stop
is "$status $(packets "$ours") $(detail .details.interface_gaps)" "0 10 0" "an interface that was down is still the same"
[ $((after - before)) -lt 20 ]
ok "... and meanwhile costs nothing"
is "$(cat "$said")" "" "... not a word either"

# --- gone, and back ---
start $b -i v1
frames $a v0 7
ip -n $a link del v0
until_good grep -q 'v1 is gone; waiting for it' "$said"
ok "an interface that goes is missed"
pair
until_good grep -q 'v1 is back after' "$said"
ok "... and taken up when it is back"
frames $a v0 8
stop
is "$status $(packets "$ours") $(detail .details.interface_gaps) $(wc -l <"$said")" "0 15 1 2" "... nothing is lost but the gap, which is counted"

start $b -i v1
frames $a v0 7
ip -n $b link set v1 down
ip -n $b link set v1 name other
until_good grep -q 'v1 is gone; waiting for it' "$said"
ip -n $b link set other up
until_good up $b other
frames $a v0 100
ip -n $b link set other down
ip -n $b link set other name v1
ip -n $b link set v1 up
until_good grep -q 'v1 is back after' "$said"
connected
frames $a v0 8
stop
is "$status $(packets "$ours") $(detail .details.interface_gaps)" "0 15 1" "renamed is gone"

start $b -i v1 --no-follow
frames $a v0 7
ip -n $a link del v0
finished
is "$status $(packets "$ours") $(cat "$said")" "1 7 vtap-tap: v1: the interface is gone" \
	"--no-follow: everything before, then an error"

# --- before it is there ---
start $b -i v1
until_good grep -q 'v1 is not there; waiting for it (--no-follow would end the run)' "$said"
pair
until_good grep -q 'v1 is there' "$said"
frames $a v0 9
stop
is "$status $(packets "$ours") $(detail .details.interface_gaps) $(wc -l <"$said")" "0 9 0 2" "started before the interface exists"

# --- a bridge with two guests ---
if ip -n $c link add br0 type bridge 2>/dev/null; then
	for n in $a $b; do
		ip -n $n link add vm type veth peer name "to-${n##*-}" netns $c
		ip -n $c link set "to-${n##*-}" master br0 up
		ip -n $n link set vm up
	done
	ip -n $c link set br0 up
	bridge -n $c fdb add 02:00:00:00:00:02 dev to-b master static
	forwarding() { bridge -n $c link show dev "$1" | grep -q 'state forwarding'; }
	until_good forwarding to-a && until_good forwarding to-b && until_good up $a vm
	start $c -i br0
	frames $a vm 5
	stop
	is "$(packets "$ours")" 5 "a bridge: what guests say to each other"
	start $c -p -i br0
	frames $a vm 5
	stop
	is "$(packets "$ours")" 0 "... but not with -p"
	start $c -i to-a -i to-b
	frames $a vm 500
	stop
	is "$(numbers | uniq -c | sort -k2n | cksum)" "$(seq 500 | sed 's/^/      2 /' | cksum)" \
		"two ports at once: each packet on its way in, then out"
	is "$(fields frame frame.time_delta | grep -c -- -)" 0 "... the times in order"
else
	skip "no bridge"
fi

# --- a guest's tap device ---
if ip -n $c tuntap add dev tap0 mode tap 2>/dev/null; then
	ip -n $c link set tap0 up
	to=$told
	start $c -i tap0
	in_c perl -e '
		open my $tap, "+<", "/dev/net/tun" or die;
		my $request = pack "a16 S x22", "tap0", 0x1002;
		ioctl $tap, 0x400454ca, $request or die "tap0: $!";
		syswrite $tap, pack "H24 n N x46", "020000000002020000000001", 0x88b5, $_ for 1 .. 20;'
	stop
	is "$(packets "$ours") $(fields "$ours" frame.packet_flags_direction | sort -u)" "20 0x00000001" "a tap device"
else
	skip "no tap device"
fi

echo "1..$count"
