/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/number_icu.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unicode/uclean.h>
#include <unicode/uloc.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>

#include "base/alloc.h"

enum { MAX_SETS = 128, MAX_NAME = 96, MAX_WORDS = 256 };

/* ICU puts its version behind every name. */
#define TEXT_OF(name)   #name
#define SYMBOL_OF(name) TEXT_OF(name)

struct functions {
	UNumberFormat *(*open)(UNumberFormatStyle, const UChar *, int32_t, const char *, UParseError *,
			       UErrorCode *);
	void (*close)(UNumberFormat *);
	int32_t (*get_text)(const UNumberFormat *, UNumberFormatTextAttribute, UChar *, int32_t,
			    UErrorCode *);
	void (*set_text)(UNumberFormat *, UNumberFormatTextAttribute, const UChar *, int32_t, UErrorCode *);
	int32_t (*format)(const UNumberFormat *, double, UChar *, int32_t, UFieldPosition *, UErrorCode *);
	void (*set_default)(const char *, UErrorCode *);
	char *(*to_utf8)(char *, int32_t, int32_t *, const UChar *, int32_t, UErrorCode *);
	void (*cleanup)(void);
};

static const struct {
	const char *symbol;
	size_t offset;
} symbols[] = {
	{SYMBOL_OF(unum_open), offsetof(struct functions, open)},
	{SYMBOL_OF(unum_close), offsetof(struct functions, close)},
	{SYMBOL_OF(unum_getTextAttribute), offsetof(struct functions, get_text)},
	{SYMBOL_OF(unum_setTextAttribute), offsetof(struct functions, set_text)},
	{SYMBOL_OF(unum_formatDouble), offsetof(struct functions, format)},
	{SYMBOL_OF(uloc_setDefault), offsetof(struct functions, set_default)},
	{SYMBOL_OF(u_strToUTF8), offsetof(struct functions, to_utf8)},
	{SYMBOL_OF(u_cleanup), offsetof(struct functions, cleanup)},
};

struct duet_icu {
	void *library;
	struct functions icu;
	UNumberFormat *format;
	int n_sets, chosen;
	UChar sets[MAX_SETS][MAX_NAME];
	char names[MAX_SETS][MAX_NAME];
};

static int load(struct duet_icu *i, struct duet_error *error)
{
	i->library = dlopen("libicui18n.so." U_ICU_VERSION_SHORT, RTLD_NOW | RTLD_LOCAL);
	for (size_t k = 0; i->library && k < sizeof(symbols) / sizeof(*symbols); k++) {
		/* It depends on the library that has the rest. */
		void *symbol = dlsym(i->library, symbols[k].symbol);

		if (!symbol) {
			dlclose(i->library);
			i->library = NULL;
			break;
		}
		memcpy((char *)&i->icu + symbols[k].offset, &symbol, sizeof(symbol));
	}
	if (i->library)
		return 0;
	duet_error_set(error, -ENOENT, "ICU %s, which spells numbers out, cannot be loaded",
		       U_ICU_VERSION_SHORT);
	duet_error_hint(error, "install libicu%s", U_ICU_VERSION_SHORT);
	return -ENOENT;
}

/* "%a;%b;" */
static void split_sets(struct duet_icu *i, const UChar *all)
{
	while (*all && i->n_sets < MAX_SETS) {
		int n = 0;

		while (all[n] && all[n] != ';')
			n++;
		if (n > 0 && n < MAX_NAME) {
			for (int k = 0; k < n; k++) {
				i->sets[i->n_sets][k] = all[k];
				i->names[i->n_sets][k] = (char)all[k]; /* they are ASCII */
			}
			i->n_sets++;
		}
		all += n + (all[n] == ';');
	}
}

static int open_rules(struct duet_icu *i, const char *language, struct duet_error *error)
{
	UChar *all = duet_calloc(MAX_SETS * MAX_NAME, sizeof(*all));
	UErrorCode status = U_ZERO_ERROR;

	if (!all)
		return duet_error_set(error, -ENOMEM, "out of memory");
	i->icu.set_default("root", &status); /* what a language lacks is not taken from that of the machine */
	i->format = i->icu.open(UNUM_SPELLOUT, NULL, 0, language, NULL, &status);
	if (i->format && U_SUCCESS(status)) {
		status = U_ZERO_ERROR;
		i->icu.get_text(i->format, UNUM_PUBLIC_RULESETS, all, MAX_SETS * MAX_NAME - 1, &status);
		if (U_SUCCESS(status))
			split_sets(i, all);
	}
	duet_free(all);
	i->chosen = -1;
	return 0;
}

int duet_icu_new(struct duet_icu **icu, const char *language, struct duet_error *error)
{
	struct duet_icu *i = duet_calloc(1, sizeof(*i));
	int rc;

	*icu = NULL;
	if (!i)
		return duet_error_set(error, -ENOMEM, "out of memory");
	rc = load(i, error);
	if (rc == 0)
		rc = open_rules(i, language, error);
	if (rc < 0)
		duet_icu_free(i);
	else
		*icu = i;
	return rc;
}

void duet_icu_free(struct duet_icu *i)
{
	if (!i)
		return;
	if (i->format)
		i->icu.close(i->format);
	if (i->library) {
		i->icu.cleanup();
		dlclose(i->library);
	}
	duet_free(i);
}

const char *duet_icu_set(const struct duet_icu *i, int set)
{
	return set < i->n_sets ? i->names[set] : NULL;
}

int duet_icu_spell(struct duet_icu *i, int set, double number, char *words, size_t size)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar text[MAX_WORDS];
	int32_t len;

	if (set != i->chosen)
		i->icu.set_text(i->format, UNUM_DEFAULT_RULESET, i->sets[set], -1, &status);
	i->chosen = U_SUCCESS(status) ? set : -1;
	len = i->icu.format(i->format, number, text, MAX_WORDS, NULL, &status);
	if (U_FAILURE(status) || len >= MAX_WORDS)
		return -1;
	i->icu.to_utf8(words, (int32_t)size, &len, text, len, &status);
	return U_FAILURE(status) || (size_t)len >= size ? -1 : (int)len;
}
