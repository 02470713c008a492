/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A harness without a fuzzer: runs the files named, each once; with --every SHAPE, captures in all
 * their variants (every.h). What fails, fails as it did for the fuzzer.
 */
#include "every.h"

enum { LARGEST = 1 << 20 };

static bool replay(const char *name)
{
	FILE *file = fopen(name, "rb");
	uint8_t *room = malloc(LARGEST);
	size_t len = file && room ? fread(room, 1, LARGEST, file) : 0;
	bool good = file && room && !ferror(file);
	uint8_t *exact = good ? fuzz_copy(span_of(room, len), false) : NULL;

	if (good)
		LLVMFuzzerTestOneInput(exact, len);
	else
		perror(name);
	free(exact);
	free(room);
	if (file)
		fclose(file);
	return good;
}

int main(int argc, char **argv)
{
	bool all = argc > 2 && strcmp(argv[1], "--every") == 0, good = true;
	int first = all ? 3 : 1;

	for (int i = first; i < argc; i++)
		good &= all ? every(argv[2], argv[i]) : replay(argv[i]);
	printf("%d inputs\n", argc - first);
	return good ? 0 : 1;
}
