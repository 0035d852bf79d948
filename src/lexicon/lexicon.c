/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/lexicon.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lexicon/language.h"

enum { MAX_WORD_BYTES = 256 };

struct duet_lexicon {
	const struct duet_language *language;
	struct duet_readings own;
	void *state; /* the language's */
};

static const struct duet_language *const languages[] = {
	&duet_language_english,
	&duet_language_mandarin,
};

static const struct duet_language *find_language(const char *tag)
{
	size_t len = strcspn(tag, "-_");

	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (strlen(languages[i]->subtag) == len && strncasecmp(languages[i]->subtag, tag, len) == 0)
			return languages[i];
	return NULL;
}

/* Every reading the user wrote must be one, so that a mistake is found at the start and not at the first
 * word. */
static int check_own(const struct duet_lexicon *lexicon, const char *const *files, struct duet_error *error)
{
	for (size_t i = 0; i < lexicon->own.n_items; i++) {
		const struct duet_reading *item = &lexicon->own.items[i];
		int status = lexicon->language->check(lexicon->state, item->reading, error);

		if (status < 0) {
			duet_error_at(error, files[item->file], item->line, 0);
			return status;
		}
	}
	return 0;
}

static int open_lexicon(struct duet_lexicon *lexicon, const struct duet_lexicon_setup *setup,
			struct duet_error *error)
{
	int status = 0;

	for (size_t i = 0; setup->user_files && setup->user_files[i] && status == 0; i++)
		status = duet_readings_load(&lexicon->own, setup->user_files[i], error);
	if (status == 0)
		status = lexicon->language->open(&lexicon->state, setup, &lexicon->own, error);
	if (status == 0)
		status = check_own(lexicon, setup->user_files, error);
	return status;
}

int duet_lexicon_new(struct duet_lexicon **lexicon, const struct duet_lexicon_setup *setup,
		     struct duet_error *error)
{
	const struct duet_language *language = find_language(setup->language);
	int status;

	*lexicon = NULL;
	if (!language) {
		duet_error_set(error, -ENOTSUP, "no pronunciations for the language '%s'", setup->language);
		duet_error_hint(error, "en-US and zh-CN have them");
		return -ENOTSUP;
	}
	*lexicon = duet_calloc(1, sizeof(**lexicon));
	if (!*lexicon)
		return duet_error_set(error, -ENOMEM, "out of memory");
	(*lexicon)->language = language;
	status = open_lexicon(*lexicon, setup, error);
	if (status < 0) {
		duet_lexicon_free(*lexicon);
		*lexicon = NULL;
	}
	return status;
}

void duet_lexicon_free(struct duet_lexicon *lexicon)
{
	if (!lexicon)
		return;
	if (lexicon->state)
		lexicon->language->close(lexicon->state);
	duet_readings_done(&lexicon->own);
	duet_free(lexicon);
}

int duet_lexicon_pronounce(const struct duet_lexicon *lexicon, struct duet_slice word,
			   struct duet_pronunciation *out, int max)
{
	char folded[MAX_WORD_BYTES];
	long len;

	if (!duet_text_valid(word))
		return -EINVAL;
	len = duet_text_normalise(word, true, folded, sizeof(folded));
	if (len <= 0 || max <= 0)
		return 0;
	if (max > DUET_PRONUNCIATIONS_MAX)
		max = DUET_PRONUNCIATIONS_MAX;
	return lexicon->language->pronounce(lexicon->state, (struct duet_slice){folded, (size_t)len}, out,
					    max);
}

long duet_lexicon_pinyin(const struct duet_lexicon *lexicon, struct duet_slice text, char *out, size_t size)
{
	if (!lexicon->language->pinyin)
		return -ENOTSUP;
	return lexicon->language->pinyin(lexicon->state, text, out, size);
}

int duet_pronunciation_add(struct duet_pronunciation *out, int n, int max, struct duet_slice phones,
			   float weight)
{
	if (n == max || phones.len == 0 || phones.len >= DUET_PHONES_MAX)
		return n;
	for (int i = 0; i < n; i++)
		if (strlen(out[i].phones) == phones.len && memcmp(out[i].phones, phones.ptr, phones.len) == 0)
			return n;
	memcpy(out[n].phones, phones.ptr, phones.len);
	out[n].phones[phones.len] = '\0';
	out[n].weight = weight;
	return n + 1;
}
