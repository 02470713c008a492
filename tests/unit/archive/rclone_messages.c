/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person is told of what rclone reports. */
#include "archive/rclone_messages.h"

#include "lib/tap.h"

/* Messages of rclone 1.60.1, as rclone_log makes them one line. */
#define GET "RequestError: send request failed caused by: Get \"http://h/b?prefix=\": "
static const struct {
	const char *message, *sentence;
} cases[] = {
	{ "Failed to create file system for \"oci:b\": didn't find section in config file",
	  "rclone has no remote 'oci': see `rclone listremotes`, `rclone config`" },
	{ "error listing: InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in "
	  "our records. status code: 403, request id: , host id:",
	  "the store does not know the key (InvalidAccessKeyId): is the access key of remote 'oci' "
	  "right?" },
	{ "Failed to copy: SignatureDoesNotMatch: The request signature we calculated does not "
	  "match status code: 403, request id: , host id:",
	  "the store refuses the signature (SignatureDoesNotMatch): is the secret of remote 'oci' "
	  "right?" },
	{ "Failed to copy: NoSuchBucket: The specified bucket does not exist. status code: 404, "
	  "request id: , host id:",
	  "there is no bucket 'captures', and it is not made: make it, or name another one" },
	{ "Failed to copy: AccessDenied: Access Denied. status code: 403, request id: , host id:",
	  "the store refuses to write (AccessDenied): give the user of remote 'oci' the right to "
	  "write in 'captures'" },
	{ "Forbidden: Forbidden status code: 403, request id: , host id:",
	  "the store refuses to write (403): give the user of remote 'oci' the right to write in "
	  "'captures'" },
	{ "AuthorizationHeaderMalformed: The authorization header is malformed; the region "
	  "'us-east-1' is wrong; expecting 'eu-west-1' status code: 400, request id: , host id:",
	  "the region of remote 'oci' is wrong: the store says that it is eu-west-1" },
	{ "BucketRegionError: incorrect region, the bucket is not in 'us-east-1' region at "
	  "endpoint '', bucket is in 'eu-central-1' region status code: 301, request id: ,",
	  "the region of remote 'oci' is wrong: the store says that it is eu-central-1" },
	{ "RequestTimeTooSkewed: The difference between the request time and the current time is "
	  "too large. status code: 403, request id: , host id:",
	  "the clocks of this host and of the store differ by more than the store allows, 15 min "
	  "in "
	  "most (RequestTimeTooSkewed): is the time of this host right?" },
	{ GET "dial tcp: lookup nosuch.invalid on 10.255.255.53:53: no such host",
	  "there is no host nosuch.invalid" },
	{ GET "dial tcp: lookup nosuch.invalid: no such host", "there is no host nosuch.invalid" },
	{ "Failed to copy: open /store/mff39ajj: file name too long",
	  "the name is too long for the store, perhaps once it is encrypted: 'a/b'" },
	{ GET "dial tcp 127.0.0.1:1: connect: connection refused",
	  "the store refuses connections: nothing listens at 127.0.0.1:1" },
	{ GET "net/http: timeout awaiting response headers", "the store does not answer" },
	{ GET "dial tcp 10.9.9.9:80: i/o timeout", "the store does not answer" },
	{ GET "x509: certificate has expired or is not yet valid: current time "
	      "2026-12-01T00:23:28Z is after 2020-01-01T00:00:00Z",
	  "the certificate of the store has expired on 2020-01-01T00:00:00Z" },
	{ GET "x509: certificate signed by unknown authority",
	  "the certificate of the store is signed by an unknown authority: name it in "
	  "RCLONE_CA_CERT" },
	{ GET "x509: certificate is valid for other.example, not localhost",
	  "the certificate of the store is for other.example, and not for the name in the endpoint "
	  "of remote 'oci'" },
	{ GET "http: server gave HTTP response to HTTPS client",
	  "the store speaks http, and the endpoint of remote 'oci' says https" },
	{ GET "net/http: HTTP/1.x transport connection broken: malformed HTTP response "
	      "\"\\x15\\x03\\x01\\x00\\x02\\x02F\"",
	  "the store speaks https, and the endpoint of remote 'oci' says http" },
	{ "error listing: SlowDown: Please reduce your request rate. status code: 503, request id:",
	  "the store asks for fewer requests (SlowDown)" },
	{ "error listing: BadGateway: Bad Gateway status code: 502, request id: , host id:",
	  "the store is out of order (502)" },
	{ "Failed to copy: InsufficientStorage: full status code: 507, request id: , host id:",
	  "the store is full (InsufficientStorage)" },
	{ "Failed to copy: write /mnt/x: no space left on device", "the store is full" },
	{ "Failed to copy: preallocate: file too big for remaining disk space",
	  "the store is full" },
	{ "Failed to copy: KeyTooLongError: x status code: 400, request id: , host id:",
	  "the name is too long for the store (KeyTooLong): 'a/b'" },
	{ "Failed to copy: BadDigest: x status code: 400, request id: , host id:",
	  "the store has got other bytes than it was sent (BadDigest): does something on the way "
	  "change them?" },
	{ "corrupted on transfer: sizes differ 100000 vs 5",
	  "the store tells another size or hash than that of what it was sent" },
	{ GET "dial tcp: lookup h.example on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: "
	      "network is unreachable",
	  "no name server can be asked for h.example: there is no route to one" },
	{ GET "dial tcp: lookup h.example on [::1]:53: read udp [::1]:3->[::1]:53: read: "
	      "connection refused",
	  "no name server can be asked for h.example: none listens" },
	{ "Failed to copy: QuotaExceeded: Upload exceeds quota. status code: 403, request id: ,",
	  "the quota of the store is used up (QuotaExceeded)" },
	{ "Failed to copy: RequestError: send request failed caused by: Put "
	  "\"http://localhost:20301/a/b/f1\": read tcp 127.0.0.1:53774->127.0.0.1:20301: read: "
	  "connection reset by peer",
	  "localhost:20301 has cut the connection: does it speak https, and the endpoint of remote "
	  "'oci' says http?" },
	{ "Put \"https://h/a\": read: connection reset by peer",
	  "the store has cut the connection" },
	{ "error listing: directory not found",
	  "the store has no bucket 'captures', or not this folder in it" },
	{ "Failed to copy: the moon is full", "rclone: Failed to copy: the moon is full" },
};

static struct archive_place place;
static char text[RCLONE_MESSAGES_SIZE];

static struct rclone_log line_of(enum rclone_log_level level, const char *message)
{
	struct rclone_log log = { .level = level };

	snprintf(log.message, sizeof(log.message), "%s", message);
	return log;
}

static void sentences(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rclone_messages messages = { 0 };
		struct rclone_log log = line_of(RCLONE_LOG_ERROR, cases[i].message);

		strcpy(log.object, "a/b");
		rclone_messages_note(&messages, &log);
		rclone_messages_explain(&messages, &place, "write", text);
		is_str(text, cases[i].sentence, "a sentence");
	}
}

static void note(struct rclone_messages *messages, enum rclone_log_level level, const char *message)
{
	struct rclone_log log = line_of(level, message);

	rclone_messages_note(messages, &log);
}

static void most_telling(void)
{
	struct rclone_messages messages = { 0 };

	rclone_messages_explain(&messages, &place, "write", text);
	is_str(text, "rclone failed and did not say why", "no message");
	note(&messages, RCLONE_LOG_NOTICE, "SlowDown");
	ok(!messages.rank, "a notice is none");
	note(&messages, RCLONE_LOG_ERROR, "No common hash found - not using a hash for checks");
	ok(!messages.rank, "... nor is what rclone says of a remote without hashes");
	note(&messages, RCLONE_LOG_ERROR, "first");
	note(&messages, RCLONE_LOG_FATAL, "second");
	ok(!rclone_messages_is_known(&messages), "what the table lacks");
	is_str(messages.message, "first", "... the first is kept");
	note(&messages, RCLONE_LOG_ERROR, "write: broken pipe");
	note(&messages, RCLONE_LOG_ERROR, "AccessDenied: x");
	note(&messages, RCLONE_LOG_ERROR, "write: broken pipe");
	ok(rclone_messages_is_known(&messages), "what it has");
	is_str(messages.message, "AccessDenied: x", "... the most telling is kept");
}

/* What a store answers may be anything. */
static void hostile(void)
{
	struct rclone_messages messages = { 0 };
	char message[900];
	struct rclone_log log;

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	memcpy(message, "AuthorizationHeaderMalformed expecting '{remote}{", 49);
	strcpy(message + sizeof(message) - 2, "'");
	log = line_of(RCLONE_LOG_ERROR, message);
	rclone_messages_note(&messages, &log);
	rclone_messages_explain(&messages, &place, "write", text);
	ok(strstr(text, "it is {remote}{xxx") && strlen(text) < 300,
	   "what is found is cut off, and no sentence");
}

static void versions(void)
{
	static const struct {
		const char *line;
		bool good;
	} lines[] = { { "rclone v1.60.1-DEV", true },
		      { "rclone v1.53.0", true },
		      { "rclone v1.53", true },
		      { "rclone v2.0", true },
		      { "rclone v1.52.3", false },
		      { "rclone v1", false },
		      { "rclone v0.99", false },
		      { "rclone", false },
		      { "", false },
		      { "busybox", false } };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		ok(rclone_messages_accept_version(lines[i].line, text) == lines[i].good,
		   "version: %s", lines[i].line);
	rclone_messages_accept_version("rclone v1.52.3", text);
	is_str(text, "rclone is too old (1.52): it has to be 1.53 or newer", "an old one");
	rclone_messages_missing(text);
	ok(strstr(text, "apt install rclone") != NULL, "none");
}

static void no_remote(void)
{
	static const char *const names[] = { "a", "b c" };
	static const char *many[1000];

	rclone_messages_no_remote(&place, names, 2, text);
	is_str(text, "rclone has no remote 'oci': there is a, b c", "remotes are told");
	rclone_messages_no_remote(&place, names, 0, text);
	is_str(text, "rclone has no remote 'oci', nor any other (see `rclone config`)", "none is");
	for (size_t i = 0; i < 1000; i++)
		many[i] = "name";
	rclone_messages_no_remote(&place, many, 1000, text);
	is_u64(strlen(text), RCLONE_MESSAGES_SIZE - 1, "many are cut off");
}

int main(void)
{
	struct error err;

	archive_place_parse("oci:captures/site1", &place, &err);
	sentences();
	most_telling();
	hostile();
	versions();
	no_remote();
	return tap_done();
}
