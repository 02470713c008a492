# SPDX-License-Identifier: GPL-2.0-or-later
# --on: the same command on other hosts, by the user's own ssh.

at_once=32

# What a host runs. Whoever is not root there gets what sudo gives without a question. Packages come on standard input.
remote_script() {
	cat <<'END'
PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin
umask 022
as=
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null || as='sudo -n'
END
	if [ -n "$debs" ]; then
		cat <<'END'
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
tar -xf - -C "$folder" || exit
$as env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --reinstall "$folder"/*.deb </dev/null >"$folder/log" 2>&1 || {
	grep '^E:' "$folder/log" >&2 || tail -n 1 "$folder/log" >&2
	exit 1
}
END
	fi
	cat <<'END'
command -v vtap-setup >/dev/null || { echo 'there is no vtap-setup: add --deb FILE' >&2; exit 1; }
END
	printf '%s\n' "\$as vtap-setup $command$passed </dev/null"
}

# The packages as one stream; nothing if there are none. tar takes each -C from where the last one led.
packages() {
	[ -n "$debs" ] || return 0
	set --
	while IFS= read -r file; do
		case $file in
		/*) ;;
		*) file=$PWD/$file ;;
		esac
		set -- "$@" -C "${file%/*}/" "./${file##*/}"
	done <<END
$debs
END
	tar -chf - "$@"
}

# HOST: becomes its ssh.
reach() {
	exec ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -- "$1" "sh -c $(quote "$(remote_script)")"
}

# FILE STATUS: what a host said, in a line: how many facts there are of check, else its last line.
outcome() {
	if [ "$command" = check ] && grep -qE '^(ok|warn|FAIL) ' "$1.out"; then
		awk '{ count[$1]++ } $1 == "FAIL" && !first { first = $0; sub(/^FAIL */, "", first) }
		END { printf "%d ok, %d warn, %d FAIL%s\n", count["ok"], count["warn"], count["FAIL"], first ? ": " first : "" }' "$1.out"
	elif [ "$2" = 0 ]; then
		tail -n 1 "$1.out"
	else
		{ grep . "$1.err" || cat "$1.out"; } | tail -n 1
	fi
}

# FILE: the lines that are more than a summary: what -n would do, or the facts that are not ok.
details() {
	if [ -n "$dry_run" ]; then
		sed 's/^/  /' "$1.out"
	elif [ "$command" = check ]; then
		sed -n '/^warn \|^FAIL /s/^/  /p' "$1.out"
	fi
}

# HOST FILE: does it there. One line when it is done, and the details.
one_host() {
	: >"$2.err"
	packages 2>>"$2.err" | reach "$1" >"$2.out" 2>>"$2.err" &
	child=$!
	trap 'kill "$child" 2>/dev/null; exit 130' TERM INT HUP
	wait "$child"
	status=$?
	if [ "$status" = 0 ]; then
		say "done" >"$2.result"
	else
		say failed >"$2.result"
	fi
	outcome "$2" "$status" >"$2.outcome"
	told=$(details "$2")
	say "$1: $(cat "$2.result"): $(cat "$2.outcome")${told:+$newline$told}"
}

# Hosts in the order given, one a line, each once.
hosts() {
	printf '%s\n' "$on" | tr ',' '\n' | awk 'NF && !seen[$0]++'
}

host_table() {
	number=0 failed=0
	width=$(hosts | awk '{ if (length > width) width = length } END { print width }')
	say
	for host in $(hosts); do
		number=$((number + 1))
		result=$(cat "$folder/$number.result" 2>/dev/null) || result=failed
		[ "$result" = "done" ] || failed=$((failed + 1))
		printf "%-${width}s  %-6s  %s\n" "$host" "$result" "$(cat "$folder/$number.outcome" 2>/dev/null)"
	done
	say "$(plural "$number" host): $((number - failed)) done, $failed failed"
	[ "$failed" = 0 ]
}

# Every host has a line in a pipe of $at_once to begin with, and gives it back: one that hangs holds up no other.
all_hosts() {
	mkfifo "$folder/free"
	exec 3<>"$folder/free"
	number=0 jobs=
	while [ "$number" -lt "$at_once" ]; do
		say >&3
		number=$((number + 1))
	done
	number=0
	for host in $(hosts); do
		number=$((number + 1))
		read -r _ <&3
		{
			one_host "$host" "$folder/$number"
			say >&3
		} &
		jobs="$jobs $!"
	done
	wait
}

on_hosts() {
	for host in $(hosts); do
		case $host in
		-* | *[!A-Za-z0-9@._:%-]*) wrong "--on: $host is no USER@HOST" ;;
		esac
	done
	[ -n "$(hosts)" ] || wrong '--on: expected USER@HOST,...'
	has ssh || fail 'needs ssh'
	if [ -n "$dry_run" ] && [ -n "$debs" ]; then
		say "installing $(printf '%s\n' "$debs" | listed) and running vtap-setup $command$passed on $(hosts | listed)"
		return
	fi
	folder=$(mktemp -d) || fail 'no folder for what hosts say'
	jobs=
	trap 'rm -rf "$folder"' EXIT
	trap 'kill $jobs 2>/dev/null; wait; exit 130' INT TERM HUP
	say "vtap-setup $command on $(hosts | listed), by ssh"
	all_hosts
	host_table
}
