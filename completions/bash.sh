# SPDX-License-Identifier: GPL-2.0-or-later
# Part of completions/generate: for bash(1).

function=_$(echo "$tool" | tr - _)

one_name() {
	[ "$1" = - ] || printf ' -%s' "$1"
	printf ' --%s' "$2"
}

# What completes $word.
action() {
	case $1 in
	words\ *) echo "COMPREPLY=(\$(compgen -W '${1#words }' -- \"\$word\"))" ;;
	list\ *) echo "${function}_list ${1#list }" ;;
	fronts\ *) echo "compopt -o nospace 2>/dev/null; COMPREPLY=(\$(compgen -W '${1#fronts }' -- \"\$word\"))" ;;
	interfaces) echo "COMPREPLY=(\$(compgen -W \"any \$(command ls /sys/class/net 2>/dev/null)\" -- \"\$word\"))" ;;
	users) echo "COMPREPLY=(\$(compgen -u -- \"\$word\"))" ;;
	commands) echo "COMPREPLY=(\$(compgen -c -- \"\$word\"))" ;;
	files) echo "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"\$word\")" ;;
	archives)
		echo "compopt -o filenames -o nospace 2>/dev/null"
		echo "		mapfile -t COMPREPLY < <(compgen -f -- \"\$word\"; compgen -W \"\$(rclone listremotes 2>/dev/null)\" -- \"\$word\")"
		;;
	text) echo "COMPREPLY=()" ;;
	esac
}

one_case() {
	[ "$5" != none ] || return 0
	echo "	$(one_name "$1" "$2" | sed 's/^ //; s/ / | /'))"
	echo "		$(action "$5")"
	echo "		return"
	echo "		;;"
}

cases=$(for_options one_case)
names=$(for_options one_name | sed 's/^ //')
lists=
case $cases in
*"${function}_list"*)
	lists="# Words joined by comma: those that are not in \$word yet.
${function}_list() {
	local front=\${word%\"\${word##*,}\"} one left=

	for one; do
		[[ ,\$front == *,\$one,* ]] || left+=\" \$one\"
	done
	COMPREPLY=(\$(compgen -P \"\$front\" -W \"\$left\" -- \"\${word##*,}\"))
}

"
	;;
esac
cat <<END
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of $tool, made from its --help.

$lists$function() {
	local word=\${COMP_WORDS[COMP_CWORD]} before at=\$COMP_CWORD

	# readline takes the : of a value, and the = of --option=value, for words.
	while [[ \$at -gt 1 && ( \$word == :* || \${COMP_WORDS[at - 1]} == :* ) ]]; do
		at=\$((at - 1))
		word=\${COMP_WORDS[at]}\$word
	done
	before=\${COMP_WORDS[at - 1]}
	if [ "\$word" = = ]; then
		word=
	elif [ "\$before" = = ] && [ "\$at" -gt 2 ]; then
		before=\${COMP_WORDS[at - 2]}
	fi
	COMPREPLY=()
	${function}_offer
	if [ "\$at" -lt "\$COMP_CWORD" ]; then
		COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*:}"}"}")
	fi
}

# Fills COMPREPLY with what completes \$word behind \$before.
${function}_offer() {
	case \$before in
$cases
	esac
	case \$word in
	-*)
		COMPREPLY=(\$(compgen -W '$names' -- "\$word"))
		;;
	*)
		$(action "$operands")
		;;
	esac
}

complete -F $function $tool
END
