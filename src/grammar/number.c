/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/number_icu.h"
#include "grammar/spelling.h"

enum { MAX_FORMS = 256, MAX_LENGTH = 192 };

/* One number's ways to be said. */
struct form {
	bool is_spoken;
	char words[MAX_LENGTH];
};

struct forms {
	int n;
	struct form all[MAX_FORMS];
};

struct duet_speller {
	struct duet_icu *icu;
	char language[16]; /* main part: "zh" */
	struct forms forms, others;
	bool spoken_only;
};

/* What is said as well where `from` is said: at the begin ('^') or at the end ('$') only, or anywhere. */
static const struct variant {
	const char *language, *from, *to;
} variants[] = {
	{"en", "^one hundred", "a hundred"},
	{"en", "^one thousand", "a thousand"},
	{"en", "thousand one hundred", "thousand a hundred"},
	{"zh", "^零$", "〇"},
	{"zh", "^二$", "两"},
	{"zh", "二百", "两百"},
	{"zh", "二千", "两千"},
	{"zh", "^二万", "两万"},
	{"zh", "^二点", "两点"},
	{"zh", "^零点", "〇点"},
	{"zh", "^十", "一十"},
};

/* Below zero, and half more than a whole number; '*' is the number without. */
static const struct phrase {
	const char *language, *pattern;
} below_zero[] = {{"en", "minus *"}, {"en", "negative *"}, {"zh", "负*"}, {"zh", "零下*"}},
  and_half[] = {{"en", "* and a half"}, {"zh", "*个半"}},
  only_half[] = {{"en", "half"}, {"en", "a half"}, {"zh", "半"}};

static void add(struct forms *forms, const char *words, bool is_spoken)
{
	for (int i = 0; i < forms->n; i++)
		if (strcmp(forms->all[i].words, words) == 0) {
			forms->all[i].is_spoken |= is_spoken;
			return;
		}
	if (forms->n == MAX_FORMS || strlen(words) >= MAX_LENGTH)
		return;
	forms->all[forms->n].is_spoken = is_spoken;
	snprintf(forms->all[forms->n++].words, MAX_LENGTH, "%s", words);
}

static void add_phrases(struct duet_speller *s, struct forms *into, const struct phrase *phrases,
			size_t n_phrases, const struct forms *numbers)
{
	char words[2 * MAX_LENGTH];

	for (size_t p = 0; p < n_phrases; p++) {
		const char *pattern = phrases[p].pattern, *star = strchr(pattern, '*');

		if (strcmp(phrases[p].language, s->language) != 0)
			continue;
		for (int i = 0; star && i < numbers->n; i++) {
			snprintf(words, sizeof(words), "%.*s%s%s", (int)(star - pattern), pattern,
				 numbers->all[i].words, star + 1);
			if (numbers->all[i].is_spoken)
				add(into, words, true);
		}
		if (!star)
			add(into, pattern, true);
	}
}

/* Every occurrence in turn; the new forms are looked at in their turn, so that all combinations come about.
 */
static void add_variants(struct duet_speller *s, struct forms *forms)
{
	for (int i = 0; i < forms->n; i++)
		for (size_t v = 0; v < sizeof(variants) / sizeof(*variants); v++) {
			const char *from = variants[v].from, *words = forms->all[i].words, *found = words;
			bool at_begin = *from == '^', at_end;
			char key[64], changed[2 * MAX_LENGTH];
			size_t len = strlen(from += at_begin);

			if (!forms->all[i].is_spoken || strcmp(variants[v].language, s->language) != 0)
				continue;
			at_end = from[len - 1] == '$';
			len -= at_end;
			snprintf(key, sizeof(key), "%.*s", (int)len, from);
			for (; (found = strstr(found, key)) && (!at_begin || found == words); found += len) {
				if (at_end && found[len])
					continue;
				snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(found - words), words,
					 variants[v].to, found + len);
				add(forms, changed, true);
			}
		}
}

/* 一百五 is 150: the last unit goes without saying when it follows on that above it. */
static void add_short_forms(struct duet_speller *s, struct forms *forms)
{
	static const char *const units[] = {"十", "百", "千", "万"};
	int n = strcmp(s->language, "zh") == 0 ? forms->n : 0;

	for (int i = 0; i < n; i++)
		for (size_t u = 0; u + 1 < sizeof(units) / sizeof(*units); u++) {
			const char *words = forms->all[i].words;
			size_t len = strlen(words);
			char changed[MAX_LENGTH];

			/* three bytes a character: upper unit, digit, lower unit */
			if (!forms->all[i].is_spoken || len < 12 || strcmp(words + len - 3, units[u]) != 0 ||
			    strncmp(words + len - 9, units[u + 1], 3) != 0)
				continue;
			snprintf(changed, sizeof(changed), "%.*s", (int)(len - 3), words);
			add(forms, changed, true);
		}
}

/* Rule sets by which people count; the others are ordinals, years, days, cheques. */
static bool is_counting(const char *set)
{
	return strstr(set, "cardinal") && !strstr(set, "financial");
}

static bool has_digits(const char *words)
{
	while (*words && !isdigit((unsigned char)*words))
		words++;
	return *words;
}

/* "twenty-one" is written, "twenty one" said. */
static void add_spelled(struct forms *forms, char *words, bool is_spoken)
{
	char folded[MAX_LENGTH];
	bool has_hyphen = strchr(words, '-');

	if (duet_spelling_fold(duet_slice(words), folded, sizeof(folded)) <= 0)
		return;
	if (has_digits(folded))
		return;
	if (has_hyphen)
		add(forms, folded, false);
	for (char *at = folded; (at = strchr(at, '-'));)
		*at = ' ';
	add(forms, folded, is_spoken);
}

static void add_rules(struct duet_speller *s, struct forms *forms, double number)
{
	char words[MAX_LENGTH];
	const char *set;

	for (int counting = 1; counting >= (s->spoken_only ? 1 : 0);
	     counting--) /* what is said comes first */
		for (int i = 0; (set = duet_icu_set(s->icu, i)); i++)
			if (is_counting(set) == counting &&
			    duet_icu_spell(s->icu, i, number, words, sizeof(words)) > 0)
				add_spelled(forms, words, counting);
}

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

/* A number that is not below zero, with everything that is said as well. */
static void spell(struct duet_speller *s, struct forms *forms, double number)
{
	forms->n = 0;
	if (number != floor(number)) {
		spell(s, &s->others, floor(number));
		if (number < 1)
			add_phrases(s, forms, only_half, N_OF(only_half), &s->others);
		else
			add_phrases(s, forms, and_half, N_OF(and_half), &s->others);
	}
	add_rules(s, forms, number);
	add_short_forms(s, forms);
	add_variants(s, forms);
}

int duet_speller_words(struct duet_speller *s, double number, bool spoken_only,
		       void (*each)(void *user, const char *words, bool is_spoken), void *user)
{
	struct forms *forms = &s->forms;
	int n = 0;

	s->spoken_only = spoken_only;
	spell(s, forms, fabs(number));
	if (number < 0) {
		s->others = *forms;
		forms->n = 0;
		add_phrases(s, forms, below_zero, N_OF(below_zero), &s->others);
		add_rules(s, forms, number);
	}
	for (int i = 0; i < forms->n; i++) {
		if (spoken_only && !forms->all[i].is_spoken)
			continue;
		each(user, forms->all[i].words, forms->all[i].is_spoken);
		n++;
	}
	return n;
}

int duet_speller_new(struct duet_speller **speller, const char *language, struct duet_error *error)
{
	struct duet_speller *s = duet_calloc(1, sizeof(*s));
	int rc = s ? duet_icu_new(&s->icu, language, error) : duet_error_set(error, -ENOMEM, "out of memory");

	if (rc < 0) {
		duet_speller_free(s);
		s = NULL;
	} else {
		snprintf(s->language, sizeof(s->language), "%.*s", (int)strcspn(language, "-_"), language);
	}
	*speller = s;
	return rc;
}

void duet_speller_free(struct duet_speller *s)
{
	if (!s)
		return;
	duet_icu_free(s->icu);
	duet_free(s);
}
