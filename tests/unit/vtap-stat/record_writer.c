/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as lines of JSON and of csv. */
#include "tools/vtap-stat/record_writer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/moment.h"
#include "lib/tap.h"
#include "tools/vtap-stat/record_fields.h"

static struct record_config config = { .by = "source", .flows = true, .version = "1.2" };
static char *text;
static size_t text_len;

static const struct record key_record = {
	.part_count = 1,
	.key = "eth0%0A",
	.source = "eth0\n",
	.timed = true,
	.start_ns = 1794931500000000001,
	.end_ns = 1794931501500000000,
	.counts = { .packets = 3,
		    .bytes = 1000,
		    .captured_bytes = 900,
		    .cut = 1,
		    .missing_tunnel = 2,
		    .missing_kernel = 5,
		    .tcp = { .tap_bytes = 1,
			     .tap_gaps = 1,
			     .network_bytes = 20,
			     .network_gaps = 2,
			     .open_bytes = 300,
			     .open_gaps = 4 } },
};

static const uint8_t mac[6] = { 0x02, 0xab, 0, 0, 0, 1 };
static const struct record_flow flow = {
	.flow = { .version = 4,
		  .protocol = 6,
		  .has_ports = true,
		  .source = { { 128, 232, 110, 120 }, 34855 },
		  .destination = { { 66, 35, 250, 204 }, 80 } },
	.end = { { 2, 300 }, { 1, 700 } },
	.mac = { mac, NULL },
	.tcp_flags = { 0xff, 0x12 },
	.why = RECORD_FINISHED,
	.one_way = true,
};

/* What a format makes of records, up to the end of the input. */
static void write_all(enum record_format format, const struct record *records, unsigned count)
{
	struct record_writer *writer;
	struct error err;

	free(text);
	config.format = format;
	config.to = open_memstream(&text, &text_len);
	writer = record_writer_open(&config, &err);
	for (unsigned i = 0; i < count; i++)
		record_writer_put(writer, &records[i], &err);
	ok(record_writer_finish(writer, 0, &err), "finished");
	record_writer_close(writer);
	fclose(config.to);
}

static void test_key(void)
{
	write_all(RECORD_NDJSON, &key_record, 1);
	is_str(text,
	       "{\"@timestamp\": \"2026-11-17T16:05:01.500000000Z\", \"event\": "
	       "{\"start\": \"2026-11-17T16:05:00.000000001Z\", \"end\": "
	       "\"2026-11-17T16:05:01.500000000Z\", \"duration\": 1499999999, \"kind\": "
	       "\"metric\", \"category\": [\"network\"], \"dataset\": \"vtap.source\"}, "
	       "\"network\": {\"bytes\": 1000, \"packets\": 3}, "
	       "\"observer\": {\"ingress\": {\"interface\": {\"name\": \"eth0\\u000a\"}}, "
	       "\"product\": \"vtap\", \"version\": \"1.2\"}, \"vtap\": {\"by\": \"source\", "
	       "\"key\": \"eth0%0A\", \"source\": \"eth0\\u000a\", \"captured\": {\"bytes\": 900}, "
	       "\"cut\": {\"packets\": 1}, \"hidden_cut\": {\"packets\": 0}, \"late\": "
	       "{\"packets\": 0}, \"oversize\": {\"superframe\": {\"packets\": 0, "
	       "\"wire_packets\": 0}, \"jumbo\": {\"packets\": 0}, \"unknown\": {\"packets\": 0}}, "
	       "\"missing\": {\"packets\": 7, \"tunnel\": {\"packets\": 2}, \"kernel\": "
	       "{\"packets\": 5}, \"bytes\": 321, \"gaps\": 7, \"tap\": {\"bytes\": 1, \"gaps\": "
	       "1}, "
	       "\"network\": {\"bytes\": 20, \"gaps\": 2}, \"open\": {\"bytes\": 300, \"gaps\": "
	       "4}}, "
	       "\"tcp\": {\"filled\": {\"bytes\": 0, \"gaps\": 0}, \"retransmitted\": "
	       "{\"packets\": 0, \"bytes\": 0}, \"duplicated\": {\"packets\": 0}, \"unsure\": "
	       "{\"gaps\": 0}}}}\n",
	       "a key");
}

static void test_flow(void)
{
	struct record record = key_record;

	config.by = "source,flow";
	record.flow = &flow;
	write_all(RECORD_NDJSON, &record, 1);
	ok(strstr(text, "\"kind\": \"event\", \"category\": [\"network\"], \"type\": "
			"[\"connection\"], \"dataset\": \"vtap.flow\"}, \"source\": {\"ip\": "
			"\"128.232.110.120\", \"port\": 34855, \"mac\": \"02-AB-00-00-00-01\", "
			"\"bytes\": 300, \"packets\": 2}, \"destination\": {\"ip\": "
			"\"66.35.250.204\", \"port\": 80, \"bytes\": 700, \"packets\": 1}, "
			"\"network\": {\"transport\": \"tcp\", \"iana_number\": \"6\", \"type\": "
			"\"ipv4\", \"bytes\": 1000, \"packets\": 3, \"community_id\": "
			"\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\"}, \"observer\""),
	   "a flow: both ends");
	ok(strstr(text, "\"flags\": {\"source\": \"SFRPAUEC\", \"destination\": \"SA\"}}, "
			"\"end\": \"finished\", \"one_way\": true}}\n"),
	   "a flow: flags and end");
	record.flow = NULL;
	write_all(RECORD_NDJSON, &record, 1);
	ok(strstr(text, "\"dataset\": \"vtap.source\"}"), "what has no flow is of its key");
	record.forgotten = true;
	write_all(RECORD_NDJSON, &record, 1);
	ok(strstr(text, "\"end\": \"resources\"}}\n"), "a key that was forgotten");
	config.by = "source";
}

static void put_part(struct record *record, const char *part)
{
	record->part[record->part_count++].text = span_of(part, strlen(part));
}

static void test_parts(void)
{
	struct record record = { .key = "k" };

	config.by = "ip-src,ip-dst,mac-src,vlan,id,source";
	config.interval_s = 60;
	record.interval_end_ns = 1794931560000000000;
	put_part(&record, "10.0.0.1");
	put_part(&record, "::1");
	put_part(&record, "02:ab:00:00:00:01");
	put_part(&record, "100.200.300");
	put_part(&record, "7+8");
	put_part(&record, "a\xff\"");
	write_all(RECORD_NDJSON, &record, 1);
	ok(strstr(text,
		  "{\"@timestamp\": \"2026-11-17T16:06:00.000000000Z\", \"event\": {\"kind\""),
	   "the end of an interval, and no time where there is no packet");
	ok(strstr(text,
		  "\"dataset\": \"vtap.ip_src_ip_dst_mac_src_vlan_id_source\"}, "
		  "\"source\": {\"ip\": \"10.0.0.1\", \"mac\": \"02-AB-00-00-00-01\"}, "
		  "\"destination\": {\"ip\": \"::1\"}, \"network\": {\"bytes\": 0, "
		  "\"packets\": 0, \"vlan\": {\"id\": \"100\"}, \"inner\": {\"vlan\": {\"id\": "
		  "\"200.300\"}}}, \"observer\": {\"ingress\": {\"interface\": {\"name\": "
		  "\"a\\ufffd\\\"\"}}"),
	   "parts of the key stand where ECS has a place");
	ok(strstr(text, "\"id\": \"7+8\", \"interval\": 60, "), "id and interval");
	write_all(RECORD_CSV, &record, 1);
	ok(strstr(text, ",\"a\xef\xbf\xbd\"\"\","), "csv: quotes, and U+FFFD");
	config.by = "source";
	config.interval_s = 0;
}

/* Counts the columns of a line without quotes. */
static unsigned columns(const char *line)
{
	unsigned count = 1;

	for (; *line && *line != '\n'; line++)
		count += *line == ',';
	return count;
}

static void test_csv(void)
{
	struct record record = key_record;
	const char *row;

	config.by = "source,flow";
	record.flow = &flow;
	record.source = "eth0";
	write_all(RECORD_CSV, &record, 1);
	ok(strncmp(text, "timestamp,event_start,event_end,event_duration,event_kind,", 58) == 0,
	   "names of columns");
	ok(strstr(text, ",vtap_tcp_flags_destination,vtap_end,vtap_one_way\r\n"), "all of them");
	row = strchr(text, '\n') + 1;
	is_u64(columns(text), record_field_count, "a column for each field");
	is_u64(columns(row), record_field_count + 1, "a value for each column; one has a comma");
	ok(strstr(row,
		  ",1499999999,event,network,connection,vtap.flow,128.232.110.120,34855,"
		  "02-AB-00-00-00-01,300,2,66.35.250.204,80,,700,1,tcp,6,ipv4,1000,3,,,"
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=,eth0,vtap,1.2,\"source,flow\",eth0%0A,eth0,,,"
		  "900,1,0,0,"),
	   "values");
	ok(strstr(row, ",finished,true\r\n"), "the end of a row");
	write_all(RECORD_CSV, NULL, 0);
	ok(strchr(text, '\n') == text + text_len - 1, "without records there is a header");
	config.by = "source";
}

/* Times of one record, and of one after another, in any order: those of csv are those of JSON. */
static void test_times(void)
{
	static const int64_t second = 1000000000, times[] = { 0,
							      1,
							      -1,
							      999999999,
							      1000000000,
							      -1000000000,
							      -1000000001,
							      1794931500000000001,
							      1794931500999999999,
							      1794931501000000000,
							      INT64_MAX,
							      INT64_MAX - second,
							      INT64_MIN,
							      INT64_MIN + second };
	enum { TIMES = sizeof(times) / sizeof(*times) };
	struct record record = key_record;
	unsigned wrong = 0;

	for (unsigned i = 0; i < TIMES * TIMES; i++) {
		char start[MOMENT_TEXT], end[MOMENT_TEXT], want[4 * MOMENT_TEXT];

		record.start_ns = times[i / TIMES];
		record.end_ns = times[i % TIMES];
		moment_write(record.start_ns, start);
		moment_write(record.end_ns, end);
		sprintf(want, "\n%s,%s,%s,", end, start, end);
		write_all(RECORD_CSV, &record, 1);
		wrong += !strstr(text, want);
	}
	is_u64(wrong, 0, "times of csv");
}

static void test_no_flows(void)
{
	config.flows = false;
	write_all(RECORD_NDJSON, &key_record, 1);
	ok(strstr(text, "\"missing\": {\"packets\": 7, \"tunnel\": {\"packets\": 2}, \"kernel\": "
			"{\"packets\": 5}}}}\n"),
	   "without flows nothing is said of TCP");
	config.flows = true;
}

/* How much of two names is the same objects. */
static size_t same_objects(const char *one, const char *other)
{
	size_t same = 0;

	for (size_t i = 0; one[i] && one[i] == other[i]; i++)
		if (one[i] == '.')
			same = i + 1;
	return same;
}

/* An object that was closed must not come again: readers keep one of two. */
static void test_objects(void)
{
	unsigned again = 0;

	for (unsigned i = 0; i < record_field_count; i++)
		for (unsigned k = i + 2; k < record_field_count; k++) {
			size_t same = same_objects(record_fields[i].name, record_fields[k].name);

			for (unsigned m = i + 1; m < k; m++)
				again += same_objects(record_fields[i].name,
						      record_fields[m].name) < same;
			again += strcmp(record_fields[i].name, record_fields[k].name) == 0;
		}
	is_u64(again, 0, "fields of an object stand together");
}

/* A stream that counts the lines of each write. */
struct written {
	unsigned writes, broken;
	size_t bytes;
};

static ssize_t count_write(void *cookie, const char *bytes, size_t len)
{
	struct written *written = cookie;

	written->writes++;
	written->bytes += len;
	written->broken += bytes[len - 1] != '\n';
	return (ssize_t)len;
}

static ssize_t refuse_write(void *cookie, const char *bytes, size_t len)
{
	(void)cookie, (void)bytes, (void)len;
	errno = ENOSPC;
	return -1;
}

static void test_lines(void)
{
	struct written written = { 0 };
	struct record_writer *writer;
	struct error err;

	config.format = RECORD_NDJSON;
	config.to = fopencookie(&written, "w", (cookie_io_functions_t){ .write = count_write });
	setvbuf(config.to, NULL, _IONBF, 0);
	writer = record_writer_open(&config, &err);
	for (unsigned i = 0; i < 1000; i++)
		record_writer_put(writer, &key_record, &err);
	ok(written.writes > 2 && written.writes < 30, "many lines are one write");
	ok(record_writer_flush(writer, &err), "flushed");
	is_u64(written.broken, 0, "every write ends with a line");
	is_u64(written.bytes % 1000, 0, "all lines are written once");
	record_writer_close(writer);
	fclose(config.to);

	config.to = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = refuse_write });
	setvbuf(config.to, NULL, _IONBF, 0);
	writer = record_writer_open(&config, &err);
	ok(record_writer_put(writer, &key_record, &err) && !record_writer_flush(writer, &err) &&
		   err.number == ENOSPC,
	   "a full disk is told");
	record_writer_close(writer);
	fclose(config.to);
}

int main(void)
{
	test_key();
	test_flow();
	test_parts();
	test_csv();
	test_times();
	test_no_flows();
	test_objects();
	test_lines();
	free(text);
	return tap_done();
}
