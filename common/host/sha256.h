/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 (FIPS 180-4) of bytes as they come, by libcrypto of OpenSSL, which uses the processor's
 * own instructions for it: 1,350 MB/s where libnettle makes 180 and libmd 300. It is loaded when it
 * is needed.
 */
#ifndef VTAP_HOST_SHA256_H
#define VTAP_HOST_SHA256_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "host/dynload.h"

enum {
	SHA256_LEN = 32,  /* bytes of a hash */
	SHA256_TEXT = 65, /* bytes of its digits with their NUL */
};

/* The library, for --version. */
extern const struct dynload_library sha256_library;

/* A hash that is being computed. A struct that is all zero is none. */
struct sha256 {
	void *context; /* of libcrypto; NULL if nothing is being computed */
	bool failed;   /* libcrypto has refused something: sha256_final() says so */
};

/*
 * Loads libcrypto and has it compute a hash, so that it reads all files that it wants: call this
 * before the process enters a sandbox. A further call does nothing. Returns false and sets err,
 * which begins with the soname, if the library is missing or knows no SHA-256.
 */
bool sha256_load(struct error *err);

/*
 * Begins a hash. sha256_final() or sha256_free() frees it. Returns false and sets err if libcrypto
 * cannot be loaded or there is no memory; nothing is left to be freed then.
 */
bool sha256_init(struct sha256 *sha256, struct error *err);

/* Adds bytes, any number. What fails here is told by sha256_final(). */
void sha256_update(struct sha256 *sha256, struct span bytes);

/* Ends a hash and frees it. Returns false and sets err if libcrypto has failed on the way. */
bool sha256_final(struct sha256 *sha256, uint8_t hash[SHA256_LEN], struct error *err);

/* Frees a hash that nobody wants any more. Does nothing if there is none. */
void sha256_free(struct sha256 *sha256);

/* Writes a hash as 64 digits of base 16, in small letters. */
void sha256_write(const uint8_t hash[SHA256_LEN], char text[SHA256_TEXT]);

/*
 * Computes the hash of a file from where its descriptor stands up to the end. *len is set to the
 * number of bytes. Returns false and sets err if reading fails, or as sha256_init() does.
 */
bool sha256_file(int fd, uint8_t hash[SHA256_LEN], uint64_t *len, struct error *err);

#endif
