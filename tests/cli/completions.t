#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash completes is what --help says, asked of bash itself; zsh and fish where they are.
set -u
build=$(realpath "${BUILD:-build}")
. tests/lib/scratch.sh
dir=$scratch
trap remove_scratch EXIT
count=0 failed=0

is() { # GOT WANT NAME
	count=$((count + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $count - $3"
	else
		echo "not ok $count - $3"
		diff <(echo "$2") <(echo "$1") | sed 's/^/# /'
		failed=1
	fi
}

skip() { # REASON NAME
	count=$((count + 1))
	echo "ok $count - $2 # SKIP $1"
}

# TOOL WORD...: what bash offers for the last word, sorted, in one line.
offered() {
	(
		source "$build/completions/bash/$1"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\) .*/\1/')
		"$function" "$1" "${*: -1}" "${*: -2:1}"
		printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
	)
}

# Without the generator's help: every word with a dash in front of a help line's text.
helped() {
	"$build/$1" --help | grep -E '^ {2,6}-' | grep -oE '^ {2}-[A-Za-z]|^ {6}--[a-z-]+|, --[a-z-]+' |
		tr -d ', ' | sort | tr '\n' ' '
}

for main in tools/*/main.c; do
	tool=$(basename "$(dirname "$main")")
	is "$(offered "$tool" -)" "$(helped "$tool")" "$tool: bash offers every option of --help"
	is "$(offered "$tool" --reader '')" 'auto wiretap ' "  and the words of --reader"
	is "$(offered "$tool" --reader = w)" 'wiretap ' "  behind = too"
	is "$(offered "$tool" -c '')" ' ' "  and nothing for a number"
	is "$(offered "$tool" -r "$PWD/READ")" "$PWD/README.md " "  and files for -r"
	is "$(offered "$tool" --ver)" '--verbose --version ' "  and what begins so"
done
is "$(offered vtap-decap -e vxlan,er)" 'vxlan,erspan1 vxlan,erspan2 vxlan,erspan3 ' 'encapsulations, joined by comma'
is "$(offered vtap-decap -e '')" "$({ echo all; "$build/vtap-decap" --list-encaps | awk 'NR > 1 { print $1 }'; } | sort | tr '\n' ' ')" 'as --list-encaps says, and all'
is "$(offered vtap-split --by ip-)" 'ip-dst ip-src ' 'keys of vtap-split'
refused=
for key in $(offered vtap-split --by ''); do
	"$build/vtap-split" --by "$key" -r tests/data/vxlan-gbp.pcap -w "$dir/{key}.pcapng" 2>/dev/null || refused="$refused $key"
	rm -f "$dir"/*.pcapng
done
is "$(offered vtap-split --by '' | wc -w)$refused" 14 'all of them, and nothing that is none'
is "$(offered vtap-tap --oversize '')" 'drop fragment truncate ' 'words of a choice'
is "$(offered vtap-tap -i l)" 'lo ' 'interfaces'
is "$(offered vtap-tap -Z roo)" 'root ' 'users'
mkdir "$dir/with space"
is "$(cd "$dir" && offered vtap-split wi)" 'with space ' 'a file with a space is one'

for main in tools/*/main.c; do
	tool=$(basename "$(dirname "$main")")
	if command -v zsh >/dev/null; then
		zsh -n "$build/completions/zsh/_$tool"
		is "$? $(grep -oE "^	'\*-[A-Za-z]|^	'\*--[a-z-]+" "$build/completions/zsh/_$tool" | cut -c4- | sort | tr '\n' ' ')" \
			"0 $(helped "$tool")" "$tool: zsh takes the same"
	else
		skip "no zsh" "$tool: zsh takes the same"
	fi
	if command -v fish >/dev/null; then
		# fish offers a letter only where the word is a single dash.
		is "$(HOME=$dir fish --no-config -c "source $build/completions/fish/$tool.fish; complete -C '$tool -'" | cut -f1 | sort | tr '\n' ' ')" \
			"$(helped "$tool")" "$tool: fish offers the same"
	else
		skip "no fish" "$tool: fish offers the same"
	fi
done
echo "1..$count"
exit $failed
