/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/tap.h"

static struct services *services_of(const char *text, size_t len)
{
	char path[] = "/tmp/vtap-services-XXXXXX";
	int fd = mkstemp(path);
	struct services *services = NULL;

	if (fd >= 0 && write(fd, text, len) == (ssize_t)len)
		services = services_read(path);
	close(fd);
	unlink(path);
	return services;
}

static unsigned port_of(const struct services *services, const char *name)
{
	uint16_t port = 0;

	return services_find(services, name, strlen(name), &port) ? port : 0;
}

static void lines(void)
{
	static const char text[] = "# a comment\n"
				   "http\t\t80/tcp\twww web # and more\n"
				   "\n"
				   "  domain 53/tcp\r\n"
				   "domain 53/udp\n"
				   "echo 7/tcp\necho 4/ddp\n"
				   "none\nno 1\nzero 0/tcp\nlarge 65536/tcp\nword x/tcp\n"
				   "last 65535/sctp z";
	struct services *services = services_of(text, strlen(text));
	static const struct {
		const char *name;
		unsigned port;
	} rows[] = {
		{ "http", 80 }, { "www", 80 },	   { "web", 80 },   { "and", 0 },  { "domain", 53 },
		{ "echo", 7 },	{ "last", 65535 }, { "z", 65535 },  { "none", 0 }, { "no", 0 },
		{ "zero", 0 },	{ "large", 0 },	   { "word", 0 },   { "", 0 },	   { "htt", 0 },
		{ "httpx", 0 }, { "HTTP", 0 },	   { "80/tcp", 0 }, { "zz", 0 },
	};
	uint16_t port = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		is_u64(port_of(services, rows[i].name), rows[i].port, rows[i].name);
	ok(services_find(services, "httpd", 4, &port) && port == 80, "a part of a text");
	services_free(services);
}

static void many(void)
{
	char *text = malloc(2000000);
	size_t len = 0;
	struct services *services;
	unsigned wrong = 0;

	for (int i = 1; i <= 65535; i++)
		len += (size_t)sprintf(text + len, "n%d %d/tcp\n", i, i);
	services = services_of(text, len);
	for (unsigned i = 1; i <= 65535; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		wrong += port_of(services, name) != i;
	}
	is_u64(wrong, 0, "65,535 names are found");
	services_free(services);
	free(text);
}

int main(void)
{
	struct services *empty = services_of("", 0);

	lines();
	many();
	ok(empty && port_of(empty, "http") == 0, "an empty file has no names");
	services_free(empty);
	ok(!services_read("/nowhere/services"), "no file");
	ok(port_of(NULL, "http") == 0, "... has no names");
	services_free(NULL);
	return tap_done();
}
