# SPDX-License-Identifier: GPL-2.0-or-later
# What all commands use: saying, failing, doing what was said.

config=/etc/vtap
spool=/var/spool/vtap
figures=/run/vtap
sysctl_file=/etc/sysctl.d/vtap.conf
# Stands in the first line of every file that this program makes: what has no such line is never removed.
mark='# Made by vtap-setup(8)'
newline='
'

say() {
	printf '%s\n' "$*"
}

warn() {
	printf 'vtap-setup: %s\n' "$*" >&2
}

fail() {
	warn "$*"
	exit 1
}

wrong() {
	warn "$*"
	warn 'try vtap-setup --help'
	exit 2
}

# TEXT COMMAND...: says the text first; runs the command unless -n was given. A command that fails ends everything.
act() {
	say "$1"
	shift
	[ -z "$dry_run" ] || return 0
	"$@" || fail "failed: $*"
}

has() {
	command -v "$1" >/dev/null 2>&1
}

is_root() {
	[ "$(id -u)" = 0 ]
}

needs_root() {
	[ -n "$dry_run" ] || is_root || fail "$command needs root: sudo vtap-setup $command ... (or -n, which only says)"
}

# One word of a shell's command line, whatever is in it.
quote() {
	printf "'"
	printf '%s' "$1" | sed "s/'/'\\\\''/g"
	printf "'"
}

# NUMBER WORD: "1 guest", "2 guests".
plural() {
	if [ "$1" -eq 1 ]; then
		echo "$1 $2"
	else
		echo "$1 ${2}s"
	fi
}

# Joins lines by ", ".
listed() {
	awk 'NR > 1 { printf ", " } { printf "%s", $0 } END { print "" }'
}
