/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What agents of this kind do: naive DEVICE ADDRESS SNAPLEN. pcap_next_ex, a VXLAN header in front
 * of a copy, one sendto, the next one. The ring is as large as vtap-tap's. Counts on standard error
 * at the end: captured, dropped by the kernel, not sent.
 */
#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING = 8 << 20, HEADER = 8, FRAME_MAX = 65536 };

static pcap_t *pcap;

static void stop(int signal_number)
{
	(void)signal_number;
	pcap_breakloop(pcap);
}

static void open_device(const char *device, int snaplen)
{
	char err[PCAP_ERRBUF_SIZE];

	pcap = pcap_create(device, err);
	if (!pcap || pcap_set_snaplen(pcap, snaplen) || pcap_set_promisc(pcap, 1) ||
	    pcap_set_timeout(pcap, 100) || pcap_set_buffer_size(pcap, RING) ||
	    pcap_activate(pcap) < 0) {
		fprintf(stderr, "naive: %s: %s\n", device, pcap ? pcap_geterr(pcap) : err);
		exit(1);
	}
}

static void run(int fd, const struct sockaddr_in *to)
{
	static uint8_t message[HEADER + FRAME_MAX] = { [0] = 8, [6] = 42 };
	struct pcap_stat counts = { 0 };
	struct pcap_pkthdr *head;
	uint64_t captured = 0, failed = 0;
	const uint8_t *data;
	int result;

	while ((result = pcap_next_ex(pcap, &head, &data)) >= 0) {
		if (result == 0)
			continue;
		captured++;
		memcpy(message + HEADER, data, head->caplen);
		failed += sendto(fd, message, HEADER + head->caplen, 0, (const struct sockaddr *)to,
				 sizeof(*to)) < 0;
	}
	pcap_stats(pcap, &counts);
	fprintf(stderr, "%llu %u %llu\n", (unsigned long long)captured, counts.ps_drop,
		(unsigned long long)failed);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(4789) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 4 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		return 2;
	open_device(argv[1], atoi(argv[3]));
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	run(fd, &to);
	return 0;
}
