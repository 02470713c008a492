# SPDX-License-Identifier: GPL-2.0-or-later
# Which rule a firewall lacks: whichever runs is asked, and none is changed.

# PORT RULE...: the line that somebody has to type.
tell_rule() {
	say "$1 lets no UDP to port $2 in; missing (this program leaves it alone):"
	say "  $3"
}

tell_firewalld() {
	if firewall-cmd --query-port="$1/udp" >/dev/null 2>&1; then
		say "firewalld lets UDP to port $1 in"
	else
		tell_rule firewalld "$1" "firewall-cmd --permanent --add-port=$1/udp && firewall-cmd --reload"
	fi
}

tell_ufw() {
	if ufw status 2>/dev/null | grep -qE "^$1(/udp)?[[:space:]].*ALLOW"; then
		say "ufw lets UDP to port $1 in"
	else
		tell_rule ufw "$1" "ufw allow $1/udp"
	fi
}

# PORT: chains of nftables that see what comes in and can refuse it, and no rule of whose table accepts the port, one
# "FAMILY TABLE CHAIN" a line.
closed_chains() {
	nft -n list ruleset 2>/dev/null | awk -v port="$1" '
	function accepts(line,  part, words, i, ends) {
		if (line !~ /accept/ || !match(line, /dport [^{ ]+|dport \{[^}]*\}/)) return 0
		if (line ~ /tcp dport|l4proto tcp|saddr/) return 0
		part = substr(line, RSTART + 6, RLENGTH - 6)
		gsub(/[{},]/, " ", part)
		words = split(part, word, " ")
		for (i = 1; i <= words; i++) {
			if (split(word[i], ends, "-") == 1) ends[2] = ends[1]
			if (port + 0 >= ends[1] + 0 && port + 0 <= ends[2] + 0) return 1
		}
		return 0
	}
	$1 == "table" { table = $2 " " $3; next }
	$1 == "chain" { chain = $2; input = away = 0; next }
	/hook (output|forward|postrouting)/ { away = 1 }
	/hook input/ { input = 1; if (/policy drop/) closed[table " " chain] = table }
	input && /(^|[ \t])(drop|reject)([ \t]|$)/ && !/hook input/ && !/dport|saddr|daddr|ct state|iif/ { closed[table " " chain] = table }
	!away && accepts($0) { open[table] = 1 }
	END { for (name in closed) if (!(closed[name] in open)) print name }' | sort
}

tell_nftables() {
	closed=$(closed_chains "$1")
	if [ -z "$closed" ]; then
		say "nftables lets UDP to port $1 in"
		return
	fi
	printf '%s\n' "$closed" | while IFS= read -r chain; do
		tell_rule nftables "$1" "nft insert rule $chain udp dport $1 accept    # and in /etc/nftables.conf"
	done
}

tell_firewall() {
	if has firewall-cmd && firewall-cmd --state >/dev/null 2>&1; then
		tell_firewalld "$1"
	elif has ufw && ufw status 2>/dev/null | grep -q '^Status: active'; then
		tell_ufw "$1"
	elif has nft && is_root && [ -n "$(nft list ruleset 2>/dev/null)" ]; then
		tell_nftables "$1"
	fi
}
