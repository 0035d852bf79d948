/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/normalise.h"

#include <ctype.h>
#include <errno.h>

#include "base/text.h"
#include "tts/words.h"

static const struct {
	const char *language; /* the part before the region */
	void (*read)(struct duet_slice text, struct words *words);
	bool spaced;
} languages[] = {
	{"en", duet_tts_english, true},
	{"zh", duet_tts_mandarin, false},
};

static bool same_language(const char *tag, const char *language)
{
	size_t n = strlen(language);

	return strncmp(tag, language, n) == 0 && !isalnum((unsigned char)tag[n]);
}

/* What did not fit may have been cut within a character. */
static void drop_cut_character(struct words *words)
{
	struct duet_slice rest = {words->out, words->len};
	size_t whole = 0;

	while (rest.len > 0) {
		int32_t code_point = duet_text_next(&rest);

		if (code_point == 0xFFFD)
			break;
		whole = words->len - rest.len;
	}
	words->out[whole] = '\0';
	words->len = whole;
}

long duet_tts_normalise(const char *language, struct duet_slice text, char *out, size_t size)
{
	struct words words = {.out = out, .size = size};

	if (size == 0)
		return -ENOSPC;
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++) {
		if (!same_language(language, languages[i].language))
			continue;
		words.spaced = languages[i].spaced;
		languages[i].read(text, &words);
		if (words.full)
			drop_cut_character(&words);
		return words.full ? -ENOSPC : (long)words.len;
	}
	return -ENOTSUP;
}

/* Words whose point does not end a sentence. */
static const char *const pointed[] = {"Mr",  "Mrs", "Ms", "Dr",     "Prof", "St",
				      "e.g", "i.e", "vs", "approx", "a.m",  "p.m"};

static bool is_abbreviation(struct duet_slice text, size_t point)
{
	size_t begin = point;

	while (begin > 0 && !isspace((unsigned char)text.ptr[begin - 1]))
		begin--;
	for (size_t i = 0; i < sizeof(pointed) / sizeof(*pointed); i++)
		if (duet_slice_equal((struct duet_slice){text.ptr + begin, point - begin},
				     duet_slice(pointed[i])))
			return true;
	return false;
}

/* Length of the sentence end at `i`, 0: none. A Latin mark ends one only before white space. */
static size_t end_at(struct duet_slice text, size_t i)
{
	static const char *const wide[] = {"。", "！", "？", "；"};

	if (text.ptr[i] == '\n')
		return 1;
	if (strchr(".!?;", text.ptr[i]) && text.ptr[i]) {
		bool last = i + 1 == text.len;

		if (!last && !isspace((unsigned char)text.ptr[i + 1]))
			return 0;
		return text.ptr[i] == '.' && !last && is_abbreviation(text, i) ? 0 : 1;
	}
	for (size_t k = 0; k < sizeof(wide) / sizeof(*wide); k++)
		if (text.len - i >= 3 && memcmp(text.ptr + i, wide[k], 3) == 0)
			return 3;
	return 0;
}

static void trim(struct duet_slice *text)
{
	while (text->len > 0 && isspace((unsigned char)text->ptr[0])) {
		text->ptr++;
		text->len--;
	}
	while (text->len > 0 && isspace((unsigned char)text->ptr[text->len - 1]))
		text->len--;
}

bool duet_tts_next_sentence(struct duet_slice *text, struct duet_slice *sentence)
{
	size_t end = 0;

	trim(text);
	if (text->len == 0)
		return false;
	for (size_t i = 0; i < text->len && end == 0; i++) {
		size_t mark = end_at(*text, i);

		if (mark > 0)
			end = i + mark;
	}
	if (end == 0)
		end = text->len;
	*sentence = (struct duet_slice){text->ptr, end};
	trim(sentence);
	text->ptr += end;
	text->len -= end;
	return true;
}
