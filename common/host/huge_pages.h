/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has the kernel back the heap by huge pages (2 MiB instead of 4 KiB on most machines). This is for
 * a process that goes to and fro in tens of megabytes of small blocks: it waits for the processor's
 * table of pages longer than for the bytes.
 */
#ifndef VTAP_HOST_HUGE_PAGES_H
#define VTAP_HOST_HUGE_PAGES_H

/* All zero: not begun. */
struct huge_pages {
	char *end; /* of the heap, when huge_pages_go_on() looked last; NULL before the first call
		    */
};

/*
 * Asks for huge pages in what the heap has grown by since the last call; in the first call, for
 * what it will grow by. The heap grows in steps of 16 MiB from then on, of which the process takes
 * what it uses. Call this after blocks were allocated, as often as it suits: a call without news
 * costs some nanoseconds. Where there are no huge pages nothing happens. Source: madvise(2),
 * MADV_HUGEPAGE; mallopt(3), M_TOP_PAD.
 */
void huge_pages_go_on(struct huge_pages *pages);

#endif
