/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"

/* A longer file is read up to there. Debian's has 600 names. */
enum { NAMES_MAX = 100000 };

struct service {
	char *name; /* in the arena */
	size_t len;
	size_t order; /* its place in the file */
	uint16_t port;
};

struct services {
	struct service *service; /* sorted by name, then by order */
	size_t count, room;
	struct arena names;
};

static bool services_add(struct services *services, const char *name, uint16_t port)
{
	size_t len = strlen(name);
	struct service *service;
	char *copy;

	if (services->count == services->room) {
		size_t room = services->room ? services->room * 2 : 512;

		service = reallocarray(services->service, room, sizeof(*service));
		if (!service)
			return false;
		services->service = service;
		services->room = room;
	}
	copy = arena_take(&services->names, len + 1, 1);
	if (!copy)
		return false;
	memcpy(copy, name, len + 1);
	services->service[services->count] = (struct service){
		.name = copy, .len = len, .order = services->count, .port = port
	};
	services->count++;
	return true;
}

/* Takes a line NAME PORT/PROTOCOL ALIAS...; others have nothing to say. Returns false without
 * memory. */
static bool services_take_line(struct services *services, char *line)
{
	static const char blank[] = " \t\r\n";
	struct error ignored = { 0 };
	char *rest, *name, *number, *protocol;
	uint64_t port;

	line[strcspn(line, "#")] = '\0';
	name = strtok_r(line, blank, &rest);
	number = name ? strtok_r(NULL, blank, &rest) : NULL;
	protocol = number ? strchr(number, '/') : NULL;
	if (!protocol)
		return true;
	*protocol = '\0';
	if (!number_parse(number, 1, UINT16_MAX, &port, &ignored))
		return true;
	for (; name; name = strtok_r(NULL, blank, &rest))
		if (!services_add(services, name, (uint16_t)port))
			return false;
	return true;
}

/* Compares the name of a service with len bytes of another one. */
static int services_compare_name(const struct service *service, const char *name, size_t len)
{
	int order = memcmp(service->name, name, service->len < len ? service->len : len);

	return order ? order : (service->len > len) - (service->len < len);
}

static int services_compare(const void *left, const void *right)
{
	const struct service *a = left, *b = right;
	int order = services_compare_name(a, b->name, b->len);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static bool services_read_lines(struct services *services, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	bool good = true;

	while (good && services->count < NAMES_MAX && getline(&line, &room, file) > 0)
		good = services_take_line(services, line);
	free(line);
	return good && !ferror(file);
}

struct services *services_read(const char *path)
{
	struct services *services = calloc(1, sizeof(*services));
	FILE *file = services ? fopen(path, "re") : NULL;
	bool good = file && services_read_lines(services, file);

	if (file)
		fclose(file);
	if (!good) {
		services_free(services);
		return NULL;
	}
	if (services->count > 0)
		qsort(services->service, services->count, sizeof(*services->service),
		      services_compare);
	return services;
}

bool services_find(const struct services *services, const char *name, size_t len, uint16_t *port)
{
	size_t low = 0, high = services ? services->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (services_compare_name(&services->service[middle], name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!services || low == services->count ||
	    services_compare_name(&services->service[low], name, len) != 0)
		return false;
	*port = services->service[low].port;
	return true;
}

void services_free(struct services *services)
{
	if (!services)
		return;
	arena_free(&services->names);
	free(services->service);
	free(services);
}
