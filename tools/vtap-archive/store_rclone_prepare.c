/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "archive/rclone_environment.h"
#include "store_rclone_internal.h"

enum { REMOTES_TOLD = 32 }; /* names of remotes that a sentence lists at most */

/* `NAME: TYPE`, with spaces between. */
static void store_rclone_take_remote(struct store_rclone *self, const char *line)
{
	const char *colon = strchr(line, ':'), *type;
	char name[ARCHIVE_PLACE_REMOTE_SIZE];

	if (!colon || (size_t)(colon - line) >= sizeof(name))
		return;
	memcpy(name, line, (size_t)(colon - line));
	name[colon - line] = '\0';
	type = colon + 1 + strspn(colon + 1, " ");
	if (strcmp(name, self->config.place->name) == 0)
		snprintf(self->type, sizeof(self->type), "%s", *type ? type : "?");
	if (self->remotes.count < REMOTES_TOLD)
		name_list_add(&self->remotes, NULL, name);
}

void store_rclone_prepare_line(struct store_rclone *self, const char *line)
{
	if (!self->version[0])
		snprintf(self->version, sizeof(self->version), "%s", line);
	else
		store_rclone_take_remote(self, line);
}

static bool store_rclone_has_hashes(const char *type)
{
	return strcmp(type, "s3") == 0 || strcmp(type, "swift") == 0;
}

/* rclone lists the type of the configuration file, but takes that of this variable, if there is
 * one. */
static const char *store_rclone_type_variable(const struct store_rclone *self)
{
	char name[ARCHIVE_PLACE_REMOTE_SIZE + 32];

	snprintf(name, sizeof(name), "RCLONE_CONFIG_%s_TYPE", self->config.place->name);
	for (char *at = name; *at; at++)
		*at = (char)(*at == '-' ? '_' : toupper((unsigned char)*at));
	return rclone_environment_get(self->config.environment, name);
}

static bool store_rclone_accept_remote(struct store_rclone *self, struct error *err)
{
	const char *variable = store_rclone_type_variable(self);
	char text[RCLONE_MESSAGES_SIZE];

	if (!self->type[0]) {
		rclone_messages_no_remote(self->config.place, self->remotes.name,
					  self->remotes.count, text);
		return error_set(err, "%s", text);
	}
	self->hashes = store_rclone_has_hashes(self->type) && !rclone_notes_hashes(self->rclone) &&
		       (!variable || store_rclone_has_hashes(variable));
	return true;
}

static bool store_rclone_find_remote(struct store_rclone *self, struct error *err)
{
	bool done;

	if (self->config.place->backend)
		return true;
	self->type[0] = '\0';
	name_list_free(&self->remotes); /* more lines of `rclone version` */
	done = store_rclone_run(self, RCLONE_REMOTES, 0, err) &&
	       store_rclone_accept_remote(self, err);
	name_list_free(&self->remotes);
	return done;
}

bool store_rclone_prepare(struct store_rclone *self, struct error *err)
{
	char text[RCLONE_MESSAGES_SIZE];

	if (self->ready)
		return true;
	self->version[0] = '\0';
	if (!store_rclone_run(self, RCLONE_VERSION, 0, err))
		return false;
	if (!rclone_messages_accept_version(self->version, text))
		return error_set(err, "%s", text);
	self->ready = store_rclone_find_remote(self, err);
	return self->ready;
}
