/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/output_path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/interrupt.h"

enum { OUTPUT_PATH_FLAGS = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY };

static bool has_further_owner;
static uid_t further_owner;

void output_path_allow(uid_t owner)
{
	has_further_owner = true;
	further_owner = owner;
}

static int output_path_open(const char *name, int flags, struct error *err)
{
	int fd = interrupt_open(AT_FDCWD, name, OUTPUT_PATH_FLAGS | flags, 0666);

	if (fd < 0 && errno == ELOOP)
		error_set(err, "%s: is a symbolic link", name);
	else if (fd < 0)
		error_errno(err, "%s", name);
	return fd;
}

int output_path_create(const char *name, struct error *err)
{
	return output_path_open(name, O_CREAT | O_EXCL | O_APPEND, err);
}

int output_path_again(const char *name, struct error *err)
{
	return output_path_open(name, O_APPEND, err);
}

static bool is_right_owner(uid_t owner)
{
	return owner == geteuid() || (has_further_owner && owner == further_owner);
}

/* The file is open, so that nobody can put another one in its place between look and use. */
static bool output_path_may_empty(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "%s", name);
	if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
		return true;
	if (!S_ISREG(st.st_mode))
		return error_set(err, "%s: is neither a file nor a FIFO nor a character device",
				 name);
	if (!is_right_owner(st.st_uid))
		return error_set(err, "%s: belongs to another user (%u): remove it first", name,
				 (unsigned)st.st_uid);
	if (st.st_nlink > 1)
		return error_set(err, "%s: has a second name (hard link): remove it first", name);
	return st.st_size == 0 || TEMP_FAILURE_RETRY(ftruncate(fd, 0)) == 0 ||
	       error_errno(err, "%s", name);
}

int output_path_empty(const char *name, struct error *err)
{
	int fd = output_path_open(name, O_CREAT, err);

	if (fd < 0 || output_path_may_empty(fd, name, err))
		return fd;
	close(fd);
	return -1;
}
