# SPDX-License-Identifier: GPL-2.0-or-later
# Files of options: a line is "name = value".

changed='' # y when a file was written, or would have been

# FILE NAME: the values of an option, one a line.
values_of() {
	sed -n "s/^[[:space:]]*$2[[:space:]]*=[[:space:]]*//p" "$1" 2>/dev/null | sed 's/[[:space:]]#.*//; s/[[:space:]]*$//'
}

# NAMES: those options of standard input, in an order that does not depend on the file.
only_options() {
	sed 's/[[:space:]]#.*//; s/^[[:space:]]*//; s/[[:space:]]*=[[:space:]]*/=/; s/[[:space:]]*$//' |
		awk -F= -v names=" $1 " 'index(names, " " $1 " ")' | sort -s -t= -k1,1
}

# NAME LIST: a line for each value of the list.
option_lines() {
	printf '%s\n' "$2" | sed "/^\$/d; s/^/$1 = /"
}

write_file() {
	mkdir -p "${1%/*}" || return
	printf '%s\n' "$2" >"$1.new" && chmod 644 "$1.new" && mv "$1.new" "$1"
}

# FILE NAMES TEXT: the file has the options of these names that the text has. Other options, which somebody has added,
# do no harm. Says what it does; keeps an old file.
place() {
	text="$mark; \"vtap-setup remove\" removes it.$newline$3"
	if [ -e "$1" ] && [ "$(only_options "$2" <"$1")" = "$(printf '%s\n' "$3" | only_options "$2")" ]; then
		say "$1 is as it should be"
		return
	fi
	changed=y
	[ ! -e "$1" ] || act "keeping the old $1 as $1.old" cp -p "$1" "$1.old"
	act "writing $1" write_file "$1" "$text"
}

# Whether this program made a file.
is_ours() {
	[ -f "$1" ] && head -n 1 "$1" | grep -qF "$mark"
}

# FILE...: removes those that this program made, and what it kept of older ones.
remove_files() {
	for file; do
		is_ours "$file" && act "removing $file" rm -f "$file"
		is_ours "$file.old" && act "removing $file.old" rm -f "$file.old"
	done
	return 0
}

# Names of what is set up: KIND is tap or sink.
instances() {
	case $1 in
	tap) set -- "$config"/tap/*.conf ;;
	sink) set -- "$config"/sink/*/decap.conf ;;
	esac
	for file; do
		[ -e "$file" ] || continue
		file=${file%/decap.conf}
		file=${file##*/}
		say "${file%.conf}"
	done
}
