/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lower bound of `make bench`: reads a native pcap from standard input block by block, strips
 * the 50 bytes of Ethernet, IPv4, UDP and VXLAN where port 4789 says so, moves what is left
 * together inside the block, and writes the block. No other check, no other format: what any
 * decapsulator must at least do.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, STRIP = 50, RECORD = 16 };

static uint8_t block[BLOCK];

static int put(const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(1, bytes, len);

		if (n <= 0)
			return 0;
		bytes += n;
		len -= (size_t)n;
	}
	return 1;
}

/* Compacts the whole records in block[0..end-1]; sets *taken to their input bytes, returns their
 * output bytes. */
static size_t compact(size_t start, size_t end, size_t *taken)
{
	size_t in = start, out = start;

	while (end - in >= RECORD) {
		uint32_t head[4];
		size_t len;
		const uint8_t *frame = block + in + RECORD;

		memcpy(head, block + in, RECORD);
		len = head[2];
		if (end - in - RECORD < len)
			break;
		in += RECORD + len;
		if (len >= STRIP && frame[36] == 0x12 && frame[37] == 0xb5) {
			frame += STRIP;
			len -= STRIP;
			head[2] -= STRIP;
			head[3] -= STRIP;
		}
		memcpy(block + out, head, RECORD);
		memmove(block + out + RECORD, frame, len);
		out += RECORD + len;
	}
	*taken = in;
	return out;
}

int main(void)
{
	size_t have = 0, start = 24, taken, out;
	ssize_t n;

	fcntl(0, F_SETPIPE_SZ, BLOCK);
	fcntl(1, F_SETPIPE_SZ, BLOCK);
	while ((n = read(0, block + have, BLOCK - have)) > 0) {
		have += (size_t)n;
		if (have < start)
			continue;
		out = compact(start, have, &taken);
		if (!put(block, out))
			return 1;
		memmove(block, block + taken, have - taken);
		have -= taken;
		start = 0;
	}
	return n < 0 || have > 0;
}
