# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup remove: what tap and sink made.

remove_folder() {
	[ ! -d "$1" ] || [ -n "$(ls -A "$1")" ] || act "removing $1" rmdir "$1"
}

# KIND NAME FILE...: a unit and its files.
remove_instance() {
	unit=vtap-$1@$2.service
	prom=$figures/$1-$2.prom
	shift 2
	if ! is_ours "$1"; then
		say "$1 was not made by this program: it stays, and so does $unit"
		return 1
	fi
	stop_unit "$unit"
	remove_files "$@"
	[ ! -e "$prom" ] || act "removing $prom" rm -f "$prom"
	removed=y
}

# KIND: names that are to be removed.
to_remove() {
	if [ -n "$named" ]; then
		instances "$1" | grep -xF "$name"
	else
		instances "$1"
	fi
}

setup_remove() {
	needs_root
	removed='' sinks_left=''
	[ -z "$named" ] || sinks_left=$(instances sink | grep -vxF "$name")
	for name_of in $(to_remove tap); do
		remove_instance tap "$name_of" "$config/tap/$name_of.conf"
	done
	for name_of in $(to_remove sink); do
		folder=$config/sink/$name_of
		remove_instance sink "$name_of" "$folder/decap.conf" "$folder/fixlen.conf" "$folder/split.conf" || sinks_left=y
		remove_folder "$folder"
	done
	if [ -z "$sinks_left" ] && is_ours "$sysctl_file"; then
		remove_files "$sysctl_file"
		say 'net.core.rmem_max stays as it is until the next boot'
	fi
	for folder in "$config/tap" "$config/sink" "$config"; do
		remove_folder "$folder"
	done
	if [ -z "$removed" ]; then
		say 'there is nothing to remove'
	elif [ -d "$spool" ]; then
		say "what was captured stays in $spool"
	fi
}
