/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests the sending sink on the loopback device of a new network namespace. With arguments this
 * program is the sender and the collector of tests/live/send.t:
 *   send send KEY=VALUE...     sends frames until SIGTERM, then prints counts and errors
 *   send collect PORT          receives VXLAN until SIGTERM, then prints what arrived
 */
#include "live/send.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "lib/tap.h"
#include "lib/traffic.h"

static void print_error(void *arg, const char *name, uint64_t count)
{
	(void)arg;
	printf(" %s=%" PRIu64, name, count);
}

/* Prints one line for each target. */
static void job_print(const struct job *job, const struct sink *sink)
{
	unsigned i;

	for (i = 0; i < job->config.count; i++) {
		struct send_counts counts;

		send_counts(sink, i, &counts);
		printf("engine=%s put=%" PRIu64 " sent=%" PRIu64 " failed=%" PRIu64
		       " bytes=%" PRIu64 " told=%" PRIu64 " wrong=%" PRIu64 " mtu=%u",
		       send_engine(sink, i), job->number, counts.sent, counts.failed, counts.bytes,
		       job->told, job->wrong, job->mtu);
		send_each_error(sink, i, print_error, NULL);
		printf("\n");
	}
}

static void job_set_sizes(struct job *job, const char *value)
{
	for (job->sizes = 0; job->sizes < SIZES && *value; value += *value == ',') {
		char *end;

		job->size[job->sizes++] = (unsigned)strtoul(value, &end, 10);
		if (end == value)
			break;
		value = end;
	}
}

static enum send_engine engine_of(const char *name)
{
	if (strcmp(name, "auto") == 0)
		return ENGINE_AUTO;
	return strcmp(name, "packet") == 0 ? ENGINE_PACKET : ENGINE_SOCKET;
}

/* Sets a number of all targets, or of the job. */
static void job_set_number(struct job *job, const char *key, unsigned long value)
{
	unsigned i;

	for (i = 0; i < SEND_TARGETS_MAX; i++) {
		if (strcmp(key, "ttl") == 0)
			job->outer_header[i].ttl = (uint8_t)value;
		else if (strcmp(key, "dscp") == 0)
			job->outer_header[i].dscp = (uint8_t)value;
		else if (strcmp(key, "fragment") == 0)
			job->outer_header[i].may_fragment = value;
	}
	if (strcmp(key, "count") == 0)
		job->count = value;
	else if (strcmp(key, "flows") == 0)
		job->flows = (unsigned)value;
	else if (strcmp(key, "ports") == 0)
		job->config.ports = (unsigned)value;
	else if (strcmp(key, "batch") == 0)
		job->batch = value;
	else if (strcmp(key, "pause") == 0)
		job->pause_us = value;
	else if (strcmp(key, "obey") == 0)
		job->obey = value;
}

static void job_set(struct job *job, const char *key, const char *value)
{
	if (strcmp(key, "to") == 0 && !job_target(job, value))
		fprintf(stderr, "# no target: %s\n", value);
	else if (strcmp(key, "from") == 0)
		job_from(job, value);
	else if (strcmp(key, "size") == 0)
		job_set_sizes(job, value);
	else if (strcmp(key, "engine") == 0)
		job->config.engine = engine_of(value);
	else
		job_set_number(job, key, strtoul(value, NULL, 10));
}

static volatile sig_atomic_t ended;

static void on_terminate(int number)
{
	(void)number;
	ended = 1;
}

static int send_main(char **args)
{
	static struct job job;
	struct error err;
	struct sink *sink;

	job_begin(&job);
	job.ended = &ended;
	signal(SIGTERM, on_terminate);
	for (; *args; args++) {
		char *value = strchr(*args, '=');

		if (value) {
			*value++ = '\0';
			job_set(&job, *args, value);
		}
	}
	sink = send_open(&job.config, &err);
	if (!sink) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("open\n");
	fflush(stdout);
	if (!job_run(&job, sink))
		fprintf(stderr, "# some frames could not be made\n");
	job_print(&job, sink);
	sink->ops->close(sink, true, &err);
	return 0;
}

static int collect_main(const char *port)
{
	static struct collector c;

	signal(SIGTERM, on_terminate);
	if (!collector_open(&c, (uint16_t)strtoul(port, NULL, 10)))
		return 1;
	printf("ready\n");
	fflush(stdout);
	while (!ended)
		collector_take(&c, 20);
	collector_take(&c, 50);
	printf("received=%" PRIu64 " damaged=%" PRIu64 " disordered=%" PRIu64 " missing=%" PRIu64
	       " ports=%u moved=%" PRIu64 "\n",
	       c.received, c.damaged, c.disordered, c.missing, c.ports, c.moved);
	return 0;
}

/* Sets up the loopback device of this network namespace. */
static bool loopback(int mtu)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool good;

	request.ifr_mtu = mtu;
	good = ioctl(fd, SIOCSIFMTU, &request) == 0;
	request.ifr_flags = IFF_UP | IFF_LOOPBACK;
	good = ioctl(fd, SIOCSIFFLAGS, &request) == 0 && good;
	close(fd);
	return good;
}

static struct job job;
static struct collector collector;

static struct sink *sender_open(const char *uri, const char *from)
{
	struct error err;
	struct sink *sink;

	job_begin(&job);
	job.config.say = NULL;
	job_target(&job, uri);
	job_from(&job, from);
	sink = send_open(&job.config, &err);
	ok(sink != NULL, "%s opens", uri);
	if (!sink)
		printf("# %s\n", err.text);
	return sink;
}

static uint64_t found;

static void errors_match(void *arg, const char *name, uint64_t count)
{
	if (strcmp(name, arg) == 0)
		found = count;
}

static uint64_t errors_count(const struct sink *sink, const char *name)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "%s", name);
	found = 0;
	send_each_error(sink, 0, errors_match, wanted);
	return found;
}

static void check_counts(const struct sink *sink, uint64_t sent, uint64_t failed)
{
	struct send_counts counts;

	send_counts(sink, 0, &counts);
	is_u64(counts.sent, sent, "sent");
	is_u64(counts.failed, failed, "failed");
	is_u64(job.told, failed, "each failure told");
	is_u64(job.wrong, 0, "with its number, in time");
}

static void sender_close(struct sink *sink)
{
	struct error err;

	ok(sink->ops->close(sink, true, &err), "closes");
}

static void test_arrival(const char *uri, const char *from, const char *sizes)
{
	struct sink *sink = sender_open(uri, from);

	printf("# %s, sizes %s\n", uri, sizes);
	collector_open(&collector, 4789);
	job_set_sizes(&job, sizes);
	job.count = 3000;
	job_run(&job, sink);
	collector_take(&collector, 100);
	check_counts(sink, 3000, 0);
	is_u64(job.mtu, 1500, "the path MTU is told");
	is_str(send_engine(sink, 0), "udp", "by sockets");
	is_u64(collector.received, 3000, "all arrive");
	is_u64(collector.damaged + collector.disordered + collector.missing + collector.moved, 0,
	       "whole, in the order of their flow, by one port a flow");
	is_u64(collector.ports, 8, "source ports");
	close(collector.fd);
	sender_close(sink);
}

static void test_collector_away(void)
{
	struct sink *sink = sender_open("vxlan://127.0.0.1/7", "127.0.0.1");
	struct error err;
	unsigned i;

	job.flows = 1;
	for (i = 0; i < 50; i++) {
		job_put(&job, sink);
		sink_flush(sink, &err);
	}
	check_counts(sink, 50, 0);
	ok(errors_count(sink, "ECONNREFUSED") > 0, "refusals are counted");
	collector_open(&collector, 4789);
	for (i = 0; i < 50; i++) {
		job_put(&job, sink);
		sink_flush(sink, &err);
	}
	collector_take(&collector, 100);
	check_counts(sink, 100, 0);
	/* A send that reported the refusal of an earlier datagram is repeated. */
	is_u64(collector.received, 50, "no datagram is lost to an earlier one's refusal");
	close(collector.fd);
	sender_close(sink);
}

static void test_narrow(void)
{
	struct sink *sink = sender_open("vxlan://127.0.0.1/7", "127.0.0.1");

	collector_open(&collector, 4789);
	job_set_sizes(&job, "1400");
	job.count = 64;
	loopback(1300);
	job_run(&job, sink);
	check_counts(sink, 0, 64);
	is_u64(errors_count(sink, "EMSGSIZE"), 64, "EMSGSIZE");
	is_u64(job.mtu, 1300, "the new path MTU is told");
	job.obey = true;
	job_run(&job, sink);
	check_counts(sink, 64, 64);
	loopback(1500);
	job_set_sizes(&job, "1400,200");
	job.obey = false;
	job_run(&job, sink);
	check_counts(sink, 128, 64);
	collector_take(&collector, 100);
	is_u64(collector.received, 128, "what was sent arrives");
	close(collector.fd);
	sender_close(sink);
}

static void test_retarget(void)
{
	struct sink *sink = sender_open("vxlan://127.0.0.1/7", "127.0.0.1");
	static struct collector other;
	struct error err;

	collector_open(&collector, 4789);
	collector_open(&other, 4799);
	job.count = 100;
	job_run(&job, sink);
	memcpy(job.outer_header[0].source, "\x0a\1\1\1", 4);
	ok(!send_retarget(sink, &job.config, &err), "a foreign source is refused");
	ok(strstr(err.text, "10.1.1.1 is not an address of this host") != NULL, "%s", err.text);
	memcpy(job.outer_header[0].source, "\x7f\0\0\1", 4);
	job_run(&job, sink);
	job.outer_header[0].port = 4799;
	ok(send_retarget(sink, &job.config, &err), "a new port");
	job_run(&job, sink);
	collector_take(&collector, 100);
	collector_take(&other, 100);
	check_counts(sink, 300, 0);
	is_u64(collector.received, 200, "the old one up to there");
	is_u64(other.received, 100, "the new one from there");
	close(collector.fd);
	close(other.fd);
	sender_close(sink);
}

/* What config.absent told last. */
static char absent_why[1100];

static void job_absent(void *arg, unsigned target, const struct error *why)
{
	(void)arg;
	snprintf(absent_why, sizeof(absent_why), "%u: %s", target, why->text);
}

static void count_error(void *arg, const char *name, uint64_t count)
{
	if (strcmp(name, "no_route") == 0)
		*(uint64_t *)arg += count;
}

/* One target is reachable, one has no route, one no address. */
static void test_absent(void)
{
	struct send_counts counts;
	struct sink *sink;
	struct error err;
	uint64_t errors = 0;

	job_begin(&job);
	job_target(&job, "vxlan://127.0.0.1/7");
	job_target(&job, "vxlan://10.1.1.2/8");
	job_target(&job, "vxlan://127.0.0.1/9");
	job_from(&job, "127.0.0.1");
	memset(job.outer_header[2].source, 0, 16);
	job.config.absent = job_absent;
	sink = send_open(&job.config, &err);
	if (!ok(sink != NULL, "targets that are waited for"))
		return;
	is_str(absent_why, "1: no route to 10.1.1.2", "one is told");
	is_str(send_engine(sink, 1), "none", "it has no engine");
	is_str(send_engine(sink, 2), "none", "nor has that without an address");
	collector_open(&collector, 4789);
	job.count = 100;
	job_run(&job, sink);
	for (unsigned i = 1; i < 3; i++) {
		send_counts(sink, i, &counts);
		is_u64(counts.sent, 0, "it is sent nothing");
		is_u64(counts.failed, 100, "what was for it failed");
		send_each_error(sink, i, count_error, &errors);
	}
	is_u64(errors, 200, "... as no_route");
	is_u64(job.told, 200, "... and is told of each");
	ok(!send_arrive(sink, &job.config, 1, &err) && err.number == ENETUNREACH,
	   "it is still away: %s", err.text);
	memcpy(job.outer_header[2].source, "\x0a\1\1\1", 4);
	ok(!send_arrive(sink, &job.config, 2, &err) && err.number != ENETUNREACH,
	   "another error is told apart: %s", err.text);
	ok(send_retarget(sink, &job.config, &err) == false, "a new address is no arrival");
	memcpy(job.outer_header[2].source, "\x7f\0\0\1", 4);
	ok(send_arrive(sink, &job.config, 2, &err), "one arrives");
	is_str(send_engine(sink, 2), "udp", "... and has an engine");
	job_run(&job, sink);
	send_counts(sink, 2, &counts);
	is_u64(counts.sent, 100, "... gets all that follows");
	is_u64(counts.failed, 100, "... and nothing fails any more");
	send_counts(sink, 0, &counts);
	is_u64(counts.sent, 200, "the first one had everything");
	collector_take(&collector, 100);
	is_u64(collector.received, 300, "all of it arrives");
	close(collector.fd);
	sender_close(sink);
}

static void test_many(void)
{
	struct sink *sink;
	struct error err;

	job_begin(&job);
	job_target(&job, "vxlan://127.0.0.1/7");
	job_target(&job, "vxlan://[::1]/8");
	job_from(&job, "127.0.0.1");
	memcpy(job.outer_header[1].source, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	job.config.ports = SEND_PORTS_MAX;
	sink = send_open(&job.config, &err);
	if (!ok(sink != NULL, "two targets, 64 ports each")) {
		printf("# %s\n", err.text);
		return;
	}
	collector_open(&collector, 4789);
	job.flows = 500;
	job.count = 2000;
	job_run(&job, sink);
	collector_take(&collector, 100);
	check_counts(sink, 2000, 0);
	is_u64(collector.received, 4000, "both get all");
	is_u64(collector.damaged, 0, "whole");
	ok(collector.ports > 64, "%u source ports", collector.ports);
	close(collector.fd);
	sender_close(sink);
}

static void test_refused(const char *uri, const char *from, enum send_engine engine,
			 const char *want)
{
	struct error err = { .text = "opened" };
	struct sink *sink;

	job_begin(&job);
	job_target(&job, uri);
	job_from(&job, from);
	job.config.engine = engine;
	sink = send_open(&job.config, &err);
	is_str(err.text, want, uri);
	if (sink)
		sender_close(sink);
}

static int unit_main(void)
{
	if (unshare(CLONE_NEWNET) < 0 || !loopback(1500)) {
		printf("1..0 # SKIP needs a network namespace\n");
		return getuid() == 0 && getenv("VTAP_REQUIRE_LIVE");
	}
	test_arrival("vxlan://127.0.0.1/7", "127.0.0.1", "100");
	test_arrival("vxlan://127.0.0.1/7", "127.0.0.1", "1450,60,300,300,300,61,1000");
	test_arrival("vxlan://[::1]/7", "::1", "60,60,60,1400");
	test_collector_away();
	test_narrow();
	test_retarget();
	test_many();
	test_absent();
	test_refused("vxlan://127.0.0.1/7", "10.1.1.1", ENGINE_SOCKET,
		     "vxlan-7@127.0.0.1: 10.1.1.1 is not an address of this host");
	test_refused("vxlan://10.1.1.2/7", "127.0.0.1", ENGINE_SOCKET,
		     "vxlan-7@10.1.1.2: no path to 10.1.1.2: Network is unreachable");
	test_refused("vxlan://[fe80::1%eth9]/7", "::", ENGINE_SOCKET,
		     "vxlan-7@fe80::1: eth9: No such device");
	test_refused(
		"vxlan://127.0.0.1/7", "127.0.0.1", ENGINE_PACKET,
		"vxlan-7@127.0.0.1: the path is no plain Ethernet: the packet engine cannot go "
		"it");
	return tap_done();
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "send") == 0)
		return send_main(argv + 2);
	if (argc > 2 && strcmp(argv[1], "collect") == 0)
		return collect_main(argv[2]);
	return unit_main();
}
