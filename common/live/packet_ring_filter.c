/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter of a ring: compiled by libpcap, run by the kernel, and replaced while frames come. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "live/packet_ring_internal.h"

/* libpcap's optimiser refuses an expression that no packet can match, so such an expression is
 * compiled without it. */
static bool packet_ring_compile(pcap_t *pcap, const char *text, struct bpf_program *code,
				struct error *err)
{
	return libpcap.pcap_compile(pcap, code, text, 1, PCAP_NETMASK_UNKNOWN) == 0 ||
	       libpcap.pcap_compile(pcap, code, text, 0, PCAP_NETMASK_UNKNOWN) == 0 ||
	       error_usage(err, "filter expression: %s", libpcap.pcap_geterr(pcap));
}

int packet_ring_option(pcap_t *pcap, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(libpcap.pcap_fileno(pcap), SOL_SOCKET, name, &value, &len);
	return value;
}

static char *packet_ring_expression(const struct packet_ring *ring, const char *filter,
				    const char *bare_filter)
{
	static const char *const directions[] = { "", "inbound", "outbound" };
	const char *direction = directions[ring->wanted];
	char *text;

	if (bare_filter && libpcap.pcap_datalink(ring->pcap) != DLT_EN10MB)
		filter = bare_filter;
	if (!filter[0])
		return strdup(direction);
	if (!direction[0])
		return strdup(filter);
	return asprintf(&text, "%s and (%s)", direction, filter) < 0 ? NULL : text;
}

/* Returns true if an instruction loads from the frame, at an offset that it names. */
static bool packet_ring_loads_frame(const struct sock_filter *instruction)
{
	unsigned class = BPF_CLASS(instruction->code), mode = BPF_MODE(instruction->code);

	return (class == BPF_LD || class == BPF_LDX) &&
	       (mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH);
}

/*
 * libpcap compiles for the header of LINKTYPE_LINUX_SLL, which it puts in front of a frame itself:
 * the kernel's filter sees the frame from the network layer on, and the header's fields as
 * extensions (Documentation/networking/filter.rst). Returns false for fields that have none.
 */
static bool packet_ring_cook(struct sock_filter *instruction)
{
	enum { HEADER_LEN = 16, PACKET_TYPE = 0, PROTOCOL = 14 };

	if (!packet_ring_loads_frame(instruction) || instruction->k >= (uint32_t)SKF_AD_OFF)
		return true;
	if (instruction->k >= HEADER_LEN)
		instruction->k -= HEADER_LEN;
	else if (instruction->k == PACKET_TYPE)
		instruction->k = (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE);
	else if (instruction->k == PROTOCOL)
		instruction->k = (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL);
	else
		return false;
	return true;
}

enum { GUARD_LEN = 5 }; /* instructions */

/*
 * For "any", libpcap discards in the process what leaves by the loopback device, since it is seen
 * a second time when it arrives. But the kernel has put it into the ring and counted it. So the
 * kernel refuses it, by these instructions in front of the filter. Without them the ring works, but
 * is never known to be exhausted.
 */
static void packet_ring_guard(const struct packet_ring *ring, struct sock_filter *code)
{
	const struct sock_filter guard[GUARD_LEN] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ring->loopback, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	memcpy(code, guard, sizeof(guard));
}

/* Makes what the kernel runs of a filter of count instructions. Returns false, with errno set, if
 * the kernel cannot run it. */
static bool packet_ring_translate(const struct packet_ring *ring, const struct sock_filter *filter,
				  unsigned count, struct packet_ring_program *program)
{
	unsigned in_front = ring->is_cooked ? GUARD_LEN : 0;

	errno = EINVAL;
	*program = (struct packet_ring_program){ 0 };
	if (count == 0 || count + in_front > BPF_MAXINSNS ||
	    (ring->is_cooked && libpcap.pcap_datalink(ring->pcap) != DLT_LINUX_SLL))
		return false;
	program->code = calloc(count + in_front, sizeof(*program->code));
	if (!program->code)
		return false;
	program->len = (unsigned short)(count + in_front);
	if (in_front > 0)
		packet_ring_guard(ring, program->code);
	memcpy(program->code + in_front, filter, count * sizeof(*filter));
	for (unsigned i = in_front; ring->is_cooked && i < program->len; i++)
		if (!packet_ring_cook(&program->code[i]))
			return false;
	return true;
}

static void packet_ring_free_program(struct packet_ring_program *program)
{
	free(program->code);
	*program = (struct packet_ring_program){ 0 };
}

/* A filter that lets every frame pass whole. */
static bool packet_ring_translate_none(const struct packet_ring *ring,
				       struct packet_ring_program *program)
{
	const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, PACKET_RING_SNAPLEN);

	return packet_ring_translate(ring, &all, 1, program);
}

/* Compiles a filter and makes what the kernel runs of it. Returns false and sets err if it does not
 * compile; *code is then empty, and else the caller's. */
static bool packet_ring_make_program(const struct packet_ring *ring, const char *text,
				     struct bpf_program *code, struct packet_ring_program *program,
				     struct error *err)
{
	*code = (struct bpf_program){ 0 };
	*program = (struct packet_ring_program){ 0 };
	if (!text[0])
		return packet_ring_translate_none(ring, program) || error_errno(err, "filter");
	if (!packet_ring_compile(ring->pcap, text, code, err))
		return false;
	if (!packet_ring_translate(ring, (const void *)code->bf_insns, code->bf_len, program))
		packet_ring_free_program(program);
	return true;
}

/*
 * pcap_setfilter() would make libpcap filter the first blocks a second time in the process, where
 * it does not know the direction of a frame (with "inbound" it would drop all of them), and where a
 * later filter would not count.
 */
static bool packet_ring_attach(const struct packet_ring *ring,
			       const struct packet_ring_program *program)
{
	const struct sock_fprog attached = { .len = program->len, .filter = program->code };

	return program->len > 0 && setsockopt(libpcap.pcap_fileno(ring->pcap), SOL_SOCKET,
					      SO_ATTACH_FILTER, &attached, sizeof(attached)) == 0;
}

/* Has libpcap run a filter that the kernel cannot. Frames of the loopback device are refused all
 * the same, as far as that is possible. */
static bool packet_ring_filter_here(struct packet_ring *ring, const char *device,
				    struct bpf_program *code, struct error *err)
{
	struct packet_ring_program all;

	ring->in_process = true;
	if (libpcap.pcap_setfilter(ring->pcap, code) != 0)
		return error_set(err, "%s: filter: %s", device, libpcap.pcap_geterr(ring->pcap));
	if (ring->is_cooked && packet_ring_translate_none(ring, &all)) {
		packet_ring_attach(ring, &all);
		packet_ring_free_program(&all);
	}
	return true;
}

static bool packet_ring_force(struct packet_ring *ring, const char *device,
			      struct bpf_program *code, const struct packet_ring_program *program,
			      struct error *err)
{
	bool has_filter = code->bf_insns;

	if (!has_filter && !ring->is_cooked)
		return true;
	if (ring->is_socket && packet_ring_attach(ring, program))
		return true;
	if (!has_filter)
		return true;
	if (ring->is_socket && !ring->is_cooked && ring->wanted != DIRECTION_UNKNOWN)
		return error_errno(err, "%s: the kernel refuses the filter", device);
	return packet_ring_filter_here(ring, device, code, err);
}

bool packet_ring_set_filter(struct packet_ring *ring, const struct packet_ring_config *config,
			    struct error *err)
{
	struct packet_ring_program program;
	struct bpf_program code;
	bool done = false;
	char *text;

	ring->wanted = config->wanted;
	ring->is_socket = packet_ring_option(ring->pcap, SO_DOMAIN) == AF_PACKET;
	ring->is_cooked = ring->is_socket && packet_ring_option(ring->pcap, SO_TYPE) == SOCK_DGRAM;
	ring->loopback = if_nametoindex("lo");
	text = packet_ring_expression(ring, config->filter, config->bare_filter);
	if (!text)
		return error_errno(err, "filter expression");
	if (packet_ring_make_program(ring, text, &code, &program, err)) {
		done = packet_ring_force(ring, config->device, &code, &program, err);
		packet_ring_free_program(&program);
		libpcap.pcap_freecode(&code);
	}
	free(text);
	return done;
}

bool packet_ring_prepare_filter(struct packet_ring *ring, const char *filter,
				const char *bare_filter, struct error *err)
{
	char *text = packet_ring_expression(ring, filter, bare_filter);
	struct bpf_program code;
	bool done;

	packet_ring_forget_filter(ring);
	if (!text)
		return error_errno(err, "filter expression");
	done = packet_ring_make_program(ring, text, &code, &ring->prepared, err);
	if (done)
		libpcap.pcap_freecode(&code);
	free(text);
	if (done && (!ring->is_socket || ring->in_process || ring->prepared.len == 0))
		done = error_set(err, "the kernel cannot run the filter: it needs a new start");
	return done;
}

/* Fills *program with the filter that is in force; it may be none. Returns false and sets err if
 * that fails. */
static bool packet_ring_read_filter(const struct packet_ring *ring,
				    struct packet_ring_program *program, struct error *err)
{
	socklen_t count = BPF_MAXINSNS; /* in instructions; socket(7) */
	struct sock_filter *code = calloc(BPF_MAXINSNS, sizeof(*code));

	if (!code || getsockopt(libpcap.pcap_fileno(ring->pcap), SOL_SOCKET, SO_GET_FILTER, code,
				&count) < 0) {
		error_errno(err, "filter");
		free(code);
		return false;
	}
	if (count == 0)
		code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, PACKET_RING_SNAPLEN);
	*program = (struct packet_ring_program){ .code = code, .len = (unsigned short)count };
	return true;
}

bool packet_ring_swap_filter(struct packet_ring *ring, struct error *err)
{
	struct packet_ring_program old;

	if (!packet_ring_read_filter(ring, &old, err))
		return false;
	if (!packet_ring_attach(ring, &ring->prepared)) {
		error_errno(err, "the kernel refuses the filter");
		packet_ring_free_program(&old);
		return false;
	}
	packet_ring_free_program(&ring->prepared);
	ring->prepared = old;
	return true;
}

void packet_ring_forget_filter(struct packet_ring *ring)
{
	packet_ring_free_program(&ring->prepared);
}

bool packet_ring_check_filter(const char *text, struct error *err)
{
	struct bpf_program code;
	pcap_t *pcap;
	bool done;

	if (!libpcap_load(err))
		return false;
	pcap = libpcap.pcap_open_dead(DLT_EN10MB, PACKET_RING_SNAPLEN);
	done = pcap && packet_ring_compile(pcap, text, &code, err);
	if (!pcap)
		return error_errno(err, "filter expression");
	if (done)
		libpcap.pcap_freecode(&code);
	libpcap.pcap_close(pcap);
	return done;
}
