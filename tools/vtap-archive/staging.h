/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the object of a claimed capture, in the stage: reads the capture to its end, which gives
 * the object its name, and compresses it or links it. It parses what others wrote, so worker.h runs
 * it in a process of its own.
 */
#ifndef VTAP_ARCHIVE_STAGING_H
#define VTAP_ARCHIVE_STAGING_H

#include "archive/capture_facts.h"
#include "host/sha256.h"
#include "spool.h"

enum staging_verdict {
	STAGING_NOTHING, /* the process that made it has not come to its end */
	STAGING_DONE,	 /* the object is STAGING_FILE in the stage, without its name */
	STAGING_EMPTY,	 /* nothing is in the capture */
	STAGING_REFUSED, /* it is no capture, cannot be read, or changed while it was read */
	STAGING_WRITTEN, /* somebody has it open for writing */
	STAGING_FAILED,	 /* the spool's disk, or this machine, has failed; it can be tried again */
};

#define STAGING_FILE "object.tmp"

/* What is known of a capture. */
struct staged {
	enum staging_verdict verdict;
	struct error err; /* why it was refused, or failed; without a name */
	uint64_t bytes;	  /* of the capture now */
	uint64_t stored;  /* of the object */
	struct capture_facts facts;
	char sha256[SHA256_TEXT];      /* of the capture */
	char object[OBJECT_NAME_SIZE]; /* its name below the stage, and below ARCHIVE */
};

struct staging_config {
	const struct spool *spool;
	int level;	    /* of zstd; 0 to compress nothing */
	const char *source; /* name of a source for captures that do not tell, or empty */
};

/* Loads the libraries that it needs, before the sandbox is entered. Returns false and sets err if
 * one is missing that all captures need; those that need another one are refused without it. */
bool staging_load(struct error *err);

/* Makes the object of the capture with this name in taken/. */
void staging_make(const struct staging_config *config, const char *path, struct staged *staged);

/* Gives an object that is made its name in the stage. Nothing waits for the disk: what a crash
 * leaves in the stage is made again. Returns false and sets err if that fails. */
bool staging_name(const struct spool *spool, const struct staged *staged, struct error *err);

#endif
