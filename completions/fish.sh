# SPDX-License-Identifier: GPL-2.0-or-later
# Part of completions/generate: for fish(1).

action() {
	case $1 in
	words\ * | list\ *) echo " -x -a '${1#* }'" ;;
	interfaces) echo " -x -a '(command ls /sys/class/net 2>/dev/null)'" ;;
	users) echo " -x -a '(__fish_complete_users)'" ;;
	commands) echo " -x -a '(__fish_complete_command)'" ;;
	files) echo " -r -F" ;;
	text) echo " -x" ;;
	esac
}

one_line() {
	letter=
	[ "$1" = - ] || letter=" -s $1"
	echo "complete -c $tool$letter -l $2$(action "$5") -d '$(echo "$4" | sed "s/[\\\\']/\\\\&/g")'"
}

echo "# SPDX-License-Identifier: GPL-2.0-or-later"
echo "# fish completion of $tool, made from its --help."
echo
[ "$operands" = files ] || echo "complete -c $tool -f"
for_options one_line
