/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 against the examples of FIPS 180-4 and against sha256sum(1). */
#include "host/sha256.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/tap.h"

static char name[] = "/tmp/vtap-sha256-XXXXXX";
static struct error err;

/* Of bytes that come in pieces of a size; NULL if it fails. */
static const char *hash_of(struct span bytes, size_t piece)
{
	static char text[SHA256_TEXT];
	uint8_t hash[SHA256_LEN];
	struct sha256 sha256;

	if (!sha256_init(&sha256, &err))
		return err.text;
	while (bytes.len > 0) {
		sha256_update(&sha256, span_first(bytes, piece));
		bytes = span_from(bytes, piece);
	}
	sha256_update(&sha256, span_of(NULL, 0));
	if (!sha256_final(&sha256, hash, &err))
		return err.text;
	sha256_write(hash, text);
	return text;
}

/* https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values and, of a
 * million letters, FIPS 180-2, appendix B.3. */
static void examples(void)
{
	static const struct {
		const char *text, *hash;
	} known[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnop"
		  "jklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};
	static char million[1000000];

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		is_str(hash_of(span_of(known[i].text, strlen(known[i].text)), 1000), known[i].hash,
		       known[i].text);
	memset(million, 'a', sizeof(million));
	is_str(hash_of(span_of(million, sizeof(million)), 4099),
	       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	       "a million letters");
}

/* What sha256sum says of the first len bytes of the file. */
static void summed(size_t len, char text[SHA256_TEXT])
{
	char command[128];
	FILE *from;

	snprintf(command, sizeof(command), "head -c %zu %s | sha256sum", len, name);
	from = popen(command, "r");
	if (!from || !fgets(text, SHA256_TEXT, from))
		text[0] = '\0';
	if (from)
		pclose(from);
}

static void lengths(const uint8_t *bytes)
{
	static const size_t pieces[] = { 1, 3, 7, 63, 64, 65, 200 };
	unsigned wrong = 0;
	char want[SHA256_TEXT];

	for (size_t len = 0; len <= 200; len++) {
		summed(len, want);
		for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
			wrong += strcmp(hash_of(span_of(bytes, len), pieces[i]), want) != 0;
	}
	is_u64(wrong, 0, "each length to 200 bytes, in pieces of all sizes, as sha256sum has it");
}

static void files(size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC), folder = open("/", O_RDONLY | O_CLOEXEC);
	char text[SHA256_TEXT] = "", want[SHA256_TEXT];
	uint8_t hash[SHA256_LEN];
	uint64_t len;

	summed(size, want);
	if (ok(sha256_file(fd, hash, &len, &err), "a file"))
		sha256_write(hash, text);
	is_str(text, want, "... as sha256sum has it");
	is_u64(len, size, "... and its length");
	ok(sha256_file(fd, hash, &len, &err) && len == 0, "from where the descriptor stands");
	ok(!sha256_file(folder, hash, &len, &err) && strstr(err.text, "directory"), "a folder: %s",
	   err.text);
	close(fd);
	close(folder);
}

static void given_up(void)
{
	struct sha256 sha256 = { .context = NULL };

	sha256_free(&sha256);
	ok(sha256_init(&sha256, &err) && sha256.context, "a hash that is given up");
	sha256_update(&sha256, span_of("abc", 3));
	sha256_free(&sha256);
	sha256_free(&sha256);
	ok(!sha256.context, "... is freed");
}

int main(void)
{
	static uint8_t bytes[200001];
	uint32_t state = 1;
	int fd = mkstemp(name);

	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(state >> 24);
	}
	if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || close(fd) != 0)
		return 1;
	ok(sha256_load(&err) && sha256_load(&err), "libcrypto");
	examples();
	lengths(bytes);
	files(sizeof(bytes));
	given_up();
	unlink(name);
	return tap_done();
}
