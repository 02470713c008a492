#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# No memory, each time that a tool asks for some in turn: one line says so and the exit status is 1, or nothing was lost.
# Never a crash, and a file under its final name is whole.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_block ng_option ng_packet);
use Faults qw($build $dir $sanitized run memory frame capture place left readable);
use Thorough qw(some);

plan skip_all => 'sanitizers have their own malloc()' if $sanitized;

my $input = spew("$dir/input.pcap", capture(12, 100));
my $other = spew("$dir/other.pcap", capture(9, 50));
my $ng = spew("$dir/input.pcapng", join '', ng_section('<'), (map { ng_interface('<', 1, 0) } 0 .. 1),
	(map { ng_packet('<', $_ % 2, 1_700_000_000_000_000 + $_, frame($_ % 5, $_, 40), 86) } 1 .. 10));
my $meta = "$dir/meta.pcap";
my $rules = spew("$dir/rules", "exclude from 10.0.0.3/32\ninclude from 10.0.0.0/8\ninclude out\n");
my $tunnels = 'tests/data/vxlan-fragments.pcap';
my $vxlan = '-t vxlan://10.0.2.9/1 --from 10.0.1.5';
run("$build/vtap-tap -r $ng -w $meta -t geneve://10.0.2.9/1 --from 10.0.1.5 --meta --name a");

run("gzip -k $input; zstd -q $ng; lz4 -q $input $input.lz4");
# Three datagrams of a tunnel that the kernel has not split yet (UDP_SEGMENT): each becomes a packet of its own. The
# checksum is partial.
my $datagrams = join '', map { pack('N N', 0x08000000, 7 << 8) . frame($_, $_, 100) } 1 .. 3;
my $sum = unpack '%32n*', pack('N N n n', 0x0a000001, 0x0a000002, 17, 8 + length $datagrams);
my $gso = spew("$dir/gso.pcap", pcap('<', 0xa1b2c3d4, 1, [1_700_000_000, 0,
	pack('H24 n', '020000000002020000000001', 0x0800) .
	pack('C C n n n C C n N N', 0x45, 0, 28 + length $datagrams, 0, 0, 64, 17, 0, 0x0a000001, 0x0a000002) .
	pack('n n n n', 50000, 4789, 8 + length $datagrams, ($sum & 0xffff) + ($sum >> 16)) . $datagrams]));

my @commands = (
	['vtap-decap', "-r $gso -w OUT.pcapng"],
	['vtap-decap', "-r $tunnels -w OUT.pcap"],
	['vtap-decap', "-r $tunnels -w OUT.pcapng -v --stats OUT.json -c 100 -e vxlan --port vxlan:1 --id 1-100"],
	['vtap-decap', "-r $meta -w OUT.pcapng -v"],
	['vtap-decap', "-r tests/data/erspan2.pcap -w OUT.snoop --reader wiretap"],
	['vtap-decap', "-r $ng -w OUT.pcapng"],
	['vtap-decap', "-r tests/data/geneve-ip.pcap -w OUT.pcapng -f 'ip6 or port 80' --since 2020-01-01 --until +1h"],
	['vtap-fixlen', "-r $input -w OUT.pcap --stats OUT.json"],
	['vtap-fixlen', '-r tests/data/vxlan-cut.pcap -w OUT.pcap -v --rewrite-outer'],
	['vtap-fixlen', "-r $ng -w OUT.ngz -F pcapng --reader wiretap"],
	['vtap-fixlen', "-r $input.gz -w OUT.pcap"],
	['vtap-decap', "-r $ng.zst -w OUT.pcapng"],
	['vtap-fixlen', "-r $ng -w OUT.pcapng.gz"],
	['vtap-decap', "-r $input -w OUT.pcap.zst"],
	['vtap-split', "--by pair --max-open 16 -w OUT-{key}.pcap.gz $input $other"],
	['vtap-split', "--by linktype $input.lz4 $input.gz -w OUT-{key}.pcap"],
	['vtap-split', "--by source -r $input -w OUT-{key}.pcap --manifest OUT.jsonl"],
	['vtap-split', "--by outer-src,id -w OUT-{outer-src}-{id}.pcap $meta $tunnels"],
	['vtap-split', "--by pair --max-open 16 -w OUT/{key}.pcapng $ng $input $other"],
	['vtap-split', "--by linktype -f 'ip or ip6' -w OUT-{key}.pcap $ng tests/data/tags.pcap tests/data/nflog.pcap"],
	['vtap-split', "--by flow -w OUT-{key}.pcap -z true $input $other"],
	['vtap-split', "--by ip-src --window 2 -G 5 -C 1 --portable-names -w OUT-{key}-{n}.pcap $input $other"],
	['vtap-tap', "-r $input -w OUT.pcap $vxlan --rules $rules"],
	['vtap-tap', "-r $ng -w OUT.pcapng -t gre://10.0.2.9/1 -t geneve://10.0.2.10/2 --from 10.0.1.5 udp port 1000"],
	['vtap-tap', "-r $input -w OUT.pcap $vxlan --mtu 120 --oversize fragment --sample-flows 2 --stats OUT.json"],
	['vtap-tap', "-r $input -w OUT.pcap $vxlan --segment 576 --balance -t erspan2://10.0.2.8/1"],
	['vtap-tap', "-r $input -t vxlan://127.0.0.1/1 -t gre://127.0.0.1 --speed max --metrics OUT.json", 'live'],
	['vtap-tap', "-r $input -t vxlan://127.0.0.1/1 --engine udp --pps 10000 --speed 1000", 'live'],
	['vtap-tap', "-i lo -t vxlan://127.0.0.1/1 --rules $rules --segment 576 --duration 0.1 udp", 'live'],
	['vtap-tap', '-i any -w OUT.pcapng -t vxlan://127.0.0.1/1 --from 127.0.0.1 --duration 0.1', 'live'],
	['vtap-decap', '-i lo -w OUT.pcap --duration 0.1', 'live'],
	['vtap-decap', '-l vxlan://127.0.0.1:4789 -l geneve://[::1] -w OUT.pcapng --duration 0.1', 'live'],
);
my $live = $> == 0 && system('unshare', '-n', 'true') == 0;
BAIL_OUT('needs root and namespaces') if !$live && $ENV{VTAP_REQUIRE_LIVE};

# Where the counters of a coverage build begin, which take memory for granted.
my %before;

sub before {
	my ($tool) = @_;
	return $before{$tool} //= (sort map { /^([0-9a-f]+) \S (?:__)?gcov_\w+$/ ? $1 : () } `nm $build/$tool`)[0] // '';
}

# The tool with what stands in front of it; live ones have a network of their own.
sub attempt {
	my ($front, $place, $tool, $arguments, $way) = @_;
	my $command = "$front $build/$tool " . $arguments =~ s/OUT/$place\/out/gr;
	return run($way ? "unshare -n bash -c 'ip link set lo up; $command'" : $command);
}

# What it says when there is none.
my $word = qr/(?:Cannot allocate memory|not enough memory|no memory|Not enough memory)/;

# Of several inputs an interface stands for itself where there is no memory to find that it is alike: the packets count.
sub holds {
	my ($place) = @_;
	return map { $_ => /\.pcap(?:ng)?$/ ? join("\n", packets("$place/$_")) : slurp("$place/$_") } grep { !/json/ } left($place);
}

# What is wrong when the Nth request fails; '' when nothing is. The shell of -z gets no memory either.
sub wrong {
	my ($n, $want, @command) = @_;
	my $place = place();
	my ($status, undef, $err) = attempt(memory(AT => $n, BEFORE => before($command[0])), $place, @command);
	return "status $status: $err" if $status != 0 && ($status != 1 ||
		$err !~ /^\Q$command[0]\E: [^\n]*$word/m && $err !~ /^sh: 0: Out of space\n\Q$command[0]\E: [^\n]*exit status 2$/m);
	my %left = holds($place);
	for my $name (grep { !/\.tmp$/ } keys %left) {
		return "$name is not whole" if $status == 0 && $left{$name} ne ($want->{$name} // '');
		return "$name cannot be read" if !readable("$place/$name");
	}
	run("rm -r $place") if $status; # live, a file that failed in its first bytes has its name: no capture that others can read
	return $status == 0 && keys %left != keys %$want ? 'status 0, but not all files' : '';
}

for my $command (@commands) {
	my $place = place();
	my $name = "$command->[0] $command->[1]" =~ s{\Q$dir\E/}{}gr;
SKIP: {
		skip "$name: needs root and namespaces", 2 if $command->[2] && !$live;
		my ($status, undef, $err) = attempt(memory(COUNT => "$dir/count", BEFORE => before($command->[0])), $place, @$command);
		is($status, 0, $name) or diag $err;
		my %want = holds($place);
		my $count = slurp("$dir/count") + 0;
		my @wrong = map { my $wrong = wrong($_, \%want, @$command); $wrong ? "$_: $wrong" : () } some(8, 1 .. $count);
		ok($count > 3 && !@wrong, "... asks for memory $count times, in vain once") or diag join "\n", @wrong;
	}
}
done_testing();
