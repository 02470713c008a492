#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash completes is what --help says, asked of bash itself; zsh and fish where they are.
set -u
build=$(realpath "${BUILD:-build}")
. tests/lib/scratch.sh
. tests/lib/tap.sh
dir=$scratch
trap remove_scratch EXIT
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
	is "$(offered "$tool" --stats "$PWD/READ")" "$PWD/README.md " "  and files for --stats"
	is "$(offered "$tool" --stats-interval '')" ' ' "  and nothing for a time"
	is "$(offered "$tool" --ver)" '--verbose --version ' "  and what begins so"
	case $tool in vtap-archive | vtap-recall) continue ;; esac
	is "$(offered "$tool" --reader '')" 'auto wiretap ' "  and the words of --reader"
	is "$(offered "$tool" --reader = w)" 'wiretap ' "  behind = too"
	is "$(offered "$tool" -c '')" ' ' "  and nothing for a number"
	is "$(offered "$tool" -r "$PWD/READ")" "$PWD/README.md " "  and files for -r"
done
is "$(offered vtap-decap -e vxlan,er)" 'vxlan,erspan1 vxlan,erspan2 vxlan,erspan3 ' 'encapsulations, joined by comma'
is "$(offered vtap-decap -e '')" "$({ echo all; "$build/vtap-decap" --list-encaps | awk 'NR > 1 { print $1 }'; } | sort | tr '\n' ' ')" 'as --list-encaps says, and all'
is "$(offered vtap-decap -e vxlan,geneve,vx)" 'vxlan,geneve,vxlan-gpe ' 'and none twice'
is "$(offered vtap-decap --encap = all,tz)" 'all,tzsp ' 'behind = too'
udp=$("$build/vtap-decap" --list-encaps | grep 'UDP port' | awk '{ print $1 }')
is "$(offered vtap-decap --port '')" "$(sed 's/$/:/' <<<"$udp" | sort | tr '\n' ' ')" '--port: those over UDP'
is "$(offered vtap-decap -l '')" "$(sed 's|$|://|' <<<"$udp" | sort | tr '\n' ' ')" '-l: their URIs'
is "$(offered vtap-decap -l gen)" 'geneve:// ' 'what begins so'
is "$(offered vtap-decap --listen = vxlan :)" '// ' 'readline takes the colon for a word: the rest of the URI'
is "$(offered vtap-decap -l vxlan : // )" '// ' '... and what follows it, too'
is "$(offered vtap-decap -l geneve : //10.0.0.1 : 60)" ' ' 'no file behind a URI'
refused=
for front in $(offered vtap-tap -t ''); do
	case $front in vxlan* | geneve*) rest=192.0.2.1/7 ;; gre*) rest=192.0.2.1 ;; erspan1*) rest=192.0.2.1 ;; *) rest=192.0.2.1/7 ;; esac
	"$build/vtap-tap" -t "$front$rest" --from 192.0.2.2 -r tests/data/vxlan-gbp.pcap -w /dev/null 2>/dev/null || refused="$refused $front"
done
is "$(offered vtap-tap -t '' | wc -w)$refused" "$("$build/vtap-tap" -t none 2>&1 | grep -o '://' | wc -l)" '-t: every scheme, and nothing that is none'
is "$(offered vtap-split --by ip-)" 'ip-dst ip-src ' 'keys of vtap-split'
refused=
for key in $(offered vtap-split --by ''); do
	"$build/vtap-split" --by "$key" -r tests/data/vxlan-gbp.pcap -w "$dir/{key}.pcapng" 2>/dev/null || refused="$refused $key"
	rm -f "$dir"/*.pcapng
done
is "$(offered vtap-split --by ip-src,ip-)" 'ip-src,ip-dst ' '... no key twice'
is "$(offered vtap-split --by '' | wc -w)$refused" 14 'all of them, and nothing that is none'
is "$(offered vtap-tap --oversize '')" 'drop fragment truncate ' 'words of a choice'
is "$(offered vtap-tap -i l)" 'lo ' 'interfaces'
is "$(offered vtap-tap -Z roo)" 'root ' 'users'
is "$(offered vtap-setup -)" "$(helped vtap-setup)" 'vtap-setup: bash offers every option of --help'
is "$(offered vtap-setup '')" 'check remove sink tap ' '... its commands'
is "$(offered vtap-setup tap --to gen)" 'geneve:// ' '... schemes, as vtap-tap'
is "$(offered vtap-setup sink --listen gen)" 'geneve:// ' '... those that vtap-decap listens for'
is "$(offered vtap-setup tap -i l)" 'lo ' '... interfaces'
is "$(offered vtap-setup tap --deb "$PWD/READ")" "$PWD/README.md " '... files'
is "$(offered vtap-stat --by fl)" 'flow ' 'keys of vtap-stat'
is "$(offered vtap-stat --by source,fl)" 'source,flow ' '... behind a comma'
is "$(offered vtap-stat --by no)" 'none ' '... and what is no key'
refused=
for key in $(offered vtap-stat --by ''); do
	"$build/vtap-stat" --by "$key" -r tests/data/vxlan-gbp.pcap >/dev/null 2>&1 || refused="$refused $key"
done
is "$(offered vtap-stat --by '' | wc -w)$refused" 15 '... all of them, and nothing that is none'
is "$(offered vtap-stat -F '')" 'csv ndjson prometheus table ' 'formats of vtap-stat'
# A remote is a word of rclone's; what stands behind its colon is the store's.
mkdir "$dir/bin" "$dir/cwd" "$dir/cwd/oculus"
printf '#!/bin/sh\n[ "$*" = listremotes ] && printf "oci:\\naws:\\n"\n' >"$dir/bin/rclone"
chmod 755 "$dir/bin/rclone"
remotes() { (cd "$dir/cwd" && PATH=$dir/bin:$PATH && offered "$@"); }
for tool in vtap-archive vtap-recall; do
	is "$(remotes $tool o)" 'oci: oculus ' "$tool: folders, and remotes of rclone"
	is "$(remotes $tool aws : bucket)" ' ' '... and nothing behind their colon'
done
is "$(offered vtap-archive --compress '')" 'none zstd ' 'methods of vtap-archive'
is "$(offered vtap-recall --list)" '--list ' 'options of vtap-recall'
is "$(offered vtap-plot -)" "$(helped vtap-plot)" 'vtap-plot: bash offers every option of --help'
is "$(offered vtap-plot "$PWD/READ")" "$PWD/README.md " '... files'
mkdir "$dir/with space"
is "$(cd "$dir" && offered vtap-split wi)" 'with space ' 'a file with a space is one'

for tool in $(ls tools) vtap-setup vtap-plot; do
	if command -v zsh >/dev/null; then
		zsh -n "$build/completions/zsh/_$tool"
		is "$? $(sed -nE "s/^\t'\*'?\{?([^['}]*).*/\1/p" "$build/completions/zsh/_$tool" | tr ',' '\n' | tr -d '+=' | grep '^-' | sort | tr '\n' ' ')" \
			"0 $(helped "$tool")" "$tool: zsh takes the same"
		is "$(grep -oE '\[.*\]' "$build/completions/zsh/_$tool" | sort | uniq -d)" '' "  and no help is there twice"
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

# WORDS: what fish offers for the last, with the help that it shows beside it.
fished() {
	HOME=$dir fish --no-config -c "source $build/completions/fish/${1%% *}.fish; complete -C '$1'" | sort | tr '\n' ' '
}
if command -v fish >/dev/null; then
	is "$(fished 'vtap-decap -e er')" 'erspan1 erspan2 erspan3 ' 'fish: encapsulations, without the help of the option'
	is "$(fished 'vtap-decap -e vxlan,er')" 'vxlan,erspan1 vxlan,erspan2 vxlan,erspan3 ' '... behind a comma'
	is "$(fished 'vtap-decap --encap=vxlan,vx')" '--encap=vxlan,vxlan-gpe ' '... none twice'
	is "$(fished 'vtap-split --by ip-src,ip-')" 'ip-src,ip-dst ' '... keys'
	is "$(fished 'vtap-stat --by source,fl')" 'source,flow ' '... of vtap-stat'
	is "$(fished 'vtap-tap -t er')" 'erspan1:// erspan2:// erspan3:// ' '... schemes'
	is "$(cd "$dir/cwd" && PATH=$dir/bin:$PATH fished 'vtap-recall o')" 'oci: oculus/ ' '... remotes beside folders'
	is "$(fished 'vtap-decap -l gene')" 'geneve:// ' '... of -l'
	is "$(fished 'vtap-decap --port gene')" 'geneve: ' '... names for --port'
	is "$(fished 'vtap-tap --oversize ')" 'drop fragment truncate ' '... words'
	is "$(fished 'vtap-tap -i l')" 'lo ' '... interfaces'
	is "$(fished 'vtap-setup ')" 'check remove sink tap ' '... commands'
	is "$(fished 'vtap-setup tap --to er')" 'erspan1:// erspan2:// erspan3:// ' '... schemes of vtap-setup'
else
	skip "no fish" "fish: values"
fi

# WORDS: what zsh adds for the last, in a terminal of its own: completions are no functions that can be called.
zshed() {
	cat >"$dir/zshrc" <<-END
		fpath=($build/completions/zsh \$fpath)
		autoload -U compinit
		compinit -u -D
		compadd() {
			local -a hits
			builtin compadd -A hits "\$@"
			print -rl -- \$hits >>$dir/hits
			builtin compadd "\$@"
		}
		comppostfuncs=(leave)
		leave() { exit }
	END
	rm -f "$dir/hits"
	timeout 600 zsh -f -c '
		zmodload zsh/zpty
		zpty z "TERM=dumb zsh -f -i"
		zpty -w z "source $1/zshrc; echo READY"
		while zpty -r z line; do [[ $line == READY* ]] && break; done
		zpty -w -n z "$2"$'"'\\t'"'
		while zpty -r z line; do :; done' zsh "$dir" "$1"
	sort -u "$dir/hits" | grep . | tr '\n' ' '
}
if command -v zsh >/dev/null; then
	is "$(zshed 'vtap-decap -e vxlan,er')" 'erspan1 erspan2 erspan3 ' 'zsh: encapsulations behind a comma'
	is "$(zshed 'vtap-decap --port ge')$(zshed 'vtap-decap --port=ge')" 'geneve: geneve: ' '... for --port'
	is "$(zshed 'vtap-decap -l ge')" 'geneve:// ' '... -l'
	is "$(zshed 'vtap-split --by ip-src,ip-')" 'ip-dst ' '... keys, none twice'
	is "$(zshed 'vtap-stat --by source,fl')" 'flow ' '... of vtap-stat'
	is "$(zshed 'vtap-tap -t er')" 'erspan1:// erspan2:// erspan3:// ' '... schemes'
	is "$(cd "$dir/cwd" && PATH=$dir/bin:$PATH zshed 'vtap-recall o')" 'oci: oculus ' '... remotes beside folders'
	is "$(zshed 'vtap-setup s')" 'sink ' '... commands'
	is "$(zshed 'vtap-setup tap --to er')" 'erspan1:// erspan2:// erspan3:// ' '... schemes of vtap-setup'
else
	skip "no zsh" "zsh: values"
fi
done_testing
