/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/handover.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assistant/config.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/yaml.h"

enum { MAX_TEXT = 2048 };

static const char name_mark[] = "NAME";

/* "zh-CN", else "zh". False: the language has no phrases. */
static bool find_file(const struct duet_config *config, const char *language, char *path, size_t size)
{
	snprintf(path, size, "%s/handover/%s.yaml", config->data_dir, language);
	if (access(path, R_OK) == 0)
		return true;
	snprintf(path, size, "%s/handover/%.*s.yaml", config->data_dir, (int)strcspn(language, "-_"),
		 language);
	return access(path, R_OK) == 0;
}

static int add(struct duet_handover *handover, const char *phrase, const char *name, int whom)
{
	const char *mark = strstr(phrase, name_mark);
	char written[512], folded[512];
	const char **prefixes =
		duet_realloc(handover->prefixes, handover->n + 1, sizeof(*handover->prefixes));
	int *all;

	if (!prefixes)
		return -ENOMEM;
	handover->prefixes = prefixes;
	all = duet_realloc(handover->whom, handover->n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	handover->whom = all;
	snprintf(written, sizeof(written), "%.*s%s%s", (int)(mark - phrase), phrase, name,
		 mark + strlen(name_mark));
	if (duet_text_normalise(duet_slice(written), true, folded, sizeof(folded)) < 0)
		return 0; /* nobody says that */
	prefixes[handover->n] = duet_strdup(folded);
	if (!prefixes[handover->n])
		return -ENOMEM;
	all[handover->n++] = whom;
	return 0;
}

static int add_assistant(struct duet_handover *handover, const char *phrase,
			 const struct duet_assistant_config *other, int whom)
{
	int result = add(handover, phrase, other->name, whom);

	for (size_t i = 0; i < other->aliases.n_items && result == 0; i++)
		result = add(handover, phrase, other->aliases.items[i], whom);
	return result;
}

static int add_all(struct duet_handover *handover, const struct duet_config *config, int own,
		   const struct duet_yaml *yaml, struct duet_error *error)
{
	const struct duet_yaml_node *root = duet_yaml_root(yaml);
	int result = 0;

	for (const struct duet_yaml_node *node = root && root->kind == DUET_YAML_LIST ? root->first : NULL;
	     node && result == 0; node = node->next) {
		if (node->kind != DUET_YAML_SCALAR || !strstr(node->text, name_mark)) {
			duet_error_set(error, -EINVAL, "a phrase with %s in it is expected here", name_mark);
			duet_error_at(error, duet_yaml_name(yaml), node->line, node->column);
			return -EINVAL;
		}
		for (size_t i = 0; i < config->n_assistants && result == 0; i++) {
			if ((int)i != own)
				result = add_assistant(handover, node->text, &config->assistants[i], (int)i);
		}
	}
	return result < 0 ? duet_error_set(error, result, "out of memory") : 0;
}

int duet_handover_init(struct duet_handover *handover, const struct duet_config *config, int own,
		       struct duet_error *error)
{
	struct duet_yaml *yaml;
	char path[640];
	int result;

	*handover = (struct duet_handover){.n = 0};
	if (!find_file(config, config->assistants[own].language, path, sizeof(path)))
		return 0;
	result = duet_yaml_load(&yaml, path, error);
	if (result < 0)
		return result;
	result = add_all(handover, config, own, yaml, error);
	duet_yaml_free(yaml);
	if (result < 0)
		duet_handover_done(handover);
	return result;
}

void duet_handover_done(struct duet_handover *handover)
{
	for (size_t i = 0; i < handover->n; i++)
		duet_free((void *)(uintptr_t)handover->prefixes[i]);
	duet_free(handover->prefixes);
	duet_free(handover->whom);
	*handover = (struct duet_handover){.n = 0};
}

/* In a language with spaces a prefix ends where a word does. */
static const char *after(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);
	const char *rest = text + length;
	bool ascii = length > 0 && (unsigned char)prefix[length - 1] < 0x80;

	if (strncmp(text, prefix, length) != 0 || (ascii && *rest != ' ' && *rest != ','))
		return NULL;
	return rest + strspn(rest, " ,:");
}

int duet_handover_find(const struct duet_handover *handover, const char *text, char *rest, size_t size)
{
	char folded[MAX_TEXT];
	const char *best = NULL;
	int whom = -ENOENT;

	if (duet_text_normalise(duet_slice(text), true, folded, sizeof(folded)) < 0)
		return -ENOENT;
	for (size_t i = 0; i < handover->n; i++) {
		const char *at = after(folded, handover->prefixes[i]);

		/* The longest prefix leaves the least. */
		if (!at || !*at || (best && at <= best))
			continue;
		best = at;
		whom = handover->whom[i];
	}
	if (best)
		snprintf(rest, size, "%s", best);
	return whom;
}
