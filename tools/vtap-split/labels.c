/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "labels.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "header/fields.h"
#include "header/flow.h"
#include "key/key.h"

#define BLANKS " \t\r\n"

struct label {
	const char *text;
	unsigned line;
	char part[]; /* with a NUL */
};

static int labels_hex(const char *digits)
{
	char text[3] = { digits[0], '\0', '\0' };

	if (digits[0])
		text[1] = digits[1];
	if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
		return -1;
	return (int)strtol(text, NULL, 16);
}

/* Replaces %XX by its byte, where that is one: names of files have keys so. */
static void labels_decode(char *part)
{
	char *to = part;

	for (const char *at = part; *at; at++) {
		int byte = *at == '%' ? labels_hex(at + 1) : -1;

		*to++ = (char)(byte > 0 ? byte : *at);
		at += byte > 0 ? 2 : 0;
	}
	*to = '\0';
}

/* Writes a MAC address as keys have it. Returns false if the text is none. */
static bool labels_unify_mac(const char *part, char *to)
{
	enum { TEXT_LEN = 3 * MAC_LEN - 1 };

	if (strlen(part) != TEXT_LEN)
		return false;
	for (size_t i = 0; i < TEXT_LEN; i++) {
		bool between = i % 3 == 2;

		if (between ? !strchr(":-", part[i]) : !isxdigit((unsigned char)part[i]))
			return false;
		to[i] = ':';
		if (!between)
			to[i] = (char)tolower((unsigned char)part[i]);
	}
	to[TEXT_LEN] = '\0';
	return true;
}

/* An address has one text in keys, but people write it in many: 2001:DB8:0:0::1. */
static const char *labels_unify(const char *part, char to[FLOW_ADDRESS_MAX])
{
	uint8_t address[16];

	if (inet_pton(AF_INET6, part, address) == 1)
		flow_address(6, address, to);
	else if (!labels_unify_mac(part, to))
		return part;
	return to;
}

static bool labels_add(struct labels *labels, const char *part, const char *text, unsigned line,
		       struct error *err)
{
	size_t part_size = strlen(part) + 1, text_size = strlen(text) + 1;
	struct label *label = hash_table_get(&labels->by_part, part, part_size);
	char *end;

	if (label)
		return error_usage(err, "the key is in line %u already", label->line);
	label = arena_take(&labels->arena, sizeof(*label) + part_size + text_size,
			   _Alignof(struct label));
	if (!label)
		return error_errno(err, "names");
	end = label->part + part_size;
	memcpy(label->part, part, part_size);
	memcpy(end, text, text_size);
	label->text = end;
	label->line = line;
	return hash_table_put(&labels->by_part, label->part, part_size, label) ||
	       error_errno(err, "names");
}

static bool labels_add_line(struct labels *labels, char *line, unsigned number, struct error *err)
{
	char *rest, unified[FLOW_ADDRESS_MAX];
	char *part = strtok_r(line, BLANKS, &rest);
	const char *text = part ? strtok_r(NULL, BLANKS, &rest) : NULL;

	if (!part || *part == '#')
		return true;
	if (!text || strtok_r(NULL, BLANKS, &rest))
		return error_usage(err, "expected KEY NAME, two words (%%20 in KEY is a blank)");
	if (strlen(text) >= KEY_PART_SIZE)
		return error_usage(err, "the name is longer than %d bytes", KEY_PART_SIZE - 1);
	if (strcmp(part, "none") == 0)
		return labels_add(labels, "", text, number, err);
	labels_decode(part);
	return labels_add(labels, labels_unify(part, unified), text, number, err);
}

static bool labels_read_lines(struct labels *labels, FILE *from, unsigned *number,
			      struct error *err)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	bool good = true;

	while (good && (len = getline(&line, &size, from)) >= 0) {
		++*number;
		good = strlen(line) == (size_t)len
			       ? labels_add_line(labels, line, *number, err)
			       : error_usage(err, "expected KEY NAME, not a byte of 0");
	}
	free(line);
	return good;
}

bool labels_read(struct labels *labels, const char *file, struct error *err)
{
	FILE *from = fopen(file, "re");
	unsigned number = 0;
	bool good;

	hash_table_init(&labels->by_part);
	if (!from)
		return error_errno(err, "--names %s", file);
	good = labels_read_lines(labels, from, &number, err);
	if (!good)
		error_wrap(err, "%s:%u", file, number);
	else if (ferror(from))
		good = error_errno(err, "--names %s", file);
	fclose(from);
	return good;
}

const char *labels_find(const struct labels *labels, const char *part)
{
	const struct label *label = hash_table_get(&labels->by_part, part, strlen(part) + 1);

	return label ? label->text : NULL;
}

void labels_free(struct labels *labels)
{
	hash_table_free(&labels->by_part);
	arena_free(&labels->arena);
}
