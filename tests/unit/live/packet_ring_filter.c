/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters that the kernel runs: those of "any" are what libpcap's own translation makes of them,
 * and they can be swapped there and back. */
#include <string.h>
#include <sys/socket.h>

#include "lib/netns.h"
#include "lib/tap.h"
#include "live/packet_ring_internal.h"

/* Expressions, and whether the kernel can run them on frames without a link-layer header. */
static const struct {
	const char *text;
	bool by_kernel;
} expressions[] = {
	{ "arp", true },
	{ "tcp port 80", true },
	{ "udp portrange 5-9 and net 10.0.0.0/8", true },
	{ "ip6 host fd00::1 or icmp", true },
	{ "not arp and not ip6", true },
	{ "inbound", true },
	{ "outbound and udp", true },
	{ "ip[8] < 64", true },
	{ "tcp[tcpflags] & tcp-syn != 0 and less 100", true },
	{ "ether proto 0x88cc", true },
	{ "link[4] = 1", false }, /* the length of the address, which is nowhere else */
};

enum { EXPRESSIONS = sizeof(expressions) / sizeof(*expressions), GUARD = 5 };

static struct error err;

static struct packet_ring *open_ring(const char *device, const char *filter)
{
	const struct packet_ring_config config = { .device = device,
						   .filter = filter,
						   .buffer = 1 << 20 };

	return packet_ring_open(&config, &err);
}

/* Fills code with what the kernel runs for a socket. Returns how many instructions there are. */
static unsigned running(pcap_t *pcap, struct sock_filter code[BPF_MAXINSNS])
{
	socklen_t count = BPF_MAXINSNS;

	return getsockopt(libpcap.pcap_fileno(pcap), SOL_SOCKET, SO_GET_FILTER, code, &count) < 0
		       ? 0
		       : count;
}

/* What libpcap makes of an expression for "any"; 0 if it runs the filter itself. */
static unsigned reference(const char *text, struct sock_filter code[BPF_MAXINSNS])
{
	char said[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = libpcap.pcap_create("any", said);
	struct bpf_program program;
	unsigned count = 0;

	libpcap.pcap_set_snaplen(pcap, PACKET_RING_SNAPLEN);
	if (libpcap.pcap_activate(pcap) >= 0 &&
	    libpcap.pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		if (libpcap.pcap_setfilter(pcap, &program) == 0)
			count = running(pcap, code);
		libpcap.pcap_freecode(&program);
	}
	libpcap.pcap_close(pcap);
	return count;
}

static void test_cooked(unsigned at)
{
	static struct sock_filter ours[BPF_MAXINSNS], theirs[BPF_MAXINSNS];
	const char *text = expressions[at].text;
	struct packet_ring *ring = open_ring("any", text);
	unsigned count = reference(text, theirs), have;

	ok(ring != NULL, "%s on any", text);
	if (!ring)
		return;
	have = running(ring->pcap, ours);
	ok(ring->in_process == !expressions[at].by_kernel, "... the kernel %s it",
	   expressions[at].by_kernel ? "runs" : "cannot run");
	ok(ring->in_process == (count == 0), "... as libpcap says");
	if (!ring->in_process)
		ok(have == count + GUARD &&
			   memcmp(ours + GUARD, theirs, count * sizeof(*ours)) == 0,
		   "... by the same instructions, behind those for the loopback device");
	packet_ring_close(ring);
}

static void test_swap(const char *device)
{
	static struct sock_filter first[BPF_MAXINSNS], now[BPF_MAXINSNS], third[BPF_MAXINSNS];
	struct packet_ring *ring = open_ring(device, "udp port 9");
	unsigned count, other;

	ok(ring != NULL, "a ring on %s", device);
	if (!ring)
		return;
	count = running(ring->pcap, first);
	ok(!packet_ring_prepare_filter(ring, "udp prt 9", NULL, &err) && err.usage,
	   "a filter that does not compile is refused");
	ok(packet_ring_prepare_filter(ring, "arp", NULL, &err), "one that does is prepared");
	ok(running(ring->pcap, now) == count && !memcmp(now, first, count * sizeof(*now)),
	   "... and not in force");
	ok(packet_ring_swap_filter(ring, &err), "... until it is swapped");
	other = running(ring->pcap, third);
	ok(other != count || memcmp(third, first, count * sizeof(*third)) != 0, "... in");
	ok(packet_ring_swap_filter(ring, &err) && running(ring->pcap, now) == count &&
		   !memcmp(now, first, count * sizeof(*now)),
	   "... and back");
	ok(packet_ring_prepare_filter(ring, "", NULL, &err) &&
		   packet_ring_swap_filter(ring, &err) &&
		   running(ring->pcap, now) == (ring->is_cooked ? GUARD + 1 : 1),
	   "no filter lets all pass");
	packet_ring_forget_filter(ring);
	packet_ring_close(ring);
}

static void test_in_process(void)
{
	struct packet_ring *ring = open_ring("any", "link[4] = 1");

	ok(ring && !packet_ring_prepare_filter(ring, "arp", NULL, &err),
	   "a filter that libpcap runs is not replaced");
	is_str(err.text, "the kernel cannot run the filter: it needs a new start", "... and why");
	if (ring)
		packet_ring_close(ring);
	ring = open_ring("any", "arp");
	ok(ring && !packet_ring_prepare_filter(ring, "link[4] = 1", NULL, &err),
	   "nor does such a filter replace another one");
	if (ring)
		packet_ring_close(ring);
}

int main(void)
{
	if (!netns_enter())
		return tap_done();
	netns_run("ip link set lo up");
	for (unsigned i = 0; i < EXPRESSIONS; i++)
		test_cooked(i);
	test_swap("lo");
	test_swap("any");
	test_in_process();
	return netns_leave();
}
