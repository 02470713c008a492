/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the line of progress says, and what is left of it where columns are few. */
#include "cli/progress.h"

#include "lib/tap.h"

static const struct progress_figures file = { .name = "decap",
					      .has_end = true,
					      .part = 0.4199,
					      .done = 840000000,
					      .total = 2000000000,
					      .left_s = 3.6,
					      .packets = 2400000,
					      .bytes_per_s = 310e6 };

static const struct progress_figures live = { .name = "split",
					      .packets = 2400000,
					      .packets_per_s = 120400,
					      .bytes_per_s = 38.75e6,
					      .dropped = 1301074,
					      .sources = 12,
					      .sources_noun = "key" };

static void is_line(const struct progress_figures *figures, unsigned room, const char *want)
{
	char text[PROGRESS_SIZE];

	progress_print(figures, room, text);
	is_str(text, want, want);
}

static void with_end(void)
{
	struct progress_figures figures = file;

	is_line(&file, 199, "decap  41%  0.8/2.0 GB  2.4 Mpkt  310 MB/s  eta 4 s");
	is_line(&file, 51, "decap  41%  0.8/2.0 GB  2.4 Mpkt  310 MB/s  eta 4 s");
	is_line(&file, 50, "decap  41%  0.8/2.0 GB  310 MB/s  eta 4 s");
	is_line(&file, 40, "decap  41%  0.8/2.0 GB  eta 4 s");
	is_line(&file, 30, "decap  41%  eta 4 s");
	is_line(&file, 18, "decap  41%");
	is_line(&file, 9, "41%");
	is_line(&file, 2, "");
	is_line(&file, 0, "");
	figures.left_s = -1;
	is_line(&figures, 80, "decap  41%  0.8/2.0 GB  2.4 Mpkt  310 MB/s");
	figures.left_s = 1e300;
	is_line(&figures, 80, "decap  41%  0.8/2.0 GB  2.4 Mpkt  310 MB/s");
	figures.left_s = 200;
	figures.part = 1;
	figures.bytes_per_s = figures.packets = 0;
	is_line(&figures, 80, "decap 100%  0.8/2.0 GB  0 pkt  0 B/s  eta 3 min 20 s");
	figures.part = 0;
	is_line(&figures, 25, "decap   0%");
}

static void without_end(void)
{
	struct progress_figures figures = live;

	is_line(&live, 80, "split  2.4 Mpkt  120 kpkt/s  310 Mbit/s  1,301,074 dropped  12 keys");
	is_line(&live, 66, "split  2.4 Mpkt  120 kpkt/s  1,301,074 dropped  12 keys");
	is_line(&live, 50, "split  2.4 Mpkt  120 kpkt/s  1,301,074 dropped");
	is_line(&live, 39, "split  2.4 Mpkt  1,301,074 dropped");
	is_line(&live, 30, "split  2.4 Mpkt");
	is_line(&live, 10, "2.4 Mpkt");
	figures.sources = 1;
	is_line(&figures, 80, "split  2.4 Mpkt  120 kpkt/s  310 Mbit/s  1,301,074 dropped  1 key");
	figures.sources_noun = NULL;
	is_line(&figures, 80, "split  2.4 Mpkt  120 kpkt/s  310 Mbit/s  1,301,074 dropped");
	figures = (struct progress_figures){ .name = "decap",
					     .packets = UINT64_MAX,
					     .packets_per_s = 1e300,
					     .bytes_per_s = 1e300,
					     .dropped = UINT64_MAX,
					     .sources = UINT64_MAX,
					     .sources_noun = "interface" };
	is_line(&figures, 20, "decap  18.4 Epkt");
}

int main(void)
{
	with_end();
	without_end();
	return tap_done();
}
