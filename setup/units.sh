# SPDX-License-Identifier: GPL-2.0-or-later
# Units of systemd.

needs_systemd() {
	has systemctl || fail 'needs systemd; vtap(7) has the steps to do by hand'
	systemctl cat "$1" >/dev/null 2>&1 || fail "there is no unit $1: install the package vtap, or make install"
}

is_enabled() {
	systemctl is-enabled --quiet "$1" >/dev/null 2>&1
}

is_active() {
	systemctl is-active --quiet "$1" >/dev/null 2>&1
}

# What a package makes when it is installed: nothing is left to do then.
make_place() {
	id -u vtap >/dev/null 2>&1 || act 'making the user vtap' systemd-sysusers vtap.conf
	if [ ! -d "$figures" ] || [ ! -d "$spool" ]; then
		act "making $figures and $spool" systemd-tmpfiles --create vtap.conf
	fi
}

# UNIT: enabled, and running with its files as they are now.
run_unit() {
	if is_enabled "$1"; then
		say "$1 is enabled"
	else
		act "enabling $1" systemctl -q enable "$1"
	fi
	if [ ! -d /run/systemd/system ]; then
		say "systemd does not run here: $1 starts with the next boot"
	elif ! is_active "$1"; then
		act "starting $1" systemctl start "$1"
	elif [ -n "$changed" ]; then
		act "restarting $1" systemctl restart "$1"
	else
		say "$1 runs"
	fi
}

# What a unit said last; what its tools said, if there is any of that.
last_words() {
	has journalctl || return 0
	words=$(journalctl -q -u "$1" -n 20 -o cat --no-pager 2>/dev/null)
	own=$(printf '%s\n' "$words" | grep '^vtap-[a-z]*: ' | tail -n 1)
	say "${own:-$(printf '%s\n' "$words" | tail -n 1)}"
}

# UNIT: whether it runs, and goes on. A unit whose port is taken, say, is started and ends at once.
runs() {
	[ -d /run/systemd/system ] || return 0
	for _ in 1 2; do
		is_active "$1" || return
		sleep 1
	done
	is_active "$1"
}

fail_unit() {
	said=$(last_words "$1")
	fail "$1 does not go on running${said:+: $said}: systemctl status $1, journalctl -u $1"
}

stop_unit() {
	if is_enabled "$1"; then
		act "disabling $1" systemctl -q disable "$1"
	fi
	if [ -d /run/systemd/system ]; then
		act "stopping $1" systemctl stop "$1"
		[ -n "$dry_run" ] || systemctl reset-failed "$1" 2>/dev/null
	fi
	return 0
}
