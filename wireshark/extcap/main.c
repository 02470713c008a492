/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wireshark's interfaces "Mirrored traffic ...", as an extcap program: it answers Wireshark's
 * questions, and starts vtap-decap and vtap-fixlen, which write to Wireshark's fifo. No byte of a
 * packet passes through it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "capture.h"
#include "describe.h"
#include "extcap_options.h"

static int main_fail(const struct error *err)
{
	if (err->text[0])
		fprintf(stderr, "vtap-extcap: %s%s\n", err->text,
			err->usage ? " (vtap-extcap --help tells more)" : "");
	return err->usage ? 2 : 1;
}

static void main_help(void)
{
	puts("Usage: vtap --extcap-interfaces\n"
	     "       vtap --extcap-interface vtap|vtap-if --extcap-dlts|--extcap-config\n"
	     "       vtap --extcap-interface vtap --capture --fifo FIFO [--listen 'URI ...']\n"
	     "            [--id LIST] [--no-fixlen]\n"
	     "       vtap --extcap-interface vtap-if --capture --fifo FIFO --interface NAME\n"
	     "            [--id LIST] [--keep] [--no-fixlen]\n"
	     "\n"
	     "Mirrored traffic in Wireshark, as an interface of its list. Wireshark starts this\n"
	     "program; it is no command to be typed.\n"
	     "\n"
	     "  --extcap-interfaces     print the interfaces: vtap and, where this user may run\n"
	     "                          dumpcap, vtap-if\n"
	     "  --extcap-interface NAME the interface that is meant\n"
	     "  --extcap-dlts           print its link type\n"
	     "  --extcap-config         print its options\n"
	     "  --extcap-reload-option interface\n"
	     "                          with --extcap-config: only the interfaces of this host\n"
	     "  --extcap-capture-filter F\n"
	     "                          is refused: use a display filter\n"
	     "  --extcap-version V      of Wireshark; of no use here\n"
	     "  --extcap-cleanup-postkill\n"
	     "                          nothing is to be cleaned up\n"
	     "  --capture               capture, until SIGTERM or the end of the reader\n"
	     "  --fifo FIFO             write the capture there\n"
	     "  --listen 'URI ...'      vtap: sockets as of vtap-decap -l, separated by blanks or\n"
	     "                          commas (default: vxlan://:4789 geneve://:6081)\n"
	     "  --interface NAME        vtap-if: capture from this interface, by dumpcap\n"
	     "  --id LIST               take off only tunnels with these VNIs, keys, sessions or\n"
	     "                          TEIDs: 5,7-9\n"
	     "  --keep                  vtap-if: keep packets that are in no tunnel\n"
	     "  --no-fixlen             do not restore the lengths of packets that were cut\n"
	     "  --help                  print this and exit\n"
	     "  --version               print the version and exit");
}

static bool main_capture(const struct extcap_options *options, struct error *err)
{
	if (options->action == EXTCAP_CAPTURE)
		return capture_run(options, err);
	if (!options->filter)
		return error_usage(err, "nothing is to be done");
	describe_filter(stdout);
	return true;
}

static bool main_do(const struct extcap_options *options, struct error *err)
{
	switch (options->action) {
	case EXTCAP_HELP:
		main_help();
		return true;
	case EXTCAP_VERSION:
		puts("vtap-extcap " VTAP_VERSION);
		return true;
	case EXTCAP_INTERFACES:
		describe_interfaces(stdout);
		return true;
	case EXTCAP_DLTS:
		describe_dlts(stdout, options);
		return true;
	case EXTCAP_CONFIG:
		return describe_config(stdout, options, err);
	case EXTCAP_CLEANUP:
		return true;
	case EXTCAP_CAPTURE:
	case EXTCAP_NOTHING:
		break;
	}
	return main_capture(options, err);
}

/* Wireshark waits for the fifo also when its options are wrong. */
static bool main_run(struct extcap_options *options, int argc, char **argv, struct error *err)
{
	if (extcap_options_parse(options, argc, argv, err))
		return main_do(options, err);
	if (options->action == EXTCAP_CAPTURE && options->fifo)
		capture_refuse(options);
	return false;
}

/* A descriptor of the standard streams that is closed would be given to a pipe or the fifo. */
static void main_fill_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct extcap_options options;
	struct error err = { 0 };

	/* Where the parent ignores it, this process does, too, and no status of a child is kept. */
	signal(SIGCHLD, SIG_DFL);
	main_fill_streams();
	if (!main_run(&options, argc, argv, &err))
		return main_fail(&err);
	if (fflush(stdout) == 0)
		return 0;
	error_errno(&err, "standard output");
	return main_fail(&err);
}
