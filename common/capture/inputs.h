/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inputs of a run: one or more captures that are read as one source in time order. If one of
 * them cannot be read, its error is reported, and the others are read.
 */
#ifndef VTAP_CAPTURE_INPUTS_H
#define VTAP_CAPTURE_INPUTS_H

#include "capture/source_file.h"
#include "host/sandbox.h"

/* Inputs that are open at once; of more than these, and where descriptors do not suffice for all,
 * regular files are opened by the time of their first packet and closed at their end. */
enum { INPUTS_OPEN = 64 };

/* Bytes that windows may hold in all inputs together, in equal parts; an input that exceeds its
 * part gives its earliest packets early. More than 4096 inputs take 64 KiB each. */
#define INPUTS_WINDOW_MEMORY ((size_t)256 << 20)

/* What became of one input. */
struct input_report {
	const char *name; /* as on the command line */
	struct capture_end end;
	uint64_t packets; /* given to the run */
	bool partly;	  /* state is CAPTURE_OK, but the run ended before the capture did */
	int64_t first_ns,
		last_ns; /* times of the first and last of them; INT64_MIN if none has one */
};

struct inputs;

/*
 * Makes the inputs of `count` names, at least one, which must outlive the result; nothing is
 * opened. tell is called with the error of each input that cannot be read, as soon as another one
 * is known to be good. Returns NULL and sets err if there is no memory.
 */
struct inputs *inputs_new(const char *const *names, unsigned count, enum source_reader reader,
			  void (*tell)(const void *arg, const struct error *err), const void *arg,
			  struct error *err);

/*
 * Calls source_file_probe() for each name, and closes files that are to be opened later. A process
 * may give up rights before it calls inputs_start(). Returns false if none can be read: err is the
 * error of the last one, those of the others were reported by `tell`. Also returns false, at once,
 * if the reader of the output is gone (io/reader_watch.h).
 */
bool inputs_probe(struct inputs *inputs, struct error *err);

/* Leaves so many descriptors to outputs when files are opened later, beside the few that every tool
 * has. To be called before inputs_start(). */
void inputs_leave(struct inputs *inputs, uint64_t descriptors);

/* Names the files that inputs_start(), and the source that it returns, open again. To be called
 * after inputs_probe(). */
void inputs_permit(const struct inputs *inputs, struct sandbox *sandbox);

/*
 * Begins to read the captures as one source (capture/merge.h). A single input is not merged: its
 * source returns SOURCE_ERROR if the input is damaged. window_ns: nanoseconds within which each
 * input is sorted (capture/reorder.h); 0: none is. The caller closes the source before it frees
 * inputs. Returns NULL and sets err if no input is a capture, or if there is no memory.
 */
struct source *inputs_start(struct inputs *inputs, int64_t window_ns, struct error *err);

/* Returns true if all inputs that inputs_probe() could open are regular files, so that nothing of
 * them is still to come. */
bool inputs_are_regular(const struct inputs *inputs);

/* Returns true if an input that inputs_probe() could open is a regular file. */
bool inputs_have_regular(const struct inputs *inputs);

/* Returns true if the error of an input was reported by `tell`. */
bool inputs_failed(const struct inputs *inputs);

/*
 * Returns one report for each name, in their order, valid until inputs_free(). Must be called while
 * the source is open, or before inputs_start(). The times of a single input are not known here:
 * only whoever reads it can fill them.
 */
struct input_report *inputs_report(struct inputs *inputs);

/* Closes what was not started, and frees. inputs may be NULL. */
void inputs_free(struct inputs *inputs);

#endif
