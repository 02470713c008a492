/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool programs_is_one(const char *path)
{
	return access(path, X_OK) == 0;
}

/* Writes FOLDER/name. Returns false if that is too long, or no program that this user may run. */
static bool programs_try(const char *folder, size_t len, const char *name, char path[PATH_MAX])
{
	int used = snprintf(path, PATH_MAX, "%.*s/%s", (int)len, folder, name);

	return used > 0 && used < PATH_MAX && programs_is_one(path);
}

/* Tries the folder of the program of a process, which /proc shows to its own user only. */
static bool programs_try_beside(const char *process, const char *name, char path[PATH_MAX])
{
	char link[64], exe[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%s/exe", process);
	len = readlink(link, exe, sizeof(exe) - 1);
	if (len <= 0)
		return false;
	exe[len] = '\0';
	return programs_try(exe, (size_t)(strrchr(exe, '/') - exe), name, path);
}

void programs_find_tool(const char *name, char path[PATH_MAX])
{
	if (!programs_try_beside("self", name, path))
		snprintf(path, PATH_MAX, "%s/%s", VTAP_BINDIR, name);
}

bool programs_find_dumpcap(char path[PATH_MAX])
{
	const char *folder = getenv("PATH");
	char parent[32];

	snprintf(parent, sizeof(parent), "%d", (int)getppid());
	if (programs_try_beside(parent, "dumpcap", path))
		return true;
	while (folder && *folder) {
		size_t len = strcspn(folder, ":");

		if (len > 0 && programs_try(folder, len, "dumpcap", path))
			return true;
		folder += len + (folder[len] == ':');
	}
	return false;
}

static void programs_become_list(const char *path, int to)
{
	dup2(to, STDOUT_FILENO);
	execl(path, path, "-D", (char *)NULL);
	fprintf(stderr, "vtap-extcap: %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void programs_read_lines(FILE *from, void (*line)(void *arg, char *text), void *arg)
{
	char *text = NULL;
	size_t size = 0;

	while (getline(&text, &size, from) > 0) {
		text[strcspn(text, "\n")] = '\0';
		line(arg, text);
	}
	free(text);
}

bool programs_list_interfaces(void (*line)(void *arg, char *text), void *arg, struct error *err)
{
	char path[PATH_MAX];
	int ends[2], status = 0;
	FILE *from;
	pid_t pid;

	programs_find_tool("vtap-decap", path);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "%s", path);
	pid = fork();
	if (pid == 0)
		programs_become_list(path, ends[1]);
	close(ends[1]);
	from = fdopen(ends[0], "r");
	if (from)
		programs_read_lines(from, line, arg);
	if (from)
		fclose(from);
	else
		close(ends[0]);
	if (pid < 0 || !from || TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
		return error_errno(err, "%s", path);
	return status == 0 || error_set(err, "%s -D failed", path);
}
