/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/wiretap_link.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/pcap_record.h"

enum { LINK_USER0 = 147 };

/* A file that ends early leaves errno as it was, and is nobody's but ours: it is said as EIO. */
static bool read_memory(const struct wiretap_link *link, void *to, size_t len, off_t at,
			struct error *err)
{
	errno = EIO;
	return pread(link->memory, to, len, at) == (ssize_t)len || error_errno(err, "memory file");
}

static bool open_pcap(struct wiretap_link *link, struct error *err)
{
	link->memory = memfd_create("vtap", MFD_CLOEXEC);
	if (link->memory < 0)
		return error_errno(err, "memory file");
	link->pcap = wiretap_dump(link->memory, wiretap.wtap_pcap_nsec_file_type_subtype(),
				  link->encap, err);
	return link->pcap && wiretap_flush(link->pcap, err);
}

static void close_pcap(struct wiretap_link *link)
{
	struct error ignored;

	if (link->pcap)
		wiretap_dump_close(link->pcap, &ignored);
	if (link->memory >= 0)
		close(link->memory);
	link->pcap = NULL;
	link->memory = -1;
}

/* Encapsulations whose packets have a link type, but which wiretap refuses to write to a pcap. */
static uint32_t plain_linktype(int encap)
{
	switch (encap) {
	case WTAP_ENCAP_NETTL_ETHERNET:
		return LINK_ETHERNET;
	case WTAP_ENCAP_NETTL_RAW_IP:
		return LINK_RAW;
	default:
		return LINK_USER0;
	}
}

/* wiretap does not export its table of link types, but they stand in the pcap header it writes. */
bool wiretap_link_open(struct wiretap_link *link, int encap, struct error *err)
{
	const off_t at = offsetof(struct pcap_file_header, linktype);
	uint32_t linktype;

	*link = (struct wiretap_link){ .encap = encap,
				       .linktype = plain_linktype(encap),
				       .memory = -1 };
	if (!wiretap.wtap_dump_can_write_encap(wiretap.wtap_pcap_nsec_file_type_subtype(), encap))
		return true;
	if (!open_pcap(link, err)) {
		close_pcap(link);
		return false;
	}
	if (!read_memory(link, &linktype, sizeof(linktype), at, err)) {
		close_pcap(link);
		return false;
	}
	link->linktype = linktype & 0xffff;
	if (!wiretap.wtap_encap_requires_phdr(encap))
		close_pcap(link);
	return true;
}

void wiretap_link_close(struct wiretap_link *link)
{
	close_pcap(link);
	free(link->bytes);
	link->bytes = NULL;
}

/* Writes the record at the start of the memory file, without a time, as pcap refuses some. */
static bool write_record(struct wiretap_link *link, struct wiretap_record *record,
			 struct error *err)
{
	nstime_t time = record->rec.ts;
	bool good;

	if (lseek(link->memory, 0, SEEK_SET) < 0)
		return error_errno(err, "memory file");
	record->rec.ts.secs = 0;
	record->rec.ts.nsecs = 0;
	good = wiretap_write(link->pcap, record, wiretap_record_bytes(record), err) &&
	       wiretap_flush(link->pcap, err);
	record->rec.ts = time;
	return good;
}

static bool read_record(struct wiretap_link *link, struct packet *packet, struct error *err)
{
	struct pcap_record head;

	if (!read_memory(link, &head, sizeof(head), 0, err))
		return false;
	if (head.caplen > link->room) {
		free(link->bytes);
		link->room = 0;
		link->bytes = malloc(head.caplen);
		if (!link->bytes)
			return error_errno(err, "a packet of %u bytes", head.caplen);
		link->room = head.caplen;
	}
	if (!read_memory(link, link->bytes, head.caplen, sizeof(head), err))
		return false;
	packet->data = link->bytes;
	packet->caplen = head.caplen;
	packet->len = head.len;
	return true;
}

bool wiretap_link_restore(struct wiretap_link *link, struct wiretap_record *record,
			  struct packet *packet, struct error *err)
{
	packet->data = wiretap_record_bytes(record);
	packet->caplen = record->rec.rec_header.packet_header.caplen;
	packet->len = record->rec.rec_header.packet_header.len;
	if (!link->pcap)
		return true;
	return write_record(link, record, err) && read_record(link, packet, err);
}

/* Writes a pcap with one packet to a new memory file. */
static int memory_pcap(const struct packet *packet, struct error *err)
{
	const struct {
		struct pcap_file_header file;
		struct pcap_record record;
	} head = { .file = { .magic = PCAP_MAGIC_NANO,
			     .major = 2,
			     .minor = 4,
			     .snaplen = UINT32_MAX,
			     .linktype = packet->linktype },
		   .record = { .caplen = packet->caplen, .len = packet->len } };
	int fd = memfd_create("vtap", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, &head, sizeof(head)) == sizeof(head) &&
	    write(fd, packet->data, packet->caplen) == (ssize_t)packet->caplen)
		return fd;
	error_errno(err, "memory file");
	if (fd >= 0)
		close(fd);
	return -1;
}

bool wiretap_link_split(struct wiretap_record *record, const struct packet *packet,
			struct error *err)
{
	int fd = memory_pcap(packet, err);
	enum capture_state state;
	int64_t offset;
	bool good;
	wtap *wth;

	if (fd < 0)
		return false;
	wth = wiretap_open(fd, err);
	close(fd);
	if (!wth)
		return false;
	err->text[0] = '\0';
	good = wiretap_read(wth, record, &offset, &state, err);
	wiretap_close(wth);
	return good || err->text[0] ? good : error_set(err, "wiretap finds no packet in it");
}
