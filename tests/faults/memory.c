/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets a program run out of memory, as LD_PRELOAD: MEMORY_AT=N, the Nth time that the program
 * itself, not a library of it, asks for some there is none. MEMORY_COUNT: a file that gets how
 * often the process asked. MEMORY_BEFORE: code from this address of the program on is none of its
 * own.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static long seen, at;
static int count = -1;
static pid_t process;
static uintptr_t first, end;

/* Opened before the program gives up the right to. */
__attribute__((constructor)) static void begin(void)
{
	const ElfW(Phdr) *part = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	const char *number = getenv("MEMORY_AT"), *file = getenv("MEMORY_COUNT");
	const char *before = getenv("MEMORY_BEFORE");
	uintptr_t base = (uintptr_t)part;

	for (unsigned i = 0; i < getauxval(AT_PHNUM); i++)
		if (part[i].p_type == PT_PHDR)
			base = (uintptr_t)part - part[i].p_vaddr;
	for (unsigned i = 0; i < getauxval(AT_PHNUM); i++)
		if (part[i].p_type == PT_LOAD && part[i].p_flags & PF_X) {
			first = base + part[i].p_vaddr;
			end = first + part[i].p_memsz;
		}
	if (before && *before)
		end = base + strtoul(before, NULL, 16);
	at = number ? atol(number) : 0;
	process = getpid();
	if (file)
		count = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

__attribute__((destructor)) static void tell(void)
{
	if (count >= 0 && getpid() == process)
		dprintf(count, "%ld\n", seen);
}

static bool fails(const void *caller)
{
	if ((uintptr_t)caller < first || (uintptr_t)caller >= end || ++seen != at)
		return false;
	errno = ENOMEM;
	return true;
}

#define FAILS fails(__builtin_return_address(0))

void *malloc(size_t size)
{
	return FAILS ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	return FAILS ? NULL : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t number, size_t size)
{
	return FAILS ? NULL : __libc_realloc(old, number * size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return FAILS ? NULL : __libc_memalign(alignment, size);
}

char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = FAILS ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

int __vasprintf_chk(char **text, int flag, const char *format, va_list ap);

int asprintf(char **text, const char *format, ...)
{
	va_list ap;
	int len = -1;

	if (FAILS)
		return -1;
	va_start(ap, format);
	len = vasprintf(text, format, ap);
	va_end(ap);
	return len;
}

int __asprintf_chk(char **text, int flag, const char *format, ...);
int __asprintf_chk(char **text, int flag, const char *format, ...)
{
	va_list ap;
	int len = -1;

	if (FAILS)
		return -1;
	va_start(ap, format);
	len = __vasprintf_chk(text, flag, format, ap);
	va_end(ap);
	return len;
}
