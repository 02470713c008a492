# SPDX-License-Identifier: GPL-2.0-or-later
# Part of completions/generate: for zsh(1), zshcompsys(1).

action() {
	case $1 in
	words\ *) echo "(${1#words })" ;;
	list\ *) echo "_values -s , value ${1#list }" ;;
	interfaces) echo _net_interfaces ;;
	users) echo _users ;;
	commands) echo _command_names ;;
	files) echo _files ;;
	text) echo " " ;;
	esac
}

one_spec() {
	help=$(echo "$4" | sed -e 's/[]:\\[]/\\&/g' -e "s/'/'\\\\''/g")
	letter=
	[ "$1" = - ] || letter=$1
	if [ "$5" = none ]; then
		[ -z "$letter" ] || echo "	'*-$letter[$help]' \\"
		echo "	'*--$2[$help]' \\"
		return
	fi
	[ -z "$letter" ] || echo "	'*-$letter+[$help]:$3:$(action "$5")' \\"
	echo "	'*--$2=[$help]:$3:$(action "$5")' \\"
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
