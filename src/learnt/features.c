/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/features.h"

/* Kinds of features, so that the same words mean another thing in another place. */
enum kind {
	BIAS = 1,
	WORD,             /* + place + 8 */
	PAIR = WORD + 24, /* of neighbours */
	TRIPLE = PAIR + 16,
	SHAPE = TRIPLE + 8,
	AFFIX = SHAPE + 8,
	EDGE = AFFIX + 8,
	SPAN = EDGE + 8,
	FOLLOW = SPAN + 40,
	TEXT,
};

/* Stand where a sentence ends. */
static const struct duet_word outside = {.text = 3, .shape = 3};

static const struct duet_word *word_at(const struct duet_words *words, size_t at, int offset)
{
	long i = (long)at + offset;

	return i < 0 || i >= (long)words->n ? &outside : &words->items[i];
}

struct out {
	uint64_t *features;
	size_t n;
};

static void put(struct out *out, int kind, uint64_t a)
{
	out->features[out->n++] = duet_hash_mix((uint64_t)kind, a);
}

static void put2(struct out *out, int kind, uint64_t a, uint64_t b)
{
	put(out, kind, duet_hash_mix(a, b));
}

static void put3(struct out *out, int kind, uint64_t a, uint64_t b, uint64_t c)
{
	put(out, kind, duet_hash_mix(duet_hash_mix(a, b), c));
}

static void put_neighbours(struct out *out, const struct duet_words *words, size_t at)
{
	uint64_t w[7], s[7];

	for (int i = 0; i < 7; i++) {
		w[i] = word_at(words, at, i - 3)->text;
		s[i] = word_at(words, at, i - 3)->shape;
		put(out, WORD + i, w[i]);
	}
	put2(out, PAIR, w[2], w[3]);
	put2(out, PAIR + 1, w[3], w[4]);
	put2(out, PAIR + 2, w[2], w[4]);
	put2(out, PAIR + 3, w[1], w[2]);
	put2(out, PAIR + 4, w[4], w[5]);
	put2(out, PAIR + 5, w[1], w[3]);
	put2(out, PAIR + 6, w[3], w[5]);
	put3(out, TRIPLE, w[1], w[2], w[3]);
	put3(out, TRIPLE + 1, w[3], w[4], w[5]);
	put3(out, TRIPLE + 2, w[2], w[3], w[4]);
	put3(out, TRIPLE + 3, w[0], w[1], w[2]);
	put(out, SHAPE, s[3]);
	put2(out, SHAPE + 1, s[2], s[3]);
	put2(out, SHAPE + 2, s[3], s[4]);
	put3(out, SHAPE + 3, s[2], s[3], s[4]);
	put2(out, SHAPE + 4, w[2], s[3]);
	put2(out, SHAPE + 5, s[3], w[4]);
}

size_t duet_features_word(const struct duet_words *words, size_t at, uint64_t *features)
{
	const struct duet_word *word = &words->items[at];
	struct out out = {features, 0};

	put(&out, BIAS, 0);
	put_neighbours(&out, words, at);
	for (int i = 0; i < 3; i++) {
		if (word->prefix[i])
			put(&out, AFFIX + i, word->prefix[i]);
		if (word->suffix[i])
			put(&out, AFFIX + 3 + i, word->suffix[i]);
	}
	put(&out, EDGE, (at == 0) | (uint64_t)(at + 1 == words->n) << 1);
	return out.n;
}

static uint64_t shapes_of(const struct duet_words *words, size_t begin, size_t end)
{
	uint64_t hash = 1, last = 0;

	for (size_t i = begin; i < end; i++) {
		uint64_t shape = words->items[i].shape;

		if (shape != last)
			hash = duet_hash_mix(hash, shape);
		last = shape;
	}
	return hash;
}

size_t duet_features_span(const struct duet_words *words, size_t begin, size_t end, uint64_t lists,
			  uint64_t *features)
{
	struct out out = {features, 0};
	size_t length = end - begin > 8 ? 8 : end - begin;
	uint64_t first = words->items[begin].text, last = words->items[end - 1].text,
		 before = word_at(words, begin, -1)->text, after = word_at(words, end, 0)->text,
		 text = duet_words_hash(words, begin, end), shapes = shapes_of(words, begin, end);

	put(&out, SPAN, length);
	put(&out, SPAN + 1, text);
	put2(&out, SPAN + 2, first, last);
	put2(&out, SPAN + 3, before, after);
	put3(&out, SPAN + 4, before, after, length);
	put2(&out, SPAN + 5, before, text);
	put2(&out, SPAN + 6, text, after);
	put(&out, SPAN + 7, shapes);
	put3(&out, SPAN + 8, shapes, before, after);
	put2(&out, SPAN + 9, shapes, length);
	put2(&out, SPAN + 10, duet_hash_mix(word_at(words, begin, -2)->text, before), after);
	put2(&out, SPAN + 11, duet_hash_mix(after, word_at(words, end, 1)->text), before);
	put(&out, SPAN + 12, lists ? 1 : 0);
	put2(&out, SPAN + 13, lists ? 1 : 0, length);
	for (int slot = 0; lists; slot++, lists >>= 1) {
		if (lists & 1) {
			put(&out, SPAN + 14, (uint64_t)slot);
			put2(&out, SPAN + 15, (uint64_t)slot, length);
			put2(&out, SPAN + 16, (uint64_t)slot, before);
		}
		if (out.n + 4 > DUET_FEATURES_SPAN)
			break;
	}
	return out.n;
}

uint64_t duet_features_follow(uint64_t state)
{
	return duet_hash_mix(FOLLOW, state);
}

/* What a sentence's features go through. */
struct filter {
	struct out out;
	duet_features_known *known;
	const void *user;
};

static bool offer(struct filter *filter, int kind, uint64_t a)
{
	uint64_t feature = duet_hash_mix((uint64_t)kind, a);

	if (!filter->known(filter->user, feature))
		return false;
	filter->out.features[filter->out.n++] = feature;
	return true;
}

static bool offer_word(struct filter *filter, const struct duet_words *words, size_t i)
{
	const struct duet_word *word = &words->items[i];
	uint64_t next = word_at(words, i, 1)->text, third = word_at(words, i, 2)->text;
	bool known = offer(filter, TEXT + 2, word->text);

	offer(filter, TEXT + 3, duet_hash_mix(word->text, next));
	offer(filter, TEXT + 4, duet_hash_mix(duet_hash_mix(word->text, next), third));
	offer(filter, TEXT + 5, duet_hash_mix(word->text, third));
	if (i < 4)
		offer(filter, TEXT + 6, duet_hash_mix(word->text, i));
	for (int k = 1; k < 3; k++) {
		if (word->prefix[k])
			offer(filter, TEXT + 7, duet_hash_mix(word->prefix[k], (uint64_t)k));
		if (word->suffix[k])
			offer(filter, TEXT + 8, duet_hash_mix(word->suffix[k], (uint64_t)k));
	}
	return known;
}

size_t duet_features_text(const struct duet_words *words, uint64_t lists, duet_features_known *known,
			  const void *user, uint64_t *features)
{
	struct filter filter = {{features, 0}, known, user};
	uint64_t n_strange = 0;

	put(&filter.out, TEXT, 0);
	put(&filter.out, TEXT + 1, words->n > 12 ? 12 : words->n);
	for (size_t i = 0; i < words->n; i++) {
		if (offer_word(&filter, words, i))
			continue;
		n_strange++;
		put(&filter.out, TEXT + 10, word_at(words, i, -1)->text);
		put(&filter.out, TEXT + 11, word_at(words, i, 1)->text);
	}
	put(&filter.out, TEXT + 12, n_strange > 6 ? 6 : n_strange);
	for (uint64_t slot = 0; lists; slot++, lists >>= 1) {
		if (lists & 1)
			put(&filter.out, TEXT + 9, slot);
	}
	return filter.out.n;
}
