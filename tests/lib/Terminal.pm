# SPDX-License-Identifier: GPL-2.0-or-later
# A terminal in front of a command: what a person would see there, and what he types. It knows the codes that the tools
# may use, and dies of any other.
package Terminal;
use strict;
use warnings;
use Cwd qw(abs_path);
use Errno qw(EAGAIN);
use Fcntl qw(F_SETFD);
use IO::Pty;
use POSIX ();
use Time::HiRes qw(time);
use Compile qw(compile preload);
use Wait qw(until_true);

use constant FIONREAD => 0x541b;

my $build = abs_path($ENV{BUILD} || 'build');

# COLUMNS; reflow => 1: a terminal that breaks its lines anew when its size changes, else it cuts them.
sub new {
	my ($class, $columns, %how) = @_;
	my $it = bless {
		pty => IO::Pty->new, columns => $columns, reflow => $how{reflow}, rows => [''], wraps => [0], x => 0, y => 0,
		drawn => [], read => '', speed => 1,
	}, $class;
	$it->{pty}->blocking(0);
	$it->size($columns);
	return $it;
}

# Starts a command of bash, whose terminal this is; TERM is xterm unless the environment says another one.
sub start {
	my ($it, $command, %env) = @_;
	$it->{started} = time;
	$it->{pid} = fork // die "fork: $!";
	if (!$it->{pid}) {
		$it->{pty}->make_slave_controlling_terminal;
		my $slave = $it->{pty}->slave;
		$slave->set_winsize(24, $it->{columns});
		POSIX::dup2(fileno $slave, $_) for 0 .. 2;
		%ENV = (%ENV, TERM => 'xterm', %env);
		delete $ENV{TERM} if !defined $ENV{TERM};
		exec 'bash', '--norc', '-c', $command or POSIX::_exit(127);
	}
	$it->{pty}->close_slave;
	return $it;
}

# What stands in front of a tool whose clock runs SPEED times as fast: seconds are then those of the tool. FOLDER: where
# its library is built.
my $preload;

sub hurry {
	my ($it, $folder, $speed) = @_;
	compile('lib/gate.c', "$folder/gate.so", '-fPIC', '-shared', '-ldl');
	$preload //= preload("$build/vtap-fixlen", "$folder/gate.so");
	$it->{speed} = $speed // 1;
	return "env '$preload' GATE_SPEED=$it->{speed}";
}

# As hurry(), and reads of files wait for pass().
sub gate {
	my ($it, $folder, $speed) = @_;
	pipe my $read, my $write or die "pipe: $!";
	$write->autoflush(1);
	fcntl $read, F_SETFD, 0;
	$it->{gate} = [$read, $write];
	return $it->hurry($folder, $speed) . ' GATE_FD=' . fileno $read;
}

# Lets COUNT reads of files pass, or, without a count, all from now on.
sub pass {
	my ($it, $count) = @_;
	my ($read, $write) = @{ $it->{gate} };
	close $read; # the tool has its own
	print $write '.' x $count if $count;
	close $write if !defined $count;
	$it->{passed} += $count // 0;
}

# Whether all reads that may pass have been asked for.
sub passed_all {
	my ($it) = @_;
	my $left = pack 'i', 0;
	return ioctl($it->{gate}[1], FIONREAD, $left) && unpack('i', $left) == 0;
}

# Types.
sub type { syswrite $_[0]{pty}, $_[1] }

# Gives the terminal another size, of which it tells the processes.
sub size {
	my ($it, $columns) = @_;
	$it->see if $it->{pid};
	($it->{reflow} ? \&reflowed : \&cut)->($it, $columns);
	$it->{columns} = $columns;
	$it->{pty}->set_winsize(24, $columns);
}

sub cut {
	my ($it, $columns) = @_;
	$_ = substr $_, 0, $columns for @{ $it->{rows} };
	$it->{x} = $columns - 1 if $it->{x} >= $columns;
}

# Rows that are one line are joined, and lines broken again; the cursor stays at its character.
sub reflowed {
	my ($it, $columns) = @_;
	my (@rows, @wraps, @cursor, $line);
	for my $y (0 .. $#{ $it->{rows} }) {
		@cursor = (scalar @rows, length($line // '') + $it->{x}) if $y == $it->{y};
		$line .= $it->{rows}[$y];
		next if $it->{wraps}[$y];
		do {
			push @rows, substr $line, 0, $columns, '';
			push @wraps, length $line > 0;
		} while length $line;
		undef $line;
	}
	@$it{qw(rows wraps)} = (\@rows, \@wraps);
	$it->{y} = $cursor[0] + int $cursor[1] / $columns;
	$it->{x} = $cursor[1] % $columns;
}

# Reads what has come. False when the processes have let go of the terminal.
sub see {
	my ($it) = @_;
	while (1) {
		my $count = sysread $it->{pty}, my $bytes, 65536;
		return 1 if !defined $count && $! == EAGAIN;
		return 0 if !$count;
		$it->{read} .= $bytes;
		$it->{unread} .= $bytes;
		$it->interpret;
	}
}

# A code may come in two pieces.
sub interpret {
	my ($it) = @_;
	for ($it->{unread}) {
		while (length) {
			if (s/^([\x20-\x7e])//) { $it->put($1) }
			elsif (s/^\r//) { $it->{x} = 0 }
			elsif (s/^\n//) { $it->next_row }
			elsif (s/^\x08//) { $it->{x}-- if $it->{x} > 0 }
			elsif (s/^\x07//) { }
			elsif (s/^\033\[J//) { $it->erase }
			elsif (/^\033(?:\[?|\[[0-9;?]*)\z/) { last }
			else { die sprintf "a terminal does not know this: %s\n", s/([^\x20-\x7e])/sprintf '\\x%02x', ord $1/ger }
		}
	}
}

# Behind the last column, the next character begins a row.
sub put {
	my ($it, $character) = @_;
	if ($it->{x} == $it->{columns}) {
		$it->{wraps}[ $it->{y} ] = 1;
		$it->next_row;
		$it->{x} = 0;
	}
	my $row = \$it->{rows}[ $it->{y} ];
	$$row .= ' ' x ($it->{x} - length $$row) if length $$row < $it->{x};
	substr $$row, $it->{x}++, 1, $character;
}

sub next_row {
	my ($it) = @_;
	return if $it->{y}++ < $#{ $it->{rows} };
	push @{ $it->{rows} }, '';
	push @{ $it->{wraps} }, 0;
}

# From the cursor to the end of the screen. What is erased at the end of a row is what was drawn in it.
sub erase {
	my ($it) = @_;
	my ($x, $y) = @$it{qw(x y)};
	push @{ $it->{drawn} }, [(time - $it->{started}) * $it->{speed}, substr $it->{rows}[$y], 0, $x] if $x > 0;
	substr($it->{rows}[$y], $x) = '' if length $it->{rows}[$y] > $x;
	$#{ $it->{rows} } = $#{ $it->{wraps} } = $y;
	$it->{wraps}[$y] = 0;
}

# The rows, without spaces at their ends and empty rows at the end.
sub rows {
	my ($it) = @_;
	my @rows = map { s/ +$//r } @{ $it->{rows} };
	pop @rows while @rows && $rows[-1] eq '';
	return @rows;
}

# As rows(), but what was broken at the last column is one.
sub lines {
	my ($it) = @_;
	my ($text, @rows) = ('', @{ $it->{rows} });
	$text .= $rows[$_] . ($it->{wraps}[$_] ? '' : "\n") for 0 .. $#rows;
	return map { s/ +$//r } split /\n/, $text;
}

# The lines as one text.
sub text { return join "\n", $_[0]->lines }

# Each line that was drawn to be drawn again: seconds since the start, text.
sub drawn { return @{ $_[0]{drawn} } }

# The number of the row and column of the cursor, from 0.
sub cursor { return @{ $_[0] }{qw(y x)} }

# Waits until the text is so.
sub shows {
	my ($it, $pattern) = @_;
	return until_true(sub { $it->see; $it->text =~ $pattern });
}

# Lets one read after the other pass until the text is so. AT_MOST reads pass, and none before the one in front of it: a
# tool that begins late finds as many as any other. Few pass from one line to the next.
sub shows_as_it_reads {
	my ($it, $pattern, $at_most) = @_;
	my $next = 0;
	return until_true(sub {
			$it->see;
			return 1 if $it->text =~ $pattern;
			return 0 if time < $next || ($it->{passed} // 0) >= $at_most || !$it->passed_all;
			$next = time + (@{ $it->{drawn} } ? 0.2 : 0.05) / $it->{speed};
			$it->pass(1);
			return 0;
		});
}

# Waits for the end of the command: its exit status.
sub status {
	my ($it) = @_;
	until_true(sub { !$it->see }) or kill 'KILL', $it->{pid};
	waitpid $it->{pid}, 0;
	delete $it->{pid};
	return $? & 127 ? -($? & 127) : $? >> 8;
}

sub DESTROY {
	my ($it) = @_;
	local ($?, $!);
	return if !$it->{pid};
	kill 'KILL', $it->{pid};
	close $_ for @{ $it->{gate} || [] };
	waitpid $it->{pid}, 0;
}

1;
