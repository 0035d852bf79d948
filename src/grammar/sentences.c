/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/sentences.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "grammar/layout.h"

enum { MAX_BYTES = 512 << 20, MAX_MISTAKES = 1000 };

int duet_sentences_init(struct duet_sentences *s, const char *language,
			void (*report)(void *user, const struct duet_error *mistake), void *user)
{
	memset(s, 0, sizeof(*s));
	s->report = report;
	s->user = user;
	s->blocks_end = &s->blocks;
	s->scope = &s->outermost;
	s->arena = duet_arena_new(MAX_BYTES);
	s->language = s->arena ? duet_arena_copy(s->arena, duet_slice(language)) : NULL;
	if (!s->language)
		return -ENOMEM;
	s->no_spaces = strncmp(language, "zh", 2) == 0;
	return 0;
}

void duet_sentences_done(struct duet_sentences *s)
{
	duet_arena_free(s->arena);
	s->arena = NULL;
}

__attribute__((format(printf, 7, 0))) static void report(struct duet_sentences *s, int code, const char *file,
							 int line, int column, const char *hint,
							 const char *format, va_list args)
{
	struct duet_error mistake;
	char what[sizeof(mistake.what)];

	vsnprintf(what, sizeof(what), format, args);
	duet_error_set(&mistake, code, "%s", what);
	duet_error_at(&mistake, file, line, column);
	if (hint)
		duet_error_hint(&mistake, "%s", hint);
	if (s->report)
		s->report(s->user, &mistake);
}

static bool in_checkout(const struct duet_sentences *s, const char *file)
{
	for (const struct duet_checkout *checkout = s->checkouts; checkout; checkout = checkout->next) {
		size_t len = strlen(checkout->path);

		if (strncmp(checkout->path, file, len) == 0 && strlen(file) > len + 1)
			return true;
	}
	return false;
}

void duet_sentences_mistake(struct duet_sentences *s, const char *file, int line, int column,
			    const char *hint, const char *format, ...)
{
	bool is_mistake = !s->tolerant || !in_checkout(s, file);
	va_list args;

	if (is_mistake && ++s->n_mistakes > MAX_MISTAKES)
		return;
	va_start(args, format);
	report(s, is_mistake ? -EINVAL : 0, file, line, column, hint, format, args);
	va_end(args);
}

void duet_sentences_warn(struct duet_sentences *s, const char *file, int line, int column, const char *hint,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(s, 0, file, line, column, hint, format, args);
	va_end(args);
}

void duet_phrase_parse(struct duet_sentences *s, struct duet_phrase *phrase)
{
	struct duet_error error = {0};

	phrase->tree = duet_template_parse(phrase->text, s->arena, &error);
	if (phrase->tree)
		return;
	if (error.code == -ENOMEM)
		s->out_of_memory = true;
	else
		duet_sentences_mistake(s, phrase->file, phrase->line, phrase->column + error.column - 1,
				       error.hint[0] ? error.hint : NULL, "%s", error.what);
}

struct duet_list *duet_scope_list(const struct duet_scope *scope, struct duet_slice name)
{
	struct duet_list *list = NULL;

	for (; scope && !list; scope = scope->outer)
		list = duet_names_find(&scope->list_names, name);
	return list;
}

struct duet_rule *duet_scope_rule(const struct duet_scope *scope, struct duet_slice name)
{
	struct duet_rule *rule = NULL;

	for (; scope && !rule; scope = scope->outer)
		rule = duet_names_find(&scope->rule_names, name);
	return rule;
}

int duet_scope_add_list(struct duet_scope *scope, struct duet_arena *arena, struct duet_list *list)
{
	list->next = scope->lists;
	scope->lists = list;
	return duet_names_add(&scope->list_names, arena, duet_slice(list->name), list);
}

/* A file that cannot be read is a mistake like others; reading goes on. */
static int read_file(void *user, const struct duet_layout_file *file)
{
	struct duet_sentences *s = user;
	struct duet_yaml *yaml = NULL;
	struct duet_error error = {0};
	int rc = duet_yaml_load(&yaml, file->path, &error);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		duet_sentences_mistake(s, error.file[0] ? error.file : file->path, error.line, error.column,
				       error.hint[0] ? error.hint : NULL, "%s", error.what);
		return 0;
	}
	rc = file->is_schema ? duet_sentences_add_schema(s, yaml)
			     : duet_sentences_add(s, yaml, file->intent, file->combination);
	duet_yaml_free(yaml);
	return rc;
}

/* A checkout's names are its own world: what it calls <turn> is not what others call so. */
static int open_source(struct duet_sentences *s, const char *path)
{
	struct duet_checkout *checkout;
	struct duet_scope *scope;

	s->is_checkout = duet_layout_is_checkout(path);
	if (!s->is_checkout)
		return 0;
	scope = duet_arena_alloc(s->arena, sizeof(*scope));
	checkout = duet_arena_alloc(s->arena, sizeof(*checkout));
	if (!scope || !checkout)
		return -ENOMEM;
	*checkout = (struct duet_checkout){s->checkouts, duet_arena_copy(s->arena, duet_slice(path))};
	if (!checkout->path)
		return -ENOMEM;
	s->checkouts = checkout;
	scope->outer = s->scope;
	s->scope = scope;
	return 0;
}

int duet_sentences_read(struct duet_sentences *s, const char *path)
{
	struct duet_block **first = s->blocks_end;
	struct duet_error error = {0};
	int rc = open_source(s, path);

	if (rc == 0)
		rc = duet_layout_files(path, s->language, read_file, s, &error);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		duet_sentences_mistake(s, error.file[0] ? error.file : path, 0, 0,
				       error.hint[0] ? error.hint : NULL, "%s", error.what);
	return duet_sentences_close_source(s, first);
}
