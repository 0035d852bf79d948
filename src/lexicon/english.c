/* SPDX-License-Identifier: Apache-2.0 */
/*
 * English: the user's readings, the dictionary, then what a reader does with a
 * word that is in no dictionary: takes off a possessive, divides compounds,
 * reads digits as numbers, spells what has no vowel, and otherwise goes by the
 * letters (flite's letter-to-sound rules, learnt from the same dictionary).
 */
#include <ctype.h>
#include <errno.h>
#include <flite/flite.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lexicon/cmudict.h"
#include "lexicon/language.h"

#define PACKAGED_DICTIONARY "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"

enum { MAX_WORD_BYTES = 256, MAX_PARTS = 24, MIN_COMPOUND_PART = 3 };

/* Of flite's library, which has no header for it. */
cst_lexicon *cmu_lex_init(void);

static const char *const arpabet[] = {"AA", "AE", "AH", "AO", "AW", "AY", "B",  "CH", "D",  "DH",
				      "EH", "ER", "EY", "F",  "G",  "HH", "IH", "IY", "JH", "K",
				      "L",  "M",  "N",  "NG", "OW", "OY", "P",  "R",  "S",  "SH",
				      "T",  "TH", "UH", "UW", "V",  "W",  "Y",  "Z",  "ZH", NULL};

struct english {
	struct duet_cmudict dictionary;
	const struct duet_readings *own;
	const cst_lts_rules *letters_to_sounds;
};

/* Up to `max` pronunciations that are being put together. */
struct choices {
	struct duet_pronunciation *items;
	int n, max;
};

static int pronounce_part(const struct english *english, struct duet_slice word, struct choices *out);

static void english_close(void *state)
{
	struct english *english = state;

	duet_cmudict_close(&english->dictionary);
	duet_free(english);
}

static int english_open(void **state, const struct duet_lexicon_setup *setup, const struct duet_readings *own,
			struct duet_error *error)
{
	struct english *english = duet_calloc(1, sizeof(*english));
	const char *path = setup->dictionary ? setup->dictionary : PACKAGED_DICTIONARY;
	int status;

	if (!english)
		return duet_error_set(error, -ENOMEM, "out of memory");
	english->own = own;
	english->letters_to_sounds = cmu_lex_init()->lts_rule_set;
	status = duet_cmudict_open(&english->dictionary, path, error);
	if (status < 0) {
		if (status == -ENOENT)
			duet_error_hint(error, "install the package pocketsphinx-en-us");
		english_close(english);
		return status;
	}
	*state = english;
	return 0;
}

static bool known_phone(struct duet_slice phone)
{
	for (size_t i = 0; arpabet[i]; i++)
		if (duet_slice_equal(phone, duet_slice(arpabet[i])))
			return true;
	return false;
}

/* Cuts the next run without spaces off `text`. */
static struct duet_slice next_token(struct duet_slice *text)
{
	struct duet_slice token;

	while (text->len && *text->ptr == ' ')
		text->ptr++, text->len--;
	token = (struct duet_slice){text->ptr, 0};
	while (text->len && *text->ptr != ' ')
		text->ptr++, text->len--, token.len++;
	return token;
}

static int english_check(const void *state, struct duet_slice reading, struct duet_error *error)
{
	char name[16];
	const char *nearest;

	if (reading.len >= DUET_PHONES_MAX)
		return duet_error_set(error, -EINVAL, "a reading has at most %d letters", DUET_PHONES_MAX);
	while (reading.len) {
		struct duet_slice phone = next_token(&reading);

		if (phone.len == 0 || known_phone(phone))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)phone.len, phone.ptr);
		duet_error_set(error, -EINVAL, "'%s' is not a phone", name);
		nearest = duet_text_nearest(name, arpabet);
		duet_error_hint(error, nearest ? "did you mean %s?" : "phones are as in HH AH L OW", nearest);
		return -EINVAL;
	}
	return 0;
}

static bool in_dictionary(const struct english *english, struct duet_slice word)
{
	return duet_cmudict_find(&english->dictionary, word, 1).len > 0;
}

/* Nearly half of America says "off" and "pause" with the vowel of "hot", except before R; the dictionary has
 * that for a few words only. */
static bool cot_caught(struct duet_slice phones, char merged[DUET_PHONES_MAX])
{
	bool found = false;

	snprintf(merged, DUET_PHONES_MAX, "%.*s", (int)phones.len, phones.ptr);
	for (char *at = strstr(merged, "AO"); at; at = strstr(at + 1, "AO"))
		if (strncmp(at, "AO R", 4) != 0) {
			at[1] = 'A';
			found = true;
		}
	return found;
}

/* What the user or the dictionary says; the later a variant stands, the rarer it is. */
static int look_up(const struct english *english, struct duet_slice word, struct choices *out)
{
	const struct duet_reading *own;
	size_t n_own = duet_readings_find(english->own, word, &own);
	char merged[DUET_PHONES_MAX];
	int n_said;

	for (size_t i = 0; i < n_own; i++)
		out->n = duet_pronunciation_add(out->items, out->n, out->max, own[i].reading, 1);
	for (int variant = 1; n_own == 0 && variant <= out->max; variant++) {
		struct duet_slice phones = duet_cmudict_find(&english->dictionary, word, variant);

		if (phones.len == 0)
			break;
		out->n = duet_pronunciation_add(out->items, out->n, out->max, phones, 1.0f / (float)variant);
	}
	n_said = out->n;
	for (int i = 0; n_own == 0 && i < n_said && out->n < out->max; i++)
		if (cot_caught(duet_slice(out->items[i].phones), merged))
			out->n = duet_pronunciation_add(out->items, out->n, out->max, duet_slice(merged),
							out->items[i].weight / 2);
	return out->n;
}

/* Every pronunciation so far followed by every one of `more`, the usual ones first. */
static void append(struct choices *so_far, const struct choices *more)
{
	struct duet_pronunciation joined[DUET_PRONUNCIATIONS_MAX] = {0};
	int n = 0;

	for (int sum = 0; sum < so_far->n + more->n - 1; sum++)
		for (int i = 0; i <= sum && i < so_far->n; i++) {
			char phones[2 * DUET_PHONES_MAX];
			const struct duet_pronunciation *a = &so_far->items[i], *b;

			if (sum - i >= more->n)
				continue;
			b = &more->items[sum - i];
			snprintf(phones, sizeof(phones), "%s%s%s", a->phones, a->phones[0] ? " " : "",
				 b->phones);
			n = duet_pronunciation_add(joined, n, so_far->max, duet_slice(phones),
						   a->weight * b->weight);
		}
	memcpy(so_far->items, joined, (size_t)n * sizeof(joined[0]));
	so_far->n = n;
}

/* The parts one after the other; nothing when one of them has no sound. */
static int pronounce_parts(const struct english *english, const struct duet_slice *parts, int n_parts,
			   struct choices *out)
{
	struct duet_pronunciation items[DUET_PRONUNCIATIONS_MAX];

	out->items[0] = (struct duet_pronunciation){.weight = 1};
	out->n = 1;
	for (int i = 0; i < n_parts && out->n; i++) {
		struct choices part = {items, 0, out->max};

		if (pronounce_part(english, parts[i], &part) == 0)
			out->n = 0;
		else
			append(out, &part);
	}
	return out->n;
}

static int pronounce_words(const struct english *english, const char *words, struct choices *out)
{
	struct duet_slice text = duet_slice(words), parts[MAX_PARTS];
	int n = 0;

	for (; n < MAX_PARTS; n++) {
		parts[n] = next_token(&text);
		if (parts[n].len == 0)
			break;
	}
	return n ? pronounce_parts(english, parts, n, out) : 0;
}

/* "kitchen's": the base and S after a voiceless sound, IH Z after a hissing one, otherwise Z. */
static int possessive(const struct english *english, struct duet_slice word, struct choices *out)
{
	static const char *const hissing[] = {"S", "Z", "SH", "ZH", "CH", "JH", NULL};
	static const char *const voiceless[] = {"P", "T", "K", "F", "TH", NULL};
	const char *last, *ending = "Z";
	struct duet_pronunciation tail;
	struct choices tails = {&tail, 1, 1};

	if (word.len < 3 || memcmp(word.ptr + word.len - 2, "'s", 2) != 0)
		return 0;
	word.len -= 2;
	if (pronounce_part(english, word, out) == 0)
		return 0;
	last = strrchr(out->items[0].phones, ' ');
	last = last ? last + 1 : out->items[0].phones;
	for (int i = 0; hissing[i]; i++)
		if (strcmp(last, hissing[i]) == 0)
			ending = "IH Z";
	for (int i = 0; voiceless[i]; i++)
		if (strcmp(last, voiceless[i]) == 0)
			ending = "S";
	snprintf(tail.phones, sizeof(tail.phones), "%s", ending);
	tail.weight = 1;
	append(out, &tails);
	return out->n;
}

static const char *const small_numbers[] = {"zero",    "one",     "two",       "three",    "four",
					    "five",    "six",     "seven",     "eight",    "nine",
					    "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
					    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {"",      "",      "twenty",  "thirty", "forty",
				   "fifty", "sixty", "seventy", "eighty", "ninety"};

static void add_word(char *text, size_t size, const char *word)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len ? " " : "", word);
}

static void add_number(char *text, size_t size, unsigned number)
{
	if (number >= 1000) {
		add_number(text, size, number / 1000);
		add_word(text, size, "thousand");
	} else if (number >= 100) {
		add_word(text, size, small_numbers[number / 100]);
		add_word(text, size, "hundred");
	} else if (number >= 20) {
		add_word(text, size, tens[number / 10]);
	} else {
		add_word(text, size, small_numbers[number]);
		return;
	}
	number %= number >= 1000 ? 1000 : number >= 100 ? 100 : 10;
	if (number)
		add_number(text, size, number);
}

/* Digits as one number, or one by one when they are no number that is said. */
static int read_digits(const struct english *english, struct duet_slice word, struct choices *out)
{
	char words[MAX_WORD_BYTES] = "";
	unsigned number = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (!isdigit((unsigned char)word.ptr[i]))
			return 0;
		if (i < 7)
			number = number * 10 + (unsigned)(word.ptr[i] - '0');
	}
	if (word.len <= 6 && (word.ptr[0] != '0' || word.len == 1))
		add_number(words, sizeof(words), number);
	else
		for (size_t i = 0; i < word.len; i++)
			add_word(words, sizeof(words), small_numbers[word.ptr[i] - '0']);
	return pronounce_words(english, words, out);
}

enum kind { LETTER, DIGIT, SIGN, OTHER };

static enum kind kind_of(char c)
{
	if (isdigit((unsigned char)c))
		return DIGIT;
	if ((c >= 'a' && c <= 'z') || c == '\'')
		return LETTER;
	return strchr("&+%@", c) ? SIGN : OTHER;
}

static struct duet_slice sign_word(char c)
{
	return duet_slice(c == '&' ? "and" : c == '+' ? "plus" : c == '%' ? "percent" : "at");
}

/* "wi-fi", "ps5", "r&b": at signs and where letters meet digits. */
static int divide(const struct english *english, struct duet_slice word, struct choices *out)
{
	struct duet_slice parts[MAX_PARTS];
	int n = 0;

	for (size_t i = 0; i < word.len && n < MAX_PARTS;) {
		enum kind kind = kind_of(word.ptr[i]);
		size_t begin = i;

		do
			i++;
		while (i < word.len && kind != SIGN && kind_of(word.ptr[i]) == kind);
		if (kind == SIGN)
			parts[n++] = sign_word(word.ptr[begin]);
		else if (kind != OTHER)
			parts[n++] = (struct duet_slice){word.ptr + begin, i - begin};
	}
	if (n == 0 || (n == 1 && parts[0].len == word.len))
		return 0;
	return pronounce_parts(english, parts, n, out);
}

/* "hdmi": letter by letter. */
static int spell(const struct english *english, struct duet_slice word, struct choices *out)
{
	struct duet_slice letters[MAX_PARTS];
	size_t n = 0;

	for (; n < word.len && n < MAX_PARTS; n++) {
		if (strchr("aeiouy'", word.ptr[n]))
			return 0;
		letters[n] = (struct duet_slice){word.ptr + n, 1};
	}
	return n > 1 && n == word.len ? pronounce_parts(english, letters, (int)n, out) : 0;
}

/* One of flite's phones in the acoustic model's alphabet: "ao1" → "AO". */
static void add_phone(char *phones, size_t size, const char *phone)
{
	char name[8];
	size_t len = strcspn(phone, "0123456789");

	if (len == 0 || len >= sizeof(name))
		return;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)toupper((unsigned char)phone[i]);
	name[len] = '\0';
	if (strcmp(name, "AX") == 0)
		memcpy(name, "AH", 2);
	if (known_phone(duet_slice(name)))
		add_word(phones, size, name);
}

static int by_letters(const struct english *english, struct duet_slice word, struct choices *out)
{
	char letters[MAX_WORD_BYTES], phones[DUET_PHONES_MAX] = "";
	size_t n = 0;
	cst_val *sounds;

	for (size_t i = 0; i < word.len && n + 1 < sizeof(letters); i++)
		if (word.ptr[i] >= 'a' && word.ptr[i] <= 'z')
			letters[n++] = word.ptr[i];
	letters[n] = '\0';
	if (n == 0)
		return 0;
	sounds = lts_apply(letters, "", english->letters_to_sounds);
	for (const cst_val *at = sounds; at; at = val_cdr(at))
		add_phone(phones, sizeof(phones), val_string(val_car(at)));
	delete_val(sounds);
	out->n = duet_pronunciation_add(out->items, out->n, out->max, duet_slice(phones), 0.5f);
	return out->n;
}

/* "doorbell": two words of the dictionary, cut as evenly as it goes; a name may only look like one, so by its
 * letters too. */
static int compound(const struct english *english, struct duet_slice word, struct choices *out)
{
	for (size_t away = 0; away < word.len / 2; away++)
		for (int side = -1; side <= 1; side += 2) {
			size_t cut = side < 0 ? word.len / 2 - away : (word.len + 1) / 2 + away;
			struct duet_slice parts[2];

			if (cut < MIN_COMPOUND_PART || cut + MIN_COMPOUND_PART > word.len)
				continue;
			parts[0] = (struct duet_slice){word.ptr, cut};
			parts[1] = (struct duet_slice){word.ptr + cut, word.len - cut};
			if (in_dictionary(english, parts[0]) && in_dictionary(english, parts[1]) &&
			    pronounce_parts(english, parts, 2, out) > 0)
				return by_letters(english, word, out);
		}
	return 0;
}

/* A word that is in no dictionary: the first reading that applies. Each of them passes shorter words on, so
 * that this ends. */
static int pronounce_part(const struct english *english, struct duet_slice word, struct choices *out)
{
	static int (*const readers[])(const struct english *, struct duet_slice, struct choices *) = {
		look_up, possessive, read_digits, divide, compound, spell, by_letters};

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		out->n = 0;
		if (readers[i](english, word, out) > 0)
			return out->n;
	}
	return 0;
}

/* é → e, ’ → '. What is left that is not ASCII has no sound here. */
static size_t plain_letters(struct duet_slice word, char *out, size_t size)
{
	utf8proc_int32_t points[MAX_WORD_BYTES];
	size_t n = 0;

	while (word.len) {
		int boundary = 0;
		int32_t point = duet_text_next(&word);
		utf8proc_ssize_t count = utf8proc_decompose_char(
			point, points, MAX_WORD_BYTES, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);

		if (point == 0x2019)
			points[0] = '\'', count = 1;
		for (utf8proc_ssize_t i = 0; i < count && n + 1 < size; i++)
			if (points[i] < 128)
				out[n++] = (char)points[i];
	}
	out[n] = '\0';
	return n;
}

static int english_pronounce(const void *state, struct duet_slice word, struct duet_pronunciation *out,
			     int max)
{
	const struct english *english = state;
	struct choices choices = {out, 0, max};
	char plain[MAX_WORD_BYTES];

	if (look_up(english, word, &choices) > 0)
		return choices.n;
	word = (struct duet_slice){plain, plain_letters(word, plain, sizeof(plain))};
	return word.len ? pronounce_part(english, word, &choices) : 0;
}

const struct duet_language duet_language_english = {
	.subtag = "en",
	.open = english_open,
	.close = english_close,
	.check = english_check,
	.pronounce = english_pronounce,
};
