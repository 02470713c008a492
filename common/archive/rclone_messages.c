/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

enum { FOUND_SIZE = 128, OLDEST_MINOR = 53 };

/*
 * What to look for in a message, the most telling first, and what to say. In a sentence {remote} is
 * the remote's name, {bucket} the first part of the path, {right} what is done, {object} the name
 * of the object, and {found} the text between `before` and `after` in the message; a row with
 * `before` fits only if both are there. Codes of S3 are those of
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, other texts those of Go and
 * of rclone 1.60.
 */
static const struct row {
	const char *part, *before, *after, *sentence;
} rows[] = {
	{ "didn't find section in config file", NULL, NULL,
	  "rclone has no remote '{remote}': see `rclone listremotes`, `rclone config`" },
	{ "InvalidAccessKeyId", NULL, NULL,
	  "the store does not know the key (InvalidAccessKeyId): is the access key of remote "
	  "'{remote}' right?" },
	{ "SignatureDoesNotMatch", NULL, NULL,
	  "the store refuses the signature (SignatureDoesNotMatch): is the secret of remote "
	  "'{remote}' right?" },
	{ "RequestTimeTooSkewed", NULL, NULL,
	  "the clocks of this host and of the store differ by more than the store allows, 15 min "
	  "in "
	  "most (RequestTimeTooSkewed): is the time of this host right?" },
	{ "NoCredentialProviders", NULL, NULL,
	  "there is no login for the store: remote '{remote}' has no access key, and AWS_* and "
	  "~/.aws have none" },
	{ "ExpiredToken", NULL, NULL,
	  "the login of remote '{remote}' has expired (ExpiredToken): get a new token" },
	{ "ssh: unable to authenticate", NULL, NULL,
	  "the store refuses the login: is the key or the password of remote '{remote}' right?" },
	{ "knownhosts: key", NULL, NULL,
	  "the host key of the store is not the one in the known_hosts file of remote "
	  "'{remote}'" },
	{ "couldn't login", NULL, NULL,
	  "the store refuses the login: is the key or the password of remote '{remote}' right?" },
	{ "AuthorizationHeaderMalformed", "expecting '", "'",
	  "the region of remote '{remote}' is wrong: the store says that it is {found}" },
	{ "BucketRegionError", "bucket is in '", "'",
	  "the region of remote '{remote}' is wrong: the store says that it is {found}" },
	{ "IllegalLocationConstraint", "The ", " location constraint",
	  "the region of remote '{remote}' is wrong: bucket '{bucket}' is in another one than "
	  "{found}" },
	{ "AuthorizationHeaderMalformed", NULL, NULL,
	  "the store refuses the login (AuthorizationHeaderMalformed): is the region of remote "
	  "'{remote}' right?" },
	{ "PermanentRedirect", NULL, NULL,
	  "bucket '{bucket}' is in another region (PermanentRedirect): are region and endpoint of "
	  "remote '{remote}' right?" },
	{ "NoSuchBucket", NULL, NULL,
	  "there is no bucket '{bucket}', and it is not made: make it, or name another one" },
	{ "ContainerNotFound", NULL, NULL,
	  "there is no container '{bucket}', and it is not made: make it, or name another one" },
	{ "QuotaExceeded", NULL, NULL, "the quota of the store is used up (QuotaExceeded)" },
	{ "storageQuotaExceeded", NULL, NULL, "the quota of the store is used up" },
	{ "exceeds quota", NULL, NULL, "the quota of the store is used up" },
	{ "disk quota exceeded", NULL, NULL, "the quota of the store is used up" },
	{ "XMinioStorageFull", NULL, NULL, "the store is full (XMinioStorageFull)" },
	{ "InsufficientStorage", NULL, NULL, "the store is full (InsufficientStorage)" },
	{ "Insufficient Storage", NULL, NULL, "the store is full" },
	{ "status code: 507", NULL, NULL, "the store is full (507)" },
	{ "no space left on device", NULL, NULL, "the store is full" },
	{ "file too big for remaining disk space", NULL, NULL, "the store is full" },
	{ "AccessDenied", NULL, NULL,
	  "the store refuses to {right} (AccessDenied): give the user of remote '{remote}' the "
	  "right to {right} in '{bucket}'" },
	{ "AllAccessDisabled", NULL, NULL, "the store is closed (AllAccessDisabled)" },
	{ "status code: 403", NULL, NULL,
	  "the store refuses to {right} (403): give the user of remote '{remote}' the right to "
	  "{right} in '{bucket}'" },
	{ "status code: 401", NULL, NULL,
	  "the store refuses the login (401): is that of remote '{remote}' right?" },
	{ "permission denied", NULL, NULL,
	  "the store refuses to {right}: give the user of remote '{remote}' the right to {right}" },
	{ "certificate has expired or is not yet valid", " is after ", NULL,
	  "the certificate of the store has expired on {found}" },
	{ "certificate has expired or is not yet valid", NULL, NULL,
	  "the certificate of the store is not valid at the time of this host" },
	{ "certificate signed by unknown authority", NULL, NULL,
	  "the certificate of the store is signed by an unknown authority: name it in "
	  "RCLONE_CA_CERT" },
	{ "x509: certificate is valid for ", "certificate is valid for ", ", not ",
	  "the certificate of the store is for {found}, and not for the name in the endpoint of "
	  "remote '{remote}'" },
	{ "x509: certificate is not valid for any names", NULL, NULL,
	  "the certificate of the store is for another name than that in the endpoint of remote "
	  "'{remote}'" },
	{ "doesn't contain any IP SANs", NULL, NULL,
	  "the certificate of the store is for a name, and the endpoint of remote '{remote}' is an "
	  "address" },
	{ "server gave HTTP response to HTTPS client", NULL, NULL,
	  "the store speaks http, and the endpoint of remote '{remote}' says https" },
	{ "malformed HTTP response \"\\x15\\x03", NULL, NULL,
	  "the store speaks https, and the endpoint of remote '{remote}' says http" },
	{ "HTTP request to an HTTPS server", NULL, NULL,
	  "the store speaks https, and the endpoint of remote '{remote}' says http" },
	{ "plain HTTP request was sent to HTTPS port", NULL, NULL,
	  "the store speaks https, and the endpoint of remote '{remote}' says http" },
	{ "no such host", "lookup ", " on ", "there is no host {found}" },
	{ "no such host", "lookup ", ": no such", "there is no host {found}" },
	{ "no suitable address found", "address ", ": no", "there is no host {found}" },
	{ "server misbehaving", "lookup ", " on ", "no name server knows about {found}" },
	{ "network is unreachable", "lookup ", " on ",
	  "no name server can be asked for {found}: there is no route to one" },
	{ "connection refused", "lookup ", " on ",
	  "no name server can be asked for {found}: none listens" },
	{ "connection refused", "dial tcp ", ": connect",
	  "the store refuses connections: nothing listens at {found}" },
	{ "connection refused", NULL, NULL, "the store refuses connections" },
	{ "no route to host", NULL, NULL, "there is no route to the store" },
	{ "network is unreachable", NULL, NULL, "there is no route to the store" },
	{ "SlowDown", NULL, NULL, "the store asks for fewer requests (SlowDown)" },
	{ "TooManyRequests", NULL, NULL, "the store asks for fewer requests (TooManyRequests)" },
	{ "Too Many Requests", NULL, NULL, "the store asks for fewer requests (429)" },
	{ "RequestLimitExceeded", NULL, NULL,
	  "the store asks for fewer requests (RequestLimitExceeded)" },
	{ "ServiceUnavailable", NULL, NULL, "the store is out of order (503 ServiceUnavailable)" },
	{ "Service Unavailable", NULL, NULL, "the store is out of order (503)" },
	{ "status code: 50", "status code: ", ",", "the store is out of order ({found})" },
	{ "InternalError", NULL, NULL, "the store is out of order (InternalError)" },
	{ "Internal Server Error", NULL, NULL, "the store is out of order (500)" },
	{ "Bad Gateway", NULL, NULL, "the store is out of order (502)" },
	{ "Gateway Timeout", NULL, NULL, "the store is out of order (504)" },
	{ "directory not found", NULL, NULL,
	  "the store has no bucket '{bucket}', or not this folder in it" },
	{ "file name too long", NULL, NULL,
	  "the name is too long for the store, perhaps once it is encrypted: '{object}'" },
	{ "KeyTooLong", NULL, NULL, "the name is too long for the store (KeyTooLong): '{object}'" },
	{ "EntityTooLarge", NULL, NULL,
	  "the store takes nothing so large (EntityTooLarge): '{object}'" },
	{ "BadDigest", NULL, NULL,
	  "the store has got other bytes than it was sent (BadDigest): does something on the way "
	  "change them?" },
	{ "Failed to copy: object not found", NULL, NULL,
	  "the store does not have what it said that it took" },
	{ "corrupted on transfer", NULL, NULL,
	  "the store tells another size or hash than that of what it was sent" },
	{ "timeout awaiting response headers", NULL, NULL, "the store does not answer" },
	{ "TLS handshake timeout", NULL, NULL, "the store does not answer" },
	{ "i/o timeout", NULL, NULL, "the store does not answer" },
	{ "context deadline exceeded", NULL, NULL, "the store does not answer" },
	{ "connection reset by peer", "\"http://", "/",
	  "{found} has cut the connection: does it speak https, and the endpoint of remote "
	  "'{remote}' says http?" },
	{ "connection reset by peer", NULL, NULL, "the store has cut the connection" },
	{ "broken pipe", NULL, NULL, "the store has cut the connection" },
	{ "unexpected EOF", NULL, NULL, "the store has cut the connection" },
};

/* Errors in rclone's words that are none, or only repeat others. */
static const char *const no_errors[] = { "No common hash found", "Attempt 1/1 failed with " };

enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* Finds what stands between two texts; returns its length, or 0 if they are not there. */
static size_t rclone_messages_between(const char *message, const struct row *row,
				      const char **found)
{
	const char *from = strstr(message, row->before), *to;

	if (!from)
		return 0;
	from += strlen(row->before);
	to = row->after ? strstr(from, row->after) : strchr(from, '\0');
	*found = from;
	return to ? (size_t)(to - from) : 0;
}

/* Returns ROWS if no row fits. */
static unsigned rclone_messages_find(const char *message)
{
	const char *found;
	unsigned i;

	for (i = 0; i < ROWS; i++)
		if (strstr(message, rows[i].part) &&
		    (!rows[i].before || rclone_messages_between(message, &rows[i], &found) > 0))
			break;
	return i;
}

static bool rclone_messages_is_error(const struct rclone_log *log)
{
	bool is = log->level >= RCLONE_LOG_ERROR && log->message[0];

	for (size_t i = 0; i < sizeof(no_errors) / sizeof(*no_errors); i++)
		is = is && strncmp(log->message, no_errors[i], strlen(no_errors[i])) != 0;
	return is;
}

void rclone_messages_note(struct rclone_messages *messages, const struct rclone_log *log)
{
	unsigned rank;

	if (!rclone_messages_is_error(log))
		return;
	rank = rclone_messages_find(log->message) + 1;
	if (messages->rank && messages->rank <= rank)
		return;
	messages->rank = rank;
	snprintf(messages->message, sizeof(messages->message), "%s", log->message);
	snprintf(messages->object, sizeof(messages->object), "%s", log->object);
}

bool rclone_messages_is_known(const struct rclone_messages *messages)
{
	return messages->rank > 0 && messages->rank <= ROWS;
}

/* Appends at most len bytes. */
static void rclone_messages_append(char text[RCLONE_MESSAGES_SIZE], const char *more, size_t len)
{
	size_t used = strlen(text), room = RCLONE_MESSAGES_SIZE - 1 - used;

	len = strnlen(more, len < room ? len : room);
	memcpy(text + used, more, len);
	text[used + len] = '\0';
}

/* Appends what stands for `{name}` at the front of a sentence; returns its length. */
static size_t rclone_messages_fill(const char *sentence, const struct rclone_messages *messages,
				   const struct archive_place *place, const char *right,
				   char text[RCLONE_MESSAGES_SIZE])
{
	const struct row *row = &rows[messages->rank - 1];
	const char *bucket = place->path + strspn(place->path, "/"), *found = "";
	size_t len = row->before ? rclone_messages_between(messages->message, row, &found) : 0;
	const struct {
		const char *name, *value;
		size_t len;
	} names[] = { { "{remote}", place->name, sizeof(place->name) },
		      { "{bucket}", bucket, strcspn(bucket, "/") },
		      { "{right}", right, RCLONE_MESSAGES_SIZE },
		      { "{object}", messages->object, sizeof(messages->object) },
		      { "{found}", found, len < FOUND_SIZE ? len : FOUND_SIZE } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strncmp(sentence, names[i].name, strlen(names[i].name)) != 0)
			continue;
		rclone_messages_append(text, names[i].value, names[i].len);
		return strlen(names[i].name);
	}
	rclone_messages_append(text, sentence, 1);
	return 1;
}

void rclone_messages_explain(const struct rclone_messages *messages,
			     const struct archive_place *place, const char *right,
			     char text[RCLONE_MESSAGES_SIZE])
{
	const struct row *row;

	*text = '\0';
	if (!messages->rank) {
		snprintf(text, RCLONE_MESSAGES_SIZE, "rclone failed and did not say why");
		return;
	}
	if (!rclone_messages_is_known(messages)) {
		rclone_messages_append(text, "rclone: ", RCLONE_MESSAGES_SIZE);
		rclone_messages_append(text, messages->message, RCLONE_MESSAGES_SIZE);
		return;
	}
	row = &rows[messages->rank - 1];
	for (const char *at = row->sentence; *at;) {
		size_t len = strcspn(at, "{");

		rclone_messages_append(text, at, len);
		at += len;
		if (*at)
			at += rclone_messages_fill(at, messages, place, right, text);
	}
	printable(text);
}

void rclone_messages_missing(char text[RCLONE_MESSAGES_SIZE])
{
	snprintf(text, RCLONE_MESSAGES_SIZE,
		 "there is no rclone in PATH: install it, by `apt install rclone`, or `dnf install "
		 "rclone`, or from https://rclone.org/install/");
}

bool rclone_messages_accept_version(const char *line, char text[RCLONE_MESSAGES_SIZE])
{
	char *end = NULL;
	unsigned long major = 0, minor = 0;

	if (strncmp(line, "rclone v", strlen("rclone v")) == 0) {
		major = strtoul(line + strlen("rclone v"), &end, 10);
		minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	}
	if (major > 1 || (major == 1 && minor >= OLDEST_MINOR))
		return true;
	if (end)
		snprintf(text, RCLONE_MESSAGES_SIZE,
			 "rclone is too old (%lu.%lu): it has to be 1.%d or newer", major, minor,
			 OLDEST_MINOR);
	else
		snprintf(text, RCLONE_MESSAGES_SIZE,
			 "the rclone in PATH does not say its version: is it rclone?");
	return false;
}

void rclone_messages_no_remote(const struct archive_place *place, const char *const *remotes,
			       size_t count, char text[RCLONE_MESSAGES_SIZE])
{
	snprintf(text, RCLONE_MESSAGES_SIZE, "rclone has no remote '%s'%s", place->name,
		 count ? ": there is " : ", nor any other (see `rclone config`)");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			rclone_messages_append(text, ", ", 2);
		rclone_messages_append(text, remotes[i], strlen(remotes[i]));
	}
	printable(text);
}
