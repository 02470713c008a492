# SPDX-License-Identifier: GPL-2.0-or-later
# For tests in bash: compares, counts and tells, as the Test Anything Protocol wants it.
count=0 failed=0

# GOT WANT NAME: a difference is shown as diff does, and what is in the files of $scratch that $shown names.
is() {
	count=$((count + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $count - $3"
		return
	fi
	echo "not ok $count - $3"
	diff <(echo "$2") <(echo "$1") | sed 's/^/# /'
	[ -z "${shown:-}" ] || (cd "$scratch" && sed 's/^/# /' $shown 2>/dev/null)
	failed=1
}

# Ends the test.
done_testing() {
	echo "1..$count"
	exit $failed
}
