# SPDX-License-Identifier: GPL-2.0-or-later
# What vtap-plot draws, from csv of vtap-stat (RFC 4180). Writes to `folder`: stacked, quantities, cells.N, cut.1,
# packets.1, bytes.1, which are numbers; names and legend, a line each; and numbers. No apostrophe may stand here.
function give_up(message) {
	print "vtap-plot: " message >"/dev/stderr"
	failed = 1
	exit 1
}

# Fields of one record, quoted or not, into f[1] and so on.
function fields(line,    n, at, c, text, quoted) {
	if (line !~ /"/)
		return split(line, f, ",")
	n = 1
	text = ""
	quoted = 0
	for (at = 1; at <= length(line); at++) {
		c = substr(line, at, 1)
		if (c == "\"" && quoted && substr(line, at + 1, 1) == "\"")
			text = text substr(line, at++, 1)
		else if (c == "\"")
			quoted = !quoted
		else if (c == "," && !quoted) {
			f[n++] = text
			text = ""
		} else
			text = text c
	}
	f[n] = text
	return n
}

# Seconds since 1970 of 2026-11-17T16:05:00.000000000Z: days are counted from March on.
function seconds(text,    y, m, d, era) {
	if (text in known)
		return known[text]
	y = substr(text, 1, 4) + 0
	m = substr(text, 6, 2) + 0
	d = substr(text, 9, 2) + 0
	if (m <= 2) {
		y--
		m += 12
	}
	era = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 719469
	return known[text] = era * 86400 + substr(text, 12, 2) * 3600 + substr(text, 15, 2) * 60 + substr(text, 18, 2)
}

function header(n,    i) {
	for (i in column)
		delete column[i]
	for (i = 1; i <= n; i++)
		column[f[i]] = i
	if (!("timestamp" in column && "vtap_interval" in column && "vtap_key" in column && "network_bytes" in column))
		give_up(file ": not a csv of vtap-stat")
	headed = 1
}

# Of what is no number nobody knows how much it is.
function number(name) {
	return name in column && f[column[name]] ~ /^[0-9]+$/ ? f[column[name]] + 0 : 0
}

function text_of(name) {
	return name in column ? f[column[name]] : ""
}

function record(n,    at, step, key) {
	step = number("vtap_interval")
	if (step <= 0 || text_of("timestamp") !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/)
		return
	at = seconds(text_of("timestamp")) - step
	key = text_of("vtap_source")
	if (key == "")
		key = text_of("vtap_key")
	if (!(at in seen)) {
		seen[at] = 1
		times++
	}
	if (times == 1 || at < first)
		first = at
	if (times == 1 || at + step > last)
		last = at + step
	if (!shortest || step < shortest)
		shortest = step
	if (!(key in sum)) {
		keys[++key_count] = key
		sum[key] = 0
	}
	if (!((key, at) in bytes))
		of_key[key] = of_key[key] " " at
	sum[key] += number("network_bytes")
	bytes[key, at] += number("network_bytes")
	all[at] += number("network_packets")
	cut[at] += number("vtap_cut_packets") + number("vtap_hidden_cut_packets")
	lost[at] += number("vtap_missing_packets")
	gaps[at] += number("vtap_missing_bytes")
}

# Characters of a name in bytes: what goes on with \200 to \277 belongs to the one before. Three bytes and more may be
# two columns wide.
function cut_name(name, most,    n, i, c, part, wide, columns_, head, tail, left, right) {
	gsub(/[\001-\037\177]/, "?", name)
	gsub(/\302[\200-\237]/, "?", name)
	gsub(/\357\277[\276\277]/, "?", name)
	n = 0
	for (i = 1; i <= length(name); i++) {
		c = substr(name, i, 1)
		if (n > 0 && c ~ /[\200-\277]/)
			part[n] = part[n] c
		else
			part[++n] = c
	}
	for (i = 1; i <= n; i++)
		columns_ += wide[i] = length(part[i]) > 2 ? 2 : 1
	if (columns_ <= most)
		return name
	for (i = 1; left + wide[i] <= int(most / 2); i++) {
		head = head part[i]
		left += wide[i]
	}
	for (i = n; right + wide[i] <= most - int(most / 2) - 1; i--) {
		tail = part[i] tail
		right += wide[i]
	}
	return head "~" tail
}

# As cut_name() counts them.
function width_of(name,    wide) {
	gsub(/[\200-\277]/, "", name)
	wide = gsub(/[\340-\377]/, "w", name)
	return length(name) + wide
}

function human(value,    i) {
	for (i = 1; value >= 1000 && i < 7; i++)
		value /= 1000
	return i == 1 ? sprintf("%d B", value) : sprintf("%.1f %sB", value, substr("kMGTPE", i - 1, 1))
}

# The ten keys with most bytes have series, in this order; all others one behind them.
function rank(    i, k, best) {
	for (i = 1; i <= key_count && i <= 10; i++) {
		best = ""
		for (k = 1; k <= key_count; k++)
			if (!(keys[k] in series) && (best == "" || sum[keys[k]] > sum[keys[best]]))
				best = k
		if (i > 1 && sum[keys[best]] == 0)
			break
		series[keys[best]] = ++count
		name[count] = cut_name(keys[best], 40)
		total[count] = sum[keys[best]]
	}
	for (k = 1; k <= key_count; k++)
		if (!(keys[k] in series)) {
			others += sum[keys[k]]
			series[keys[k]] = count + 1
		}
	if (others > 0) {
		name[++count] = "others"
		total[count] = others
	}
}

# Sums into steps, at most `most`, of equally many intervals: the series, and the quantities below them.
function share(most,    k, i, n, at, b, part) {
	n = int((last - first) / shortest + 0.5)
	step_s = shortest * (n > most ? int((n + most - 1) / most) : 1)
	bins = int((last - first) / step_s + 0.999)
	for (i = 0; i < bins; i++)
		share_all[i] = share_cut[i] = share_lost[i] = share_gaps[i] = 0
	for (k in share_bytes)
		delete share_bytes[k]
	for (k = 1; k <= key_count; k++) {
		n = split(of_key[keys[k]], part, " ")
		for (i = 1; i <= n; i++)
			share_bytes[series[keys[k]], int((part[i] - first) / step_s)] += bytes[keys[k], part[i] + 0]
	}
	for (at in seen) {
		b = int((at - first) / step_s)
		share_all[b] += all[at]
		share_cut[b] += cut[at]
		share_lost[b] += lost[at]
		share_gaps[b] += gaps[at]
	}
}

function percent(b) {
	return share_all[b] > 0 ? 100 * share_cut[b] / share_all[b] : 0
}

# For pictures: at most a thousand steps, the last one twice, for a step goes on to the next point.
function write_steps(    b, i, from, line, height) {
	share(1000)
	for (b = 0; b <= bins; b++) {
		from = b < bins ? b : b - 1
		height = 0
		line = sprintf("%.3f", first + b * step_s)
		for (i = 1; i <= count; i++) {
			height += share_bytes[i, from]
			line = line sprintf(" %.6g", height / step_s)
		}
		print line >(folder "/stacked")
		printf "%.3f %.6g %.17g %.17g\n", first + b * step_s, percent(from), share_lost[from], share_gaps[from] >(folder "/quantities")
	}
}

function block(file, column_, height) {
	print column_, height >(folder "/" file)
}

function tops(    b, i, height) {
	for (b = 0; b < bins; b++) {
		height = 0
		for (i = 1; i <= count; i++)
			height += share_bytes[i, b]
		top = height > top ? height : top
		cut_top = percent(b) > cut_top ? percent(b) : cut_top
		lost_top = share_lost[b] > lost_top ? share_lost[b] : lost_top
		gaps_top = share_gaps[b] > gaps_top ? share_gaps[b] : gaps_top
	}
}

# A column of blocks: so high that the highest has all rows, and what is not 0 has one.
function pile(file, column_, value, most, rows,    r) {
	for (r = 0; value > 0 && r < rows && (r == 0 || (r + 0.5) / rows * most < value); r++)
		block(file, column_, r)
}

# For a terminal: each block is a column and a row.
function write_cells(rows, small,    c, b, i, r, height) {
	share(columns)
	tops()
	for (i = 1; i <= count; i++)
		printf "" >(folder "/cells." i)
	for (c = 0; c < columns; c++) {
		b = int(c * bins / columns)
		r = height = 0
		for (i = 1; i <= count; i++) {
			height += share_bytes[i, b]
			for (; r < rows && (r + 0.5) / rows * top < height; r++)
				block("cells." i, c, r)
		}
		if (height > 0 && r == 0)
			block("cells.1", c, 0)
		pile("cut.1", c, percent(b), cut_top, small)
		pile("packets.1", c, share_lost[b], lost_top, small)
		pile("bytes.1", c, share_gaps[b], gaps_top, small)
	}
	top /= step_s
	last = first + bins * step_s
}

/^\001/ {
	headed = 0
	open = ""
	file = $0 == "\001-" ? "standard input" : substr($0, 2)
	next
}
{
	line = open == "" ? $0 : open "\n" $0
	# A quote that is open goes on in the next line.
	quotes = gsub(/"/, "\"", line)
	if (quotes % 2) {
		open = line
		next
	}
	open = ""
	sub(/\r$/, "", line)
	if (line == "")
		next
	n = fields(line)
	if (!headed)
		header(n)
	else
		record(n)
	any = 1
}
END {
	if (failed)
		exit 1
	if (!any)
		give_up(file ": not a csv of vtap-stat: it is empty")
	if (times == 0)
		give_up("nothing over time: run vtap-stat -G")
	if (times == 1)
		give_up("nothing over time: run vtap-stat -G with fewer seconds, or on a longer capture: all is in one interval of " shortest " s")
	rank()
	write_steps()
	write_cells(12, 4)
	split(blocks, shade, " ")
	for (i = 1; i <= count; i++) {
		print name[i] >(folder "/names")
		longest = width_of(name[i]) > longest ? width_of(name[i]) : longest
		print shade[i] " " cut_name(name[i], width - 14) "  " human(total[i]) >(folder "/legend")
	}
	printf "%.3f %.3f %d %d %d %d %.6g %.6g %.6g %.6g %d\n", first, last, count, (cut_top > 0), (lost_top > 0), (gaps_top > 0), \
		top, cut_top, lost_top, gaps_top, longest >(folder "/numbers")
}
