/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files: templates, encoding, length. */
#include <stdlib.h>

#include "lib/tap.h"
#include "tools/vtap-split/template.h"

static struct key_spec spec;
static struct key_text text;
static struct template_values values = { .key = &text, .n = 7, .serial = 3 };

static const char *parse(struct name_template *tmpl, const char *name, bool portable)
{
	static struct error err;

	err = (struct error){ 0 };
	if (template_parse(tmpl, name, &spec, portable, &err))
		return "";
	return err.usage ? err.text : "no error of usage";
}

/* The name of a template with the parts of a key; NULL ends the parts. */
static const char *name_of(const char *name, bool portable, const char *a, const char *b)
{
	static char out[TEMPLATE_NAME_SIZE];
	struct name_template tmpl;

	text.count = b ? 2 : 1;
	snprintf(text.part[0], sizeof(text.part[0]), "%s", a);
	if (b)
		snprintf(text.part[1], sizeof(text.part[1]), "%s", b);
	if (*parse(&tmpl, name, portable))
		return "failed";
	template_expand(&tmpl, &values, out);
	return out;
}

static void test_encoding(void)
{
	static const struct {
		const char *key, *name;
	} rows[] = {
		{ "vxlan-3000@10.0.1.5", "vxlan-3000@10.0.1.5" },
		{ "geneve-0@10.9.9.9+vxlan-5@2001:db8::1",
		  "geneve-0@10.9.9.9+vxlan-5@2001:db8::1" },
		{ "a_b=c,d.e", "a_b=c,d.e" },
		{ "../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd" },
		{ "/", "%2F" },
		{ ".", "%2E" },
		{ "..", "%2E." },
		{ ".hidden", "%2Ehidden" },
		{ "-rf", "%2Drf" },
		{ "none", "%6Eone" },
		{ "others", "%6Fthers" },
		{ "nonesuch", "nonesuch" },
		{ "", "none" },
		{ "x.tmp", "x%2Etmp" },
		{ ".tmp", "%2Etmp" },
		{ "tmp", "tmp" },
		{ "x.tmpfs", "x.tmpfs" },
		{ "100%", "100%25" },
		{ "a b\tc\n", "a%20b%09c%0A" },
		{ "\xc3\xa4\xff", "%C3%A4%FF" },
		{ "$(id)`;'\"*?~", "%24%28id%29%60%3B%27%22%2A%3F%7E" },
	};
	struct error err;

	key_parse(&spec, "interface", &err);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(name_of("{key}", false, rows[i].key, NULL), rows[i].name, rows[i].name);
	is_str(name_of("d/{interface}.pcap", true, "2001:db8::1", NULL), "d/2001%3Adb8%3A%3A1.pcap",
	       "--portable-names encodes colons");
	is_str(name_of("{key}.pcap", false, "x.tmp", NULL), "x%2Etmp.pcap",
	       "nor a key, also in front of an ending");
	is_str(name_of("x.{key}", false, "tmp", NULL), "x%2Etmp", "a name never ends in .tmp");
}

static void test_parts(void)
{
	struct error err;

	key_parse(&spec, "interface,id", &err);
	is_str(name_of("{key}", false, "a", "b"), "a,b", "parts are joined by comma");
	is_str(name_of("{key}", false, "a,b", "c"), "a%2Cb,c", "a comma inside is told apart");
	is_str(name_of("{key}", false, "a", ""), "a,none", "a part that is missing");
	is_str(name_of("{interface}/{id}.{n}", false, "a,b", "5"), "a,b/5.7", "single keys");
	is_str(name_of("{interface}-{id}", false, "a-b,c", "5"), "a%2Db,c-5",
	       "what separates parts is encoded in them");
	is_str(name_of("{interface}-x/{id}", false, "a-b", "5"), "a-b-x/5",
	       "a slash separates, and is encoded in any case");
	key_parse(&spec, "id", &err);
	values.start_ns = 1794931500123456789;
	values.end_ns = -1;
	is_str(name_of("{key}-{start}", false, "5", NULL), "5-20261117T160500.123456789Z",
	       "{start}");
	is_str(name_of("{key}-{end}", false, "5", NULL), "5-unfinished-3", "{end} while it grows");
	values.ended = true;
	is_str(name_of("{key}-{end}", false, "5", NULL), "5-19691231T235959.999999999Z",
	       "{end}, before 1970");
	values.ended = false;
}

static void test_length(void)
{
	char key[600], one[TEMPLATE_NAME_SIZE];
	struct error err;

	key_parse(&spec, "interface", &err);
	memset(key, 'x', sizeof(key));
	key[200] = '\0';
	is_str(name_of("{key}", false, key, NULL), key, "200 bytes stay");
	key[200] = 'x';
	key[201] = '\0';
	snprintf(one, sizeof(one), "%s", name_of("{key}", false, key, NULL));
	is_u64(strlen(one), 200, "201 bytes are shortened");
	key[200] = 'y';
	ok(strcmp(name_of("{key}", false, key, NULL), one) != 0, "and get a hash of the whole");
	for (size_t i = 0; i < 3; i++) {
		const char *name, *mark;

		memset(key, '/', 300);
		memset(key, 'x', i);
		key[300] = '\0';
		name = name_of(i ? "{key}" : "x{key}", false, key, NULL);
		mark = strchr(name, '~');
		ok(mark && (size_t)(mark - name) % 3 == (i ? i : 1),
		   "no half escape in front of the hash");
	}
	memset(key, 'x', 599);
	key[599] = '\0';
	snprintf(one, sizeof(one), "%s",
		 name_of("{key}-{start}-{end}-{n}-{interface}.pcapng", false, key, NULL));
	ok(strlen(one) > 100 && strlen(one) + strlen(".pcapng.tmp") <= 255,
	   "a name stays short enough for its file system");
}

static void test_usage(void)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "-", "-w -: many files do not go to standard output: expected a name with {key} "
		       "in it" },
		{ "out.pcap",
		  "-w: different keys would share a name: expected {key}, or every key of "
		  "--by as {NAME}" },
		{ "{source}",
		  "-w: different keys would share a name: expected {key}, or every key of "
		  "--by as {NAME}" },
		{ "{flow}{key}", "-w: {flow} is not in --by" },
		{ "{key}{what}", "-w: unknown {what}: expected {key}, a key of --by, {n}, {start} "
				 "or {end}" },
		{ "{key", "-w: '{' without '}'" },
		{ "{key}/", "-w: '{key}/' names a directory: expected {key}/{key}.pcapng" },
		{ "{key}.tmp", "-w: names that end in .tmp are for unfinished files" },
		{ "{source}{id}", "-w: different keys could have one name: expected / or one of "
				  "-_,+= between {source} and {id}" },
		{ "{source}.{id}", "-w: different keys could have one name: expected / or one of "
				   "-_,+= between {source} and {id}" },
		{ "{id}{n}%~x:{source}",
		  "-w: different keys could have one name: expected / or one "
		  "of -_,+= between {id} and {source}" },
		{ "{source}-{id}{source}", "-w: different keys could have one name: expected / or "
					   "one of -_,+= between {id} and {source}" },
		{ "{source}-{n}{id}", "" },
		{ "{source} {id}", "" },
		{ "{source}{key}", "" },
		{ "{key}", "" },
	};
	struct name_template tmpl;
	struct error err;
	char name[400];

	key_parse(&spec, "source,id", &err);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(parse(&tmpl, rows[i].name, false), rows[i].want, rows[i].name);
	memset(name, 'x', sizeof(name));
	strcpy(name + 250, "{key}");
	is_str(parse(&tmpl, name, false), "-w: the name is too long", "no room for a key");
}

int main(void)
{
	test_encoding();
	test_parts();
	test_length();
	test_usage();
	return tap_done();
}
