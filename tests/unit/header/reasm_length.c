/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams as long as the IP header can say, and longer ones. */
#include "header/reasm.h"

#include "lib/reasm_rig.h"
#include "lib/tap.h"

/* The longest datagram of a kind: its IP length is 65535 when it is joined. */
static void longest(struct want kind, uint32_t total)
{
	struct want first = kind, last = kind;
	struct state state;

	begin(&state, 0, NS);
	first.len = last.start = 32768;
	first.more = true;
	last.len = total - last.start;
	put(&state, first);
	if (ok(put(&state, last) == REASM_WHOLE && whole_is(&state.whole, last, total),
	       "IPv%u: %u bytes of payload are joined", kind.version, total))
		reasm_refuse(state.reasm);
	last.len++;
	ok(put(&state, last) == REASM_MALFORMED, "... and a byte more is malformed");
	last.start = total & ~7U;
	last.len = total - last.start;
	ok(put(&state, last) == REASM_KEPT, "... the shortest last fragment is kept");
	reasm_free(state.reasm);
}

/* The last fragment fits by its own header, and not behind that of the first one. */
static void too_long(unsigned version, uint32_t total)
{
	struct want first = { .version = version, .len = 32768, .more = true, .options = true };
	struct want last = { .version = version, .start = 32768, .len = total - 32768 };
	struct state state;

	begin(&state, 0, NS);
	put(&state, first);
	ok(put(&state, last) == REASM_KEPT && state.due == 2 && state.causes[REASM_TOO_LONG] == 2 &&
		   reasm_idle(state.reasm),
	   "IPv%u: a datagram that options make too long comes out again", version);
	reasm_free(state.reasm);
}

int main(void)
{
	longest((struct want){ .version = 4 }, 65515);
	longest((struct want){ .version = 4, .options = true }, 65511);
	longest((struct want){ .version = 6 }, 65535);
	longest((struct want){ .version = 6, .options = true }, 65527);
	too_long(4, 65515);
	too_long(6, 65535);
	return tap_done();
}
