/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of ports that this host knows, from /etc/services. They are read once and kept, as the
 * sandbox does not let the file be opened later.
 */
#ifndef VTAP_HOST_SERVICES_H
#define VTAP_HOST_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct services;

/* Reads the names and aliases in a file such as /etc/services, services(5). The caller frees them
 * with services_free(). Returns NULL if the file cannot be read, or if there is no memory. */
struct services *services_read(const char *path);

/*
 * Sets *port to that of a service, whose name is the first len bytes of name. If a name stands for
 * several ports, the first line that has it counts. Returns false if no line has it, or if services
 * is NULL.
 */
bool services_find(const struct services *services, const char *name, size_t len, uint16_t *port);

/* Frees services; they may be NULL. */
void services_free(struct services *services);

#endif
