/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the targets of vtap-tap: SCHEME://HOST[:PORT]/VNI with vxlan, vxlan-gpe or geneve as the
 * scheme, gre://HOST[/KEY], erspan1://HOST, erspan2://HOST/SESSION, erspan3://HOST/SESSION. IPv6
 * addresses stand in brackets, perhaps with a zone: [fe80::1%eth0]. Numbers are decimal, or
 * hexadecimal behind 0x.
 */
#ifndef VTAP_TUNNEL_TARGET_H
#define VTAP_TUNNEL_TARGET_H

#include "base/error.h"
#include "tunnel/outer_header.h"

enum {
	TARGET_HOST_MAX = 253, /* bytes of a host name (RFC 1035 section 2.3.4); else an error */
	TARGET_ZONE_MAX = 15,  /* bytes of the name of an interface; else an error */
	TARGET_NAME_MAX = 24 + TARGET_HOST_MAX, /* bytes of target_name(), with the NUL */
};

/* A target as its URI names it. */
struct target {
	const struct encap *encap;	/* has a build function */
	char host[TARGET_HOST_MAX + 1]; /* host as written, without brackets and zone */
	char zone[TARGET_ZONE_MAX + 1]; /* name of an interface; empty without a zone */
	uint8_t version;		/* 4 or 6; 0 if host is a name that is not resolved yet */
	uint8_t address[16];		/* IPv4: the first 4 bytes, the rest is 0 */
	uint32_t scope; /* index of the zone's interface; 0 until resolve_target() (live) */
	uint16_t port;	/* UDP destination port; 0 without UDP */
	bool has_id;
	uint32_t id; /* VNI, key or session */
};

/* Parses a target; it does not resolve names (live/resolve.h does). Returns false if uri is wrong,
 * with a usage error that says what was expected; *target means nothing then. */
bool target_parse(struct target *target, const char *uri, struct error *err);

/* Returns false if target->address is one that nobody can have on a network: 0.0.0.0, ::, or an
 * IPv4-mapped IPv6 address. Returns true as well while the host is a name that is not resolved. */
bool target_is_usable(const struct target *target);

/* Writes the name of a target for interfaces and messages: vxlan-3000@10.0.2.9, gre@2001:db8::1, or
 * with the host name if that is not resolved. Port and zone are not part of the name. */
void target_name(const struct target *target, char name[TARGET_NAME_MAX]);

/* Calls outer_header_init(), then sets port and destination address; the source address is the
 * caller's. The target must be resolved. */
void target_outer_header(const struct target *target, struct outer_header *outer_header);

#endif
