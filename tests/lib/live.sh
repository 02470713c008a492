# SPDX-License-Identifier: GPL-2.0-or-later
# For live tests in bash: what they print, what they lack, what they wait for. $scratch is a folder of the test.
count=0

# NAME: good if the command before was. Otherwise tells standard error, which prove always shows, what is in the files of
# $scratch that $shown names.
ok() {
	local status=$?

	count=$((count + 1))
	[ $status -eq 0 ] && echo "ok $count - $1" && return
	echo "not ok $count - $1"
	echo "# not ok $count - $1" >&2
	(cd "$scratch" && sed 's/^/#   /' $shown 2>/dev/null) >&2
}

# A check that this machine cannot run is skipped, and fails where it may not be skipped.
skip() {
	count=$((count + 1))
	[ -z "${VTAP_REQUIRE_LIVE:-}" ] || { echo "not ok $count - $1"; return; }
	echo "ok $count # SKIP $1"
}

# Ends the test, since this machine lacks what it needs.
lacks() {
	skip "$1"
	echo "1..$count"
	exit
}

# A pipe into which nobody writes, to wait without a process.
exec {silence}<> <(:)

# COMMAND...: until it succeeds. The limit of a minute and more is for a test that fails.
until_good() {
	local i

	for i in {1..2400}; do
		"$@" >"$scratch/until" 2>&1 && return
		read -rt 0.025 -u "$silence"
	done
	echo "# waited in vain: $*" >&2
	return 1
}

# FILE PATTERN: until a program that runs in the background has written such a line to this file of $scratch.
# Remove the file before the program starts, for the shell opens it later than it goes on.
until_says() { until_good grep -qE -- "$2" "$scratch/$1"; }
