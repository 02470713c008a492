#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The tshark that make check starts once for all tests says and returns what tshark does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Scratch qw(scratch);
use Required qw(lacks);
use Test::More;
use Wait qw(until_true);

my $client = ($ENV{BUILD} // 'build') . '/tests/tshark/tshark';
my $tshark = $ENV{TSHARK};
lacks('no tests/tshark/with around it: make check') if !$tshark || !-S $ENV{TSHARK_SOCKET};
my $folder = scratch();
my $sample = "$FindBin::Bin/../data/erspan2.pcap";

# What a command prints, what it says, its exit status.
sub all_of {
	my ($command) = @_;
	my $printed = `$command 2>$folder/said`;

	return [$printed, $?, `cat $folder/said`];
}

for my $arguments ("-n -r $sample", "-nr $sample -V", "-r $sample -T fields -e frame.len", "-n -r $sample -Y 'frame.number == 1' -T json",
	"-r $folder/none", "-r $sample -Y 'no such field'", "-q -z io,phs -r $sample", "-r - < $sample", "-v", "-r $sample -w - | cat") {
	is_deeply(all_of("$client $arguments"), all_of("$tshark $arguments"), $arguments);
}
is(`cd $folder && cp $sample here && TZ=Asia/Tokyo $client -t ad -r here 2>/dev/null`,
	`cd $folder && TZ=Asia/Tokyo $tshark -t ad -r here 2>/dev/null`, 'in the folder and the time zone of who asks');

system("mkfifo $folder/fifo");
my $pid = fork // die;
exec $client, '-r', "$folder/fifo" or die unless $pid;
open my $writer, '>', "$folder/fifo" or die; # when tshark opens it
kill TERM => $pid;
waitpid $pid, 0;
is($? & 127, 15, 'a client that is killed ...');
{
	local $SIG{PIPE} = 'IGNORE';
	until_true(sub { !defined syswrite $writer, "\0" });
}
ok($!{EPIPE}, '... takes what runs for it along');
done_testing;
