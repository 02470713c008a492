#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What a tool cannot do any more once it parses: tried from within, while packets pass. Live: tests/live/sandbox.t.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew ng_section ng_interface);
use Sandbox qw($build $dir $landlock lax try refused holds status_of);
use Wait qw(until_true);

plan skip_all => lax() if lax();

my $sample = abs_path('tests/data/vxlan-gbp.pcap');
my $blocks = abs_path('tests/data/mirrored.pcap');
my $tap = '-t vxlan://192.0.2.1/1 --from 192.0.2.9';
mkdir "$dir/out";
system "gzip -c $sample > $dir/sample.pcap.gz";

# Tools that write to standard output open nothing.
refused('vtap-decap', "-r $sample > $dir/piped");
refused('vtap-fixlen', "-r $sample > $dir/piped");
refused('vtap-tap', "-r $sample $tap -w - > $dir/piped");
refused('vtap-stat', "-r $sample > $dir/piped");
refused('vtap-fixlen', "-n -q -r $sample", at => 'end');
refused('vtap-decap', "-r $dir/sample.pcap.gz > $dir/piped");
refused('vtap-decap', "-r $sample -F snoop > $dir/piped", at => 'end');

# Of many inputs, files are opened later: in their folders and nowhere else.
mkdir "$dir/in";
system "cp $sample $dir/in/$_.pcap" for 1 .. 70;
refused('vtap-fixlen', "$dir/in > $dir/piped", opens => 1);
refused('vtap-decap', "$dir/in -w $dir/out/many.pcap", opens => 1, at => 'end');

# Those that write files open them where they were told to.
my %writes = (opens => 1);
refused('vtap-decap', "-r $sample -w $dir/out/a.pcapng", %writes);
refused('vtap-decap', "-r $sample -w $dir/out/a.pcapng --stats $dir/out/stats", %writes, at => 'end');
refused('vtap-decap', "-r $sample --stats $dir/out/stats > $dir/piped", %writes, at => 'end');
refused('vtap-decap', "-r $dir/sample.pcap.gz -F snoop -w $dir/out/a.snoop", %writes, at => 'end');
refused('vtap-fixlen', "-r $sample -w $dir/out/a.pcapng", %writes);
# Of a device only itself: the folder would be /dev.
refused('vtap-fixlen', "-r $sample -w /dev/null", %writes);
refused('vtap-tap', "-r $sample $tap -w $dir/out/a.pcapng", %writes);
refused('vtap-stat', "-r $sample -w $dir/out/a.csv", %writes);
refused('vtap-split', "--by ip-src -r $sample -w '$dir/out/{key}-{n}.pcapng'", %writes);
refused('vtap-split', "--by ip-src -r $sample -w '$dir/out/new/{key}-{n}.pcapng' --manifest $dir/out/manifest", %writes);
refused('vtap-split', "--by ip-src -r $sample -F snoop -w '$dir/out/{key}-{n}.snoop'", %writes, at => 'end');
refused('vtap-split', "--by ip-src -r $sample -w '$dir/out/z{key}-{n}.pcapng' -z 'gzip -f'", %writes, at => 'end');
is(scalar(my @found = glob "$dir/out/z*.gz"), 2, '... and yet the commands of -z ran');

# What an archive is made of: leases and changes of folders; children come by the one way of the C library.
sub spool { system "rm -rf $dir/spool $dir/archive; mkdir -p $dir/spool $dir/archive; cp $sample $dir/spool" }
for my $options ('', '--compress none', "--manifest $dir/out/proven") {
	spool();
	refused('vtap-archive', "--once $options $dir/spool $dir/archive", %writes, at => 'end', allowed => [qw(lease watch)]);
	is(scalar(my @objects = glob "$dir/archive/*/*/*/*"), 1, '... and yet the archive has the capture');
}

# What comes back of an archive.
refused('vtap-recall', "--since \@0 $dir/archive > $dir/piped");
refused('vtap-recall', "--since \@0 -w $dir/out/recalled.pcapng $dir/archive", %writes);

# An expression may hold names: /etc is read, and nothing written.
my $came = try('vtap-tap', "-r $sample $tap -w - 'port http or udp' > $dir/piped");
is($came->{read}, 'done', '... an expression: /etc is left to it');
is($came->{udp}, 'done', '... and to ask a name server');
isnt($came->{$_}, 'done', "... but not: $_") for qw(execve tcp unix netlink owner setown write truncate unlink mkdir rename memory), $landlock ? 'list' : ();

# --no-sandbox: the tries are worth something.
holds('vtap-decap', "-r $sample > $dir/piped");
holds('vtap-fixlen', "-r $sample > $dir/piped");
holds('vtap-stat', "-r $sample > $dir/piped");
holds('vtap-tap', "-r $sample $tap -w - > $dir/piped");
holds('vtap-recall', "--since \@0 $dir/archive > $dir/piped", at => 'end'); # a child that ends would stop one that is traced
spool();
holds('vtap-archive', "--once $dir/spool $dir/archive", at => 'end');
holds('vtap-split', "--by ip-src -r $sample -w '$dir/out/{key}-{n}.pcapng'");

# From outside: between the first 24 bytes of a capture, four of which are compared, and the rest of the first block, all
# is given up.
my $empty = ng_section('<') . ng_interface('<', 1, 0);
sub held {
	my ($tool, $arguments, $name) = @_;
	pipe my $read, my $write;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		$) = "$) 4242" if !$>; # a group that only root's shell has
		open STDIN, '<&', $read;
		open STDOUT, '>', '/dev/null';
		close $write;
		exec "$build/$tool", split ' ', $arguments;
	}
	close $read;
	syswrite $write, substr $empty, 0, 24;
	until_true(sub { (status_of($pid, 'Seccomp') // '') eq '2' || $arguments =~ /--no-sandbox/ && status_of($pid, 'NoNewPrivs') });
	my %is = map { $_ => status_of($pid, $_) } qw(NoNewPrivs Seccomp CapEff CapPrm CapInh CapAmb CapBnd Uid);
	($is{Groups}) = slurp("/proc/$pid/status") =~ /^Groups:\s*(.*?)\s*$/m;
	syswrite $write, substr $empty, 24;
	close $write;
	waitpid $pid, 0;
	is($? >> 8, 0, "$name: exits 0");
	return \%is;
}

my $none = '0' x 16;
for my $tool (qw(vtap-decap vtap-fixlen vtap-tap vtap-split vtap-stat)) {
	my $arguments = $tool eq 'vtap-split' ? "--by ip-src -w $dir/out/{key}-{n}.pcap" : $tool eq 'vtap-tap' ? "$tap -w -" : '-w -';
	my $is = held($tool, $arguments, $tool);
	is("$is->{NoNewPrivs} $is->{Seccomp}", '1 2', '... no new privileges, a filter');
	is(join(' ', map { $is->{"Cap$_"} } qw(Eff Prm Inh Amb)), "$none $none $none $none", '... no capability');
	is($is->{CapBnd}, $none, '... none to be had') if !$>;
	$is = held($tool, "--no-sandbox $arguments", "$tool --no-sandbox");
	is("$is->{NoNewPrivs} $is->{Seccomp} $is->{CapEff}", "1 0 $none", '... no filter, and no capability either');
}

SKIP: {
	skip 'not root', 15 if $>;
	my $nobody = getpwnam 'nobody';
	chmod 0755, $dir;
	mkdir "$dir/nobody";
	chown $nobody, -1, "$dir/nobody";
	for my $tool (qw(vtap-decap vtap-fixlen vtap-tap vtap-stat)) {
		my $is = held($tool, ($tool eq 'vtap-tap' ? $tap : '') . ' -w - -Z nobody', "$tool -Z");
		is("$is->{Uid} $is->{CapEff}", "$nobody $none", '... is nobody');
		unlike($is->{Groups}, qr/\b4242\b/, '... in nobody\'s groups');
	}
	my $is = held('vtap-split', "--by ip-src -w $dir/nobody/{key}-{n}.pcap -Z nobody", 'vtap-split -Z');
	is("$is->{Uid} $is->{CapEff}", "$nobody $none", '... is nobody');
	system "$build/vtap-split --by ip-src -r $sample -w '$dir/nobody/{key}-{n}.pcap' -Z nobody";
	my @owners = map { (stat)[4] } glob "$dir/nobody/*-1.pcap";
	is("@owners", "$nobody $nobody", 'vtap-split -Z: whose files they are');

	system "$build/vtap-split --by ip-src -r $sample -w '$dir/nobody/{key}-{n}.pcap' -Z nobody -z 'id -u; :' > $dir/ids";
	is(slurp("$dir/ids"), "$nobody\n" x 2, '... and who runs the commands of -z');

	# Root in a folder of somebody else's, which without capabilities it could not write to.
	chmod 0755, "$dir/nobody";
	$is = held('vtap-fixlen', "-w $dir/nobody/roots.pcap", 'root in a folder of nobody\'s');
	is($is->{CapEff}, '000000000000000a', '... keeps CAP_DAC_OVERRIDE and CAP_FOWNER');
	ok(-s "$dir/nobody/roots.pcap", '... and writes');
	chmod 0600, "$dir/nobody/roots.pcap";
	chown $nobody, -1, "$dir/nobody/roots.pcap";
	system "gzip -kf $dir/nobody/roots.pcap";
	is(system("$build/vtap-fixlen -r $dir/nobody/roots.pcap.gz -w $dir/out/of.pcap"), 0, 'a file that root may read as root only');
}

# A kernel without Landlock, by a filter that says so: landlock_create_ruleset(2) is number 444 on all machines.
sub without_landlock {
	my @arguments = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		my @program = ([0x20, 0, 0, 0], [0x15, 0, 1, 444], [0x06, 0, 0, 0x00050026], [0x06, 0, 0, 0x7fff0000]); # ENOSYS, or allowed
		my $code = join '', map { pack 'S C C L', @$_ } @program;
		my $filter = pack 'S x6 P', scalar @program, $code;
		my ($prctl) = `uname -m` =~ /aarch64/ ? 167 : 157;
		my $done = syscall($prctl, 38, 1, 0, 0, 0) == 0 && syscall($prctl, 22, 2, $filter, 0, 0) == 0;
		open STDERR, '>', "$dir/stderr";
		exec "$build/vtap-fixlen", '-r', $sample, '-w', "$dir/out/without.pcap", @arguments if $done;
		exit 99;
	}
	waitpid $pid, 0;
	is($? >> 8, 0, "without Landlock, @arguments: works");
	return slurp("$dir/stderr");
}

like(without_landlock('-v'), qr/^vtap-fixlen: files are not confined: this kernel has no Landlock$/m, '... and says so');
ok(-s "$dir/out/without.pcap", '... and writes');
unlike(without_landlock('-c', '1'), qr/confined/, '... and does not say so');

done_testing;
