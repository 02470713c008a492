/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

enum { SHA256_BLOCK = 64 << 10 }; /* bytes of a file that are read at a time */

/* clang-format off */
#define LIBCRYPTO_FUNCTIONS(row) \
	row(EVP_DigestFinal_ex) row(EVP_DigestInit_ex) row(EVP_DigestUpdate) \
	row(EVP_MD_CTX_free) row(EVP_MD_CTX_new) row(EVP_sha256)
/* clang-format on */

static struct {
	LIBCRYPTO_FUNCTIONS(DYNLOAD_POINTER)
} libcrypto;

const struct dynload_library sha256_library = { "libcrypto", LIBCRYPTO_SONAME, NULL };

static bool sha256_begin(struct sha256 *sha256)
{
	*sha256 = (struct sha256){ .context = libcrypto.EVP_MD_CTX_new() };
	if (sha256->context &&
	    libcrypto.EVP_DigestInit_ex(sha256->context, libcrypto.EVP_sha256(), NULL) == 1)
		return true;
	sha256_free(sha256);
	return false;
}

/* The first hash makes libcrypto read its configuration, which may name modules to be loaded. */
bool sha256_load(struct error *err)
{
	static const char *const names[] = { LIBCRYPTO_FUNCTIONS(DYNLOAD_NAME) };
	static bool loaded;
	struct sha256 sha256;

	if (loaded)
		return true;
	if (!dynload_load(LIBCRYPTO_SONAME, names, sizeof(names) / sizeof(*names), &libcrypto, err))
		return false;
	loaded = sha256_begin(&sha256);
	if (loaded)
		sha256_free(&sha256);
	return loaded || error_set(err, "%s: it has no SHA-256", LIBCRYPTO_SONAME);
}

bool sha256_init(struct sha256 *sha256, struct error *err)
{
	*sha256 = (struct sha256){ .context = NULL };
	return sha256_load(err) &&
	       (sha256_begin(sha256) || error_set(err, "SHA-256: not enough memory"));
}

void sha256_update(struct sha256 *sha256, struct span bytes)
{
	if (bytes.len > 0 &&
	    libcrypto.EVP_DigestUpdate(sha256->context, bytes.data, bytes.len) != 1)
		sha256->failed = true;
}

bool sha256_final(struct sha256 *sha256, uint8_t hash[SHA256_LEN], struct error *err)
{
	bool good =
		!sha256->failed && libcrypto.EVP_DigestFinal_ex(sha256->context, hash, NULL) == 1;

	sha256_free(sha256);
	return good || error_set(err, "SHA-256: libcrypto failed");
}

void sha256_free(struct sha256 *sha256)
{
	if (sha256->context)
		libcrypto.EVP_MD_CTX_free(sha256->context);
	*sha256 = (struct sha256){ .context = NULL };
}

void sha256_write(const uint8_t hash[SHA256_LEN], char text[SHA256_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < SHA256_LEN; i++) {
		*text++ = digits[hash[i] >> 4];
		*text++ = digits[hash[i] & 15];
	}
	*text = '\0';
}

static bool sha256_read(struct sha256 *sha256, int fd, uint64_t *len, struct error *err)
{
	uint8_t block[SHA256_BLOCK];
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(read(fd, block, sizeof(block)))) > 0) {
		sha256_update(sha256, span_of(block, (size_t)n));
		*len += (uint64_t)n;
	}
	return n == 0 || error_errno(err, "cannot be read");
}

bool sha256_file(int fd, uint8_t hash[SHA256_LEN], uint64_t *len, struct error *err)
{
	struct sha256 sha256;

	*len = 0;
	if (!sha256_init(&sha256, err))
		return false;
	if (sha256_read(&sha256, fd, len, err))
		return sha256_final(&sha256, hash, err);
	sha256_free(&sha256);
	return false;
}
