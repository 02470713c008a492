# SPDX-License-Identifier: GPL-2.0-or-later
# The command line.

command='' dry_run='' quick='' on='' debs='' passed='' # passed: what a host of --on gets, quoted
targets='' interfaces='' snaplen='' listen='' name='' named='' takes_debs=''

usage() {
	cat <<'END'
usage: vtap-setup tap -t URI ... [-i NAME ...] [-s LEN] [--name NAME] [-n]
       vtap-setup sink [-l URI ...] [--name NAME] [-n]
       vtap-setup check [--quick]
       vtap-setup remove [--name NAME] [-n]
       any of them with --on USER@HOST,... [--deb FILE ...]
Sets up a tap or a collector on this host, and checks what runs.

Commands:
  tap                     mirror this host's interfaces to a collector
  sink                    receive mirrors, and write a capture per source
  check                   one line a fact: ok, warn or FAIL, and what to do
  remove                  undo tap and sink; captures stay

Tap:
  -i, --interface NAME    mirror this interface; repeatable (default: the
                          bridges that have guests, or else the interface of
                          the default route)
  -s, --snaplen LEN       mirror at most LEN bytes of each packet
  -t, --to URI            mirror to this collector: vxlan://HOST/VNI;
                          repeatable

Sink:
  -l, --listen URI        receive on this UDP port; repeatable
                          (default: vxlan://:4789)

Report:
      --quick             check: do not read the figures twice, 6 s apart

Hosts:
      --deb FILE ...      install these packages first; with --on
      --on HOSTS          do it on these hosts, by ssh: root@kvm1,root@kvm2

General:
  -h, --help              print this help and exit
  -n, --dry-run           say what would be done, and do nothing
      --name NAME         name of this tap or collector, and of its unit
                          (default: default)
  -V, --version           print the version and exit

URI: as vtap-tap(1) and vtap-decap(1) take it.

Examples:
  A collector on this host:
    sudo vtap-setup sink
  A tap on this host, 256 bytes of each packet:
    sudo vtap-setup tap --to vxlan://10.0.2.9/3000 -s 256
  Two hosts, by the user's own ssh:
    vtap-setup tap --to vxlan://10.0.2.9/3000 --on root@kvm1,root@kvm2
END
}

# OPTION COMMANDS: refuses an option that does not belong to the command.
belongs() {
	case " $2 " in
	*" $command "*) ;;
	*) wrong "$command takes no $1" ;;
	esac
}

# LIST VALUE: the list, a value a line.
append() {
	printf '%s%s' "${1:+$1$newline}" "$2"
}

# OPTION VALUE: one that has a value.
set_option() {
	takes_debs=
	case $2 in
	'' | *[[:cntrl:]]*) wrong "$1: expected a value" ;;
	esac
	case $1 in
	-i | --interface) belongs "$1" tap && interfaces=$(append "$interfaces" "$2") ;;
	-s | --snaplen) belongs "$1" tap && snaplen=$2 ;;
	-t | --to) belongs "$1" tap && targets=$(append "$targets" "$2") ;;
	-l | --listen) belongs "$1" sink && listen=$(append "$listen" "$2") ;;
	--name) belongs "$1" 'tap sink remove' && name=$2 && named=y ;;
	--on) on=$on,$2 ;;
	esac
	[ "$1" = --on ] || passed="$passed $(quote "$1") $(quote "$2")"
}

set_flag() {
	takes_debs=
	case $1 in
	-n | --dry-run) belongs "$1" 'tap sink remove' && dry_run=y ;;
	--quick) belongs "$1" check && quick=y ;;
	esac
	passed="$passed $1"
}

# Words behind --deb are its files, until the next option.
add_deb() {
	[ -n "$takes_debs" ] || wrong "unexpected word $1"
	[ -f "$1" ] || wrong "--deb: $1: there is no such file"
	[ -r "$1" ] || wrong "--deb: $1: it cannot be read"
	debs=$(append "$debs" "$1")
}

# Options that have no command: they print and exit.
print_and_exit() {
	case ${1:-} in
	-h | --help) usage && exit 0 ;;
	-V | --version) say 'vtap-setup @VERSION@' && exit 0 ;;
	esac
}

read_options() {
	print_and_exit "${1:-}"
	command=${1:-}
	case $command in
	tap | sink | check | remove) shift ;;
	'') wrong 'expected a command: tap, sink, check or remove' ;;
	*) wrong "unknown command $command: there are tap, sink, check and remove" ;;
	esac
	while [ $# -gt 0 ]; do
		print_and_exit "$1"
		case $1 in
		-n | --dry-run | --quick) set_flag "$1" ;;
		--deb) takes_debs=y ;;
		--deb=*) takes_debs=y && add_deb "${1#--deb=}" ;;
		--interface=* | --snaplen=* | --to=* | --listen=* | --name=* | --on=*) set_option "${1%%=*}" "${1#*=}" ;;
		-[istl]?*) set_option "$(printf %.2s "$1")" "${1#-?}" ;;
		-[istl] | --interface | --snaplen | --to | --listen | --name | --on) set_option "$1" "${2-}" && shift ;;
		-*) wrong "unknown option $1" ;;
		*) add_deb "$1" ;;
		esac
		shift
	done
	check_options
}

check_options() {
	case ${name:=default} in
	[!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) wrong "--name: expected letters, digits, _, . and -, not $name" ;;
	esac
	[ "$command" != tap ] || [ -n "$targets" ] || wrong 'tap needs --to: vxlan://HOST/VNI'
	[ -z "$debs" ] || [ -n "$on" ] || wrong '--deb is for --on; on this host: sudo apt install ./FILE'
}
