#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A pcap of a live capture has microseconds, as tcpdump writes them; who wants more says so, or writes pcapng.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp blocks options);
use Lab qw($dir enter sh hosts on tool);

enter();
hosts('a');

# Runs a capture of one packet, while VXLAN of an Ethernet frame comes again and again, and returns its file.
sub captured {
	my ($tool, $name, $options) = @_;
	my $file = "$dir/$name";
	my $inner = join '', map { sprintf '\\x%02x', $_ } (8, 0, 0, 0, 0, 0, 7, 0), (2, 0, 0, 0, 0, 0xa, 2, 0, 0, 0, 0, 0xb, 0x88, 0xb5), 1 .. 46;
	spew_script("(while :; do printf '$inner' >/dev/udp/127.0.0.1/4789; sleep 0.02; done) 2>/dev/null & sender=\$!\n"
		. tool($tool) . " -c 1 $options -w $file; status=\$?; kill \$sender; exit \$status");
	on('a', "bash $dir/script 2>$dir/said");
	return $file;
}

sub spew_script {
	open my $to, '>', "$dir/script" or die "$dir/script: $!";
	print $to $_[0];
	close $to or die "$dir/script: $!";
}

sub magic { return sprintf '%08x', unpack 'L<', slurp($_[0]) }

my %capture = ('vtap-decap -l' => ['vtap-decap', '-l vxlan://:4789'], 'vtap-decap -i' => ['vtap-decap', '-i lo'],
	'vtap-tap -i' => ['vtap-tap', '-i lo -t vxlan://192.0.2.9/1 --from 192.0.2.1']);
for my $what (sort keys %capture) {
	my ($tool, $options) = @{ $capture{$what} };
	is magic(captured($tool, 'live.pcap', $options)), 'a1b2c3d4', "$what: microseconds";
	is magic(captured($tool, 'live.out', "$options -F pcap")), 'a1b2c3d4', '... with -F pcap';
	is magic(captured($tool, 'nano.pcap', "$options -F nsecpcap")), 'a1b23c4d', '... nanoseconds with -F nsecpcap';
	my ($interface) = grep { $_->[0] == 1 } blocks(slurp(captured($tool, 'live.pcapng', $options)));
	my ($resolution) = grep { $_->[0] == 9 } options(substr($interface->[2], 16, -4), '<');
	is ord($resolution->[1]), 9, '... and in a pcapng';
}
done_testing();
