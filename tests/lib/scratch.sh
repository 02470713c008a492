# SPDX-License-Identifier: GPL-2.0-or-later
# For tests in bash: $scratch is a folder of the test. Every capture that a tool finishes there is kept (Scratch.pm).
coproc keeper { exec perl -Itests/lib -MScratch -e 'Scratch::serve(@ARGV)' "$0"; }
keeper_pid=$keeper_PID
read -r scratch <&"${keeper[0]}"

# In the end: removes the folder, when all that was finished there has been kept.
remove_scratch() {
	echo >&"${keeper[1]}"
	wait "$keeper_pid"
}
