/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts frames onto a device at a steady rate: flood -i DEVICE -n COUNT -r PACKETS_A_SECOND
 * [-s SIZE | -s mix] [-d MAC] [-x ADDRESS]. SIZE is that of the frame without FCS; mix is 7 of 64
 * bytes, 4 of 576 and 1 of 1400, shuffled. 256 TCP flows. -x wraps each in VXLAN (VNI 42) to
 * that IPv4 address. Prints what the device took, the seconds, and the CPU nanoseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES = 4096, FLOWS = 256, BATCH = 32, LARGEST = 1500 + 14, OUTER = 50 };

struct options {
	const char *device, *size;
	uint64_t count;
	double rate;
	uint8_t mac[6];
	struct in_addr wrap;
};

static uint8_t frames[FRAMES][LARGEST + OUTER];
static struct iovec iov[FRAMES];
static struct mmsghdr messages[FRAMES];

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

static void put_ip(uint8_t *ip, unsigned len, uint8_t protocol, const uint8_t from[4],
		   const uint8_t to[4])
{
	ip[0] = 0x45;
	put16(ip + 2, len);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, from, 4);
	memcpy(ip + 16, to, 4);
	put_checksum(ip);
}

/* An ACK of a TCP flow with a payload of zeros. */
static void put_inner(uint8_t *frame, unsigned len, unsigned flow, const uint8_t mac[6])
{
	const uint8_t from[4] = { 192, 0, 2, (uint8_t)flow };
	const uint8_t to[4] = { 198, 51, 100, (uint8_t)(flow / 16) };
	uint8_t *tcp = frame + 34;

	memcpy(frame, mac, 6);
	memcpy(frame + 6, "\x02\x00\x00\x00\xaa\xaa\x08\x00", 8);
	put_ip(frame + 14, len - 14, 6, from, to);
	put16(tcp, 1024 + flow);
	put16(tcp + 2, 443);
	tcp[12] = 0x50;
	tcp[13] = 0x10;
	put16(tcp + 14, 1000);
}

static void put_outer(uint8_t *frame, unsigned len, unsigned flow, const struct options *options)
{
	const uint8_t from[4] = { 10, 8, 0, 1 };
	uint8_t to[4], *udp = frame + 34;

	memcpy(to, &options->wrap, 4);
	memcpy(frame, options->mac, 6);
	memcpy(frame + 6, "\x02\x00\x00\x00\xaa\xaa\x08\x00", 8);
	put_ip(frame + 14, len + OUTER - 14, 17, from, to);
	put16(udp, 49152 + flow);
	put16(udp + 2, 4789);
	put16(udp + 4, len + 16);
	udp[8] = 8;
	udp[14] = 42;
}

static unsigned size_of(const char *size, unsigned i)
{
	static const unsigned mix[] = { 64, 576, 64, 64, 1400, 64, 576, 64, 576, 64, 64, 576 };

	if (strcmp(size, "mix") == 0)
		return mix[(i * 2654435761u >> 16) % 12];
	return (unsigned)atoi(size);
}

static void fill(const struct options *options)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0xbb, 0xbb };
	bool wrapped = options->wrap.s_addr != 0;
	unsigned outer = wrapped ? OUTER : 0;

	for (unsigned i = 0; i < FRAMES; i++) {
		unsigned len = size_of(options->size, i), flow = (i * 40503u >> 3) % FLOWS;

		if (len < 54 || len > LARGEST) {
			errno = EINVAL;
			die(options->size);
		}
		put_inner(frames[i] + outer, len, flow, wrapped ? other : options->mac);
		if (wrapped)
			put_outer(frames[i], len, flow, options);
		iov[i] = (struct iovec){ frames[i], len + outer };
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static int open_device(const char *device)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_ifindex = (int)if_nametoindex(device) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(device);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	return fd;
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* At most a batch behind the clock's due: after being held up it catches up in small steps. */
static void run(int fd, const struct options *options)
{
	double begun = seconds(CLOCK_MONOTONIC);
	uint64_t sent = 0, refused = 0;

	while (sent + refused < options->count) {
		uint64_t done = sent + refused, left = options->count - done;
		double due = (seconds(CLOCK_MONOTONIC) - begun) * options->rate - (double)done;
		unsigned at = (unsigned)(done % FRAMES), want = BATCH;
		int n;

		if (due < 1) {
			nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
			continue;
		}
		if (due < want)
			want = (unsigned)due;
		if (left < want)
			want = (unsigned)left;
		if (FRAMES - at < want)
			want = FRAMES - at;
		n = sendmmsg(fd, messages + at, want, 0);
		sent += n > 0 ? (uint64_t)n : 0;
		refused += n < 0;
	}
	printf("%llu %.6f %.0f\n", (unsigned long long)sent, seconds(CLOCK_MONOTONIC) - begun,
	       seconds(CLOCK_PROCESS_CPUTIME_ID) * 1e9);
}

static void parse(int argc, char **argv, struct options *options)
{
	int letter;

	while ((letter = getopt(argc, argv, "i:n:r:s:d:x:")) != -1) {
		bool good = true;

		if (letter == 'i')
			options->device = optarg;
		else if (letter == 'n')
			options->count = strtoull(optarg, NULL, 10);
		else if (letter == 'r')
			options->rate = atof(optarg);
		else if (letter == 's')
			options->size = optarg;
		else if (letter == 'd')
			good = sscanf(optarg, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &options->mac[0],
				      &options->mac[1], &options->mac[2], &options->mac[3],
				      &options->mac[4], &options->mac[5]) == 6;
		else
			good = letter == 'x' && inet_pton(AF_INET, optarg, &options->wrap) == 1;
		if (!good)
			exit(2);
	}
	if (!options->device || options->rate <= 0)
		exit(2);
}

int main(int argc, char **argv)
{
	struct options options = {
		.size = "mix", .count = 100000, .rate = 100000, .mac = { 2, 0, 0, 0, 0xbb, 0xbb }
	};

	parse(argc, argv, &options);
	fill(&options);
	run(open_device(options.device), &options);
	return 0;
}
