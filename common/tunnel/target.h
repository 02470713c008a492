/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a tap sends to: vxlan://HOST[:PORT]/VNI, vxlan-gpe:// and geneve:// likewise,
 * gre://HOST[/KEY], erspan1://HOST, erspan2://HOST/SESSION, erspan3:// likewise. IPv6 addresses
 * stand in brackets, with a zone if need be: [fe80::1%eth0]. Numbers are decimal or 0x.
 */
#ifndef VTAP_TUNNEL_TARGET_H
#define VTAP_TUNNEL_TARGET_H

#include "base/error.h"
#include "tunnel/outer_header.h"

/* A host name (RFC 1035 section 2.3.4); an interface's name; a name as below. */
enum { TARGET_HOST_MAX = 253, TARGET_ZONE_MAX = 15, TARGET_NAME_MAX = 24 + TARGET_HOST_MAX };

struct target {
	const struct encap *encap;	/* one that has a build function */
	char host[TARGET_HOST_MAX + 1]; /* as written, without brackets and zone */
	char zone[TARGET_ZONE_MAX + 1]; /* empty without one */
	uint8_t version;		/* 4 or 6; 0: host is a name, not resolved yet */
	uint8_t address[16];		/* IPv4: the first 4 bytes */
	uint32_t scope; /* index of the zone's interface; 0 until resolve_target() */
	uint16_t port;	/* of UDP; 0 without */
	bool has_id;
	uint32_t id;
};

/* False with a usage error that says what was expected. Resolves no name. */
bool target_parse(struct target *target, const char *uri, struct error *err);

/* vxlan-3000@10.0.2.9, gre@2001:db8::1: for interfaces; a name where it is not resolved. */
void target_name(const struct target *target, char name[TARGET_NAME_MAX]);

/* outer_header_init(), and port and destination of a resolved target. */
void target_outer_header(const struct target *target, struct outer_header *outer_header);

#endif
