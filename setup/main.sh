# SPDX-License-Identifier: GPL-2.0-or-later

main() {
	umask 022 # the user vtap reads what root writes
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	export PATH
	unset LC_ALL LANG LC_MESSAGES
	read_options "$@"
	if [ -n "$on" ]; then
		on_hosts || exit 1
	else
		"setup_$command"
		[ -z "$dry_run" ] || say 'nothing was done: -n'
	fi
}

main "$@"
