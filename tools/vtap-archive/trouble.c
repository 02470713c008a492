/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trouble.h"

#include <stdio.h>
#include <string.h>

enum { SECOND_NS = 1000000000, LONGEST_S = 300, DOUBLED = 9 }; /* 2^9 s is beyond LONGEST_S */

static int64_t trouble_pause_ns(unsigned tries, uint64_t random)
{
	int64_t pause_s = tries < DOUBLED ? INT64_C(1) << tries : LONGEST_S;
	int64_t pause_ns = pause_s * SECOND_NS;

	return pause_ns + (int64_t)(random % (uint64_t)(pause_ns / 4));
}

bool trouble_begin(struct trouble *trouble, const char *text, int64_t now_ns, uint64_t random)
{
	bool told = trouble->on && strncmp(trouble->text, text, sizeof(trouble->text) - 1) == 0;

	if (!trouble->on)
		trouble->since_ns = now_ns;
	trouble->on = true;
	trouble->next_ns = now_ns + trouble_pause_ns(trouble->tries, random);
	trouble->tries++;
	if (!told)
		snprintf(trouble->text, sizeof(trouble->text), "%s", text);
	return !told;
}

int64_t trouble_end(struct trouble *trouble, int64_t now_ns)
{
	int64_t lasted_ns = trouble->on ? now_ns - trouble->since_ns : -1;

	*trouble = (struct trouble){ 0 };
	return lasted_ns;
}
