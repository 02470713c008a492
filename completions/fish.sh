# SPDX-License-Identifier: GPL-2.0-or-later
# Part of completions/generate: for fish(1).

function=__$(echo "$tool" | tr - _)

# A value with a tab behind it stands alone; without one fish repeats the option's help with each.
action() {
	case $1 in
	words\ * | fronts\ *) printf '%s' " -x -a '$(printf '%s\\t ' ${1#* } | sed 's/ $//')'" ;;
	list\ *) echo " -x -a '(${function}_list ${1#list })'" ;;
	interfaces) printf '%s' " -x -a '(printf \"%s\\t\\n\" any (command ls /sys/class/net 2>/dev/null))'" ;;
	users) echo " -x -a '(__fish_complete_users)'" ;;
	commands) echo " -x -a '(__fish_complete_command)'" ;;
	files) echo " -r -F" ;;
	text) echo " -x" ;;
	esac
}

one_line() {
	letter=
	[ "$1" = - ] || letter=" -s $1"
	printf '%s\n' "complete -c $tool$letter -l $2$(action "$5") -d '$(echo "$4" | sed "s/[\\\\']/\\\\&/g")'"
}

echo "# SPDX-License-Identifier: GPL-2.0-or-later"
echo "# fish completion of $tool, made from its --help."
echo
lines=$(for_options one_line)
case $lines in
*"${function}_list"*)
	cat <<END
# Words joined by comma: those that are not in the word yet.
function ${function}_list
	set -l word (commandline -ct | string replace -r -- '^(--[^=]*=|-[A-Za-z])' '')
	set -l front (string replace -r -- '[^,]*\$' '' "\$word")
	for one in \$argv
		contains -- \$one (string split , -- \$front)
		or echo "\$front\$one"\\t
	end
end

END
	;;
esac
case $operands in
files) ;;
archives) printf '%s\n' "complete -c $tool -a '(rclone listremotes 2>/dev/null)'" ;;
words\ *) echo "complete -c $tool -f$(action "$operands" | sed 's/ -x//')" ;;
*) echo "complete -c $tool -f" ;;
esac
printf '%s\n' "$lines"
