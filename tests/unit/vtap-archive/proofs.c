/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of --manifest, after a crash and on a full disk. */
#include "tools/vtap-archive/proofs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/tap.h"

static const struct proof proof = {
	.name = "a/\"one\".pcap",
	.key = "vxlan-3000@10.0.1.5",
	.source = "vxlan-3000@10.0.1.5",
	.object = "2026-11-17/16/x",
	.sha256 = "9f86",
	.host = "sink",
	.proof = "read",
	.packets = 5,
	.bytes = 600,
	.stored = 300,
	.first_ns = 1,
	.last_ns = INT64_C(1795000000000000000),
};

static const char line[] =
	"{\"name\": \"a/\\\"one\\\".pcap\", \"key\": \"vxlan-3000@10.0.1.5\", \"packets\": 5, "
	"\"bytes\": 600, \"first\": \"1970-01-01T00:00:00.000000001Z\", "
	"\"last\": \"2026-11-18T11:06:40.000000000Z\", \"object\": \"2026-11-17/16/x\", "
	"\"sha256\": \"9f86\", \"stored\": 300, \"source\": \"vxlan-3000@10.0.1.5\", "
	"\"host\": \"sink\", \"proof\": \"read\"}\n";

static char name[] = "/tmp/vtap-proofs-XXXXXX";
static struct error err;

static const char *content(void)
{
	static char text[4096];
	int fd = open(name, O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return text;
}

static void put(const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ok(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "a file");
	close(fd);
}

/* Two runs; before the second the file is as a crash may have left it. */
static void test_lines(void)
{
	struct proofs proofs;
	char want[4096];

	put("");
	ok(proofs_open(&proofs, name, &err) && proofs_add(&proofs, &proof, &err) &&
		   proofs_add(&proofs, &proof, &err) && proofs_sync(&proofs, &err),
	   "two lines");
	proofs_close(&proofs);
	snprintf(want, sizeof(want), "%s%s", line, line);
	is_str(content(), want, "... are there");
	put("{\"name\":\"cut");
	ok(proofs_open(&proofs, name, &err) && proofs_add(&proofs, &proof, &err), "after a crash");
	proofs_close(&proofs);
	snprintf(want, sizeof(want), "{\"name\":\"cut\n%s", line);
	is_str(content(), want, "... the cut line is ended, and the next is whole");
}

static void test_full(void)
{
	struct rlimit small = { .rlim_cur = sizeof(line) + 20, .rlim_max = RLIM_INFINITY };
	struct proofs proofs;

	put("");
	signal(SIGXFSZ, SIG_IGN);
	ok(proofs_open(&proofs, name, &err) && proofs_add(&proofs, &proof, &err), "one line");
	setrlimit(RLIMIT_FSIZE, &small);
	ok(!proofs_add(&proofs, &proof, &err) && strstr(err.text, "--manifest: "),
	   "no room for a second one");
	is_str(content(), line, "... nothing of it stays");
	small.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &small);
	ok(proofs_add(&proofs, &proof, &err), "... with room it is written");
	proofs_close(&proofs);
}

static void test_none(void)
{
	struct proofs proofs;

	ok(proofs_open(&proofs, NULL, &err) && proofs_add(&proofs, &proof, &err) &&
		   proofs_sync(&proofs, &err),
	   "no manifest");
	proofs_close(&proofs);
	ok(!proofs_open(&proofs, "/nowhere/proofs", &err) &&
		   strstr(err.text, "--manifest: /nowhere/proofs: "),
	   "no folder");
	proofs_close(&proofs);
}

int main(void)
{
	close(mkstemp(name));
	test_lines();
	test_full();
	test_none();
	unlink(name);
	return tap_done();
}
