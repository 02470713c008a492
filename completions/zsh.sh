# SPDX-License-Identifier: GPL-2.0-or-later
# Part of completions/generate: for zsh(1), zshcompsys(1).

action() {
	case $1 in
	words\ *) echo "(${1#words })" ;;
	list\ *) echo "_values -s , value ${1#list }" ;;
	fronts\ *) echo "{compadd -S \"\" - $(echo "${1#fronts }" | sed 's/:/\\:/g')}" ;;
	interfaces) echo _net_interfaces ;;
	users) echo _users ;;
	commands) echo _command_names ;;
	files) echo _files ;;
	archives) echo '{_files; compadd -S "" -- ${(f)"$(rclone listremotes 2>/dev/null)"}}' ;;
	text) echo " " ;;
	esac
}

one_spec() {
	help=$(echo "$4" | sed -e 's/[]:\\[]/\\&/g' -e "s/'/'\\\\''/g")
	name="'*--$2"
	[ "$5" = none ] || name="$name="
	if [ "$1" != - ]; then
		letter=-$1
		[ "$5" = none ] || letter=$letter+
		name="'*'{$letter,${name#\'\*}}'"
	fi
	if [ "$5" = none ]; then
		echo "	$name[$help]' \\"
	else
		echo "	$name[$help]:$(echo "$3" | sed 's/:/\\:/g'):$(action "$5")' \\"
	fi
}

specs=$(for_options one_spec)
cat <<END
#compdef $tool
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion of $tool, made from its --help.

_arguments -s -S \\
$specs
	'*:operand:$(action "$operands")'
END
