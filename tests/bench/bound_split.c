/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lower bound of splitting: bound_split DIRECTORY OUTPUTS reads a pcap from standard input and
 * writes the records of each outer source and identifier to a file of its own, 0.pcap to
 * OUTPUTS-1.pcap, from one buffer for each, all of them open; more sources than OUTPUTS share
 * files. The bytes of each file are those of vtap-split, the names are shorter.
 */
#include <stdio.h>
#include <sys/resource.h>

#include "bound.h"

enum { BUFFERS = 16 << 20, BUFFER_MAX = 256 << 10, BUFFER_MIN = 4 << 10 };

static struct out *outs;
static uint32_t outputs, sources;
static uint8_t head[PCAP_HEAD];

static size_t split(uint8_t *block, size_t len)
{
	size_t at = 0, whole;
	uint64_t key;
	uint32_t *number;

	while (len - at >= RECORD) {
		whole = RECORD + (size_t)native32(block + at + 8);
		if (len - at < whole)
			break;
		if (!outer_len(block + at + RECORD, whole - RECORD, &key))
			key = 0;
		number = number_of(key);
		if (!*number)
			*number = 1 + sources++ % outputs;
		memcpy(out_take(&outs[*number - 1], whole), block + at, whole);
		at += whole;
	}
	return at;
}

static void outs_open(const char *directory)
{
	size_t size = BUFFERS / outputs;
	struct rlimit limit;
	char name[4096];

	size = size > BUFFER_MAX ? BUFFER_MAX : size < BUFFER_MIN ? BUFFER_MIN : size;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (uint32_t i = 0; i < outputs; i++) {
		snprintf(name, sizeof(name), "%s/%u.pcap", directory, i);
		outs[i].fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		outs[i].size = size;
		outs[i].bytes = malloc(size);
		if (outs[i].fd < 0 || !outs[i].bytes)
			exit(1);
		memcpy(out_take(&outs[i], PCAP_HEAD), head, PCAP_HEAD);
	}
}

int main(int argc, char **argv)
{
	int status;

	outputs = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	outs = outputs ? calloc(outputs, sizeof(*outs)) : NULL;
	if (!outs)
		return 2;
	head_read(head, sizeof(head));
	outs_open(argv[1]);
	status = each_block(split);
	for (uint32_t i = 0; i < outputs; i++)
		out_flush(&outs[i]);
	return status;
}
