/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/words.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum kind { KIND_SPACE, KIND_LETTER, KIND_DIGIT, KIND_MARK, KIND_CHARACTER /* a word by itself */ };

/* Code points that are no letters, in ascending order; what lies between is one. */
static const struct range {
	int32_t first, last;
	enum kind kind;
} ranges[] = {
	{0x00, 0x20, KIND_SPACE},
	{0x21, 0x2f, KIND_MARK},
	{0x30, 0x39, KIND_DIGIT},
	{0x3a, 0x40, KIND_MARK},
	{0x5b, 0x60, KIND_MARK},
	{0x7b, 0x7f, KIND_MARK},
	{0x80, 0xa0, KIND_SPACE},
	{0xa1, 0xbf, KIND_MARK},
	{0xe00, 0xeff, KIND_CHARACTER},
	{0x1000, 0x109f, KIND_CHARACTER},
	{0x2000, 0x200a, KIND_SPACE},
	{0x200b, 0x206f, KIND_MARK},
	{0x20a0, 0x2bff, KIND_MARK},
	{0x2e80, 0x2fff, KIND_CHARACTER},
	{0x3000, 0x3000, KIND_SPACE},
	{0x3001, 0x303f, KIND_MARK},
	{0x3040, 0x312f, KIND_CHARACTER},
	{0x3400, 0x9fff, KIND_CHARACTER},
	{0xf900, 0xfaff, KIND_CHARACTER},
	{0xfe30, 0xfe4f, KIND_MARK},
	{0xff01, 0xff0f, KIND_MARK},
	{0xff10, 0xff19, KIND_DIGIT},
	{0xff1a, 0xff20, KIND_MARK},
	{0x1f000, 0x1faff, KIND_MARK},
	{0x20000, 0x3ffff, KIND_CHARACTER},
};

static enum kind kind_of(int32_t c)
{
	size_t low = 0, high = sizeof(ranges) / sizeof(*ranges);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof(ranges) / sizeof(*ranges) && c >= ranges[low].first ? ranges[low].kind
										: KIND_LETTER;
}

uint64_t duet_hash_text(struct duet_slice text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
	return duet_hash_mix(hash, text.len);
}

/* Case folded into `room`; what is too long stays as it is. */
static struct duet_slice fold(struct duet_slice text, char *room, size_t size)
{
	bool plain = text.len < size;
	long n;

	for (size_t i = 0; i < text.len && plain; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		plain = c < 0x80;
		room[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	if (plain)
		return (struct duet_slice){room, text.len};
	n = duet_text_normalise(text, true, room, size);
	return n < 0 ? text : (struct duet_slice){room, (size_t)n};
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void hash_affixes(struct duet_word *word, struct duet_slice folded)
{
	size_t n = 0, head = 0, tail = folded.len;

	for (size_t i = 0; i < folded.len; i++)
		n += !continues(folded.ptr[i]);
	for (size_t length = 1; length <= 4 && length < n; length++) {
		do
			head++;
		while (head < folded.len && continues(folded.ptr[head]));
		do
			tail--;
		while (tail > 0 && continues(folded.ptr[tail]));
		if (length < 2)
			continue;
		word->prefix[length - 2] = duet_hash_text((struct duet_slice){folded.ptr, head});
		word->suffix[length - 2] =
			duet_hash_text((struct duet_slice){folded.ptr + tail, folded.len - tail});
	}
}

/* "Xx", "XX", "xx", digits by how many, marks by themselves. */
static uint64_t shape_of(struct duet_slice text, enum kind kind, uint64_t folded)
{
	bool first = false, rest = false;

	if (kind == KIND_DIGIT)
		return 16 + (text.len > 5 ? 5 : text.len);
	if (kind != KIND_LETTER)
		return kind == KIND_MARK ? folded : 8;
	for (size_t i = 0; i < text.len; i++) {
		bool capital = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z';

		first |= capital && i == 0;
		rest |= capital && i > 0;
	}
	return (uint64_t)first | (uint64_t)rest << 1 | (uint64_t)(text.len == 1) << 2;
}

static void read_word(struct duet_word *word, struct duet_slice sentence, size_t begin, size_t end,
		      enum kind kind)
{
	struct duet_slice text = {sentence.ptr + begin, end - begin}, folded;
	char room[256];

	*word = (struct duet_word){.begin = (uint32_t)begin, .end = (uint32_t)end};
	folded = fold(text, room, sizeof(room));
	word->text = duet_hash_text(folded);
	word->shape = shape_of(text, kind, word->text);
	if (kind == KIND_LETTER)
		hash_affixes(word, folded);
}

static int keep(struct duet_words *words, const struct duet_word *items, size_t n, struct duet_arena *arena)
{
	struct duet_word *copies = duet_arena_alloc(arena, (n + 1) * sizeof(*copies));

	if (!copies)
		return -ENOMEM;
	memcpy(copies, items, n * sizeof(*copies));
	*words = (struct duet_words){copies, n};
	return 0;
}

int duet_words_split(struct duet_words *words, struct duet_slice text, struct duet_arena *arena)
{
	struct duet_word items[DUET_WORDS_MAX];
	size_t n = 0;
	struct duet_slice rest = text;
	size_t begin = 0;
	enum kind open = KIND_SPACE; /* of the word that begins at `begin`; a space: none does */

	for (;;) {
		size_t at = (size_t)(rest.ptr - text.ptr);
		int32_t c = duet_text_next(&rest);
		enum kind kind = c < 0 ? KIND_SPACE : kind_of(c);
		bool joined = kind == open && (kind == KIND_LETTER || kind == KIND_DIGIT);

		if (!joined && open != KIND_SPACE) {
			if (n == DUET_WORDS_MAX)
				return -E2BIG;
			read_word(&items[n++], text, begin, at, open);
		}
		if (c < 0)
			return keep(words, items, n, arena);
		if (!joined)
			begin = at;
		open = kind;
	}
}

uint64_t duet_words_hash(const struct duet_words *words, size_t begin, size_t end)
{
	uint64_t hash = DUET_WORDS_HASH_EMPTY;

	for (size_t i = begin; i < end; i++)
		hash = duet_hash_mix(hash, words->items[i].text);
	return hash;
}
