/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/choice.h"

#include "lib/build.h"
#include "lib/tap.h"

static const int64_t s = 1000000000;

static unsigned told;
static uint32_t told_last;
static char told_why[1024];

static void tell(const void *arg, uint32_t linktype, const struct error *why)
{
	told += *(const char *)arg == 'x';
	told_last = linktype;
	snprintf(told_why, sizeof(told_why), "%s", why->text);
}

/* since and until as they are typed, or NULL. */
static struct choice *choice_or_die(const char *expression, const char *since, const char *until)
{
	struct error err = { 0 };
	struct moment from, to;
	struct choice_config config = { .expression = expression, .tell = tell, .tell_arg = "x" };
	struct choice *choice;

	if (since && moment_parse(since, 0, &from, &err))
		config.since = &from;
	if (until && moment_parse(until, 0, &to, &err))
		config.until = &to;
	choice = choice_new(&config, &err);
	memset(&from, 0xAA, sizeof(from)); /* they are copied */
	memset(&to, 0xAA, sizeof(to));
	if (err.text[0]) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return choice;
}

/* 'y' taken, 't' out of time, 'f' filtered, 'e' failed. */
static char judge(struct choice *choice, const struct packet *packet)
{
	static const char names[] = { [CHOICE_TAKEN] = 'y',
				      [CHOICE_OUT_OF_TIME] = 't',
				      [CHOICE_FILTERED] = 'f',
				      [CHOICE_FAILED] = 'e' };
	struct error err = { 0 };
	char name = names[choice_judge(choice, packet, packet->form != PACKET_SIMPLE, &err)];

	return (name == 'e') == (err.text[0] != '\0') ? name : '?';
}

/* A datagram to a port, in an Ethernet frame. */
static struct packet datagram(struct build *b, uint16_t port, int64_t time_ns)
{
	build_clear(b);
	build_pad(b, 20, 'x');
	build_udp(b, port);
	build_ipv4(b, 1, 2, 17);
	build_ethernet(b, 0x0800);
	return (struct packet){ .time_ns = time_ns,
				.data = build_data(b),
				.caplen = (uint32_t)build_len(b),
				.len = (uint32_t)build_len(b),
				.linktype = LINK_ETHERNET };
}

/* Packets at these times, -1: without one; each row says what becomes of them. */
static void times(void)
{
	static const struct {
		const char *since, *until, *name;
		int64_t at[6];
		const char *want;
	} rows[] = {
		{ "@100", NULL, "since is in", { 99, 100, 101, 0, 1000, 100 }, "tyytyy" },
		{ NULL, "@100", "until is out", { 99, 100, 101, 0, 1000, 99 }, "yttyty" },
		{ "@100", "@103", "both", { 99, 100, 102, 103, 101, 1 }, "tyytyt" },
		{ "+2", NULL, "behind the first", { 50, 51, 52, 53, 49, 52 }, "ttyyty" },
		{ NULL, "+2", "... and until", { 50, 51, 52, 53, 49, 51 }, "yyttyy" },
		{ "+1", "+2", "... and both", { 50, 51, 52, 51, 49, 51 }, "tytyty" },
		{ "@52", "+3", "one of each", { 50, 51, 52, 53, 52, 54 }, "ttytyt" },
		{ "+1", NULL, "the first that has a time", { -1, 50, 51, -1, 49, 52 }, "ttytty" },
		{ "@0", NULL, "no time is in no times", { -1, -1, 0, 1, -1, 2 }, "ttyyty" },
		{ NULL, "@100", "... nor before any", { -1, -1, 0, 1, -1, 2 }, "ttyyty" },
		{ "+1",
		  NULL,
		  "the first is not the earliest",
		  { 50, 40, 41, 51, 50, 60 },
		  "tttyty" },
		{ NULL, NULL, "no moments", { -1, 0, 5, 2, -1, 1 }, "yyyyyy" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct choice *choice = choice_or_die(NULL, rows[i].since, rows[i].until);
		char got[7] = "";

		for (unsigned k = 0; k < 6; k++) {
			int64_t at = rows[i].at[k];
			struct packet packet = { .time_ns = at < 0 ? 0 : at * s,
						 .form = at < 0 ? PACKET_SIMPLE : PACKET_PLAIN };

			got[k] = judge(choice, &packet);
		}
		is_str(got, rows[i].want, rows[i].name);
		choice_free(choice);
	}
}

/* A nanosecond decides. */
static void borders(void)
{
	struct choice *choice = choice_or_die(NULL, "@1.5", "@1.500000002");
	char got[5] = "";

	for (int i = 0; i < 4; i++) {
		struct packet packet = { .time_ns = s + s / 2 - 1 + i };

		got[i] = judge(choice, &packet);
	}
	is_str(got, "tyyt", "to the nanosecond");
	choice_free(choice);
}

static void span(void)
{
	struct choice *choice = choice_or_die("udp port 53", "@100", NULL);
	int64_t earliest, latest;
	struct packet packet;
	struct build b;

	ok(!choice_span(choice, &earliest, &latest), "no times before the first packet");
	packet = datagram(&b, 53, 0);
	packet.form = PACKET_SIMPLE;
	judge(choice, &packet);
	ok(!choice_span(choice, &earliest, &latest), "... nor of one that has none");
	for (int i = 0; i < 3; i++) {
		packet = datagram(&b, 53, (i == 1 ? 7 : 9 + i) * s);
		judge(choice, &packet);
	}
	ok(choice_span(choice, &earliest, &latest) && earliest == 7 * s && latest == 11 * s,
	   "the earliest and the latest, whatever became of them");
	choice_free(choice);
}

static void expressions(void)
{
	struct choice *choice = choice_or_die("udp port 53", "@100", NULL);
	struct build b;
	struct packet packet = datagram(&b, 53, 100 * s);

	ok(judge(choice, &packet) == 'y', "a match in time");
	packet.time_ns = 0;
	ok(judge(choice, &packet) == 't', "a match out of time");
	packet = datagram(&b, 54, 100 * s);
	ok(judge(choice, &packet) == 'f', "no match in time");
	packet.time_ns = 0;
	ok(judge(choice, &packet) == 't', "neither: the time is asked first");
	choice_free(choice);
}

/* One that does not compile for a link type matches nothing of it, and that is told once. */
static void link_types(void)
{
	struct choice *choice = choice_or_die("ether src 02:00:00:00:00:01", NULL, NULL);
	struct build b;
	struct packet packet = datagram(&b, 53, 0);

	told = 0;
	ok(judge(choice, &packet) != 'e' && told == 0, "good for Ethernet");
	packet.linktype = LINK_RAW;
	ok(judge(choice, &packet) == 'f', "not for bare IP");
	ok(told == 1 && told_last == LINK_RAW && strstr(told_why, "ether"), "... told: %s",
	   told_why);
	ok(judge(choice, &packet) == 'f' && judge(choice, &packet) == 'f' && told == 1, "... once");
	packet.linktype = 12;
	ok(judge(choice, &packet) == 'f' && told == 1 && told_last == LINK_RAW,
	   "... also where raw IP has another of its numbers");
	packet.linktype = LINK_ETHERNET;
	judge(choice, &packet);
	packet.linktype = LINK_RAW;
	ok(judge(choice, &packet) == 'f' && told == 1, "... also behind others");
	for (uint32_t i = 0; i < 100; i++) {
		packet.linktype = 60000 + i % 50;
		judge(choice, &packet);
	}
	ok(told == 10 && told_last == 60008, "ten link types are told, and no more");
	choice_free(choice);
}

static void wrong(void)
{
	const struct choice_config config = { .expression = "udp prt 53" };
	struct error err = { 0 };

	ok(!choice_new(&config, &err) && err.usage && strstr(err.text, "syntax error"),
	   "a wrong expression: %s", err.text);
	choice_free(NULL);
}

int main(void)
{
	times();
	borders();
	span();
	expressions();
	link_types();
	wrong();
	return tap_done();
}
