/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lexicon/language.h"
#include "lexicon/pinyin.h"

/*
 * A run of characters is cut into words from its end, the longest known word
 * first: in Chinese that goes wrong less often than from the start (声音|调低,
 * not 声|音调|低). What no word covers has its usual reading. Every syllable
 * then has the pronunciations of syllables.txt.
 */

enum { RUN_MAX = 64, WORD_CHARACTERS = 12, PATH_BYTES = 1024 };

enum { YI = 0x4e00, BU = 0x4e0d, ER = 0x513f, DI = 0x7b2c, CHU = 0x521d };

struct mandarin {
	const struct duet_readings *own;
	struct duet_readings words;     /* words.txt: pinyin */
	struct duet_readings syllables; /* syllables.txt: a weight and phones */
	void *english;                  /* for what is written in Latin letters */
	struct duet_readings none;
};

struct unit {
	struct duet_syllable syllable;
	int32_t code_point; /* the character that reads so; 0 when a word has another number of syllables */
};

/* Characters of a run, and where each begins. */
struct run {
	const char *text;
	size_t n;
	int32_t code_points[RUN_MAX];
	size_t at[RUN_MAX + 1];
};

/* The readings of a word, the user's before the project's. */
static size_t find_word(const struct mandarin *self, struct duet_slice word,
			const struct duet_reading **first)
{
	size_t n = duet_readings_find(self->own, word, first);

	return n ? n : duet_readings_find(&self->words, word, first);
}

/* Appends a reading's syllables; the new count, no more than RUN_MAX. */
static size_t add_reading(struct duet_slice reading, const int32_t *code_points, size_t n_code_points,
			  struct unit units[RUN_MAX], size_t n)
{
	size_t start = n;

	while (n < RUN_MAX && duet_pinyin_next(&reading, &units[n].syllable) > 0)
		units[n++].code_point = 0;
	for (size_t i = 0; n - start == n_code_points && i < n_code_points; i++)
		units[start + i].code_point = code_points[i];
	return n;
}

/* How many characters the word has that ends before character `end`; its reading, empty when it is a
 * single character that has only its usual one. */
static size_t last_word(const struct mandarin *self, const struct run *run, size_t end,
			struct duet_slice *reading)
{
	for (size_t n = end < WORD_CHARACTERS ? end : WORD_CHARACTERS; n > 0; n--) {
		const size_t *at = run->at + end - n;
		const struct duet_reading *found;

		if (find_word(self, (struct duet_slice){run->text + at[0], at[n] - at[0]}, &found)) {
			*reading = found->reading;
			return n;
		}
	}
	*reading = (struct duet_slice){0};
	return 1;
}

/* A lone 儿 behind a syllable only colours it. */
static size_t add_character(int32_t code_point, struct unit units[RUN_MAX], size_t n)
{
	if (code_point == ER && n && !units[n - 1].syllable.r) {
		units[n - 1].syllable.r = true;
		return n;
	}
	if (n == RUN_MAX || !duet_pinyin_usual(code_point, &units[n].syllable))
		return n;
	units[n].code_point = code_point;
	return n + 1;
}

static size_t read_run(const struct mandarin *self, const struct run *run, struct unit units[RUN_MAX])
{
	struct duet_slice readings[RUN_MAX];
	size_t lengths[RUN_MAX], n_words = 0, n = 0, at = 0;

	for (size_t end = run->n; end > 0; end -= lengths[n_words++])
		lengths[n_words] = last_word(self, run, end, &readings[n_words]);
	while (n_words-- > 0) {
		if (readings[n_words].len)
			n = add_reading(readings[n_words], run->code_points + at, lengths[n_words], units, n);
		else
			n = add_character(run->code_points[at], units, n);
		at += lengths[n_words];
	}
	return n;
}

/* Takes the characters at the start of the text, at most RUN_MAX. */
static void take_run(struct duet_slice *text, struct run *run)
{
	struct duet_slice rest = *text;

	run->text = text->ptr;
	run->at[0] = 0;
	for (run->n = 0; run->n < RUN_MAX; run->n++) {
		int32_t code_point = duet_text_next(&rest);

		if (!duet_pinyin_is_character(code_point))
			break;
		run->code_points[run->n] = code_point;
		run->at[run->n + 1] = (size_t)(rest.ptr - run->text);
		*text = rest;
	}
}

static bool is_number(int32_t code_point)
{
	static const int32_t numbers[] = {
		YI,     0x4e8c /* 二 */,          0x4e09 /* 三 */, 0x56db /* 四 */,    0x4e94, 0x516d,
		0x4e03, 0x516b /* 五 六 七 八 */, 0x4e5d,          0x5341 /* 九 十 */, 0x96f6 /* 零 */};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == code_point)
			return true;
	return false;
}

/* 一 counts things with a changed tone; as a figure, an ordinal, a month or a day it keeps its own. */
static bool is_figure(int32_t before, int32_t after)
{
	static const int32_t ordinals[] = {DI, CHU, 0x671f /* 期 */, 0x5468 /* 周 */};
	static const int32_t dates[] = {0x6708 /* 月 */, 0x53f7 /* 号 */, 0x65e5 /* 日 */, 0x697c /* 楼 */};

	for (size_t i = 0; i < sizeof(ordinals) / sizeof(ordinals[0]); i++)
		if (before == ordinals[i])
			return true;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		if (after == dates[i])
			return true;
	return is_number(before) || is_number(after);
}

/* Tone changes of 一 and 不 (those of third tones belong to the voice). */
static void change_tones(struct unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int32_t before = i ? units[i - 1].code_point : 0;
		int32_t after = i + 1 < n ? units[i + 1].code_point : 0;
		uint8_t next = i + 1 < n ? units[i + 1].syllable.tone : 0;
		uint8_t *tone = &units[i].syllable.tone;

		if (units[i].code_point == BU && *tone == 4)
			*tone = before && before == after ? 5 : next == 4 ? 2 : 4;
		else if (units[i].code_point != YI || *tone != 1 || next == 0)
			continue;
		else if (before && before == after)
			*tone = 5;
		else if (!is_figure(before, after))
			*tone = next == 4 || next == 5 ? 2 : 4;
	}
}

/* Text that grows in the caller's room. */
struct output {
	char *at;
	size_t len, size;
	bool full;
};

static void put(struct output *out, struct duet_slice piece)
{
	if (out->full || piece.len >= out->size - out->len) {
		out->full = true;
		return;
	}
	memcpy(out->at + out->len, piece.ptr, piece.len);
	out->len += piece.len;
	out->at[out->len] = '\0';
}

/* Syllables and Latin words must not run into each other. */
static void put_gap(struct output *out)
{
	if (out->len && isalnum((unsigned char)out->at[out->len - 1]))
		put(out, (struct duet_slice){" ", 1});
}

static void put_run(const struct mandarin *self, const struct run *run, struct output *out)
{
	struct unit units[RUN_MAX];
	size_t n = read_run(self, run, units);

	change_tones(units, n);
	for (size_t i = 0; i < n; i++) {
		char written[DUET_PINYIN_SIZE];
		size_t len = duet_pinyin_write(&units[i].syllable, written);

		put_gap(out);
		put(out, (struct duet_slice){written, len});
	}
}

/* What stands before the next character. */
static struct duet_slice take_other(struct duet_slice *text)
{
	struct duet_slice other = {text->ptr, 0}, rest = *text;

	while (rest.len && !duet_pinyin_is_character(duet_text_next(&rest)))
		*text = rest;
	other.len = (size_t)(text->ptr - other.ptr);
	return other;
}

static long write_pinyin(const void *state, struct duet_slice text, char *out, size_t size)
{
	struct output output = {.at = out, .size = size, .full = size == 0};
	struct run run;

	if (size)
		*out = '\0';
	while (text.len) {
		struct duet_slice other = take_other(&text);

		if (other.len && isalnum((unsigned char)*other.ptr))
			put_gap(&output);
		put(&output, other);
		take_run(&text, &run);
		put_run(state, &run, &output);
	}
	return output.full ? -ENOSPC : (long)output.len;
}

/* The most likely pronunciations of what was read so far, best first. */
struct beam {
	struct duet_pronunciation best[DUET_PRONUNCIATIONS_MAX];
	int n, max;
};

static void beam_start(struct beam *beam, int max)
{
	beam->best[0] = (struct duet_pronunciation){.weight = 1};
	beam->n = 1;
	beam->max = max;
}

static void beam_keep(struct beam *beam, const struct duet_pronunciation *item)
{
	int i = beam->n;

	if (beam->n < beam->max)
		beam->n++;
	else if (beam->best[--i].weight >= item->weight)
		return;
	for (; i > 0 && beam->best[i - 1].weight < item->weight; i--)
		beam->best[i] = beam->best[i - 1];
	beam->best[i] = *item;
}

/* What was read, and one of the ways in which it goes on; drops what grows too long. */
static void beam_join(struct beam *beam, const struct duet_pronunciation *start,
		      const struct duet_pronunciation *option)
{
	struct duet_pronunciation joined = {.weight = start->weight * option->weight};
	int len = snprintf(joined.phones, sizeof(joined.phones), "%s%s%s", start->phones,
			   *start->phones ? " " : "", option->phones);

	if (len < (int)sizeof(joined.phones))
		beam_keep(beam, &joined);
}

static void beam_extend(struct beam *beam, const struct duet_pronunciation *options, int n_options)
{
	struct beam before = *beam;

	beam->n = 0;
	for (int i = 0; i < before.n; i++)
		for (int j = 0; j < n_options; j++)
			beam_join(beam, &before.best[i], &options[j]);
}

/* A line of syllables.txt behind its syllable: "0.62 N IY". */
static int parse_variant(struct duet_slice line, struct duet_pronunciation *out)
{
	char text[DUET_PHONES_MAX], *phones;

	if (line.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, line.ptr, line.len);
	text[line.len] = '\0';
	out->weight = strtof(text, &phones);
	if (phones == text || !(out->weight > 0 && out->weight <= 1) || *phones != ' ' || !phones[1])
		return -EINVAL;
	snprintf(out->phones, sizeof(out->phones), "%s", phones + 1);
	return 0;
}

static int find_variants(const struct mandarin *self, const char *syllable,
			 struct duet_pronunciation options[DUET_PRONUNCIATIONS_MAX])
{
	const struct duet_reading *variants;
	size_t n_variants = duet_readings_find(&self->syllables, duet_slice(syllable), &variants);
	int n = 0;

	for (size_t i = 0; i < n_variants && n < DUET_PRONUNCIATIONS_MAX; i++)
		if (parse_variant(variants[i].reading, &options[n]) == 0)
			n++;
	return n;
}

/* Some say a 儿 that colours a syllable as one of its own. */
static int add_uncoloured(const struct mandarin *self, const char *letters,
			  struct duet_pronunciation options[DUET_PRONUNCIATIONS_MAX], int n)
{
	struct duet_pronunciation plain[DUET_PRONUNCIATIONS_MAX], er[DUET_PRONUNCIATIONS_MAX];
	int n_plain = find_variants(self, letters, plain);

	if (find_variants(self, "er", er) == 0)
		return n;
	for (int i = 0; i < n_plain && n < DUET_PRONUNCIATIONS_MAX; i++) {
		char phones[2 * DUET_PHONES_MAX];
		int len = snprintf(phones, sizeof(phones), "%s %s", plain[i].phones, er[0].phones);

		if (len < DUET_PHONES_MAX)
			n = duet_pronunciation_add(options, n, DUET_PRONUNCIATIONS_MAX, duet_slice(phones),
						   plain[i].weight);
	}
	return n;
}

static void extend_by_syllable(const struct mandarin *self, const struct duet_syllable *syllable,
			       struct beam *beam)
{
	struct duet_pronunciation options[DUET_PRONUNCIATIONS_MAX];
	char name[DUET_PINYIN_SIZE];
	int n;

	snprintf(name, sizeof(name), "%s%s", syllable->letters, syllable->r ? "r" : "");
	n = find_variants(self, name, options);
	if (syllable->r)
		n = add_uncoloured(self, syllable->letters, options, n);
	beam_extend(beam, options, n);
}

static void extend_by_run(const struct mandarin *self, const struct run *run, struct beam *beam)
{
	struct unit units[RUN_MAX];
	size_t n = read_run(self, run, units);

	for (size_t i = 0; i < n; i++)
		extend_by_syllable(self, &units[i].syllable, beam);
}

static void extend_by_digit(const struct mandarin *self, char digit, struct beam *beam)
{
	static const int32_t characters[10] = {0x96f6 /* 零 */, YI,     0x4e8c, 0x4e09, 0x56db,
					       0x4e94,          0x516d, 0x4e03, 0x516b, 0x4e5d /* 九 */};
	struct duet_syllable syllable;

	if (duet_pinyin_usual(characters[digit - '0'], &syllable))
		extend_by_syllable(self, &syllable, beam);
}

/* Latin letters are read as English. */
static void extend_by_latin(const struct mandarin *self, struct duet_slice word, struct beam *beam)
{
	struct duet_pronunciation options[2];
	int n = duet_language_english.pronounce(self->english, word, options, 2);

	if (n > 0)
		beam_extend(beam, options, n);
}

static void extend_by_other(const struct mandarin *self, struct duet_slice other, struct beam *beam)
{
	while (other.len) {
		size_t n = 0;

		while (n < other.len && (isalpha((unsigned char)other.ptr[n]) || other.ptr[n] == '\''))
			n++;
		if (n)
			extend_by_latin(self, (struct duet_slice){other.ptr, n}, beam);
		else if (isdigit((unsigned char)other.ptr[n++]))
			extend_by_digit(self, *other.ptr, beam);
		other.ptr += n;
		other.len -= n;
	}
}

static void extend_by_text(const struct mandarin *self, struct duet_slice text, struct beam *beam)
{
	struct run run;

	while (text.len) {
		extend_by_other(self, take_other(&text), beam);
		take_run(&text, &run);
		extend_by_run(self, &run, beam);
	}
}

/* True when all of it is pinyin. */
static bool extend_by_pinyin(const struct mandarin *self, struct duet_slice reading, struct beam *beam)
{
	struct duet_syllable syllable;
	struct duet_slice rest = reading;
	int status;

	while ((status = duet_pinyin_next(&rest, &syllable)) > 0)
		;
	if (status < 0)
		return false;
	while (duet_pinyin_next(&reading, &syllable) > 0)
		extend_by_syllable(self, &syllable, beam);
	return true;
}

static int add_beam(struct duet_pronunciation *out, int n, const struct beam *beam)
{
	for (int i = 0; i < beam->n; i++)
		n = duet_pronunciation_add(out, n, beam->max, duet_slice(beam->best[i].phones),
					   beam->best[i].weight / beam->best[0].weight);
	return n;
}

/* A word with several readings shares the room among them. */
static int pronounce(const void *state, struct duet_slice word, struct duet_pronunciation *out, int max)
{
	const struct mandarin *self = state;
	const struct duet_reading *readings;
	size_t n_readings = find_word(self, word, &readings);
	struct beam beam;
	int n = 0;

	for (size_t i = 0; i < n_readings && n < max; i++) {
		beam_start(&beam, (max - n + (int)(n_readings - i) - 1) / (int)(n_readings - i));
		extend_by_pinyin(self, readings[i].reading, &beam);
		n = add_beam(out, n, &beam);
	}
	if (n_readings)
		return n;
	beam_start(&beam, max);
	if (!extend_by_pinyin(self, word, &beam))
		extend_by_text(self, word, &beam);
	return add_beam(out, 0, &beam);
}

static int check_pinyin(const void *state, struct duet_slice reading, struct duet_error *error)
{
	struct duet_syllable syllable;
	struct duet_slice rest = reading;
	int status;

	while ((status = duet_pinyin_next(&rest, &syllable)) > 0)
		;
	if (status < 0) {
		duet_error_set(error, -EINVAL, "'%.*s' is not pinyin", (int)reading.len, reading.ptr);
		duet_error_hint(error, "syllables with tone digits, 5 for the neutral one: ke4 ting1");
	}
	return status;
}

static int check_variant(const void *state, struct duet_slice reading, struct duet_error *error)
{
	struct duet_pronunciation variant;
	int status = parse_variant(reading, &variant);

	if (status < 0) {
		duet_error_set(error, status, "'%.*s' is not a pronunciation", (int)reading.len, reading.ptr);
		duet_error_hint(error, "a weight above 0 and up to 1, then phones: 0.5 N IY");
	}
	return status;
}

/* Loads one of the project's own files; every line of it must be as it should. */
static int load(struct duet_readings *readings, const char *data_dir, const char *name,
		int (*check)(const void *, struct duet_slice, struct duet_error *), struct duet_error *error)
{
	char path[PATH_BYTES];
	int status;

	if (snprintf(path, sizeof(path), "%s/lexicon/zh-CN/%s", data_dir, name) >= (int)sizeof(path))
		return duet_error_set(error, -ENAMETOOLONG, "the folder's name is too long: %s", data_dir);
	status = duet_readings_load(readings, path, error);
	for (size_t i = 0; i < readings->n_items && status == 0; i++) {
		status = check(NULL, readings->items[i].reading, error);
		if (status < 0)
			duet_error_at(error, path, readings->items[i].line, 0);
	}
	return status;
}

static void close_mandarin(void *state)
{
	struct mandarin *self = state;

	if (self->english)
		duet_language_english.close(self->english);
	duet_readings_done(&self->words);
	duet_readings_done(&self->syllables);
	duet_free(self);
}

static int open_mandarin(void **state, const struct duet_lexicon_setup *setup,
			 const struct duet_readings *own, struct duet_error *error)
{
	struct mandarin *self = duet_calloc(1, sizeof(*self));
	int status;

	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	self->own = own;
	status = load(&self->words, setup->data_dir, "words.txt", check_pinyin, error);
	if (status == 0)
		status = load(&self->syllables, setup->data_dir, "syllables.txt", check_variant, error);
	if (status == 0)
		status = duet_language_english.open(&self->english, setup, &self->none, error);
	if (status < 0) {
		close_mandarin(self);
		return status;
	}
	*state = self;
	return 0;
}

const struct duet_language duet_language_mandarin = {
	.subtag = "zh",
	.open = open_mandarin,
	.close = close_mandarin,
	.check = check_pinyin,
	.pronounce = pronounce,
	.pinyin = write_pinyin,
};
