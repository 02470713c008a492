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
	list\ *) echo "COMPREPLY=(\$(compgen -P \"\${word%\"\${word##*,}\"}\" -W '${1#list }' -- \"\${word##*,}\"))" ;;
	interfaces) echo "COMPREPLY=(\$(compgen -W \"any \$(command ls /sys/class/net 2>/dev/null)\" -- \"\$word\"))" ;;
	users) echo "COMPREPLY=(\$(compgen -u -- \"\$word\"))" ;;
	commands) echo "COMPREPLY=(\$(compgen -c -- \"\$word\"))" ;;
	files) echo "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"\$word\")" ;;
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
cat <<END
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of $tool, made from its --help.

$function() {
	local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}

	# readline takes the = of --option=value for a word.
	if [ "\$word" = = ]; then
		word=
	elif [ "\$before" = = ] && [ "\$COMP_CWORD" -gt 2 ]; then
		before=\${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
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
