/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "lexicon/pinyin.h"
#include "lexicon/readings.h"

/* Files of words and their readings come from users: any bytes are either readings or a mistake with its
 * line, and any reading is either pinyin or not. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void read_syllables(struct duet_slice reading)
{
	struct duet_syllable syllable;
	char written[DUET_PINYIN_SIZE];

	while (duet_pinyin_next(&reading, &syllable) > 0)
		if (syllable.tone < 1 || syllable.tone > 5 ||
		    duet_pinyin_write(&syllable, written) >= sizeof(written))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice text = {(const char *)bytes, n_bytes};
	struct duet_readings readings = {0};
	const struct duet_reading *first;
	struct duet_error error;

	read_syllables(text);
	if (duet_readings_parse(&readings, "fuzz", text, &error) < 0 && error.line < 1)
		abort();
	for (size_t i = 0; i < readings.n_items; i++) {
		if (!duet_readings_find(&readings, readings.items[i].word, &first))
			abort();
		read_syllables(readings.items[i].reading);
	}
	duet_readings_done(&readings);
	return 0;
}
