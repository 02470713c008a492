#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make install SETCAP=1: who is in the group vtap runs vtap-tap without root, others do not even run it; vtap-decap is for all.
# In a mount and a network namespace: the host's /etc/group stays as it is.
set -u
PATH=$PATH:/usr/sbin:/sbin
build=${BUILD:-build}

. tests/lib/live.sh

if [ -z "${VTAP_SETCAP_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || lacks "not root"
	unshare -mn true 2>/dev/null || lacks "no namespaces"
	VTAP_SETCAP_INSIDE=1 exec unshare -mn --propagation private "$0"
fi

failed=0
ok() { # STATUS NAME
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=1
		sed 's/^/# /' "$dir/stdout.txt" "$dir/stderr.txt" 2>/dev/null
	fi
}

. tests/lib/scratch.sh
dir=$scratch
trap 'umount /etc 2>/dev/null; remove_scratch' EXIT
chmod 755 "$dir"
cp -a /etc "$dir/etc" && mount --bind "$dir/etc" /etc || lacks "cannot mount"
sed -i '/^vtap:/d' /etc/group /etc/gshadow 2>/dev/null

# nosuid mounts and some overlays do not honour capabilities of files.
cp /bin/cat "$dir/cat"
setcap cap_net_raw+ep "$dir/cat" 2>/dev/null || lacks "no file capabilities below $dir"
setpriv --reuid 65534 --clear-groups "$dir/cat" /proc/self/status | grep -q 'CapEff:.*2000$' ||
	lacks "file capabilities have no effect below $dir"

# The tools are there: nothing shall be built with other flags than they were.
install_tools() {
	make --no-print-directory -o all BUILD="$build" DESTDIR="$dir/root" PREFIX=/usr "$@" install >"$dir/stdout.txt" 2>"$dir/stderr.txt"
}

install_tools
ok $? "make install"
tap=$dir/root/usr/bin/vtap-tap decap=$dir/root/usr/bin/vtap-decap
ok "$([ -z "$(getcap "$tap" "$decap")" ]; echo $?)" "without SETCAP no file has capabilities"
ok "$(! getent group vtap >/dev/null; echo $?)" "and no group is made"

for round in first second; do
	install_tools SETCAP=1
	ok $? "make install SETCAP=1, $round time"
	getent group vtap >/dev/null
	ok $? "the group is there"
	[ "$(stat -c '%a %U %G' "$tap")" = "750 root vtap" ]
	ok $? "vtap-tap: root, group vtap, 750"
	[ "$(getcap "$tap")" = "$tap cap_net_raw=ep" ]
	ok $? "vtap-tap: cap_net_raw and nothing else"
	[ "$(stat -c '%a' "$decap")" = 755 ]
	ok $? "vtap-decap: everybody may run it"
done
[ -z "$(getcap "$dir"/root/usr/bin/vtap-{decap,split,fixlen})" ]
ok $? "the other tools have none"

# GROUPS COMMAND...: as nobody. setpriv has root's capabilities until its exec, so env is in between.
# Leak checks of a sanitizer need what such a process does not have.
as_nobody() {
	local groups=$1

	shift
	timeout 120 setpriv --reuid 65534 --regid 65534 "$groups" \
		env ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS= "$@" >"$dir/stdout.txt" 2>"$dir/stderr.txt"
}

gid=$(getent group vtap | cut -d: -f3)
as_nobody --groups="$gid" "$tap" --version
ok $? "a member of the group runs it"
! as_nobody --clear-groups "$tap" --version && grep -q 'Permission denied' "$dir/stderr.txt"
ok $? "others may not"

ip link set lo up
while sleep 0.1; do echo >/dev/udp/127.0.0.1/9; done 2>/dev/null &
traffic=$!
trap 'kill $traffic; umount /etc 2>/dev/null; remove_scratch' EXIT
capture=(-i lo -c 4 -t vxlan://192.0.2.9/1 --from 192.0.2.1 -F pcap -w -)
as_nobody --groups="$gid" "$tap" "${capture[@]}"
status=$?
[ "$(tcpdump -r "$dir/stdout.txt" 2>/dev/null | wc -l)" -ge 4 ] && [ $status = 0 ]
ok $? "a member of the group captures"

install -m 755 "$build/vtap-tap" "$dir/plain"
as_nobody --groups="$gid" "$dir/plain" "${capture[@]}"
[ $? = 1 ] && [ "$(wc -l <"$dir/stderr.txt")" = 1 ] && grep -qi 'permi' "$dir/stderr.txt"
ok $? "without the capability it is refused, in one line"

as_nobody --clear-groups "$decap" -i lo -i any -w /dev/null
[ $? = 1 ] && [ "$(cat "$dir/stderr.txt")" = "vtap-decap: no permission to capture on lo: needs CAP_NET_RAW (root). Members of Wireshark's group can type: dumpcap -i lo -i any -w - | vtap-decap" ]
ok $? "vtap-decap says the line that works without root"
if command -v dumpcap >/dev/null; then
	(dumpcap -q -i lo -c 4 -w - | "$decap" -w "$dir/piped.pcapng") 2>"$dir/stderr.txt"
	[ "$(tcpdump -r "$dir/piped.pcapng" 2>/dev/null | wc -l)" -ge 4 ]
	ok $? "... and the line works"
fi

echo "1..$count"
exit $failed
